// What spiking neurons tell each other in registers, at most 8 lanes being the whole workgroup: the ends of a step.
fn is_done(slot: u32, local: u32) -> bool {
    return (episode_inout[slot].status & DONE) != 0u;
}

// Sums of lanes are added in the order of lanes.
fn act_on_sum(slot: u32, a: u32, part: f32) {
    var sum = subgroupBroadcast(part, 0u);
    sum += of_lane(1u, subgroupBroadcast(part, 1u));
    sum += of_lane(2u, subgroupBroadcast(part, 2u));
    sum += of_lane(3u, subgroupBroadcast(part, 3u));
    sum += of_lane(4u, subgroupBroadcast(part, 4u));
    sum += of_lane(5u, subgroupBroadcast(part, 5u));
    sum += of_lane(6u, subgroupBroadcast(part, 6u));
    sum += of_lane(7u, subgroupBroadcast(part, 7u));
    if (lane == 0u) {
        act(slot, a, sum);
    }
}

fn of_lane(l: u32, x: f32) -> f32 {
    return select(0.0, x, l < LANES);
}

// The number of spikes, of which this lane had `count`.
fn conclude(slot: u32, count: u32) {
    let spikes = subgroupAdd(count);
    if (lane == 0u) {
        episode_inout[slot].spikes += spikes;
    }
}
