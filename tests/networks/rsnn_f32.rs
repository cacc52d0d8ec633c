//! Kernels of the spiking network with f32 weights against an f64 reference written from the equations, and against
//! NumPy.

use crate::support::drawn::drawn;
use crate::support::network::{Bench, KEY, POISON, gpu, random, randoms, words};
use crate::support::npz::Npz;
use gpu_ec::{
    config::RsnnF32Config,
    kernel::{
        buffers::BufferId,
        entry::PassId,
        mirror::Mirror,
        random::{philox4x32, uniform01},
        records::EpisodeRecord,
    },
    networks::{IoDims, Network, rsnn_f32::RsnnF32Spec},
};
use std::sync::Arc;

/// A bound on one rounding, with room for a driver's fused operations.
const EPS: f64 = f32::EPSILON as f64;

#[derive(Debug, Clone, PartialEq)]
struct State {
    v: Vec<f32>,
    i_syn: Vec<f32>,
    rate: Vec<f32>,
    fired: Vec<bool>,
}

/// A value and how far an f32 computation of it may lie off.
#[derive(Debug, Clone, Copy)]
struct Bounded {
    value: f64,
    bound: f64,
}

/// A sum of products, each factor exact.
fn sum(terms: impl Iterator<Item = f64>) -> Bounded {
    let (value, size, count) = terms.fold((0.0, 0.0, 0.0), |(v, s, n), x: f64| (v + x, s + x.abs(), n + 1.0));
    Bounded { value, bound: (count + 3.0) * EPS * size }
}

/// One substep of the equations; constants are written out for the published settings.
struct Twin<'a> {
    n: usize,
    shape: IoDims,
    weights: &'a [f32],
}

impl Twin<'_> {
    fn weight(&self, row: usize, neuron: usize) -> f64 {
        f64::from(self.weights[row * self.n + neuron])
    }

    fn drive(&self, obs: &[f32], k: usize) -> Bounded {
        let r_in = 0.1 * 10.0 * (2.0 / self.shape.d_obs as f64).sqrt();
        let sum = sum((0..obs.len()).map(|i| self.weight(i, k) * f64::from(obs[i])));
        Bounded { value: r_in * sum.value, bound: r_in * sum.bound }
    }

    fn i_syn(&self, state: &State, k: usize) -> Bounded {
        let r_hidden = 10.0 / 5.0 * (2.0 / self.n as f64).sqrt();
        let rows = (0..self.n).filter(|j| state.fired[*j]).map(|j| self.weight(self.shape.d_obs + j, k));
        let (sum, old) = (sum(rows), (-0.5f64 / 5.0).exp() * f64::from(state.i_syn[k]));
        let value = old + r_hidden * sum.value;
        Bounded { value, bound: r_hidden * sum.bound + 3.0 * EPS * (old.abs() + (r_hidden * sum.value).abs()) }
    }

    /// Before the reset.
    fn membrane(&self, state: &State, i_syn: Bounded, drive: Bounded, k: usize) -> Bounded {
        let decay = (-0.5f64 / 10.0).exp();
        let (old, gain) = (decay * f64::from(state.v[k]), 1.0 - decay);
        let size = old.abs() + gain * (i_syn.value.abs() + drive.value.abs());
        let value = old + gain * (i_syn.value + drive.value);
        Bounded { value, bound: 4.0 * EPS * size + gain * (i_syn.bound + drive.bound) }
    }

    fn rate(&self, state: &State, fires: bool, k: usize) -> Bounded {
        let decay = (-0.5f64 / 10.0).exp();
        let spike = if fires { (1.0 - decay) / 0.5 } else { 0.0 };
        sum([decay * f64::from(state.rate[k]), spike].into_iter())
    }

    fn action(&self, rate: &[f32], a: usize) -> Bounded {
        let r_out = 5.0 * (1.0 / self.n as f64).sqrt();
        let row = self.shape.d_obs + self.n + a;
        let sum = sum((0..self.n).map(|k| self.weight(row, k) * f64::from(rate[k])));
        Bounded { value: (r_out * sum.value).clamp(-1.0, 1.0), bound: r_out * sum.bound + EPS }
    }
}

