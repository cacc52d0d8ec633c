//! The acceleration under constraints: Newton's method with exact line search on MuJoCo's convex cost
//! 1/2 (a - a_s)^T M (a - a_s) + 1/2 sum over active rows of D (J a - aref)^2.
//!
//! One loop surrounds one copy of factor and solve, since every copy would be compiled again. Iteration 0 only
//! evaluates the residuals at the warm start. Each later one builds the Hessian, factors and solves it, and searches
//! along the step. If the full step changes no row's activity, the cost is quadratic along it and the step is exact
//! (but see [`EXACT`]).
//! With implicit damping a last iteration of the same code solves (M + h B) a' = M a.

use std::collections::HashMap;

use super::{
    algebra::Spatial,
    floor::FloorContact,
    limits::Limit,
    matrix::{Factor, TreeMatrix},
    multipliers::{self, most_solves},
    pairs::PairContacts,
    stiffness::is_stiff,
    trace::{Ex, Trace, Var},
    tree::Tree,
};
use crate::physics::model::Model;

/// Most evaluations of the line search, without and with stiff rows. With stiff rows the minimum of the cost may lie
/// at a thousandth of the step, between edges that begin to pull. A search that ends earlier leaves Newton's method
/// creeping towards it.
const SEARCH_STEPS: [u32; 2] = [5, 20];

/// Returns the most evaluations of the line search for a robot with the velocity bound `settled`.
pub fn search_steps(settled: f64) -> u32 {
    SEARCH_STEPS[usize::from(is_stiff(settled))]
}

/// Inputs and options of the solver.
pub struct Solver<'a, 't> {
    /// Trace that receives the code.
    pub trace: &'t Trace,
    /// The robot.
    pub model: &'a Model,
    /// The robot's topology.
    pub tree: &'a Tree,
    /// Motion axes of the dofs.
    pub axes: &'a [Spatial<'t>],
    /// Inertia matrix.
    pub mass: &'a TreeMatrix<'t>,
    /// Forces on the dofs, without those of the constraints.
    pub force: &'a [Ex<'t>],
    /// Limits of joints and tendons.
    pub limits: &'a [Limit<'t>],
    /// Contacts with the floor.
    pub floor: &'a [FloorContact<'t>],
    /// Contacts between geoms.
    pub pairs: Option<&'a PairContacts>,
    /// `qacc`: warm start in, solution out.
    pub acceleration: &'a [Var],
    /// Most solves, without those that multipliers add.
    pub newton: u32,
    /// True if some row has a multiplier.
    pub has_multipliers: bool,
    /// Change of velocity per time step beyond which another solve follows, m/s or rad/s.
    pub settled: f64,
    /// Length of a time step if damping is implicit, s. The last step `x` is then the damped acceleration.
    pub implicit: Option<f64>,
}

