// A way to keep loops short in compiled code.
#import rollout/slots

// Returns `count` in a form unknown to the compiler, for loops that read rows: software drivers unroll short loops and
// take seconds to compile the copies. The result is 0 if no slot lives.
fn opaque(count: u32) -> u32 {
    return count * min(live_in[0], 1u);
}
