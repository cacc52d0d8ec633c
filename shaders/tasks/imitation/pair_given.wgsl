// Keeps the spikes and the neurotransmitter of a rollout's state.
fn draw_pair(slot: u32, start: u32) {}
