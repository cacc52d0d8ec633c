//! `gpu-ec hub`: tells what runs on a hub, and on how many machines.

use std::process::ExitCode;

use clap::Args;

use super::{
    Error, Ui,
    args::{Certificates, Output},
};
use crate::{
    hub::{FleetStatus, RunState, RunStatus},
    report::table::Table,
};

/// Show the runs on a hub and the machines that take part.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// Server of Valkey or Redis, as for `gpu-ec worker --hub` [default: what GPU_EC_HUB holds].
    #[arg(value_name = "URL", default_value = "", hide_default_value = true)]
    hub: String,

    #[command(flatten)]
    certificates: Certificates,

    /// Show this run alone.
    #[arg(long, value_name = "NAME")]
    run: Option<String>,

    #[command(flatten)]
    output: Output,
}

const EXAMPLES: &str = "\
Examples:
  gpu-ec hub redis://node1:6379
  gpu-ec hub --run humanoid-0-0 --json";

/// Asks the hub and prints.
///
/// Errors: a hub that does not answer; a run that is not there.
pub fn execute(arguments: &Arguments, ui: &Ui) -> Result<ExitCode, Error> {
    let address = arguments.certificates.address(&arguments.hub)?;
    let status = FleetStatus::ask(&address, arguments.run.as_deref())?;
    if arguments.output.json {
        ui.out(&format!("{}\n", serde_json::to_string(&status).map_err(Error::failed)?))?;
        return Ok(ExitCode::SUCCESS);
    }
    if status.runs.is_empty() {
        ui.out(&format!("no run on {address}\n"))?;
    }
    for run in &status.runs {
        ui.out(&describe(run))?;
    }
    if let Some(bytes) = status.server_bytes {
        ui.out(&format!("the server uses {:.1} MiB\n", bytes as f64 / f64::from(1 << 20)))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn describe(run: &RunStatus) -> String {
    let state = match (&run.round, run.has_leader) {
        (Some(round), _) if round.state == RunState::Finished => "finished".into(),
        (Some(round), _) if round.state == RunState::Paused => "interrupted; `gpu-ec run --resume` goes on".into(),
        (_, false) => "without a leader; `gpu-ec run --resume` goes on".into(),
        (Some(round), true) => {
            let of = run.generations.map_or(String::new(), |generations| format!(" of {generations}"));
            let slices = format!("{} slices waiting, {} held, {} answered", run.waiting, run.held, run.answered);
            format!(
                "generation {}{of}, {} episodes, {} frames so far; {slices}",
                round.generation, round.lives, round.frames
            )
        }
        (None, true) => "about to begin".into(),
    };
    let mut table = Table::new(["machine", "role", "adapter", "frames/s", "slices"]);
    for (id, machine) in &run.machines {
        let rate = format!("{:.0}", machine.frames_per_s);
        table.row([id.clone(), machine.role.clone(), machine.adapter.clone(), rate, machine.slices.to_string()]);
    }
    let total: f64 = run.machines.iter().map(|(_, machine)| machine.frames_per_s).sum();
    format!("{} (gpu-ec {}): {state}\n{}{total:.0} frames/s in all\n", run.run, run.version, table)
}
