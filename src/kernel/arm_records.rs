//! Structs that the host shares with the kernel of the arms.

use crate::kernel::records::shared_struct;

shared_struct! {
    /// Parameters of a dispatch.
    #[derive(Default)]
    ArmRun as "ArmRun" {
        /// First macro step.
        first: u32 as "u32",
        /// Number of macro steps.
        steps: u32 as "u32",
        /// 1: readout weights are updated.
        learns: u32 as "u32",
        /// Index of the arm of workgroup 0.
        first_arm: u32 as "u32",
        /// Number of arms.
        arms: u32 as "u32",
        /// First macro step that counts towards the late loss.
        half: u32 as "u32",
        /// Padding, zero.
        pad0: u32 as "u32",
        /// Padding, zero.
        pad1: u32 as "u32",
    }
}

shared_struct! {
    /// Parameters of an arm in an iteration.
    #[derive(Default)]
    ArmRecord as "Arm" {
        /// Angle that the arm is set to, rad.
        angle: f32 as "f32",
        /// Angular velocity that the arm is set to, rad/s.
        velocity: f32 as "f32",
        /// Optimal length of the muscles, m.
        optimal: f32 as "f32",
        /// Length of the tendons, m.
        slack: f32 as "f32",
        /// Step size.
        learning_rate: f32 as "f32",
        /// Index of its reservoir.
        reservoir: u32 as "u32",
        /// Padding, zero.
        pad0: u32 as "u32",
        /// Padding, zero.
        pad1: u32 as "u32",
    }
}

shared_struct! {
    /// Results of an arm in an iteration so far.
    #[derive(Default)]
    ArmOutcome as "ArmOutcome" {
        /// Sum of squared angles over macro steps, rad^2.
        loss: f32 as "f32",
        /// Part of `loss` from the second half of the iteration.
        late_loss: f32 as "f32",
        /// Part of `loss` from the first thousand macro steps after the angle was set.
        early_loss: f32 as "f32",
        /// Sum of squared activations.
        effort: f32 as "f32",
        /// Largest norm of a window's gradient, before clipping.
        gradient: f32 as "f32",
        /// Angle at the end, rad.
        angle: f32 as "f32",
        /// 1: angle or velocity became non-finite or exceeded 1e10.
        broken: u32 as "u32",
        /// Padding, zero.
        pad0: u32 as "u32",
    }
}
