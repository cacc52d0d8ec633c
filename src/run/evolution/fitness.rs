//! Fitness of a member, from its episodes.

use crate::kernel::records::{EpisodeRecord, status};

/// Returns a member's fitness: the mean return of its episodes `lives`, or NaN if its state became non-finite in
/// one.
pub fn fitness(lives: &[EpisodeRecord]) -> f32 {
    if lives.iter().any(|life| life.status & status::NON_FINITE != 0) {
        return f32::NAN;
    }
    match lives {
        [only] => only.return_sum,
        lives => (lives.iter().map(|life| f64::from(life.return_sum)).sum::<f64>() / lives.len() as f64) as f32,
    }
}

/// Returns true if the state or return became non-finite in one of the episodes `lives`. Such a member ranks below
/// all others.
pub fn is_non_finite(lives: &[EpisodeRecord]) -> bool {
    !fitness(lives).is_finite()
}

/// Returns the number of environment steps in `episodes`.
pub fn frames(episodes: &[EpisodeRecord]) -> u64 {
    episodes.iter().map(|episode| u64::from(episode.length)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_members_fitness_is_the_mean_of_its_returns() {
        let life = |return_sum, status| EpisodeRecord { return_sum, status, ..Default::default() };
        let (done, broken) = (status::DONE, status::DONE | status::NON_FINITE);
        assert_eq!(fitness(&[life(-0.0, done)]).to_bits(), (-0.0f32).to_bits(), "a single return to the bit");
        assert_eq!(fitness(&[life(1.0, done), life(2.0, done), life(6.0, done)]), 3.0, "the mean");
        assert!(fitness(&[life(1.0, done), life(2.0, broken)]).is_nan(), "one state that is no number is enough");
        assert!(is_non_finite(&[life(f32::INFINITY, done), life(2.0, done)]), "so is a return that is not finite");
    }
}
