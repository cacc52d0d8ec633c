//! A network of evolvable units: every synapse and every neuron is one. All synapses share a chromosome, and all
//! neurons another, or the same.
//!
//! Rows of channels stand side by side: neurons with their outputs, sensors with an observation on channel 0, the
//! reward with the last observations on the channels from 1 on. In a tick a synapse hears half of its inputs from the
//! row before it and half from its neuron, both as they were before the tick; then a neuron hears the sums of its
//! synapses' outputs. An action is the sum over the ticks of a step of an output neuron's first output.
//!
//! A neuron hears the sensors from its number in its class on, the hidden and the output neurons likewise (of its own
//! class, those after it), the reward, and itself (`heard_row` in `shaders/networks/enu/network.wgsl`).

use super::{Kind, Sharing, UnitSpec, initial};
use crate::{
    config::EnuNetworkConfig,
    kernel::{
        buffers::BufferId,
        cost::{Cost, Operations},
        descent::Actions,
        genome::Genome,
        random::Key,
        wgsl::{ComposeError, compose, shader},
    },
    networks::{IoDims, Network, NetworkKernels, NetworkLaunch, Tensor, UNBOUNDED, Weights},
};

/// Operations to draw a normal number: a fourth of a Philox draw, half of a Box-Muller transform.
const NORMAL: Operations =
    Operations { add: 12.0, multiply: 14.0, divide: 0.5, special: 0.5, select: 3.0, integer: 75.0, popcount: 0.0 };

/// Settings of the network. Plain data.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EnuNetworkSpec {
    /// Units of synapses and neurons.
    pub unit: UnitSpec,
    /// Neurons; as many as there are actions are output neurons, the last ones.
    pub neurons: usize,
    /// Synapses of a neuron from sensors.
    pub sensory: usize,
    /// Synapses of a neuron from hidden neurons.
    pub from_hidden: usize,
    /// Synapses of a neuron from output neurons.
    pub from_outputs: usize,
    /// Observations that are rewards, the last ones.
    pub rewards: usize,
    /// True if synapses and neurons share one chromosome.
    pub shared: bool,
    /// Ticks per environment step.
    pub ticks: usize,
    /// Standard deviation of what is added to every output in every tick.
    pub noise: f64,
    /// Standard deviation of the first parameters.
    pub initial_std: f64,
}

impl From<&EnuNetworkConfig> for EnuNetworkSpec {
    fn from(config: &EnuNetworkConfig) -> Self {
        let unit = UnitSpec::new([config.memory, config.outputs, config.inputs], config.cell);
        Self {
            unit,
            neurons: config.neurons as usize,
            sensory: config.sensory as usize,
            from_hidden: config.from_hidden as usize,
            from_outputs: config.from_outputs as usize,
            rewards: config.rewards as usize,
            shared: config.shared,
            ticks: config.ticks as usize,
            noise: config.noise,
            initial_std: config.initial_std,
        }
    }
}

impl EnuNetworkSpec {
    /// Returns the number of synapses of a neuron.
    pub fn synapses(&self) -> usize {
        self.sensory + self.from_hidden + self.from_outputs + self.rewards.min(1) + 1
    }

    fn units(&self) -> usize {
        self.neurons * (self.synapses() + 1)
    }

    fn hidden(&self, shape: &IoDims) -> usize {
        self.neurons.saturating_sub(shape.d_act)
    }

    /// Returns how a workgroup shares the units of an individual: in such batches that least stands idle.
    fn sharing(&self, shape: &IoDims, launch: &NetworkLaunch) -> Sharing {
        let apart = launch.subgroup == 8 && launch.lanes == 8;
        let batches = |rows: usize| {
            let group = Sharing { rows, apart }.group(launch.lanes);
            (self.neurons * self.synapses()).div_ceil(group) + self.neurons.div_ceil(group)
        };
        // what a batch takes: its rows, and reading the weights
        let rows = [4, 2, 1].into_iter().min_by_key(|rows| batches(*rows) * (3 * rows + 2)).unwrap_or(1);
        let sent = 2 * self.unit.inputs * (self.neurons + shape.d_obs + 1);
        self.unit.fitting(Sharing { rows, apart }, launch.lanes, self.unit.inputs, sent)
    }

