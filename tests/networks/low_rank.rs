//! Networks whose members are a shared mean and factors act as the same networks with all of their parameters written
//! out.

use crate::support::mirror::mirror;
use crate::support::network::{Bench, gpu, randoms, words};
use gpu_ec::{
    algorithms::{
        Algorithm, Draw,
        es::{Es, noise},
    },
    config::{EsConfig, GruConfig, LstmConfig, MlpConfig, RnnConfig, RsnnF32Config},
    kernel::{buffers::BufferId, entry::PassId, genome::Genome, random::Key},
    networks::{IoDims, Network, Weights, rate::RateSpec, rsnn_f32::RsnnF32Spec},
};
use std::sync::Arc;

const SLOTS: usize = 6;
const SIGMA: f64 = 0.05;
const KEY: Key = [3, 5];
const STEPS: usize = 3;

/// All networks with real weights, of one piece and of two hemispheres.
fn networks(shape: &IoDims) -> Vec<Box<dyn Network>> {
    let mirror = Some(Arc::new(mirror(shape.d_obs, shape.d_act)));
    let rate = |config: RateSpec| RateSpec { bilateral: true, mirror: mirror.clone(), ..config };
    let spiking = RsnnF32Config { neurons: 128, sim_time_ms: 0.5, bilateral: true, ..Default::default() };
    vec![
        Box::new(RateSpec::from(&GruConfig { units: 64, ..Default::default() })),
        Box::new(RateSpec::from(&LstmConfig { units: 64, ..Default::default() })),
        Box::new(RateSpec::from(&RnnConfig { units: 96, ..Default::default() })),
        Box::new(RateSpec::from(&MlpConfig { units: 32, ..Default::default() })),
        Box::new(RsnnF32Spec::from(&RsnnF32Config { neurons: 64, sim_time_ms: 0.5, ..Default::default() })),
        Box::new(rate(RateSpec::from(&GruConfig { units: 64, ..Default::default() }))),
        Box::new(rate(RateSpec::from(&LstmConfig { units: 128, ..Default::default() }))),
        Box::new(rate(RateSpec::from(&RnnConfig { units: 64, ..Default::default() }))),
        Box::new(rate(RateSpec::from(&MlpConfig { units: 64, ..Default::default() }))),
        Box::new(RsnnF32Spec::from(&spiking).mirrored(mirror)),
    ]
}

/// Actions of every step with `theta` in the slots.
fn actions(bench: &mut Bench, theta: &[u32], shape: &IoDims) -> Vec<f32> {
    bench.workspace.write(BufferId::Theta, theta);
    bench.dispatch(PassId::NetworkReset);
    let mut all = vec![];
    for step in 0..STEPS as u32 {
        bench.workspace.write(BufferId::Obs, &randoms(SLOTS * shape.d_obs, 900 + step, 1.5));
        bench.dispatch(PassId::NetworkStep);
        all.extend(bench.read::<f32>(BufferId::Action));
    }
    all
}

/// Sums in another order: 1e-5, as much as the networks' own references are allowed. A spiking network may fire in one
/// form and not in the other where a membrane is at its threshold; in a single substep none is.
#[test]
fn factors_act_as_the_products_that_they_stand_for() {
    let gpu = gpu();
    // One action: the read-out is a vector.
    for shape in [IoDims { d_obs: 11, d_act: 3 }, IoDims { d_obs: 5, d_act: 1 }] {
        let layouts = [(1, 8), (2, 16), (5, 8), (1, 8), (3, 8)].into_iter().cycle();
        for (network, (rank, lanes)) in networks(&shape).iter().zip(layouts) {
            let n_params = network.n_params(&shape);
            let factors = network.factors(&shape, rank).expect("f32 weights");
            let genome = Genome { factors: Some(factors.clone()), ..network.genome(&shape) };
            let es = Es::new(&EsConfig { sigma: SIGMA, rank: Some(rank as u32), ..Default::default() });
            let mean: Vec<f64> = network.initial(&shape, KEY).iter().map(|x| f64::from(*x as f32)).collect();
            let pair = |member: usize| noise::perturbation(factors.words(), member as u32 / 2, 0, KEY);
            let whole = |member: usize, sigma: f64| -> Vec<f32> {
                let eps = noise::low_rank_perturbation(&factors, n_params, (member as u32 / 2, 0), KEY);
                let sigma = sigma * [1.0, -1.0][member % 2];
                mean.iter().zip(eps).map(|(mean, eps)| (mean + sigma * eps) as f32).collect()
            };
            let written_out = |sigma: f64| -> Vec<u32> {
                (0..SLOTS).flat_map(|member| words(Weights::Floats, &whole(member, sigma))).collect()
            };
            let members = (0..SLOTS).flat_map(pair).map(|number| (number as f32).to_bits());
            let mut plain = Bench::new(&gpu, network.as_ref(), shape, SLOTS, lanes, false);
            let mut shared = Bench::of(&gpu, (network.as_ref(), &genome), shape, SLOTS, lanes, false);
            let mut in_factors = vec![];
            es.encode(&genome, &mean, Draw::Members, &mut in_factors);
            in_factors.extend(members);
            let got = actions(&mut shared, &in_factors, &shape);
            let apart = |want: &[f32]| got.iter().zip(want).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            let (want, other) =
                (actions(&mut plain, &written_out(SIGMA), &shape), actions(&mut plain, &written_out(0.0), &shape));
            let name = network.name();
            assert!(apart(&want) < 1e-5, "{name}, {shape:?}, rank {rank}: {} apart", apart(&want));
            assert!(apart(&other) > 1e-3, "{name}, {shape:?}: no perturbation must be told apart: {}", apart(&other));
        }
    }
}
