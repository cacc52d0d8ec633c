//! Page about learners of action values: curves by model and width, and tables beside the published ones.

mod dqsn;
mod published;
mod synapses;

use super::{AnalysisError, File, statistics::percentile};
use crate::{
    algorithms::q_learning::Groups,
    config::{self, Config, Family},
    gpu::Gpu,
    plot::{Chart, Series},
    report::{
        RunDir,
        document::{Block, Document, Figure},
    },
    run::{
        RunError,
        q_learners::{QLine, entries, lines},
    },
};

/// Generations over which a curve is averaged.
const WINDOW: usize = 10;

/// Settings and results of a run.
struct Learners {
    config: Config,
    groups: Groups,
    lines: Vec<QLine>,
}

/// Returns the files of the page `learners.md` and `learners.html` with their figures; none for runs without such
/// learners.
///
/// Errors: unreadable files; a device that fails.
pub fn page(
    dir: &RunDir,
    gpu: &mut dyn FnMut() -> Result<Gpu, crate::gpu::GpuError>,
) -> Result<Vec<File>, AnalysisError> {
    let config = config::load(config::read(&dir.config()).map_err(RunError::from)?, &[]).map_err(RunError::from)?;
    if config.algorithm.family() != Family::QLearners {
        return Ok(vec![]);
    }
    let entries = entries(dir)?;
    let lines = lines(dir, entries.len())?;
    let learners = Learners { config, groups: Groups::of(&entries), lines };
    let blocks = match entries.iter().any(|entry| entry.model.is_some()) {
        true => synapses::blocks(&learners)?,
        false => dqsn::blocks(&learners, dir, &gpu().map_err(RunError::from)?)?,
    };
    let document = Document(blocks);
    let mut files = vec![("learners.md".into(), document.markdown()), ("learners.html".into(), document.html())];
    files.extend(document.figures().map(|figure| (figure.file.clone(), figure.svg.clone())));
    Ok(files)
}

impl Learners {
    /// Returns the frames of each generation of a learner.
    fn frames(&self, learner: usize) -> Vec<f64> {
        self.lines.iter().map(|line| f64::from(line.frames[learner])).collect()
    }

    /// Returns the frames of a learner's longest episode.
    fn longest(&self, learner: usize) -> f64 {
        self.frames(learner).into_iter().fold(0.0, f64::max)
    }

    /// Returns the mean of a learner's greedy episodes for each generation that has them.
    fn greedy(&self, learner: usize) -> Vec<f64> {
        self.lines.iter().filter_map(|line| line.greedy.get(learner).copied()).collect()
    }

    /// Returns the curve of some learners' episodes: the median over them of the mean of the last [`WINDOW`] episodes,
    /// and its quartiles as a band.
    fn curve(&self, name: String, learners: &[usize], with_band: bool) -> Series {
        let all: Vec<Vec<f64>> = learners.iter().map(|learner| smoothed(&self.frames(*learner))).collect();
        let mut series = Series { name, ..Series::default() };
        for at in 0..self.lines.len() {
            let mut values: Vec<f64> = all.iter().map(|curve| curve[at]).collect();
            values.sort_by(f64::total_cmp);
            let x = at as f64 + 1.0;
            let [low, middle, high] = [0.25, 0.5, 0.75].map(|share| percentile(&values, share));
            series.points.push((x, middle));
            if with_band {
                series.band.push((x, low, high));
            }
        }
        series
    }
}

fn smoothed(values: &[f64]) -> Vec<f64> {
    let of = |at: usize| {
        let last = &values[(at + 1).saturating_sub(WINDOW)..=at];
        last.iter().sum::<f64>() / last.len() as f64
    };
    (0..values.len()).map(of).collect()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    percentile(&values, 0.5)
}

fn largest(values: impl IntoIterator<Item = f64>) -> f64 {
    values.into_iter().fold(0.0, f64::max)
}

fn figure(name: &str, caption: &str, chart: &Chart) -> Result<Block, AnalysisError> {
    Ok(Block::Figure(Figure { file: format!("{name}.svg"), caption: caption.into(), svg: chart.svg()? }))
}
