//! A network's kernels on a population with random parameters and held observations.

use std::time::Instant;

use gpu_ec::{
    gpu::{Gpu, Workgroups, Workspace, fold},
    kernel::{
        buffers::BufferId,
        entry::PassId,
        random::{normals, philox4x32, uniform01},
        records::{EpisodeRecord, RunParams},
    },
    networks::{IoDims, Network, NetworkLaunch, Weights},
};

use crate::{Settings, yardstick::UNIT};

/// Number of different networks with real parameters; drawing more takes longer than all measurements.
const REAL: usize = 64;

/// Largest input that 8 bits hold.
const MOST: f32 = 127.0 * UNIT;

pub struct Population<'gpu> {
    workspace: Workspace<'gpu>,
    groups: [u32; 3],
    state_words: usize,
    /// Neurons x substeps x individuals: the largest number of spikes in a step.
    chances: f64,
    steps: usize,
    /// `[individuals][n_words]`.
    pub theta: Vec<u32>,
    /// `[individuals][d_obs]`: multiples of [`UNIT`].
    pub obs: Vec<f32>,
}

fn bits(index: usize, stream: u32) -> [u32; 4] {
    philox4x32([index as u32, stream, 0, 0], [1, 2])
}

/// Draws 32 connections, each with probability `threshold` / 65536.
fn word(index: usize, threshold: u32) -> u32 {
    (0..4).fold(0u32, |word, quarter| {
        let draws = bits(4 * index + quarter, 0).into_iter().flat_map(|bits| [bits & 0xffff, bits >> 16]);
        draws.fold(word, |word, draw| word << 1 | u32::from(draw < threshold))
    })
}

/// Draws an input: the sum of four uniforms, scaled to unit variance and rounded to a multiple of [`UNIT`].
fn input(index: usize) -> f32 {
    let normal = bits(index, 1).map(uniform01).iter().map(|u| (u - 0.5) * 3f32.sqrt()).sum::<f32>();
    ((normal / UNIT).round() * UNIT).clamp(-MOST, MOST)
}

/// Draws the parameters of all individuals: connections of the density in `settings`, or N(0, 1).
fn parameters(network: &dyn Network, settings: &Settings, shape: &IoDims) -> Vec<u32> {
    let (n, n_words) = (settings.individuals, network.n_words(shape));
    let threshold = (settings.density * 65536.0).round() as u32;
    match network.weights() {
        Weights::Bits => (0..n * n_words).map(|index| word(index, threshold)).collect(),
        Weights::Floats => {
            let words = normals([0; 3], [1, 2]).take(REAL * n_words).map(|weight| (weight as f32).to_bits());
            words.collect::<Vec<u32>>().into_iter().cycle().take(n * n_words).collect()
        }
    }
}

impl<'gpu> Population<'gpu> {
    /// Creates the population on the device; `chances` is neurons x substeps.
    pub fn new(
        gpu: &'gpu Gpu,
        (network, options, chances): (&dyn Network, &NetworkLaunch, usize),
        settings: &Settings,
        shape: &IoDims,
    ) -> Self {
        let n = settings.individuals;
        let kernels = network.kernels(shape, &network.genome(shape), options).expect("composes");
        let mut workspace = Workspace::new(gpu, &[kernels.reset, kernels.step]).expect("compiles");
        let n_words = network.n_words(shape);
        let state_words = network.state_words(shape);
        for (name, words) in [
            (BufferId::Run, size_of::<RunParams>() / 4),
            (BufferId::Live, n + 1),
            (BufferId::Fresh, n + 1),
            (BufferId::Theta, n * n_words),
            (BufferId::Obs, n * shape.d_obs),
            (BufferId::Action, n * shape.d_act),
            (BufferId::Normaliser, 2 * shape.d_obs),
            (BufferId::Moments, 2 * shape.d_obs),
            (BufferId::NetworkState, n * state_words),
            (BufferId::Episode, 8 * n),
        ] {
            workspace.alloc(name, 4 * words as u64).expect("fits");
        }
        workspace.write(BufferId::Run, &[RunParams { n_slots: n as u32, episode_cap: 1000, ..Default::default() }]);
        let all: Vec<u32> = std::iter::once(n as u32).chain(0..n as u32).collect();
        workspace.write(BufferId::Live, &all);
        workspace.write(BufferId::Fresh, &all);
        let theta = parameters(network, settings, shape);
        let obs: Vec<f32> = (0..n * shape.d_obs).map(input).collect();
        workspace.write(BufferId::Theta, &theta);
        workspace.write(BufferId::Obs, &obs);
        workspace.write(BufferId::Normaliser, &[vec![0f32; shape.d_obs], vec![1f32; shape.d_obs]].concat());
        workspace.write(BufferId::Episode, &vec![EpisodeRecord::default(); n]);
        let chances = (n * chances) as f64;
        Self { workspace, groups: fold(n as u32), state_words, chances, steps: 0, theta, obs }
    }

    pub fn reset(&mut self) {
        self.workspace.dispatch(PassId::NetworkReset, self.groups).expect("runs");
    }

    /// Takes one environment step; returns wall-clock seconds.
    pub fn step(&mut self) -> f64 {
        let started = Instant::now();
        self.steps(1);
        started.elapsed().as_secs_f64()
    }

    /// Takes `count` environment steps in one submission.
    pub fn steps(&mut self, count: usize) {
        let mut batch = self.workspace.batch().expect("binds");
        let step = (PassId::NetworkStep, Workgroups::Direct(self.groups));
        self.workspace.dispatch_all(&mut batch, std::iter::repeat_n(step, count));
        self.workspace.submit(batch, &[]);
        self.workspace.wait().expect("runs");
        self.steps += count;
    }

    /// Returns the state of every individual: v, i_syn and rate by neuron, then one bit per neuron.
    pub fn states(&mut self) -> Vec<Vec<f32>> {
        let states: Vec<f32> = self.workspace.read(BufferId::NetworkState).expect("reads");
        states.chunks(self.state_words).map(<[f32]>::to_vec).collect()
    }

    /// Returns the fraction of the neurons that fire in a substep, over all steps so far.
    pub fn firing(&mut self) -> f64 {
        let episodes: Vec<EpisodeRecord> = self.workspace.read(BufferId::Episode).expect("reads");
        let spikes: f64 = episodes.iter().map(|episode| f64::from(episode.spikes)).sum();
        spikes / (self.chances * self.steps as f64)
    }
}