fn spec(neurons: u32, sim_time_ms: f64) -> RsnnF32Spec {
    RsnnF32Spec::from(&RsnnF32Config { neurons, sim_time_ms, ..Default::default() })
}

fn to_words(state: &State, n_words: usize) -> Vec<u32> {
    let floats = [&state.v[..], &state.i_syn, &state.rate].concat();
    let fired: Vec<f32> = state.fired.iter().map(|fired| f32::from(u8::from(*fired))).collect();
    let mut all: Vec<u32> = floats.iter().map(|x| x.to_bits()).collect();
    all.extend(words(gpu_ec::networks::Weights::Bits, &fired));
    all.resize(n_words, 0);
    all
}

fn from_words(all: &[u32], n: usize) -> State {
    let floats = |at: usize| all[at..at + n].iter().map(|bits| f32::from_bits(*bits)).collect();
    let fired = (0..n).map(|k| all[3 * n + k / 32] >> (k % 32) & 1 == 1).collect();
    State { v: floats(0), i_syn: floats(n), rate: floats(2 * n), fired }
}

/// States from silent to saturated, some membranes close to the threshold.
fn state(n: usize, slot: usize) -> State {
    let draw = |field: usize, k: usize| random((slot * 4 + field) * n + k, 9);
    State {
        v: (0..n).map(|k| if k % 16 == 3 { 1.05 } else { 2.5 * draw(0, k) - 1.4 }).collect(),
        i_syn: (0..n).map(|k| 12.0 * draw(1, k) - 5.0).collect(),
        rate: (0..n).map(|k| 2.0 * draw(2, k)).collect(),
        fired: (0..n).map(|k| draw(3, k) < [0.0, 0.02, 0.1, 0.5, 1.0][slot % 5]).collect(),
    }
}

/// Faults of one substep from equal states, and spikes left undecided by rounding.
fn compare(twin: &Twin, obs: &[f32], before: &State, after: &State, actions: &[f32]) -> (Vec<String>, usize) {
    let (mut faults, mut undecided) = (vec![], 0);
    let mut close = |what: &str, k: usize, got: f32, want: Bounded| {
        let error = (f64::from(got) - want.value).abs();
        // Denormals may be flushed to zero, and what is far below a spike is.
        if error.is_nan() || error > want.bound + 2e-20 {
            faults.push(format!("{what} {k}: {got} instead of {} +- {:e}", want.value, want.bound));
        }
    };
    for k in 0..twin.n {
        let i_syn = twin.i_syn(before, k);
        close("i_syn", k, after.i_syn[k], i_syn);
        let membrane = twin.membrane(before, i_syn, twin.drive(obs, k), k);
        let fires = membrane.value > 1.0;
        if fires != after.fired[k] && (membrane.value - 1.0).abs() <= membrane.bound {
            undecided += 1;
            continue;
        }
        close("rate", k, after.rate[k], twin.rate(before, fires, k));
        close("v", k, after.v[k], if fires { Bounded { value: 0.0, bound: 0.0 } } else { membrane });
        if fires != after.fired[k] {
            close("spike", k, f32::NAN, membrane);
        }
    }
    for (a, action) in actions.iter().enumerate() {
        close("action", a, *action, twin.action(&after.rate, a));
    }
    (faults, undecided)
}

/// Neurons, d_obs, d_act, lanes, slots.
type Case = (u32, usize, usize, usize, usize);

/// Sizes and lanes of the substep test.
const CASES: &[Case] = &[
    (32, 3, 1, 8, 20),
    (64, 11, 3, 8, 20),
    (96, 11, 3, 8, 20),
    (256, 17, 6, 8, 20),
    (256, 240, 17, 64, 5),
    (256, 17, 6, 32, 10),
    (1024, 11, 3, 32, 5),
];

