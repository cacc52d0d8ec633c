//! Every source that a task can read and every value that it can weigh, on the GPU in both shapes of the kernels,
//! against the oracle in f64: a robot on four legs, thrown about on and near the floor.

use crate::support::golden_gpu::{Bench, Probe, open};
use crate::support::golden_states::{Errors, Golden, assert_none, difference, largest, norm};
use crate::support::{
    golden,
    physics::{
        Forward, State, Stepper,
        real::{add, quat_matrix, rotate, sub},
    },
};
use gpu_ec::{
    config::HopperConfig,
    kernel::{
        buffers::BufferId,
        entry::PassId,
        records::{RunParams, status},
    },
    physics::{
        mjcf,
        model::Model,
        stepper::{Capacity, Integrator, Place},
    },
    tasks::{
        Sharing, Task,
        locomotion::{Axis, Bound, Locomotion, Progress, Reward, Slice, Source, Spec, Square, Start, Value, gymnasium},
    },
};

const ROWS: usize = 48;
const HIP: usize = 4;
const TIP: Place = Place { body: HIP, offset: [-0.15, 0.02, 0.1] };

fn hound() -> Model {
    let mut model =
        mjcf::compile("hound.xml", include_str!("../../assets/examples/hound.xml")).expect("compiles").model;
    model.opt.integrator = 1.0; // so that the last evaluation is neither the start nor the end of a step
    model
}

fn everything(model: &Model) -> Spec {
    let chest = Place::origin(1);
    let height = Square { of: Source::Place(TIP).slice(2..3), about: vec![0.3], weight: 2.0 };
    let joints = Square { of: Source::Positions.slice(7..13), about: (0..6).map(f64::from).collect(), weight: 0.5 };
    let forces = Value::squares(Source::ContactForces.all(model).clipped(-3.0, 5.0));
    let mut observation: Vec<Slice> = [
        Source::Positions,
        Source::Sines,
        Source::Cosines,
        Source::Velocities,
        Source::Controls,
        Source::MotorForces,
        Source::Inertias,
        Source::BodyVelocities,
        Source::Place(TIP),
        Source::Between(chest, TIP),
        Source::Upright(HIP),
        Source::ConstraintForces,
        Source::ContactForces,
    ]
    .map(|source| source.all(model))
    .into();
    observation.push(Source::Velocities.slice(3..11).clipped(-0.5, f64::INFINITY));
    Spec {
        id: "everything@1".into(),
        episode_length: 100,
        frame_skip: 2,
        integrator: Integrator::Rk4,
        newton_iterations: 12,
        contacts: Capacity::Derived,
        observation,
        rewards: vec![
            Reward::gain("velocity", -1.5, Value::Velocity),
            Reward::gain("healthy", 2.0, Value::Healthy),
            Reward::cost("squares", 0.25, Value::Squares(vec![height, joints])),
            Reward { limits: (0.01, 0.02), ..Reward::cost("forces", 2e-4, forces) },
            Reward::cost("length", 3.0, Value::Length(Source::Between(chest, TIP).all(model))),
            Reward::cost("tilt", 0.5, Value::Lack { of: Source::Upright(HIP).all(model), full: 1.0 }),
            Reward::cost("power", 0.125, Value::Power),
        ],
        progress: Some(Progress::Place(TIP, Axis::Y)),
        healthy: vec![
            Bound::new("uprightness", Source::Upright(HIP), 0, (0.9, f64::INFINITY)),
            Bound { name: "joints".into(), of: vec![Source::Positions.slice(7..13)], range: (-0.6, 0.6) },
        ],
        harness: false,
        factors: false,
        mirrored: vec![],
        terminate_when_unhealthy: true,
        start: Start::normal(0.1, model),
    }
}

/// What the oracle says of a slice's source.
fn expected(source: &Source, state: &State<f64>, last: &Forward<f64>, ctrl: &[f64], contact: &[[f64; 6]]) -> Vec<f64> {
    let place = |place: &Place| add(last.kin.xpos[place.body], rotate(last.kin.xquat[place.body], place.offset));
    match source {
        Source::Positions => state.qpos.clone(),
        Source::Sines => state.qpos.iter().map(|x| x.sin()).collect(),
        Source::Cosines => state.qpos.iter().map(|x| x.cos()).collect(),
        Source::Velocities => state.qvel.clone(),
        Source::Controls => ctrl.to_vec(),
        Source::MotorForces => last.qfrc_actuator.clone(),
        Source::ConstraintForces => last.constraint_forces(),
        Source::Inertias => last.kin.cinert[1..].iter().flat_map(|inertia| inertia.packed()).collect(),
        Source::BodyVelocities => last.cvel[1..].as_flattened().to_vec(),
        Source::ContactForces => contact[1..].as_flattened().to_vec(),
        Source::Place(point) => place(point).to_vec(),
        Source::Between(from, to) => sub(place(to), place(from)).to_vec(),
        Source::Upright(body) => vec![quat_matrix(last.kin.xquat[*body])[2][2]],
        Source::MuscleLengths | Source::MuscleVelocities | Source::MuscleForces | Source::Activations => {
            unreachable!("this robot has no muscles; tests/physics/muscles.rs has one")
        }
    }
}

