//! The command line: arguments in, exit code out. Nothing is computed here.
//!
//! Each subcommand has a file with its arguments and an `execute` that calls the library.

mod args;
pub mod bench;
pub mod compare;
mod compiling;
mod devices;
mod doctor;
mod error;
pub mod eval;
mod generate;
#[cfg(feature = "hub")]
mod hub;
mod inspect;
pub mod plot;
mod presets;
pub mod progress;
pub mod rollout;
pub mod run;
#[cfg(feature = "hub")]
mod sharing;
mod signals;
pub mod spikes;
mod ui;
mod wait;
#[cfg(feature = "hub")]
mod worker;

use std::{process::ExitCode, sync::OnceLock, time::Instant};

use clap::{Parser, Subcommand};

use compiling::CompilerWatch;

use crate::gpu::{Gpu, GpuError, Selector};

pub use error::Error;
pub use ui::{Level, Ui};

/// Evolves 1-bit spiking neural networks, bodies included, on any GPU.
#[derive(Debug, Parser)]
#[command(name = "gpu-ec", version, after_help = EXAMPLES, arg_required_else_help = true, max_term_width = 100)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,

    /// Say nothing but results and errors.
    #[arg(long, short, global = true)]
    quiet: bool,

    /// What to log to standard error: off, error, warn, info, debug or trace.
    #[arg(long, value_name = "LEVEL", global = true, value_enum, default_value_t = Level::Warn, hide_possible_values = true)]
    log: Level,
}

const EXAMPLES: &str = "\
Examples:
  gpu-ec run hopper_fast                     learn to hop within minutes, from an embedded preset
  gpu-ec run my.ron --set seed=3             a file of your own, one value changed
  gpu-ec run --resume runs/hopper-0-0        go on where a run was stopped
  gpu-ec eval runs/hopper-0-0                how good is it?
  gpu-ec rollout --policy runs/hopper-0-0 --out motion.npz
                                             its motion, step by step
  gpu-ec compare populations_small           networks and algorithms side by side
  gpu-ec presets                             which presets there are
  gpu-ec presets --fields                    every field: unit, default, range, effect

Exit codes: 0 done, 1 failed, 2 wrong usage or configuration,
130 interrupted with a checkpoint written, 131 stopped at once by another signal
more than a second later, without one. NO_COLOR=1 turns colours off.";

#[derive(Debug, Subcommand)]
enum Command {
    Run(run::Arguments),
    Eval(eval::Arguments),
    Compare(compare::Arguments),
    Plot(plot::Arguments),
    Spikes(spikes::Arguments),
    Bench(bench::Arguments),
    Rollout(rollout::Arguments),
    Inspect(inspect::Arguments),
    Devices(devices::Arguments),
    Doctor(doctor::Arguments),
    #[cfg(feature = "hub")]
    Worker(worker::Arguments),
    #[cfg(feature = "hub")]
    Hub(hub::Arguments),
    Presets(presets::Arguments),
    Generate(generate::Arguments),
}

/// Opens the device that `--gpu` asks for; the watch reports when it compiles.
fn open_gpu(gpu: Option<&str>, ui: &Ui) -> Result<(Gpu, CompilerWatch), GpuError> {
    let gpu = Gpu::open(&selector(gpu))?;
    let watch = ui.watch(&gpu);
    Ok((gpu, watch))
}

/// Returns the device that `--gpu` asks for.
fn selector(gpu: Option<&str>) -> Selector {
    gpu.map_or(Selector::Best, Selector::parse)
}

static STARTED: OnceLock<Instant> = OnceLock::new();

/// Returns the start time of this process: the time of the first call, which `main` makes.
fn process_started() -> Instant {
    *STARTED.get_or_init(Instant::now)
}

/// Reports that the first environment step of `task` is done.
fn first_step(ui: &Ui, task: &str) {
    ui.say(&format!("{task}: first environment step after {:.1} s", process_started().elapsed().as_secs_f64()));
}

/// Runs the program and returns the exit code of the process.
pub fn main() -> ExitCode {
    process_started();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help that cannot be written, as to a closed pipe, is not a failure of the program.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    let ui = Ui::start(cli.quiet, cli.log);
    let result = match cli.command {
        Command::Run(arguments) => run::execute(arguments, &ui),
        Command::Eval(arguments) => eval::execute(arguments, &ui),
        Command::Compare(arguments) => compare::execute(arguments, &ui),
        Command::Spikes(arguments) => spikes::execute(&arguments, &ui),
        Command::Plot(arguments) => plot::execute(&arguments, &ui),
        Command::Bench(arguments) => bench::execute(arguments, &ui),
        Command::Rollout(arguments) => rollout::execute(arguments, &ui),
        Command::Inspect(arguments) => inspect::execute(arguments, &ui),
        Command::Doctor(arguments) => doctor::execute(&arguments, &ui),
        #[cfg(feature = "hub")]
        Command::Worker(arguments) => worker::execute(&arguments, &ui),
        #[cfg(feature = "hub")]
        Command::Hub(arguments) => hub::execute(&arguments, &ui),
        Command::Devices(arguments) => devices::execute(&arguments, &ui),
        Command::Presets(arguments) => presets::execute(&arguments, &ui),
        Command::Generate(arguments) => generate::execute(&arguments, &ui),
    };
    match result {
        Ok(code) => code,
        Err(error) => ui.fail(&error),
    }
}
