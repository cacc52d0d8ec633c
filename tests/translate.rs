//! Every kernel becomes Metal's and Direct3D's language with the options that wgpu gives naga for our unchecked modules,
//! and stays within the limits that those devices have by default.

use std::collections::{BTreeMap, HashSet};

use gpu_ec::{
    algorithms::forward_sensitivity::{ArmLayout, ArmSpec},
    config::{self, Config, Preset, Source, TaskConfig, presets},
    doctor::kernel::kernel,
    networks::{self, KernelOptions, Shape},
    plan::{
        build::{DeviceTraits, Plan},
        genome::Genome,
        kernel::Kernel,
    },
    run::rollout::{Begin, Body, Drive, Random, Request, RolloutPlan, States},
    tasks,
};
use naga::{
    AddressSpace, GlobalVariable, Handle, Module, ResourceBinding, ShaderStage, StorageAccess,
    back::{hlsl, msl, pipeline_constants::process_overrides},
    proc::{BoundsCheckPolicies, Layouter},
    valid::{Capabilities, ModuleInfo, ShaderStages, SubgroupOperationSet, ValidationFlags, Validator},
};

/// Workgroup memory of Metal and Direct3D 12, bytes.
const WORKGROUP_MEMORY: u32 = 32 << 10;
/// Storage buffers a stage that WebGPU promises.
const STORAGE_BUFFERS: usize = 8;

/// A module with one entry point, as backends get it.
struct Stage {
    module: Module,
    info: ModuleInfo,
    entry: String,
}

impl Stage {
    fn new(module: &Module, info: &ModuleInfo, entry: &str) -> Result<Self, String> {
        let stage = Some((ShaderStage::Compute, entry));
        let (module, info) =
            process_overrides(module, info, stage, &Default::default()).map_err(|error| error.to_string())?;
        let (module, info) = (module.into_owned(), info.into_owned());
        if !module.entry_points.iter().any(|point| point.name == entry) {
            return Err(format!("no entry point `{entry}`"));
        }
        Ok(Self { module, info, entry: entry.into() })
    }

    /// The globals that the entry point uses.
    fn globals(&self) -> Vec<(Handle<GlobalVariable>, &GlobalVariable)> {
        let index = self.module.entry_points.iter().position(|point| point.name == self.entry).unwrap_or_default();
        let uses = self.info.get_entry_point(index);
        self.module.global_variables.iter().filter(|(handle, _)| !uses[*handle].is_empty()).collect()
    }

    fn bound(&self) -> Vec<(ResourceBinding, AddressSpace)> {
        self.globals().into_iter().filter_map(|(_, global)| Some((global.binding?, global.space))).collect()
    }

    /// What goes beyond the limits.
    fn limits(&self) -> Result<(), String> {
        let storage = self.bound().iter().filter(|(_, space)| matches!(space, AddressSpace::Storage { .. })).count();
        if storage > STORAGE_BUFFERS {
            return Err(format!("{storage} storage buffers"));
        }
        let mut layouter = Layouter::default();
        layouter.update(self.module.to_ctx()).map_err(|error| error.to_string())?;
        let shared = self.globals().into_iter().filter(|(_, global)| global.space == AddressSpace::WorkGroup);
        let bytes: u32 = shared.map(|(_, global)| layouter[global.ty].to_stride()).sum();
        if bytes > WORKGROUP_MEMORY { Err(format!("{bytes} bytes of workgroup memory")) } else { Ok(()) }
    }

