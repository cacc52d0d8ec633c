// The change of a synapse's weight by the interval between its spikes, in steps; positive if the postsynaptic spike
// is not the earlier one.
#import numerics/exp

fn omega(interval: f32) -> f32 {
    let size = 0.5 * exp1(-abs(interval) / 10.0);
    return select(-size, size, interval >= 0.0);
}
