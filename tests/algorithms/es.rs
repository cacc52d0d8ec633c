//! Evolution strategies: the noise of the kernels is the host's and is normal, the estimate is the host's, and it
//! climbs.

use gpu_ec::{
    algorithms::{
        Algorithm, AlgorithmLaunch, Draw, Evolution,
        es::{Es, noise},
        shaping::CentredRanks,
    },
    config::EsConfig,
    gpu::{Gpu, Selector, Workspace},
    kernel::{
        buffers::BufferId,
        entry::PassId,
        genome::{Factors, Genome, Weights},
        random::{Stream, stream_key},
        records::{EpisodeRecord, RunParams},
    },
    run::evolution::gradient::{Draws, gradient},
};

use crate::support::program::{Run, succeed};

const SEED: u64 = 7;

fn device() -> Gpu {
    Gpu::open(&Selector::Best).expect("a Vulkan driver; see the README")
}

fn es(population: usize, sigma: f64) -> Es {
    Es::new(&EsConfig { population: population as u32, sigma, learning_rate: 0.05, ..Default::default() })
}

fn workspace<'gpu>(
    gpu: &'gpu Gpu,
    es: &Es,
    genome: &Genome,
    slots: usize,
    layout: &AlgorithmLaunch,
) -> Workspace<'gpu> {
    let sample = es.sample_kernel(genome, layout).expect("composes");
    let kernels: Vec<_> = std::iter::once(sample).chain(es.tell_kernels(genome, layout).expect("composes")).collect();
    let mut workspace = Workspace::new(gpu, &kernels).expect("compiles");
    let sizes = [
        (BufferId::Run, size_of::<RunParams>()),
        (BufferId::Distribution, 4 * es.distribution_words(genome)),
        (BufferId::Theta, 4 * genome.n_words() * slots),
        (BufferId::Fresh, 4 * (1 + slots)),
        (BufferId::Episode, 32 * slots),
        (BufferId::Utility, 4 * es.block(slots)),
        (BufferId::Gradient, 4 * genome.padded_len()),
        (BufferId::Noise, 4 * es.noise_words(genome).max(1)),
    ];
    for (name, bytes) in sizes {
        workspace.alloc(name, bytes as u64).expect("fits");
    }
    workspace
}

/// The parameters of members 0, 1, 2 ... of `generation`, one a slot.
fn sampled(workspace: &mut Workspace, (es, genome): (&Es, &Genome), mean: &[f64], slots: usize, generation: u32) {
    let mut words = vec![];
    es.encode(genome, mean, Draw::Members, &mut words);
    workspace.write(BufferId::Distribution, &words);
    let params = RunParams { key_sample: stream_key(SEED, Stream::Sample), generation, ..Default::default() };
    workspace.write(BufferId::Run, &[params]);
    let fresh: Vec<u32> = std::iter::once(slots as u32).chain(0..slots as u32).collect();
    workspace.write(BufferId::Fresh, &fresh);
    let record = |life| EpisodeRecord { life, ..Default::default() };
    workspace.write(BufferId::Episode, &(0..slots as u32).map(record).collect::<Vec<_>>());
    workspace.fill(BufferId::Theta, 0x7fc0_beef);
    let groups = AlgorithmLaunch::default().sample_workgroups(es.sample_invocations(genome), slots);
    workspace.dispatch(PassId::Sample, groups).expect("runs");
}

/// Members are mean + sigma eps and mean - sigma eps, eps as the host draws it in f64. Box and Muller in f32: the
/// logarithm is good to 2e-7 of itself, sine and cosine to 1e-7, the radius is at most 5.8.
#[test]
fn members_lie_on_both_sides_of_the_mean_by_the_hosts_noise() {
    let gpu = device();
    let genome = Genome::whole(Weights::Floats, 1003);
    let es = es(6, 0.5);
    let mean: Vec<f64> = (0..1003).map(|i| f64::from(i % 17) * 0.1 - 0.8).collect();
    for workgroup in [32, 64, 256] {
        let layout = AlgorithmLaunch { workgroup, ..AlgorithmLaunch::default() };
        let mut workspace = workspace(&gpu, &es, &genome, 6, &layout);
        sampled(&mut workspace, (&es, &genome), &mean, 6, 3);
        let theta: Vec<f32> = workspace.read(BufferId::Theta).expect("reads");
        let worst = |generation| {
            let key = stream_key(SEED, Stream::Sample);
            let value = |member: usize, i: usize, eps: &[f64]| mean[i] + 0.5 * [1.0, -1.0][member % 2] * eps[i];
            let members = (0..6).flat_map(|member| {
                let eps = noise::perturbation(1003, member as u32 / 2, generation, key);
                (0..1003).map(move |i| (member, i, eps.clone())).collect::<Vec<_>>()
            });
            members
                .map(|(member, i, eps)| (f64::from(theta[member * 1004 + i]) - value(member, i, &eps)).abs())
                .fold(0.0, f64::max)
        };
        assert!(worst(3) < 2e-6, "off by {} with workgroups of {workgroup}", worst(3));
        assert!(worst(4) > 0.5, "another generation's noise must be told apart");
    }
}

