// The frame around a cell, in place of networks/rate/frame, where gradients are wanted: the steps of a segment again,
// with all that the backward pass needs on the tape. Sums have the order that they have in network.step.
//
// Needs INPUT_LINES (D_OBS), N_CARRIED, and the constants of tape.wgsl and taped/shared.wgsl.
#import networks/rate/tape
#import algorithms/ppo/opaque
#import networks/rate/taped/shared
var<storage, read> ppo_obs_in: array<f32>;
var<storage, read> ppo_state_in: array<vec4<f32>>;

const UNIT_LINES = INPUT_LINES;
const R_HIDDEN = 1.0;

var<private> outputs: array<vec4<f32>, OWN_QUADS>;

fn clear_sums() {
    for (var q = 0u; q < OWN_QUADS; q++) {
        sums[q] = vec4<f32>();
    }
}

// Adds the product of the matrix that begins at `first` and `count` lines from `line` on, then the bias after it.
fn add_layer(first: u32, line: u32, count: u32) {
    var row = first;
    let at = row_of(sequence, t) * D_OBS;
    for (var i = line; i < min(line + count, INPUT_LINES); i++) {
        add_line(ppo_obs_in[at + i], row);
        row += 1u;
    }
    if (line + count > INPUT_LINES) {
        for (var quad = 0u; quad < opaque(QUADS); quad++) {
            let x = taped(HEARD_AT, quad);
            add_line(x.x, row);
            add_line(x.y, row + 1u);
            add_line(x.z, row + 2u);
            add_line(x.w, row + 3u);
            row += 4u;
        }
    }
    add_line(1.0, row);
}

fn carried(which: u32, q: u32) -> vec4<f32> {
    return before(which, quad(q));
}

fn carry(which: u32, q: u32, value: vec4<f32>) {
    ppo_tape_inout[tape_at(t, which, quad(q), b)] = value;
}

fn keep(which: u32, q: u32, value: vec4<f32>) {
    ppo_tape_inout[tape_at(t, KEPT_AT + which, quad(q), b)] = value;
}

// Puts the recorded state where the first step finds it.
fn begin_segment() {
    let slot = sequence.x * ENVIRONMENTS + sequence.y;
    for (var which = 0u; which < N_CARRIED; which++) {
        for (var q = 0u; q < opaque(OWN_QUADS); q++) {
            let state = ppo_state_in[(slot * N_CARRIED + which) * QUADS + quad(q)];
            ppo_tape_inout[tape_at(BPTT, which, quad(q), b)] = state;
        }
    }
}

// Puts on the tape what the units hear from the step before.
fn hear() {
    if (N_CARRIED > 0u) {
        for (var q = 0u; q < opaque(OWN_QUADS); q++) {
            ppo_tape_inout[tape_at(t, HEARD_AT, quad(q), b)] = before(0u, quad(q));
        }
    }
}

@compute @workgroup_size(WORKGROUP)
fn forward(@builtin(workgroup_id) id: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    enter(id.x, local);
    for (var turn = 0u; turn < opaque(TURNS); turn++) {
        take_turn(turn);
        begin_segment();
    }
    meet();
    for (var step = 0u; step < opaque(BPTT); step++) {
        go_to(step);
        for (var turn = 0u; turn < opaque(TURNS); turn++) {
            take_turn(turn);
            hear();
        }
        meet();
        for (var turn = 0u; turn < opaque(TURNS); turn++) {
            take_turn(turn);
            cell();
            for (var q = 0u; q < OWN_QUADS; q++) {
                carry(0u, q, outputs[q]);
            }
        }
        meet();
    }
}
