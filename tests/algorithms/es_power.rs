//! Evolution strategies with powers of linear ranks (Bertens and Lee, 2020): their estimate, the step in units of
//! sigma, and why the printed step cannot be meant.

use gpu_ec::{
    algorithms::{
        Algorithm, Evolution, Learner,
        es::{Es, noise},
        shaping::{CentredRanks, POWER_UNIT},
    },
    config::{EsConfig, Optimizer},
    kernel::{
        genome::{Genome, Weights},
        random::{Stream, stream_key},
    },
};

const N: usize = 1024;
const N_PARAMS: usize = 400;

fn es(sigma: f64, learning_rate: f64, optimizer: Optimizer) -> Es {
    let config =
        EsConfig { population: N as u32, sigma, learning_rate, optimizer, weight_decay: 0.0, ..Default::default() };
    Es::new(&EsConfig { rank_power: Some(5), ..config })
}

/// A generation on the host: draws, ranks, tells. `fitness` is that of parameters.
fn generation(es: &Es, learner: &mut Learner, generation: u32, fitness: &dyn Fn(&[f64]) -> f64) {
    let key = stream_key(3, Stream::Sample);
    let eps = |pair| noise::perturbation(N_PARAMS, pair, generation, key);
    let member = |k: usize| {
        let side = if k.is_multiple_of(2) { es.sigma } else { -es.sigma };
        let theta: Vec<f64> =
            learner.params.iter().zip(eps(k as u32 / 2)).map(|(mean, eps)| mean + side * eps).collect();
        fitness(&theta) as f32
    };
    let returns: Vec<f32> = (0..N).map(member).collect();
    let mut ranks = CentredRanks::default();
    let utilities = ranks.shape(returns.into_iter(), es.shaping());
    let sums = noise::gradient(N_PARAMS, utilities, eps);
    es.tell(learner, &sums);
}

fn start(es: &Es) -> Learner {
    es.start(&Genome::whole(Weights::Floats, N_PARAMS), &|| vec![0.0; N_PARAMS])
}

fn rms(values: &[f64]) -> f64 {
    (values.iter().map(|x| x * x).sum::<f64>() / values.len() as f64).sqrt()
}

/// Minus the squared distance to a point one away from the start in every direction.
fn hidden_point(theta: &[f64]) -> f64 {
    -theta.iter().map(|x| (x - 1.0) * (x - 1.0)).sum::<f64>()
}

/// With a learning rate of 1 and no momentum, the new mean is the mean of the members weighted by rank.
#[test]
fn a_step_ends_at_the_weighted_mean_of_the_members() {
    let es = es(0.3, 1.0, Optimizer::Sgd);
    let mut learner = start(&es);
    generation(&es, &mut learner, 0, &hidden_point);
    let key = stream_key(3, Stream::Sample);
    let members: Vec<Vec<f64>> = (0..N)
        .map(|k| {
            let eps = noise::perturbation(N_PARAMS, k as u32 / 2, 0, key);
            eps.into_iter().map(|eps| if k.is_multiple_of(2) { 0.3 * eps } else { -0.3 * eps }).collect()
        })
        .collect();
    let mut order: Vec<usize> = (0..N).collect();
    order.sort_by(|a, b| hidden_point(&members[*a]).total_cmp(&hidden_point(&members[*b])));
    let weight = |rank: usize| (rank as f64 / (N as f64 - 1.0)).powi(5);
    let total: f64 = (0..N).map(weight).sum();
    let mean = |i: usize| order.iter().enumerate().map(|(rank, k)| weight(rank) * members[*k][i]).sum::<f64>() / total;
    let expected: Vec<f64> = (0..N_PARAMS).map(mean).collect();
    let off = learner.params.iter().zip(&expected).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    // weights are whole numbers of POWER_UNIT / N, and returns are ranked in f32
    assert!(off < 1e-6, "off by {off}, of {}", rms(&expected));
    assert!(rms(&expected) > 0.01, "it moves: {}", rms(&expected));
    assert_eq!(POWER_UNIT, 33_554_432.0, "the rounding that the bound above allows for");
}

/// Without any signal the mean walks at random: a step has the size sigma sqrt(25 / (11 N)), since the weights of two
/// members drawn at random have E (w_a - w_b)^2 = 2 (36 / 11 - 1) / N^2, and momentum adds up to ten of them. The step
/// that is printed lacks sigma, and is 100 times as long: it leaves the range of the perturbations at once.
#[test]
fn the_printed_step_diverges() {
    let noise_alone = |theta: &[f64]| (1.0 + theta[0] * 1e6).sin();
    let sizes = |learning_rate: f64| -> Vec<f64> {
        let es = es(0.01, learning_rate, Optimizer::Momentum);
        let mut learner = start(&es);
        let size = |k| {
            generation(&es, &mut learner, k, &noise_alone);
            rms(&learner.params)
        };
        (0..12).map(size).collect()
    };
    let (scaled, printed) = (sizes(1.0), sizes(1.0 / 0.01));
    let step = 0.01 * (25.0 / (11.0 * N as f64)).sqrt();
    assert!((scaled[0] / step - 1.0).abs() < 0.2, "a step of chance: {} instead of {step}", scaled[0]);
    eprintln!(
        "rms after 1 and 12 generations: {:.1e} and {:.1e} in units of sigma, {:.2} and {:.2} as printed",
        scaled[0], scaled[11], printed[0], printed[11]
    );
    assert!(scaled[11] < 0.02, "in units of sigma, it stays within the perturbations: {}", scaled[11]);
    assert!(printed[0] > 4.0 * 0.01, "as printed, one step leads out of them: {}", printed[0]);
    assert!(printed[11] > 0.5, "and they add up: {}", printed[11]);
}

/// On a slope, the step in units of sigma climbs and the printed one overshoots further and further.
#[test]
fn in_units_of_sigma_it_climbs() {
    let distances = |learning_rate: f64| -> Vec<f64> {
        let es = es(0.05, learning_rate, Optimizer::Momentum);
        let mut learner = start(&es);
        let distance = |k| {
            generation(&es, &mut learner, k, &hidden_point);
            (-hidden_point(&learner.params) / N_PARAMS as f64).sqrt()
        };
        (0..60).map(distance).collect()
    };
    let (scaled, printed) = (distances(1.0), distances(1.0 / 0.05));
    eprintln!(
        "distance after 20 and 60: {:.3}, {:.3}; as printed {:.3}, {:.3}",
        scaled[19], scaled[59], printed[19], printed[59]
    );
    assert!(scaled[59] < 0.5 * scaled[0], "it comes closer: {} of {}", scaled[59], scaled[0]);
    assert!(printed[59] > 2.0 * scaled[59], "the printed step does not: {}", printed[59]);
}
