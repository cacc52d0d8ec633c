// Replaces the network by a rollout's control: 0 to push left, 1 to push right.
var<storage, read> control_in: array<f32>;

fn pushes_right(slot: u32, life: u32, step: u32) -> bool {
    return control_in[slot] > 0.5;
}
