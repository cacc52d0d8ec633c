//! From a configuration to a plan: sizes, kernels, buffers and passes, before anything is allocated.

use std::sync::Arc;

use super::{
    error::PlanError,
    pass::{Buffer, Matrix, Pass, Row, When},
};
use crate::{
    algorithms::{self, Algorithm, Layout},
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

/// Environment steps between two compactions of the live list.
pub const COMPACT_EVERY: usize = 8;

/// Everything a run needs to know before it touches a device.
pub struct Plan {
    /// The task.
    pub task: Box<dyn Task>,
    /// The network.
    pub network: Box<dyn Network>,
    /// What lies between task and network.
    pub io: networks::Shape,
    /// Lives at once: episodes, each of another member where members have one.
    pub n_slots: usize,
    /// Members whose parameters the device holds.
    pub n_places: usize,
    /// Episodes of a member.
    pub episodes: usize,
    /// How the kernels are laid out.
    pub variant: Variant,
    /// The layouts that the network offers.
    network_options: Vec<networks::KernelOptions>,
    /// How the body is symmetric, where the network has two hemispheres.
    pub mirror: Option<Arc<Mirror>>,
    /// The algorithm.
    pub algorithm: Box<dyn Algorithm>,
    /// What a member is made of.
    pub genome: Genome,
    /// Members whose utilities the device has room for.
    pub block: usize,
    /// How the kernels of the algorithm are laid out.
    pub algorithm_layout: Layout,
    /// Invocations of task kernels that share an environment.
    pub task_lanes: usize,
    /// Lives whose states feed the normaliser: all those of the first members.
    pub n_moment_lives: usize,
    /// Passes in order.
    pub passes: Vec<Pass>,
    /// Buffers in the order of their binding numbers.
    pub buffers: Vec<Buffer>,
}

/// What a plan is assembled from beside the configuration.
struct Parts {
    task: Box<dyn Task>,
    network: Box<dyn Network>,
    mirror: Option<Arc<Mirror>>,
}

impl Plan {
    /// Returns what the record of a generation depends on: lives whose states feed the normaliser, length of an
    /// observation, terms of the reward.
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

    /// Plans `config` with its kernels laid out as `variant` says, which must be known: results are equal.
    pub fn in_variant(config: &Config, device: DeviceTraits, variant: Variant) -> Result<Self, PlanError> {
        let task = rewards::task(&config.task, config)?;
        let mirror = mirror(config, task.as_ref())?;
        let network = networks::build(&config.network, mirror.clone());
        Self::assemble(config, device, variant, Parts { task, network, mirror })
    }

    /// Plans a task and a network of one's own; `config` gives the rest, and its own `task` and `network` are not
    /// looked at.
    ///
    /// Errors: as [`Self::new`]; an algorithm that does not evolve such a network.
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
        let io = networks::Shape { d_obs: task.d_obs(), d_act: task.d_act() };
        // the first phase's, with room for the largest population
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
        let block = algorithm.block(n_places);
        let usual = networks::KernelOptions {
            lanes: if device.software { 8 } else { 32 },
            subgroup: device.subgroup,
            normaliser_clip: config.normaliser.clip as f32,
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
            algorithm_layout: Layout { workgroup: variant.algorithm_workgroup, int64: device.int64 },
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

    /// Takes rates and population of `config`, a phase of the run that was planned.
    ///
    /// Errors: [`PlanError::NotEvolved`].
    pub fn follow(&mut self, config: &Config) -> Result<(), PlanError> {
        self.algorithm = algorithms::build(&config.algorithm).ok_or(PlanError::NotEvolved)?;
        Ok(())
    }

    /// Words of one member's parameters.
    pub fn n_words(&self) -> usize {
        self.genome.n_words()
    }

    /// Parameters of a member.
    pub fn n_params(&self) -> usize {
        self.genome.n_params
    }

    /// Returns the parameters as matrices, in the order in which they are stored.
    pub fn matrices(&self) -> Vec<Matrix> {
        let mut offset = 0;
        let place = |tensor: networks::Tensor| {
            let networks::Tensor { name, rows, cols, transposed } = tensor;
            let (rows, cols) = if transposed { (cols, rows) } else { (rows, cols) };
            let matrix = Matrix { name, rows, cols, offset, transposed };
            offset += rows * cols;
            matrix
        };
        self.network.tensors(&self.io).into_iter().map(place).collect()
    }

    /// Layouts that the network offers.
    pub fn n_network_variants(&self) -> usize {
        self.network_options.len()
    }

    /// Ended episodes that the device keeps for the host; more of them wait in their slots.
    pub fn ended_capacity(&self) -> usize {
        2 * self.n_slots
    }

    /// Returns whether several lives share a member's parameters; else they stand in the place of the slot's own
    /// number.
    pub fn shares_places(&self) -> bool {
        self.episodes > 1
    }

    /// Bytes of all buffers.
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
        let shape = tasks::Shape {
            n_slots: self.n_slots,
            workgroup: self.variant.task_workgroup,
            sharing: if device.software { Sharing::Never } else { Sharing::LargeRobots },
        };
        let task = self.task.kernels(&shape)?;
        self.task_lanes = task.lanes;
        self.refuse_crowds(device)?;
        let algorithm = self.algorithm.kernels(&self.genome, &self.algorithm_layout)?;
        let drawing = self.algorithm.sample_invocations(&self.genome);
        let mut rollout = Constants::default()
            .uint("NETWORK_GROUP", self.network.individuals_per_workgroup())
            .uint("TASK_WORKGROUP", task.slots_per_workgroup)
            .uint("N_TERMS", self.task.terms().len())
            .uint("N_SLOTS", self.n_slots)
            .uint("ENDED_CAPACITY", self.ended_capacity())
            .uint("SAMPLE_GROUPS", self.algorithm_layout.groups(drawing) as usize)
            .uint("SAMPLE_CHUNK", Layout::SAMPLE_CHUNK)
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
            pass(algorithm.sample, When::Fresh(Row::FreshSample)),
            pass(network.reset, When::Fresh(Row::FreshNetwork)),
            pass(task.reset, When::Fresh(Row::FreshTask)),
            pass(network.step, When::Step(Row::Network)),
            pass(task.step, When::Step(Row::Task)),
            pass(own(PassId::Compact, "compact")?, When::Compaction),
        ];
        self.passes.extend(algorithm.tell.into_iter().map(|kernel| pass(kernel, When::Tell)));
        Ok(())
    }

    /// Refuses more places for contacts than a workgroup holds, where the configuration asks for them.
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

    /// Returns how many contacts the task's kernels keep at once; `None`: there are none.
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
            fixed(BufferId::Dispatch, 12 * Row::COUNT),
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
            fixed(BufferId::Utility, 4 * self.algorithm.block(self.n_places) as u64),
            fixed(BufferId::Gradient, 4 * self.genome.room() as u64),
        ];
        match self.genome.factors {
            None => {
                buffers.push(fixed(BufferId::Distribution, 4 * self.algorithm.distribution_words(&self.genome) as u64))
            }
            Some(_) => buffers.push(fixed(BufferId::Noise, 4 * self.algorithm.noise_words(&self.genome) as u64)),
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

/// Returns how the body is symmetric, where the network has two hemispheres.
fn mirror(config: &Config, task: &dyn Task) -> Result<Option<Arc<Mirror>>, PlanError> {
    if !config.network.is_bilateral() {
        return Ok(None);
    }
    task.mirror().map(|mirror| Some(Arc::new(mirror))).map_err(PlanError::Asymmetric)
}

/// Returns what a member is made of: all of its parameters, or factors of their perturbation.
fn genome(network: &dyn Network, io: &networks::Shape, algorithm: &dyn Algorithm) -> Result<Genome, PlanError> {
    let whole = network.genome(io);
    let unfit = || PlanError::Part(format!("{} does not evolve this kind of {}", algorithm.name(), network.name()));
    if !algorithm.evolves(&whole) {
        return Err(unfit());
    }
    let Some(rank) = algorithm.rank() else { return Ok(whole) };
    let factors = network.factors(io, rank).ok_or_else(unfit)?;
    Ok(Genome { factors: Some(factors), ..whole })
}

/// Bytes of all members' parameters at most, unless the user asks for more slots.
const THETA_BYTES: u64 = 1 << 30;

/// Lives at once, and members whose parameters the device holds: enough to fill it, never more than its largest binding
/// holds. Members of several lives have fewer places than there are slots only where they all have one.
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