/// The same for two hemispheres.
const BILATERAL: &[Case] = &[(64, 11, 3, 8, 20), (256, 17, 7, 8, 20), (192, 17, 6, 32, 10), (1024, 11, 3, 32, 5)];

/// The weights of both hemispheres together from those of one with `n` neurons. What the second one does with a
/// mirrored observation is what other weights do with the observation itself.
fn unfold(own: &[f32], n: usize, mirror: &Mirror) -> Vec<f32> {
    let (observed, row) = (mirror.observation.of.len(), |row: usize| own[row * n..][..n].to_vec());
    let joined = |first: usize, second: usize, negated: bool| {
        let sign = if negated { -1.0 } else { 1.0 };
        [row(first), row(second).iter().map(|weight| sign * weight).collect()].concat()
    };
    let heard = (0..observed).map(|i| joined(i, mirror.observation.of[i], mirror.observation.negated[i]));
    let (within, across) = (observed, observed + n);
    let left = (0..n).map(|k| joined(within + k, across + k, false));
    let right = (0..n).map(|k| joined(across + k, within + k, false));
    let (action, output) = (&mirror.action, observed + 2 * n);
    let acted = (0..action.of.len()).map(|a| joined(output + a, output + action.of[a], action.negated[a]));
    heard.chain(left).chain(right).chain(acted).flatten().collect()
}

/// One substep of so many individuals: faults, undecided spikes, neurons.
fn substep(case: Case, bilateral: bool, wrong: bool) -> (Vec<String>, usize, usize) {
    let (neurons, d_obs, d_act, lanes, slots) = case;
    let (gpu, shape, n) = (gpu(), IoDims { d_obs, d_act }, neurons as usize);
    let mirror = bilateral.then(|| Arc::new(crate::support::mirror::mirror(d_obs, d_act)));
    let config = RsnnF32Config { neurons, sim_time_ms: 0.5, bilateral, ..Default::default() };
    let spec = RsnnF32Spec::from(&config).mirrored(mirror.clone());
    let mut bench = Bench::new(&gpu, &spec, shape, slots, lanes, true);
    let n_params = spec.n_params(&shape);
    let weights: Vec<Vec<f32>> = (0..slots).map(|slot| randoms(n_params, slot as u32, 1.7)).collect();
    let theta: Vec<u32> = weights.iter().flat_map(|own| words(spec.weights(), own)).collect();
    bench.workspace.write(BufferId::Theta, &theta);
    let obs = randoms(slots * d_obs, 77, 2.0);
    bench.workspace.write(BufferId::Obs, &obs);
    let before: Vec<State> = (0..slots).map(|slot| state(n, slot)).collect();
    let all: Vec<u32> = before.iter().flat_map(|state| to_words(state, bench.state_words)).collect();
    bench.workspace.write(BufferId::NetworkState, &all);
    bench.dispatch(PassId::NetworkStep);
    let after: Vec<u32> = bench.read(BufferId::NetworkState);
    let actions: Vec<f32> = bench.read(BufferId::Action);
    let episodes: Vec<EpisodeRecord> = bench.read(BufferId::Episode);
    let (mut faults, mut undecided) = (vec![], 0);
    for slot in 0..slots {
        let own = &weights[slot];
        let mut weights = mirror.as_ref().map_or(own.clone(), |mirror| unfold(own, n / 2, mirror));
        if wrong {
            // A connection from a neuron that fired, if any did.
            let from = before[slot].fired.iter().position(|fired| *fired).unwrap_or(0);
            weights[(d_obs + from) * n + 5] += 0.01;
        }
        let twin = Twin { n, shape, weights: &weights };
        let after = from_words(&after[slot * bench.state_words..][..bench.state_words], n);
        let own = &obs[slot * d_obs..][..d_obs];
        let found = compare(&twin, own, &before[slot], &after, &actions[slot * d_act..][..d_act]);
        faults.extend(found.0);
        undecided += found.1;
        let spikes = after.fired.iter().filter(|fired| **fired).count();
        assert_eq!(episodes[slot].spikes as usize, spikes, "spikes of slot {slot}");
    }
    (faults, undecided, slots * n)
}

