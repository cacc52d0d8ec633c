//! Adam (Kingma and Ba, 2015) with corrected bias, after a clip of the gradient's norm: one group of parameters.

/// Constants of the optimiser.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Adam {
    pub learning_rate: f64,
    /// Decay of the mean gradient per step.
    pub beta1: f64,
    /// Decay of the mean square per step.
    pub beta2: f64,
    pub epsilon: f64,
    /// Largest norm of a gradient; a longer one is shortened to it.
    pub clip_norm: f64,
}

/// Parameters that share a norm, and their moments.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    pub theta: Vec<f64>,
    /// Mean gradient, biased.
    pub m: Vec<f64>,
    /// Mean square of the gradient, biased.
    pub v: Vec<f64>,
    /// Steps taken.
    pub steps: i32,
}

impl Adam {
    /// Returns the constants that PPO uses here.
    pub fn of_ppo(learning_rate: f64, clip_norm: f64) -> Self {
        Self { learning_rate, beta1: 0.9, beta2: 0.999, epsilon: 1e-5, clip_norm }
    }

    /// Takes one step down `gradient`. Returns its norm before the clip.
    pub fn step(&self, group: &mut Group, gradient: &[f64]) -> f64 {
        assert_eq!(gradient.len(), group.theta.len(), "a derivative for each parameter");
        let norm = gradient.iter().map(|g| g * g).sum::<f64>().sqrt();
        let factor = if norm > self.clip_norm { self.clip_norm / norm } else { 1.0 };
        group.steps += 1;
        let correction = |beta: f64| 1.0 - beta.powi(group.steps);
        let (first, second) = (correction(self.beta1), correction(self.beta2));
        for (i, g) in gradient.iter().enumerate() {
            let g = factor * g;
            group.m[i] = self.beta1 * group.m[i] + (1.0 - self.beta1) * g;
            group.v[i] = self.beta2 * group.v[i] + (1.0 - self.beta2) * g * g;
            let length = (group.v[i] / second).sqrt() + self.epsilon;
            group.theta[i] -= self.learning_rate * (group.m[i] / first) / length;
        }
        norm
    }
}

impl Group {
    /// Begins with `theta` and no moments.
    pub fn new(theta: Vec<f64>) -> Self {
        let zeros = vec![0.0; theta.len()];
        Self { theta, m: zeros.clone(), v: zeros, steps: 0 }
    }
}
