//! Results of `eval`, `bench` and `devices`: one JSON object for programs, a few lines for people.

use serde::Serialize;

use super::Table;

/// Evaluation of the deterministic network over fresh starts.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EvalReport {
    /// Number of episodes.
    pub episodes: u32,
    /// Number of episodes whose state or return became NaN or infinite. They are left out of all statistics below,
    /// which are null if no episode is left.
    pub nonfinite: u32,
    /// Mean return.
    pub mean: f64,
    /// Standard deviation of the returns.
    pub std: f64,
    /// Smallest return.
    pub min: f64,
    /// Largest return.
    pub max: f64,
    /// Mean number of steps.
    pub mean_length: f64,
    /// Mean forward velocity, m/s; null for tasks without one.
    pub mean_x_velocity: Option<f64>,
    /// Mean of each reward term per episode, in the task's order.
    pub reward_terms: serde_json::Map<String, serde_json::Value>,
    /// Number of times that a contact had no place, in all episodes.
    pub contact_overflow: u64,
    /// Warning about these contacts, with a remedy; empty if there were none.
    #[serde(skip)]
    pub overflow_warning: String,
}

impl EvalReport {
    /// Returns the mean return if every episode stayed finite.
    pub fn sound(&self) -> Option<f64> {
        (self.nonfinite == 0 && self.mean.is_finite()).then_some(self.mean)
    }

    /// Returns the warnings, one per line.
    pub fn warnings(&self) -> Vec<String> {
        let broken = (self.nonfinite > 0).then(|| broken_episodes(self.nonfinite, self.episodes));
        let crowded = Some(&self.overflow_warning).filter(|text| !text.is_empty()).cloned();
        [broken, crowded].into_iter().flatten().map(|text| format!("warning: {text}")).collect()
    }

    /// Returns the report as a table for a terminal.
    pub fn table(&self) -> Table {
        let mut table = Table::new(["", ""]);
        table.row(["episodes".into(), self.episodes.to_string()]);
        if self.nonfinite > 0 {
            table.row(["not finite".into(), format!("{}, left out below", self.nonfinite)]);
        }
        if self.nonfinite == self.episodes {
            return table;
        }
        table.row(["return".into(), format!("{:.1} +- {:.1}", self.mean, self.std)]);
        table.row(["smallest".into(), format!("{:.1}", self.min)]);
        table.row(["largest".into(), format!("{:.1}", self.max)]);
        table.row(["length".into(), format!("{:.1} steps", self.mean_length)]);
        if let Some(velocity) = self.mean_x_velocity {
            table.row(["velocity".into(), format!("{velocity:.3} m/s")]);
        }
        for (name, value) in &self.reward_terms {
            table.row([name.clone(), format!("{:.2}", value.as_f64().unwrap_or(f64::NAN))]);
        }
        table
    }
}

/// Returns the message that `broken` of `of` episodes of an evaluation became non-finite.
pub(super) fn broken_episodes(broken: u32, of: u32) -> String {
    format!(
        "{broken} of {of} episodes of the deterministic network ceased to be finite and are left out of all means: the robot \
         exploded, or it is driven too hard for its time step"
    )
}

/// Speed of whole generations.
#[derive(Clone, Debug, Serialize)]
pub struct BenchReport {
    /// Environment steps of living members in the measured part.
    pub frames: u64,
    /// Wall-clock seconds of the measured part.
    pub seconds: f64,
    /// CPU seconds of all threads in the measured part.
    pub cpu_seconds: f64,
    /// `frames / seconds`.
    pub frames_per_second: f64,
    /// `frames / cpu_seconds`.
    pub frames_per_cpu_second: f64,
    /// Wall-clock seconds from process start to the end of the first environment step.
    pub startup_seconds: f64,
    /// CPU seconds of the same period.
    pub startup_cpu_seconds: f64,
    /// Wall-clock seconds of compiling kernels during startup, first dispatches included.
    pub compile_seconds: f64,
    /// Largest resident size of the process, bytes; null if the system does not report it.
    pub peak_rss_bytes: Option<u64>,
    /// Bytes of all buffers on the device.
    pub device_bytes: u64,
    /// Name of the adapter.
    pub adapter: String,
    /// Measured peak of the adapter.
    pub peak: Peak,
    /// Time and cost of each pass.
    pub passes: Vec<PassReport>,
}

/// Measured peak of an adapter.
#[derive(Clone, Debug, Serialize)]
pub struct Peak {
    /// f32 operations per second in independent multiply-adds.
    pub operations_per_second: f64,
    /// Bytes per second, read and written, of a buffer larger than the caches.
    pub bytes_per_second: f64,
}

/// Pass of the plan, timed alone with one episode per slot. Its operations and bytes are counted from the plan, not
/// measured.
#[derive(Clone, Debug, Serialize)]
pub struct PassReport {
    /// Name of the pass, as in the plan and the source.
    pub name: String,
    /// Seconds of all its dispatches, each waited for alone.
    pub seconds: f64,
    /// Share of the sum over all passes, 0 to 1.
    pub share: f64,
    /// Unit of the counts: `member` or `frame`.
    pub unit: &'static str,
    /// Number of members or frames in `seconds`.
    pub units: u64,
    /// Operations per unit.
    pub operations: OperationCount,
    /// Bytes per unit, read and written, whether from a cache or from memory.
    pub bytes: f64,
    /// Operations of all kinds per second.
    pub operations_per_second: f64,
    /// Bytes per second.
    pub bytes_per_second: f64,
    /// `operations_per_second` as a share of the peak.
    pub share_of_peak_operations: f64,
    /// `bytes_per_second` as a share of the peak; above 1 if caches serve them.
    pub share_of_peak_bytes: f64,
}

