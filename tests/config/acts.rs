//! Every field either changes what runs, or is refused, or is one of those that the host alone reads, listed here.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

use gpu_ec::{
    algorithms::Draw,
    config::{self, AlgorithmConfig, Config, Family, FieldSpec, Kind, Range, Source},
    kernel::{
        arm_records::ArmOutcome,
        device::DeviceTraits,
        random::{Stream, stream_key},
    },
    networks::IoDims,
    plan::{Plan, policy::PolicyPlan, q_learners::QPlan},
    run::{
        arms::ArmBatch,
        evolution::{normaliser::Normaliser, phase::episode_cap, state::TrainState, train::training_job},
        policy::{Iteration, PolicyState},
    },
};

use super::extremes::complaints;
use super::sites::{Site, file, sites};

/// Fields that no plan shows, and where they act.
const HOST: &[(&str, &str)] = &[
    ("generations", "src/run/stop.rs ends the run"),
    ("evaluation.every", "src/run/evolution/train.rs and src/run/policy/train.rs evaluate"),
    ("evaluation.episodes", "the same, over so many starts"),
    ("checkpoint.every", "src/run/driver.rs writes"),
    ("checkpoint.keep", "src/run/run_files.rs keeps"),
    ("stop.frames", "src/run/stop.rs ends the run"),
    ("stop.seconds", "src/run/stop.rs ends the run"),
    ("stop.eval_return", "src/run/stop.rs ends the run"),
    ("tensorboard", "src/run/ground.rs writes"),
    ("device.submission_ms", "src/run/evolution/pacing.rs aims at it"),
];

/// Fields of tasks that say nothing there, whatever stands in them, and why.
const SILENT: &[(&str, &str, &str)] = &[
    ("Locomotion(", "task.terminate_when_unhealthy", "without ranges in `healthy` the body is always healthy"),
    ("Walker2d(", "task.max_contacts", FLOOR),
    ("Ant(", "task.max_contacts", FLOOR),
    ("HalfCheetah(", "task.max_contacts", FLOOR),
    ("Swimmer(", "task.max_contacts", FLOOR),
    ("Locomotion(", "task.max_contacts", FLOOR),
    ("Locomotion(", "task.mirrored_joints[0].joint", LIMBS),
    ("Locomotion(", "task.mirrored_joints[0].image", LIMBS),
];
const LIMBS: &str = "the robot has no limbs side by side that joints could be paired of; `tests/physics/own_robot.rs` has one that does";
const FLOOR: &str =
    "no two geoms of the robot touch, and all contacts with the floor are kept; lanes that share a robot count them";

/// Everything that a run follows from: kernels, memory, what is learnt from given sums, what is drawn, how long
/// episodes are.
fn imprint(config: &Config) -> Result<u64, String> {
    let caps = [0, 800_000, 1_000_000, 2_500_000]
        .map(|frames| episode_cap(config.curriculum.as_ref(), config.task.episode_length() as usize, frames));
    let mut text = format!("{} {caps:?}", config.seed);
    match ArmBatch::of(config).map_err(|error| error.to_string())? {
        Some(batch) => {
            let outcome = ArmOutcome { loss: 2.0, effort: 3.0, ..ArmOutcome::default() };
            let starts = batch.starts(3, Stream::Start);
            text += &format!("{:?} {:?} {:?} {starts:?}", batch.model, batch.spec, batch.setups);
            text += &format!("{} {}", batch.episode_return(&outcome), batch.frames());
        }
        None if config.algorithm.family() == Family::Policy => text += &descending(config)?,
        None if config.algorithm.family() == Family::QLearners => text += &learners(config)?,
        None => text += &learning(config)?,
    }
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    Ok(hasher.finish())
}

/// Kernels and memory of a plan, and two steps of its learner over a sum of any size.
fn learning(config: &Config) -> Result<String, String> {
    let plan = Plan::new(config, DeviceTraits::default()).map_err(|error| error.to_string())?;
    let mut text: String = plan.passes.iter().map(|pass| pass.kernel.module.wgsl.as_str()).collect();
    text += &format!("{:?} {}", plan.buffers, plan.n_moment_lives);
    text += &format!("{:?}", training_job(config, &TrainState::blank(config, &plan), plan.task.as_ref()));
    let mut normaliser = Normaliser::new(1, config.normaliser.std_floor);
    (normaliser.count, normaliser.m2) = (1.0, vec![0.0]);
    text += &format!("{:?}", normaliser.upload());
    let shape = IoDims { d_obs: plan.task.d_obs(), d_act: plan.task.d_act() };
    let key = stream_key(config.seed, Stream::Initial);
    let mut learner = plan.algorithm.start(&plan.genome, &|| plan.network.initial(&shape, key));
    for step in 1..3 {
        let sums: Vec<f64> = (0..plan.genome.padded_len()).map(|k| ((k * step) % 17) as f64 - 8.0).collect();
        text += &format!("{:?}", plan.evolution().expect("evolves").tell(&mut learner, &sums));
    }
    let mut words = vec![];
    plan.algorithm.encode(&plan.genome, &learner.params, Draw::Members, &mut words);
    Ok(text + &format!("{words:?}"))
}

