//! Optimisers: ascent steps on the host in f64, with + - * / and sqrt alone, so every platform takes the same step.

/// How a gradient becomes a step.
#[derive(Debug, Clone, PartialEq)]
pub enum Optimizer {
    /// `step = gradient`.
    Sgd,
    /// Adam (Kingma and Ba, 2015) with bias correction.
    Adam(AdamState),
}

/// Adam's memory.
#[derive(Debug, Clone, PartialEq)]
pub struct AdamState {
    /// First moment, a parameter each.
    pub m: Vec<f64>,
    /// Second moment, a parameter each.
    pub v: Vec<f64>,
    /// `beta_1^t` and `beta_2^t`, as running products.
    pub beta_power: [f64; 2],
}

const BETA: [f64; 2] = [0.9, 0.999];
const EPSILON: f64 = 1e-8;

impl AdamState {
    /// A memory of nothing.
    pub fn new(n_params: usize) -> Self {
        Self { m: vec![0.0; n_params], v: vec![0.0; n_params], beta_power: [1.0; 2] }
    }

    fn advance(&mut self) {
        self.beta_power = [self.beta_power[0] * BETA[0], self.beta_power[1] * BETA[1]];
    }

    fn direction(&mut self, index: usize, gradient: f64) -> f64 {
        let m = BETA[0] * self.m[index] + (1.0 - BETA[0]) * gradient;
        let v = BETA[1] * self.v[index] + (1.0 - BETA[1]) * gradient * gradient;
        (self.m[index], self.v[index]) = (m, v);
        let (m_hat, v_hat) = (m / (1.0 - self.beta_power[0]), v / (1.0 - self.beta_power[1]));
        m_hat / (v_hat.sqrt() + EPSILON)
    }
}

impl Optimizer {
    /// Replaces `params[i]` by `limit(params[i] + learning_rate * (direction_i - weight_decay * params[i]))`.
    ///
    /// Weight decay is decoupled (Loshchilov and Hutter, 2019). Returns the Euclidean norm of the change.
    pub fn ascend(
        &mut self,
        params: &mut [f64],
        gradient: impl Fn(usize) -> f64,
        learning_rate: f64,
        weight_decay: f64,
        limit: impl Fn(f64) -> f64,
    ) -> f64 {
        if let Self::Adam(state) = self {
            state.advance();
        }
        let mut squares = 0.0;
        for (index, param) in params.iter_mut().enumerate() {
            let direction = match self {
                Self::Sgd => gradient(index),
                Self::Adam(state) => state.direction(index, gradient(index)),
            };
            let next = limit(*param + learning_rate * (direction - weight_decay * *param));
            squares += (next - *param) * (next - *param);
            *param = next;
        }
        squares.sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first bias-corrected step of Adam is the sign of the gradient; later ones follow the closed form for a constant gradient.
    #[test]
    fn adam_with_a_constant_gradient_steps_by_its_sign() {
        let mut optimizer = Optimizer::Adam(AdamState::new(2));
        let mut params = vec![0.5, 0.5];
        for t in 1..=5 {
            optimizer.ascend(&mut params, |index| [1e-4, -3.0][index], 0.1, 0.0, |x| x);
            let expected = 0.1 * f64::from(t);
            assert!((params[0] - 0.5 - expected).abs() < 1e-4, "a small gradient steps as far: {}", params[0]);
            assert!((params[1] - 0.5 + expected).abs() < 1e-6, "a large one too, downwards: {}", params[1]);
        }
    }

    #[test]
    fn sgd_takes_the_printed_step_and_reports_its_norm() {
        let mut params = vec![0.5, 0.9];
        let norm = Optimizer::Sgd.ascend(&mut params, |index| [3.0, 4.0][index], 0.1, 0.0, |x| x.min(0.95));
        assert!((params[0] - 0.8).abs() < 1e-12, "0.5 + 0.1 * 3, not {}", params[0]);
        assert_eq!(params[1], 0.95, "limited");
        assert!((norm - (0.09f64 + 0.0025).sqrt()).abs() < 1e-12, "norm of what was done, not {norm}");
    }
}
