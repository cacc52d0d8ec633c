//! Every kernel becomes Metal's and Direct3D's language with the options that wgpu gives naga for our unchecked
//! modules, and stays within the limits that those devices have by default; as the WGSL standard spells it, it is
//! written down for a front end that is not ours.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    fs,
    path::Path,
};

use gpu_ec::kernel::entry::Kernel;
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
fn translate(kernels: &[Kernel], plain: bool, seen: &mut HashSet<(String, &'static str)>) -> Result<usize, String> {
    let mut last: Option<(String, Module, ModuleInfo)> = None; // kernels of one module follow each other
    let mut count = 0;
    for kernel in kernels {
        let text = &kernel.module.wgsl;
        if !seen.insert((text.clone(), kernel.entry)) {
            continue;
        }
        if last.as_ref().is_none_or(|(known, ..)| known != text) {
            let (module, info) = validated(text)?;
            last = Some((text.clone(), module, info));
        }
        let (_, module, info) = last.as_ref().expect("just set");
        let stage = Stage::new(module, info, kernel.entry);
        stage.and_then(|stage| stage.all(plain)).map_err(|error| format!("{}: {error}", kernel.id))?;
        count += 1;
    }
    Ok(count)
}

#[test]
fn every_kernel_becomes_metal_and_direct3d() {
    let mut seen = HashSet::new();
    for collected in crate::support::kernels::all().flatten().filter(|collected| !collected.repeats) {
        let translated = translate(&collected.kernels, collected.plain, &mut seen);
        translated.unwrap_or_else(|error| panic!("{}: {error}", collected.from));
    }
    let [resets, arms] =
        ["task_reset", "iterate"].map(|entry| seen.iter().filter(|(_, other)| *other == entry).count());
    assert!(resets > 25 * 4 && arms == 4 && seen.len() > 1000, "{} kernels, {resets} tasks, {arms} arms", seen.len());
}

/// Shader files that tests alone dispatch.
const UNPLANNED: [&str; 2] = ["networks/rsnn/probe", "physics/cooperative/probe"];

/// `make wgsl-check` holds what is written here to the front end.
#[test]
fn every_kernel_is_written_down_for_another_front_end() {
    let written = crate::support::standard::write(&Path::new(env!("CARGO_TARGET_TMPDIR")).join("wgsl"));
    let all: BTreeSet<String> = shader_files(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/shaders")), "");
    let missing: Vec<_> = all.iter().filter(|file| !written.sources.contains(*file)).collect();
    assert_eq!(missing, UNPLANNED.iter().collect::<Vec<_>>(), "shader files that no collected kernel has");
    let count = |extension: &str| {
        let uses = |text: &&String| crate::support::standard::standard(text).1.contains(&extension);
        written.texts.keys().filter(uses).count()
    };
    for extension in crate::support::standard::EXTENSIONS {
        let uses = count(extension.name);
        assert!(uses > 0 && 4 * uses < written.texts.len(), "{}: {uses} kernels use it", extension.name);
    }
    let wide = written.texts.keys().filter(|text| text.contains("u64("));
    for text in wide {
        let (narrow, _) = crate::support::standard::standard(text);
        assert!(!narrow.contains("u64"), "64-bit integers stand in numerics/mul_high_64 alone");
        assert!(written.texts.contains_key(&narrow), "without them the kernel is the one of devices without them");
    }
}

fn shader_files(folder: &Path, prefix: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = format!("{prefix}{}", path.file_stem().expect("a name").to_str().expect("a plain name"));
        match path.is_dir() {
            true => found.extend(shader_files(&path, &format!("{name}/"))),
            false => drop(found.insert(name)),
        }
    }
    found
}

/// What a second front end is for: ours takes the comparison that the standard forbids. `scripts/wgsl-check.mjs` fails
/// unless the other one refuses it.
#[test]
fn our_front_end_takes_the_planted_comparison() {
    let kernel = crate::support::kernels::all().flatten().next().expect("a kernel").kernels[0].clone();
    let planted = kernel.module.wgsl.clone() + crate::support::standard::PLANTED;
    validated(&planted).expect("the planted kernel is taken, but for which the check could not be shown to fail");
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
