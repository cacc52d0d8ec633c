//! Checks that one body, with its joints and the geoms that touch, is the image of another.

use super::layout::{
    Layout, are_equal, are_images, are_parallel, are_same_tensors, joints, reflected, reflected_tensor,
};
use crate::physics::{
    mjcf::rotation::{Mat3, dot, matrix},
    model::{Vec3, geom, joint},
    pairs::{kind_name, may_touch},
};

/// Reason why a part is not the image of another: the number of checks passed, and the difference, such as
/// `its mass is 2, not 3`.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    pub passed: usize,
    pub what: String,
}

type Check = Result<(), String>;

/// Returns for each geom whether it can touch something, `[ngeom]`.
pub fn touching(layout: &Layout) -> Vec<bool> {
    let (model, count) = (layout.model, layout.model.sizes.ngeom);
    (0..count).map(|a| (0..count).any(|b| a != b && may_touch(model, a, b))).collect()
}

/// Checks that body `b` is the image of body `a`, and returns the number of checks passed. `touching` is per geom.
/// Geometry is checked first, so that the body that passes most checks is the one that was meant.
pub fn bodies(layout: &Layout, touching: &[bool], a: usize, b: usize) -> Result<usize, Difference> {
    let model = layout.model;
    let geoms = |body: usize| {
        let own = |geom: &usize| touching[*geom] && model.geom_bodyid[*geom] == body;
        (0..model.sizes.ngeom).filter(own).collect::<Vec<_>>()
    };
    let each_joint = |check: &dyn Fn(usize, usize) -> Check| {
        joints(model, a).zip(joints(model, b)).try_for_each(|(a, b)| check(a, b))
    };
    let (wanted, found) = (geoms(a), geoms(b));
    let mass = [model.body_mass[b], model.body_mass[a]];
    let checks: [&dyn Fn() -> Check; 10] = [
        &|| same("its number of joints", model.body_jntnum[b], model.body_jntnum[a]),
        &|| each_joint(&|a, b| same(&of_joint("the kind", layout, b), kind(layout, b), kind(layout, a))),
        &|| each_joint(&|a, b| axis(layout, a, b)),
        &|| same("its number of geoms that can touch", found.len(), wanted.len()),
        &|| match_geoms(&wanted, &found, |a, b| shape(layout, a, b)),
        &|| place(layout, "its centre of mass", layout.centre_of_mass(b), layout.centre_of_mass(a)),
        &|| number("its mass", mass[0], mass[1]),
        &|| inertia(layout, a, b),
        &|| each_joint(&|a, b| limits(layout, a, b)),
        &|| match_geoms(&wanted, &found, |a, b| shape(layout, a, b).and_then(|()| contact(layout, a, b))),
    ];
    for (passed, check) in checks.iter().enumerate() {
        check().map_err(|what| Difference { passed, what })?;
    }
    Ok(checks.len())
}

fn kind(layout: &Layout, id: usize) -> &'static str {
    match layout.model.jnt_type[id] {
        joint::FREE => "free",
        joint::SLIDE => "a slide",
        _ => "a hinge",
    }
}

fn axis(layout: &Layout, a: usize, b: usize) -> Check {
    let is_image = layout.model.jnt_type[a] == joint::FREE || layout.sign(a, b).is_some();
    let other = name(&layout.model.names.joint, "joint", a);
    let own = if a == b { "its own image".into() } else { format!("the image of that of {other}") };
    is_image.then_some(()).ok_or_else(|| format!("{} is not {own}", of_joint("the axis", layout, b)))
}

