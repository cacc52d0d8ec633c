//! Derivatives of the velocity after a step by the state before it, for bodies that learn by forward sensitivities.

use std::fmt::Write;

use super::{
    Integrator, StepperError,
    dynamics::{bias, mass_matrix, motion, passive, tendon_passive},
    kinematics::kinematics,
    path::tendons,
    robot::{Options, Robot},
    tangent::Tangent,
    trace::{Ex, Trace},
};
use crate::physics::model::{Model, joint};

/// Returns the function `physics_slopes()`, to be appended to the text of [`super::physics_text`]. It sets
/// `slope_qpos`, `slope_qvel` and `slope_act_K`: the derivatives of the velocity after one step at the private
/// `qpos_0`, `qvel_0` and `act_K`. It also sets `slope_free`: 1 within the joint's range, 0 beyond, where the limit
/// takes over and the derivatives are not those of the step.
///
/// A step is `v' = v + h (M + h B)^-1 F(q, v, act)`, `q' = q + h v'`: Euler with implicit damping.
///
/// Errors: anything but one hinge or slide, contacts, or another integrator.
pub fn slopes_text(model: &Model, options: &Options) -> Result<String, StepperError> {
    let robot = Robot::new(model, options)?;
    let single = model.sizes.nv == 1 && model.jnt_type[0] != joint::FREE && robot.pairs.is_empty();
    if !single || options.integrator != Integrator::Euler {
        let what = "derivatives of a step of anything but one hinge or slide without contacts, by Euler";
        return Err(StepperError::Unsupported(what.into()));
    }
    let trace = Trace::new();
    let (q, v) = (trace.read("qpos_0"), trace.read("qvel_0"));
    let act: Vec<_> = (0..model.sizes.na).map(|m| trace.read(&format!("act_{m}"))).collect();
    let (force, mass) = smooth(&trace, &robot, q, v, &act);
    let h = model.opt.timestep;
    let inverse = 1.0 / (mass + h * model.dof_damping[0]);
    let mut text = String::from("\nvar<private> slope_free: f32;\n");
    let inputs = [("qpos".to_string(), q), ("qvel".into(), v)].into_iter();
    let inputs = inputs.chain(act.iter().enumerate().map(|(m, act)| (format!("act_{m}"), *act)));
    for (name, input) in inputs {
        let slope = h * (inverse * Tangent::by(input).of(force));
        let slope = if name == "qvel" { slope + 1.0 } else { slope };
        trace.line(&format!("slope_{name} = $;"), &[slope]);
        let _ = writeln!(text, "var<private> slope_{name}: f32;");
    }
    let [low, high] = model.jnt_range[0];
    let inside = trace.num(low).less(q).and(q.less(high));
    let free = if model.jnt_limited[0] { trace.select(inside, trace.num(1.0), trace.num(0.0)) } else { trace.num(1.0) };
    trace.line("slope_free = $;", &[free]);
    Ok(format!("{text}\nfn physics_slopes() {{\n{}}}\n", trace.finish()))
}

/// Returns the force on the only dof of a robot without contacts and limits, and its inertia.
fn smooth<'t>(trace: &'t Trace, robot: &Robot, q: Ex<'t>, v: Ex<'t>, act: &[Ex<'t>]) -> (Ex<'t>, Ex<'t>) {
    let (model, tree, state) = (robot.model, &robot.tree, ([q], [v]));
    let kin = kinematics(trace, model, tree, &state.0);
    let mass = mass_matrix(model, tree, &kin);
    let motion = motion(trace, model, &kin, &state.1);
    let ctrl = vec![trace.num(0.0); model.sizes.nu];
    let mut force = vec![trace.num(0.0)];
    let tendons = tendons(trace, model, tree, &kin, (&state.0, &state.1));
    robot.pulls(trace).add_forces(&tendons, (&state.0, &state.1), (act, &ctrl), &mut force);
    tendon_passive(trace, model, &tendons, &mut force);
    let passive = passive(model, &state.0, &state.1);
    let bias = bias(trace, model, tree, &kin, &motion, &state.1);
    (passive[0] - bias[0] + force[0], mass.at(0, 0))
}
