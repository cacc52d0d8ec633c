//! Attributes of each element: read, skipped, restricted to supported values, or refused with advice.

mod bodies;
mod drives;
mod settings;

pub(super) use bodies::{BODY, EXCLUDE, FREE_JOINT, GEOM, INERTIAL, JOINT, SITE};
pub(super) use drives::{CUSTOM_TEXT, FIXED_TENDON, MOTOR, MUSCLE, TENDON, TENDON_JOINT, TENDON_SITE};
pub(super) use settings::{COMPILER, FLAG, LENGTH_RANGE, OPTION, PGS};

use bodies::MESH;

/// Attributes that an element may have.
pub(super) struct Vocabulary {
    /// Attributes that change the model.
    pub(super) read: &'static [&'static str],
    /// Attributes without effect on the motion: names, colours, solver budgets. They are skipped and counted.
    pub(super) harmless: &'static [&'static str],
    /// Attributes that are skipped and counted although MuJoCo's motion may depend on them, with their effect.
    pub(super) unlike: &'static [(&'static str, &'static str)],
    /// Attributes that are accepted only with these values, with advice on others.
    pub(super) fixed: &'static [(&'static str, &'static [&'static str], &'static str)],
    /// Attributes of MJCF that are refused, with their effect and advice.
    pub(super) refused: &'static [(&'static str, &'static str)],
    /// Attributes that only an element itself can have, not its default.
    pub(super) own: &'static [&'static str],
    /// Child elements that it may have.
    pub(super) parts: &'static [&'static str],
}

impl Vocabulary {
    /// Returns the attributes to offer in an error message.
    pub(super) fn listing(&self) -> String {
        if self.read.is_empty() { "no attribute".into() } else { self.read.join(", ") }
    }
}

const NONE: Vocabulary =
    Vocabulary { read: &[], harmless: &[], unlike: &[], fixed: &[], refused: &[], own: &[], parts: &[] };

/// Sections without effect on the motion; they are skipped and counted.
pub(super) const SKIPPED_SECTIONS: &[&str] = &["asset", "keyframe", "sensor", "size", "statistic", "visual"];

/// Sections that are skipped if they are empty, and refused otherwise.
pub(super) const EMPTY_SECTIONS: &[&str] = &["deformable", "equality", "extension"];

/// Sections that are read.
pub(super) const SECTIONS: &[&str] =
    &["compiler", "option", "default", "worldbody", "contact", "actuator", "tendon", "custom"];

/// Parts of a body without effect on the motion; they are skipped and counted.
pub(super) const SKIPPED_PARTS: &[&str] = &["camera", "light"];

/// Kinds of elements that are skipped or refused anyway, so that their defaults have no effect.
pub(super) const SKIPPED_DEFAULTS: &[&str] = &["camera", "equality", "light", "material", "mesh", "pair", "texture"];

/// The root element.
pub(super) const ROOT: Vocabulary = Vocabulary { harmless: &["model"], parts: SECTIONS, ..NONE };

/// A section that takes no attributes.
pub(super) const SECTION: Vocabulary = Vocabulary { parts: &["its own"], ..NONE };

pub(super) const DEFAULT: Vocabulary = Vocabulary { read: &["class"], parts: &["default"], ..NONE };

/// Advice on keywords of MJCF that are refused.
pub(super) const WORDS: &[(&str, &str)] = &[
    (
        "ball",
        "ball joints are not simulated: three hinges in one place move alike, but not in every pose, and have limits \
            and springs of their own",
    ),
    ("discrete", INTEGRATORS),
    ("hfield", "height fields are not simulated: planes or boxes may be near to them"),
    ("implicit", INTEGRATORS),
    ("implicitfast", INTEGRATORS),
    ("mesh", MESH),
    ("sdf", "signed distance fields are not simulated"),
];

const INTEGRATORS: &str =
    "another integrator moves a little differently; with Euler, joint damping is integrated implicitly as well";
