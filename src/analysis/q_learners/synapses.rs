//! Agents at synapses: a figure a model, Table 2 with its controls.

use statrs::stats_tests::{
    Alternative,
    mannwhitneyu::{MannWhitneyUMethod, mannwhitneyu},
};

use super::{Learners, figure, largest, median, published};
use crate::{
    analysis::AnalysisError,
    config::AgentModel,
    plot::Chart,
    report::{Table, document::Block},
};

/// Iterations at the end whose mean is told.
const LAST: usize = 20;

/// Returns the page.
pub fn blocks(run: &Learners) -> Result<Vec<Block>, AnalysisError> {
    let learners: usize = run.groups.0.iter().map(|group| group.learners.len()).sum();
    let mut blocks = vec![
        Block::Heading(1, "An agent at every synapse".into()),
        Block::Paragraph(format!(
            "{learners} networks, {} iterations each. `Random` draws every action and `Still` takes none: what they reach is owed to \
             chance. Numbers in brackets are those of Table 2 of Zheng et al. (2026).",
            run.lines.len()
        )),
        Block::Heading(2, "Best episode".into()),
        Block::Paragraph(
            "Frames of the longest of all episodes: largest over seeds / median over seeds [published], and the probability p that a \
             median as far from that of `Random` with as many neurons is chance (Mann-Whitney, two-sided)."
                .into(),
        ),
        Block::Table(best(run)),
        Block::Heading(2, "Greedy episodes".into()),
        Block::Paragraph(format!(
            "Mean frames of the same {} starts after every iteration: largest over iterations, mean over seeds / mean over the last \
             {LAST} iterations and seeds.",
            run.config.evaluation.episodes
        )),
        Block::Table(greedy(run)),
        Block::Heading(2, "Course".into()),
    ];
    for model in run.groups.models() {
        blocks.push(course(run, model)?);
    }
    Ok(blocks)
}

fn course(run: &Learners, model: AgentModel) -> Result<Block, AnalysisError> {
    let widths = run.groups.widths();
    let own = |width: &u32| {
        let learners = run.groups.learners(model, *width)?;
        Some(run.curve(format!("{width} neurons"), learners, true))
    };
    let mut series: Vec<_> = widths.iter().filter_map(own).collect();
    if model != AgentModel::Random {
        let all = widths.iter().filter_map(|width| run.groups.learners(AgentModel::Random, *width));
        let all: Vec<usize> = all.flatten().copied().collect();
        series.extend((!all.is_empty()).then(|| run.curve("random actions".into(), &all, false)));
    }
    let chart = Chart { title: format!("Model {model:?}"), x: "iterations".into(), y: "frames".into(), series };
    let caption =
        "Frames of an episode, mean of the last 10: median over seeds, and quartiles; random actions of all widths.";
    figure(&format!("learners-{model:?}"), caption, &chart)
}

/// Returns a table with a row per width and a column per model.
fn table(run: &Learners, cell: &dyn Fn(AgentModel, u32, &[usize]) -> String) -> Table {
    let models = run.groups.models();
    let mut table = Table::new(std::iter::once("neurons".into()).chain(models.iter().map(|m| format!("{m:?}"))));
    for width in run.groups.widths() {
        let of = |model: &AgentModel| {
            run.groups.learners(*model, width).map_or(String::new(), |learners| cell(*model, width, learners))
        };
        table.row(std::iter::once(width.to_string()).chain(models.iter().map(of)));
    }
    table
}

fn best(run: &Learners) -> Table {
    let longest = |learners: &[usize]| learners.iter().map(|at| run.longest(*at)).collect::<Vec<_>>();
    table(run, &|model, width, learners| {
        let own = longest(learners);
        let control = run.groups.learners(AgentModel::Random, width).map(longest);
        let published = published::best(model, width).map_or(String::new(), |frames| format!(" [{frames}]"));
        let p = match (model, control) {
            (AgentModel::Random | AgentModel::Still, _) | (_, None) => String::new(),
            (_, Some(control)) => chance(&own, &control).map_or(String::new(), |p| format!(", p {p:.2}")),
        };
        format!("{:.0} / {:.0}{published}{p}", largest(own.clone()), median(own))
    })
}

fn greedy(run: &Learners) -> Table {
    table(run, &|_, _, learners| {
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
        let best: Vec<f64> = learners.iter().map(|at| largest(run.greedy(*at))).collect();
        let last = learners.iter().map(|at| {
            let all = run.greedy(*at);
            mean(&all[all.len().saturating_sub(LAST)..])
        });
        format!("{:.0} / {:.0}", mean(&best), mean(&last.collect::<Vec<_>>()))
    })
}

/// Returns the probability that two samples of the same distribution differ as much; `None` if it cannot be told.
fn chance(own: &[f64], control: &[f64]) -> Option<f64> {
    let method = MannWhitneyUMethod::AsymptoticInclContinuityCorrection;
    mannwhitneyu(own, control, method, Alternative::TwoSided).ok().map(|(_, p)| p).filter(|p| p.is_finite())
}
