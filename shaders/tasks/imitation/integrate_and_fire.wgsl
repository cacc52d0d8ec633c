// Integrate and fire: the unit must spike whenever a sum of input currents reaches a threshold. One environment per
// invocation. Spike i of the target is compared with spike i of the unit; spikes that one of them lacks stand, with the
// value 0, one step after the end. Target spikes follow from the currents alone: the one that the unit's spike is
// compared with is looked up, before or after it happens. Needs SPIKE_THRESHOLD, COUNT_SURPLUS.
#import tasks/plain/environment
#import tasks/plain/outputs
#import tasks/imitation/current

const FIRING_THRESHOLD = 0.5;

// Fields of a state. Times count steps from 1, and 0 is before the first.
const CURRENT = 0u;   // of the next step
const POTENTIAL = 1u; // before it
const ORIGIN = 2u;    // potential at the start
const UNIT = 3u;      // time of the unit's last spike
const PAIRED = 4u;    // time of the target spike that it was compared with

// Terms.
const VALUE = 0u;
const INTERVAL = 1u;
const SPIKES = 2u;
const TARGET_SPIKES = 3u;

fn show_current(slot: u32, start: u32, step: u32) {
    let x = current(slot, start, step);
    set_field(slot, CURRENT, x);
    obs_out[slot] = x;
}

@compute @workgroup_size(TASK_WORKGROUP)
fn task_reset(@builtin(global_invocation_id) gid: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let slot = fresh_slot(gid, groups);
    if (slot == NO_SLOT) {
        return;
    }
    let potential = first_potential(slot);
    set_field(slot, POTENTIAL, potential);
    set_field(slot, ORIGIN, potential);
    set_field(slot, UNIT, 0.0);
    set_field(slot, PAIRED, 0.0);
    show_current(slot, start_of(episode_inout[slot].life), 0u);
}

// Returns the time of the target spike after the one at `time`, one step after the end if there is none.
fn next_target(slot: u32, start: u32, time: u32) -> u32 {
    let end = last_step();
    var potential = select(0.0, field(slot, ORIGIN), time == 0u);
    for (var search = time; search < end; search++) {
        potential += current(slot, start, search);
        if (potential >= FIRING_THRESHOLD) {
            return search + 1u;
        }
    }
    return end + 1u;
}

// Returns the reward of a pair: squares of the differences in value and in interval.
fn compare(slot: u32, value: f32, interval: f32) -> f32 {
    return reward(slot, VALUE, -value * value) + reward(slot, INTERVAL, -interval * interval);
}

// Returns the reward of the unit's spike at `time`.
fn compare_spike(slot: u32, start: u32, time: u32, value: f32) -> f32 {
    let paired = u32(field(slot, PAIRED));
    let target_time = next_target(slot, start, paired);
    let is_missing = target_time > last_step();
    let interval = f32(target_time - paired) - (f32(time) - field(slot, UNIT));
    set_field(slot, UNIT, f32(time));
    set_field(slot, PAIRED, f32(target_time));
    if (is_missing && !COUNT_SURPLUS) {
        return 0.0;
    }
    return compare(slot, select(1.0, 0.0, is_missing) - value, interval);
}

// Returns the reward of target spikes that the unit has not answered at the end.
fn compare_missing(slot: u32, start: u32) -> f32 {
    let end = last_step();
    var unit = field(slot, UNIT);
    var paired = u32(field(slot, PAIRED));
    var sum = 0.0;
    for (var missing = 0u; missing < end; missing++) {
        let target_time = next_target(slot, start, paired);
        if (target_time > end) {
            break;
        }
        sum += compare(slot, 1.0, f32(target_time - paired) - (f32(end + 1u) - unit));
        unit = f32(end + 1u);
        paired = target_time;
    }
    return sum;
}

@compute @workgroup_size(TASK_WORKGROUP)
fn task_step(@builtin(global_invocation_id) gid: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let slot = running_slot(gid, groups);
    if (slot == NO_SLOT) {
        return;
    }
    let episode = episode_inout[slot];
    let start = start_of(episode.life);
    let time = episode.length + 1u;
    let potential = field(slot, POTENTIAL) + field(slot, CURRENT);
    let fires = potential >= FIRING_THRESHOLD;
    set_field(slot, POTENTIAL, select(potential, 0.0, fires));
    terms_inout[TARGET_SPIKES * N_SLOTS + slot] += f32(fires);

    let value = output(slot, 0u, episode.life, episode.length);
    let unit_fires = value > SPIKE_THRESHOLD;
    terms_inout[SPIKES * N_SLOTS + slot] += f32(unit_fires);
    var sum = 0.0;
    if (unit_fires && time <= last_step()) {
        sum = compare_spike(slot, start, time, value);
    }
    let ends = time == last_step();
    if (ends) {
        sum += compare_missing(slot, start);
    }
    show_current(slot, start, time);
    close_step(slot, sum, select(0u, DONE, ends));
}