/// Kernels and memory of learners, their settings and what they begin with.
fn learners(config: &Config) -> Result<String, String> {
    let plan = QPlan::new(config, DeviceTraits::default()).map_err(|error| error.to_string())?;
    let text = plan.learn.module.wgsl.clone() + &plan.judge.module.wgsl;
    let first = plan.learning.initial(&plan.tensors[0]);
    Ok(text + &format!("{:?} {:?} {:?} {first:?}", plan.buffers, plan.entries, plan.learning.records()))
}

/// Kernels and memory of a policy, its first state and the settings of an iteration half way.
fn descending(config: &Config) -> Result<String, String> {
    let AlgorithmConfig::Ppo(settings) = &config.algorithm else { return Err("no policy".into()) };
    let plan = PolicyPlan::new(config, DeviceTraits::default()).map_err(|error| error.to_string())?;
    let mut text: String =
        plan.kernels().iter().chain(&plan.plan.kernels()).map(|kernel| kernel.module.wgsl.as_str()).collect();
    let mut state = PolicyState::new(config, settings, &plan);
    state.standing.frames = 400_000;
    let iteration = Iteration::next(config, settings, &state, plan.plan.task.episode_length());
    text += &format!("{:?} {:?} {:?} {:?}", plan.buffers, plan.plan.buffers, state.parameters, iteration);
    (state.normaliser.count, state.normaliser.m2) = (1.0, vec![0.0; plan.plan.task.d_obs()]);
    Ok(text + &format!("{:?} {}", state.normaliser.upload(), plan.updates()))
}

/// Other values of a field than `now`, as they are written.
fn others(spec: &FieldSpec, kind: &Kind, now: &str) -> Vec<String> {
    match kind {
        Kind::Bool => vec![(now != "true").to_string()],
        Kind::Choice(choices) => {
            choices.iter().map(|choice| choice.name.to_string()).filter(|name| name != now).collect()
        }
        Kind::Integer(_) | Kind::AutoOrInteger => whole(spec, now),
        Kind::Real => {
            let now: f64 = now.parse().unwrap_or(0.5);
            let near = [now * 2.0, now / 2.0, now + 0.25, now / 1000.0];
            near.into_iter().filter(|x| *x != now && spec.range.accepts_real(*x)).map(|x| format!("{x:?}")).collect()
        }
        Kind::Interval => vec!["(0.125, 7)".into(), "(0.25, 0.75)".into(), "(-inf, 0.5)".into()],
        Kind::Vector => vec!["(0.5, 0, 0)".into()],
        Kind::Optional(inner) if now == "None" => [others(spec, inner, "1"), others(spec, inner, "0")].concat(),
        Kind::Optional(_) => vec!["None".into()],
        Kind::List(Kind::Real) => vec!["[0.5]".into(), "[0.25, 0.5]".into()],
        _ => vec![],
    }
}

fn whole(spec: &FieldSpec, now: &str) -> Vec<String> {
    let now: u64 = now.parse().unwrap_or(0);
    let (least, step) = match spec.range {
        Range::Whole { min, multiple, .. } => (min, multiple),
        _ => (0, 1),
    };
    let near = [now + step, 2 * now, now / 2 / step * step, least];
    near.into_iter().filter(|x| *x != now && spec.range.accepts_whole(*x)).map(|x| x.to_string()).collect()
}

/// Whether some other value of the field changes the imprint or is refused with its name; else what was tried.
fn idle(site: &Site, config: &Config, own: u64) -> Option<String> {
    let now = config.text_of(&site.path)?;
    let (mut tried, mut answers) = (vec![], vec![]);
    for value in others(site.spec, &site.spec.kind, &now) {
        let set = format!("{}={value}", site.path);
        match site.load(std::slice::from_ref(&set)) {
            // refused for a range or a pair: another value may tell
            Err(message) if names(&message, &site.path) || names(&message, site.parent()) => answers.push(true),
            Err(message) => return Some(format!("{set} is refused without its name: {message}")),
            Ok(config) => match imprint(&config) {
                Ok(print) if print != own => return None,
                Ok(_) => answers.push(false),
                // a plan refuses what the task has no place for
                Err(error) if names(&error, &site.path) => answers.push(true),
                Err(error) => return Some(format!("{set}: {error}")),
            },
        }
        tried.push(set);
    }
    (!answers.is_empty() && answers.iter().all(|refused| !refused)).then(|| format!("{tried:?} change nothing"))
}

fn names(message: &str, path: &str) -> bool {
    message.contains(&format!("`{path}`"))
}

/// Names of what a plan shows of a site, for messages.
fn named(site: &Site) -> String {
    site.text.lines().skip(1).take(3).map(str::trim).collect::<Vec<_>>().join(" ")
}

