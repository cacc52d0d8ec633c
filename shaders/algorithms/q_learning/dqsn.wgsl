// Deep Q-learning of a TickNet on CartPole, one workgroup per learner: an episode or a part of it. In every step the
// learner acts, stores the transition, and follows the gradient of BATCH transitions that it draws.
//
// The neurons of a forward pass and the parameters of an update are divided among the lanes; so are the transitions of a
// minibatch while their errors are computed. All sums run in the order of neurons or of transitions, whatever the number
// of lanes. Every lane knows the state of the body.
//
// Entry k of the replay is the k-th observation with the action taken there; the observation after it is entry k + 1.
// Constants: those of net.wgsl, LANES, BATCH, REPLAY, DISCOUNT, those of learning.wgsl, TARGET_EPISODES,
// TARGET_RATE (0: whole copies), and the sets of words in q_nets: SETS, TARGET_SET, MOMENTS_SET (two), BEST_SET; the
// network itself is set 0.
#import structs/QRun
#import structs/QLearner
#import structs/QProgress
#import algorithms/q_learning/net
#import algorithms/q_learning/learning
var<uniform> q_run: QRun;
var<storage, read> q_learner_in: array<QLearner>;
var<storage, read_write> q_progress_inout: array<QProgress>;
var<storage, read_write> q_nets_inout: array<f32>;
var<storage, read_write> q_states_inout: array<vec4<f32>>;
var<storage, read_write> q_tags_inout: array<u32>;

const EXPLORE = 0u;                  // purposes of draws, a word of their counters
const REMEMBER = 1u;
const BEGIN = 2u;
const NETS = 2u;                     // the network and its target
const AIM = NET;                     // where the target begins

var<private> learner: u32;
var<private> lane: u32;
var<private> width: u32;
var<private> key: vec2<u32>;
var<private> progress: QProgress;
var<workgroup> outputs: array<f32, UNITS>;
var<workgroup> seen: array<vec4<f32>, BATCH>;
var<workgroup> adjoint: array<vec2<f32>, BATCH>;
var<workgroup> flag: u32;

fn at_set(which: u32) -> u32 {
    return (learner * SETS + which) * NET;
}

fn at_entry(entry: u32) -> u32 {
    return learner * REPLAY + entry % REPLAY;
}

// Tells all lanes what lane 0 holds.
fn agree(value: u32) -> u32 {
    if (lane == 0u) {
        flag = value;
    }
    return workgroupUniformLoad(&flag);
}

fn load() {
    for (var i = lane; i < NET; i += LANES) {
        net[i] = q_nets_inout[at_set(0u) + i];
        net[AIM + i] = q_nets_inout[at_set(TARGET_SET) + i];
    }
    progress = q_progress_inout[learner];
    workgroupBarrier();
    if (q_run.opens == 1u) {
        progress.state = drawn_start(philox4x32(vec4<u32>(q_run.generation, 0u, BEGIN, 0u), key));
        progress.frames = 0u;
        progress.over = 0u;
        if (lane == 0u) {
            q_states_inout[at_entry(progress.steps)] = select(progress.state, vec4<f32>(), ZERO_FIRST == 1u);
        }
    }
    storageBarrier();
}

fn store() {
    for (var i = lane; i < NET; i += LANES) {
        q_nets_inout[at_set(0u) + i] = net[i];
        q_nets_inout[at_set(TARGET_SET) + i] = net[AIM + i];
    }
    if (lane == 0u) {
        q_progress_inout[learner] = progress;
    }
}

// Returns the action for the newest observation.
fn choose() -> u32 {
    let observed = q_states_inout[at_entry(progress.steps)];
    for (var n = lane; n < width; n += LANES) {
        outputs[n] = omega(current_of(0u, n, observed));
    }
    workgroupBarrier();
    var value = bias_out(0u);
    for (var n = 0u; n < width; n++) {
        value += outputs[n] * read_out(0u, n);
    }
    let bits = philox4x32(vec4<u32>(progress.steps, q_run.generation, EXPLORE, 0u), key);
    return select(u32(value.y > value.x), bits.y & 1u, uniform01(bits.x) < epsilon(progress.steps));
}

