// The slots still living, and a way to keep loops short in compiled code.
#buffer live_in: array<u32>

// `count`, as a number that compilers do not know, for loops that read rows: software drivers copy the body of a short loop and
// take seconds for the many copies. Only where somebody lives.
fn opaque(count: u32) -> u32 {
    return count * min(live_in[0], 1u);
}
