//! CPU time of the network alone, without bodies, in process CPU microseconds per environment step and individual.
//! Runs in turn with a hand-written CPU program ([`yardstick`]) that steps the first individuals of the same
//! population. With `--f32` the same for the spiking network with f32 weights ([`yardstick_f32`]).
//!
//! `RUSTFLAGS="-C target-cpu=native" cargo bench --bench policy -- [--f32] [--individuals 512] [--lanes 8] [--subgroup
//! 8] [--neurons 256] [--gain 0.1] [--sim-time 16.6] [--density 0.5] [d_obs:d_act ...]`

mod kernel;
mod yardstick;
mod yardstick_f32;

use std::time::{Duration, Instant};

use cpu_time::ProcessTime;
use gpu_ec::{
    gpu::{Gpu, Selector},
    networks::{IoDims, Network, NetworkLaunch, rsnn::RsnnSpec, rsnn_f32::RsnnF32Spec},
};
use kernel::Population;
use yardstick::{Individual, N, Yardstick};

/// Number of environment steps before anything is timed, in which firing settles.
const SETTLING: usize = 5;
const ROUNDS: usize = 7;
/// Number of individuals that the yardstick steps.
const YARDSTICK: usize = 64;

struct Settings {
    individuals: usize,
    options: NetworkLaunch,
    spec: RsnnSpec,
    density: f64,
    /// True for real weights.
    f32: bool,
    shapes: Vec<IoDims>,
}

fn settings() -> Settings {
    let options = NetworkLaunch {
        lanes: 8,
        subgroup: 8,
        normaliser_clip: 10.0,
        action_bound: gpu_ec::networks::BOUNDED,
        neighbours: 1,
    };
    let spec = RsnnSpec::default();
    let mut settings = Settings { individuals: 512, options, spec, density: 0.5, f32: false, shapes: vec![] };
    let mut args = std::env::args().skip(1).filter(|arg| arg != "--bench");
    while let Some(arg) = args.next() {
        let mut number = || args.next().and_then(|value| value.parse::<f64>().ok()).expect("a number after the option");
        match arg.as_str() {
            "--f32" => settings.f32 = true,
            "--individuals" => settings.individuals = number() as usize,
            "--lanes" => settings.options.lanes = number() as usize,
            "--subgroup" => settings.options.subgroup = number() as usize,
            "--neurons" => settings.spec.neurons = number() as usize,
            "--gain" => settings.spec.gain_in = number(),
            "--sim-time" => settings.spec.sim_time_ms = number(),
            "--density" => settings.density = number(),
            shape => {
                let (d_obs, d_act) = shape.split_once(':').expect("d_obs:d_act");
                let parse = |text: &str| text.parse().expect("a number");
                settings.shapes.push(IoDims { d_obs: parse(d_obs), d_act: parse(d_act) });
            }
        }
    }
    if settings.shapes.is_empty() {
        settings.shapes =
            [(11, 3), (17, 6), (240, 17), (348, 17)].map(|(d_obs, d_act)| IoDims { d_obs, d_act }).to_vec();
    }
    settings
}

fn main() {
    let settings = settings();
    let gpu = Gpu::open(&Selector::Best).expect("a Vulkan driver");
    if !cfg!(target_feature = "avx2") && cfg!(target_arch = "x86_64") {
        eprintln!("the yardstick is built without AVX2: set RUSTFLAGS=\"-C target-cpu=native\"");
    }
    for shape in &settings.shapes {
        if settings.f32 { measure_f32(&gpu, &settings, shape) } else { measure(&gpu, &settings, shape) }
    }
}

/// Returns median, smallest and largest.
fn spread(mut samples: Vec<f64>) -> (f64, f64, f64) {
    samples.sort_by(f64::total_cmp);
    (samples[samples.len() / 2], samples[0], samples[samples.len() - 1])
}

/// Returns the process CPU microseconds of one of the `per_call` steps of `call`, measured over about 0.2 s.
fn microseconds(per_call: usize, mut call: impl FnMut()) -> f64 {
    let (wall, cpu, mut calls) = (Instant::now(), ProcessTime::now(), 0);
    while wall.elapsed() < Duration::from_millis(200) {
        call();
        calls += 1;
    }
    1e6 * cpu.elapsed().as_secs_f64() / (calls * per_call) as f64
}

