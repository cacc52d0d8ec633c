// The frame around a cell, in place of networks/rate/frame, where gradients are wanted: the steps of a segment again,
// with all that the backward pass needs on the tape. Sums have the order that they have in network.step.
//
// Needs INPUT_LINES (D_OBS), and the constants of tape.wgsl.
#import networks/rate/tape
#import algorithms/ppo/opaque
var<storage, read> ppo_obs_in: array<f32>;

const UNIT_LINES = INPUT_LINES;
const R_HIDDEN = 1.0;

var<private> sums: array<vec4<f32>, OWN_QUADS>;
var<private> outputs: array<vec4<f32>, OWN_QUADS>;

fn clear_sums() {
    for (var q = 0u; q < OWN_QUADS; q++) {
        sums[q] = vec4<f32>();
    }
}

fn add_line(x: f32, row: u32) {
    for (var q = 0u; q < OWN_QUADS; q++) {
        sums[q] += x * own_weights(row, q);
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
            let x = before(0u, quad);
            add_line(x.x, row);
            add_line(x.y, row + 1u);
            add_line(x.z, row + 2u);
            add_line(x.w, row + 3u);
            row += 4u;
        }
    }
    for (var q = 0u; q < OWN_QUADS; q++) {
        sums[q] += own_weights(row, q);
    }
}

fn carry(which: u32, q: u32, value: vec4<f32>) {
    ppo_tape_inout[tape_at(t, which, quad(q), b)] = value;
}

fn keep(which: u32, q: u32, value: vec4<f32>) {
    ppo_tape_inout[tape_at(t, KEPT_AT + which, quad(q), b)] = value;
}

@compute @workgroup_size(GROUP * LANES)
fn forward(@builtin(workgroup_id) id: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    enter(id.x, local);
    for (var step = 0u; step < opaque(BPTT); step++) {
        go_to(step);
        cell();
        for (var q = 0u; q < OWN_QUADS; q++) {
            carry(0u, q, outputs[q]);
        }
        storageBarrier();
    }
}
