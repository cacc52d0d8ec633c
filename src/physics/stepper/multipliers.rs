//! Rows stiffer than `f32` can weigh, by the method of multipliers (Hestenes 1969, Powell 1969).
//!
//! What is stiff acts in series with a spring: it gives way by q times its force N, and nothing stiffer than 1 / q
//! enters Newton's system. A multiplier s is added to the residual u = J a - aref. Whenever Newton's method has come to
//! rest s moves towards -q N, what the spring gives way by (`shaders/physics/multipliers.wgsl` tells how far). Where
//! that changes nothing the row sees u + s + q N = u: as if there were no spring.

use super::trace::{Ex, Trace, Var};
use crate::{kernel::wgsl::float_literal, physics::model::Model};

/// A change of velocity in a time step, m/s: the solution is found when multipliers move by less.
const STILL: f64 = 1e-6;

/// How many times as many solves robots with multipliers may take as Newton's method alone. Where other constraints
/// hold what a stiff row holds, too, each move of its multiplier takes back a small share of what is missing.
const MORE_SOLVES: u32 = 4;

/// Returns the solves at most, where Newton's method alone may take `newton`.
pub fn most_solves(newton: u32, has_multipliers: bool) -> u32 {
    if has_multipliers { MORE_SOLVES * newton } else { newton }
}

/// Returns the residual, m/s^2, by which multipliers move at the solution at most.
pub fn still(model: &Model) -> f64 {
    STILL / model.opt.timestep
}

/// The multiplier of a stiff row, and by how much it has to move.
pub struct Multiplier {
    value: Var,
    change: Var,
}

impl Multiplier {
    /// Declares one that begins at 0.
    pub fn new(trace: &Trace, label: &str) -> Self {
        let declare = |what: &str| trace.var(&format!("{label}_{what}"), trace.num(0.0));
        Self { value: declare("multiplier"), change: declare("move") }
    }

    /// Makes one that is kept in these places.
    pub fn at(value: &str, change: &str) -> Self {
        Self { value: Var(value.into()), change: Var(change.into()) }
    }

    /// Adds it to a residual.
    pub fn shift<'t>(&self, trace: &'t Trace, residual: Ex<'t>) -> Ex<'t> {
        residual + trace.get(&self.value)
    }

    /// Notes that it should be `next`.
    pub fn aim<'t>(&self, trace: &'t Trace, next: Ex<'t>) {
        let before = trace.get(&self.change);
        let change = next - trace.get(&self.value);
        let turn = change - before;
        trace.line("moved = max(moved, $);", &[change.abs()]);
        trace.line("along += $;", &[before * turn]);
        trace.line("bend += $;", &[turn * turn]);
        trace.set(&self.change, change);
    }

    /// Moves it.
    pub fn go(&self, trace: &Trace) {
        trace.add_to(&self.value, trace.read("relax") * trace.get(&self.change));
    }
}

/// What each does when multipliers move.
#[derive(Clone, Copy)]
pub enum Stage {
    /// [`Multiplier::aim`].
    Aim,
    /// [`Multiplier::go`].
    Go,
}

/// Declares what their moves have in common.
pub fn begin(trace: &Trace) {
    trace.raw("var relax = 1.0;\nvar moved_before = 1e30;");
}

/// Moves the multipliers once Newton's method has settled; `each` writes a stage for all of them.
pub fn settle(trace: &Trace, model: &Model, each: impl Fn(Stage)) {
    trace.open("if (settled & (iteration > 0u))", &[]);
    trace.raw("var moved = 0.0;\nvar along = 0.0;\nvar bend = 0.0;");
    each(Stage::Aim);
    trace.raw("relax = relaxation(relax, along, bend, moved < moved_before);\nmoved_before = moved;");
    each(Stage::Go);
    trace.raw(&format!("settled = moved < {};", float_literal(still(model) as f32)));
    trace.close();
}
