// How the lanes of a workgroup add up what each of them has of an action. Needs LANES, D_ACT, and lane and act of its user.
var<workgroup> partial: array<f32, LANES * D_ACT>;

fn give(a: u32, part: f32) {
    partial[a * LANES + lane] = part;
}

// The actions, once all lanes have given their parts; these are added in the order of lanes.
fn act_on_sums(slot: u32) {
    workgroupBarrier();
    for (var a = lane; a < D_ACT; a += LANES) {
        var sum = 0.0;
        for (var l = 0u; l < LANES; l++) {
            sum += partial[a * LANES + l];
        }
        act(slot, a, sum);
    }
}
