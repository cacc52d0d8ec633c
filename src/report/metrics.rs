//! `metrics.jsonl`: one JSON object per generation.

use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{
    Descent, Error, EvalReport, EventWriter, Totals,
    descent::null_is_nan,
    jsonl::{LineWriter, cut_back, lines},
    summary::broken_episodes,
};
use crate::config::NetworkConfig;

/// Results of one generation. All but `timing` are the same whenever the run is repeated.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct GenerationMetrics {
    /// Number of the generation, from 0.
    pub generation: u32,
    /// Phase of the generation, from 0; only in runs that have phases.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phase: Option<u32>,
    /// Mean return of the members whose state and return stayed finite.
    #[serde(deserialize_with = "null_is_nan")]
    pub return_mean: f64,
    /// Standard deviation of these returns.
    #[serde(deserialize_with = "null_is_nan")]
    pub return_std: f64,
    /// Largest of these returns.
    #[serde(deserialize_with = "null_is_nan")]
    pub return_best: f64,
    /// Median of these returns.
    #[serde(deserialize_with = "null_is_nan")]
    pub return_median: f64,
    /// Mean of each reward term over the episodes that stayed finite, by name; terms that are subtracted are
    /// negative.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub return_terms: Map<String, Value>,
    /// Mean return of the deterministic network after this generation, over the episodes that stayed finite. Null
    /// if it was not evaluated, or if no episode stayed finite.
    pub eval_return: Option<f64>,
    /// Number of episodes of that evaluation whose state or return became NaN or infinite.
    #[serde(default)]
    pub eval_nonfinite: Option<u32>,
    /// Mean number of steps over the same episodes of that evaluation.
    #[serde(default)]
    pub eval_length_mean: Option<f64>,
    /// Mean of each reward term in that evaluation, by name; terms that are subtracted are negative.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub eval_terms: Map<String, Value>,
    /// Training frames so far, this generation included; evaluation frames are not counted.
    pub frames: u64,
    /// Mean number of steps of an episode.
    #[serde(deserialize_with = "null_is_nan")]
    pub episode_length_mean: f64,
    /// Mean entropy of a connection, bits; null if connections are not drawn with a probability.
    #[serde(deserialize_with = "null_is_nan")]
    pub rho_entropy_bits: f64,
    /// Mean of rho; null in the same case.
    #[serde(deserialize_with = "null_is_nan")]
    pub density: f64,
    /// Mean firing rate of a hidden neuron, Hz of simulated time; null if nothing spikes.
    #[serde(deserialize_with = "null_is_nan")]
    pub firing_rate_hz: f64,
    /// Euclidean norm of the change of the parameters.
    #[serde(deserialize_with = "null_is_nan")]
    pub update_norm: f64,
    /// Number of members whose state or return became NaN or infinite; they rank last.
    pub nonfinite: u32,
    /// First of these members.
    pub nonfinite_member: Option<u32>,
    /// Number of times that a robot had more contacts than it has places for.
    pub contact_overflow: u64,
    /// Losses and gradients, where gradients are descended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub descent: Option<Descent>,
    /// Cost in time and memory; differs between repetitions.
    pub timing: Timing,
}

impl GenerationMetrics {
    /// Returns the mean return of the evaluation if every episode of it stayed finite. A mean over the remaining
    /// episodes would flatter, so it never counts as the best.
    pub fn sound_evaluation(&self) -> Option<f64> {
        self.eval_return.filter(|mean| mean.is_finite() && self.eval_nonfinite.unwrap_or(0) == 0)
    }

    /// Adds the results of an evaluation, if there was one.
    pub fn judged_by(&mut self, report: Option<&EvalReport>) {
        self.eval_return = report.map(|report| report.mean).filter(|mean| mean.is_finite());
        self.eval_nonfinite = report.map(|report| report.nonfinite);
        self.eval_length_mean = report.map(|report| report.mean_length).filter(|mean| mean.is_finite());
        self.eval_terms = report.map(|report| report.reward_terms.clone()).unwrap_or_default();
    }

    /// Returns a warning about an evaluation of `episodes` episodes if some of them became non-finite.
    pub fn broken_evaluation(&self, episodes: u32) -> Option<String> {
        let broken = self.eval_nonfinite.filter(|broken| *broken > 0)?;
        Some(format!(
            "generation {}: {}; such an evaluation is counted (`eval_nonfinite` in metrics.jsonl) and is never taken for the best",
            self.generation,
            broken_episodes(broken, episodes)
        ))
    }

