// Products with a block of BLOCK quads of a row of weights, which all lanes read alike.
//
// Needs BLOCK, and theta_in of the importing module.
var<private> sums: array<vec4<f32>, BLOCK>;

// Gets the number of an invocation in its workgroup.
fn enter_blocks(local: u32) {
}

// Begins the sums with the block at quad `at`.
fn begin_sums(at: u32) {
    for (var k = 0u; k < BLOCK; k++) {
        sums[k] = theta_in[at + k];
    }
}

// Adds x times the block at quad `at`.
fn add_row(x: f32, at: u32) {
    for (var k = 0u; k < BLOCK; k++) {
        sums[k] += x * theta_in[at + k];
    }
}

// Returns parts of the product of `sums` and the block at quad `at`, to be added up.
fn row_parts(at: u32) -> vec4<f32> {
    var parts = vec4<f32>();
    for (var k = 0u; k < BLOCK; k++) {
        parts += sums[k] * theta_in[at + k];
    }
    return parts;
}

// Multiplies the sums by the block at quad `at`.
fn scale_sums(at: u32) {
    for (var k = 0u; k < BLOCK; k++) {
        sums[k] *= theta_in[at + k];
    }
}

fn added_up(parts: vec4<f32>) -> f32 {
    return dot(parts, vec4<f32>(1.0));
}
