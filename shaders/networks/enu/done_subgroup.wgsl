// Tells whether the episode of a slot is over, in place of networks/done_workgroup.wgsl, where all lanes are in step.
fn is_done(slot: u32, local: u32) -> bool {
    return (episode_inout[slot].status & DONE) != 0u;
}
