//! Numbers as tables for people.

use super::numbers::{Numbers, Row, Spread};
use crate::report::{
    Table, bytes,
    summary::{duration, short},
};

/// Formats `12.3 +- 4.5`, with as many digits as such numbers need.
fn plus_minus(spread: &Spread) -> String {
    match spread.deviation {
        Some(deviation) => format!("{} +- {}", number(spread.mean), number(deviation)),
        None => number(spread.mean),
    }
}

/// Formats a return: two decimals below 100, otherwise none.
fn number(value: f64) -> String {
    if value.abs() < 100.0 { format!("{value:.2}") } else { format!("{value:.0}") }
}

fn or_dash<T>(value: Option<T>, text: impl Fn(T) -> String) -> String {
    value.map_or("-".into(), text)
}

/// Returns the table of final returns on one task.
pub fn returns(rows: &[&Row]) -> Table {
    let mut table =
        Table::new(["entry", "seeds", "last", "IQM of last", "95 % interval", "best", "IQM of best", "95 % interval"]);
    let interval =
        |spread: &Spread| or_dash(spread.interval, |(low, high)| format!("{} to {}", number(low), number(high)));
    for row in rows {
        let (last, best) = (row.last.as_ref(), row.best.as_ref());
        table.row([
            row.entry.clone(),
            row.runs.len().to_string(),
            or_dash(last, plus_minus),
            or_dash(last, |spread| number(spread.interquartile_mean)),
            or_dash(last, interval),
            or_dash(best, plus_minus),
            or_dash(best, |spread| number(spread.interquartile_mean)),
            or_dash(best, interval),
        ]);
    }
    table
}

/// Returns the table of entries over all tasks.
pub fn overall(numbers: &Numbers) -> Table {
    let mut table = Table::new(["entry", "IQM", "95 % interval"]);
    for row in &numbers.overall {
        let interval = or_dash(row.interval, |(low, high)| format!("{low:.3} to {high:.3}"));
        table.row([row.entry.clone(), format!("{:.3}", row.interquartile_mean), interval]);
    }
    table
}

/// Returns the table of the speed of every row.
pub fn speed(numbers: &Numbers) -> Table {
    let mut table = Table::new(["task", "entry", "population", "frames/s", "frames a run", "wall time a run"]);
    for row in &numbers.rows {
        let runs = row.runs.len().max(1) as f64;
        let frames: f64 = row.runs.iter().map(|run| run.frames).sum();
        let seconds: f64 = row.runs.iter().map(|run| run.wall_seconds).sum();
        table.row([
            row.task.clone(),
            row.entry.clone(),
            row.population.to_string(),
            or_dash(row.frames_per_second, |value| format!("{value:.0}")),
            or_dash((frames > 0.0).then(|| frames / runs), short),
            or_dash((!row.runs.is_empty()).then(|| seconds / runs), duration),
        ]);
    }
    table
}

/// Returns the table of time ratios.
pub fn ratios(numbers: &Numbers) -> Table {
    let mut table = Table::new(["task", "entries", "times faster"]);
    for ratio in &numbers.ratios {
        let entries = format!("{} : {}", ratio.first, ratio.second);
        table.row([ratio.task.clone(), entries, format!("{:.2}", ratio.times)]);
    }
    table
}

/// Returns the table of the networks' sizes and firing rates.
pub fn models(numbers: &Numbers) -> Table {
    let mut table = Table::new([
        "task",
        "entry",
        "network",
        "parameters",
        "bits",
        "size",
        "firing rate (Hz)",
        "density at the end",
    ]);
    for row in &numbers.rows {
        let densities: Vec<f64> = row.runs.iter().filter_map(|run| run.density).collect();
        let density = (!densities.is_empty()).then(|| crate::analysis::statistics::mean(&densities));
        table.row([
            row.task.clone(),
            row.entry.clone(),
            row.model.network.clone(),
            row.model.parameters.to_string(),
            row.model.bits.to_string(),
            bytes(row.model.bytes as u64),
            or_dash(row.firing_rate_hz, |value| format!("{value:.2}")),
            or_dash(density, |value| format!("{value:.3}")),
        ]);
    }
    table
}

/// Returns the table of energy estimates, for every row that spikes.
pub fn energy(numbers: &Numbers) -> Table {
    let mut table = Table::new(["task", "entry", "N", "S", "R", "C", "G", "P", "E_one", "E_tot"]);
    for row in &numbers.rows {
        let Some(energy) = row.energy else { continue };
        let inputs = energy.inputs;
        table.row([
            row.task.clone(),
            row.entry.clone(),
            format!("{:.0}", inputs.neurons),
            format!("{:.0}", inputs.steps),
            format!("{:.4}", inputs.rate),
            format!("{:.1}", inputs.connections),
            format!("{:.0}", inputs.generations),
            format!("{:.0}", inputs.population),
            joules(energy.joules.episode),
            joules(energy.joules.total),
        ]);
    }
    table
}

/// Formats an energy with a unit: `2.800 mJ`.
fn joules(value: f64) -> String {
    let scales = [(1e6, "MJ"), (1e3, "kJ"), (1.0, "J"), (1e-3, "mJ"), (1e-6, "uJ")];
    let (scale, unit) = scales.into_iter().find(|(scale, _)| value >= *scale).unwrap_or((1e-9, "nJ"));
    format!("{:.3} {unit}", value / scale)
}
