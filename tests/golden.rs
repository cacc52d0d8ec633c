//! The generated stepper and tasks against MuJoCo and Gymnasium: every row of the golden files within the bars of their
//! README, on the modules that a run dispatches.
//!
//! `GPU_EC_GOLDEN_DIR` points at another set with the same layout.

#[path = "support/golden_gpu.rs"]
mod golden_gpu;
mod support;

use std::{cell::RefCell, collections::HashMap, rc::Rc};

use golden_gpu::{Bench, Output, Probe, open};
use gpu_ec::{
    gpu::{Gpu, Workspace},
    physics::{
        model::{Model, geom, joint},
        stepper::{Integrator, Options},
    },
    plan::records::{RunParams, status},
    tasks::{
        Sharing, Task,
        locomotion::{Locomotion, Part, Progress, Spec},
    },
};
use support::{golden, npz::Npz};

type Rows = Vec<Vec<f64>>;

/// Contacts that the cooperative shape holds at once.
const SHARED_CONTACTS: usize = 16;

/// A golden file, each array read once.
struct Golden {
    file: Npz,
    arrays: RefCell<HashMap<String, Rc<Rows>>>,
}

impl Golden {
    fn open(name: &str) -> Self {
        Self { file: Npz::open(golden::path(&format!("{name}.npz"))), arrays: RefCell::default() }
    }

    fn rows(&self, name: &str) -> Rc<Rows> {
        self.arrays.borrow_mut().entry(name.into()).or_insert_with(|| Rc::new(self.file.rows(name))).clone()
    }

    fn count(&self) -> usize {
        self.rows("qpos").len()
    }
}

/// Errors of one quantity over the rows.
struct Errors {
    what: String,
    values: Vec<f64>,
}

impl Errors {
    fn new(what: impl Into<String>) -> Self {
        Self { what: what.into(), values: vec![] }
    }

    fn push(&mut self, error: f64) {
        self.values.push(if error.is_nan() { f64::INFINITY } else { error });
    }

    fn quantile(&self, share: f64) -> f64 {
        let mut sorted = self.values.clone();
        sorted.sort_by(f64::total_cmp);
        sorted.get(((sorted.len() as f64 - 1.0) * share) as usize).copied().unwrap_or(0.0)
    }

    /// What exceeds `bar` in the worst row, if anything does.
    fn over(&self, bar: f64) -> Option<String> {
        let worst = self.quantile(1.0);
        eprintln!("  {:32} median {:.1e}  worst {worst:.1e}  bar {bar:.0e}", self.what, self.quantile(0.5));
        (worst > bar).then(|| {
            let row = self.values.iter().position(|error| *error == worst).unwrap_or(0);
            format!("{}: compared row {row} is off by {worst:.2e}, allowed {bar:.0e}", self.what)
        })
    }
}

fn norm(x: &[f64]) -> f64 {
    x.iter().map(|x| x * x).sum::<f64>().sqrt()
}

fn difference(a: &[f64], b: &[f64]) -> Vec<f64> {
    assert_eq!(a.len(), b.len(), "lengths of compared vectors");
    a.iter().zip(b).map(|(a, b)| a - b).collect()
}

fn largest(x: &[f64]) -> f64 {
    x.iter().fold(0.0, |worst, x| if x.is_nan() { f64::INFINITY } else { x.abs().max(worst) })
}

/// A contact: geoms (smaller number first), distance, position.
#[derive(Debug, Clone, PartialEq)]
struct Contact {
    geoms: [usize; 2],
    dist: f64,
    pos: [f64; 3],
}

/// Worst errors of distance and position between two sets of contacts; infinite where the sets differ.
fn compare_contacts(expected: &[Contact], found: &[Contact]) -> (f64, f64) {
    let mut left = found.to_vec();
    let (mut dist, mut pos) = (0.0f64, 0.0f64);
    for contact in expected {
        let error = |other: &Contact| largest(&difference(&contact.pos, &other.pos));
        let same = left.iter().enumerate().filter(|(_, other)| other.geoms == contact.geoms);
        let Some((index, _)) = same.min_by(|a, b| error(a.1).total_cmp(&error(b.1))) else {
            return (f64::INFINITY, f64::INFINITY);
        };
        let nearest = left.swap_remove(index);
        dist = dist.max((nearest.dist - contact.dist).abs());
        pos = pos.max(error(&nearest));
    }
    if left.is_empty() { (dist, pos) } else { (f64::INFINITY, f64::INFINITY) }
}

