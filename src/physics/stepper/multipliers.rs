//! Rows that are too stiff for `f32`, by the method of multipliers (Hestenes 1969, Powell 1969).
//!
//! A stiff row acts in series with a spring. The spring gives way by q times its force N. So nothing stiffer than
//! 1 / q enters Newton's system. A multiplier s is added to the residual u = J a - aref. Whenever Newton's method has
//! converged, s moves towards -q N, which cancels the give of the spring (`shaders/physics/multipliers.wgsl` decides
//! how far). Once it no longer moves, the row sees u + s + q N = u, as if there were no spring.

use super::trace::{Ex, Trace, Var};
use crate::{kernel::wgsl::float_literal, physics::model::Model};

/// Change of velocity per time step, m/s. The solution is found when multipliers move by less.
const STILL: f64 = 1e-6;

/// Factor by which multipliers raise the limit on solves. If other constraints share the load of a stiff row, each
/// move of its multiplier recovers only a small share of what is missing.
const MORE_SOLVES: u32 = 4;

/// Returns the most solves, given that Newton's method alone may take `newton`.
pub fn most_solves(newton: u32, has_multipliers: bool) -> u32 {
    if has_multipliers { MORE_SOLVES * newton } else { newton }
}

/// Returns the largest move of multipliers at the solution, m/s^2.
pub fn still(model: &Model) -> f64 {
    STILL / model.opt.timestep
}

/// Multiplier of a stiff row, and its next change.
pub struct Multiplier {
    value: Var,
    change: Var,
}

impl Multiplier {
    /// Declares a multiplier that starts at 0.
    pub fn new(trace: &Trace, label: &str) -> Self {
        let declare = |what: &str| trace.var(&format!("{label}_{what}"), trace.num(0.0));
        Self { value: declare("multiplier"), change: declare("move") }
    }

    /// Returns the multiplier that is stored in these places.
    pub fn at(value: &str, change: &str) -> Self {
        Self { value: Var(value.into()), change: Var(change.into()) }
    }

    /// Adds the multiplier to a residual.
    pub fn shift<'t>(&self, trace: &'t Trace, residual: Ex<'t>) -> Ex<'t> {
        residual + trace.get(&self.value)
    }

    /// Records `next` as the multiplier's target.
    pub fn aim<'t>(&self, trace: &'t Trace, next: Ex<'t>) {
        let before = trace.get(&self.change);
        let change = next - trace.get(&self.value);
        let turn = change - before;
        trace.line("moved = max(moved, $);", &[change.abs()]);
        trace.line("along += $;", &[before * turn]);
        trace.line("bend += $;", &[turn * turn]);
        trace.set(&self.change, change);
    }

    /// Moves the multiplier by `relax` times its change.
    pub fn go(&self, trace: &Trace) {
        trace.add_to(&self.value, trace.read("relax") * trace.get(&self.change));
    }
}

/// Stage of a move of all multipliers.
#[derive(Clone, Copy)]
pub enum Stage {
    /// [`Multiplier::aim`].
    Aim,
    /// [`Multiplier::go`].
    Go,
}

/// Declares the variables that all multipliers share.
pub fn begin(trace: &Trace) {
    trace.raw("var relax = 1.0;\nvar moved_before = 1e30;");
}

/// Moves the multipliers once Newton's method has settled. `each` writes a stage for all of them.
pub fn settle(trace: &Trace, model: &Model, each: impl Fn(Stage)) {
    trace.open("if (settled & (iteration > 0u))", &[]);
    trace.raw("var moved = 0.0;\nvar along = 0.0;\nvar bend = 0.0;");
    each(Stage::Aim);
    trace.raw("relax = relaxation(relax, along, bend, moved < moved_before);\nmoved_before = moved;");
    each(Stage::Go);
    trace.raw(&format!("settled = moved < {};", float_literal(still(model) as f32)));
    trace.close();
}
