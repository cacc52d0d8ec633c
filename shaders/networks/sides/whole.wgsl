// A network of one piece: what is heard of an observation, and how neurons and actions are counted. Twin:
// bilateral.wgsl. Needs D_OBS, lane and obs_in of its user.
const SIDES = 1u;

// An entry of the observation as neurons hear it.
alias Seen = f32;

fn see(slot: u32, life: u32, i: u32) -> f32 {
    return normalise(life, i, obs_in[slot * D_OBS + i]);
}

// What a side hears of an entry.
fn heard(seen: f32, side: u32) -> f32 {
    return seen;
}

// The side of this lane's neurons.
fn own_side() -> u32 {
    return 0u;
}

// The number of a neuron among those of its side.
fn on_side(neuron: u32) -> u32 {
    return neuron;
}

// The number of a neuron where those of this lane's side come first.
fn own_first(neuron: u32) -> u32 {
    return neuron;
}

// The action whose connections serve a side for action a, and the sign of what comes of them.
fn action_of(a: u32, side: u32) -> u32 {
    return a;
}

fn sign_of(a: u32, side: u32) -> f32 {
    return 1.0;
}
