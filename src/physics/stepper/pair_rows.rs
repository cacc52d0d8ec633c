//! The solver's treatment of the rows of contacts between two geoms.
//!
//! They enter its matrix as rank-one updates of the tree factor, so they create no fill-in and cost nothing if
//! nothing touches. A contact with only a row along its normal takes one update. The [`grip`](super::grip) of a
//! contact with tangents takes up to three.

use super::{
    algebra::V3,
    matrix::Factor,
    multipliers::{Multiplier, Stage},
    pairs::PairContacts,
    trace::{Ex, Trace, Var},
    tree::Tree,
};
use crate::kernel::wgsl::float_literal;

/// Parts of a grip's stiffness: for each, the combination of the contact's rows and its weight.
const PARTS: &str = "\
let mix = select(select(vec3<f32>(0.0, 0.0, 1.0), vec3<f32>(0.0, 1.0, grip.tilt), part == 0u), vec3<f32>(1.0, grip.slant), part == 2u);
let weight = select(select(grip.slide.y, grip.slide.x, part == 0u), grip.normal, part == 2u);";

impl PairContacts {
    fn for_rows(&self, trace: &Trace) {
        trace.open(&format!("for (var row = 0u; row < slots_used * {}u; row++)", self.rows), &[]);
    }

    fn for_slots(trace: &Trace) {
        trace.open("for (var slot = 0u; slot < slots_used; slot++)", &[]);
    }

    /// Returns element `dof` of the Jacobian's row with the index expression `row`.
    fn entry(&self, row: &str, dof: usize) -> String {
        format!("row_jacobian[({row}) * {}u + {dof}u]", self.nv)
    }

    /// Writes `residual`, including the multiplier, and the `grip` of a slot with tangents.
    fn hold(&self, trace: &Trace) {
        let multiplier = if self.are_stiff() { " + slot_multiplier[slot]" } else { "" };
        trace.raw(&format!(
            "let residual = vec3<f32>(row_residual[slot * 3u]{multiplier}, row_residual[slot * 3u + 1u], row_residual[slot * 3u + 2u]);"
        ));
        trace.raw(&format!("let grip = {};", self.grip_at("residual")));
    }

    fn grip_at(&self, residual: &str) -> String {
        let give = self.give();
        format!("grip_of(slot_weight[slot], slot_friction[slot], {give}, {residual})")
    }

    /// Returns the compliance of a slot's spring.
    fn give(&self) -> String {
        match self.softest {
            Some(softest) => {
                let softest = float_literal(softest as f32);
                format!("give_at(slot_weight[slot], slot_give[slot], {softest} * slot_give[slot], grade)")
            }
            None => "0.0".into(),
        }
    }

    /// Adds the contacts' pull to the gradient variables.
    pub fn gradient(&self, trace: &Trace, gradient: &[Var]) {
        Self::for_slots(trace);
        if self.has_tangents() {
            self.hold(trace);
            trace.raw("let pull = grip_times(grip, residual);");
        } else {
            trace.raw("let pull = slot_weight[slot] * min(row_residual[slot], 0.0);");
        }
        for (dof, var) in gradient.iter().enumerate() {
            let entry = |row: &str| self.entry(row, dof);
            let sum = if self.has_tangents() {
                let [normal, tangent, bitangent] = ["slot * 3u", "slot * 3u + 1u", "slot * 3u + 2u"].map(entry);
                format!("pull.x * {normal} + pull.y * {tangent} + pull.z * {bitangent}")
            } else {
                format!("pull * {}", entry("slot"))
            };
            trace.raw(&format!("{} += {sum};", var.0));
        }
        trace.close();
    }

