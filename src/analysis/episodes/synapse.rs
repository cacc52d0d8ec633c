//! Spike-timing plasticity: traces, and the change of the weight by the interval between the spikes.

use super::{AnalysisError, EPISODES, Trained, figure, panels, returns};
use crate::{
    config::TaskConfig,
    plot::{Chart, Panel, Panels, Series, Shape, Trace},
    report::{Table, document::Block},
    run::rollout::Recording,
    tasks::imitation::Stdp,
};

/// Interval of the traces, in steps.
const TRACED: i64 = 5;
/// Intervals in the table.
const TOLD: [i64; 10] = [1, 2, 5, 10, 20, -1, -2, -5, -10, -20];

/// Returns the page.
pub fn blocks(trained: &Trained) -> Result<Vec<Block>, AnalysisError> {
    let fixed = trained.fixed()?;
    let sweep = Sweep::of(trained)?;
    let mut blocks = trained.heading("A synapse that changes by spike timing")?;
    blocks.extend(anchors(trained, &fixed)?);
    blocks.push(Block::Heading(2, "Four episodes".into()));
    for (present, name) in [(true, "with"), (false, "without")] {
        for interval in [TRACED.min(sweep.largest), -TRACED.min(sweep.largest)] {
            blocks.push(sweep.trace((interval, present), name)?);
        }
    }
    blocks.push(Block::Heading(2, "Change of the weight".into()));
    blocks.push(sweep.curve()?);
    blocks.extend(sweep.table());
    Ok(blocks)
}

/// Returns the mean fitness of the unit, of silence, of the unchanged potential and of the target, and the share of
/// the way from the unchanged potential to the target.
fn anchors(trained: &Trained, fixed: &Recording) -> Result<[Block; 2], AnalysisError> {
    let script = |of: &dyn Fn(usize, usize) -> f32| {
        let all = (0..trained.steps()).flat_map(|step| (0..EPISODES).map(move |row| (step, row)));
        all.map(|(step, row)| of(step, row)).collect::<Vec<f32>>()
    };
    let own = fixed.mean_return();
    let pass = trained.scripted(script(&|step, row| fixed.obs(step, row)[0]))?.mean_return();
    let table = returns(&[
        ("this unit".into(), own),
        ("zero".into(), trained.scripted(script(&|_, _| 0.0))?.mean_return()),
        ("the potential, unchanged".into(), pass),
        (
            "the target".into(),
            trained.scripted(script(&|step, row| fixed.qpos(step + 1, row)[Stdp::TARGET]))?.mean_return(),
        ),
    ]);
    let text =
        format!("1 - F / F(unchanged) = {:.3}: 0 of the unchanged potential, 1 of the target.", 1.0 - own / pass);
    Ok([table, Block::Paragraph(text)])
}

/// Episodes of every interval between the spikes, with the neurotransmitter and without.
struct Sweep {
    /// Interval and presence of the neurotransmitter of every row.
    pairs: Vec<(i64, bool)>,
    /// Step of the presynaptic spike.
    pre: i64,
    largest: i64,
    steps: usize,
    recording: Recording,
}

impl Sweep {
    fn of(trained: &Trained) -> Result<Self, AnalysisError> {
        let (from, to, largest) = match &trained.config.task {
            TaskConfig::Stdp(task) => (task.pre_from, task.pre_to, task.largest_interval),
            TaskConfig::ComplexStdp(task) => (task.pre_from, task.pre_to, task.largest_interval),
            _ => (0, 0, 0),
        };
        let (pre, largest) = (i64::from(from.midpoint(to)), i64::from(largest));
        let intervals = (-largest..=largest).filter(|interval| *interval != 0);
        let pairs: Vec<(i64, bool)> = intervals.flat_map(|interval| [(interval, true), (interval, false)]).collect();
        let state = |(interval, present): &(i64, bool)| {
            [pre as f32, (pre + interval) as f32, f32::from(u8::from(*present)), 0.0, 0.0]
        };
        let recording = trained.of_states(pairs.iter().flat_map(state).collect(), pairs.len(), trained.steps())?;
        Ok(Self { pairs, pre, largest, steps: trained.steps(), recording })
    }

    /// Returns the row of an interval.
    fn row(&self, pair: (i64, bool)) -> usize {
        self.pairs.iter().position(|own| *own == pair).unwrap_or(0)
    }

    fn potential(&self, step: usize, row: usize) -> f64 {
        f64::from(self.recording.obs(step, row)[0])
    }

    fn output(&self, step: usize, row: usize) -> f64 {
        f64::from(self.recording.controls(step, row)[0])
    }

    fn target(&self, step: usize, row: usize) -> f64 {
        f64::from(self.recording.qpos(step + 1, row)[Stdp::TARGET])
    }

