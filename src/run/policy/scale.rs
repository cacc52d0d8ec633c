//! The scale of rewards: running statistics of their discounted sums.

use super::engine::Collected;
use crate::kernel::ppo_records::PpoEnvironment;

/// Mean and spread of the discounted sums of rewards seen so far.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct RewardScale {
    /// Number of sums.
    pub count: f64,
    /// Mean.
    pub mean: f64,
    /// Sum of squared deviations from the mean.
    pub m2: f64,
}

/// Smallest standard deviation that rewards are divided by.
const LEAST: f64 = 1e-4;

impl RewardScale {
    /// Returns the factor of rewards: one over the standard deviation, and 1 before anything is seen.
    pub fn factor(&self) -> f64 {
        if self.count > 0.0 { 1.0 / (self.m2 / self.count).max(0.0).sqrt().max(LEAST) } else { 1.0 }
    }

    /// Merges the sums of a rollout.
    pub fn merge_rollout(&mut self, collected: &Collected) {
        let total = |of: fn(&PpoEnvironment) -> f32| -> f64 {
            collected.environments.iter().map(|record| f64::from(of(record))).sum()
        };
        let (sum, squares) = (total(|record| record.discounted_sum), total(|record| record.discounted_squares));
        self.merge(collected.frames.len() as f64, sum, squares);
    }

    /// Merges `count` sums with the total `sum` and the total of squares `squares` (Chan, Golub and LeVeque, 1979).
    pub fn merge(&mut self, count: f64, sum: f64, squares: f64) {
        if count == 0.0 {
            return;
        }
        let delta = sum / count - self.mean;
        let total = self.count + count;
        self.m2 += (squares - sum * sum / count).max(0.0) + delta * delta * self.count * count / total;
        self.mean += delta * count / total;
        self.count = total;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn merged_sums_give_the_spread_of_all() {
        let all: [f64; 5] = [1.0, -2.0, 4.0, 0.5, 3.0];
        let mut scale = RewardScale::default();
        for part in [&all[..2], &all[2..]] {
            scale.merge(part.len() as f64, part.iter().sum(), part.iter().map(|x| x * x).sum());
        }
        let mean = all.iter().sum::<f64>() / 5.0;
        let std = (all.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 5.0).sqrt();
        assert!((scale.factor() * std - 1.0).abs() < 1e-12, "{}", scale.factor());
        assert_eq!(RewardScale::default().factor(), 1.0, "nothing seen");
    }
}
