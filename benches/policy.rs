//! CPU time of the network alone, without bodies: process CPU microseconds per environment step and individual.
//!
//! `cargo bench --bench policy -- [--individuals 512] [--lanes 8] [--subgroup 8] [--neurons 256] [--gain 0.1] [--density 0.5] [d_obs:d_act ...]`

use std::time::{Duration, Instant};

use cpu_time::ProcessTime;
use gpu_ec::gpu::{Gpu, Selector, Workgroups, Workspace, fold};
use gpu_ec::networks::{KernelOptions, Network, Shape, rsnn::RsnnSpec};
use gpu_ec::plan::random::{philox4x32, uniform01};
use gpu_ec::plan::records::{EpisodeRecord, RunParams};

struct Settings {
    individuals: usize,
    lanes: usize,
    subgroup: usize,
    spec: RsnnSpec,
    density: f64,
    shapes: Vec<Shape>,
}

fn settings() -> Settings {
    let mut settings =
        Settings { individuals: 512, lanes: 8, subgroup: 8, spec: RsnnSpec::default(), density: 0.5, shapes: vec![] };
    let mut args = std::env::args().skip(1).filter(|arg| arg != "--bench");
    while let Some(arg) = args.next() {
        let mut number = || args.next().and_then(|value| value.parse::<f64>().ok()).expect("a number after the option");
        match arg.as_str() {
            "--individuals" => settings.individuals = number() as usize,
            "--lanes" => settings.lanes = number() as usize,
            "--subgroup" => settings.subgroup = number() as usize,
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
        settings.shapes = [(11, 3), (17, 6), (348, 17)].map(|(d_obs, d_act)| Shape { d_obs, d_act }).to_vec();
    }
    settings
}

fn main() {
    let settings = settings();
    let gpu = Gpu::open(&Selector::Best).expect("a Vulkan driver");
    for shape in &settings.shapes {
        measure(&gpu, &settings, shape);
    }
}

#[expect(clippy::print_stdout, reason = "the figures are what this program is for")]
fn measure(gpu: &Gpu, settings: &Settings, shape: &Shape) {
    let spec = &settings.spec;
    let options = KernelOptions { lanes: settings.lanes, subgroup: settings.subgroup, normaliser_clip: 10.0 };
    let n = settings.individuals;
    let kernels = spec.kernels(shape, &options).expect("composes");
    let mut workspace = Workspace::new(gpu, &[kernels.reset, kernels.step]).expect("compiles");
    let words = spec.n_words(shape);
    let state_words = spec.state_words(shape);
    for (name, words) in [
        ("run", 20),
        ("live", n + 1),
        ("theta", n * words),
        ("obs", n * shape.d_obs),
        ("action", n * shape.d_act),
        ("normaliser", 2 * shape.d_obs),
        ("moments", 2 * shape.d_obs),
        ("network_state", n * state_words),
        ("episode", 8 * n),
    ] {
        workspace.alloc(name, 4 * words as u64).expect("fits");
    }
    workspace.write("run", &[RunParams { n_slots: n as u32, episode_cap: 1000, ..Default::default() }]);
    workspace.write("live", &std::iter::once(n as u32).chain(0..n as u32).collect::<Vec<_>>());
    let bits = |index: usize, stream: u32| philox4x32([index as u32, stream, 0, 0], [1, 2]);
    let threshold = (settings.density * 65536.0).round() as u32;
    let word = |index: usize| {
        (0..4).fold(0u32, |word, quarter| {
            let draws = bits(4 * index + quarter, 0).into_iter().flat_map(|bits| [bits & 0xffff, bits >> 16]);
            draws.fold(word, |word, draw| word << 1 | u32::from(draw < threshold))
        })
    };
    workspace.write("theta", &(0..n * words).map(word).collect::<Vec<_>>());
    // Sum of four uniforms, scaled to unit variance.
    let normal = |index| bits(index, 1).map(uniform01).iter().map(|u| (u - 0.5) * 3f32.sqrt()).sum::<f32>();
    workspace.write("obs", &(0..n * shape.d_obs).map(normal).collect::<Vec<f32>>());
    workspace.write("normaliser", &[vec![0f32; shape.d_obs], vec![1f32; shape.d_obs]].concat());
    workspace.write("episode", &vec![EpisodeRecord::default(); n]);
    let groups = fold(n as u32);
    let first = ["network.reset", "network.step"].map(|kernel| {
        let cpu = ProcessTime::now();
        workspace.dispatch(kernel, groups).expect("runs");
        cpu.elapsed().as_secs_f64()
    });
    for _ in 0..4 {
        workspace.dispatch("network.step", groups).expect("runs");
    }
    let mut samples = vec![];
    let mut steps = 5;
    for _ in 0..7 {
        let (wall, cpu) = (Instant::now(), ProcessTime::now());
        let mut dispatches = 0;
        while wall.elapsed() < Duration::from_millis(200) {
            let mut batch = workspace.batch().expect("binds");
            workspace.dispatch_all(&mut batch, [("network.step", Workgroups::Direct(groups)); 4]);
            workspace.submit(batch, &[]);
            workspace.wait().expect("runs");
            dispatches += 4;
        }
        steps += dispatches;
        let per_step = 1e6 / (dispatches * n) as f64;
        samples.push((cpu.elapsed().as_secs_f64() * per_step, wall.elapsed().as_secs_f64() * per_step));
    }
    let episodes: Vec<EpisodeRecord> = workspace.read("episode").expect("reads");
    let spikes: f64 = episodes.iter().map(|episode| f64::from(episode.spikes)).sum();
    let substeps = spec.constants(shape.d_obs).substeps;
    let firing = spikes / (steps * n * substeps * spec.neurons) as f64;
    samples.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (cpu, wall) = samples[samples.len() / 2];
    println!(
        "d_obs {:4} d_act {:3} neurons {:5} lanes {:3} | cpu {cpu:7.2} us ({:.2}..{:.2}) wall {wall:7.2} us | firing {:.2} % a substep | first dispatch {:.2} s (reset {:.2} s)",
        shape.d_obs,
        shape.d_act,
        spec.neurons,
        spec.lanes(&options),
        samples[0].0,
        samples[samples.len() - 1].0,
        100.0 * firing,
        first[1],
        first[0],
    );
}
