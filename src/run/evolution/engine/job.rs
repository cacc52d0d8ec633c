//! Jobs of a rollout: which episodes to run, and how.

use std::ops::Range;

use crate::kernel::records::{AS_WEIGHTED, REWARD_FACTORS};

/// Settings of a rollout.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Job {
    /// Counter word of all random draws.
    pub generation: u32,
    /// Number of members.
    pub population: usize,
    /// Episodes per member.
    pub episodes: usize,
    /// True if episode k of all members begins alike.
    pub common_starts: bool,
    /// Steps after which an episode is truncated.
    pub episode_cap: usize,
    /// True for an evaluation, which has random streams of its own and leaves the normaliser's sums alone.
    pub evaluation: bool,
    /// True for uniform random actions without a network.
    pub physics_only: bool,
    /// True for the network without a body.
    pub policy_only: bool,
    /// True if a fall does not end the episode.
    pub no_termination: bool,
    /// Strengths of the helping force: lift, upright, damping, turning.
    pub harness: [f32; 4],
    /// Factors of the reward terms, in their order.
    pub reward_factors: [f32; REWARD_FACTORS],
}

impl Job {
    /// Returns the number of episodes of all members.
    pub fn lives(&self) -> usize {
        self.population * self.episodes
    }

    /// Returns a training generation of members with one episode each.
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

/// Episodes of a job that are still to run: single ones first, then a range. Where members have m episodes, episode
/// k of member i has number m i + k.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queue {
    /// Single episodes, ascending.
    pub first: Vec<u32>,
    /// Range of further episodes, all above the single ones.
    pub rest: Range<u32>,
}

impl Queue {
    /// Returns the queue of episodes 0..lives.
    pub fn whole(lives: usize) -> Self {
        Self { first: vec![], rest: 0..lives as u32 }
    }

    /// Removes and returns the part that one rollout can take, with `slots` slots for single episodes; `None` once
    /// nothing is left. The range joins the last of them if a slot is free from the beginning.
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
