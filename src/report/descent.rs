//! Metrics of an algorithm that descends gradients.

use serde::{Deserialize, Deserializer, Serialize};

/// Means over the minibatches of an iteration.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Descent {
    /// Loss of the policy, entropy included.
    #[serde(deserialize_with = "null_is_nan")]
    pub policy_loss: f64,
    /// Loss of the value network.
    #[serde(deserialize_with = "null_is_nan")]
    pub value_loss: f64,
    /// Divergence of the policy from the one that acted, mean of (ratio - 1) - ln ratio.
    #[serde(deserialize_with = "null_is_nan")]
    pub kl: f64,
    /// Share of frames whose ratio has left its bounds.
    #[serde(deserialize_with = "null_is_nan")]
    pub clipped: f64,
    /// Entropy of the policy, nats.
    #[serde(deserialize_with = "null_is_nan")]
    pub entropy: f64,
    /// Norm of the policy's gradient before it is clipped.
    #[serde(deserialize_with = "null_is_nan")]
    pub policy_norm: f64,
    /// Norm of the value network's gradient before it is clipped.
    #[serde(deserialize_with = "null_is_nan")]
    pub value_norm: f64,
    /// Norm of the policy's gradient in the first minibatch.
    #[serde(deserialize_with = "null_is_nan")]
    pub first_policy_norm: f64,
    /// Mean logarithm of the standard deviations of continuous actions, after the iteration.
    #[serde(deserialize_with = "null_is_nan")]
    pub log_std: f64,
    /// Minibatches whose gradient was too large or not finite, and which were not followed.
    pub skipped: u32,
}

impl Descent {
    /// Returns a warning if gradients were not followed in `generation`.
    pub fn skipped_updates(&self, generation: u32) -> Option<String> {
        (self.skipped > 0).then(|| {
            format!(
                "generation {generation}: {} gradients exploded and were not followed (`descent.skipped` in metrics.jsonl); \
                 spiking networks: a narrower surrogate or a shorter algorithm.bptt helps",
                self.skipped
            )
        })
    }
}

/// Reads null as NaN, because JSON has no NaN.
pub(super) fn null_is_nan<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or(f64::NAN))
}
