//! One evolvable unit as a network: observations are its first inputs, its first outputs the actions.

use super::{Kind, Sharing, UnitSpec, initial};
use crate::{
    config::EnuConfig,
    kernel::{
        buffers::BufferId,
        cost::Cost,
        genome::Genome,
        random::Key,
        wgsl::{ComposeError, compose, shader},
    },
    networks::{IoDims, Network, NetworkKernels, NetworkLaunch, Tensor, Weights},
};

/// Settings of the network. Plain data.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EnuSpec {
    /// The unit.
    pub unit: UnitSpec,
    /// Standard deviation of the first parameters.
    pub initial_std: f64,
}

impl From<&EnuConfig> for EnuSpec {
    fn from(config: &EnuConfig) -> Self {
        let unit = UnitSpec::new([config.memory, config.outputs, config.inputs], config.cell);
        Self { unit, initial_std: config.initial_std }
    }
}

impl EnuSpec {
    /// Returns how a workgroup shares the episodes of a member, of which `launch.neighbours` stand side by side. A lane
    /// per episode pays where all eight have one.
    fn sharing(&self, shape: &IoDims, launch: &NetworkLaunch) -> Sharing {
        let apart = launch.subgroup == 8 && launch.lanes == 8 && launch.neighbours >= 8;
        let side_by_side = launch.neighbours / if apart { launch.lanes } else { 1 };
        let rows = [4, 2].into_iter().find(|rows| *rows <= side_by_side).unwrap_or(1);
        self.unit.fitting(Sharing { rows, apart }, launch.lanes, shape.d_obs, 0)
    }
}

impl Network for EnuSpec {
    fn name(&self) -> &'static str {
        "enu"
    }

    fn weights(&self) -> Weights {
        Weights::Floats
    }

    fn fits(&self, shape: &IoDims) -> Result<(), String> {
        let UnitSpec { inputs, outputs, .. } = self.unit;
        let IoDims { d_obs, d_act } = *shape;
        if d_obs > inputs {
            return Err(format!(
                "the task gives {d_obs} observations and `network.inputs` is {inputs}: take more inputs"
            ));
        }
        if d_act > outputs {
            return Err(format!(
                "the task takes {d_act} actions and `network.outputs` is {outputs}: take more outputs"
            ));
        }
        Ok(())
    }

    fn tensors(&self, _: &IoDims) -> Vec<Tensor> {
        self.unit.tensors(Kind::Unit)
    }

    fn state_words(&self, _: &IoDims) -> usize {
        self.unit.state_words()
    }

    fn n_neurons(&self) -> usize {
        0
    }

    fn step_ms(&self) -> f64 {
        0.0
    }

    fn individuals_per_workgroup(&self, shape: &IoDims, launch: &NetworkLaunch) -> usize {
        self.sharing(shape, launch).group(launch.lanes)
    }

    fn kernels(
        &self,
        shape: &IoDims,
        genome: &Genome,
        options: &NetworkLaunch,
    ) -> Result<NetworkKernels, ComposeError> {
        let constants = self
            .unit
            .constants(shape.d_obs, self.sharing(shape, options), options)
            .uint("D_OBS", shape.d_obs)
            .uint("D_ACT", shape.d_act)
            .uint("N_WORDS", genome.n_words());
        let label = "networks/enu/single";
        let module = compose(label, shader(label).unwrap_or_default(), &constants)?;
        Ok(NetworkKernels::of(&module))
    }

    fn cost(&self, shape: &IoDims, _firing_rate_hz: f64) -> Cost {
        let mut cost = Cost { operations: self.unit.operations(shape.d_obs), ..Cost::default() };
        cost.read(BufferId::Theta, 4.0 * self.n_words(shape) as f64);
        shape.charge(&mut cost, self.state_words(shape));
        cost
    }

    fn initial(&self, shape: &IoDims, key: Key) -> Vec<f64> {
        initial(self.n_params(shape), self.initial_std, key)
    }
}
