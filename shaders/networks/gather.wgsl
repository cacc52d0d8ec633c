// Sums of the lanes' parts of each action. Needs LANES, SIDE_LANES, D_ACT, and lane and act of the importing module.
var<workgroup> partial: array<f32, LANES * D_ACT>;

fn give(a: u32, part: f32) {
    partial[a * LANES + lane] = part;
}

// Computes the actions once all lanes have given their parts. Parts are added in the order of lanes, those of a side
// first.
fn act_on_sums(slot: u32) {
    workgroupBarrier();
    for (var a = lane; a < D_ACT; a += LANES) {
        var sum = 0.0;
        for (var first = 0u; first < LANES; first += SIDE_LANES) {
            var side_sum = 0.0;
            for (var l = first; l < first + SIDE_LANES; l++) {
                side_sum += partial[a * LANES + l];
            }
            sum += side_sum;
        }
        act(slot, a, sum);
    }
}