/// A bit exists where the perturbed parameter is above 0.
#[test]
fn bits_are_the_signs_of_perturbed_parameters() {
    let gpu = device();
    let (es, slots) = (es(10, 0.3), 10);
    let genome = Genome::whole(Weights::Bits, 32 * 37);
    let mean: Vec<f64> = (0..genome.n_params).map(|i| (i as f64 * 0.37).sin() * 0.4).collect();
    let mut workspace = workspace(&gpu, &es, &genome, slots, &AlgorithmLaunch::default());
    sampled(&mut workspace, (&es, &genome), &mean, slots, 1);
    let theta: Vec<u32> = workspace.read(BufferId::Theta).expect("reads");
    let (mut unsure, mut set) = (0, 0);
    for member in 0..slots {
        let eps = noise::perturbation(mean.len(), member as u32 / 2, 1, stream_key(SEED, Stream::Sample));
        for (i, (mean, eps)) in mean.iter().zip(eps).enumerate() {
            let value = mean + 0.3 * [1.0, -1.0][member % 2] * eps;
            let bit = theta[member * 37 + i / 32] >> (i % 32) & 1 == 1;
            set += usize::from(bit);
            match value.abs() < 2e-6 {
                true => unsure += 1, // f32 may round it to either side
                false => assert_eq!(bit, value > 0.0, "member {member}, parameter {i}: {value}"),
            }
        }
    }
    assert!(unsure < 3, "{unsure} parameters at the threshold");
    assert!((4000..8000).contains(&set), "{set} of 11,840 bits are set");
}

/// Ten million draws: moments, tails and correlations within five standard deviations of those of independent normal
/// numbers.
#[test]
fn noise_is_normal_and_independent() {
    let gpu = device();
    let (members, count) = (10, 1 << 20);
    let genome = Genome::whole(Weights::Floats, count);
    let es = es(2 * members, 1.0);
    let mut workspace = workspace(&gpu, &es, &genome, 2 * members, &AlgorithmLaunch::default());
    sampled(&mut workspace, (&es, &genome), &vec![0.0; count], 2 * members, 0);
    let theta: Vec<f32> = workspace.read(BufferId::Theta).expect("reads");
    let draws: Vec<Vec<f64>> =
        theta.chunks(2 * count).map(|pair| pair[..count].iter().map(|x| f64::from(*x)).collect()).collect();
    assert!(
        theta.chunks(2 * count).all(|pair| (0..count).all(|i| pair[i] == -pair[count + i])),
        "pairs are antithetic"
    );
    let all = || draws.iter().flatten();
    let n = (members * count) as f64;
    let moment = |power: i32| all().map(|x| x.powi(power)).sum::<f64>() / n;
    // variance of the mean of x^p: (E x^2p - (E x^p)^2) / n
    for (power, expected, variance) in
        [(1, 0.0, 1.0), (2, 1.0, 2.0), (3, 0.0, 15.0), (4, 3.0, 96.0), (6, 15.0, 10_170.0)]
    {
        let bound = 5.0 * (variance / n).sqrt();
        assert!((moment(power) - expected).abs() < bound, "moment {power} is {}", moment(power));
    }
    // P(|x| > k), two-sided
    for (k, p) in
        [(1.0, 0.317_310_5), (2.0, 0.045_500_26), (3.0, 2.699_796e-3), (4.0, 6.334_248e-5), (5.0, 5.733_031e-7)]
    {
        let beyond = all().filter(|x| x.abs() > k).count() as f64;
        let bound = 5.0 * (n * p).sqrt();
        assert!((beyond - n * p).abs() < bound, "{beyond} of {} are beyond {k}", n * p);
    }
    let correlation = |pairs: &mut dyn Iterator<Item = (f64, f64)>| pairs.map(|(a, b)| a * b).sum::<f64>() / n;
    let bound = 5.0 / n.sqrt();
    for lag in [1, 2, 3, 4, 5, 8, 64] {
        let neighbours = |of: fn(f64) -> f64| {
            correlation(&mut draws.iter().flat_map(|x| (lag..count).map(move |i| (of(x[i]), of(x[i - lag])))))
        };
        assert!(neighbours(|x| x).abs() < bound, "numbers {lag} apart correlate");
        // squares minus 1 have variance 2, so their products have 4
        assert!(neighbours(|x| x * x - 1.0).abs() < 2.0 * bound, "squares of numbers {lag} apart correlate");
    }
    let members = correlation(&mut draws.windows(2).flat_map(|w| w[0].iter().copied().zip(w[1].iter().copied())));
    assert!(members.abs() < bound, "pairs of members correlate: {members}");
    assert!(correlation(&mut all().map(|x| (*x, *x))) > 0.99, "the comparer sees a correlation where there is one");
}

