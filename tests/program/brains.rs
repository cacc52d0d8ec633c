//! The trained networks that come with the program: each reproduces its figure.

use std::path::Path;

use gpu_ec::{
    config,
    gpu::{Gpu, Selector},
    run::{
        brains,
        checkpoint::Checkpoint,
        evolution::evaluate::{config_of_checkpoint, evaluate_checkpoint},
    },
};

/// Name, and mean return over 128 fresh starts of seed 0 (`gpu-ec eval NAME`), as `README.md` has it.
const FIGURES: &[(&str, f64)] = &[
    ("ant@best", 1871.9),
    ("arm_balance@best", -53.8),
    ("arm_reach@best", -9.5),
    ("cartpole@best", 500.0),
    ("half_cheetah@best", 4728.6),
    ("hopper@best", 3268.8),
    ("humanoid@best", 6838.6),
    ("inverted_double_pendulum@best", 9004.5),
    ("inverted_pendulum@best", 1000.0),
    ("reacher@best", -7.7),
    ("swimmer@best", 366.5),
    ("walker2d@best", 3435.9),
];

/// Starts of the test.
const EPISODES: usize = 24;

/// Largest file, bytes.
const LARGEST: usize = 40_000;

#[test]
fn every_one_reproduces_its_figure() {
    let gpu = Gpu::open(&Selector::Best).expect("a Vulkan driver; see the README");
    let names: Vec<&str> = FIGURES.iter().map(|(name, _)| *name).collect();
    assert_eq!(brains::names(), names, "all have a figure");
    for (name, figure) in FIGURES {
        let path = Path::new(name);
        let config = config::load(config_of_checkpoint(path).expect("a checkpoint"), &[]).expect("valid");
        let report = evaluate_checkpoint(&gpu, path, config, EPISODES, 7, None).expect("evaluates");
        // four standard errors, of other starts and other roundings
        let allowed = 4.0 * report.std / (EPISODES as f64).sqrt() + 0.01 * figure.abs();
        eprintln!("{name}: {:.1} +- {:.1}, figure {figure}", report.mean, report.std);
        assert!((report.mean - figure).abs() <= allowed, "{name}: {} instead of {figure} +- {allowed}", report.mean);
    }
}

#[test]
fn files_are_small_and_hold_whole_connections() {
    for name in brains::names() {
        let file = format!("assets/brains/{}.zip", name.trim_end_matches("@best"));
        let bytes = std::fs::metadata(&file).expect("a file").len() as usize;
        assert!(bytes < LARGEST, "{file}: {bytes} bytes");
        let matrices = Checkpoint::read(Path::new(&name)).and_then(|read| read.matrices_of("rho")).expect("matrices");
        assert!(matrices.iter().flat_map(|(_, _, rho)| rho).all(|rho| *rho == 0.0 || *rho == 1.0), "{name}");
    }
}

#[test]
fn unknown_names_are_refused_with_what_was_meant() {
    let error = brains::named(Path::new("hoper@best")).expect_err("there is none").to_string();
    assert!(error.contains("did you mean hopper@best?"), "{error}");
}
