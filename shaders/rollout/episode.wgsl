// What is known of one slot's episode. Twin: plan::EpisodeRecord.
struct Episode {
    return_sum: f32,
    length: u32,
    // bits: 1 done, 2 terminated, 4 non-finite
    status: u32,
    contact_overflow: u32,
    spikes: u32,
    // which life of the generation it is: rollout/lives
    life: u32,
    // slots from its own to that in whose place its parameters stand, modulo 2^32
    to_theta: u32,
    // 1: they stand there already
    inherits: u32,
}
const DONE = 1u;
const TERMINATED = 2u;
const NON_FINITE = 4u;
