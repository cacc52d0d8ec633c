//! `gpu-ec bench`: the speed of whole generations.

use std::process::ExitCode;

use clap::{Args, ValueEnum};

use super::{
    Error, Ui,
    args::{Device, Output, Tuning},
};
use crate::{
    cli::process_started,
    config::{self, Config, Family, Settable},
    run::bench::{BenchOptions, BenchPart, bench},
};

/// Measure the speed of whole generations: exactly the passes of `run`, after a warm-up.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// Configuration file, or the name of a preset.
    file: String,

    /// Replace one value of the configuration that decides how fast it is; later settings win.
    #[arg(long = "set", value_name = "KEY.PATH=VALUE")]
    sets: Vec<String>,

    /// Networks per generation, in place of the configuration's.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(2..))]
    population: Option<u32>,

    /// Longest episode, in steps.
    #[arg(long, value_name = "T", value_parser = clap::value_parser!(u32).range(1..))]
    steps: Option<u32>,

    /// Measure until this many seconds are over.
    #[arg(long, value_name = "S", default_value_t = 10.0, value_parser = seconds)]
    seconds: f64,

    /// What is measured.
    #[arg(long, value_enum, default_value_t = PartArgument::All)]
    part: PartArgument,

    /// Let no episode end early.
    #[arg(long)]
    no_termination: bool,

    #[command(flatten)]
    device: Device,

    #[command(flatten)]
    tuning: Tuning,

    #[command(flatten)]
    output: Output,
}

const EXAMPLES: &str = "\
Examples:
  gpu-ec bench hopper --population 512
  gpu-ec bench humanoid --part physics --no-termination --seconds 30 --json
  gpu-ec bench hopper_sg

One frame is one environment step of one living member. Of an algorithm that does not evolve, whole generations
are measured.";

const SETTABLE: Settable = Settable {
    evaluates: false,
    what: "gpu-ec bench",
    fields: &["seed", "task", "network", "algorithm", "normaliser", "evaluation.episodes", "device"],
    instead: &[
        ("stop", "it measures for --seconds S"),
        ("generations", "it measures for --seconds S"),
        ("curriculum", "the longest episode has --steps T"),
    ],
};

/// Part of a generation to measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum PartArgument {
    /// Everything that `run` does.
    All,
    /// The bodies alone, driven by uniform random actions.
    Physics,
    /// The networks alone.
    Policy,
}

/// Measures and prints the report.
///
/// Errors: an invalid configuration, or whatever stops the measurement.
pub fn execute(arguments: Arguments, ui: &Ui) -> Result<ExitCode, Error> {
    let json = arguments.output.json;
    let (gpu, _watch) = super::open_gpu(arguments.device.gpu.as_deref(), ui)?;
    let (config, options) = request(arguments)?;
    let report = bench(&gpu, &config, &options, process_started())?;
    if json {
        ui.json(&report)?
    } else {
        ui.out(&report.tables())?
    }
    Ok(ExitCode::SUCCESS)
}

fn request(arguments: Arguments) -> Result<(Config, BenchOptions), Error> {
    let mut config = config::load_for(&SETTABLE, config::find(&arguments.file)?, &arguments.sets)?;
    config.algorithm.set_population(arguments.population.unwrap_or(config.algorithm.population()));
    let length = config.task.episode_length();
    let steps = arguments.steps.unwrap_or(length);
    if steps > length {
        return Err(Error::Usage(format!(
            "--steps {steps} is more than task.episode_length = {length}; add --set task.episode_length={steps}"
        )));
    }
    let part = match arguments.part {
        PartArgument::All => BenchPart::All,
        PartArgument::Physics => BenchPart::Physics,
        PartArgument::Policy => BenchPart::Policy,
    };
    let no_termination = arguments.no_termination;
    if config.algorithm.family() != Family::Evolution && (part != BenchPart::All || no_termination) {
        let why = "of an algorithm that does not evolve, whole generations are measured";
        return Err(Error::Usage(format!("{why}: leave out --part and --no-termination")));
    }
    if config.algorithm.family().is_independent() && arguments.steps.is_some() {
        let why = "independent learners live whole episodes";
        return Err(Error::Usage(format!("{why}: in place of --steps, add --set task.episode_length=...")));
    }
    let variants = arguments.tuning.variants();
    Ok((config, BenchOptions { steps: steps as usize, seconds: arguments.seconds, part, no_termination, variants }))
}

fn seconds(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(seconds) if seconds > 0.0 && seconds.is_finite() => Ok(seconds),
        _ => Err("expected a number of seconds above 0".into()),
    }
}
