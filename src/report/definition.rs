//! A plan in words: what `gpu-ec inspect` prints.

use super::{
    summary::{bytes, short},
    table::Table,
};
use crate::{
    plan::{
        build::{COMPACT_EVERY, Plan, When},
        records::HOST_BYTES_A_MEMBER,
    },
    tasks::{Description, Row, Task},
};

/// The task's definition: tables of observation and action, reward, start, end.
pub fn task(task: &dyn Task) -> String {
    let Description { observation, action, reward, start, end } = task.describe();
    let reward: String = reward.iter().map(|term| format!("  {term}\n")).collect();
    format!(
        "task {}\n\nobservation ({} values)\n{}\naction ({} values)\n{}\nreward\n{reward}\nstart\n  {start}\n\nend\n  {end}\n",
        task.id(),
        task.d_obs(),
        rows(&observation),
        task.d_act(),
        rows(&action),
    )
}

fn rows(rows: &[Row]) -> Table {
    let mut table = Table::new(["index", "what", "unit"]);
    for (index, row) in rows.iter().enumerate() {
        table.row([index.to_string(), row.name.clone(), row.unit.clone()]);
    }
    table
}

/// The plan: parameters, passes, buffers, bytes.
pub fn plan(plan: &Plan) -> String {
    let mut parameters = Table::new(["parameters", "rows", "columns", "number"]);
    for matrix in plan.matrices() {
        let name = format!("{}.{}", plan.algorithm.symbol().name, matrix.name);
        let count = matrix.rows * matrix.cols;
        parameters.row([name, matrix.rows.to_string(), matrix.cols.to_string(), count.to_string()]);
    }
    let mut passes = Table::new(["pass", "when", "module", "WGSL"]);
    for pass in &plan.passes {
        let module = &pass.kernel.module;
        let size = bytes(module.wgsl.len() as u64);
        passes.row([pass.kernel.name.clone(), when(pass.when), module.label.clone(), size]);
    }
    let mut buffers = Table::new(["buffer", "bytes", "bytes a slot"]);
    for buffer in &plan.buffers {
        let each = if buffer.per_slot { (buffer.bytes / plan.n_slots as u64).to_string() } else { String::new() };
        buffers.row([buffer.name.to_string(), buffer.bytes.to_string(), each]);
    }
    let contacts = plan.contact_places().map_or(String::new(), |places| format!("contacts kept: {places}\n"));
    format!(
        "{parameters}\n{passes}\n{buffers}\nslots: {} members evaluated at once\n{contacts}\
         device memory: {} ({} bytes)\n\
         host memory of the population: {} ({HOST_BYTES_A_MEMBER} bytes a member)\n\
         parameters: {} ({} a member)\n",
        plan.n_slots,
        bytes(plan.device_bytes()),
        plan.device_bytes(),
        bytes((HOST_BYTES_A_MEMBER * plan.algorithm.population()) as u64),
        short(plan.n_params() as f64),
        bytes(4 * plan.n_words() as u64),
    )
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
