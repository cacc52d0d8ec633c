//! Muscles on the GPU: MuJoCo's curves and dynamics against its tables, the laws that it lacks against their closed
//! forms in f64.

use crate::support::golden_gpu::{Bench, Probe, open};
use crate::support::{golden, npz::Npz};
use gpu_ec::{
    gpu::Workspace,
    kernel::{
        buffers::BufferId,
        entry::{Kernel, PassId},
        records::RunParams,
        wgsl::{Constants, compose},
    },
    physics::{
        mjcf,
        model::Model,
        muscle::{ForceLength, ForceVelocity, Muscle, Passive},
        stepper::{
            Capacity, Integrator, Options,
            muscle::{activation_rate, force_length, force_velocity, passive},
            trace::{Ex, Trace},
        },
    },
    tasks::{
        Sharing,
        locomotion::{Locomotion, Reward, Source, Spec, Start, Value},
    },
};

/// Values of a traced function of two numbers, each row with constants of its own.
fn on_gpu(rows: &[([f64; 2], Curve)]) -> Vec<f64> {
    let trace = Trace::new();
    for (row, (_, curve)) in rows.iter().enumerate() {
        trace.open(&format!("if (row == {row}u)"), &[]);
        let value = curve(&trace, trace.atom("x"), trace.atom("y"));
        trace.line("value = $;", &[value]);
        trace.close();
    }
    let text = format!(
        "#import numerics/exp\n#import numerics/atan\n#import physics/math\nvar<storage, read_write> probe_inout: array<f32>;\n\
         @compute @workgroup_size(8)\nfn main(@builtin(global_invocation_id) id: vec3<u32>) {{\n    let row = id.x;\n    \
         let x = probe_inout[2u * row];\n    let y = probe_inout[2u * row + 1u];\n    var value = 0.0;\n{}    \
         probe_inout[2u * row] = value;\n}}\n",
        trace.finish()
    );
    let module = compose("muscles", &text, &Constants::default()).expect("composes");
    let gpu = open();
    let mut workspace =
        Workspace::new(&gpu, &[Kernel::new(PassId::Other("muscles"), &module, "main")]).expect("compiles");
    let count = rows.len().next_multiple_of(8);
    workspace.alloc(BufferId::Probe, (8 * count) as u64).expect("memory");
    let mut data: Vec<f32> = rows.iter().flat_map(|(at, _)| at.map(|x| x as f32)).collect();
    data.resize(2 * count, 0.0);
    workspace.write(BufferId::Probe, &data);
    workspace.dispatch(PassId::Other("muscles"), [count as u32 / 8, 1, 1]).expect("runs");
    let out: Vec<f32> = workspace.read(BufferId::Probe).expect("read");
    out.chunks_exact(2).take(rows.len()).map(|pair| f64::from(pair[0])).collect()
}

type Curve = Box<dyn for<'t> Fn(&'t Trace, Ex<'t>, Ex<'t>) -> Ex<'t>>;

/// Worst difference relative to `1 + |x|`.
fn worst(found: &[f64], expected: &[f64]) -> f64 {
    let error = |(a, b): (&f64, &f64)| if a.is_finite() { (a - b).abs() / (1.0 + b.abs()) } else { f64::INFINITY };
    found.iter().zip(expected).map(error).fold(0.0, f64::max)
}

/// Rows of the table that one kernel takes: each is a branch of its text.
const ROWS: usize = 250;

fn in_parts(rows: &[([f64; 2], Curve)]) -> Vec<f64> {
    rows.chunks(ROWS).flat_map(on_gpu).collect()
}

