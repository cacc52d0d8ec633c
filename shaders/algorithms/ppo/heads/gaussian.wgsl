// Head of continuous actions: a = y + exp(l) e with e standard normal; the body gets a within [-1, 1]. The standard
// deviations exp(l) do not depend on the state.
//
// Needs D_ACT, AT_LOG_STD, and parameter and action_taken of the importing module.
#import numerics/exp

const HALF_LOG_TAU = 0.9189385332046727;

var<private> y: array<f32, D_ACT>;

fn log_std(a: u32) -> f32 {
    return parameter(AT_LOG_STD + a);
}

// Returns the distance from the mean, in standard deviations.
fn deviation(row: u32, a: u32) -> f32 {
    return (action_taken(row, a) - y[a]) / exp1(log_std(a));
}

fn log_density(row: u32) -> f32 {
    var sum = 0.0;
    for (var a = 0u; a < D_ACT; a++) {
        let z = deviation(row, a);
        sum += -0.5 * z * z - log_std(a) - HALF_LOG_TAU;
    }
    return sum;
}

fn entropy() -> f32 {
    var sum = 0.0;
    for (var a = 0u; a < D_ACT; a++) {
        sum += log_std(a) + 0.5 + HALF_LOG_TAU;
    }
    return sum;
}

// Returns the adjoints of y[a] and of the log standard deviation, given those of the log density and of the entropy.
fn head_adjoint(row: u32, a: u32, of_density: f32, of_entropy: f32) -> vec2<f32> {
    let z = deviation(row, a);
    return vec2<f32>(of_density * z / exp1(log_std(a)), of_density * (z * z - 1.0) + of_entropy);
}
