//! A network of evolvable units: its kernels against the network in f64, whose wiring is written out by hand.

use crate::support::{
    enu::{Flaw, Law, Network as Plain, PUBLISHED, Unit},
    network::{Bench, KEY, gpu, randoms, words},
};
use gpu_ec::{
    config::{EnuNetworkConfig, UnitCell},
    gpu::Gpu,
    kernel::{buffers::BufferId, entry::PassId, random::normals, records::EpisodeRecord},
    networks::{IoDims, Network, Weights, enu::network::EnuNetworkSpec},
};

/// Walls, green, red, food and poison; three actions.
const MAZE: IoDims = IoDims { d_obs: 5, d_act: 3 };
const SLOTS: usize = 3;
const STEPS: usize = 6;
/// Generation of the benches, and the first life.
const GENERATION: u32 = 5;
const BAR: f64 = 1e-5;

fn spec(config: EnuNetworkConfig) -> EnuNetworkSpec {
    EnuNetworkSpec::from(&config)
}

fn small(cell: UnitCell) -> EnuNetworkConfig {
    EnuNetworkConfig { memory: 8, outputs: 8, inputs: 8, cell, ..Default::default() }
}

fn seen(shape: &IoDims, slot: usize, step: usize) -> Vec<f32> {
    randoms(shape.d_obs, (500 + 50 * slot + step) as u32, 1.0)
}

fn theta(spec: &EnuNetworkSpec, shape: &IoDims, slot: usize) -> Vec<f32> {
    // larger weights make a chaotic network, which turns rounding into other motions
    let size = 2.0 / ((spec.unit.memory + spec.unit.outputs + spec.unit.inputs) as f32).sqrt();
    randoms(spec.n_params(shape), 70 + slot as u32, size)
}

/// Actions of all slots and steps, then all states.
fn on_gpu(gpu: &Gpu, spec: &EnuNetworkSpec, shape: IoDims, lanes: usize) -> Vec<f64> {
    let mut bench = Bench::new(gpu, spec, shape, SLOTS, lanes, true);
    let all = (0..SLOTS).flat_map(|slot| words(Weights::Floats, &theta(spec, &shape, slot)));
    bench.workspace.write(BufferId::Theta, &all.collect::<Vec<u32>>());
    bench.dispatch(PassId::NetworkReset);
    let mut actions: Vec<f32> = vec![];
    for step in 0..STEPS {
        // tasks count the steps
        let record = |slot| EpisodeRecord { life: slot, length: step as u32, ..Default::default() };
        bench.workspace.write(BufferId::Episode, &(0..SLOTS as u32).map(record).collect::<Vec<_>>());
        let obs: Vec<f32> = (0..SLOTS).flat_map(|slot| seen(&shape, slot, step)).collect();
        bench.workspace.write(BufferId::Obs, &obs);
        bench.dispatch(PassId::NetworkStep);
        actions.extend(bench.read::<f32>(BufferId::Action));
    }
    let states: Vec<f32> = bench.read(BufferId::NetworkState);
    actions.into_iter().chain(states).map(f64::from).collect()
}

/// The same by hand; actions are cut at `bound`.
fn reference(spec: &EnuNetworkSpec, shape: IoDims, plain: &Plain, bound: f64) -> Vec<f64> {
    let (mut actions, mut states) = (vec![0.0; STEPS * SLOTS * shape.d_act], vec![]);
    for slot in 0..SLOTS {
        let wide: Vec<f64> = theta(spec, &shape, slot).into_iter().map(f64::from).collect();
        let mut running = plain.rest(&wide, spec.shared);
        let numbers = (running.synapses.len() + running.neurons.len()) * plain.unit.outputs;
        for step in 0..STEPS {
            let obs: Vec<f64> = seen(&shape, slot, step).into_iter().map(f64::from).collect();
            let noise = |tick: usize| {
                let clock = (step * spec.ticks + tick) as u32;
                normals([slot as u32, GENERATION, clock], KEY).take(numbers).map(|x| spec.noise * x).collect()
            };
            let votes = plain.step(&mut running, &obs, &noise);
            let at = (step * SLOTS + slot) * shape.d_act;
            for (a, vote) in votes.iter().enumerate() {
                actions[at + a] = vote.clamp(-bound, bound);
            }
        }
        for state in running.synapses.iter().chain(&running.neurons) {
            states.extend([&state.h[..], &state.o, &state.c].concat());
        }
    }
    [actions, states].concat()
}

