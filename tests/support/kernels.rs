//! Every kernel that a plan, a rollout, arms, the doctor or the bench may dispatch, in every layout.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use gpu_ec::{
    algorithms::AlgorithmLaunch,
    config::{self, Config, Integrator, Source, TaskConfig, presets},
    doctor::kernel::kernel,
    kernel::{cost::peak, device::DeviceTraits, entry::Kernel, genome::Genome},
    networks::{self, NetworkLaunch},
    plan::{
        Plan,
        arms::{ArmLayout, ArmSpec},
        policy::PolicyPlan,
        q_learners::QPlan,
        variant::Variant,
    },
    run::rollout::{Begin, Body, Drive, Random, Request, States},
    tasks::{self, Sharing, TaskLaunch},
};

/// Kernels, and what dispatches them.
pub struct Collected {
    pub from: String,
    /// Without 64-bit integers and subgroups: what a device with neither gets.
    pub plain: bool,
    /// Like others that were collected, but for the size of a workgroup or for the robot.
    pub repeats: bool,
    pub kernels: Vec<Kernel>,
}

impl Collected {
    fn new(from: String, plain: bool, kernels: Vec<Kernel>) -> Self {
        Self { from, plain, repeats: false, kernels }
    }
}

/// All of them, a part at a time, since together they are long.
pub fn all() -> impl Iterator<Item = Vec<Collected>> {
    let plans = configurations().into_iter().flat_map(|(name, config)| {
        devices()
            .map(|(device, plain)| of_plan(name, &config, device, plain))
            .into_iter()
            .chain([of_task(name, &config)])
    });
    let networks = NETWORKS.into_iter().flat_map(|network| [pairs(network), wide(network)]);
    let networks = networks.chain(BILATERAL.map(wide)).chain(UNITS.map(units));
    let robots = robots().into_iter().map(|path| of_robot(&path));
    plans
        .chain(networks)
        .chain(robots)
        .chain(POLICIES.map(policy))
        .chain(LEARNERS.map(learners))
        .chain(WORLDS.map(world))
        .chain([arms(), vec![instruments()]])
}

/// The devices that plans tell apart, and whether they have neither 64-bit integers nor subgroups.
fn devices() -> [(DeviceTraits, bool); 4] {
    [(true, true), (true, false), (false, true), (false, false)].map(|(software, plain)| {
        let (int64, subgroup) = if plain { (false, 0) } else { (true, 8) };
        (DeviceTraits { software, int64, subgroup, ..Default::default() }, plain)
    })
}

fn preset(name: &str) -> Config {
    config::load(config::find(name).expect("a preset"), &[]).expect("a valid preset")
}

/// All presets, and a user-supplied robot that looks at everything there is.
fn configurations() -> Vec<(&'static str, Config)> {
    let example = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/examples/hound.ron");
    let everything = "task.observation=[Positions(), Sines(), Cosines(), Velocities(), Controls(), MotorForces(), ConstraintForces(),
        Inertias, BodyVelocities(), ContactForces(), Place(body: 4, offset: (0, 0, 1)), Place(body: 4, seen_from: 1), Upright()]";
    let rewards =
        "task.reward=[Forward(of: Body(body: 4)), Healthy(), ControlCost(), ContactCost(), EnergyCost(), TiltCost(),
        HeightCost(), PoseCost(), VelocityCost(), DistanceCost(body: 4)]";
    let source = config::read(Path::new(example)).expect("readable");
    let own = config::load(source, &[everything.into(), rewards.into()]).expect("valid");
    // independent learners have kernels of their own
    let planned = presets().iter().map(|found| (found.name, preset(found.name)));
    let planned = planned.filter(|(_, config)| !config.algorithm.family().is_independent());
    planned.chain([("hound", own)]).collect()
}

/// What runs and evaluations dispatch: the usual plan, and what its parts are in the other variants.
fn of_plan(name: &str, config: &Config, device: DeviceTraits, plain: bool) -> Vec<Collected> {
    let usual = Variant::usual(device);
    let plan = |variant| Plan::in_variant(config, device, variant).unwrap_or_else(|error| panic!("{name}: {error}"));
    let first = plan(usual);
    let from = |what: &str| format!("{name}, {device:?}, {what}");
    let networks = (1..first.n_network_variants()).map(|network| plan(Variant { network, ..usual }).kernels());
    let networks = networks.map(|kernels| Collected::new(from("another network"), plain, kernels));
    let algorithms = Variant::ALGORITHM_WORKGROUPS.map(|workgroup| {
        let layout = AlgorithmLaunch { workgroup, ..first.algorithm_launch };
        let sample = first.algorithm.sample_kernel(&first.genome, &layout).expect("composes");
        let tell = first.evolution().map(|tells| tells.tell_kernels(&first.genome, &layout).expect("composes"));
        Collected::new(from("another algorithm"), plain, [vec![sample], tell.unwrap_or_default()].concat())
    });
    let tasks = Variant::TASK_WORKGROUPS.map(|workgroup| {
        let sharing = if device.software { Sharing::Never } else { Sharing::LargeRobots };
        let launch = TaskLaunch { n_slots: first.n_slots, workgroup, sharing };
        let kernels = first.task.kernels(&launch).expect("composes");
        Collected { repeats: true, ..Collected::new(from("another task"), plain, vec![kernels.reset, kernels.step]) }
    });
    let usual = Collected::new(from("usual"), plain, first.kernels());
    [usual].into_iter().chain(networks).chain(algorithms).chain(tasks).collect()
}