/// Operations by the unit of a processor that executes them.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct OperationCount {
    /// f32 arithmetic; a multiply-add is two.
    pub f32: f64,
    /// Integer and boolean arithmetic.
    pub integer: f64,
    /// Counts of set bits.
    pub popcount: f64,
}

impl BenchReport {
    /// Returns the report as tables for a terminal.
    pub fn tables(&self) -> String {
        let mut table = Table::new(["", ""]);
        table.row(["adapter".into(), self.adapter.clone()]);
        table.row(["frames".into(), self.frames.to_string()]);
        table.row(["seconds".into(), format!("{:.2} (CPU {:.2})", self.seconds, self.cpu_seconds)]);
        table.row(["frames/s".into(), format!("{:.0}", self.frames_per_second)]);
        table.row(["frames/CPU-s".into(), format!("{:.0}", self.frames_per_cpu_second)]);
        let startup = format!(
            "{:.2} s (CPU {:.2}), of it {:.2} s making pipelines",
            self.startup_seconds, self.startup_cpu_seconds, self.compile_seconds
        );
        table.row(["start-up".into(), startup]);
        table.row(["peak memory".into(), self.peak_rss_bytes.map_or("unknown".into(), bytes)]);
        table.row(["device memory".into(), bytes(self.device_bytes)]);
        let peak = format!("{}op/s, {}B/s", short(self.peak.operations_per_second), short(self.peak.bytes_per_second));
        table.row(["measured peak".into(), peak]);
        format!("{table}\n{}", self.passes())
    }

    fn passes(&self) -> Table {
        let mut table = Table::new(["pass", "seconds", "share", "a", "op", "B", "op/s", "of peak", "B/s", "of peak"]);
        let percent = |share: f64| format!("{:.1} %", 100.0 * share);
        for pass in &self.passes {
            let OperationCount { f32, integer, popcount } = pass.operations;
            table.row([
                pass.name.clone(),
                format!("{:.3}", pass.seconds),
                percent(pass.share),
                pass.unit.into(),
                short(f32 + integer + popcount),
                short(pass.bytes),
                short(pass.operations_per_second),
                percent(pass.share_of_peak_operations),
                short(pass.bytes_per_second),
                percent(pass.share_of_peak_bytes),
            ]);
        }
        table
    }
}

/// Adapter, as `devices` lists it.
#[derive(Clone, Debug, Serialize)]
pub struct Device {
    /// Index for `--gpu`.
    pub index: usize,
    /// Name for `--gpu`.
    pub name: String,
    /// `vulkan`, `metal` or `dx12`.
    pub backend: String,
    /// `discrete`, `integrated`, `virtual`, `software` or `other`.
    pub kind: String,
    /// Driver and its version.
    pub driver: String,
    /// PCI address for `--gpu pci:...`, if the driver reports it.
    pub pci: Option<String>,
    /// True for the adapter that is used without `--gpu`.
    pub default: bool,
}

impl Device {
    /// Returns the list of adapters as a table for a terminal.
    pub fn table(devices: &[Device]) -> Table {
        let mut table = Table::new(["", "index", "name", "type", "backend", "driver", "pci"]);
        for device in devices {
            table.row([
                if device.default { "*".into() } else { String::new() },
                device.index.to_string(),
                device.name.clone(),
                device.kind.clone(),
                device.backend.clone(),
                device.driver.clone(),
                device.pci.clone().unwrap_or_default(),
            ]);
        }
        table
    }
}

/// Formats a size with a unit: `1.50 GiB`.
pub fn bytes(count: u64) -> String {
    let scales = [("GiB", 30), ("MiB", 20), ("KiB", 10)];
    match scales.into_iter().find(|(_, power)| count >> power > 0) {
        Some((unit, power)) => format!("{:.2} {unit}", count as f64 / (1_u64 << power) as f64),
        None => format!("{count} B"),
    }
}

/// Formats a count in at most four digits and a letter: `31.2k`, `1.24M`.
pub fn short(count: f64) -> String {
    let scales = [("T", 1e12), ("G", 1e9), ("M", 1e6), ("k", 1e3)];
    match scales.into_iter().find(|(_, scale)| count >= *scale) {
        Some((letter, scale)) if count / scale < 9.995 => format!("{:.2}{letter}", count / scale),
        Some((letter, scale)) => format!("{:.1}{letter}", count / scale),
        None => format!("{count:.0}"),
    }
}

/// Formats a duration in at most two units: `3m 12s`.
pub fn duration(seconds: f64) -> String {
    if !seconds.is_finite() || seconds < 0.0 {
        return "-".into();
    }
    let whole = seconds.round() as u64;
    match whole {
        0..60 => format!("{whole}s"),
        60..3600 => format!("{}m {:02}s", whole / 60, whole % 60),
        3600..86400 => format!("{}h {:02}m", whole / 3600, whole / 60 % 60),
        _ => format!("{}d {:02}h", whole / 86400, whole / 3600 % 24),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_short() {
        let sizes = [0, 1023, 1024, 3 << 19, 5 << 30].map(bytes);
        assert_eq!(sizes, ["0 B", "1023 B", "1.00 KiB", "1.50 MiB", "5.00 GiB"], "sizes");
        let counts = [0.0, 999.0, 1000.0, 31_234.0, 1.24e6, 3e9].map(short);
        assert_eq!(counts, ["0", "999", "1.00k", "31.2k", "1.24M", "3.00G"], "counts");
        let times = [0.4, 59.0, 61.0, 3661.0, 90_000.0, f64::INFINITY].map(duration);
        assert_eq!(times, ["0s", "59s", "1m 01s", "1h 01m", "1d 01h", "-"], "durations");
    }
}
