//! Joints, geoms, sites and orientations, one element at a time.

use super::element::Element;
use super::inertia::{Inertia, moments, volume};
use super::rotation::{IDENTITY, TINY, about, add, compose, direction, dot, scale, sub, unit, z_to};
use super::settings::Compiler;
use super::shown::shown;
use super::vocabulary::{FREE_JOINT, GEOM, JOINT, SITE};
use crate::physics::model::{Quat, Vec3, geom, joint};

/// MuJoCo's default `solref`: time constant (s) and damping ratio.
const SOLREF: [f64; 2] = [0.02, 1.0];
/// MuJoCo's default `solimp`: `d0 dwidth width midpoint power`.
const SOLIMP: [f64; 5] = [0.9, 0.95, 0.001, 0.5, 2.0];
/// Density of geoms without a mass of their own, kg/m^3.
const DENSITY: f64 = 1000.0;

/// A joint; fields as in [`Model`](crate::physics::model::Model).
pub(super) struct Joint {
    pub(super) name: String,
    pub(super) kind: u32,
    pub(super) pos: Vec3,
    pub(super) axis: Vec3,
    pub(super) stiffness: f64,
    pub(super) limited: bool,
    pub(super) range: [f64; 2],
    pub(super) margin: f64,
    pub(super) solref: [f64; 2],
    pub(super) solimp: [f64; 5],
    /// `qpos0` of a slide or hinge.
    pub(super) reference: f64,
    /// `qpos_spring` of a slide or hinge.
    pub(super) spring_reference: f64,
    pub(super) armature: f64,
    pub(super) damping: f64,
}

/// A geom; fields as in [`Model`](crate::physics::model::Model).
pub(super) struct Geom<'a> {
    pub(super) element: Element<'a>,
    pub(super) name: String,
    pub(super) kind: u32,
    pub(super) size: Vec3,
    pub(super) pos: Vec3,
    pub(super) quat: Quat,
    pub(super) contype: u32,
    pub(super) conaffinity: u32,
    pub(super) condim: u32,
    pub(super) friction: Vec3,
    pub(super) margin: f64,
    pub(super) solref: [f64; 2],
    pub(super) solimp: [f64; 5],
    pub(super) solmix: f64,
    pub(super) inertia: Inertia,
}

/// Reader of parts under the settings of `<compiler>`.
pub(super) struct Reader<'b> {
    pub(super) compiler: &'b Compiler,
}

