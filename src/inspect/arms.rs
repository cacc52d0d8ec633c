//! Plan of a batch of arms, as `gpu-ec inspect` shows it.

use crate::{
    config::Config,
    inspect::plan::{BufferRow, MatrixRow, PassRow, PlanReport, TaskRow},
    kernel::{buffers::BufferId, device::DeviceTraits, entry::Kernel},
    plan::{PlanError, arms::ArmLayout},
    run::arms::{ArmBatch, ArmEngine},
    tasks,
};

impl ArmBatch {
    /// Returns the report on this batch, which is that of `config`, and its kernel.
    ///
    /// Errors: a body that is not such an arm (a bug).
    pub fn plan(&self, config: &Config, device: DeviceTraits) -> Result<(PlanReport, Kernel), PlanError> {
        let layout = ArmLayout::of(device.software, device.subgroup);
        let kernel = self.spec.kernel(&self.model, layout, 0).map_err(|error| PlanError::Refused(error.to_string()))?;
        let buffer = |(id, bytes): (BufferId, u64)| BufferRow { name: id.name().into(), bytes, bytes_a_slot: None };
        let buffers: Vec<_> =
            ArmEngine::buffers(&self.spec, &self.setups, layout.lanes).into_iter().map(buffer).collect();
        let neurons = self.spec.network.neurons;
        let when = format!("once for some windows of {} physics steps", self.spec.window);
        let report = PlanReport {
            configuration: config.to_ron(),
            task: TaskRow::of(tasks::build(&config.task)?.as_ref()),
            parameters: vec![MatrixRow { name: "readout.weights".into(), rows: neurons, columns: 2 }],
            passes: vec![PassRow::of(&kernel, when)],
            slots: self.setups.len(),
            contacts: None,
            host_bytes: None,
            host_bytes_a_member: None,
            places: None,
            device_bytes: buffers.iter().map(|buffer| buffer.bytes).sum(),
            buffers,
            n_parameters: 2 * neurons,
            member_bytes: 8 * neurons as u64,
        };
        Ok((report, kernel))
    }
}
