//! Forward sensitivities: the reference in f64 against finite differences and JAX's reverse mode, the kernel against
//! the reference, learning against no learning, and what an arm costs in memory.

use crate::support::arm::{Arm, State, Weights, compare};
use crate::support::{golden, npz::Npz};
use gpu_ec::{
    gpu::{Gpu, Selector},
    networks::reservoir::ReservoirSpec,
    physics::{mjcf, model::Model},
    plan::arms::{ArmLayout, ArmSpec},
    run::arms::{ArmEngine, ArmSetup, ArmStart, Learnt},
};

fn gpu() -> Gpu {
    Gpu::open(&Selector::Best).expect("a Vulkan driver is installed")
}

fn model() -> Model {
    mjcf::compile("arm", include_str!("../../assets/robots/arm_balance.xml")).expect("compiles").model
}

fn setup(seed: u64) -> ArmSetup {
    ArmSetup { seed, weight_range: 0.05, tendon_ratio: 0.75, learning_rate: 0.05 }
}

/// The reservoir's own weights, in f64.
fn weights(spec: &ReservoirSpec, seed: u64, readout: &[[f32; 2]]) -> Weights {
    let n = spec.neurons;
    let padded = n.next_multiple_of(32);
    let fixed = spec.fixed_weights(seed, padded);
    let row = |from: usize| (0..n).map(|to| f64::from(fixed[from * padded + to])).collect();
    Weights {
        input: vec![row(padded), row(padded + 1)],
        recurrent: (0..n).map(row).collect(),
        readout: readout.iter().map(|pair| pair.map(f64::from)).collect(),
    }
}

/// Numbers in [low, high), the same on every run.
fn drawn(seed: u32) -> impl FnMut(f64, f64) -> f64 {
    let mut at = 0;
    move |low, high| {
        at += 1;
        let bits = gpu_ec::kernel::random::philox4x32([at, 7, 7, 7], [seed, 0]);
        low + (high - low) * f64::from(bits[0]) / 2f64.powi(32)
    }
}

/// A state in the middle of things.
fn busy(n: usize, draw: &mut impl FnMut(f64, f64) -> f64) -> State {
    State {
        u_in: [draw(0.0, 1.2), draw(0.0, 1.2)],
        i_in: [draw(0.0, 0.2), draw(0.0, 0.2)],
        u: (0..n).map(|_| draw(0.0, 1.2)).collect(),
        i: (0..n).map(|_| draw(0.0, 0.3)).collect(),
        u_out: [draw(0.3, 1.2), draw(0.3, 1.2)],
        i_out: [draw(0.0, 0.3), draw(0.0, 0.3)],
        held: [60.0, 40.0],
        act: [draw(0.2, 0.6), draw(0.2, 0.6)],
        angle: 0.5,
        velocity: 0.02,
        spent: 0.0,
    }
}

fn small(n: usize) -> (Weights, State) {
    let mut draw = drawn(3);
    let matrix = |rows: usize, size: f64, draw: &mut dyn FnMut(f64, f64) -> f64| -> Vec<Vec<f64>> {
        (0..rows).map(|_| (0..n).map(|_| draw(-size, size)).collect()).collect()
    };
    let input = matrix(2, 1.0, &mut draw);
    let recurrent = matrix(n, 0.15, &mut draw);
    let readout = (0..n).map(|_| [draw(-0.05, 0.05), draw(-0.05, 0.05)]).collect();
    let state = busy(n, &mut draw);
    (Weights { input, recurrent, readout }, state)
}

