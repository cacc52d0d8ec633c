//! The estimate as Markdown tables.

use super::{
    estimate::{Assumed, PUBLISHED, Subject, parts},
    machines::{MACHINES, Machine, NVIDIA_INTEGERS},
};

/// Function that multiplies one of the assumptions.
type Scale = fn(&mut Assumed, f64);

/// Prints peaks, frames per second, the share of each part, and the effect of wrong assumptions.
pub fn print(subjects: &[Subject]) -> Result<(), String> {
    peaks();
    frames(subjects)?;
    shares(subjects, &MACHINES[0])?;
    sensitivity(subjects, &MACHINES[0])
}

fn peaks() {
    println!("### Published peaks\n");
    println!("| GPU | f32, TFLOPS | integer, T/s | popcount, T/s | memory, GB/s | source |");
    println!("| --- | ---: | ---: | ---: | ---: | --- |");
    for Machine { name, f32, integer, popcount, bandwidth, source, .. } in &MACHINES {
        let tera = |rate: &f64| format!("{:.1}", rate / 1e12);
        let cells = [tera(f32), tera(integer), tera(popcount), format!("{:.0}", bandwidth / 1e9)].join(" | ");
        println!("| {name} | {cells} | {source} |");
    }
    println!("\nIntegers and popcounts of the first three: {NVIDIA_INTEGERS}.\n");
}

fn frames_per_second(subject: &Subject, machine: &Machine, assumed: &Assumed) -> Result<f64, String> {
    let parts = parts(subject, machine, assumed).map_err(|error| error.to_string())?;
    Ok(subject.plan.n_slots as f64 / parts.total())
}

/// Formats a rate in thousands: an estimate is no more precise.
fn thousands(rate: f64) -> String {
    format!("{:.0}k", rate / 1000.0)
}

fn head(subjects: &[Subject], corner: &str) {
    let names: Vec<_> = subjects.iter().map(|subject| format!("`{}`", subject.preset)).collect();
    println!("| {corner} | {} |\n| --- |{}", names.join(" | "), " ---: |".repeat(subjects.len()));
}

fn frames(subjects: &[Subject]) -> Result<(), String> {
    println!("### Estimated frames a second (arithmetic, not a measurement)\n");
    head(subjects, "GPU");
    for machine in &MACHINES {
        let rates = subjects.iter().map(|subject| frames_per_second(subject, machine, &Assumed::default()));
        let rates: Vec<_> = rates.collect::<Result<Vec<_>, _>>()?.into_iter().map(thousands).collect();
        println!("| {} | {} |", machine.name, rates.join(" | "));
    }
    println!("| published: EC, TITAN RTX, Brax physics | | | {} |\n", thousands(PUBLISHED));
    Ok(())
}

/// Prints the parts of a step's time as shares of a step at five times the published rate.
fn shares(subjects: &[Subject], machine: &Machine) -> Result<(), String> {
    println!("### Five times the published rate, {} frames/s, on a {}\n", thousands(5.0 * PUBLISHED), machine.name);
    println!(
        "Seconds of each part of a step as a share of what such a step may take; above 100 % it stands in the way alone.\n"
    );
    head(subjects, "part");
    let per_preset = subjects.iter().map(|subject| parts(subject, machine, &Assumed::default()));
    let per_preset = per_preset.collect::<Result<Vec<_>, _>>().map_err(|error| error.to_string())?;
    let allowed: Vec<f64> = subjects.iter().map(|subject| subject.plan.n_slots as f64 / (5.0 * PUBLISHED)).collect();
    let percent = |seconds: f64, allowed: &f64| format!("{:.0} %", 100.0 * seconds / allowed);
    for index in 0..per_preset[0].list().len() {
        let cells: Vec<_> =
            per_preset.iter().zip(&allowed).map(|(parts, allowed)| percent(parts.list()[index].1, allowed)).collect();
        println!("| {} | {} |", per_preset[0].list()[index].0, cells.join(" | "));
    }
    let cells: Vec<_> =
        per_preset.iter().zip(&allowed).map(|(parts, allowed)| percent(parts.total(), allowed)).collect();
    println!("| all | {} |\n", cells.join(" | "));
    Ok(())
}

fn sensitivity(subjects: &[Subject], machine: &Machine) -> Result<(), String> {
    let base = Assumed::default();
    let scaled: [(String, Scale); 5] = [
        (format!("physics at {:.0} % of the f32 peak", 100.0 * base.physics), |a, k| a.physics *= k),
        (format!("policy at {:.0} % of the instruction rates", 100.0 * base.policy), |a, k| a.policy *= k),
        (format!("memory at {:.0} % of the bandwidth", 100.0 * base.memory), |a, k| a.memory *= k),
        (format!("{:.0} us a launch", 1e6 * base.launch), |a, k| a.launch *= k),
        (format!("neurons fire at {:.0} Hz", base.firing_rate_hz), |a, k| a.firing_rate_hz *= k),
    ];
    println!("### If an assumption is half or double, on a {}\n", machine.name);
    head(subjects, "assumption (half, double)");
    for (name, scale) in scaled {
        let mut cells = vec![];
        for subject in subjects {
            let rate = |factor: f64| {
                let mut assumed = base;
                scale(&mut assumed, factor);
                frames_per_second(subject, machine, &assumed)
            };
            cells.push(format!("{}, {}", thousands(rate(0.5)?), thousands(rate(2.0)?)));
        }
        println!("| {name} | {} |", cells.join(" | "));
    }
    Ok(())
}
