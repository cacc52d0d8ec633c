// An agent at every synapse of a TickNet, one workgroup per network: an iteration. All agents act by the same Q function
// (inputs, UNITS_Q rectified units, 3 values), the network lives an episode and STARTS greedy ones for the record, all
// agents hear whether it lived longer than in the iteration before, and the Q function learns from transitions that it
// draws.
//
// Agents, then minibatches, then units of the Q function are divided among the lanes; sums run in the order of
// transitions, whatever the number of lanes.
//
// A transition is agent `a` in iteration k. Its state is rebuilt from the history, a ring of iterations: weights before
// each, actions (2 bits) and reward of each. Constants: those of net.wgsl and of learning.wgsl, LANES, STARTS,
// REPLAY, DISCOUNT, MINIBATCHES, TARGET_ITERATIONS, MULTIPLIES, and of the Q function UNITS_Q, INPUTS (two actions, two
// rewards, weight, place within the layer, layer), UNIT (words of a unit: weights of the inputs, bias, weights to the
// values) and NET_Q (words of all, of which the last is padding).
#import structs/QRun
#import structs/QLearner
#import structs/QProgress
#import algorithms/q_learning/net
#import algorithms/q_learning/learning
var<uniform> q_run: QRun;
var<storage, read> q_learner_in: array<QLearner>;
var<storage, read_write> q_progress_inout: array<QProgress>;
var<storage, read_write> q_weights_inout: array<f32>;
var<storage, read_write> q_actions_inout: array<u32>;
var<storage, read_write> q_nets_inout: array<f32>;
var<storage, read_write> q_judged_out: array<u32>;

const NETS = 1u;
const AT_BIAS_Q = UNITS_Q * UNIT;
const AIM = NET_Q;                   // where the target begins
const CHOOSE = 0u;                   // purposes of draws, a word of their counters
const REMEMBER = 1u;
const BEGIN = 2u;

var<private> learner: u32;
var<private> lane: u32;
var<private> setup: QLearner;
var<private> bias: vec2<f32>;        // Adam's powers
var<workgroup> critic: array<f32, 2u * NET_Q>; // the Q function and its target
var<workgroup> inputs: array<array<f32, INPUTS>, BATCH>;
var<workgroup> adjoint: array<vec3<f32>, BATCH>;
var<workgroup> lived: array<u32, STARTS + 1u>;
var<workgroup> rounds: u32;

fn agents() -> u32 {
    return 7u * setup.width + 2u;
}

// Returns the place of an agent's weight in `net`.
fn place_of(agent: u32) -> u32 {
    let row = agent / setup.width;
    return select(row * UNITS + agent % setup.width, AT_BIAS_OUT + agent - 7u * setup.width, row >= 7u);
}

fn weight_at(k: u32, agent: u32) -> u32 {
    return setup.weights + (k % setup.rows) * agents() + agent;
}

// Returns the words of an iteration's actions.
fn words() -> u32 {
    return (agents() + 15u) / 16u;
}

fn actions_at(k: u32) -> u32 {
    return setup.actions + (k % setup.rows) * (words() + 1u);
}

// Returns the action of iteration k, -1 to 1.
fn action_of(k: u32, agent: u32) -> f32 {
    let word = q_actions_inout[actions_at(k) + agent / 16u];
    return f32((word >> (2u * (agent % 16u))) & 3u) - 1.0;
}

fn reward_of(k: u32) -> f32 {
    return bitcast<f32>(q_actions_inout[actions_at(k) + words()]);
}

// Returns what an agent knows before iteration k. Before the first one there was neither action nor reward.
fn state_of(k: u32, agent: u32) -> array<f32, INPUTS> {
    var state = array<f32, INPUTS>();
    let row = agent / setup.width;
    let outer = row >= 5u;
    if (k >= 1u) {
        state[0] = action_of(k - 1u, agent);
        state[2] = reward_of(k - 1u);
    }
    if (k >= 2u) {
        state[1] = action_of(k - 2u, agent);
        state[3] = reward_of(k - 2u);
    }
    state[4] = q_weights_inout[weight_at(k, agent)];
    let neuron = select(f32(agent % setup.width) / f32(setup.width), 0.5 * f32(row - 5u), outer);
    state[5] = select(neuron, 0.5 * f32(agent - 7u * setup.width), row >= 7u);
    state[6] = select(0.0, 1.0, outer);
    for (var i = 0u; i < INPUTS; i++) {
        state[i] = select(0.0, state[i], ((setup.model >> i) & 1u) == 1u);
    }
    return state;
}

