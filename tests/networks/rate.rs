//! Kernels of networks without spikes against an f64 reference written from the equations, and against Flax.

use crate::support::drawn::drawn;
use crate::support::mirror::mirror;
use crate::support::network::{Bench, POISON, gpu, randoms, words};
use crate::support::npz::Npz;
use crate::support::rate::{Architecture, State, Twin, matrices, unfold};
use gpu_ec::{
    config::{GruConfig, LstmConfig, MlpConfig, Precision, RnnConfig},
    gpu::Gpu,
    kernel::{
        buffers::BufferId,
        entry::PassId,
        records::{EpisodeRecord, status},
    },
    networks::{IoDims, Network, Tensor, rate::RateSpec},
};
use std::sync::Arc;

const ALL: [Architecture; 4] = [Architecture::Gru, Architecture::Lstm, Architecture::Rnn, Architecture::Mlp];
/// Largest error of a value relative to its size, or to 1/4 where it is smaller: sums of hundreds of terms cancel.
const TOLERANCE: f64 = 1e-5;

fn spec(architecture: Architecture, precision: Precision) -> RateSpec {
    match architecture {
        Architecture::Gru => RateSpec::from(&GruConfig { weights: precision, ..Default::default() }),
        Architecture::Lstm => RateSpec::from(&LstmConfig { weights: precision, ..Default::default() }),
        Architecture::Rnn => RateSpec::from(&RnnConfig { weights: precision, ..Default::default() }),
        Architecture::Mlp => RateSpec::from(&MlpConfig { weights: precision, ..Default::default() }),
    }
}

/// Parameters of one individual: kernels of the size that gives sums of order 1, or half of all bits.
fn parameters(spec: &RateSpec, shape: &IoDims, stream: u32) -> Vec<f32> {
    let mut values = Vec::new();
    for (index, Tensor { rows, cols, transposed, .. }) in spec.tensors(shape).into_iter().enumerate() {
        // Both sides act: a read-out is of their units, and its bias comes twice.
        let sides = spec.sides();
        let fan_in = if transposed { sides * cols } else { rows };
        // Actions are to stay within the clip.
        let order = if transposed { 0.4 } else { 1.0 };
        let scale = if rows == 1 { 0.5 / sides as f32 } else { order * (3.0 / fan_in as f32).sqrt() };
        let drawn = randoms(rows * cols, 1000 * stream + index as u32, 1.0).into_iter();
        let bits = spec.precision == Precision::OneBit;
        values.extend(drawn.map(|x| if bits { f32::from(u8::from(x > 0.0)) } else { scale * x }));
    }
    values
}

fn twin(architecture: Architecture, spec: &RateSpec, shape: &IoDims, values: &[f32]) -> Twin {
    let gains = [spec.gain_in, spec.gain_hidden, spec.gain_out];
    let bits = (spec.precision == Precision::OneBit).then_some(gains);
    let own = matrices(&spec.tensors(shape), values);
    let tensors = spec.mirror.as_ref().map(|mirror| unfold(&own, mirror, bits.is_some())).unwrap_or(own);
    Twin { architecture, units: spec.units, side: spec.side_units(), d_act: shape.d_act, bits, tensors }
}

/// Largest error in units of the tolerance.
fn worst(got: impl IntoIterator<Item = f32>, want: impl IntoIterator<Item = f64>) -> f64 {
    let error = |(got, want): (f32, f64)| {
        let error = (f64::from(got) - want).abs() / want.abs().max(0.25) / TOLERANCE;
        if error.is_nan() { f64::INFINITY } else { error }
    };
    let (mut got, mut want) = (got.into_iter(), want.into_iter());
    let mut worst = 0.0;
    loop {
        match (got.next(), want.next()) {
            (Some(got), Some(want)) => worst = f64::max(worst, error((got, want))),
            (None, None) => return worst,
            _ => return f64::INFINITY,
        }
    }
}

/// What varies between the cases.
#[derive(Debug, Clone, Copy)]
struct Case {
    architecture: Architecture,
    precision: Precision,
    units: usize,
    d_obs: usize,
    d_act: usize,
    /// Whether there are two hemispheres.
    bilateral: bool,
    lanes: usize,
    slots: usize,
    steps: usize,
}

