// Connections that real parameters stand for: one exists where its parameter is above 0, and has the sign of its
// presynaptic neuron. Head and value network, which follow, are what they are.
//
// Needs LINES, CONNECTED (neurons), CONNECTED_EXC (the first ones, which excite), CONNECTED_ROWS.
const CONNECTED_QUADS = CONNECTED / 4u;      // of a row

fn signs_where(inhibitory: vec4<bool>) -> vec4<f32> {
    return select(vec4<f32>(1.0), vec4<f32>(-1.0), inhibitory);
}

// Returns the signs of four parameters.
fn signs_of(quad: u32) -> vec4<f32> {
    let row = quad / CONNECTED_QUADS;
    if (row < LINES || row >= CONNECTED_ROWS) {
        return vec4<f32>(1.0);
    }
    if (row < LINES + CONNECTED) {
        return signs_where(vec4<bool>(row - LINES >= CONNECTED_EXC));
    }
    let neuron = 4u * (quad % CONNECTED_QUADS) + vec4<u32>(0u, 1u, 2u, 3u);
    return signs_where(neuron >= vec4<u32>(CONNECTED_EXC));
}

// Returns what networks read for four parameters.
fn standing_for(quad: u32, real: vec4<f32>) -> vec4<f32> {
    if (quad >= CONNECTED_ROWS * CONNECTED_QUADS) {
        return real;
    }
    return select(vec4<f32>(), signs_of(quad), real > vec4<f32>());
}