fn unit_of(base: u32, u: u32, state: array<f32, INPUTS>) -> f32 {
    let at = base + u * UNIT;
    var sum = critic[at + INPUTS];
    for (var i = 0u; i < INPUTS; i++) {
        sum += critic[at + i] * state[i];
    }
    return max(sum, 0.0);
}

fn outer_of(base: u32, u: u32) -> vec3<f32> {
    let at = base + u * UNIT + INPUTS + 1u;
    return vec3<f32>(critic[at], critic[at + 1u], critic[at + 2u]);
}

// Returns the values of the three actions by the function that begins at `base`.
fn critic_values(base: u32, state: array<f32, INPUTS>) -> vec3<f32> {
    let at = base + AT_BIAS_Q;
    var sum = vec3<f32>(critic[at], critic[at + 1u], critic[at + 2u]);
    for (var u = 0u; u < UNITS_Q; u++) {
        sum += unit_of(base, u, state) * outer_of(base, u);
    }
    return sum;
}

// Returns the action 0, 1 or 2 of an agent in iteration k; the first of equally good ones.
fn choose(k: u32, agent: u32) -> u32 {
    let bits = philox4x32(vec4<u32>(agent, k, CHOOSE, 0u), setup.key);
    if ((setup.model == 0u) | (uniform01(bits.x) < epsilon(k))) {
        return bits.y % 3u;
    }
    let value = critic_values(0u, state_of(k, agent));
    let best = select(0u, 1u, value.y > value.x);
    return select(best, 2u, value.z > max(value.x, value.y));
}

// Lets the agents act in iteration k, 16 of them one after the other.
fn act(k: u32, word: u32) {
    var actions = 0u;
    for (var agent = 16u * word; agent < min(16u * word + 16u, agents()); agent++) {
        let action = choose(k, agent);
        let before = q_weights_inout[weight_at(k, agent)];
        let size = setup.alpha * (f32(action) - 1.0);
        let after = select(before + size, before + before * size, MULTIPLIES == 1u);
        q_weights_inout[weight_at(k + 1u, agent)] = after;
        net[place_of(agent)] = after;
        actions |= action << (2u * (agent % 16u));
    }
    q_actions_inout[actions_at(k) + word] = actions;
}

// Lets the network live its episode of iteration k, and greedy ones from the starts that all iterations share.
fn live(k: u32) {
    for (var start = lane; start <= STARTS; start += LANES) {
        let own = philox4x32(vec4<u32>(k, 0u, BEGIN, 0u), setup.key);
        let same = philox4x32(vec4<u32>(start - 1u, 0u, 0u, 0u), q_run.key_judge);
        lived[start] = greedy(drawn_start(select(same, own, start == 0u)), setup.width);
        if (start > 0u) {
            q_judged_out[learner * STARTS + start - 1u] = lived[start];
        }
    }
    workgroupBarrier();
}

fn remember(k: u32) {
    if (lane == 0u) {
        let frames = lived[0];
        let rose = frames > q_progress_inout[learner].frames;
        q_actions_inout[actions_at(k) + words()] = bitcast<u32>(select(-1.0, 1.0, rose));
        q_progress_inout[learner].frames = frames;
        q_progress_inout[learner].best = max(q_progress_inout[learner].best, frames);
    }
    storageBarrier();
    workgroupBarrier();
}