    /// Returns a warning about a generation in which no neuron spiked. The first generation is exempt, because its
    /// samples may be anything.
    pub fn silence(&self, network: &NetworkConfig) -> Option<String> {
        let remedy = match network {
            NetworkConfig::Rsnn(_) | NetworkConfig::RsnnF32(_) => {
                "raise network.gain_in, or set network.bias_input=true; network.tau_mem_ms must be well above network.dt_ms"
            }
            _ => "raise what its neurons hear",
        };
        (self.generation > 0 && self.firing_rate_hz == 0.0).then(|| {
            format!(
                "generation {}: no neuron of any member spiked (`firing_rate_hz` in metrics.jsonl), so the networks can learn \
                 nothing: {remedy}",
                self.generation
            )
        })
    }
}

/// Cost of a generation in time and memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Timing {
    /// Wall-clock seconds, evaluation included.
    pub wall_seconds: f64,
    /// CPU seconds of all threads of the process, evaluation included.
    pub cpu_seconds: f64,
    /// Training frames per wall-clock second of training, evaluation excluded.
    pub frames_per_second: f64,
    /// Resident memory of the process afterwards, bytes; null if the system does not report it.
    pub rss_bytes: Option<u64>,
    /// Memory allocated on the device afterwards, bytes.
    pub device_bytes: u64,
}

/// Writer that appends lines to `metrics.jsonl` and hands each to the system at once.
#[derive(Debug)]
pub struct MetricsWriter {
    lines: LineWriter,
    events: Option<EventWriter>,
}

impl MetricsWriter {
    /// Opens or creates the file. For a resumed run, call [`truncate_to`] first.
    ///
    /// Errors: [`Error::File`].
    pub fn append_to(path: &Path) -> Result<Self, Error> {
        Ok(Self { lines: LineWriter::append_to(path)?, events: None })
    }

    /// Returns the same writer, which also writes to `events`.
    pub fn with_events(self, events: Option<EventWriter>) -> Self {
        Self { events, ..self }
    }

    /// Writes one line completely or not at all.
    ///
    /// Errors: [`Error::File`], such as a full disk.
    pub fn write(&mut self, metrics: &GenerationMetrics) -> Result<(), Error> {
        self.lines.write(metrics)?;
        self.events.as_mut().map_or(Ok(()), |events| events.write(metrics))
    }

    /// Waits until the lines are on disk. Required before a checkpoint that relies on them.
    ///
    /// Errors: [`Error::File`].
    pub fn sync(&self) -> Result<(), Error> {
        self.lines.sync()
    }
}

/// Reads all lines. A torn last line, left by a killed process, is dropped.
///
/// Errors: [`Error::File`]; [`Error::Metrics`] if another line cannot be read.
pub fn read(path: &Path) -> Result<Vec<GenerationMetrics>, Error> {
    Ok(lines(path, LONGEST_LINE)?.into_iter().map(|(_, metrics)| metrics).collect())
}

/// Returns the totals of all lines; a missing file has none.
///
/// Errors: as for [`read`].
pub fn read_totals(path: &Path) -> Result<Totals, Error> {
    let mut totals = Totals::default();
    if path.exists() {
        read(path)?.iter().for_each(|metrics| totals.add(metrics));
    }
    Ok(totals)
}

/// Cuts the file back to the generations before `generation`, so that a resumed run writes each line once. Returns
/// the number of lines left, and their totals; a missing file has none.
///
/// Errors: [`Error::File`]; [`Error::Metrics`] if a line other than the last cannot be read.
pub fn truncate_to(path: &Path, generation: u32) -> Result<(usize, Totals), Error> {
    let kept = cut_back(path, LONGEST_LINE, |metrics: &GenerationMetrics| metrics.generation < generation)?;
    let mut totals = Totals::default();
    kept.iter().for_each(|metrics| totals.add(metrics));
    Ok((kept.len(), totals))
}

