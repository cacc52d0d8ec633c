// How a workgroup shares its rows, on any device: all invocations have the same rows, and each owns columns, so that
// neighbours read neighbouring weights, once for all rows. Twin: lanes_rows.wgsl.
//
// Needs LANES.
const ROW_LANES = 1u;
const BLOCK = 1u;
const TURN_COLUMNS = LANES;

var<workgroup> shared_least: u32;

// Returns the number of own row `r` among those of the workgroup.
fn row_of(r: u32) -> u32 {
    return r;
}

// Returns the place of the rows' line `i`.
fn place(i: u32) -> u32 {
    return i;
}

// Returns the first of the items of the rows that are this invocation's; others follow at a distance.
fn own_first() -> u32 {
    return lane;
}

fn own_stride() -> u32 {
    return LANES;
}

fn blocks(columns: u32) -> u32 {
    return (columns + LANES - 1u) / LANES;
}

fn column(b: u32, k: u32) -> u32 {
    return b * LANES + lane;
}

// Waits until all lines are written.
fn meet() {
    workgroupBarrier();
}

// Waits until all lines and states are written.
fn meet_all() {
    storageBarrier();
    workgroupBarrier();
}

// Returns the number that all invocations have.
fn lowest(x: u32) -> u32 {
    if (lane == 0u) {
        shared_least = x;
    }
    return workgroupUniformLoad(&shared_least);
}

// Adds to the sums of block `b` the products of `count` lines and of the matrix of `columns` columns at quad `first` of
// theta. Lines begin at `line`; those after memory, at FED_AT.
fn add(line: u32, count: u32, first: u32, columns: u32, b: u32) {
    let one = first + min(column(b, 0u), columns - 1u);
    for (var q = 0u; q < opaque(count / 4u); q++) {
        let at = select(line, FED_AT - MEMORY, q >= MEMORY / 4u) + 4u * q;
        let w = theta_in[one + q * columns];
        var sum = sums[0] + lines[at] * w.x;
        sum += lines[at + 1u] * w.y;
        sum += lines[at + 2u] * w.z;
        sums[0] = sum + lines[at + 3u] * w.w;
    }
}
