// A step of evolvable neural units (Bertens and Lee, 2020) that share a chromosome: a workgroup has GROUP_ROWS rows,
// each a unit with a state of its own. Its lines are what the products read: memory h, outputs o, inputs x of every
// row.
//
// A gate's matrix has a column per channel of memory, and a row per line: those of h, of o where HEARS is 1, of x. Rows
// stand four by four: quad (i, j) of a matrix has rows 4 i to 4 i + 3 of column j, so that a load serves four lines and
// neighbouring columns are neighbours. Inputs beyond X_LINES are 0 in every step, and no product is made of them.
//
// A cell's file defines GATES, begin_gate, source and end_block; a read-out's file read_out; a file lanes_* how
// invocations share rows. Constants: MEMORY, OUTPUTS, INPUTS, X_LINES, HEARS, HAS_CELL, LANES. The importing module
// provides noise_at(j), what is added to output j of the rows before it is clipped.
#import networks/rate/opaque
#import numerics/sigmoid
#import numerics/tanh
#import networks/enu/rows_4
#import networks/enu/lanes_columns
#import networks/enu/gated
#import networks/enu/read_out
var<storage, read> theta_in: array<vec4<f32>>;
var<storage, read_write> network_state_inout: array<vec4<f32>>;

const GROUP_ROWS = ROWS * ROW_LANES;
const H_AT = 0u;
const O_AT = MEMORY;
const X_AT = O_AT + OUTPUTS;
const G_AT = X_AT + X_LINES;                 // gated memory; the cell's state in an LSTM
const Z_AT = G_AT + MEMORY;
const N_LINES = Z_AT + MEMORY;
const FED_AT = X_AT - HEARS * OUTPUTS;       // lines after h that gates hear
const FED = X_LINES + HEARS * OUTPUTS;
const GATE_QUADS = (MEMORY + HEARS * OUTPUTS + INPUTS) * MEMORY / 4u;
const STATE_QUADS = (MEMORY + OUTPUTS + HAS_CELL * MEMORY) / 4u;

var<private> lane: u32;
var<private> chromosome: u32;                // first quad of the rows' weights
var<private> home: array<u32, 4>;            // first quad of each own row's state
var<private> stays: array<bool, 4>;          // own rows whose new state is kept
var<private> sums: array<Rows, BLOCK>;
var<workgroup> lines: array<Rows, N_LINES * ROW_LANES>;

fn sigmoid_rows(x: Rows) -> Rows {
    return rows_of(sigmoid4(quad_of(x)));
}

fn tanh_rows(x: Rows) -> Rows {
    return rows_of(tanh4(quad_of(x)));
}

fn clear_sums() {
    for (var k = 0u; k < BLOCK; k++) {
        sums[k] = Rows();
    }
}

// Returns whether there is a column `j` of `columns`; true without a test where all turns are full.
fn is_column(j: u32, columns: u32) -> bool {
    return (columns % TURN_COLUMNS == 0u) | (j < columns);
}

// Turns the rows' lines into those after a step, but for the outputs.
fn update() {
    for (var turn = 0u; turn < opaque(GATES * blocks(MEMORY)); turn++) {
        let g = turn / blocks(MEMORY);
        let b = turn % blocks(MEMORY);
        if (b == 0u) {
            begin_gate(g);
        }
        clear_sums();
        add(source(g), MEMORY + FED, chromosome + g * GATE_QUADS, MEMORY, b);
        end_block(g, b);
    }
    meet();
}

// Returns the first of the four lines of a state's quad.
fn line_of(q: u32) -> u32 {
    return 4u * q + select(0u, X_LINES, 4u * q >= X_AT);
}

fn state_quad(r: u32, q: u32) -> vec4<f32> {
    return network_state_inout[home[r] + q];
}

// Writes four lines from a quad of each own row.
fn put_lines(line: u32, a: vec4<f32>, b: vec4<f32>, c: vec4<f32>, d: vec4<f32>) {
    lines[place(line)] = rows_of(vec4<f32>(a.x, b.x, c.x, d.x));
    lines[place(line + 1u)] = rows_of(vec4<f32>(a.y, b.y, c.y, d.y));
    lines[place(line + 2u)] = rows_of(vec4<f32>(a.z, b.z, c.z, d.z));
    lines[place(line + 3u)] = rows_of(vec4<f32>(a.w, b.w, c.w, d.w));
}

fn load_states() {
    for (var q = own_first(); q < opaque(STATE_QUADS); q += own_stride()) {
        var quads: array<vec4<f32>, 4>;
        for (var r = 0u; r < ROWS; r++) {
            quads[r] = state_quad(r, q);
        }
        put_lines(line_of(q), quads[0], quads[1], quads[2], quads[3]);
    }
}

fn store_states() {
    for (var q = own_first(); q < opaque(STATE_QUADS); q += own_stride()) {
        let line = line_of(q);
        let a = quad_of(lines[place(line)]);
        let b = quad_of(lines[place(line + 1u)]);
        let c = quad_of(lines[place(line + 2u)]);
        let d = quad_of(lines[place(line + 3u)]);
        for (var r = 0u; r < ROWS; r++) {
            if (stays[r]) {
                network_state_inout[home[r] + q] = vec4<f32>(a[r], b[r], c[r], d[r]);
            }
        }
    }
}
