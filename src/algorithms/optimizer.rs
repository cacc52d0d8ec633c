//! Optimisers: ascent steps on the host in f64. They use only + - * / and sqrt, so that every platform takes the same
//! step.

use super::signal::Signal;
use crate::config::Optimizer as Rule;

/// Settings of a step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// Step rule.
    pub rule: Rule,
    /// Step size.
    pub learning_rate: f64,
    /// Constant that Adam adds to the second moment.
    pub floor: f64,
    /// Pull of the parameters towards 0. In AdamW it is decoupled from the gradient:
    /// `learning_rate * weight_decay * param` (Loshchilov and Hutter, 2019). In the other rules it is subtracted from
    /// the gradient: `weight_decay * param`.
    pub weight_decay: f64,
}

/// A step rule with its memory.
#[derive(Debug, Clone, PartialEq)]
pub enum Optimizer {
    /// `step = gradient`.
    Sgd,
    /// Heavy ball (Polyak, 1964): one velocity per parameter, in which earlier steps decay by 0.9.
    Momentum(Vec<f64>),
    /// Adam (Kingma and Ba, 2015) with bias correction, or AdamW.
    Adam(AdamState),
    /// `step = sqrt(signal fraction of the gradient's energy) gradient`.
    Satr(Signal),
}

/// State of Adam.
#[derive(Debug, Clone, PartialEq)]
pub struct AdamState {
    /// First moment of every parameter.
    pub m: Vec<f64>,
    /// Second moment of every parameter.
    pub v: Vec<f64>,
    /// `beta_1^t` and `beta_2^t`, as running products.
    pub beta_power: [f64; 2],
}

const BETA: [f64; 2] = [0.9, 0.999];
const EPSILON: f64 = 1e-8;
/// Factor by which a velocity decays per step.
const MOMENTUM: f64 = 0.9;

impl AdamState {
    /// Returns the state before the first step.
    pub fn new(n_params: usize) -> Self {
        Self { m: vec![0.0; n_params], v: vec![0.0; n_params], beta_power: [1.0; 2] }
    }

    fn advance(&mut self) {
        self.beta_power = [self.beta_power[0] * BETA[0], self.beta_power[1] * BETA[1]];
    }

    fn direction(&mut self, index: usize, gradient: f64, floor: f64) -> f64 {
        let m = BETA[0] * self.m[index] + (1.0 - BETA[0]) * gradient;
        let v = BETA[1] * self.v[index] + (1.0 - BETA[1]) * gradient * gradient;
        (self.m[index], self.v[index]) = (m, v);
        let (m_hat, v_hat) = (m / (1.0 - self.beta_power[0]), v / (1.0 - self.beta_power[1]));
        m_hat / ((v_hat + floor).sqrt() + EPSILON)
    }
}

impl Optimizer {
    /// Returns the state of `rule` before its first step.
    pub fn new(rule: Rule, n_params: usize) -> Self {
        match rule {
            Rule::Sgd => Self::Sgd,
            Rule::Momentum => Self::Momentum(vec![0.0; n_params]),
            Rule::Adam | Rule::AdamW => Self::Adam(AdamState::new(n_params)),
            Rule::Satr => Self::Satr(Signal::new(n_params)),
        }
    }

    /// Moves every parameter by `step`, uphill along the natural gradient `gradient`, and passes it through `limit`.
    /// `precision` of a parameter is its Fisher information, up to a constant factor.
    ///
    /// Returns the Euclidean norm of the change.
    pub fn ascend(
        &mut self,
        params: &mut [f64],
        gradient: impl Fn(usize) -> f64,
        precision: impl Fn(f64) -> f64,
        step: &Step,
        limit: impl Fn(f64) -> f64,
    ) -> f64 {
        let mut rate = step.learning_rate;
        match self {
            Self::Adam(state) => state.advance(),
            Self::Satr(signal) => rate *= signal.hear(params, &gradient, precision),
            Self::Sgd | Self::Momentum(_) => {}
        }
        let (coupled, decoupled) = match step.rule {
            Rule::AdamW => (0.0, step.weight_decay),
            _ => (step.weight_decay, 0.0),
        };
        let mut squares = 0.0;
        for (index, param) in params.iter_mut().enumerate() {
            let gradient = gradient(index) - coupled * *param;
            let direction = self.direction(index, gradient, step.floor);
            let next = limit(*param + rate * (direction - decoupled * *param));
            squares += (next - *param) * (next - *param);
            *param = next;
        }
        squares.sqrt()
    }

