// A way to keep loops short in compiled code.
#import rollout/slots

// `count`, as a number that compilers do not know, for loops that read rows: software drivers copy the body of a short
// loop and take seconds for the many copies. Only where somebody lives.
fn opaque(count: u32) -> u32 {
    return count * min(live_in[0], 1u);
}
