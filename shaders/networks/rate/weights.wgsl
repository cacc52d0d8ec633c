// Rows of f32 weights, N_SIDE each, for lanes that own columns. Accumulators are private, so that every row is read
// once, in the order of memory. Needs row_quad and ROW_LENGTH of columns.wgsl, and own_line, theta, sums, outputs and
// OWN_QUADS of the importing module.
var<storage, read> theta_in: array<vec4<f32>>;

fn begin_of(slot: u32) -> u32 {
    return place_of(slot) * N_WORDS / 4u;
}

fn own_weights(row: u32, q: u32) -> vec4<f32> {
    return theta_in[theta + row * ROW_LENGTH + row_quad(q)];
}

// Adds the product of the matrix that begins at `row` and `count` lines from `line` on.
fn add_lines(row: u32, line: u32, count: u32) {
    for (var i = 0u; i < count; i++) {
        let x = own_line(line + i);
        for (var q = 0u; q < OWN_QUADS; q++) {
            sums[q] += x * own_weights(row + i, q);
        }
    }
}

// Returns parameter `i` after the rows, of which the individual has N_ROWS.
fn tail(i: u32) -> f32 {
    return theta_in[theta + N_ROWS * ROW_LENGTH + i / 4u][i % 4u];
}

// Returns what own outputs add to the action of `row`.
fn read_out(row: u32) -> f32 {
    var sum = 0.0;
    for (var q = 0u; q < OWN_QUADS; q++) {
        sum += dot(outputs[q], own_weights(row, q));
    }
    return sum;
}
