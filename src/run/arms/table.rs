//! Files that describe the arms and record their results.

use std::path::PathBuf;

use serde::{Deserialize, Deserializer, Serialize};

use crate::{
    files::{atomic::write_atomically, input},
    kernel::arm_records::ArmOutcome,
    plan::arms::EARLY_STEPS,
    report::{
        Error, RunDir,
        jsonl::{self, LineWriter},
    },
    run::{
        RunError,
        arms::{ArmBatch, ArmSetup},
    },
};

/// Name of the file that describes the arms.
const ENTRIES: &str = "arms.json";
/// Name of the file of their results.
const LINES: &str = "arms.jsonl";
/// Maximum length of `arms.json`, bytes; an arm takes about a hundred.
const LONGEST: usize = 1 << 24;
/// Maximum length of a line of `arms.jsonl`, bytes; an arm takes about two hundred.
const LONGEST_LINE: u64 = 1 << 25;

/// Results of one iteration, one entry per arm.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ArmLine {
    /// Iteration number, from 0.
    pub generation: u32,
    /// Mean squared angle over physics steps, rad^2.
    #[serde(deserialize_with = "nulls_are_nan")]
    pub loss: Vec<f32>,
    /// Mean squared angle over the second half of the physics steps, rad^2.
    #[serde(deserialize_with = "nulls_are_nan")]
    pub late_loss: Vec<f32>,
    /// Sum of squared angles over the first thousand physics steps after the start, rad^2.
    #[serde(deserialize_with = "nulls_are_nan")]
    pub early_loss_sum: Vec<f32>,
    /// Sum of squared angles over all physics steps, rad^2.
    #[serde(deserialize_with = "nulls_are_nan")]
    pub loss_sum: Vec<f32>,
    /// Squared activations of both muscles, mean over physics steps.
    #[serde(deserialize_with = "nulls_are_nan")]
    pub effort: Vec<f32>,
    /// Largest gradient norm.
    #[serde(deserialize_with = "nulls_are_nan")]
    pub gradient: Vec<f32>,
    /// Mean rates of input, reservoir and output neurons, Hz.
    pub rates_hz: Vec<[f32; 3]>,
    /// Share of all neurons that fired at less than 100 Hz.
    pub below_100_hz: Vec<f32>,
}

/// Reads null as NaN. JSON has no NaN, so an arm that became non-finite is written as null.
fn nulls_are_nan<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<f32>, D::Error> {
    let values = Vec::<Option<f32>>::deserialize(deserializer)?;
    Ok(values.into_iter().map(|value| value.unwrap_or(f32::NAN)).collect())
}

impl ArmLine {
    /// Returns the number of arms in each column.
    fn lengths(&self) -> [usize; 8] {
        let Self { loss, late_loss, early_loss_sum, loss_sum, effort, gradient, below_100_hz, .. } = self;
        let floats = [loss, late_loss, early_loss_sum, loss_sum, effort, gradient, below_100_hz].map(Vec::len);
        std::array::from_fn(|k| floats.get(k).copied().unwrap_or(self.rates_hz.len()))
    }

    /// Summarises `outcomes` and the spike counts by neuron, `[arms][neurons + 4]`.
    pub fn new(generation: u32, batch: &ArmBatch, outcomes: &[ArmOutcome], spikes: &[Vec<u32>]) -> Self {
        let steps = batch.spec.steps as f32;
        let seconds = steps * batch.model.opt.timestep as f32;
        let of = |value: fn(&ArmOutcome) -> f32| -> Vec<f32> { outcomes.iter().map(value).collect() };
        let mean = |values: Vec<f32>, over: f32| -> Vec<f32> { values.into_iter().map(|value| value / over).collect() };
        let rate = |counts: &[u32]| counts.iter().sum::<u32>() as f32 / (counts.len() as f32 * seconds);
        let rates = |arm: &Vec<u32>| {
            let (reservoir, others) = arm.split_at(arm.len() - 4);
            [rate(&others[..2]), rate(reservoir), rate(&others[2..])]
        };
        let quiet = |arm: &Vec<u32>| {
            arm.iter().filter(|count| (**count as f32) < 100.0 * seconds).count() as f32 / arm.len() as f32
        };
        Self {
            generation,
            loss: mean(of(|o| o.loss), steps),
            late_loss: mean(of(|o| o.late_loss), steps - (batch.spec.steps / 2) as f32),
            early_loss_sum: of(|o| o.early_loss),
            loss_sum: of(|o| o.loss),
            effort: mean(of(|o| o.effort), steps),
            gradient: of(|o| o.gradient),
            rates_hz: spikes.iter().map(rates).collect(),
            below_100_hz: spikes.iter().map(quiet).collect(),
        }
    }
}

