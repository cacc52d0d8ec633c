//! Observation of a user-supplied robot.

use crate::config::{
    schema::{Range, section, variants},
    task::part::Body,
};

/// Declares parts that are slices of a list of numbers.
macro_rules! slice {
    ($(#[doc = $about:literal])+ $Name:ident { $from:ty = $default:expr, $from_text:literal } $(clip: $unit:literal)?) => {
        section! {
            $(#[doc = $about])+
            pub struct $Name {
                #[doc = $from_text]
                from: $from = $default, "", Range::Any;
                /// Number after the last one; None: all.
                to: Option<u32> = None, "", Range::Any;
                $(
                    /// Each value is clipped to plus and minus this; None: not at all.
                    clip: Option<f64> = None, $unit, Range::POSITIVE;
                )?
            }
        }
    };
}

slice! {
    /// Positions of the joints.
    PositionsPart { Option<u32> = None, "First one; None leaves out those that only say where the body is: x and y of a free root, or unlimited slides of the root along them." }
    clip: "m, rad"
}
slice! {
    /// Sines or cosines of positions.
    TurnsPart { u32 = 0, "First position." }
}
slice! {
    /// Velocities of the joints.
    VelocitiesPart { u32 = 0, "First one." }
    clip: "m/s, rad/s"
}
slice! {
    /// Controls of the last step.
    ControlsPart { u32 = 0, "First motor." }
}
slice! {
    /// Forces on the joints.
    ForcesPart { u32 = 0, "First degree of freedom." }
    clip: "N m, N"
}

slice! {
    /// Values of the muscles.
    MusclesPart { u32 = 0, "First muscle." }
    clip: ""
}

section! {
    /// Values of all bodies.
    pub struct InertiasPart {}
}
section! {
    /// Values of all bodies, clipped.
    pub struct BodiesPart {
        /// Each value is clipped to plus and minus this; None: not at all.
        clip: Option<f64> = None, "", Range::POSITIVE;
    }
}
section! {
    /// Place of a point.
    pub struct PlacePart {
        /// Body that the point moves with.
        body: Body = Body::default(), "", Range::Any, true;
        /// From the body's origin, in the body's axes.
        offset: (f64, f64, f64) = (0.0, 0.0, 0.0), "m", Range::Any;
        /// Body from whose origin the way to the point is observed instead; None: the world's.
        seen_from: Option<Body> = None, "", Range::Any;
        /// First axis that is observed: 0 is x.
        from: u32 = 0, "", Range::whole(0, 2);
        /// Number after the last axis; None: all.
        to: Option<u32> = None, "", Range::whole(1, 3);
    }
}
section! {
    /// Uprightness of a body.
    pub struct UprightPart {
        /// The body; None: the first one.
        body: Option<Body> = None, "", Range::Any;
    }
}

variants! {
    /// A part of the observation. Bodies are seen as the last evaluation of the dynamics in a step left them.
    pub enum ObservationPart {
        /// Positions of the joints (qpos).
        Positions(PositionsPart),
        /// Sines of positions.
        Sines(TurnsPart),
        /// Cosines of positions.
        Cosines(TurnsPart),
        /// Velocities of the joints (qvel).
        Velocities(VelocitiesPart),
        /// The controls of the step, in the motors' units.
        Controls(ControlsPart),
        /// Motor force on each degree of freedom.
        MotorForces(ForcesPart),
        /// Lengths of the muscles over their optimal ones.
        MuscleLengths(MusclesPart),
        /// Velocities of the muscles over their largest ones, positive when they lengthen.
        MuscleVelocities(MusclesPart),
        /// Tensions of the muscles, N.
        MuscleForces(MusclesPart),
        /// Activations of the muscles.
        Activations(MusclesPart),
        /// Force of limits and contacts on each degree of freedom.
        ConstraintForces(ForcesPart),
        /// Spatial inertias of the bodies about the centre of mass, 10 numbers each.
        Inertias(InertiasPart),
        /// Spatial velocities of the bodies about the centre of mass, 6 numbers each.
        BodyVelocities(BodiesPart),
        /// Contact forces on the bodies, 6 numbers each.
        ContactForces(BodiesPart),
        /// Place of a point, 3 numbers.
        Place(PlacePart),
        /// How far up a body's z axis points: 1 upright, -1 upside down.
        Upright(UprightPart),
    }
}

impl ObservationPart {
    /// Returns the default observation: positions and velocities.
    pub(super) fn usual() -> Vec<Self> {
        vec![Self::Positions(PositionsPart::default()), Self::Velocities(VelocitiesPart::default())]
    }
}
