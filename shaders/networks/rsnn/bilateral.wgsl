// A network of two hemispheres with the same connections: neurons 0..N/2 hear the observation, the others its mirror
// image, and their outputs are mirrored back. Twin: whole.wgsl.
// Rows of hidden connections are those within a hemisphere, then those across. All that differs between the
// hemispheres is which of two values a lane takes, so that a mirrored state gives the mirrored action to the last bit.
// Constants: OBS_IMAGE, OBS_NEGATED, ACTION_IMAGE, ACTION_NEGATED: where entries of an image come from, and 1 where
// they change sign.
const SIDES = 2u;

// An entry of the observation, and the same entry of its image.
alias Seen = vec2<f32>;

fn see(slot: u32, member: u32, i: u32) -> vec2<f32> {
    var image = OBS_IMAGE;
    var negated = OBS_NEGATED;
    let entry = image[i];
    let reflected = scaled(entry, obs_in[slot * D_OBS + entry]);
    return vec2<f32>(
        normalise(member, i, obs_in[slot * D_OBS + i]),
        select(reflected, -reflected, negated[i] == 1u),
    );
}

fn is_second() -> bool {
    return lane >= SIDE_LANES;
}

fn own(seen: vec2<f32>) -> f32 {
    return select(seen.x, seen.y, is_second());
}

fn on_side(neuron: u32) -> u32 {
    return neuron % N_SIDE;
}

fn hidden_row(pre: u32) -> u32 {
    return ROW_HIDDEN + on_side(pre) + select(0u, N_SIDE, (pre >= N_SIDE) != is_second());
}

fn output_row(a: u32) -> u32 {
    var image = ACTION_IMAGE;
    return ROW_OUTPUT + select(a, image[a], is_second());
}

fn output_sign(a: u32) -> f32 {
    var negated = ACTION_NEGATED;
    return select(1.0, -1.0, is_second() && negated[a] == 1u);
}