fn expected_contacts(golden: &Golden, row: usize) -> Vec<Contact> {
    let [geoms, dist, pos, count] =
        ["con_geom", "con_dist", "con_pos", "ncon"].map(|name| golden.rows(name)[row].clone());
    (0..count[0] as usize)
        .map(|c| {
            let mut pair = [geoms[2 * c] as usize, geoms[2 * c + 1] as usize];
            pair.sort_unstable();
            Contact { geoms: pair, dist: dist[c], pos: [pos[3 * c], pos[3 * c + 1], pos[3 * c + 2]] }
        })
        .collect()
}

fn found_contacts(probe: &Probe, output: &Output, row: usize) -> Vec<Contact> {
    let mut found = vec![];
    for (point, geom) in probe.field(output, "floor", row).chunks_exact(5).zip(&probe.layout.floor) {
        if point[0] > 0.0 {
            found.push(Contact { geoms: [0, *geom], dist: point[1], pos: [point[2], point[3], point[4]] });
        }
    }
    for slot in probe.field(output, "slots", row).chunks_exact(5).filter(|slot| slot[0] >= 0.0) {
        let mut geoms = probe.layout.pairs[slot[0] as usize];
        geoms.sort_unstable();
        found.push(Contact { geoms, dist: slot[1], pos: [slot[2], slot[3], slot[4]] });
    }
    found
}

/// One forward evaluation of every row: M, bias, contacts, acceleration.
fn check_forward(probe: &Probe, golden: &Golden, output: &Output, rows: &[usize]) -> Vec<String> {
    let nv = probe.model.sizes.nv;
    let [mut mass, mut bias, mut acceleration] = ["M", "bias", "qacc e"].map(Errors::new);
    let [mut dist, mut pos] = ["contact dist", "contact pos"].map(Errors::new);
    for &row in rows {
        let mut full = vec![0.0; nv * nv];
        for ((i, j), value) in probe.layout.mass.iter().zip(probe.field(output, "mass", row)) {
            (full[i * nv + j], full[j * nv + i]) = (value, value);
        }
        let relative = |found: &[f64], expected: &[f64]| norm(&difference(found, expected)) / norm(expected);
        mass.push(relative(&full, &golden.rows("M")[row]));
        bias.push(relative(&probe.field(output, "bias", row), &golden.rows("qfrc_bias")[row]));
        let (d, p) = compare_contacts(&expected_contacts(golden, row), &found_contacts(probe, output, row));
        dist.push(d);
        pos.push(p);
        let expected = &golden.rows("qacc")[row];
        let scale = norm(expected) + norm(&golden.rows("qacc_smooth")[row]);
        acceleration.push(norm(&difference(&probe.field(output, "acceleration", row), expected)) / scale);
    }
    let median = acceleration.quantile(0.5);
    let over = [mass.over(5e-6), bias.over(1e-5), dist.over(2e-6), pos.over(5e-6), acceleration.over(1e-4)];
    let mut failures: Vec<String> = over.into_iter().flatten().collect();
    if median > 5e-6 {
        failures.push(format!("qacc e: median {median:.2e}, allowed 5e-6"));
    }
    failures
}

/// One step of every row.
fn check_step(probe: &Probe, golden: &Golden, output: &Output, rows: &[usize], name: &str) -> Vec<String> {
    let (mut position, mut velocity) = (Errors::new(format!("{name} qpos")), Errors::new(format!("{name} qvel")));
    let (q, v) = (golden.rows(&format!("{name}_qpos")), golden.rows(&format!("{name}_qvel")));
    for &row in rows {
        position.push(largest(&difference(&probe.field(output, "qpos", row), &q[row])));
        velocity.push(largest(&difference(&probe.field(output, "qvel", row), &v[row])) / (1.0 + norm(&v[row])));
    }
    [position.over(2e-6), velocity.over(2e-5)].into_iter().flatten().collect()
}

