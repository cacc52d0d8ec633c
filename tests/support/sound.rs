//! Sound inputs of every reader, to be broken.

use std::{fs, io::Write, path::Path};

use gpu_ec::{
    config::{self, Config},
    kernel::{
        device::DeviceTraits,
        records::{EpisodeRecord, status},
    },
    npz::{Element, Header},
    plan::Plan,
    report::GenerationMetrics,
    run::{
        checkpoint,
        evolution::{phase::episode_cap, progress::GenerationProgress, state::TrainState},
    },
};
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

/// A configuration with everything that is required.
pub const CONFIG: &str =
    "(\n    task: CartPole(),\n    network: Rsnn(neurons: 64),\n    algorithm: Ec(population: 300),\n)\n";

/// Two bodies and a motor.
pub const ROBOT: &str = r#"<mujoco>
  <worldbody>
    <body name="cart">
      <joint name="rail" type="slide" axis="1 0 0" range="-1 1"/>
      <geom size="0.1"/>
      <body name="pole" pos="0 0 0.5"><joint name="hinge" axis="0 1 0"/><geom type="capsule" size="0.05 0.3"/></body>
    </body>
  </worldbody>
  <actuator><motor joint="rail" ctrlrange="-2 2"/></actuator>
</mujoco>
"#;

/// The configuration and the plan of [`CONFIG`].
pub fn plan() -> (Config, Plan) {
    let config = config::load(config::Source::new("sound.ron", CONFIG), &[]).expect("valid");
    let plan = Plan::new(&config, DeviceTraits::default()).expect("plans");
    (config, plan)
}

/// A checkpoint of [`CONFIG`] after seven generations; `open`: with members of the eighth that have lived.
pub fn checkpoint(open: bool) -> Vec<u8> {
    let (config, plan) = plan();
    let state = TrainState { generation: 7, frames: 1234, ..TrainState::new(&config, &plan) };
    let cap = episode_cap(config.curriculum.as_ref(), plan.task.episode_length(), state.frames);
    let mut lived = GenerationProgress::default();
    lived.begin(7, (300, cap), plan.open_sizes()).expect("room");
    let record = |life| EpisodeRecord {
        life,
        length: 1 + life % cap as u32,
        status: status::DONE,
        return_sum: 1.5,
        ..Default::default()
    };
    let records: Vec<_> = (0..300).step_by(7).map(record).collect();
    let terms = vec![0.5; records.len() * plan.task.terms().len()];
    lived.take(&records, &terms);
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("sound.safetensors");
    checkpoint::save(&path, &config, &plan, &state, open.then_some(&lived)).expect("written");
    fs::read(path).expect("there")
}

/// A run directory of [`CONFIG`] with that checkpoint, as files.
pub fn run_dir(checkpoint: &[u8]) -> Vec<(String, Vec<u8>)> {
    let config = plan().0.to_ron().into_bytes();
    vec![
        ("run/config.ron".into(), config),
        ("run/metrics.jsonl".into(), metrics(7)),
        ("run/checkpoints/gen-000007.safetensors".into(), checkpoint.to_vec()),
    ]
}

/// The metrics of so many generations, as many frames in each as [`checkpoint`] holds.
pub fn metrics(generations: u32) -> Vec<u8> {
    let line = |generation: u32| GenerationMetrics { generation, frames: 1234, ..Default::default() };
    let line = |generation| serde_json::to_string(&line(generation)).expect("JSON") + "\n";
    (0..generations).map(line).collect::<String>().into_bytes()
}

/// A sound checkpoint with entries of its header replaced or added, and the checksum that it has then.
pub fn with_entries(checkpoint: &[u8], entries: &[(&str, &str)]) -> Vec<u8> {
    let tensors = 8 + u64::from_le_bytes(checkpoint[..8].try_into().expect("8 bytes")) as usize;
    let mut header: serde_json::Value = serde_json::from_slice(&checkpoint[8..tensors]).expect("JSON");
    entries.iter().for_each(|(key, text)| header["__metadata__"][*key] = (*text).into());
    let mut header = serde_json::to_vec(&header).expect("JSON");
    header.resize(header.len().next_multiple_of(8), b' ');
    sealed([&(header.len() as u64).to_le_bytes()[..], &header, &checkpoint[tensors..]].concat())
}

/// The file with the checksum that its contents have; as it is, where it has no place for one.
pub fn sealed(mut file: Vec<u8>) -> Vec<u8> {
    let before = b"\"crc32\":\"";
    let place = file.windows(before.len()).position(|bytes| bytes == before).map(|at| at + before.len());
    if let Some(at) = place.filter(|at| at + 8 <= file.len()) {
        file[at..at + 8].copy_from_slice(b"00000000");
        let sum = format!("{:08x}", crc32fast::hash(&file));
        file[at..at + 8].copy_from_slice(sum.as_bytes());
    }
    file
}

/// An array as `.npy`.
pub fn npy(element: Element, shape: &[usize], values: &[f64]) -> Vec<u8> {
    let mut bytes = Header { element, big_endian: false, shape: shape.to_vec() }.encode();
    for value in values {
        match element {
            Element::F32 => bytes.extend((*value as f32).to_le_bytes()),
            _ => bytes.extend(value.to_le_bytes()),
        }
    }
    bytes
}

/// An archive of members; their names are without `.npy`.
pub fn npz(method: CompressionMethod, members: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut file = ZipWriter::new(std::io::Cursor::new(vec![]));
    for (name, bytes) in members {
        let options = SimpleFileOptions::default().compression_method(method);
        file.start_file(format!("{name}.npy"), options).expect("a member");
        file.write_all(bytes).expect("memory");
    }
    file.finish().expect("memory").into_inner()
}

/// Start states of two rows of a robot with `n` coordinates and as many velocities.
pub fn states(method: CompressionMethod, n: usize) -> Vec<u8> {
    let array = |value: f64| npy(Element::F64, &[2, n], &vec![value; 2 * n]);
    npz(method, &[("qpos", array(0.5)), ("qvel", array(0.0))])
}

/// All files of a folder of the repository whose names end so, in the order of their names.
pub fn texts(folder: &str, end: &str) -> Vec<Vec<u8>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut paths: Vec<_> =
        fs::read_dir(root).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    paths.retain(|path| path.to_string_lossy().ends_with(end));
    paths.sort();
    paths.iter().map(|path| fs::read(path).expect("readable")).collect()
}
