//! One joint, one geom, one orientation.

use super::element::Element;
use super::error::MjcfError;
use super::inertia::{Inertia, moments, volume};
use super::rotation::{IDENTITY, TINY, about, add, compose, direction, dot, scale, sub, unit, z_to};
use super::settings::Compiler;
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
    /// `qpos0` and `qpos_spring` of a slide or hinge.
    pub(super) reference: f64,
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

/// Reads parts as `<compiler>` says.
pub(super) struct Reader<'b> {
    pub(super) compiler: &'b Compiler,
}

impl Reader<'_> {
    /// The orientation of an element: `quat`, `axisangle`, `euler` or `zaxis`; none of them is no rotation.
    pub(super) fn orientation(&self, element: &Element) -> Result<Quat, MjcfError> {
        let names = ["quat", "axisangle", "euler", "zaxis"];
        let Some(name) = element.one_of(&names)? else { return Ok(IDENTITY) };
        let quat = match name {
            "quat" => element.exactly(name)?.and_then(unit),
            "axisangle" => element.exactly(name)?.and_then(|[x, y, z, angle]: [f64; 4]| {
                direction([x, y, z]).map(|axis| about(axis, angle * self.compiler.angle))
            }),
            "euler" => element.exactly(name)?.map(|angles| self.euler(angles)),
            _ => element.exactly(name)?.and_then(direction).map(z_to),
        };
        quat.ok_or_else(|| element.attribute_error(name, "has no direction", "give a vector that is not zero"))
    }

    /// Turns about the moving axes (lower case) or the fixed ones (upper case) in the order of `eulerseq`.
    fn euler(&self, angles: Vec3) -> Quat {
        let turns = self.compiler.eulerseq.chars().zip(angles);
        turns.fold(IDENTITY, |quat, (letter, angle)| {
            let mut axis = [0.0; 3];
            axis["xyz".find(letter.to_ascii_lowercase()).unwrap_or(0)] = 1.0;
            let turn = about(axis, angle * self.compiler.angle);
            if letter.is_ascii_lowercase() { compose(quat, turn) } else { compose(turn, quat) }
        })
    }

    /// A `<joint>` or `<freejoint>`.
    pub(super) fn joint(&self, element: &Element) -> Result<Joint, MjcfError> {
        if element.tag() == "freejoint" {
            element.check(&FREE_JOINT)?;
            return Ok(free_joint(element));
        }
        element.check(&JOINT)?;
        let mut joint = match element.keyword("type", &["free", "slide", "hinge"], "hinge")? {
            "free" => free_joint(element),
            kind => self.scalar_joint(element, if kind == "hinge" { joint::HINGE } else { joint::SLIDE })?,
        };
        joint.margin = element.number_from("margin", 0.0, 0.0)?;
        joint.solref = solref(element, "solreflimit")?;
        joint.solimp = solimp(element, "solimplimit")?;
        joint.stiffness = element.number_from("stiffness", 0.0, 0.0)?;
        joint.armature = element.number_from("armature", 0.0, 0.0)?;
        joint.damping = element.number_from("damping", 0.0, 0.0)?;
        if joint.limited && joint.range[1] - joint.range[0] < 2.0 * joint.margin {
            let advice = "both ends would act at once: give a margin below half the range, in the range's unit (radian for hinges)";
            return Err(element.attribute_error("margin", "is larger than half the range", advice));
        }
        if joint.kind == joint::FREE && joint.stiffness > 0.0 {
            return Err(element.attribute_error("stiffness", "a free joint has no spring here", "allowed: 0"));
        }
        Ok(joint)
    }

    fn scalar_joint(&self, element: &Element, kind: u32) -> Result<Joint, MjcfError> {
        let unit = if kind == joint::HINGE { self.compiler.angle } else { 1.0 };
        let limited = self.compiler.limited(element, "limited", "range")?;
        let axis = direction(element.numbers("axis", [0.0, 0.0, 1.0])?)
            .ok_or_else(|| element.attribute_error("axis", "has no direction", "give a vector that is not zero"))?;
        let range: [f64; 2] = element.numbers("range", [0.0; 2])?;
        Ok(Joint {
            kind,
            pos: element.numbers("pos", [0.0; 3])?,
            axis,
            limited,
            // MuJoCo leaves the range of an unlimited joint as it is written.
            range: if limited { range.map(|bound| bound * unit) } else { range },
            reference: element.number("ref", 0.0)? * unit,
            spring_reference: element.number("springref", 0.0)? * unit,
            ..free_joint(element)
        })
    }

    /// A `<geom>`, with its mass and moments.
    pub(super) fn geom<'a>(&self, element: Element<'a>) -> Result<Geom<'a>, MjcfError> {
        element.check(&GEOM)?;
        let name = element.keyword("type", &geom::NAMES.map(|(name, _)| name), "sphere")?;
        let kind = geom::NAMES.iter().find(|(known, _)| *known == name).map_or(geom::SPHERE, |(_, kind)| *kind);
        let (pos, quat, half_length) = self.geom_frame(&element, kind)?;
        let size = geom_size(&element, kind, half_length)?;
        let mass = geom_mass(&element, kind, size)?;
        Ok(Geom {
            name: element.text("name").unwrap_or_default().into(),
            kind,
            size,
            pos,
            quat,
            contype: element.whole("contype", 1)?,
            conaffinity: element.whole("conaffinity", 1)?,
            condim: if element.keyword("condim", &["1", "3"], "3")? == "1" { 1 } else { 3 },
            friction: geom_friction(&element)?,
            margin: element.number_from("margin", 0.0, 0.0)?,
            solref: solref(&element, "solref")?,
            solimp: solimp(&element, "solimp")?,
            solmix: element.number_from("solmix", 1.0, TINY)?,
            inertia: Inertia { mass, pos, quat, moments: moments(kind, size, mass) },
            element,
        })
    }

    /// Name and place of a `<site>`.
    pub(super) fn site(&self, element: &Element) -> Result<(String, Vec3), MjcfError> {
        element.check(&SITE)?;
        let pos = match element.exactly("fromto")? {
            Some([x0, y0, z0, x1, y1, z1]) => scale(add([x0, y0, z0], [x1, y1, z1]), 0.5),
            None => element.numbers("pos", [0.0; 3])?,
        };
        Ok((element.text("name").unwrap_or_default().into(), pos))
    }

    /// Position and orientation of a geom, and half its length if `fromto` gives it.
    fn geom_frame(&self, element: &Element, kind: u32) -> Result<(Vec3, Quat, Option<f64>), MjcfError> {
        let Some([x0, y0, z0, x1, y1, z1]) = element.exactly("fromto")? else {
            return Ok((element.numbers("pos", [0.0; 3])?, self.orientation(element)?, None));
        };
        if kind == geom::PLANE || kind == geom::SPHERE {
            let advice = "allowed with the types capsule, cylinder, ellipsoid, box";
            return Err(element.attribute_error("fromto", "is given for another type", advice));
        }
        if element.numbers("pos", [0.0; 3])? != [0.0; 3] {
            return Err(element.attribute_error("pos", "contradicts `fromto`", "give only one of pos, fromto"));
        }
        let (from, to) = ([x0, y0, z0], [x1, y1, z1]);
        // MuJoCo's axis points from the second end to the first.
        let axis = sub(from, to);
        let length = dot(axis, axis).sqrt();
        let Some(along) = direction(axis) else {
            return Err(element.attribute_error("fromto", "the two ends coincide", "use type=\"sphere\" instead"));
        };
        Ok((scale(add(from, to), 0.5), z_to(along), Some(length / 2.0)))
    }
}