#[test]
fn mujocos_curves_and_dynamics() {
    let file = Npz::open(golden::path("muscle_tables.npz"));
    let column = |name: &str| -> Vec<f64> { file.rows(name).concat() };
    let (length, velocity) = (column("len"), column("vel"));
    let (range, acc0) = (file.rows("lr"), column("acc0"));
    let prm = file.rows("prm");
    let normal = |row: usize| {
        let (p, lr) = (&prm[row], &range[row]);
        let optimal = (lr[1] - lr[0]) / (p[1] - p[0]);
        let peak = if p[2] < 0.0 { p[3] / acc0[row] } else { p[2] };
        let l = p[0] + (length[row] - lr[0]) / optimal;
        (peak, l, velocity[row] / (optimal * p[6]))
    };
    for (name, what) in [("gain", 0), ("bias", 1)] {
        let expected = column(name);
        let curves: Vec<([f64; 2], Curve)> = (0..expected.len())
            .map(|row| {
                let (peak, l, v) = normal(row);
                let p = prm[row].clone();
                let (lmin, lmax, fpmax, fvmax) = (p[4], p[5], p[7], p[8]);
                let curve: Curve = match what {
                    0 => Box::new(move |trace, l, v| {
                        let active = force_length(trace, ForceLength::Parabolas { lmin, lmax }, l)
                            * force_velocity(trace, ForceVelocity::Parabolas { fvmax }, v);
                        -(peak * active)
                    }),
                    _ => Box::new(move |trace, l, _| -(peak * passive(trace, Passive::Parabola { fpmax, lmax }, l))),
                };
                ([l, v], curve)
            })
            .collect();
        let found = in_parts(&curves);
        let error = worst(&found, &expected);
        eprintln!("{name}: {error:.1e} of 1 + |x|");
        assert!(error < 2e-5, "{name}: {error:.2e}");
        let mut wrong = found;
        wrong[7] += 1e-3 * (1.0 + wrong[7].abs());
        assert!(worst(&wrong, &expected) > 2e-5, "an error is seen");
    }
    let (ctrl, act, expected) = (column("ctrl"), column("act"), column("actdot"));
    let dyn_prm = file.rows("dynprm");
    let curves: Vec<([f64; 2], Curve)> = (0..expected.len())
        .map(|row| {
            let d = dyn_prm[row].clone();
            let curve: Curve = Box::new(move |trace, u, a| activation_rate(trace, [d[0], d[1]], d[2], u, a));
            ([ctrl[row], act[row]], curve)
        })
        .collect();
    let error = worst(&in_parts(&curves), &expected);
    eprintln!("act_dot: {error:.1e} of 1 + |x|");
    assert!(error < 2e-5, "act_dot: {error:.2e}");
}

#[test]
fn laws_that_mujoco_lacks() {
    let mut rows: Vec<([f64; 2], Curve)> = vec![];
    let mut expected = vec![];
    let mut add = |x: f64, value: f64, curve: Curve| {
        rows.push(([x, 0.0], curve));
        expected.push(value);
    };
    for k in 0..21 {
        let l = 0.2 + 0.09 * f64::from(k);
        let l = f64::from(l as f32);
        add(
            l,
            (-((l - 1.0) / 0.5f64).powi(2)).exp(),
            Box::new(|trace, x, _| force_length(trace, ForceLength::Gaussian { width: 0.5 }, x)),
        );
        let square = if l > 1.0 { 3.0 * (l - 1.0).powi(2) } else { 0.0 };
        add(l, square, Box::new(|trace, x, _| passive(trace, Passive::Square { stiffness: 3.0 }, x)));
        let thelen = if l > 1.0 { ((4.0 * (l - 1.0) / 0.6f64).exp() - 1.0) / (4f64.exp() - 1.0) } else { 0.0 };
        add(l, thelen, Box::new(|trace, x, _| passive(trace, Passive::Exponential { shape: 4.0, strain: 0.6 }, x)));
        let v = f64::from((0.3 * f64::from(k) - 3.0) as f32);
        let arctan = (1.0 + (10.0 * v).atan() / 1.5).max(0.0);
        let law = ForceVelocity::Arctan { steepness: 10.0, spread: 1.5 };
        add(v, arctan, Box::new(move |trace, x, _| force_velocity(trace, law, x)));
    }
    let error = worst(&on_gpu(&rows), &expected);
    eprintln!("Gaussian, square, Thelen's exponential, arctan: {error:.1e} of 1 + |x|");
    assert!(error < 1e-6, "{error:.2e}");
}

/// A hinge between two muscles with laws in `<custom>`.
fn arm(laws: &str, timeconst: &str) -> Model {
    let xml = format!(
        "<mujoco><compiler angle='radian'/><option timestep='0.002' gravity='0 0 0'/><worldbody>
         <site name='g' pos='0.05 0 0'/>
         <body name='a'><joint name='j' axis='0 1 0'/><inertial pos='0 0 .1' mass='.1' diaginertia='.001 .001 .0001'/>
         <site name='s' pos='0 0 .1'/></body></worldbody>
         <tendon><spatial name='t'><site site='g'/><site site='s'/></spatial></tendon>
         <actuator>
         <muscle name='m' joint='j' force='10' range='0 1' lengthrange='0.02 0.12' vmax='5' timeconst='{timeconst}'/>
         <muscle name='t' tendon='t' force='10' range='0 1' lengthrange='0.02 0.12' vmax='5' timeconst='{timeconst}'/>
         </actuator>
         <custom><text name='other' data='skipped'/><text name='muscle:m' data='{laws}'/></custom></mujoco>"
    );
    mjcf::compile("arm.xml", &xml).unwrap_or_else(|error| panic!("{error}")).model
}

