//! Sources of the controls in a rollout.

use std::path::{Path, PathBuf};

use super::states::finite;
use crate::{
    config::Config,
    kernel::{
        random::{Key, Stream, philox4x32, stream_key, uniform01},
        records::{AS_WEIGHTED, REWARD_FACTORS},
    },
    npz::{Npy, Npz, NpzError, shape_text},
    run::{RunError, checkpoint::Checkpoint},
    tasks::Control,
};

/// Number of control vectors checked at a time.
const CHUNK: usize = 1 << 16;

/// Source of the controls of all rows.
pub enum Drive {
    /// Same controls in every step, `[rows][nu]`.
    Held(Vec<f32>),
    /// Controls for every step.
    Steps(Steps),
    /// Archive of controls with a fitting shape, not unpacked yet.
    Packed(PackedActions),
    /// Uniform random controls in their ranges, or in [-1, 1] where there is none.
    Random(Random),
    /// Trained network.
    Policy(Box<Policy>),
}

/// Controls of every step, in order.
pub enum Steps {
    /// File on disk.
    File(Npy),
    /// Values in memory, and the index of the next one.
    Memory(Vec<f32>, usize),
}

/// Array `actions` of an archive, still packed.
pub struct PackedActions {
    path: PathBuf,
    file: Npz,
    /// True if the same controls are held in all steps.
    held: bool,
}

/// Trained network, and the episodes that it runs.
pub struct Policy {
    /// Checkpoint with the learnt parameters.
    pub checkpoint: Checkpoint,
    /// Configuration of the training run, with the task of this rollout.
    pub config: Config,
    /// Member in the first row; the following ones are in the other rows. They are sampled as in the training
    /// generation that the checkpoint is at. `None` puts the deterministic network in every row.
    pub first_member: Option<u32>,
    /// Index of the training episode that the members repeat, from 0.
    pub episode: u32,
    /// Factors of the reward terms, in their order.
    pub reward_factors: [f32; REWARD_FACTORS],
}

impl Policy {
    /// Returns the deterministic network, with the task of evaluations in `config`.
    pub fn judged(checkpoint: Checkpoint, config: Config) -> Self {
        Self { checkpoint, config, first_member: None, episode: 0, reward_factors: AS_WEIGHTED }
    }

    /// Returns the life of a row: that of a member in training, or the row's own.
    pub(super) fn life(&self, row: u32) -> u32 {
        self.first_member.map_or(row, |first| (first + row) * self.config.algorithm.episodes() + self.episode)
    }

    /// Returns the number of further episodes per member in training, and true if they begin alike for all members.
    pub(super) fn lives_of_a_member(&self) -> (u32, bool) {
        let algorithm = &self.config.algorithm;
        self.first_member.map_or((0, false), |_| (algorithm.episodes() - 1, algorithm.common_starts()))
    }

    /// Refuses members, or an episode, that the run does not have.
    pub(super) fn refuse_missing(&self, rows: usize) -> Result<(), RunError> {
        let Some(first) = self.first_member else { return Ok(()) };
        let (last, population) = (first as usize + rows - 1, self.config.algorithm.population() as usize);
        let (episode, episodes) = (self.episode, self.config.algorithm.episodes());
        if last >= population {
            let text = format!("there is no member {last}: the members of this run are 0 to {}", population - 1);
            return Err(RunError::Refused(text));
        }
        if episode >= episodes {
            let text =
                format!("there is no episode {episode}: those of each member of this run are 0 to {}", episodes - 1);
            return Err(RunError::Refused(text));
        }
        Ok(())
    }
}

/// Checked file of controls, in the actuators' units.
pub struct ActionFile {
    /// Number of steps; `None` if the same controls are held in all.
    pub steps: Option<usize>,
    /// Number of rows.
    pub rows: usize,
    /// Source of the controls.
    pub drive: Drive,
}

impl ActionFile {
    /// Opens controls `[T, N, nu]` or `[N, nu]`: a `.npy` file, whose numbers are all checked, or the array
    /// `actions` of a `.npz`. The latter stays packed, because few bytes may hold many numbers.
    ///
    /// Errors, each naming the file and what would be right: a file that cannot be read; another shape or type;
    /// numbers that are not finite.
    pub fn open(path: &Path, nu: usize) -> Result<Self, NpzError> {
        let place = path.display().to_string();
        if path.extension().is_some_and(|extension| extension == "npz") {
            return Self::of_archive(path, nu);
        }
        let mut file = Npy::open(path)?;
        let (steps, rows) = steps_and_rows(&place, file.shape(), nu)?;
        let count = steps.unwrap_or(1) * rows * nu;
        let mut values = vec![];
        for start in (0..count).step_by(CHUNK * nu.max(1)) {
            values.resize((count - start).min(CHUNK * nu.max(1)), 0.0);
            file.read(&mut values)?;
            finite(&format!("{place}: from row {}", start / nu.max(1)), &values, nu)?;
        }
        file.rewind()?;
        let drive = match steps {
            Some(_) => Drive::Steps(Steps::File(file)),
            None => {
                let mut held = vec![0.0; count];
                file.read(&mut held)?;
                Drive::Held(held)
            }
        };
        Ok(Self { steps, rows, drive })
    }

