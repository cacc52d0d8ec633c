//! Runs the generated stepper's probe, and a task's own kernels, on the GPU.

use gpu_ec::kernel::entry::PassId;
use std::sync::Arc;

use gpu_ec::{
    gpu::{Gpu, Selector, Workspace},
    kernel::{
        buffers::BufferId,
        entry::Kernel,
        records::{EpisodeRecord, RunParams},
        wgsl::{Constants, Module, compose},
    },
    physics::{
        cooperative,
        model::Model,
        stepper::{Options, StepperError, physics_text, probe},
    },
    tasks::{Sharing, Task, TaskKernels, TaskLaunch, locomotion::Locomotion},
};

/// Writes a part of a module.
type Text = fn(&Model, &Options) -> Result<String, StepperError>;

/// Rows of a golden array.
pub type Rows = [Vec<f64>];

/// What outputs hold before a kernel writes them: a NaN that no arithmetic makes.
const POISON: u32 = 0x7fc0_dead;

/// The best adapter.
pub fn open() -> Gpu {
    Gpu::open(&Selector::Best).expect("a Vulkan driver is installed")
}

/// A module with the entry point `physics_probe`, and what it reads and writes.
pub struct Probe {
    pub model: Model,
    pub layout: probe::Layout,
    module: Arc<Module>,
    task: Option<TaskKernels>,
    slots_per_workgroup: usize,
}

impl Probe {
    /// The straight-line stepper alone.
    pub fn of_model(model: Model, options: Options) -> Self {
        Self::alone(model, options, [physics_text, probe::probe_text], 8)
    }

    /// The cooperative stepper alone.
    pub fn cooperative(model: Model, options: Options) -> Self {
        Self::alone(model, options, [cooperative::physics_text, cooperative::probe_text], 1)
    }

    fn alone(model: Model, mut options: Options, texts: [Text; 2], slots_per_workgroup: usize) -> Self {
        options.observe.probe = true;
        options.observe.driven = model.sizes.na > 0;
        let layout = probe::Layout::new(&model, &options).expect("the robot is in the subset");
        let text = texts.map(|text| text(&model, &options).expect("the robot is in the subset")).concat();
        let module = compose("probe", &text, &Constants::default()).expect("the module composes");
        Self { model, layout, module, task: None, slots_per_workgroup }
    }

    /// The module that a run of `task` dispatches, with the probe beside the task's own entry points.
    pub fn of_task(task: &Locomotion, n: usize, sharing: Sharing) -> Self {
        let kernels = task.kernels(&TaskLaunch { n_slots: n, workgroup: 8, sharing }).expect("the module composes");
        let layout = probe::Layout::new(task.model(), &task.options()).expect("the robot is in the subset");
        let module = kernels.step.module.clone();
        let slots_per_workgroup = kernels.slots_per_workgroup;
        Self { model: task.model().clone(), layout, module, task: Some(kernels), slots_per_workgroup }
    }