#[expect(clippy::print_stdout, reason = "the figures are what this program is for")]
fn measure(gpu: &Gpu, settings: &Settings, shape: &IoDims) {
    let spec = &settings.spec;
    let chances = spec.constants(shape.d_obs).substeps * spec.neurons;
    let mut population = Population::new(gpu, (spec, &settings.options, chances), settings, shape);
    population.reset();
    let mut by_hand = (spec.neurons == N).then(|| by_hand(&mut population, spec, shape));
    let first_dispatch = population.step();
    (1..SETTLING).for_each(|_| _ = population.step());
    if let Some((yardstick, individuals)) = &mut by_hand {
        settle(yardstick, individuals, &population.obs);
        let equal = individuals.iter().zip(population.states()).filter(|(mine, state)| same(mine, state)).count();
        println!("{equal} of {} individuals have the yardstick's membranes and rates, bit for bit", individuals.len());
    }
    let (mut kernel, mut hand) = (vec![], vec![]);
    for _ in 0..ROUNDS {
        let n = settings.individuals;
        kernel.push(microseconds(4 * n, || population.steps(4)));
        if let Some((yardstick, individuals)) = &mut by_hand {
            hand.push(microseconds(individuals.len(), || _ = step_all(yardstick, individuals, &population.obs)));
        }
    }
    let (cpu, least, most) = spread(kernel);
    println!(
        "d_obs {:3} d_act {:2} neurons {:4} lanes {:2} {} | {cpu:.2} us ({least:.2}..{most:.2}) | firing {:.2} % a substep | first dispatch {first_dispatch:.2} s",
        shape.d_obs,
        shape.d_act,
        spec.neurons,
        spec.lanes(&settings.options),
        spec.shader(&settings.options),
        100.0 * population.firing(),
    );
    if by_hand.is_some() {
        let (by_hand, least, most) = spread(hand);
        println!(
            "{:15} by hand, one thread | {by_hand:.2} us ({least:.2}..{most:.2}) | ratio {:.2}",
            "",
            cpu / by_hand
        );
    }
}

/// Measures the network with f32 weights: its time, and its firing rate beside the yardstick's, which rounding may
/// change.
#[expect(clippy::print_stdout, reason = "the figures are what this program is for")]
fn measure_f32(gpu: &Gpu, settings: &Settings, shape: &IoDims) {
    assert_eq!(settings.spec.neurons, N, "the yardstick knows the published network only");
    let spec = RsnnF32Spec::from(settings.spec.clone());
    let c = spec.constants(shape.d_obs);
    let mut population = Population::new(gpu, (&spec, &settings.options, c.substeps * N), settings, shape);
    population.reset();
    let (states, n_words, d_obs) = (population.states(), spec.n_words(shape), shape.d_obs);
    let individuals = states.iter().zip(population.theta.chunks(n_words)).take(YARDSTICK);
    let mut individuals: Vec<_> =
        individuals.map(|(state, theta)| yardstick_f32::Individual::new(theta, d_obs, &state[..N])).collect();
    let obs = population.obs.clone();
    let mut step_all =
        || -> u32 { individuals.iter_mut().zip(obs.chunks(d_obs)).map(|(individual, x)| individual.step(&c, x)).sum() };
    let (mut by_hand, mut spikes) = (vec![], 0);
    for _ in 0..SETTLING {
        population.step();
        spikes += step_all();
    }
    let rate = f64::from(spikes) / (SETTLING * YARDSTICK * c.substeps * N) as f64;
    let mut kernel = vec![];
    for _ in 0..ROUNDS {
        kernel.push(microseconds(4 * settings.individuals, || population.steps(4)));
        by_hand.push(microseconds(YARDSTICK, || _ = step_all()));
    }
    let ((cpu, least, most), (hand, low, high)) = (spread(kernel), spread(by_hand));
    println!(
        "f32 weights, d_obs {d_obs:3} d_act {:2} | {cpu:.2} us ({least:.2}..{most:.2}) | firing {:.2} % a substep, by hand {:.2} % | by hand, one thread {hand:.2} us ({low:.2}..{high:.2}) | ratio {:.2}",
        shape.d_act,
        100.0 * population.firing(),
        100.0 * rate,
        cpu / hand
    );
}

fn by_hand(population: &mut Population, spec: &RsnnSpec, shape: &IoDims) -> (Yardstick, Vec<Individual>) {
    let n_words = spec.n_words(shape);
    let states = population.states();
    let individuals = states.iter().zip(population.theta.chunks(n_words)).take(YARDSTICK);
    let individuals = individuals.map(|(state, theta)| Individual::new(theta, shape.d_obs, &state[..N])).collect();
    (Yardstick::new(spec, shape.d_obs), individuals)
}

fn settle(yardstick: &Yardstick, individuals: &mut [Individual], obs: &[f32]) {
    for _ in 0..SETTLING {
        step_all(yardstick, individuals, obs);
    }
}

fn step_all(yardstick: &Yardstick, individuals: &mut [Individual], obs: &[f32]) -> u32 {
    let d_obs = yardstick.d_obs();
    individuals.iter_mut().zip(obs.chunks(d_obs)).map(|(individual, x)| yardstick.step(individual, x)).sum()
}

/// Returns whether v and rate are those of a slot of `network_state` (v, i_syn, rate by neuron).
fn same(individual: &Individual, state: &[f32]) -> bool {
    let bits = |values: &[f32]| values.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
    bits(&individual.v) == bits(&state[..N]) && bits(&individual.rate) == bits(&state[2 * N..3 * N])
}
