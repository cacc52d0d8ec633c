//! Decoding of a checkpoint file into a state. Nothing in a file is trusted: its size bounds what is read, and
//! every value is checked.

use std::{
    collections::HashMap,
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
};

use safetensors::{Dtype, SafeTensors, tensor::Metadata};

use super::{FORMAT_VERSION, RANKED_BY_NUMBER, life_column, seal};
use crate::{
    algorithms::optimizer::Optimizer,
    config::Config,
    kernel::records::EpisodeRecord,
    plan::Plan,
    run::{
        RunError, brains,
        evolution::{engine::Job, phase::Phase, progress::GenerationProgress, state::TrainState},
        session::Kept,
    },
};

/// Maximum length of a header, bytes. Ours have a few kilobytes plus the text of a user-supplied robot, which is at
/// most half of this.
const LONGEST_HEADER: usize = 1 << 20;

/// Checkpoint whose file is sound; its values are checked when they are used.
pub struct Checkpoint {
    pub(super) header: HashMap<String, String>,
    generation: u32,
    frames: u64,
    metadata: Metadata,
    file: Vec<u8>,
    /// Offset of the tensors in `file`, bytes.
    tensors: usize,
    path: PathBuf,
}

impl Checkpoint {
    /// Reads a checkpoint file, or the trained network with a name such as `hopper@best`.
    ///
    /// Errors: [`RunError::Checkpoint`] if the file does not exist, is not a checkpoint, is damaged or of another
    /// format version; [`RunError::File`] if the system cannot read it.
    pub fn read(path: &Path) -> Result<Self, RunError> {
        let bad = |reason: String| RunError::checkpoint(path, reason);
        let file = if brains::is_name(path) { brains::named(path)? } else { contents(path)? };
        if let Some(reason) = seal::broken(&file) {
            return Err(bad(format!("it is damaged: {reason}")));
        }
        let foreign = |error| bad(format!("it is not a checkpoint: {error}"));
        let (length, metadata) = SafeTensors::read_metadata(&file).map_err(foreign)?;
        let header = metadata.metadata().clone().unwrap_or_default();
        let tensors = seal::LENGTH + length;
        let mut read = Self { header, generation: 0, frames: 0, metadata, file, tensors, path: path.into() };
        read.generation = read.number("generation", |_| true)?;
        // more than any run counts, and small enough that sums do not overflow
        read.frames = read.number("frames", |frames| frames < 1 << 63)?;
        read.refuse_additions()?;
        Ok(read)
    }

    /// Returns the number of the generation that comes next.
    pub fn generation(&self) -> u32 {
        self.generation
    }

    /// Returns the seed of its run.
    pub fn seed(&self) -> Result<u64, RunError> {
        self.number("seed", |_| true)
    }

    /// Returns the number of training frames before the next generation.
    pub fn frames(&self) -> u64 {
        self.frames
    }

    /// Returns the state from which a run continues, for a plan of the same task, network and algorithm.
    pub fn state(&self, config: &Config, plan: &Plan) -> Result<TrainState, RunError> {
        self.refuse_other_ranks()?;
        let mut state = self.learnt(config, plan)?;
        (state.generation, state.frames) = (self.generation, self.frames);
        state.phase = self.phase(config)?;
        if let Some(rule) = state.config(config).algorithm.optimizer() {
            state.learner.optimizer = Optimizer::new(rule, plan.n_params());
        }
        self.remember(&mut state.learner.optimizer, plan)?;
        state.best_eval = self.best_eval()?;
        Ok(state)
    }

    /// Returns the initial state of another run that starts from the learnt parameters and from what it is to
    /// `keep`.
    pub fn beginning(&self, config: &Config, plan: &Plan, keep: Kept) -> Result<TrainState, RunError> {
        let mut state = self.learnt(config, plan)?;
        if keep.optimizer {
            self.remember(&mut state.learner.optimizer, plan)?;
        }
        if keep.frames {
            state.frames = self.frames;
            state.phase.frames = self.frames;
        }
        Ok(state)
    }