/// A free joint with MuJoCo's defaults, which are those of the other kinds too.
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

/// Time constant and damping ratio; MuJoCo's direct form (both negative) is outside the subset.
pub(super) fn solref(element: &Element, name: &str) -> Result<[f64; 2], MjcfError> {
    let values = element.numbers(name, SOLREF)?;
    if values.iter().all(|value| *value > 0.0) {
        return Ok(values);
    }
    let advice = "give a time constant (s) and a damping ratio, such as 0.02 1";
    Err(element.attribute_error(name, "must be positive", advice))
}

/// MuJoCo clamps impedances and midpoint, so that any value has a meaning; a curve of another power than 2 is outside the subset.
pub(super) fn solimp(element: &Element, name: &str) -> Result<[f64; 5], MjcfError> {
    let values = element.numbers(name, SOLIMP)?;
    let [low, high, _, _, power] = values;
    if power == 2.0 || low == high {
        return Ok(values);
    }
    Err(element.attribute_error(
        name,
        format!("has the power {power}"),
        "allowed: 2, the fifth number, or equal impedances",
    ))
}

fn geom_size(element: &Element, kind: u32, half_length: Option<f64>) -> Result<Vec3, MjcfError> {
    let mut size: Vec3 = element.numbers("size", [0.0; 3])?;
    let (needed, meaning) = match kind {
        geom::PLANE => (0, "half lengths and grid"),
        geom::SPHERE => (1, "a radius"),
        geom::CAPSULE | geom::CYLINDER => (2, "a radius and half a length, or a radius and fromto"),
        _ => (3, "three half lengths, or one and fromto"),
    };
    match half_length {
        Some(half_length) if needed == 3 => size = [size[0], size[0], half_length],
        Some(half_length) => size[1] = half_length,
        None => {}
    }
    if size[..needed].iter().any(|length| *length <= 0.0) {
        return Err(element.attribute_error("size", "is missing or not positive", format!("give {meaning}, in m")));
    }
    Ok(size)
}

fn geom_mass(element: &Element, kind: u32, size: Vec3) -> Result<f64, MjcfError> {
    if kind == geom::PLANE {
        return Ok(0.0);
    }
    let density = element.number_from("density", DENSITY, 0.0)?;
    element.number_from("mass", density * volume(kind, size), 0.0)
}

fn geom_friction(element: &Element) -> Result<Vec3, MjcfError> {
    let friction: Vec3 = element.numbers("friction", [1.0, 0.005, 0.0001])?;
    if friction[0] < 0.0 {
        return Err(element.attribute_error("friction", "is negative", "give a coefficient of sliding friction"));
    }
    Ok(friction)
}
