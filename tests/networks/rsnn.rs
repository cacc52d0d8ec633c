//! The spiking network's kernels against an f64 reference written from the equations.

mod bits;
mod figures;
mod steps;
mod substeps;

use crate::support::mirror::mirror;
use crate::support::network::{KEY, POISON, random};
use crate::support::rsnn::{Bounded, State, Twin};
use gpu_ec::{
    gpu::{Gpu, Workspace, fold},
    kernel::{
        buffers::BufferId,
        entry::{Kernel, PassId},
        mirror::Image,
        records::{EpisodeRecord, RunParams},
        wgsl::compose,
    },
    networks::{IoDims, Network, NetworkLaunch, rsnn::RsnnSpec},
};
use std::sync::Arc;

/// A network of one size with the buffers of `slots` individuals.
struct Bench<'gpu> {
    workspace: Workspace<'gpu>,
    spec: RsnnSpec,
    shape: IoDims,
    slots: usize,
    twin: Twin,
    theta: Vec<u32>,
    obs: Vec<f32>,
    normaliser: Vec<f32>,
}

/// What is varied between the cases.
#[derive(Debug, Clone, Copy)]
struct Case {
    neurons: usize,
    ratio: f64,
    d_obs: usize,
    d_act: usize,
    bias: bool,
    /// Whether there are two hemispheres.
    bilateral: bool,
    lanes: usize,
    /// Whether the kernels may use the device's subgroups.
    subgroup: bool,
    slots: usize,
}

const CASE: Case = Case {
    neurons: 256,
    ratio: 0.5,
    d_obs: 11,
    d_act: 3,
    bias: false,
    bilateral: false,
    lanes: 8,
    subgroup: true,
    slots: 64,
};

fn pairs(image: &Image) -> Vec<(usize, bool)> {
    image.of.iter().copied().zip(image.negated.iter().copied()).collect()
}

fn random_bits(index: usize, stream: u32, density: f32) -> u32 {
    (0..32).fold(0, |word, bit| word | u32::from(random(32 * index + bit, stream) < density) << bit)
}

impl<'gpu> Bench<'gpu> {
    fn new(gpu: &'gpu Gpu, case: Case, checked: bool) -> Self {
        let spec = RsnnSpec {
            neurons: case.neurons,
            excitatory_ratio: case.ratio,
            bias_input: case.bias,
            bilateral: case.bilateral,
            mirror: case.bilateral.then(|| Arc::new(mirror(case.d_obs, case.d_act))),
            ..RsnnSpec::default()
        };
        let shape = IoDims { d_obs: case.d_obs, d_act: case.d_act };
        let subgroup = if case.subgroup { gpu.adapter.traits().subgroup } else { 0 };
        let options = NetworkLaunch {
            lanes: case.lanes,
            subgroup,
            normaliser_clip: 10.0,
            action_bound: gpu_ec::networks::BOUNDED,
            neighbours: 1,
        };
        let kernels = spec.kernels(&shape, &spec.genome(&shape), &options).expect("composes");
        let text = format!("#import {}\n#import networks/rsnn/probe", spec.shader(&options));
        let probe = compose("probe", &text, &spec.wgsl_constants(&shape, &options)).expect("composes");
        let mut kernels =
            vec![kernels.reset, kernels.step, Kernel::new(PassId::Other("probe"), &probe, "network_probe")];
        if checked {
            kernels = kernels.into_iter().map(Kernel::checked).collect();
        }
        let mut workspace = Workspace::new(gpu, &kernels).expect("compiles");
        let slots = case.slots;
        let n_words = spec.n_words(&shape);
        for (name, words) in [
            (BufferId::Run, size_of::<RunParams>() / 4),
            (BufferId::Live, slots + 1),
            (BufferId::Fresh, slots + 1),
            (BufferId::Theta, slots * n_words),
            (BufferId::Obs, slots * shape.d_obs),
            (BufferId::Action, slots * shape.d_act),
            (BufferId::Normaliser, 2 * shape.d_obs),
            (BufferId::Moments, slots * 2 * shape.d_obs),
            (BufferId::NetworkState, slots * spec.state_words(&shape)),
            (BufferId::Episode, 8 * slots),
            (BufferId::Probe, slots * 3 * spec.neurons),
        ] {
            workspace.alloc(name, 4 * words as u64).expect("fits");
        }
        let mut twin = Twin::published(case.neurons, case.ratio, case.d_obs, case.d_act);
        twin.bias_input = case.bias;
        twin.n_exc = spec.sides() * (case.ratio * (case.neurons / spec.sides()) as f64).round() as usize;
        twin.mirror = spec.mirror.as_ref().map(|mirror| [&mirror.observation, &mirror.action].map(pairs));
        assert_eq!(twin.n_words(), n_words, "words of an individual");
        // Densities differ from slot to slot; some networks are empty, some complete.
        let theta = (0..slots * n_words)
            .map(|index| match index / n_words % 8 {
                0 => 0,
                1 => u32::MAX,
                2 => random_bits(index, 1, 0.1),
                _ => random_bits(index, 1, 0.5),
            })
            .collect();
        let obs = (0..slots * shape.d_obs).map(|index| 6.0 * random(index, 2) - 3.0).collect();
        let normaliser = (0..shape.d_obs)
            .map(|index| random(index, 3) - 0.5)
            .chain((0..shape.d_obs).map(|index| 0.5 + 2.0 * random(index, 4)))
            .collect();
        let mut bench = Self { workspace, spec, shape, slots, twin, theta, obs, normaliser };
        bench.upload();
        bench
    }