    /// Refuses more synapses from a class than it has neurons.
    fn refuse_crowds(&self, shape: &IoDims) -> Result<(), String> {
        let (hidden, outputs) = (self.hidden(shape), shape.d_act);
        // a neuron does not hear itself among those of its class
        let classes = [
            ("from_hidden", self.from_hidden, hidden.saturating_sub(1), "hidden"),
            ("from_outputs", self.from_outputs, outputs.saturating_sub(1), "output"),
        ];
        match classes.into_iter().find(|(_, wanted, most, _)| wanted > most) {
            None => Ok(()),
            Some((field, wanted, most, class)) => Err(format!(
                "`network.{field}` is {wanted}, and beside the neuron that hears there are {most} {class} neurons: take at \
                 most {most}, or more `network.neurons` ({hidden} are hidden and {outputs} are outputs, one per action)"
            )),
        }
    }
}

impl Network for EnuNetworkSpec {
    fn name(&self) -> &'static str {
        "enu_network"
    }

    fn weights(&self) -> Weights {
        Weights::Floats
    }

    fn fits(&self, shape: &IoDims) -> Result<(), String> {
        let IoDims { d_obs, d_act } = *shape;
        let Self { neurons, sensory, rewards, .. } = *self;
        if d_act > neurons {
            let text = format!(
                "the task takes {d_act} actions, each from an output neuron, and `network.neurons` is {neurons}"
            );
            return Err(text + ": take more neurons");
        }
        if rewards >= d_obs {
            return Err(format!(
                "`network.rewards` is {rewards} of the task's {d_obs} observations: at least one must be a sensor"
            ));
        }
        if sensory > d_obs - rewards {
            let sensors = d_obs - rewards;
            return Err(format!(
                "`network.sensory` is {sensory} and there are {sensors} sensors: take at most {sensors}"
            ));
        }
        self.refuse_crowds(shape)
    }

    /// Returns no bound where the largest action counts: votes of several ticks exceed 1.
    fn action_bound(&self, usual: f32, actions: Actions) -> f32 {
        if actions == Actions::Discrete { UNBOUNDED } else { usual }
    }

    fn tensors(&self, _: &IoDims) -> Vec<Tensor> {
        let kinds: &[Kind] = if self.shared { &[Kind::Unit] } else { &[Kind::Synapse, Kind::Neuron] };
        kinds.iter().flat_map(|kind| self.unit.tensors(*kind)).collect()
    }

    fn state_words(&self, _: &IoDims) -> usize {
        self.units() * self.unit.state_words()
    }

    fn n_neurons(&self) -> usize {
        0
    }

    fn step_ms(&self) -> f64 {
        0.0
    }

    fn kernels(
        &self,
        shape: &IoDims,
        genome: &Genome,
        options: &NetworkLaunch,
    ) -> Result<NetworkKernels, ComposeError> {
        let constants = self
            .unit
            .constants(self.unit.inputs, self.sharing(shape, options), options)
            .uint("NEURONS", self.neurons)
            .uint("HIDDEN", self.hidden(shape))
            .uint("SYNAPSES", self.synapses())
            .uint("SENSORY", self.sensory)
            .uint("TO_HIDDEN", self.from_hidden)
            .uint("TO_OUTPUT", self.from_outputs)
            .uint("SENSORS", shape.d_obs - self.rewards)
            .uint("REWARDS", self.rewards)
            .uint("TICKS", self.ticks)
            .float("NOISE", self.noise as f32)
            .uint("OWN_CHROMOSOME", if self.shared { 0 } else { self.unit.n_params() / 4 })
            .uint("D_OBS", shape.d_obs)
            .uint("D_ACT", shape.d_act)
            .uint("N_WORDS", genome.n_words())
            .float("ACTION_BOUND", options.action_bound);
        let label = "networks/enu/network";
        let module = compose(label, shader(label).unwrap_or_default(), &constants)?;
        Ok(NetworkKernels::of(&module))
    }

    fn cost(&self, shape: &IoDims, _firing_rate_hz: f64) -> Cost {
        let steps = (self.ticks * self.units()) as f64;
        let drawn = if self.noise > 0.0 { self.unit.outputs as f64 } else { 0.0 };
        let operations = (self.unit.operations(self.unit.inputs) + NORMAL * drawn) * steps;
        let mut cost = Cost { operations, ..Cost::default() };
        // states pass through memory in every tick, and the two chromosomes as well
        let (state, ticks) = (4.0 * self.state_words(shape) as f64, self.ticks as f64);
        cost.read(BufferId::Theta, ticks * 8.0 * self.unit.n_params() as f64);
        cost.read(BufferId::NetworkState, (ticks - 1.0) * state);
        cost.write(BufferId::NetworkState, (ticks - 1.0) * state);
        shape.charge(&mut cost, self.state_words(shape));
        cost
    }

    fn initial(&self, shape: &IoDims, key: Key) -> Vec<f64> {
        initial(self.n_params(shape), self.initial_std, key)
    }
}
