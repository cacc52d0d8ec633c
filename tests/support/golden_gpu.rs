//! Golden files, and the probe of a robot's stepper on the GPU.

use std::{collections::HashMap, fs::File, io::BufReader, path::PathBuf, sync::Arc};

use gpu_ec::{
    gpu::{Gpu, Selector, Workspace},
    physics::{
        model::Model,
        stepper::{Options, physics_text, probe},
    },
    plan::{
        kernel::Kernel,
        records::RunParams,
        wgsl::{Constants, Module, compose},
    },
};

/// A numeric array of a golden file: rows of equal length.
#[derive(Debug, Clone)]
pub struct Rows {
    pub values: Vec<f64>,
    pub width: usize,
}

impl Rows {
    pub fn row(&self, index: usize) -> &[f64] {
        &self.values[index * self.width..(index + 1) * self.width]
    }

    pub fn len(&self) -> usize {
        self.values.len() / self.width.max(1)
    }
}

/// All arrays of one golden file.
pub struct Golden(HashMap<String, Rows>);

impl Golden {
    pub fn load(name: &str) -> Self {
        let path = directory().join(format!("{name}.npz"));
        let mut file = npyz::npz::NpzArchive::open(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let names: Vec<String> = file.array_names().map(Into::into).collect();
        let arrays = names.into_iter().filter_map(|name| {
            let array = file.by_name(&name).ok()??;
            let shape = array.shape().to_vec();
            let width = shape[1..].iter().product::<u64>() as usize;
            let values = match array.dtype().descr().trim_matches('\'') {
                "<f8" => array.into_vec::<f64>().ok()?,
                "<i4" => array.into_vec::<i32>().ok()?.into_iter().map(f64::from).collect(),
                "<i8" => array.into_vec::<i64>().ok()?.into_iter().map(|x| x as f64).collect(),
                other => panic!("{name}: type {other}"),
            };
            Some((name, Rows { values, width }))
        });
        Self(arrays.collect())
    }

    pub fn get(&self, name: &str) -> &Rows {
        self.0.get(name).unwrap_or_else(|| panic!("no array `{name}` in the golden file"))
    }
}

fn directory() -> PathBuf {
    std::env::var_os("GPU_EC_GOLDEN_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("assets/reference"), PathBuf::from)
}

/// The compiled model that lies beside the golden files.
pub fn model(name: &str) -> Model {
    let path = directory().join(format!("{name}_model.json"));
    let file = File::open(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_reader(BufReader::new(file)).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The first adapter.
pub fn open() -> Gpu {
    Gpu::open(&Selector::Best).expect("a Vulkan driver is installed")
}

/// A robot's stepper with its probe.
pub struct Probe {
    pub model: Model,
    pub layout: probe::Layout,
    module: Arc<Module>,
}

impl Probe {
    pub fn new(model: Model, mut options: Options) -> Self {
        options.observe.probe = true;
        let layout = probe::Layout::new(&model, &options).expect("the robot is in the subset");
        let text = format!(
            "#import rollout/run\n{}{}",
            physics_text(&model, &options).expect("the robot is in the subset"),
            probe::probe_text(&model, &options).expect("the robot is in the subset")
        );
        let module = compose("probe", &text, &Constants::default()).expect("the module composes");
        Self { model, layout, module }
    }

    pub fn kernel(&self) -> Kernel {
        Kernel::new("physics.probe", &self.module, "physics_probe")
    }

    /// A workspace with the probe compiled; keep it while running.
    pub fn workspace<'gpu>(&self, gpu: &'gpu Gpu, n: usize) -> Workspace<'gpu> {
        let mut workspace = Workspace::new(gpu, &[self.kernel()]).expect("the probe compiles");
        workspace.alloc("run", 64).expect("memory");
        workspace.alloc("probe", (n * self.layout.floats() * 4) as u64).expect("memory");
        workspace
    }

    /// Runs `steps` steps (`stages` evaluations each at most) from the rows of `golden`; outputs start poisoned.
    pub fn run(&self, workspace: &mut Workspace, states: &[(&str, &Rows)], steps: u32, stages: u32) -> Output {
        let n = states[0].1.len();
        let mut data = vec![f32::from_bits(0x7fc0_dead); n * self.layout.floats()];
        let (start, count) = self.layout.field("qacc");
        data[start * n..(start + count) * n].fill(0.0);
        for (name, rows) in states {
            let (start, count) = self.layout.field(name);
            for slot in 0..n {
                for k in 0..count {
                    data[(start + k) * n + slot] = rows.row(slot)[k] as f32;
                }
            }
        }
        workspace.write("probe", &data);
        let run = RunParams { n_slots: n as u32, episode_cap: steps, generation: stages, ..Default::default() };
        workspace.write("run", &[run]);
        workspace.dispatch("physics.probe", [n.div_ceil(8) as u32, 1, 1]).expect("the probe runs");
        Output { data: workspace.read("probe").expect("the probe is read"), n }
    }

    /// Field `name` of one slot.
    pub fn field(&self, output: &Output, name: &str, slot: usize) -> Vec<f64> {
        let (start, count) = self.layout.field(name);
        (start..start + count).map(|at| f64::from(output.data[at * output.n + slot])).collect()
    }
}

/// What the probe wrote.
pub struct Output {
    data: Vec<f32>,
    n: usize,
}
