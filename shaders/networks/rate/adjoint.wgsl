// The backward pass of a network without spikes through the steps of a segment: from the adjoints of the read-out to
// those of each sum. The root module gives `adjoint`, which turns the adjoint of an own quad of outputs into those of
// the cell's sums (give) and of what it carried (send_back).
//
// Needs D_ACT, HEAD, ROW_READ_OUT, HIDDEN_PARTS (matrices that act on the units), for each of them HIDDEN_ROW (its
// first row) and HIDDEN_SUM (the sum it is part of), and the constants of tape.wgsl.
#import networks/rate/tape
#import algorithms/ppo/opaque
var<storage, read> ppo_head_in: array<f32>;

// Returns what the cell kept.
fn kept(which: u32, q: u32) -> vec4<f32> {
    return taped(KEPT_AT + which, quad(q));
}

fn output(q: u32) -> vec4<f32> {
    return taped(0u, quad(q));
}

fn give(sum: u32, q: u32, value: vec4<f32>) {
    ppo_tape_inout[tape_at(t, SUMS_AT + sum, quad(q), b)] = value;
}

fn send_back(which: u32, q: u32, value: vec4<f32>) {
    ppo_tape_inout[tape_at(t, SENT_AT + which, quad(q), b)] = value;
}

// Returns true if a later step of the segment carries on from this one.
fn goes_on() -> bool {
    return t + 1u < BPTT && !began(t + 1u);
}

// Returns the adjoint of a carried vector that the next step has sent back, apart from its sums.
fn sent(which: u32, q: u32) -> vec4<f32> {
    if (!goes_on()) {
        return vec4<f32>();
    }
    return ppo_tape_inout[tape_at(t + 1u, SENT_AT + which, quad(q), b)];
}

// Returns what the sums of the next step make of own outputs: rows times adjoints.
fn through_sums(q: u32) -> vec4<f32> {
    var back = vec4<f32>();
    for (var part = 0u; part < opaque(HIDDEN_PARTS); part++) {
        let row = (HIDDEN_ROW[part] + 4u * quad(q)) * QUADS;
        for (var column = 0u; column < opaque(QUADS); column++) {
            let adjoint = ppo_tape_inout[tape_at(t + 1u, SUMS_AT + HIDDEN_SUM[part], column, b)];
            back += vec4<f32>(
                dot(theta_in[row + column], adjoint),
                dot(theta_in[row + QUADS + column], adjoint),
                dot(theta_in[row + 2u * QUADS + column], adjoint),
                dot(theta_in[row + 3u * QUADS + column], adjoint),
            );
        }
    }
    return back;
}

fn of_outputs(q: u32) -> vec4<f32> {
    var sum = sent(0u, q);
    let at = (t * SEQUENCES + b) * HEAD;
    for (var a = 0u; a < opaque(D_ACT); a++) {
        sum += ppo_head_in[at + a] * own_weights(ROW_READ_OUT + a, q);
    }
    if (goes_on()) {
        sum += through_sums(q);
    }
    return sum;
}

@compute @workgroup_size(GROUP * LANES)
fn backward(@builtin(workgroup_id) id: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    enter(id.x, local);
    for (var left = opaque(BPTT); left > 0u; left--) {
        go_to(left - 1u);
        for (var q = 0u; q < opaque(OWN_QUADS); q++) {
            adjoint(q, of_outputs(q));
        }
        storageBarrier();
    }
}
