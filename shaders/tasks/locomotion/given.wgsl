// Replaces the actions by a rollout's controls, in the motors' units.
var<storage, read> control_in: array<f32>;

fn task_action(index: u32, count: u32, slot: u32, life: u32, step: u32) -> f32 {
    return control_in[slot * count + index];
}
