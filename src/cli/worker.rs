//! `gpu-ec worker`: lives episodes of a run that another machine leads.

use std::process::{Command, ExitCode};

use clap::Args;

use super::{
    Error, Ui,
    args::{Certificates, Tuning},
    signals::{self, INTERRUPTED_CODE},
};
use crate::{
    gpu,
    hub::check_name,
    run::{
        cancel::Cancel,
        fleet::{Gone, Worker, WorkerSettings},
    },
};

/// Take part in a run that another machine leads.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// Server of Valkey or Redis: redis://HOST:PORT, rediss://HOST:PORT (encrypted), or file:PATH (a file with the
    /// address) [default: what GPU_EC_HUB holds].
    #[arg(long, value_name = "URL", num_args = 0..=1, default_value = "", default_missing_value = "", hide_default_value = true)]
    hub: String,

    #[command(flatten)]
    certificates: Certificates,

    /// Run to take part in [default: the only one on the hub].
    #[arg(long, value_name = "NAME")]
    run: Option<String>,

    /// Device to compute on, as `gpu-ec devices` lists it; `all` for a worker on each that is no software driver.
    #[arg(long, value_name = "INDEX|NAME|pci:...|all")]
    gpu: Option<String>,

    #[command(flatten)]
    tuning: Tuning,
}

const EXAMPLES: &str = "\
Examples:
  gpu-ec worker --hub redis://node1:6379
  GPU_EC_HUB=rediss://worker:PASSWORD@node1:6379 gpu-ec worker --hub-ca ca.pem --gpu all
  gpu-ec worker --run humanoid-0-0

Nothing is written to this machine; configuration and robot come from the leader. The worker ends with the
run, exit code 0. SIGTERM and Ctrl-C let it finish what it can within 5 s, exit code 130; what it leaves
others live again. `docs/cloud.md` tells how to set up a fleet.";

/// Works until the run is over.
///
/// Errors: invalid arguments; a hub or a run that does not allow it; a lost device.
pub fn execute(arguments: &Arguments, ui: &Ui) -> Result<ExitCode, Error> {
    let address = arguments.certificates.address(&arguments.hub)?;
    arguments.run.as_deref().map(check_name).transpose()?;
    let cancel = signals::listen();
    if arguments.gpu.as_deref() == Some("all") {
        return on_all(&cancel, ui);
    }
    let (gpu, watch) = super::open_gpu(arguments.gpu.as_deref(), ui)?;
    // from here on there is something to finish
    cancel.put_at_risk(Some(crate::run::cancel::AtRisk::Slices));
    let variants = arguments.tuning.variants();
    let settings = WorkerSettings { address, run: arguments.run.clone(), variants, cancel, falsify: None };
    let gone = Worker::new(&gpu, &settings, &mut |text| ui.say(text)).work()?;
    drop(watch);
    match gone {
        Gone::Finished => {
            ui.say("the run is over");
            Ok(ExitCode::SUCCESS)
        }
        Gone::Asked => Err(Error::Interrupted("left the run, as asked".into())),
    }
}

/// Starts this program once for each adapter that is no software driver, and waits for all.
fn on_all(cancel: &Cancel, ui: &Ui) -> Result<ExitCode, Error> {
    let found: Vec<_> = gpu::list()?.into_iter().filter(|adapter| !adapter.is_software()).collect();
    if found.is_empty() {
        return Err(Error::Usage(
            "--gpu all: there is no adapter but software drivers; name one, as in --gpu 0".into(),
        ));
    }
    let program = std::env::current_exe().map_err(Error::failed)?;
    let given: Vec<String> = std::env::args().skip(1).collect();
    let mut children = vec![];
    for adapter in &found {
        ui.say(&format!("a worker on {} ({})", adapter.index, adapter.name));
        let arguments = with_gpu(&given, adapter.index);
        children.push(Command::new(&program).args(arguments).spawn().map_err(Error::failed)?);
    }
    let mut code = 0;
    let mut told = false;
    while !children.is_empty() {
        if cancel.is_cancelled() && !std::mem::replace(&mut told, true) {
            children.iter().for_each(|child| signals::ask(child.id()));
        }
        let mut left = vec![];
        for mut child in children {
            match child.try_wait().map_err(Error::failed)? {
                Some(status) => code = code.max(status.code().unwrap_or(1)),
                None => left.push(child),
            }
        }
        children = left;
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    let code = u8::try_from(code).unwrap_or(1);
    Ok(ExitCode::from(if cancel.is_cancelled() { INTERRUPTED_CODE } else { code }))
}

/// Returns the arguments with `--gpu all` replaced by one adapter.
fn with_gpu(given: &[String], index: usize) -> Vec<String> {
    let mut arguments = given.to_vec();
    for k in 0..arguments.len() {
        if arguments[k] == "--gpu" && arguments.get(k + 1).is_some_and(|value| value == "all") {
            arguments[k + 1] = index.to_string();
        } else if arguments[k] == "--gpu=all" {
            arguments[k] = format!("--gpu={index}");
        }
    }
    arguments
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_child_has_an_adapter_of_its_own() {
        let of = |text: &str| text.split(' ').map(String::from).collect::<Vec<_>>();
        assert_eq!(with_gpu(&of("worker --gpu all --run a"), 3), of("worker --gpu 3 --run a"), "two words");
        assert_eq!(with_gpu(&of("worker --gpu=all"), 0), of("worker --gpu=0"), "one word");
        assert_eq!(with_gpu(&of("worker --run all"), 0), of("worker --run all"), "a run of that name");
    }
}
