//! Translation of a kernel to SPIR-V, with the options that wgpu gives naga for unchecked modules on a Vulkan 1.3
//! device.

use gpu_ec::kernel::entry::Kernel;
use naga::{
    AddressSpace, Module,
    back::spv,
    proc::BoundsCheckPolicies,
    valid::{Capabilities, ValidationFlags, Validator},
};

/// A storage or uniform buffer of a kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Binding {
    /// Number in group 0.
    pub number: u32,
    /// True for a uniform buffer.
    pub uniform: bool,
}

/// A kernel ready for a Vulkan driver.
pub struct Shader {
    /// Words of the module.
    pub spirv: Vec<u32>,
    /// Buffers of the module; a layout may hold more than an entry point uses.
    pub bindings: Vec<Binding>,
    /// Entry point.
    pub entry: String,
}

/// Translates the module that `run` dispatches for `kernel`.
///
/// Errors: those of naga, as text.
pub fn translate(kernel: &Kernel) -> Result<Shader, String> {
    let text = &kernel.module.wgsl;
    let module = naga::front::wgsl::parse_str(text).map_err(|error| error.emit_to_string(text))?;
    let mut validator = Validator::new(ValidationFlags::all(), Capabilities::SHADER_INT64);
    let info = validator.validate(&module).map_err(|error| error.emit_to_string(text))?;
    let options = spv::Options {
        lang_version: (1, 6),
        flags: spv::WriterFlags::LABEL_VARYINGS | spv::WriterFlags::FORCE_POINT_SIZE,
        bounds_check_policies: BoundsCheckPolicies::default(),
        zero_initialize_workgroup_memory: spv::ZeroInitializeWorkgroupMemoryMode::None,
        force_loop_bounding: false,
        emit_int_div_checks: false,
        ..Default::default()
    };
    let pipeline = spv::PipelineOptions { shader_stage: naga::ShaderStage::Compute, entry_point: kernel.entry.into() };
    let spirv = spv::write_vec(&module, &info, &options, Some(&pipeline)).map_err(|error| error.to_string())?;
    Ok(Shader { spirv, bindings: bindings(&module), entry: kernel.entry.into() })
}

fn bindings(module: &Module) -> Vec<Binding> {
    let bound = module.global_variables.iter().filter_map(|(_, global)| {
        let number = global.binding.as_ref()?.binding;
        Some(Binding { number, uniform: global.space == AddressSpace::Uniform })
    });
    bound.collect()
}
