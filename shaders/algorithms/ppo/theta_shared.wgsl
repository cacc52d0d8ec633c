// Parameters that all sequences have in common, in place of rollout/theta.
fn place_of(slot: u32) -> u32 {
    return 0u;
}
