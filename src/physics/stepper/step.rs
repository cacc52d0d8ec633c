//! Assembly of the stages: one forward evaluation, inside loops over steps and Runge-Kutta stages.

use std::fmt::Write;

use super::{
    Integrator, StepperError,
    dynamics::{bias, mass_matrix, motion, motors, passive, tendon_passive},
    finite,
    floor::{Moving, floor_contacts},
    fluid::drag,
    harness::add_harness,
    header::{header, places},
    integrate::moved,
    kinematics::kinematics,
    limits::limits,
    path::tendons,
    robot::{Options, Robot},
    solver::Solver,
    stiffness::settled,
    trace::{Ex, Trace, Var},
};
use crate::physics::model::Model;

/// Returns the stepper's part of a module: `#import`s, constants, private variables, `physics_step`, and (where
/// something is observed) `physics_observe`.
///
/// Errors: the robot uses a feature outside the subset.
pub fn physics_text(model: &Model, options: &Options) -> Result<String, StepperError> {
    let robot = Robot::new(model, options)?;
    let mut text = header(&robot);
    text.push_str("\n// Advances the robot by `steps` steps; `stages` below the integrator's own stops after that many evaluations.\n");
    let _ = writeln!(text, "fn physics_step(steps: u32, stages: u32) {{\n{}}}", step(&robot)?);
    if options.observe.at_start() {
        text.push_str("\n// Sets what is observed of `qpos` and `qvel` as they are.\n");
        let _ = writeln!(text, "fn physics_observe() {{\n{}}}", observe(&robot));
    }
    finite(text)
}

/// Returns the number of operations in the text of one step, with loops counted once.
///
/// Errors: the robot uses a feature outside the subset.
pub fn operations(model: &Model, options: &Options) -> Result<usize, StepperError> {
    let trace = Trace::new();
    trace_step(&trace, &Robot::new(model, options)?)?;
    Ok(trace.operations())
}

fn read<'t>(trace: &'t Trace, vars: &[Var], label: &str) -> Vec<Ex<'t>> {
    vars.iter().enumerate().map(|(i, var)| trace.get(var).named(&format!("{label}_{i}"))).collect()
}

fn observe(robot: &Robot) -> String {
    let trace = Trace::new();
    let (q, v) = (
        read(&trace, &places("qpos", robot.model.sizes.nq), "q"),
        read(&trace, &places("qvel", robot.model.sizes.nv), "v"),
    );
    let kin = kinematics(&trace, robot.model, &robot.tree, &q);
    robot.options.observe.kinematics(&trace, &kin);
    robot.options.observe.velocity(&trace, &motion(&trace, robot.model, &kin, &v).velocity);
    if robot.options.observe.muscles {
        let act = read(&trace, &places("act", robot.muscles.len()), "activation");
        let ctrl = vec![trace.num(0.0); robot.model.sizes.nu];
        let tendons = tendons(&trace, robot.model, &robot.tree, &kin, (&q, &v));
        let mut total = vec![trace.num(0.0); robot.model.sizes.nv];
        let fibres = robot.pulls(&trace).add_forces(&tendons, (&q, &v), (&act, &ctrl), &mut total);
        robot.options.observe.fibres(&trace, &fibres);
    }
    trace.finish()
}

fn step(robot: &Robot) -> Result<String, StepperError> {
    let trace = Trace::new();
    trace_step(&trace, robot)?;
    Ok(trace.finish())
}

fn trace_step(trace: &Trace, robot: &Robot) -> Result<(), StepperError> {
    let model = robot.model;
    trace.comment("forces of the motors");
    let ctrl = read(trace, &places("ctrl", model.sizes.nu), "u");
    let drive = Drive { motor: &motors(trace, model, &ctrl), ctrl: &ctrl };
    trace.open("for (var step = 0u; step < steps; step++)", &[]);
    match robot.options.integrator {
        Integrator::Euler => euler(trace, robot, &drive)?,
        Integrator::Rk4 => runge_kutta(trace, robot, &drive)?,
    }
    if !robot.options.held_activation {
        robot.pulls(trace).hold(&places("act", robot.muscles.len()), &ctrl);
    }
    trace.close();
    Ok(())
}

/// Drive of the robot during a step.
struct Drive<'a, 't> {
    /// Joint forces of the motors on joints.
    motor: &'a [Ex<'t>],
    /// Controls.
    ctrl: &'a [Ex<'t>],
}

/// State at the start of an evaluation.
struct Start<'a, 't> {
    q: &'a [Ex<'t>],
    v: &'a [Ex<'t>],
    act: &'a [Ex<'t>],
}

