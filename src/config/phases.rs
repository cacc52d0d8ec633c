//! Phases of a run: what changes while it trains, and when.

use codespan_reporting::diagnostic::Diagnostic;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::error::mistake;
use super::schema::{FieldType, Kind, Range, choice, section};
use super::syntax::Node;
use super::{AlgorithmConfig, Config, Optimizer, TaskOverlay};
use crate::config::path::find;

section! {
    /// A part of a run: fields that replace those of `algorithm` and `task` while it lasts. Those that it leaves out
    /// are as in the rest of the configuration, whatever the phase before had.
    pub struct PhaseConfig {
        /// What it is called in the display; empty for its number.
        name: String = String::new(), "", Range::Any;
        /// What ends it; the last phase lasts until the run ends.
        until: UntilConfig = UntilConfig::default(), "", Range::Any;
        /// Step size of the optimizer: a number, or `(from: 4, to: 1, frames: 3000000)`.
        learning_rate: Option<Schedule> = None, "", Range::POSITIVE;
        /// EC: connection probabilities are kept in [epsilon, 1 - epsilon]; a number or a schedule.
        epsilon: Option<Schedule> = None, "", Range::real(1.0 / 65536.0, 0.499);
        /// ES: standard deviation of the perturbations; a number or a schedule.
        sigma: Option<Schedule> = None, "", Range::POSITIVE;
        /// How a gradient becomes a step.
        optimizer: Option<Optimizer> = None, "", Range::Any;
        /// Whether the optimizer's memory begins anew. It does so in any case where another kind of optimizer takes
        /// over.
        forget: bool = false, "", Range::Any;
        /// Networks per generation. Costs time, and 100 bytes each of the host's memory.
        population: Option<u32> = None, "members", Range::whole(2, 1 << 27);
        /// Steps after which training episodes are cut off; a number or a schedule, rounded. None for the task's
        /// episode_length.
        episode_cap: Option<Schedule> = None, "steps", Range::real(1.0, 1e6);
        /// Share of the task's `harness` that helps in training; a number or a schedule.
        harness: Option<Schedule> = None, "", Range::real(0.0, 1.0);
        /// Terms of the reward that pay more or less meanwhile.
        rewards: Vec<TermConfig> = vec![], "", Range::Any;
        /// Fields of the task that training takes, such as `(healthy_reward: 0.0)`; the network sees the same in all
        /// phases.
        task: Option<TaskOverlay> = None, "", Range::Any;
    }
}

section! {
    /// Factor on a term of the reward in training.
    pub struct TermConfig {
        /// Name of the term, as metrics and `gpu-ec inspect` have it: `reward_forward`.
        term: String = String::new(), "", Range::Any, true;
        /// What its weight in the task is multiplied by; a number or a schedule.
        times: Schedule = Schedule::Constant(1.0), "", Range::NON_NEGATIVE, true;
    }
}

section! {
    /// Conditions that end a phase, checked after each generation; the first one met ends it.
    pub struct UntilConfig {
        /// Training frames since it began.
        frames: Option<u64> = None, "frames", Range::whole(1, u64::MAX);
        /// Generations since it began.
        generations: Option<u32> = None, "generations", Range::whole(1, u32::MAX as u64);
        /// Mean return of a generation's members, in the reward of training.
        return_mean: Option<f64> = None, "", Range::FINITE;
        /// Mean return of an evaluation.
        eval_return: Option<f64> = None, "", Range::FINITE;
    }
}

section! {
    /// A number that changes during a phase, and stays once it has arrived.
    pub struct Ramp {
        /// Where it begins.
        from: f64 = 1.0, "", Range::Any, true;
        /// Where it ends.
        to: f64 = 1.0, "", Range::Any, true;
        /// Training frames of the phase that it takes.
        frames: u64 = 1, "frames", Range::whole(1, u64::MAX), true;
        /// How it moves.
        curve: Curve = Curve::Linear, "", Range::Any;
    }
}

