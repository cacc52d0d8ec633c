//! Plan in words, as `gpu-ec inspect` prints it.

use serde::Serialize;

use crate::{
    inspect::{mirror::MirrorRow, rows::ValueRow},
    kernel::{entry::Kernel, records::host_bytes_a_member},
    plan::{
        Plan,
        evolution::COMPACT_EVERY,
        pass::{Buffer, Matrix, When},
    },
    report::{
        summary::{bytes, short},
        table::Table,
    },
    tasks::{Description, DescriptionRow, Task},
};

/// Report on what would run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PlanReport {
    /// Resolved configuration, RON.
    pub configuration: String,
    /// Definition of the task.
    pub task: TaskRow,
    /// Matrices of parameters, each with its algorithm's prefix.
    pub parameters: Vec<MatrixRow>,
    /// Kernels in the order in which they run.
    pub passes: Vec<PassRow>,
    /// Buffers on the device.
    pub buffers: Vec<BufferRow>,
    /// Number of episodes, or arms, that run at once.
    pub slots: usize,
    /// Number of members whose parameters are on the device, if they have several episodes.
    pub places: Option<usize>,
    /// Capacity for contacts at once, if there can be any.
    pub contacts: Option<String>,
    /// Size of all buffers, bytes.
    pub device_bytes: u64,
    /// Host memory that grows with the population, bytes; null for arms.
    pub host_bytes: Option<usize>,
    /// Host memory of a member with all its episodes, bytes; null for arms.
    pub host_bytes_a_member: Option<usize>,
    /// Number of parameters of a member or arm.
    pub n_parameters: usize,
    /// Size of these parameters, bytes.
    pub member_bytes: u64,
}

/// Definition of a task.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TaskRow {
    /// Name and version.
    pub id: String,
    /// Entries of the observation.
    pub observation: Vec<ValueRow>,
    /// Entries of the action.
    pub action: Vec<ValueRow>,
    /// Terms of the reward.
    pub reward: Vec<String>,
    /// Start of an episode.
    pub start: String,
    /// End of an episode.
    pub end: String,
    /// Mirror images of observations and actions.
    pub mirror: MirrorRow,
}

/// Matrix of parameters.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MatrixRow {
    /// Name in checkpoints.
    pub name: String,
    /// Number of rows.
    pub rows: usize,
    /// Number of columns.
    pub columns: usize,
}

/// Kernel.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PassRow {
    /// Name, as `--wgsl` takes it.
    pub name: String,
    /// Occasion on which it runs.
    pub when: String,
    /// Label of the module.
    pub module: String,
    /// Entry point in the module.
    pub entry: String,
    /// Length of the composed text, bytes.
    pub wgsl_bytes: usize,
}

/// Buffer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BufferRow {
    /// Name.
    pub name: String,
    /// Size, bytes.
    pub bytes: u64,
    /// Size per slot, bytes; null if it does not grow with the slots.
    pub bytes_a_slot: Option<u64>,
}

impl TaskRow {
    /// Returns the definition of a task.
    pub fn of(task: &dyn Task) -> Self {
        let Description { observation, action, reward, start, end } = task.describe();
        let rows = |rows: Vec<DescriptionRow>| {
            rows.into_iter().map(|row| ValueRow { what: row.name, unit: row.unit }).collect()
        };
        Self {
            id: task.id().into(),
            observation: rows(observation),
            action: rows(action),
            reward,
            start,
            end,
            mirror: MirrorRow::of(task),
        }
    }

    /// Returns tables of observation and action, then reward, start, end, mirror.
    fn text(&self) -> String {
        let Self { id, observation, action, reward, start, end, mirror } = self;
        let reward: String = reward.iter().map(|term| format!("  {term}\n")).collect();
        format!(
            "task {id}\n\nobservation ({} values)\n{}\naction ({} values)\n{}\nreward\n{reward}\nstart\n  {start}\n\nend\n  {end}\n\n{}",
            observation.len(),
            values(observation),
            action.len(),
            values(action),
            mirror.text(observation, action),
        )
    }
}

fn values(rows: &[ValueRow]) -> Table {
    let mut table = Table::new(["index", "what", "unit"]);
    for (index, row) in rows.iter().enumerate() {
        table.row([index.to_string(), row.what.clone(), row.unit.clone()]);
    }
    table
}

