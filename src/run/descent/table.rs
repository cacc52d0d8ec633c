//! What each arm is, and what each did.

use std::{
    fs::{File, OpenOptions},
    io::Write,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::Batch;
use crate::{
    algorithms::forward_sensitivity::{EARLY_STEPS, records::ArmOutcome},
    input,
    report::{Error, RunDir, file::write_atomically},
    run::RunError,
};

/// Longest `arms.jsonl` that is read, bytes.
const LONGEST: usize = 1 << 30;

/// An iteration, a number an arm.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ArmLine {
    /// Number of the iteration, from 0.
    pub generation: u32,
    /// Squared angle, mean over physics steps, rad^2.
    pub loss: Vec<f32>,
    /// The same of the second half.
    pub late_loss: Vec<f32>,
    /// Sum of squared angles over the first thousand physics steps after the start, rad^2.
    pub early_loss_sum: Vec<f32>,
    /// Sum over all physics steps.
    pub loss_sum: Vec<f32>,
    /// Squared activations of both muscles, mean over physics steps.
    pub effort: Vec<f32>,
    /// Largest norm of a gradient.
    pub gradient: Vec<f32>,
    /// Mean rates of input, reservoir and output neurons, Hz.
    pub rates_hz: Vec<[f32; 3]>,
    /// Share of all neurons that fired at less than 100 Hz.
    pub below_100_hz: Vec<f32>,
}

impl ArmLine {
    /// What `outcomes` and spikes by neuron `[arms][neurons + 4]` come to.
    pub fn new(generation: u32, batch: &Batch, outcomes: &[ArmOutcome], spikes: &[Vec<u32>]) -> Self {
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

/// One arm, as `arms.json` says it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ArmEntry {
    /// Seed of its weights.
    pub seed: u64,
    /// Half width of the first readout weights.
    pub weight_range: f64,
    /// Share of the tendon.
    pub tendon_ratio: f64,
    /// Where it always starts, rad.
    pub start_angle: Option<f32>,
}

/// Writes the table of the arms and appends lines of what they did.
pub struct ArmTable {
    file: File,
    path: PathBuf,
}

impl ArmTable {
    /// Writes `arms.json`, and opens `arms.jsonl` for lines from iteration `from` on; later ones are dropped.
    ///
    /// Errors: files that cannot be read or written.
    pub fn open(dir: &RunDir, batch: &Batch, from: u32) -> Result<Self, RunError> {
        let entry = |(setup, angle): (&crate::run::arms::ArmSetup, &Option<f32>)| ArmEntry {
            seed: setup.seed,
            weight_range: setup.weight_range,
            tendon_ratio: setup.tendon_ratio,
            start_angle: *angle,
        };
        let entries: Vec<_> = batch.setups.iter().zip(&batch.angles).map(entry).collect();
        let about = serde_json::json!({ "early_steps": EARLY_STEPS, "arms": entries });
        write_atomically(&dir.path().join("arms.json"), (about.to_string() + "\n").as_bytes())?;
        let path = dir.path().join("arms.jsonl");
        let kept: Vec<ArmLine> = if path.exists() { lines(&path)? } else { vec![] };
        let kept = kept.iter().filter(|line| line.generation < from);
        let text: String = kept.map(|line| serde_json::to_string(line).unwrap_or_default() + "\n").collect();
        write_atomically(&path, text.as_bytes())?;
        let file = OpenOptions::new().append(true).open(&path).map_err(Error::io("open", &path))?;
        Ok(Self { file, path })
    }

    /// Appends a line.
    ///
    /// Errors: the file cannot be written.
    pub fn write(&mut self, line: &ArmLine) -> Result<(), RunError> {
        let mut text = serde_json::to_vec(line).map_err(|error| RunError::file(&self.path, error))?;
        text.push(b'\n');
        Ok(self.file.write_all(&text).map_err(Error::io("write", &self.path))?)
    }
}

/// All lines of `arms.jsonl`; a torn last one is left out.
///
/// Errors: a file that cannot be read, or another line that is none.
pub fn lines(path: &Path) -> Result<Vec<ArmLine>, RunError> {
    let text = input::text(path, LONGEST).map_err(|error| RunError::file(path, error))?;
    let text = text.ok_or_else(|| RunError::file(path, "it is too long"))?;
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    let parse = |(number, line): (usize, &str)| {
        serde_json::from_str(line).map_err(|error| RunError::file(path, format!("line {}: {error}", number + 1)))
    };
    whole.lines().enumerate().map(parse).collect()
}

/// The arms of a run directory.
///
/// Errors: `arms.json` cannot be read.
pub fn entries(dir: &RunDir) -> Result<Vec<ArmEntry>, RunError> {
    #[derive(Deserialize)]
    struct About {
        arms: Vec<ArmEntry>,
    }
    let path = dir.path().join("arms.json");
    let text = input::text(&path, LONGEST).map_err(|error| RunError::file(&path, error))?;
    let about = serde_json::from_str::<About>(&text.unwrap_or_default());
    Ok(about.map_err(|error| RunError::file(&path, error))?.arms)
}