fn inertia(layout: &Layout, a: usize, b: usize) -> Check {
    let (model, opt) = (layout.model, &layout.model.opt);
    let (wanted, found) = (reflected_tensor(&layout.inertia(a)), layout.inertia(b));
    // the medium drags a box along the principal axes, which are arbitrary if moments are equal
    let is_drag_image = || {
        let frame = |body: usize| (layout.principal_frame(body), model.body_inertia[body]);
        opt.density == 0.0 && opt.viscosity == 0.0 || are_images(frame(a), frame(b))
    };
    match are_same_tensors(&wanted, &found) {
        true if is_drag_image() => Ok(()),
        true => Err("its principal axes, by which the medium drags, lie otherwise".into()),
        false => Err(format!("its inertia is {}, not {}", tensor(&found), tensor(&wanted))),
    }
}

/// Formats a tensor as Ixx Iyy Izz Ixy Ixz Iyz.
fn tensor(m: &Mat3) -> String {
    let all = [m[0][0], m[1][1], m[2][2], m[0][1], m[0][2], m[1][2]];
    format!("({})", all.map(shown).join(" "))
}

fn limits(layout: &Layout, a: usize, b: usize) -> Check {
    let model = layout.model;
    let of = |what: &str| of_joint(what, layout, b);
    same(&of("whether there is a limit"), model.jnt_limited[b], model.jnt_limited[a])?;
    if !model.jnt_limited[a] || model.jnt_type[a] == joint::FREE {
        return Ok(());
    }
    let sign = layout.sign(a, b).unwrap_or(1.0);
    range(&of("the range"), model.jnt_range[b], image_of_range(model.jnt_range[a], sign))?;
    number(&of("the margin"), model.jnt_margin[b], model.jnt_margin[a])?;
    numbers(&of("the solref"), &model.jnt_solref[b], &model.jnt_solref[a])?;
    numbers(&of("the solimp"), &model.jnt_solimp[b], &model.jnt_solimp[a])
}

/// Finds a separate image in `found` for every geom of `wanted`. Both have the same length.
fn match_geoms(wanted: &[usize], found: &[usize], check: impl Fn(usize, usize) -> Check) -> Check {
    let mut free = found.to_vec();
    for a in wanted {
        match free.iter().position(|b| check(*a, *b).is_ok()) {
            Some(at) => drop(free.remove(at)),
            None => return free.first().map_or(Ok(()), |b| check(*a, *b)),
        }
    }
    Ok(())
}

fn shape(layout: &Layout, a: usize, b: usize) -> Check {
    let model = layout.model;
    let of = |what: &str| of_geom(what, layout, b);
    let kinds = [b, a].map(|geom| kind_name(model.geom_type[geom]));
    same(&of("the kind"), kinds[0], kinds[1])?;
    let ((wanted, frame), (found, other)) = (layout.geom(a), layout.geom(b));
    let z = |frame| matrix(frame).map(|row| row[2]);
    let (axis, other_axis) = (reflected(z(frame)), z(other));
    let turned = || Err(format!("{} lies otherwise", of("the axis")));
    let (size, other_size) = (model.geom_size[a], model.geom_size[b]);
    match model.geom_type[a] {
        geom::PLANE => {
            let height = |point: Vec3| dot(point, other_axis);
            match are_parallel(axis, other_axis) && dot(axis, other_axis) > 0.0 {
                true => {
                    place(layout, &of("the height"), [height(found), 0.0, 0.0], [height(reflected(wanted)), 0.0, 0.0])
                }
                false => turned(),
            }
        }
        geom::SPHERE => {
            place(layout, &of("the centre"), found, wanted)?;
            number(&of("the radius"), other_size[0], size[0])
        }
        geom::CAPSULE | geom::CYLINDER => {
            place(layout, &of("the centre"), found, wanted)?;
            numbers(&of("the size"), &other_size[..2], &size[..2])?;
            if are_parallel(axis, other_axis) { Ok(()) } else { turned() }
        }
        _ => {
            place(layout, &of("the centre"), found, wanted)?;
            if are_images((frame, size), (other, other_size)) {
                return Ok(());
            }
            Err(format!("{}, along its axes, is not that of its image", of("the size")))
        }
    }
}