    fn of_archive(path: &Path, nu: usize) -> Result<Self, NpzError> {
        let mut file = Npz::open(path)?;
        let missing = || NpzError::refused(path.display(), "holds no array `actions`", "save one, or give a .npy file");
        let shape = file.shape(ACTIONS)?.ok_or_else(missing)?;
        let (steps, rows) = steps_and_rows(&place_of(path), &shape, nu)?;
        Ok(Self { steps, rows, drive: Drive::Packed(PackedActions { path: path.into(), file, held: steps.is_none() }) })
    }
}

/// Name of the array of controls in an archive.
const ACTIONS: &str = "actions";

fn place_of(path: &Path) -> String {
    format!("{}: array `{ACTIONS}`", path.display())
}

impl PackedActions {
    /// Reads the controls of the first `steps` steps.
    fn read(mut self, steps: usize, row: usize, nu: usize) -> Result<Drive, NpzError> {
        let count = if self.held { row } else { steps * row };
        let values = self.file.first_values(ACTIONS, count)?.unwrap_or_default();
        finite(&place_of(&self.path), &values, nu)?;
        Ok(if self.held { Drive::Held(values) } else { Drive::Steps(Steps::Memory(values, 0)) })
    }
}

fn steps_and_rows(place: &str, shape: &[usize], nu: usize) -> Result<(Option<usize>, usize), NpzError> {
    match *shape {
        [steps, rows, width] if width == nu && steps > 0 && rows > 0 => Ok((Some(steps), rows)),
        [rows, width] if width == nu && rows > 0 => Ok((None, rows)),
        _ => {
            let problem = format!("has the shape {}", shape_text(shape));
            let advice = format!("it must be (T, N, {nu}), or (N, {nu}) for controls that are held: nu = {nu}");
            Err(NpzError::refused(place, problem, advice))
        }
    }
}

impl Steps {
    /// Fills `controls` with the values of the next step.
    pub(super) fn next(&mut self, controls: &mut [f32]) -> Result<(), NpzError> {
        match self {
            Self::File(file) => file.read(controls),
            Self::Memory(values, at) => {
                controls.copy_from_slice(&values[*at..][..controls.len()]);
                *at += controls.len();
                Ok(())
            }
        }
    }
}

/// Uniform random controls: component `i` of row `r` in step `t` comes from word `i % 4` of the draw with the
/// counter `(i / 4, r, t, 0)` of the seed's stream of actions.
pub struct Random {
    key: Key,
    ranges: Vec<[f64; 2]>,
    step: u32,
}

impl Random {
    /// Returns the controls of `seed`.
    pub fn new(seed: u64, controls: &[Control]) -> Self {
        let ranges = controls.iter().map(|control| control.range.unwrap_or([-1.0, 1.0])).collect();
        Self { key: stream_key(seed, Stream::Action), ranges, step: 0 }
    }

    /// Fills `controls` `[rows][nu]` with the values of the next step.
    pub(super) fn next(&mut self, controls: &mut [f32]) {
        let nu = self.ranges.len();
        for (row, controls) in controls.chunks_exact_mut(nu.max(1)).enumerate() {
            for (block, (controls, ranges)) in controls.chunks_mut(4).zip(self.ranges.chunks(4)).enumerate() {
                let bits = philox4x32([block as u32, row as u32, self.step, 0], self.key);
                for ((control, [low, high]), bits) in controls.iter_mut().zip(ranges).zip(bits) {
                    *control = (low + (high - low) * f64::from(uniform01(bits))) as f32;
                }
            }
        }
        self.step += 1;
    }
}

impl Drive {
    /// Returns the same source; packed controls are read for that many steps and rows.
    ///
    /// Errors: damaged data; numbers that are not finite.
    pub(super) fn unpacked(self, steps: usize, rows: usize, nu: usize) -> Result<Self, NpzError> {
        match self {
            Self::Packed(packed) => packed.read(steps, rows * nu, nu),
            other => Ok(other),
        }
    }

    /// Returns true if the written file should hold the controls, because no other file does.
    pub fn writes_actions(&self) -> bool {
        matches!(self, Self::Random(_) | Self::Policy(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_controls_fill_their_ranges_and_depend_on_row_and_step_alone() {
        let control = |range| Control { name: String::new(), range };
        let controls: Vec<Control> =
            [None, Some([0.0, 1.0]), Some([-3.0, 5.0]), None, Some([2.0, 2.5])].map(control).into();
        let draw = |seed: u64, rows: usize| {
            let mut random = Random::new(seed, &controls);
            let mut steps = vec![vec![0.0; 5 * rows]; 100];
            steps.iter_mut().for_each(|step| random.next(step));
            steps
        };
        let (many, few) = (draw(1, 50), draw(1, 3));
        assert!(many.iter().zip(&few).all(|(many, few)| many[..15] == few[..]), "rows do not depend on others");
        assert_ne!(draw(2, 3), few, "seeds differ");
        for (i, [low, high]) in [[-1.0, 1.0], [0.0, 1.0], [-3.0, 5.0], [-1.0, 1.0], [2.0, 2.5]].into_iter().enumerate()
        {
            let values: Vec<f64> = many.iter().flat_map(|step| step.chunks(5).map(|row| f64::from(row[i]))).collect();
            assert!(values.iter().all(|x| (low..=high).contains(x)), "control {i} stays in its range");
            let mean = values.iter().sum::<f64>() / 5000.0;
            // the standard deviation of the mean of 5,000 uniform numbers is 0.0041 of the range
            assert!((mean - 0.5 * (low + high)).abs() < 0.02 * (high - low), "control {i} has the mean {mean}");
        }
    }
}
