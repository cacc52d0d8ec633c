//! A task's kernels against Gymnasium's transitions and start states.

use gpu_ec::kernel::buffers::BufferId;
use gpu_ec::{
    gpu::Workspace,
    kernel::{
        entry::PassId,
        records::{RunParams, status},
    },
    physics::model::Model,
    tasks::{
        Task,
        locomotion::{Locomotion, Progress, Source},
    },
};

use super::golden_gpu::{Bench, Probe};
use super::golden_states::{Errors, Golden, Rows, assert_none, difference, largest};

/// The same on kernels compiled for as many slots as there are rows. Returns them with the task's buffers.
pub fn check_environment<'a, 'gpu>(
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
        .map(|row| match task.spec().progress {
            Some(Progress::CentreOfMass(axis)) => vec![probe.field(&inside, "com", row)[axis.index()]],
            // The first of the points that a task looks at is that of its progress.
            Some(Progress::Place(_, axis)) => vec![probe.field(&inside, "places", row)[axis.index()]],
            _ => vec![],
        })
        .collect();
    let mut bench = Bench::new(task, workspace, n, probe.slots_per_workgroup());
    bench.set_state(&[&q, &v, &warm, &place]);
    bench.workspace.write(BufferId::Action, &outputs(model, &action));
    bench.dispatch(PassId::TaskStep, RunParams { episode_cap: 1000, ..Default::default() });
    eprintln!("{name} transitions");
    let failures = check_transitions(&golden, &mut bench);
    assert_none(&failures);
    check_resets(name, &golden, &mut bench);
    bench
}

/// Network outputs that the linear map turns into `action`.
pub fn outputs(model: &Model, action: &Rows) -> Vec<f32> {
    let output = |(i, action): (usize, &f64)| {
        let [low, high] = model.actuator_ctrlrange[i];
        ((action - 0.5 * (low + high)) / (0.5 * (high - low))) as f32
    };
    action.iter().flat_map(|row| row.iter().enumerate().map(output)).collect()
}

/// Columns of `sens` and `unsolved`, which `tests/peer/sensitivity.py` adds.
#[derive(Clone, Copy)]
enum Column {
    Position,
    Velocity,
    Reward,
    Observation,
    ContactForces,
    Terms,
    Terminated,
}

/// How far a row may be off for reasons that are not ours: f32's rounding of its start, or a solver that stopped before
/// its end (half of such an error would do to exceed a bar with what is ours).
fn doubt(golden: &Golden, row: usize, what: Column) -> f64 {
    let of = |name| golden.sensitivity(name, row, what as usize);
    of("sens").max(2.0 * of("unsolved"))
}