    fn direction(&mut self, index: usize, gradient: f64, floor: f64) -> f64 {
        match self {
            Self::Sgd | Self::Satr(_) => gradient,
            Self::Momentum(velocity) => {
                velocity[index] = MOMENTUM * velocity[index] + gradient;
                velocity[index]
            }
            Self::Adam(state) => state.direction(index, gradient, floor),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(rule: Rule, weight_decay: f64) -> Step {
        Step { rule, learning_rate: 0.1, floor: 0.0, weight_decay }
    }

    /// Checks Adam against the closed form for a constant gradient: every bias-corrected step has the size of the
    /// learning rate and the sign of the gradient.
    #[test]
    fn adam_with_a_constant_gradient_steps_by_its_sign() {
        let mut optimizer = Optimizer::new(Rule::Adam, 2);
        let mut params = vec![0.5, 0.5];
        for t in 1..=5 {
            optimizer.ascend(&mut params, |index| [1e-4, -3.0][index], |_| 1.0, &step(Rule::Adam, 0.0), |x| x);
            let expected = 0.1 * f64::from(t);
            assert!((params[0] - 0.5 - expected).abs() < 1e-4, "a small gradient steps as far: {}", params[0]);
            assert!((params[1] - 0.5 + expected).abs() < 1e-6, "a large one too, downwards: {}", params[1]);
        }
    }

    /// Checks both limits of a floor: for a constant gradient g far below the square root of a floor F, Adam's steps
    /// are plain ascent at the rate 1 / sqrt(F); far above it, they are Adam's.
    #[test]
    fn a_floor_turns_adam_into_plain_ascent() {
        let mut optimizer = Optimizer::new(Rule::Adam, 2);
        let mut params = vec![0.0; 2];
        let step = Step { floor: 1e-4, ..step(Rule::Adam, 0.0) };
        optimizer.ascend(&mut params, |index| [1e-5, 1.0][index], |_| 1.0, &step, |x| x);
        assert!((params[0] - 0.1 * 1e-5 / 1e-2).abs() < 1e-9, "a gradient below the floor: {}", params[0]);
        assert!((params[1] - 0.1).abs() < 1e-4, "one above it: {}", params[1]);
    }

    #[test]
    fn sgd_takes_the_printed_step_and_reports_its_norm() {
        let mut params = vec![0.5, 0.9];
        let step = step(Rule::Sgd, 0.0);
        let norm = Optimizer::Sgd.ascend(&mut params, |index| [3.0, 4.0][index], |_| 1.0, &step, |x| x.min(0.95));
        assert!((params[0] - 0.8).abs() < 1e-12, "0.5 + 0.1 * 3, not {}", params[0]);
        assert_eq!(params[1], 0.95, "limited");
        assert!((norm - (0.09f64 + 0.0025).sqrt()).abs() < 1e-12, "norm of what was done, not {norm}");
    }

    /// Checks that for a constant gradient g, the velocity after t steps is g (1 - 0.9^t) / 0.1.
    #[test]
    fn momentum_gathers_speed() {
        let mut optimizer = Optimizer::new(Rule::Momentum, 1);
        let (mut params, mut expected) = (vec![0.0], 0.0);
        for t in 1..=20 {
            optimizer.ascend(&mut params, |_| 2.0, |_| 1.0, &step(Rule::Momentum, 0.0), |x| x);
            expected += 0.1 * 2.0 * (1.0 - 0.9f64.powi(t)) / 0.1;
            assert!((params[0] - expected).abs() < 1e-12, "step {t}: {} instead of {expected}", params[0]);
        }
    }

    /// Checks that without a gradient, AdamW shrinks parameters by 1 - learning_rate * weight_decay per step. Adam
    /// treats the decay as a gradient and takes a whole step.
    #[test]
    fn weight_decay_is_decoupled_in_adamw_alone() {
        let shrunk = |rule| {
            let mut params = vec![2.0];
            Optimizer::new(rule, 1).ascend(&mut params, |_| 0.0, |_| 1.0, &step(rule, 0.5), |x| x);
            params[0]
        };
        assert!((shrunk(Rule::AdamW) - 2.0 * (1.0 - 0.1 * 0.5)).abs() < 1e-12, "{}", shrunk(Rule::AdamW));
        assert!((shrunk(Rule::Adam) - 1.9).abs() < 1e-6, "{}", shrunk(Rule::Adam));
        assert!((shrunk(Rule::Sgd) - 1.9).abs() < 1e-12, "{}", shrunk(Rule::Sgd));
    }
}
