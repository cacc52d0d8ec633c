//! What a rollout is asked to do: who lives, and how.

use std::ops::Range;

use crate::kernel::records::{AS_WEIGHTED, REWARD_FACTORS};

/// Which members live, and how.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Job {
    /// Counter word of all draws.
    pub generation: u32,
    /// Members 0..population.
    pub population: usize,
    /// Episodes of a member.
    pub episodes: usize,
    /// Episode k of all members begins alike.
    pub common_starts: bool,
    /// Steps after which an episode is truncated.
    pub episode_cap: usize,
    /// Fresh streams of its own, and no sums for the normaliser.
    pub evaluation: bool,
    /// Uniform random actions, and no network.
    pub physics_only: bool,
    /// The network, and no body.
    pub policy_only: bool,
    /// A fall does not end the episode.
    pub no_termination: bool,
    /// Strengths of the helping force: lift, upright, damping, turning.
    pub harness: [f32; 4],
    /// What the terms of the reward are multiplied by, in their order.
    pub reward_factors: [f32; REWARD_FACTORS],
}

impl Job {
    /// Returns how many lives that is.
    pub fn lives(&self) -> usize {
        self.population * self.episodes
    }

    /// Makes a training generation of members that live once.
    pub fn training(generation: u32, population: usize, episode_cap: usize) -> Self {
        Self {
            generation,
            population,
            episodes: 1,
            common_starts: false,
            episode_cap,
            evaluation: false,
            physics_only: false,
            policy_only: false,
            no_termination: false,
            harness: [0.0; 4],
            reward_factors: AS_WEIGHTED,
        }
    }
}

/// The lives of a job that are to be lived, single ones first, then a range: episode k of member i is life m i + k
/// where members have m episodes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queue {
    /// Single lives, rising.
    pub first: Vec<u32>,
    /// All of these, which are above them.
    pub rest: Range<u32>,
}

impl Queue {
    /// Lives 0..lives.
    pub fn whole(lives: usize) -> Self {
        Self { first: vec![], rest: 0..lives as u32 }
    }

    /// Returns the part of it that one rollout can take, which has `slots` for single lives; `None` once nobody is
    /// left. The range comes with the last of them if it has a slot from the beginning.
    pub(super) fn next_part(&mut self, slots: usize) -> Option<Self> {
        let singles: Vec<u32> = self.first.drain(..self.first.len().min(slots)).collect();
        let end = self.rest.end;
        let is_last = self.first.is_empty() && singles.len() < slots;
        let rest = if is_last { std::mem::replace(&mut self.rest, end..end) } else { end..end };
        Some(Self { first: singles, rest }).filter(|part| part.count() > 0)
    }

    pub(super) fn count(&self) -> usize {
        self.first.len() + self.rest.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn single_lives_take_as_many_rollouts_as_they_need_slots() {
        let mut queue = Queue { first: vec![1, 4, 6, 7, 9], rest: 12..20 };
        let mut parts = vec![];
        while let Some(part) = queue.next_part(2) {
            parts.push((part.first, part.rest));
        }
        assert_eq!(
            parts,
            [(vec![1, 4], 20..20), (vec![6, 7], 20..20), (vec![9], 12..20)],
            "the range comes with the last"
        );
        let mut queue = Queue { first: vec![1, 4], rest: 5..20 };
        assert_eq!(queue.next_part(2).map(|part| part.rest), Some(20..20), "no slot is left for the range");
        assert_eq!(queue.next_part(2), Some(Queue { first: vec![], rest: 5..20 }), "it comes by itself");
        assert_eq!(Queue::whole(0).next_part(2), None, "nobody");
    }
}
