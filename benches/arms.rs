//! Cost of arms that learn by forward sensitivities: CPU time by size of the reservoir, with the exponent, and by
//! number of arms.
//!
//! `cargo bench --bench arms`. Times are those of all threads of the process.
#![expect(clippy::print_stdout, reason = "a benchmark prints its table")]

use std::time::Duration;

use cpu_time::ProcessTime;
use gpu_ec::{
    gpu::{Gpu, Selector},
    networks::reservoir::ReservoirSpec,
    physics::mjcf,
    plan::arms::ArmSpec,
    run::arms::{ArmEngine, ArmSetup, ArmStart, Learnt},
};

/// Simulated time of an iteration, s.
const SECONDS: f64 = 1.0;

fn main() {
    let gpu = Gpu::open(&Selector::Best).expect("a device");
    println!("{}", gpu.adapter.name);
    let sizes = [50, 100, 200, 400, 700, 1000];
    println!("neurons  CPU s a simulated s  device bytes an arm");
    let mut points = vec![];
    for n in sizes {
        let (time, bytes) = iteration(&gpu, n, 2);
        let each = time.as_secs_f64() / 2.0 / SECONDS;
        println!("{n:7}  {each:19.4}  {bytes:20}");
        points.push(((n as f64).ln(), each.ln()));
    }
    println!("exponent of the fit: {:.2}", slope(&points));
    for turn in 0..3 {
        let [one, many] = [1, 256].map(|arms| iteration(&gpu, 200, arms).0.as_secs_f64() / arms as f64);
        println!("turn {turn}: CPU s an arm: one arm {one:.4}, each of 256 {many:.4}, ratio {:.3}", many / one);
    }
}

/// Measures an iteration of `arms` arms: CPU time, the best of three, and bytes on the device per arm.
fn iteration(gpu: &Gpu, neurons: usize, arms: usize) -> (Duration, u64) {
    let model = mjcf::compile("arm", include_str!("../assets/robots/arm_balance.xml")).expect("compiles").model;
    let spec = ArmSpec {
        network: ReservoirSpec { neurons, ..ReservoirSpec::default() },
        steps: (SECONDS / model.opt.timestep).round() as usize,
        ..ArmSpec::default()
    };
    // all alike, because the cost of an arm depends on how much it fires
    let setups = vec![ArmSetup { seed: 0, weight_range: 0.05, tendon_ratio: 0.75, learning_rate: 0.05 }; arms];
    let mut engine = ArmEngine::new(gpu, &spec, &model, &setups).expect("the kernel compiles");
    engine.warm_up().expect("runs");
    let starts = vec![ArmStart { angle: 0.5, velocity: 0.0 }; arms];
    let mut best = Duration::MAX;
    for _ in 0..3 {
        engine.set_learnt(&Learnt::untaught(&spec, &setups));
        let cpu = ProcessTime::now();
        engine.iterate(&starts, true, &|| true).expect("runs");
        best = best.min(cpu.elapsed());
    }
    (best, engine.device_bytes() / arms as u64)
}

/// Returns the slope of the least-squares line through `points`.
fn slope(points: &[(f64, f64)]) -> f64 {
    let n = points.len() as f64;
    let (x, y) = points.iter().fold((0.0, 0.0), |sum, point| (sum.0 + point.0 / n, sum.1 + point.1 / n));
    let (top, bottom) = points
        .iter()
        .fold((0.0, 0.0), |sum, point| (sum.0 + (point.0 - x) * (point.1 - y), sum.1 + (point.0 - x) * (point.0 - x)));
    top / bottom
}
