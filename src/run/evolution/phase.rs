//! Phase of a run, and the schedules in it.

use crate::{
    config::{Config, CurriculumConfig, TermConfig},
    kernel::records::{AS_WEIGHTED, REWARD_FACTORS},
    tasks::Term,
};

/// Phase of a run, and the progress of the run when it began.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Phase {
    /// Index among the phases of the configuration, from 0.
    pub index: usize,
    /// Generations before it.
    pub generation: u32,
    /// Training frames before it.
    pub frames: u64,
}

/// Results of a generation on which the end of a phase may depend.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Result {
    /// Mean return of its members.
    pub return_mean: f64,
    /// Mean return of its evaluation, if there was one.
    pub eval_return: Option<f64>,
}

impl Phase {
    /// Returns the configuration of a run of `config` in this phase, after `frames` frames in all.
    pub fn config(&self, config: &Config, frames: u64) -> Config {
        config.in_phase(self.index, self.lived(frames))
    }

    /// Returns the steps after which training episodes are truncated, at `frames` frames in all; `full` if nothing
    /// caps them.
    pub fn episode_cap(&self, config: &Config, full: usize, frames: u64) -> usize {
        match config.phases.get(self.index).and_then(|phase| phase.episode_cap.as_ref()) {
            Some(cap) => (cap.at(self.lived(frames)).round() as usize).clamp(1, full),
            None => episode_cap(config.curriculum.as_ref(), full, frames),
        }
    }

    /// Returns the factors of the reward terms `terms`, at `frames` frames in all.
    pub fn reward_factors(&self, config: &Config, frames: u64, terms: &[Term]) -> [f32; REWARD_FACTORS] {
        let mut factors = AS_WEIGHTED;
        for TermConfig { term, times } in config.phases.get(self.index).iter().flat_map(|phase| &phase.rewards) {
            let index = terms.iter().position(|known| known.name == *term);
            if let Some(factor) = index.and_then(|index| factors.get_mut(index)) {
                *factor = times.at(self.lived(frames)) as f32;
            }
        }
        factors
    }

    /// Returns the number of frames since the phase began.
    pub(super) fn lived(&self, frames: u64) -> u64 {
        frames.saturating_sub(self.frames)
    }
}

/// Returns the cap on training episodes, which depends on `frames` alone.
pub fn episode_cap(curriculum: Option<&CurriculumConfig>, full: usize, frames: u64) -> usize {
    let Some(curriculum) = curriculum else { return full };
    let (from, to) = (curriculum.grow_from_frames, curriculum.grow_to_frames);
    let start = (curriculum.start_length as usize).min(full);
    if frames >= to {
        full
    } else if frames <= from {
        start
    } else {
        start + ((full - start) as u128 * u128::from(frames - from) / u128::from(to - from)) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cap_grows_linearly_between_its_frames() {
        let curriculum = CurriculumConfig { start_length: 200, grow_from_frames: 700, grow_to_frames: 2000 };
        let cap = |frames| episode_cap(Some(&curriculum), 1000, frames);
        assert_eq!(
            [cap(0), cap(700), cap(1350), cap(2000), cap(9999)],
            [200, 200, 600, 1000, 1000],
            "linear in frames"
        );
        assert_eq!(episode_cap(None, 1000, 5), 1000, "no curriculum, full length");
        assert_eq!(episode_cap(Some(&curriculum), 100, 5), 100, "never above the task's own length");
    }
}
