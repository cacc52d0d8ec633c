//! An open device: compiles kernels into pipelines and allocates buffers.

use std::{
    borrow::Cow,
    cell::Cell,
    sync::Arc,
    time::{Duration, Instant},
};

use super::{
    GpuError,
    adapter::{self, AdapterSummary, Selector},
    cache::Cache,
    compiling::Compiling,
    fault::{Breaker, Faults, caught},
    limits::{Missing, Requirements},
    pipeline_cache::PipelineCache,
    reflect::{self, Use, parse},
};
use crate::kernel::entry::{Kernel, PassId};

/// Features enabled if the adapter has them.
const OPTIONAL_FEATURES: wgpu::Features =
    wgpu::Features::SHADER_INT64.union(wgpu::Features::SUBGROUP).union(wgpu::Features::PIPELINE_CACHE);

/// Stack of a compiler thread, in bytes; generated modules nest deeply.
const COMPILER_STACK: usize = 16 << 20;

/// An open device and its queue.
pub struct Gpu {
    pub(super) device: wgpu::Device,
    pub(super) queue: wgpu::Queue,
    /// Adapter of the device.
    pub adapter: AdapterSummary,
    pub(super) limits: wgpu::Limits,
    pub(super) faults: Faults,
    pub(super) compiling: Arc<Compiling>,
    pipeline_cache: Option<PipelineCache>,
}

/// A compiled kernel with the buffers it binds.
pub struct Pipeline {
    pub(super) pipeline: wgpu::ComputePipeline,
    /// Binding number and WGSL identifier.
    pub(super) bindings: Vec<(u32, String)>,
    /// Role of the kernel.
    pub id: PassId,
    /// Invocations per workgroup.
    pub(super) workgroup: u32,
    /// Time to compile its module.
    pub(super) compiling: Duration,
    /// True once dispatched; the first dispatch may compile the kernel.
    pub(super) dispatched: Cell<bool>,
}

impl Gpu {
    /// Opens the adapter that `selector` picks, with the adapter's full limits.
    ///
    /// Errors: no adapter, none that matches, or a driver that refuses to open it.
    pub fn open(selector: &Selector) -> Result<Self, GpuError> {
        let (summary, adapter) = adapter::pick(selector)?;
        let limits = adapter.limits();
        let descriptor = wgpu::DeviceDescriptor {
            label: Some("gpu-ec"),
            required_limits: limits.clone(),
            required_features: adapter.features() & OPTIONAL_FEATURES,
            memory_hints: wgpu::MemoryHints::MemoryUsage,
            ..Default::default()
        };
        let (device, queue) = pollster::block_on(adapter.request_device(&descriptor))
            .map_err(|error| GpuError::Open { name: summary.name.clone(), reason: error.to_string() })?;
        let faults = Faults::default();
        let sink = faults.clone();
        device.on_uncaptured_error(Arc::new(move |error: wgpu::Error| sink.record(error.to_string())));
        let sink = faults.clone();
        device.set_device_lost_callback(move |_, message| sink.lose(message));
        let pipeline_cache = PipelineCache::open(&device, &adapter.get_info(), Cache::of_user());
        Ok(Self { device, queue, adapter: summary, limits, faults, compiling: Arc::default(), pipeline_cache })
    }

    /// Fails with the loss of the device, or else with the first error reported since the last call.
    pub fn check(&self) -> Result<(), GpuError> {
        self.faults.check()
    }

    /// Returns a handle that destroys the device, as a driver reset does, to test recovery.
    pub fn breaker(&self) -> Breaker {
        Breaker { device: self.device.clone(), faults: self.faults.clone() }
    }

    /// Returns the compilation progress, for a display.
    pub fn compiling(&self) -> &Arc<Compiling> {
        &self.compiling
    }

    /// Returns the bytes allocated on the device, if the backend reports them.
    pub fn allocated_bytes(&self) -> Option<u64> {
        self.device.generate_allocator_report().map(|report| report.total_allocated_bytes)
    }

    /// Polls the device with `poll`.
    ///
    /// Errors: anything the device reported since the last call.
    pub(super) fn poll(&self, poll: wgpu::PollType) -> Result<(), GpuError> {
        let result = match caught(|| self.device.poll(poll)) {
            Ok(result) => result.map(|_| ()).map_err(|error| error.to_string()),
            Err(panic) => Err(panic),
        };
        self.compiling.end();
        result.map_err(|reason| self.faults.blame(GpuError::Device(reason)))?;
        self.check()
    }

    /// Compiles `kernels`: each module once, in its own thread.
    pub fn pipelines(&self, kernels: &[Kernel]) -> Result<Vec<Pipeline>, GpuError> {
        let same_module = |a: &Kernel, b: &Kernel| Arc::ptr_eq(&a.module, &b.module) && a.checked == b.checked;
        let mut groups: Vec<Vec<&Kernel>> = vec![];
        for kernel in kernels {
            match groups.iter_mut().find(|group| same_module(group[0], kernel)) {
                Some(group) => group.push(kernel),
                None => groups.push(vec![kernel]),
            }
        }
        let lines = groups.iter().map(|group| group[0].module.wgsl.lines().count()).sum();
        self.compiling.hand_over(kernels.len(), lines);
        let compiled: Vec<Result<Vec<Pipeline>, GpuError>> = std::thread::scope(|scope| {
            let spawn = |compile| {
                let thread = std::thread::Builder::new().stack_size(COMPILER_STACK);
                thread.spawn_scoped(scope, compile).map_err(|error| GpuError::Device(error.to_string()))
            };
            let threads: Vec<_> = groups.iter().map(|group| spawn(move || self.compile(group))).collect();
            let join = |thread: std::thread::ScopedJoinHandle<_>| {
                thread.join().unwrap_or_else(|_| Err(GpuError::Device("a compiler thread panicked".into())))
            };
            threads.into_iter().map(|thread| thread.and_then(join)).collect()
        });
        self.compiling.end();
        let compiled = compiled.into_iter().collect::<Result<Vec<_>, _>>().map_err(|error| self.faults.blame(error))?;
        self.check()?; // a lost device reports no compilation errors
        Ok(compiled.into_iter().flatten().collect())
    }

