//! The plan of a policy that descends gradients: a rollout that never pauses, then passes over its minibatches.

use super::{Plan, PlanError, variant::Variant};
use crate::{
    algorithms::ppo::{LOSSES, Ppo},
    config::{AlgorithmConfig, Config, PpoConfig, Surrogate},
    kernel::{
        buffers::BufferId,
        descent::{Sizes, SpikeSlope},
        device::DeviceTraits,
        entry::{Kernel, PassId},
        ppo_records::{PpoEnvironment, PpoFrame, PpoLearning},
        records::{EpisodeRecord, RunParams},
    },
    networks::{GradientKernels, NetworkKernels, NetworkLaunch, UNBOUNDED, Weights},
    tasks::{Sharing, TaskKernels, TaskLaunch},
};

/// All that a policy's run fixes before it touches a device.
pub struct PolicyPlan {
    /// Network and task; it evaluates the policy.
    pub plan: Plan,
    /// Kernels of the algorithm, and its sizes.
    pub ppo: Ppo,
    /// Gradients of the network.
    pub gradients: GradientKernels,
    /// The network's kernels in training, whose outputs are not bounded.
    network: NetworkKernels,
    task: TaskKernels,
    own: Vec<Kernel>,
    /// Buffers with their sizes in bytes.
    pub buffers: Vec<(BufferId, u64)>,
}

impl PolicyPlan {
    /// Plans `config`, whose algorithm descends a policy's gradient, for a device.
    ///
    /// Errors: a network without gradients; shaders that do not compose; buffers that the device cannot bind.
    pub fn new(config: &Config, device: DeviceTraits) -> Result<Self, PlanError> {
        let AlgorithmConfig::Ppo(settings) = &config.algorithm else {
            return Err(PlanError::Refused(format!("{} has no policy", config.algorithm.name())));
        };
        let plan = Plan::new(&config.for_evaluation(), device)?;
        let sizes = sizes(settings, &plan, device);
        let ppo = Ppo { config: settings.clone(), sizes, actions: plan.task.actions(), device };
        let launch = NetworkLaunch { action_bound: UNBOUNDED, ..plan.network_launch() };
        let no_gradients =
            || PlanError::Refused(format!("there are no gradients of this kind of {}", plan.network.name()));
        let gradients = plan.network.gradients(&sizes, &launch, device).ok_or_else(no_gradients)??;
        let network = match &gradients.bits {
            Some(bits) => bits.acting.clone(),
            None => plan.network.kernels(&plan.io, &plan.genome, &launch)?,
        };
        let task = plan.task.kernels(&TaskLaunch {
            n_slots: sizes.environments,
            workgroup: Variant::usual(device).task_workgroup,
            sharing: if device.software { Sharing::Never } else { Sharing::LargeRobots },
        })?;
        let state_words = plan.network.state_words(&plan.io);
        let clip = config.normaliser.clip as f32;
        let mut own = ppo.rollout_kernels(state_words, plan.task.terms().len(), clip)?.to_vec();
        own.extend(ppo.judging_kernels()?);
        own.extend(ppo.update_kernels(&gradients)?);
        if sizes.rounds > 1 {
            own.push(ppo.next_round_kernel()?);
        }
        if let Some(bits) = &gradients.bits {
            own.push(ppo.connect_kernel(&bits.connections)?);
        }
        let mut plan = Self { plan, ppo, gradients, network, task, own, buffers: vec![] };
        plan.buffers = plan.list_buffers();
        plan.refuse_what_does_not_fit(device)?;
        Ok(plan)
    }

    /// Returns all kernels.
    pub fn kernels(&self) -> Vec<Kernel> {
        let NetworkKernels { reset, step } = &self.network;
        let mut kernels = vec![reset.clone(), step.clone(), self.task.reset.clone(), self.task.step.clone()];
        kernels.extend(self.own.iter().cloned());
        kernels.push(self.gradients.forward.0.clone());
        kernels.extend(self.gradients.backward.iter().map(|(kernel, _)| kernel.clone()));
        kernels
    }

    /// Returns the items that a workgroup of a pass over the environments handles; `None` for other passes.
    pub fn environments_a_group(&self, pass: PassId) -> Option<usize> {
        match pass {
            PassId::NetworkReset | PassId::NetworkStep => Some(self.plan.individuals_per_workgroup()),
            PassId::TaskReset | PassId::TaskStep => Some(self.task.slots_per_workgroup),
            PassId::PpoObserve => Some(1),
            PassId::PpoAct | PassId::PpoRecord => Some(64),
            _ => None,
        }
    }

    /// Returns the buffer of the parameters that gradients descend.
    pub fn descended(&self) -> BufferId {
        if self.gradients.bits.is_some() { BufferId::PpoReal } else { BufferId::Theta }
    }

