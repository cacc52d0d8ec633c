// What networks without spikes share: an individual a workgroup; lanes own units and exchange values as lines.
//
// theta is a list of rows of N_SIDE parameters: the matrices that act on lines, line by line, biases, and the read-out,
// a row an action. A line is what a presynaptic unit or observation sends; how rows are stored and what a line carries
// is in rows_f32.wgsl or rows_bits.wgsl. The root module gives `cell`, which turns lines into the new `outputs`, and
// may carry N_CARRIED vectors of units from step to step. Of two hemispheres a row has the parameters of one, and each
// counts the lines of its own units first.
//
// Constants: UNITS, LANES, D_OBS, D_ACT, INPUT_LINES, N_CARRIED, N_WORDS (of an individual), NORMALISER_CLIP, and where
// matrices and biases begin, in rows: ROW_*.
#import rollout/run
#import rollout/episode
#import rollout/theta
#import rollout/slots
#import rollout/normaliser
#import networks/gather
#import networks/sides/whole
#import networks/rate/columns
#import networks/rate/opaque
#import networks/rate/rows_f32
var<storage, read> obs_in: array<f32>;
var<storage, read_write> action_out: array<f32>;
var<storage, read_write> network_state_inout: array<vec4<f32>>;
var<storage, read_write> episode_inout: array<Episode>;

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
var<workgroup> shared_status: u32;

fn is_done(slot: u32, local: u32) -> bool {
    if (local == 0u) {
        shared_status = episode_inout[slot].status;
    }
    return (workgroupUniformLoad(&shared_status) & DONE) != 0u;
}

fn enter(slot: u32, local: u32) {
    lane = local;
    theta = begin_of(slot);
    state = slot * N_CARRIED * QUADS;
}

// The lines of the observation, and of what the units sent in the last step.
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

// Line i as this lane counts them.
fn own_line(i: u32) -> f32 {
    let input = own_side() * INPUT_LINES + i;
    return lines[select(input, UNITS_AT + own_first(i - UNIT_LINES), i >= UNIT_LINES)];
}

// Own units of the vector `which` that the state holds.
fn carried(which: u32, q: u32) -> vec4<f32> {
    return network_state_inout[state + which * QUADS + quad(q)];
}

fn carry(which: u32, q: u32, value: vec4<f32>) {
    network_state_inout[state + which * QUADS + quad(q)] = value;
}

// Adds what the `count` rows from `row` on make of as many lines from `line` on, then the bias, which follows them.
fn add_layer(row: u32, line: u32, count: u32) {
    add_lines(row, line, count);
    add_bias(row + count);
}

fn clear_sums() {
    for (var q = 0u; q < OWN_QUADS; q++) {
        sums[q] = vec4<f32>();
    }
}

fn act(slot: u32, a: u32, sum: f32) {
    action_out[slot * D_ACT + a] = finish_action(a, sum);
}

// The actions from the outputs.
fn read_outputs(slot: u32) {
    for (var q = 0u; q < OWN_QUADS; q++) {
        outputs[q] = signed(q, outputs[q]);
    }
    for (var a = 0u; a < opaque(D_ACT); a++) {
        give(a, own_output(a));
    }
    act_on_sums(slot);
}

@compute @workgroup_size(LANES)
fn network_reset(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let slot = fresh(id.x + id.y * groups.x);
    if (slot == NO_SLOT) {
        return;
    }
    for (var at = local; at < N_CARRIED * QUADS; at += LANES) {
        network_state_inout[slot * N_CARRIED * QUADS + at] = vec4<f32>();
    }
}

@compute @workgroup_size(LANES)
fn network_step(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let slot = living(id.x + id.y * groups.x);
    if (slot == NO_SLOT) {
        return;
    }
    if (is_done(slot, local)) {
        return;
    }
    enter(slot, local);
    sense(slot);
    cell();
    read_outputs(slot);
}