pub fn check_transitions(golden: &Golden, bench: &mut Bench) -> Vec<String> {
    let (n, sizes) = (bench.n, bench.task.model().sizes.clone());
    let (state, obs, terms, episodes) =
        (bench.read(BufferId::TaskState), bench.read(BufferId::Obs), bench.read(BufferId::Terms), bench.episodes());
    let [mut position, mut velocity, mut reward, mut look, mut contact] =
        ["next_qpos", "next_qvel", "reward", "obs", "obs, contact forces"].map(Errors::new);
    let names = bench.task.terms();
    let mut sums: Vec<Errors> = names.iter().map(|term| Errors::new(term.name.clone())).collect();
    let contact_from = contact_part(bench.task);
    let d_obs = bench.task.d_obs();
    let mut failures = vec![];
    let doubt = |row: usize, what: Column| doubt(golden, row, what);
    for row in 0..n {
        let found = bench.state(&state, row, 0..sizes.nq);
        position
            .push_sensitive(largest(&difference(&found, &golden.rows("next_qpos")[row])), doubt(row, Column::Position));
        let found = bench.state(&state, row, sizes.nq..sizes.nq + sizes.nv);
        velocity
            .push_sensitive(largest(&difference(&found, &golden.rows("next_qvel")[row])), doubt(row, Column::Velocity));
        // In the other rows, Gymnasium's velocity starts from the last evaluation of the row before.
        let t = golden.rows("t")[row][0];
        let own = |progress| matches!(progress, Progress::Position(_));
        let fresh = t == 0.0 || t % 4.0 == 3.0 || bench.task.spec().progress.is_none_or(own);
        if fresh {
            let error = (f64::from(episodes[row].return_sum) - golden.rows("reward")[row][0]).abs();
            reward.push_sensitive(error, doubt(row, Column::Reward));
        }
        for (i, expected) in golden.rows("obs")[row].iter().enumerate() {
            let error = (f64::from(obs[row * d_obs + i]) - expected).abs() / (1.0 + expected.abs());
            if i < contact_from {
                look.push_sensitive(error, doubt(row, Column::Observation));
            } else {
                contact.push_sensitive(error, doubt(row, Column::ContactForces));
            }
        }
        for (index, term) in names.iter().enumerate() {
            let expected = golden.rows(&format!("info_{}", term.name))[row][0];
            if !fresh && ["reward_forward", "x_velocity"].contains(&term.name.as_str()) {
                continue;
            }
            sums[index].push_sensitive((f64::from(terms[index * n + row]) - expected).abs(), doubt(row, Column::Terms));
        }
        let terminated = golden.rows("terminated")[row][0] == 1.0;
        let expected = if terminated { status::DONE | status::TERMINATED } else { 0 };
        if doubt(row, Column::Terminated) > 0.0 {
            eprintln!("  row {row} may end or not: its end is not compared");
            continue;
        }
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
pub fn contact_part(task: &Locomotion) -> usize {
    let last = task.spec().observation.last().filter(|part| part.source == Source::ContactForces);
    task.d_obs() - last.map_or(0, |part| part.range.len())
}

/// Start states: within the noise, from the member's number alone; and what is observed of them.
pub fn check_resets(name: &str, golden: &Golden, bench: &mut Bench) {
    let task = bench.task;
    let (n, sizes, start) = (bench.n, task.model().sizes.clone(), &task.spec().start);
    let in_disc = |i: usize| start.discs.iter().any(|disc| (disc.first..disc.first + 2).contains(&i));
    let run = RunParams { key_start: [3, 4], generation: 5, ..Default::default() };
    bench.dispatch(PassId::TaskReset, run);
    let (first, obs) = (bench.read(BufferId::TaskState), bench.read(BufferId::Obs));
    for slot in 0..n {
        let q = bench.state(&first, slot, 0..sizes.nq);
        let noisy = difference(&q, &task.model().qpos0);
        let within = |i: usize| in_disc(i) || noisy[i].abs() <= start.positions[i] * 1.0001;
        assert!((0..sizes.nq).all(within), "start positions stay within the noise");
        assert!(largest(&noisy) > 0.0, "start positions are noisy");
        for disc in &start.discs {
            assert!(q[disc.first].hypot(q[disc.first + 1]) <= disc.radius * 1.0001, "and in their disc");
        }
    }
    bench.clear(3);
    bench.dispatch(PassId::TaskReset, run);
    let shifted = bench.read(BufferId::TaskState);
    for slot in 3..n {
        let fields = 0..task.state_fields();
        let same = bench.state(&shifted, slot - 3, fields.clone()) == bench.state(&first, slot, fields);
        assert!(same, "a member starts the same in every slot");
    }
    check_reset_observation(name, golden, bench, &first, &obs);
}

/// The observation of a start state against the oracle's.
pub fn check_reset_observation(name: &str, golden: &Golden, bench: &Bench, state: &[f32], obs: &[f32]) {
    use super::tasks::{Env, Task as Oracle};
    let oracle = match name {
        "hopper" => Oracle::Hopper,
        "walker2d" => Oracle::Walker2d,
        "humanoid" => Oracle::Humanoid,
        "ant" => Oracle::Ant,
        "half_cheetah" => Oracle::HalfCheetah,
        "swimmer" => Oracle::Swimmer,
        "reacher" => Oracle::Reacher,
        "inverted_double_pendulum" => Oracle::InvertedDoublePendulum,
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
