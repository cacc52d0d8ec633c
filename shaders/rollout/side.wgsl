// Members 2 p and 2 p + 1 are on opposite sides of a mean, perturbed alike.
fn side_of(member: u32) -> f32 {
    return select(1.0, -1.0, (member & 1u) != 0u);
}
