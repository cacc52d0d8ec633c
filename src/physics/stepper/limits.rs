//! Limits of joints and tendons: one row each, for the nearer end of its range.

use super::{
    StepperError,
    matrix::TreeMatrix,
    multipliers::{Multiplier, Stage},
    path::{Line, moved},
    softness::Softness,
    stiffness::{has_stiff_limit, stiffest},
    trace::{Ex, Trace, Var},
    tree::Tree,
};
use crate::physics::model::{Model, joint};

/// The row of one limited joint or tendon.
pub struct Limit<'t> {
    /// Dofs that the limit acts on, each with the rate of change of the limited length at unit velocity. A dof comes
    /// after those between it and the root.
    moment: Vec<(usize, Ex<'t>)>,
    /// 1 at the lower end, -1 at the upper.
    sign: Ex<'t>,
    /// Weight D, or 0 inside the range.
    weight: Ex<'t>,
    /// Residual J a - aref.
    residual: Var,
    /// Multiplier of a stiff limit.
    stiff: Option<Stiff<'t>>,
}

/// Multiplier of a stiff limit, which makes up for the part of its D that the weight leaves out.
struct Stiff<'t> {
    /// Share of D that is left out: 1 - weight / D.
    share: Ex<'t>,
    multiplier: Multiplier,
}

/// A limited length with its range and parameters.
struct Bounded<'t> {
    name: String,
    line: Line<'t>,
    range: [f64; 2],
    margin: f64,
    softness: Softness,
    inverse_weight: f64,
    /// Largest weight with which it enters Newton's system; `None` without a bound.
    most: Option<Ex<'t>>,
}

/// Least inverse weight. A limit whose length does not change with any dof in the start pose is practically rigid.
const LEAST_INVERSE_WEIGHT: f64 = 1e-12;

/// Sets up the limits at the state `q`, `v` and its `tendons`.
pub fn limits<'t>(
    trace: &'t Trace,
    model: &Model,
    tree: &Tree,
    tendons: &[Line<'t>],
    (q, v): (&[Ex<'t>], &[Ex<'t>]),
) -> Result<Vec<Limit<'t>>, StepperError> {
    let mut limits = vec![];
    for j in (0..model.sizes.njnt).filter(|&j| model.jnt_limited[j] && model.jnt_type[j] != joint::FREE) {
        let dof = model.jnt_dofadr[j];
        limits.push(limit(
            trace,
            Bounded {
                name: format!("limit_{j}"),
                line: Line { length: q[model.jnt_qposadr[j]], velocity: v[dof], moment: vec![(dof, trace.num(1.0))] },
                range: model.jnt_range[j],
                margin: model.jnt_margin[j],
                softness: Softness::new(model.jnt_solref[j], model.jnt_solimp[j], model.opt.timestep)?,
                inverse_weight: model.dof_invweight0[dof],
                most: None,
            },
        ));
    }
    for (t, line) in tendons.iter().enumerate().filter(|(t, _)| model.tendon_limited[*t]) {
        if !is_chain(tree, &moved(model, tree, t)) {
            return Err(StepperError::Unsupported(format!(
                "tendon {t}: a limit over joints that are not on one chain"
            )));
        }
        limits.push(limit(
            trace,
            Bounded {
                name: format!("tendon_limit_{t}"),
                line: line.sorted(),
                range: model.tendon_range[t],
                margin: 0.0,
                softness: Softness::new(model.tendon_solref_lim[t], model.tendon_solimp_lim[t], model.opt.timestep)?,
                inverse_weight: model.tendon_invweight0[t].max(LEAST_INVERSE_WEIGHT),
                most: has_stiff_limit(model, t).then(|| largest_weight(trace, model, line)),
            },
        ));
    }
    Ok(limits)
}

/// Returns the largest weight of a limit over `line`: [`stiffest`] divided by the mobility of its length, summed
/// joint by joint.
fn largest_weight<'t>(trace: &'t Trace, model: &Model, line: &Line<'t>) -> Ex<'t> {
    let share = |sum: Ex<'t>, &(dof, moment): &(usize, Ex<'t>)| sum + model.dof_invweight0[dof] * (moment * moment);
    let mobility = line.moment.iter().fold(trace.num(0.0), share);
    stiffest(model) / mobility.max(LEAST_INVERSE_WEIGHT)
}

