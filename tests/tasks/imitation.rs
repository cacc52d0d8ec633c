//! Units that imitate: anchors of scripted ones, and the worlds against plain references in f64.

use gpu_ec::kernel::{
    random::{CounterRng, Stream, philox4x32, stream_key, uniform01},
    records::{RunParams, status},
};
use rand::RngExt;

use crate::world::{FIRST_LIFE, GENERATION, SEED, World, assert_mean, gpu};

const N: usize = 2048;
const STEPS: usize = 100;
/// Episodes over which the anchors of integrate and fire were measured before.
const IAF_EPISODES: usize = 64;
/// Those of spike-timing plasticity.
const STDP_EPISODES: usize = 2000;

/// Runs all episodes; `act` gives the output for the step, the slot and its observation.
fn run(world: &mut World, steps: usize, mut act: impl FnMut(usize, usize, &[f32]) -> f32) {
    for step in 0..steps {
        let (obs, d_obs) = (world.obs(), world.d_obs);
        let actions: Vec<f32> = obs.chunks_exact(d_obs).enumerate().map(|(slot, obs)| act(step, slot, obs)).collect();
        world.step(&actions);
    }
}

/// Draw of word `word` for a life's start.
fn draw(slot: usize, index: u32, purpose: u32) -> [u32; 4] {
    philox4x32([index, FIRST_LIFE + slot as u32, GENERATION, purpose], stream_key(SEED, Stream::Start))
}

/// Fires whenever its sum reaches 0.5.
#[derive(Default, Clone)]
struct Neuron(f32);

impl Neuron {
    fn fires(&mut self, current: f32) -> bool {
        self.0 += current;
        let fires = self.0 >= 0.5;
        self.0 = if fires { 0.0 } else { self.0 };
        fires
    }
}

/// Fitness of spikes `(step, value)` beside target spikes, as the paper's eq. 3 made complete: lists of both, the
/// shorter one filled up with spikes of value 0 at the step `end`.
fn fitness(targets: &[usize], spikes: &[(usize, f64)], end: usize, count_surplus: bool) -> f64 {
    let pairs = if count_surplus { targets.len().max(spikes.len()) } else { targets.len() };
    let (mut before, mut own_before, mut sum) = (-1.0, -1.0, 0.0);
    for k in 0..pairs {
        let (time, y) = targets.get(k).map_or((end as f64, 0.0), |step| (*step as f64, 1.0));
        let (own, value) = spikes.get(k).map_or((end as f64, 0.0), |(step, value)| (*step as f64, *value));
        sum -= (y - value).powi(2) + ((time - before) - (own - own_before)).powi(2);
        (before, own_before) = (time, own);
    }
    sum
}

/// What a scripted unit scores.
fn scripted(task: &str, act: impl FnMut(usize, usize, &[f32]) -> f32) -> Vec<f64> {
    let gpu = gpu();
    let mut world = World::open(&gpu, task, N);
    run(&mut world, STEPS, act);
    assert!(world.is_over(), "100 steps end an episode");
    world.returns()
}

const IAF: &str = "IntegrateAndFire()";

fn clock(period: usize) -> impl FnMut(usize, usize, &[f32]) -> f32 {
    move |step, _, _| f32::from(u8::from((step + 1) % period == 0))
}

#[test]
fn a_perfect_neuron_loses_nothing_and_one_late_spike_two() {
    let mut neurons = vec![Neuron::default(); N];
    let perfect = scripted(IAF, |_, slot, obs| f32::from(u8::from(neurons[slot].fires(obs[0]))));
    assert!(perfect.iter().all(|sum| *sum == 0.0), "perfect");
    let (mut neurons, mut spikes, mut late) = (vec![Neuron::default(); N], vec![0; N], vec![false; N]);
    let one_late = scripted(IAF, |_, slot, obs| {
        let fires = neurons[slot].fires(obs[0]);
        spikes[slot] += usize::from(fires);
        let delayed = fires && spikes[slot] == 4;
        let comes = std::mem::replace(&mut late[slot], delayed) || (fires && !delayed);
        f32::from(u8::from(comes))
    });
    // its interval is one longer, that of the next spike one shorter
    assert!(one_late.iter().all(|sum| *sum == -2.0), "one spike one step late");
}

