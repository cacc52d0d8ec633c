//! Integrate and fire: a trace, spikes of many episodes, firing frequency by input current.

use super::{AnalysisError, EPISODES, Trained, chart, figure, panels, returns};
use crate::{
    config::TaskConfig,
    plot::{Chart, Panel, Panels, Raster, Series, Shape, Trace},
    report::document::Block,
    run::rollout::Recording,
    tasks::imitation::IntegrateAndFire,
};

/// Number of episodes in the raster.
const SHOWN: usize = 16;
/// Held currents of the sweep, in hundredths.
const CURRENTS: std::ops::RangeInclusive<usize> = 1..=11;
/// Length of the sweep, in episodes: frequencies differ by less than a spike of one episode.
const SWEEP_EPISODES: usize = 5;
/// Periods of the clocks beside which the unit stands.
const PERIODS: std::ops::RangeInclusive<usize> = 7..=11;

/// Returns the page.
pub fn blocks(trained: &Trained) -> Result<Vec<Block>, AnalysisError> {
    let fixed = trained.fixed()?;
    let spikes = Spikes { threshold: threshold(trained), recording: &fixed };
    let mut blocks = trained.heading("A unit that integrates and fires")?;
    blocks.push(returns(&anchors(trained, &fixed)?));
    blocks.extend([
        Block::Heading(2, "One episode".into()),
        trace(&spikes, trained.steps())?,
        Block::Heading(2, "Several episodes".into()),
        raster(&spikes, trained.steps())?,
        Block::Heading(2, "Firing frequency".into()),
        frequency(trained)?,
    ]);
    Ok(blocks)
}

/// Returns the output above which the unit spikes.
fn threshold(trained: &Trained) -> f32 {
    match &trained.config.task {
        TaskConfig::IntegrateAndFire(task) => task.spike_threshold as f32,
        _ => 0.0,
    }
}

/// Returns the mean fitness of the unit, of clocks, of silence and of the target itself.
fn anchors(trained: &Trained, fixed: &Recording) -> Result<Vec<(String, f64)>, AnalysisError> {
    let steps = trained.steps();
    let loud = threshold(trained).max(0.0) + 1.0;
    let script = |fires: &dyn Fn(usize, usize) -> bool| {
        let output = |step: usize, row: usize| if fires(step, row) { loud } else { threshold(trained).min(0.0) };
        (0..steps)
            .flat_map(|step| (0..EPISODES).map(move |row| (step, row)))
            .map(|(step, row)| output(step, row))
            .collect()
    };
    let mut rows = vec![("this unit".to_string(), fixed.mean_return())];
    let mut clocks = vec![];
    for period in PERIODS {
        let clock = trained.scripted(script(&|step, _| (step + 1) % period == 0))?.mean_return();
        clocks.push((format!("a clock that fires every {period} steps"), clock));
    }
    let best = clocks.into_iter().max_by(|a, b| a.1.total_cmp(&b.1));
    rows.extend(best.map(|(name, fitness)| (format!("the best constant clock: {name}"), fitness)));
    rows.push(("silence".into(), trained.scripted(script(&|_, _| false))?.mean_return()));
    let spikes = Spikes { threshold: threshold(trained), recording: fixed };
    let perfect = trained.scripted(script(&|step, row| spikes.of_target(step, row)))?;
    rows.push(("the target's own spikes".into(), perfect.mean_return()));
    Ok(rows)
}

/// Spikes of target and unit.
struct Spikes<'a> {
    threshold: f32,
    recording: &'a Recording,
}

impl Spikes<'_> {
    /// Returns the potential that a step reaches, before a spike resets it.
    fn potential(&self, step: usize, row: usize) -> f32 {
        let state = self.recording.qpos(step, row);
        state[IntegrateAndFire::POTENTIAL] + state[IntegrateAndFire::CURRENT]
    }

    fn of_target(&self, step: usize, row: usize) -> bool {
        self.recording.qpos(step + 1, row)[IntegrateAndFire::POTENTIAL] == 0.0 && self.potential(step, row) > 0.0
    }

    fn of_unit(&self, step: usize, row: usize) -> bool {
        self.recording.controls(step, row)[0] > self.threshold
    }
}