    /// Metal's text, buffers numbered in the order of their bindings, and the sizes of runtime arrays in one more.
    fn metal(&self, lang_version: (u8, u8)) -> Result<(), String> {
        let slot = |(index, (binding, space)): (usize, (ResourceBinding, AddressSpace))| {
            let mutable = matches!(space, AddressSpace::Storage { access } if access.contains(StorageAccess::STORE));
            (binding, msl::BindTarget { buffer: Some(index as u8), mutable, ..Default::default() })
        };
        let resources: BTreeMap<_, _> = self.bound().into_iter().enumerate().map(slot).collect();
        let sizes_buffer = Some(resources.len() as u8);
        let resources = msl::EntryPointResources { resources, sizes_buffer, ..Default::default() };
        let options = msl::Options {
            lang_version,
            per_entry_point_map: [(self.entry.clone(), resources)].into(),
            spirv_cross_compatibility: false,
            fake_missing_bindings: false,
            bounds_check_policies: BoundsCheckPolicies::default(),
            zero_initialize_workgroup_memory: false,
            force_loop_bounding: false,
            emit_int_div_checks: false,
            ..Default::default()
        };
        let pipeline = msl::PipelineOptions {
            entry_point: Some((ShaderStage::Compute, self.entry.clone())),
            vertex_pulling_transform: true,
            ..Default::default()
        };
        let (text, names) = msl::write_string(&self.module, &self.info, &options, &pipeline)
            .map_err(|error| format!("Metal {lang_version:?}: {error}"))?;
        let name = names.entry_point_names.first().ok_or("Metal: no entry point")?;
        let name = name.as_ref().map_err(|error| format!("Metal {lang_version:?}: {error}"))?;
        contains(&text, &format!("kernel void {name}("), "Metal")
    }

    /// Direct3D's text: a register of its class for every buffer, and one for the number of workgroups.
    fn direct3d(&self, shader_model: hlsl::ShaderModel) -> Result<(), String> {
        let mut classes = [0; 3]; // constant buffers, read-only, read-write; the first constant buffer is wgpu's own
        classes[0] = 1;
        let mut binding_map = hlsl::BindingMap::default();
        for (binding, space) in self.bound() {
            let class = match space {
                AddressSpace::Uniform => 0,
                AddressSpace::Storage { access } if !access.contains(StorageAccess::STORE) => 1,
                _ => 2,
            };
            binding_map.insert(binding, hlsl::BindTarget { register: classes[class], ..Default::default() });
            classes[class] += 1;
        }
        let options = hlsl::Options {
            shader_model,
            binding_map,
            fake_missing_bindings: false,
            special_constants_binding: Some(hlsl::BindTarget::default()),
            zero_initialize_workgroup_memory: false,
            restrict_indexing: false,
            force_loop_bounding: false,
            ..Default::default()
        };
        let pipeline = hlsl::PipelineOptions { entry_point: Some((ShaderStage::Compute, self.entry.clone())) };
        let mut text = String::new();
        let names = hlsl::Writer::new(&mut text, &options, &pipeline)
            .write(&self.module, &self.info, None)
            .map_err(|error| format!("Direct3D {shader_model:?}: {error}"))?;
        let name = names.entry_point_names.first().ok_or("Direct3D: no entry point")?;
        let name = name.as_ref().map_err(|error| format!("Direct3D {shader_model:?}: {error}"))?;
        contains(&text, "[numthreads(", "Direct3D")?;
        contains(&text, &format!("void {name}("), "Direct3D")
    }

    /// `plain`: without 64-bit integers and subgroups, which devices behind FXC do not have.
    fn all(&self, plain: bool) -> Result<(), String> {
        self.limits()?;
        [(2, 4), (3, 1)].into_iter().try_for_each(|version| self.metal(version))?;
        // What the compilers take that wgpu may find: FXC and DXC.
        let models = [hlsl::ShaderModel::V5_1, hlsl::ShaderModel::V6_0].into_iter().skip(usize::from(!plain));
        models.into_iter().try_for_each(|model| self.direct3d(model))
    }
}

fn contains(text: &str, wanted: &str, language: &str) -> Result<(), String> {
    if text.contains(wanted) { Ok(()) } else { Err(format!("{language}: no `{wanted}` in\n{text}")) }
}

fn validated(text: &str) -> Result<(Module, ModuleInfo), String> {
    let module = naga::front::wgsl::parse_str(text).map_err(|error| error.emit_to_string(text))?;
    let capabilities = Capabilities::SHADER_INT64 | Capabilities::SUBGROUP;
    let mut validator = Validator::new(ValidationFlags::all(), capabilities);
    validator.subgroup_stages(ShaderStages::COMPUTE).subgroup_operations(SubgroupOperationSet::all());
    let info = validator.validate(&module).map_err(|error| error.emit_to_string(text))?;
    Ok((module, info))
}

