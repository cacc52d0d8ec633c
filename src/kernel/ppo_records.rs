//! Structs that the host shares with the kernels of PPO.

use crate::kernel::records::{shared_bits, shared_struct};

shared_struct! {
    /// Environment of a rollout that never pauses: what an iteration leaves to the next, and sums over the iteration.
    #[derive(Default)]
    PpoEnvironment as "PpoEnvironment" {
        /// Number of its next step in the iteration.
        step: u32 as "u32",
        /// 1: an episode begins with the next step.
        began: u32 as "u32",
        /// Sum of the rewards of the current episode.
        episode_return: f32 as "f32",
        /// Discounted sum of the rewards of the current episode, G = discount G + reward.
        discounted: f32 as "f32",
        /// Sum of G over the iteration.
        discounted_sum: f32 as "f32",
        /// Sum of the squares of G over the iteration.
        discounted_squares: f32 as "f32",
        /// Spikes of all neurons in the iteration.
        spikes: u32 as "u32",
        /// Contacts in the iteration that found no free contact slot.
        contact_overflow: u32 as "u32",
    }
}

shared_struct! {
    /// One step of one environment.
    #[derive(Default)]
    PpoFrame as "PpoFrame" {
        /// Reward.
        reward: f32 as "f32",
        /// Log density of the action under the policy that drew it.
        log_prob: f32 as "f32",
        /// Advantage, with mean 0 and standard deviation 1 over the iteration.
        advantage: f32 as "f32",
        /// Target of the value network.
        value_target: f32 as "f32",
        /// Bits of [`ppo_flags`].
        flags: u32 as "u32",
        /// Number of the episode's life.
        life: u32 as "u32",
        /// Return of the episode up to this step.
        episode_return: f32 as "f32",
        /// Length of the episode up to this step.
        episode_length: u32 as "u32",
    }
}

shared_struct! {
    /// State of the descent in an iteration.
    #[derive(Default)]
    PpoLearning as "PpoLearning" {
        /// Number of the next minibatch in the iteration.
        update: u32 as "u32",
        /// 1: the last gradient is followed; 0: a norm was not finite or too large.
        follows: u32 as "u32",
        /// Factor of the policy's gradient, at most 1.
        policy_scale: f32 as "f32",
        /// Factor of the value network's gradient, at most 1.
        value_scale: f32 as "f32",
        /// Step size.
        learning_rate: f32 as "f32",
        /// Factor of rewards.
        reward_scale: f32 as "f32",
        /// 1 - beta1^t of Adam.
        bias1: f32 as "f32",
        /// 1 - beta2^t of Adam.
        bias2: f32 as "f32",
        /// Number of the round of a minibatch.
        round: u32 as "u32",
    }
}

/// Bits of [`PpoFrame::flags`].
pub mod ppo_flags {
    use super::shared_bits;

    shared_bits! {
        /// The episode ended by a fall.
        FELL = 1;
        /// The episode ran out of time.
        RAN_OUT = 2;
        /// The episode began with this step.
        BEGAN = 4;
        /// The state became non-finite.
        BROKEN = 8;
    }
}