impl Case {
    fn spec(&self) -> RateSpec {
        // Gains that differ show where one stands for another.
        RateSpec {
            units: self.units,
            gain_in: 0.9,
            gain_hidden: 1.3,
            gain_out: 0.3,
            bilateral: self.bilateral,
            mirror: self.bilateral.then(|| Arc::new(mirror(self.d_obs, self.d_act))),
            ..spec(self.architecture, self.precision)
        }
    }

    fn shape(&self) -> IoDims {
        IoDims { d_obs: self.d_obs, d_act: self.d_act }
    }
}

fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for architecture in ALL {
        for precision in [Precision::F32, Precision::OneBit] {
            let (units, d_obs, d_act, bilateral, lanes, slots, steps) = (64, 11, 3, false, 8, 6, 2);
            let usual = Case { architecture, precision, units, d_obs, d_act, bilateral, lanes, slots, steps };
            cases.extend([
                usual,
                Case { lanes: 64, ..usual },
                Case { units: 96, d_act: 5, ..usual },
                Case { units: 32, d_obs: 1, d_act: 1, ..usual },
                Case { units: 256, d_obs: 240, d_act: 17, slots: 2, lanes: 32, ..usual },
                Case { units: 512, slots: 1, steps: 1, ..usual },
                Case { bilateral: true, d_act: 7, ..usual },
                Case { bilateral: true, units: 192, d_act: 6, lanes: 32, ..usual },
                Case { bilateral: true, units: 256, d_obs: 240, d_act: 17, slots: 2, ..usual },
            ]);
        }
    }
    cases
}

fn bench_of<'gpu>(gpu: &'gpu Gpu, case: &Case) -> Bench<'gpu> {
    Bench::new(gpu, &case.spec(), case.shape(), case.slots, case.lanes, true)
}

/// Lets individuals with `values` live on the device and compares with `twins`: the largest error found.
fn compare(bench: &mut Bench, case: &Case, values: &[Vec<f32>], twins: &[Twin]) -> f64 {
    let spec = case.spec();
    let theta: Vec<u32> = values.iter().flat_map(|values| words(spec.weights(), values)).collect();
    bench.workspace.write(BufferId::Theta, &theta);
    let n = case.units * spec.cell.n_carried;
    let start = randoms(case.slots * n, 7, 1.0);
    bench.workspace.write(BufferId::NetworkState, &start);
    let f64s = |values: &[f32]| values.iter().map(|x| f64::from(*x)).collect::<Vec<f64>>();
    let mut states: Vec<State> = (0..case.slots)
        .map(|slot| {
            let own = &start[slot * n..][..n];
            let (hidden, cells) = own.split_at(case.units.min(n));
            State { hidden: f64s(hidden), cells: f64s(cells) }
        })
        .collect();
    let mut largest = 0.0;
    for step in 0..case.steps {
        let obs = randoms(case.slots * case.d_obs, 50 + step as u32, 2.0);
        bench.workspace.write(BufferId::Obs, &obs);
        bench.dispatch(PassId::NetworkStep);
        let actions: Vec<f32> = bench.read(BufferId::Action);
        let carried: Vec<f32> = if n > 0 { bench.read(BufferId::NetworkState) } else { vec![] };
        for (slot, state) in states.iter_mut().enumerate() {
            let want = twins[slot].step(&f64s(&obs[slot * case.d_obs..][..case.d_obs]), state);
            let want = want.into_iter().map(|action| action.clamp(-1.0, 1.0));
            largest = f64::max(largest, worst(actions[slot * case.d_act..][..case.d_act].iter().copied(), want));
            let vectors = [&state.hidden[..], &state.cells].concat().into_iter().take(n);
            largest = f64::max(largest, worst(carried.iter().copied().skip(slot * n).take(n), vectors));
        }
    }
    largest
}

fn individuals(case: &Case) -> (Vec<Vec<f32>>, Vec<Twin>) {
    let (spec, shape) = (case.spec(), case.shape());
    let values: Vec<_> = (0..case.slots).map(|slot| parameters(&spec, &shape, slot as u32)).collect();
    let twins = values.iter().map(|values| twin(case.architecture, &spec, &shape, values)).collect();
    (values, twins)
}

