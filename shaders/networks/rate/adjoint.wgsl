// The backward pass of a network without spikes through the steps of a segment: from the adjoints of the read-out to
// those of each sum. The root module gives `adjoint`, which turns the adjoint of an own quad of outputs into those of
// the cell's sums (give) and of what it carried (send_back).
//
// Needs D_ACT, HEAD, ROW_READ_OUT, HIDDEN_PARTS (matrices that act on the units), for each of them HIDDEN_ROW (its
// first row) and HIDDEN_SUM (the sum it is part of), and the constants of tape.wgsl and taped/shared.wgsl.
#import networks/rate/tape
#import algorithms/ppo/opaque
#import networks/rate/taped/shared
var<storage, read> ppo_head_in: array<f32>;

// Returns what the cell kept.
fn kept(which: u32, q: u32) -> vec4<f32> {
    return taped(KEPT_AT + which, quad(q));
}

fn output(q: u32) -> vec4<f32> {
    return taped(0u, quad(q));
}

fn carried(which: u32, q: u32) -> vec4<f32> {
    return before(which, quad(q));
}

fn give(sum: u32, q: u32, value: vec4<f32>) {
    ppo_tape_inout[tape_at(t, SUMS_AT + sum, quad(q), b)] = value;
}

fn send_back(which: u32, q: u32, value: vec4<f32>) {
    ppo_tape_inout[tape_at(t, SENT_AT + which, quad(q), b)] = value;
}

// Returns the adjoint of a carried vector that the next step has sent back.
fn sent(which: u32, q: u32) -> vec4<f32> {
    // no later step of the segment carries on from this one
    if (t + 1u == BPTT || began(t + 1u)) {
        return vec4<f32>();
    }
    return ppo_tape_inout[tape_at(t + 1u, SENT_AT + which, quad(q), b)];
}

// Leaves the adjoints of own outputs in `sums`.
fn begin_adjoints() {
    for (var q = 0u; q < OWN_QUADS; q++) {
        sums[q] = sent(0u, q);
    }
    let at = head_at(t * SEQUENCES + b);
    for (var a = 0u; a < opaque(D_ACT); a++) {
        add_line(ppo_head_in[at + a], ROW_READ_OUT + a);
    }
}

@compute @workgroup_size(WORKGROUP)
fn backward(@builtin(workgroup_id) id: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    enter(id.x, local);
    for (var left = opaque(BPTT); left > 0u; left--) {
        go_to(left - 1u);
        for (var turn = 0u; turn < opaque(TURNS); turn++) {
            take_turn(turn);
            begin_adjoints();
            for (var q = 0u; q < opaque(OWN_QUADS); q++) {
                adjoint(q, sums[q]);
            }
        }
        meet();
        for (var part = 0u; part < opaque(HIDDEN_PARTS); part++) {
            send_through(HIDDEN_ROW[part], HIDDEN_SUM[part]);
        }
        meet();
    }
}
