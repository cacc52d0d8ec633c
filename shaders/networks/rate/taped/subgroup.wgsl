// How the taped passes of a network go through its units, in place of taped/shared.wgsl, for software drivers with
// subgroups of 8: an invocation per sequence, eight quads of units at a time, whose weights neighbours read for each
// other.
//
// Needs GROUP (8), LANES (blocks of eight quads), and the constants of networks/rate/tape.
#import algorithms/ppo/theta_words
#import algorithms/ppo/blocks/subgroup

const WORKGROUP = GROUP;
const OWN_QUADS = 8u;                        // of a turn
const TURNS = LANES;

var<private> lane: u32;                      // turn

fn enter(group: u32, local: u32) {
    enter_blocks(local);
    b = group * GROUP + local;
    sequence = sequence_of(b, ppo_learning_in.update);
}

fn take_turn(turn: u32) {
    lane = turn;
}

fn quad(q: u32) -> u32 {
    return 8u * lane + q;
}

fn add_line(x: f32, row: u32) {
    add_row(x, row * QUADS + 8u * lane);
}

// Nothing is shared.
fn meet() {
}

fn send_through(row: u32, sum: u32) {
    for (var block = 0u; block < opaque(QUADS); block += 8u) {
        for (var k = 0u; k < 8u; k++) {
            sums[k] = taped(SUMS_AT + sum, block + k);
        }
        for (var q = 0u; q < opaque(QUADS); q++) {
            let first = (row + 4u * q) * QUADS + block;
            ppo_tape_inout[tape_at(t, SENT_AT, q, b)] += vec4<f32>(
                added_up(row_parts(first)), added_up(row_parts(first + QUADS)),
                added_up(row_parts(first + 2u * QUADS)), added_up(row_parts(first + 3u * QUADS)),
            );
        }
    }
}
