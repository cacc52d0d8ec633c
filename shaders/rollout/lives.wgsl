// Lives of a generation: with m episodes per member, life m i + k is episode k of member i.
#import rollout/run

fn member_of(life: u32) -> u32 {
    return life / (1u + run.extra_episodes);
}

// Returns the counter for the draws of a life's start: lives with the same counter begin alike.
fn start_of(life: u32) -> u32 {
    return select(life, life % (1u + run.extra_episodes), run.common_starts == 1u);
}
