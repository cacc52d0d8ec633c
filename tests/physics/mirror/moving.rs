//! States that are each other's images, driven by actions that are, stay so and look so.

use std::path::Path;

use gpu_ec::{
    config::{AntConfig, HumanoidConfig, ReacherConfig, SwimmerConfig, Walker2dConfig},
    gpu::Workspace,
    kernel::{
        buffers::BufferId,
        entry::PassId,
        mirror::{Image, Mirror},
        records::RunParams,
    },
    physics::{mirror::Symmetry, mjcf, model::Model},
    tasks::{
        Sharing, Task, TaskLaunch,
        locomotion::{Locomotion, Spec, gymnasium},
    },
};

use super::BIPED;
use super::compile;
use super::even_humanoid;
use super::everything;
use super::watching;
use crate::support::golden;
use crate::support::golden_gpu::Bench;
use crate::support::golden_gpu::open;
use crate::support::golden_states::Errors;
use crate::support::golden_states::Golden;
use crate::support::golden_states::difference;
use crate::support::golden_states::largest;
use crate::support::golden_states::norm;
use crate::support::physics::State;
use crate::support::physics::Stepper;

type Rows = Vec<Vec<f64>>;

fn image(of: &Image, x: &[f64]) -> Vec<f64> {
    of.of.iter().zip(of.signs()).map(|(of, sign)| f64::from(sign) * x[*of]).collect()
}

fn images(of: &Image, rows: &Rows) -> Rows {
    rows.iter().map(|row| image(of, row)).collect()
}

/// What drives a row: positions, velocities, warm start, activations, the network's outputs.
#[derive(Clone)]
struct Start {
    qpos: Rows,
    qvel: Rows,
    warm: Rows,
    act: Rows,
    outputs: Rows,
}

impl Start {
    fn reflected(&self, symmetry: &Symmetry, action: &Image) -> Self {
        Self {
            qpos: images(&symmetry.qpos, &self.qpos),
            qvel: images(&symmetry.qvel, &self.qvel),
            warm: images(&symmetry.qvel, &self.warm),
            act: images(&symmetry.act, &self.act),
            outputs: images(action, &self.outputs),
        }
    }
}

/// What a step made of it.
struct End {
    qpos: Rows,
    qvel: Rows,
    act: Rows,
    obs: Rows,
}

/// A task's step on the GPU, for as many rows as it is compiled for.
struct Machine<'a, 'gpu> {
    bench: Bench<'a, 'gpu>,
}

impl<'a, 'gpu> Machine<'a, 'gpu> {
    fn new(gpu: &'gpu gpu_ec::gpu::Gpu, task: &'a Locomotion, n: usize) -> Self {
        let shape = TaskLaunch { n_slots: n, workgroup: 8, sharing: Sharing::Never };
        let kernels = task.kernels(&shape).expect("the module composes");
        let mut workspace = Workspace::new(gpu, &[kernels.step]).expect("the kernel compiles");
        workspace.alloc(BufferId::Run, size_of::<RunParams>() as u64).expect("memory");
        Self { bench: Bench::new(task, workspace, n, kernels.slots_per_workgroup) }
    }

    fn step(&mut self, start: &Start) -> End {
        let bench = &mut self.bench;
        let (n, sizes, d_obs) = (bench.n, bench.task.model().sizes.clone(), bench.task.d_obs());
        let first = sizes.nq + 2 * sizes.nv + sizes.na;
        let rest: Rows = vec![vec![0.0; bench.task.state_fields() - first]; n];
        bench.clear(0);
        bench.set_state(&[&start.qpos, &start.qvel, &start.warm, &start.act, &rest]);
        bench.workspace.write(BufferId::Action, &start.outputs.iter().flatten().map(|x| *x as f32).collect::<Vec<_>>());
        bench.dispatch(PassId::TaskStep, RunParams { episode_cap: 1000, ..Default::default() });
        let (state, obs) = (bench.read(BufferId::TaskState), bench.read(BufferId::Obs));
        let fields =
            |range: std::ops::Range<usize>| (0..n).map(|row| bench.state(&state, row, range.clone())).collect();
        let row = |row: usize| obs[row * d_obs..][..d_obs].iter().map(|x| f64::from(*x)).collect();
        End {
            qpos: fields(0..sizes.nq),
            qvel: fields(sizes.nq..sizes.nq + sizes.nv),
            act: fields(first - sizes.na..first),
            obs: (0..n).map(row).collect(),
        }
    }
}

