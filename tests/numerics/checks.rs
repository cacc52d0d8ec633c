//! Every pass of a plan with bounds checks and without, from equal states: the release has none.

use gpu_ec::{
    algorithms::Draw,
    config,
    gpu::{Gpu, Selector, Workgroups, Workspace},
    kernel::{
        buffers::BufferId,
        device::DeviceTraits,
        entry::{Kernel, PassId},
        genome::Weights,
        random::{Stream, stream_key},
        records::RunParams,
    },
    plan::{
        Plan,
        evolution::COMPACT_EVERY,
        pass::{Pass, When},
    },
};

const SLOTS: usize = 24;
const POPULATION: usize = 60;
const STEPS: usize = 40;

/// Buffers that hold integers alone: they are equal on every device.
const INTEGERS: [BufferId; 7] = [
    BufferId::Live,
    BufferId::Fresh,
    BufferId::Dispatch,
    BufferId::Theta,
    BufferId::Distribution,
    BufferId::Utility,
    BufferId::Gradient,
];
/// Those of them that hold floats where parameters are real numbers.
const REAL: [BufferId; 3] = [BufferId::Theta, BufferId::Distribution, BufferId::Gradient];
/// Buffers that hold floats alone.
const FLOATS: [BufferId; 6] =
    [BufferId::Obs, BufferId::Action, BufferId::Moments, BufferId::TaskState, BufferId::Terms, BufferId::EndedTerms];
/// What one pass may differ by where a device rounds checked and unchecked kernels differently, as a share of the
/// largest value in the buffer: the bar of the golden tests for one step.
const BOUND: f32 = 1e-3;

/// One of the two: with checks or without.
struct Side<'gpu> {
    workspace: Workspace<'gpu>,
    params: RunParams,
}

impl<'gpu> Side<'gpu> {
    fn new(gpu: &'gpu Gpu, plan: &Plan, checked: bool, seed: u64) -> Self {
        let kernels: Vec<Kernel> =
            plan.kernels().into_iter().map(|kernel| if checked { kernel.checked() } else { kernel }).collect();
        let mut workspace = Workspace::new(gpu, &kernels).expect("compiles");
        for buffer in &plan.buffers {
            workspace.alloc(buffer.id, buffer.bytes).expect("memory");
            workspace.fill(buffer.id, 0x7fc0_beef); // what is not written shows
        }
        workspace.fill(BufferId::Moments, 0);
        let params: Vec<f64> =
            (0..plan.n_params()).map(|param| 0.3 + (param * 7919 % 20_000) as f64 / 65_536.0).collect();
        let mut distribution = vec![];
        plan.algorithm.encode(&plan.genome, &params, Draw::Members, &mut distribution);
        workspace.write(plan.genome.distribution(), &distribution);
        let d_obs = plan.task.d_obs();
        workspace.write(BufferId::Normaliser, &[vec![0.1f32; d_obs], vec![0.9; d_obs]].concat());
        let utilities: Vec<i32> = (0..SLOTS as i32).map(|slot| 2 * slot - 23).collect();
        workspace.write(BufferId::Utility, &utilities);
        workspace.fill(BufferId::Gradient, 0);
        let opening: Vec<u32> = std::iter::once(SLOTS as u32).chain(0..SLOTS as u32).collect();
        workspace.write(BufferId::Opening, &opening);
        let key = |stream| stream_key(seed, stream);
        let params = RunParams {
            key_sample: key(Stream::Sample),
            key_start: key(Stream::Start),
            key_membrane: key(Stream::Membrane),
            n_slots: SLOTS as u32,
            n_moment_lives: plan.n_moment_lives as u32,
            episode_cap: 30,
            population: POPULATION as u32,
            ..Default::default()
        };
        workspace.write(BufferId::Run, &[params]);
        Self { workspace, params }
    }

    fn dispatch(&mut self, name: PassId, workgroups: Workgroups) {
        let mut batch = self.workspace.batch().expect("a sound device");
        self.workspace.dispatch_all(&mut batch, [(name, workgroups)]);
        self.workspace.submit(batch, &[]);
        self.workspace.wait().expect("runs");
    }
}

/// The passes of a whole generation in order, members waiting for slots.
fn passes(plan: &Plan, workspace: &Workspace) -> Vec<(PassId, Workgroups)> {
    let of = |when: fn(When) -> bool| -> Vec<(PassId, Workgroups)> {
        let (algorithm, Plan { genome, algorithm_launch, .. }) = (plan.evolution().expect("evolves"), plan);
        let tell = algorithm.tell_passes(genome, algorithm_launch, SLOTS, false);
        let told = |name: PassId| tell.iter().find(|(pass, _)| *pass == name).map_or([1, 1, 1], |(_, groups)| *groups);
        let workgroups = |pass: &Pass| match pass.when {
            When::Start => Workgroups::over(SLOTS, workspace.workgroup(pass.kernel.id) as usize),
            When::Fresh(row) | When::Step(row) => Workgroups::Indirect(row.offset()),
            When::Compaction => Workgroups::Direct([1, 1, 1]),
            When::Tell => Workgroups::Direct(told(pass.kernel.id)),
        };
        let chosen = plan.passes.iter().filter(|pass| when(pass.when));
        chosen.map(|pass| (pass.kernel.id, workgroups(pass))).collect()
    };
    let fresh = || of(|when| matches!(when, When::Fresh(_)));
    let mut list = [of(|when| when == When::Start), fresh()].concat();
    for step in 1..=STEPS {
        list.extend(of(|when| matches!(when, When::Step(_))));
        if step.is_multiple_of(COMPACT_EVERY) {
            list.extend(of(|when| when == When::Compaction));
            list.extend(fresh());
        }
    }
    list.extend(of(|when| when == When::Tell));
    list
}

