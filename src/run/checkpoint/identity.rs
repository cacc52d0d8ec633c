//! Header entries that identify the run behind a checkpoint. Entries that no run writes are refused.

use std::collections::HashMap;

use super::read::Checkpoint;
use crate::{
    config::{self, Config, Difference, Robot, Source, diff_for_resume, is_one_value},
    plan::Plan,
    run::RunError,
};

/// Entries that must match those of the run that continues from a checkpoint.
const IDENTITY: [&str; 7] = ["task_id", "task", "network", "algorithm", "normaliser", "seed", CURRICULUM];
/// Entry that files of earlier versions lack.
const CURRICULUM: &str = "curriculum";
/// Configuration fields that only some runs have; headers of other runs lack them.
const OPTIONAL: [&str; 2] = [EVALUATION, PHASES];
const EVALUATION: &str = "evaluation.task";
const PHASES: &str = "phases";
/// Entries that are configuration fields and determine how a lone checkpoint is evaluated.
const FIELDS: [&str; 5] = ["seed", "task", "network", "algorithm", "normaliser"];
/// Fields added after this version of the format. A header omits them at their defaults, like headers written
/// before.
const LATER: [&str; 2] = ["algorithm.episodes", "algorithm.common_starts"];
/// Further entries that a header may hold.
const OTHERS: [&str; 13] = [
    "robot",
    "format_version",
    "crc32",
    "generation",
    "frames",
    "phase",
    "phase_generation",
    "phase_frames",
    "normaliser_count",
    "best_eval",
    "open_episode_cap",
    "mirror.observation",
    "mirror.action",
];
/// Maximum number of differences listed.
const SHOWN: usize = 5;

/// Returns the header entries that identify a run.
pub(super) fn identity(config: &Config, task_id: &str) -> HashMap<String, String> {
    let part = |key: &str| config.text_without(key, &LATER).unwrap_or_default();
    let mut header: HashMap<String, String> =
        FIELDS.into_iter().chain([CURRICULUM]).map(|key| (key.to_string(), part(key))).collect();
    header.insert("task_id".into(), task_id.into());
    let there = [(EVALUATION, config.evaluation.task.is_some()), (PHASES, !config.phases.is_empty())];
    header.extend(there.into_iter().filter(|(_, there)| *there).map(|(key, _)| (key.to_string(), part(key))));
    header
}

impl Checkpoint {
    /// Refuses a header that has entries no run writes, or several values in one entry.
    pub(super) fn refuse_additions(&self) -> Result<(), RunError> {
        let known = |key: &str| IDENTITY.contains(&key) || OTHERS.contains(&key) || OPTIONAL.contains(&key);
        if let Some(key) = self.header.keys().filter(|key| !known(key)).min() {
            return Err(self.bad(format!("its header has an entry `{key}`, which no run writes")));
        }
        let more = |key: &&str| self.header.get(*key).is_some_and(|text| !is_one_value(text));
        match FIELDS.iter().chain([&CURRICULUM]).chain(&OPTIONAL).copied().find(more) {
            None => Ok(()),
            Some(key) => Err(self.bad(format!("header entry `{key}` is not one value: {}", self.header[key]))),
        }
    }

    /// Returns the configuration of the run behind the checkpoint, as far as it shapes results.
    pub fn config_text(&self) -> Result<String, RunError> {
        let field = |key: &&str| -> Result<String, RunError> { Ok(format!("    {key}: {},\n", self.entry(key)?)) };
        let fields: Vec<String> = FIELDS.iter().map(field).collect::<Result<_, _>>()?;
        let evaluation = self.header.get(EVALUATION).map(|task| format!("    evaluation: (task: {task}),\n"));
        Ok(format!("(\n{}{})\n", fields.concat(), evaluation.unwrap_or_default()))
    }

    /// Returns the text of the user-supplied robot, if the task had one.
    pub fn robot(&self) -> Option<&str> {
        self.header.get("robot").map(String::as_str)
    }

    /// Refuses a task identifier that does not belong to the header's own task, which `config` and `plan` describe.
    pub(super) fn refuse_other_task(&self, config: &Config, plan: &Plan) -> Result<(), RunError> {
        let kind = |task: &str| task.split('(').next().unwrap_or_default().to_string();
        let (task, id) = (self.entry("task")?, self.entry("task_id")?);
        let same = kind(task) == kind(&config.text_of("task").unwrap_or_default());
        match same && id != plan.task.id() {
            true => Err(self.bad(format!("its `task_id` is {id}; that of its task is {}", plan.task.id()))),
            false => Ok(()),
        }
    }