/// How far two numbers that are observed differ, as golden tests take it.
fn apart(a: f64, b: f64) -> f64 {
    (a - b).abs() / (1.0 + b.abs())
}

/// What of `found` is not the image of `end`, beyond the bars of Gymnasium's transitions.
fn failures(end: &End, found: &End, symmetry: &Symmetry, mirror: &Mirror) -> Vec<String> {
    let [mut position, mut velocity, mut activation, mut look] = ["qpos", "qvel", "act", "obs"].map(Errors::new);
    for row in 0..end.qpos.len() {
        let error = |of: &Image, end: &Rows, found: &Rows| largest(&difference(&image(of, &end[row]), &found[row]));
        position.push(error(&symmetry.qpos, &end.qpos, &found.qpos));
        velocity.push(error(&symmetry.qvel, &end.qvel, &found.qvel) / (1.0 + norm(&end.qvel[row])));
        activation.push(error(&symmetry.act, &end.act, &found.act));
        let expected = image(&mirror.observation, &end.obs[row]);
        expected.iter().zip(&found.obs[row]).for_each(|(a, b)| look.push(apart(*a, *b)));
    }
    let over = [position.over(POSITION), velocity.over(5e-4), activation.over(2e-6), look.over(LOOK)];
    over.into_iter().flatten().collect()
}

/// Bars of `golden_env.rs`.
const POSITION: f64 = 5e-6;
const LOOK: f64 = 1e-3;

/// Gymnasium's transitions and their images, on the task's own kernels.
fn transitions(name: &str, spec: fn(&Model) -> Spec, model: Model) {
    let file = Golden::open(&format!("{name}_env"));
    let [qpos, qvel, warm, action] =
        ["qpos", "qvel", "qacc_warmstart", "action"].map(|name| file.rows(name).as_ref().clone());
    let range = model.actuator_ctrlrange.clone();
    let output = |(k, x): (usize, &f64)| (x - 0.5 * (range[k][0] + range[k][1])) / (0.5 * (range[k][1] - range[k][0]));
    let outputs: Rows = action.iter().map(|row| row.iter().enumerate().map(output).collect()).collect();
    let act = vec![vec![]; qpos.len()];
    let start = Start { qpos, qvel, warm, act, outputs };
    let task = Locomotion::new(spec(&model), model).expect("the robot is in the subset");
    let (symmetry, mirror) = (Symmetry::of(task.model(), &[]).expect("even"), task.mirror().expect("a mirror"));
    let gpu = open();
    let mut machine = Machine::new(&gpu, &task, start.qpos.len());
    let (end, found) = (machine.step(&start), machine.step(&start.reflected(&symmetry, &mirror.action)));
    eprintln!("{name} and its image");
    let failures = failures(&end, &found, &symmetry, &mirror);
    assert!(failures.is_empty(), "{name}: {}", failures.join("\n"));
}

#[test]
fn walker2d_transitions() {
    transitions("walker2d", gymnasium::<Walker2dConfig>, golden::model("walker2d"));
}

#[test]
fn ant_transitions() {
    transitions("ant", gymnasium::<AntConfig>, golden::model("ant"));
}

#[test]
fn humanoid_transitions() {
    transitions("humanoid", gymnasium::<HumanoidConfig>, even_humanoid());
}

#[test]
fn swimmer_transitions() {
    transitions("swimmer", gymnasium::<SwimmerConfig>, golden::model("swimmer"));
}