/// Numbers in [-1, 1).
struct Random(u64);

impl Random {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        f64::from((self.0 >> 40) as f32 / (1 << 23) as f32) - 1.0
    }
}

/// Start states near the floor and in it, of which the numbers are `f32`, and controls some of which are out of range.
fn starts(model: &Model) -> [Vec<Vec<f64>>; 3] {
    let mut random = Random(7);
    let mut rows = [vec![], vec![], vec![]];
    for row in 0..ROWS {
        let mut q: Vec<f64> = model.qpos0.iter().map(|x| x + 0.5 * random.next()).collect();
        q[2] = if row % 3 == 0 { 1.0 } else { 0.3 + 0.05 * random.next() };
        let lean = if row % 2 == 0 { 0.05 } else { 0.4 };
        q[3..7].copy_from_slice(&[1.0, lean * random.next(), lean * random.next(), random.next()]);
        rows[0].push(q.iter().map(|x| f64::from(*x as f32)).collect());
        rows[1].push((0..model.sizes.nv).map(|_| f64::from(2.0 * random.next() as f32)).collect());
        rows[2].push((0..model.sizes.nu).map(|_| f64::from(1.25 * random.next() as f32)).collect());
    }
    rows
}

fn check(sharing: Sharing) {
    let model = hound();
    let task = Locomotion::with_probe(everything(&model), model.clone()).expect("the robot is in the subset");
    let (gpu, [q, v, u]) = (open(), starts(&model));
    let probe = Probe::of_task(&task, ROWS, sharing);
    let mut bench = Bench::new(&task, probe.workspace(&gpu, ROWS), ROWS, probe.slots_per_workgroup());
    let stepper = Stepper::<f64>::new(&model);
    let still = vec![vec![0.0; model.sizes.nv]; ROWS];
    let tip = |last: &Forward<f64>| expected(&Source::Place(TIP), &State::new(&[], &[]), last, &[], &[])[1];
    let first = |row: usize| stepper.forward(&State::new(&q[row], &v[row]), &u[row]);
    let before: Vec<Vec<f64>> = (0..ROWS).map(|row| vec![f64::from(tip(&first(row)) as f32)]).collect();
    bench.set_state(&[&q, &v, &still, &before]);
    bench.workspace.write(BufferId::Action, &u.concat().iter().map(|x| *x as f32).collect::<Vec<_>>());
    bench.dispatch(PassId::TaskStep, RunParams { episode_cap: 100, ..Default::default() });
    let (obs, terms, episodes) = (bench.read(BufferId::Obs), bench.read(BufferId::Terms), bench.episodes());
    let (spec, d_obs) = (task.spec(), task.d_obs());
    let (mut fell, mut touched) = (0, 0);
    let mut errors: Vec<Errors> =
        spec.observation.iter().map(|part| Errors::new(format!("{:?}", part.source))).collect();
    let mut sums: Vec<Errors> = task.terms().iter().map(|term| Errors::new(term.name.clone())).collect();
    for row in 0..ROWS {
        let mut state = State { warm: Some(vec![0.0; model.sizes.nv]), ..State::new(&q[row], &v[row]) };
        stepper.step(&mut state, &u[row]);
        let last = stepper.step(&mut state, &u[row]);
        let contact = last.external_forces(&stepper.pairs);
        let of = |source: &Source| expected(source, &state, &last, &u[row], &contact);
        let mut at = row * d_obs;
        for (part, errors) in spec.observation.iter().zip(&mut errors) {
            let numbers = of(&part.source)[part.range.clone()].to_vec();
            let found: Vec<f64> = obs[at..at + numbers.len()].iter().map(|x| f64::from(*x)).collect();
            let numbers: Vec<f64> = numbers.iter().map(|x| x.clamp(part.clip.0, part.clip.1)).collect();
            errors.push(largest(&difference(&found, &numbers)) / (1.0 + norm(&numbers)));
            at += numbers.len();
        }
        let upright = of(&Source::Upright(HIP))[0];
        let healthy = upright > 0.9 && state.qpos[7..].iter().all(|x| x.abs() < 0.6);
        let (place, way) = (of(&Source::Place(TIP)), of(&Source::Between(Place::origin(1), TIP)));
        let origin = of(&Source::Place(Place::origin(HIP)));
        assert!(largest(&difference(&origin, &place)) > 0.05, "another point of the body would be seen");
        let velocity = (place[1] - before[row][0]) / (2.0 * model.opt.timestep);
        let pose: f64 = (0..6).map(|k| (state.qpos[7 + k] - k as f64).powi(2)).sum();
        let forces: f64 = contact[1..].as_flattened().iter().map(|x| x.clamp(-3.0, 5.0).powi(2)).sum();
        let power: f64 = last.qfrc_actuator.iter().zip(&state.qvel).map(|(force, speed)| (force * speed).abs()).sum();
        let values = [
            -1.5 * velocity,
            if healthy { 2.0 } else { 0.0 },
            -0.25 * (2.0 * (place[2] - 0.3).powi(2) + 0.5 * pose),
            -(2e-4 * forces).clamp(0.01, 0.02),
            -3.0 * norm(&way),
            -0.5 * (1.0 - upright),
            -0.125 * power,
            velocity,
        ];
        for (index, value) in values.iter().enumerate() {
            sums[index].push((f64::from(terms[index * ROWS + row]) - value).abs() / (1.0 + value.abs()));
        }
        let total: f64 = values[..7].iter().sum();
        assert!((f64::from(episodes[row].return_sum) - total).abs() < 1e-3 * (1.0 + total.abs()), "row {row}: the sum");
        let end = if healthy { 0 } else { status::DONE | status::TERMINATED };
        assert_eq!(episodes[row].status, end, "row {row}: an unhealthy body ends");
        fell += usize::from(!healthy);
        touched += usize::from(!last.contacts.is_empty());
    }
    assert!(fell > 5 && fell < ROWS - 5 && touched > 10 && touched < ROWS - 5, "{fell} fell, {touched} touched");
    // The bars of the golden data: 1e-3, contact forces 1e-2.
    let bar = |part: &Slice| match part.source {
        Source::ContactForces | Source::ConstraintForces => 1e-2,
        _ => 1e-4,
    };
    let mut failures: Vec<String> =
        spec.observation.iter().zip(&errors).filter_map(|(part, errors)| errors.over(bar(part))).collect();
    failures.extend(sums.iter().filter_map(|sum| sum.over(1e-3)));
    assert_none(&failures);
    check_start(&mut bench, &model);
}

