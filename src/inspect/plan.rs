//! A plan in words: what `gpu-ec inspect` prints.

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
    tasks::{Description, Row, Task},
};

/// What would run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PlanReport {
    /// The resolved configuration, RON.
    pub configuration: String,
    /// What is observed, done and rewarded.
    pub task: TaskRow,
    /// Matrices of parameters, each with its algorithm's prefix.
    pub parameters: Vec<MatrixRow>,
    /// Kernels, in the order in which they run.
    pub passes: Vec<PassRow>,
    /// Memory of the device.
    pub buffers: Vec<BufferRow>,
    /// Episodes, or arms, that live at once.
    pub slots: usize,
    /// Members whose parameters stand on the device, where they have several episodes.
    pub places: Option<usize>,
    /// Contacts that are kept at once, where there may be any.
    pub contacts: Option<String>,
    /// Bytes of all buffers.
    pub device_bytes: u64,
    /// Bytes of the host that grow with the population; arms have none.
    pub host_bytes: Option<usize>,
    /// Bytes of the host that a member takes, all its episodes.
    pub host_bytes_a_member: Option<usize>,
    /// Parameters of a member or arm.
    pub n_parameters: usize,
    /// Bytes that they take.
    pub member_bytes: u64,
}

/// A task's definition.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TaskRow {
    /// Name and version.
    pub id: String,
    /// What is observed.
    pub observation: Vec<ValueRow>,
    /// What is done.
    pub action: Vec<ValueRow>,
    /// Terms of the reward.
    pub reward: Vec<String>,
    /// How an episode begins.
    pub start: String,
    /// What ends it.
    pub end: String,
    /// How observations and actions look in the mirror.
    pub mirror: MirrorRow,
}

/// A matrix of parameters.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MatrixRow {
    /// As checkpoints name it.
    pub name: String,
    /// Rows.
    pub rows: usize,
    /// Columns.
    pub columns: usize,
}

/// A kernel.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PassRow {
    /// Name, as `--wgsl` takes it.
    pub name: String,
    /// When it runs.
    pub when: String,
    /// The module's root text.
    pub module: String,
    /// Entry point in the module.
    pub entry: String,
    /// Length of the composed text, bytes.
    pub wgsl_bytes: usize,
}

/// A buffer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BufferRow {
    /// Name.
    pub name: String,
    /// Size.
    pub bytes: u64,
    /// Its share of a slot, where it grows with them.
    pub bytes_a_slot: Option<u64>,
}

impl TaskRow {
    /// Of a task.
    pub fn of(task: &dyn Task) -> Self {
        let Description { observation, action, reward, start, end } = task.describe();
        let rows = |rows: Vec<Row>| rows.into_iter().map(|row| ValueRow { what: row.name, unit: row.unit }).collect();
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

    /// Tables of observation and action; reward, start, end, mirror.
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
    /// Of a kernel that runs `when`.
    pub fn of(kernel: &Kernel, when: String) -> Self {
        let Kernel { id, module, entry, .. } = kernel;
        let (name, entry) = (id.name().to_string(), (*entry).to_string());
        Self { name, when, module: module.label.clone(), entry, wgsl_bytes: module.wgsl.len() }
    }
}

impl PlanReport {
    /// Of a plan for the configuration that says `configuration`.
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
            host_bytes: Some(host_bytes_a_member(plan.episodes) * plan.algorithm.population()),
            host_bytes_a_member: Some(host_bytes_a_member(plan.episodes)),
            n_parameters: plan.n_params(),
            member_bytes: 4 * plan.n_words() as u64,
        }
    }

    /// Returns the report for a terminal: configuration, task, parameters, passes, buffers, bytes.
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