    /// Corrects the solution `x` of the tree's part for the rows that pull (Sherman and Morrison).
    pub fn correct<'t>(&self, trace: &'t Trace, tree: &Tree, factor: &Factor<'t>, x: &[Var]) {
        Self::for_slots(trace);
        let close = if self.has_tangents() {
            self.hold(trace);
            trace.open("for (var part = 0u; part < 3u; part++)", &[]);
            trace.raw(PARTS);
            trace.raw("let row = slot * 3u + part;");
            3
        } else {
            trace.raw("let row = slot;\nlet weight = select(0.0, slot_weight[row], row_residual[row] < 0.0);");
            2
        };
        trace.raw("row_factor[row] = 0.0;");
        trace.open("if (weight > 0.0)", &[]);
        self.update_factor(trace, tree, factor, x);
        (0..close).for_each(|_| trace.close());
    }

    /// Returns the Jacobian of the current rank-one update.
    fn updated<'t>(&self, trace: &'t Trace) -> Vec<Ex<'t>> {
        let mixed = |dof: usize| {
            let [normal, tangent, bitangent] =
                ["slot * 3u", "slot * 3u + 1u", "slot * 3u + 2u"].map(|row| self.entry(row, dof));
            trace.raw(&format!("let mixed_{dof} = mix.x * {normal} + mix.y * {tangent} + mix.z * {bitangent};"));
            trace.atom(&format!("mixed_{dof}"))
        };
        let plain = |dof: usize| trace.read(&self.entry("row", dof));
        (0..self.nv).map(|dof| if self.has_tangents() { mixed(dof) } else { plain(dof) }).collect()
    }

    fn update_factor<'t>(&self, trace: &'t Trace, tree: &Tree, factor: &Factor<'t>, x: &[Var]) {
        let nv = self.nv;
        let jacobian = self.updated(trace);
        let solved = factor.solve(tree, &jacobian);
        let solved: Vec<_> =
            solved.iter().enumerate().map(|(dof, value)| trace.var(&format!("solved_{dof}"), *value)).collect();
        trace.open("for (var before = 0u; before < row; before++)", &[]);
        trace.raw("var overlap = 0.0;");
        for (dof, entry) in jacobian.iter().enumerate() {
            trace.line(&format!("overlap += row_solved[before * {nv}u + {dof}u] * $;"), &[*entry]);
        }
        trace.raw("overlap *= row_factor[before];");
        for (dof, var) in solved.iter().enumerate() {
            trace.raw(&format!("{} -= overlap * row_solved[before * {nv}u + {dof}u];", var.0));
        }
        trace.close();
        trace.raw("var response = 0.0;\nvar reach = 0.0;");
        for (dof, entry) in jacobian.iter().enumerate() {
            trace.line(&format!("response += $ * {0}; reach += $ * {1};", solved[dof].0, x[dof].0), &[*entry, *entry]);
            trace.raw(&format!("row_solved[row * {nv}u + {dof}u] = {};", solved[dof].0));
        }
        // only rounding makes a response negative, when rows that already hold are stiff
        trace.raw("let factor = weight / (1.0 + weight * max(response, 0.0));");
        trace.raw("row_factor[row] = factor;\nlet back = factor * reach;");
        for (dof, var) in solved.iter().enumerate() {
            trace.raw(&format!("{} -= back * {};", x[dof].0, var.0));
        }
    }

    /// Computes the change of the residuals along the step `x`.
    pub fn along<'t>(&self, trace: &'t Trace, x: &[Ex<'t>]) {
        self.for_rows(trace);
        trace.raw("var change = 0.0;");
        for (dof, x) in x.iter().enumerate() {
            trace.line(&format!("change += {} * $;", self.entry("row", dof)), &[*x]);
        }
        trace.raw("row_change[row] = change;");
        trace.close();
    }

    /// Adds the rows' slope and curvature at `alpha`.
    pub fn search(&self, trace: &Trace) {
        Self::for_slots(trace);
        if self.has_tangents() {
            self.hold(trace);
            trace.raw("let change = vec3<f32>(row_change[slot * 3u], row_change[slot * 3u + 1u], row_change[slot * 3u + 2u]);");
            trace.raw(&format!("let then = residual + alpha * change;\nlet then_grip = {};", self.grip_at("then")));
            trace.raw("slope += dot(grip_times(then_grip, then), change);");
            trace.raw("curvature += dot(grip_times(then_grip, change), change);");
            trace.raw("flips = flips | grips_differ(grip, then_grip);");
        } else {
            let [now, change, weight] =
                ["row_residual[slot]", "row_change[slot]", "slot_weight[slot]"].map(|place| trace.read(place));
            super::solver::search_row(trace, now, change, weight, 1.0);
        }
        trace.close();
    }

    /// Moves the residuals by `alpha` along the step.
    pub fn update<'t>(&self, trace: &'t Trace, alpha: Ex<'t>) {
        self.for_rows(trace);
        trace.line("row_residual[row] += $ * row_change[row];", &[alpha]);
        trace.close();
    }

    /// Moves the multipliers.
    pub fn multiply(&self, trace: &Trace, stage: Stage) {
        let multiplier = Multiplier::at("slot_multiplier[slot]", "slot_move[slot]");
        Self::for_slots(trace);
        match stage {
            Stage::Aim => {
                self.hold(trace);
                multiplier.aim(trace, trace.atom(&format!("{} * grip_times(grip, residual).x", self.give())));
            }
            Stage::Go => multiplier.go(trace),
            Stage::Measure => trace.raw("top = max(top, 4.0 * (slot_weight[slot] * slot_give[slot]));"),
            Stage::Reset => multiplier.reset(trace),
        }
        trace.close();
    }

    /// Adds the forces on the bodies, as wrenches about `com`, to the private array `place`.
    pub fn forces<'t>(&self, trace: &'t Trace, com: V3<'t>, place: &str) {
        Self::for_slots(trace);
        if self.has_tangents() {
            self.hold(trace);
            trace.raw("let pull = grip_times(grip, residual);");
            trace.raw("let along = pull.x * row_direction[slot * 3u] + pull.y * row_direction[slot * 3u + 1u];");
            trace.raw("let force = -(along + pull.z * row_direction[slot * 3u + 2u]);");
        } else {
            trace.raw("let force = -slot_weight[slot] * min(row_residual[slot], 0.0) * row_direction[slot];");
        }
        let [x, y, z] = com.0;
        trace.raw("let pair = slot_pair[slot];");
        trace.line("let torque = cross(slot_point[slot] - vec3<f32>($, $, $), force);", &[x, y, z]);
        for (side, sign) in [("SECOND", "+"), ("FIRST", "-")] {
            let at = side.to_lowercase();
            trace.raw(&format!("let {at} = PAIR_BODY[PAIR_{side}[pair]] * 6u;"));
            for (k, component) in
                ["torque.x", "torque.y", "torque.z", "force.x", "force.y", "force.z"].iter().enumerate()
            {
                trace.raw(&format!("{place}[{at} + {k}u] {sign}= {component};"));
            }
        }
        trace.close();
    }
}
