// The logistic function 1 / (1 + exp(-x)) , accurate to 3e-7 for every x.
#import numerics/exp

fn sigmoid4(x: vec4<f32>) -> vec4<f32> {
    return 1.0 / (1.0 + exp4(-x));
}
