//! Turns a configuration into a plan: sizes, kernels, buffers and passes, before anything is allocated.

use std::sync::Arc;

use super::{
    error::PlanError,
    pass::{Buffer, DispatchRow, Matrix, Pass, When},
};
use crate::{
    algorithms::{self, Algorithm, AlgorithmLaunch, Evolution},
    config::{Config, Slab},
    kernel::{
        buffers::BufferId,
        device::DeviceTraits,
        entry::{Kernel, PassId},
        genome::Genome,
        mirror::Mirror,
        records::{EndedHeader, EpisodeRecord, RunParams},
        wgsl::{ComposeError, Constants, compose, shader},
    },
    networks::{self, Network},
    physics::{cooperative::CONTACT_BYTES, stepper::capacity::Places},
    plan::{homes, rewards, variant::Variant},
    tasks::{self, Sharing, Task},
};

/// Environment steps between compactions of the live list.
pub const COMPACT_EVERY: usize = 8;

/// All that a run fixes before it touches a device.
pub struct Plan {
    /// Task of the run.
    pub task: Box<dyn Task>,
    /// Network of the run.
    pub network: Box<dyn Network>,
    /// Interface between task and network.
    pub io: networks::IoDims,
    /// Number of lives at a time; with one episode per member, each belongs to a different member.
    pub n_slots: usize,
    /// Number of members whose parameters the device holds.
    pub n_places: usize,
    /// Number of episodes per member.
    pub episodes: usize,
    /// Layout of the kernels.
    pub variant: Variant,
    /// Layouts that the network offers.
    network_options: Vec<networks::NetworkLaunch>,
    /// Symmetry of the body, if the network has two hemispheres.
    pub mirror: Option<Arc<Mirror>>,
    /// Algorithm of the run.
    pub algorithm: Box<dyn Algorithm>,
    /// Layout of a member's parameters.
    pub genome: Genome,
    /// Number of members per dispatch of the estimate.
    pub block: usize,
    /// Layout of the algorithm's kernels.
    pub algorithm_launch: AlgorithmLaunch,
    /// Invocations of task kernels per environment.
    pub task_lanes: usize,
    /// Number of lives that feed the normaliser: all lives of the first members.
    pub n_moment_lives: usize,
    /// Passes in their order.
    pub passes: Vec<Pass>,
    /// Buffers in the order of their binding numbers.
    pub buffers: Vec<Buffer>,
}

/// Parts of a plan that may come from outside the configuration.
struct Parts {
    task: Box<dyn Task>,
    network: Box<dyn Network>,
    mirror: Option<Arc<Mirror>>,
}

impl Plan {
    /// Returns the sizes of a generation's record: lives that feed the normaliser, length of an observation, number
    /// of terms.
    pub fn open_sizes(&self) -> (usize, usize, usize) {
        (self.n_moment_lives, self.task.d_obs(), self.task.terms().len())
    }

    /// Plans `config` for a device.
    ///
    /// Errors: shaders that do not compose, or a slab that the device cannot bind.
    pub fn new(config: &Config, device: DeviceTraits) -> Result<Self, PlanError> {
        rewards::check(config)?;
        Self::in_variant(config, device, Variant::usual(device))
    }

    /// Plans `config` with kernels laid out by `variant`, which must be known. Results do not depend on the variant.
    pub fn in_variant(config: &Config, device: DeviceTraits, variant: Variant) -> Result<Self, PlanError> {
        let task = rewards::task(&config.task, config)?;
        let mirror = mirror(config, task.as_ref())?;
        let network = networks::build(&config.network, mirror.clone());
        Self::assemble(config, device, variant, Parts { task, network, mirror })
    }

    /// Plans a user-supplied task and network. `config` gives the rest; its `task` and `network` are ignored.
    ///
    /// Errors: as [`Self::new`]; an algorithm that cannot evolve such a network.
    pub fn of_parts(
        config: &Config,
        device: DeviceTraits,
        task: Box<dyn Task>,
        network: Box<dyn Network>,
    ) -> Result<Self, PlanError> {
        Self::assemble(config, device, Variant::usual(device), Parts { task, network, mirror: None })
    }

