// How invocations share the units of a network's taped passes: a workgroup has GROUP sequences of a minibatch side by
// side, and LANES invocations per sequence own its units, so that weights are the same for neighbours.
//
// Needs GROUP, LANES, and the constants of networks/rate/tape.
#import algorithms/ppo/theta_words

const WORKGROUP = GROUP * LANES;
const OWN_QUADS = QUADS / LANES;
const TURNS = 1u;                            // in which an invocation goes through the units

var<private> lane: u32;
var<private> sums: array<vec4<f32>, OWN_QUADS>;

fn enter(group: u32, local: u32) {
    b = group * GROUP + local % GROUP;
    lane = local / GROUP;
    sequence = sequence_of(b, ppo_learning_in.update);
}

fn take_turn(turn: u32) {
}

fn quad(q: u32) -> u32 {
    return lane + LANES * q;
}

// Adds x times a row to the sums of own units.
fn add_line(x: f32, row: u32) {
    for (var q = 0u; q < OWN_QUADS; q++) {
        sums[q] += x * theta_in[row * QUADS + quad(q)];
    }
}

// Waits for the other invocations of a sequence.
fn meet() {
    storageBarrier();
}

// Adds to the tape what the sums of step t make of the outputs before it: rows times adjoints.
fn send_through(row: u32, sum: u32) {
    for (var q = 0u; q < opaque(OWN_QUADS); q++) {
        let first = (row + 4u * quad(q)) * QUADS;
        var back = vec4<f32>();
        for (var column = 0u; column < opaque(QUADS); column++) {
            let adjoint = taped(SUMS_AT + sum, column);
            back += vec4<f32>(
                dot(theta_in[first + column], adjoint),
                dot(theta_in[first + QUADS + column], adjoint),
                dot(theta_in[first + 2u * QUADS + column], adjoint),
                dot(theta_in[first + 3u * QUADS + column], adjoint),
            );
        }
        ppo_tape_inout[tape_at(t, SENT_AT, quad(q), b)] += back;
    }
}