/// Largest difference between the gradient along twelve directions and central differences of the smooth model, over
/// the largest of them.
fn against_differences(energy: [f64; 2], change: impl Fn(&mut Vec<[f64; 2]>)) -> f64 {
    let n = 8;
    let (w, start) = small(n);
    let arm = Arm { smooth: true, loops: true, tendon_ratio: 0.75, energy };
    let (_, _, mut gradient) = arm.gradient(&w, &start, 8);
    change(&mut gradient);
    let mut draw = drawn(11);
    let (mut worst, mut largest) = (0.0f64, 0.0f64);
    for _ in 0..12 {
        let way: Vec<[f64; 2]> = (0..n).map(|_| [draw(-1.0, 1.0), draw(-1.0, 1.0)]).collect();
        let moved = |h: f64| {
            let mut w = w.clone();
            w.readout.iter_mut().zip(&way).for_each(|(w, d)| (0..2).for_each(|k| w[k] += h * d[k]));
            arm.loss(&w, &start, 8)
        };
        let difference = (moved(1e-5) - moved(-1e-5)) / 2e-5;
        let along: f64 = gradient.iter().zip(&way).map(|(g, d)| g[0] * d[0] + g[1] * d[1]).sum();
        worst = worst.max((difference - along).abs());
        largest = largest.max(difference.abs());
    }
    worst / largest
}

#[test]
fn the_reference_agrees_with_finite_differences() {
    for energy in [[0.0; 2], [0.3, 0.02]] {
        let error = against_differences(energy, |_| {});
        eprintln!("against central differences, energy {energy:?}: {error:.1e} of the largest");
        assert!(error < 1e-3, "off by {error:.2e} of the largest derivative");
    }
    let seen = against_differences([0.0; 2], |gradient| gradient.iter_mut().flatten().for_each(|x| *x *= 1.01));
    assert!(seen > 1e-3, "a gradient that is a hundredth off is seen: {seen:.1e}");
}

/// `assets/reference/arm_gradient.npz`, made by `tests/peer/arm_gradient.py`.
#[test]
fn the_reference_agrees_with_reverse_mode() {
    let file = Npz::open(golden::path("arm_gradient.npz"));
    let flat = |name: &str| -> Vec<f64> { file.rows(name).concat() };
    let pair = |name: &str| -> [f64; 2] { flat(name).try_into().expect("two numbers") };
    let n = flat("u").len();
    let w = Weights {
        input: file.rows("w_in"),
        recurrent: file.rows("w_rec"),
        readout: file.rows("w_out").iter().map(|row| [row[0], row[1]]).collect(),
    };
    let [angle, velocity] = pair("body");
    let start = State {
        u_in: pair("u_in"),
        i_in: pair("i_in"),
        u: flat("u"),
        i: flat("i"),
        u_out: pair("u_out"),
        i_out: pair("i_out"),
        held: pair("held"),
        act: pair("act"),
        angle,
        velocity,
        spent: 0.0,
    };
    for (smooth, name) in [(true, "gradient_smooth"), (false, "gradient_spiking")] {
        let (_, _, ours) = Arm { smooth, loops: true, tendon_ratio: 0.75, energy: [0.0; 2] }.gradient(&w, &start, 20);
        let theirs: Vec<[f64; 2]> = file.rows(name).iter().map(|row| [row[0], row[1]]).collect();
        let (_, _, error) = compare(&ours, &theirs);
        eprintln!("{name}, {n} neurons, 20 steps: {error:.1e} from reverse mode");
        assert!(error < 1e-9, "{name}: relative difference {error:.2e}");
        let mut wrong = ours.clone();
        wrong[n / 2][0] += 1e-6 * theirs.as_flattened().iter().map(|x| x * x).sum::<f64>().sqrt();
        assert!(compare(&wrong, &theirs).2 > 1e-9, "a small error is seen");
    }
}

