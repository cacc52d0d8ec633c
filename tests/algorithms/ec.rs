//! Evolving Connectivity: sampled bits and integer gradients equal the host's; on a toy objective it converges.

use gpu_ec::{
    algorithms::{
        Algorithm, AlgorithmLaunch, Draw, Evolution,
        ec::{Ec, gradient_block, sample},
        shaping::CentredRanks,
    },
    config::EcConfig,
    gpu::{Gpu, Selector, Workspace},
    kernel::{
        buffers::BufferId,
        entry::PassId,
        genome::{Genome, Weights},
        random::{Stream, stream_key},
        records::{EpisodeRecord, RunParams},
    },
    run::evolution::gradient::{Draws, gradient},
};

const SEED: u64 = 42;
const N_WORDS: usize = 9;

fn device() -> Gpu {
    Gpu::open(&Selector::Best).expect("a Vulkan driver; see the README")
}

/// Every layout that this device can run.
fn layouts(gpu: &Gpu) -> Vec<AlgorithmLaunch> {
    let int64 = [false, true].into_iter().filter(|int64| gpu.adapter.int64 || !int64);
    int64.flat_map(|int64| [32, 64, 128].map(|workgroup| AlgorithmLaunch { workgroup, int64 })).collect()
}

fn ec(population: usize) -> Ec {
    Ec::new(&EcConfig { population: population as u32, learning_rate: 0.05, ..Default::default() })
}

fn genome(n_words: usize) -> Genome {
    Genome::whole(Weights::Bits, 32 * n_words)
}

fn workspace<'gpu>(
    gpu: &'gpu Gpu,
    n_words: usize,
    slots: usize,
    layout: &AlgorithmLaunch,
    checked: bool,
) -> Workspace<'gpu> {
    let (ec, genome) = (ec(2), genome(n_words));
    let sample = ec.sample_kernel(&genome, layout).expect("composes");
    let kernels = std::iter::once(sample).chain(ec.tell_kernels(&genome, layout).expect("composes"));
    let kernels: Vec<_> = kernels.map(|kernel| if checked { kernel.checked() } else { kernel }).collect();
    let mut workspace = Workspace::new(gpu, &kernels).expect("compiles");
    let sizes = [
        (BufferId::Run, size_of::<RunParams>()),
        (BufferId::Distribution, 4 * sample::PLANES * n_words),
        (BufferId::Theta, 4 * n_words * slots),
        (BufferId::Fresh, 4 * (1 + slots)),
        (BufferId::Episode, 32 * slots),
        (BufferId::Utility, 4 * slots),
        (BufferId::Gradient, 128 * n_words),
    ];
    for (name, bytes) in sizes {
        workspace.alloc(name, bytes as u64).expect("fits");
    }
    workspace
}

/// Probabilities with all the special values: never, always, the clip of EC, one half.
fn thresholds(n_words: usize) -> Vec<u32> {
    let special = [0, 65_536, 66, 65_470, 32_768, 1, 65_535];
    (0..32 * n_words as u32)
        .map(|j| if j < 14 { special[j as usize % 7] } else { j.wrapping_mul(2_654_435_761) >> 16 })
        .collect()
}

fn upload(workspace: &Workspace, thresholds: impl ExactSizeIterator<Item = u32>) {
    let mut planes = vec![];
    sample::pack_thresholds(thresholds, &mut planes);
    workspace.write(BufferId::Distribution, &planes);
}

fn sampled(
    workspace: &mut Workspace,
    (n_words, layout): (usize, &AlgorithmLaunch),
    base: u32,
    slots: usize,
    generation: u32,
) -> Vec<u32> {
    let params = RunParams {
        key_sample: stream_key(SEED, Stream::Sample),
        generation,
        member_base: base,
        n_slots: slots as u32,
        ..Default::default()
    };
    workspace.write(BufferId::Run, &[params]);
    workspace.fill(BufferId::Theta, 0xdead_beef);
    workspace.dispatch(PassId::Resample, layout.sample_workgroups(n_words, slots)).expect("runs");
    workspace.read(BufferId::Theta).expect("reads")
}