/// Translates every kernel that `seen` does not hold yet; returns how many.
fn translate(kernels: &[Kernel], plain: bool, seen: &mut HashSet<(String, String)>) -> Result<usize, String> {
    let mut last: Option<(String, Module, ModuleInfo)> = None; // kernels of one module follow each other
    let mut count = 0;
    for kernel in kernels {
        let text = &kernel.module.wgsl;
        if !seen.insert((text.clone(), kernel.entry.clone())) {
            continue;
        }
        if last.as_ref().is_none_or(|(known, ..)| known != text) {
            let (module, info) = validated(text)?;
            last = Some((text.clone(), module, info));
        }
        let (_, module, info) = last.as_ref().expect("just set");
        let stage = Stage::new(module, info, &kernel.entry);
        stage.and_then(|stage| stage.all(plain)).map_err(|error| format!("{}: {error}", kernel.name))?;
        count += 1;
    }
    Ok(count)
}

/// All networks but the presets' one, in both precisions.
const NETWORKS: [&str; 10] = [
    "Reservoir()",
    "RsnnF32()",
    "Gru()",
    "Gru(weights: OneBit)",
    "Lstm()",
    "Lstm(weights: OneBit)",
    "Rnn()",
    "Rnn(weights: OneBit)",
    "Mlp()",
    "Mlp(weights: OneBit)",
];

/// All presets, and a robot of the user's that looks at everything there is.
fn configurations() -> Vec<(&'static str, Config)> {
    let preset = |preset: &'static Preset| {
        let source = config::find(preset.name).expect("a preset");
        (preset.name, config::load(source, &[]).expect("a valid preset"))
    };
    let example = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/examples/hound.ron");
    let everything = "task.observation=[Positions(), Sines(), Cosines(), Velocities(), Controls(), MotorForces(), ConstraintForces(),
        Inertias, BodyVelocities(), ContactForces(), Place(body: 4, offset: (0, 0, 1)), Place(body: 4, seen_from: 1), Upright()]";
    let rewards =
        "task.reward=[Forward(of: Body(body: 4)), Healthy(), ControlCost(), ContactCost(), EnergyCost(), TiltCost(),
        HeightCost(), PoseCost(), VelocityCost(), DistanceCost(body: 4)]";
    let source = config::read(std::path::Path::new(example)).expect("readable");
    let own = config::load(source, &[everything.into(), rewards.into()]).expect("valid");
    // forward sensitivities have no plan, and a test of their own
    let planned = presets().iter().filter(|preset| !preset.text.contains("ForwardSensitivity"));
    planned.map(preset).chain([("hound", own)]).collect()
}

#[test]
fn every_kernel_becomes_metal_and_direct3d() {
    let mut seen = HashSet::new();
    for (name, config) in configurations() {
        for (software, plain) in [(true, true), (true, false), (false, true), (false, false)] {
            let (int64, subgroup) = if plain { (false, 0) } else { (true, 8) };
            let device = DeviceTraits { software, int64, subgroup, ..Default::default() };
            let plan = Plan::new(&config, device).expect("plans");
            let translated = translate(&plan.kernels(), plain, &mut seen);
            translated.unwrap_or_else(|error| panic!("{name}, {device:?}: {error}"));
        }
    }
    assert!(seen.len() >= 8 * 2 * 3, "eight kernels, two shapes, three robots at least: {}", seen.len());
}

#[test]
fn the_kernel_of_arms_becomes_metal_and_direct3d() {
    let TaskConfig::ArmBalance(task) = preset("arm_balance").task else { panic!("a task of an arm") };
    let model = tasks::arm(&task).expect("the arm compiles");
    let mut seen = HashSet::new();
    for watched in [0, 20] {
        let layout = ArmLayout { lanes: 64, subgroup: false };
        let kernel = ArmSpec::default().kernel(&model, layout, watched).expect("composes");
        translate(&[kernel], true, &mut seen).unwrap_or_else(|error| panic!("watched {watched}: {error}"));
    }
    assert_eq!(seen.len(), 2, "watched and not");
}

fn preset(name: &str) -> Config {
    config::load(config::find(name).expect("a preset"), &[]).expect("a valid preset")
}

