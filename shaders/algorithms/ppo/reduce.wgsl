// Ends the gradient of a minibatch: parameters that have no rows, the norms of both groups, and the parts of the loss.
// One workgroup; sums have a fixed order.
//
// Needs AT_READ_OUT_BIAS (0: none), AT_LOG_STD, AT_VALUE, AT_VALUE_BIAS, N_PARAMETERS (words), D_ACT, HEAD,
// VALUE_UNITS, VALUE_TAPE_ROWS, MAX_NORM, LARGEST_NORM, BETA1, BETA2, SEQUENCES, BPTT.
#import structs/PpoLearning
#import algorithms/ppo/opaque
var<storage, read_write> ppo_learning_inout: PpoLearning;
var<storage, read_write> ppo_gradient_inout: array<f32>;
var<storage, read_write> ppo_losses_out: array<array<f32, 8>>;
var<storage, read> ppo_head_in: array<f32>;
var<storage, read> ppo_value_tape_in: array<vec4<f32>>;

const WIDTH = 256u;
const FRAMES = BPTT * SEQUENCES;

// Sums over frames: the entries of the head, then the adjoint of the value and its loss. Then the squares of both
// groups.
const OF_VALUE = HEAD;
const SUMS = HEAD + 2u;

const CHUNKS = max(1u, WIDTH / SUMS);        // of the frames

var<workgroup> parts: array<vec2<f32>, WIDTH>;
var<workgroup> sums: array<f32, SUMS + 2u>;

fn entry(i: u32, frame: u32) -> f32 {
    if (i >= OF_VALUE) {
        return ppo_value_tape_in[VALUE_UNITS * VALUE_TAPE_ROWS + frame][i - OF_VALUE];
    }
    return ppo_head_in[frame * HEAD + i];
}

// Returns the sum of entry i over a chunk of the frames.
fn chunk_sum(i: u32, chunk: u32) -> f32 {
    var sum = 0.0;
    for (var frame = chunk; frame < FRAMES; frame += CHUNKS) {
        sum += entry(i, frame);
    }
    return sum;
}

// Returns a lane's part of the sum of squares from word `first` to word `end`.
fn squares(local: u32, first: u32, end: u32) -> f32 {
    var sum = 0.0;
    for (var k = first + local; k < end; k += WIDTH) {
        sum += ppo_gradient_inout[k] * ppo_gradient_inout[k];
    }
    return sum;
}

// Puts the gradient of a parameter that no row holds.
fn put(i: u32, sum: f32) {
    if (i < D_ACT && AT_READ_OUT_BIAS > 0u) {
        ppo_gradient_inout[AT_READ_OUT_BIAS + i] = sum;
    }
    if (i >= D_ACT && i < 2u * D_ACT) {
        ppo_gradient_inout[AT_LOG_STD + i - D_ACT] = sum;
    }
    if (i == OF_VALUE) {
        ppo_gradient_inout[AT_VALUE_BIAS] = sum;
    }
}

// Returns the factor of a clipped gradient; 0 for one that no step may follow.
fn scale_of(norm: f32) -> f32 {
    // written so that a NaN is refused
    return select(0.0, min(1.0, MAX_NORM / max(norm, 1e-30)), norm <= LARGEST_NORM);
}

fn conclude() {
    let policy = sqrt(sums[SUMS]);
    let value = sqrt(sums[SUMS + 1u]);
    let follows = scale_of(policy) > 0.0 && scale_of(value) > 0.0;
    let update = ppo_learning_inout.update;
    let mean = 1.0 / f32(FRAMES);
    let at = 2u * D_ACT;
    ppo_losses_out[update] = array<f32, 8>(
        mean * sums[at], mean * sums[OF_VALUE + 1u], mean * sums[at + 1u], mean * sums[at + 2u], mean * sums[at + 3u],
        policy, value, select(1.0, 0.0, follows),
    );
    ppo_learning_inout.update = update + 1u;
    ppo_learning_inout.round = 0u;
    ppo_learning_inout.policy_scale = scale_of(policy);
    ppo_learning_inout.value_scale = scale_of(value);
    ppo_learning_inout.follows = select(0u, 1u, follows);
    if (follows) {
        // 1 - beta^t, without the loss of digits that the power has
        ppo_learning_inout.bias1 = BETA1 * ppo_learning_inout.bias1 + (1.0 - BETA1);
        ppo_learning_inout.bias2 = BETA2 * ppo_learning_inout.bias2 + (1.0 - BETA2);
    }
}

@compute @workgroup_size(WIDTH)
fn reduce(@builtin(local_invocation_index) local: u32) {
    if (local < SUMS * CHUNKS) {
        parts[local].x = chunk_sum(local % SUMS, local / SUMS);
    }
    workgroupBarrier();
    if (local < SUMS) {
        var sum = 0.0;
        for (var chunk = 0u; chunk < opaque(CHUNKS); chunk++) {
            sum += parts[chunk * SUMS + local].x;
        }
        sums[local] = sum;
        put(local, sum);
    }
    workgroupBarrier();
    storageBarrier();
    parts[local] = vec2<f32>(squares(local, 0u, AT_VALUE), squares(local, AT_VALUE, N_PARAMETERS));
    workgroupBarrier();
    if (local == 0u) {
        var both = vec2<f32>();
        for (var lane = 0u; lane < opaque(WIDTH); lane++) {
            both += parts[lane];
        }
        sums[SUMS] = both.x;
        sums[SUMS + 1u] = both.y;
        conclude();
    }
}
