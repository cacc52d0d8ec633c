//! `evaluation.task` and `phases[k].task`: fields that replace those of `task` in evaluations or in a phase; all
//! others stay.

use codespan_reporting::diagnostic::Diagnostic;
use serde::{Deserialize, Serialize};

use super::check::{is_scalar, unwrap_some};
use super::error::mistake;
use super::schema::{FieldType, Kind};
use super::syntax::{Entry, Node, Value};
use super::write::inline;
use super::{Config, TaskConfig, cross_checks};
use crate::config::path::find;

/// Path of the overlay for evaluations.
pub(super) const PATH: &str = "evaluation.task";

/// Field of the helping force, which evaluations never have.
const HARNESS: &str = "harness";

/// Fields that decide what the network sees, which no overlay may change.
const SEEN: [&str; 9] = [
    "robot",
    "observation",
    "proprioception",
    "exclude_current_positions_from_observation",
    "include_cinert_in_observation",
    "include_cvel_in_observation",
    "include_qfrc_actuator_in_observation",
    "include_cfrc_ext_in_observation",
    "contact_force_range",
];

/// A task that replaces `task`; it has all its fields once the configuration is loaded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TaskOverlay(pub TaskConfig);

impl FieldType for TaskOverlay {
    const KIND: Kind = match TaskConfig::KIND {
        Kind::Variants(variants) => Kind::Overlay(variants),
        other => other,
    };
}

impl Config {
    /// Returns the configuration of evaluations: that of the run with the task of evaluations, but without harness,
    /// curriculum and phases. The population is the smallest possible, because the slots are for episodes here.
    pub fn for_evaluation(&self) -> Self {
        let mut config = self.clone();
        if let Some(TaskOverlay(task)) = config.evaluation.task.take() {
            config.task = task;
        }
        config.task.take_harness_off();
        config.curriculum = None;
        config.phases.clear();
        config.algorithm.set_population(2);
        config.algorithm.live_once();
        config
    }
}

/// Gives overlays without a name the name of the task, so that their fields are known.
pub(super) fn name(tree: &mut Node) {
    let Some(Value::Fields(task, _) | Value::Tuple(task, _)) = find(tree, "task").map(|node| node.value.clone()) else {
        return;
    };
    each(tree, &mut |node, _| match &mut node.value {
        Value::Fields(name @ None, _) | Value::Tuple(name @ None, _) => *name = task.clone(),
        _ => {}
    });
}

/// Adds the fields that overlays leave out, with the values of the task; evaluations get no harness.
pub(super) fn complete(tree: &mut Node) {
    let Some(Value::Fields(task, whole)) = find(tree, "task").map(|node| node.value.clone()) else { return };
    each(tree, &mut |node, judges| {
        if matches!(&node.value, Value::Tuple(_, items) if items.is_empty()) {
            node.value = Value::Fields(task.clone(), vec![]);
        }
        if let Value::Fields(name, entries) = &mut node.value
            && *name == task
        {
            let missing = whole.iter().filter(|field| !entries.iter().any(|own| own.key == field.key));
            let missing = missing.filter(|field| !(judges && field.key == HARNESS));
            let missing: Vec<Entry> = missing.cloned().collect();
            entries.extend(missing);
        }
    });
}

/// Calls `visit` with every overlay, and with true for that of evaluations.
fn each(tree: &mut Node, visit: &mut dyn FnMut(&mut Node, bool)) {
    if let Some(node) = field(tree, "evaluation").and_then(|evaluation| field(evaluation, "task")) {
        visit(node, true);
    }
    if let Some(Value::List(phases)) = field(tree, "phases").map(|phases| &mut phases.value) {
        phases.iter_mut().filter_map(|phase| field(phase, "task")).for_each(|node| visit(node, false));
    }
}

/// Finds a field of a section and strips its `Some(...)`; returns nothing if the field is `None`.
fn field<'a>(section: &'a mut Node, key: &str) -> Option<&'a mut Node> {
    let Value::Fields(_, entries) = &mut section.value else { return None };
    let node = &mut entries.iter_mut().find(|entry| entry.key == key)?.value;
    unwrap_some(node);
    (!is_scalar(node, "None")).then_some(node)
}

impl Config {
    /// Returns all tasks that replace `task`, each with its path.
    pub(super) fn overlays(&self) -> Vec<(String, &TaskConfig)> {
        let evaluation = self.evaluation.task.iter().map(|task| (PATH.to_string(), task));
        let phases = self.phases.iter().enumerate();
        let phases = phases.filter_map(|(k, phase)| Some((format!("phases[{k}].task"), phase.task.as_ref()?)));
        evaluation.chain(phases).map(|(path, TaskOverlay(task))| (path, task)).collect()
    }

    /// Returns all tasks that replace `task`, for changing them.
    pub(super) fn overlays_mut(&mut self) -> impl Iterator<Item = &mut TaskConfig> {
        let phases = self.phases.iter_mut().filter_map(|phase| phase.task.as_mut());
        self.evaluation.task.iter_mut().chain(phases).map(|TaskOverlay(task)| task)
    }
}

/// Refuses another task or robot, and whatever changes what the network sees.
pub(super) fn check(config: &Config, tree: &Node) -> Vec<Diagnostic<usize>> {
    let overlays = config.overlays();
    if overlays.is_empty() {
        return vec![];
    }
    let trees = (&config.tree(), tree);
    let mistakes = overlays.into_iter().flat_map(|(place, task)| check_one((&place, task), config.task.name(), trees));
    mistakes.chain(helped_evaluation(config, tree)).collect()
}

/// Refuses a harness for evaluations.
fn helped_evaluation(config: &Config, tree: &Node) -> Option<Diagnostic<usize>> {
    config.evaluation.task.as_ref().filter(|TaskOverlay(task)| task.harness().is_some())?;
    let path = format!("{PATH}.{HARNESS}");
    let span = find(tree, &path).map_or(tree.span, |node| node.span);
    Some(mistake(format!("`{path}` would help in evaluations"), span, "leave it out: they have none"))
}

/// Checks the overlay at `place` against a task called `name`; the trees are the resolved one and the one that was
/// read.
fn check_one(
    (place, task): (&str, &TaskConfig),
    name: &str,
    (resolved, tree): (&Node, &Node),
) -> Vec<Diagnostic<usize>> {
    let span = |path: &str| find(tree, path).or_else(|| find(tree, place)).map_or(tree.span, |node| node.span);
    if task.name() != name {
        let label = format!("the task is {name}");
        let note = format!("write the fields of `{place}` that differ alone: (healthy_reward: 5.0)");
        return vec![mistake(format!("`{place}` is another task"), span(place), label).with_notes(vec![note])];
    }
    let differs = |field: &str| {
        let value = |above: &str| find(resolved, &format!("{above}.{field}")).map(inline);
        value("task") != value(place)
    };
    let refuse = |field: &str| {
        let path = format!("{place}.{field}");
        let message = format!("`{path}` differs from `task.{field}`");
        mistake(message, span(&path), "the network always sees the same")
    };
    let impossible = cross_checks::impossible_spikes(task).into_iter().map(|(first, second, reason)| {
        let [first, second] = [first, second].map(|path| path.replacen("task", place, 1));
        mistake(format!("`{first}` and `{second}` exclude each other"), span(&first), reason)
    });
    SEEN.into_iter().filter(|field| differs(field)).map(refuse).chain(impossible).collect()
}
