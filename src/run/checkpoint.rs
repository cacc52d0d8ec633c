//! Checkpoints: safetensors with the learnt state, written atomically.
//!
//! Tensors (F64): `rho.<name>` in the shapes of the network's own matrices (row = presynaptic), `adam.m.<name>` and
//! `adam.v.<name>` likewise, `normaliser.mean`, `normaliser.std`, `normaliser.m2` `[d_obs]`.
//! The header holds the format version, task, network, algorithm, normaliser (RON), seed and generation; never times,
//! paths, host or device settings, so equal runs leave equal bytes.

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap},
    fs,
    io::Write,
    path::Path,
};

use safetensors::{Dtype, SafeTensors, View};

use super::{RunError, generation::TrainState};
use crate::{
    algorithms::optimizer::Optimizer,
    config::Config,
    plan::build::{Matrix as Layout, Plan},
};

/// Version of the layout.
pub const FORMAT_VERSION: u32 = 2;

/// A checkpoint as read: header and tensors by name.
pub struct Checkpoint {
    header: HashMap<String, String>,
    tensors: HashMap<String, Vec<f64>>,
    path: std::path::PathBuf,
}

struct Matrix {
    shape: Vec<usize>,
    data: Vec<u8>,
}

impl View for Matrix {
    fn dtype(&self) -> Dtype {
        Dtype::F64
    }
    fn shape(&self) -> &[usize] {
        &self.shape
    }
    fn data(&self) -> Cow<'_, [u8]> {
        Cow::Borrowed(&self.data)
    }
    fn data_len(&self) -> usize {
        self.data.len()
    }
}

/// Writes `state` to `path`: a temporary file beside it, fsync, rename, fsync of the folder.
pub fn save(path: &Path, config: &Config, plan: &Plan, state: &TrainState) -> Result<(), RunError> {
    let bytes = encode(config, plan, state).map_err(|error| RunError::file(path, error))?;
    write_atomically(path, &bytes)
}

/// Writes a whole file or nothing.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> Result<(), RunError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let write = || -> std::io::Result<()> {
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        file.persist(path).map_err(|error| error.error)?;
        if cfg!(unix) {
            fs::File::open(folder)?.sync_all()?;
        }
        Ok(())
    };
    write().map_err(|error| RunError::file(path, format!("cannot be written: {error}")))
}

fn encode(config: &Config, plan: &Plan, state: &TrainState) -> Result<Vec<u8>, safetensors::SafeTensorError> {
    let mut tensors = vec![];
    let matrices = plan.matrices();
    let mut matrix = |prefix: &str, values: &[f64]| {
        for tensor in &matrices {
            let shape = vec![tensor.rows, tensor.cols];
            tensors.push((
                format!("{prefix}.{}", tensor.name),
                Matrix { shape, data: bytes(&in_file_order(tensor, values)) },
            ));
        }
    };
    matrix("rho", &state.ec.rho);
    if let Optimizer::Adam(adam) = &state.ec.optimizer {
        matrix("adam.m", &adam.m);
        matrix("adam.v", &adam.v);
        tensors.push(("adam.beta_power".into(), Matrix { shape: vec![2], data: bytes(&adam.beta_power) }));
    }
    let normaliser = &state.normaliser;
    for (name, values) in [("mean", &normaliser.mean), ("std", &normaliser.std()), ("m2", &normaliser.m2)] {
        let shape = vec![values.len()];
        tensors.push((format!("normaliser.{name}"), Matrix { shape, data: bytes(values) }));
    }
    Ok(canonical(safetensors::serialize(tensors, Some(header(config, plan, state)))?))
}

fn header(config: &Config, plan: &Plan, state: &TrainState) -> HashMap<String, String> {
    let part = |key: &str| config.text_of(key).unwrap_or_default();
    let mut header: HashMap<String, String> =
        ["task", "network", "algorithm", "normaliser"].into_iter().map(|key| (key.to_string(), part(key))).collect();
    header.insert("format_version".into(), FORMAT_VERSION.to_string());
    header.insert("task_id".into(), plan.task.id().into());
    header.insert("seed".into(), config.seed.to_string());
    header.insert("generation".into(), state.generation.to_string());
    header.insert("frames".into(), state.frames.to_string());
    header.insert("normaliser_count".into(), state.normaliser.count.to_string());
    header.insert("best_eval".into(), state.best_eval.map_or("none".into(), |best| best.to_string()));
    header
}

/// The same file with the header's metadata in the order of its keys: the library writes them in any order.
fn canonical(mut file: Vec<u8>) -> Vec<u8> {
    let length = u64::from_le_bytes(file[..8].try_into().unwrap_or_default()) as usize;
    let parsed = serde_json::from_slice::<serde_json::Map<String, serde_json::Value>>(&file[8..8 + length]);
    if let Ok(mut header) = parsed {
        if let Some(serde_json::Value::Object(metadata)) = header.get_mut("__metadata__") {
            let sorted: BTreeMap<_, _> = std::mem::take(metadata).into_iter().collect();
            metadata.extend(sorted);
        }
        if let Ok(mut text) = serde_json::to_vec(&header) {
            text.resize(length.max(text.len()), b' ');
            file.splice(8..8 + length, text);
        }
    }
    file
}

