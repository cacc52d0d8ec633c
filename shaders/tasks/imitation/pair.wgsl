// Times of the two spikes and presence of the neurotransmitter, drawn for a life's start. Needs PRE_FROM, PRE_COUNT,
// LARGEST_INTERVAL, TRANSMITTER_SHARE.
#import numerics/mul_high
#import numerics/philox
#import rollout/run

fn draw_pair(slot: u32, start: u32) {
    let bits = philox4x32(vec4<u32>(0u, start, run.generation, 1u), run.key_start);
    let pre = f32(PRE_FROM + mul_high(bits.x, PRE_COUNT));
    let k = mul_high(bits.y, 2u * LARGEST_INTERVAL);
    let interval = f32(k) - f32(LARGEST_INTERVAL) + select(0.0, 1.0, k >= LARGEST_INTERVAL);
    set_field(slot, PRE, pre);
    set_field(slot, POST, pre + interval);
    set_field(slot, TRANSMITTER, select(0.0, 1.0, uniform01(bits.z) < TRANSMITTER_SHARE));
}