#[test]
#[expect(clippy::print_stdout, reason = "the errors belong in the log")]
fn steps_match_the_equations() {
    let gpu = gpu();
    for case in cases() {
        let (values, twins) = individuals(&case);
        let worst = compare(&mut bench_of(&gpu, &case), &case, &values, &twins);
        println!("{case:?}: largest error {:.1e}", worst * TOLERANCE);
        assert!(worst <= 1.0, "{case:?}: {worst} of the tolerance");
    }
}

/// One parameter of every tensor changed: the comparison must notice each.
#[test]
fn a_changed_parameter_is_noticed() {
    let gpu = gpu();
    for case in cases().into_iter().filter(|case| case.units == 64 && case.lanes == 8) {
        let case = Case { slots: 1, steps: 1, ..case };
        let mut bench = bench_of(&gpu, &case);
        let (values, twins) = individuals(&case);
        let mut at = 0;
        for tensor in case.spec().tensors(&case.shape()) {
            let mut changed = values.clone();
            let place = at + tensor.rows * tensor.cols / 2;
            let value = &mut changed[0][place];
            *value = if case.precision == Precision::F32 { *value + 0.02 } else { 1.0 - *value };
            let worst = compare(&mut bench, &case, &changed, &twins);
            assert!(worst > 2.0, "{case:?}: a change in {} passes with {worst}", tensor.name);
            at += tensor.rows * tensor.cols;
        }
    }
}

/// Lanes change the order of sums and nothing else; the same lanes give the same bits.
#[test]
fn lanes_change_rounding_only() {
    let gpu = gpu();
    for architecture in ALL {
        for precision in [Precision::F32, Precision::OneBit] {
            let spec = spec(architecture, precision);
            let shape = IoDims { d_obs: 17, d_act: 6 };
            let theta = words(spec.weights(), &parameters(&spec, &shape, 3));
            let act = |lanes: usize| {
                let mut bench = Bench::new(&gpu, &spec, shape, 1, lanes, false);
                bench.workspace.write(BufferId::Theta, &theta);
                bench.workspace.write(BufferId::Obs, &randoms(17, 5, 2.0));
                bench.dispatch(PassId::NetworkReset);
                (0..3).for_each(|_| bench.dispatch(PassId::NetworkStep));
                bench.read::<f32>(BufferId::Action)[..6].to_vec()
            };
            let eight = act(8);
            assert_eq!(eight, act(8), "{architecture:?}, {precision:?}: a second run differs");
            for lanes in [16, 64] {
                let worst = worst(act(lanes), eight.iter().map(|x| f64::from(*x)));
                assert!(worst <= 1.0, "{architecture:?}, {precision:?}: {lanes} lanes differ by {worst}");
            }
        }
    }
}

/// Parameters as the script gives them to Flax, in the order of theta.
fn flax_parameters(spec: &RateSpec, shape: &IoDims) -> Vec<f32> {
    let mut values = Vec::new();
    for Tensor { name, rows, cols, transposed, .. } in spec.tensors(shape) {
        let fan_in = if transposed { cols } else { rows };
        let scale = if name.starts_with("bias") { 0.25 } else { f64::from((3.0 / fan_in as f64).sqrt() as f32) };
        let drawn = drawn(name, rows * cols);
        let place = |at: usize| if transposed { at % cols * rows + at / cols } else { at };
        values.extend((0..rows * cols).map(|at| (scale * drawn[place(at)]) as f32));
    }
    values
}

