//! Generalised advantage estimation (Schulman et al., 2016) over steps in which episodes fall or run out of time.

/// One step of an environment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    pub reward: f64,
    /// True if the episode ended here for good: what comes after is worth nothing.
    pub fell: bool,
    /// True if the episode ended here for lack of time: the step teaches nothing.
    pub ran_out: bool,
}

/// How fast the future fades.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fading {
    /// Discount of rewards per step.
    pub discount: f64,
    /// Decay per step of the weight of later errors, lambda.
    pub lambda: f64,
}

/// Estimates by step.
#[derive(Debug, Clone, PartialEq)]
pub struct Estimates {
    pub advantages: Vec<f64>,
    /// What the value network is to learn.
    pub targets: Vec<f64>,
}

/// Returns the estimates for consecutive steps of one environment; `values` has one more entry than `steps`.
pub fn estimate(steps: &[Step], values: &[f64], fading: &Fading) -> Estimates {
    assert_eq!(values.len(), steps.len() + 1, "a value before each step and after the last");
    let mut advantages = vec![0.0; steps.len()];
    let mut after = 0.0;
    for (t, step) in steps.iter().enumerate().rev() {
        let (goes_on, teaches) = (f64::from(u8::from(!step.fell)), f64::from(u8::from(!step.ran_out)));
        let error = step.reward + fading.discount * goes_on * values[t + 1] - values[t];
        after = teaches * (error + fading.discount * fading.lambda * goes_on * after);
        advantages[t] = after;
    }
    let targets = advantages.iter().zip(values).map(|(advantage, value)| advantage + value).collect();
    Estimates { advantages, targets }
}

/// Smallest standard deviation that advantages are divided by, in effect.
const LEAST_DEVIATION: f64 = 1e-8;

/// Shifts and scales `advantages` to mean 0 and standard deviation 1 (of all of them, not of a sample).
pub fn normalise(advantages: &mut [f64]) {
    let count = advantages.len() as f64;
    let mean = advantages.iter().sum::<f64>() / count;
    let variance = advantages.iter().map(|a| (a - mean).powi(2)).sum::<f64>() / count;
    advantages.iter_mut().for_each(|a| *a = (*a - mean) / (variance.sqrt() + LEAST_DEVIATION));
}
