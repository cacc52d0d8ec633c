//! Estimates for GPUs that are not there: compiler statistics of the kernels that `run` dispatches on a GPU, and
//! frames per second by arithmetic. Prints Markdown.
//!
//! `make gpu-stats`; or `cargo bench --bench gpu_stats` with `RADV_FORCE_FAMILY=navi21` and `VK_DRIVER_FILES` naming
//! RADV's manifest (see `scripts/gpu-stats.sh`); `-- --estimate` adds the estimate.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "the tables are what this program is for")]

mod estimate;
mod known;
mod machines;
mod null_device;
mod shader;
mod statistics;
mod tables;

use std::process::ExitCode;

use estimate::Subject;
use gpu_ec::{
    config,
    kernel::{device::DeviceTraits, entry::PassId},
    plan::Plan,
};
use null_device::NullDevice;
use statistics::Statistics;

const PRESETS: [&str; 3] = ["hopper", "walker2d", "humanoid_paper"];
/// Traits of a GPU as plans see it.
const GPU: DeviceTraits =
    DeviceTraits { software: false, max_binding_bytes: 2 << 30, workgroup_bytes: 32_768, subgroup: 0, int64: true };

fn main() -> ExitCode {
    let estimate = std::env::args().any(|argument| argument == "--estimate");
    let outcome = kernels().and_then(|(subjects, surprises)| {
        if estimate {
            tables::print(&subjects)?;
        }
        Ok(surprises)
    });
    match outcome {
        Ok(surprises) if surprises.is_empty() => ExitCode::SUCCESS,
        Ok(surprises) => {
            eprintln!(
                "gpu_stats: not known to spill registers or use scratch memory, and does: {}",
                surprises.join(", ")
            );
            ExitCode::FAILURE
        }
        Err(message) => {
            eprintln!("gpu_stats: {message}");
            ExitCode::from(2)
        }
    }
}

fn plan(preset: &str) -> Result<Plan, String> {
    let source = config::find(preset).map_err(|error| error.to_string())?;
    let config = config::load(source, &[]).map_err(|error| error.to_string())?;
    Plan::new(&config, GPU).map_err(|error| error.to_string())
}

/// Compiles every kernel of every preset; returns the plans, and the kernels that spill but are not known to.
fn kernels() -> Result<(Vec<Subject>, Vec<String>), String> {
    let device = NullDevice::open()?;
    let (mut rows, mut subjects) = (Rows::default(), vec![]);
    let (mut surprises, mut reasons) = (vec![], vec![]);
    for preset in PRESETS {
        let plan = plan(preset)?;
        let mut spilled = 0;
        for kernel in plan.kernels() {
            let statistics = device.compile(&shader::translate(&kernel)?)?;
            rows.add(preset, kernel.id.name(), &statistics.cells());
            let place = format!("`{preset}` `{}`", kernel.id);
            match (statistics.spills(), known::known(preset, kernel.id.name())) {
                (true, None) => surprises.push(place),
                (true, Some(known)) => reasons.push(format!("* {place}: {}.", known.reason)),
                (false, Some(_)) => reasons.push(format!("* {place} is on the list, and spills nothing here.")),
                (false, None) => {}
            }
            if kernel.id == PassId::TaskStep {
                spilled = statistics.spilled_vgprs;
            }
        }
        subjects.push(Subject { preset, plan, spilled });
    }
    println!("### {}\n", device.name);
    println!("| preset | kernel | {} |\n| --- | --- |{}", Statistics::HEAD, " ---: |".repeat(10));
    rows.print();
    println!("\nKnown to keep registers in memory:\n\n{}\n", reasons.join("\n"));
    Ok((subjects, surprises))
}

/// Rows of the table of kernels; presets with the same numbers share one.
#[derive(Default)]
struct Rows(Vec<(Vec<&'static str>, String)>);

impl Rows {
    fn add(&mut self, preset: &'static str, kernel: &str, cells: &str) {
        let row = format!("`{kernel}` | {cells}");
        match self.0.iter_mut().find(|(_, known)| *known == row) {
            Some((presets, _)) => presets.push(preset),
            None => self.0.push((vec![preset], row)),
        }
    }

    fn print(&self) {
        for (presets, row) in &self.0 {
            println!("| {} | {row} |", if presets.len() == PRESETS.len() { "all".into() } else { presets.join(", ") });
        }
    }
}
