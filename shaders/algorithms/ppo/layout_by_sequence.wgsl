// Places on a tape whose sequences lie one after the other, in place of layout.wgsl: [sequence][step][vector][quad].
//
// Needs BPTT, UNITS, TAPE_VECTORS.
const TAPE_QUADS = UNITS / 4u;

fn tape_at(t: u32, vector: u32, quad: u32, b: u32) -> u32 {
    return ((b * BPTT + t) * TAPE_VECTORS + vector) * TAPE_QUADS + quad;
}