    /// Saves compiled pipelines for the next process, if the backend can.
    pub fn keep_pipelines(&self) {
        if let Some(cache) = &self.pipeline_cache {
            cache.keep();
        }
    }

    /// Compiles kernels of one module.
    fn compile(&self, kernels: &[&Kernel]) -> Result<Vec<Pipeline>, GpuError> {
        let started = Instant::now();
        let naga = parse(&kernels[0].module)?;
        let parsed = started.elapsed();
        kernels.iter().try_for_each(|kernel| self.refuse_what_is_too_much(kernel, &naga))?;
        let shader = self.shader(kernels[0], naga.clone())?;
        let checked = started.elapsed();
        let mut pipelines: Vec<Pipeline> =
            kernels.iter().map(|kernel| self.pipeline(kernel, &naga, &shader)).collect::<Result<_, _>>()?;
        pipelines.iter_mut().for_each(|pipeline| pipeline.compiling = started.elapsed());
        tracing::debug!(
            "{}: {parsed:.2?} parsing, {:.2?} checking and translating, {:.2?} in the driver",
            kernels[0].module.label,
            checked - parsed,
            started.elapsed() - checked
        );
        Ok(pipelines)
    }

    fn refuse_what_is_too_much(&self, kernel: &Kernel, naga: &naga::Module) -> Result<(), GpuError> {
        let needs = Requirements::of_entry(naga, kernel.entry);
        match needs.and_then(|needs| needs.shortfall(&self.adapter.limits)) {
            None => Ok(()),
            Some(Missing { what, needed, limit }) => {
                let (kernel, adapter) = (kernel.id.name().into(), self.adapter.name.clone());
                Err(GpuError::TooWeak { kernel, what, needed, limit, adapter })
            }
        }
    }

    fn shader(&self, kernel: &Kernel, naga: naga::Module) -> Result<wgpu::ShaderModule, GpuError> {
        let descriptor = wgpu::ShaderModuleDescriptor {
            label: Some(&kernel.module.label),
            source: wgpu::ShaderSource::Naga(Cow::Owned(naga)),
        };
        let checks =
            if kernel.checked { wgpu::ShaderRuntimeChecks::checked() } else { wgpu::ShaderRuntimeChecks::unchecked() };
        let scope = self.device.push_error_scope(wgpu::ErrorFilter::Validation);
        // SAFETY: every kernel is our own, and the tests run it with checks on as well.
        let module = unsafe { self.device.create_shader_module_trusted(descriptor, checks) };
        match pollster::block_on(scope.pop()) {
            None => Ok(module),
            Some(error) => Err(GpuError::Shader { place: kernel.module.label.clone(), message: error.to_string() }),
        }
    }

    fn pipeline(
        &self,
        kernel: &Kernel,
        naga: &naga::Module,
        module: &wgpu::ShaderModule,
    ) -> Result<Pipeline, GpuError> {
        let bindings = reflect::bindings(naga, kernel.entry).ok_or_else(|| GpuError::Shader {
            place: kernel.module.label.clone(),
            message: format!("no entry point `{}`", kernel.entry),
        })?;
        let scope = self.device.push_error_scope(wgpu::ErrorFilter::Validation);
        let entries: Vec<_> = bindings.iter().map(|(binding, _, access)| layout_entry(*binding, *access)).collect();
        let group = self.device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
            label: Some(kernel.id.name()),
            entries: &entries,
        });
        let layout = self.device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            label: Some(kernel.id.name()),
            bind_group_layouts: &[Some(&group)],
            immediate_size: 0,
        });
        let pipeline = self.device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
            label: Some(kernel.id.name()),
            layout: Some(&layout),
            module,
            entry_point: Some(kernel.entry),
            compilation_options: wgpu::PipelineCompilationOptions {
                zero_initialize_workgroup_memory: false,
                ..Default::default()
            },
            cache: self.pipeline_cache.as_ref().map(PipelineCache::handle),
        });
        match pollster::block_on(scope.pop()) {
            None => Ok(Pipeline {
                pipeline,
                bindings: bindings.into_iter().map(|(binding, name, _)| (binding, name)).collect(),
                id: kernel.id,
                workgroup: reflect::workgroup(naga, kernel.entry),
                compiling: Duration::ZERO,
                dispatched: Cell::new(false),
            }),
            Some(error) => Err(GpuError::Shader { place: kernel.id.name().into(), message: error.to_string() }),
        }
    }
}

fn layout_entry(binding: u32, access: Use) -> wgpu::BindGroupLayoutEntry {
    let ty = match access {
        Use::Uniform => wgpu::BufferBindingType::Uniform,
        Use::Read => wgpu::BufferBindingType::Storage { read_only: true },
        Use::Write => wgpu::BufferBindingType::Storage { read_only: false },
    };
    wgpu::BindGroupLayoutEntry {
        binding,
        visibility: wgpu::ShaderStages::COMPUTE,
        ty: wgpu::BindingType::Buffer { ty, has_dynamic_offset: false, min_binding_size: None },
        count: None,
    }
}
