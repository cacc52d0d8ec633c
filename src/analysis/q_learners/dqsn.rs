//! Deep Q-learning of spiking networks: learning by width, and greedy episodes of the networks that were kept.

use super::{Learners, figure, largest, median};
use crate::{
    analysis::AnalysisError,
    gpu::Gpu,
    plot::Chart,
    report::{RunDir, Table, document::Block},
    run::q_learners::{QReport, QSet, evaluate_learners},
};

/// Frames that the paper says its widest network surpasses.
const PASSED: f64 = 100.0;

/// Returns the page. The networks of the newest checkpoint play on `gpu`.
pub fn blocks(run: &Learners, dir: &RunDir, gpu: &Gpu) -> Result<Vec<Block>, AnalysisError> {
    let learners: usize = run.groups.0.iter().map(|group| group.learners.len()).sum();
    let series = run.groups.0.iter().map(|group| run.curve(format!("{} neurons", group.width), &group.learners, true));
    let chart = Chart { title: "Learning".into(), x: "episodes".into(), y: "frames".into(), series: series.collect() };
    let mut blocks = vec![
        Block::Heading(1, "Deep Q-learning of spiking networks".into()),
        Block::Paragraph(format!("{learners} learners, {} episodes each.", run.lines.len())),
        figure("learners", "Frames of an episode, mean of the last 10: median over seeds, and quartiles.", &chart)?,
        Block::Heading(2, "Training".into()),
        Block::Paragraph(
            "Longest episode in training, and how many seeds had one of 100 frames. Zheng et al. (2026) tell of more than 100 frames \
             and nearly 800 at best with 64 neurons, and of poor results with 4 and 16."
                .into(),
        ),
        Block::Table(training(run)),
    ];
    let Some(newest) = dir.generations()?.last().copied() else { return Ok(blocks) };
    let episodes = run.config.evaluation.episodes;
    let report = evaluate_learners(gpu, &dir.checkpoint(newest), &run.config, episodes, run.config.seed)?;
    blocks.extend([
        Block::Heading(2, "Greedy episodes".into()),
        Block::Paragraph(format!(
            "Frames of {episodes} episodes without exploration, by the networks after {} episodes, by those after each learner's \
             longest one, and by those before learning: mean over starts and seeds / largest mean of a seed / longest of all.",
            report.generation
        )),
        Block::Table(greedy(run, &report)),
    ]);
    Ok(blocks)
}

fn training(run: &Learners) -> Table {
    let mut table = Table::new(["neurons", "seeds", "longest", "median over seeds", "seeds with 100 frames"]);
    for group in &run.groups.0 {
        let longest: Vec<f64> = group.learners.iter().map(|at| run.longest(*at)).collect();
        let passed = longest.iter().filter(|frames| **frames >= PASSED).count();
        table.row([
            group.width.to_string(),
            longest.len().to_string(),
            format!("{:.0}", largest(longest.clone())),
            format!("{:.0}", median(longest)),
            passed.to_string(),
        ]);
    }
    table
}

fn greedy(run: &Learners, report: &QReport) -> Table {
    let names = report.sets.iter().map(|set| set.name.clone());
    let mut table = Table::new(std::iter::once("neurons".into()).chain(names));
    for group in &run.groups.0 {
        let cell = |set: &QSet| {
            let means = || group.learners.iter().map(|at| set.mean[*at]);
            let longest = group.learners.iter().map(|at| set.longest[*at]).max().unwrap_or(0);
            let mean = means().sum::<f64>() / group.learners.len() as f64;
            format!("{mean:.0} / {:.0} / {longest}", largest(means()))
        };
        table.row(std::iter::once(group.width.to_string()).chain(report.sets.iter().map(cell)));
    }
    table
}
