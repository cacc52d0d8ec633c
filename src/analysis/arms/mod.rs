//! Page about arms that learn by forward sensitivities: losses by group, tables, firing rates, and one arm watched
//! before and after learning.

mod groups;
mod tables;
mod watched;

use groups::Groups;

use super::{AnalysisError, File};
use crate::{
    config,
    gpu::Gpu,
    plot::{Chart, Series},
    report::{
        RunDir,
        document::{Block, Document, Figure},
    },
    run::arms::{ArmBatch, ArmEntry, ArmLine, entries, lines},
};

/// Settings and metrics of a run.
struct Arms {
    entries: Vec<ArmEntry>,
    lines: Vec<ArmLine>,
    batch: ArmBatch,
}

/// Returns the files of the page `arms.md` and `arms.html` with their figures; none for runs without such arms.
///
/// Errors: unreadable files; a device that fails.
pub fn page(
    dir: &RunDir,
    gpu: &mut dyn FnMut() -> Result<Gpu, crate::gpu::GpuError>,
) -> Result<Vec<File>, AnalysisError> {
    let config = config::load(config::read(&dir.config()).map_err(crate::run::RunError::from)?, &[]);
    let config = config.map_err(crate::run::RunError::from)?;
    let Some(batch) = ArmBatch::of(&config).map_err(crate::run::RunError::from)? else { return Ok(vec![]) };
    let entries = entries(dir)?;
    let lines = lines(dir, entries.len())?;
    let arms = Arms { entries, lines, batch };
    let mut blocks = vec![Block::Heading(1, "Arms that learn by forward sensitivities".into()), summary(&arms)];
    blocks.extend(losses(&arms)?);
    blocks.extend(tables::blocks(&arms));
    blocks.extend(rates(&arms)?);
    let gpu = gpu().map_err(crate::run::RunError::from)?;
    blocks.extend(watched::blocks(&gpu, dir, &config, &arms.batch)?);
    let document = Document(blocks);
    let mut files = vec![("arms.md".into(), document.markdown()), ("arms.html".into(), document.html())];
    files.extend(document.figures().map(|figure| (figure.file.clone(), figure.svg.clone())));
    Ok(files)
}

fn summary(arms: &Arms) -> Block {
    let spec = &arms.batch.spec;
    let seconds = spec.steps as f64 * arms.batch.model.opt.timestep;
    Block::Paragraph(format!(
        "{} arms, 2-{}-2 neurons each; {} iterations of {seconds} s of simulated time. The loss is the squared angle, its mean over \
         physics steps; \"second half\" leaves out the way from the start to the upright. A fallen arm has {:.2} rad^2.",
        arms.entries.len(),
        spec.network.neurons,
        arms.lines.len(),
        std::f64::consts::FRAC_PI_2.powi(2),
    ))
}

fn losses(arms: &Arms) -> Result<Vec<Block>, AnalysisError> {
    let groups = Groups::of(&arms.entries);
    let series = groups.0.iter().map(|group| {
        let at = |line: &ArmLine| {
            let values: Vec<f64> = group.arms.iter().map(|arm| log10(line.late_loss[*arm])).collect();
            let mean = values.iter().sum::<f64>() / values.len() as f64;
            let deviation =
                values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (values.len() as f64 - 1.0).max(1.0);
            (f64::from(line.generation) + 1.0, mean, deviation.sqrt())
        };
        let points: Vec<_> = arms.lines.iter().map(at).collect();
        Series {
            name: group.name.clone(),
            points: points.iter().map(|(x, mean, _)| (*x, *mean)).collect(),
            band: points.iter().map(|(x, mean, d)| (*x, mean - d, mean + d)).collect(),
        }
    });
    let chart = Chart {
        title: "Learning".into(),
        x: "iterations".into(),
        y: "log10 of the loss (rad^2), second half".into(),
        series: series.collect(),
    };
    Ok(vec![
        Block::Heading(2, "Learning".into()),
        figure(
            "arms-loss",
            "Loss of the second half of each iteration, mean and standard deviation over arms.",
            &chart,
        )?,
    ])
}

fn rates(arms: &Arms) -> Result<Vec<Block>, AnalysisError> {
    let kinds = ["inputs", "reservoir", "outputs"];
    let series = kinds.iter().enumerate().map(|(kind, name)| {
        let mean = |line: &ArmLine| {
            line.rates_hz.iter().map(|rates| f64::from(rates[kind])).sum::<f64>() / line.rates_hz.len() as f64
        };
        let points = arms.lines.iter().map(|line| (f64::from(line.generation) + 1.0, mean(line))).collect();
        Series { name: (*name).into(), points, band: vec![] }
    });
    let chart = Chart {
        title: "Firing rates".into(),
        x: "iterations".into(),
        y: "spikes of a neuron (Hz)".into(),
        series: series.collect(),
    };
    Ok(vec![
        Block::Heading(2, "Firing rates".into()),
        figure("arms-rates", "Rates of the three kinds of neurons, mean over all arms.", &chart)?,
    ])
}

fn log10(loss: f32) -> f64 {
    f64::from(loss).max(1e-8).log10()
}

fn figure(name: &str, caption: &str, chart: &Chart) -> Result<Block, AnalysisError> {
    let svg = chart.svg()?;
    Ok(Block::Figure(Figure { file: format!("{name}.svg"), caption: caption.into(), svg }))
}