/// Writes one forward evaluation, which sets `qacc`. Returns the accelerations to integrate: the solver's last step
/// if damping is implicit, else `qacc`.
fn forward<'t>(
    trace: &'t Trace,
    robot: &Robot,
    start: &Start<'_, 't>,
    drive: &Drive<'_, 't>,
) -> Result<Vec<Var>, StepperError> {
    let Start { q, v, act } = *start;
    let (model, tree, observe) = (robot.model, &robot.tree, &robot.options.observe);
    let kin = kinematics(trace, model, tree, q);
    observe.kinematics(trace, &kin);
    let mass = mass_matrix(model, tree, &kin);
    trace.comment("velocities, gravity and Coriolis forces");
    let motion = motion(trace, model, &kin, v);
    observe.velocity(trace, &motion.velocity);
    let bias = bias(trace, model, tree, &kin, &motion, v);
    let mut passive = passive(model, q, v);
    if robot.options.harness {
        add_harness(trace, model, (q, v), &mut passive);
    }
    let drag = drag(trace, model, tree, &kin, &motion.velocity);
    let mut driven = drive.motor.to_vec();
    let tendons = tendons(trace, model, tree, &kin, (q, v));
    let fibres = robot.pulls(trace).add_forces(&tendons, (q, v), (act, drive.ctrl), &mut driven);
    observe.fibres(trace, &fibres);
    observe.driven(trace, &driven);
    tendon_passive(trace, model, &tendons, &mut driven);
    let force: Vec<_> =
        (0..tree.nv()).map(|i| (passive[i] + drag[i] - bias[i] + driven[i]).named(&format!("force_{i}"))).collect();
    observe.dynamics(trace, tree, &mass, &bias);
    trace.comment("limits of joints and tendons");
    let limits = limits(trace, model, tree, &tendons, (q, v))?;
    trace.comment("contacts with the floor");
    let floor = floor_contacts(trace, &robot.pairs, &Moving { model, tree, kin: &kin, velocity: &motion.velocity });
    observe.floor(trace, &floor);
    if let Some(slots) = &robot.slots {
        slots.detect(trace, model, tree, &kin, v)?;
    }
    let implicit = robot.options.integrator.is_implicit(model);
    let acceleration = places("qacc", model.sizes.nv);
    let solver = Solver {
        trace,
        model,
        tree,
        axes: &kin.axes,
        mass: &mass,
        force: &force,
        limits: &limits,
        floor: &floor,
        pairs: robot.slots.as_ref(),
        acceleration: &acceleration,
        newton: robot.options.newton_iterations,
        has_multipliers: robot.has_multipliers(),
        settled: settled(model, &robot.pairs)?,
        implicit: implicit.then_some(model.opt.timestep),
    };
    let (last, excess) = solver.emit();
    observe.solved(&solver, &kin, &excess);
    Ok(if implicit { last } else { acceleration })
}

fn euler(trace: &Trace, robot: &Robot, drive: &Drive) -> Result<(), StepperError> {
    let model = robot.model;
    let acts = places("act", robot.muscles.len());
    let (qpos, qvel) = (places("qpos", model.sizes.nq), places("qvel", model.sizes.nv));
    trace.raw("let last_evaluation = step + 1u == steps;");
    let (q, v) = (read(trace, &qpos, "q"), read(trace, &qvel, "v"));
    let act = read(trace, &acts, "activation");
    let acceleration = forward(trace, robot, &Start { q: &q, v: &v, act: &act }, drive)?;
    for (m, rate) in robot.rates(trace, &act, drive.ctrl) {
        trace.set(&acts[m], act[m] + model.opt.timestep * rate);
    }
    trace.comment("new velocities move the positions");
    let h = model.opt.timestep;
    let next: Vec<_> = acceleration.iter().zip(&v).map(|(a, v)| *v + h * trace.get(a)).collect();
    let shift: Vec<_> = next.iter().map(|v| h * *v).collect();
    let moved = moved(trace, model, &q, &shift);
    qvel.iter().zip(next).for_each(|(var, v)| trace.set(var, v));
    qpos.iter().zip(moved).for_each(|(var, q)| trace.set(var, q));
    Ok(())
}

