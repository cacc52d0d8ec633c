//! Structs that the host shares with the kernels of learners of action values.

use crate::kernel::{random::Key, records::shared_struct};

shared_struct! {
    /// Parameters of a dispatch.
    #[derive(Default)]
    QRun as "QRun" {
        /// Key of the starts of greedy episodes.
        key_judge: Key as "vec2<u32>",
        /// Number of learners.
        learners: u32 as "u32",
        /// Generation: number of the episode, or of the iteration.
        generation: u32 as "u32",
        /// 1: the generation begins.
        opens: u32 as "u32",
        /// Largest number of environment steps of a learner in this dispatch.
        steps: u32 as "u32",
        /// Index of the learner of workgroup 0.
        first: u32 as "u32",
        /// Padding, zero.
        pad0: u32 as "u32",
    }
}

shared_struct! {
    /// Parameters of a learner.
    #[derive(Default)]
    QLearner as "QLearner" {
        /// Key of all that it draws.
        key: Key as "vec2<u32>",
        /// Hidden neurons.
        width: u32 as "u32",
        /// Inputs of the agents' Q function, a bit each; 0: all actions are drawn.
        model: u32 as "u32",
        /// Size of an agent's action.
        alpha: f32 as "f32",
        /// Iterations in the history of its agents.
        rows: u32 as "u32",
        /// First word of its agents' weights.
        weights: u32 as "u32",
        /// First word of its agents' actions.
        actions: u32 as "u32",
    }
}

shared_struct! {
    /// Progress of a learner.
    #[derive(Default)]
    QProgress as "QProgress" {
        /// State of its body.
        state: [f32; 4] as "vec4<f32>",
        /// Transitions so far.
        steps: u32 as "u32",
        /// Frames of the last episode so far.
        frames: u32 as "u32",
        /// 1: the generation is over.
        over: u32 as "u32",
        /// Frames of the longest episode.
        best: u32 as "u32",
        /// Adam's 0.9^n after n updates.
        bias1: f32 as "f32",
        /// Adam's 0.999^n after n updates.
        bias2: f32 as "f32",
        /// Padding, zero.
        pad0: u32 as "u32",
        /// Padding, zero.
        pad1: u32 as "u32",
    }
}
