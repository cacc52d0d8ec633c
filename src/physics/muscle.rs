//! Hill-type muscles on a rigid tendon, which only pull: F = F0 (a f_L(l) f_V(v) + f_P(l)).
//!
//! `l = (L - slack) / optimal` is the normalised length. `v = V / (optimal * vmax)` is the normalised velocity,
//! positive when the muscle lengthens. L and V are the length and velocity of the path from end to end. MuJoCo's
//! `lengthrange` lr and `range` r mean `optimal = (lr1 - lr0) / (r1 - r0)` and `slack = lr0 - r0 optimal`.

use super::model::{MUSCLE_DYNAMICS, Model};

/// Active force as a function of length.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ForceLength {
    /// MuJoCo's four parabolas, from `lmin` over 1 to `lmax`.
    Parabolas {
        /// Length below which there is no force.
        lmin: f64,
        /// Length above which there is no force.
        lmax: f64,
    },
    /// `exp(-((l - 1) / width)^2)` (Brand 2024, equation 2.15, repaired; Thelen 2003 with the width `sqrt(0.45)`).
    Gaussian {
        /// Distance from the optimal length at which the force is 1/e.
        width: f64,
    },
}

/// Active force as a function of velocity.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ForceVelocity {
    /// MuJoCo's two parabolas, up to `fvmax` when lengthening.
    Parabolas {
        /// Largest factor on the force.
        fvmax: f64,
    },
    /// `max(0, 1 + atan(steepness v) / spread)` (Brand 2024, equation 2.16, repaired).
    Arctan {
        /// Steepness: the slope at rest is `steepness / spread`.
        steepness: f64,
        /// Spread: the factor lies between `1 - pi / (2 spread)` and `1 + pi / (2 spread)`.
        spread: f64,
    },
}

/// Passive force of a stretched muscle.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Passive {
    /// MuJoCo's: a parabola up to half of `fpmax` at `(1 + lmax) / 2`, then its tangent.
    Parabola {
        /// Scale of the force, which is half of it at `(1 + lmax) / 2` and 1.5 times it at `lmax`.
        fpmax: f64,
        /// Longest active length.
        lmax: f64,
    },
    /// `stiffness (l - 1)^2` beyond 1 (Brand 2024, equation 2.17, repaired).
    Square {
        /// Force at twice the optimal length.
        stiffness: f64,
    },
    /// `(exp(shape (l - 1) / strain) - 1) / (exp(shape) - 1)` beyond 1 (Thelen 2003).
    Exponential {
        /// Shape factor k_PE.
        shape: f64,
        /// Strain at which the force is F0.
        strain: f64,
    },
}

/// Response of activation to stimulation. Time constants are in s.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Activation {
    /// MuJoCo's: time constants depend on activation, and blend over the width `smooth` of stimulation minus
    /// activation. Activation is integrated with the rest of the state.
    Millard {
        /// Time constants of rising and falling activation.
        constants: [f64; 2],
        /// Width of the blend; 0 means an abrupt switch.
        smooth: f64,
    },
    /// Two time constants, solved exactly over a step of constant stimulation (Brand 2024, equations 2.9 and 2.10).
    Exponential {
        /// Time constants of rising and falling activation.
        constants: [f64; 2],
        /// Time for which a stimulation above one half is held, s; each new one restarts it (equation 2.11). 0 holds
        /// nothing.
        pulse: f64,
    },
}

/// Path along which a muscle runs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Path {
    /// Along the actuator's transmission: a tendon, or a joint's coordinate.
    Transmission,
    /// From a point of the arm to a point of the ground beside its hinge, by the law of cosines (equation 2.20):
    /// `L^2 = c1^2 + c2^2 + 2 c1 c2 sin(side q)`.
    Hinge {
        /// Distances from the hinge to the attachments, m.
        arms: [f64; 2],
        /// 1 if the muscle lengthens with the angle, -1 if it shortens.
        side: f64,
    },
}

/// The laws of one muscle.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Laws {
    /// Active force-length law f_L.
    pub length: ForceLength,
    /// Active force-velocity law f_V.
    pub velocity: ForceVelocity,
    /// Passive force law f_P.
    pub passive: Passive,
    /// Activation dynamics.
    pub activation: Activation,
    /// Geometry.
    pub path: Path,
}

/// One muscle.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Muscle {
    /// Index of its actuator.
    pub actuator: usize,
    /// Its laws.
    pub laws: Laws,
    /// Peak force F0, N.
    pub peak: f64,
    /// Optimal length, m.
    pub optimal: f64,
    /// Slack length of the tendon, m.
    pub slack: f64,
    /// Largest velocity of shortening, optimal lengths per second.
    pub vmax: f64,
}

impl Laws {
    /// Returns MuJoCo's laws with the parameters of actuator `k`.
    pub fn mujoco(model: &Model, k: usize) -> Self {
        let [_, _, _, _, lmin, lmax, _, fpmax, fvmax, _] = model.actuator_gainprm[k];
        let [rise, fall, smooth, ..] = model.actuator_dynprm[k];
        Self {
            length: ForceLength::Parabolas { lmin, lmax },
            velocity: ForceVelocity::Parabolas { fvmax },
            passive: Passive::Parabola { fpmax, lmax },
            activation: Activation::Millard { constants: [rise, fall], smooth },
            path: Path::Transmission,
        }
    }
}

impl Muscle {
    /// Returns the muscle of actuator `k`; `None` for a motor.
    pub fn of(model: &Model, k: usize) -> Option<Self> {
        if model.actuator_dyntype.get(k) != Some(&MUSCLE_DYNAMICS) {
            return None;
        }
        let [r0, r1, force, scale, _, _, vmax, ..] = model.actuator_gainprm[k];
        let [lr0, lr1] = model.actuator_lengthrange[k];
        let optimal = (lr1 - lr0) / (r1 - r0);
        Some(Self {
            actuator: k,
            laws: model.muscle_laws.get(k).copied().flatten().unwrap_or_else(|| Laws::mujoco(model, k)),
            peak: if force < 0.0 { scale / model.actuator_acc0[k].max(f64::MIN_POSITIVE) } else { force },
            optimal,
            slack: lr0 - r0 * optimal,
            vmax,
        })
    }

    /// Returns all muscles, in the order of their actuators: muscle `m` has activation `m`.
    pub fn all(model: &Model) -> Vec<Self> {
        (0..model.sizes.nu).filter_map(|k| Self::of(model, k)).collect()
    }

    /// Returns the number of physics steps for which a stimulation is held.
    pub fn pulse_steps(&self, timestep: f64) -> u32 {
        match self.laws.activation {
            Activation::Exponential { pulse, .. } => (pulse / timestep).round() as u32,
            Activation::Millard { .. } => 0,
        }
    }
}