/// Runs all passes on both sides; after each the second takes the state of the first. Names what differed.
fn differences(plan: &Plan, sides: &mut [Side; 2]) -> Vec<(PassId, BufferId, f32)> {
    let mut found: Vec<(PassId, BufferId, f32)> = vec![];
    for (name, workgroups) in passes(plan, &sides[0].workspace) {
        for side in sides.iter_mut() {
            side.dispatch(name, workgroups);
        }
        for buffer in plan.buffers.iter().filter(|buffer| buffer.id != BufferId::Run) {
            let [first, second] = sides.each_mut().map(|side| side.workspace.read::<u32>(buffer.id).expect("readable"));
            if first != second {
                let share = share(&first, &second);
                match found.iter_mut().find(|(pass, other, _)| *pass == name && *other == buffer.id) {
                    Some((_, _, most)) => *most = most.max(share),
                    None => found.push((name, buffer.id, share)),
                }
                sides[1].workspace.write(buffer.id, &first);
            }
        }
    }
    found
}

/// The largest difference as a share of the largest value, both read as floats; infinite where one is a number and one
/// not.
fn share(first: &[u32], second: &[u32]) -> f32 {
    let pairs = || first.iter().zip(second).map(|(a, b)| (f32::from_bits(*a), f32::from_bits(*b)));
    let largest = pairs().map(|(a, _)| a.abs()).filter(|a| a.is_finite()).fold(f32::MIN_POSITIVE, f32::max);
    let off = |(a, b): (f32, f32)| if a.to_bits() == b.to_bits() { 0.0 } else { (a - b).abs() / largest };
    pairs().map(off).fold(0.0, |most, off| if off.is_nan() { f32::INFINITY } else { most.max(off) })
}

fn assert_checks_change_nothing(gpu: &Gpu, (preset, sets): (&str, &[&str]), traits: DeviceTraits) {
    let sizes = [format!("algorithm.population={POPULATION}"), format!("device.slab={SLOTS}")];
    let sets: Vec<String> = sets.iter().map(ToString::to_string).chain(sizes).collect();
    let config = config::load(config::find(preset).expect("a preset"), &sets).expect("valid");
    let plan = Plan::new(&config, traits).expect("plans");
    let mut sides = [false, true].map(|checked| Side::new(gpu, &plan, checked, 3));
    let found = differences(&plan, &mut sides);
    let ended: Vec<u32> = sides[0].workspace.read(BufferId::Ended).expect("readable");
    assert!(
        ended[0] > 0 && ended[2] > SLOTS as u32,
        "{preset}: episodes ended and slots were given on: {:?}",
        &ended[..8]
    );
    if gpu.adapter.is_software() {
        assert_eq!(found, [], "{preset}: bytes differ with bounds checks, by pass and buffer");
    }
    for (pass, buffer, share) in &found {
        eprintln!("{preset}: {pass} leaves another `{buffer}` with bounds checks, {share:.1e} of its largest value");
        let real = plan.genome.weights == Weights::Floats && REAL.contains(buffer);
        assert!(real || !INTEGERS.contains(buffer), "{preset}: integers of `{buffer}` differ after {pass}");
        assert!(!FLOATS.contains(buffer) || *share <= BOUND, "{preset}: `{buffer}` is off by {share} after {pass}");
    }
}

#[test]
fn no_pass_needs_its_bounds_checks() {
    let gpu = Gpu::open(&Selector::Best).expect("a Vulkan driver; see the README");
    let own = gpu.adapter.traits();
    // the kernels of real GPUs, as far as any device runs them; for bodies that lanes share see
    // tests/physics/cooperative.rs
    let hardware = DeviceTraits { software: false, subgroup: 0, int64: false, ..own };
    for (preset, traits) in [("cartpole", own), ("hopper_fast", own), ("hopper_fast", hardware)] {
        assert_checks_change_nothing(&gpu, (preset, &[]), traits);
    }
    let learners: [&[&str]; 4] = [
        &["network=RsnnF32(neurons: 64)", "algorithm=Es()"],
        &["network=Gru(units: 32)", "algorithm=Es(rank: 2)"],
        &["network=Lstm(units: 32, weights: OneBit)"],
        &["network=Rsnn(neurons: 64)", "algorithm=Es(sigma: 0.3)"],
    ];
    for sets in learners {
        assert_checks_change_nothing(&gpu, ("cartpole", sets), own);
    }
}

#[test]
fn another_state_would_be_found() {
    let gpu = Gpu::open(&Selector::Best).expect("a Vulkan driver; see the README");
    let sets = [format!("algorithm.population={POPULATION}"), format!("device.slab={SLOTS}")];
    let config = config::load(config::find("cartpole").expect("a preset"), &sets).expect("valid");
    let plan = Plan::new(&config, gpu.adapter.traits()).expect("plans");
    let mut sides = [3, 3].map(|seed| Side::new(&gpu, &plan, false, seed));
    let other = RunParams { key_start: [1, 2], ..sides[1].params };
    sides[1].workspace.write(BufferId::Run, &[other]);
    let found = differences(&plan, &mut sides);
    assert!(found.iter().all(|(pass, ..)| *pass == PassId::TaskReset), "nothing else draws starts: {found:?}");
    for buffer in [BufferId::Obs, BufferId::TaskState] {
        assert!(found.iter().any(|(_, name, share)| *name == buffer && *share > 0.1), "{buffer}: {found:?}");
    }
}