#[test]
fn clocks_score_what_was_measured() {
    let case = |act: &mut dyn FnMut(usize, usize, &[f32]) -> f32, measured: f64, digit: f64, what: &str| {
        assert_mean(&scripted(IAF, act), (measured, digit), IAF_EPISODES, what);
    };
    case(&mut clock(9), -28.2, 0.1, "clock of period 9");
    case(&mut clock(8), -71.0, 1.0, "clock of period 8");
    case(&mut |_, _, _| 1.0, -903.0, 1.0, "always 1");
    case(&mut |_, _, _| 0.0, -9281.0, 1.0, "silent");
    let kind = "IntegrateAndFire(count_surplus: false)";
    assert_mean(&scripted(kind, clock(9)), (-23.1, 0.1), IAF_EPISODES, "clock of period 9, surplus free");
    assert_mean(&scripted(kind, clock(8)), (-30.7, 0.1), IAF_EPISODES, "clock of period 8, surplus free");
}

/// Random outputs, so that units are ahead and behind: lists of spikes give the same, in whatever order the kernel
/// compares them, for any end of the episode.
#[test]
fn integrate_and_fire_is_the_reference() {
    let gpu = gpu();
    for (task, cap, count_surplus, threshold) in [
        (IAF, u32::MAX, true, 0.0),
        ("IntegrateAndFire(count_surplus: false)", u32::MAX, false, 0.0),
        ("IntegrateAndFire(spike_threshold: 0.25)", 37, true, 0.25),
        ("IntegrateAndFire(episode_length: 30)", 50, true, 0.0),
    ] {
        let end = if cap == 50 { 30 } else { STEPS.min(cap as usize) };
        let mut world = World::with(&gpu, task, N, RunParams { episode_cap: cap, ..RunParams::default() });
        let mut random = CounterRng::new([0; 3], stream_key(5, Stream::Action));
        let rates: Vec<f32> = (0..N).map(|slot| slot as f32 / N as f32).collect();
        let (mut targets, mut spikes) = (vec![vec![]; N], vec![vec![]; N]);
        let mut neurons = vec![Neuron::default(); N];
        run(&mut world, end, |step, slot, obs| {
            let bits = draw(slot, step as u32 / 4, 0)[step % 4];
            assert!((obs[0] - (0.01 + 0.1 * uniform01(bits))).abs() < 1e-8, "current {step} of slot {slot}");
            if neurons[slot].fires(obs[0]) {
                targets[slot].push(step);
            }
            let value =
                if random.random::<f32>() < 0.3 * rates[slot] { random.random() } else { -random.random::<f32>() };
            if value > threshold {
                spikes[slot].push((step, f64::from(value)));
            }
            value
        });
        let returns = world.returns();
        let (of_unit, of_target) = (world.term(2), world.term(3));
        for slot in 0..N {
            let wanted = fitness(&targets[slot], &spikes[slot], end, count_surplus);
            let error = (returns[slot] - wanted).abs() / (1.0 + wanted.abs());
            // sums of up to 130 numbers in f32
            assert!(error < 1e-5, "{task}, slot {slot}: {} instead of {wanted}", returns[slot]);
            let counts = (of_unit[slot] as usize, of_target[slot] as usize);
            assert_eq!(counts, (spikes[slot].len(), targets[slot].len()), "{task}, slot {slot}: spikes");
        }
        let ahead = (0..N).filter(|slot| spikes[*slot].len() > targets[*slot].len()).count();
        assert!(ahead > N / 20 && ahead < N - N / 20, "{task}: more spikes and fewer are met: {ahead} of {N}");
        assert!(world.is_over(), "{task}: over after {end} steps");
        run(&mut world, 1, |_, _, _| 1.0);
        assert_eq!(world.returns(), returns, "{task}: nothing happens after the end");
    }
}

/// The weight of the paper, written for one pair of spikes.
fn change(complex: bool, interval: f64, transmitter: bool) -> f64 {
    let omega = if interval > 0.0 { 0.5 * (-interval / 10.0).exp() } else { -0.5 * (interval / 10.0).exp() };
    match (complex, transmitter) {
        (false, true) => omega,
        (false, false) => 0.0,
        (true, true) => omega.abs() - 0.1 * ((20.0 * omega).cos() - 1.0),
        (true, false) => 0.5 * (10.0 * omega).cos(),
    }
}

