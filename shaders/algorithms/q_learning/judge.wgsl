// Greedy episodes of learners' networks, one workgroup per network, an invocation per start. Constants: those of net.wgsl,
// LANES, STARTS.
#import structs/QRun
#import structs/QLearner
#import algorithms/q_learning/net
var<uniform> q_run: QRun;
var<storage, read> q_learner_in: array<QLearner>;
var<storage, read> q_nets_in: array<f32>;
var<storage, read_write> q_judged_out: array<u32>;

const NETS = 1u;

@compute @workgroup_size(LANES)
fn judge(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let learner = q_run.first + id.x + id.y * groups.x;
    if (learner >= q_run.learners) {
        return;
    }
    for (var i = local; i < NET; i += LANES) {
        net[i] = q_nets_in[learner * NET + i];
    }
    workgroupBarrier();
    for (var start = local; start < STARTS; start += LANES) {
        let state = drawn_start(philox4x32(vec4<u32>(start, 0u, 0u, 0u), q_run.key_judge));
        q_judged_out[learner * STARTS + start] = greedy(state, q_learner_in[learner].width);
    }
}