    fn assemble(
        config: &Config,
        device: DeviceTraits,
        variant: Variant,
        Parts { task, network, mirror }: Parts,
    ) -> Result<Self, PlanError> {
        let io = networks::IoDims { d_obs: task.d_obs(), d_act: task.d_act() };
        network.fits(&io).map_err(PlanError::Misfit)?;
        // The algorithm of the first phase, with room for the largest population.
        let mut first = config.in_phase(0, 0).algorithm;
        first.set_population(config.largest_population());
        let algorithm = algorithms::build(&first).ok_or(PlanError::NotEvolved)?;
        let genome = genome(network.as_ref(), &io, algorithm.as_ref())?;
        let population = config.largest_population() as usize;
        let episodes = config.algorithm.episodes() as usize;
        let judged = config.evaluation.episodes as usize;
        let (lives, members) = ((population * episodes).max(judged), population.max(judged));
        let (n_slots, n_places) = slots(config.device.slab, (lives, members), &genome, device);
        let n_moment_lives = population.min(config.normaliser.members as usize) * episodes;
        let block = algorithm.evolution().map_or(0, |evolution| evolution.block(n_places));
        let bound = networks::action_bound(config.algorithm.family(), task.actions());
        let usual = networks::NetworkLaunch {
            lanes: if device.software { 8 } else { 32 },
            subgroup: device.subgroup,
            normaliser_clip: config.normaliser.clip as f32,
            action_bound: network.action_bound(bound, task.actions()),
            neighbours: episodes,
        };
        let network_options = network.variants(&usual);
        let mut plan = Self {
            task,
            network,
            mirror,
            n_slots,
            n_places,
            episodes,
            io,
            variant,
            network_options,
            algorithm,
            genome,
            block,
            algorithm_launch: AlgorithmLaunch { workgroup: variant.algorithm_workgroup, int64: device.int64 },
            task_lanes: 1,
            n_moment_lives,
            passes: vec![],
            buffers: vec![],
        };
        plan.compose(device)?;
        plan.buffers = plan.list_buffers();
        plan.refuse_what_does_not_fit(device)?;
        Ok(plan)
    }

    /// Adopts the rates and population of `config`, a phase of the planned run.
    ///
    /// Errors: [`PlanError::NotEvolved`].
    pub fn follow(&mut self, config: &Config) -> Result<(), PlanError> {
        self.algorithm = algorithms::build(&config.algorithm).ok_or(PlanError::NotEvolved)?;
        Ok(())
    }

    /// Returns the algorithm as one that evolves.
    ///
    /// Errors: [`PlanError::NotEvolved`].
    pub fn evolution(&self) -> Result<&dyn Evolution, PlanError> {
        self.algorithm.evolution().ok_or(PlanError::NotEvolved)
    }

    /// Returns the words of one member's parameters.
    pub fn n_words(&self) -> usize {
        self.genome.n_words()
    }

    /// Returns the number of parameters per member.
    pub fn n_params(&self) -> usize {
        self.genome.n_params
    }

    /// Returns the parameters as matrices, in the order of storage.
    pub fn matrices(&self) -> Vec<Matrix> {
        let mut offset = 0;
        let place = |tensor: networks::Tensor| {
            let networks::Tensor { name, rows, cols, transposed, by_fours } = tensor;
            let (rows, cols) = if transposed { (cols, rows) } else { (rows, cols) };
            let matrix = Matrix { name, rows, cols, offset, transposed, by_fours };
            offset += rows * cols;
            matrix
        };
        self.network.tensors(&self.io).into_iter().map(place).collect()
    }

    /// Returns the layout of the network's kernels.
    pub fn network_launch(&self) -> networks::NetworkLaunch {
        self.network_options[self.variant.network]
    }

    /// Returns the number of individuals per workgroup of the network's kernels.
    pub fn individuals_per_workgroup(&self) -> usize {
        self.network.individuals_per_workgroup(&self.io, &self.network_launch())
    }

    /// Returns the number of layouts that the network offers.
    pub fn n_network_variants(&self) -> usize {
        self.network_options.len()
    }

    /// Returns the number of ended episodes that the device can hold for the host; further ones wait in their slots.
    pub fn ended_capacity(&self) -> usize {
        2 * self.n_slots
    }

    /// Returns true if several lives share a member's parameters. Otherwise the parameters are in the place with the
    /// slot's own number.
    pub fn shares_places(&self) -> bool {
        self.episodes > 1
    }

    /// Returns the size of all buffers, in bytes.
    pub fn device_bytes(&self) -> u64 {
        self.buffers.iter().map(|buffer| buffer.bytes).sum()
    }

    /// Returns all kernels, in the order of the passes.
    pub fn kernels(&self) -> Vec<Kernel> {
        self.passes.iter().map(|pass| pass.kernel.clone()).collect()
    }

