// Places of the factors of a perturbation in a member's words. Twin: kernel::genome::Factors, which defines the
// constants SHARED_QUADS, RANK, ROW_QUADS, N_ROWS, RIGHT, TAIL, N_PARTS, PART_BEGINS, PART_IS_VECTOR and FACTOR_SCALE.

fn part_of(row: u32) -> u32 {
    var begins = PART_BEGINS;
    var part = 0u;
    for (var i = 1u; i < N_PARTS; i++) {
        part += u32(begins[i] <= row);
    }
    return part;
}

fn is_vector(part: u32) -> bool {
    var vectors = PART_IS_VECTOR;
    return vectors[part] == 1u;
}

// Returns the quad of a member's words at which right factor `k` of a part begins.
fn right_quad(part: u32, k: u32) -> u32 {
    return RIGHT / 4u + (part * RANK + k) * ROW_QUADS;
}
