//! Reward of a user-supplied robot.

use crate::config::{
    schema::{Range, choice, section, variants},
    task::part::{Body, Joint},
};

choice! {
    /// An axis of the world.
    pub enum WorldAxis {
        /// Forward.
        X,
        /// To the left.
        Y,
        /// Up.
        Z,
    }
}

section! {
    /// Section without fields.
    pub struct Nothing {}
}
section! {
    /// A body of the robot.
    pub struct OfBody {
        /// The body.
        body: Body = Body::default(), "", Range::Any, true;
    }
}

variants! {
    /// Body or position whose velocity counts.
    pub enum Traveller {
        /// The first body's.
        Root(Nothing),
        /// That of the first body's centre of mass, with all that it carries.
        CentreOfMass(Nothing),
        /// Another body's.
        Body(OfBody),
        /// The first position's: exact at the end of a step, for a root on slides or free.
        FirstPosition(Nothing),
    }
}

section! {
    /// Velocity along an axis.
    pub struct ForwardTerm {
        /// Whose velocity counts.
        of: Traveller = Traveller::default(), "", Range::Any;
        /// Along which axis; of a first position, along its own.
        axis: WorldAxis = WorldAxis::X, "", Range::Any;
        /// Reward for one metre per second.
        weight: f64 = 1.0, "1/(m/s)", Range::FINITE;
        /// Largest velocity that is rewarded; None for no bound.
        most_velocity: Option<f64> = None, "m/s", Range::POSITIVE;
    }
}
section! {
    /// Being healthy.
    pub struct HealthyTerm {
        /// Reward of a step that ends healthy.
        weight: f64 = 1.0, "", Range::FINITE;
    }
}
section! {
    /// Large controls.
    pub struct ControlTerm {
        /// Cost of one unit of summed squared control, in the motors' units.
        weight: f64 = 0.001, "", Range::NON_NEGATIVE;
    }
}
section! {
    /// Effort of the muscles.
    pub struct ActivationTerm {
        /// Cost of one unit of summed squared activation.
        weight: f64 = 0.01, "", Range::NON_NEGATIVE;
    }
}
section! {
    /// Large contact forces.
    pub struct ContactTerm {
        /// Cost of one unit of summed squared contact force.
        weight: f64 = 5e-7, "1/N^2", Range::NON_NEGATIVE;
        /// Each force is first clipped to plus and minus this; None: not at all.
        clip: Option<f64> = None, "N m, N", Range::POSITIVE;
        /// Limits between which the cost is clipped.
        limits: (f64, f64) = (f64::NEG_INFINITY, 10.0), "", Range::Any;
    }
}
section! {
    /// Power of the motors.
    pub struct EnergyTerm {
        /// Cost of one watt of summed |motor force * velocity|.
        weight: f64 = 0.001, "1/W", Range::NON_NEGATIVE;
    }
}
section! {
    /// Leaning over.
    pub struct TiltTerm {
        /// The body; None: the first one.
        body: Option<Body> = None, "", Range::Any;
        /// Cost of 1 minus the height of the tip of its z axis: 0 upright, the weight when lying, twice that upside
        /// down.
        weight: f64 = 1.0, "", Range::NON_NEGATIVE;
    }
}
section! {
    /// Being too high or too low.
    pub struct HeightTerm {
        /// The body; None: the first one.
        body: Option<Body> = None, "", Range::Any;
        /// The height that costs nothing; None: that of the start pose.
        height: Option<f64> = None, "m", Range::FINITE;
        /// Cost of one unit of squared deviation.
        weight: f64 = 1.0, "1/m^2", Range::NON_NEGATIVE;
    }
}
section! {
    /// Leaving the start pose.
    pub struct PoseTerm {
        /// Joints that count; empty: all that motors drive.
        joints: Vec<Joint> = vec![], "", Range::Any;
        /// Cost of one unit of summed squared deviation from the start pose.
        weight: f64 = 0.1, "", Range::NON_NEGATIVE;
    }
}
section! {
    /// Moving joints.
    pub struct VelocityTerm {
        /// Joints that count; empty: all.
        joints: Vec<Joint> = vec![], "", Range::Any;
        /// Cost of one unit of summed squared velocity.
        weight: f64 = 0.001, "", Range::NON_NEGATIVE;
    }
}
section! {
    /// A point's distance from a body or from a place.
    pub struct DistanceTerm {
        /// Body that the point moves with.
        body: Body = Body::default(), "", Range::Any, true;
        /// From the body's origin, in the body's axes.
        offset: (f64, f64, f64) = (0.0, 0.0, 0.0), "m", Range::Any;
        /// Body whose origin is the aim; 0, the world, has its origin at (0, 0, 0).
        to: Body = Body::default(), "", Range::Any;
        /// Cost of one metre.
        weight: f64 = 1.0, "1/m", Range::NON_NEGATIVE;
    }
}

variants! {
    /// A term of the reward.
    pub enum RewardTerm {
        /// Velocity along an axis.
        Forward(ForwardTerm),
        /// A reward of every step that ends healthy.
        Healthy(HealthyTerm),
        /// Cost of the sum of squared controls.
        ControlCost(ControlTerm),
        /// Cost of the sum of squared activations of the muscles.
        ActivationCost(ActivationTerm),
        /// Cost of the sum of squared contact forces.
        ContactCost(ContactTerm),
        /// Cost of the power of the motors.
        EnergyCost(EnergyTerm),
        /// Cost of a body that leans over.
        TiltCost(TiltTerm),
        /// Cost of a body that is too high or too low.
        HeightCost(HeightTerm),
        /// Cost of joints that leave the start pose.
        PoseCost(PoseTerm),
        /// Cost of joints that move.
        VelocityCost(VelocityTerm),
        /// Cost of a point's distance from an aim.
        DistanceCost(DistanceTerm),
    }
}

impl RewardTerm {
    /// Returns the default reward: forward velocity, minus a cost of control.
    pub(super) fn usual() -> Vec<Self> {
        vec![Self::Forward(ForwardTerm::default()), Self::ControlCost(ControlTerm::default())]
    }
}
