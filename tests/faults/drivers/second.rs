//! SwiftShader, a Vulkan driver that shares nothing with lavapipe, beside it: what EC learns from the first generation
//! is equal bit for bit, bodies move alike within rounding and what contacts make of it.

use std::{env, ffi::OsString, fs, path::Path};

use safetensors::SafeTensors;

use super::places::drivers;
use crate::support::npz::Npz;
use crate::support::program;
use crate::support::program::gpu_ec;

/// How `--gpu` names the two.
const NAMES: [&str; 2] = ["llvmpipe", "swiftshader"];

/// Runs the program on each driver, both in one list; returns what it wrote to the path that takes the place of `OUT`.
fn on_both(arguments: &[&str], folder: &Path) -> Option<[std::path::PathBuf; 2]> {
    let manifests = env::join_paths(drivers()?).expect("plain paths");
    Some(NAMES.map(|name| {
        let out = folder.join(name);
        let arguments = arguments.iter().map(|argument| match *argument {
            "OUT" => OsString::from(&out),
            other => other.into(),
        });
        let mut command = gpu_ec(&[]);
        command.args(arguments).args(["--gpu", name]).env("VK_DRIVER_FILES", &manifests);
        command.env("XDG_CACHE_HOME", folder); // kernels are compiled, not found
        let output = command.output().expect("the program starts");
        assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
        out
    }))
}

/// Tensors of a checkpoint that differ, beside the normaliser's: its sums are floats of each driver's own observations.
fn differing(a: &[u8], b: &[u8]) -> Vec<String> {
    let [a, b] = [a, b].map(|bytes| SafeTensors::deserialize(bytes).expect("a checkpoint"));
    let mut names: Vec<String> = a.names().iter().map(ToString::to_string).collect();
    names.sort();
    assert!(
        ["rho.hidden", "adam.m.hidden", "adam.v.hidden"].iter().all(|name| names.iter().any(|n| n == name)),
        "{names:?}"
    );
    let same = |name: &String| a.tensor(name).expect("listed").data() == b.tensor(name).expect("in both").data();
    names.into_iter().filter(|name| !same(name)).collect()
}

/// A generation of 64 members: with ranks alike, probabilities and both moments of Adam are, too.
fn first_generation(preset: &str, episode_length: u32) {
    let folder = tempfile::tempdir().expect("a folder");
    let length = format!("task.episode_length={episode_length}");
    let sets =
        ["generations=1", "algorithm.population=64", "curriculum=None", "evaluation=(every: 1, episodes: 1)", &length];
    let sets = sets.into_iter().flat_map(|set| ["--set", set]);
    let arguments: Vec<&str> = ["run", preset, "--quiet", "--out", "OUT"].into_iter().chain(sets).collect();
    let Some(runs) = on_both(&arguments, folder.path()) else { return };
    let [a, b] = runs.map(|run| fs::read(run.join("checkpoints/gen-000001.safetensors")).expect("a checkpoint"));
    let others: Vec<_> = differing(&a, &b).into_iter().filter(|name| !name.starts_with("normaliser.")).collect();
    assert!(others.is_empty(), "{preset}: after the first generation {others:?} differ");
}

#[test]
fn a_cartpole_learns_the_same() {
    first_generation("cartpole", 500);
}

#[test]
fn a_hopper_learns_the_same() {
    first_generation("hopper_fast", 200);
}

/// Over long episodes contacts drive the returns of ants apart.
#[test]
fn an_ant_learns_the_same() {
    first_generation("ant_fast", 4);
}

#[test]
fn another_seed_learns_otherwise() {
    let folder = tempfile::tempdir().expect("a folder");
    let [a, b] = [0, 1].map(|seed| {
        let run = program::Run::in_folder(folder.path(), &format!("seed{seed}"));
        program::succeed(&run.arguments(&["--set", &format!("seed={seed}"), "--set", "generations=1"]));
        run.checkpoint(1)
    });
    assert!(differing(&a, &a).is_empty(), "a run is like itself");
    let found = differing(&a, &b);
    assert!(
        ["rho.hidden", "adam.m.hidden", "adam.v.hidden"].iter().all(|name| found.iter().any(|n| n == name)),
        "{found:?}"
    );
}

/// The largest difference of any position after so many steps of any row.
fn apart(rollouts: &[std::path::PathBuf; 2], steps: usize) -> f64 {
    let [a, b] = rollouts.each_ref().map(|path| Npz::open(path).rows("qpos").swap_remove(steps - 1));
    assert_eq!(a.len(), b.len(), "rows and positions of a step");
    let difference = |(a, b): (&f64, &f64)| if (a - b).is_nan() { f64::INFINITY } else { (a - b).abs() };
    a.iter().zip(&b).map(difference).fold(0.0, f64::max)
}

/// Four rows of random controls; `bounds`: steps, and how far any position may be apart after them.
fn rollout(preset: &str, bounds: &[(usize, f64)]) {
    let folder = tempfile::tempdir().expect("a folder");
    let steps = bounds.last().expect("a bound").0.to_string();
    let arguments = ["rollout", preset, "--random", "--rows", "4", "--steps", &steps, "--out", "OUT"];
    let Some(rollouts) = on_both(&arguments, folder.path()) else { return };
    for (steps, bound) in bounds {
        let apart = apart(&rollouts, *steps);
        eprintln!("{preset}: {apart:.1e} apart after {steps} steps, at most {bound:.0e}");
        assert!(apart <= *bound, "{preset}: {apart:.1e} apart after {steps} steps, at most {bound:.0e}");
    }
}

/// Bounds are ten times the largest difference that SwiftShader of Chromium 156 and lavapipe of Mesa 25.0 showed over
/// several seeds and numbers of rows; both compute in f32, with other orders of addition and other sines. Where
/// contacts make chaos of such a difference within 60 steps, the first ten are bounded alone.
#[test]
fn bodies_move_alike() {
    rollout("hopper", &[(1, 5e-8), (10, 1e-6), (60, 2e-5)]);
    rollout("walker2d", &[(1, 1e-6), (10, 5e-5), (60, 1e-3)]);
    rollout("arm_reach", &[(1, 8e-8), (10, 6e-7), (60, 1e-5)]);
    rollout("half_cheetah", &[(1, 2e-6), (10, 2e-3)]);
    rollout("ant", &[(1, 1e-6), (10, 5e-5)]);
    rollout("humanoid", &[(1, 3e-6), (10, 2e-5)]);
}
