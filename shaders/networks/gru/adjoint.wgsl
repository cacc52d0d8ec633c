// Adjoint of the gated recurrent unit. Kept: reset gate, recurrent sum of the candidate, candidate, update gate.
#import networks/rate/adjoint

fn adjoint(q: u32, g: vec4<f32>) {
    let reset = kept(0u, q);
    let recurrent = kept(1u, q);
    let candidate = kept(2u, q);
    let update = kept(3u, q);
    let of_candidate = g * (1.0 - update) * (1.0 - candidate * candidate);
    give(0u, q, of_candidate * recurrent * reset * (1.0 - reset));
    give(1u, q, of_candidate * reset);
    give(2u, q, of_candidate);
    give(3u, q, g * (carried(0u, q) - candidate) * update * (1.0 - update));
    send_back(0u, q, g * update);
}
