//! Text of the report.

use super::{
    numbers::{Numbers, Row},
    tables,
};
use crate::{
    analysis::statistics::RESAMPLES,
    compare::energy::FORMULA,
    report::document::{Block, Document, Figure},
};

/// Returns the whole document; `figures` are grouped by task.
pub fn document(numbers: &Numbers, figures: Vec<Vec<Figure>>) -> Document {
    let mut blocks = vec![Block::Heading(1, numbers.title.clone()), Block::Paragraph(introduction(numbers))];
    let remarks = [unfinished(numbers), broken(numbers)];
    blocks.extend(remarks.into_iter().flatten().map(Block::Paragraph));
    for (task, figures) in numbers.tasks.iter().zip(figures) {
        let rows: Vec<&Row> = numbers.rows.iter().filter(|row| row.task == *task).collect();
        blocks.push(Block::Heading(2, task.clone()));
        if rows.iter().all(|row| row.runs.is_empty()) {
            blocks.push(Block::Paragraph("No run yet.".into()));
            continue;
        }
        blocks.push(Block::Table(tables::returns(&rows)));
        if figures.is_empty() {
            blocks.push(Block::Paragraph("No evaluation yet.".into()));
        }
        blocks.extend(figures.into_iter().map(Block::Figure));
    }
    if let Some(first) = numbers.overall.first() {
        blocks.push(Block::Heading(2, "All tasks".into()));
        blocks.push(Block::Paragraph(format!(
            "Last returns over the mean of {} on the same task: interquartile mean over tasks and seeds, seeds resampled within tasks.",
            first.entry
        )));
        blocks.push(Block::Table(tables::overall(numbers)));
    }
    blocks.extend(speed(numbers));
    blocks.push(Block::Heading(2, "Networks".into()));
    blocks.push(Block::Paragraph(NETWORKS.into()));
    blocks.push(Block::Table(tables::models(numbers)));
    blocks.extend(energy(numbers));
    Document(blocks)
}

fn introduction(numbers: &Numbers) -> String {
    let seeds = numbers.seeds.iter().map(u64::to_string).collect::<Vec<_>>().join(", ");
    format!(
        "Seeds: {seeds}. Returns are those of the deterministic network over full episodes: at the last evaluation of a run (last), \
         and at its best one (best), which is chosen among many noisy ones and therefore flatters. Mean +- standard deviation of the \
         sample over seeds; IQM: interquartile mean, with the 95 % percentile interval of {RESAMPLES} bootstrap resamples of the \
         seeds. Bands in figures are one standard deviation; curves go as far as all seeds do, between evaluations in straight lines."
    )
}

/// Returns a remark about runs that are missing or unfinished, if any are.
fn unfinished(numbers: &Numbers) -> Option<String> {
    let expected = numbers.rows.len() * numbers.seeds.len();
    let finished = numbers.rows.iter().flat_map(|row| &row.runs).filter(|run| run.stage == "finished").count();
    let begun = numbers.rows.iter().map(|row| row.runs.len()).sum::<usize>() - finished;
    (finished < expected).then(|| {
        format!("This report is not complete: of {expected} runs {finished} are finished, {begun} have begun, the others are missing.")
    })
}

/// Returns a remark about evaluations that are left out, if any are.
fn broken(numbers: &Numbers) -> Option<String> {
    let runs = || numbers.rows.iter().flat_map(|row| row.runs.iter().map(move |run| (row, run)));
    let broken: usize = runs().map(|(_, run)| run.evaluations_nonfinite).sum();
    let (row, run) = runs().find(|(_, run)| run.evaluations_nonfinite > 0)?;
    Some(format!(
        "Left out: {broken} evaluations in which episodes ceased to be finite (`eval_nonfinite` in metrics.jsonl), the first of {} on {}, \
         seed {}.",
        row.entry, row.task, run.seed
    ))
}

fn speed(numbers: &Numbers) -> Vec<Block> {
    let mut blocks = vec![
        Block::Heading(2, "Speed".into()),
        Block::Paragraph(
            "Training frames of all members in a second of training; evaluations and start-up do not count. Wall time includes \
             evaluations."
                .into(),
        ),
        Block::Table(tables::speed(numbers)),
    ];
    if !numbers.ratios.is_empty() {
        blocks.push(Block::Paragraph(
            "Entries with the same architecture, which differ in the algorithm alone: time a frame of the second one over that of \
             the first."
                .into(),
        ));
        blocks.push(Block::Table(tables::ratios(numbers)));
    }
    blocks
}

const NETWORKS: &str = "Parameters of one member, and their bytes. The firing rate is that of a neuron in simulated time, over all \
                        training frames; the density is the mean connection probability after the last generation, or the share \
                        of the connections that exist where they are cut from real numbers.";

fn energy(numbers: &Numbers) -> Vec<Block> {
    if numbers.rows.iter().all(|row| row.energy.is_none()) {
        return vec![];
    }
    vec![
        Block::Heading(2, "Energy on a neuromorphic chip".into()),
        Block::Paragraph(
            "What training would take on Loihi by the estimate of Wang et al. (NeurIPS 2023, Appendix D), from what these runs \
             measured:"
                .into(),
        ),
        Block::Formula(FORMULA.into()),
        Block::Paragraph(
            "N neurons; I = 4 updates a neuron and step; S time steps an episode, mean; R spikes a neuron and step, mean; C connections \
             a neuron (of networks of bits the density times N, else N); G generations; P population; P_s = 23.6 pJ a synaptic \
             operation, P_w = 1.7 pJ a spike within a tile, P_u = 81 pJ an update. It counts the network alone, without the bodies."
                .into(),
        ),
        Block::Table(tables::energy(numbers)),
    ]
}
