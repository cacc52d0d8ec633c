//! Bounds on the stiffness of rows in `f32`.
//!
//! A contact's stiffness here is a pure number: the sum of its rows' weights D times the inverse weight of its
//! bodies. It says about how many times stronger the rows are than the bodies' inertia. For small friction mu it is
//! about `2 d / ((1 - d) mu^2)`: a pyramid of little friction is almost rigid along its normal. Each solve of
//! Newton's system in `f32` loses that many times the rounding of its step.

use super::{StepperError, contact::Pair, softness::Softness};
use crate::physics::model::{Model, joint, wrap};

/// Largest stiffness of a contact in Newton's system, for a robot whose movements have nothing in common. Stiffer
/// contacts act through a spring of this stiffness, and a multiplier takes back what it gives way by
/// ([`super::multipliers`]). About 1 / `STIFFEST` of that is left each time.
///
/// The more alike the movements, the fewer digits are left and the lower the bound ([`stiffest`]). Random robots need
/// equally few solves with any value from 1e4 to 1e5. At 1e6, rounding of the springs' forces begins to cost digits.
const STIFFEST: f64 = 3e4;

/// Smallest share of [`STIFFEST`] that is left if movements are alike. Multipliers then settle in a few solves.
const LEAST_SHARE: f64 = 0.03;

/// Stiffness up to which a single solve is exact enough if no row changes its activity.
const ORDINARY: f64 = 300.0;

/// Share of digits below which a single solve is too inexact for any contact. Humanoid has 1e-2 of them left.
const ALIKE: f64 = 3e-3;

/// Change of velocity up to which a solve of stiff rows, or of movements that are nearly alike, is exact enough, m/s or rad/s.
const SMALL: f64 = 1e-3;

/// Returns the largest stiffness of a row in Newton's system of a robot. Each pivot of the inertia matrix is what is
/// left of a diagonal entry once other movements are subtracted. The smallest such share at `qpos0` is the share of
/// digits that is left.
pub fn stiffest(model: &Model) -> f64 {
    STIFFEST * least_share(model).max(LEAST_SHARE)
}

/// Returns the smallest share of a movement's inertia that is its own.
fn least_share(model: &Model) -> f64 {
    let shares = model.dof_m0.iter().zip(&model.dof_invweight0).map(|(inertia, weight)| 1.0 / (inertia * weight));
    shares.fold(1.0, f64::min)
}

/// Returns a pair's stiffness at full depth.
pub fn stiffness(pair: &Pair) -> f64 {
    f64::from(rows(pair)) * ratio(&pair.softness) * pair.inverse_weight / pair.diagonal()
}

/// Returns the compliance of the spring with which a stiff `pair` enters Newton's system; 0 for others.
pub fn give(model: &Model, pair: &Pair) -> f64 {
    let stiffest = stiffest(model);
    if stiffness(pair) > stiffest { pair.inverse_weight / stiffest } else { 0.0 }
}

/// Returns a bound on changes of velocity (m/s, rad/s). A solve that changes some velocity by more in a time step is
/// followed by another, even if no row flipped. The reason is that its error is a share of that change.
///
/// Errors: limits outside the subset.
pub fn settled(model: &Model, pairs: &[Pair]) -> Result<f64, StepperError> {
    let joints = (0..model.sizes.njnt).filter(|&j| model.jnt_limited[j] && model.jnt_type[j] != joint::FREE);
    let joints = joints.map(|j| (model.jnt_solref[j], model.jnt_solimp[j]));
    let (rigid, tendons): (Vec<_>, Vec<_>) =
        (0..model.sizes.ntendon).filter(|&t| model.tendon_limited[t]).partition(|&t| has_stiff_limit(model, t));
    let tendons = tendons.into_iter().map(|t| (model.tendon_solref_lim[t], model.tendon_solimp_lim[t]));
    let most = stiffest(model);
    let mut stiffest = if rigid.is_empty() { ORDINARY } else { most };
    for (solref, solimp) in joints.chain(tendons) {
        stiffest = stiffest.max(ratio(&Softness::new(solref, solimp, model.opt.timestep)?));
    }
    let contacts = pairs.iter().map(|pair| stiffness(pair).min(most));
    let stiffest = contacts.fold(stiffest, f64::max);
    let some_stiff = stiffest > ORDINARY || pairs.iter().any(Pair::is_stiff);
    let alike = !pairs.is_empty() && least_share(model) < ALIKE;
    Ok(match (some_stiff, alike) {
        (true, _) => (ORDINARY / stiffest).min(SMALL),
        (false, true) => SMALL,
        (false, false) => 1.0,
    })
}

/// Returns whether the limit of a tendon may be stiff. Its weight follows from its mobility in the start pose, which
/// may be zero.
pub fn has_stiff_limit(model: &Model, tendon: usize) -> bool {
    let first = model.tendon_adr[tendon];
    let spatial = (first..first + model.tendon_num[tendon]).any(|part| model.wrap_type[part] != wrap::JOINT);
    spatial || model.tendon_invweight0[tendon] <= 0.0
}

/// Returns whether a robot with the velocity bound `settled` has a stiff row.
pub fn is_stiff(settled: f64) -> bool {
    settled < 1.0
}

/// Returns d / (1 - d) at the largest impedance.
fn ratio(softness: &Softness) -> f64 {
    let [low, high] = softness.impedance;
    let impedance = low.max(high);
    impedance / (1.0 - impedance)
}

fn rows(pair: &Pair) -> u32 {
    if pair.condim == 1 { 1 } else { 4 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::physics::{mjcf, stepper::pairs};

    fn ball(geom: &str) -> Model {
        let text = format!(
            r#"<mujoco><worldbody><geom type="plane" size="1 1 1" {geom}/><body><freejoint/><geom size="0.1" {geom}/></body>
            </worldbody></mujoco>"#
        );
        mjcf::compile("ball", &text).expect("the robot is in the subset").model
    }

    /// Returns whether the ball's contact is stiff, and its [`settled`].
    fn of(geom: &str) -> (bool, f64) {
        let model = ball(geom);
        let pairs = pairs(&model).expect("the pair is known");
        (pairs[0].is_stiff(), settled(&model, &pairs).expect("there are no limits"))
    }

    #[test]
    fn ordinary_contacts_are_left_alone() {
        assert_eq!(of(r#"friction="1 0 0""#), (false, 1.0), "MuJoCo's defaults");
        assert_eq!(of(r#"friction="0.4 0 0""#), (false, 1.0), "the least friction of Gymnasium's robots");
        assert_eq!(
            of(r#"friction="0 0 0" condim="1""#),
            (false, 1.0),
            "a row without friction is no stiffer than its impedance"
        );
    }

    #[test]
    fn rows_that_f32_cannot_tell_apart_have_springs() {
        // d / (1 - d) is 19: 38 / mu^2 reaches 30,000 at mu = 0.0356.
        assert!(!of(r#"friction="0.036 0 0""#).0 && of(r#"friction="0.035 0 0""#).0, "the bound");
        for geom in [r#"friction="0 0 0""#, r#"friction="0.1 0 0" solimp="0.9999 0.9999 0.001""#] {
            let (stiff, settled) = of(geom);
            assert!(stiff, "{geom}");
            assert!((settled - SMALL).abs() < 1e-12, "{geom}: {settled}");
        }
    }
}