fn told(workspace: &mut Workspace, es: &Es, genome: &Genome, utilities: &[i32], generation: u32) -> Vec<f64> {
    let layout = AlgorithmLaunch::default();
    let draws =
        Draws { algorithm: es, seed: SEED, generation, genome, places: 3, layout, block: usize::MAX, resident: false };
    let mut sums = vec![];
    assert!(gradient(workspace, &draws, utilities, &|| true, &mut sums).expect("runs"), "to its end");
    sums
}

/// Sums in f32 over chunks of 64 pairs: a few units in the last place of the largest partial sum.
#[test]
fn the_estimate_is_the_hosts() {
    let gpu = device();
    let genome = Genome::whole(Weights::Floats, 517);
    for population in [2usize, 64, 1024, 1026, 10_240] {
        let es = es(population, 0.1);
        let mut ranks = CentredRanks::default();
        let utilities = ranks.rank((0..population).map(|k| ((k as u32).wrapping_mul(2_654_435_761) >> 8) as f32));
        let mut workspace = workspace(&gpu, &es, &genome, 3, &AlgorithmLaunch::default());
        let device = told(&mut workspace, &es, &genome, utilities, 9);
        let key = stream_key(SEED, Stream::Sample);
        let host = |generation| noise::gradient(517, utilities, |pair| noise::perturbation(517, pair, generation, key));
        assert!(distance(&host(9), &device) < 1e-6, "population {population}: off by {}", distance(&host(9), &device));
        assert!(distance(&host(8), &device) > 0.5, "another generation's noise must be told apart");
    }
}

/// Antithetic pairs whose members are equal tell nothing, at whatever height they are: the estimate is exactly that of
/// the pairs that differ.
#[test]
fn pairs_of_equal_returns_tell_nothing() {
    let gpu = device();
    let (population, n_params) = (66, 517);
    let (es, genome) = (es(population, 0.1), Genome::whole(Weights::Floats, n_params));
    let mut workspace = workspace(&gpu, &es, &genome, 3, &AlgorithmLaunch::default());
    let mut ranks = CentredRanks::default();
    let height = |k: usize| (k as u32 / 2).wrapping_mul(2_654_435_761).rotate_left(9) % 7;
    let equal: Vec<f32> = (0..population).map(|k| height(k) as f32).collect();
    let utilities = ranks.rank(equal.iter().copied());
    assert!(utilities.iter().any(|utility| *utility != 0), "pairs differ from each other");
    assert!(told(&mut workspace, &es, &genome, utilities, 9).iter().all(|sum| *sum == 0.0), "no pair tells anything");
    let mut one = equal;
    one[6] = 100.0; // the best of all; its partner has the rank of its like
    let utilities = ranks.rank(one.iter().copied());
    let difference = f64::from(utilities[6] - utilities[7]);
    let eps = noise::perturbation(n_params, 3, 9, stream_key(SEED, Stream::Sample));
    let expected: Vec<f64> = eps.iter().map(|eps| difference * eps).collect();
    let device = told(&mut workspace, &es, &genome, utilities, 9);
    // the kernel's noise is good to some units of f32's last place
    assert!(distance(&expected, &device) < 1e-6, "off by {}", distance(&expected, &device));
}

/// Norm of the difference of `values` from `reference`, as a share of that one's.
fn distance(reference: &[f64], values: &[f64]) -> f64 {
    let norm = reference.iter().map(|x| x * x).sum::<f64>().sqrt();
    reference.iter().zip(values).map(|(a, b)| (a - b) * (a - b)).sum::<f64>().sqrt() / norm
}

