//! Joint limits: one row a limited joint, towards the nearer end of its range.

use super::{
    StepperError,
    softness::Softness,
    trace::{Ex, Trace, Var},
};
use crate::physics::model::{Model, joint};

/// The row of one limited joint.
pub struct Limit<'t> {
    /// The dof it acts on.
    pub dof: usize,
    /// The row's only entry: 1 at the lower end, -1 at the upper.
    sign: Ex<'t>,
    /// D, or 0 inside the range.
    weight: Ex<'t>,
    /// J a - aref.
    residual: Var,
}

/// Sets up the limits at `q`, `v`.
pub fn limits<'t>(trace: &'t Trace, model: &Model, q: &[Ex<'t>], v: &[Ex<'t>]) -> Result<Vec<Limit<'t>>, StepperError> {
    let mut limits = vec![];
    for j in 0..model.sizes.njnt {
        if !model.jnt_limited[j] || model.jnt_type[j] == joint::FREE {
            continue;
        }
        let (at, dof) = (model.jnt_qposadr[j], model.jnt_dofadr[j]);
        let row = Softness::new(model.jnt_solref[j], model.jnt_solimp[j], model.opt.timestep)?.traced(trace);
        let (below, above) = (q[at] - model.jnt_range[j][0], model.jnt_range[j][1] - q[at]);
        let pos = below.min(above) - model.jnt_margin[j];
        let sign = trace.select(below.less(above), trace.num(1.0), trace.num(-1.0)).named(&format!("limit_{j}_sign"));
        let impedance = row.impedance(pos);
        let zero = trace.num(0.0);
        let weight = trace.select(pos.less(0.0), row.weight(impedance, model.dof_invweight0[dof]), zero);
        let weight = weight.named(&format!("limit_{j}_weight"));
        let residual = trace.var(&format!("limit_{j}_residual"), row.drift(impedance, pos, sign * v[dof]));
        limits.push(Limit { dof, sign, weight, residual });
    }
    Ok(limits)
}

impl<'t> Limit<'t> {
    /// Gradient and Hessian entry of the dof, where `newton` holds.
    pub fn weigh(&self, trace: &'t Trace, newton: Option<Ex<'t>>) -> (Ex<'t>, Ex<'t>) {
        let residual = trace.get(&self.residual);
        let active = residual.less(0.0);
        let active = newton.map_or(active, |newton| active.and(newton));
        let weight = trace.select(active, self.weight, trace.num(0.0));
        (self.sign * (weight * residual), weight)
    }

    /// Change of the residual along the step `x`.
    pub fn along(&self, x: &[Ex<'t>]) -> Ex<'t> {
        self.sign * x[self.dof]
    }

    /// Adds the row's slope and curvature at `alpha` along the step.
    pub fn search(&self, trace: &'t Trace, x: &[Ex<'t>]) {
        let along = self.along(x);
        super::solver::search_row(trace, trace.get(&self.residual), along, self.weight, 1.0);
    }

    /// Moves the residual by `alpha` along the step.
    pub fn update(&self, trace: &'t Trace, x: &[Ex<'t>], alpha: Ex<'t>) {
        trace.add_to(&self.residual, alpha * self.along(x));
    }
}