/// The same networks, given to the slots in another order.
fn sampled_by_list(workspace: &mut Workspace, layout: &AlgorithmLaunch, base: u32) -> Vec<u32> {
    let slots: Vec<u32> = (0..37).map(|k| k * 5 % 37).collect();
    let record = |slot: u32| EpisodeRecord { life: base + 36 - slot, ..Default::default() };
    workspace.write(BufferId::Fresh, &[vec![37], slots].concat());
    workspace.write(BufferId::Episode, &(0..37).map(record).collect::<Vec<_>>());
    workspace.fill(BufferId::Theta, 0xdead_beef);
    workspace.dispatch(PassId::Sample, layout.sample_workgroups(N_WORDS, 37)).expect("runs");
    let theta: Vec<u32> = workspace.read(BufferId::Theta).expect("reads");
    theta.chunks(N_WORDS).rev().flatten().copied().collect()
}

#[test]
fn sampled_connections_equal_the_hosts() {
    let gpu = device();
    let thresholds = thresholds(N_WORDS);
    for (layout, checked) in layouts(&gpu).into_iter().flat_map(|layout| [(layout, true), (layout, false)]) {
        let mut workspace = workspace(&gpu, N_WORDS, 37, &layout, checked);
        upload(&workspace, thresholds.iter().copied());
        for (base, generation) in [(0, 0), (1_000_000, 3)] {
            let device = sampled(&mut workspace, (N_WORDS, &layout), base, 37, generation);
            let key = stream_key(SEED, Stream::Sample);
            let host: Vec<u32> =
                (0..37).flat_map(|slot| sample::sample(&thresholds, generation, base + slot, key)).collect();
            assert_eq!(device, host, "members from {base} of generation {generation}, {layout:?}, checked {checked}");
            assert_eq!(sampled_by_list(&mut workspace, &layout, base), device, "by a list of slots, {layout:?}");
        }
    }
}

/// Frequencies of connections follow rho within 5 standard deviations.
#[test]
fn connections_appear_with_probability_rho() {
    let thresholds = thresholds(2);
    let n = 20_000;
    let mut counts = vec![0f64; 64];
    for member in 0..n {
        let words = sample::sample(&thresholds, 1, member, stream_key(SEED, Stream::Sample));
        (0..64).for_each(|j| counts[j] += f64::from(words[j / 32] >> (j % 32) & 1));
    }
    for (count, threshold) in counts.iter().zip(&thresholds) {
        let p = f64::from(*threshold) / 65_536.0;
        let bound = 5.0 * (f64::from(n) * p * (1.0 - p)).sqrt();
        assert!((count - f64::from(n) * p).abs() <= bound, "rho {p}: {count} of {n}");
    }
}

#[test]
fn integer_gradient_equals_the_hosts_wherever_the_members_lie() {
    let gpu = device();
    let thresholds = thresholds(N_WORDS);
    let key = stream_key(SEED, Stream::Sample);
    for population in [2usize, 7, 256, 10_240] {
        let fitness = (0..population).map(|k| ((k as u32).wrapping_mul(2_654_435_761) >> 8) as f32);
        let mut ranks = CentredRanks::default();
        let utilities = ranks.rank(fitness);
        let ec = ec(population);
        let by_host = |generation| -> Vec<f64> {
            sample::gradient(&thresholds, generation, utilities, key).into_iter().map(|sum| sum as f64).collect()
        };
        let (host, wrong) = (by_host(5), by_host(6));
        for layout in layouts(&gpu) {
            for slots in [1, 64, population] {
                let mut workspace = workspace(&gpu, N_WORDS, slots, &layout, false);
                upload(&workspace, thresholds.iter().copied());
                let resident = slots == population;
                let genome = &genome(N_WORDS);
                let draws = Draws {
                    algorithm: &ec,
                    seed: SEED,
                    generation: 5,
                    genome,
                    places: slots,
                    layout,
                    block: usize::MAX,
                    resident,
                };
                if draws.resident {
                    sampled(&mut workspace, (N_WORDS, &layout), 0, slots, 5);
                }
                let mut device = vec![];
                let done = gradient(&mut workspace, &draws, utilities, &|| true, &mut device).expect("runs");
                assert!(done, "it goes on to its end");
                assert_eq!(device, host, "population {population}, {slots} slots, {layout:?}");
                assert_ne!(device, wrong, "another generation's connections must be told apart");
            }
        }
    }
}