choice! {
    /// Course of a ramp.
    pub enum Curve {
        /// By equal differences.
        Linear,
        /// By equal ratios.
        Geometric,
    }
}

/// A number that is constant or changes during a phase.
#[derive(Clone, Debug, PartialEq)]
pub enum Schedule {
    /// Constant value.
    Constant(f64),
    /// Value that changes.
    Ramp(Ramp),
}

impl Schedule {
    /// Returns the ramp of a number that changes.
    fn ramp(&self) -> Option<&Ramp> {
        match self {
            Self::Constant(_) => None,
            Self::Ramp(ramp) => Some(ramp),
        }
    }

    /// Returns the value after `frames` frames of the phase.
    pub fn at(&self, frames: u64) -> f64 {
        let ramp = match self {
            Self::Constant(value) => return *value,
            Self::Ramp(ramp) => ramp,
        };
        let share = (frames as f64 / ramp.frames as f64).min(1.0);
        match ramp.curve {
            _ if share >= 1.0 => ramp.to,
            Curve::Linear => ramp.from + share * (ramp.to - ramp.from),
            Curve::Geometric => ramp.from * (ramp.to / ramp.from).powf(share),
        }
    }
}

impl FieldType for Schedule {
    const KIND: Kind = Kind::Schedule(Ramp::FIELDS);
}

impl Serialize for Schedule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Constant(value) => serializer.serialize_f64(*value),
            Self::Ramp(ramp) => ramp.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Schedule {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ScheduleVisitor)
    }
}

struct ScheduleVisitor;

impl<'de> de::Visitor<'de> for ScheduleVisitor {
    type Value = Schedule;

