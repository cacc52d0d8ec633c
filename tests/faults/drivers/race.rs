//! A deliberate mistake: two transfers to the same bytes without a barrier.

use ash::{prelude::VkResult, vk};

const BYTES: u64 = 1024;

/// Fills a buffer twice in one submission, in no order.
pub fn write_twice() {
    // SAFETY: the loader outlives everything made with it; all objects are made, used while alive and destroyed here.
    unsafe {
        let loader = ash::Entry::load().expect("a Vulkan loader");
        let application = vk::ApplicationInfo::default().api_version(vk::API_VERSION_1_1);
        let create = vk::InstanceCreateInfo::default().application_info(&application);
        let instance = loader.create_instance(&create, None).expect("an instance");
        let physical = instance.enumerate_physical_devices().expect("a list")[0];
        let queues = [vk::DeviceQueueCreateInfo::default().queue_priorities(&[1.0])];
        let create = vk::DeviceCreateInfo::default().queue_create_infos(&queues);
        let device = instance.create_device(physical, &create, None).expect("a device");
        let memory = instance.get_physical_device_memory_properties(physical);
        fill_twice(&device, &memory).expect("the device works");
        device.destroy_device(None);
        instance.destroy_instance(None);
    }
}

/// # Safety
///
/// `device` is alive, and its first queue family was asked for one queue.
unsafe fn fill_twice(device: &ash::Device, memory: &vk::PhysicalDeviceMemoryProperties) -> VkResult<()> {
    // SAFETY: as the caller promises.
    unsafe {
        let create = vk::BufferCreateInfo::default().size(BYTES).usage(vk::BufferUsageFlags::TRANSFER_DST);
        let buffer = device.create_buffer(&create, None)?;
        let needs = device.get_buffer_memory_requirements(buffer);
        let fits = |index: &u32| *index < memory.memory_type_count && needs.memory_type_bits & (1 << index) != 0;
        let index = (0..32).find(fits).expect("memory for a buffer");
        let allocate = vk::MemoryAllocateInfo::default().allocation_size(needs.size).memory_type_index(index);
        let block = device.allocate_memory(&allocate, None)?;
        device.bind_buffer_memory(buffer, block, 0)?;
        let pool = device.create_command_pool(&vk::CommandPoolCreateInfo::default(), None)?;
        let allocate = vk::CommandBufferAllocateInfo::default().command_pool(pool).command_buffer_count(1);
        let commands = device.allocate_command_buffers(&allocate)?;
        device.begin_command_buffer(commands[0], &vk::CommandBufferBeginInfo::default())?;
        device.cmd_fill_buffer(commands[0], buffer, 0, BYTES, 1);
        device.cmd_fill_buffer(commands[0], buffer, 0, BYTES, 2);
        device.end_command_buffer(commands[0])?;
        let submit = vk::SubmitInfo::default().command_buffers(&commands);
        device.queue_submit(device.get_device_queue(0, 0), &[submit], vk::Fence::null())?;
        device.device_wait_idle()?;
        device.destroy_command_pool(pool, None);
        device.destroy_buffer(buffer, None);
        device.free_memory(block, None);
        Ok(())
    }
}