/// Members of equal return share the mean of their ranks, by the definition: twice those below, and the other equal
/// ones, minus N - 1. Numbers that are none are below all, and a generation in which all are equal tells nothing, not
/// even by rounding.
#[test]
fn equal_returns_give_the_estimate_of_shared_ranks() {
    let gpu = device();
    let (thresholds, layout, genome) = (thresholds(N_WORDS), AlgorithmLaunch::default(), genome(N_WORDS));
    let returns = |k: u32, kinds: u32| match k.wrapping_mul(2_654_435_761).rotate_left(9) % kinds {
        3 => f32::NAN,
        kind => 20.0 - kind as f32,
    };
    for (population, kinds) in [(301u32, 2), (300, 4), (301, 4), (300, 1), (301, 1)] {
        let fitness: Vec<f32> = (0..population).map(|k| returns(k, kinds)).collect();
        let worth: Vec<f32> = fitness.iter().map(|x| if x.is_finite() { *x } else { f32::MIN }).collect();
        let count = |of: &dyn Fn(&f32) -> bool| worth.iter().filter(|x| of(x)).count() as i32;
        let shared = |own: &f32| 2 * count(&|x| x < own) + count(&|x| x == own) - population as i32;
        let by_definition: Vec<i32> = worth.iter().map(shared).collect();
        let host = sample::gradient(&thresholds, 5, &by_definition, stream_key(SEED, Stream::Sample));
        let host: Vec<f64> = host.into_iter().map(|sum| sum as f64).collect();
        let mut workspace = workspace(&gpu, N_WORDS, 64, &layout, false);
        upload(&workspace, thresholds.iter().copied());
        let (algorithm, genome) = (&ec(population as usize), &genome);
        let draws = Draws {
            algorithm,
            seed: SEED,
            generation: 5,
            genome,
            places: 64,
            layout,
            block: usize::MAX,
            resident: false,
        };
        let (mut ranks, mut device) = (CentredRanks::default(), vec![]);
        let utilities = ranks.rank(fitness.iter().copied());
        gradient(&mut workspace, &draws, utilities, &|| true, &mut device).expect("runs");
        assert_eq!(device, host, "population {population}, {kinds} kinds of returns");
        assert_eq!(device.iter().all(|sum| *sum == 0.0), kinds == 1, "{kinds} kinds of returns");
    }
}

#[test]
fn blocks_never_overflow_32_bits() {
    for population in [2usize, 92_681, 92_682, 1_000_000, 100_000_000] {
        let block = gradient_block(population);
        let worst = if block == population { population * population / 4 } else { block * (population - 1) };
        assert!(
            block >= 1 && worst <= i32::MAX as usize,
            "population {population}: a block of {block} may sum to {worst}"
        );
    }
}

/// Fitness = bits that match a hidden pattern of 256; the mean network must find all of them.
#[test]
fn finds_a_hidden_pattern() {
    let gpu = device();
    let (n_words, population) = (8, 128);
    let pattern: Vec<u32> = (0..n_words as u32).map(|w| (w + 1).wrapping_mul(0x9E37_79B9)).collect();
    let matches = |words: &[u32]| words.iter().zip(&pattern).map(|(a, b)| (!(a ^ b)).count_ones()).sum::<u32>() as f32;
    let (ec, genome, layout) = (ec(population), genome(n_words), AlgorithmLaunch::default());
    let mut learner = ec.start(&genome, &Vec::new);
    let mut workspace = workspace(&gpu, n_words, population, &layout, false);
    let (mut ranks, mut sums, mut planes) = (CentredRanks::default(), vec![], vec![]);
    for generation in 0..80 {
        ec.encode(&genome, &learner.params, Draw::Members, &mut planes);
        workspace.write(BufferId::Distribution, &planes);
        let theta = sampled(&mut workspace, (n_words, &layout), 0, population, generation);
        let utilities = ranks.rank(theta.chunks(n_words).map(matches));
        let draws = Draws {
            algorithm: &ec,
            seed: SEED,
            generation,
            genome: &genome,
            places: population,
            block: usize::MAX,
            layout,
            resident: true,
        };
        gradient(&mut workspace, &draws, utilities, &|| true, &mut sums).expect("runs");
        ec.tell(&mut learner, &sums);
    }
    let mean: Vec<u32> =
        learner.params.chunks(32).map(|rho| (0..32).fold(0, |word, b| word | u32::from(rho[b] > 0.5) << b)).collect();
    assert!(matches(&mean) >= 254.0, "only {} of 256 bits found", matches(&mean));
}