/// A hundred steps: nine rows of ten stay near.
fn check_hundred(probe: &Probe, golden: &Golden, output: &Output, rows: &[usize]) -> Vec<String> {
    let sens = golden.rows("next100_sens");
    let error = |name: &str, row: usize| {
        let expected = &golden.rows(&format!("next100_own_{name}"))[row];
        largest(&difference(&probe.field(output, name, row), expected))
    };
    let near = |row: &&usize| {
        error("qpos", **row) <= 1e-5 + 30.0 * sens[**row][0] && error("qvel", **row) <= 1e-4 + 30.0 * sens[**row][1]
    };
    let share = rows.iter().filter(near).count() as f64 / rows.len() as f64;
    eprintln!("  {:32} {share:.3} of rows within the bar, 0.9 wanted", "next100_own");
    if share < 0.9 { vec![format!("next100_own: only {share:.3} of the rows stay near")] } else { vec![] }
}

/// All rows of `<file>_states.npz`; `own`: the probe's integrator is the file's own.
fn check_states(gpu: &Gpu, probe: &Probe, file: &str, own: bool, euler: bool) -> Vec<String> {
    let count = Golden::open(&format!("{file}_states")).count();
    check_states_in(&mut probe.workspace(gpu, count), probe, file, own, euler)
}

/// The same in a workspace that holds at least as many slots as there are rows.
fn check_states_in(workspace: &mut Workspace, probe: &Probe, file: &str, own: bool, euler: bool) -> Vec<String> {
    eprintln!("{file} states, {}", if euler { "Euler" } else { "RK4" });
    let golden = Golden::open(&format!("{file}_states"));
    let degenerate = golden.rows("degenerate");
    let rows: Vec<usize> = (0..golden.count()).filter(|&row| degenerate[row][0] == 0.0).collect();
    let [q, v, u] = ["qpos", "qvel", "ctrl"].map(|name| golden.rows(name));
    let states: [(&str, &golden_gpu::Rows); 3] = [("qpos", &q), ("qvel", &v), ("ctrl", &u)];
    let inside = probe.run(workspace, &states, 1, 1);
    let mut failures = check_forward(probe, &golden, &inside, &rows);
    let next = probe.run(workspace, &states, 1, 4);
    if own {
        failures.extend(check_step(probe, &golden, &next, &rows, "next1_own"));
        let later = probe.run(workspace, &states, 100, 4);
        failures.extend(check_hundred(probe, &golden, &later, &rows));
        let overflow: f64 = rows.iter().map(|row| probe.field(&later, "overflow", *row)[0]).sum();
        eprintln!("  {:32} {overflow}", "contacts without a slot");
    }
    if euler {
        failures.extend(check_step(probe, &golden, &next, &rows, "next1_euler"));
    }
    failures.into_iter().map(|failure| format!("{file}: {failure}")).collect()
}

