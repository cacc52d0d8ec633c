// Rows of 1-bit connections, in place of rows_f32.wgsl: bit c of a row tells whether the line reaches unit c of a
// side. The observation is sent as [x, -x]; units of a side's first half excite, those of the second inhibit; there
// are no biases. A lane's bits lie in one word. Constants: OWN, R_IN, R_HIDDEN, R_OUT.
var<storage, read> theta_in: array<u32>;

const SPLIT = 32u / OWN;                     // lanes that share a word
const ROW_WORDS = N_SIDE / 32u;

fn begin_of(slot: u32) -> u32 {
    return place_of(slot) * N_WORDS + lane / SPLIT - own_side() * ROW_WORDS;
}

fn quad(q: u32) -> u32 {
    return lane * OWN_QUADS + q;
}

fn own_bits(row: u32) -> u32 {
    return theta_in[theta + row * ROW_WORDS] >> (lane % SPLIT * OWN);
}

fn send_input(i: u32, x: f32) {
    lines[i] = R_IN * x;
    lines[D_OBS + i] = -R_IN * x;
}

// Returns what own units of the output `value` send: excitation or inhibition.
fn signed(q: u32, value: vec4<f32>) -> vec4<f32> {
    return select(-value, value, row_quad(q) < ROW_LENGTH / 2u);
}

// Returns `x` where bits 4 q to 4 q + 3 are set, else 0.
fn chosen(bits: u32, q: u32, x: vec4<f32>) -> vec4<f32> {
    let places = vec4<u32>(1u, 2u, 4u, 8u) << vec4<u32>(4u * q);
    return select(vec4<f32>(), x, (vec4<u32>(bits) & places) != vec4<u32>());
}

// Adds the product of the matrix that begins at `row` and `count` lines from `line` on.
fn add_lines(row: u32, line: u32, count: u32) {
    for (var i = 0u; i < count; i++) {
        let x = vec4<f32>(own_line(line + i));
        let bits = own_bits(row + i);
        for (var q = 0u; q < OWN_QUADS; q++) {
            sums[q] += chosen(bits, q, x);
        }
    }
}

fn add_bias(row: u32) {}

fn read_out(row: u32) -> f32 {
    let bits = own_bits(row);
    var sum = 0.0;
    for (var q = 0u; q < OWN_QUADS; q++) {
        sum += dot(chosen(bits, q, outputs[q]), vec4<f32>(1.0));
    }
    return sum;
}

fn finish_action(a: u32, sum: f32) -> f32 {
    return clamp(R_OUT * sum, -1.0, 1.0);
}
