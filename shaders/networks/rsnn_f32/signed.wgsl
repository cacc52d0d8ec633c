// Returns what line i of a network of bits receives of entry i % D_OBS of the observation: x, its negation, or 1 for the
// line of the bias. Needs D_OBS.
fn signed(x: f32, i: u32) -> f32 {
    return select(select(x, -x, i >= D_OBS), 1.0, i >= 2u * D_OBS);
}