#[test]
#[expect(clippy::print_stdout, reason = "the errors belong in the log")]
fn flax_gives_the_same_steps() {
    let gpu = gpu();
    for architecture in ALL {
        let published = spec(architecture, Precision::F32);
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/reference/networks/");
        let table = Npz::open(format!("{file}{}.npz", published.name()));
        let small = RateSpec { units: 32, ..published.clone() };
        for (size, spec, shape) in [
            ("small", small, IoDims { d_obs: 5, d_act: 3 }),
            ("published", published, IoDims { d_obs: 240, d_act: 17 }),
        ] {
            let mut bench = Bench::new(&gpu, &spec, shape, 1, 8, true);
            bench.workspace.write(BufferId::Theta, &words(spec.weights(), &flax_parameters(&spec, &shape)));
            let f32s = |name: &str, count, factor| drawn(name, count).iter().map(|x| factor * *x as f32).collect();
            let start: [Vec<f32>; 2] = [f32s("hidden state", spec.units, 1.0), f32s("cell state", spec.units, 2.0)];
            bench.workspace.write(BufferId::NetworkState, &start[..spec.cell.n_carried].concat());
            let (hidden, actions) = (table.rows(&format!("{size}_hidden")), table.rows(&format!("{size}_actions")));
            let mut errors = vec![];
            for (step, want) in actions.iter().enumerate() {
                bench.workspace.write::<f32>(BufferId::Obs, &f32s(&format!("observation {step}"), shape.d_obs, 2.0));
                bench.dispatch(PassId::NetworkStep);
                let action = want.iter().map(|action| action.clamp(-1.0, 1.0));
                let got = bench.read(BufferId::Action).into_iter().take(shape.d_act);
                errors.push(worst(got, action));
                if spec.cell.n_carried > 0 {
                    let state: Vec<f32> = bench.read(BufferId::NetworkState);
                    let (now, cells) = state.split_at(spec.units);
                    errors.push(worst(now.iter().copied(), hidden[step].iter().copied()));
                    if architecture == Architecture::Lstm {
                        let want = table.rows(&format!("{size}_cells")).swap_remove(step);
                        errors.push(worst(cells.iter().copied(), want));
                    }
                }
            }
            let worst = errors.into_iter().fold(0.0, f64::max);
            println!("{architecture:?}, {size}: largest error {:.1e}", worst * TOLERANCE);
            assert!(worst <= 1.0, "{architecture:?}, {size}: {worst} of the tolerance");
        }
    }
}

#[test]
fn comparisons_fail_on_what_is_wrong() {
    assert!(worst([0.5], [0.500_02]) > 1.0, "a relative error of 4e-5");
    assert!(worst([0.5], [0.500_002]) < 1.0, "a relative error of 4e-6");
    assert_eq!(worst([f32::NAN], [0.0]), f64::INFINITY, "not a number");
    assert_eq!(worst([0.0; 2], [0.0; 3]), f64::INFINITY, "a value too few");
}

#[test]
fn resets_are_zero_and_only_living_slots_step() {
    let gpu = gpu();
    let spec = RateSpec { units: 64, ..spec(Architecture::Lstm, Precision::F32) };
    let shape = IoDims { d_obs: 4, d_act: 2 };
    let mut bench = Bench::new(&gpu, &spec, shape, 5, 8, true);
    let theta: Vec<u32> = (0..5).flat_map(|slot| words(spec.weights(), &parameters(&spec, &shape, slot))).collect();
    bench.workspace.write(BufferId::Theta, &theta);
    let obs = randoms(20, 5, 2.0);
    bench.workspace.write(BufferId::Obs, &obs);
    let normaliser = [randoms(4, 6, 1.0), vec![2.0; 4]].concat();
    bench.workspace.write(BufferId::Normaliser, &normaliser);
    bench.workspace.write(BufferId::Fresh, &[4u32, 0, 1, 2, 3]);
    bench.dispatch(PassId::NetworkReset);
    let state: Vec<u32> = bench.read(BufferId::NetworkState);
    assert!(state[..4 * 128].iter().all(|word| *word == 0), "fresh slots begin at zero");
    assert!(state[4 * 128..].iter().all(|word| *word == POISON), "a slot that is not fresh");
    bench.begin(0, 3);
    let mut episodes: Vec<EpisodeRecord> = bench.read(BufferId::Episode);
    episodes[0].status = status::DONE;
    bench.workspace.write(BufferId::Episode, &episodes);
    bench.workspace.write(BufferId::Live, &[4u32, 0, 1, 2, 3, 4]);
    bench.dispatch(PassId::NetworkStep);
    let actions: Vec<u32> = bench.read(BufferId::Action);
    let moments: Vec<f32> = bench.read(BufferId::Moments);
    for slot in 0..5 {
        let lives = (1..4).contains(&slot);
        assert_eq!(actions[2 * slot] != POISON, lives, "action of slot {slot}");
        for i in 0..4 {
            let x = if lives && slot < 3 { obs[4 * slot + i] - normaliser[i] } else { 0.0 };
            assert!((moments[8 * slot + i] - x).abs() < 1e-6, "first moment {i} of slot {slot}");
            assert!((moments[8 * slot + 4 + i] - x * x).abs() < 1e-5, "second moment {i} of slot {slot}");
        }
    }
    let values = parameters(&spec, &shape, 1);
    let x: Vec<f64> = (0..4).map(|i| f64::from((obs[4 + i] - normaliser[i]) * 2.0)).collect();
    let zeros = vec![0.0; 64];
    let want =
        twin(Architecture::Lstm, &spec, &shape, &values).step(&x, &mut State { hidden: zeros.clone(), cells: zeros });
    let got = [f32::from_bits(actions[2]), f32::from_bits(actions[3])];
    assert!(worst(got, want.iter().map(|a| a.clamp(-1.0, 1.0))) <= 1.0, "a normalised step from the reset state");
}