/// The last window's gradient by the kernel after `windows` windows without learning, and what the reference says in
/// the same form.
fn windows(gpu: &Gpu, layout: ArmLayout, neurons: usize, windows: usize, energy: [f64; 2]) -> [Vec<[f64; 2]>; 2] {
    let network = ReservoirSpec { neurons, ..ReservoirSpec::default() };
    let spec = ArmSpec { network, steps: 20 * windows, momentum: 0.0, clip: 1e30, ..ArmSpec::default() };
    let spec = ArmSpec { energy_activation: energy[0], energy_spike: energy[1], ..spec };
    let setups = [ArmSetup { learning_rate: 0.0, ..setup(1) }];
    let mut engine = ArmEngine::laid_out(gpu, &spec, &model(), &setups, layout).expect("the kernel compiles");
    let learnt = Learnt::untaught(&spec, &setups);
    let start = ArmStart { angle: 0.5, velocity: 0.05 };
    engine.iterate(&[start], true, &|| true).expect("it runs").expect("nobody stops it");
    let momentum: Vec<[f64; 2]> =
        engine.learnt().expect("read").momentum.iter().map(|pair| pair.map(f64::from)).collect();
    let counted: u32 = engine.spikes().expect("read")[0].iter().sum();

    let w = weights(&network, 1, &learnt.weights);
    let arm = Arm { smooth: false, loops: false, tendon_ratio: 0.75, energy };
    let mut state = State::rest(neurons);
    for step in 0..20 * (windows - 1) {
        if step == 20 {
            (state.angle, state.velocity) = (0.5f64, f64::from(0.05f32));
        }
        state = arm.step(&w, &state, &mut []);
    }
    let (_, _, reduced) = arm.gradient(&w, &state, 20);
    eprintln!("{neurons} neurons, {windows} windows: {counted} spikes");
    [momentum, reduced]
}

#[test]
fn the_kernel_agrees_with_the_reference_over_one_window() {
    let gpu = gpu();
    let software = ArmLayout::of(true, gpu.adapter.traits().subgroup);
    let barriers = ArmLayout { lanes: 64, subgroup: false };
    let plain = [(software, 200), (barriers, 200), (software, 50), (barriers, 100)].map(|(a, b)| (a, b, [0.0; 2]));
    for (layout, neurons, energy) in plain.into_iter().chain([(software, 100, [0.3, 0.02])]) {
        let [kernel, reduced] = windows(&gpu, layout, neurons, 4, energy);
        let (cosine, ratio, error) = compare(&kernel, &reduced);
        eprintln!("  {layout:?}: relative norm {error:.1e}, cosine {cosine:.6}, ratio {ratio:.6}");
        assert!(error < 1e-3, "{layout:?}, {neurons} neurons: the gradients differ by {error:.2e}");
        let mut wrong = kernel.clone();
        wrong.iter_mut().flatten().for_each(|x| *x *= 1.01);
        assert!(compare(&wrong, &reduced).2 > 1e-3, "a hundredth is seen");
    }
}

#[test]
fn eleven_numbers_a_neuron_do_for_the_whole_matrix() {
    let n = 60;
    let network = ReservoirSpec { neurons: n, ..ReservoirSpec::default() };
    let w = weights(&network, 2, &network.readout([5, 6], 0.05, n));
    let full = Arm { smooth: false, loops: true, tendon_ratio: 0.75, energy: [0.0; 2] };
    let mut state = State { angle: 0.5, velocity: 0.05, ..State::rest(n) };
    for _ in 0..40 {
        state = full.step(&w, &state, &mut []);
    }
    for (steps, ms) in [(8, 10), (20, 25), (40, 50)] {
        let [a, b] = [true, false].map(|loops| Arm { loops, ..full }.gradient(&w, &state, steps).2);
        let (cosine, ratio, error) = compare(&b, &a);
        eprintln!("{ms} ms: cosine {cosine:.8}, ratio of norms {ratio:.6}, difference {error:.1e}");
        if ms == 10 {
            assert!(cosine > 0.9999, "cosine {cosine} over {ms} ms");
        }
    }
}

#[test]
fn a_body_out_of_reach_of_the_kernel_is_refused() {
    let arm6 = golden::model("arm6");
    let error = ArmSpec::default().kernel(&arm6, ArmLayout::of(true, 8), 0).expect_err("two joints").to_string();
    assert!(error.contains("two muscles"), "{error}");
}

