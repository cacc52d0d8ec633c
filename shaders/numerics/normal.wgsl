// Standard normal numbers by the Box-Muller transform, none beyond 5.8. Twin: kernel::random::normal4, which continues
// in f64.
#import numerics/log
#import numerics/sincos

const TAU = 6.2831855;

// Returns (b + 1/2) / 2^23, b being the upper 23 bits: exact in f32, never 0 or 1.
fn open_unit(bits: u32) -> f32 {
    return (f32(bits >> 9u) + 0.5) * 0x1p-23;
}

fn normal2(radius: u32, angle: u32) -> vec2<f32> {
    let direction = sincos(TAU * open_unit(angle));
    return sqrt(-2.0 * log_exact(open_unit(radius))) * direction.yx;
}

fn normal4(bits: vec4<u32>) -> vec4<f32> {
    return vec4<f32>(normal2(bits.x, bits.y), normal2(bits.z, bits.w));
}