fn runge_kutta(trace: &Trace, robot: &Robot, drive: &Drive) -> Result<(), StepperError> {
    let model = robot.model;
    let (nq, nv, h) = (model.sizes.nq, model.sizes.nv, model.opt.timestep);
    let (qpos, qvel, qacc) = (places("qpos", nq), places("qvel", nv), places("qacc", nv));
    let declare = |name: &str, from: &[Var]| -> Vec<Var> {
        from.iter().enumerate().map(|(i, var)| trace.var(&format!("{name}_{i}"), trace.get(var))).collect()
    };
    let (stage_q, stage_v) = (declare("stage_qpos", &qpos), declare("stage_qvel", &qvel));
    let zeros =
        |name: &str| -> Vec<Var> { (0..nv).map(|i| trace.var(&format!("{name}_{i}"), trace.num(0.0))).collect() };
    let (sum_v, sum_a) = (zeros("sum_qvel"), zeros("sum_qacc"));
    let acts = places("act", robot.muscles.len());
    let stage_act = declare("stage_act", &acts);
    let sum_act: Vec<Var> = (0..acts.len()).map(|m| trace.var(&format!("sum_act_{m}"), trace.num(0.0))).collect();
    trace.open("for (var stage = 0u; stage < stages; stage++)", &[]);
    trace.raw("let last_evaluation = (stage == 3u) & (step + 1u == steps);");
    let (q, v) = (read(trace, &stage_q, "q"), read(trace, &stage_v, "v"));
    let act = read(trace, &stage_act, "activation");
    forward(trace, robot, &Start { q: &q, v: &v, act: &act }, drive)?;
    trace.comment("Runge-Kutta: the next stage's state, or after the last the next step's");
    trace.raw("let middle = select(2.0, 1.0, (stage == 0u) | (stage == 3u));\nlet last = stage == 3u;");
    let (middle, last) = (trace.atom("middle"), trace.atom("last"));
    let a = read(trace, &qacc, "a");
    for i in 0..nv {
        trace.add_to(&sum_v[i], middle * v[i]);
        trace.add_to(&sum_a[i], middle * a[i]);
    }
    trace.line(
        "let span = select(select($, $, stage == 2u), $, last);",
        &[trace.num(0.5 * h), trace.num(h), trace.num(h / 6.0)],
    );
    let span = trace.atom("span");
    let shift: Vec<_> = (0..nv).map(|i| trace.select(last, trace.get(&sum_v[i]), v[i]) * span).collect();
    let gain: Vec<_> = (0..nv).map(|i| trace.select(last, trace.get(&sum_a[i]), a[i]) * span).collect();
    let (start_q, start_v) = (read(trace, &qpos, "start_q"), read(trace, &qvel, "start_v"));
    let moved = moved(trace, model, &start_q, &shift);
    stage_q.iter().zip(moved).for_each(|(var, q)| trace.set(var, q));
    (0..nv).for_each(|i| trace.set(&stage_v[i], start_v[i] + gain[i]));
    for (m, rate) in robot.rates(trace, &act, drive.ctrl) {
        trace.add_to(&sum_act[m], middle * rate);
        let gain = trace.select(last, trace.get(&sum_act[m]), rate) * span;
        trace.set(&stage_act[m], trace.get(&acts[m]) + gain);
    }
    trace.close();
    acts.iter().zip(&stage_act).for_each(|(var, stage)| trace.set(var, trace.get(stage)));
    qpos.iter().zip(&stage_q).for_each(|(var, stage)| trace.set(var, trace.get(stage)));
    qvel.iter().zip(&stage_v).for_each(|(var, stage)| trace.set(var, trace.get(stage)));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::physics::stepper::observe::Observe;

    fn robot(name: &str) -> Model {
        let path = format!("{}/assets/reference/{name}_model.json", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(path).expect("the reference model exists");
        serde_json::from_str(&text).expect("the reference model reads")
    }

    /// Returns the statements with the values that they use, without names and the probe's own stores.
    fn meaning(model: &Model, integrator: Integrator, probe: bool) -> Vec<String> {
        let observe = Observe { com: true, inertia: true, velocity: true, contact: true, probe, ..Observe::default() };
        let options = Options { integrator, observe, ..Options::of(model) };
        let robot = Robot::new(model, &options).expect("the robot is in the subset");
        let trace = Trace::new();
        trace_step(&trace, &robot).expect("the robot is in the subset");
        trace.meaning(|line| line.starts_with("probe_"))
    }

    #[test]
    fn a_probe_adds_stores_and_nothing_else() {
        for name in ["hopper", "humanoid"] {
            for integrator in [Integrator::Euler, Integrator::Rk4] {
                let model = robot(name);
                let (plain, probed) = (meaning(&model, integrator, false), meaning(&model, integrator, true));
                let first = plain.iter().zip(&probed).find(|(a, b)| a != b);
                assert!(first.is_none(), "{name} {integrator:?} differs with a probe: {first:?}");
                assert_eq!(plain.len(), probed.len(), "{name} {integrator:?}: number of statements");
                assert!(plain.len() > 100, "{name} {integrator:?}: there is code to compare");
            }
        }
    }

    #[test]
    fn what_lies_outside_the_subset_is_refused() {
        let refused = |change: fn(&mut Model)| {
            let mut model = robot("hopper");
            change(&mut model);
            physics_text(&model, &Options::of(&model)).expect_err("the model is refused").to_string()
        };
        assert!(refused(|m| m.geom_bodyid[0] = 4).contains("moves"), "a plane on a foot");
        assert!(refused(|m| m.geom_condim.fill(6)).contains("condim 6"), "rolling friction");
        assert!(refused(|m| m.jnt_type[3] = 1).contains("ball"), "a ball joint");
        assert!(refused(|m| m.geom_solref.fill([-100.0, -1.0])).contains("solref"), "direct stiffness");
        assert!(
            refused(|m| m.geom_type[1] = crate::physics::model::geom::BOX).contains("no contact of capsule and box"),
            "a box that meets a capsule"
        );
        assert!(refused(|m| m.opt.gravity[2] = 1e300).contains("f32"), "gravity that f32 does not hold");
        assert!(refused(|m| m.body_invweight0.fill([0.0; 2])).contains("stiff"), "bodies that only turn");
    }
}
