//! Compiled pipelines of earlier processes, where the backend lets them be kept (Vulkan): a file for each adapter.

use super::cache::Cache;

/// The backend's cache of compiled pipelines, and its file.
pub(super) struct PipelineCache {
    handle: wgpu::PipelineCache,
    cache: Cache,
    name: String,
    /// What the file held.
    kept: Option<Vec<u8>>,
}

impl PipelineCache {
    /// Takes what `cache` has for the adapter; `None` where the backend has no such thing.
    ///
    /// The backend refuses data of another driver or version by itself and starts empty.
    pub fn open(device: &wgpu::Device, adapter: &wgpu::AdapterInfo, cache: Cache) -> Option<Self> {
        if !device.features().contains(wgpu::Features::PIPELINE_CACHE) {
            return None;
        }
        let name = wgpu::util::pipeline_cache_key(adapter)?;
        let kept = cache.read(&name);
        let descriptor = wgpu::PipelineCacheDescriptor { label: Some(&name), data: kept.as_deref(), fallback: true };
        // SAFETY: the file holds what `get_data` gave, as its checksum says.
        let handle = unsafe { device.create_pipeline_cache(&descriptor) };
        Some(Self { handle, cache, name, kept })
    }

    /// For pipeline descriptors.
    pub fn handle(&self) -> &wgpu::PipelineCache {
        &self.handle
    }

    /// Writes the file, if there is anything new.
    pub fn keep(&self) {
        let data = self.handle.get_data();
        if let Some(data) = data.filter(|data| self.kept.as_ref() != Some(data)) {
            self.cache.write(&self.name, &data);
        }
    }
}