    fn expecting(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.write_str("a number or (from: ..., to: ..., frames: ...)")
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Schedule, E> {
        Ok(Schedule::Constant(value))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Schedule, E> {
        Ok(Schedule::Constant(value as f64))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Schedule, E> {
        Ok(Schedule::Constant(value as f64))
    }

    fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<Schedule, A::Error> {
        Ramp::deserialize(de::value::MapAccessDeserializer::new(map)).map(Schedule::Ramp)
    }
}

impl PhaseConfig {
    /// Returns the ramps, each with its field.
    fn ramps(&self) -> Vec<(String, &Ramp)> {
        let fields = [
            ("learning_rate", &self.learning_rate),
            ("epsilon", &self.epsilon),
            ("sigma", &self.sigma),
            ("episode_cap", &self.episode_cap),
            ("harness", &self.harness),
        ];
        let own = fields.into_iter().filter_map(|(name, schedule)| Some((name.to_string(), schedule.as_ref()?)));
        let terms = self.rewards.iter().enumerate().map(|(k, term)| (format!("rewards[{k}].times"), &term.times));
        own.chain(terms).filter_map(|(name, schedule)| Some((name, schedule.ramp()?))).collect()
    }
}

impl Config {
    /// Returns the largest population of the run.
    pub fn largest_population(&self) -> u32 {
        let phases = self.phases.iter().filter_map(|phase| phase.population);
        phases.fold(self.algorithm.population(), u32::max)
    }

    /// Returns the configuration of phase number `phase` after `frames` frames of its own, itself without phases.
    pub fn in_phase(&self, phase: usize, frames: u64) -> Self {
        let mut config = self.clone();
        config.phases.clear();
        let Some(phase) = self.phases.get(phase) else { return config };
        let set = |field: &mut f64, schedule: &Option<Schedule>| {
            *field = schedule.as_ref().map_or(*field, |schedule| schedule.at(frames));
        };
        match &mut config.algorithm {
            AlgorithmConfig::Ec(ec) => {
                set(&mut ec.learning_rate, &phase.learning_rate);
                set(&mut ec.epsilon, &phase.epsilon);
                ec.optimizer = phase.optimizer.unwrap_or(ec.optimizer);
            }
            AlgorithmConfig::Es(es) => {
                set(&mut es.learning_rate, &phase.learning_rate);
                set(&mut es.sigma, &phase.sigma);
                es.optimizer = phase.optimizer.unwrap_or(es.optimizer);
            }
            _ => {}
        }
        if let Some(population) = phase.population {
            config.algorithm.set_population(population);
        }
        if let Some(TaskOverlay(task)) = &phase.task {
            config.task = task.clone();
        }
        if let (Some(share), Some(harness)) = (&phase.harness, config.task.harness_mut()) {
            *harness = harness.scaled(share.at(frames));
        }
        config
    }

    /// Returns whether any phase changes the weight of a term of the reward.
    pub fn changes_rewards(&self) -> bool {
        self.phases.iter().any(|phase| !phase.rewards.is_empty())
    }

    /// Returns whether any phase trains on another task than `task`.
    pub fn trains_on_others(&self) -> bool {
        self.phases.iter().any(|phase| phase.task.is_some())
    }
}

/// Refuses fields that a phase sets without effect, or cannot set.
pub(super) fn check(config: &Config, tree: &Node) -> Vec<Diagnostic<usize>> {
    let mut mistakes = vec![];
    let mut refuse = |wrong: bool, path: String, message: &str, label: &str| {
        if wrong {
            let above = path.rsplit_once('.').map_or("phases", |(above, _)| above);
            let node = find(tree, &path).or_else(|| find(tree, above)).unwrap_or(tree);
            mistakes.push(mistake(message, node.span, label));
        }
    };
    let (ec, es) =
        (matches!(config.algorithm, AlgorithmConfig::Ec(_)), matches!(config.algorithm, AlgorithmConfig::Es(_)));
    let none = !config.phases.is_empty() && !ec && !es;
    refuse(none, "phases".into(), "only what evolves has phases", "leave them out");
    let last = config.phases.len().saturating_sub(1);
    for (k, phase) in config.phases.iter().enumerate() {
        let at = |field: &str| format!("phases[{k}].{field}");
        let ends = phase.until != UntilConfig::default();
        refuse(
            k < last && !ends,
            at("until"),
            "a phase that is not the last never ends",
            "say what ends it: `until: (frames: 3000000)`",
        );
        refuse(
            k == last && ends,
            at("until"),
            "the last phase has an end",
            "leave it out, or take `stop`: the phase lasts until the run ends",
        );
        refuse(phase.epsilon.is_some() && !ec, at("epsilon"), "only Ec has an `epsilon`", "leave it out");
        refuse(phase.sigma.is_some() && !es, at("sigma"), "only Es has a `sigma`", "leave it out");
        let odd = es && phase.population.is_some_and(|population| population % 2 == 1);
        refuse(odd, at("population"), "members of Es come in pairs", "take an even number");
        let task = phase.task.as_ref().map_or(&config.task, |TaskOverlay(task)| task);
        let bare = phase.harness.is_some() && task.harness().is_none();
        refuse(bare, at("harness"), "the task has no `harness`", "give the task one, or leave it out");
        for (name, ramp) in phase.ramps() {
            let zero = ramp.curve == Curve::Geometric && (ramp.from == 0.0 || ramp.to == 0.0);
            refuse(
                zero,
                at(&name),
                "no equal ratios lead to 0 or away from it",
                "take another end, or `curve: Linear`",
            );
        }
        let twice = phase.episode_cap.is_some() && config.curriculum.is_some();
        refuse(twice, at("episode_cap"), "`curriculum` caps episodes already", "take one of the two");
    }
    mistakes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ramps_arrive_and_stay() {
        let ramp = |curve| Schedule::Ramp(Ramp { from: 4.0, to: 1.0, frames: 100, curve });
        let values = |curve| [0, 50, 100, 1000].map(|frames| ramp(curve).at(frames));
        assert_eq!(values(Curve::Linear), [4.0, 2.5, 1.0, 1.0], "equal differences");
        assert_eq!(values(Curve::Geometric), [4.0, 2.0, 1.0, 1.0], "equal ratios");
        assert_eq!(Schedule::Constant(0.5).at(7), 0.5, "constant");
    }
}