/// Entry of one arm in `arms.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ArmEntry {
    /// Seed of the weights.
    pub seed: u64,
    /// Half width of the interval of the initial readout weights.
    pub weight_range: f64,
    /// Share of the tendon in the length of tendon and muscle at angle 0.
    pub tendon_ratio: f64,
    /// Fixed start angle, rad; `None` if starts are drawn.
    pub start_angle: Option<f32>,
}

/// Writes `arms.json`, and opens `arms.jsonl` to append; lines from iteration `from` on are dropped.
///
/// Errors: files that cannot be read or written.
pub fn open(dir: &RunDir, batch: &ArmBatch, from: u32) -> Result<LineWriter, RunError> {
    let entry = |(setup, angle): (&ArmSetup, &Option<f32>)| ArmEntry {
        seed: setup.seed,
        weight_range: setup.weight_range,
        tendon_ratio: setup.tendon_ratio,
        start_angle: *angle,
    };
    let arms = batch.setups.iter().zip(&batch.angles).map(entry).collect();
    let about = serde_json::to_string(&About { early_steps: EARLY_STEPS, arms }).expect("plain data");
    write_atomically(&dir.path().join(ENTRIES), (about + "\n").as_bytes())?;
    let path = dir.path().join(LINES);
    jsonl::cut_back(&path, LONGEST_LINE, |line: &ArmLine| line.generation < from)?;
    Ok(LineWriter::append_to(&path)?)
}

/// Reads the results of the `arms` arms of a run, iteration by iteration; a torn last line is left out.
///
/// Errors: a file that cannot be read, any other malformed line, or a line with another number of arms.
pub fn lines(dir: &RunDir, arms: usize) -> Result<Vec<ArmLine>, RunError> {
    let path = dir.path().join(LINES);
    let lines: Vec<(u64, ArmLine)> = jsonl::lines(&path, LONGEST_LINE)?;
    if let Some(number) = lines.iter().position(|(_, line)| line.lengths().iter().any(|length| *length != arms)) {
        let reason = format!("it must have {arms} numbers of everything, one for each arm of {ENTRIES}");
        return Err(Error::Metrics { path, line: number + 1, reason }.into());
    }
    Ok(lines.into_iter().map(|(_, line)| line).collect())
}

/// Content of `arms.json`.
#[derive(Serialize, Deserialize)]
struct About {
    early_steps: usize,
    arms: Vec<ArmEntry>,
}

/// Returns the path of `arms.jsonl` and the iterations in it.
///
/// Errors: as [`lines`].
pub fn told(dir: &RunDir, arms: usize) -> Result<(PathBuf, Vec<u32>), RunError> {
    let path = dir.path().join(LINES);
    let lines = if path.exists() { lines(dir, arms)? } else { vec![] };
    Ok((path, lines.iter().map(|line| line.generation).collect()))
}

/// Reads the arms of a run directory.
///
/// Errors: `arms.json` cannot be read.
pub fn entries(dir: &RunDir) -> Result<Vec<ArmEntry>, RunError> {
    let path = dir.path().join(ENTRIES);
    let text = input::text(&path, LONGEST).map_err(|error| RunError::file(&path, error))?;
    let about = serde_json::from_str::<About>(&text.unwrap_or_default());
    Ok(about.map_err(|error| RunError::file(&path, error))?.arms)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arm_that_ceased_to_be_numbers_is_read_again() {
        let line = ArmLine { loss: vec![0.25, f32::NAN, f32::INFINITY], effort: vec![1.5], ..ArmLine::default() };
        let text = serde_json::to_string(&line).expect("plain data");
        let again: ArmLine = serde_json::from_str(&text).expect("what was written is read");
        assert_eq!((again.loss[0], &again.effort), (0.25, &line.effort), "numbers stay");
        assert!(again.loss[1].is_nan() && again.loss[2].is_nan(), "what JSON lacks is no number: {:?}", again.loss);
    }
}
