// How a workgroup shares its rows, in place of lanes_columns.wgsl, for software drivers whose subgroup of 8 is the
// whole workgroup: an invocation has rows of its own, and all columns of them. A lane reads four weights of one of
// eight columns and hands them to the others, since a load costs as much as some thirty products here.
//
// No barrier may stand here: where one stands in a loop, these drivers keep all values in memory.
//
// Needs LANES.
const ROW_LANES = LANES;
const BLOCK = 8u;                            // columns that an invocation sums at a time
const TURN_COLUMNS = BLOCK;

// Returns the number of own row `r` among those of the workgroup.
fn row_of(r: u32) -> u32 {
    return r * LANES + lane;
}

// Returns the place of own rows' line `i`.
fn place(i: u32) -> u32 {
    return i * LANES + lane;
}

// Returns the first of the items of own rows that are this invocation's; others follow at a distance.
fn own_first() -> u32 {
    return 0u;
}

fn own_stride() -> u32 {
    return 1u;
}

fn blocks(columns: u32) -> u32 {
    return (columns + BLOCK - 1u) / BLOCK;
}

fn column(b: u32, k: u32) -> u32 {
    return b * BLOCK + k;
}

// No row is shared.
fn meet() {
}

// Waits for what other invocations wrote. All are in step: they are one subgroup, of a driver that runs it as one
// vector.
fn meet_all() {
}

// Returns the smallest of the numbers that invocations have.
fn lowest(x: u32) -> u32 {
    return subgroupMin(x);
}

fn add_column(k: u32, w: vec4<f32>, c0: Rows, c1: Rows, c2: Rows, c3: Rows) {
    var sum = sums[k] + c0 * w.x;
    sum += c1 * w.y;
    sum += c2 * w.z;
    sums[k] = sum + c3 * w.w;
}

// Adds to the sums of block `b` the products of `count` lines and of the matrix of `columns` columns at quad `first` of
// theta. Lines begin at `line`; those after memory, at FED_AT.
fn add(line: u32, count: u32, first: u32, columns: u32, b: u32) {
    let one = first + min(b * BLOCK + lane, columns - 1u);
    for (var q = 0u; q < opaque(count / 4u); q++) {
        let at = place(select(line, FED_AT - MEMORY, q >= MEMORY / 4u) + 4u * q);
        let c0 = lines[at];
        let c1 = lines[at + LANES];
        let c2 = lines[at + 2u * LANES];
        let c3 = lines[at + 3u * LANES];
        let w = theta_in[one + q * columns];
        add_column(0u, subgroupBroadcast(w, 0u), c0, c1, c2, c3);
        add_column(1u, subgroupBroadcast(w, 1u), c0, c1, c2, c3);
        add_column(2u, subgroupBroadcast(w, 2u), c0, c1, c2, c3);
        add_column(3u, subgroupBroadcast(w, 3u), c0, c1, c2, c3);
        add_column(4u, subgroupBroadcast(w, 4u), c0, c1, c2, c3);
        add_column(5u, subgroupBroadcast(w, 5u), c0, c1, c2, c3);
        add_column(6u, subgroupBroadcast(w, 6u), c0, c1, c2, c3);
        add_column(7u, subgroupBroadcast(w, 7u), c0, c1, c2, c3);
    }
}