/// States after `steps` steps: qpos, qvel, act.
fn run(model: Model, q: f64, ctrl: [f64; 2], act: [f64; 2], steps: u32) -> (f64, f64, Vec<f64>) {
    let gpu = open();
    let options = Options { integrator: Integrator::Euler, ..Options::of(&model) };
    let probe = Probe::of_model(model, options);
    let mut workspace = probe.workspace(&gpu, 1);
    let rows = |values: &[f64]| vec![values.to_vec()];
    let (q, v, u, a) = (rows(&[q]), rows(&[0.0]), rows(&ctrl), rows(&act));
    let out = probe.run(&mut workspace, &[("qpos", &q), ("qvel", &v), ("ctrl", &u), ("act", &a)], steps, 1);
    (probe.field(&out, "qpos", 0)[0], probe.field(&out, "qvel", 0)[0], probe.field(&out, "act", 0))
}

#[test]
fn the_law_of_cosines_is_a_straight_tendon() {
    // the tendon from 5 cm beside the hinge to 10 cm up the arm shortens when the arm turns to its side
    for q in [-0.7, 0.1, 0.6] {
        let model = || arm("path=hinge 0.05 0.1 -1", "0.01 0.04");
        let by_hinge = run(model(), q, [0.0; 2], [0.7, 0.0], 1);
        let by_tendon = run(model(), q, [0.0; 2], [0.0, 0.7], 1);
        // passive forces of the other muscle are the same in both
        assert!((by_hinge.1 - by_tendon.1).abs() < 2e-6 * (1.0 + by_tendon.1.abs()), "{q}: {by_hinge:?} {by_tendon:?}");
        assert!(by_hinge.1 > 0.0, "both pull to their side");
    }
}

#[test]
fn activation_solved_exactly_and_pulses() {
    let model = arm("activation=exponential; path=hinge 0.05 0.1 -1", "0.01 0.04");
    let (_, _, act) = run(model.clone(), 0.0, [1.0, 0.0], [0.1, 0.0], 5);
    let rising = 1.0 - 0.9 * (-0.01f64 / 0.01).exp();
    assert!((act[0] - rising).abs() < 1e-6, "rises to {rising}: {act:?}");
    let (_, _, act) = run(model, 0.0, [0.0, 0.0], [0.8, 0.0], 5);
    let falling = 0.8 * (-0.01f64 / 0.04).exp();
    assert!((act[0] - falling).abs() < 1e-6, "falls to {falling}: {act:?}");
    // a stimulation above one half holds for ten steps more
    let held = arm("activation=exponential 0.02; path=hinge 0.05 0.1 -1", "0.01 0.04");
    let (_, _, act) = run(held, 0.0, [0.6, 0.0], [0.0, 0.0], 5);
    let full = 1.0 - (-0.01f64 / 0.01).exp();
    assert!((act[0] - full).abs() < 1e-6, "a pulse is a whole stimulation, {full}: {act:?}");
}

#[test]
fn laws_are_refused_at_their_place() {
    let refused = |laws: &str| {
        let xml = format!(
            "<mujoco><worldbody><body><joint name='j'/><geom size='.1'/></body></worldbody>\n<actuator><muscle name='m' joint='j' \
             lengthrange='1 2'/></actuator>\n<custom><text name='muscle:m' data='{laws}'/></custom></mujoco>"
        );
        mjcf::compile("arm.xml", &xml).expect_err("refused").to_string()
    };
    for laws in [
        "length=gauss 1",
        "length=gaussian",
        "velocity=arctan -1 2",
        "path=hinge 1 1 1",
        "path=hinge 1 2 3",
        "mass=2",
        "length",
    ] {
        let message = refused(laws);
        assert!(message.contains("arm.xml:3") && message.contains("no law of a muscle"), "{laws}: {message}");
        assert!(message.contains("path=hinge C1 C2 SIDE"), "the remedy: {message}");
    }
}

