//! Task of a user-supplied robot: what is observed, rewarded and allowed.

mod healthy;
mod observation;
mod reward;

pub use healthy::HealthyRange;
pub use observation::ObservationPart;
pub use reward::{RewardTerm, Traveller, WorldAxis};

use super::HarnessConfig;
use super::body::{Integrator, MAX_CONTACTS, body_task};
use super::part::Joint;
use crate::config::{
    Robot,
    schema::{Range, section},
};

body_task! {
    /// `locomotion@1`: a robot of your own, with an observation, a reward and an end of your choice.
    LocomotionConfig(episode_length: 1000, frame_skip: 5) {
        /// MJCF file of the robot. A relative path begins at the folder of the file it stands in; in --set, at the
        /// working directory.
        robot: Robot = Robot::default(), "", Range::Any, true;
        /// Parts of the observation, in their order.
        observation: Vec<ObservationPart> = ObservationPart::usual(), "", Range::Any;
        /// Terms whose sum is the reward of a step; costs are subtracted.
        reward: Vec<RewardTerm> = RewardTerm::usual(), "", Range::Any;
        /// Ranges within which all of these must lie for the body to be healthy; empty: always healthy.
        healthy: Vec<HealthyRange> = vec![], "", Range::Any;
        /// Contacts between geoms that are kept at once, and besides all with the floor; if there are more, the deepest
        /// stay and `contact_overflow` in metrics.jsonl counts the others. None: as many as the robot's geoms can make,
        /// up to 32 (64 with the floor's where lanes of a real GPU share a robot). Each takes memory, whether it occurs
        /// or not.
        max_contacts: Option<u32> = None, "contacts", MAX_CONTACTS;
        /// Whether an unhealthy body ends the episode.
        terminate_when_unhealthy: bool = true, "", Range::Any;
        /// A helping force while training, for a robot whose root is free.
        harness: Option<HarnessConfig> = None, "", Range::Any;
        /// Half width of the uniform noise on the start positions.
        reset_noise_scale: f64 = 0.01, "m, rad", Range::NON_NEGATIVE;
        /// Size of the noise on the start velocities; None: as on the positions.
        reset_velocity_noise_scale: Option<f64> = None, "m/s, rad/s", Range::NON_NEGATIVE;
        /// Whether the noise on the start velocities is normal (its size is the standard deviation) or uniform.
        reset_normal_velocities: bool = false, "", Range::Any;
        /// Joints whose start has noise of its own.
        reset_joints: Vec<ResetJoint> = vec![], "", Range::Any;
        /// Pairs of slide joints that start anywhere in a disc, such as a target's.
        reset_discs: Vec<ResetDisc> = vec![], "", Range::Any;
        /// Joints that are each other's images in the mirror plane y = 0, where the robot leaves a choice: legs that
        /// lie at one place. Empty: found from the robot.
        mirrored_joints: Vec<MirroredJoints> = vec![], "", Range::Any;
    }
}

section! {
    /// Noise on the start of one joint.
    pub struct ResetJoint {
        /// The joint.
        joint: Joint = Joint::default(), "", Range::Any, true;
        /// Half width of the uniform noise on its positions.
        positions: f64 = 0.0, "m, rad", Range::NON_NEGATIVE;
        /// Size of the noise on its velocities.
        velocities: f64 = 0.0, "m/s, rad/s", Range::NON_NEGATIVE;
    }
}

section! {
    /// Two joints that are each other's mirror images.
    pub struct MirroredJoints {
        /// The joint.
        joint: Joint = Joint::default(), "", Range::Any, true;
        /// Its image; the joint itself if it does not swap with another.
        image: Joint = Joint::default(), "", Range::Any, true;
    }
}

section! {
    /// Two slide joints that start anywhere in a disc about position 0.
    pub struct ResetDisc {
        /// The first of the two joints; the second is the next one in the robot's file.
        joint: Joint = Joint::default(), "", Range::Any, true;
        /// Radius of the disc.
        radius: f64 = 0.2, "m", Range::NON_NEGATIVE;
    }
}
