// The TickNet of a learner in workgroup memory, and its greedy episodes. Rows of UNITS weights: 4 of the observation, the
// biases, 2 of the read-out; then the two biases of the outputs. A learner of fewer neurons leaves the rest unused.
// Constants: UNITS, those of tick_net/ticks, BIAS_READ (what a current of 1 for all ticks comes to), CAP (frames of the longest episode), ZERO_FIRST.
#import networks/tick_net/ticks
#import tasks/cartpole/dynamics

const AT_BIAS = 4u * UNITS;
const AT_READ_OUT = 5u * UNITS;
const AT_BIAS_OUT = 7u * UNITS;
const NET = 7u * UNITS + 4u;         // words, of which the last two are padding

var<workgroup> net: array<f32, NET>;

fn current_of(n: u32, seen: vec4<f32>) -> f32 {
    let sum = net[n] * seen.x + net[UNITS + n] * seen.y + net[2u * UNITS + n] * seen.z + net[3u * UNITS + n] * seen.w;
    return sum + net[AT_BIAS + n];
}

fn read_out(n: u32) -> vec2<f32> {
    return vec2<f32>(net[AT_READ_OUT + n], net[AT_READ_OUT + UNITS + n]);
}

fn bias_out() -> vec2<f32> {
    return BIAS_READ * vec2<f32>(net[AT_BIAS_OUT], net[AT_BIAS_OUT + 1u]);
}

// Returns the values of both actions.
fn values(seen: vec4<f32>, width: u32) -> vec2<f32> {
    var sum = bias_out();
    for (var n = 0u; n < width; n++) {
        sum += omega(current_of(n, seen)) * read_out(n);
    }
    return sum;
}

// Returns the frames of an episode that begins at `start` and takes the better action in every step.
fn greedy(start: vec4<f32>, width: u32) -> u32 {
    var state = start;
    var seen = select(start, vec4<f32>(), ZERO_FIRST == 1u);
    for (var frames = 1u; frames < CAP; frames++) {
        let value = values(seen, width);
        state = moved(state, value.y > value.x);
        if (!inside(state)) {
            return frames;
        }
        seen = state;
    }
    return CAP;
}
