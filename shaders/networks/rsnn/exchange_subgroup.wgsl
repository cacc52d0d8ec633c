// Exchange between the lanes of spiking networks in registers, at most 8 lanes being the whole workgroup: beginning
// and end of a step.
fn clear_shared(local: u32) {
}

fn is_done(slot: u32, local: u32) -> bool {
    return (episode_inout[slot].status & DONE) != 0u;
}

// Adds the parts of lanes in the order of lanes, those of a side first.
fn act_on_sum(slot: u32, a: u32, part: f32) {
    var sums = vec2<f32>(subgroupBroadcast(part, 0u), 0.0);
    sums += of_lane(1u, subgroupBroadcast(part, 1u));
    sums += of_lane(2u, subgroupBroadcast(part, 2u));
    sums += of_lane(3u, subgroupBroadcast(part, 3u));
    sums += of_lane(4u, subgroupBroadcast(part, 4u));
    sums += of_lane(5u, subgroupBroadcast(part, 5u));
    sums += of_lane(6u, subgroupBroadcast(part, 6u));
    sums += of_lane(7u, subgroupBroadcast(part, 7u));
    if (lane == 0u) {
        act(slot, a, sums.x + sums.y);
    }
}

// Returns what lane l adds to the sums of the sides.
fn of_lane(l: u32, x: f32) -> vec2<f32> {
    return vec2<f32>(select(0.0, x, l < SIDE_LANES), select(0.0, x, l >= SIDE_LANES && l < LANES));
}

// Adds the spikes of the step, of which this lane had `count`, to the episode.
fn conclude(slot: u32, count: u32) {
    let spikes = subgroupAdd(count);
    if (lane == 0u) {
        episode_inout[slot].spikes += spikes;
    }
}
