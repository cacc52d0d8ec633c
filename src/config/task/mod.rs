//! The tasks and their weights and ranges; names and defaults are those of Gymnasium 1.4's v5 environments.

mod body;
mod other;
mod walking;

pub use body::Integrator;
pub use other::{CartPoleConfig, InvertedDoublePendulumConfig, InvertedPendulumConfig, ReacherConfig};
pub use walking::{AntConfig, HalfCheetahConfig, HopperConfig, HumanoidConfig, SwimmerConfig, Walker2dConfig};

use super::schema::variants;

/// Declares all tasks: the text, the variant with its fields, and the name as it is printed and as run directories use it.
macro_rules! tasks {
    ($( $(#[doc = $doc:literal])+ $Variant:ident($Config:ty): $name:literal, )+) => {
        variants! {
            /// What the network has to do.
            pub enum TaskConfig {
                $( $(#[doc = $doc])+ $Variant($Config), )+
            }
        }

        impl TaskConfig {
            /// The task's name as it is printed and as run directories use it, without its version.
            pub fn name(&self) -> &'static str {
                match self { $( TaskConfig::$Variant(_) => $name, )+ }
            }

            /// Steps of a full episode.
            pub fn episode_length(&self) -> u32 {
                match self { $( TaskConfig::$Variant(task) => task.episode_length, )+ }
            }
        }
    };
}

tasks! {
    /// One leg, 3 joints.
    Hopper(HopperConfig): "hopper",
    /// Two legs in a plane, 6 joints.
    Walker2d(Walker2dConfig): "walker2d",
    /// 17 joints in space.
    Humanoid(HumanoidConfig): "humanoid",
    /// Four legs, 8 joints.
    Ant(AntConfig): "ant",
    /// Two legs in a plane and a trunk that cannot fall, 6 joints.
    HalfCheetah(HalfCheetahConfig): "half_cheetah",
    /// Three links in a viscous medium, 2 joints.
    Swimmer(SwimmerConfig): "swimmer",
    /// An arm of two links and a target.
    Reacher(ReacherConfig): "reacher",
    /// A pole on a pole on a cart.
    InvertedDoublePendulum(InvertedDoublePendulumConfig): "inverted_double_pendulum",
    /// A pole on a cart, continuous force.
    InvertedPendulum(InvertedPendulumConfig): "inverted_pendulum",
    /// A pole on a cart, pushed left or right.
    CartPole(CartPoleConfig): "cartpole",
}