fn assert_none(failures: &[String]) {
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// A robot's states in both integrators, on the modules that its task dispatches.
fn states(name: &str, spec: fn(&Model) -> Spec) {
    let gpu = open();
    let model = golden::model(name);
    let mut failures = vec![];
    for integrator in [Integrator::Rk4, Integrator::Euler] {
        let spec = Spec { integrator, ..spec(&model) };
        let task = Locomotion::with_probe(spec, model.clone()).expect("the robot is in the subset");
        let own = integrator == Integrator::of(&model);
        let count = Golden::open(&format!("{name}_states")).count();
        failures.extend(check_states(
            &gpu,
            &Probe::of_task(&task, count, Sharing::Never),
            name,
            own,
            integrator == Integrator::Euler,
        ));
    }
    assert_none(&failures);
}

#[test]
fn hopper_states() {
    states("hopper", Spec::hopper);
}

#[test]
fn walker2d_states() {
    states("walker2d", Spec::walker2d);
}

#[test]
fn half_cheetah_states() {
    states("half_cheetah", Spec::half_cheetah);
}

#[test]
fn ant_states() {
    states("ant", Spec::ant);
}

#[test]
fn humanoid_states() {
    states("humanoid", Spec::humanoid);
}

fn drop(file: &str, integrator: Integrator) {
    let model = golden::model("drop");
    let options = Options { integrator, ..Options::of(&model) };
    let probe = Probe::of_model(model, options);
    assert_none(&check_states(&open(), &probe, file, true, integrator == Integrator::Euler));
}

#[test]
fn drop_states() {
    drop("drop", Integrator::Euler);
}

#[test]
fn drop_rk4_states() {
    drop("drop_rk4", Integrator::Rk4);
}

/// Gymnasium's transitions, each from its own start state, on the task's own kernels.
fn transitions(name: &str, spec: fn(&Model) -> Spec) {
    let model = golden::model(name);
    let task = Locomotion::with_probe(spec(&model), model).expect("the robot is in the subset");
    let gpu = open();
    let n = Golden::open(&format!("{name}_env")).count();
    let probe = Probe::of_task(&task, n, Sharing::Never);
    check_environment(&task, &probe, probe.workspace(&gpu, n), name);
}

/// The same on kernels compiled for as many slots as there are rows. Returns them with the task's buffers.
fn check_environment<'a, 'gpu>(
    task: &'a Locomotion,
    probe: &Probe,
    mut workspace: Workspace<'gpu>,
    name: &str,
) -> Bench<'a, 'gpu> {
    let golden = Golden::open(&format!("{name}_env"));
    let (n, model) = (golden.count(), task.model());
    let [q, v, warm] = ["qpos", "qvel", "qacc_warmstart"].map(|name| golden.rows(name));
    let action = golden.rows("action");
    // Where Gymnasium's own last evaluation was: here the one at the start state.
    let inside = probe.run(&mut workspace, &[("qpos", &q), ("qvel", &v), ("ctrl", &action)], 1, 1);
    let place: Rows = (0..n)
        .map(|row| [probe.field(&inside, "com_x", row), probe.field(&inside, "position_x", row)].concat())
        .collect();
    let mut bench = Bench::new(task, workspace, n, probe.slots_per_workgroup());
    bench.set_state(&[&q, &v, &warm, &place]);
    bench.workspace.write("action", &outputs(model, &action));
    bench.dispatch("task.step", RunParams { episode_cap: 1000, ..Default::default() });
    eprintln!("{name} transitions");
    let failures = check_transitions(&golden, &mut bench);
    assert_none(&failures);
    check_resets(name, &golden, &mut bench);
    bench
}

/// Network outputs that the linear map turns into `action`.
fn outputs(model: &Model, action: &Rows) -> Vec<f32> {
    let output = |(i, action): (usize, &f64)| {
        let [low, high] = model.actuator_ctrlrange[i];
        ((action - 0.5 * (low + high)) / (0.5 * (high - low))) as f32
    };
    action.iter().flat_map(|row| row.iter().enumerate().map(output)).collect()
}

fn check_transitions(golden: &Golden, bench: &mut Bench) -> Vec<String> {
    let (n, sizes) = (bench.n, bench.task.model().sizes.clone());
    let (state, obs, terms, episodes) =
        (bench.read("task_state"), bench.read("obs"), bench.read("terms"), bench.episodes());
    let [mut position, mut velocity, mut reward, mut look, mut contact] =
        ["next_qpos", "next_qvel", "reward", "obs", "obs, contact forces"].map(Errors::new);
    let names = bench.task.terms();
    let mut sums: Vec<Errors> = names.iter().map(|term| Errors::new(term.name.clone())).collect();
    let contact_from = contact_part(bench.task);
    let d_obs = bench.task.d_obs();
    let mut failures = vec![];
    for row in 0..n {
        position.push(largest(&difference(&bench.state(&state, row, 0..sizes.nq), &golden.rows("next_qpos")[row])));
        let found = bench.state(&state, row, sizes.nq..sizes.nq + sizes.nv);
        velocity.push(largest(&difference(&found, &golden.rows("next_qvel")[row])));
        // In the other rows, Gymnasium's velocity starts from the last evaluation of the row before.
        let t = golden.rows("t")[row][0];
        let fresh =
            t == 0.0 || t % 4.0 == 3.0 || bench.task.spec().progress.is_none_or(|place| place == Progress::Root);
        if fresh {
            reward.push((f64::from(episodes[row].return_sum) - golden.rows("reward")[row][0]).abs());
        }
        for (i, expected) in golden.rows("obs")[row].iter().enumerate() {
            let error = (f64::from(obs[row * d_obs + i]) - expected).abs() / (1.0 + expected.abs());
            if i < contact_from { look.push(error) } else { contact.push(error) }
        }
        for (index, term) in names.iter().enumerate() {
            let expected = golden.rows(&format!("info_{}", term.name))[row][0];
            if !fresh && ["reward_forward", "x_velocity"].contains(&term.name.as_str()) {
                continue;
            }
            sums[index].push((f64::from(terms[index * n + row]) - expected).abs());
        }
        let terminated = golden.rows("terminated")[row][0] == 1.0;
        let expected = if terminated { status::DONE | status::TERMINATED } else { 0 };
        if episodes[row].status != expected || episodes[row].length != 1 || episodes[row].contact_overflow != 0 {
            failures.push(format!("row {row}: record {:?}, terminated {terminated}", episodes[row]));
        }
    }
    let bars = [position.over(5e-6), velocity.over(5e-4), reward.over(1e-3), look.over(1e-3), contact.over(1e-2)];
    failures.extend(bars.into_iter().flatten());
    failures.extend(sums.iter().filter_map(|term| term.over(1e-3)));
    failures
}

/// Where the contact forces start in the observation.
fn contact_part(task: &Locomotion) -> usize {
    let contacts = task.spec().observation.iter().any(|part| matches!(part, Part::ContactForces(_)));
    if contacts { task.d_obs() - 6 * (task.model().sizes.nbody - 1) } else { task.d_obs() }
}

/// Start states: within the noise, from the member's number alone; and what is observed of them.
fn check_resets(name: &str, golden: &Golden, bench: &mut Bench) {
    let task = bench.task;
    let (n, sizes, noise) = (bench.n, task.model().sizes.clone(), task.spec().reset_noise_scale);
    let run = RunParams { key_start: [3, 4], generation: 5, ..Default::default() };
    bench.dispatch("task.reset", run);
    let (first, obs) = (bench.read("task_state"), bench.read("obs"));
    for slot in 0..n {
        let q = bench.state(&first, slot, 0..sizes.nq);
        let noisy = difference(&q, &task.model().qpos0);
        assert!(largest(&noisy) <= noise * 1.0001, "start positions stay within the noise");
        assert!(largest(&noisy) > 0.0, "start positions are noisy");
    }
    bench.clear(3);
    bench.dispatch("task.reset", run);
    let shifted = bench.read("task_state");
    for slot in 3..n {
        let fields = 0..task.state_fields();
        let same = bench.state(&shifted, slot - 3, fields.clone()) == bench.state(&first, slot, fields);
        assert!(same, "a member starts the same in every slot");
    }
    check_reset_observation(name, golden, bench, &first, &obs);
}

/// The observation of a start state against the oracle's.
fn check_reset_observation(name: &str, golden: &Golden, bench: &Bench, state: &[f32], obs: &[f32]) {
    use support::tasks::{Env, Task as Oracle};
    let oracle = match name {
        "hopper" => Oracle::Hopper,
        "walker2d" => Oracle::Walker2d,
        "humanoid" => Oracle::Humanoid,
        "ant" => Oracle::Ant,
        "half_cheetah" => Oracle::HalfCheetah,
        _ => Oracle::InvertedPendulum,
    };
    let (model, sizes, d_obs) = (bench.task.model(), &bench.task.model().sizes, bench.task.d_obs());
    assert_eq!(golden.rows("reset_obs")[0].len(), d_obs, "length of the observation");
    let mut errors = Errors::new("obs of start states");
    for slot in 0..bench.n.min(16) {
        let (q, v) = (bench.state(state, slot, 0..sizes.nq), bench.state(state, slot, sizes.nq..sizes.nq + sizes.nv));
        let expected = Env::new(oracle, model, &q, &v).reset_obs();
        let found: Vec<f64> = obs[slot * d_obs..][..d_obs].iter().map(|x| f64::from(*x)).collect();
        for (found, expected) in found.iter().zip(expected) {
            errors.push((found - expected).abs() / (1.0 + expected.abs()));
        }
    }
    assert_none(&errors.over(1e-5).into_iter().collect::<Vec<_>>());
}

#[test]
fn hopper_env() {
    transitions("hopper", Spec::hopper);
}

#[test]
fn walker2d_env() {
    transitions("walker2d", Spec::walker2d);
}

#[test]
fn humanoid_env() {
    transitions("humanoid", Spec::humanoid);
}

#[test]
fn ant_env() {
    transitions("ant", Spec::ant);
}

#[test]
fn half_cheetah_env() {
    transitions("half_cheetah", Spec::half_cheetah);
}

#[test]
fn inverted_pendulum_env() {
    transitions("inverted_pendulum", Spec::inverted_pendulum);
}

/// The cooperative shape, which plans choose for large robots on real GPUs: the same states, transitions and bars, and
/// the straight-line shape's episodes. One workspace for all, since every kernel is compiled for long.
fn shared(name: &str, spec: fn(&Model) -> Spec) {
    let model = golden::model(name);
    let task = Locomotion::with_probe(spec(&model), model).expect("the robot is in the subset");
    let gpu = open();
    let count = |set: &str| Golden::open(&format!("{name}_{set}")).count();
    let probe = Probe::of_task(&task, count("env"), Sharing::Always);
    assert_eq!(probe.slots_per_workgroup(), 1, "a workgroup has one environment");
    let mut workspace = probe.workspace(&gpu, count("env").max(count("states")));
    let euler = task.spec().integrator == Integrator::Euler;
    assert_none(&check_states_in(&mut workspace, &probe, name, true, euler));
    check_sunk(&probe, &mut workspace);
    let mut bench = check_environment(&task, &probe, workspace, name);
    let straight = Probe::of_task(&task, bench.n, Sharing::Never);
    let mut other = Bench::new(&task, straight.workspace(&gpu, bench.n), bench.n, straight.slots_per_workgroup());
    assert_none(&compare_episodes(&mut bench, &mut other));
}

/// A robot deep in the floor has more contacts than places: the deepest stay, and the others are counted.
fn check_sunk(probe: &Probe, workspace: &mut Workspace) {
    let model = &probe.model;
    let points = probe.layout.floor.len();
    if points <= SHARED_CONTACTS || model.jnt_type[0] != joint::FREE {
        return;
    }
    let mut sunk = model.qpos0.clone();
    sunk[2] -= 5.0;
    let (q, v, u) = (vec![sunk], vec![vec![0.0; model.sizes.nv]], vec![vec![0.0; model.sizes.nu]]);
    let output = probe.run(workspace, &[("qpos", &q), ("qvel", &v), ("ctrl", &u)], 1, 1);
    let floor = probe.field(&output, "floor", 0);
    let kept: Vec<f64> = floor.chunks_exact(5).filter(|point| point[0] > 0.0).map(|point| point[1]).collect();
    assert_eq!(kept.len(), SHARED_CONTACTS, "every place is taken, by the floor");
    assert_eq!(probe.field(&output, "overflow", 0)[0], (points - SHARED_CONTACTS) as f64, "the others are counted");
    let mut heights: Vec<f64> = floor_heights(model, &q[0]);
    heights.sort_by(f64::total_cmp);
    let deepest = heights[SHARED_CONTACTS - 1];
    assert!(kept.iter().all(|dist| *dist <= deepest + 1e-5), "kept {kept:?}, the sixteenth is at {deepest}");
}

/// Heights over the floor of all points that can touch it, from the oracle's kinematics.
fn floor_heights(model: &Model, qpos: &[f64]) -> Vec<f64> {
    let kin = support::physics::kinematics::Kinematics::<f64>::new(model, qpos);
    let floor = |geom: &usize| {
        model.geom_type[*geom] != geom::PLANE && model.geom_contype[*geom] | model.geom_conaffinity[*geom] != 0
    };
    let ends = |geom: usize| {
        let half = if model.geom_type[geom] == geom::CAPSULE { model.geom_size[geom][1] } else { 0.0 };
        let rise = half * kin.geom_xmat[geom][2][2];
        let height = kin.geom_xpos[geom][2] - model.geom_size[geom][0];
        if half > 0.0 { vec![height + rise, height - rise] } else { vec![height] }
    };
    (0..model.sizes.ngeom).filter(floor).flat_map(ends).collect()
}

/// Episodes of both under the same random actions: nine of ten stay near for forty steps, and end alike.
fn compare_episodes(one: &mut Bench, other: &mut Bench) -> Vec<String> {
    let run = RunParams {
        episode_cap: 99,
        random_actions: 1,
        key_action: [5, 6],
        key_start: [7, 8],
        generation: 3,
        ..Default::default()
    };
    let rollout = |bench: &mut Bench| {
        bench.clear(0);
        bench.dispatch("task.reset", run);
        (0..40).for_each(|_| bench.dispatch("task.step", run));
        (bench.read("obs"), bench.episodes())
    };
    let ((obs, episodes), (expected, records)) = (rollout(one), rollout(other));
    let d_obs = one.task.d_obs();
    let contact_from = contact_part(one.task);
    let [mut look, mut contact, mut reward] = ["obs", "obs, contact forces", "return"].map(Errors::new);
    let mut ends = 0;
    for slot in 0..one.n {
        let error = |i: usize| {
            let (a, b) = (f64::from(obs[slot * d_obs + i]), f64::from(expected[slot * d_obs + i]));
            (a - b).abs() / (1.0 + b.abs())
        };
        look.push((0..contact_from).map(error).fold(0.0, f64::max));
        contact.push((contact_from..d_obs).map(error).fold(0.0, f64::max));
        let (a, b) = (f64::from(episodes[slot].return_sum), f64::from(records[slot].return_sum));
        reward.push((a - b).abs() / (1.0 + b.abs()));
        ends +=
            usize::from((episodes[slot].length, episodes[slot].status) == (records[slot].length, records[slot].status));
    }
    let share = ends as f64 / one.n as f64;
    let died = records.iter().filter(|record| record.status != 0).count();
    eprintln!("  {:32} {share:.3} of {} ({died} over)", "episodes that end alike", one.n);
    let ninth = |errors: &Errors, bar: f64| {
        errors.over(f64::INFINITY);
        let worst = errors.quantile(0.9);
        (worst > bar).then(|| format!("{}: nine of ten are off by at most {worst:.1e}, allowed {bar:.0e}", errors.what))
    };
    let mut failures: Vec<String> =
        [ninth(&look, 1e-3), ninth(&contact, 1e-2), ninth(&reward, 1e-3)].into_iter().flatten().collect();
    if share < 0.9 {
        failures.push(format!("only {share:.3} of the episodes end alike"));
    }
    failures
}

#[test]
fn hopper_shared() {
    shared("hopper", Spec::hopper);
}

#[test]
fn half_cheetah_shared() {
    shared("half_cheetah", Spec::half_cheetah);
}

#[test]
fn ant_shared() {
    shared("ant", Spec::ant);
}

#[test]
fn humanoid_shared() {
    shared("humanoid", Spec::humanoid);
}

/// The comparers fail on a perturbed value.
#[test]
fn comparers_see_a_difference() {
    let one = Contact { geoms: [0, 3], dist: -0.01, pos: [0.1, 0.2, 0.0] };
    let moved = Contact { pos: [0.1, 0.2001, 0.0], ..one.clone() };
    let other = Contact { geoms: [0, 4], ..one.clone() };
    let both = [one.clone(), other.clone()];
    assert_eq!(compare_contacts(&both, &[other.clone(), one.clone()]), (0.0, 0.0), "order does not matter");
    assert!(compare_contacts(&both, &[moved, other.clone()]).1 > 5e-6, "a moved contact is seen");
    assert!(compare_contacts(&both, &[one]).0.is_infinite(), "a missing contact is seen");
    let mut errors = Errors::new("a test");
    errors.push(f64::NAN);
    assert!(errors.over(1.0).is_some(), "a NaN is seen");
}