/// A synapse that sees the spikes.
#[derive(Default, Clone)]
struct Synapse {
    pre: Option<usize>,
    post: Option<usize>,
}

impl Synapse {
    fn target(&mut self, complex: bool, base: f64, step: usize, obs: &[f32]) -> f64 {
        if obs[1] == 1.0 {
            self.pre = Some(step);
        }
        if obs[2] == 1.0 {
            self.post = Some(step);
        }
        let weight = match (self.pre, self.post) {
            (Some(pre), Some(post)) => base + change(complex, post as f64 - pre as f64, obs[3] == 1.0),
            _ => base,
        };
        weight * f64::from(obs[0])
    }
}

#[test]
fn plastic_synapses_score_what_was_measured() {
    for (task, complex, zero, pass) in
        [("Stdp()", false, -25.3, (-0.386, 0.001)), ("ComplexStdp()", true, -29.9, (-1.45, 0.01))]
    {
        let mut synapses = vec![Synapse::default(); N];
        let perfect = scripted(task, |step, slot, obs| synapses[slot].target(complex, 1.0, step, obs) as f32);
        assert!(perfect.iter().all(|sum| sum.abs() < 1e-9), "{task}: perfect");
        assert!(synapses.iter().all(|synapse| synapse.pre.is_some() && synapse.post.is_some()), "both spikes come");
        assert_mean(&scripted(task, |_, _, _| 0.0), (zero, 0.1), STDP_EPISODES, &format!("{task}: zero"));
        assert_mean(&scripted(task, |_, _, obs| obs[0]), pass, STDP_EPISODES, &format!("{task}: pass-through"));
    }
}

#[test]
fn plasticity_is_the_reference() {
    let gpu = gpu();
    for (task, complex, base, pre, interval, share) in [
        ("Stdp()", false, 1.0, 25..=59, 20, 0.5),
        ("ComplexStdp()", true, 1.0, 25..=59, 20, 0.5),
        (
            "ComplexStdp(base_weight: 0.5, pre_from: 10, pre_to: 12, largest_interval: 3, transmitter_share: 0.25)",
            true,
            0.5,
            10..=12,
            3,
            0.25,
        ),
    ] {
        let mut world = World::open(&gpu, task, N);
        let state = world.state();
        let (pres, posts): (Vec<usize>, Vec<usize>) =
            (0..N).map(|slot| (state[slot] as usize, state[N + slot] as usize)).unzip();
        let mut synapses = vec![Synapse::default(); N];
        let mut random = CounterRng::new([0; 3], stream_key(6, Stream::Action));
        let mut wanted = vec![0.0; N];
        run(&mut world, STEPS, |step, slot, obs| {
            let bits = draw(slot, step as u32 / 4, 0)[step % 4];
            assert!((obs[0] - (0.45 + 0.1 * uniform01(bits))).abs() < 1e-7, "potential {step} of slot {slot}");
            let spikes = [pres[slot], posts[slot]].map(|at| f32::from(u8::from(at == step)));
            assert_eq!(obs[1..3], spikes, "spikes in step {step} of slot {slot}");
            let value: f32 = random.random_range(-1.0..1.0);
            wanted[slot] -= (synapses[slot].target(complex, base, step, obs) - f64::from(value)).powi(2);
            value
        });
        for (slot, (sum, wanted)) in world.returns().iter().zip(&wanted).enumerate() {
            // a hundred f32 sums of numbers up to 4, targets to 1e-6
            assert!((sum - wanted).abs() < 2e-3, "{task}, slot {slot}: {sum} instead of {wanted}");
        }
        let intervals: Vec<i64> = (0..N).map(|slot| posts[slot] as i64 - pres[slot] as i64).collect();
        assert!(pres.iter().all(|at| pre.contains(at)) && intervals.iter().all(|dt| *dt != 0 && dt.abs() <= interval));
        for dt in (-interval..=interval).filter(|dt| *dt != 0) {
            assert!(intervals.contains(&dt), "{task}: interval {dt} is drawn");
        }
        assert!(pre.clone().all(|at| pres.contains(&at)), "{task}: all steps are drawn");
        let present = state[2 * N..3 * N].iter().sum::<f32>() / N as f32;
        assert!((present - share).abs() < 0.04, "{task}: transmitter in a share of {present}");
        assert!(world.episodes().iter().all(|episode| episode.status == status::DONE), "{task}: truncated");
    }
}
