// A TickNet as an evolved network: one individual per workgroup, whose lanes own neurons. theta: rows of UNITS weights,
// one per observation, then the biases, the read-out's rows and its biases. Constants: those of ticks.wgsl, BIAS_READ
// (what a current of 1 for all ticks comes to), UNITS, LANES, D_OBS, D_ACT, N_WORDS, NORMALISER_CLIP, ACTION_BOUND.
#import networks/entry
#import networks/done_workgroup
#import networks/gather
#import networks/tick_net/ticks
#import rollout/theta
#import rollout/normaliser
var<storage, read> obs_in: array<f32>;
var<storage, read_write> action_out: array<f32>;
var<storage, read> theta_in: array<f32>;

const SIDE_LANES = LANES;
const AT_BIAS = D_OBS * UNITS;
const AT_READ_OUT = AT_BIAS + UNITS;
const AT_BIAS_OUT = AT_READ_OUT + D_ACT * UNITS;

var<private> lane: u32;
var<private> theta: u32;             // where the individual's parameters begin
var<workgroup> seen: array<f32, D_OBS>;
var<workgroup> total: atomic<u32>;   // spikes

fn clear_shared(local: u32) {
    if (local == 0u) {
        atomicStore(&total, 0u);
    }
}

fn begin_life(slot: u32, local: u32) {
}

// Adds what reaches an output by its bias, a constant current.
fn act(slot: u32, a: u32, sum: f32) {
    let value = sum + BIAS_READ * theta_in[theta + AT_BIAS_OUT + a];
    action_out[slot * D_ACT + a] = clamp(value, -ACTION_BOUND, ACTION_BOUND);
}

fn step_network(slot: u32, local: u32) {
    lane = local;
    theta = place_of(slot) * N_WORDS;
    let life = episode_inout[slot].life;
    for (var i = lane; i < D_OBS; i += LANES) {
        seen[i] = normalise(life, i, obs_in[slot * D_OBS + i]);
    }
    workgroupBarrier();
    var sums: array<f32, D_ACT>;
    var spikes = 0.0;
    for (var n = lane; n < UNITS; n += LANES) {
        var current = theta_in[theta + AT_BIAS + n];
        for (var i = 0u; i < D_OBS; i++) {
            current += theta_in[theta + i * UNITS + n] * seen[i];
        }
        let train = train_of(current);
        spikes += train.y;
        for (var a = 0u; a < D_ACT; a++) {
            sums[a] += theta_in[theta + AT_READ_OUT + a * UNITS + n] * train.x;
        }
    }
    for (var a = 0u; a < D_ACT; a++) {
        give(a, sums[a]);
    }
    atomicAdd(&total, u32(spikes));
    act_on_sums(slot);
    if (lane == 0u) {
        episode_inout[slot].spikes += atomicLoad(&total);
    }
}