    /// Reads the memory of an optimizer.
    fn remember(&self, optimizer: &mut Optimizer, plan: &Plan) -> Result<(), RunError> {
        match optimizer {
            Optimizer::Sgd => {}
            Optimizer::Momentum(velocity) => *velocity = self.matrices("momentum", plan, FINITE)?,
            Optimizer::Adam(adam) => {
                adam.m = self.matrices("adam.m", plan, FINITE)?;
                adam.v = self.matrices("adam.v", plan, NON_NEGATIVE)?;
                let power = self.f64s("adam.beta_power", &[2], SHARE)?;
                adam.beta_power = [power[0], power[1]];
            }
            Optimizer::Satr(signal) => {
                signal.mean = self.matrices("satr.mean", plan, FINITE)?;
                signal.weight = self.f64s("satr.weight", &[1], SHARE)?[0];
                let energy = self.f64s("satr.energy", &[2], FINITE)?;
                signal.energy = [energy[0], energy[1]];
            }
        }
        Ok(())
    }

    /// Returns the phase of the run of `config` that the checkpoint is in.
    pub fn phase(&self, config: &Config) -> Result<Phase, RunError> {
        if config.phases.is_empty() {
            return Ok(Phase::default());
        }
        let phase = Phase {
            index: self.number("phase", |_| true)?,
            generation: self.number("phase_generation", |_| true)?,
            frames: self.number("phase_frames", |_| true)?,
        };
        let there = phase.index < config.phases.len();
        match there && phase.generation <= self.generation && phase.frames <= self.frames {
            true => Ok(phase),
            false => Err(self.bad("the phase that its header names cannot be that of its generation".into())),
        }
    }

    pub(super) fn best_eval(&self) -> Result<Option<f64>, RunError> {
        match self.entry("best_eval")? {
            "none" => Ok(None),
            _ => Ok(Some(self.number("best_eval", |best: f64| best.is_finite())?)),
        }
    }

    /// Returns an error about this file.
    pub(crate) fn bad(&self, reason: String) -> RunError {
        RunError::checkpoint(&self.path, reason)
    }

    /// Returns the initial state of a run that starts from the learnt parameters and normaliser.
    pub fn learnt(&self, config: &Config, plan: &Plan) -> Result<TrainState, RunError> {
        self.refuse_other_robot(config)?;
        self.refuse_other_task(config, plan)?;
        let mut state = TrainState::blank(config, plan);
        let symbol = plan.algorithm.symbol();
        state.learner.params = self.matrices(symbol.name, plan, if symbol.probability { SHARE } else { FINITE })?;
        let d_obs = plan.task.d_obs();
        state.normaliser.mean = self.f64s("normaliser.mean", &[d_obs], FINITE)?;
        state.normaliser.m2 = self.f64s("normaliser.m2", &[d_obs], NON_NEGATIVE)?;
        state.normaliser.count = self.number("normaliser_count", NON_NEGATIVE.0)?;
        Ok(state)
    }

    /// Returns the finished episodes in the generation of `job`, which is that of the checkpoint.
    pub fn open(&self, plan: &Plan, job: &Job) -> Result<GenerationProgress, RunError> {
        let episode_cap = job.episode_cap;
        let mut open = GenerationProgress::default();
        open.begin(job.generation, (job.lives(), episode_cap), plan.open_sizes())?;
        // an older program kept no terms: its finished episodes run again, with the same results
        if self.metadata.info("open.terms").is_none() {
            return Ok(open);
        }
        let written: usize = self.number("open_episode_cap", |_| true)?;
        if written != episode_cap {
            let reason = format!(
                "its generation was begun with episodes of {written} steps; the curriculum of this run has {episode_cap}"
            );
            return Err(RunError::checkpoint(&self.path, reason));
        }
        let n_terms = plan.task.terms().len();
        let records = self.records(job)?;
        let rows = records.iter().filter(|record| (record.life as usize) < plan.n_moment_lives).count();
        let mut terms = self.numbers("open.terms", Dtype::F32, &[rows, n_terms], f32::from_le_bytes)?;
        terms.resize(records.len() * n_terms, 0.0);
        open.take(&records, &terms);
        open.terms.others = self.numbers("open.term_sums", Dtype::U64, &[n_terms, 2], u64::from_le_bytes).map(sums)?;
        let shape = [open.sums().count(), 2, plan.task.d_obs()];
        let sums = self.numbers("open.moments", Dtype::F32, &shape, f32::from_le_bytes)?;
        open.set_sums(&sums);
        Ok(open)
    }