#[test]
fn substeps_match_the_equations() {
    let whole = CASES.iter().map(|case| (case, false));
    for (case, bilateral) in whole.chain(BILATERAL.iter().map(|case| (case, true))) {
        let (faults, undecided, neurons) = substep(*case, bilateral, false);
        assert!(faults.is_empty(), "{case:?}: {:#?}", &faults[..faults.len().min(5)]);
        assert!(undecided * 1000 <= neurons, "{case:?}: {undecided} spikes of {neurons} undecided");
    }
}

#[test]
fn a_changed_weight_is_noticed() {
    for bilateral in [false, true] {
        let (faults, ..) = substep(CASES[1], bilateral, true);
        // Four slots of five have neurons that fired.
        assert!(faults.iter().filter(|fault| fault.starts_with("i_syn 5")).count() >= 15, "{faults:#?}");
    }
}

/// A step is its substeps, whatever the number of lanes, but for the order of the read-out's sum.
#[test]
fn steps_are_many_substeps() {
    let (gpu, shape) = (gpu(), IoDims { d_obs: 11, d_act: 3 });
    let live = |sim_time_ms: f64, lanes: usize, dispatches: usize| {
        let spec = spec(128, sim_time_ms);
        let mut bench = Bench::new(&gpu, &spec, shape, 3, lanes, false);
        bench.workspace.write(BufferId::Theta, &words(spec.weights(), &randoms(3 * spec.n_words(&shape), 4, 1.7)));
        bench.workspace.write(BufferId::Obs, &randoms(33, 5, 2.0));
        bench.dispatch(PassId::NetworkReset);
        (0..dispatches).for_each(|_| bench.dispatch(PassId::NetworkStep));
        let spikes: Vec<u32> =
            bench.read::<EpisodeRecord>(BufferId::Episode).iter().map(|record| record.spikes).collect();
        (bench.read::<u32>(BufferId::NetworkState), spikes, bench.read::<f32>(BufferId::Action)[..9].to_vec())
    };
    let step = live(16.6, 8, 1);
    assert!(step.1.iter().all(|spikes| *spikes > 0), "nothing fired: {:?}", step.1);
    assert_eq!(step, live(0.5, 8, 33), "33 substeps of half a millisecond");
    for lanes in [16, 32] {
        let other = live(16.6, lanes, 1);
        assert_eq!((&other.0, &other.1), (&step.0, &step.1), "state with {lanes} lanes");
        assert!(other.2.iter().zip(&step.2).all(|(a, b)| (a - b).abs() < 1e-5), "actions with {lanes} lanes");
    }
}

#[test]
fn reset_draws_membranes_by_member() {
    let (gpu, shape, spec) = (gpu(), IoDims { d_obs: 3, d_act: 1 }, spec(96, 16.6));
    let mut bench = Bench::new(&gpu, &spec, shape, 5, 8, true);
    bench.begin(40, 0);
    bench.workspace.write(BufferId::Fresh, &[4u32, 0, 1, 2, 3]);
    bench.dispatch(PassId::NetworkReset);
    let all: Vec<u32> = bench.read(BufferId::NetworkState);
    for slot in 0..4 {
        let state = from_words(&all[slot * bench.state_words..][..bench.state_words], 96);
        for (k, v) in state.v.iter().enumerate() {
            let bits = philox4x32([k as u32 / 4, 40 + slot as u32, 5, 0], KEY)[k % 4];
            assert_eq!(*v, uniform01(bits), "membrane {k} of slot {slot}");
        }
        assert!(state.i_syn.iter().chain(&state.rate).all(|x| *x == 0.0), "slot {slot} starts at rest");
        assert!(!state.fired.contains(&true), "slot {slot} starts silent");
    }
    assert!(all[4 * bench.state_words..].iter().all(|word| *word == POISON), "a slot that is not fresh");
}

