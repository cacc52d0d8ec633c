// The order of neurons and actions of a network without hemispheres.
const SIDES = 1u;

// Returns what a side receives of an entry.
fn heard(seen: f32, side: u32) -> f32 {
    return seen;
}

// Returns the side of this lane's neurons.
fn own_side() -> u32 {
    return 0u;
}

// Returns the number of a neuron among those of its side.
fn on_side(neuron: u32) -> u32 {
    return neuron;
}

// Returns the number of a neuron if those of this lane's side come first.
fn own_first(neuron: u32) -> u32 {
    return neuron;
}

// Returns the action whose connections a side uses for action a; `sign_of` is the sign of their contribution.
fn action_of(a: u32, side: u32) -> u32 {
    return a;
}

fn sign_of(a: u32, side: u32) -> f32 {
    return 1.0;
}
