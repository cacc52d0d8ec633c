#import rollout/run

// Returns `count` in a form unknown to the compiler: drivers unroll loops of known length and compile every copy.
fn at_run_time(count: u32) -> u32 {
    return select(count, 0u, run.n_slots == 0u);
}
