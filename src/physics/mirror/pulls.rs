//! Tendons, motors and muscles, and their images.

use super::{
    layout::{Layout, are_equal, reflected},
    parts::{image_of_range, name, number, numbers, range, same},
};
use crate::{
    kernel::mirror::Image,
    physics::{
        model::{transmission, wrap},
        muscle::{Laws, Muscle, Path},
    },
};

/// Mirror images of controls and activations.
pub struct Pulls {
    pub ctrl: Image,
    pub act: Image,
}

/// Sign with which one part is the image of another, or the difference.
type Sign = Result<f64, String>;

struct Robot<'a> {
    layout: &'a Layout<'a>,
    bodies: &'a [usize],
    /// Image and sign by joint.
    joints: &'a [(usize, f64)],
}

impl Pulls {
    /// Pairs the tendons and actuators.
    ///
    /// Errors: the first one that has no image.
    pub fn of(layout: &Layout, bodies: &[usize], joints: &[(usize, f64)]) -> Result<Self, String> {
        let (model, robot) = (layout.model, Robot { layout, bodies, joints });
        let label = |names: &[String], what: &str, id: usize| name(names, what, id);
        let driven = |id: usize| {
            let drives = |k: usize| {
                model.actuator_trntype.get(k) == Some(&transmission::TENDON) && model.actuator_trnid[k][0] == id as i64
            };
            model.tendon_acts(id) || (0..model.sizes.nu).any(drives)
        };
        let tendons: Vec<usize> = (0..model.sizes.ntendon).filter(|id| driven(*id)).collect();
        let tendons = involution(&tendons, |a, b| robot.tendon(a, b), |id| label(&model.names.tendon, "tendon", id))?;
        let motors: Vec<usize> = (0..model.sizes.nu).collect();
        let motors = involution(
            &motors,
            |a, b| robot.actuator(&tendons, a, b),
            |id| label(&model.names.actuator, "actuator", id),
        )?;
        let mut ctrl = Image::identity(model.sizes.nu);
        motors.iter().for_each(|&(a, b, sign)| ctrl.set(b, a, sign < 0.0));
        let muscles: Vec<usize> = Muscle::all(model).into_iter().map(|muscle| muscle.actuator).collect();
        let place = |actuator: usize| muscles.iter().position(|other| *other == actuator).unwrap_or_default();
        let act = Image {
            of: muscles.iter().map(|actuator| place(ctrl.of[*actuator])).collect(),
            negated: vec![false; muscles.len()],
        };
        Ok(Self { ctrl, act })
    }
}

/// Pairs each of `ids` with another if possible, else with itself. Returns id, image and sign for every id.
fn involution(
    ids: &[usize],
    sign: impl Fn(usize, usize) -> Sign,
    label: impl Fn(usize) -> String,
) -> Result<Vec<(usize, usize, f64)>, String> {
    let mut pairs: Vec<(usize, usize, f64)> = vec![];
    for &a in ids {
        if pairs.iter().any(|pair| pair.0 == a) {
            continue;
        }
        let free = ids.iter().filter(|id| **id > a && pairs.iter().all(|pair| pair.0 != **id));
        let found = free.chain([&a]).find_map(|b| sign(a, *b).ok().map(|sign| (*b, sign)));
        let Some((b, sign)) = found else {
            let others = ids.iter().filter(|id| **id != a).chain([&a]);
            let why = others.filter_map(|b| sign(a, *b).err()).find(|why| !why.is_empty());
            let why = why.unwrap_or_else(|| "nothing drives the image of what it drives".into());
            return Err(format!("{} has no image: {why}", label(a)));
        };
        pairs.push((a, b, sign));
        if a != b {
            pairs.push((b, a, sign));
        }
    }
    Ok(pairs)
}

/// Returns an empty reason for a candidate that is not worth a message.
fn another<T>() -> Result<T, String> {
    Err(String::new())
}

