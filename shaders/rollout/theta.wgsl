// Whose place in theta a slot reads: its own, or that of a slot in which its member began before.
#import rollout/episode
#buffer episode_inout: array<Episode>

fn place_of(slot: u32) -> u32 {
    return slot + episode_inout[slot].to_theta;
}
