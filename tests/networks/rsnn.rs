//! The spiking network's kernels against an f64 reference written from the equations.

use crate::support::mirror::{mirror, reflect, swap};
use crate::support::rsnn::{Bounded, State, Twin};
use gpu_ec::{
    gpu::{Gpu, Selector, Workspace, fold},
    kernel::{
        buffers::BufferId,
        entry::{Kernel, PassId},
        mirror::Image,
        random::{philox4x32, uniform01},
        records::{EpisodeRecord, RunParams, status},
        wgsl::compose,
    },
    networks::{KernelOptions, Network, Shape, rsnn::RsnnSpec},
    run::evolution::normaliser::Normaliser,
};
use std::sync::Arc;

const POISON: u32 = 0xdead_beef;
const KEY: [u32; 2] = [17, 23];

/// A network of one size with the buffers of `slots` individuals.
struct Bench<'gpu> {
    workspace: Workspace<'gpu>,
    spec: RsnnSpec,
    shape: Shape,
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

fn gpu() -> Gpu {
    Gpu::open(&Selector::Best).expect("a Vulkan driver; see the README")
}

fn pairs(image: &Image) -> Vec<(usize, bool)> {
    image.of.iter().copied().zip(image.negated.iter().copied()).collect()
}

fn random(index: usize, stream: u32) -> f32 {
    uniform01(philox4x32([(index / 4) as u32, stream, 0, 0], KEY)[index % 4])
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
        let shape = Shape { d_obs: case.d_obs, d_act: case.d_act };
        let subgroup = if case.subgroup { gpu.adapter.traits().subgroup } else { 0 };
        let options = KernelOptions { lanes: case.lanes, subgroup, normaliser_clip: 10.0 };
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

/// What a comparison found.
#[derive(Debug, Default, PartialEq)]
struct Tally {
    states: usize,
    neurons: usize,
    /// Spikes that differ where the membrane is within the bound of the threshold.
    undecided: usize,
    faults: Vec<String>,
    /// Largest error in units of its bound.
    worst: f64,
}

impl Tally {
    fn fault(&mut self, text: impl FnOnce() -> String) {
        if self.faults.len() < 5 {
            self.faults.push(text());
        }
    }

    fn close(&mut self, what: &str, k: usize, got: f64, want: Bounded) {
        let error = (got - want.value).abs();
        // Denormals may be flushed to zero.
        let bound = want.bound + 1e-37;
        self.worst = self.worst.max(error / bound);
        if error.is_nan() || error > bound {
            self.fault(|| format!("{what} of neuron {k}: {got} instead of {} +- {bound:e}", want.value));
        }
    }
}

/// One substep from equal states: kernel against `twin`.
fn compare_substep(bench: &mut Bench, twin: &Twin, states: &[State]) -> Tally {
    let n = bench.spec.neurons;
    bench.write_states(states);
    bench.workspace.fill(BufferId::Probe, POISON);
    bench.dispatch(PassId::Other("probe"));
    let probe: Vec<u32> = bench.read(BufferId::Probe);
    let after = bench.read_states();
    let mut tally = Tally { states: states.len(), neurons: states.len() * n, ..Tally::default() };
    for (slot, state) in states.iter().enumerate() {
        let drive = twin.drive(bench.theta_of(slot), &bench.inputs_of(twin, slot));
        let want = twin.substep(bench.theta_of(slot), &drive, state);
        let probe = &probe[slot * 3 * n..][..3 * n];
        for (k, want) in want.iter().enumerate() {
            tally.close("drive", k, f64::from(f32::from_bits(probe[k])), drive[k]);
            let sum = i64::from(probe[n + k] as i32);
            if sum != want.sum {
                tally.fault(|| format!("sum of neuron {k}: {sum} instead of {}", want.sum));
            }
            tally.close("i_syn", k, after[slot].i_syn[k], want.i_syn);
            let fired = probe[2 * n + k] == 1;
            if after[slot].fired[k] != fired {
                tally.fault(|| format!("neuron {k}: stored spike differs from the one that was counted"));
            }
            if fired != want.fires {
                tally.undecided += 1;
                if (want.membrane.value - 1.0).abs() > want.membrane.bound {
                    tally.fault(|| format!("neuron {k} fires: {fired}, membrane {}", want.membrane.value));
                }
            } else {
                tally.close("rate", k, after[slot].rate[k], want.rate);
                let v = if fired { Bounded { value: 0.0, bound: 0.0 } } else { want.membrane };
                tally.close("v", k, after[slot].v[k], v);
            }
        }
    }
    tally
}

/// Sizes, ratios and lane counts that every substep test runs over: rounds of 64 random states each.
const CASES: &[(Case, u32)] = &[
    (CASE, 24),
    (Case { subgroup: false, ..CASE }, 4),
    (Case { lanes: 32, ..CASE }, 4),
    (Case { lanes: 64, ..CASE }, 2),
    (Case { bias: true, d_obs: 17, d_act: 6, ..CASE }, 4),
    (Case { d_obs: 348, d_act: 17, slots: 16, ..CASE }, 2),
    (Case { neurons: 32, ratio: 0.4, ..CASE }, 4),
    (Case { neurons: 64, ..CASE }, 16),
    (Case { neurons: 96, ratio: 0.8, ..CASE }, 16),
    (Case { neurons: 160, ratio: 0.0, ..CASE }, 4),
    (Case { neurons: 256, ratio: 1.0, ..CASE }, 4),
    (Case { neurons: 1024, slots: 16, ..CASE }, 8),
    (Case { neurons: 1024, ratio: 1.0, slots: 5, lanes: 64, ..CASE }, 2),
    (Case { neurons: 4096, ratio: 0.7, slots: 5, ..CASE }, 1),
    (Case { bilateral: true, bias: true, d_obs: 17, d_act: 7, ..CASE }, 8),
    (Case { bilateral: true, subgroup: false, lanes: 32, ratio: 0.7, ..CASE }, 4),
    (Case { bilateral: true, neurons: 64, ..CASE }, 4),
    (Case { bilateral: true, neurons: 1024, slots: 8, ..CASE }, 2),
];

#[test]
#[expect(clippy::print_stdout, reason = "the counts belong in the log")]
fn substeps_match_the_equations() {
    let gpu = gpu();
    let mut states = 0;
    for (case, rounds) in CASES {
        let mut bench = Bench::new(&gpu, *case, false);
        let twin = bench.twin.clone();
        let mut total = Tally::default();
        for round in 0..*rounds {
            let states = bench.random_states(round);
            let tally = compare_substep(&mut bench, &twin, &states);
            assert!(tally.faults.is_empty(), "{case:?}, round {round}: {:#?}", tally.faults);
            total.states += tally.states;
            total.neurons += tally.neurons;
            total.undecided += tally.undecided;
            total.worst = total.worst.max(tally.worst);
        }
        println!(
            "{case:?}: {} states, {} neurons, {} spikes undecided, largest error {:.2} of its bound",
            total.states, total.neurons, total.undecided, total.worst
        );
        assert!(total.undecided * 10_000 <= total.neurons, "{case:?}: {} spikes undecided", total.undecided);
        states += total.states;
    }
    assert!(states >= 4000, "only {states} states");
}

/// Membranes set up to land on the threshold, as closely as f32 allows: f32 and f64 may disagree there, and only there.
#[test]
#[expect(clippy::print_stdout, reason = "the counts belong in the log")]
fn spikes_differ_only_at_the_threshold() {
    let gpu = gpu();
    let mut bench = Bench::new(&gpu, Case { neurons: 96, ratio: 0.8, slots: 512, ..CASE }, false);
    let twin = bench.twin.clone();
    let mut states = bench.random_states(7);
    for (slot, state) in states.iter_mut().enumerate() {
        let drive = twin.drive(bench.theta_of(slot), &bench.inputs_of(&twin, slot));
        let neurons = twin.substep(bench.theta_of(slot), &drive, state);
        for (k, neuron) in neurons.iter().enumerate() {
            let v = (1.0 - (1.0 - twin.a_mem) * (neuron.i_syn.value + drive[k].value)) / twin.a_mem;
            state.v[k] = f64::from(v as f32) + (k % 5) as f64 * 6e-8;
        }
    }
    let tally = compare_substep(&mut bench, &twin, &states);
    println!("{} of {} spikes undecided", tally.undecided, tally.neurons);
    assert!(tally.faults.is_empty(), "{:#?}", tally.faults);
    assert!(tally.undecided > 0, "no membrane came near enough to the threshold for this test to mean anything");
}

#[test]
fn everything_firing_is_counted_exactly() {
    let gpu = gpu();
    for case in [CASE, Case { neurons: 96, ratio: 0.8, ..CASE }, Case { neurons: 1024, ratio: 1.0, slots: 8, ..CASE }] {
        let mut bench = Bench::new(&gpu, case, false);
        let twin = bench.twin.clone();
        let mut states = bench.random_states(0);
        states.iter_mut().for_each(|state| state.fired.fill(true));
        let tally = compare_substep(&mut bench, &twin, &states);
        assert!(tally.faults.is_empty(), "{case:?}: {:#?}", tally.faults);
        let complete = twin.sums(bench.theta_of(1), &states[1].fired);
        assert_eq!(complete[0], 2 * twin.n_exc as i64 - twin.n as i64, "the complete network's sum");
    }
}

#[test]
fn wrong_twins_are_told_apart() {
    let gpu = gpu();
    let mut bench = Bench::new(&gpu, Case { neurons: 96, ratio: 0.8, bias: true, ..CASE }, false);
    let right = bench.twin.clone();
    type Change = fn(&mut Twin);
    let wrong: [(&str, Change); 7] = [
        ("one neuron less excitatory", |twin| twin.n_exc -= 1),
        ("synaptic decay off by 1e-6", |twin| twin.a_syn += 1e-6),
        ("membrane decay off by 1e-6", |twin| twin.a_mem += 1e-6),
        ("rate decay off by 1e-6", |twin| twin.a_out += 1e-6),
        ("input gain off by 1e-5", |twin| twin.r_in *= 1.00001),
        ("hidden gain off by 1e-6", |twin| twin.r_hidden *= 1.000001),
        ("no clip", |twin| twin.clip = 1e9),
    ];
    bench.obs[5 * bench.shape.d_obs + 3] = 1e3;
    bench.upload();
    let states = bench.random_states(3);
    let tally = compare_substep(&mut bench, &right, &states);
    assert!(tally.faults.is_empty(), "the right twin: {:#?}", tally.faults);
    for (what, change) in wrong {
        let mut twin = right.clone();
        change(&mut twin);
        assert!(!compare_substep(&mut bench, &twin, &states).faults.is_empty(), "not noticed: {what}");
    }
    // One connection more or less, and a wrong spike.
    let n = right.n;
    let pre = (0..n).find(|k| states[5].fired[*k]).expect("a neuron that fired");
    let parameter = 5 * right.n_words() * 32 + (right.n_inputs() + pre) * n + 7;
    bench.theta[parameter / 32] ^= 1 << (parameter % 32);
    assert!(!compare_substep(&mut bench, &right, &states).faults.is_empty(), "not noticed: one connection");
}

#[test]
#[expect(clippy::print_stdout, reason = "the counts belong in the log")]
fn free_running_steps_agree_in_rates() {
    let gpu = gpu();
    for (case, steps) in [
        (CASE, 3),
        (Case { neurons: 64, ..CASE }, 3),
        (Case { neurons: 1024, slots: 8, ..CASE }, 1),
        (Case { bilateral: true, d_obs: 17, d_act: 7, ..CASE }, 3),
    ] {
        let mut bench = Bench::new(&gpu, case, false);
        let twin = bench.twin.clone();
        bench.dispatch(PassId::NetworkReset);
        let mut states = bench.read_states();
        let (mut equal, mut members, mut far) = (0, 0, 0);
        let mut counted = vec![0; case.slots];
        for step in 0..steps {
            bench.dispatch(PassId::NetworkStep);
            let after = bench.read_states();
            let actions: Vec<f32> = bench.read(BufferId::Action);
            let episodes: Vec<EpisodeRecord> = bench.read(BufferId::Episode);
            for (slot, state) in states.iter_mut().enumerate() {
                let (action, spikes) = twin.step(bench.theta_of(slot), &bench.inputs_of(&twin, slot), state);
                let got = episodes[slot].spikes as usize - counted[slot];
                counted[slot] = episodes[slot].spikes as usize;
                members += 1;
                let rates = state.rate.iter().zip(&after[slot].rate);
                let apart = rates.filter(|(a, b)| (*a - *b).abs() > 1e-4).count();
                far += apart;
                if apart == 0 {
                    equal += 1;
                    assert_eq!(got, spikes, "{case:?}, step {step}, slot {slot}: spikes at equal rates");
                    for (a, action) in action.iter().enumerate() {
                        let got = f64::from(actions[slot * case.d_act + a]);
                        let want = action.clamp(-1.0, 1.0);
                        assert!((got - want).abs() < 1e-3, "{case:?}, slot {slot}: action {got} instead of {want}");
                    }
                }
            }
            // From here on the reference follows the kernel, so that one undecided spike is counted once.
            states = after;
        }
        println!("{case:?}: {equal} of {members} environment steps have the reference's rates, {far} neurons differ");
        assert!(equal * 100 >= members * 90, "{case:?}: only {equal} of {members} environment steps agree");
    }
}

#[test]
fn checks_change_no_bit() {
    let gpu = gpu();
    for case in [Case { slots: 16, ..CASE }, Case { neurons: 96, ratio: 0.8, bias: true, slots: 16, ..CASE }] {
        let bits = [false, true].map(|checked| {
            let mut bench = Bench::new(&gpu, case, checked);
            bench.dispatch(PassId::NetworkReset);
            bench.dispatch(PassId::NetworkStep);
            bench.dispatch(PassId::NetworkStep);
            (
                bench.read::<u32>(BufferId::NetworkState),
                bench.read::<u32>(BufferId::Action),
                bench.read::<u32>(BufferId::Episode),
            )
        });
        assert!(bits[0] == bits[1], "{case:?}: bounds checks change results");
        assert!(!bits[0].0.contains(&POISON) && !bits[0].1.contains(&POISON), "{case:?}: a word was not written");
    }
}

/// The lanes' way of telling each other of spikes is chosen for speed alone.
#[test]
fn subgroups_change_no_bit() {
    let gpu = gpu();
    assert!(!gpu.adapter.is_software() || gpu.adapter.subgroup == 8, "the software driver's subgroups have 8 lanes");
    for case in [
        CASE,
        Case { neurons: 32, ratio: 0.4, ..CASE },
        Case { neurons: 96, ratio: 0.8, bias: true, ..CASE },
        Case { neurons: 160, ratio: 1.0, d_obs: 9, ..CASE },
        Case { neurons: 224, ratio: 0.0, d_obs: 20, ..CASE },
        Case { d_obs: 348, d_act: 17, slots: 24, ..CASE },
        Case { bilateral: true, bias: true, d_obs: 45, d_act: 17, ..CASE },
        Case { bilateral: true, neurons: 64, ..CASE },
    ] {
        let bits = [false, true].map(|subgroup| {
            let mut bench = Bench::new(&gpu, Case { subgroup, ..case }, false);
            let states = bench.random_states(1);
            bench.write_states(&states);
            for _ in 0..3 {
                bench.dispatch(PassId::NetworkStep);
            }
            (
                bench.read::<u32>(BufferId::NetworkState),
                bench.read::<u32>(BufferId::Action),
                bench.read::<u32>(BufferId::Episode),
            )
        });
        assert!(bits[0] == bits[1], "{case:?}: subgroups change results");
    }
}

/// A mirrored state and observation lead to the mirrored state and action, to the last bit.
#[test]
fn hemispheres_mirror_each_other_exactly() {
    let gpu = gpu();
    for case in [
        Case { bilateral: true, bias: true, d_obs: 45, d_act: 17, ..CASE },
        Case { bilateral: true, subgroup: false, lanes: 32, d_obs: 9, d_act: 6, ..CASE },
        Case { bilateral: true, neurons: 1024, ratio: 0.7, slots: 8, ..CASE },
    ] {
        let mut bench = Bench::new(&gpu, case, false);
        let mirror = mirror(case.d_obs, case.d_act);
        let (mean, scale) = bench.normaliser.split_at(case.d_obs);
        let mut normaliser = Normaliser::new(case.d_obs, 0.01);
        normaliser.count = 9.0;
        normaliser.mean = mean.iter().map(|x| f64::from(*x)).collect();
        normaliser.m2 = scale.iter().map(|x| f64::from(*x)).collect();
        normaliser.reflect(&mirror.observation);
        bench.normaliser = normaliser.upload();
        bench.upload();
        let (states, obs) = (bench.random_states(2), bench.obs.clone());
        let mut run = |states: &[State], obs: &[f32]| {
            bench.obs = obs.to_vec();
            bench.upload();
            bench.write_states(states);
            (0..3).for_each(|_| bench.dispatch(PassId::NetworkStep));
            (bench.read_states(), bench.read::<f32>(BufferId::Action))
        };
        let (after, action) = run(&states, &obs);
        let swapped: Vec<State> = states.iter().map(swapped).collect();
        let (mirrored_after, mirrored_action) = run(&swapped, &reflect(&mirror.observation, &obs));
        assert!(action.iter().any(|a| a.abs() > 0.01 && a.abs() < 1.0), "actions that tell something");
        assert!(mirrored_action == reflect(&mirror.action, &action), "{case:?}: actions");
        assert!(mirrored_after == after.iter().map(self::swapped).collect::<Vec<_>>(), "{case:?}: states");
        let (_, other) = run(&states, &reflect(&mirror.observation, &obs));
        assert!(other != reflect(&mirror.action, &action), "{case:?}: hemispheres that are not swapped");
    }
}

/// A state with its hemispheres swapped.
fn swapped(state: &State) -> State {
    State { v: swap(&state.v), i_syn: swap(&state.i_syn), rate: swap(&state.rate), fired: swap(&state.fired) }
}

/// What decays without input ends at zero, not in denormal numbers, which CPUs compute with many times more slowly.
#[test]
fn silence_ends_at_zero() {
    let gpu = gpu();
    for subgroup in [false, true] {
        let mut bench = Bench::new(&gpu, Case { subgroup, ..CASE }, false);
        bench.theta.fill(0);
        bench.upload();
        let states = bench.random_states(4);
        bench.write_states(&states);
        for _ in 0..60 {
            bench.dispatch(PassId::NetworkStep);
        }
        let all_zero = |values: &[f64]| values.iter().all(|value| *value == 0.0);
        for (slot, state) in bench.read_states().iter().enumerate() {
            assert!(all_zero(&state.v) && all_zero(&state.i_syn) && all_zero(&state.rate), "slot {slot} is at rest");
        }
    }
}

#[test]
fn reset_draws_membranes_by_member() {
    let gpu = gpu();
    let mut bench = Bench::new(&gpu, Case { neurons: 96, slots: 9, ..CASE }, true);
    bench.write_members(40);
    bench.workspace.write(BufferId::Fresh, &[8u32, 0, 1, 2, 3, 4, 5, 6, 7]);
    bench.dispatch(PassId::NetworkReset);
    let states = bench.read_states();
    for (slot, state) in states.iter().enumerate().take(8) {
        for (k, v) in state.v.iter().enumerate() {
            let bits = philox4x32([k as u32 / 4, 40 + slot as u32, 5, 0], KEY)[k % 4];
            assert_eq!(*v, f64::from(uniform01(bits)), "membrane {k} of slot {slot}");
        }
        assert!(state.i_syn.iter().chain(&state.rate).all(|x| *x == 0.0), "slot {slot} starts at rest");
        assert!(!state.fired.contains(&true), "slot {slot} starts silent");
    }
    let words: Vec<u32> = bench.read(BufferId::NetworkState);
    assert!(
        words[8 * bench.spec.state_words(&bench.shape)..].iter().all(|word| *word == POISON),
        "a slot that is not fresh"
    );
    // The place of a member does not matter.
    bench.write_members(41);
    bench.dispatch(PassId::NetworkReset);
    assert_eq!(bench.read_states()[..7], states[1..8], "slabs differ");
}

#[test]
fn only_living_slots_step_and_only_some_feed_the_normaliser() {
    let gpu = gpu();
    let mut bench = Bench::new(&gpu, Case { neurons: 64, slots: 6, ..CASE }, true);
    bench.dispatch(PassId::NetworkReset);
    let before = bench.read_states();
    let run = RunParams { n_slots: 6, n_moment_lives: 3, episode_cap: 9, ..Default::default() };
    bench.workspace.write(BufferId::Run, &[run]);
    // Slot 0 is done, slot 4 not on the list.
    bench.workspace.write(BufferId::Live, &[5u32, 0, 1, 2, 3, 5, 4]);
    let mut episodes: Vec<EpisodeRecord> = (0..6).map(|life| EpisodeRecord { life, ..Default::default() }).collect();
    episodes[0].status = status::DONE;
    bench.workspace.write(BufferId::Episode, &episodes);
    bench.dispatch(PassId::NetworkStep);
    bench.dispatch(PassId::NetworkStep);
    let after = bench.read_states();
    let episodes: Vec<EpisodeRecord> = bench.read(BufferId::Episode);
    let actions: Vec<u32> = bench.read(BufferId::Action);
    for slot in 0..6 {
        let lives = slot != 0 && slot != 4;
        assert_eq!(after[slot] != before[slot], lives, "state of slot {slot}");
        assert_eq!(actions[slot * 3] != POISON, lives, "action of slot {slot}");
        assert!(lives || episodes[slot].spikes == 0, "spikes of slot {slot}");
    }
    let moments: Vec<f32> = bench.read(BufferId::Moments);
    let d = bench.shape.d_obs;
    for slot in 0..6 {
        for i in 0..d {
            let x = bench.obs[slot * d + i] - bench.normaliser[i];
            let times = if slot == 1 || slot == 2 { 2.0 } else { 0.0 };
            assert!((moments[slot * 2 * d + i] - times * x).abs() < 1e-5, "first moment {i} of slot {slot}");
            assert!((moments[slot * 2 * d + d + i] - times * x * x).abs() < 1e-5, "second moment {i} of slot {slot}");
        }
    }
}

/// Figures of `tests/support/rsnn_golden.py`, which shares neither text nor language with kernels or reference.
#[test]
fn another_programs_figures_come_out() {
    let gpu = gpu();
    let case = Case { neurons: 32, ratio: 0.75, d_obs: 4, d_act: 2, bias: true, slots: 1, ..CASE };
    let mut bench = Bench::new(&gpu, case, true);
    let input = (0..9).flat_map(|r| (0..32).map(move |c| (7 * r + 13 * c + r * c) % 11 < 5));
    let hidden = (0..32).flat_map(|r| (0..32).map(move |c| (5 * r + 3 * c + r * c) % 13 < 6));
    let output = (0..2).flat_map(|a| (0..32).map(move |k| (3 * k + 5 * a + k * a) % 7 < 3));
    let bits: Vec<bool> = input.chain(hidden).chain(output).collect();
    let pack = |bits: &[bool]| bits.iter().rev().fold(0u32, |word, bit| word << 1 | u32::from(*bit));
    bench.theta = bits.chunks(32).map(pack).collect();
    bench.obs = (0..4).map(|i| ((5 * i) % 7 - 2) as f32 / 2.0).collect();
    bench.normaliser = [vec![0.0; 4], vec![1.0; 4]].concat();
    bench.upload();
    let zeros = vec![0.0; 32];
    let v = (0..32).map(|k| f64::from(37 * k % 64) / 64.0).collect();
    bench.write_states(&[State { v, i_syn: zeros.clone(), rate: zeros, fired: vec![false; 32] }]);
    let golden = [
        (
            40,
            [0.7020583418728656, 0.6605948600637078],
            [0.0, 0.14179060188782427, -0.15126121608876833],
            0.6694314114873314,
        ),
        (
            469,
            [6.7726431083875305, 7.7096426166640475],
            [0.749972415723955, 0.9230292474186946, -0.8124915079289544],
            0.0,
        ),
        (
            993,
            [11.667214417146798, 13.624504054152446],
            [1.7599323166663632, 1.7931678653795353, -1.7719391026113862],
            0.0,
        ),
    ];
    let mut total = 0;
    for (step, (spikes, actions, rates, v5)) in golden.into_iter().enumerate() {
        bench.dispatch(PassId::NetworkStep);
        total += spikes;
        assert_eq!(bench.read::<EpisodeRecord>(BufferId::Episode)[0].spikes, total, "spikes up to step {step}");
        let got: Vec<f32> = bench.read(BufferId::Action);
        let state = bench.read_states().remove(0);
        let got = [got[0].into(), got[1].into(), state.rate[0], state.rate[13], state.rate[31], state.v[5]];
        let want =
            [f64::clamp(actions[0], -1.0, 1.0), f64::clamp(actions[1], -1.0, 1.0), rates[0], rates[1], rates[2], v5];
        for (got, want) in got.into_iter().zip(want) {
            assert!((got - want).abs() < 1e-5, "step {step}: {got} instead of {want}");
        }
    }
}

/// The figures that the published runs used.
#[test]
fn constants_are_the_published_ones() {
    let spec = RsnnSpec::default();
    let near = |got: f64, want: f64| assert!((got - want).abs() < 5e-7, "{got} instead of {want}");
    let c = spec.constants(11);
    assert_eq!(c.substeps, 33, "substeps");
    assert_eq!(c.n_exc, 128, "excitatory neurons");
    near(c.decay_synapse, 0.904837);
    near(c.decay_membrane, 0.951229);
    near(c.decay_rate, 0.951229);
    near(c.gain_membrane, 0.0487706);
    near(c.gain_rate, 0.0975412);
    near(c.r_hidden, 0.25);
    near(c.r_out, 0.441942);
    for (d_obs, r_in) in [(240, 0.129099), (17, 0.485071), (11, 0.603023)] {
        near(spec.constants(d_obs).r_in, r_in);
    }
    for (d_obs, d_act, params) in [(240, 17, 192_768), (17, 6, 75_776), (11, 3, 71_936)] {
        assert_eq!(spec.n_params(&Shape { d_obs, d_act }), params, "parameters");
    }
    assert_eq!(
        RsnnSpec { excitatory_ratio: 0.8, neurons: 96, ..spec }.constants(1).n_exc,
        77,
        "a boundary inside a word"
    );
}
