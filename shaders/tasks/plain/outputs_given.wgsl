// Replaces the network by the controls of a rollout. Needs D_ACT.
var<storage, read> control_in: array<f32>;

fn output(slot: u32, i: u32, life: u32, step: u32) -> f32 {
    return control_in[slot * D_ACT + i];
}
