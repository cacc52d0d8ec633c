//! Networks of two hemispheres, weights of all kinds: a mirrored state and observation lead to the mirrored state and
//! action, to the last bit, step after step.

use crate::support::mirror::{mirror, reflect, swap};
use crate::support::network::{Bench, gpu, random, randoms, words};
use gpu_ec::{
    config::{GruConfig, LstmConfig, MlpConfig, NetworkConfig, Precision, RnnConfig, RsnnF32Config},
    gpu::Gpu,
    kernel::{buffers::BufferId, entry::PassId, genome::Genome, mirror::Mirror},
    networks::{self, IoDims, Network, Weights},
    run::evolution::normaliser::Normaliser,
};
use std::sync::Arc;

const SLOTS: usize = 6;
const STEPS: u32 = 12;

fn configs() -> Vec<NetworkConfig> {
    let mut all = vec![NetworkConfig::RsnnF32(RsnnF32Config { neurons: 128, bilateral: true, ..Default::default() })];
    for weights in [Precision::F32, Precision::OneBit] {
        all.extend([
            NetworkConfig::Gru(GruConfig { units: 128, weights, bilateral: true, ..Default::default() }),
            NetworkConfig::Lstm(LstmConfig { units: 64, weights, bilateral: true, ..Default::default() }),
            NetworkConfig::Rnn(RnnConfig { units: 192, weights, bilateral: true, ..Default::default() }),
            NetworkConfig::Mlp(MlpConfig { units: 256, weights, bilateral: true, ..Default::default() }),
        ]);
    }
    all
}

/// Words of `theta`: weights of a size that keeps actions within the clip; sigma and means before factors; or bits.
fn theta(network: &dyn Network, genome: &Genome) -> Vec<u32> {
    let size = if network.n_neurons() > 0 { 0.8 } else { 0.2 };
    let (shared, own) = (genome.shared_words(), SLOTS * genome.n_words());
    if genome.weights == Weights::Bits {
        return words(Weights::Bits, &randoms(32 * own, 1, 1.0));
    }
    let mut means = randoms(shared, 2, size);
    means.iter_mut().take(Genome::HEADER).for_each(|word| *word = 0.05);
    let members = randoms(own, 3, if shared > 0 { 1.0 } else { size });
    means.into_iter().chain(members).map(f32::to_bits).collect()
}

/// States with their hemispheres swapped: vectors of `size` numbers, then a bit each where neurons spike.
fn swapped(states: &[u32], words: usize, size: usize) -> Vec<u32> {
    let slot = |state: &[u32]| -> Vec<u32> {
        let floats = state.len() / size * size;
        let vectors: Vec<u32> = state[..floats].chunks(size).flat_map(swap).collect();
        let spikes = size / 32;
        let rest = &state[floats..];
        if rest.is_empty() { vectors } else { [vectors, swap(&rest[..spikes]), rest[spikes..].to_vec()].concat() }
    };
    states.chunks(words).flat_map(slot).collect()
}

/// States and actions of every step from `states`, where observations go through `image`.
fn live(
    bench: &mut Bench,
    states: &[u32],
    shape: &IoDims,
    image: impl Fn(&[f32]) -> Vec<f32>,
) -> Vec<(Vec<u32>, Vec<f32>)> {
    if !states.is_empty() {
        bench.workspace.write(BufferId::NetworkState, states);
    }
    let mut steps = vec![];
    for step in 0..STEPS {
        bench.workspace.write(BufferId::Obs, &image(&randoms(SLOTS * shape.d_obs, 100 + step, 2.0)));
        bench.dispatch(PassId::NetworkStep);
        let state = if states.is_empty() { vec![] } else { bench.read(BufferId::NetworkState) };
        steps.push((state, bench.read(BufferId::Action)));
    }
    steps
}

/// What the normaliser holds after states and their images were seen.
fn normaliser(mirror: &Mirror, d_obs: usize) -> Vec<f32> {
    let mut normaliser = Normaliser::new(d_obs, 0.01);
    normaliser.count = 9.0;
    normaliser.mean = randoms(d_obs, 4, 0.5).into_iter().map(f64::from).collect();
    normaliser.m2 = (0..d_obs).map(|i| f64::from(4.0 + 9.0 * random(i, 5))).collect();
    normaliser.reflect(&mirror.observation);
    normaliser.upload()
}

fn check(gpu: &Gpu, config: &NetworkConfig, rank: Option<usize>, lanes: usize, shape: IoDims) {
    let mirror = Arc::new(mirror(shape.d_obs, shape.d_act));
    let network = networks::build(config, Some(mirror.clone()));
    let factors = rank.map(|rank| network.factors(&shape, rank).expect("real weights"));
    let genome = Genome { factors, ..network.genome(&shape) };
    let case = format!("{config:?}, rank {rank:?}, {lanes} lanes, {shape:?}");
    let mut bench = Bench::of(gpu, (network.as_ref(), &genome), shape, SLOTS, lanes, false);
    bench.workspace.write(BufferId::Theta, &theta(network.as_ref(), &genome));
    bench.workspace.write(BufferId::Normaliser, &normaliser(&mirror, shape.d_obs));
    bench.dispatch(PassId::NetworkReset);
    bench.workspace.write(BufferId::Obs, &randoms(SLOTS * shape.d_obs, 99, 2.0));
    bench.dispatch(PassId::NetworkStep);

    let carried = network.state_words(&shape);
    let swapped = |states: &[u32]| if carried == 0 { vec![] } else { swapped(states, carried, config.size() as usize) };
    let states: Vec<u32> = if carried == 0 { vec![] } else { bench.read(BufferId::NetworkState) };
    let one = live(&mut bench, &states, &shape, <[f32]>::to_vec);
    let other = live(&mut bench, &swapped(&states), &shape, |obs| reflect(&mirror.observation, obs));
    for (step, ((state, action), (mirrored_state, mirrored_action))) in one.iter().zip(&other).enumerate() {
        assert!(*mirrored_action == reflect(&mirror.action, action), "{case}: actions of step {step}");
        assert!(carried == 0 || *mirrored_state == swapped(state), "{case}: states after step {step}");
        assert!(action != mirrored_action, "{case}: actions of step {step} are their own images and tell nothing");
    }
    let within = one.iter().flat_map(|(_, action)| action).filter(|a| a.abs() > 0.01 && a.abs() < 1.0).count();
    assert!(within * 5 > one.len() * SLOTS * shape.d_act, "{case}: only {within} actions that tell something");
    if carried > 0 {
        let unswapped = live(&mut bench, &states, &shape, |obs| reflect(&mirror.observation, obs));
        assert!(unswapped[0].1 != other[0].1, "{case}: hemispheres that are not swapped");
    }
}

#[test]
fn hemispheres_mirror_each_other_exactly() {
    let gpu = gpu();
    for config in configs() {
        check(&gpu, &config, None, 8, IoDims { d_obs: 17, d_act: 7 });
        check(&gpu, &config, None, 32, IoDims { d_obs: 45, d_act: 17 });
        if !config.is_one_bit() {
            check(&gpu, &config, Some(2), 8, IoDims { d_obs: 17, d_act: 7 });
        }
    }
}
