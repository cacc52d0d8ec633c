//! What PPO makes of the read-out `y`: densities of actions, entropies, and the clipped loss with its derivatives.
//!
//! With the ratio `rho = exp(log p - old log p)`, the loss is the mean over frames of
//! `-min(rho A, clip(rho, 1 - c, 1 + c) A)`, minus `c_H` times the mean entropy.

/// Natural logarithm of 2 pi.
fn ln_2pi() -> f64 {
    std::f64::consts::TAU.ln()
}

/// One frame of a minibatch, apart from the read-out.
#[derive(Debug, Clone, PartialEq)]
pub struct Frame<Action> {
    /// The action drawn: a vector, or the number of the chosen one.
    pub action: Action,
    /// Its logarithmic density when it was drawn.
    pub old_log_prob: f64,
    pub advantage: f64,
}

/// Coefficients of the loss.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rule {
    /// Largest distance of the ratio from 1 that still pays.
    pub clip: f64,
    /// Coefficient of the entropy, `c_H`.
    pub entropy: f64,
}

/// The loss of a minibatch and its derivatives.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Loss {
    /// Clipped part and entropy.
    pub loss: f64,
    /// Mean entropy.
    pub entropy: f64,
    /// Mean of `rho - 1 - ln rho`, an estimate of the divergence from the old policy.
    pub kl: f64,
    /// Share of frames with `|rho - 1| > clip`.
    pub clip_fraction: f64,
    /// By frame.
    pub log_probs: Vec<f64>,
    /// By frame.
    pub ratios: Vec<f64>,
    /// Derivative with respect to the read-out: by frame, by output.
    pub d_outputs: Vec<Vec<f64>>,
    /// Derivative with respect to the logarithms of the standard deviations; empty for the categorical head.
    pub d_log_std: Vec<f64>,
}

/// Returns the logarithmic density of `action` under independent normal distributions.
pub fn gaussian_log_prob(y: &[f64], log_std: &[f64], action: &[f64]) -> f64 {
    let of = |((y, l), a): ((&f64, &f64), &f64)| {
        let z = (a - y) / l.exp();
        -0.5 * z * z - l - 0.5 * ln_2pi()
    };
    y.iter().zip(log_std).zip(action).map(of).sum()
}

/// Returns the entropy of independent normal distributions.
pub fn gaussian_entropy(log_std: &[f64]) -> f64 {
    log_std.iter().map(|l| l + 0.5 + 0.5 * ln_2pi()).sum()
}

/// Returns the logarithms of the probabilities that belong to logits `y`.
pub fn categorical_log_probs(y: &[f64]) -> Vec<f64> {
    let largest = y.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let total = largest + y.iter().map(|y| (y - largest).exp()).sum::<f64>().ln();
    y.iter().map(|y| y - total).collect()
}

/// Returns the entropy of the probabilities that belong to logits `y`.
pub fn categorical_entropy(y: &[f64]) -> f64 {
    categorical_log_probs(y).iter().map(|l| -l.exp() * l).sum()
}

impl Loss {
    /// Adds one of `count` frames, except for its derivatives. Returns the derivative with respect to its `log_prob`.
    fn add<Action>(&mut self, frame: &Frame<Action>, log_prob: f64, entropy: f64, rule: &Rule, count: usize) -> f64 {
        let (a, share) = (frame.advantage, 1.0 / count as f64);
        let ratio = (log_prob - frame.old_log_prob).exp();
        let clipped = ratio.clamp(1.0 - rule.clip, 1.0 + rule.clip);
        self.loss -= share * ((ratio * a).min(clipped * a) + rule.entropy * entropy);
        self.entropy += share * entropy;
        self.kl += share * (ratio - 1.0 - ratio.ln());
        self.clip_fraction += if (ratio - 1.0).abs() > rule.clip { share } else { 0.0 };
        self.log_probs.push(log_prob);
        self.ratios.push(ratio);
        let open = if a >= 0.0 { ratio <= 1.0 + rule.clip } else { ratio >= 1.0 - rule.clip };
        if open { -share * ratio * a } else { 0.0 }
    }
}

/// Returns the loss of the Gaussian head: actions are `y + exp(log_std) e` with normal `e`.
pub fn gaussian(outputs: &[Vec<f64>], log_std: &[f64], frames: &[Frame<Vec<f64>>], rule: &Rule) -> Loss {
    let mut loss = Loss { d_log_std: vec![-rule.entropy; log_std.len()], ..Loss::default() };
    for (y, frame) in outputs.iter().zip(frames) {
        let log_prob = gaussian_log_prob(y, log_std, &frame.action);
        let g = loss.add(frame, log_prob, gaussian_entropy(log_std), rule, frames.len());
        let deviation = |a: usize| (frame.action[a] - y[a]) / log_std[a].exp();
        loss.d_outputs.push((0..y.len()).map(|a| g * deviation(a) / log_std[a].exp()).collect());
        loss.d_log_std.iter_mut().enumerate().for_each(|(a, d)| *d += g * (deviation(a).powi(2) - 1.0));
    }
    loss
}

/// Returns the loss of the categorical head: `y` are logits.
pub fn categorical(outputs: &[Vec<f64>], frames: &[Frame<usize>], rule: &Rule) -> Loss {
    let mut loss = Loss::default();
    for (y, frame) in outputs.iter().zip(frames) {
        let (log_probs, entropy) = (categorical_log_probs(y), categorical_entropy(y));
        let g = loss.add(frame, log_probs[frame.action], entropy, rule, frames.len());
        let push = rule.entropy / frames.len() as f64;
        let d = |(a, l): (usize, &f64)| {
            let chosen = f64::from(u8::from(a == frame.action));
            g * (chosen - l.exp()) + push * l.exp() * (l + entropy)
        };
        loss.d_outputs.push(log_probs.iter().enumerate().map(d).collect());
    }
    loss
}
