// Plasticity by spike timing where a neurotransmitter is present.
#import tasks/imitation/omega

fn weight_change(interval: f32, transmitter: f32) -> f32 {
    return omega(interval) * transmitter;
}
