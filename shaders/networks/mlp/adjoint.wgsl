// Adjoint of tanh(sum): mlp and rnn.
#import networks/rate/adjoint

fn adjoint(q: u32, g: vec4<f32>) {
    let h = output(q);
    give(0u, q, g * (1.0 - h * h));
    send_back(0u, q, vec4<f32>());
}
