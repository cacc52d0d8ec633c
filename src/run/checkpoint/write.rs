//! Encoding of a state as a checkpoint file.

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap},
    path::Path,
};

use bytemuck::Pod;
use safetensors::{Dtype, SafeTensorError, View};

use super::{FORMAT_VERSION, identity::identity, life_column, seal};
use crate::{
    algorithms::optimizer::Optimizer,
    config::{Config, Robot},
    files::atomic::write_atomically,
    kernel::{mirror::Image, records::EpisodeRecord},
    plan::{Plan, pass::Matrix},
    run::{
        RunError,
        evolution::{progress::GenerationProgress, state::TrainState},
    },
};

pub(in crate::run) struct Tensor {
    pub(super) dtype: Dtype,
    pub(super) shape: Vec<usize>,
    pub(super) data: Vec<u8>,
}

impl View for Tensor {
    fn dtype(&self) -> Dtype {
        self.dtype
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

/// Tensors by name.
pub(in crate::run) type Tensors = Vec<(String, Tensor)>;

/// Writes `state` to `path` atomically, with the finished episodes of `open` if that is the generation of `state`.
pub fn save(
    path: &Path,
    config: &Config,
    plan: &Plan,
    state: &TrainState,
    open: Option<&GenerationProgress>,
) -> Result<(), RunError> {
    let open = open.filter(|open| open.generation == Some(state.generation) && open.lived() > 0);
    let bytes = encode(config, plan, state, open).map_err(|error| RunError::file(path, error))?;
    Ok(write_atomically(path, &bytes)?)
}

/// Returns the bytes of a checkpoint.
pub fn encode(
    config: &Config,
    plan: &Plan,
    state: &TrainState,
    open: Option<&GenerationProgress>,
) -> Result<Vec<u8>, SafeTensorError> {
    let mut header = header(config, plan, state);
    let mut more = vec![];
    if let Some(open) = open {
        more = lived(plan, open);
        header.insert("open_episode_cap".into(), open.episode_cap.to_string());
    }
    sealed(plan, state, header, more)
}

/// Returns the bytes of a checkpoint with `more` tensors.
pub(super) fn encode_with(
    config: &Config,
    plan: &Plan,
    state: &TrainState,
    more: Tensors,
) -> Result<Vec<u8>, SafeTensorError> {
    sealed(plan, state, header(config, plan, state), more)
}

fn sealed(
    plan: &Plan,
    state: &TrainState,
    header: HashMap<String, String>,
    more: Tensors,
) -> Result<Vec<u8>, SafeTensorError> {
    let mut tensors = learnt(plan, state);
    tensors.extend(more);
    let mut file = canonical(safetensors::serialize(tensors, Some(header))?);
    seal::seal(&mut file);
    Ok(file)
}

fn learnt(plan: &Plan, state: &TrainState) -> Tensors {
    let matrices = plan.matrices();
    let matrix = |prefix: &str, values: &[f64]| -> Tensors {
        let tensor = |matrix: &Matrix| {
            (format!("{prefix}.{}", matrix.name), f64s(&[matrix.rows, matrix.cols], &in_file_order(matrix, values)))
        };
        matrices.iter().map(tensor).collect()
    };
    let mut tensors = matrix(plan.algorithm.symbol().name, &state.learner.params);
    match &state.learner.optimizer {
        Optimizer::Sgd => {}
        Optimizer::Momentum(velocity) => tensors.extend(matrix("momentum", velocity)),
        Optimizer::Adam(adam) => {
            tensors.extend(matrix("adam.m", &adam.m));
            tensors.extend(matrix("adam.v", &adam.v));
            tensors.push(("adam.beta_power".into(), f64s(&[2], &adam.beta_power)));
        }
        Optimizer::Satr(signal) => {
            tensors.extend(matrix("satr.mean", &signal.mean));
            tensors.push(("satr.weight".into(), f64s(&[1], &[signal.weight])));
            tensors.push(("satr.energy".into(), f64s(&[2], &signal.energy)));
        }
    }
    let normaliser = &state.normaliser;
    for (name, values) in [("mean", &normaliser.mean), ("std", &normaliser.std()), ("m2", &normaliser.m2)] {
        tensors.push((format!("normaliser.{name}"), f64s(&[values.len()], values)));
    }
    tensors
}

/// Returns the tensors of the finished episodes of an open generation.
fn lived(plan: &Plan, open: &GenerationProgress) -> Tensors {
    let column = |name: &str, dtype, of: fn(&EpisodeRecord) -> [u8; 4]| {
        let mut data = Vec::with_capacity(4 * open.lived());
        data.extend(open.records().flat_map(of));
        (format!("open.{name}"), Tensor { dtype, shape: vec![data.len() / 4], data })
    };
    let sums: Vec<f32> = open.sums().flatten().copied().collect();
    let d_obs = plan.task.d_obs();
    let shape = vec![sums.len() / (2 * d_obs), 2, d_obs];
    let data = sums.iter().flat_map(|sum| sum.to_le_bytes()).collect();
    let n_terms = plan.task.terms().len();
    let rows = open.terms.rows(|life| open.is_over(life)).flatten();
    let rows: Vec<u8> = rows.flat_map(|term| term.to_le_bytes()).collect();
    let n_rows = (0..plan.n_moment_lives).filter(|life| open.is_over(*life)).count();
    // low and high half of each, in the byte order of an i128
    let term_sums = open.terms.others.iter().flat_map(|sum| sum.to_le_bytes()).collect();
    vec![
        column(life_column(plan.episodes), Dtype::U32, |record| record.life.to_le_bytes()),
        column("return", Dtype::F32, |record| record.return_sum.to_le_bytes()),
        column("length", Dtype::U32, |record| record.length.to_le_bytes()),
        column("status", Dtype::U32, |record| record.status.to_le_bytes()),
        column("contact_overflow", Dtype::U32, |record| record.contact_overflow.to_le_bytes()),
        column("spikes", Dtype::U32, |record| record.spikes.to_le_bytes()),
        ("open.moments".into(), Tensor { dtype: Dtype::F32, shape, data }),
        ("open.terms".into(), Tensor { dtype: Dtype::F32, shape: vec![n_rows, n_terms], data: rows }),
        ("open.term_sums".into(), Tensor { dtype: Dtype::U64, shape: vec![n_terms, 2], data: term_sums }),
    ]
}

/// Returns the header entries of `state` with a blank checksum.
fn header(config: &Config, plan: &Plan, state: &TrainState) -> HashMap<String, String> {
    let mut header = identity(config, plan.task.id());
    if let Some(robot) = config.task.robot().and_then(Robot::text) {
        header.insert("robot".into(), robot.into());
    }
    header.insert("format_version".into(), FORMAT_VERSION.to_string());
    header.insert("crc32".into(), seal::UNSEALED.into());
    header.insert("generation".into(), state.generation.to_string());
    header.insert("frames".into(), state.frames.to_string());
    if !config.phases.is_empty() {
        header.insert("phase".into(), state.phase.index.to_string());
        header.insert("phase_generation".into(), state.phase.generation.to_string());
        header.insert("phase_frames".into(), state.phase.frames.to_string());
    }
    if let Some(mirror) = &plan.mirror {
        for (name, image) in [("mirror.observation", &mirror.observation), ("mirror.action", &mirror.action)] {
            header.insert(name.into(), signed(image));
        }
    }
    header.insert("normaliser_count".into(), state.normaliser.count.to_string());
    header.insert("best_eval".into(), state.best_eval.map_or("none".into(), |best| best.to_string()));
    header
}

/// Formats an image as a list: 3 for an entry that comes from entry 2 (from 0), -3 if its sign changes.
fn signed(image: &Image) -> String {
    let entry = |(of, negated): (&usize, &bool)| format!("{}{}", if *negated { "-" } else { "" }, of + 1);
    format!("[{}]", image.of.iter().zip(&image.negated).map(entry).collect::<Vec<_>>().join(", "))
}

/// Sorts the header's metadata by key, because the library writes it in arbitrary order.
pub(super) fn canonical(mut file: Vec<u8>) -> Vec<u8> {
    let Some(place) = seal::header(&file, file.len() as u64) else { return file };
    let parsed = serde_json::from_slice::<serde_json::Map<String, serde_json::Value>>(&file[place.clone()]);
    if let Ok(mut header) = parsed {
        if let Some(serde_json::Value::Object(metadata)) = header.get_mut("__metadata__") {
            let sorted: BTreeMap<_, _> = std::mem::take(metadata).into_iter().collect();
            metadata.extend(sorted);
        }
        if let Ok(mut text) = serde_json::to_vec(&header) {
            text.resize(place.len().max(text.len()), b' ');
            file.splice(place, text);
        }
    }
    file
}

fn in_file_order(matrix: &Matrix, values: &[f64]) -> Vec<f64> {
    (0..matrix.rows * matrix.cols).map(|index| values[matrix.param(index)]).collect()
}

fn f64s(shape: &[usize], values: &[f64]) -> Tensor {
    let data = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    Tensor { dtype: Dtype::F64, shape: shape.into(), data }
}

/// Returns a tensor of plain numbers.
pub(in crate::run) fn words<T: Pod>(name: &str, dtype: Dtype, shape: &[usize], values: &[T]) -> (String, Tensor) {
    (name.into(), Tensor { dtype, shape: shape.to_vec(), data: bytemuck::cast_slice(values).to_vec() })
}
