// Records what the networks are about to see: the normalised observation, its sums for the next normaliser, and at the
// start of a segment the network's state. One workgroup per environment.
//
// Needs ENVIRONMENTS, HORIZON, BPTT, D_OBS, STATE_WORDS, NORMALISER_CLIP.
#import structs/PpoEnvironment
#import rollout/normaliser
var<storage, read> obs_in: array<f32>;
var<storage, read> network_state_in: array<u32>;
var<storage, read> ppo_environment_in: array<PpoEnvironment>;
var<storage, read_write> ppo_obs_out: array<f32>;
var<storage, read_write> ppo_state_out: array<u32>;

@compute @workgroup_size(32)
fn observe(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let environment = id.x + id.y * groups.x;
    if (environment >= ENVIRONMENTS) {
        return;
    }
    let step = ppo_environment_in[environment].step;
    let row = step * ENVIRONMENTS + environment;
    for (var i = local; i < D_OBS; i += 32u) {
        let seen = obs_in[environment * D_OBS + i];
        ppo_obs_out[row * D_OBS + i] = scaled(i, seen);
        if (step < HORIZON) {
            let centred = seen - normaliser_in[i];
            let at = environment * 2u * D_OBS + i;
            moments_inout[at] += centred;
            moments_inout[at + D_OBS] += centred * centred;
        }
    }
    if (step < HORIZON && step % BPTT == 0u) {
        let to = (step / BPTT * ENVIRONMENTS + environment) * STATE_WORDS;
        for (var i = local; i < STATE_WORDS; i += 32u) {
            ppo_state_out[to + i] = network_state_in[environment * STATE_WORDS + i];
        }
    }
}
