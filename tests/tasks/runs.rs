//! Whole runs on these tasks: the same bytes however they are cut into slots and resumed, evaluations that rollouts
//! repeat, and settings that are refused.

use std::{fs, path::Path};

use crate::{
    npz::Npz,
    program::{Run, output, refused, succeed},
};

const TASKS: [&str; 5] = ["IntegrateAndFire()", "Stdp()", "ComplexStdp()", "TMaze()", "DoubleTMaze()"];

/// A configuration of a few seconds.
fn file(folder: &Path, task: &str) -> String {
    let text = format!(
        "(task: {task}, network: Gru(units: 32), algorithm: Es(population: 12, sigma: 0.3, episodes: 3, common_starts: true),
          generations: 4, evaluation: (every: 2, episodes: 20), checkpoint: (every: 1), curriculum: None)"
    );
    let path = folder.join("run.ron");
    fs::write(&path, text).expect("written");
    path.to_str().expect("plain").into()
}

fn run(folder: &Path, name: &str, config: &str, sets: &[&str]) -> Run {
    let run = Run::in_folder(folder, name);
    let sets: Vec<&str> = sets.iter().flat_map(|set| ["--set", set]).collect();
    succeed(&[&["run", config, "--quiet", "--no-autotune", "--out", run.path()], &sets[..]].concat());
    run
}

fn array(path: &Path, name: &str) -> (Vec<usize>, Vec<f32>) {
    let (shape, values) = Npz::open(path).f64(name);
    (shape, values.into_iter().map(|value| value as f32).collect())
}

#[test]
fn slots_and_resumes_do_not_matter() {
    for task in TASKS {
        let folder = tempfile::tempdir().expect("a folder");
        let folder = folder.path();
        let config = file(folder, task);
        let whole = run(folder, "whole", &config, &[]);
        let narrow = run(folder, "narrow", &config, &["device.slab=5"]);
        narrow.assert_same(&whole, task);
        let cut = run(folder, "cut", &config, &["generations=2"]);
        succeed(&["run", "--quiet", "--resume", cut.path(), "--set", "generations=4"]);
        cut.assert_same(&whole, task);
        let apart = run(folder, "apart", &config, &["algorithm.common_starts=false"]);
        assert!(apart.difference(&whole).is_some(), "{task}: starts of their own differ");
    }
}

/// What `eval` says is what the rewards of a rollout sum to; given the recorded outputs, the world does the same again.
#[test]
fn rollouts_repeat_what_eval_judges() {
    for task in TASKS {
        let folder = tempfile::tempdir().expect("a folder");
        let folder = folder.path();
        let run = run(folder, "run", &file(folder, task), &[]);
        let eval = succeed(&["eval", run.path(), "--episodes", "6", "--seed", "5", "--json"]);
        let eval: serde_json::Value = serde_json::from_str(&eval).expect("JSON");
        let (out, again) = (folder.join("motion.npz"), folder.join("again.npz"));
        let [out_name, again_name] = [&out, &again].map(|path| path.to_str().expect("plain"));
        succeed(&["rollout", "--policy", run.path(), "--rows", "6", "--seed", "5", "--out", out_name]);
        let (reward, ended) = (array(&out, "reward"), array(&out, "terminated").1);
        let [steps, rows] = reward.0[..] else { panic!("shape of the rewards") };
        let length =
            |row: usize| (0..steps).find(|step| ended[step * rows + row] == 1.0).map_or(steps, |step| step + 1);
        let sum = |row: usize| (0..length(row)).fold(0.0f32, |sum, step| sum + reward.1[step * rows + row]);
        let mean = (0..rows).map(|row| f64::from(sum(row))).sum::<f64>() / rows as f64;
        let judged = eval["mean"].as_f64().expect("a number");
        assert!((judged - mean).abs() <= 1e-12 * mean.abs(), "{task}: {judged} by eval, {mean} by the rollout");
        let text = format!("(task: {task}, network: Gru(), algorithm: Es())");
        fs::write(folder.join("task.ron"), text).expect("written");
        let task_file = folder.join("task.ron");
        let task_file = task_file.to_str().expect("plain");
        let drive = ["--actions", out_name, "--seed", "5", "--out", again_name];
        succeed(&[&["rollout", task_file], &drive[..]].concat());
        for name in ["qpos", "obs", "reward"] {
            assert_eq!(array(&out, name), array(&again, name), "{task}: {name} under the recorded outputs");
        }
    }
}

/// Members of a generation live their episodes again.
#[test]
fn members_can_be_replayed() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let run = run(folder, "run", &file(folder, "TMaze()"), &["algorithm.common_starts=false"]);
    let out = folder.join("motion.npz");
    let places = |member: &str, episode: &str| {
        let which = ["--replay", run.path(), "--generation", "2", "--member", member, "--episode", episode];
        succeed(&[&["rollout"][..], &which, &["--out", out.to_str().expect("plain")]].concat());
        array(&out, "start_qpos").1
    };
    let all: Vec<Vec<f32>> =
        ["0", "1", "2", "3"].iter().flat_map(|member| ["0", "1"].map(|episode| places(member, episode))).collect();
    assert!(all.iter().all(|start| start[..4] == [2.0, 0.0, 0.0, 40.0]), "the start of the stem: {all:?}");
    assert!(all.iter().any(|start| *start != all[0]), "places and shuffles differ: {all:?}");
}

