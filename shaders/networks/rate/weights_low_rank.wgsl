// Rows of f32 weights, in place of weights.wgsl, which all individuals share except for a perturbation of low rank. A
// weight is `mean + spread left . right`, and the product of lines and a matrix goes through its few factors. Needs
// what weights.wgsl needs, and the constants of rollout/factors. theta begins with the shared part: sigma, three
// zeros, the means.
#import rollout/factors
#import rollout/side
#import rollout/lives
#import networks/rate/opaque
var<storage, read> theta_in: array<vec4<f32>>;

var<private> spread: f32;                    // sigma, on the individual's side

fn begin_of(slot: u32) -> u32 {
    spread = side_of(member_of(episode_inout[slot].life)) * theta_in[0].x;
    return SHARED_QUADS + place_of(slot) * N_WORDS / 4u;
}

fn own_mean(row: u32, q: u32) -> vec4<f32> {
    return theta_in[1u + row * ROW_LENGTH + row_quad(q)];
}

fn left(row: u32, k: u32) -> f32 {
    let at = row * RANK + k;
    return spread * FACTOR_SCALE * theta_in[theta + at / 4u][at % 4u];
}

fn own_right(part: u32, k: u32, q: u32) -> vec4<f32> {
    return theta_in[theta + right_quad(part, k) + row_quad(q)];
}

fn own_weights(row: u32, q: u32) -> vec4<f32> {
    let part = part_of(row);
    var own = own_mean(row, q);
    if (is_vector(part)) {
        return own + spread * own_right(part, 0u, q);
    }
    for (var k = 0u; k < opaque(RANK); k++) {
        own += left(row, k) * own_right(part, k, q);
    }
    return own;
}

// Adds the product of the matrix that begins at `row` and `count` lines from `line` on.
fn add_lines(row: u32, line: u32, count: u32) {
    let part = part_of(row);
    var along: array<f32, RANK>;             // the lines' share in each left factor
    for (var i = 0u; i < count; i++) {
        let x = own_line(line + i);
        for (var k = 0u; k < RANK; k++) {
            along[k] += x * left(row + i, k);
        }
        for (var q = 0u; q < OWN_QUADS; q++) {
            sums[q] += x * own_mean(row + i, q);
        }
    }
    if (is_vector(part)) {
        along[0] = spread * own_line(line);
    }
    for (var k = 0u; k < select(RANK, 1u, is_vector(part)); k++) {
        for (var q = 0u; q < OWN_QUADS; q++) {
            sums[q] += along[k] * own_right(part, k, q);
        }
    }
}

// Returns what own outputs add to the action of `row`.
fn read_out(row: u32) -> f32 {
    var sum = 0.0;
    for (var q = 0u; q < OWN_QUADS; q++) {
        sum += dot(outputs[q], own_weights(row, q));
    }
    return sum;
}

// Returns parameter `i` after the rows.
fn tail(i: u32) -> f32 {
    return theta_in[1u + N_ROWS * ROW_LENGTH + i / 4u][i % 4u] + spread * theta_in[theta + TAIL / 4u + i / 4u][i % 4u];
}
