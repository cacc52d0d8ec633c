//! Constraint rows: joint limits, frictionless contacts, pyramidal contacts; MuJoCo's soft-constraint model.

use gpu_ec::physics::model::{Model, joint};

use super::collide::{Contact, Pair};
use super::kinematics::Kinematics;
use super::real::*;

/// What a row belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// A limit of this joint.
    Limit(usize),
    /// This contact.
    Contact(usize),
}

/// One row: force `d * max(0, aref - jacobian . qacc)`.
#[derive(Debug, Clone)]
pub struct Row<T> {
    pub source: Source,
    pub jacobian: Vec<T>,
    pub d: T,
    pub aref: T,
}

/// How a row resists: position, margin, parameters, and the diagonal of `J M^-1 J^T` it is scaled by.
struct Softness<T> {
    pos: T,
    margin: T,
    solref: [T; 2],
    solimp: [T; 5],
    diagonal: T,
    /// Factor on the regularisation (2 mu^2 for pyramids).
    factor: T,
}

pub fn limit_rows<T: Real>(model: &Model, qpos: &[T], qvel: &[T]) -> Vec<Row<T>> {
    let mut rows = Vec::new();
    for id in (0..model.sizes.njnt).filter(|id| model.jnt_limited[*id] && model.jnt_type[*id] != joint::FREE) {
        let (adr, dof) = (model.jnt_qposadr[id], model.jnt_dofadr[id]);
        let [low, high] = of::<T, 2>(model.jnt_range[id]);
        let margin = T::of(model.jnt_margin[id]);
        for (pos, sign) in [(qpos[adr] - low, T::of(1.0)), (high - qpos[adr], T::of(-1.0))] {
            if pos >= margin {
                continue;
            }
            let mut jacobian = vec![T::of(0.0); model.sizes.nv];
            jacobian[dof] = sign;
            let mut solref: [T; 2] = of(model.jnt_solref[id]);
            solref[0] = solref[0].max(T::of(2.0 * model.opt.timestep));
            let diagonal = T::of(model.dof_invweight0[dof]);
            let solimp = of(model.jnt_solimp[id]);
            let softness = Softness { pos, margin, solref, solimp, diagonal, factor: T::of(1.0) };
            rows.push(row(Source::Limit(id), jacobian, qvel, &softness));
        }
    }
    rows
}

pub fn contact_rows<T: Real>(
    model: &Model,
    kin: &Kinematics<T>,
    qvel: &[T],
    pairs: &[Pair<T>],
    contacts: &[Contact<T>],
) -> Vec<Row<T>> {
    let mut rows = Vec::new();
    for (index, contact) in contacts.iter().enumerate() {
        let pair = &pairs[contact.pair];
        let [first, second] = pair.bodies.map(|body| point_jacobian(model, kin, body, contact.pos));
        let relative: Vec<V3<T>> = second.into_iter().zip(first).map(|(b, a)| sub(b, a)).collect();
        let along = |direction: V3<T>| relative.iter().map(|column| dot(&direction, column)).collect::<Vec<T>>();
        let (mu, one) = (pair.friction, T::of(1.0));
        let mut softness = Softness {
            pos: contact.dist,
            margin: pair.margin,
            solref: pair.solref,
            solimp: pair.solimp,
            diagonal: pair.invweight,
            factor: one,
        };
        if pair.condim == 1 {
            rows.push(row(Source::Contact(index), along(contact.normal), qvel, &softness));
            continue;
        }
        softness.diagonal = pair.invweight + mu * mu * pair.invweight;
        softness.factor = T::of(2.0) * mu * mu;
        for tangent in contact.tangents {
            for sign in [one, -one] {
                let jacobian = along(add(contact.normal, scale(tangent, sign * mu)));
                rows.push(row(Source::Contact(index), jacobian, qvel, &softness));
            }
        }
    }
    rows
}

/// Per dof the velocity of a point of a body.
fn point_jacobian<T: Real>(model: &Model, kin: &Kinematics<T>, body: usize, point: V3<T>) -> Vec<V3<T>> {
    let mut columns = vec![[T::of(0.0); 3]; model.sizes.nv];
    let mut ancestor = body;
    while ancestor > 0 {
        for dof in (0..model.sizes.nv).filter(|dof| model.dof_bodyid[*dof] == ancestor) {
            let (w, v) = split(kin.cdof[dof]);
            columns[dof] = add(v, cross(w, sub(point, kin.com[body])));
        }
        ancestor = model.body_parentid[ancestor];
    }
    columns
}

fn row<T: Real>(source: Source, jacobian: Vec<T>, qvel: &[T], soft: &Softness<T>) -> Row<T> {
    let one = T::of(1.0);
    let impedance = impedance(soft);
    let regularisation = (soft.diagonal * (one - impedance) / impedance).max(T::of(1e-15)) * soft.factor;
    let [tau, zeta] = soft.solref;
    let highest = clamp_impedance(soft.solimp[1]);
    let stiffness = one / (highest * highest * tau * tau * zeta * zeta);
    let damping = T::of(2.0) / (highest * tau);
    let aref = -damping * dot(&jacobian, qvel) - stiffness * impedance * (soft.pos - soft.margin);
    Row { source, jacobian, d: one / regularisation, aref }
}

fn clamp_impedance<T: Real>(d: T) -> T {
    d.max(T::of(1e-4)).min(T::of(0.9999))
}

/// `d0 + y(x) (dw - d0)` with `x = |pos - margin| / width` and `y` a two-piece power curve.
fn impedance<T: Real>(soft: &Softness<T>) -> T {
    let [d0, dw, width, mid, power] = soft.solimp;
    let (d0, dw, one) = (clamp_impedance(d0), clamp_impedance(dw), T::of(1.0));
    if width <= T::of(1e-15) {
        return (d0 + dw) * T::of(0.5);
    }
    let x = ((soft.pos - soft.margin) / width).abs();
    let y = if x >= one {
        one
    } else if power == one {
        x
    } else if x <= mid {
        x.powf(power) / mid.powf(power - one)
    } else {
        one - (one - x).powf(power) / (one - mid).powf(power - one)
    };
    d0 + y * (dw - d0)
}