fn plain(spec: &EnuNetworkSpec, law: Law, wiring: &[&[usize]], shape: &IoDims, flaw: Flaw) -> Plain {
    let gpu_ec::networks::enu::UnitSpec { memory, outputs, inputs, .. } = spec.unit;
    let unit = Unit { law, memory, outputs, inputs, flaw };
    let wiring = wiring.iter().map(|rows| rows.to_vec()).collect();
    Plain { unit, wiring, rewards: spec.rewards, ticks: spec.ticks, actions: shape.d_act }
}

fn difference(ours: &[f64], theirs: &[f64]) -> f64 {
    assert_eq!(ours.len(), theirs.len(), "as many numbers");
    let error = |(a, b): (&f64, &f64)| if a.is_finite() { (a - b).abs() } else { f64::INFINITY };
    ours.iter().zip(theirs).map(error).fold(0.0, f64::max)
}

fn published() -> Vec<&'static [usize]> {
    PUBLISHED.iter().map(|rows| &rows[..]).collect()
}

/// The published network, and small ones of every law, with lanes of their own rows and of columns. The benches bound
/// actions by 1.
#[test]
fn the_kernels_follow_the_network() {
    let gpu = gpu();
    let laws = [(UnitCell::Enu, Law::Enu), (UnitCell::Nfenu, Law::Nfenu), (UnitCell::Gru, Law::Gru)];
    let mut cases: Vec<_> = laws.into_iter().map(|(cell, law)| (small(cell), law)).collect();
    cases.push((small(UnitCell::Lstm), Law::Lstm));
    cases.push((EnuNetworkConfig { shared: true, noise: 0.0, ticks: 3, ..small(UnitCell::Enu) }, Law::Enu));
    cases.push((EnuNetworkConfig::default(), Law::Enu));
    for (config, law) in cases {
        let spec = spec(config);
        let theirs = reference(&spec, MAZE, &plain(&spec, law, &published(), &MAZE, Flaw::None), 1.0);
        for lanes in [8, 32] {
            let off = difference(&on_gpu(&gpu, &spec, MAZE, lanes), &theirs);
            assert!(off < BAR, "{spec:?}, {lanes} lanes: off by {off}");
        }
    }
}

/// The example of Extended Data 6, four synapses and two neurons, with four channels instead of three, since units have
/// them by fours. Each neuron hears a sensor and itself.
#[test]
fn the_papers_example_of_a_tick() {
    let gpu = gpu();
    let toy = IoDims { d_obs: 2, d_act: 2 };
    let config = EnuNetworkConfig {
        neurons: 2,
        sensory: 1,
        from_hidden: 0,
        from_outputs: 0,
        rewards: 0,
        ..small(UnitCell::Enu)
    };
    let spec = spec(EnuNetworkConfig { outputs: 4, ticks: 1, noise: 0.0, ..config });
    let wiring: [&[usize]; 2] = [&[2, 0], &[3, 1]];
    let theirs = reference(&spec, toy, &plain(&spec, Law::Enu, &wiring, &toy, Flaw::None), 1.0);
    for lanes in [8, 32] {
        let off = difference(&on_gpu(&gpu, &spec, toy, lanes), &theirs);
        assert!(off < BAR, "{lanes} lanes: off by {off}");
    }
    assert_eq!((spec.synapses(), spec.n_params(&toy)), (2, 2 * (3 * 20 * 8 + 32)), "four synapses in all");
}

