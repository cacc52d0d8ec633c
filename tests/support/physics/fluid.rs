//! Drag of the medium by MuJoCo's inertia-box model, force by force as its documentation states it.

use gpu_ec::physics::model::Model;

use super::kinematics::Kinematics;
use super::real::*;

/// Joint forces of the medium; `cvel` about the centres of mass of the trees.
pub fn fluid<T: Real>(model: &Model, kin: &Kinematics<T>, cvel: &[V6<T>]) -> Vec<T> {
    let mut force = vec![T::of(0.0); model.sizes.nv];
    if model.opt.density == 0.0 && model.opt.viscosity == 0.0 {
        return force;
    }
    for body in (1..model.sizes.nbody).filter(|body| model.body_mass[*body] > 1e-15) {
        let (torque, push) = on_body(model, kin, cvel[body], body);
        // The power of the force on every dof above the body.
        let mut ancestor = body;
        while ancestor > 0 {
            for dof in (0..model.sizes.nv).filter(|dof| model.dof_bodyid[*dof] == ancestor) {
                let (w, v) = split(kin.cdof[dof]);
                let at_centre = add(v, cross(w, sub(kin.xipos[body], kin.com[body])));
                force[dof] += dot(&w, &torque) + dot(&at_centre, &push);
            }
            ancestor = model.body_parentid[ancestor];
        }
    }
    force
}

/// Torque, and force at the body's centre of mass, in the world.
fn on_body<T: Real>(model: &Model, kin: &Kinematics<T>, cvel: V6<T>, body: usize) -> (V3<T>, V3<T>) {
    let frame = kin.ximat[body];
    let transposed: M3<T> = std::array::from_fn(|i| column(&frame, i));
    let (w, v) = split(cvel);
    let speed = sub(add(v, cross(w, sub(kin.xipos[body], kin.com[body]))), of(model.opt.wind));
    let (w, v) = (mat_vec(&transposed, w), mat_vec(&transposed, speed));

    let six = T::of(6.0) / T::of(model.body_mass[body]);
    let [a, b, c]: V3<T> = of(model.body_inertia[body]);
    let [bx, by, bz] = [(b + c - a) * six, (a + c - b) * six, (a + b - c) * six].map(T::sqrt);
    let (rho, beta, pi) = (T::of(model.opt.density), T::of(model.opt.viscosity), T::of(std::f64::consts::PI));
    let d = (bx + by + bz) * T::of(1.0 / 3.0);
    let fourth = |x: T| x * x * x * x;
    let (half, part) = (T::of(0.5), T::of(1.0 / 64.0));
    let torque = [
        -beta * pi * d * d * d * w[0] - rho * bx * (fourth(by) + fourth(bz)) * part * w[0].abs() * w[0],
        -beta * pi * d * d * d * w[1] - rho * by * (fourth(bx) + fourth(bz)) * part * w[1].abs() * w[1],
        -beta * pi * d * d * d * w[2] - rho * bz * (fourth(bx) + fourth(by)) * part * w[2].abs() * w[2],
    ];
    let three = T::of(3.0);
    let push = [
        -three * beta * pi * d * v[0] - half * rho * by * bz * v[0].abs() * v[0],
        -three * beta * pi * d * v[1] - half * rho * bx * bz * v[1].abs() * v[1],
        -three * beta * pi * d * v[2] - half * rho * bx * by * v[2].abs() * v[2],
    ];
    (mat_vec(&frame, torque), mat_vec(&frame, push))
}