/// Files of every network with every algorithm that takes it, on a task without and on one with a body.
fn combinations() -> Vec<String> {
    let mut list = vec![];
    let mut add = |task: &str, network: &str, algorithm: &str| {
        list.push(file(task, network, algorithm));
    };
    for algorithm in ["Ec(population: 4)", "Es(population: 4)"] {
        for task in ["CartPole()", "ArmBalance()"] {
            add(task, "Rsnn(neurons: 32)", algorithm);
        }
        for cell in ["Gru", "Lstm", "Rnn", "Mlp"] {
            add("CartPole()", &format!("{cell}(units: 32, weights: OneBit)"), algorithm);
        }
    }
    for algorithm in ["Es(population: 4)", "Es(population: 4, rank: 1)"] {
        for network in ["RsnnF32(neurons: 32)", "Gru(units: 32)", "Lstm(units: 32)", "Rnn(units: 32)", "Mlp(units: 32)"]
        {
            add("CartPole()", network, algorithm);
        }
    }
    let lists = "weight_ranges: [0.5], tendon_ratios: [0.5], start_angles: [0.5]";
    add("ArmBalance()", "Reservoir(neurons: 32)", "Es(population: 4)");
    add("CartPole()", "TickNet()", "Es(population: 4)");
    add("CartPole()", "Enu()", "Es(population: 4, episodes: 8, rank_power: Some(5))");
    add("Hopper()", "EnuNetwork(memory: 8, outputs: 8, inputs: 8)", "Es(population: 4)");
    for algorithm in [
        "Dqsn(seeds: 2)",
        "Dqsn(seeds: 2, widths: [4], target_rate: Some(0.5))",
        "SynapseAgents(seeds: 2)",
        "SynapseAgents(seeds: 2, widths: [4], models: [M1])",
    ] {
        add("CartPole()", "TickNet()", algorithm);
    }
    add("ArmBalance()", "Reservoir(neurons: 32)", "ForwardSensitivity(seeds: 2)");
    add("ArmBalance()", "Reservoir(neurons: 32)", &format!("ForwardSensitivity(seeds: 2, {lists})"));
    list
}

fn assert_all_act(sites: &[Site]) {
    let host = |site: &Site| HOST.iter().any(|(path, _)| *path == site.path);
    let silent = |site: &Site| SILENT.iter().any(|(task, path, _)| site.text.contains(task) && *path == site.path);
    let sites: Vec<Site> = sites.iter().filter(|site| !host(site) && !silent(site)).cloned().collect();
    let groups: Vec<&[Site]> = sites.chunk_by(|a, b| a.text == b.text).collect();
    let found = complaints(&groups, |group| {
        let config = group[0].load(&[]).unwrap_or_else(|error| panic!("{}: {error}", group[0].text));
        let own = imprint(&config).unwrap_or_else(|error| panic!("{}: {error}", group[0].text));
        let idle = |site: &Site| idle(site, &config, own).map(|what| format!("{}: {what}", named(site)));
        let all: Vec<String> = group.iter().filter_map(idle).collect();
        (!all.is_empty()).then(|| all.join("\n"))
    });
    assert!(sites.len() > 20 && found.is_empty(), "of {} fields:\n{}", sites.len(), found.join("\n"));
}

/// Fields of networks, algorithms and everything beside the task.
#[test]
fn every_field_acts_or_is_refused_in_every_combination() {
    let mut list = vec![];
    for text in combinations() {
        let config =
            config::load(Source::new("test.ron", &text), &[]).unwrap_or_else(|error| panic!("{text}: {error}"));
        for field in Config::FIELDS {
            let fields = match field.kind {
                Kind::Section(fields) | Kind::Optional(&Kind::Section(fields)) => fields,
                Kind::Variants(variants) => {
                    let chosen = config.text_of(field.name).unwrap_or_default();
                    let name = chosen.split('(').next().unwrap_or_default().to_string();
                    variants.iter().find(|variant| variant.name == name).map_or(&[][..], |variant| variant.fields)
                }
                _ => {
                    list.push(Site { text: text.clone(), robot: None, path: field.name.into(), spec: field });
                    continue;
                }
            };
            for spec in fields {
                let path = format!("{}.{}", field.name, spec.name);
                list.push(Site { text: text.clone(), robot: None, path, spec });
            }
        }
    }
    assert_all_act(&list);
}

/// Fields of every task.
#[test]
fn every_field_of_a_task_acts() {
    let all: Vec<Site> = sites().into_iter().filter(|site| site.path.starts_with("task.")).collect();
    assert_all_act(&all);
}

/// A field of the host's list is a field, and no field is listed twice.
#[test]
fn fields_of_the_host_exist() {
    for (path, place) in HOST {
        assert!(config::fields().iter().any(|field| field.path == *path), "{path} is a field, which acts in {place}");
    }
}