/// At the start, controls and forces are none, and the rest is that of the start state.
fn check_start(bench: &mut Bench, model: &Model) {
    bench.clear(0);
    bench.dispatch(PassId::TaskReset, RunParams { key_start: [1, 2], generation: 3, ..Default::default() });
    let (obs, state) = (bench.read(BufferId::Obs), bench.read(BufferId::TaskState));
    let stepper = Stepper::<f64>::new(model);
    let mut errors = Errors::new("start states");
    for row in 0..ROWS {
        let [q, v] = [0..model.sizes.nq, model.sizes.nq..model.sizes.nq + model.sizes.nv]
            .map(|fields| bench.state(&state, row, fields));
        let start = State::new(&q, &v);
        let still = vec![0.0; model.sizes.nu];
        let last = Forward { rows: vec![], ..stepper.forward(&start, &still) };
        let contact = vec![[0.0; 6]; model.sizes.nbody];
        let mut at = row * bench.task.d_obs();
        for part in &bench.task.spec().observation {
            for number in &expected(&part.source, &start, &last, &still, &contact)[part.range.clone()] {
                let number = number.clamp(part.clip.0, part.clip.1);
                errors.push((f64::from(obs[at]) - number).abs() / (1.0 + number.abs()));
                at += 1;
            }
        }
    }
    assert_none(&errors.over(1e-5).into_iter().collect::<Vec<_>>());
}

#[test]
fn straight_line_code_reads_every_source() {
    check(Sharing::Never);
}

#[test]
fn the_cooperative_shape_reads_every_source() {
    check(Sharing::Always);
}

/// MuJoCo's own qfrc_constraint.
#[test]
fn constraint_forces_are_mujocos() {
    let (golden, model) = (Golden::open("hopper_states"), golden::model("hopper"));
    let [q, v, u, expected] = ["qpos", "qvel", "ctrl", "qfrc_constraint"].map(|name| golden.rows(name));
    let spec = Spec { observation: vec![Source::ConstraintForces.all(&model)], ..gymnasium::<HopperConfig>(&model) };
    let task = Locomotion::with_probe(spec, model.clone()).expect("the robot is in the subset");
    let gpu = open();
    for sharing in [Sharing::Never, Sharing::Always] {
        let probe = Probe::of_task(&task, q.len(), sharing);
        let output = probe.run(&mut probe.workspace(&gpu, q.len()), &[("qpos", &q), ("qvel", &v), ("ctrl", &u)], 1, 1);
        let mut errors = Errors::new(format!("qfrc_constraint, {sharing:?}"));
        let mut pushed = 0;
        for row in 0..q.len() {
            let found = probe.field(&output, "constraint", row);
            errors.push(largest(&difference(&found, &expected[row])) / (1.0 + norm(&expected[row])));
            pushed += usize::from(norm(&expected[row]) > 1.0);
        }
        assert!(pushed > 30, "forces act in {pushed} rows");
        // The bar of observations: the force is the small difference of inertia times acceleration and all other
        // forces.
        assert_none(&errors.over(1e-3).into_iter().collect::<Vec<_>>());
        errors.push(0.1);
        assert!(errors.over(1e-3).is_some(), "a wrong force is seen");
    }
}
