//! One network's kernels with the buffers of a few individuals, whatever the network.

use gpu_ec::{
    gpu::{Gpu, Selector, Workspace, fold},
    kernel::{
        buffers::BufferId,
        entry::PassId,
        genome::Genome,
        random::{Key, philox4x32, uniform01},
        records::{EpisodeRecord, RunParams},
    },
    networks::{IoDims, Network, NetworkLaunch, Weights},
};

pub const POISON: u32 = 0xdead_beef;
pub const KEY: Key = [17, 23];

pub fn gpu() -> Gpu {
    Gpu::open(&Selector::Best).expect("a Vulkan driver; see the README")
}

/// A number in [0, 1).
pub fn random(index: usize, stream: u32) -> f32 {
    uniform01(philox4x32([(index / 4) as u32, stream, 0, 0], KEY)[index % 4])
}

/// `count` numbers in [-size, size).
pub fn randoms(count: usize, stream: u32, size: f32) -> Vec<f32> {
    (0..count).map(|index| size * (2.0 * random(index, stream) - 1.0)).collect()
}

pub struct Bench<'gpu> {
    pub workspace: Workspace<'gpu>,
    pub slots: usize,
    pub state_words: usize,
}

impl<'gpu> Bench<'gpu> {
    /// Compiles with bounds checks if `checked`; outputs and states are poisoned, observations go through unchanged.
    pub fn new(
        gpu: &'gpu Gpu,
        network: &dyn Network,
        shape: IoDims,
        slots: usize,
        lanes: usize,
        checked: bool,
    ) -> Self {
        Self::of(gpu, (network, &network.genome(&shape)), shape, slots, lanes, checked)
    }

    /// The same for members of `genome`.
    pub fn of(
        gpu: &'gpu Gpu,
        (network, genome): (&dyn Network, &Genome),
        shape: IoDims,
        slots: usize,
        lanes: usize,
        checked: bool,
    ) -> Self {
        let options = NetworkLaunch {
            lanes,
            subgroup: gpu.adapter.traits().subgroup,
            normaliser_clip: 10.0,
            action_bound: gpu_ec::networks::BOUNDED,
            neighbours: 1,
        };
        let kernels = network.kernels(&shape, genome, &options).expect("composes");
        let mut kernels = vec![kernels.reset, kernels.step];
        if checked {
            kernels = kernels.into_iter().map(gpu_ec::kernel::entry::Kernel::checked).collect();
        }
        let mut workspace = Workspace::new(gpu, &kernels).expect("compiles");
        let state_words = network.state_words(&shape);
        for (name, words) in [
            (BufferId::Run, size_of::<RunParams>() / 4),
            (BufferId::Live, slots + 1),
            (BufferId::Fresh, slots + 1),
            (BufferId::Theta, genome.shared_words() + slots * genome.n_words()),
            (BufferId::Obs, slots * shape.d_obs),
            (BufferId::Action, slots * shape.d_act),
            (BufferId::Normaliser, 2 * shape.d_obs),
            (BufferId::Moments, slots * 2 * shape.d_obs),
            (BufferId::NetworkState, slots * state_words),
            (BufferId::Episode, 8 * slots),
        ] {
            workspace.alloc(name, 4 * words as u64).expect("fits");
        }
        let bench = Self { workspace, slots, state_words };
        let all: Vec<u32> = std::iter::once(slots as u32).chain(0..slots as u32).collect();
        bench.workspace.write(BufferId::Live, &all);
        bench.workspace.write(BufferId::Fresh, &all);
        bench.workspace.write(BufferId::Normaliser, &[vec![0f32; shape.d_obs], vec![1.0; shape.d_obs]].concat());
        for name in [BufferId::Action, BufferId::NetworkState, BufferId::Theta, BufferId::Obs] {
            bench.workspace.fill(name, POISON);
        }
        bench.begin(0, 0);
        bench
    }

    /// Fresh episodes; `first` is the member in slot 0.
    pub fn begin(&self, first: u32, n_moment_lives: u32) {
        let (n_slots, generation) = (self.slots as u32, 5);
        let run = RunParams {
            key_membrane: KEY,
            generation,
            n_slots,
            n_moment_lives,
            episode_cap: 1000,
            ..Default::default()
        };
        self.workspace.write(BufferId::Run, &[run]);
        let record = |life| EpisodeRecord { life, ..Default::default() };
        self.workspace.write(BufferId::Episode, &(first..first + n_slots).map(record).collect::<Vec<EpisodeRecord>>());
    }

    pub fn dispatch(&mut self, kernel: PassId) {
        self.workspace.dispatch(kernel, fold(self.slots as u32)).expect("runs");
    }

    pub fn read<T: bytemuck::Pod>(&mut self, name: BufferId) -> Vec<T> {
        self.workspace.read(name).expect("reads")
    }
}

/// Parameters as words of `theta`, padded.
pub fn words(weights: Weights, values: &[f32]) -> Vec<u32> {
    let mut words: Vec<u32> = match weights {
        Weights::Floats => values.iter().map(|value| value.to_bits()).collect(),
        Weights::Bits => values
            .chunks(32)
            .map(|bits| bits.iter().rev().fold(0, |word, bit| word << 1 | u32::from(*bit > 0.0)))
            .collect(),
    };
    words.resize(weights.words(values.len()), 0);
    words
}