    fn compose(&mut self, device: DeviceTraits) -> Result<(), PlanError> {
        let options = &self.network_options[self.variant.network];
        let network = self.network.kernels(&self.io, &self.genome, options)?;
        let shape = tasks::TaskLaunch {
            n_slots: self.n_slots,
            workgroup: self.variant.task_workgroup,
            sharing: if device.software { Sharing::Never } else { Sharing::LargeRobots },
        };
        let task = self.task.kernels(&shape)?;
        self.task_lanes = task.lanes;
        self.refuse_crowds(device)?;
        let sample = self.algorithm.sample_kernel(&self.genome, &self.algorithm_launch)?;
        let tell = self.algorithm.evolution().map(|tells| tells.tell_kernels(&self.genome, &self.algorithm_launch));
        let drawing = self.algorithm.sample_invocations(&self.genome);
        let mut rollout = Constants::default()
            .uint("NETWORK_GROUP", self.individuals_per_workgroup())
            .uint("TASK_WORKGROUP", task.slots_per_workgroup)
            .uint("N_TERMS", self.task.terms().len())
            .uint("N_SLOTS", self.n_slots)
            .uint("ENDED_CAPACITY", self.ended_capacity())
            .uint("SAMPLE_GROUPS", self.algorithm_launch.groups(drawing) as usize)
            .uint("SAMPLE_CHUNK", AlgorithmLaunch::SAMPLE_CHUNK)
            .uint("COMPACT_WIDTH", if device.software { 64 } else { 256 });
        if self.shares_places() {
            rollout = rollout
                .uint("N_PLACES", self.n_places)
                .import_instead("rollout/opening", "rollout/opening_shared")
                .import_instead("rollout/places", "rollout/places_shared");
        }
        let own = |id, name: &'static str| -> Result<Kernel, ComposeError> {
            let path = format!("rollout/{name}");
            let module = compose(&path, shader(&path).unwrap_or_default(), &rollout)?;
            Ok(Kernel::new(id, &module, name))
        };
        let pass = |kernel, when| Pass { kernel, when };
        self.passes = vec![
            pass(own(PassId::Start, "start")?, When::Start),
            pass(sample, When::Fresh(DispatchRow::FreshSample)),
            pass(network.reset, When::Fresh(DispatchRow::FreshNetwork)),
            pass(task.reset, When::Fresh(DispatchRow::FreshTask)),
            pass(network.step, When::Step(DispatchRow::Network)),
            pass(task.step, When::Step(DispatchRow::Task)),
            pass(own(PassId::Compact, "compact")?, When::Compaction),
        ];
        self.passes.extend(tell.transpose()?.into_iter().flatten().map(|kernel| pass(kernel, When::Tell)));
        Ok(())
    }

    /// Refuses a configured number of contact slots that workgroup memory cannot hold.
    fn refuse_crowds(&self, device: DeviceTraits) -> Result<(), PlanError> {
        match self.contact_places() {
            Some(places) if places.is_given && places.workgroup_bytes > device.workgroup_bytes as usize => {
                let fits = places.fitting(device.workgroup_bytes as usize, CONTACT_BYTES);
                let (wanted, kept, bytes) = (places.between, places.kept, places.workgroup_bytes);
                Err(PlanError::Crowded { wanted, kept, bytes, limit: device.workgroup_bytes, fits })
            }
            _ => Ok(()),
        }
    }

    /// Returns the contact slots of the task's kernels, or `None` if the task has no contacts.
    pub fn contact_places(&self) -> Option<Places> {
        self.task.contact_places(self.task_lanes > 1)
    }

    fn list_buffers(&self) -> Vec<Buffer> {
        let (d_obs, d_act) = (self.task.d_obs(), self.task.d_act());
        let fixed = |id, bytes: u64| Buffer { id, bytes, per_slot: false };
        let slotted = |id, words: usize| Buffer { id, bytes: 4 * (words * self.n_slots) as u64, per_slot: true };
        let episode_words = std::mem::size_of::<EpisodeRecord>() / 4;
        let mut buffers = vec![
            fixed(BufferId::Run, std::mem::size_of::<RunParams>() as u64),
            fixed(BufferId::Opening, 4 * (1 + self.n_slots * if self.shares_places() { 2 } else { 1 }) as u64),
            fixed(BufferId::Live, 4 * (1 + self.n_slots as u64)),
            fixed(BufferId::Fresh, 4 * (1 + self.n_slots as u64)),
            fixed(BufferId::Dispatch, 12 * DispatchRow::COUNT),
            Buffer {
                id: BufferId::Theta,
                bytes: 4 * (self.genome.shared_words() + self.n_words() * self.n_places) as u64,
                per_slot: self.genome.shared_words() == 0 && !self.shares_places(),
            },
            slotted(BufferId::Obs, d_obs),
            slotted(BufferId::Action, d_act),
            fixed(BufferId::Normaliser, 8 * d_obs as u64),
            fixed(BufferId::Moments, 8 * (d_obs * self.n_moment_lives) as u64),
            slotted(BufferId::NetworkState, self.network.state_words(&self.io)),
            slotted(BufferId::TaskState, self.task.state_fields()),
            slotted(BufferId::Episode, episode_words),
            slotted(BufferId::Terms, self.task.terms().len()),
            fixed(
                BufferId::Ended,
                (std::mem::size_of::<EndedHeader>() + 4 * episode_words * self.ended_capacity()) as u64,
            ),
            fixed(BufferId::EndedTerms, 4 * (self.task.terms().len() * self.ended_capacity()) as u64),
            fixed(BufferId::Utility, 4 * self.block as u64),
            fixed(BufferId::Gradient, 4 * self.genome.padded_len() as u64),
        ];
        match self.genome.factors {
            None => {
                buffers.push(fixed(BufferId::Distribution, 4 * self.algorithm.distribution_words(&self.genome) as u64))
            }
            Some(_) => {
                let words = self.algorithm.evolution().map_or(0, |evolution| evolution.noise_words(&self.genome));
                buffers.push(fixed(BufferId::Noise, 4 * words as u64));
            }
        }
        if self.shares_places() {
            buffers.push(fixed(BufferId::Places, 4 * homes::words(self.n_places) as u64));
        }
        buffers.sort_by_key(|buffer| buffer.id);
        buffers
    }

    fn refuse_what_does_not_fit(&self, device: DeviceTraits) -> Result<(), PlanError> {
        let limit = device.max_binding_bytes;
        match self.buffers.iter().find(|buffer| buffer.bytes > limit) {
            None => Ok(()),
            Some(buffer) => {
                let (field, count) = match buffer.id {
                    BufferId::Moments => ("normaliser.members", self.n_moment_lives / self.episodes),
                    BufferId::Theta => ("device.slab", self.n_places),
                    _ => ("device.slab", self.n_slots),
                };
                Err(PlanError::TooLarge {
                    name: buffer.id.name().into(),
                    bytes: buffer.bytes,
                    n_slots: self.n_slots,
                    limit,
                    field,
                    fits: limit / (buffer.bytes / count as u64).max(1),
                })
            }
        }
    }
}