/// Matrices, a vector and a tail whose perturbations are products of factors: the same bounds.
#[test]
fn the_estimate_of_low_rank_is_the_hosts() {
    let gpu = device();
    for rank in [1, 3] {
        let factors = Factors { rank, row: 8, begins: vec![0, 5, 6], rows: 9, tail: 5 };
        let genome = Genome { factors: Some(factors.clone()), ..Genome::whole(Weights::Floats, 77) };
        let population = 1026;
        let es = Es { rank: Some(rank), ..es(population, 0.1) };
        let mut ranks = CentredRanks::default();
        let utilities = ranks.rank((0..population).map(|k| ((k as u32).wrapping_mul(2_654_435_761) >> 8) as f32));
        let mut workspace = workspace(&gpu, &es, &genome, 3, &AlgorithmLaunch::default());
        let device = told(&mut workspace, &es, &genome, utilities, 9);
        let key = stream_key(SEED, Stream::Sample);
        let host = |generation| {
            let eps = |pair| noise::low_rank_perturbation(&factors, 77, (pair, generation), key);
            noise::gradient(77, utilities, eps)
        };
        assert!(distance(&host(9), &device) < 1e-6, "rank {rank}: off by {}", distance(&host(9), &device));
        assert!(distance(&host(8), &device) > 0.5, "another generation's noise must be told apart");
    }
}

/// Fitness = minus the squared distance to a hidden point: ES must come close, without weight decay.
#[test]
fn finds_a_hidden_point() {
    let gpu = device();
    let (population, n_params) = (64, 20);
    let genome = Genome::whole(Weights::Floats, n_params);
    let config = EsConfig { population: 64, sigma: 0.1, learning_rate: 0.05, weight_decay: 0.0, ..Default::default() };
    let es = Es::new(&config);
    let target: Vec<f64> = (0..n_params).map(|i| (i as f64).cos()).collect();
    let distance = |point: &mut dyn Iterator<Item = f64>| {
        point.zip(&target).map(|(x, target)| (x - target) * (x - target)).sum::<f64>()
    };
    let mut learner = es.start(&genome, &|| vec![0.0; n_params]);
    let mut workspace = workspace(&gpu, &es, &genome, population, &AlgorithmLaunch::default());
    let mut ranks = CentredRanks::default();
    for generation in 0..100 {
        sampled(&mut workspace, (&es, &genome), &learner.params, population, generation);
        let theta: Vec<f32> = workspace.read(BufferId::Theta).expect("reads");
        let fitness = theta.chunks(genome.n_words()).map(|x| -distance(&mut x.iter().map(|x| f64::from(*x))) as f32);
        let utilities = ranks.rank(fitness);
        let sums = told(&mut workspace, &es, &genome, utilities, generation);
        es.tell(&mut learner, &sums);
    }
    let left = distance(&mut learner.params.iter().copied());
    assert!(left < 0.02 * distance(&mut std::iter::repeat_n(0.0, n_params)), "still {left} away");
}

/// The same run with 7 and with 64 members at once, and over a resumption: the same bytes.
#[test]
fn a_run_depends_on_neither_slots_nor_interruptions() {
    let folder = tempfile::tempdir().expect("a folder");
    let learners = [
        ("bits", "algorithm=Es(population: 64, sigma: 0.3, learning_rate: 0.15)", "network=Rsnn(neurons: 64)"),
        ("floats", "algorithm=Es(population: 64, optimizer: Momentum)", "network=Lstm(units: 32)"),
        ("factors", "algorithm=Es(population: 64, rank: 2)", "network=Gru(units: 32)"),
    ];
    for (learner, algorithm, network) in learners {
        let run = |name: &str, more: &[&str]| {
            let run = Run::in_folder(folder.path(), &format!("{learner}-{name}"));
            succeed(&run.arguments(&[&["--set", algorithm, "--set", network], more].concat()));
            run
        };
        let whole = run("whole", &[]);
        run("slots", &["--set", "device.slab=7"]).assert_same(&whole, "7 slots");
        let cut = run("cut", &["--set", "generations=2"]);
        succeed(&["run", "--quiet", "--resume", cut.path(), "--set", "generations=4"]);
        cut.assert_same(&whole, "resumed");
        let other = run("other", &["--set", "algorithm.sigma=0.2"]);
        assert!(other.difference(&whole).is_some(), "another sigma must be told apart");
    }
}
