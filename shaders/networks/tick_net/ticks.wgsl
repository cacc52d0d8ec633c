// A hidden neuron under a constant current, for TICKS ticks from rest, and what an output makes of its spikes.
//
// The output leaks with a time constant of 2 ticks, so it reads the spikes as a binary number: a spike at tick t of T
// counts 2^-(T + 1 - t). LEAKS is 1 if the hidden neuron leaks too. It fires at 1 and begins again at 0.
#import numerics/exp

fn charged(v: f32, current: f32) -> f32 {
    return select(v + current, v + 0.5 * (current - v), LEAKS == 1u);
}

// Returns the number that the output reads, and how often the neuron fired.
fn train_of(current: f32) -> vec2<f32> {
    var v = 0.0;
    var train = vec2<f32>();
    for (var t = 0u; t < TICKS; t++) {
        v = charged(v, current);
        let fired = select(0.0, 1.0, v >= 1.0);
        v = select(v, 0.0, v >= 1.0);
        train = vec2<f32>(0.5 * train.x + 0.5 * fired, train.y + fired);
    }
    return train;
}

fn omega(current: f32) -> f32 {
    return train_of(current).x;
}

// Returns the derivative of omega, in which the sigmoid 1 / (1 + exp(-4 (h - 1))) stands for a spike at a membrane h, and
// which runs through the reset. Back-propagation through the ticks comes to the same: membranes repeat from spike to
// spike, so that the k-th tick after one has its level without being stored.
fn slope_of(current: f32) -> f32 {
    var v = 0.0;
    var interval = 1u;               // ticks from spike to spike, TICKS + 1 if it never fires
    var silent = true;
    for (var t = 0u; t < TICKS; t++) {
        v = charged(v, current);
        silent = silent & (v < 1.0);
        interval += select(0u, 1u, silent);
    }
    var k = TICKS % interval;        // ticks since the last spike
    var weight = 0.5;
    var adjoint = 0.0;
    var slope = 0.0;
    for (var t = 0u; t < TICKS; t++) {
        k = select(k, interval, k == 0u);
        let h = current * select(f32(k), 1.0 - ldexp(1.0, -i32(k)), LEAKS == 1u);
        let e = 1.0 / (1.0 + exp1(4.0 - 4.0 * h));
        let fired = k == interval;
        adjoint = select(adjoint, 0.0, fired) + (weight - adjoint * h) * 4.0 * e * (1.0 - e);
        adjoint *= select(1.0, 0.5, LEAKS == 1u);
        slope += adjoint;
        weight *= 0.5;
        k -= 1u;
    }
    return slope;
}
