//! Fields that all tasks with a body have in common.

use crate::{
    config::schema::{Range, choice},
    physics::stepper::capacity,
};

/// Accepted values of `max_contacts`.
pub(super) const MAX_CONTACTS: Range = Range::whole(1, capacity::MOST as u64);

choice! {
    /// Time integration of the physics.
    pub enum Integrator {
        /// What the robot's model file says.
        Model,
        /// Semi-implicit Euler with implicit joint damping.
        Euler,
        /// Runge-Kutta of fourth order: four evaluations of the dynamics per step.
        Rk4,
    }
}

/// Declares a task with a body: the fields that all of them share, then its own.
macro_rules! body_task {
    (
        $(#[doc = $about:literal])+
        $Name:ident(episode_length: $length:expr, frame_skip: $skip:expr) { $($own:tt)* }
    ) => {
        $crate::config::schema::section! {
            $(#[doc = $about])+
            pub struct $Name {
                /// Steps after which an episode is cut off, whatever the curriculum says.
                episode_length: u32 = $length, "steps", Range::whole(1, 1_000_000);
                /// Physics steps per environment step.
                frame_skip: u32 = $skip, "physics steps", Range::whole(1, 1000);
                /// Time integration. Euler costs a quarter of Rk4; policies transfer between the two.
                integrator: Integrator = Integrator::Model, "", Range::Any;
                /// Most Newton iterations of the contact solver; it stops early once converged. 1 or 2 ruin policies.
                /// Robots whose stiff contacts or limits hold each other take up to four times as many.
                newton_iterations: u32 = 12, "iterations", Range::whole(1, 100);
                $($own)*
            }
        }
    };
}

/// Declares a task with a body and a field that scales the noise on the start state.
macro_rules! noisy_task {
    (
        $(#[doc = $about:literal])+
        $Name:ident(frame_skip: $skip:expr, reset_noise_scale: $noise:expr) { $($own:tt)* }
    ) => {
        body_task! {
            $(#[doc = $about])+
            $Name(episode_length: 1000, frame_skip: $skip) {
                $($own)*
                /// Size of the noise on the start positions (uniform, half width) and velocities (uniform, or normal
                /// where Gymnasium's are).
                reset_noise_scale: f64 = $noise, "m, rad, m/s, rad/s", Range::NON_NEGATIVE;
            }
        }
    };
}

pub(crate) use {body_task, noisy_task};