/// All networks, small and large.
const NETWORKS: [&str; 22] = [
    "Rsnn()",
    "Rsnn(neurons: 64, bias_input: true)",
    "Rsnn(neurons: 512)",
    "Rsnn(neurons: 2048)",
    "Reservoir()",
    "RsnnF32()",
    "RsnnF32(neurons: 64)",
    "RsnnF32(neurons: 512)",
    "Gru()",
    "Gru(units: 32)",
    "Gru(weights: OneBit)",
    "Lstm()",
    "Lstm(weights: OneBit)",
    "Lstm(units: 512, weights: OneBit)",
    "Rnn()",
    "Rnn(weights: OneBit)",
    "Rnn(units: 512)",
    "Mlp()",
    "Mlp(units: 32)",
    "Mlp(weights: OneBit)",
    "TickNet()",
    "TickNet(units: 5, ticks: 32, hidden: Lif)",
];

/// Those of two hemispheres; presets have Rsnn's.
const BILATERAL: [&str; 9] = [
    "RsnnF32(neurons: 64, bilateral: true)",
    "Gru(bilateral: true)",
    "Gru(weights: OneBit, bilateral: true)",
    "Lstm(bilateral: true)",
    "Lstm(weights: OneBit, bilateral: true)",
    "Rnn(units: 64, bilateral: true)",
    "Rnn(weights: OneBit, bilateral: true)",
    "Mlp(bilateral: true)",
    "Mlp(units: 64, weights: OneBit, bilateral: true)",
];

/// Every algorithm that evolves populations, with perturbations of full and of low rank, and with several episodes per
/// member.
const ALGORITHMS: [&str; 6] = ["Ec()", "Ec(episodes: 3)", "Es()", "Es(rank: 1)", "Es(rank: 2)", "Es(rank: 3)"];

/// Evolvable units, with what else shapes their kernels: the episodes of a member that share its parameters.
const UNITS: [(&str, &str); 8] = [
    ("Enu()", "Es()"),
    ("Enu()", "Es(episodes: 8)"),
    ("Enu(memory: 8, outputs: 4, inputs: 4)", "Es(episodes: 16)"),
    ("Enu(cell: Nfenu)", "Es(episodes: 32, rank_power: Some(5))"),
    ("Enu(cell: Lstm)", "Es(episodes: 32)"),
    ("Enu(cell: Gru, memory: 128, outputs: 64, inputs: 64)", "Es(episodes: 8)"),
    ("EnuNetwork()", "Es(episodes: 8)"),
    ("EnuNetwork(cell: Lstm, memory: 8, outputs: 8, inputs: 8, shared: true, noise: 0, rewards: 0)", "Es()"),
];

/// What evolvable units dispatch: a single one on CartPole, a network on a task with as many actions as it has outputs.
fn units((network, algorithm): (&str, &str)) -> Vec<Collected> {
    let task = if network.starts_with("EnuNetwork") { "Hopper()" } else { "CartPole()" };
    let text = format!("(task: {task}, network: {network}, algorithm: {algorithm})");
    let config = config::load(Source::new("units.ron", &text), &[]).expect("valid");
    let of = |(device, plain)| {
        let plan = Plan::new(&config, device).unwrap_or_else(|error| panic!("{network}, {algorithm}: {error}"));
        Collected::new(format!("{network} by {algorithm}, {device:?}"), plain, plan.kernels())
    };
    devices().map(of).into()
}

