// A network of one piece: what a lane hears of an observation, and which rows it reads. Twin: bilateral.wgsl.
const SIDES = 1u;

// An entry of the observation as neurons hear it.
alias Seen = f32;

fn see(slot: u32, member: u32, i: u32) -> f32 {
    return normalise(member, i, obs_in[slot * D_OBS + i]);
}

fn own(seen: f32) -> f32 {
    return seen;
}

fn on_side(neuron: u32) -> u32 {
    return neuron;
}

fn hidden_row(pre: u32) -> u32 {
    return ROW_HIDDEN + pre;
}

fn output_row(a: u32) -> u32 {
    return ROW_OUTPUT + a;
}

fn output_sign(a: u32) -> f32 {
    return 1.0;
}
