//! What a configuration would run, and whether its kernels are sound, without a device.

use std::collections::{HashMap, HashSet};
use std::sync::Mutex;

use gpu_ec::{
    config::{Config, Family},
    kernel::{
        device::DeviceTraits,
        entry::{Kernel, PassId},
    },
    plan::{Plan, PlanError, policy::PolicyPlan, q_learners::QPlan},
    run::arms::ArmBatch,
};
use naga::valid::{Capabilities, ShaderStages, SubgroupOperationSet, ValidationFlags, Validator};

/// A software renderer, and a real GPU.
pub fn devices() -> [DeviceTraits; 2] {
    let software = DeviceTraits { int64: true, subgroup: 8, ..DeviceTraits::default() };
    [software, DeviceTraits { software: false, ..DeviceTraits::default() }]
}

/// The kernels of a configuration.
pub fn kernels(config: &Config, device: DeviceTraits) -> Result<Vec<Kernel>, String> {
    if config.algorithm.family() == Family::Policy {
        return match PolicyPlan::new(config, device) {
            Ok(plan) => Ok([plan.kernels(), plan.plan.kernels()].concat()),
            Err(PlanError::TooLarge { .. } | PlanError::Crowded { .. } | PlanError::TooManyEnvironments { .. }) => {
                Ok(vec![])
            }
            Err(error) => Err(error.to_string()),
        };
    }
    if config.algorithm.family() == Family::QLearners {
        return match QPlan::new(config, device) {
            Ok(plan) => Ok(vec![plan.learn, plan.judge]),
            Err(PlanError::TooManyLearners { .. }) => Ok(vec![]),
            Err(error) => Err(error.to_string()),
        };
    }
    match ArmBatch::of(config).map_err(|error| error.to_string())? {
        Some(batch) => Ok(vec![batch.plan(config, device).map_err(|error| error.to_string())?.1]),
        None => match Plan::new(config, device) {
            Ok(plan) => Ok(plan.kernels()),
            // what a device has no room for is told with the field that makes room, and so is what has no place in a
            // task
            Err(PlanError::TooLarge { .. } | PlanError::Crowded { .. } | PlanError::Misfit(_)) => Ok(vec![]),
            Err(error) => Err(error.to_string()),
        },
    }
}

/// Texts that were found to be sound.
#[derive(Default)]
pub struct Validated(Mutex<HashSet<String>>);

impl Validated {
    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.lock().expect("no thread panics with it").len()
    }

    /// Plans `config` for all devices and validates each kernel that is new.
    pub fn check(&self, config: &Config) -> Result<(), String> {
        for device in devices() {
            let modules: HashMap<String, PassId> =
                kernels(config, device)?.into_iter().map(|kernel| (kernel.module.wgsl.clone(), kernel.id)).collect();
            for (text, name) in modules {
                if !self.0.lock().expect("no thread panics with it").contains(&text) {
                    validate(&text).map_err(|error| format!("{name}: {error}"))?;
                    self.0.lock().expect("no thread panics with it").insert(text);
                }
            }
        }
        Ok(())
    }
}

/// Whether a module is sound WGSL.
pub fn validate(text: &str) -> Result<(), String> {
    let module = naga::front::wgsl::parse_str(text).map_err(|error| error.emit_to_string(text))?;
    let mut validator = Validator::new(ValidationFlags::all(), Capabilities::SHADER_INT64 | Capabilities::SUBGROUP);
    validator.subgroup_stages(ShaderStages::COMPUTE).subgroup_operations(SubgroupOperationSet::all());
    validator.validate(&module).map_err(|error| error.emit_to_string(text))?;
    Ok(())
}
