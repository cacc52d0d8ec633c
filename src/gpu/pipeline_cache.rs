//! Compiled pipelines of earlier processes, one file per adapter, on backends that can store them (Vulkan).

use super::cache::Cache;

/// The backend's cache of compiled pipelines, and its file.
pub(super) struct PipelineCache {
    handle: wgpu::PipelineCache,
    cache: Cache,
    name: String,
    /// Contents of the file when it was opened.
    kept: Option<Vec<u8>>,
}

impl PipelineCache {
    /// Loads the pipelines that `cache` holds for the adapter; `None` if the backend has no pipeline cache.
    ///
    /// The backend itself rejects data of another driver or version, and starts empty.
    pub fn open(device: &wgpu::Device, adapter: &wgpu::AdapterInfo, cache: Cache) -> Option<Self> {
        if !device.features().contains(wgpu::Features::PIPELINE_CACHE) {
            return None;
        }
        let name = wgpu::util::pipeline_cache_key(adapter)?;
        let kept = cache.read(&name);
        let descriptor = wgpu::PipelineCacheDescriptor { label: Some(&name), data: kept.as_deref(), fallback: true };
        // SAFETY: the checksum ensures that the file holds what `get_data` returned.
        let handle = unsafe { device.create_pipeline_cache(&descriptor) };
        Some(Self { handle, cache, name, kept })
    }

    /// Returns the handle for pipeline descriptors.
    pub fn handle(&self) -> &wgpu::PipelineCache {
        &self.handle
    }

    /// Writes the file, if its contents changed.
    pub fn keep(&self) {
        let data = self.handle.get_data();
        if let Some(data) = data.filter(|data| self.kept.as_ref() != Some(data)) {
            self.cache.write(&self.name, &data);
        }
    }
}