    fn upload(&mut self) {
        let run = RunParams {
            key_membrane: KEY,
            generation: 5,
            n_slots: self.slots as u32,
            episode_cap: 1000,
            ..Default::default()
        };
        let slots = self.slots as u32;
        self.workspace.write(BufferId::Run, &[run]);
        let all: Vec<u32> = std::iter::once(slots).chain(0..slots).collect();
        self.workspace.write(BufferId::Live, &all);
        self.workspace.write(BufferId::Fresh, &all);
        self.workspace.write(BufferId::Theta, &self.theta);
        self.workspace.write(BufferId::Obs, &self.obs);
        self.workspace.write(BufferId::Normaliser, &self.normaliser);
        self.write_members(0);
        for name in [BufferId::Action, BufferId::NetworkState, BufferId::Probe] {
            self.workspace.fill(name, POISON);
        }
    }

    /// Fresh episodes; `first` is the member in slot 0.
    fn write_members(&self, first: u32) {
        let record = |life| EpisodeRecord { life, ..Default::default() };
        let records: Vec<EpisodeRecord> = (first..first + self.slots as u32).map(record).collect();
        self.workspace.write(BufferId::Episode, &records);
    }

    fn dispatch(&mut self, kernel: PassId) {
        self.workspace.dispatch(kernel, fold(self.slots as u32)).expect("runs");
    }

    fn read<T: bytemuck::Pod>(&mut self, name: BufferId) -> Vec<T> {
        self.workspace.read(name).expect("reads")
    }

    fn write_states(&mut self, states: &[State]) {
        let f32s = |values: &[f64]| values.iter().map(|x| (*x as f32).to_bits()).collect::<Vec<_>>();
        let words: Vec<u32> = states
            .iter()
            .flat_map(|state| {
                let spikes = state.fired.chunks(32).map(|chunk| {
                    chunk.iter().enumerate().fold(0u32, |word, (bit, fired)| word | u32::from(*fired) << bit)
                });
                let mut words = [f32s(&state.v), f32s(&state.i_syn), f32s(&state.rate), spikes.collect()].concat();
                words.resize(self.spec.state_words(&self.shape), 0);
                words
            })
            .collect();
        self.workspace.write(BufferId::NetworkState, &words);
    }

    fn read_states(&mut self) -> Vec<State> {
        let n = self.spec.neurons;
        let words: Vec<u32> = self.read(BufferId::NetworkState);
        words
            .chunks(self.spec.state_words(&self.shape))
            .map(|words| {
                let f64s = |at: usize| words[at..at + n].iter().map(|bits| f64::from(f32::from_bits(*bits))).collect();
                let fired = (0..n).map(|k| words[3 * n + k / 32] >> (k % 32) & 1 == 1).collect();
                State { v: f64s(0), i_syn: f64s(n), rate: f64s(2 * n), fired }
            })
            .collect()
    }

    fn theta_of(&self, slot: usize) -> &[u32] {
        let n = self.twin.n_words();
        &self.theta[slot * n..(slot + 1) * n]
    }

    fn inputs_of(&self, twin: &Twin, slot: usize) -> Vec<Bounded> {
        twin.normalised(&self.obs[slot * self.shape.d_obs..][..self.shape.d_obs], &self.normaliser)
    }

    /// States as they may come up, and worse: silent to saturated, membranes at the threshold.
    fn random_states(&self, round: u32) -> Vec<State> {
        let n = self.spec.neurons;
        (0..self.slots)
            .map(|slot| {
                let at = |field: usize, k: usize| random((slot * 4 + field) * n + k, 100 + round);
                let density = [0.0, 0.02, 0.1, 0.5, 1.0][(slot + round as usize) % 5];
                let f32ed = |x: f32| f64::from(x);
                State {
                    v: (0..n).map(|k| f32ed(if k % 16 == 3 { 1.05 } else { 2.5 * at(0, k) - 1.4 })).collect(),
                    i_syn: (0..n).map(|k| f32ed(12.0 * at(1, k) - 5.0)).collect(),
                    rate: (0..n).map(|k| f32ed(4.0 * at(2, k) - 2.0)).collect(),
                    fired: (0..n).map(|k| at(3, k) < density).collect(),
                }
            })
            .collect()
    }
}
