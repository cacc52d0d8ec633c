//! Structs that host and kernel of arms share.

use crate::kernel::records::{Field, shared_struct};

shared_struct! {
    /// A dispatch.
    #[derive(Default)]
    ArmRun as "ArmRun" {
        /// Macro step that it begins with.
        first: u32 as "u32",
        /// How many it does.
        steps: u32 as "u32",
        /// 1: weights move.
        learns: u32 as "u32",
        /// Arm of workgroup 0.
        first_arm: u32 as "u32",
        /// All arms.
        arms: u32 as "u32",
        /// Macro step from which losses count as late.
        half: u32 as "u32",
        /// Padding, zero.
        pad0: u32 as "u32",
        /// Padding, zero.
        pad1: u32 as "u32",
    }
}

shared_struct! {
    /// An arm in an iteration.
    #[derive(Default)]
    ArmRecord as "Arm" {
        /// Angle that it is put to, rad.
        angle: f32 as "f32",
        /// Velocity then, rad/s.
        velocity: f32 as "f32",
        /// Optimal length of the muscles, m.
        optimal: f32 as "f32",
        /// Length of the tendons, m.
        slack: f32 as "f32",
        /// Step size.
        learning_rate: f32 as "f32",
        /// Number of its fixed weights.
        reservoir: u32 as "u32",
        /// Padding, zero.
        pad0: u32 as "u32",
        /// Padding, zero.
        pad1: u32 as "u32",
    }
}

shared_struct! {
    /// What an arm did in an iteration so far.
    #[derive(Default)]
    ArmOutcome as "ArmOutcome" {
        /// Sum of squared angles over macro steps, rad^2.
        loss: f32 as "f32",
        /// Of the second half.
        late_loss: f32 as "f32",
        /// Of the first thousand macro steps after the angle was set.
        early_loss: f32 as "f32",
        /// Sum of squared activations.
        effort: f32 as "f32",
        /// Largest norm of a window's gradient, before clipping.
        gradient: f32 as "f32",
        /// Angle at the end, rad.
        angle: f32 as "f32",
        /// 1: the state became non-finite.
        broken: u32 as "u32",
        /// Padding, zero.
        pad0: u32 as "u32",
    }
}
