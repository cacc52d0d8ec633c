//! Named buffers and compiled kernels of one plan, and batches of dispatches on them.

use std::{
    cell::RefCell,
    collections::HashMap,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use bytemuck::Pod;

use super::{Gpu, GpuError, Pipeline};
use crate::kernel::{
    buffers::{BufferId, Usage},
    entry::{Kernel, PassId, fold},
};

/// Named buffers and kernels on one device.
pub struct Workspace<'gpu> {
    gpu: &'gpu Gpu,
    buffers: HashMap<BufferId, wgpu::Buffer>,
    pipelines: HashMap<PassId, Pipeline>,
    groups: HashMap<PassId, wgpu::BindGroup>,
    /// Buffers of finished read-backs, reused by later ones of the same size.
    staging: RefCell<Vec<wgpu::Buffer>>,
}

/// Dispatches recorded for one submission.
pub struct Batch {
    encoder: wgpu::CommandEncoder,
}

/// A read-back in flight.
pub struct PendingRead {
    buffer: wgpu::Buffer,
    state: Arc<Mutex<Option<bool>>>,
}

/// A submission that can be waited for.
#[derive(Clone)]
pub struct Submission(wgpu::SubmissionIndex);

impl<'gpu> Workspace<'gpu> {
    /// Compiles `kernels` on `gpu`; [`Workspace::alloc`] adds buffers.
    pub fn new(gpu: &'gpu Gpu, kernels: &[Kernel]) -> Result<Self, GpuError> {
        let pipelines = gpu.pipelines(kernels)?.into_iter().map(|pipeline| (pipeline.id, pipeline)).collect();
        Ok(Self { gpu, buffers: HashMap::new(), pipelines, groups: HashMap::new(), staging: RefCell::default() })
    }

    /// Compiles `kernels` and allocates `buffers`, with their sizes in bytes.
    pub fn with(
        gpu: &'gpu Gpu,
        kernels: &[Kernel],
        buffers: impl IntoIterator<Item = (BufferId, u64)>,
    ) -> Result<Self, GpuError> {
        let mut workspace = Self::new(gpu, kernels)?;
        buffers.into_iter().try_for_each(|(id, bytes)| workspace.alloc(id, bytes))?;
        Ok(workspace)
    }

    /// Compiles `kernels` in place of those with the same names.
    pub fn replace(&mut self, kernels: &[Kernel]) -> Result<(), GpuError> {
        for pipeline in self.gpu.pipelines(kernels)? {
            self.groups.remove(&pipeline.id);
            self.pipelines.insert(pipeline.id, pipeline);
        }
        Ok(())
    }

    /// Returns the time to compile the module of `kernel`.
    pub fn compiling(&self, kernel: PassId) -> Duration {
        self.pipelines[&kernel].compiling
    }

    /// Returns the invocations per workgroup of `kernel`.
    pub fn workgroup(&self, kernel: PassId) -> u32 {
        self.pipelines[&kernel].workgroup
    }

