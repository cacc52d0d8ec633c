// Gradients of weights: sums over the frames of a minibatch, in order, of what a row receives times the adjoint that a
// column has. An invocation has four rows of one part and a quad of columns.
//
// The importing module gives lines(part, first, frame), what four rows of a part receive in a frame (anything for rows
// beyond the part), and adjoint_of(part, quad, frame).
//
// Needs PARTS, and for each part PART_ROW (its first row in theta), PART_ROWS and PART_BLOCK (its first block of four
// rows); BLOCKS, D_OBS, OUTER_QUADS (of a row), AT_ROWS (the first quad in theta), and the constants of batch.wgsl.
#import algorithms/ppo/batch
var<storage, read> ppo_obs_in: array<f32>;
var<storage, read_write> ppo_gradient_out: array<vec4<f32>>;

// Returns four entries of an observation from entry i on; the last ones again beyond its end.
fn seen_lines(row: u32, i: u32) -> vec4<f32> {
    let at = row * D_OBS;
    let last = D_OBS - 1u;
    return vec4<f32>(
        ppo_obs_in[at + i], ppo_obs_in[at + min(i + 1u, last)], ppo_obs_in[at + min(i + 2u, last)],
        ppo_obs_in[at + min(i + 3u, last)],
    );
}

// Returns the part that a block belongs to.
fn part_of(block: u32) -> u32 {
    var part = 0u;
    for (var p = 1u; p < PARTS; p++) {
        part = select(part, p, block >= PART_BLOCK[p]);
    }
    return part;
}

@compute @workgroup_size(64)
fn outer(@builtin(global_invocation_id) gid: vec3<u32>) {
    let quad = gid.x % OUTER_QUADS;
    let block = gid.x / OUTER_QUADS;
    if (block >= BLOCKS) {
        return;
    }
    let part = part_of(block);
    let first = 4u * (block - PART_BLOCK[part]);
    let rows = PART_ROWS[part];
    var sums: array<vec4<f32>, 4>;
    for (var frame = 0u; frame < FRAMES; frame++) {
        let adjoint = adjoint_of(part, quad, frame);
        let x = lines(part, first, frame);
        sums[0] += x.x * adjoint;
        sums[1] += x.y * adjoint;
        sums[2] += x.z * adjoint;
        sums[3] += x.w * adjoint;
    }
    let at = AT_ROWS + (PART_ROW[part] + first) * OUTER_QUADS + quad;
    for (var i = 0u; i < min(4u, rows - first); i++) {
        ppo_gradient_out[at + i * OUTER_QUADS] = sums[i];
    }
}