/// Wirings of other sizes than the published one: classes of unequal size, no reward, many sensors.
#[test]
fn wirings_of_other_sizes() {
    let gpu = gpu();
    let shape = IoDims { d_obs: 4, d_act: 2 };
    let config = EnuNetworkConfig {
        neurons: 5,
        sensory: 3,
        from_hidden: 1,
        from_outputs: 1,
        rewards: 0,
        ..small(UnitCell::Enu)
    };
    let spec = spec(EnuNetworkConfig { ticks: 2, ..config });
    // hidden 0 1 2, outputs 3 4, sensors 5 6 7 8
    let wiring: [&[usize]; 5] =
        [&[5, 6, 7, 1, 3, 0], &[6, 7, 8, 2, 4, 1], &[7, 8, 5, 0, 3, 2], &[5, 6, 7, 0, 4, 3], &[6, 7, 8, 1, 3, 4]];
    let theirs = reference(&spec, shape, &plain(&spec, Law::Enu, &wiring, &shape, Flaw::None), 1.0);
    for lanes in [8, 64] {
        let off = difference(&on_gpu(&gpu, &spec, shape, lanes), &theirs);
        assert!(off < BAR, "{lanes} lanes: off by {off}");
    }
    let mut other = wiring;
    other[4] = &[6, 7, 8, 2, 3, 4];
    let wrong = reference(&spec, shape, &plain(&spec, Law::Enu, &other, &shape, Flaw::None), 1.0);
    assert!(difference(&theirs, &wrong) > 100.0 * BAR, "one synapse that hears another neuron");
}

/// The comparison sees another order of a tick, another wiring and other noise.
#[test]
fn the_comparison_notices() {
    let gpu = gpu();
    let spec = spec(small(UnitCell::Enu));
    let ours = on_gpu(&gpu, &spec, MAZE, 8);
    let of = |flaw| reference(&spec, MAZE, &plain(&spec, Law::Enu, &published(), &MAZE, flaw), 1.0);
    assert!(difference(&ours, &of(Flaw::None)) < BAR, "the network itself");
    let flaws = [
        Flaw::NeuronsFirst,
        Flaw::Swapped,
        Flaw::Mean,
        Flaw::LateNoise,
        Flaw::Unclipped,
        Flaw::ResetsAll,
        Flaw::LastTick,
    ];
    for flaw in flaws {
        let off = difference(&ours, &of(flaw));
        assert!(off > 100.0 * BAR, "{flaw:?}: off by {off} only");
    }
    let quiet = EnuNetworkSpec { noise: 0.0, ..spec };
    let silent = reference(&quiet, MAZE, &plain(&quiet, Law::Enu, &published(), &MAZE, Flaw::None), 1.0);
    assert!(difference(&ours, &silent) > 100.0 * BAR, "noise is there");
}

#[test]
fn what_has_no_place_is_refused() {
    let fits = |config: EnuNetworkConfig, shape| spec(config).fits(&shape);
    assert_eq!(fits(EnuNetworkConfig::default(), MAZE), Ok(()), "the published network in a maze");
    let cart = IoDims { d_obs: 4, d_act: 2 };
    for (config, shape, part) in [
        (EnuNetworkConfig::default(), cart, "`network.from_outputs` is 2"),
        (EnuNetworkConfig { neurons: 4, ..Default::default() }, MAZE, "`network.from_hidden` is 2"),
        (EnuNetworkConfig { neurons: 2, ..Default::default() }, MAZE, "`network.neurons` is 2"),
        (
            EnuNetworkConfig { rewards: 3, ..Default::default() },
            IoDims { d_obs: 3, d_act: 3 },
            "`network.rewards` is 3",
        ),
        (EnuNetworkConfig { sensory: 4, ..Default::default() }, MAZE, "`network.sensory` is 4"),
    ] {
        let said = fits(config, shape).expect_err("refused");
        assert!(said.contains(part), "{said}");
    }
    assert_eq!(spec(EnuNetworkConfig::default()).n_params(&MAZE), 13_312, "two chromosomes");
    assert_eq!(spec(EnuNetworkConfig { shared: true, ..Default::default() }).n_params(&MAZE), 6656, "one");
}
