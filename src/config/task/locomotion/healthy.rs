//! Ranges within which a user-supplied robot is healthy.

use crate::config::{
    schema::{Range, section, variants},
    task::part::{Body, Joint},
};

section! {
    /// A range of one position.
    pub struct PositionRange {
        /// Number of the position (qpos).
        index: u32 = 0, "", Range::Any, true;
        /// The healthy values.
        range: (f64, f64) = (f64::NEG_INFINITY, f64::INFINITY), "m, rad", Range::Any, true;
    }
}
section! {
    /// A range of one joint's position.
    pub struct JointRange {
        /// A slide or hinge joint.
        joint: Joint = Joint::default(), "", Range::Any, true;
        /// The healthy values.
        range: (f64, f64) = (f64::NEG_INFINITY, f64::INFINITY), "m, rad", Range::Any, true;
    }
}
section! {
    /// A range of a body's height.
    pub struct HeightRange {
        /// The body; None: the first one.
        body: Option<Body> = None, "", Range::Any;
        /// A point of the body, from its origin, in its axes.
        offset: (f64, f64, f64) = (0.0, 0.0, 0.0), "m", Range::Any;
        /// The healthy values.
        range: (f64, f64) = (f64::NEG_INFINITY, f64::INFINITY), "m", Range::Any, true;
    }
}
section! {
    /// A range of a body's uprightness.
    pub struct UprightRange {
        /// The body; None: the first one.
        body: Option<Body> = None, "", Range::Any;
        /// The healthy heights of the tip of its z axis: 1 upright, -1 upside down.
        range: (f64, f64) = (0.0, f64::INFINITY), "", Range::Any;
    }
}
section! {
    /// A range of the whole state.
    pub struct StateRange {
        /// First position that counts; all velocities do.
        from: u32 = 0, "", Range::Any;
        /// The healthy values.
        range: (f64, f64) = (-100.0, 100.0), "m, rad, m/s, rad/s", Range::Any;
    }
}

variants! {
    /// A range within which the body is healthy.
    pub enum HealthyRange {
        /// Of one position, by its number.
        Position(PositionRange),
        /// Of one slide or hinge joint.
        Joint(JointRange),
        /// Of a body's height.
        Height(HeightRange),
        /// Of how upright a body is.
        Upright(UprightRange),
        /// Of all positions from one on, and all velocities.
        State(StateRange),
    }
}
