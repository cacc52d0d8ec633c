//! Plan of learners of action values, as `gpu-ec inspect` shows it.

use crate::{
    inspect::plan::{BufferRow, MatrixRow, PassRow, PlanReport, TaskRow},
    kernel::{
        buffers::BufferId,
        entry::{Kernel, PassId},
    },
    plan::q_learners::QPlan,
};

impl PlanReport {
    /// Returns the report on learners for the configuration with the text `configuration`.
    pub fn of_learners(configuration: String, plan: &QPlan) -> Self {
        let buffer =
            |(id, bytes): &(BufferId, u64)| BufferRow { name: id.name().into(), bytes: *bytes, bytes_a_slot: None };
        let learners = plan.entries.len();
        let widest = plan.widest().width as usize;
        let matrix = |name: &str, rows, columns| MatrixRow { name: name.into(), rows, columns };
        let n_parameters = plan.widest().parameters();
        Self {
            configuration,
            task: TaskRow::of(plan.task.as_ref()),
            parameters: vec![
                matrix("input", 4, widest),
                matrix("bias", 1, widest),
                matrix("read_out", widest, 2),
                matrix("bias_read_out", 1, 2),
            ],
            passes: [&plan.learn, &plan.judge].map(|kernel| PassRow::of(kernel, when(kernel, plan))).to_vec(),
            buffers: plan.buffers.iter().map(buffer).collect(),
            slots: learners,
            places: None,
            contacts: None,
            device_bytes: plan.buffers.iter().map(|(_, bytes)| bytes).sum(),
            host_bytes: None,
            host_bytes_a_member: None,
            n_parameters,
            member_bytes: 4 * n_parameters as u64,
        }
    }
}

fn when(kernel: &Kernel, plan: &QPlan) -> String {
    match (kernel.id, plan.learning.chunk()) {
        (PassId::QLearn, Some(steps)) => format!("every {steps} steps of the longest episode"),
        (PassId::QLearn, None) => "every generation".into(),
        _ => "every evaluation".into(),
    }
}
