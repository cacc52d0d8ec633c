// Where the state of a sequence lies, by fours: in place of state.wgsl where gradients are wanted.
var<storage, read_write> ppo_scratch_inout: array<vec4<u32>>;

fn state_quad(at: u32) -> vec4<u32> {
    return ppo_scratch_inout[at];
}

fn put_state_quad(at: u32, value: vec4<u32>) {
    ppo_scratch_inout[at] = value;
}

fn put_state_word(at: u32, word: u32, value: u32) {
    ppo_scratch_inout[at][word] = value;
}