/// Returns the symmetry of the body, if the network has two hemispheres.
fn mirror(config: &Config, task: &dyn Task) -> Result<Option<Arc<Mirror>>, PlanError> {
    if !config.network.is_bilateral() {
        return Ok(None);
    }
    task.mirror().map(|mirror| Some(Arc::new(mirror))).map_err(PlanError::Asymmetric)
}

/// Returns the layout of a member: all of its parameters, or low-rank factors of their perturbation.
fn genome(network: &dyn Network, io: &networks::IoDims, algorithm: &dyn Algorithm) -> Result<Genome, PlanError> {
    let whole = network.genome(io);
    let unfit = || PlanError::Refused(format!("{} does not train this kind of {}", algorithm.name(), network.name()));
    if !algorithm.trains(&whole) {
        return Err(unfit());
    }
    let Some(rank) = algorithm.rank() else { return Ok(whole) };
    let factors = network.factors(io, rank).ok_or_else(unfit)?;
    Ok(Genome { factors: Some(factors), ..whole })
}

/// Upper bound on the parameters of all members, in bytes, unless the user asks for more slots.
const THETA_BYTES: u64 = 1 << 30;

/// Returns the number of slots, and of places for members' parameters. Automatic slots fill the device without
/// exceeding its largest binding. There are fewer places than slots only if every member has a place.
fn slots(slab: Slab, (lives, members): (usize, usize), genome: &Genome, device: DeviceTraits) -> (usize, usize) {
    let auto = if device.software { 512 } else { 4096 };
    let room = device.max_binding_bytes.min(THETA_BYTES).saturating_sub(4 * genome.shared_words() as u64);
    let fits = (room / (4 * genome.n_words() as u64)) as usize;
    let slots = match slab {
        Slab::Members(slots) => lives.min(slots as usize),
        Slab::Auto if members <= fits => lives.min(auto),
        Slab::Auto => lives.min(auto).min(fits),
    }
    .max(1);
    (slots, slots.min(members))
}
