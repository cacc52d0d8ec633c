//! The tasks and their weights and ranges; names and defaults are those of Gymnasium 1.4's v5 environments.

pub mod locomotion;

mod arm;
mod body;
mod harness;
mod imitation;
mod maze;
mod other;
mod part;
mod walking;

pub use arm::{ArmBalanceConfig, ArmReachConfig};
pub use body::Integrator;
pub use harness::HarnessConfig;
pub use imitation::{ComplexStdpConfig, IntegrateAndFireConfig, StdpConfig};
pub use locomotion::LocomotionConfig;
pub use maze::{DoubleTMazeConfig, TMazeConfig};
pub use other::{CartPoleConfig, InvertedDoublePendulumConfig, InvertedPendulumConfig, ReacherConfig};
pub use part::{Body, Joint, Part};
pub use walking::{AntConfig, HalfCheetahConfig, HopperConfig, HumanoidConfig, SwimmerConfig, Walker2dConfig};

use super::Robot;
use super::schema::variants;

/// Declares all tasks: the text, the variant with its fields, and the name as it is printed and as run directories use
/// it.
macro_rules! tasks {
    ($( $(#[doc = $doc:literal])+ $Variant:ident($Config:ty): $name:literal, )+) => {
        variants! {
            /// Task of the network.
            pub enum TaskConfig {
                $( $(#[doc = $doc])+ $Variant($Config), )+
            }
        }

        impl TaskConfig {
            /// Returns the task's name as it is printed and as run directories use it, without its version.
            pub fn name(&self) -> &'static str {
                match self { $( TaskConfig::$Variant(_) => $name, )+ }
            }

            /// Returns the number of steps in a full episode.
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
    /// An arm on a hinge that two muscles keep upright.
    ArmBalance(ArmBalanceConfig): "arm_balance",
    /// An arm of two joints whose six muscles bring its tip to a target.
    ArmReach(ArmReachConfig): "arm_reach",
    /// A pole on a cart, pushed left or right.
    CartPole(CartPoleConfig): "cartpole",
    /// A unit that must spike as an integrate-and-fire neuron.
    IntegrateAndFire(IntegrateAndFireConfig): "integrate_and_fire",
    /// A unit that must change its weight by spike timing, where a neurotransmitter allows it.
    Stdp(StdpConfig): "stdp",
    /// A unit that must change its weight by spike timing, in two ways.
    ComplexStdp(ComplexStdpConfig): "complex_stdp",
    /// A maze whose two arms hold food and poison.
    TMaze(TMazeConfig): "t_maze",
    /// A maze whose four arms hold food and poison.
    DoubleTMaze(DoubleTMazeConfig): "double_t_maze",
    /// A robot of your own.
    Locomotion(LocomotionConfig): "locomotion",
}

impl TaskConfig {
    /// Returns the name from which run directories take theirs: that of the task, or of the user-supplied robot.
    pub fn run_name(&self) -> String {
        match self {
            TaskConfig::Locomotion(task) => task.robot.stem(),
            _ => self.name().into(),
        }
    }

    /// Returns the user-supplied robot, if the task has one.
    pub fn robot(&self) -> Option<&Robot> {
        match self {
            TaskConfig::Locomotion(task) => Some(&task.robot),
            _ => None,
        }
    }

    /// Returns the same task with the user-supplied robot under another path.
    pub fn with_robot_at(mut self, file: &str) -> Self {
        if let Some(robot) = self.robot_mut() {
            *robot = robot.at(file);
        }
        self
    }

    /// Returns the helping force, if there is one.
    pub fn harness(&self) -> Option<&HarnessConfig> {
        match self {
            TaskConfig::Humanoid(task) => task.harness.as_ref(),
            TaskConfig::Ant(task) => task.harness.as_ref(),
            TaskConfig::Locomotion(task) => task.harness.as_ref(),
            _ => None,
        }
    }

    /// Returns the helping force, if there is one.
    pub(super) fn harness_mut(&mut self) -> Option<&mut HarnessConfig> {
        self.harness_slot().and_then(Option::as_mut)
    }

    /// Removes the helping force.
    pub(super) fn take_harness_off(&mut self) {
        if let Some(harness) = self.harness_slot() {
            *harness = None;
        }
    }

    fn harness_slot(&mut self) -> Option<&mut Option<HarnessConfig>> {
        match self {
            TaskConfig::Humanoid(task) => Some(&mut task.harness),
            TaskConfig::Ant(task) => Some(&mut task.harness),
            TaskConfig::Locomotion(task) => Some(&mut task.harness),
            _ => None,
        }
    }

    /// Returns the same task; its harness, if it has one, becomes that of `other`.
    pub fn with_harness_of(&self, other: &Self) -> Self {
        let mut task = self.clone();
        if let (Some(own), Some(others)) = (task.harness_mut(), other.harness()) {
            *own = others.clone();
        }
        task
    }

    /// Returns the user-supplied robot, if the task has one.
    pub(super) fn robot_mut(&mut self) -> Option<&mut Robot> {
        match self {
            TaskConfig::Locomotion(task) => Some(&mut task.robot),
            _ => None,
        }
    }
}