/// Returns whether dofs, in ascending order, lie on one chain from the root.
pub fn is_chain(tree: &Tree, dofs: &[usize]) -> bool {
    dofs.windows(2).all(|pair| tree.ancestors[pair[1]].contains(&pair[0]))
}

fn limit<'t>(trace: &'t Trace, bounded: Bounded<'t>) -> Limit<'t> {
    let Bounded { name, line, range, margin, softness, inverse_weight, most } = bounded;
    let row = softness.traced(trace);
    let (below, above) = (line.length - range[0], range[1] - line.length);
    let pos = below.min(above) - margin;
    let sign = trace.select(below.less(above), trace.num(1.0), trace.num(-1.0)).named(&format!("{name}_sign"));
    let impedance = row.impedance(pos);
    let zero = trace.num(0.0);
    let weight = trace.select(pos.less(0.0), row.weight(impedance, inverse_weight), zero);
    let stiff = most.map(|most| Stiff {
        share: (1.0 - most / weight.max(most)).named(&format!("{name}_share")),
        multiplier: Multiplier::new(trace, &name),
    });
    let weight = most.map_or(weight, |most| weight.min(most)).named(&format!("{name}_weight"));
    let residual = trace.var(&format!("{name}_residual"), row.drift(impedance, pos, sign * line.velocity));
    Limit { moment: line.moment, sign, weight, residual, stiff }
}

impl<'t> Limit<'t> {
    /// Adds the row to gradient and Hessian, unless `newton` is false.
    pub fn weigh(
        &self,
        trace: &'t Trace,
        newton: Option<Ex<'t>>,
        gradient: &mut [Ex<'t>],
        hessian: &mut TreeMatrix<'t>,
    ) {
        let residual = self.shifted(trace);
        let active = residual.less(0.0);
        let active = newton.map_or(active, |newton| active.and(newton));
        let weight = trace.select(active, self.weight, trace.num(0.0));
        let pull = self.sign * (weight * residual);
        for (n, &(i, moment)) in self.moment.iter().enumerate() {
            gradient[i] = gradient[i] + moment * pull;
            for &(j, other) in &self.moment[..=n] {
                hessian.set(i, j, hessian.at(i, j) + moment * other * weight);
            }
        }
    }

    /// Returns the residual, including its multiplier.
    fn shifted(&self, trace: &'t Trace) -> Ex<'t> {
        let residual = trace.get(&self.residual);
        self.stiff.as_ref().map_or(residual, |stiff| stiff.multiplier.shift(trace, residual))
    }

    /// Moves the multiplier, if there is one.
    pub fn multiply(&self, trace: &'t Trace, stage: Stage) {
        if let Some(Stiff { share, multiplier }) = &self.stiff {
            match stage {
                Stage::Aim => multiplier.aim(trace, *share * self.shifted(trace).min(0.0)),
                Stage::Go => multiplier.go(trace),
                Stage::Measure => (),
                Stage::Reset => multiplier.reset(trace),
            }
        }
    }

    /// Returns the change of the residual along the step `x`.
    pub fn along(&self, x: &[Ex<'t>]) -> Ex<'t> {
        let zero = self.sign.trace.num(0.0);
        self.sign * self.moment.iter().fold(zero, |sum, (dof, moment)| sum + *moment * x[*dof])
    }

    /// Adds the row's slope and curvature at `alpha` along the step.
    pub fn search(&self, trace: &'t Trace, x: &[Ex<'t>]) {
        let along = self.along(x);
        super::solver::search_row(trace, self.shifted(trace), along, self.weight, 1.0);
    }

    /// Moves the residual by `alpha` along the step.
    pub fn update(&self, trace: &'t Trace, x: &[Ex<'t>], alpha: Ex<'t>) {
        trace.add_to(&self.residual, alpha * self.along(x));
    }
}
