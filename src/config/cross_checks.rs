//! Pairs of fields that are valid alone and impossible together.

use codespan_reporting::diagnostic::{Diagnostic, Label};

use crate::config::path::find;
use crate::config::syntax::{Node, Value};
use crate::config::write::inline;
use crate::config::{
    AlgorithmConfig, Config, EsConfig, Family, Integrator, NetworkConfig, Precision, TaskConfig, UnitCell,
};

/// Largest number of substeps in an environment step. No dispatch is shorter than a step of all slots, and drivers
/// abort a dispatch that takes seconds.
const MOST_SUBSTEPS: f64 = 10_000.0;

/// Largest number of episodes in a generation: kernels number them in 32 bits, and look one member ahead.
const MOST_LIVES: u64 = 1 << 31;

/// Two fields, and the reason why their values exclude each other.
struct Conflict {
    first: &'static str,
    second: &'static str,
    reason: &'static str,
}

/// Returns the impossible pairs of a configuration whose fields are all within their ranges.
fn conflicts(config: &Config) -> Vec<Conflict> {
    let mut found = Vec::new();
    let mut refuse = |wrong: bool, first, second, reason| {
        if wrong {
            found.push(Conflict { first, second, reason });
        }
    };
    if let Some(curriculum) = &config.curriculum {
        refuse(
            curriculum.grow_to_frames < curriculum.grow_from_frames,
            "curriculum.grow_to_frames",
            "curriculum.grow_from_frames",
            "the cap cannot have grown before it begins to grow",
        );
        refuse(
            curriculum.start_length > config.task.episode_length(),
            "curriculum.start_length",
            "task.episode_length",
            "the cap cannot start above the length of an episode",
        );
    }
    refuse(
        config.network.times().is_some_and(|(dt_ms, sim_time_ms)| dt_ms > sim_time_ms),
        "network.dt_ms",
        "network.sim_time_ms",
        "a time step cannot be longer than the time simulated",
    );
    refuse(
        config.network.times().is_some_and(|(dt_ms, sim_time_ms)| (sim_time_ms / dt_ms).round() > MOST_SUBSTEPS),
        "network.sim_time_ms",
        "network.dt_ms",
        "an environment step has at most 10000 substeps, so that the device can be interrupted: take a longer time step",
    );
    let lives = u64::from(config.largest_population()) * u64::from(config.algorithm.episodes());
    refuse(
        lives > MOST_LIVES,
        "algorithm.episodes",
        "algorithm.population",
        "a generation has at most 2147483648 episodes, those of all its members, in any phase: take fewer of either",
    );
    let bits = config.network.is_one_bit();
    refuse(
        !bits && matches!(config.algorithm, AlgorithmConfig::Ec(_)),
        "network",
        "algorithm",
        "Ec evolves connections that exist or not: take Rsnn or a network with `weights: OneBit`, or evolve this one by Es",
    );
    refuse(
        bits && matches!(config.algorithm, AlgorithmConfig::Es(EsConfig { rank: Some(_), .. })),
        "algorithm.rank",
        "network",
        "perturbations of low rank need parameters that are real numbers",
    );
    refuse(
        (matches!(config.network, NetworkConfig::Reservoir(_) | NetworkConfig::TickNet(_))
            || config.network.unit().is_some())
            && matches!(config.algorithm, AlgorithmConfig::Es(EsConfig { rank: Some(_), .. })),
        "algorithm.rank",
        "network",
        "this network has no matrices that factors could change: leave the rank out",
    );
    let (size, reason) = match config.network.precision() {
        None => ("network.neurons", "each of two hemispheres has a multiple of 32 neurons: take a multiple of 64"),
        Some(_) => ("network.units", "each of two hemispheres has a multiple of 32 units: take a multiple of 64"),
    };
    refuse(config.network.is_cut_badly(), size, "network.bilateral", reason);
    units(config, &mut refuse);
    task(config, &mut refuse);
    arms(config, &mut refuse);
    policy(config, &mut refuse);
    q_learners(config, &mut refuse);
    found
}

