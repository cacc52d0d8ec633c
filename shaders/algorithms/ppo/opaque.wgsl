// A way to keep loops short in compiled code.
#import rollout/run

// Returns `count` in a form unknown to the compiler: software drivers unroll short loops, and take seconds to compile
// the copies.
fn opaque(count: u32) -> u32 {
    return select(0u, count, run.n_slots > 0u);
}