/// A network and the algorithms that evolve it, on every device.
fn pairs(network: &str) -> Vec<Collected> {
    let task = if network.starts_with("Reservoir") { "ArmBalance()" } else { "CartPole()" };
    let configs = ALGORITHMS.iter().filter_map(|algorithm| {
        let text = format!("(task: {task}, network: {network}, algorithm: {algorithm})");
        config::load(Source::new("pair.ron", &text), &[]).ok().map(|config| (algorithm, config))
    });
    let of = |(algorithm, config): (&&str, Config)| {
        devices().map(|(device, plain)| {
            let plan = Plan::new(&config, device).unwrap_or_else(|error| panic!("{network}, {algorithm}: {error}"));
            Collected::new(format!("{network} by {algorithm}, {device:?}"), plain, plan.kernels())
        })
    };
    let found: Vec<_> = configs.flat_map(of).collect();
    assert!(!found.is_empty(), "{network}: an algorithm evolves it");
    found
}

/// Networks that know their gradients, with what else shapes their kernels.
const POLICIES: [(&str, &str); 10] = [
    ("RsnnF32()", "Ppo(environments: 2048, horizon: 16, minibatches: 1)"),
    ("Rsnn()", "Ppo()"),
    ("Rsnn(neurons: 512, bias_input: true)", "Ppo(surrogate: SuperSpike)"),
    ("RsnnF32()", "Ppo()"),
    ("RsnnF32(neurons: 64)", "Ppo(surrogate: SuperSpike, detach_reset: false)"),
    ("RsnnF32(neurons: 512)", "Ppo(surrogate: Sigmoid)"),
    ("Gru()", "Ppo()"),
    ("Lstm(units: 32)", "Ppo()"),
    ("Rnn()", "Ppo()"),
    ("Mlp(units: 64)", "Ppo()"),
];

/// What a policy dispatches in training, for continuous and for discrete actions.
fn policy((network, algorithm): (&str, &str)) -> Vec<Collected> {
    let of_task = |task: &str| {
        let text = format!("(task: {task}, network: {network}, algorithm: {algorithm})");
        let config = config::load(Source::new("policy.ron", &text), &[]).expect("valid");
        devices().map(|(device, plain)| {
            let plan = PolicyPlan::new(&config, device).unwrap_or_else(|error| panic!("{network}: {error}"));
            Collected::new(format!("{network} by {algorithm} on {task}, {device:?}"), plain, plan.kernels())
        })
    };
    ["CartPole()", "Hopper()"].into_iter().flat_map(of_task).collect()
}

/// Learners of action values, with what else shapes their kernels.
const LEARNERS: [(&str, &str); 4] = [
    ("TickNet()", "Dqsn()"),
    ("TickNet(units: 5, ticks: 32, hidden: Lif)", "Dqsn(target_rate: Some(0.01), zero_first: false)"),
    ("TickNet()", "SynapseAgents()"),
    ("TickNet(hidden: Lif)", "SynapseAgents(models: [M1, Still], widths: [1, 64], step: Multiplicative)"),
];

/// What learners of action values dispatch.
fn learners((network, algorithm): (&str, &str)) -> Vec<Collected> {
    let text = format!("(task: CartPole(), network: {network}, algorithm: {algorithm})");
    let config = config::load(Source::new("learners.ron", &text), &[]).expect("valid");
    let of = |(device, plain)| {
        let plan = QPlan::new(&config, device).unwrap_or_else(|error| panic!("{algorithm}: {error}"));
        Collected::new(format!("{network} by {algorithm}, {device:?}"), plain, vec![plan.learn, plan.judge])
    };
    devices().map(of).into()
}

/// Tasks without a body that no preset has, with what else shapes their kernels.
const WORLDS: [&str; 6] = [
    "IntegrateAndFire()",
    "IntegrateAndFire(count_surplus: false)",
    "Stdp()",
    "ComplexStdp()",
    "TMaze(shuffle_sensors: false)",
    "DoubleTMaze(shuffle_outputs: false)",
];

/// What a run on one of them dispatches, and rollouts.
fn world(task: &str) -> Vec<Collected> {
    let text = format!("(task: {task}, network: Gru(), algorithm: Es())");
    let config = config::load(Source::new("world.ron", &text), &[]).expect("valid");
    let plans = devices().into_iter().flat_map(|(device, plain)| of_plan(task, &config, device, plain));
    plans.chain(of_task(task, &config)).collect()
}

/// A network as it looks at a large body, with the lanes of either device and of wide ones.
fn wide(network: &str) -> Vec<Collected> {
    let text = format!("(task: Humanoid(), network: {network}, algorithm: Es())");
    let config = config::load(Source::new("network.ron", &text), &[]).expect("valid");
    let mut layouts = vec![(8, 0), (32, 0), (64, 0)];
    // plans have this layout of networks of one piece
    layouts.extend(config.network.is_bilateral().then_some((8, 8)));
    layouts.into_iter().flat_map(|layout| with_lanes(network, &config, layout)).collect()
}