fn contact(layout: &Layout, a: usize, b: usize) -> Check {
    let model = layout.model;
    let of = |what: &str| of_geom(what, layout, b);
    same(&of("the contype"), model.geom_contype[b], model.geom_contype[a])?;
    same(&of("the conaffinity"), model.geom_conaffinity[b], model.geom_conaffinity[a])?;
    same(&of("the condim"), model.geom_condim[b], model.geom_condim[a])?;
    same(&of("the priority"), model.geom_priority[b], model.geom_priority[a])?;
    numbers(&of("the friction"), &model.geom_friction[b], &model.geom_friction[a])?;
    number(&of("the margin"), model.geom_margin[b], model.geom_margin[a])?;
    number(&of("the solmix"), model.geom_solmix[b], model.geom_solmix[a])?;
    numbers(&of("the solref"), &model.geom_solref[b], &model.geom_solref[a])?;
    numbers(&of("the solimp"), &model.geom_solimp[b], &model.geom_solimp[a])
}

/// Checks that the point `found` is the image of the point `of`.
pub fn place(layout: &Layout, what: &str, found: Vec3, of: Vec3) -> Check {
    let wanted = reflected(of);
    let list = |point: Vec3| format!("({})", point.map(shown).join(" "));
    layout.are_near(found, wanted).then_some(()).ok_or_else(|| said(what, list(found), list(wanted)))
}

pub fn same<T: PartialEq + std::fmt::Display>(what: &str, found: T, wanted: T) -> Check {
    if found == wanted { Ok(()) } else { Err(said(what, found, wanted)) }
}

pub fn number(what: &str, found: f64, wanted: f64) -> Check {
    if are_equal(found, wanted) { Ok(()) } else { Err(said(what, shown(found), shown(wanted))) }
}

pub fn numbers(what: &str, found: &[f64], wanted: &[f64]) -> Check {
    let list = |values: &[f64]| values.iter().map(|x| shown(*x)).collect::<Vec<_>>().join(" ");
    let alike = found.iter().zip(wanted).all(|(a, b)| are_equal(*a, *b));
    if alike { Ok(()) } else { Err(said(what, list(found), list(wanted))) }
}

/// Checks an interval like [`numbers`], but an end near 0 may be off by the rounding of the other.
pub fn range(what: &str, found: [f64; 2], wanted: [f64; 2]) -> Check {
    let width = |[low, high]: [f64; 2]| [low, high, low.abs().max(high.abs())];
    let alike = (0..2).all(|k| are_equal(width(found)[2] + found[k], width(wanted)[2] + wanted[k]));
    if alike { Ok(()) } else { numbers(what, &found, &wanted) }
}

/// Returns the image of an interval whose coordinate is multiplied by `sign`.
pub fn image_of_range([low, high]: [f64; 2], sign: f64) -> [f64; 2] {
    // avoids -0, which would not print as 0
    if sign < 0.0 { [0.0 - high, 0.0 - low] } else { [low, high] }
}

fn said(what: &str, found: impl std::fmt::Display, wanted: impl std::fmt::Display) -> String {
    format!("{what} is {found}, not {wanted}")
}

/// Formats a number with enough digits to tell it from others in a file.
pub fn shown(x: f64) -> String {
    let x = x + 0.0; // no -0
    format!("{:.9e}", x).parse::<f64>().unwrap_or(x).to_string()
}

fn of_joint(what: &str, layout: &Layout, id: usize) -> String {
    format!("{what} of {}", name(&layout.model.names.joint, "joint", id))
}

fn of_geom(what: &str, layout: &Layout, id: usize) -> String {
    format!("{what} of {}", name(&layout.model.names.geom, "geom", id))
}

/// Returns a part's name, or its number if it has none.
pub fn name(names: &[String], what: &str, id: usize) -> String {
    names
        .get(id)
        .filter(|name| !name.is_empty())
        .map_or_else(|| format!("{what} {id}"), |name| format!("{what} {name}"))
}
