//! The tasks and their weights and ranges; names and defaults are those of Gymnasium 1.4's v5 environments.

use super::schema::{Range, choice, section, variants};

/// Declares a robot that walks: the fields that all of them share, then its own.
macro_rules! walking_task {
    (
        $(#[doc = $about:literal])+
        $Name:ident(
            forward_reward_weight: $forward:expr, ctrl_cost_weight: $ctrl:expr, healthy_reward: $healthy:expr,
            healthy_z_range: $z:expr, reset_noise_scale: $noise:expr
        ) { $($own:tt)* }
    ) => {
        section! {
            $(#[doc = $about])+
            pub struct $Name {
                /// Steps after which an episode is cut off, whatever the curriculum says.
                episode_length: u32 = 1000, "steps", Range::whole(1, 1_000_000);
                /// Time integration. Euler costs a quarter of Rk4; policies transfer between the two.
                integrator: Integrator = Integrator::Model, "", Range::Any;
                /// Most Newton iterations of the contact solver; it stops early once converged. 1 or 2 ruin policies.
                newton_iterations: u32 = 12, "iterations", Range::whole(1, 100);
                /// Reward for one metre per second of forward velocity.
                forward_reward_weight: f64 = $forward, "1/(m/s)", Range::FINITE;
                /// Cost of one unit of summed squared control.
                ctrl_cost_weight: f64 = $ctrl, "", Range::NON_NEGATIVE;
                /// Reward of every step in which the body is healthy.
                healthy_reward: f64 = $healthy, "", Range::FINITE;
                /// Whether an unhealthy body ends the episode.
                terminate_when_unhealthy: bool = true, "", Range::Any;
                /// Height of the torso within which the body is healthy.
                healthy_z_range: (f64, f64) = $z, "m", Range::Any;
                /// Half width of the uniform noise on the start positions and velocities.
                reset_noise_scale: f64 = $noise, "m, rad, m/s, rad/s", Range::NON_NEGATIVE;
                $($own)*
            }
        }
    };
}

choice! {
    /// Time integration of the physics.
    pub enum Integrator {
        /// What the robot's model file says.
        Model,
        /// Semi-implicit Euler with implicit joint damping.
        Euler,
        /// Runge-Kutta of fourth order: four evaluations of the dynamics a step.
        Rk4,
    }
}

walking_task! {
    /// `hopper@1`: one leg, 3 joints (Gymnasium's Hopper-v5).
    HopperConfig(
        forward_reward_weight: 1.0, ctrl_cost_weight: 0.001, healthy_reward: 1.0,
        healthy_z_range: (0.7, f64::INFINITY), reset_noise_scale: 0.005
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
        forward_reward_weight: 1.0, ctrl_cost_weight: 0.001, healthy_reward: 1.0,
        healthy_z_range: (0.8, 2.0), reset_noise_scale: 0.005
    ) {
        /// Angle of the torso within which the body is healthy.
        healthy_angle_range: (f64, f64) = (-1.0, 1.0), "rad", Range::Any;
    }
}

walking_task! {
    /// `humanoid@1`: 17 joints in space (Gymnasium's Humanoid-v5).
    HumanoidConfig(
        forward_reward_weight: 1.25, ctrl_cost_weight: 0.1, healthy_reward: 5.0,
        healthy_z_range: (1.0, 2.0), reset_noise_scale: 0.01
    ) {
        /// Cost of one unit of summed squared external contact force.
        contact_cost_weight: f64 = 5e-7, "1/N^2", Range::NON_NEGATIVE;
        /// Limits between which the contact cost is clipped.
        contact_cost_range: (f64, f64) = (f64::NEG_INFINITY, 10.0), "", Range::Any;
    }
}

section! {
    /// `inverted_pendulum@1`: a pole on a cart (Gymnasium's InvertedPendulum-v5).
    pub struct InvertedPendulumConfig {
        /// Steps after which an episode is cut off, whatever the curriculum says.
        episode_length: u32 = 1000, "steps", Range::whole(1, 1_000_000);
        /// Time integration. Euler costs a quarter of Rk4; policies transfer between the two.
        integrator: Integrator = Integrator::Model, "", Range::Any;
        /// Most Newton iterations of the contact solver; it stops early once converged. 1 or 2 ruin policies.
        newton_iterations: u32 = 12, "iterations", Range::whole(1, 100);
        /// Half width of the uniform noise on the start positions and velocities.
        reset_noise_scale: f64 = 0.01, "m, rad, m/s, rad/s", Range::NON_NEGATIVE;
    }
}

section! {
    /// `cartpole@1`: a pole on a cart pushed left or right (Gymnasium's CartPole-v1); no physics engine.
    pub struct CartPoleConfig {
        /// Steps after which an episode is cut off, whatever the curriculum says.
        episode_length: u32 = 500, "steps", Range::whole(1, 1_000_000);
    }
}

variants! {
    /// What the network has to do.
    pub enum TaskConfig {
        /// One leg, 3 joints.
        Hopper(HopperConfig),
        /// Two legs in a plane, 6 joints.
        Walker2d(Walker2dConfig),
        /// 17 joints in space.
        Humanoid(HumanoidConfig),
        /// A pole on a cart, continuous force.
        InvertedPendulum(InvertedPendulumConfig),
        /// A pole on a cart, pushed left or right.
        CartPole(CartPoleConfig),
    }
}

impl TaskConfig {
    /// The task's name as it is printed and as run directories use it, without its version.
    pub fn name(&self) -> &'static str {
        match self {
            TaskConfig::Hopper(_) => "hopper",
            TaskConfig::Walker2d(_) => "walker2d",
            TaskConfig::Humanoid(_) => "humanoid",
            TaskConfig::InvertedPendulum(_) => "inverted_pendulum",
            TaskConfig::CartPole(_) => "cartpole",
        }
    }

    /// Steps of a full episode.
    pub fn episode_length(&self) -> u32 {
        match self {
            TaskConfig::Hopper(task) => task.episode_length,
            TaskConfig::Walker2d(task) => task.episode_length,
            TaskConfig::Humanoid(task) => task.episode_length,
            TaskConfig::InvertedPendulum(task) => task.episode_length,
            TaskConfig::CartPole(task) => task.episode_length,
        }
    }
}