    /// A workspace with all kernels compiled, for `n` slots.
    pub fn workspace<'gpu>(&self, gpu: &'gpu Gpu, n: usize) -> Workspace<'gpu> {
        let mut kernels = vec![Kernel::new(PassId::Other("physics.probe"), &self.module, "physics_probe")];
        if let Some(task) = &self.task {
            kernels.extend([task.reset.clone(), task.step.clone()]);
        }
        let mut workspace = Workspace::new(gpu, &kernels).expect("the kernels compile");
        workspace.alloc(BufferId::Run, size_of::<RunParams>() as u64).expect("memory");
        workspace.alloc(BufferId::Probe, (n * self.layout.floats() * 4) as u64).expect("memory");
        workspace
    }

    /// Runs `steps` steps (`stages` evaluations each at most) from given states; outputs start poisoned.
    pub fn run(&self, workspace: &mut Workspace, states: &[(&str, &Rows)], steps: u32, stages: u32) -> Output {
        let run = RunParams { episode_cap: steps, generation: stages, ..Default::default() };
        self.run_under(workspace, states, run)
    }

    /// The same with the parameters of a rollout: its cap is the number of steps, its generation that of the
    /// evaluations.
    pub fn run_under(&self, workspace: &mut Workspace, states: &[(&str, &Rows)], run: RunParams) -> Output {
        let n = states[0].1.len();
        let mut data = vec![f32::from_bits(POISON); n * self.layout.floats()];
        let (start, count) = self.layout.field("qacc");
        data[start * n..(start + count) * n].fill(0.0);
        for (name, rows) in states {
            let (start, count) = self.layout.field(name);
            for slot in 0..n {
                for k in 0..count {
                    data[(start + k) * n + slot] = rows[slot][k] as f32;
                }
            }
        }
        workspace.write(BufferId::Probe, &data);
        workspace.write(BufferId::Run, &[RunParams { n_slots: n as u32, ..run }]);
        let workgroups = n.div_ceil(self.slots_per_workgroup()) as u32;
        workspace.dispatch(PassId::Other("physics.probe"), [workgroups, 1, 1]).expect("the probe runs");
        Output { data: workspace.read(BufferId::Probe).expect("the probe is read"), n }
    }

    /// Slots that a workgroup of the probe and of the task's kernels serves.
    pub fn slots_per_workgroup(&self) -> usize {
        self.slots_per_workgroup
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

/// A task's buffers on the GPU.
pub struct Bench<'a, 'gpu> {
    pub task: &'a Locomotion,
    pub workspace: Workspace<'gpu>,
    pub n: usize,
    slots_per_workgroup: usize,
}

impl<'a, 'gpu> Bench<'a, 'gpu> {
    /// Allocates the buffers of `n` slots, poisoned; the workspace's kernels serve `slots_per_workgroup` each.
    pub fn new(task: &'a Locomotion, mut workspace: Workspace<'gpu>, n: usize, slots_per_workgroup: usize) -> Self {
        let sizes = [
            (BufferId::Live, n + 1),
            (BufferId::Fresh, n + 1),
            (BufferId::Obs, n * task.d_obs()),
            (BufferId::Action, n * task.d_act()),
            (BufferId::TaskState, n * task.state_fields()),
            (BufferId::Episode, n * 8),
            (BufferId::Terms, n * task.terms().len()),
        ];
        for (name, words) in sizes {
            workspace.alloc(name, 4 * words as u64).expect("memory");
            workspace.fill(name, POISON);
        }
        let live: Vec<u32> = std::iter::once(n as u32).chain(0..n as u32).collect();
        workspace.write(BufferId::Live, &live);
        workspace.write(BufferId::Fresh, &live);
        let mut bench = Self { task, workspace, n, slots_per_workgroup };
        bench.clear(0);
        bench
    }

    /// Fresh episodes; `first` is the member in slot 0.
    pub fn clear(&mut self, first: u32) {
        let record = |slot: usize| EpisodeRecord { life: first + slot as u32, ..Default::default() };
        self.workspace.write(BufferId::Episode, &(0..self.n).map(record).collect::<Vec<_>>());
        self.workspace.write(BufferId::Terms, &vec![0.0f32; self.n * self.task.terms().len()]);
    }

    /// Sets the fields of `task_state` in order, from rows.
    pub fn set_state(&mut self, fields: &[&Rows]) {
        let columns: Vec<f32> = fields
            .iter()
            .flat_map(|rows| (0..rows[0].len()).flat_map(|k| rows.iter().map(move |row| row[k] as f32)))
            .collect();
        assert_eq!(columns.len(), self.n * self.task.state_fields(), "all fields are given");
        self.workspace.write(BufferId::TaskState, &columns);
    }

    /// Dispatches `kernel` over all slots.
    pub fn dispatch(&mut self, kernel: PassId, run: RunParams) {
        self.workspace.write(BufferId::Run, &[RunParams { n_slots: self.n as u32, ..run }]);
        let workgroups = self.n.div_ceil(self.slots_per_workgroup) as u32;
        self.workspace.dispatch(kernel, [workgroups, 1, 1]).expect("the task runs");
    }

    pub fn read(&mut self, name: BufferId) -> Vec<f32> {
        self.workspace.read(name).expect("the buffer is read")
    }

    pub fn episodes(&mut self) -> Vec<EpisodeRecord> {
        self.workspace.read(BufferId::Episode).expect("the records are read")
    }

    /// Values of field `field` on of one slot.
    pub fn state(&self, state: &[f32], slot: usize, fields: std::ops::Range<usize>) -> Vec<f64> {
        fields.map(|field| f64::from(state[field * self.n + slot])).collect()
    }
}