impl PassRow {
    /// Returns the row of a kernel that runs `when`.
    pub fn of(kernel: &Kernel, when: String) -> Self {
        let Kernel { id, module, entry, .. } = kernel;
        let (name, entry) = (id.name().to_string(), (*entry).to_string());
        Self { name, when, module: module.label.clone(), entry, wgsl_bytes: module.wgsl.len() }
    }
}

impl PlanReport {
    /// Returns the report on a plan for the configuration with the text `configuration`.
    pub fn of(configuration: String, plan: &Plan) -> Self {
        let matrix = |matrix: Matrix| MatrixRow {
            name: format!("{}.{}", plan.algorithm.symbol().name, matrix.name),
            rows: matrix.rows,
            columns: matrix.cols,
        };
        let buffer = |buffer: &Buffer| BufferRow {
            name: buffer.id.name().into(),
            bytes: buffer.bytes,
            bytes_a_slot: buffer.per_slot.then(|| buffer.bytes / plan.n_slots as u64),
        };
        Self {
            configuration,
            task: TaskRow::of(plan.task.as_ref()),
            parameters: plan.matrices().into_iter().map(matrix).collect(),
            passes: plan.passes.iter().map(|pass| PassRow::of(&pass.kernel, when(pass.when))).collect(),
            buffers: plan.buffers.iter().map(buffer).collect(),
            slots: plan.n_slots,
            places: plan.shares_places().then_some(plan.n_places),
            contacts: plan.contact_places().map(|places| places.to_string()),
            device_bytes: plan.device_bytes(),
            host_bytes: Some(
                host_bytes_a_member(plan.episodes) * plan.evolution().map_or(1, |evolution| evolution.population()),
            ),
            host_bytes_a_member: Some(host_bytes_a_member(plan.episodes)),
            n_parameters: plan.n_params(),
            member_bytes: 4 * plan.n_words() as u64,
        }
    }

    /// Returns the report as text for a terminal: configuration, task, parameters, passes, buffers, bytes.
    pub fn text(&self) -> String {
        format!("{}\n{}\n{}", self.configuration, self.task.text(), self.tables())
    }

    fn tables(&self) -> String {
        let mut parameters = Table::new(["parameters", "rows", "columns", "number"]);
        for MatrixRow { name, rows, columns } in &self.parameters {
            parameters.row([name.clone(), rows.to_string(), columns.to_string(), (rows * columns).to_string()]);
        }
        let mut passes = Table::new(["pass", "when", "module", "WGSL"]);
        for pass in &self.passes {
            passes.row([pass.name.clone(), pass.when.clone(), pass.module.clone(), bytes(pass.wgsl_bytes as u64)]);
        }
        let mut buffers = Table::new(["buffer", "bytes", "bytes a slot"]);
        for buffer in &self.buffers {
            let each = buffer.bytes_a_slot.map_or(String::new(), |bytes| bytes.to_string());
            buffers.row([buffer.name.clone(), buffer.bytes.to_string(), each]);
        }
        let contacts = self.contacts.as_ref().map_or(String::new(), |places| format!("contacts kept: {places}\n"));
        let host = self.host_bytes.zip(self.host_bytes_a_member).map_or(String::new(), |(total, each)| {
            let total = bytes(total as u64);
            format!("host memory of the population: {total} ({each} bytes a member)\n")
        });
        let slots = match self.places {
            None => format!("{} members evaluated at once", self.slots),
            Some(places) => format!("{} episodes at once, parameters of {places} members", self.slots),
        };
        format!(
            "{parameters}\n{passes}\n{buffers}\nslots: {slots}\n{contacts}\
             device memory: {} ({} bytes)\n{host}parameters: {} ({} a member)\n",
            bytes(self.device_bytes),
            self.device_bytes,
            short(self.n_parameters as f64),
            bytes(self.member_bytes),
        )
    }
}

fn when(when: When) -> String {
    match when {
        When::Start => "once a rollout".into(),
        When::Fresh(_) => "when slots get new members".into(),
        When::Step(_) => "every step".into(),
        When::Compaction => format!("every {COMPACT_EVERY} steps"),
        When::Tell => "after the rollout".into(),
    }
}