// Takes a step of the body and stores the transition. An episode that is cut off ends without one: the observation after
// its last step makes room for the next episode's first.
fn advance(action: u32) {
    progress.state = moved(progress.state, action == 1u);
    progress.frames += 1u;
    let falls = !inside(progress.state);
    let cut = !falls & (progress.frames >= CAP);
    progress.over = u32(falls | cut);
    if (lane == 0u) {
        q_tags_inout[at_entry(progress.steps)] = action | (u32(falls) << 1u);
        q_states_inout[at_entry(progress.steps + 1u)] = progress.state;
    }
    progress.steps += u32(!cut);
    storageBarrier();
    workgroupBarrier();
}

// Draws transition k of the minibatch among the last `count`, and computes the adjoint of its values.
fn sample(k: u32, count: u32) {
    let bits = philox4x32(vec4<u32>(k, progress.steps, REMEMBER, 0u), key);
    let entry = progress.steps - 1u - bits.x % count;
    let tag = q_tags_inout[at_entry(entry)];
    let observed = q_states_inout[at_entry(entry)];
    let value = values(0u, observed, width);
    let next = values(AIM, q_states_inout[at_entry(entry + 1u)], width);
    let target_value = 1.0 + select(DISCOUNT * max(next.x, next.y), 0.0, (tag & 2u) != 0u);
    let right = (tag & 1u) == 1u;
    let error = huber(select(value.x, value.y, right) - target_value);
    seen[k] = observed;
    adjoint[k] = select(vec2<f32>(error, 0.0), vec2<f32>(0.0, error), right);
}

fn descend(i: u32, gradient: f32) {
    let at = at_set(MOMENTS_SET) + i;
    let moments = vec2<f32>(q_nets_inout[at], q_nets_inout[at + NET]);
    let after = adam(moments, gradient, vec2<f32>(progress.bias1, progress.bias2));
    q_nets_inout[at] = after.x;
    q_nets_inout[at + NET] = after.y;
    net[i] += after.z;
    net[AIM + i] += TARGET_RATE * (net[i] - net[AIM + i]);
}

// Follows the gradient of neuron n's parameters.
fn learn_neuron(n: u32) {
    var inputs = vec4<f32>();
    var bias = 0.0;
    var outer = vec2<f32>();
    let rows = read_out(0u, n);
    for (var k = 0u; k < BATCH; k++) {
        let current = current_of(0u, n, seen[k]);
        outer += adjoint[k] * omega(current);
        let back = dot(adjoint[k], rows) * slope_of(current);
        inputs += back * seen[k];
        bias += back;
    }
    for (var i = 0u; i < 4u; i++) {
        descend(i * UNITS + n, inputs[i]);
    }
    descend(AT_BIAS + n, bias);
    descend(AT_READ_OUT + n, outer.x);
    descend(AT_READ_OUT + UNITS + n, outer.y);
}

fn learn() {
    let count = min(progress.steps, REPLAY - 1u);
    if (agree(u32(count >= BATCH)) == 0u) {
        return;
    }
    for (var k = lane; k < BATCH; k += LANES) {
        sample(k, count);
    }
    workgroupBarrier();
    progress.bias1 *= 0.9;
    progress.bias2 *= 0.999;
    for (var n = lane; n < width; n += LANES) {
        learn_neuron(n);
    }
    if (lane == 0u) {
        var sum = vec2<f32>();
        for (var k = 0u; k < BATCH; k++) {
            sum += adjoint[k];
        }
        descend(AT_BIAS_OUT, BIAS_READ * sum.x);
        descend(AT_BIAS_OUT + 1u, BIAS_READ * sum.y);
    }
    workgroupBarrier();
}

// Keeps the parameters of the longest episode, and moves the target if it is its turn.
fn conclude() {
    let renews = (TARGET_RATE == 0.0) & (q_run.generation % TARGET_EPISODES == 0u);
    let longest = progress.frames > progress.best;
    progress.best = max(progress.best, progress.frames);
    for (var i = lane; i < NET; i += LANES) {
        net[AIM + i] = select(net[AIM + i], net[i], renews);
        if (longest) {
            q_nets_inout[at_set(BEST_SET) + i] = net[i];
        }
    }
}

@compute @workgroup_size(LANES)
fn live(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let own = q_run.first + id.x + id.y * groups.x;
    if (own >= q_run.learners) {
        return;
    }
    learner = own;
    lane = local;
    width = q_learner_in[own].width;
    key = q_learner_in[own].key;
    load();
    for (var step = 0u; step < q_run.steps; step++) {
        if (agree(progress.over) == 1u) {
            break;
        }
        advance(choose());
        learn();
        if (progress.over == 1u) {
            conclude();
        }
    }
    store();
}