    /// Returns the device of the workspace.
    pub fn gpu(&self) -> &'gpu Gpu {
        self.gpu
    }

    /// Allocates (or reallocates) a buffer of `bytes` zeroed bytes, at least 16.
    ///
    /// Errors: more bytes than the device can bind, or more than it has free.
    pub fn alloc(&mut self, id: BufferId, bytes: u64) -> Result<(), GpuError> {
        let bytes = bytes.max(16).next_multiple_of(4);
        let limits = &self.gpu.limits;
        let limit = limits.max_buffer_size.min(limits.max_storage_buffer_binding_size);
        if bytes > limit {
            let adapter = self.gpu.adapter.name.clone();
            return Err(GpuError::BufferTooLarge { name: id.name().into(), bytes, limit, adapter });
        }
        let kind = match id.usage() {
            Usage::Uniform => wgpu::BufferUsages::UNIFORM,
            Usage::Storage => wgpu::BufferUsages::STORAGE,
            Usage::Indirect => wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::INDIRECT,
        };
        let usage = kind | wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::COPY_SRC;
        let descriptor =
            wgpu::BufferDescriptor { label: Some(id.name()), size: bytes, usage, mapped_at_creation: false };
        let scope = self.gpu.device.push_error_scope(wgpu::ErrorFilter::OutOfMemory);
        let buffer = self.gpu.device.create_buffer(&descriptor);
        if let Some(error) = pollster::block_on(scope.pop()) {
            let failed = GpuError::Device(format!("buffer `{id}` of {bytes} bytes: {error}"));
            return Err(self.gpu.faults.blame(failed));
        }
        self.buffers.insert(id, buffer);
        self.groups.clear();
        Ok(())
    }

    /// Returns the total size of all buffers, in bytes.
    pub fn bytes(&self) -> u64 {
        self.buffers.values().map(wgpu::Buffer::size).sum()
    }

    /// Writes `data` to the start of a buffer.
    pub fn write<T: Pod>(&self, id: BufferId, data: &[T]) {
        self.gpu.queue.write_buffer(&self.buffers[&id], 0, bytemuck::cast_slice(data));
    }

    /// Records zeroing a buffer.
    pub fn clear(&self, batch: &mut Batch, id: BufferId) {
        batch.encoder.clear_buffer(&self.buffers[&id], 0, None);
    }

    /// Records zeroing the first `bytes` of a buffer.
    pub fn clear_start(&self, batch: &mut Batch, id: BufferId, bytes: usize) {
        batch.encoder.clear_buffer(&self.buffers[&id], 0, Some(bytes as u64));
    }

    /// Fills a buffer with one word, to poison it in tests.
    pub fn fill(&self, id: BufferId, word: u32) {
        let words = vec![word; self.buffers[&id].size() as usize / 4];
        self.write(id, &words);
    }

    /// Starts a batch.
    pub fn batch(&mut self) -> Result<Batch, GpuError> {
        self.bind()?;
        Ok(Batch { encoder: self.gpu.device.create_command_encoder(&Default::default()) })
    }

    /// Records kernels in order, with their workgroups, in one compute pass.
    pub fn dispatch_all(&self, batch: &mut Batch, passes: impl IntoIterator<Item = (PassId, Workgroups)>) {
        let mut pass = batch.encoder.begin_compute_pass(&Default::default());
        for (kernel, workgroups) in passes {
            let pipeline = &self.pipelines[&kernel];
            if !pipeline.dispatched.replace(true) {
                self.gpu.compiling.start();
            }
            pass.set_pipeline(&pipeline.pipeline);
            pass.set_bind_group(0, &self.groups[&kernel], &[]);
            match workgroups {
                Workgroups::Direct([x, y, z]) => pass.dispatch_workgroups(x, y, z),
                Workgroups::Indirect(offset) => {
                    pass.dispatch_workgroups_indirect(&self.buffers[&BufferId::Dispatch], offset)
                }
            }
        }
    }

    /// Records a copy of all or the first bytes of a buffer to the host.
    pub fn read_back(&self, batch: &mut Batch, id: BufferId, range: ReadRange) -> PendingRead {
        let source = &self.buffers[&id];
        let size = match range {
            ReadRange::All => source.size(),
            ReadRange::First(bytes) => bytes.min(source.size()).next_multiple_of(4),
        };
        let buffer = self.staging_buffer(size);
        batch.encoder.copy_buffer_to_buffer(source, 0, &buffer, 0, size);
        PendingRead { buffer, state: Arc::default() }
    }

    /// Returns a host buffer for several copies of one submission.
    pub fn collector(&self, bytes: u64) -> PendingRead {
        PendingRead { buffer: self.staging_buffer(bytes.next_multiple_of(4)), state: Arc::default() }
    }

    /// Records a copy of the first `bytes` of a buffer to `offset` in a host buffer.
    pub fn copy_to_host(&self, batch: &mut Batch, id: BufferId, bytes: u64, to: &PendingRead, offset: u64) {
        batch.encoder.copy_buffer_to_buffer(&self.buffers[&id], 0, &to.buffer, offset, bytes);
    }

    /// Records a copy of `bytes` from an offset in one buffer to the start of another.
    pub fn copy(&self, batch: &mut Batch, (from, offset): (BufferId, u64), to: BufferId, bytes: u64) {
        batch.encoder.copy_buffer_to_buffer(&self.buffers[&from], offset, &self.buffers[&to], 0, bytes);
    }

    fn staging_buffer(&self, size: u64) -> wgpu::Buffer {
        let mut free = self.staging.borrow_mut();
        if let Some(index) = free.iter().position(|buffer| buffer.size() == size) {
            return free.swap_remove(index);
        }
        self.gpu.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("read-back"),
            size,
            usage: wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        })
    }

    /// Submits a batch; `reads` are mapped once it has run.
    pub fn submit(&self, batch: Batch, reads: &[&PendingRead]) -> Submission {
        let index = self.gpu.queue.submit([batch.encoder.finish()]);
        for read in reads {
            let state = read.state.clone();
            read.buffer.map_async(wgpu::MapMode::Read, .., move |result| {
                if let Ok(mut state) = state.lock() {
                    *state = Some(result.is_ok());
                }
            });
        }
        Submission(index)
    }

    /// Waits until `submission` has run; later ones may still be running.
    ///
    /// Errors: anything the device reported since the last call.
    pub fn wait_for(&self, submission: Submission) -> Result<(), GpuError> {
        self.gpu.poll(wgpu::PollType::Wait { submission_index: Some(submission.0), timeout: None })
    }

    /// Waits until everything submitted has run.
    ///
    /// Errors: anything the device reported since the last call.
    pub fn wait(&self) -> Result<(), GpuError> {
        self.gpu.poll(wgpu::PollType::wait_indefinitely())
    }

    /// Waits for `read` and returns its contents.
    pub fn finish<T: Pod>(&self, read: PendingRead) -> Result<Vec<T>, GpuError> {
        self.finish_with(read, <[T]>::to_vec)
    }

    /// Waits for `read` and returns the result of `take` on its contents, without copying them.
    pub fn finish_with<T: Pod, R>(&self, read: PendingRead, take: impl FnOnce(&[T]) -> R) -> Result<R, GpuError> {
        loop {
            let done = read.state.lock().ok().and_then(|state| *state);
            match done {
                Some(true) => break,
                Some(false) => {
                    let failed = GpuError::Device("a read-back failed".into());
                    return Err(self.gpu.check().err().unwrap_or(failed));
                }
                None => self.wait()?,
            }
        }
        let range = read.buffer.get_mapped_range(..);
        let range = range.map_err(|error| self.gpu.faults.blame(GpuError::Device(error.to_string())))?;
        let result = match bytemuck::try_cast_slice(&range) {
            Ok(contents) => take(contents),
            Err(_) => take(&bytemuck::pod_collect_to_vec(&range)), // the mapped address is misaligned for T
        };
        drop(range);
        read.buffer.unmap();
        self.staging.borrow_mut().push(read.buffer);
        Ok(result)
    }

    /// Runs one pass and waits; returns the seconds that this took.
    pub fn timed(&mut self, pass: (PassId, Workgroups)) -> Result<f64, GpuError> {
        let mut batch = self.batch()?;
        self.dispatch_all(&mut batch, [pass]);
        let started = Instant::now();
        let submission = self.submit(batch, &[]);
        self.wait_for(submission)?;
        Ok(started.elapsed().as_secs_f64())
    }

    /// Runs one kernel and waits for it: for tests and start-up.
    pub fn dispatch(&mut self, kernel: PassId, workgroups: [u32; 3]) -> Result<(), GpuError> {
        let mut batch = self.batch()?;
        self.dispatch_all(&mut batch, [(kernel, Workgroups::Direct(workgroups))]);
        self.submit(batch, &[]);
        self.wait()
    }

    /// Returns the whole contents of a buffer.
    pub fn read<T: Pod>(&mut self, id: BufferId) -> Result<Vec<T>, GpuError> {
        self.read_with(id, <[T]>::to_vec)
    }

    /// Returns the result of `take` on the whole contents of a buffer, without copying them.
    pub fn read_with<T: Pod, R>(&mut self, id: BufferId, take: impl FnOnce(&[T]) -> R) -> Result<R, GpuError> {
        let mut batch = self.batch()?;
        let read = self.read_back(&mut batch, id, ReadRange::All);
        self.submit(batch, &[&read]);
        self.finish_with(read, take)
    }

    fn bind(&mut self) -> Result<(), GpuError> {
        for (id, pipeline) in &self.pipelines {
            if self.groups.contains_key(id) {
                continue;
            }
            let mut entries = vec![];
            for (binding, identifier) in &pipeline.bindings {
                let Some(buffer) = BufferId::of(identifier).and_then(|id| self.buffers.get(&id)) else {
                    continue;
                };
                entries.push(wgpu::BindGroupEntry { binding: *binding, resource: buffer.as_entire_binding() });
            }
            if entries.len() < pipeline.bindings.len() {
                continue; // some of its buffers are not allocated yet
            }
            let group = self.gpu.device.create_bind_group(&wgpu::BindGroupDescriptor {
                label: Some(id.name()),
                layout: &pipeline.pipeline.get_bind_group_layout(0),
                entries: &entries,
            });
            self.groups.insert(*id, group);
        }
        self.gpu.check()
    }
}

/// Part of a buffer to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadRange {
    /// The whole buffer.
    All,
    /// This many bytes from the start.
    First(u64),
}

/// Number of workgroups of a dispatch.
#[derive(Debug, Clone, Copy)]
pub enum Workgroups {
    /// Number known to the host.
    Direct([u32; 3]),
    /// Byte offset of the number in the buffer `dispatch`.
    Indirect(u64),
}

impl Workgroups {
    /// Returns the workgroups for `items` items, `each` per workgroup.
    pub fn over(items: usize, each: usize) -> Self {
        Self::Direct(fold(items.div_ceil(each) as u32))
    }
}
