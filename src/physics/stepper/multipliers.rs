//! Rows that are too stiff for `f32`, by the method of multipliers (Hestenes 1969, Powell 1969).
//!
//! A stiff row acts in series with a spring. The spring gives way by q times its force N. So nothing stiffer than
//! 1 / q enters Newton's system. A multiplier s is added to the residual u = J a - aref. Whenever Newton's method has
//! converged, s moves towards -q N, which cancels the give of the spring (`shaders/physics/multipliers.wgsl` decides
//! how far). Once it no longer moves, the row sees u + s + q N = u, as if there were no spring.
//!
//! Rigid contacts can contradict each other: no acceleration satisfies all of them, and MuJoCo's solution weighs them
//! by their D. Their forces are then about D times what is missing, a million moves away. Springs that give way in
//! inverse proportion to D weigh them in the same way from the start ([`settle`]).

use super::{
    stiffness::stiffest,
    trace::{Ex, Trace, Var},
};
use crate::{kernel::wgsl::float_literal, physics::model::Model};

/// Change of velocity per time step, m/s. The solution is found when multipliers move by less.
const STILL: f64 = 1e-6;

/// Change of velocity per time step, m/s or rad/s, up to which a move of graded springs' multipliers has no effect.
const QUIET: f64 = 2e-6;

/// Largest compliance of a graded spring, in units of the inverse weight. Each move of its multiplier still takes back
/// three quarters of what it gives way by.
const SOFTEST: f64 = 1.0 / 3.0;

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

/// Returns the largest change of an acceleration, m/s^2, that ends the moves of graded springs.
pub fn quiet(model: &Model) -> f64 {
    QUIET / model.opt.timestep
}

/// Returns the largest compliance of a graded spring, in units of its own before.
pub fn softest(model: &Model) -> f64 {
    SOFTEST * stiffest(model)
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
        trace.line("drifts = drifts | drifting($, $, still);", &[turn, change]);
        trace.set(&self.change, change);
    }

    /// Forgets all moves.
    pub fn reset(&self, trace: &Trace) {
        trace.set(&self.value, trace.num(0.0));
        trace.set(&self.change, trace.num(0.0));
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
    /// Finds the stiffest contact.
    Measure,
    /// [`Multiplier::reset`].
    Reset,
}

/// Returns the compliance of a spring, given its `weight` per edge and its compliance before springs are graded.
/// `softest` is as from [`softest`].
pub fn give_at<'t>(trace: &'t Trace, softest: f64, weight: Ex<'t>, give: Ex<'t>) -> Ex<'t> {
    trace.call("give_at", &[weight, give, softest * give, trace.read("grade")])
}

/// Takes a spring into account when the stiffest contact is measured.
pub fn measure<'t>(trace: &'t Trace, weight: Ex<'t>, give: Ex<'t>) {
    trace.line("top = max(top, $);", &[4.0 * (weight * give)]);
}

/// Declares the variables that all multipliers share.
pub fn begin(trace: &Trace) {
    trace.raw("var relax = 1.0;\nvar moved_before = 1e30;\nvar grade = 0.0;\nvar moved_at = 0u;");
}

/// Moves the multipliers once Newton's method has settled. `each` writes a stage for all of them; `taken` is the
/// largest change of an acceleration by the last step.
///
/// If a multiplier still drifts after `newton` solves, contacts contradict each other. The springs are then graded, and
/// everything begins again, since multipliers may hold contacts that should let go. Those that go on drifting cannot
/// settle, so the end is reached when a move of all multipliers changes no acceleration.
pub fn settle<'t>(trace: &'t Trace, model: &Model, newton: u32, taken: Ex<'t>, each: impl Fn(Stage)) {
    let literal = |x: f64| float_literal(x as f32);
    trace.raw("let first = (grade > 0.0) & (iteration == moved_at + 1u);");
    trace.line(&format!("let quiet = first & ($ < {});", literal(quiet(model))), &[taken]);
    trace.open("if (settled & !quiet & (iteration > 0u))", &[]);
    trace.raw(&format!("let still = {};", literal(still(model))));
    trace.raw("var moved = 0.0;\nvar along = 0.0;\nvar bend = 0.0;\nvar drifts = false;\nvar top = 0.0;");
    each(Stage::Aim);
    trace.open(&format!("if (drifts & (grade == 0.0) & (iteration >= {newton}u))"), &[]);
    each(Stage::Measure);
    trace.close();
    trace.open("if (top > 0.0)", &[]);
    trace.raw("grade = top;\nrelax = 1.0;\nmoved_before = 1e30;\nsettled = false;");
    each(Stage::Reset);
    trace.otherwise();
    trace.raw(
        "relax = relaxation(relax, along, bend, moved < moved_before);\nmoved_before = moved;\nmoved_at = iteration;",
    );
    each(Stage::Go);
    trace.raw("settled = moved < still;");
    trace.close();
    trace.close();
}