/// A given state is kept: the current of integrate and fire, the spikes of a synapse, the place of an agent.
#[test]
fn given_states_are_kept() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let run = run(folder, "run", &file(folder, "TMaze()"), &["generations=1"]);
    let out = folder.join("motion.npz");
    let out_name = out.to_str().expect("plain");
    succeed(&["rollout", "--policy", run.path(), "--rows", "2", "--steps", "3", "--out", out_name]);
    // the state after two steps, as a start: the third step is the same
    let (qpos, actions) = (array(&out, "qpos"), array(&out, "actions"));
    let state = |step: usize| qpos.1[step * 20..][..20].to_vec();
    let states = folder.join("states.npz");
    write(&states, &[("qpos", &[2, 10], &state(1)), ("qvel", &[2, 0], &[])]);
    let acts = folder.join("actions.npz");
    write(&acts, &[("actions", &[1, 2, 3], &actions.1[12..])]);
    let again = folder.join("again.npz");
    let config = file(folder, "TMaze()");
    let files = ["--states", states.to_str().expect("plain"), "--actions", acts.to_str().expect("plain")];
    succeed(&[&["rollout", &config][..], &files, &["--out", again.to_str().expect("plain")]].concat());
    let kept = |state: &[f32]| [&state[..9], &state[10..19]].concat();
    assert_eq!(kept(&array(&again, "start_qpos").1), kept(&state(1)), "the start, but for the last action");
    assert_eq!(array(&again, "qpos").1[..8], state(2)[..8], "the step from there");
}

/// A held current fires every ceil(0.5 / current) steps, or one later where the sum in 32 bits stays below 0.5.
#[test]
fn held_currents_have_their_periods() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let (out, states, acts) = (folder.join("out.npz"), folder.join("states.npz"), folder.join("actions.npz"));
    let currents: Vec<f32> = (1..=11).map(|k| k as f32 / 100.0).collect();
    let qpos: Vec<f32> = currents.iter().flat_map(|current| [*current, 0.0]).collect();
    write(&states, &[("qpos", &[11, 2], &qpos), ("qvel", &[11, 0], &[])]);
    write(&acts, &[("actions", &[11, 1], &[0.0; 11])]);
    let config = file(folder, "IntegrateAndFire()");
    let files = ["--states", states.to_str().expect("plain"), "--actions", acts.to_str().expect("plain")];
    succeed(&[&["rollout", &config][..], &files, &["--steps", "200", "--out", out.to_str().expect("plain")]].concat());
    let (qpos, reward) = (array(&out, "qpos").1, array(&out, "reward").1);
    for (row, period) in [50, 25, 17, 13, 10, 9, 8, 7, 6, 5, 5].into_iter().enumerate() {
        let fires: Vec<usize> = (0..200).filter(|step| qpos[(step * 11 + row) * 2 + 1] == 0.0).collect();
        let first = fires[0] + 1;
        assert!(first == period || first == period + 1, "current {row}: {first} steps instead of {period}");
        assert!(fires.windows(2).all(|pair| pair[1] - pair[0] == first), "current {row}: always as long");
        // silence: the missing spike stands one step after the end of the 100 steps, further ones beside it
        let targets = fires.iter().filter(|step| **step < 100).count() as f32;
        let wanted = -(first as f32 - 101.0).powi(2) - (targets - 1.0) * (first as f32).powi(2) - targets;
        assert_eq!((0..200).map(|step| reward[step * 11 + row]).sum::<f32>(), wanted, "current {row}: silence");
    }
}