// Draws transition n of a minibatch among the last `count` up to iteration k, and computes the adjoint of its values.
fn sample(k: u32, minibatch: u32, n: u32, count: u32) {
    let bits = philox4x32(vec4<u32>(n, k, REMEMBER, minibatch), setup.key);
    let transition = (k + 1u) * agents() - 1u - bits.x % count;
    let at = transition / agents();
    let agent = transition % agents();
    let state = state_of(at, agent);
    let value = critic_values(0u, state);
    let next = critic_values(AIM, state_of(at + 1u, agent));
    let action = u32(action_of(at, agent) + 1.0);
    let chosen = vec3<f32>(select(vec3<u32>(), vec3<u32>(1u), vec3<u32>(0u, 1u, 2u) == vec3<u32>(action)));
    adjoint[n] = huber(dot(chosen, value) - (reward_of(at) + DISCOUNT * max(max(next.x, next.y), next.z))) * chosen;
    inputs[n] = state;
}

fn descend(i: u32, gradient: f32) {
    let at = (learner * 4u + 2u) * NET_Q + i;
    let moments = vec2<f32>(q_nets_inout[at], q_nets_inout[at + NET_Q]);
    let after = adam(moments, gradient, bias);
    q_nets_inout[at] = after.x;
    q_nets_inout[at + NET_Q] = after.y;
    critic[i] += after.z;
}

// Follows the gradient of unit u's parameters.
fn learn_unit(u: u32) {
    var inner = array<f32, INPUTS>();
    var rest = 0.0;
    var outer = vec3<f32>();
    let rows = outer_of(0u, u);
    for (var n = 0u; n < BATCH; n++) {
        let unit = unit_of(0u, u, inputs[n]);
        outer += adjoint[n] * unit;
        let back = select(0.0, dot(adjoint[n], rows), unit > 0.0);
        rest += back;
        for (var i = 0u; i < INPUTS; i++) {
            inner[i] += back * inputs[n][i];
        }
    }
    for (var i = 0u; i < INPUTS; i++) {
        descend(u * UNIT + i, inner[i]);
    }
    descend(u * UNIT + INPUTS, rest);
    for (var a = 0u; a < 3u; a++) {
        descend(u * UNIT + INPUTS + 1u + a, outer[a]);
    }
}

fn learn(k: u32, minibatch: u32, count: u32) {
    for (var n = lane; n < BATCH; n += LANES) {
        sample(k, minibatch, n, count);
    }
    workgroupBarrier();
    bias *= vec2<f32>(0.9, 0.999);
    for (var u = lane; u < UNITS_Q; u += LANES) {
        learn_unit(u);
    }
    if (lane == 0u) {
        var sum = vec3<f32>();
        for (var n = 0u; n < BATCH; n++) {
            sum += adjoint[n];
        }
        for (var a = 0u; a < 3u; a++) {
            descend(AT_BIAS_Q + a, sum[a]);
        }
    }
    workgroupBarrier();
}

fn load() {
    for (var i = lane; i < NET; i += LANES) {
        net[i] = 0.0;
    }
    let at = learner * 4u * NET_Q;
    for (var i = lane; i < NET_Q; i += LANES) {
        critic[i] = q_nets_inout[at + i];
        critic[AIM + i] = q_nets_inout[at + NET_Q + i];
    }
    bias = vec2<f32>(q_progress_inout[learner].bias1, q_progress_inout[learner].bias2);
    workgroupBarrier();
}

fn store(k: u32) {
    let at = learner * 4u * NET_Q;
    let renews = k % TARGET_ITERATIONS == 0u;
    for (var i = lane; i < NET_Q; i += LANES) {
        q_nets_inout[at + i] = critic[i];
        q_nets_inout[at + NET_Q + i] = select(critic[AIM + i], critic[i], renews);
    }
    if (lane == 0u) {
        q_progress_inout[learner].bias1 = bias.x;
        q_progress_inout[learner].bias2 = bias.y;
        q_progress_inout[learner].over = 1u;
    }
}

@compute @workgroup_size(LANES)
fn iterate_agents(
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
    setup = q_learner_in[own];
    let k = q_run.generation;
    load();
    for (var word = lane; word < words(); word += LANES) {
        act(k, word);
    }
    workgroupBarrier();
    live(k);
    remember(k);
    if (lane == 0u) {
        rounds = select(MINIBATCHES, 0u, setup.model == 0u);
    }
    let minibatches = workgroupUniformLoad(&rounds);
    for (var minibatch = 0u; minibatch < minibatches; minibatch++) {
        learn(k, minibatch, min((k + 1u) * agents(), REPLAY));
    }
    store(k);
}
