// Replaces drawn currents by the one in a rollout's state, which is held. Needs field of tasks/plain/environment.
fn current(slot: u32, start: u32, step: u32) -> f32 {
    return field(slot, CURRENT);
}

fn first_potential(slot: u32) -> f32 {
    return field(slot, POTENTIAL);
}
