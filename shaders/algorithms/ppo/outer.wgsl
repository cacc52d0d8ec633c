// Gradients of weights: sums over the frames of a minibatch, in order, of what a row receives times the adjoint that a
// column has. An invocation has sixteen rows of one part and a quad of columns.
//
// The importing module gives kind_of(part), a number below 4, CONSTANT for rows that receive 1; lines(kind, first,
// frame), what four rows of a part receive in a frame (anything for rows beyond the part); and adjoint_of(part, quad,
// frame).
//
// Needs PARTS, and for each part PART_ROW (its first row in theta), PART_ROWS and PART_BLOCK (its first block of
// sixteen); BLOCKS, D_OBS, OUTER_QUADS (of a row), OUTER_LANES (a divisor of them), AT_ROWS (the first quad in theta),
// and the constants of batch.wgsl.
#import algorithms/ppo/gradient
#import algorithms/ppo/opaque
#import algorithms/ppo/outer_rows/shared
var<storage, read> ppo_obs_in: array<f32>;

const CONSTANT = 2u;                         // kind

var<private> sums: array<vec4<f32>, 16>;

// Returns four entries of an observation from entry i on; the last ones again beyond its end.
fn seen_lines(row: u32, i: u32) -> vec4<f32> {
    let at = row * D_OBS;
    let last = D_OBS - 1u;
    return vec4<f32>(
        ppo_obs_in[at + min(i, last)], ppo_obs_in[at + min(i + 1u, last)], ppo_obs_in[at + min(i + 2u, last)],
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

// Adds what four of the rows receive times an adjoint.
fn add_products(four: u32, x: vec4<f32>, adjoint: vec4<f32>) {
    sums[4u * four] += x.x * adjoint;
    sums[4u * four + 1u] += x.y * adjoint;
    sums[4u * four + 2u] += x.z * adjoint;
    sums[4u * four + 3u] += x.w * adjoint;
}

// Adds the frames of a row that always receives 1.
fn add_constant(part: u32, quad: u32) {
    for (var frame = 0u; frame < opaque(FRAMES); frame++) {
        sums[0] += adjoint_of(part, quad, frame);
    }
}

@compute @workgroup_size(OUTER_LANES)
fn outer(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let column = OUTER_LANES * (id.x + id.y * groups.x);
    let block = column / OUTER_QUADS;
    if (block >= BLOCKS) {
        return;
    }
    let quad = column % OUTER_QUADS + local;
    let part = part_of(block);
    let first = 16u * (block - PART_BLOCK[part]);
    // a loop for each kind has no branches within
    switch (kind_of(part)) {
        case 0u: {
            add_frames(0u, part, first, quad, local);
        }
        case 1u: {
            add_frames(1u, part, first, quad, local);
        }
        case CONSTANT: {
            add_constant(part, quad);
        }
        default: {
            add_frames(3u, part, first, quad, local);
        }
    }
    let at = AT_ROWS + (PART_ROW[part] + first) * OUTER_QUADS + quad;
    for (var i = 0u; i < min(16u, PART_ROWS[part] - first); i++) {
        add_gradient(at + i * OUTER_QUADS, sums[i]);
    }
}
