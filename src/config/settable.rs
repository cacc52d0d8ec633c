//! Settings that a command takes; those that it would ignore are refused at their place.

use codespan_reporting::diagnostic::Diagnostic;

use super::check::is_scalar;
use super::error::mistake;
use super::syntax::Span;
use super::write::inline;
use super::{Config, ConfigError, Source, checked_tree, load_over, overlay};
use crate::config::path::find;

/// Path of the helping force, which only training has.
const HARNESS: &str = "task.harness";

/// Settings that one command takes, and what decides the other fields instead.
#[derive(Debug)]
pub struct Settable {
    /// Subject of messages, such as `gpu-ec eval`.
    pub what: &'static str,
    /// True if the command evaluates a network, on the task of evaluations.
    pub evaluates: bool,
    /// Paths that may be set, with everything below them.
    pub fields: &'static [&'static str],
    /// Paths that may not be set, and what to do instead.
    pub instead: &'static [(&'static str, &'static str)],
}

impl Settable {
    /// Refuses settings that would have no effect, or change what must stay. The first of `settings` is source
    /// `first`.
    pub(super) fn check(&self, settings: &[Source], first: usize) -> Vec<Diagnostic<usize>> {
        settings.iter().enumerate().filter_map(|(k, setting)| self.refusal(first + k, &setting.text)).collect()
    }

    fn refusal(&self, source: usize, setting: &str) -> Option<Diagnostic<usize>> {
        let path = setting.split_once('=')?.0;
        // unknown fields are reported where settings are applied
        let known = Config::FIELDS.iter().any(|field| is_below(path, field.name));
        let helps = self.evaluates && is_below(path, HARNESS);
        if !known || (!helps && self.fields.iter().any(|field| is_below(path, field))) {
            return None;
        }
        let span = Span { source, start: 0, end: path.len() };
        let message = format!("{} cannot set `{}`", self.what, path.trim());
        let other = self.instead.iter().find(|(field, _)| is_below(path, field) || is_below(field, path.trim()));
        let label = other.map_or("it would have no effect", |(_, advice)| advice);
        let label = if helps { "evaluations have none: leave it out" } else { label };
        let note = format!("it takes {}, and what lies below", self.fields.join(", "));
        Some(mistake(message, span, label).with_notes(vec![note]))
    }
}

/// Returns whether `path` is `field` or lies below it.
fn is_below(path: &str, field: &str) -> bool {
    let rest = path.trim().strip_prefix(field);
    rest.is_some_and(|rest| rest.trim_start().is_empty() || rest.trim_start().starts_with(['.', '[']))
}

/// Loads as [`super::load`] does, for a command whose episodes are not part of a run: it takes only some settings, and
/// drops curriculum and phases.
///
/// Errors: as [`super::load`]; settings that this command does not take.
pub fn load_for(settable: &Settable, source: Source, sets: &[String]) -> Result<Config, ConfigError> {
    let settings: Vec<Source> = sets.iter().map(|set| Source::new("--set", set)).collect();
    let mistakes = settable.check(&settings, 0);
    if !mistakes.is_empty() {
        return Err(ConfigError::new(&settings, mistakes));
    }
    let fixed = if settable.evaluates { evaluation(&source)? } else { vec![] };
    let full = ["curriculum=None", "phases=[]"].map(|text| Source::new("full episodes", text));
    let mut config = load_over(source, fixed.into_iter().chain(settings).chain(full))?;
    if settable.evaluates {
        config.task.take_harness_off();
    }
    Ok(config)
}

/// Returns the settings that turn a configuration into that of its evaluations.
fn evaluation(source: &Source) -> Result<Vec<Source>, ConfigError> {
    let sources = std::slice::from_ref(source);
    let tree = checked_tree(Config::FIELDS, sources, "the configuration")
        .map_err(|mistakes| ConfigError::new(sources, mistakes))?;
    let Some(task) = find(&tree, overlay::PATH).filter(|node| !is_scalar(node, "None")) else { return Ok(vec![]) };
    let setting = |text: &str| Source {
        folder: source.folder.clone(),
        robot: source.robot.clone(),
        ..Source::new("evaluation.task", text)
    };
    Ok(vec![setting(&format!("task={}", inline(task))), setting("evaluation.task=None")])
}
