//! Forward dynamics and the two integrators.

use gpu_ec::physics::model::{Model, joint};

use super::collide::{self, Contact, Pair};
use super::fluid;
use super::kinematics::Kinematics;
use super::linear::Square;
use super::newton;
use super::real::*;
use super::rows::{self, Row, Source};
use super::smooth;

/// Position, velocity, and the acceleration the next solve starts from.
#[derive(Debug, Clone)]
pub struct State<T> {
    pub qpos: Vec<T>,
    pub qvel: Vec<T>,
    pub warm: Option<Vec<T>>,
}

impl<T: Real> State<T> {
    pub fn new(qpos: &[f64], qvel: &[f64]) -> Self {
        let of = |x: &[f64]| x.iter().map(|x| T::of(*x)).collect();
        Self { qpos: of(qpos), qvel: of(qvel), warm: None }
    }
}

/// How to step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Integrator {
    /// Semi-implicit, joint damping implicit.
    Euler,
    /// Runge and Kutta's fourth order.
    Rk4,
}

/// One evaluation of the forward dynamics; names are MuJoCo's.
#[derive(Debug, Clone)]
pub struct Forward<T> {
    pub kin: Kinematics<T>,
    pub cvel: Vec<V6<T>>,
    pub m: Square<T>,
    pub qfrc_bias: Vec<T>,
    pub qfrc_passive: Vec<T>,
    pub qfrc_actuator: Vec<T>,
    pub qacc_smooth: Vec<T>,
    pub contacts: Vec<Contact<T>>,
    pub rows: Vec<Row<T>>,
    pub qacc: Vec<T>,
}

/// Steps one robot.
pub struct Stepper<'m, T> {
    pub model: &'m Model,
    pub pairs: Vec<Pair<T>>,
    pub integrator: Integrator,
}

impl<'m, T: Real> Stepper<'m, T> {
    /// With the integrator that the model names.
    pub fn new(model: &'m Model) -> Self {
        let integrator = if model.opt.integrator == 1.0 { Integrator::Rk4 } else { Integrator::Euler };
        Self { model, pairs: collide::pairs(model), integrator }
    }

    /// Accelerations, and everything on the way to them.
    pub fn forward(&self, state: &State<T>, ctrl: &[T]) -> Forward<T> {
        let (model, qvel) = (self.model, &state.qvel);
        let kin = Kinematics::new(model, &state.qpos);
        let m = smooth::mass_matrix(model, &kin);
        let (qfrc_bias, cvel) = smooth::bias(model, &kin, qvel);
        let mut qfrc_passive = smooth::passive(model, &state.qpos, qvel);
        qfrc_passive.iter_mut().zip(fluid::fluid(model, &kin, &cvel)).for_each(|(sum, drag)| *sum += drag);
        let qfrc_actuator = smooth::motors(model, ctrl);
        let force: Vec<T> = (0..model.sizes.nv).map(|d| qfrc_actuator[d] + qfrc_passive[d] - qfrc_bias[d]).collect();
        let qacc_smooth = m.solve(&force);
        let contacts = collide::contacts(model, &kin, &self.pairs);
        let mut rows = rows::limit_rows(model, &state.qpos, qvel);
        rows.extend(rows::contact_rows(model, &kin, qvel, &self.pairs, &contacts));
        let qacc = match rows[..] {
            [] => qacc_smooth.clone(),
            _ => newton::solve(&m, &rows, &qacc_smooth, state.warm.as_deref()),
        };
        Forward { kin, cvel, m, qfrc_bias, qfrc_passive, qfrc_actuator, qacc_smooth, contacts, rows, qacc }
    }

    /// Advances one physics step; returns the last evaluation inside it (stage 4 of RK4), as MuJoCo's data holds.
    pub fn step(&self, state: &mut State<T>, ctrl: &[T]) -> Forward<T> {
        match self.integrator {
            Integrator::Euler => self.euler(state, ctrl),
            Integrator::Rk4 => self.rk4(state, ctrl),
        }
    }

    /// `(M + h diag(damping)) a = M qacc`, then velocity, then position with the new velocity.
    fn euler(&self, state: &mut State<T>, ctrl: &[T]) -> Forward<T> {
        let h = T::of(self.model.opt.timestep);
        let forward = self.forward(state, ctrl);
        let mut damped = forward.m.clone();
        for (d, damping) in self.model.dof_damping.iter().enumerate() {
            *damped.at(d, d) += h * T::of(*damping);
        }
        let qacc = damped.solve(&forward.m.mul(&forward.qacc));
        state.qvel = combine(&state.qvel, h, &qacc);
        state.qpos = self.moved(&state.qpos, &state.qvel, h);
        state.warm = Some(forward.qacc.clone());
        forward
    }