#[test]
fn reacher_transitions() {
    transitions("reacher", gymnasium::<ReacherConfig>, golden::model("reacher"));
}

/// States of the biped about a crouch, with its feet in the floor.
fn crouches(model: &Model, rows: u64) -> Start {
    let mut seed = 7u64;
    let mut noise = |size: f64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        size * ((seed >> 33) as f64 / f64::from(1 << 30) - 1.0)
    };
    let mut draw = |centre: &[f64], size: f64| -> Rows {
        (0..rows).map(|_| centre.iter().map(|x| x + noise(size)).collect()).collect()
    };
    let sizes = &model.sizes;
    let bent = [0.1, 0.2, 0.56, 1.0, 0.0, 0.0, 0.0, 0.3, 0.1, -0.4, 0.8, 0.2, 0.4, 0.8];
    Start {
        qpos: draw(&bent, 0.05),
        qvel: draw(&vec![0.0; sizes.nv], 1.0),
        warm: vec![vec![0.0; sizes.nv]; rows as usize],
        act: draw(&vec![0.4; sizes.na], 0.3),
        outputs: draw(&vec![0.0; sizes.nu], 1.0),
    }
}

/// Every source of observations, muscles and tendons; and each entry of the images matters.
#[test]
fn all_that_is_observed_has_its_image() {
    let model = compile(BIPED);
    let start = crouches(&model, 32);
    let task = Locomotion::new(watching(&model, everything(&model)), model.clone()).expect("in the subset");
    let (symmetry, mirror) = (Symmetry::of(&model, &[]).expect("even"), task.mirror().expect("a mirror"));
    let gpu = open();
    let mut machine = Machine::new(&gpu, &task, start.qpos.len());
    let (end, found) = (machine.step(&start), machine.step(&start.reflected(&symmetry, &mirror.action)));
    let all = failures(&end, &found, &symmetry, &mirror);
    assert!(all.is_empty(), "{}", all.join("\n"));
    // another sign, and where there is one another place, of every number that is observed
    let names: Vec<String> = task.describe().observation.into_iter().map(|row| row.name).collect();
    for (i, name) in names.iter().enumerate() {
        let [mut sign, mut place] = [mirror.observation.clone(), mirror.observation.clone()];
        sign.negated[i] = !sign.negated[i];
        place.of[i] = i;
        place.negated[i] = false;
        let is_seen = |wrong: &Image| {
            end.obs.iter().zip(&found.obs).any(|(end, found)| apart(image(wrong, end)[i], found[i]) > LOOK)
        };
        let constant = end.obs.iter().all(|row| row[i].abs() < LOOK);
        assert!(constant || is_seen(&sign), "the sign of {name}");
        assert!(place == mirror.observation || constant || is_seen(&place) || is_alike(&end, i, &mirror), "{name}");
        assert!(!constant || name.contains("force") || name.contains("I") || name.contains("m "), "{name} is 0");
    }
    for motor in 0..model.sizes.nu {
        let mut wrong = mirror.action.clone();
        wrong.negated[motor] = !wrong.negated[motor];
        let found = machine.step(&start.reflected(&symmetry, &wrong));
        let seen = failures(&end, &found, &symmetry, &mirror);
        assert!(!seen.is_empty(), "the sign of action {motor}");
    }
}

/// Whether a number and its image are the same in all rows, as masses are.
fn is_alike(end: &End, i: usize, mirror: &Mirror) -> bool {
    end.obs.iter().all(|row| apart(row[i], image(&mirror.observation, row)[i]) <= LOOK)
}