/// Steps of `spiking` in tests/support/networks_golden.py, which keeps away from the threshold.
#[test]
fn numpy_gives_the_same_steps() {
    let (gpu, shape, spec) = (gpu(), IoDims { d_obs: 5, d_act: 3 }, spec(32, 16.6));
    let table = Npz::open(concat!(env!("CARGO_MANIFEST_DIR"), "/assets/reference/networks/rsnn_f32.npz"));
    let mut bench = Bench::new(&gpu, &spec, shape, 1, 8, true);
    let draw = |name: &str, rows: usize, cols: usize| -> Vec<f32> {
        let limit = f64::from((3.0 / rows as f64).sqrt() as f32);
        let weight = |x: f64| (f64::from((limit * x) as f32) * (rows as f64).sqrt()) as f32;
        drawn(name, rows * cols).into_iter().map(weight).collect()
    };
    let output = draw("output", 32, 3);
    let by_action = (0..96).map(|at| output[at % 32 * 3 + at / 32]).collect();
    let weights = [draw("input", 5, 32), draw("hidden", 32, 32), by_action].concat();
    bench.workspace.write(BufferId::Theta, &words(spec.weights(), &weights));
    let v = drawn("membranes", 32).iter().map(|x| ((x + 1.0) / 2.0) as f32).collect();
    let start = State { v, i_syn: vec![0.0; 32], rate: vec![0.0; 32], fired: vec![false; 32] };
    bench.workspace.write(BufferId::NetworkState, &to_words(&start, bench.state_words));
    let [spikes, rates, membranes, actions] = ["spikes", "rates", "membranes", "actions"].map(|name| table.f64(name).1);
    let mut total = 0;
    for step in 0..3 {
        let obs: Vec<f32> = drawn(&format!("observation {step}"), 5).iter().map(|x| 2.0 * *x as f32).collect();
        bench.workspace.write(BufferId::Obs, &obs);
        bench.dispatch(PassId::NetworkStep);
        total += spikes[step] as u32;
        assert_eq!(bench.read::<EpisodeRecord>(BufferId::Episode)[0].spikes, total, "spikes up to step {step}");
        let state = from_words(&bench.read::<u32>(BufferId::NetworkState), 32);
        let near = |what: &str, got: &[f32], want: &[f64]| {
            for (got, want) in got.iter().zip(want) {
                assert!((f64::from(*got) - want).abs() < 1e-5, "step {step}, {what}: {got} instead of {want}");
            }
        };
        near("rate", &state.rate, &rates[32 * step..][..32]);
        near("membrane", &state.v, &membranes[32 * step..][..32]);
        let want: Vec<f64> = actions[3 * step..][..3].iter().map(|action| action.clamp(-1.0, 1.0)).collect();
        near("action", &bench.read::<f32>(BufferId::Action)[..3], &want);
    }
    assert!(total > 50, "only {total} spikes");
}

/// The figures of Evolving Connectivity's comparison.
#[test]
fn constants_are_the_published_ones() {
    let c = spec(256, 16.6).constants(240);
    for (got, want) in [(c.r_in, 0.091287), (c.r_hidden, 0.176777), (c.r_out, 0.3125), (c.gain_rate, 0.0975412)] {
        assert!((got - want).abs() < 5e-7, "{got} instead of {want}");
    }
    assert_eq!(c.substeps, 33, "substeps");
    let shape = IoDims { d_obs: 240, d_act: 17 };
    assert_eq!(spec(256, 16.6).n_params(&shape), 131_328, "parameters");
    let initial = spec(256, 16.6).initial(&shape, [3, 4]);
    let moment = |power| initial.iter().map(|x| x.powi(power)).sum::<f64>() / initial.len() as f64;
    assert!(moment(1).abs() < 0.01 && (moment(2) - 1.0).abs() < 0.01, "weights begin as N(0, 1)");
}
