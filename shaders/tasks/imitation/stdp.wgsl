// A synapse whose weight changes when both its spikes have come: the unit must give weight times potential. One
// environment per invocation. Needs BASE_WEIGHT.
#import tasks/plain/environment
#import tasks/plain/outputs
#import numerics/philox
#import tasks/imitation/pair
#import tasks/imitation/weight_change

const POTENTIAL_FROM = 0.45;
const POTENTIAL_TO = 0.55;

// Fields of a state. Steps count from 0.
const PRE = 0u;         // step of the presynaptic spike
const POST = 1u;        // step of the postsynaptic spike
const TRANSMITTER = 2u; // 1 if the neurotransmitter is present
const POTENTIAL = 3u;   // graded potential of the next step
const TARGET = 4u;      // weight times potential of the last step

fn observe(slot: u32, start: u32, step: u32) {
    let bits = philox4x32(vec4<u32>(step / 4u, start, run.generation, 0u), run.key_start)[step % 4u];
    let potential = POTENTIAL_FROM + (POTENTIAL_TO - POTENTIAL_FROM) * uniform01(bits);
    set_field(slot, POTENTIAL, potential);
    obs_out[slot * 4u] = potential;
    obs_out[slot * 4u + 1u] = f32(field(slot, PRE) == f32(step));
    obs_out[slot * 4u + 2u] = f32(field(slot, POST) == f32(step));
    obs_out[slot * 4u + 3u] = field(slot, TRANSMITTER);
}

@compute @workgroup_size(TASK_WORKGROUP)
fn task_reset(@builtin(global_invocation_id) gid: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let slot = fresh_slot(gid, groups);
    if (slot == NO_SLOT) {
        return;
    }
    let start = start_of(episode_inout[slot].life);
    draw_pair(slot, start);
    set_field(slot, TARGET, 0.0);
    observe(slot, start, 0u);
}

// Returns the weight at a step: changed from the later of the two spikes on.
fn weight(slot: u32, step: u32) -> f32 {
    let pre = field(slot, PRE);
    let post = field(slot, POST);
    let change = weight_change(post - pre, field(slot, TRANSMITTER));
    return BASE_WEIGHT + select(0.0, change, f32(step) >= max(pre, post));
}

@compute @workgroup_size(TASK_WORKGROUP)
fn task_step(@builtin(global_invocation_id) gid: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let slot = running_slot(gid, groups);
    if (slot == NO_SLOT) {
        return;
    }
    let episode = episode_inout[slot];
    let wanted = weight(slot, episode.length) * field(slot, POTENTIAL);
    set_field(slot, TARGET, wanted);
    let error = wanted - output(slot, 0u, episode.life, episode.length);
    let sum = reward(slot, 0u, -error * error);
    observe(slot, start_of(episode.life), episode.length + 1u);
    close_step(slot, sum, select(0u, DONE, episode.length + 1u == last_step()));
}
