//! How stiff rows may be in `f32`.
//!
//! A contact's stiffness here is a pure number: the sum of its rows' weights D times the inverse weight of its bodies, about
//! how many times faster the rows would move them than their inertia resists. Friction mu makes it `2 d / ((1 - d) mu^2)`: a
//! pyramid of little friction is almost rigid along its normal. Each solve of Newton's system in `f32` loses that many times
//! the rounding of its step.

use super::{StepperError, contact::Pair, softness::Softness};
use crate::physics::model::{Model, joint};

/// The stiffest contact that is kept as it is: at an impedance of 0.9 that of friction 0.0042. Stiffer ones take this stiffness
/// instead, and give way to one part in a million of the acceleration that they stop. While they slide slower than about
/// 1e-3 m/s they also hold with less than their friction, by at most friction times the change of velocity along the normal:
/// a few 1e-5 m/s in a step of 2 ms. Four corners of a box at 4e6 are too much for `f32`.
pub const STIFFEST: f64 = 1e6;

/// The bound of weights that have none.
pub const UNBOUNDED: f64 = f32::MAX as f64;

/// Up to this stiffness a single solve is exact enough wherever no row changes sides.
const ORDINARY: f64 = 300.0;

/// A pair's stiffness at full depth.
pub fn stiffness(pair: &Pair) -> f64 {
    f64::from(rows(pair)) * ratio(&pair.softness) * pair.inverse_weight / pair.diagonal()
}

/// The largest weight D of a pair's rows, if its own would be larger.
pub fn largest_weight(pair: &Pair) -> Option<f64> {
    (stiffness(pair) > STIFFEST).then(|| STIFFEST / (f64::from(rows(pair)) * pair.inverse_weight))
}

/// A velocity (m/s, rad/s): a solve that changes some velocity by more than that in a time step is followed by another, even if no
/// row flipped, since its error is a share of that length.
///
/// Errors: limits outside the subset.
pub fn settled(model: &Model, pairs: &[Pair]) -> Result<f64, StepperError> {
    let joints = (0..model.sizes.njnt).filter(|&j| model.jnt_limited[j] && model.jnt_type[j] != joint::FREE);
    let joints = joints.map(|j| (model.jnt_solref[j], model.jnt_solimp[j]));
    let tendons = (0..model.sizes.ntendon).filter(|&t| model.tendon_limited[t]);
    let tendons = tendons.map(|t| (model.tendon_solref_lim[t], model.tendon_solimp_lim[t]));
    let mut stiffest: f64 = ORDINARY;
    for (solref, solimp) in joints.chain(tendons) {
        stiffest = stiffest.max(ratio(&Softness::new(solref, solimp, model.opt.timestep)?));
    }
    let contacts = pairs.iter().map(|pair| stiffness(pair).min(STIFFEST));
    let stiffest = contacts.fold(stiffest, f64::max);
    Ok((ORDINARY / stiffest).min(1.0))
}

/// d / (1 - d) at the largest impedance.
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

    /// Whether the ball's contact is softened, and its [`settled`].
    fn of(geom: &str) -> (bool, f64) {
        let model = ball(geom);
        let pairs = pairs(&model).expect("the pair is known");
        (largest_weight(&pairs[0]).is_some(), settled(&model, &pairs).expect("there are no limits"))
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
    fn rows_that_f32_cannot_tell_apart_are_softened() {
        // d / (1 - d) is 19: 38 / mu^2 reaches a million at mu = 0.00616.
        assert!(!of(r#"friction="0.0063 0 0""#).0 && of(r#"friction="0.006 0 0""#).0, "the bound");
        for geom in [r#"friction="0 0 0""#, r#"friction="0.1 0 0" solimp="0.9999 0.9999 0.001""#] {
            let (softened, settled) = of(geom);
            assert!(softened, "{geom}");
            assert!((settled - 3e-4).abs() < 1e-12, "{geom}: {settled}");
        }
    }
}
