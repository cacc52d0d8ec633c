// Adjoint of long short-term memory. Kept: input gate, candidate, forget gate, output gate.
#import networks/rate/adjoint
#import numerics/tanh

fn adjoint(q: u32, g: vec4<f32>) {
    let input = kept(0u, q);
    let candidate = kept(1u, q);
    let forget = kept(2u, q);
    let gate = kept(3u, q);
    let seen = tanh4(taped(1u, quad(q)));
    let of_memory = sent(1u, q) + g * gate * (1.0 - seen * seen);
    give(0u, q, of_memory * candidate * input * (1.0 - input));
    give(1u, q, of_memory * input * (1.0 - candidate * candidate));
    give(2u, q, of_memory * carried(1u, q) * forget * (1.0 - forget));
    give(3u, q, g * seen * gate * (1.0 - gate));
    send_back(0u, q, vec4<f32>());
    send_back(1u, q, of_memory * forget);
}
