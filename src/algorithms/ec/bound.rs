//! A bound on the change of the distribution in one step.

/// Bisections in the search for the largest step, which give its fraction to 2^-40.
const HALVINGS: usize = 40;

/// Returns the mean Kullback-Leibler divergence of the Bernoulli distributions `new` from `old`, in nats per
/// connection: `q ln(q / p) + (1 - q) ln((1 - q) / (1 - p))`. All probabilities must be within (0, 1).
fn mean_kl(old: &[f64], new: impl Fn(usize) -> f64) -> f64 {
    let kl = |(index, p): (usize, &f64)| {
        let q = new(index);
        q * libm::log(q / p) + (1.0 - q) * libm::log((1.0 - q) / (1.0 - p))
    };
    old.iter().enumerate().map(kl).sum::<f64>() / old.len() as f64
}

/// Shortens the step from `old` to `new` so that the mean divergence is at most `limit`; returns the fraction of the
/// step that is taken.
///
/// The divergence grows along the step, so bisection finds the fraction.
pub fn hold(old: &[f64], new: &mut [f64], limit: f64) -> f64 {
    let at = |share: f64, index: usize, new: &[f64]| old[index] + share * (new[index] - old[index]);
    if mean_kl(old, |index| new[index]) <= limit {
        return 1.0;
    }
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..HALVINGS {
        let middle = 0.5 * (low + high);
        match mean_kl(old, |index| at(middle, index, new)) <= limit {
            true => low = middle,
            false => high = middle,
        }
    }
    for index in 0..new.len() {
        new[index] = at(low, index, new);
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_step_ends_at_the_limit_and_a_short_one_is_left() {
        let old = [0.5, 0.2, 0.9];
        let far = [0.9, 0.6, 0.1];
        let mut new = far;
        let share = hold(&old, &mut new, 0.01);
        let kl = mean_kl(&old, |index| new[index]);
        assert!((kl - 0.01).abs() < 1e-9, "the divergence is {kl}");
        for (index, value) in new.iter().enumerate() {
            let expected = old[index] + share * (far[index] - old[index]);
            assert!((value - expected).abs() < 1e-12, "all connections go the same share of their way");
        }
        let mut near = [0.501, 0.2, 0.9];
        assert_eq!((hold(&old, &mut near, 0.01), near), (1.0, [0.501, 0.2, 0.9]), "within the limit");
    }

    /// Compares with the closed form for one connection: KL(3/4
    /// 1/2) = ln 2 - H(3/4).
    #[test]
    fn the_divergence_is_that_of_bernoulli_distributions() {
        let entropy = -(0.75 * 0.75_f64.ln() + 0.25 * 0.25_f64.ln());
        let kl = mean_kl(&[0.5], |_| 0.75);
        assert!((kl - (2.0_f64.ln() - entropy)).abs() < 1e-15, "{kl}");
    }
}