#[test]
fn every_network_becomes_metal_and_direct3d() {
    let mut seen = HashSet::new();
    for (network, lanes) in NETWORKS.into_iter().flat_map(|network| [(network, 8), (network, 64)]) {
        let text = format!("(task: Humanoid(), network: {network}, algorithm: Es())");
        let config = config::load(Source::new("network.ron", &text), &[]).expect("valid");
        let shape = Shape { d_obs: 348, d_act: 17 };
        let options = KernelOptions { lanes, subgroup: 0, normaliser_clip: 10.0 };
        let spec = networks::build(&config.network);
        let whole = spec.genome(&shape);
        let factors = spec.factors(&shape, 2).map(|factors| Genome { factors: Some(factors), ..whole.clone() });
        for genome in [Some(whole), factors].into_iter().flatten() {
            let kernels = spec.kernels(&shape, &genome, &options).expect("composes");
            let translated = translate(&[kernels.reset, kernels.step], true, &mut seen);
            translated.unwrap_or_else(|error| panic!("{network}, {lanes} lanes, {:?}: {error}", genome.factors));
        }
    }
    let floats = NETWORKS.iter().filter(|network| !network.contains("OneBit") && **network != "Reservoir()").count();
    assert_eq!(seen.len(), (NETWORKS.len() + floats) * 2 * 2, "two kernels for both numbers of lanes, floats twice");
}

/// The kernels of rollouts, with starts and controls from outside and not, and the doctor's.
#[test]
fn kernels_of_rollouts_become_metal_and_direct3d() {
    let mut seen = HashSet::new();
    for preset in ["hopper", "humanoid", "cartpole"] {
        for software in [true, false] {
            let device = DeviceTraits { software, ..Default::default() };
            let task = || {
                let config = config::load(config::find(preset).expect("a preset"), &[]).expect("a valid preset");
                tasks::build(&config.task).expect("a task")
            };
            let motion = task().motion();
            let zeros = |width: usize| vec![0.0; 3 * width];
            let (qpos, qvel) = (zeros(motion.qpos.len()), zeros(motion.qvel.len()));
            let states = States { rows: 3, qpos, qvel, act: vec![], qacc_warmstart: vec![] };
            for begin in [Begin::At(states), Begin::Drawn { rows: 3, seed: 0 }] {
                let drive = Drive::Random(Random::new(0, &motion.controls));
                let request =
                    Request { body: Body::Task(task()), begin, drive, steps: 1, reset: true, submission_ms: 100 };
                let plan = RolloutPlan::new(&request, device).expect("plans");
                let kernels = [plan.kernels(), vec![task().control_kernel(3).expect("composes")]].concat();
                let translated = translate(&kernels, true, &mut seen);
                translated.unwrap_or_else(|error| panic!("{preset}, {device:?}: {error}"));
            }
        }
    }
    translate(&[kernel().expect("composes")], true, &mut seen).expect("the doctor's kernel");
    assert!(seen.len() > 3 * (3 * 2 + 1), "reset, step, motion for both starts, and the controls: {}", seen.len());
}

fn fault(text: &str, entry: &str) -> Option<String> {
    let stage = validated(text).and_then(|(module, info)| Stage::new(&module, &info, entry));
    stage.and_then(|stage| stage.all(true)).err()
}

#[test]
fn what_does_not_fit_is_found_out() {
    let shared = |words: u32| {
        format!(
            "var<workgroup> a: array<u32, {words}>;\nvar<workgroup> unused: array<u32, 99999>;\n\
             @compute @workgroup_size(1) fn main(@builtin(num_workgroups) n: vec3<u32>) {{ a[n.x] = n.y; }}"
        )
    };
    assert_eq!(fault(&shared(8192), "main"), None, "exactly 32 KiB");
    assert_eq!(fault(&shared(8193), "main").as_deref(), Some("32772 bytes of workgroup memory"), "a word more");
    let buffers = |count: usize| {
        let declare = |i| format!("@group(0) @binding({i}) var<storage, read_write> b{i}: array<u32>;\n");
        let write = |i| format!("b{i}[0] = {i}u; ");
        let declared: String = (0..9).map(declare).collect();
        declared + "@compute @workgroup_size(1) fn main() { " + &(0..count).map(write).collect::<String>() + "}"
    };
    assert_eq!(fault(&buffers(8), "main"), None, "eight buffers, and one that is not used");
    assert_eq!(fault(&buffers(9), "main").as_deref(), Some("9 storage buffers"), "a buffer more");
    assert!(fault(&shared(1), "other").is_some(), "no such entry point");
    assert!(fault("fn main() {", "main").is_some(), "not WGSL");
    assert!(contains("kernel void other(", "kernel void main(", "Metal").is_err(), "another function");
}
