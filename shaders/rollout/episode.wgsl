// What is known of one slot's episode. Twin: plan::EpisodeRecord.
struct Episode {
    return_sum: f32,
    length: u32,
    // bits: 1 done, 2 terminated, 4 non-finite
    status: u32,
    contact_overflow: u32,
    spikes: u32,
    // who lives in the slot
    member: u32,
    pad0: u32,
    pad1: u32,
}
const DONE = 1u;
const TERMINATED = 2u;
const NON_FINITE = 4u;
