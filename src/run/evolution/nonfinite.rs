//! First member of a run whose state became non-finite: reported once, and kept so that its episode can be
//! repeated.

use std::slice;

use serde::{Deserialize, Serialize};

use crate::{
    config::Config,
    files::{atomic::write_atomically, input},
    kernel::{
        random::{Key, Stream, stream_key},
        records::EpisodeRecord,
    },
    plan::Plan,
    report::{Error, RunDir, quoted},
    run::{
        RunError, checkpoint,
        evolution::{engine::Job, fitness::is_non_finite, state::TrainState},
    },
};

/// Maximum length of `nonfinite.json`, bytes; ours has 300.
const LONGEST: usize = 1 << 16;

/// Content of `nonfinite.json` in a run directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FirstNonFinite {
    /// Generation of the member.
    pub generation: u32,
    /// Index of the member.
    pub member: u32,
    /// Index of its episode; left out of the file if 0.
    #[serde(default, skip_serializing_if = "is_first")]
    pub episode: u32,
    /// Seed of the run.
    pub seed: u64,
    /// Steps after which its episode would have been truncated.
    pub episode_cap: u32,
    /// Length of its episode, steps.
    pub steps: u32,
    /// Key of the random start state.
    pub key_start: Key,
    /// Key of the random membrane potentials.
    pub key_membrane: Key,
    /// Name of the checkpoint in the run directory with the state from which it was sampled.
    pub checkpoint: String,
}

fn is_first(episode: &u32) -> bool {
    *episode == 0
}

/// Returns the first of `lives` with a state or return that is not finite.
pub fn first(lives: &[EpisodeRecord]) -> Option<&EpisodeRecord> {
    lives.iter().find(|life| is_non_finite(slice::from_ref(*life)))
}

/// Keeps the member of `record`, which `job` sampled from `state`, unless the run already keeps another one.
/// Returns the message about it.
pub fn keep(
    dir: &RunDir,
    config: &Config,
    plan: &Plan,
    state: &TrainState,
    (job, record): (&Job, &EpisodeRecord),
) -> Result<Option<String>, RunError> {
    let (path, checkpoint) = (dir.nonfinite(), dir.nonfinite_checkpoint());
    let (member, episode) = (record.life / job.episodes as u32, record.life % job.episodes as u32);
    if let Some(kept) = read(dir)? {
        let is_this = (kept.generation, kept.member, kept.episode) == (job.generation, member, episode);
        return Ok(is_this.then(|| told(dir, &kept)));
    }
    let kept = FirstNonFinite {
        generation: job.generation,
        member,
        episode,
        seed: config.seed,
        episode_cap: job.episode_cap as u32,
        steps: record.length,
        key_start: stream_key(config.seed, Stream::Start),
        key_membrane: stream_key(config.seed, Stream::Membrane),
        checkpoint: checkpoint.file_name().unwrap_or_default().to_string_lossy().into_owned(),
    };
    checkpoint::save(&checkpoint, config, plan, state, None)?;
    let text = serde_json::to_string(&kept).map_err(|error| RunError::file(&path, error))?;
    write_atomically(&path, format!("{text}\n").as_bytes())?;
    Ok(Some(told(dir, &kept)))
}

fn told(dir: &RunDir, kept: &FirstNonFinite) -> String {
    let FirstNonFinite { generation, member, episode, seed, steps, .. } = kept;
    let episode = if *episode > 0 { format!(" in its episode {episode} (from 0)") } else { String::new() };
    let (file, dir) = (dir.nonfinite(), quoted(dir.path()));
    format!(
        "generation {generation}: the state of member {member} (seed {seed}) ceased to be finite{episode} after {steps} steps; \
         such members rank last and are counted (`nonfinite` in metrics.jsonl); {} keeps this one, and `gpu-ec rollout --replay {dir} \
         --out FILE.npz` lets it live again",
        file.display()
    )
}

/// Reads `nonfinite.json`; `None` if every state of the run has been finite.
pub fn read(dir: &RunDir) -> Result<Option<FirstNonFinite>, RunError> {
    let path = dir.nonfinite();
    if !path.exists() {
        return Ok(None);
    }
    let text = input::text(&path, LONGEST).map_err(Error::io("read", &path))?;
    let text = text.ok_or_else(|| RunError::checkpoint(&path, format!("it has more than {LONGEST} bytes")))?;
    let kept: FirstNonFinite = serde_json::from_str(&text).map_err(|error| RunError::checkpoint(&path, error))?;
    match kept.steps {
        0 => Err(RunError::checkpoint(&path, "it says that the member lived 0 steps; every episode has at least 1")),
        _ => Ok(Some(kept)),
    }
}
