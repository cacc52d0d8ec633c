// A network of two hemispheres with the same connections: neurons 0..N/2 receive the observation, the others its
// mirror image. The outputs of the latter are mirrored back. Twin: whole.wgsl.
//
// Rows of connections between neurons are first those within a hemisphere, then those across. The hemispheres differ
// only in which of two values a lane takes, and each adds up its own first. A mirrored state therefore gives the
// mirrored action to the last bit.
//
// Needs D_OBS, N_SIDE (neurons of a hemisphere), SIDE_LANES, lane and obs_in of the importing module. Constants:
// OBS_IMAGE, OBS_NEGATED, ACTION_IMAGE, ACTION_NEGATED: the source of each entry of an image, and 1 where it changes
// sign.
const SIDES = 2u;

// An entry of the observation, and the same entry of its image.
alias Seen = vec2<f32>;

fn see(slot: u32, life: u32, i: u32) -> vec2<f32> {
    var image = OBS_IMAGE;
    var negated = OBS_NEGATED;
    let entry = image[i];
    let reflected = scaled(entry, obs_in[slot * D_OBS + entry]);
    return vec2<f32>(
        normalise(life, i, obs_in[slot * D_OBS + i]),
        select(reflected, -reflected, negated[i] == 1u),
    );
}

fn heard(seen: vec2<f32>, side: u32) -> f32 {
    return select(seen.x, seen.y, side == 1u);
}

fn own_side() -> u32 {
    return select(0u, 1u, lane >= SIDE_LANES);
}

fn on_side(neuron: u32) -> u32 {
    return neuron % N_SIDE;
}

fn own_first(neuron: u32) -> u32 {
    return on_side(neuron) + select(0u, N_SIDE, (neuron >= N_SIDE) != (own_side() == 1u));
}

fn action_of(a: u32, side: u32) -> u32 {
    var image = ACTION_IMAGE;
    return select(a, image[a], side == 1u);
}

fn sign_of(a: u32, side: u32) -> f32 {
    var negated = ACTION_NEGATED;
    return select(1.0, -1.0, side == 1u && negated[a] == 1u);
}
