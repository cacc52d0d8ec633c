// Generalised advantage estimation (Schulman et al., 2016) and the values' targets; then advantages with mean 0 and
// standard deviation 1 over the iteration. One workgroup; sums follow a fixed tree.
//
// A step that ran out of time teaches nothing, so that no value of a state that was never recorded is needed.
//
// Needs ENVIRONMENTS, HORIZON, DISCOUNT, GAE_LAMBDA, REWARD_CLIP.
#import structs/PpoFrame
#import algorithms/ppo/learning
#import structs/ppo_flags
#import algorithms/ppo/total
var<storage, read_write> ppo_frame_inout: array<PpoFrame>;
var<storage, read> ppo_value_in: array<f32>;

const ROWS = HORIZON * ENVIRONMENTS;

fn estimate(environment: u32) {
    var after = 0.0;
    for (var left = HORIZON; left > 0u; left--) {
        let row = (left - 1u) * ENVIRONMENTS + environment;
        let flags = ppo_frame_inout[row].flags;
        let goes_on = select(1.0, 0.0, (flags & FELL) != 0u);
        let teaches = select(1.0, 0.0, (flags & RAN_OUT) != 0u);
        let reward = clamp(ppo_learning_in.reward_scale * ppo_frame_inout[row].reward, -REWARD_CLIP, REWARD_CLIP);
        let now = ppo_value_in[row];
        let error = teaches * (reward + DISCOUNT * goes_on * ppo_value_in[row + ENVIRONMENTS] - now);
        after = error + DISCOUNT * GAE_LAMBDA * goes_on * teaches * after;
        ppo_frame_inout[row].advantage = after;
        ppo_frame_inout[row].value_target = after + now;
    }
}

@compute @workgroup_size(WIDTH)
fn advantage(@builtin(local_invocation_index) local: u32) {
    for (var environment = local; environment < ENVIRONMENTS; environment += WIDTH) {
        estimate(environment);
    }
    storageBarrier();
    var mean = 0.0;
    var square = 0.0;
    for (var turn = 0u; turn < opaque(2u); turn++) {
        var sum = 0.0;
        for (var row = local; row < ROWS; row += WIDTH) {
            let centred = ppo_frame_inout[row].advantage - mean;
            sum += select(centred, centred * centred, turn == 1u);
        }
        square = total(local, sum) / f32(ROWS);
        mean = select(mean, square, turn == 0u);
    }
    let factor = 1.0 / (sqrt(square) + 1e-8);
    for (var row = local; row < ROWS; row += WIDTH) {
        ppo_frame_inout[row].advantage = (ppo_frame_inout[row].advantage - mean) * factor;
    }
}