impl Checkpoint {
    /// Reads and checks a checkpoint file.
    ///
    /// Errors: not there, not a checkpoint, or one of another format version.
    pub fn read(path: &Path) -> Result<Self, RunError> {
        let bad = |reason: String| RunError::file(path, format!("not a readable checkpoint: {reason}"));
        let bytes = fs::read(path).map_err(|error| bad(error.to_string()))?;
        let (_, metadata) = SafeTensors::read_metadata(&bytes).map_err(|error| bad(error.to_string()))?;
        let header = metadata.metadata().clone().unwrap_or_default();
        let version = header.get("format_version").cloned().unwrap_or("none".into());
        if version != FORMAT_VERSION.to_string() {
            return Err(bad(format!("its format version is {version}, this program reads {FORMAT_VERSION}")));
        }
        let file = SafeTensors::deserialize(&bytes).map_err(|error| bad(error.to_string()))?;
        let mut tensors = HashMap::new();
        for (name, view) in file.tensors() {
            if view.dtype() != Dtype::F64 {
                return Err(bad(format!("tensor `{name}` is {:?}, not F64", view.dtype())));
            }
            let values = view.data().chunks_exact(8).map(|b| f64::from_le_bytes(b.try_into().unwrap_or_default()));
            tensors.insert(name, values.collect());
        }
        Ok(Self { header, tensors, path: path.into() })
    }

    /// The configuration of the run that wrote it, as far as it shapes results.
    pub fn config_text(&self) -> Result<String, RunError> {
        let keys = ["seed", "task", "network", "algorithm", "normaliser"];
        let field = |key: &&str| -> Result<String, RunError> { Ok(format!("    {key}: {},\n", self.entry(key)?)) };
        let fields: Vec<String> = keys.iter().map(field).collect::<Result<_, _>>()?;
        Ok(format!("(\n{})\n", fields.concat()))
    }

    /// The state, for a plan of the same task, network and algorithm.
    pub fn state(&self, config: &Config, plan: &Plan) -> Result<TrainState, RunError> {
        self.refuse_others(config, plan)?;
        let mut state = self.learnt(config, plan)?;
        if let Optimizer::Adam(adam) = &mut state.ec.optimizer {
            adam.m = self.matrices("adam.m", plan)?;
            adam.v = self.matrices("adam.v", plan)?;
            let power = self.tensor("adam.beta_power", 2)?;
            adam.beta_power = [power[0], power[1]];
        }
        state.generation = self.number("generation")?;
        state.frames = self.number("frames")?;
        state.best_eval = match self.entry("best_eval")? {
            "none" => None,
            _ => Some(self.number("best_eval")?),
        };
        Ok(state)
    }

    /// A new run's state that starts from the learnt rho and normaliser.
    pub fn learnt(&self, config: &Config, plan: &Plan) -> Result<TrainState, RunError> {
        let mut state = TrainState::new(config, plan);
        state.ec.rho = self.matrices("rho", plan)?;
        let d_obs = plan.task.d_obs();
        state.normaliser.mean = self.tensor("normaliser.mean", d_obs)?.to_vec();
        state.normaliser.m2 = self.tensor("normaliser.m2", d_obs)?.to_vec();
        state.normaliser.count = self.number("normaliser_count")?;
        Ok(state)
    }

    fn refuse_others(&self, config: &Config, plan: &Plan) -> Result<(), RunError> {
        let expected = header(config, plan, &TrainState::new(config, plan));
        for key in ["task_id", "task", "network", "algorithm", "normaliser", "seed"] {
            let (found, wanted) = (self.entry(key)?, &expected[key]);
            if found != wanted {
                let reason = format!("it was written by a run with {key} {found}; this run has {wanted}");
                return Err(RunError::file(&self.path, reason));
            }
        }
        Ok(())
    }

    fn matrices(&self, prefix: &str, plan: &Plan) -> Result<Vec<f64>, RunError> {
        let mut values = vec![0.0; plan.n_params()];
        for tensor in plan.matrices() {
            let data = self.tensor(&format!("{prefix}.{}", tensor.name), tensor.rows * tensor.cols)?;
            for (index, value) in data.iter().enumerate() {
                values[tensor.param(index)] = *value;
            }
        }
        Ok(values)
    }

    fn tensor(&self, name: &str, length: usize) -> Result<&[f64], RunError> {
        match self.tensors.get(name) {
            Some(values) if values.len() == length => Ok(values),
            Some(values) => {
                let reason =
                    format!("tensor `{name}` has {} values; task and network of this run need {length}", values.len());
                Err(RunError::file(&self.path, reason))
            }
            None => Err(RunError::file(&self.path, format!("tensor `{name}` is missing"))),
        }
    }

    fn entry(&self, key: &str) -> Result<&str, RunError> {
        let missing = || RunError::file(&self.path, format!("header entry `{key}` is missing"));
        self.header.get(key).map(String::as_str).ok_or_else(missing)
    }

    fn number<T: std::str::FromStr>(&self, key: &str) -> Result<T, RunError> {
        let text = self.entry(key)?;
        text.parse().map_err(|_| RunError::file(&self.path, format!("header entry `{key}` is not a number: {text}")))
    }
}

fn in_file_order(tensor: &Layout, values: &[f64]) -> Vec<f64> {
    (0..tensor.rows * tensor.cols).map(|index| values[tensor.param(index)]).collect()
}

fn bytes(values: &[f64]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}