/// Contact stiffness and wrench of a body and its descendants.
#[derive(Clone)]
struct Load<'t> {
    wrench: [Ex<'t>; 6],
    stiffness: [[Ex<'t>; 6]; 6],
}

impl<'t> Solver<'_, 't> {
    /// Emits the solver. Returns the variables of the last step `x`, and of M a - force at the solution.
    pub fn emit(&self) -> (Vec<Var>, Vec<Var>) {
        let trace = self.trace;
        trace.comment("solver: Newton with exact line search");
        let zero = trace.num(0.0);
        let step = self.vars("step", |_| zero);
        let excess = self.vars("excess", |_| zero); // M a - force
        let least = self.least_pivots();
        trace.raw("var iteration = 0u;");
        if self.has_multipliers {
            multipliers::begin(trace);
        }
        if self.implicit.is_some() {
            trace.raw("var finishing = false;");
        }
        trace.open("loop", &[]);
        trace.open("if (iteration > 0u)", &[]);
        self.newton_step(&step, &excess, &least);
        trace.otherwise();
        for (x, a) in step.iter().zip(self.acceleration) {
            trace.set(x, trace.get(a));
        }
        trace.close();
        let x = self.read(&step);
        let mass_x = self.mass.times(trace, &x);
        let changes = self.along(&x);
        trace.raw("var alpha = 1.0;\nvar flipped = false;");
        trace.open("if (iteration > 0u)", &[]);
        self.search(&x, &mass_x, &excess, &changes);
        trace.otherwise();
        for (i, var) in excess.iter().enumerate() {
            trace.set(var, mass_x[i] - self.force[i]);
        }
        trace.close();
        self.update(&x, &changes);
        self.finish(&x);
        trace.close();
        (step, excess)
    }

    fn vars(&self, name: &str, initial: impl Fn(usize) -> Ex<'t>) -> Vec<Var> {
        (0..self.tree.nv()).map(|i| self.trace.var(&format!("{name}_{i}"), initial(i))).collect()
    }

    fn read(&self, vars: &[Var]) -> Vec<Ex<'t>> {
        vars.iter().map(|var| self.trace.get(var)).collect()
    }

    /// Returns the pivots of the inertia matrix; none if no row is stiff. They are the least that the Hessian can
    /// have, since constraints only add to them. Rows a million times stiffer than the inertia leave rounding of its
    /// size. Without this bound, a step in a direction that seems to have no resistance would be infinite.
    fn least_pivots(&self) -> Vec<Ex<'t>> {
        if !is_stiff(self.settled) {
            return vec![];
        }
        let mut pivots = vec![self.trace.num(0.0); self.tree.nv()];
        self.mass.factor(self.tree, |dof, pivot| {
            pivots[dof] = pivot.named(&format!("least_{dof}"));
            pivot
        });
        pivots
    }

    /// Writes the Newton step to `step`.
    fn newton_step(&self, step: &[Var], excess: &[Var], least: &[Ex<'t>]) {
        let trace = self.trace;
        let newton = self.implicit.map(|_| trace.atom("!finishing"));
        let loads = self.loads();
        let mut gradient = self.gradient(excess);
        let mut hessian = self.mass.clone();
        trace.comment("limits");
        for limit in self.limits {
            limit.weigh(trace, newton, &mut gradient, &mut hessian);
        }
        if let Some(timestep) = self.implicit {
            for (i, damping) in self.model.dof_damping.iter().enumerate() {
                let damping = trace.select(trace.atom("finishing"), trace.num(timestep * damping), trace.num(0.0));
                hessian.set(i, i, hessian.at(i, i) + damping);
            }
        }
        trace.comment("contacts, composed up the tree");
        self.add_loads(loads, &mut gradient, &mut hessian);
        trace.comment("factor and solve");
        let factor = hessian.factor(self.tree, |dof, pivot| least.get(dof).map_or(pivot, |least| pivot.max(*least)));
        let x = factor.solve(self.tree, &gradient.iter().map(|g| -*g).collect::<Vec<_>>());
        for (var, x) in step.iter().zip(x) {
            trace.set(var, x);
        }
        if self.implicit.is_some() {
            trace.raw("if (finishing) { break; }");
        }
        self.correct(&factor, step);
    }

    fn correct(&self, factor: &Factor<'t>, step: &[Var]) {
        if let Some(pairs) = self.pairs {
            self.trace.comment("contacts of pairs, one rank each");
            pairs.correct(self.trace, self.tree, factor, step);
        }
    }

    /// Returns the gradient without limits and floor contacts; when finishing, minus M a.
    fn gradient(&self, excess: &[Var]) -> Vec<Ex<'t>> {
        let trace = self.trace;
        let mut gradient = self.read(excess);
        if let Some(pairs) = self.pairs {
            let vars: Vec<_> =
                gradient.iter().enumerate().map(|(i, g)| trace.var(&format!("gradient_{i}"), *g)).collect();
            pairs.gradient(trace, &vars);
            gradient = self.read(&vars);
        }
        if self.implicit.is_some() {
            let plain = self.read(excess);
            for (i, g) in gradient.iter_mut().enumerate() {
                *g = trace.select(trace.atom("finishing"), -(plain[i] + self.force[i]), *g);
            }
        }
        gradient
    }

    /// Returns the components of spatial vectors in which this robot moves.
    fn used(&self) -> Vec<usize> {
        (0..6).filter(|&k| self.axes.iter().any(|axis| !axis.components()[k].is_zero())).collect()
    }

    fn touching(&self) -> Vec<(usize, Vec<&FloorContact<'t>>)> {
        let mut bodies: Vec<(usize, Vec<_>)> = vec![];
        for contact in self.floor {
            match bodies.last_mut() {
                Some((body, list)) if *body == contact.body => list.push(contact),
                _ => bodies.push((contact.body, vec![contact])),
            }
        }
        bodies
    }

    fn any_near(&self, contacts: &[&FloorContact<'t>]) -> Ex<'t> {
        let near: Vec<_> = contacts.iter().map(|contact| self.trace.num(0.0).less(contact.weight)).collect();
        near.into_iter().reduce(Ex::or).expect("a body that touches has contacts")
    }

    /// Returns the wrench and stiffness of each body's contacts. These are the only branches, one per body.
    fn loads(&self) -> HashMap<usize, Load<'t>> {
        let trace = self.trace;
        let used = self.used();
        let pairs_of_used = || used.iter().enumerate().flat_map(|(n, &i)| used[n..].iter().map(move |&k| (i, k)));
        let mut loads = HashMap::new();
        for (body, contacts) in self.touching() {
            let name = &self.tree.names[body];
            let zero = trace.num(0.0);
            let wrench: Vec<_> = used.iter().map(|k| trace.var(&format!("wrench_{name}_{k}"), zero)).collect();
            let stiffness: Vec<_> =
                pairs_of_used().map(|(i, k)| trace.var(&format!("stiffness_{name}_{i}{k}"), zero)).collect();
            let near = self.any_near(&contacts);
            let near = if self.implicit.is_some() { trace.atom("!finishing").and(near) } else { near };
            trace.open("if ($)", &[near]);
            for contact in &contacts {
                let u = contact.residual(trace);
                let (pull, matrix) = (contact.gradient(u).components(), contact.stiffness(trace, u));
                used.iter().zip(&wrench).for_each(|(&k, var)| trace.add_to(var, pull[k]));
                pairs_of_used().zip(&stiffness).for_each(|((i, k), var)| trace.add_to(var, matrix[i][k]));
            }
            trace.close();
            let mut load = Load { wrench: [zero; 6], stiffness: [[zero; 6]; 6] };
            used.iter().zip(&wrench).for_each(|(&k, var)| load.wrench[k] = trace.get(var));
            for ((i, k), var) in pairs_of_used().zip(&stiffness) {
                load.stiffness[i][k] = trace.get(var);
                load.stiffness[k][i] = load.stiffness[i][k];
            }
            loads.insert(body, load);
        }
        loads
    }

    /// Adds the loads of every body's subtree to gradient and Hessian.
    fn add_loads(&self, mut loads: HashMap<usize, Load<'t>>, gradient: &mut [Ex<'t>], hessian: &mut TreeMatrix<'t>) {
        for body in (1..self.model.sizes.nbody).rev() {
            let parent = self.model.body_parentid[body];
            if let (Some(load), true) = (loads.get(&body).cloned(), parent > 0) {
                let sum = loads.get(&parent).map_or(load.clone(), |other| other.plus(&load));
                loads.insert(parent, sum);
            }
        }
        for (i, gradient) in gradient.iter_mut().enumerate() {
            let Some(load) = loads.get(&self.model.dof_bodyid[i]) else { continue };
            let own = self.axes[i].components();
            *gradient = *gradient + dot(own, load.wrench);
            let resistance = load.stiffness.map(|row| dot(row, own));
            for &j in std::iter::once(&i).chain(&self.tree.ancestors[i]) {
                hessian.set(i, j, hessian.at(i, j) + dot(self.axes[j].components(), resistance));
            }
        }
    }

    /// Returns the changes of the floor contacts' residuals along `x`. Those of pairs go to their array.
    fn along(&self, x: &[Ex<'t>]) -> Vec<super::algebra::V3<'t>> {
        let trace = self.trace;
        let mut steps: HashMap<usize, Spatial<'t>> = HashMap::new();
        for (body, _) in self.touching() {
            let step =
                self.tree.chain[body].iter().fold(Spatial::zero(trace), |sum, &dof| sum + self.axes[dof] * x[dof]);
            steps.insert(body, step);
        }
        if let Some(pairs) = self.pairs {
            pairs.along(trace, x);
        }
        self.floor.iter().map(|contact| contact.along(steps[&contact.body])).collect()
    }

    /// Finds `alpha`, and moves acceleration and excess by it.
    fn search(&self, x: &[Ex<'t>], mass_x: &[Ex<'t>], excess: &[Var], changes: &[super::algebra::V3<'t>]) {
        let trace = self.trace;
        let before = self.read(excess);
        let zero = trace.num(0.0);
        let slope = before.iter().zip(x).fold(zero, |sum, (e, x)| sum + *e * *x).named("slope_start");
        let curvature = mass_x.iter().zip(x).fold(zero, |sum, (m, x)| sum + *m * *x).named("curvature_start");
        trace.raw("var low = 0.0;\nvar high = 1e30;");
        trace.open(&format!("for (var trial = 0u; trial < {}u; trial++)", search_steps(self.settled)), &[]);
        trace.line("var slope = $ + alpha * $;", &[slope, curvature]);
        trace.line("var curvature = $;", &[curvature]);
        trace.raw("var flips = false;");
        self.limits.iter().for_each(|limit| limit.search(trace, x));
        if let Some(pairs) = self.pairs {
            pairs.search(trace);
        }
        let mut index = 0;
        for (_, contacts) in self.touching() {
            trace.open("if ($)", &[self.any_near(&contacts)]);
            for contact in contacts {
                contact.search(trace, changes[index]);
                index += 1;
            }
            trace.close();
        }
        if is_stiff(self.settled) {
            trace.raw("let tried = alpha;\nflipped = flipped | flips;\ncurvature = max(curvature, 1e-30);");
            trace.raw(SEARCH);
            trace.raw("if (abs(alpha - tried) <= 1e-6 * tried) { break; }");
        } else {
            trace.raw(EXACT);
            trace.raw(SEARCH);
        }
        trace.close();
        let alpha = trace.read("alpha");
        for i in 0..self.tree.nv() {
            trace.add_to(&self.acceleration[i], alpha * x[i]);
            trace.add_to(&excess[i], alpha * mass_x[i]);
        }
    }

    fn update(&self, x: &[Ex<'t>], changes: &[super::algebra::V3<'t>]) {
        let trace = self.trace;
        let alpha = trace.read("alpha");
        self.limits.iter().for_each(|limit| limit.update(trace, x, alpha));
        self.floor.iter().zip(changes).for_each(|(contact, change)| contact.update(trace, *change, alpha));
        if let Some(pairs) = self.pairs {
            pairs.update(trace, alpha);
        }
    }

    /// Moves the multipliers of stiff rows, if there are any, once Newton's method has settled.
    fn multiply(&self, taken: Ex<'t>) {
        if !self.has_multipliers {
            return;
        }
        let trace = self.trace;
        let floor: Vec<_> =
            self.touching().into_iter().filter(|(_, contacts)| contacts.iter().any(|c| c.is_stiff())).collect();
        multipliers::settle(trace, self.model, self.newton, taken, |stage| {
            self.limits.iter().for_each(|limit| limit.multiply(trace, stage));
            for (_, contacts) in &floor {
                trace.open("if ($)", &[self.any_near(contacts)]);
                contacts.iter().for_each(|contact| contact.multiply(trace, stage));
                trace.close();
            }
            if let Some(pairs) = self.pairs.filter(|pairs| pairs.are_stiff()) {
                pairs.multiply(trace, stage);
            }
        });
    }

    /// Ends the loop, or its Newton part.
    fn finish(&self, x: &[Ex<'t>]) {
        let largest = x.iter().map(|x| x.abs()).reduce(|a, b| a.max(b)).unwrap_or_else(|| self.trace.num(0.0));
        // Springs stiffer than the inertia leave directions of rounding alone. The search takes next to nothing of them.
        let taken = if self.has_multipliers { self.trace.read("alpha") * largest } else { largest };
        let small = taken.less(self.settled / self.model.opt.timestep);
        self.trace.line("var settled = !flipped & ($);", &[small]);
        self.multiply(taken);
        let most = most_solves(self.newton, self.has_multipliers);
        let done = format!("((iteration > 0u) & settled) | (iteration >= {most}u)");
        match self.implicit {
            Some(_) => self.trace.raw(&format!("finishing = {done};\niteration += 1u;")),
            None => self.trace.raw(&format!("if ({done}) {{ break; }}\niteration += 1u;")),
        }
    }
}

impl<'t> Load<'t> {
    fn plus(&self, other: &Self) -> Self {
        Self {
            wrench: std::array::from_fn(|k| self.wrench[k] + other.wrench[k]),
            stiffness: std::array::from_fn(|i| std::array::from_fn(|k| self.stiffness[i][k] + other.stiffness[i][k])),
        }
    }
}

fn dot<'t>(a: [Ex<'t>; 6], b: [Ex<'t>; 6]) -> Ex<'t> {
    (1..6).fold(a[0] * b[0], |sum, k| sum + a[k] * b[k])
}

/// Adds a row's slope and curvature at `alpha`, multiplied by `times`, and records whether its activity changes.
pub fn search_row<'t>(trace: &'t Trace, now: Ex<'t>, change: Ex<'t>, weight: Ex<'t>, times: f64) {
    let then = now + trace.atom("alpha") * change;
    let below = then.less(0.0);
    let pull = trace.select(below, times * (weight * change), trace.num(0.0));
    trace.line("slope += $;", &[pull * then]);
    trace.line("curvature += $;", &[pull * change]);
    trace.line("flips = flips | (($ != $) & $);", &[below, now.less(0.0), trace.num(0.0).less(weight)]);
}

/// Ends the search if the first trial flips no row: it is exact. With stiff rows it is measured all the same, because
/// the direction is that of a matrix in which rounding may have left movements without their resistance.
const EXACT: &str = "\
if (trial == 0u) {
    flipped = flips;
    if (!flips) { break; }
}";

/// Next trial: a Newton step on the slope, kept inside the bracket.
const SEARCH: &str = "\
low = select(low, max(low, alpha), slope < 0.0);
high = select(high, min(high, alpha), slope > 0.0);
let newton = alpha - slope / curvature;
let outside = (newton < low) | (newton > high);
alpha = select(newton, select(newton, 0.5 * (low + high), high < 1e29), outside);";