    /// Refuses a configuration with a robot other than the trained one.
    pub(super) fn refuse_other_robot(&self, config: &Config) -> Result<(), RunError> {
        let now = config.task.robot();
        if self.robot() == now.and_then(Robot::text) {
            return Ok(());
        }
        let now = now.map_or("a robot of the program's".into(), |robot| format!("`{}`", robot.file()));
        Err(self.bad(format!(
            "it was written by a run with another robot than {now}; the text of the robot it was trained with is in its header, under `robot`"
        )))
    }

    /// Refuses a checkpoint that is not of the run of `config`, whose task has the identifier `task_id`.
    ///
    /// Errors: the entries that differ.
    pub fn refuse_others(&self, config: &Config, task_id: &str) -> Result<(), RunError> {
        self.other(config, task_id)?.map_or(Ok(()), |(other, _)| Err(self.bad(other)))
    }

    /// Does the same as [`Self::refuse_others`] for the `config` of the surrounding run directory.
    ///
    /// Errors: the entries that differ, and the values to put back.
    pub fn refuse_other_config(&self, config: &Config, task_id: &str) -> Result<(), RunError> {
        let Some((other, back)) = self.other(config, task_id)? else { return Ok(()) };
        Err(self.bad(if back.is_empty() { other } else { format!("{other}: put config.ron back: {back}") }))
    }

    /// Returns a description of what differs from `config` and the field values that would undo it, if fields
    /// would.
    fn other(&self, config: &Config, task_id: &str) -> Result<Option<(String, String)>, RunError> {
        let expected = identity(config, task_id);
        for key in IDENTITY.into_iter().chain(OPTIONAL) {
            if key == CURRICULUM && !self.header.contains_key(key) {
                continue;
            }
            let of = |header: &HashMap<String, String>| header.get(key).map_or("none".to_string(), String::clone);
            let found = if OPTIONAL.contains(&key) { of(&self.header) } else { self.entry(key)?.to_string() };
            let wanted = of(&expected);
            if found == wanted {
                continue;
            }
            match self.differences(config).filter(|_| key != "task_id") {
                // the writing program lacked a field, which has its default here
                Some(none) if none.is_empty() => {}
                Some(differences) => return Ok(Some(differs(&differences))),
                None => {
                    let other = format!("its `{key}` is {found}; that of this run is {wanted}");
                    return Ok(Some((other, String::new())));
                }
            }
        }
        Ok(None)
    }

    /// Returns the fields in which `config` differs from the header; `None` if the header's values are not valid in
    /// this version.
    fn differences(&self, config: &Config) -> Option<Vec<Difference>> {
        let entry = |key: &str| self.header.get(key).map(|text| format!("    {key}: {text},\n"));
        let more: String = [CURRICULUM, PHASES].into_iter().filter_map(entry).collect();
        let text = self.config_text().ok()?.replacen("(\n", &format!("(\n{more}"), 1);
        let source = Source { robot: self.robot().map(String::from), ..Source::new("header", &text) };
        let written = config::load(source, &[]).ok()?;
        let differences = diff_for_resume(&written, config);
        let own = |difference: &Difference| {
            let field = difference.path.split(['.', '[']).next().unwrap_or_default();
            field != CURRICULUM || self.header.contains_key(CURRICULUM)
        };
        Some(differences.into_iter().filter(own).collect())
    }
}

/// Returns a description of the differences, and the fields as they were.
fn differs(differences: &[Difference]) -> (String, String) {
    let list = |of: fn(&Difference) -> &str, between: &str| {
        // fields of one variant do not exist in another
        let there: Vec<&Difference> = differences.iter().filter(|difference| of(difference) != "-").collect();
        let shown: Vec<String> = there.iter().take(SHOWN).map(|d| format!("{}{between}{}", d.path, of(d))).collect();
        let more = there.len() - shown.len();
        shown.join(", ") + &if more > 0 { format!(" and {more} more") } else { String::new() }
    };
    let (old, new) = (list(|d| &d.old, " "), list(|d| &d.new, " "));
    let other = format!("it was written by a run with {old}; the configuration of this run has {new}");
    (other, list(|d| &d.old, ": "))
}