/// Draws the first episode.
fn trace(spikes: &Spikes, steps: usize) -> Result<Block, AnalysisError> {
    let points = |of: &dyn Fn(usize) -> f64| (0..steps).map(|step| (step as f64, of(step))).collect::<Vec<_>>();
    let output = points(&|step| f64::from(spikes.recording.controls(step, 0)[0]));
    let (low, high) =
        output.iter().fold((0.0_f64, 1.0_f64), |(low, high), point| (low.min(point.1), high.max(point.1)));
    let panel = |name: &str, height, range, traces| Panel { name: name.into(), height, range, traces };
    let line = |name, points| vec![Trace { name, shape: Shape::Line, points }];
    let stems = |name, points| vec![Trace { name, shape: Shape::Stems, points }];
    let drawn = Panels {
        title: "One episode".into(),
        x: "steps".into(),
        time: 0.0..steps as f64,
        names: vec!["input and target".into(), "unit".into()],
        panels: vec![
            panel(
                "input current x",
                90,
                0.0..0.12,
                line(0, points(&|step| f64::from(spikes.recording.qpos(step, 0)[IntegrateAndFire::CURRENT]))),
            ),
            panel(
                "potential u of the target",
                110,
                0.0..0.6,
                line(0, points(&|step| f64::from(spikes.potential(step, 0)))),
            ),
            panel(
                "spikes of the target",
                70,
                0.0..1.1,
                stems(0, points(&|step| f64::from(u8::from(spikes.of_target(step, 0))))),
            ),
            panel("output of the unit; above the threshold it is a spike", 110, low..1.1 * high, stems(1, output)),
        ],
    };
    panels(
        "neuron-trace",
        "The first fixed episode: input, potential and spikes of the target, output of the unit.",
        &drawn,
    )
}

/// Draws the spikes of several episodes.
fn raster(spikes: &Spikes, steps: usize) -> Result<Block, AnalysisError> {
    let line = |row: usize, is_unit: bool| 2 * (SHOWN - 1 - row) + usize::from(!is_unit);
    let all = (0..SHOWN).flat_map(|row| (0..steps).map(move |step| (row, step)));
    let dots: Vec<(f64, usize)> = all
        .flat_map(|(row, step)| {
            let target = spikes.of_target(step, row).then_some((step as f64, line(row, false)));
            let unit = spikes.of_unit(step, row).then_some((step as f64, line(row, true)));
            [target, unit].into_iter().flatten()
        })
        .collect();
    let is_second: Vec<bool> = (0..2 * SHOWN).map(|line| line % 2 == 0).collect();
    let raster = Raster {
        title: "Spikes of target and unit".into(),
        x: "steps".into(),
        y: "episodes".into(),
        time: 0.0..steps as f64,
        neurons: 2 * SHOWN,
        kinds: ["target", "unit"],
        is_second: &is_second,
        spikes: &dots,
    };
    let caption = format!("Spikes of {SHOWN} fixed episodes, two lines each: the target above, the unit below it.");
    Ok(figure("neuron-raster", &caption, raster.svg()?))
}

/// Draws the frequency of spikes under currents that are held.
fn frequency(trained: &Trained) -> Result<Block, AnalysisError> {
    let currents: Vec<f64> = CURRENTS.map(|hundredths| hundredths as f64 / 100.0).collect();
    let states = currents.iter().flat_map(|current| [*current as f32, 0.0]).collect();
    let steps = SWEEP_EPISODES * trained.steps();
    let recording = trained.of_states(states, currents.len(), steps)?;
    let spikes = Spikes { threshold: threshold(trained), recording: &recording };
    let curve = |name: &str, fires: &dyn Fn(usize, usize) -> bool| {
        let rate = |row: usize| (0..steps).filter(|step| fires(*step, row)).count() as f64 / steps as f64;
        let points = currents.iter().enumerate().map(|(row, current)| (*current, rate(row))).collect();
        Series { name: name.into(), points, band: vec![] }
    };
    let drawn = Chart {
        title: "Firing frequency by input current".into(),
        x: "input current, held".into(),
        y: "spikes per step".into(),
        series: vec![
            curve("target", &|step, row| spikes.of_target(step, row)),
            curve("unit", &|step, row| spikes.of_unit(step, row)),
        ],
    };
    let caption = format!(
        "Share of {steps} steps ({SWEEP_EPISODES} episodes long) with a spike, under currents of 0.01 to 0.11 that are held."
    );
    chart("neuron-frequency", &caption, &drawn)
}
