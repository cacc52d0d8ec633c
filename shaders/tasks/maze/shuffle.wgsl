// Permutations of three things, numbered 0 to 5 in alphabetical order: 012, 021, 102, 120, 201, 210.
fn permuted(permutation: u32, i: u32) -> u32 {
    let first = permutation / 2u;
    let low = select(0u, 1u, first == 0u);
    let high = select(2u, 1u, first == 2u);
    let is_high = (i == 2u) != (permutation % 2u == 1u);
    return select(select(low, high, is_high), first, i == 0u);
}