/// Refuses what evolvable units cannot be.
fn units(config: &Config, refuse: &mut impl FnMut(bool, &'static str, &'static str, &'static str)) {
    let Some((memory, outputs, inputs, cell)) = config.network.unit() else { return };
    refuse(
        matches!(cell, UnitCell::Gru | UnitCell::Lstm) && outputs > memory,
        "network.outputs",
        "network.memory",
        "the outputs of Gru and Lstm are the first channels of memory: take no more outputs than memory",
    );
    refuse(
        matches!(config.network, NetworkConfig::EnuNetwork(_)) && outputs < inputs / 2,
        "network.outputs",
        "network.inputs",
        "half the inputs of a synapse are the first outputs of another neuron: take at least half as many outputs",
    );
}

/// Refuses what is impossible within a task.
fn task(config: &Config, refuse: &mut impl FnMut(bool, &'static str, &'static str, &'static str)) {
    for (first, second, reason) in impossible_spikes(&config.task) {
        refuse(true, first, second, reason);
    }
}

/// Returns pairs of fields by which spikes of `task` would come outside its episode, each with the reason.
pub(super) fn impossible_spikes(task: &TaskConfig) -> Vec<(&'static str, &'static str, &'static str)> {
    let (pre_from, pre_to, interval) = match task {
        TaskConfig::Stdp(task) => (task.pre_from, task.pre_to, task.largest_interval),
        TaskConfig::ComplexStdp(task) => (task.pre_from, task.pre_to, task.largest_interval),
        _ => return vec![],
    };
    let (from, to, largest) = ("task.pre_from", "task.pre_to", "task.largest_interval");
    let pairs = [
        (pre_from > pre_to, from, to, "the first step of the presynaptic spike is above the last"),
        (
            interval > pre_from,
            largest,
            from,
            "the postsynaptic spike could come before the episode: take a shorter one",
        ),
        (
            pre_to + interval >= task.episode_length(),
            to,
            "task.episode_length",
            "the postsynaptic spike could come after the episode: take an earlier one",
        ),
    ];
    pairs.into_iter().filter_map(|(wrong, first, second, reason)| wrong.then_some((first, second, reason))).collect()
}

/// Refuses what descending the gradient of a policy excludes.
fn policy(config: &Config, refuse: &mut impl FnMut(bool, &'static str, &'static str, &'static str)) {
    let AlgorithmConfig::Ppo(ppo) = &config.algorithm else { return };
    refuse(
        config.network.precision() == Some(Precision::OneBit)
            || matches!(config.network, NetworkConfig::Reservoir(_) | NetworkConfig::TickNet(_))
            || config.network.unit().is_some(),
        "network",
        "algorithm",
        "Ppo needs gradients with respect to all parameters: take RsnnF32, Rsnn (straight through the thresholds of its \
         bits), or Gru, Lstm, Rnn or Mlp with weights of 32 bits",
    );
    refuse(
        config.network.is_bilateral(),
        "network.bilateral",
        "algorithm",
        "Ppo does not know the gradients of two hemispheres: take false",
    );
    refuse(
        ppo.horizon % ppo.bptt != 0,
        "algorithm.bptt",
        "algorithm.horizon",
        "an iteration must be a whole number of sequences: take a divisor",
    );
    refuse(
        ppo.horizon % ppo.bptt == 0 && ppo.sequences() % ppo.minibatches != 0,
        "algorithm.minibatches",
        "algorithm.environments",
        "each minibatch has the same number of sequences, of which there are environments * horizon / bptt: take a divisor",
    );
    refuse(
        ppo.anneal && config.stop.frames.is_none(),
        "algorithm.anneal",
        "stop.frames",
        "the step size falls over stop.frames: give a number of frames",
    );
}

/// Refuses what learners of action values exclude.
fn q_learners(config: &Config, refuse: &mut impl FnMut(bool, &'static str, &'static str, &'static str)) {
    if config.algorithm.family() != Family::QLearners {
        return;
    }
    if !matches!(config.network, NetworkConfig::TickNet(_)) {
        return refuse(true, "network", "algorithm", "Dqsn and SynapseAgents teach the network TickNet alone");
    }
    if !matches!(config.task, TaskConfig::CartPole(_)) {
        return refuse(true, "task", "algorithm", "Dqsn and SynapseAgents play CartPole alone");
    }
    refuse(
        config.evaluation.task.is_some(),
        "evaluation.task",
        "algorithm",
        "learners are judged on their task: take None",
    );
    refuse(config.curriculum.is_some(), "curriculum", "algorithm", "learners have no curriculum: take None");
    let learners = config.algorithm.population();
    refuse(
        learners > 65536,
        "algorithm.seeds",
        "algorithm",
        "more than 65536 learners: take fewer seeds or shorter lists",
    );
    refuse(
        config.generations > MOST_ITERATIONS,
        "generations",
        "algorithm",
        "learners number their transitions in 32 bits: take at most 1000000 generations",
    );
    let starts = u64::from(config.evaluation.episodes);
    refuse(
        starts > MOST_STARTS,
        "evaluation.episodes",
        "algorithm",
        "a learner plays its greedy episodes side by side: take at most 1024",
    );
    let (widths, models) = match &config.algorithm {
        AlgorithmConfig::Dqsn(dqsn) => (&dqsn.widths[..], &[][..]),
        AlgorithmConfig::SynapseAgents(agents) => (&agents.widths[..], &agents.models[..]),
        _ => return,
    };
    let twice = "learners of the same seed would be the same: name each once";
    refuse(repeats(widths), "algorithm.widths", "algorithm", twice);
    refuse(repeats(models), "algorithm.models", "algorithm", twice);
    if let AlgorithmConfig::Dqsn(dqsn) = &config.algorithm {
        refuse(
            dqsn.epsilon_to > dqsn.epsilon_from,
            "algorithm.epsilon_to",
            "algorithm.epsilon_from",
            "actions at random become rarer: take the smaller one for the end",
        );
    }
}

/// Returns whether `list` has an entry twice.
fn repeats<T: PartialEq>(list: &[T]) -> bool {
    list.iter().enumerate().any(|(at, entry)| list[..at].contains(entry))
}

/// Largest number of iterations of an agent at every synapse.
const MOST_ITERATIONS: u32 = 1_000_000;
/// Largest number of greedy episodes of a learner.
const MOST_STARTS: u64 = 1024;

/// Refuses what arms and forward sensitivities exclude.
fn arms(config: &Config, refuse: &mut impl FnMut(bool, &'static str, &'static str, &'static str)) {
    if let TaskConfig::ArmBalance(task) = &config.task {
        let (from, to) = ("task.reset_angle_from", "task.reset_angle_to");
        refuse(task.reset_angle_from > task.reset_angle_to, from, to, "the smallest start angle is above the largest");
    }
    let AlgorithmConfig::ForwardSensitivity(learning) = &config.algorithm else { return };
    let NetworkConfig::Reservoir(network) = &config.network else {
        return refuse(true, "network", "algorithm", "ForwardSensitivity teaches the network Reservoir alone");
    };
    let TaskConfig::ArmBalance(task) = &config.task else {
        return refuse(true, "task", "algorithm", "ForwardSensitivity teaches arms of the task ArmBalance alone");
    };
    let other = task.integrator == Integrator::Rk4;
    refuse(other, "task.integrator", "algorithm", "ForwardSensitivity knows the derivatives of Euler's step alone");
    refuse(
        config.evaluation.task.is_some(),
        "evaluation.task",
        "algorithm",
        "arms of ForwardSensitivity are not evaluated apart: take None",
    );
    refuse(
        config.curriculum.is_some(),
        "curriculum",
        "algorithm",
        "episodes of ForwardSensitivity have one length: take None",
    );
    let step = f64::from(task.frame_skip) * ARM_STEP_MS;
    let differs = (network.sim_time_ms - step).abs() > 1e-9;
    refuse(
        differs,
        "network.sim_time_ms",
        "task.frame_skip",
        "a step of the arm takes 1.25 ms, and the network must simulate as much time",
    );
    let uneven = (task.episode_length * task.frame_skip) % learning.window != 0;
    refuse(
        uneven,
        "algorithm.window",
        "task.episode_length",
        "an episode must be a whole number of windows of physics steps",
    );
    let ticks = ARM_STEP_MS / network.dt_ms;
    let broken = (ticks - ticks.round()).abs() > 1e-9 || ticks < 1.0;
    refuse(broken, "network.dt_ms", "task", "a physics step of 1.25 ms must be a whole number of ticks");
    refuse(learning.arms() > 65536, "algorithm.seeds", "algorithm", "more than 65536 arms: shorten the lists");
}

/// Physics step of `assets/robots/arm_balance.xml`, ms.
const ARM_STEP_MS: f64 = 1.25;

/// Reports the impossible pairs at their places in `tree`, which was read; defaults come from `config`.
pub(crate) fn check(config: &Config, tree: &Node) -> Vec<Diagnostic<usize>> {
    let resolved = config.tree();
    let describe = |path: &str| {
        let value = find(&resolved, path).map(brief).unwrap_or_default();
        let default = if find(tree, path).is_none() { " (the default)" } else { "" };
        format!("`{path}` = {value}{default}")
    };
    let mistakes = conflicts(config).into_iter().map(|conflict| {
        let (first, second) = (describe(conflict.first), describe(conflict.second));
        let mut labels = Vec::new();
        for (path, text) in [(conflict.first, &first), (conflict.second, &second)] {
            let Some(node) = find(tree, path) else { continue };
            let range = node.span.start..node.span.end;
            let label = if labels.is_empty() { Label::primary } else { Label::secondary };
            labels.push(label(node.span.source, range).with_message(text));
        }
        Diagnostic::error()
            .with_message(format!("{first} and {second} exclude each other"))
            .with_labels(labels)
            .with_notes(vec![conflict.reason.to_string()])
    });
    mistakes.collect()
}

/// Returns a value in short: of a variant with fields, only the name.
fn brief(node: &Node) -> String {
    match &node.value {
        Value::Fields(Some(name), _) => format!("{name}(...)"),
        _ => inline(node),
    }
}
