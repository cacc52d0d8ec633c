// Products with a block of eight quads of a row of weights, in place of blocks/shared.wgsl, for software
// drivers with subgroups of 8 neighbours. Each lane reads one quad and hands it to the others: these drivers take far
// longer to read a number that is the same for all lanes.
//
// Needs theta_in of the importing module. All lanes of a subgroup must be active, and ask for the same block.
var<private> sums: array<vec4<f32>, 8>;
var<private> own: u32;                       // quad that this lane reads

fn enter_blocks(local: u32) {
    own = local % 8u;
}

fn begin_sums(at: u32) {
    let w = theta_in[at + own];
    sums[0] = subgroupBroadcast(w, 0u);
    sums[1] = subgroupBroadcast(w, 1u);
    sums[2] = subgroupBroadcast(w, 2u);
    sums[3] = subgroupBroadcast(w, 3u);
    sums[4] = subgroupBroadcast(w, 4u);
    sums[5] = subgroupBroadcast(w, 5u);
    sums[6] = subgroupBroadcast(w, 6u);
    sums[7] = subgroupBroadcast(w, 7u);
}

fn add_row(x: f32, at: u32) {
    let w = theta_in[at + own];
    sums[0] += x * subgroupBroadcast(w, 0u);
    sums[1] += x * subgroupBroadcast(w, 1u);
    sums[2] += x * subgroupBroadcast(w, 2u);
    sums[3] += x * subgroupBroadcast(w, 3u);
    sums[4] += x * subgroupBroadcast(w, 4u);
    sums[5] += x * subgroupBroadcast(w, 5u);
    sums[6] += x * subgroupBroadcast(w, 6u);
    sums[7] += x * subgroupBroadcast(w, 7u);
}

fn row_parts(at: u32) -> vec4<f32> {
    let w = theta_in[at + own];
    var parts = sums[0] * subgroupBroadcast(w, 0u);
    parts += sums[1] * subgroupBroadcast(w, 1u);
    parts += sums[2] * subgroupBroadcast(w, 2u);
    parts += sums[3] * subgroupBroadcast(w, 3u);
    parts += sums[4] * subgroupBroadcast(w, 4u);
    parts += sums[5] * subgroupBroadcast(w, 5u);
    parts += sums[6] * subgroupBroadcast(w, 6u);
    return parts + sums[7] * subgroupBroadcast(w, 7u);
}

fn scale_sums(at: u32) {
    let w = theta_in[at + own];
    sums[0] *= subgroupBroadcast(w, 0u);
    sums[1] *= subgroupBroadcast(w, 1u);
    sums[2] *= subgroupBroadcast(w, 2u);
    sums[3] *= subgroupBroadcast(w, 3u);
    sums[4] *= subgroupBroadcast(w, 4u);
    sums[5] *= subgroupBroadcast(w, 5u);
    sums[6] *= subgroupBroadcast(w, 6u);
    sums[7] *= subgroupBroadcast(w, 7u);
}

fn added_up(parts: vec4<f32>) -> f32 {
    return dot(parts, vec4<f32>(1.0));
}