#[test]
fn parameters_are_as_many_as_published() {
    let humanoid = IoDims { d_obs: 240, d_act: 17 };
    for (architecture, floats, bits) in [
        (Architecture::Gru, 386_321, 3 * (480 * 256 + 256 * 256) + 17 * 256),
        (Architecture::Lstm, 191_121, 4 * (480 * 128 + 128 * 128) + 17 * 128),
        (Architecture::Rnn, 131_601, 192_768),
        (Architecture::Mlp, 66_065, 480 * 256 + 17 * 256),
    ] {
        let count = |precision| spec(architecture, precision).n_params(&humanoid);
        assert_eq!(count(Precision::F32), floats, "{architecture:?}");
        assert_eq!(count(Precision::OneBit), bits, "{architecture:?} of bits");
        assert_eq!(bits % 32, 0, "whole words");
    }
}

/// The initialisers of Flax: variance of inputs and read-out, orthogonal recurrent matrices, zero biases; of all units
/// where there are two hemispheres.
#[test]
fn weights_begin_as_in_flax() {
    let shape = IoDims { d_obs: 48, d_act: 8 };
    for (architecture, bilateral) in ALL.into_iter().flat_map(|cell| [(cell, false), (cell, true)]) {
        let mirror = bilateral.then(|| Arc::new(mirror(shape.d_obs, shape.d_act)));
        let spec = RateSpec { units: 64, bilateral, mirror, ..spec(architecture, Precision::F32) };
        let values: Vec<f32> = spec.initial(&shape, [1, 2]).into_iter().map(|x| x as f32).collect();
        assert_eq!(values.len(), spec.n_params(&shape), "{architecture:?}");
        let mut seen: Vec<u32> = vec![];
        for (name, matrix) in twin(architecture, &spec, &shape, &values).tensors {
            if name.starts_with("bias") {
                assert!(matrix[0].iter().all(|x| *x == 0.0), "{architecture:?}: {name}");
                continue;
            }
            seen.push((matrix[0][0] as f32).to_bits());
            if name.starts_with("hidden") {
                for (i, row) in matrix.iter().enumerate() {
                    for (j, other) in matrix.iter().enumerate() {
                        let along: f64 = row.iter().zip(other).map(|(a, b)| a * b).sum();
                        assert!((along - f64::from(u8::from(i == j))).abs() < 1e-5, "{name}: rows {i} and {j}");
                    }
                }
                continue;
            }
            let (fan_in, all) = (matrix.len() as f64, matrix.concat());
            let moment = |power: i32| all.iter().map(|x| x.powi(power)).sum::<f64>() / all.len() as f64;
            let spread = (fan_in * moment(2)).sqrt();
            // The second hemisphere has the numbers of the first.
            let most = 0.08 * (spec.sides() as f64).sqrt();
            assert!((spread - 1.0).abs() < most, "{architecture:?}: {name} has {spread} of its deviation");
            assert!(moment(1).abs() < 4.0 * (moment(2) / all.len() as f64).sqrt(), "{name} is centred");
            let largest = all.iter().fold(0.0, |largest: f64, x| largest.max(x.abs()));
            assert!(largest <= 2.0 / 0.8796 / fan_in.sqrt(), "{name} is truncated");
        }
        let count = seen.len();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), count, "{architecture:?}: tensors begin with the same numbers");
        assert_ne!(values[0] as f64, spec.initial(&shape, [1, 3])[0], "the key does not matter");
    }
}
