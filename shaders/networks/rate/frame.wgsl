// Common part of networks without spikes: one individual per workgroup; lanes own units and exchange values as lines.
//
// theta is a list of rows of N_SIDE parameters: the matrices that act on lines, line by line; biases; and the
// read-out, one row per action. A line is the value that a presynaptic unit or observation sends. rows_f32.wgsl or
// rows_bits.wgsl defines how rows are stored and what a line carries. The root module provides `cell`, which turns
// lines into the new `outputs`, and may carry N_CARRIED vectors of units from step to step. With two hemispheres, a
// row has the parameters of one, and each counts the lines of its own units first.
//
// Constants: UNITS, LANES, D_OBS, D_ACT, INPUT_LINES, N_CARRIED, N_WORDS (of an individual), NORMALISER_CLIP, and the
// first row of each matrix and bias: ROW_*.
#import networks/entry
#import networks/done_workgroup
#import rollout/theta
#import rollout/normaliser
#import networks/gather
#import networks/sides/whole
#import networks/rate/columns
#import networks/rate/opaque
#import networks/rate/rows_f32
var<storage, read> obs_in: array<f32>;
var<storage, read_write> action_out: array<f32>;
var<storage, read_write> network_state_inout: array<vec4<f32>>;

const N_SIDE = UNITS / SIDES;
const QUADS = UNITS / 4u;
const OWN_QUADS = QUADS / LANES;             // of a lane
const SIDE_LANES = LANES / SIDES;
const UNIT_LINES = INPUT_LINES;              // where the lines of the units begin, as a lane counts them
const UNITS_AT = SIDES * INPUT_LINES;        // and in memory, after the observation's of each side

var<private> lane: u32;
var<private> theta: u32;                     // where the individual's parameters begin
var<private> state: u32;                     // where its state begins
var<private> sums: array<vec4<f32>, OWN_QUADS>;
var<private> outputs: array<vec4<f32>, OWN_QUADS>;

var<workgroup> lines: array<f32, UNITS_AT + UNITS>;

fn clear_shared(local: u32) {
}

fn enter(slot: u32, local: u32) {
    lane = local;
    theta = begin_of(slot);
    state = slot * N_CARRIED * QUADS;
}

// Writes the lines of the observation, and those of the units from the last step.
fn sense(slot: u32) {
    let life = episode_inout[slot].life;
    for (var i = lane; i < D_OBS; i += LANES) {
        let seen = see(slot, life, i);
        for (var side = 0u; side < SIDES; side++) {
            send_input(side * INPUT_LINES + i, heard(seen, side));
        }
    }
    if (N_CARRIED > 0u) {
        for (var q = 0u; q < OWN_QUADS; q++) {
            let line = R_HIDDEN * signed(q, carried(0u, q));
            let at = UNITS_AT + 4u * quad(q);
            lines[at] = line.x;
            lines[at + 1u] = line.y;
            lines[at + 2u] = line.z;
            lines[at + 3u] = line.w;
        }
    }
    workgroupBarrier();
}

// Returns line i in this lane's order.
fn own_line(i: u32) -> f32 {
    let input = own_side() * INPUT_LINES + i;
    return lines[select(input, UNITS_AT + own_first(i - UNIT_LINES), i >= UNIT_LINES)];
}

// Returns own quad q of the carried vector `which`.
fn carried(which: u32, q: u32) -> vec4<f32> {
    return network_state_inout[state + which * QUADS + quad(q)];
}

fn carry(which: u32, q: u32, value: vec4<f32>) {
    network_state_inout[state + which * QUADS + quad(q)] = value;
}

// Adds the product of `count` rows from `row` on and as many lines from `line` on, then the bias, which follows the
// rows.
fn add_layer(row: u32, line: u32, count: u32) {
    add_lines(row, line, count);
    add_bias(row + count);
}

// Keeps nothing: values that only an adjoint needs (frame_taped.wgsl).
fn keep(which: u32, q: u32, value: vec4<f32>) {
}

fn clear_sums() {
    for (var q = 0u; q < OWN_QUADS; q++) {
        sums[q] = vec4<f32>();
    }
}

fn act(slot: u32, a: u32, sum: f32) {
    action_out[slot * D_ACT + a] = finish_action(a, sum);
}

// Computes the actions from the outputs.
fn read_outputs(slot: u32) {
    for (var q = 0u; q < OWN_QUADS; q++) {
        outputs[q] = signed(q, outputs[q]);
    }
    for (var a = 0u; a < opaque(D_ACT); a++) {
        give(a, own_output(a));
    }
    act_on_sums(slot);
}

fn begin_life(slot: u32, local: u32) {
    for (var at = local; at < N_CARRIED * QUADS; at += LANES) {
        network_state_inout[slot * N_CARRIED * QUADS + at] = vec4<f32>();
    }
}

fn step_network(slot: u32, local: u32) {
    enter(slot, local);
    sense(slot);
    cell();
    read_outputs(slot);
}
