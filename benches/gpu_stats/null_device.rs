//! A Vulkan device that compiles pipelines and reports the compiler's statistics, but need not exist: Mesa's RADV
//! creates one of the family that `RADV_FORCE_FAMILY` names.

use std::ffi::{CStr, CString};

use ash::{khr::pipeline_executable_properties, prelude::VkResult, vk};

use super::{shader::Shader, statistics::Statistics};

/// Number of lanes in a subgroup.
const WAVE: u32 = 32;

/// The device, and the instance that must outlive it.
pub struct NullDevice {
    device: ash::Device,
    executables: pipeline_executable_properties::Device,
    instance: ash::Instance,
    _loader: ash::Entry,
    /// Name that the driver gives the device.
    pub name: String,
}

impl NullDevice {
    /// Opens the first device.
    ///
    /// Errors: no Vulkan loader, no driver, or a driver without pipeline statistics.
    pub fn open() -> Result<Self, String> {
        // SAFETY: the result keeps the loader for as long as anything made with it.
        let loader = unsafe { ash::Entry::load() }.map_err(|error| error.to_string())?;
        let application = vk::ApplicationInfo::default().api_version(vk::API_VERSION_1_3);
        let create = vk::InstanceCreateInfo::default().application_info(&application);
        // SAFETY: `create` and what it points to live until the call returns; the same holds for all calls below.
        let instance = unsafe { loader.create_instance(&create, None) }.map_err(text)?;
        // SAFETY: `instance` is alive.
        let physical = unsafe { instance.enumerate_physical_devices() }.map_err(text)?;
        let physical = *physical.first().ok_or("the driver lists no device")?;
        // SAFETY: `physical` came from `instance`.
        let properties = unsafe { instance.get_physical_device_properties(physical) };
        let name = properties.device_name_as_c_str().unwrap_or(c"unknown").to_string_lossy().into_owned();
        let device = open(&instance, physical).map_err(text)?;
        let executables = pipeline_executable_properties::Device::new(&instance, &device);
        Ok(Self { device, executables, instance, _loader: loader, name })
    }

    /// Compiles `shader` for subgroups of 32 lanes.
    ///
    /// Errors: the driver's.
    pub fn compile(&self, shader: &Shader) -> Result<Statistics, String> {
        // SAFETY: every object is made with this device, used while it lives, and destroyed once.
        unsafe {
            let module = vk::ShaderModuleCreateInfo::default().code(&shader.spirv);
            let module = self.device.create_shader_module(&module, None).map_err(text)?;
            let bindings: Vec<_> = shader.bindings.iter().map(layout_binding).collect();
            let set = vk::DescriptorSetLayoutCreateInfo::default().bindings(&bindings);
            let set = self.device.create_descriptor_set_layout(&set, None).map_err(text)?;
            let sets = [set];
            let layout = vk::PipelineLayoutCreateInfo::default().set_layouts(&sets);
            let layout = self.device.create_pipeline_layout(&layout, None).map_err(text)?;
            let pipeline = self.pipeline(module, layout, &shader.entry);
            let statistics = pipeline.and_then(|pipeline| {
                let statistics = self.statistics(pipeline);
                self.device.destroy_pipeline(pipeline, None);
                statistics
            });
            self.device.destroy_pipeline_layout(layout, None);
            self.device.destroy_descriptor_set_layout(set, None);
            self.device.destroy_shader_module(module, None);
            statistics
        }
    }

    /// # Safety
    ///
    /// `module` and `layout` are alive and belong to this device.
    unsafe fn pipeline(
        &self,
        module: vk::ShaderModule,
        layout: vk::PipelineLayout,
        entry: &str,
    ) -> Result<vk::Pipeline, String> {
        let entry = CString::new(entry).map_err(|error| error.to_string())?;
        let mut size = vk::PipelineShaderStageRequiredSubgroupSizeCreateInfo::default().required_subgroup_size(WAVE);
        let stage = vk::PipelineShaderStageCreateInfo::default()
            .stage(vk::ShaderStageFlags::COMPUTE)
            .module(module)
            .name(&entry)
            .push_next(&mut size);
        let create = vk::ComputePipelineCreateInfo::default()
            .flags(vk::PipelineCreateFlags::CAPTURE_STATISTICS_KHR)
            .stage(stage)
            .layout(layout);
        // SAFETY: as the caller promises; `create` points to what lives in this function.
        let made = unsafe { self.device.create_compute_pipelines(vk::PipelineCache::null(), &[create], None) };
        made.map(|pipelines| pipelines[0]).map_err(|(_, error)| text(error))
    }

    /// # Safety
    ///
    /// `pipeline` is alive and belongs to this device.
    unsafe fn statistics(&self, pipeline: vk::Pipeline) -> Result<Statistics, String> {
        let info = vk::PipelineExecutableInfoKHR::default().pipeline(pipeline).executable_index(0);
        // SAFETY: as the caller promises; a compute pipeline has one executable.
        let list = unsafe { self.executables.get_pipeline_executable_statistics(&info) }.map_err(text)?;
        let read = list.iter().map(|statistic| {
            let name = statistic.name_as_c_str().map(CStr::to_string_lossy).unwrap_or_default().into_owned();
            // SAFETY: RADV gives every statistic as an unsigned 64-bit number.
            (name, unsafe { statistic.value.u64 })
        });
        Statistics::new(read)
    }
}

impl Drop for NullDevice {
    fn drop(&mut self) {
        // SAFETY: everything made with them has been destroyed.
        unsafe {
            self.device.destroy_device(None);
            self.instance.destroy_instance(None);
        }
    }
}

fn open(instance: &ash::Instance, physical: vk::PhysicalDevice) -> VkResult<ash::Device> {
    let queues = [vk::DeviceQueueCreateInfo::default().queue_family_index(0).queue_priorities(&[1.0])];
    let extensions = [pipeline_executable_properties::NAME.as_ptr()];
    let mut memory_model = vk::PhysicalDeviceVulkan12Features::default().vulkan_memory_model(true);
    let mut subgroups = vk::PhysicalDeviceVulkan13Features::default().subgroup_size_control(true);
    let mut statistics =
        vk::PhysicalDevicePipelineExecutablePropertiesFeaturesKHR::default().pipeline_executable_info(true);
    let create = vk::DeviceCreateInfo::default()
        .queue_create_infos(&queues)
        .enabled_extension_names(&extensions)
        .push_next(&mut memory_model)
        .push_next(&mut subgroups)
        .push_next(&mut statistics);
    // SAFETY: `physical` came from `instance`, and `create` points to what lives in this function.
    unsafe { instance.create_device(physical, &create, None) }
}

fn layout_binding(binding: &super::shader::Binding) -> vk::DescriptorSetLayoutBinding<'static> {
    let kind = if binding.uniform { vk::DescriptorType::UNIFORM_BUFFER } else { vk::DescriptorType::STORAGE_BUFFER };
    vk::DescriptorSetLayoutBinding::default()
        .binding(binding.number)
        .descriptor_type(kind)
        .descriptor_count(1)
        .stage_flags(vk::ShaderStageFlags::COMPUTE)
}

fn text(error: vk::Result) -> String {
    error.to_string()
}