    fn rk4(&self, state: &mut State<T>, ctrl: &[T]) -> Forward<T> {
        let h = T::of(self.model.opt.timestep);
        let sixth = T::of(1.0) / T::of(6.0);
        let mut forward = self.forward(state, ctrl);
        let mut velocity = scaled(&state.qvel, sixth);
        let mut acceleration = scaled(&forward.qacc, sixth);
        let mut stage = state.clone();
        for (reach, weight) in [(0.5, 2.0), (0.5, 2.0), (1.0, 1.0)] {
            let (reach, weight) = (h * T::of(reach), sixth * T::of(weight));
            stage.qpos = self.moved(&state.qpos, &stage.qvel, reach);
            stage.qvel = combine(&state.qvel, reach, &forward.qacc);
            stage.warm = Some(forward.qacc);
            forward = self.forward(&stage, ctrl);
            velocity = combine(&velocity, weight, &stage.qvel);
            acceleration = combine(&acceleration, weight, &forward.qacc);
        }
        state.qpos = self.moved(&state.qpos, &velocity, h);
        state.qvel = combine(&state.qvel, h, &acceleration);
        state.warm = Some(forward.qacc.clone());
        forward
    }

    /// `qpos` after moving with `qvel` for `h` seconds; a free joint's quaternion turns by `exp(h w)` on the right.
    fn moved(&self, qpos: &[T], qvel: &[T], h: T) -> Vec<T> {
        let mut moved = qpos.to_vec();
        for id in 0..self.model.sizes.njnt {
            let (adr, dof) = (self.model.jnt_qposadr[id], self.model.jnt_dofadr[id]);
            if self.model.jnt_type[id] != joint::FREE {
                moved[adr] += h * qvel[dof];
                continue;
            }
            (0..3).for_each(|i| moved[adr + i] += h * qvel[dof + i]);
            let w = [qvel[dof + 3], qvel[dof + 4], qvel[dof + 5]];
            let speed = norm(&w);
            let axis = scale(w, T::of(1.0) / speed.max(T::of(1e-15)));
            let quat = [qpos[adr + 3], qpos[adr + 4], qpos[adr + 5], qpos[adr + 6]];
            moved[adr + 3..adr + 7].copy_from_slice(&unit(quat_mul(quat, about(axis, h * speed))));
        }
        moved
    }
}

impl<T: Real> Forward<T> {
    /// Force of each row: `d * max(0, aref - J qacc)`.
    pub fn row_forces(&self) -> Vec<T> {
        let residuals = newton::residuals(&self.rows, &self.qacc);
        residuals.iter().zip(&self.rows).map(|(x, row)| -row.d * x.min(T::of(0.0))).collect()
    }

    /// Force of each contact in its frame: normal, first tangent, second tangent.
    pub fn contact_forces(&self, pairs: &[Pair<T>]) -> Vec<V3<T>> {
        let mut forces = vec![[T::of(0.0); 3]; self.contacts.len()];
        let mut edges = vec![0_usize; self.contacts.len()];
        for (force, row) in self.row_forces().into_iter().zip(&self.rows) {
            let Source::Contact(index) = row.source else { continue };
            forces[index][0] += force;
            let pair = &pairs[self.contacts[index].pair];
            if pair.condim == 3 {
                let sign = if edges[index].is_multiple_of(2) { pair.friction } else { -pair.friction };
                forces[index][1 + edges[index] / 2] += sign * force;
            }
            edges[index] += 1;
        }
        forces
    }

    /// Joint forces of limits and contacts: MuJoCo's qfrc_constraint.
    pub fn constraint_forces(&self) -> Vec<T> {
        let mut force = vec![T::of(0.0); self.qacc.len()];
        for row in &self.rows {
            let lack = row.aref - dot(&row.jacobian, &self.qacc);
            let pull = if lack > T::of(0.0) { row.d * lack } else { T::of(0.0) };
            force.iter_mut().zip(&row.jacobian).for_each(|(sum, lever)| *sum += *lever * pull);
        }
        force
    }

    /// `cfrc_ext`: contact forces on each body, about the centre of mass of its tree, world axes; the world's are 0.
    pub fn external_forces(&self, pairs: &[Pair<T>]) -> Vec<V6<T>> {
        let mut external = vec![[T::of(0.0); 6]; self.kin.xpos.len()];
        for (contact, [normal, first, second]) in self.contacts.iter().zip(self.contact_forces(pairs)) {
            let force = add(scale(contact.normal, normal), scale(contact.tangents[0], first));
            let force = add(force, scale(contact.tangents[1], second));
            for (body, sign) in
                pairs[contact.pair].bodies.into_iter().zip([T::of(-1.0), T::of(1.0)]).filter(|(body, _)| *body > 0)
            {
                let force = scale(force, sign);
                let torque = cross(sub(contact.pos, self.kin.com[body]), force);
                external[body] = add(external[body], join(torque, force));
            }
        }
        external
    }
}

/// `a + factor * b`.
fn combine<T: Real>(a: &[T], factor: T, b: &[T]) -> Vec<T> {
    a.iter().zip(b).map(|(a, b)| *a + factor * *b).collect()
}

fn scaled<T: Real>(a: &[T], factor: T) -> Vec<T> {
    a.iter().map(|x| *x * factor).collect()
}
