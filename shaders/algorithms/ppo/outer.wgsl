// Gradients of weights: sums over the frames of a minibatch, in order, of what a row receives times the adjoint that a
// column has. An invocation has four rows of one part and a quad of columns.
//
// The importing module gives line(part, i, frame), what row i of a part receives in a frame, and
// adjoint_of(part, quad, frame).
//
// Needs PARTS, and for each part PART_ROW (its first row in theta), PART_ROWS and PART_BLOCK (its first block of four
// rows); BLOCKS, OUTER_QUADS (of a row), AT_ROWS (the first quad in theta), and the constants of batch.wgsl.
#import algorithms/ppo/batch
var<storage, read_write> ppo_gradient_out: array<vec4<f32>>;

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
        sums[0] += line(part, first, frame) * adjoint;
        sums[1] += line(part, min(first + 1u, rows - 1u), frame) * adjoint;
        sums[2] += line(part, min(first + 2u, rows - 1u), frame) * adjoint;
        sums[3] += line(part, min(first + 3u, rows - 1u), frame) * adjoint;
    }
    let at = AT_ROWS + (PART_ROW[part] + first) * OUTER_QUADS + quad;
    for (var i = 0u; i < min(4u, rows - first); i++) {
        ppo_gradient_out[at + i * OUTER_QUADS] = sums[i];
    }
}