impl Reader<'_> {
    /// Returns the orientation of an element from its `quat`, `axisangle`, `euler` or `zaxis`; without any, no
    /// rotation.
    pub(super) fn orientation(&self, element: &Element) -> Quat {
        let Some(name) = element.one_of(&["quat", "axisangle", "euler", "zaxis"]) else { return IDENTITY };
        let before = element.refused();
        let quat = match name {
            "quat" => element.exactly(name).and_then(unit),
            "axisangle" => element.exactly(name).and_then(|[x, y, z, angle]: [f64; 4]| {
                direction([x, y, z]).map(|axis| about(axis, angle * self.compiler.angle))
            }),
            "euler" => element.exactly(name).map(|angles| self.euler(angles)),
            _ => element.exactly(name).and_then(direction).map(z_to),
        };
        if quat.is_none() && element.refused() == before {
            element.refuse_attribute(name, "has no direction", "give a vector that is not zero");
        }
        quat.unwrap_or(IDENTITY)
    }

    /// Returns the rotation about moving axes (lower case) or fixed ones (upper case), in the order of `eulerseq`.
    fn euler(&self, angles: Vec3) -> Quat {
        let turns = self.compiler.eulerseq.chars().zip(angles);
        turns.fold(IDENTITY, |quat, (letter, angle)| {
            let mut axis = [0.0; 3];
            axis["xyz".find(letter.to_ascii_lowercase()).unwrap_or(0)] = 1.0;
            let turn = about(axis, angle * self.compiler.angle);
            if letter.is_ascii_lowercase() { compose(quat, turn) } else { compose(turn, quat) }
        })
    }

    /// Reads a `<joint>` or `<freejoint>`.
    pub(super) fn joint(&self, element: &Element) -> Joint {
        if element.tag() == "freejoint" {
            element.check(&FREE_JOINT);
            return free_joint(element);
        }
        element.check(&JOINT);
        let mut joint = match element.keyword("type", &["free", "slide", "hinge"], "hinge") {
            "free" => Joint { range: element.numbers("range", [0.0; 2]), ..free_joint(element) },
            kind => self.scalar_joint(element, if kind == "hinge" { joint::HINGE } else { joint::SLIDE }),
        };
        joint.margin = element.number_from("margin", 0.0, 0.0);
        joint.solref = solref(element, "solreflimit");
        joint.solimp = solimp(element, "solimplimit");
        joint.stiffness = element.number_from("stiffness", 0.0, 0.0);
        joint.armature = element.number_from("armature", 0.0, 0.0);
        joint.damping = element.number_from("damping", 0.0, 0.0);
        if joint.limited && joint.range[1] - joint.range[0] < 2.0 * joint.margin {
            let advice = "both ends would act at once: give a margin below half the range, in the range's unit \
                (radian for hinges)";
            element.refuse_attribute("margin", "is larger than half the range", advice);
        }
        if joint.kind == joint::FREE && joint.stiffness > 0.0 {
            let advice =
                "allowed: 0, without which the body is not held in its place: slide and hinge joints may have springs";
            element.refuse_attribute("stiffness", "a free joint has no spring here", advice);
        }
        joint
    }

    fn scalar_joint(&self, element: &Element, kind: u32) -> Joint {
        let unit = if kind == joint::HINGE { self.compiler.angle } else { 1.0 };
        let limited = self.compiler.limited(element, "limited", "range");
        let axis = direction(element.numbers("axis", [0.0, 0.0, 1.0]));
        if axis.is_none() {
            element.refuse_attribute("axis", "has no direction", "give a vector that is not zero");
        }
        let range: [f64; 2] = element.numbers("range", [0.0; 2]);
        Joint {
            kind,
            pos: element.numbers("pos", [0.0; 3]),
            axis: axis.unwrap_or([0.0, 0.0, 1.0]),
            limited,
            // MuJoCo leaves the range of an unlimited joint as it is written.
            range: if limited { range.map(|bound| bound * unit) } else { range },
            reference: element.number("ref", 0.0) * unit,
            spring_reference: element.number("springref", 0.0) * unit,
            ..free_joint(element)
        }
    }

    /// Reads a `<geom>`, with its mass and moments. `None` if its kind is refused.
    pub(super) fn geom<'a>(&self, element: Element<'a>) -> Option<Geom<'a>> {
        element.check(&GEOM);
        let kind = geom_kind(&element)?;
        let (pos, quat, half_length) = self.geom_frame(&element, kind);
        let size = geom_size(&element, kind, half_length);
        let mass = geom_mass(&element, kind, size);
        Some(Geom {
            name: element.text("name").unwrap_or_default().into(),
            kind,
            size,
            pos,
            quat,
            contype: element.whole("contype", 1),
            conaffinity: element.whole("conaffinity", 1),
            condim: condim(&element),
            friction: geom_friction(&element),
            margin: element.number_from("margin", 0.0, 0.0),
            solref: solref(&element, "solref"),
            solimp: solimp(&element, "solimp"),
            solmix: element.number_from("solmix", 1.0, TINY),
            inertia: Inertia { mass, pos, quat, moments: moments(kind, size, mass) },
            element,
        })
    }

    /// Reads a `<site>` and returns its position in the body frame.
    pub(super) fn site(&self, element: &Element) -> Vec3 {
        element.check(&SITE);
        let pos = element.numbers("pos", [0.0; 3]);
        let Some([x0, y0, z0, x1, y1, z1]) = element.exactly("fromto") else { return pos };
        if !EXTENDED.contains(&element.text("type").unwrap_or("sphere")) {
            element.refuse_attribute("fromto", "is given for another type", FROM_TO);
        }
        if pos != [0.0; 3] {
            element.refuse_attribute("pos", "contradicts `fromto`", "give only one of pos, fromto");
        }
        scale(add([x0, y0, z0], [x1, y1, z1]), 0.5)
    }

    /// Returns the position and orientation of a geom, and half its length if `fromto` gives it.
    fn geom_frame(&self, element: &Element, kind: u32) -> (Vec3, Quat, Option<f64>) {
        let (pos, quat) = (element.numbers("pos", [0.0; 3]), self.orientation(element));
        let Some([x0, y0, z0, x1, y1, z1]) = element.exactly("fromto") else { return (pos, quat, None) };
        if kind == geom::PLANE || kind == geom::SPHERE {
            element.refuse_attribute("fromto", "is given for another type", FROM_TO);
        }
        if pos != [0.0; 3] {
            element.refuse_attribute("pos", "contradicts `fromto`", "give only one of pos, fromto");
        }
        let (from, to) = ([x0, y0, z0], [x1, y1, z1]);
        // MuJoCo's axis points from the second end to the first.
        let axis = sub(from, to);
        let length = dot(axis, axis).sqrt();
        let along = direction(axis);
        if along.is_none() {
            element.refuse_attribute("fromto", "the two ends coincide", "use type=\"sphere\" instead");
        }
        (scale(add(from, to), 0.5), z_to(along.unwrap_or([0.0, 0.0, 1.0])), Some(length / 2.0))
    }
}

