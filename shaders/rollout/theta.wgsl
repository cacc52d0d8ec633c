// The place in theta that a slot reads: that of its own number, unless its member lives in several slots. Needs
// episode_inout.

fn place_of(slot: u32) -> u32 {
    return slot + episode_inout[slot].to_theta;
}