    /// Returns the mean of `of` over potential in the steps from the later spike on, minus that before the earlier one.
    fn change(&self, row: usize, of: &dyn Fn(usize, usize) -> f64) -> f64 {
        let (pre, post) = (self.pre, self.pre + self.pairs[row].0);
        let weight = |steps: std::ops::Range<i64>| {
            let count = (steps.end - steps.start) as f64;
            steps.map(|step| of(step as usize, row) / self.potential(step as usize, row)).sum::<f64>() / count
        };
        weight(pre.max(post)..self.steps as i64) - weight(0..pre.min(post))
    }

    /// Draws an episode.
    fn trace(&self, pair: (i64, bool), with: &str) -> Result<Block, AnalysisError> {
        let row = self.row(pair);
        let points = |of: &dyn Fn(usize, usize) -> f64| {
            (0..self.steps).map(|step| (step as f64, of(step, row))).collect::<Vec<_>>()
        };
        let line = |name, of: &dyn Fn(usize, usize) -> f64| Trace { name, shape: Shape::Line, points: points(of) };
        let spikes = |name, input: usize| {
            let of = |step: usize, row: usize| f64::from(self.recording.obs(step, row)[input]);
            Trace { name, shape: Shape::Stems, points: points(&of) }
        };
        let both = [line(2, &|step, row| self.target(step, row)), line(1, &|step, row| self.output(step, row))];
        let values = both.iter().flat_map(|trace| trace.points.iter().map(|point| point.1));
        let (low, high) = values.fold((0.0_f64, 1.0_f64), |(low, high), value| (low.min(value), high.max(value)));
        let drawn = Panels {
            title: format!("Post {} pre by {} steps, {with} the neurotransmitter", order(pair.0), pair.0.abs()),
            x: "steps".into(),
            time: 0.0..self.steps as f64,
            names: ["presynaptic", "unit", "target", "postsynaptic"].map(String::from).into(),
            panels: vec![
                Panel {
                    name: "graded potential".into(),
                    height: 80,
                    range: 0.4..0.6,
                    traces: vec![line(0, &|step, row| self.potential(step, row))],
                },
                Panel { name: "spikes".into(), height: 70, range: 0.0..1.1, traces: vec![spikes(0, 1), spikes(3, 2)] },
                Panel { name: "output and target".into(), height: 200, range: low..1.05 * high, traces: both.into() },
            ],
        };
        let order = if pair.0 > 0 { "after" } else { "before" };
        let caption = format!("Spikes {} steps apart, post {order} pre, {with} the neurotransmitter.", pair.0.abs());
        panels(&format!("synapse-{order}-{with}"), &caption, &drawn)
    }

    /// Draws the change by interval.
    fn curve(&self) -> Result<Block, AnalysisError> {
        let series = |name: &str, present: bool, of: &dyn Fn(usize, usize) -> f64| {
            let rows = (0..self.pairs.len()).filter(|row| self.pairs[*row].1 == present);
            let points = rows.map(|row| (self.pairs[row].0 as f64, self.change(row, of))).collect();
            Series { name: name.into(), points, band: vec![] }
        };
        let (unit, target) = (|step, row| self.output(step, row), |step, row| self.target(step, row));
        let drawn = Chart {
            title: "Change of the weight".into(),
            x: "post minus pre (steps)".into(),
            y: "change of the weight".into(),
            series: vec![
                series("target, with the neurotransmitter", true, &target),
                series("unit, with it", true, &unit),
                series("target, without", false, &target),
                series("unit, without", false, &unit),
            ],
        };
        let caption = "Mean of output over potential from the later spike on, minus that before the earlier one; one episode a point.";
        Ok(figure("synapse-change", caption, drawn.svg_with_dots(&[1, 3])?))
    }

    /// Returns the change at some intervals, and the largest error.
    fn table(&self) -> [Block; 2] {
        let mut table =
            Table::new(["post minus pre", "unit, with", "target, with", "unit, without", "target, without"]);
        let cell = |row: usize, of: &dyn Fn(usize, usize) -> f64| format!("{:.3}", self.change(row, of));
        let (unit, target) = (|step, row| self.output(step, row), |step, row| self.target(step, row));
        for interval in TOLD.into_iter().filter(|interval| interval.abs() <= self.largest) {
            let [with, without] = [true, false].map(|present| self.row((interval, present)));
            table.row([
                interval.to_string(),
                cell(with, &unit),
                cell(with, &target),
                cell(without, &unit),
                cell(without, &target),
            ]);
        }
        let largest = |present: bool| {
            let rows = (0..self.pairs.len()).filter(|row| self.pairs[*row].1 == present);
            let errors = rows.map(|row| (self.change(row, &unit) - self.change(row, &target)).abs());
            errors.fold(0.0, f64::max)
        };
        let text = format!(
            "Largest difference from the target over all intervals: {:.3} with the neurotransmitter, {:.3} without.",
            largest(true),
            largest(false)
        );
        [Block::Table(table), Block::Paragraph(text)]
    }
}

fn order(interval: i64) -> &'static str {
    if interval > 0 { "follows" } else { "precedes" }
}
