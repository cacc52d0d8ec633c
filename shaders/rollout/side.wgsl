// Returns the side of a member: members 2 p and 2 p + 1 lie on opposite sides of the mean, with the same perturbation.
fn side_of(member: u32) -> f32 {
    return select(1.0, -1.0, (member & 1u) != 0u);
}