    fn records(&self, job: &Job) -> Result<Vec<EpisodeRecord>, RunError> {
        let Job { population, episodes, episode_cap, .. } = *job;
        let lives = life_column(episodes);
        let info = self.metadata.info(&format!("open.{lives}"));
        let count = info.map_or(0, |info| info.shape.first().copied().unwrap_or(0));
        let column = |name: &str| self.numbers(&format!("open.{name}"), Dtype::U32, &[count], u32::from_le_bytes);
        let returns = self.numbers("open.return", Dtype::F32, &[count], f32::from_le_bytes)?;
        let (lives, lengths, status) = (column(lives)?, column("length")?, column("status")?);
        let (overflow, spikes) = (column("contact_overflow")?, column("spikes")?);
        let record = |k: usize| EpisodeRecord {
            return_sum: returns[k],
            length: lengths[k],
            status: status[k],
            contact_overflow: overflow[k],
            spikes: spikes[k],
            life: lives[k],
            ..Default::default()
        };
        let records: Vec<EpisodeRecord> = (0..count).map(record).collect();
        let rising = records.windows(2).all(|pair| pair[0].life < pair[1].life);
        let sound = |record: &EpisodeRecord| {
            (record.life as usize) < job.lives()
                && GenerationProgress::has_lived(record)
                && (1..=episode_cap).contains(&(record.length as usize))
        };
        match rising && records.iter().all(sound) {
            true => Ok(records),
            false => {
                let each = if episodes > 1 { format!(", {episodes} each,") } else { String::new() };
                Err(self.bad(format!(
                    "its episodes are not those of {population} members{each} over at most {episode_cap} steps"
                )))
            }
        }
    }

    /// Refuses to continue a run that ranked its members by another rule.
    fn refuse_other_ranks(&self) -> Result<(), RunError> {
        if self.entry("format_version")? == FORMAT_VERSION.to_string() {
            return Ok(());
        }
        let path = self.path.display();
        Err(RunError::Refused(format!(
            "{path}: its format version is {RANKED_BY_NUMBER}: members of equal return were ranked by their numbers, while this \
             program lets them share their ranks ({FORMAT_VERSION}), so the run would not go on to the same bits; resume it with \
             the gpu-ec that wrote it, or begin a new run from what it learnt with --from {path}"
        )))
    }

    /// Returns every F64 matrix whose name begins with `prefix` and a dot: the rest of its name, its number of
    /// columns, its values row by row. Matrices are in the order of their names.
    ///
    /// Errors: a tensor that is not an F64 matrix.
    pub fn matrices_of(&self, prefix: &str) -> Result<Vec<(String, usize, Vec<f64>)>, RunError> {
        let mut names = self.metadata.offset_keys();
        names.sort_unstable();
        let own = |name: &String| name.strip_prefix(prefix)?.strip_prefix('.').map(String::from);
        let read = |name: &String| -> Result<_, RunError> {
            let (rows, cols) = match self.metadata.info(name).map(|info| &info.shape[..]) {
                Some(&[rows, cols]) if rows > 0 && cols > 0 => (rows, cols),
                _ => return Err(RunError::checkpoint(&self.path, format!("tensor `{name}` is no matrix of F64"))),
            };
            Ok((cols, self.numbers(name, Dtype::F64, &[rows, cols], f64::from_le_bytes)?))
        };
        let matrix = |name: &String| own(name).map(|own| read(name).map(|(cols, values)| (own, cols, values)));
        names.iter().filter_map(matrix).collect()
    }

    fn matrices(&self, prefix: &str, plan: &Plan, rule: Rule) -> Result<Vec<f64>, RunError> {
        let mut values = vec![0.0; plan.n_params()];
        for matrix in plan.matrices() {
            let data = self.f64s(&format!("{prefix}.{}", matrix.name), &[matrix.rows, matrix.cols], rule)?;
            for (index, value) in data.into_iter().enumerate() {
                values[matrix.param(index)] = value;
            }
        }
        Ok(values)
    }

    fn f64s(&self, name: &str, shape: &[usize], (rule, words): Rule) -> Result<Vec<f64>, RunError> {
        let values = self.numbers(name, Dtype::F64, shape, f64::from_le_bytes)?;
        match values.iter().position(|value| !rule(*value)) {
            None => Ok(values),
            Some(index) => {
                let reason = format!("value {index} of tensor `{name}` is {}, not {words}", values[index]);
                Err(RunError::checkpoint(&self.path, reason))
            }
        }
    }

