// TickNets of a learner in workgroup memory, NETS of them, and greedy episodes of the first one. Rows of UNITS weights:
// 4 of the observation, the biases, 2 of the read-out; then the two biases of the outputs. A learner of fewer neurons
// leaves the rest unused. `at` is the first word of a network. Constants: UNITS, NET (words of a network), those of
// tick_net/ticks, BIAS_READ (what a current of 1 for all ticks comes to), CAP (frames of the longest episode), ZERO_FIRST.
#import networks/tick_net/ticks
#import tasks/cartpole/dynamics

const AT_BIAS = 4u * UNITS;
const AT_READ_OUT = 5u * UNITS;
const AT_BIAS_OUT = 7u * UNITS;

var<workgroup> net: array<f32, NETS * NET>;

fn current_of(at: u32, n: u32, seen: vec4<f32>) -> f32 {
    let row = at + n;
    let sum = net[row] * seen.x + net[row + UNITS] * seen.y + net[row + 2u * UNITS] * seen.z + net[row + 3u * UNITS] * seen.w;
    return sum + net[row + AT_BIAS];
}

fn read_out(at: u32, n: u32) -> vec2<f32> {
    return vec2<f32>(net[at + AT_READ_OUT + n], net[at + AT_READ_OUT + UNITS + n]);
}

fn bias_out(at: u32) -> vec2<f32> {
    return BIAS_READ * vec2<f32>(net[at + AT_BIAS_OUT], net[at + AT_BIAS_OUT + 1u]);
}

// Returns the values of both actions.
fn values(at: u32, seen: vec4<f32>, width: u32) -> vec2<f32> {
    var sum = bias_out(at);
    for (var n = 0u; n < width; n++) {
        sum += omega(current_of(at, n, seen)) * read_out(at, n);
    }
    return sum;
}

// Returns the frames of an episode that begins at `start` and takes the better action in every step.
fn greedy(start: vec4<f32>, width: u32) -> u32 {
    var state = start;
    var seen = select(start, vec4<f32>(), ZERO_FIRST == 1u);
    for (var frames = 1u; frames < CAP; frames++) {
        let value = values(0u, seen, width);
        state = moved(state, value.y > value.x);
        if (!inside(state)) {
            return frames;
        }
        seen = state;
    }
    return CAP;
}
