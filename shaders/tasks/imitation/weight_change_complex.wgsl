// Plasticity by spike timing that takes two shapes, with a neurotransmitter and without.
#import tasks/imitation/omega
#import numerics/sincos

fn weight_change(interval: f32, transmitter: f32) -> f32 {
    let w = omega(interval);
    let present = abs(w) - 0.1 * (sincos(20.0 * w).y - 1.0);
    let absent = 0.5 * sincos(10.0 * w).y;
    return select(absent, present, transmitter > 0.5);
}
