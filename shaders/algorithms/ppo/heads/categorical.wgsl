// Head of discrete actions: the outputs are logits, an action is drawn by the Gumbel trick. The task gets 1 at the
// chosen entry and -1 elsewhere.
//
// Needs D_ACT, and action_taken of the importing module. The chosen entry stands in the row's first word.
#import numerics/log
#import numerics/exp

var<private> y: array<f32, D_ACT>;

// Returns the logarithm of the sum of exp(y).
fn log_sum() -> f32 {
    var most = y[0];
    for (var a = 1u; a < D_ACT; a++) {
        most = max(most, y[a]);
    }
    var sum = 0.0;
    for (var a = 0u; a < D_ACT; a++) {
        sum += exp1(y[a] - most);
    }
    return most + log_exact(sum);
}

fn log_density(row: u32) -> f32 {
    return y[u32(action_taken(row, 0u))] - log_sum();
}

fn entropy() -> f32 {
    let total = log_sum();
    var sum = 0.0;
    for (var a = 0u; a < D_ACT; a++) {
        sum -= exp1(y[a] - total) * (y[a] - total);
    }
    return sum;
}

// Returns the adjoint of y[a], given those of the log density and of the entropy; there is no second one.
fn head_adjoint(row: u32, a: u32, of_density: f32, of_entropy: f32) -> vec2<f32> {
    let log_share = y[a] - log_sum();
    let share = exp1(log_share);
    let chosen = select(0.0, 1.0, a == u32(action_taken(row, 0u)));
    return vec2<f32>(of_density * (chosen - share) - of_entropy * share * (log_share + entropy()), 0.0);
}