/// The oracle's steps of states and their images, in f64: largest difference as a share of 1 + the velocities' norm.
fn exact(model: &Model, qpos: &Rows, qvel: &Rows, ctrl: &Rows, wrong: Option<usize>) -> f64 {
    let symmetry = Symmetry::of(model, &[]).expect("even");
    let stepper = Stepper::<f64>::new(model);
    let mut action = symmetry.ctrl.clone();
    if let Some(motor) = wrong {
        action.negated[motor] = !action.negated[motor];
    }
    let mut worst = 0.0f64;
    for row in 0..qpos.len() {
        let mut state = State::new(&qpos[row], &qvel[row]);
        let mut other = State::new(&image(&symmetry.qpos, &qpos[row]), &image(&symmetry.qvel, &qvel[row]));
        let image_of_ctrl = image(&action, &ctrl[row]);
        for _ in 0..3 {
            stepper.step(&mut state, &ctrl[row]);
            stepper.step(&mut other, &image_of_ctrl);
        }
        let error = difference(&image(&symmetry.qvel, &state.qvel), &other.qvel);
        worst = worst.max(largest(&error) / (1.0 + norm(&state.qvel)));
        worst = worst.max(largest(&difference(&image(&symmetry.qpos, &state.qpos), &other.qpos)));
    }
    worst
}

/// MuJoCo's states and their images stay images as exactly as the oracle's solver ends; with a wrong sign they do not.
#[test]
fn images_stay_images_in_f64() {
    for (name, model) in
        [("walker2d", golden::model("walker2d")), ("ant", golden::model("ant")), ("humanoid", even_humanoid())]
    {
        let file = Golden::open(&format!("{name}_states"));
        let degenerate = file.rows("degenerate");
        let rows: Vec<usize> = (0..file.count()).filter(|row| degenerate[*row][0] == 0.0).take(40).collect();
        let [qpos, qvel, ctrl] =
            ["qpos", "qvel", "ctrl"].map(|name| rows.iter().map(|row| file.rows(name)[*row].clone()).collect::<Rows>());
        let error = exact(&model, &qpos, &qvel, &ctrl, None);
        eprintln!("{name}: {error:.1e}");
        assert!(error < EXACT, "{name}: {error:e}");
        let error = exact(&model, &qpos, &qvel, &ctrl, Some(0));
        assert!(error > 1e3 * EXACT, "{name} with a wrong sign: {error:e}");
    }
}

/// Robots of our own, from states about their start.
#[test]
fn images_of_other_robots_stay_images_in_f64() {
    for name in ["spider", "tiny", "crane"] {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/physics/robots/{name}.xml"));
        let model = mjcf::compile_file(&file).expect("in the subset").model;
        let wave = |row: usize, k: usize| ((7 * row + 3 * k) as f64).sin();
        let size = 0.1 * if name == "tiny" { 1e-3 } else { 1.0 };
        let states = |centre: &[f64], size: f64| -> Rows {
            (0..12).map(|row| (0..centre.len()).map(|k| centre[k] + size * wave(row, k)).collect()).collect()
        };
        let (nv, nu) = (model.sizes.nv, model.sizes.nu);
        let (qpos, qvel) = (states(&model.qpos0, size), states(&vec![0.0; nv], 10.0 * size));
        let ctrl = states(&vec![0.0; nu], 1.0);
        let error = exact(&model, &qpos, &qvel, &ctrl, None);
        eprintln!("{name}: {error:.1e}");
        assert!(error < EXACT, "{name}: {error:e}");
    }
}

/// The biped without what the oracle does not know, from the states of the test on the GPU.
#[test]
fn images_of_the_biped_stay_images_in_f64() {
    let pulls = ["tendon>", "_pull", "_spring"];
    let plain: Vec<&str> = BIPED.lines().filter(|line| !pulls.iter().any(|part| line.contains(part))).collect();
    let model = compile(&plain.join("\n"));
    let start = crouches(&model, 32);
    let error = exact(&model, &start.qpos, &start.qvel, &start.outputs, None);
    eprintln!("biped: {error:.1e}");
    assert!(error < EXACT, "{error:e}");
}

/// Far above what the oracle's solver leaves, far below what a wrong sign makes.
const EXACT: f64 = 1e-11;
