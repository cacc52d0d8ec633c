//! `evaluation.task`: fields of the task that evaluations take instead of the training's, all others staying as they are.

use codespan_reporting::diagnostic::Diagnostic;
use serde::{Deserialize, Serialize};

use super::error::mistake;
use super::pairs::find;
use super::schema::{FieldType, Kind};
use super::syntax::{Entry, Node, Value};
use super::write::inline;
use super::{Config, TaskConfig};

/// Where it stands.
pub(super) const PATH: &str = "evaluation.task";

/// Fields that decide what the network sees: it cannot be evaluated on anything else.
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

/// The task of evaluations; once a configuration is loaded, with all its fields.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EvaluationTask(pub TaskConfig);

impl FieldType for EvaluationTask {
    const KIND: Kind = match TaskConfig::KIND {
        Kind::Variants(variants) => Kind::Overlay(variants),
        other => other,
    };
}

impl Config {
    /// The configuration of evaluations: that of the run, with the task that they take.
    pub fn for_evaluation(&self) -> Self {
        let mut config = self.clone();
        if let Some(EvaluationTask(task)) = config.evaluation.task.take() {
            config.task = task;
        }
        config.curriculum = None;
        config
    }
}

/// Gives an overlay without a name that of the task, so that its fields are known.
pub(super) fn name(tree: &mut Node) {
    let Some(Value::Fields(task, _) | Value::Tuple(task, _)) = find(tree, "task").map(|node| node.value.clone()) else {
        return;
    };
    let Some(node) = overlay_of(tree) else { return };
    match &mut node.value {
        Value::Fields(name @ None, _) | Value::Tuple(name @ None, _) => *name = task,
        _ => {}
    }
}

/// Adds what an overlay leaves out, as the task has it.
pub(super) fn complete(tree: &mut Node) {
    let Some(Value::Fields(task, whole)) = find(tree, "task").map(|node| node.value.clone()) else { return };
    let Some(node) = overlay_of(tree) else { return };
    if let Value::Tuple(name, items) = &node.value
        && items.is_empty()
    {
        node.value = Value::Fields(name.clone(), vec![]);
    }
    if let Value::Fields(name, entries) = &mut node.value
        && *name == task
    {
        let missing: Vec<Entry> =
            whole.into_iter().filter(|field| !entries.iter().any(|own| own.key == field.key)).collect();
        entries.extend(missing);
    }
}

/// The node of the overlay, inside its `Some(...)`, if there is one.
fn overlay_of(tree: &mut Node) -> Option<&mut Node> {
    let mut node = tree;
    for key in PATH.split('.') {
        let Value::Fields(_, entries) = &mut node.value else { return None };
        node = &mut entries.iter_mut().find(|entry| entry.key == key)?.value;
    }
    if matches!(&node.value, Value::Tuple(Some(some), items) if some == "Some" && items.len() == 1) {
        let Value::Tuple(_, items) = &mut node.value else { return None };
        node = &mut items[0];
    }
    (!matches!(&node.value, Value::Scalar(none) if none == "None")).then_some(node)
}

/// Refuses another robot, and whatever changes what the network sees.
pub(super) fn check(config: &Config, tree: &Node) -> Vec<Diagnostic<usize>> {
    let Some(EvaluationTask(task)) = &config.evaluation.task else { return vec![] };
    let span = |path: &str| find(tree, path).or_else(|| find(tree, PATH)).map_or(tree.span, |node| node.span);
    if task.name() != config.task.name() {
        let label = format!("the task is {}", config.task.name());
        let note = "write the fields that differ alone: evaluation: (task: (healthy_reward: 5.0))";
        return vec![mistake("evaluations take another task", span(PATH), label).with_notes(vec![note.into()])];
    }
    let resolved = config.tree();
    let differs = |field: &str| {
        let value = |above: &str| find(&resolved, &format!("{above}.{field}")).map(inline);
        value("task") != value(PATH)
    };
    let refuse = |field: &str| {
        let path = format!("{PATH}.{field}");
        let message = format!("`{path}` differs from `task.{field}`");
        mistake(message, span(&path), "the network sees in evaluations what it sees in training")
    };
    SEEN.into_iter().filter(|field| differs(field)).map(refuse).collect()
}