    pub(super) fn numbers<T, const N: usize>(
        &self,
        name: &str,
        dtype: Dtype,
        shape: &[usize],
        from: fn([u8; N]) -> T,
    ) -> Result<Vec<T>, RunError> {
        let bad = |reason| Err(RunError::checkpoint(&self.path, reason));
        let Some(info) = self.metadata.info(name) else { return bad(format!("tensor `{name}` is missing")) };
        if info.dtype != dtype || info.shape != shape {
            return bad(format!(
                "tensor `{name}` is {:?} {:?}; task, network and algorithm of this run need {dtype:?} {shape:?}",
                info.dtype, info.shape
            ));
        }
        let (start, end) = info.data_offsets;
        let bytes = &self.file[self.tensors..][start..end];
        Ok(bytes.as_chunks::<N>().0.iter().map(|bytes| from(*bytes)).collect())
    }

    pub(super) fn entry(&self, key: &str) -> Result<&str, RunError> {
        let missing = || RunError::checkpoint(&self.path, format!("header entry `{key}` is missing"));
        self.header.get(key).map(String::as_str).ok_or_else(missing)
    }

    fn number<T: std::str::FromStr + Copy>(&self, key: &str, rule: fn(T) -> bool) -> Result<T, RunError> {
        let text = self.entry(key)?;
        let bad = || RunError::checkpoint(&self.path, format!("header entry `{key}` cannot be {text}"));
        text.parse().ok().filter(|number| rule(*number)).ok_or_else(bad)
    }
}

/// Returns the sums with the low and high halves `halves`.
fn sums(halves: Vec<u64>) -> Vec<i128> {
    halves.chunks(2).map(|halves| (u128::from(halves[1]) << 64 | u128::from(halves[0])) as i128).collect()
}

/// Condition on a value, and its wording in errors.
type Rule = (fn(f64) -> bool, &'static str);
const FINITE: Rule = (f64::is_finite, "finite");
const NON_NEGATIVE: Rule = (|x| x.is_finite() && x >= 0.0, "finite and at least 0");
const SHARE: Rule = (|x| (0.0..=1.0).contains(&x), "between 0 and 1");

/// Returns the bytes of the file after checking that its header is that of a readable checkpoint.
fn contents(path: &Path) -> Result<Vec<u8>, RunError> {
    let bad = |reason: &str| RunError::checkpoint(path, reason);
    let size = match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(bad("there is no such file")),
        Err(error) => return Err(RunError::file(path, error)),
        Ok(metadata) if !metadata.is_file() => return Err(bad("it is not a file")),
        Ok(metadata) => metadata.len(),
    };
    let mut file = File::open(path).map_err(|error| RunError::file(path, error))?;
    let mut bytes = vec![];
    let mut read_on = |bytes: &mut Vec<u8>, length: u64| {
        file.by_ref().take(length).read_to_end(bytes).map_err(|error| RunError::file(path, error))
    };
    read_on(&mut bytes, seal::LENGTH as u64)?;
    let header = seal::header(&bytes, size).ok_or_else(|| bad("it is not a checkpoint, or cut off"))?;
    if header.len() > LONGEST_HEADER {
        return Err(bad(&format!("it is not a checkpoint: its header would have {} bytes", header.len())));
    }
    read_on(&mut bytes, header.len() as u64)?;
    let version = bytes
        .get(header.clone())
        .and_then(version)
        .ok_or_else(|| bad("it is not a checkpoint of gpu-ec, or its header is damaged"))?;
    if ![FORMAT_VERSION, RANKED_BY_NUMBER].iter().any(|known| version == known.to_string()) {
        return Err(bad(&format!(
            "its format version is {version}, this program reads {FORMAT_VERSION} and {RANKED_BY_NUMBER}: use the gpu-ec that wrote it, or begin a new run"
        )));
    }
    // A file that was lengthened is refused before the rest is read into memory.
    let tensors = serde_json::from_slice::<Metadata>(&bytes[header.clone()])
        .map_err(|error| bad(&format!("it is not a checkpoint: {error}")))?;
    let (there, needed) = (size - header.end as u64, tensors.data_len() as u64);
    if there != needed {
        return Err(bad(&format!("it is damaged: its tensors have {needed} bytes, and {there} follow its header")));
    }
    read_on(&mut bytes, there)?;
    Ok(bytes)
}

fn version(header: &[u8]) -> Option<String> {
    let header: serde_json::Value = serde_json::from_slice(header).ok()?;
    Some(header["__metadata__"]["format_version"].as_str()?.into())
}
