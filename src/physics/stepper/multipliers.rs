//! Rows stiffer than `f32` can weigh, by the method of multipliers (Hestenes 1969, Powell 1969).
//!
//! What is stiff acts in series with a spring: it gives way by q times its force N, and nothing stiffer than 1 / q
//! enters Newton's system. A multiplier s is added to the residual u = J a - aref. Whenever Newton's method has come to
//! rest s becomes -q N, what the spring gives way by. Where that changes nothing the row sees u + s + q N = u: as if
//! there were no spring.

use super::trace::{Ex, Trace, Var};
use crate::{physics::model::Model, plan::wgsl::float_literal};

/// A change of velocity in a time step, m/s: the solution is found when multipliers move by less.
const STILL: f64 = 1e-6;

/// Returns the residual, m/s^2, by which multipliers move at the solution at most.
pub fn still(model: &Model) -> f64 {
    STILL / model.opt.timestep
}

/// The multiplier of a contact with the floor, or of a limit.
pub struct Multiplier(Var);

impl Multiplier {
    /// Declares one that begins at 0.
    pub fn new(trace: &Trace, label: &str) -> Self {
        Self(trace.var(&format!("{label}_multiplier"), trace.num(0.0)))
    }

    /// Adds it to a residual.
    pub fn shift<'t>(&self, trace: &'t Trace, residual: Ex<'t>) -> Ex<'t> {
        residual + trace.get(&self.0)
    }

    /// Moves it; `moved` becomes the largest step.
    pub fn step<'t>(&self, trace: &'t Trace, next: Ex<'t>) {
        trace.line("moved = max(moved, $);", &[(next - trace.get(&self.0)).abs()]);
        trace.set(&self.0, next);
    }
}

/// Moves the multipliers once Newton's method has settled; `step` writes it for all of them.
pub fn settle(trace: &Trace, model: &Model, step: impl FnOnce()) {
    trace.open("if (settled & (iteration > 0u))", &[]);
    trace.raw("var moved = 0.0;");
    step();
    trace.raw(&format!("settled = moved < {};", float_literal(still(model) as f32)));
    trace.close();
}