fn with_lanes(name: &str, config: &Config, (lanes, subgroup): (usize, usize)) -> Vec<Collected> {
    let shape = networks::IoDims { d_obs: 348, d_act: 17 };
    let options = NetworkLaunch {
        lanes,
        subgroup,
        normaliser_clip: 10.0,
        action_bound: gpu_ec::networks::BOUNDED,
        neighbours: 1,
    };
    let mirror = || tasks::build(&config.task).expect("a task").mirror().expect("a symmetric body");
    let mirror = config.network.is_bilateral().then(|| Arc::new(mirror()));
    let spec = networks::build(&config.network, mirror);
    let whole = spec.genome(&shape);
    let factors = spec.factors(&shape, 2).map(|factors| Genome { factors: Some(factors), ..whole.clone() });
    let of = |genome: Genome| {
        let kernels = spec.kernels(&shape, &genome, &options).expect("composes");
        let from = format!("{name}, {lanes} lanes, {:?}", genome.factors);
        Collected::new(from, subgroup == 0, vec![kernels.reset, kernels.step])
    };
    [Some(whole), factors].into_iter().flatten().map(of).collect()
}

/// Rollouts of a configuration's task.
fn of_task(name: &str, config: &Config) -> Vec<Collected> {
    of_body(name, Body::Task(tasks::build(&config.task).expect("a task")))
}

/// Rollouts of a robot without a task, by either integrator.
fn of_robot(path: &Path) -> Vec<Collected> {
    let name = path.display().to_string();
    let body = |integrator| Body::Bare(tasks::bare(path, integrator).unwrap_or_else(|error| panic!("{error}")));
    let found =
        [Integrator::Euler, Integrator::Rk4].into_iter().flat_map(|integrator| of_body(&name, body(integrator)));
    found.map(|collected| Collected { repeats: true, ..collected }).collect()
}

/// The robot files of tests and examples; those of the presets are collected with their tasks.
fn robots() -> Vec<PathBuf> {
    let folders =
        ["tests/physics/robots", "assets/examples"].map(|folder| Path::new(env!("CARGO_MANIFEST_DIR")).join(folder));
    let list = |folder| fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let is_robot = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "xml");
    let mut files: Vec<_> = folders.into_iter().flat_map(list).filter(is_robot).collect();
    files.sort();
    files
}

/// Rollouts with starts and controls from outside and not.
fn of_body(name: &str, body: Body) -> Vec<Collected> {
    let motion = body.task().motion();
    let zeros = |width: usize| vec![0.0; 3 * width];
    let (qpos, qvel) = (zeros(motion.qpos.len()), zeros(motion.qvel.len()));
    let given = States { rows: 3, qpos, qvel, act: vec![], qacc_warmstart: vec![] };
    let has_task = matches!(body, Body::Task(_));
    let drive = Drive::Random(Random::new(0, &motion.controls));
    let mut request = Request { body, begin: Begin::At(given), drive, steps: 1, reset: true, submission_ms: 100 };
    let plans = |request: &Request| {
        [true, false].map(|software| {
            let device = DeviceTraits { software, ..Default::default() };
            let plan = request.plan(device).unwrap_or_else(|error| panic!("{name}: {error}"));
            let control = has_task.then(|| request.body.task().control_kernel(3).expect("composes"));
            let kernels = plan.kernels().into_iter().chain(control).collect();
            Collected::new(format!("rollout of {name}, {device:?}"), true, kernels)
        })
    };
    let given = plans(&request);
    request.begin = Begin::Drawn { rows: 3, seed: 0 };
    given.into_iter().chain(plans(&request)).collect()
}

/// The kernel of arms that learn while they move, watched and not.
fn arms() -> Vec<Collected> {
    let TaskConfig::ArmBalance(task) = preset("arm_balance").task else { panic!("a task of an arm") };
    let model = tasks::arm(&task).expect("the arm compiles");
    let layouts = [(true, 8), (true, 0), (false, 32)].map(|(software, subgroup)| ArmLayout::of(software, subgroup));
    let of = |(layout, watched): (ArmLayout, usize)| {
        let kernel = ArmSpec::default().kernel(&model, layout, watched).expect("composes");
        Collected::new(format!("arms, {layout:?}, {watched} watched"), !layout.subgroup, vec![kernel])
    };
    layouts.into_iter().flat_map(|layout| [(layout, 0), (layout, 20)]).map(of).collect()
}

/// The doctor's kernel and the bench's own.
fn instruments() -> Collected {
    let bench = peak::kernels().expect("composes");
    let kernels = [vec![kernel().expect("composes")], bench.to_vec()].concat();
    Collected::new("doctor and bench".into(), true, kernels)
}
