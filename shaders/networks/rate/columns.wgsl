// What a lane owns of a row. Needs quad (own quad q among those of all units), read_out (what own outputs make of a
// row), N_SIDE, SIDE_LANES and lane of its user, and a file of networks/sides. Constant: ROW_READ_OUT.
const ROW_LENGTH = N_SIDE / 4u;              // quads of a row

// Own quad q where own quads are a side's lanes apart, so that lanes read a row side by side.
fn spread_quad(q: u32) -> u32 {
    return own_side() * (ROW_LENGTH - SIDE_LANES) + lane + SIDE_LANES * q;
}

// Own quad q in a row, which serves both sides.
fn row_quad(q: u32) -> u32 {
    return quad(q) - own_side() * ROW_LENGTH;
}

// What own outputs add to action a.
fn own_output(a: u32) -> f32 {
    return sign_of(a, own_side()) * read_out(ROW_READ_OUT + action_of(a, own_side()));
}