/// What muscles feel, what effort costs and how actuators drive joints, in a task of one step from MuJoCo's states.
#[test]
fn what_a_task_sees_of_muscles() {
    let model = golden::model("arm6");
    let file = Npz::open(golden::path("arm6_states.npz"));
    let rows = |name: &str| file.rows(name);
    let muscles = Muscle::all(&model);
    let seen = [
        Source::MuscleLengths,
        Source::MuscleVelocities,
        Source::MuscleForces,
        Source::Activations,
        Source::MotorForces,
    ];
    let spec = Spec {
        id: "muscles@1".into(),
        episode_length: 10,
        frame_skip: 1,
        integrator: Integrator::Euler,
        newton_iterations: 30,
        contacts: Capacity::Derived,
        observation: seen.iter().map(|source| source.clone().all(&model)).collect(),
        rewards: vec![
            Reward::cost("effort", 0.5, Value::squares(Source::Activations.all(&model))),
            Reward::cost("power", 2.0, Value::Power),
        ],
        progress: None,
        healthy: vec![],
        harness: false,
        factors: false,
        mirrored: vec![],
        terminate_when_unhealthy: false,
        start: Start::uniform(0.0, &model),
    };
    let task = Locomotion::with_probe(spec, model.clone()).expect("the robot is in the subset");
    let (q, v, act, ctrl) = (rows("qpos"), rows("qvel"), rows("act"), rows("ctrl"));
    let n = q.len();
    let probe = Probe::of_task(&task, n, Sharing::Always);
    let gpu = open();
    let mut bench = Bench::new(&task, probe.workspace(&gpu, n), n, probe.slots_per_workgroup());
    let cold = vec![vec![0.0; 2]; n];
    bench.set_state(&[&q, &v, &cold, &act]);
    // outputs map [-1, 1] on the stimulation
    let action: Vec<f32> = ctrl.iter().flatten().map(|u| (2.0 * u - 1.0) as f32).collect();
    bench.workspace.write(BufferId::Action, &action);
    bench.dispatch(PassId::TaskStep, RunParams { episode_cap: 10, ..Default::default() });
    let (obs, terms) = (bench.read(BufferId::Obs), bench.read(BufferId::Terms));
    let d_obs = 4 * 6 + 2;
    let [length, velocity, force] = ["actuator_length", "actuator_velocity", "actuator_force"].map(rows);
    let (after, driven, next_v) = (rows("next1_own_act"), rows("qfrc_actuator"), rows("next1_own_qvel"));
    let mut worst = 0.0f64;
    for row in 0..n {
        let mut expected: Vec<f64> = vec![];
        expected.extend(muscles.iter().zip(&length[row]).map(|(muscle, l)| (l - muscle.slack) / muscle.optimal));
        expected.extend(muscles.iter().zip(&velocity[row]).map(|(m, v)| v / (m.optimal * m.vmax)));
        expected.extend(force[row].iter().map(|f| -f));
        expected.extend(&after[row]);
        expected.extend(&driven[row]);
        // limits of the control are those of the action: rows beyond them are clamped in MuJoCo, too
        let inside = ctrl[row].iter().all(|u| (0.0..=1.0).contains(u));
        for (k, value) in expected.iter().enumerate().filter(|(k, _)| inside || !(18..24).contains(k)) {
            // joint forces are differences of tensions, at some 5 cm from the joints
            let tension = force[row].iter().map(|f| f.abs()).sum::<f64>();
            let scale = if k < 24 { 1.0 + value.abs() } else { 1.0 + 0.05 * tension };
            let error = (f64::from(obs[row * d_obs + k]) - value).abs() / scale;
            worst = worst.max(error);
            assert!(error < 5e-5, "row {row}, entry {k}: {} for {value}", obs[row * d_obs + k]);
        }
        if inside {
            let effort = -0.5 * after[row].iter().map(|a| a * a).sum::<f64>();
            assert!((f64::from(terms[row]) - effort).abs() < 1e-5, "row {row}: effort {} for {effort}", terms[row]);
        }
        let power = -2.0 * driven[row].iter().zip(&next_v[row]).map(|(f, v)| (f * v).abs()).sum::<f64>();
        let found = f64::from(terms[n + row]);
        assert!((found - power).abs() < 1e-4 * (1.0 + power.abs()), "row {row}: power {found} for {power}");
    }
    eprintln!("what muscles feel: {worst:.1e} of 1 + |x|");
}
