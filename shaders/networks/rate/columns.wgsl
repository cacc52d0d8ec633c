// The columns of a row that a lane owns. Needs quad (number of own quad q among those of all units), read_out (product
// of own outputs and a row), N_SIDE, SIDE_LANES and lane of the importing module, and a file of networks/sides.
// Constant: ROW_READ_OUT.
const ROW_LENGTH = N_SIDE / 4u;              // quads of a row

// Returns own quad q if own quads are SIDE_LANES apart, so that lanes read a row side by side.
fn spread_quad(q: u32) -> u32 {
    return own_side() * (ROW_LENGTH - SIDE_LANES) + lane + SIDE_LANES * q;
}

// Returns the place of own quad q in a row, which serves both sides.
fn row_quad(q: u32) -> u32 {
    return quad(q) - own_side() * ROW_LENGTH;
}

// Returns what own outputs add to action a.
fn own_output(a: u32) -> f32 {
    return sign_of(a, own_side()) * read_out(ROW_READ_OUT + action_of(a, own_side()));
}