#[test]
fn arms_learn_and_untaught_ones_fall() {
    let gpu = gpu();
    let spec = ArmSpec {
        network: ReservoirSpec { neurons: 100, ..ReservoirSpec::default() },
        steps: 2000,
        ..ArmSpec::default()
    };
    let setups = [setup(0), setup(1), ArmSetup { learning_rate: 0.0, ..setup(0) }];
    let mut engine = ArmEngine::new(&gpu, &spec, &model(), &setups).expect("the kernel compiles");
    let start = |k: usize| ArmStart { angle: if k.is_multiple_of(2) { 0.5 } else { -0.45 }, velocity: 0.0 };
    let late = |engine: &mut ArmEngine, k: usize| -> Vec<f32> {
        let outcomes = engine.iterate(&[start(k); 3], true, &|| true).expect("it runs").expect("whole");
        outcomes.iter().map(|outcome| outcome.late_loss / 1000.0).collect()
    };
    let losses: Vec<Vec<f32>> = (0..30).map(|k| late(&mut engine, k)).collect();
    let last = |arm: usize| losses[20..].iter().map(|line| line[arm]).sum::<f32>() / 10.0;
    eprintln!("last ten: {} and {}, untaught {}", last(0), last(1), last(2));
    assert!(last(0) < 0.1 * last(2) && last(0) < 0.01, "the first learns");
    assert!(last(1) < 0.1 * last(2) && last(1) < 0.01, "the second learns");
    assert!(last(2) > 1.0, "the untaught one falls");
}

#[test]
fn a_batch_is_its_arms_one_by_one_and_is_watched_as_it_is() {
    let gpu = gpu();
    let spec = ArmSpec {
        network: ReservoirSpec { neurons: 64, ..ReservoirSpec::default() },
        steps: 440,
        ..ArmSpec::default()
    };
    let setups: Vec<ArmSetup> = (0..3).map(|k| ArmSetup { tendon_ratio: 0.4 * k as f64, ..setup(k) }).collect();
    let starts = [0.5, -0.3, 0.2].map(|angle| ArmStart { angle, velocity: 0.0 });
    let mut together = ArmEngine::new(&gpu, &spec, &model(), &setups).expect("the kernel compiles");
    let before = Learnt::untaught(&spec, &setups);
    let all = together.iterate(&starts, true, &|| true).expect("it runs").expect("whole");
    for (k, outcome) in all.iter().enumerate() {
        let mut alone = ArmEngine::new(&gpu, &spec, &model(), &setups[k..=k]).expect("the kernel compiles");
        let one = alone.iterate(&starts[k..=k], true, &|| true).expect("it runs").expect("whole");
        assert_eq!(one[0], *outcome, "arm {k} does not depend on its neighbours");
    }
    // watched, nothing is learnt: the same as an iteration without learning
    together.set_learnt(&before);
    let plain = together.iterate(&starts, false, &|| true).expect("it runs").expect("whole");
    let counted = together.spikes().expect("read");
    let motion = together.watch(1, starts[1]).expect("it runs");
    assert_eq!(motion.angle.len(), 440, "all steps");
    assert_eq!(motion.angle.last(), Some(&plain[1].angle), "the same end");
    let spikes = |neuron: u32| motion.spikes.iter().filter(|(_, who)| *who == neuron).count() as u32;
    let seen: Vec<u32> = (0..68).map(spikes).collect();
    assert_eq!(seen, counted[1], "spikes by neuron, inputs and outputs last");
}

#[test]
fn memory_does_not_grow_with_steps() {
    let gpu = gpu();
    let bytes = |steps: usize| {
        let network = ReservoirSpec { neurons: 32, ..ReservoirSpec::default() };
        let spec = ArmSpec { network, steps, ..ArmSpec::default() };
        let mut engine = ArmEngine::new(&gpu, &spec, &model(), &[setup(0)]).expect("the kernel compiles");
        let start = ArmStart { angle: 0.5, velocity: 0.0 };
        engine.iterate(&[start], true, &|| true).expect("it runs").expect("whole");
        engine.device_bytes()
    };
    assert_eq!(bytes(400), bytes(20_000), "bytes on the device");
}