    /// Returns the number of minibatches per iteration.
    pub fn updates(&self) -> usize {
        (self.ppo.config.epochs * self.ppo.config.minibatches) as usize
    }

    /// Returns the number of sequences per iteration.
    pub fn sequences(&self) -> usize {
        self.ppo.config.sequences() as usize
    }

    fn list_buffers(&self) -> Vec<(BufferId, u64)> {
        let Sizes { environments: e, horizon, bptt, d_obs, d_act, .. } = self.ppo.sizes;
        let (plan, sizes) = (&self.plan, &self.ppo.sizes);
        let words = |words: usize| 4 * words as u64;
        let state = plan.network.state_words(&plan.io);
        let mut buffers = vec![
            (BufferId::Run, size_of::<RunParams>() as u64),
            (BufferId::Live, words(1 + e)),
            (BufferId::Fresh, words(1 + e)),
            (BufferId::Theta, words(sizes.parameters())),
            (BufferId::Obs, words(e * d_obs)),
            (BufferId::Action, words(e * d_act)),
            (BufferId::Normaliser, words(2 * d_obs)),
            (BufferId::Moments, words(2 * e * d_obs)),
            (BufferId::NetworkState, words(e * state)),
            (BufferId::TaskState, words(e * plan.task.state_fields())),
            (BufferId::Episode, (size_of::<EpisodeRecord>() * e) as u64),
            (BufferId::Terms, words(e * plan.task.terms().len())),
            (BufferId::PpoObs, words((horizon + 1) * e * d_obs)),
            (BufferId::PpoAction, words(horizon * e * d_act)),
            (BufferId::PpoFrame, (size_of::<PpoFrame>() * horizon * e) as u64),
            (BufferId::PpoValue, words((horizon + 1) * e)),
            (BufferId::PpoEnvironment, (size_of::<PpoEnvironment>() * e) as u64),
            (BufferId::PpoState, words(horizon / bptt * e * state)),
            (BufferId::PpoOrder, words(self.ppo.config.epochs as usize * self.sequences())),
            (BufferId::PpoLearning, size_of::<PpoLearning>() as u64),
            (BufferId::PpoHead, words(sizes.frames() * sizes.head_words())),
            (BufferId::PpoValueTape, 4 * words(sizes.value_tape_quads())),
            (BufferId::PpoGradient, words(sizes.parameters())),
            (BufferId::PpoAdam, words(2 * sizes.parameters())),
            (BufferId::PpoLosses, words(LOSSES * self.updates())),
        ];
        if self.gradients.bits.is_some() {
            buffers.push((BufferId::PpoReal, words(sizes.parameters())));
        }
        buffers.extend(self.gradients.buffers.iter().copied());
        buffers
    }

    fn refuse_what_does_not_fit(&self, device: DeviceTraits) -> Result<(), PlanError> {
        let limit = device.max_binding_bytes;
        match self.buffers.iter().find(|(_, bytes)| *bytes > limit) {
            None => Ok(()),
            Some((name, bytes)) => {
                Err(PlanError::TooManyEnvironments { name: name.name().into(), bytes: *bytes, limit })
            }
        }
    }
}

/// Returns the smallest number of rounds of a minibatch whose tapes the device can bind; as many as there are sequences
/// if none.
fn rounds(sequences: usize, plan: &Plan, bptt: usize, device: DeviceTraits) -> usize {
    let bytes = 4 * plan.network.tape_words(&plan.io, bptt) as u64;
    let fits = |rounds: &usize| (sequences / rounds) as u64 * bytes <= device.max_binding_bytes;
    (1..=sequences).filter(|rounds| sequences.is_multiple_of(*rounds)).find(fits).unwrap_or(sequences)
}

fn sizes(settings: &PpoConfig, plan: &Plan, device: DeviceTraits) -> Sizes {
    let sequences = (settings.sequences() / settings.minibatches) as usize;
    Sizes {
        sequences,
        rounds: rounds(sequences, plan, settings.bptt as usize, device),
        environments: settings.environments as usize,
        horizon: settings.horizon as usize,
        bptt: settings.bptt as usize,
        d_obs: plan.io.d_obs,
        d_act: plan.io.d_act,
        policy_words: Weights::Floats.words(plan.n_params()),
        value_units: settings.value_units as usize,
        spikes: SpikeSlope {
            shader: match settings.surrogate {
                Surrogate::PiecewiseLinear => "networks/rsnn_f32/surrogates/piecewise_linear",
                Surrogate::SuperSpike => "networks/rsnn_f32/surrogates/super_spike",
                Surrogate::Sigmoid => "networks/rsnn_f32/surrogates/sigmoid",
            },
            height: settings.surrogate_height as f32,
            slope: settings.surrogate_slope as f32,
            detach_reset: settings.detach_reset,
        },
    }
}