/// Kinds of geoms that may be given by their two ends.
const EXTENDED: [&str; 4] = ["capsule", "cylinder", "ellipsoid", "box"];
const FROM_TO: &str = "allowed with the types capsule, cylinder, ellipsoid, box";

/// Returns the kind of a geom. `None` if it is refused: at the attribute `mesh` or `hfield` if it has one, else at
/// `type`.
fn geom_kind(element: &Element) -> Option<u32> {
    let name = element.text("type").unwrap_or("sphere");
    if ["mesh", "hfield"].contains(&name) && element.text(name).is_some() {
        return None;
    }
    let known = element.keyword("type", &geom::NAMES.map(|(name, _)| name), "sphere");
    geom::NAMES.iter().find(|(word, _)| *word == name && *word == known).map(|(_, kind)| *kind)
}

/// Returns the dimension of a contact: 1 without friction, 3 with friction along the surface.
fn condim(element: &Element) -> u32 {
    let text = element.text("condim").unwrap_or("3").trim();
    if !["1", "3"].contains(&text) {
        let advice =
            "allowed: 1, 3; friction that brakes turning and rolling (4, 6) is not simulated, with 3 it is lost";
        element.refuse_attribute(
            "condim",
            format!("`{}` is outside the supported subset of MJCF", shown(text)),
            advice,
        );
    }
    if text == "1" { 1 } else { 3 }
}

/// Returns a free joint with MuJoCo's defaults, which the other kinds share.
fn free_joint(element: &Element) -> Joint {
    Joint {
        name: element.text("name").unwrap_or_default().into(),
        kind: joint::FREE,
        pos: [0.0; 3],
        axis: [0.0, 0.0, 1.0],
        stiffness: 0.0,
        limited: false,
        range: [0.0; 2],
        margin: 0.0,
        solref: SOLREF,
        solimp: SOLIMP,
        reference: 0.0,
        spring_reference: 0.0,
        armature: 0.0,
        damping: 0.0,
    }
}

/// Returns the time constant and damping ratio. MuJoCo's direct form (both negative) is outside the subset.
pub(super) fn solref(element: &Element, name: &str) -> [f64; 2] {
    let values = element.up_to(name, SOLREF);
    if values.iter().any(|value| *value <= 0.0) {
        let advice = "give a time constant (s) and a damping ratio, such as 0.02 1; stiffness and damping themselves \
            (negative \
            numbers) are not simulated";
        element.refuse_attribute(name, "must be positive", advice);
        return SOLREF;
    }
    values
}

/// Returns the impedance parameters. MuJoCo clamps impedances and midpoint, so any value is valid. A curve with a
/// power other than 2 is outside the subset.
pub(super) fn solimp(element: &Element, name: &str) -> [f64; 5] {
    let values = element.up_to(name, SOLIMP);
    let [low, high, _, _, power] = values;
    if power != 2.0 && low != high {
        let advice = "allowed: 2, the fifth number, or equal impedances; another power is softer or stiffer on the way";
        element.refuse_attribute(name, format!("has the power {power}"), advice);
        return SOLIMP;
    }
    values
}

fn geom_size(element: &Element, kind: u32, half_length: Option<f64>) -> Vec3 {
    let mut size: Vec3 = element.up_to("size", [0.0; 3]);
    let (needed, meaning) = match kind {
        geom::PLANE => (0, "half lengths (0: without end) and the distance of grid lines, such as 5 5 0.1"),
        geom::SPHERE => (1, "a radius"),
        geom::CAPSULE | geom::CYLINDER => (2, "a radius and half a length, or a radius and fromto"),
        _ => (3, "three half lengths, or one and fromto"),
    };
    match half_length {
        Some(half_length) if needed == 3 => size = [size[0], size[0], half_length],
        Some(half_length) => size[1] = half_length,
        None => {}
    }
    let flat = kind == geom::PLANE && (size[2] <= 0.0 || size[0] < 0.0 || size[1] < 0.0);
    if flat || size[..needed].iter().any(|length| *length <= 0.0) {
        element.refuse_attribute("size", "is missing or not positive", format!("give {meaning}, in m"));
        return [1.0; 3];
    }
    size
}

fn geom_mass(element: &Element, kind: u32, size: Vec3) -> f64 {
    if kind == geom::PLANE {
        return 0.0;
    }
    let density = element.number_from("density", DENSITY, 0.0);
    element.number_from("mass", density * volume(kind, size), 0.0)
}

fn geom_friction(element: &Element) -> Vec3 {
    let friction: Vec3 = element.up_to("friction", [1.0, 0.005, 0.0001]);
    if friction[0] < 0.0 {
        element.refuse_attribute("friction", "is negative", "give a coefficient of sliding friction");
    }
    friction
}