/// The page of an untrained network: the anchors are what they must be, whatever the network does.
#[test]
fn plots_stand_beside_anchors() {
    let page = |task: &str, files: &[&str]| -> String {
        let folder = tempfile::tempdir().expect("a folder");
        let folder = folder.path();
        let run = run(folder, "run", &file(folder, task), &["generations=1"]);
        succeed(&["plot", run.path()]);
        for name in files {
            let svg = fs::read_to_string(run.0.join("plots").join(name)).expect("a figure");
            assert!(svg.starts_with("<svg") && svg.len() > 2000, "{task}: {name}");
        }
        fs::read_to_string(run.0.join("plots/episodes.md")).expect("a page")
    };
    let cells = |page: &str, row: &str| -> Vec<String> {
        let line =
            page.lines().find(|line| line.starts_with(&format!("| {row}"))).unwrap_or_else(|| panic!("{row}: {page}"));
        line.trim_matches('|').split('|').map(|cell| cell.trim().to_string()).collect()
    };
    let number = |text: &str| text.parse::<f64>().unwrap_or_else(|_| panic!("{text} is a number"));

    let neuron = page("IntegrateAndFire()", &["neuron-trace.svg", "neuron-raster.svg", "neuron-frequency.svg"]);
    assert_eq!(cells(&neuron, "the target's own spikes")[1], "0.000", "{neuron}");
    let clock = number(&cells(&neuron, "the best constant clock")[1]);
    assert!((clock + 28.2).abs() < 11.0 && neuron.contains("fires every 9 steps"), "{neuron}");

    let figures = ["after-with", "before-with", "after-without", "before-without", "change"];
    let figures = figures.map(|name| format!("synapse-{name}.svg"));
    for (task, complex) in [("Stdp()", false), ("ComplexStdp()", true)] {
        let synapse = page(task, &figures.each_ref().map(String::as_str));
        assert_eq!(number(&cells(&synapse, "the target")[1]), 0.0, "{synapse}");
        let [own, pass] = ["this unit", "the potential, unchanged"].map(|row| number(&cells(&synapse, row)[1]));
        let share = synapse.split("1 - F / F(unchanged) = ").nth(1).and_then(|text| text.split(':').next());
        let (share, wanted) = (number(share.expect("a share")), 1.0 - own / pass);
        // numbers of the table have three digits
        assert!((share - wanted).abs() < 0.01 * wanted.abs(), "{share} instead of {wanted}: {synapse}");
        for interval in [5.0_f64, -10.0] {
            let omega = interval.signum() * 0.5 * (-interval.abs() / 10.0).exp();
            let wanted = match complex {
                false => [omega, 0.0],
                true => [omega.abs() - 0.1 * ((20.0 * omega).cos() - 1.0), 0.5 * (10.0 * omega).cos()],
            };
            let row = cells(&synapse, &format!("{interval} |"));
            let found = [number(&row[2]), number(&row[4])];
            assert!(found.iter().zip(wanted).all(|(a, b)| (a - b).abs() < 1e-3), "{task}: {row:?}, not {wanted:?}");
        }
    }
    for task in ["TMaze()", "DoubleTMaze()"] {
        let maze = page(task, &["maze-life.svg", "maze-paths.svg"]);
        let random = number(&cells(&maze, "one of the three actions at random")[1]);
        assert!(random.abs() < 1.0, "{maze}");
        assert!(maze.contains("after generation 1,"), "{maze}");
        let [steps, food, poison] =
            ["steps", "meals of food", "meals of poison"].map(|row| number(&cells(&maze, &format!("{row} |"))[1]));
        let fitness = number(&cells(&maze, "this agent")[1]);
        assert!(steps >= 40.0 && (food - poison - fitness).abs() < 0.011, "{maze}");
    }
}

/// Another checkpoint can be drawn; one that is missing is told.
#[test]
fn any_generation_can_be_drawn() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let run = run(folder, "run", &file(folder, "Stdp()"), &[]);
    let out = folder.join("figures");
    let of = |generation: &'static str| ["plot", run.path(), "--generation", generation, "--out"].map(String::from);
    let arguments = |generation| [&of(generation)[..], &[out.to_str().expect("plain").to_string()]].concat();
    succeed(&arguments("3").iter().map(String::as_str).collect::<Vec<_>>());
    let page = fs::read_to_string(out.join("episodes.md")).expect("a page");
    assert!(page.contains("gen-000003.safetensors, after generation 3,"), "{page}");
    let missing = arguments("9");
    let missing: Vec<&str> = missing.iter().map(String::as_str).collect();
    refused(&missing, 2, &["no checkpoint of generation 9", "those of 2, 3, 4"]);
    refused(&["plot", run.path(), run.path(), "--generation", "3", "--out", "x"], 2, &["--generation"]);
}

/// Writes arrays of 32-bit floats.
fn write(path: &Path, arrays: &[(&'static str, &[usize], &[f32])]) {
    use gpu_ec::npz::{Column, Element, NpzWriter};
    let column = |(name, shape, _): &(&'static str, &[usize], &[f32])| Column {
        name,
        element: Element::F32,
        shape: shape.to_vec(),
    };
    let mut writer = NpzWriter::create(path, arrays.iter().map(column).collect()).expect("created");
    for (position, (_, _, values)) in arrays.iter().enumerate() {
        let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        writer.append(position, &bytes).expect("written");
    }
    writer.finish().expect("finished");
}

#[test]
fn spikes_outside_an_episode_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    for (task, more, parts) in [
        ("Stdp(pre_from: 60)", "", ["`task.pre_from` = 60", "`task.pre_to` = 59 (the default)"]),
        ("ComplexStdp(largest_interval: 26)", "", ["`task.largest_interval` = 26", "before the episode"]),
        ("Stdp(episode_length: 79)", "", ["`task.episode_length` = 79", "after the episode"]),
        ("Stdp()", "evaluation.task=Some((pre_to: 90))", ["`evaluation.task.pre_to`", "after the episode"]),
    ] {
        let config = file(folder.path(), task);
        let set: &[&str] = if more.is_empty() { &[] } else { &["--set", more] };
        refused(&[&["inspect", &config], set].concat(), 2, &parts);
    }
    let config = file(folder.path(), "Stdp(episode_length: 80)");
    assert!(output(&["inspect", &config]).status.success(), "the last spike in the last step");
}
