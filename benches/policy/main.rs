//! CPU time of the network alone, without bodies: process CPU microseconds per environment step and individual, beside a
//! hand-written CPU program ([`yardstick`]) that steps the first individuals of the same population, in turn.
//!
//! `RUSTFLAGS="-C target-cpu=native" cargo bench --bench policy -- [--individuals 512] [--lanes 8] [--subgroup 8] [--neurons 256]
//! [--gain 0.1] [--sim-time 16.6] [--density 0.5] [d_obs:d_act ...]`

mod kernel;
mod yardstick;

use std::time::{Duration, Instant};

use cpu_time::ProcessTime;
use gpu_ec::gpu::{Gpu, Selector};
use gpu_ec::networks::{KernelOptions, Network, Shape, rsnn::RsnnSpec};
use kernel::Population;
use yardstick::{Individual, N, Yardstick};

/// Environment steps before anything is timed: firing settles.
const SETTLING: usize = 5;
const ROUNDS: usize = 7;
/// Individuals that the yardstick steps.
const YARDSTICK: usize = 64;

struct Settings {
    individuals: usize,
    options: KernelOptions,
    spec: RsnnSpec,
    density: f64,
    shapes: Vec<Shape>,
}

fn settings() -> Settings {
    let options = KernelOptions { lanes: 8, subgroup: 8, normaliser_clip: 10.0 };
    let mut settings = Settings { individuals: 512, options, spec: RsnnSpec::default(), density: 0.5, shapes: vec![] };
    let mut args = std::env::args().skip(1).filter(|arg| arg != "--bench");
    while let Some(arg) = args.next() {
        let mut number = || args.next().and_then(|value| value.parse::<f64>().ok()).expect("a number after the option");
        match arg.as_str() {
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
                settings.shapes.push(Shape { d_obs: parse(d_obs), d_act: parse(d_act) });
            }
        }
    }
    if settings.shapes.is_empty() {
        settings.shapes =
            [(11, 3), (17, 6), (240, 17), (348, 17)].map(|(d_obs, d_act)| Shape { d_obs, d_act }).to_vec();
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
        measure(&gpu, &settings, shape);
    }
}

/// Median, smallest and largest.
fn spread(mut samples: Vec<f64>) -> (f64, f64, f64) {
    samples.sort_by(f64::total_cmp);
    (samples[samples.len() / 2], samples[0], samples[samples.len() - 1])
}

/// Process CPU microseconds that one of the `per_call` steps of `call` takes, over about 0.2 s.
fn microseconds(per_call: usize, mut call: impl FnMut()) -> f64 {
    let (wall, cpu, mut calls) = (Instant::now(), ProcessTime::now(), 0);
    while wall.elapsed() < Duration::from_millis(200) {
        call();
        calls += 1;
    }
    1e6 * cpu.elapsed().as_secs_f64() / (calls * per_call) as f64
}

#[expect(clippy::print_stdout, reason = "the figures are what this program is for")]
fn measure(gpu: &Gpu, settings: &Settings, shape: &Shape) {
    let spec = &settings.spec;
    let mut population = Population::new(gpu, settings, shape);
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

fn by_hand(population: &mut Population, spec: &RsnnSpec, shape: &Shape) -> (Yardstick, Vec<Individual>) {
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

/// Whether v and rate are those of a slot of `network_state` (v, i_syn, rate by neuron).
fn same(individual: &Individual, state: &[f32]) -> bool {
    let bits = |values: &[f32]| values.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
    bits(&individual.v) == bits(&state[..N]) && bits(&individual.rate) == bits(&state[2 * N..3 * N])
}