/// Maximum length of a line, bytes; ours have a few hundred.
const LONGEST_LINE: u64 = 1 << 16;

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    fn metrics(generation: u32) -> GenerationMetrics {
        GenerationMetrics {
            generation,
            phase: None,
            return_mean: 1.5,
            return_std: 0.5,
            return_best: 2.0,
            return_median: 1.25,
            return_terms: Map::new(),
            eval_return: generation.is_multiple_of(2).then_some(3.5),
            eval_nonfinite: generation.is_multiple_of(2).then_some(1),
            eval_length_mean: generation.is_multiple_of(2).then_some(21.5),
            eval_terms: (0..1 - generation % 2).map(|_| ("reward_forward".into(), 2.5.into())).collect(),
            frames: 64 * u64::from(generation + 1),
            episode_length_mean: 20.0,
            rho_entropy_bits: 1.0,
            density: 0.5,
            firing_rate_hz: 12.0,
            update_norm: 0.1,
            nonfinite: 2,
            nonfinite_member: Some(7),
            contact_overflow: 10,
            descent: None,
            timing: Timing {
                wall_seconds: 0.5,
                cpu_seconds: 0.75,
                frames_per_second: 128.0,
                rss_bytes: Some(4096),
                device_bytes: 1024,
            },
        }
    }

    fn written(folder: &tempfile::TempDir, generations: u32) -> PathBuf {
        let path = folder.path().join("metrics.jsonl");
        let mut writer = MetricsWriter::append_to(&path).expect("a new file");
        for generation in 0..generations {
            writer.write(&metrics(generation)).expect("a line");
        }
        path
    }

    #[test]
    fn line_has_the_documented_fields_in_order() {
        let line = serde_json::to_string(&metrics(1)).expect("plain data");
        let expected = r#"{"generation":1,"return_mean":1.5,"return_std":0.5,"return_best":2.0,"return_median":1.25,"eval_return":null,"eval_nonfinite":null,"eval_length_mean":null,"frames":128,"episode_length_mean":20.0,"rho_entropy_bits":1.0,"density":0.5,"firing_rate_hz":12.0,"update_norm":0.1,"nonfinite":2,"nonfinite_member":7,"contact_overflow":10,"timing":{"wall_seconds":0.5,"cpu_seconds":0.75,"frames_per_second":128.0,"rss_bytes":4096,"device_bytes":1024}}"#;
        assert_eq!(line, expected, "the line is a contract");
        let evaluated = serde_json::to_string(&metrics(2)).expect("plain data");
        let part = r#""eval_return":3.5,"eval_nonfinite":1,"eval_length_mean":21.5,"eval_terms":{"reward_forward":2.5},"frames""#;
        assert!(evaluated.contains(part), "{evaluated}");
        let nan = GenerationMetrics { return_mean: f64::NAN, ..metrics(0) };
        let line = serde_json::to_string(&nan).expect("plain data");
        let back: GenerationMetrics = serde_json::from_str(&line).expect("null is read");
        assert!(back.return_mean.is_nan(), "NaN survives as null");
    }

    #[test]
    fn file_is_cut_back() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = written(&folder, 5);
        let whole = std::fs::read(&path).expect("the file");
        assert_eq!(truncate_to(&path, 5).expect("fine").0, 5, "nothing to cut");
        assert_eq!(std::fs::read(&path).expect("the file"), whole, "bytes are unchanged");
        let totals = Totals { nonfinite: 6, contact_overflow: 30 };
        assert_eq!(truncate_to(&path, 3).expect("fine"), (3, totals), "generations 0, 1, 2 stay");
        let read = read(&path).expect("fine");
        assert_eq!(read.iter().map(|line| line.generation).collect::<Vec<_>>(), [0, 1, 2], "lines left");
        assert_eq!(truncate_to(&path, 0).expect("fine").0, 0, "all gone");
        assert_eq!(truncate_to(&folder.path().join("none"), 3).expect("fine").0, 0, "no file");
    }

    #[test]
    fn torn_last_line_is_dropped_wherever_it_is_torn() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = written(&folder, 3);
        let whole = std::fs::read(&path).expect("the file");
        let second = whole.iter().enumerate().filter(|(_, byte)| **byte == b'\n').nth(1).expect("line 2").0 + 1;
        for torn in second..whole.len() {
            std::fs::write(&path, &whole[..torn]).expect("writable");
            assert_eq!(truncate_to(&path, 9).expect("fine").0, 2, "torn at byte {torn}");
            assert_eq!(std::fs::read(&path).expect("the file"), &whole[..second], "torn at byte {torn}");
        }
    }

    #[test]
    fn damage_elsewhere_is_an_error() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = written(&folder, 3);
        let text = std::fs::read_to_string(&path).expect("the file").replacen("return_best", "return_bst", 1);
        std::fs::write(&path, text).expect("writable");
        let message = truncate_to(&path, 9).expect_err("line 1 is damaged").to_string();
        assert!(message.contains("metrics.jsonl:1:"), "{message}");
    }
}
