//! Pairs of geoms that can touch, and their contact parameters.

use super::{StepperError, softness::Softness, stiffness::give};
use crate::physics::{
    model::{Model, geom},
    pairs::{is_known, kind_name, may_touch, ordered},
};

/// Two geoms that can touch, the one with the smaller kind first.
#[derive(Debug, Clone, Copy)]
pub struct Pair {
    /// Indices of the geoms. The normal points from the first to the second.
    pub geoms: [usize; 2],
    /// Indices of their bodies.
    pub bodies: [usize; 2],
    /// Their kinds.
    pub kinds: [u32; 2],
    /// Contact dimension: 1 (frictionless) or 3 (pyramid).
    pub condim: u32,
    /// Coefficient of sliding friction.
    pub friction: f64,
    /// Distance below which the contact acts, m.
    pub margin: f64,
    /// Softness of the contact.
    pub softness: Softness,
    /// Sum of the bodies' translational inverse weights.
    pub inverse_weight: f64,
    /// Compliance of the spring along the normal of a stiff contact, (m/s^2)/N; 0 without one.
    pub give: f64,
}

impl Pair {
    /// Returns whether one of the geoms is a plane.
    pub fn has_plane(&self) -> bool {
        self.kinds[0] == geom::PLANE
    }

    /// Returns whether the contact is stiff: it has a spring and a multiplier.
    pub fn is_stiff(&self) -> bool {
        self.give > 0.0
    }

    /// Returns the most contacts that two geoms, neither of them a plane, can make: parallel capsules touch in two
    /// places.
    pub fn most_contacts(&self) -> usize {
        if self.kinds == [geom::CAPSULE; 2] { 2 } else { 1 }
    }

    /// Returns the approximate diagonal of J M^-1 J^T, which all rows of the contact share.
    pub fn diagonal(&self) -> f64 {
        let mu2 = self.friction * self.friction;
        if self.condim == 1 { self.inverse_weight } else { 2.0 * mu2 * (1.0 + mu2) * self.inverse_weight }
    }
}

/// Two geoms whose contacts are outside the subset.
#[derive(Debug, thiserror::Error)]
#[error("geoms {} and {}: {problem}", geoms[0], geoms[1])]
pub struct PairError {
    /// Indices of the geoms.
    pub geoms: [usize; 2],
    /// Reason as a clause, such as "there is no contact of box and box".
    pub problem: String,
}

/// Reason why bodies that only rotate cannot touch.
pub const FIXED: &str = "their centres of mass cannot move, for which a contact would be infinitely stiff";

/// Returns all pairs that MuJoCo's filters let through.
///
/// Errors: kinds or parameters outside the subset.
pub fn pairs(model: &Model) -> Result<Vec<Pair>, StepperError> {
    let mut pairs = vec![];
    for i in 0..model.sizes.ngeom {
        for j in (i + 1..model.sizes.ngeom).filter(|j| may_touch(model, i, *j)) {
            pairs.push(pair(model, ordered(model, i, j))?);
        }
    }
    Ok(pairs)
}

/// Returns the contact parameters of two geoms, in the sequence of [`ordered`].
pub fn pair(model: &Model, geoms: [usize; 2]) -> Result<Pair, PairError> {
    let refuse = |problem: String| Err(PairError { geoms, problem });
    let [a, b] = geoms;
    let bodies = geoms.map(|g| model.geom_bodyid[g]);
    let kinds = geoms.map(|g| model.geom_type[g]);
    if !is_known(kinds) {
        let [first, second] = kinds.map(kind_name);
        return refuse(format!("there is no contact of {first} and {second}"));
    }
    if kinds[0] == geom::PLANE && model.body_weldid[bodies[0]] != 0 {
        return refuse("the plane moves".into());
    }
    // The geom of higher priority decides; equal priorities mix.
    let share = match model.geom_priority[a].cmp(&model.geom_priority[b]) {
        std::cmp::Ordering::Greater => 1.0,
        std::cmp::Ordering::Less => 0.0,
        std::cmp::Ordering::Equal => model.geom_solmix[a] / (model.geom_solmix[a] + model.geom_solmix[b]),
    };
    let mix = |x: f64, y: f64| share * x + (1.0 - share) * y;
    let solref = std::array::from_fn(|k| mix(model.geom_solref[a][k], model.geom_solref[b][k]));
    let solimp = std::array::from_fn(|k| mix(model.geom_solimp[a][k], model.geom_solimp[b][k]));
    let equal = model.geom_priority[a] == model.geom_priority[b];
    let stronger = if share == 0.0 { b } else { a };
    let condim = if equal { model.geom_condim[a].max(model.geom_condim[b]) } else { model.geom_condim[stronger] };
    let friction =
        if equal { model.geom_friction[a][0].max(model.geom_friction[b][0]) } else { model.geom_friction[stronger][0] };
    if condim != 1 && condim != 3 {
        return refuse(format!("there is no contact of condim {condim}"));
    }
    let inverse_weight = bodies.iter().map(|&body| model.body_invweight0[body][0]).sum();
    if inverse_weight <= 1e-15 {
        return refuse(FIXED.into());
    }
    let softness = Softness::new(solref, solimp, model.opt.timestep)
        .map_err(|error| PairError { geoms, problem: error.to_string() })?;
    let pair = Pair {
        geoms,
        bodies,
        kinds,
        condim,
        friction: friction.max(1e-5),
        margin: model.geom_margin[a] + model.geom_margin[b],
        softness,
        inverse_weight,
        give: 0.0,
    };
    Ok(Pair { give: give(model, &pair), ..pair })
}
