// Replaces a drawn start by the state that a rollout was given.
fn start_state(slot: u32, start: u32) -> vec4<f32> {
    return load(slot);
}
