//! Robots that are rewarded for moving forward.

use super::{
    HarnessConfig,
    body::{Integrator, MAX_CONTACTS, body_task, noisy_task},
};
use crate::config::schema::Range;

/// Declares a robot that moves forward: the fields that all of them share, then its own.
macro_rules! forward_task {
    (
        $(#[doc = $about:literal])+
        $Name:ident(frame_skip: $skip:expr, reset_noise_scale: $noise:expr, forward: $forward:expr, ctrl: $ctrl:expr)
        { $($own:tt)* }
    ) => {
        noisy_task! {
            $(#[doc = $about])+
            $Name(frame_skip: $skip, reset_noise_scale: $noise) {
                /// Reward for one metre per second of forward velocity.
                forward_reward_weight: f64 = $forward, "1/(m/s)", Range::FINITE;
                /// Largest forward velocity that is rewarded: a faster body gets no more. None for no bound, as
                /// Gymnasium has it.
                most_forward_velocity: Option<f64> = None, "m/s", Range::POSITIVE;
                /// Cost of one unit of summed squared control.
                ctrl_cost_weight: f64 = $ctrl, "", Range::NON_NEGATIVE;
                /// Whether the observation leaves out where the body is: x, and y where it moves in space.
                exclude_current_positions_from_observation: bool = true, "", Range::Any;
                /// Contacts between geoms that are kept at once, and besides all with the floor; if there are more, the
                /// deepest stay. None: 8, and on real GPUs 16 with the floor's where lanes share a robot, which these
                /// robots were not seen to exceed.
                max_contacts: Option<u32> = None, "contacts", MAX_CONTACTS;
                $($own)*
            }
        }
    };
}

/// Declares a robot that can fall.
macro_rules! walking_task {
    (
        $(#[doc = $about:literal])+
        $Name:ident(
            frame_skip: $skip:expr, reset_noise_scale: $noise:expr, forward: $forward:expr, ctrl: $ctrl:expr,
            healthy: $healthy:expr, healthy_z_range: $z:expr
        ) { $($own:tt)* }
    ) => {
        forward_task! {
            $(#[doc = $about])+
            $Name(frame_skip: $skip, reset_noise_scale: $noise, forward: $forward, ctrl: $ctrl) {
                /// Reward of every step in which the body is healthy.
                healthy_reward: f64 = $healthy, "", Range::FINITE;
                /// Whether an unhealthy body ends the episode.
                terminate_when_unhealthy: bool = true, "", Range::Any;
                /// Height of the torso within which the body is healthy.
                healthy_z_range: (f64, f64) = $z, "m", Range::Any;
                $($own)*
            }
        }
    };
}

walking_task! {
    /// `hopper@1`: one leg, 3 joints (Gymnasium's Hopper-v5).
    HopperConfig(
        frame_skip: 4, reset_noise_scale: 0.005, forward: 1.0, ctrl: 0.001,
        healthy: 1.0, healthy_z_range: (0.7, f64::INFINITY)
    ) {
        /// Angle of the torso within which the body is healthy.
        healthy_angle_range: (f64, f64) = (-0.2, 0.2), "rad", Range::Any;
        /// Values of every position but the first two, and of every velocity, within which the body is healthy.
        healthy_state_range: (f64, f64) = (-100.0, 100.0), "m, rad, m/s, rad/s", Range::Any;
    }
}

walking_task! {
    /// `walker2d@1`: two legs in a plane, 6 joints (Gymnasium's Walker2d-v5).
    Walker2dConfig(
        frame_skip: 4, reset_noise_scale: 0.005, forward: 1.0, ctrl: 0.001,
        healthy: 1.0, healthy_z_range: (0.8, 2.0)
    ) {
        /// Angle of the torso within which the body is healthy.
        healthy_angle_range: (f64, f64) = (-1.0, 1.0), "rad", Range::Any;
    }
}

walking_task! {
    /// `humanoid@1`: 17 joints in space (Gymnasium's Humanoid-v5).
    HumanoidConfig(
        frame_skip: 5, reset_noise_scale: 0.01, forward: 1.25, ctrl: 0.1,
        healthy: 5.0, healthy_z_range: (1.0, 2.0)
    ) {
        /// A helping force while training. None for none, as Gymnasium has it.
        harness: Option<HarnessConfig> = None, "", Range::Any;
        /// Cost of one unit of summed squared external contact force.
        contact_cost_weight: f64 = 5e-7, "1/N^2", Range::NON_NEGATIVE;
        /// Limits between which the contact cost is clipped.
        contact_cost_range: (f64, f64) = (f64::NEG_INFINITY, 10.0), "", Range::Any;
        /// Whether the inertias of the bodies are observed.
        include_cinert_in_observation: bool = true, "", Range::Any;
        /// Whether the velocities of the bodies are observed.
        include_cvel_in_observation: bool = true, "", Range::Any;
        /// Whether the motor forces on the joints are observed.
        include_qfrc_actuator_in_observation: bool = true, "", Range::Any;
        /// Whether the contact forces on the bodies are observed.
        include_cfrc_ext_in_observation: bool = true, "", Range::Any;
    }
}

walking_task! {
    /// `ant@1`: four legs, 8 joints (Gymnasium's Ant-v5).
    AntConfig(
        frame_skip: 5, reset_noise_scale: 0.1, forward: 1.0, ctrl: 0.5,
        healthy: 1.0, healthy_z_range: (0.2, 1.0)
    ) {
        /// A helping force while training. None for none, as Gymnasium has it.
        harness: Option<HarnessConfig> = None, "", Range::Any;
        /// Cost of one unit of summed squared external contact force, clipped.
        contact_cost_weight: f64 = 5e-4, "1/N^2", Range::NON_NEGATIVE;
        /// Limits between which each contact force is clipped, in the cost and in the observation.
        contact_force_range: (f64, f64) = (-1.0, 1.0), "N m, N", Range::Any;
        /// Whether the contact forces on the bodies are observed.
        include_cfrc_ext_in_observation: bool = true, "", Range::Any;
    }
}

forward_task! {
    /// `half_cheetah@1`: two legs in a plane and a trunk that cannot fall, 6 joints (Gymnasium's HalfCheetah-v5).
    HalfCheetahConfig(frame_skip: 5, reset_noise_scale: 0.1, forward: 1.0, ctrl: 0.1) {}
}

forward_task! {
    /// `swimmer@1`: a chain of three links in a viscous medium, 2 joints (Gymnasium's Swimmer-v5).
    SwimmerConfig(frame_skip: 4, reset_noise_scale: 0.1, forward: 1.0, ctrl: 0.0001) {}
}