impl Robot<'_> {
    /// Returns the sign with which the length of tendon `b` is the image of that of tendon `a`.
    fn tendon(&self, a: usize, b: usize) -> Sign {
        let model = self.layout.model;
        let entries = |id: usize| model.tendon_adr[id]..model.tendon_adr[id] + model.tendon_num[id];
        let is_fixed = |id: usize| entries(id).all(|at| model.wrap_type[at] == wrap::JOINT);
        let sign = match (is_fixed(a), is_fixed(b)) {
            (true, true) => self.coefficients(entries(a), entries(b)),
            (false, false) if self.runs_alike(entries(a), entries(b)) => Ok(1.0),
            _ => another(),
        }?;
        let of = |what: &str| format!("{what} of {}", name(&model.names.tendon, "tendon", b));
        same(&of("whether there is a limit"), model.tendon_limited[b], model.tendon_limited[a])?;
        number(&of("the stiffness"), model.tendon_stiffness[b], model.tendon_stiffness[a])?;
        number(&of("the damping"), model.tendon_damping[b], model.tendon_damping[a])?;
        let image = |values: &[[f64; 2]]| image_of_range(values[a], sign);
        if model.tendon_stiffness[a] > 0.0 {
            let rest = &model.tendon_lengthspring;
            range(&of("the rest of the spring"), rest[b], image(rest))?;
        }
        if model.tendon_limited[a] {
            range(&of("the range"), model.tendon_range[b], image(&model.tendon_range))?;
            numbers(&of("the solref"), &model.tendon_solref_lim[b], &model.tendon_solref_lim[a])?;
            numbers(&of("the solimp"), &model.tendon_solimp_lim[b], &model.tendon_solimp_lim[a])?;
        }
        Ok(sign)
    }

    /// Returns the sign for two weighted sums of joints.
    fn coefficients(&self, a: std::ops::Range<usize>, b: std::ops::Range<usize>) -> Sign {
        let model = self.layout.model;
        let (mut wanted, mut found) = (vec![0.0; model.sizes.njnt], vec![0.0; model.sizes.njnt]);
        for at in a {
            let (image, sign) = self.joints[model.wrap_objid[at]];
            wanted[image] += sign * model.wrap_prm[at];
        }
        b.for_each(|at| found[model.wrap_objid[at]] += model.wrap_prm[at]);
        let is = |sign: f64| wanted.iter().zip(&found).all(|(wanted, found)| are_equal(sign * wanted, *found));
        [1.0, -1.0].into_iter().find(|sign| is(*sign)).map_or_else(another, Ok)
    }

    /// Returns whether two paths over sites are images of each other, in either direction.
    fn runs_alike(&self, a: std::ops::Range<usize>, b: std::ops::Range<usize>) -> bool {
        let model = self.layout.model;
        let is_image = |(a, b): (usize, usize)| {
            let (a, b) = (model.wrap_objid[a], model.wrap_objid[b]);
            let same_body = self.bodies[model.site_bodyid[a]] == model.site_bodyid[b];
            same_body && self.layout.are_near(reflected(self.layout.site(a)), self.layout.site(b))
        };
        a.len() == b.len() && (a.clone().zip(b.clone()).all(is_image) || a.zip(b.rev()).all(is_image))
    }

    /// Returns the sign with which the control of actuator `b` is the image of that of actuator `a`.
    fn actuator(&self, tendons: &[(usize, usize, f64)], a: usize, b: usize) -> Sign {
        let model = self.layout.model;
        let target = |k: usize| usize::try_from(model.actuator_trnid[k][0]).unwrap_or_default();
        let on_tendon = |k: usize| model.actuator_trntype.get(k) == Some(&transmission::TENDON);
        let image = match on_tendon(a) {
            true => tendons.iter().find(|tendon| tendon.0 == target(a)).map(|tendon| (tendon.1, tendon.2)),
            false => Some(self.joints[target(a)]),
        };
        let Some((image, sign)) = image.filter(|(image, _)| on_tendon(a) == on_tendon(b) && *image == target(b)) else {
            return another();
        };
        let of = |what: &str| format!("{what} of {}", name(&model.names.actuator, "actuator", b));
        let drives = if on_tendon(b) { ("tendon", &model.names.tendon) } else { ("joint", &model.names.joint) };
        let said = |why: String| format!("{why} (both on {} and its image)", name(drives.1, drives.0, image));
        let sign = match [a, b].map(|k| Muscle::of(model, k)) {
            [Some(a), Some(b)] => self.muscle(&a, &b, sign).map(|()| 1.0),
            [None, None] => {
                let force = |k: usize| model.actuator_gear[k][0] * model.actuator_gainprm[k][0];
                number(&of("the force per unit"), force(b).abs(), force(a).abs())
                    .map(|()| sign * force(a).signum() * force(b).signum())
            }
            _ => another(),
        };
        let sign = sign.map_err(|why| if why.is_empty() { why } else { said(why) })?;
        same(&of("whether there is a range"), model.actuator_ctrllimited[b], model.actuator_ctrllimited[a])?;
        range(&of("the range"), model.actuator_ctrlrange[b], image_of_range(model.actuator_ctrlrange[a], sign))?;
        Ok(sign)
    }

    /// Checks that muscle `b` pulls as the image of `a`. `sign` is that of the joints or tendons that they pull.
    fn muscle(&self, a: &Muscle, b: &Muscle, sign: f64) -> Result<(), String> {
        let model = self.layout.model;
        let of = |what: &str| format!("{what} of {}", name(&model.names.actuator, "actuator", b.actuator));
        let path = match a.laws.path {
            Path::Hinge { arms, side } => Path::Hinge { arms, side: side * sign },
            Path::Transmission => Path::Transmission,
        };
        if path == Path::Transmission {
            let gear = |muscle: &Muscle| model.actuator_gear[muscle.actuator][0];
            number(&of("the gear"), gear(b), sign * gear(a))?;
        }
        if b.laws != (Laws { path, ..a.laws }) {
            return Err(format!("{} are not those of its image", of("the laws")));
        }
        number(&of("the largest force"), b.peak, a.peak)?;
        number(&of("the optimal length"), b.optimal, a.optimal)?;
        number(&of("the length of the tendon"), b.slack, a.slack)?;
        number(&of("vmax"), b.vmax, a.vmax)
    }
}
