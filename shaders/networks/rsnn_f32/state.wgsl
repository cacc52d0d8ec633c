// Where the state of a slot lies, by fours.
var<storage, read_write> network_state_inout: array<vec4<u32>>;

fn state_quad(at: u32) -> vec4<u32> {
    return network_state_inout[at];
}

fn put_state_quad(at: u32, value: vec4<u32>) {
    network_state_inout[at] = value;
}

fn put_state_word(at: u32, word: u32, value: u32) {
    network_state_inout[at][word] = value;
}

// Keeps nothing: membranes before a reset, which only gradients need (state_taped.wgsl).
fn keep(q: u32, membrane: vec4<f32>) {
}
