//! Plan of a policy that descends gradients, as `gpu-ec inspect` shows it.

use crate::{
    inspect::plan::{BufferRow, PassRow, PlanReport},
    kernel::{
        buffers::BufferId,
        entry::{Kernel, PassId},
    },
    plan::policy::PolicyPlan,
};

impl PlanReport {
    /// Returns the report on the training of a policy for the configuration with the text `configuration`.
    pub fn of_policy(configuration: String, plan: &PolicyPlan) -> Self {
        let buffer =
            |(id, bytes): &(BufferId, u64)| BufferRow { name: id.name().into(), bytes: *bytes, bytes_a_slot: None };
        let pass = |kernel: &Kernel| PassRow::of(kernel, when(kernel.id, plan));
        let sizes = &plan.ppo.sizes;
        Self {
            passes: plan.kernels().iter().map(pass).collect(),
            buffers: plan.buffers.iter().map(buffer).collect(),
            slots: sizes.environments,
            places: None,
            device_bytes: plan.buffers.iter().map(|(_, bytes)| bytes).sum(),
            host_bytes: None,
            host_bytes_a_member: None,
            ..Self::of(configuration, &plan.plan)
        }
    }
}

fn when(pass: PassId, plan: &PolicyPlan) -> String {
    match pass {
        PassId::NetworkReset | PassId::TaskReset => "every step, where episodes begin".into(),
        PassId::PpoValues | PassId::PpoAdvantage => format!("every {} steps", plan.ppo.sizes.horizon),
        _ if plan.environments_a_group(pass).is_some() => "every step".into(),
        _ => format!("{} times after {} steps", plan.updates(), plan.ppo.sizes.horizon),
    }
}
