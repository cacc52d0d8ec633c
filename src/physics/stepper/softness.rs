//! MuJoCo's soft constraints: the stiffness of a row as a function of its violation.
//!
//! A row has an impedance d and the reference acceleration aref = -b (J v) - k d pos. It is pulled with the weight
//! D = d / ((1 - d) diag). `pos` is the distance to the margin, negative when active.

use super::{
    StepperError,
    trace::{Ex, Trace},
};

/// `solref` and `solimp` in the form that the rows need.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Softness {
    /// Stiffness k, 1/s^2.
    pub stiffness: f64,
    /// Damping b, 1/s.
    pub damping: f64,
    /// Impedance at the margin and at full depth.
    pub impedance: [f64; 2],
    /// Depth at which the impedance is full, m or rad.
    pub width: f64,
    /// Turning point of the curve, in units of the width.
    pub midpoint: f64,
}

impl Softness {
    /// Converts MuJoCo's parameters, at a physics step of `timestep` s.
    ///
    /// Errors: direct stiffness (negative `solref`), a power other than 2.
    pub fn new(solref: [f64; 2], solimp: [f64; 5], timestep: f64) -> Result<Self, StepperError> {
        let [constant, ratio] = solref;
        let [low, high, width, midpoint, power] = solimp;
        if constant <= 0.0 || ratio <= 0.0 {
            return Err(StepperError::Unsupported(format!("solref {solref:?}: direct stiffness and damping")));
        }
        let impedance = [low, high].map(|d| d.clamp(1e-4, 0.9999));
        // Without a width there is no curve: MuJoCo takes the mean.
        let impedance = if width <= 1e-15 { [0.5 * (impedance[0] + impedance[1]); 2] } else { impedance };
        if power != 2.0 && impedance[0] != impedance[1] {
            return Err(StepperError::Unsupported(format!("solimp {solimp:?}: a power other than 2")));
        }
        let constant = constant.max(2.0 * timestep);
        let full = high.clamp(1e-4, 0.9999);
        Ok(Self {
            stiffness: 1.0 / (full * full * constant * constant * ratio * ratio),
            damping: 2.0 / (full * constant),
            impedance,
            width: width.max(1e-15),
            midpoint: midpoint.clamp(1e-4, 0.9999),
        })
    }

    /// Returns the parameters as traced constants.
    pub fn traced<'t>(&self, trace: &'t Trace) -> ContactRow<'t> {
        ContactRow {
            stiffness: trace.num(self.stiffness),
            damping: trace.num(self.damping),
            impedance: self.impedance.map(|d| trace.num(d)),
            inverse_width: trace.num(1.0 / self.width),
            midpoint: trace.num(self.midpoint),
        }
    }
}

/// A [`Softness`] that may differ from row to row.
#[derive(Clone, Copy)]
pub struct ContactRow<'t> {
    /// Stiffness k.
    pub stiffness: Ex<'t>,
    /// Damping b.
    pub damping: Ex<'t>,
    /// Impedance at the margin and at full depth.
    pub impedance: [Ex<'t>; 2],
    /// Inverse of the width.
    pub inverse_width: Ex<'t>,
    /// Turning point of the curve.
    pub midpoint: Ex<'t>,
}

impl<'t> ContactRow<'t> {
    /// Returns the impedance at distance `pos` from the margin.
    pub fn impedance(&self, pos: Ex<'t>) -> Ex<'t> {
        let [low, high] = self.impedance;
        let rise = high - low;
        if rise.is_zero() {
            return low;
        }
        let trace = pos.trace;
        let x = (pos.abs() * self.inverse_width).min(1.0);
        let rest = 1.0 - x;
        let below = x * x / self.midpoint;
        let above = 1.0 - rest * rest / (1.0 - self.midpoint);
        low + rise * trace.select(self.midpoint.less(x), above, below)
    }

    /// Returns the weight D at `impedance`, where `diagonal` is the approximate diagonal of J M^-1 J^T.
    pub fn weight(&self, impedance: Ex<'t>, diagonal: impl super::fold::IntoEx<'t>) -> Ex<'t> {
        let diagonal = diagonal.into_ex(impedance.trace);
        impedance / ((1.0 - impedance) * diagonal)
    }

    /// Returns `J a - aref` at zero acceleration, if the row moves at `speed`.
    pub fn drift(&self, impedance: Ex<'t>, pos: Ex<'t>, speed: Ex<'t>) -> Ex<'t> {
        self.damping * speed + self.stiffness * (impedance * pos)
    }
}
