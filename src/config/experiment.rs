//! A comparison: entries (networks and algorithms) by tasks by seeds, under one budget.

use codespan_reporting::diagnostic::Diagnostic;

use super::error::mistake;
use super::settable::Settable;
use super::syntax::Node;
use super::{AlgorithmConfig, Config, ConfigError, NetworkConfig, Source, checked_tree, convert, load_over, path};
use crate::config::{
    schema::{Range, section},
    write::ron_text,
};

section! {
    /// A comparison: every entry learns every task with every seed, under one budget.
    pub struct ExperimentConfig {
        /// Title of the report.
        title: String = String::new(), "", Range::Any, true;
        /// Folder of runs and report; None takes experiments/NAME, NAME being that of the file.
        out: Option<String> = None, "", Range::Any;
        /// What is compared.
        entries: Vec<EntryConfig> = vec![], "", Range::Any, true;
        /// What they learn.
        tasks: Vec<TaskSource> = vec![], "", Range::Any, true;
        /// Seeds: each gives one run of every entry on every task.
        seeds: Vec<u64> = vec![0, 1, 2], "", Range::Any;
        /// What ends each of the runs.
        budget: BudgetConfig = BudgetConfig::default(), "", Range::Any;
    }
}

section! {
    /// One line of the comparison: what replaces network and algorithm of each task's configuration.
    pub struct EntryConfig {
        /// Name in tables, figures and folders.
        name: String = String::new(), "", Range::Any, true;
        /// The network; None leaves that of the task's configuration.
        network: Option<NetworkConfig> = None, "", Range::Any;
        /// What evolves it; None leaves that of the task's configuration.
        algorithm: Option<AlgorithmConfig> = None, "", Range::Any;
        /// More settings, "key.path=value" each as after --set; they win over those of the task.
        set: Vec<String> = vec![], "", Range::Any;
        /// Budget of this entry alone, whose generations may be of another kind; None takes that of the task.
        budget: Option<BudgetConfig> = None, "", Range::Any;
    }
}

section! {
    /// A task: a configuration, of which network, algorithm, seed and budget are replaced.
    pub struct TaskSource {
        /// Name in tables, figures and folders.
        name: String = String::new(), "", Range::Any, true;
        /// Name of a preset, or a configuration file; a relative path begins at the folder of the experiment.
        base: String = String::new(), "", Range::Any, true;
        /// Settings over it, "key.path=value" each as after --set.
        set: Vec<String> = vec![], "", Range::Any;
        /// Budget of this task alone; None takes that of the experiment.
        budget: Option<BudgetConfig> = None, "", Range::Any;
    }
}

section! {
    /// Limits of a run; the first one reached ends it.
    pub struct BudgetConfig {
        /// Generations.
        generations: u32 = 1000, "generations", Range::whole(1, u32::MAX as u64);
        /// Training frames; None for no limit.
        frames: Option<u64> = None, "frames", Range::whole(1, u64::MAX);
        /// Wall-clock seconds of training and evaluation, all processes that worked on the run together; None for no
        /// limit.
        seconds: Option<f64> = None, "s", Range::POSITIVE;
    }
}

/// Settings that a task or an entry may make; budget and seeds would replace the others.
const SETTABLE: Settable = Settable {
    what: "a task or entry of an experiment",
    evaluates: false,
    fields: &[
        "task",
        "curriculum",
        "phases",
        "network",
        "algorithm",
        "normaliser",
        "evaluation",
        "checkpoint",
        "stop.eval_return",
        "tensorboard",
        "device",
    ],
    instead: &[
        ("seed", "the experiment's `seeds` replace it"),
        ("generations", "give `budget: (generations: ...)`"),
        ("stop.frames", "give `budget: (frames: ...)`"),
        ("stop.seconds", "give `budget: (seconds: ...)`"),
    ],
};

/// An experiment and the configurations that its tasks start from.
#[derive(Clone, Debug)]
pub struct Experiment {
    /// The experiment as configured.
    pub config: ExperimentConfig,
    /// The text it was read from.
    pub source: Source,
    /// The configuration of each task.
    bases: Vec<Source>,
}

impl Experiment {
    /// Reads an experiment and the `key.path=value` settings that replace parts of it.
    ///
    /// Errors: everything that is wrong, each at its place in the file or in the setting.
    pub fn load(source: Source, sets: &[String]) -> Result<Self, ConfigError> {
        let mut sources = vec![source];
        sources.extend(sets.iter().map(|set| Source::new("--set", set)));
        let read = || -> Result<(ExperimentConfig, Vec<Source>), Vec<Diagnostic<usize>>> {
            let tree = checked_tree(ExperimentConfig::FIELDS, &sources, "the experiment")?;
            let config: ExperimentConfig = convert(&tree, "the experiment")?;
            let mut mistakes = check(&config, &tree);
            let bases = bases(&config, &tree, &sources, &mut mistakes);
            if mistakes.is_empty() { Ok((config, bases)) } else { Err(mistakes) }
        };
        let (config, bases) = read().map_err(|mistakes| ConfigError::new(&sources, mistakes))?;
        Ok(Self { config, bases, source: sources.swap_remove(0) })
    }

    /// Returns the budget of each run of entry number `entry` on task number `task`.
    pub fn budget(&self, entry: usize, task: usize) -> &BudgetConfig {
        let own = self.config.entries[entry].budget.as_ref();
        own.or(self.config.tasks[task].budget.as_ref()).unwrap_or(&self.config.budget)
    }

    /// Returns the configuration of one run: that of the task, changed by these settings, of which later ones win:
    /// those of the task; network and algorithm of the entry; those of the entry; budget and seed.
    ///
    /// Errors: settings that do not fit that configuration, each at its place.
    pub fn run_config(&self, entry: usize, task: usize, seed: u64) -> Result<Config, ConfigError> {
        let (entry_config, task_config) = (&self.config.entries[entry], &self.config.tasks[task]);
        let budget = self.budget(entry, task);
        let setting = |place: String, text: String| {
            let name = format!("{}, {place}", self.source.name);
            Source { folder: self.source.folder.clone(), ..Source::new(&name, &text) }
        };
        let list = |place: String, texts: &[String]| -> Vec<Source> {
            texts.iter().enumerate().map(|(k, text)| setting(format!("{place}.set[{k}]"), text.clone())).collect()
        };
        let mut settings = list(format!("tasks[{task}]"), &task_config.set);
        if let Some(network) = &entry_config.network {
            settings.push(setting(format!("entries[{entry}]"), format!("network={}", ron_text(network))));
        }
        if let Some(algorithm) = &entry_config.algorithm {
            settings.push(setting(format!("entries[{entry}]"), format!("algorithm={}", ron_text(algorithm))));
        }
        settings.extend(list(format!("entries[{entry}]"), &entry_config.set));
        let refused = SETTABLE.check(&settings, 0);
        if !refused.is_empty() {
            return Err(ConfigError::new(&settings, refused));
        }
        let shared = [
            format!("generations={}", budget.generations),
            format!("stop.frames={}", ron_text(&budget.frames)),
            format!("stop.seconds={}", ron_text(&budget.seconds)),
            format!("seed={seed}"),
        ];
        settings.extend(shared.map(|text| setting("budget and seeds".into(), text)));
        load_over(self.bases[task].clone(), settings)
    }
}

/// Turns a name into one that a folder can have.
pub(crate) fn folder_name(name: &str) -> String {
    let kept = name.trim().chars().map(|c| if c.is_alphanumeric() || matches!(c, '_' | '-') { c } else { '_' });
    kept.collect()
}

/// Reports lists that are empty, and names and seeds that are given twice.
fn check(config: &ExperimentConfig, tree: &Node) -> Vec<Diagnostic<usize>> {
    let entries = config.entries.iter().map(|entry| folder_name(&entry.name)).collect();
    let tasks = config.tasks.iter().map(|task| folder_name(&task.name)).collect();
    let seeds = config.seeds.iter().map(u64::to_string).collect();
    let mut mistakes = distinct(tree, "entries", "name", entries);
    mistakes.extend(distinct(tree, "tasks", "name", tasks));
    mistakes.extend(distinct(tree, "seeds", "", seeds));
    mistakes
}

/// Returns the mistakes of a list whose items are told apart by `keys`, one per item.
fn distinct(tree: &Node, list: &str, field: &str, keys: Vec<String>) -> Vec<Diagnostic<usize>> {
    let dot = if field.is_empty() { "" } else { "." };
    let span = |k: usize| path::find(tree, &format!("{list}[{k}]{dot}{field}")).map_or(tree.span, |node| node.span);
    let whole = path::find(tree, list).map_or(tree.span, |node| node.span);
    if keys.is_empty() {
        return vec![mistake(format!("`{list}` is empty"), whole, "at least one is needed")];
    }
    let problem = |(k, key): (usize, &String)| {
        let what = format!("{list}[{k}]{dot}{field}");
        if key.is_empty() {
            return Some(mistake(format!("`{what}` is empty"), span(k), "expected a name"));
        }
        let first = keys[..k].iter().position(|other| other == key)?;
        let label = format!("runs of {list}[{first}] would have the same folder");
        Some(mistake(format!("`{what}` is given twice"), span(k), label))
    };
    keys.iter().enumerate().filter_map(problem).collect()
}

/// Returns the configuration of each task; one that cannot be found is a mistake at its place.
fn bases(
    config: &ExperimentConfig,
    tree: &Node,
    sources: &[Source],
    mistakes: &mut Vec<Diagnostic<usize>>,
) -> Vec<Source> {
    let mut found = Vec::new();
    for (k, task) in config.tasks.iter().enumerate() {
        let place = format!("tasks[{k}].base");
        let span = path::find(tree, &place).map_or(tree.span, |node| node.span);
        let path = sources[span.source].folder.join(&task.base);
        let read = if path.is_file() { super::read(&path) } else { super::find(&task.base) };
        match read {
            Ok(source) => found.push(source),
            Err(error) => {
                let message = error.message();
                mistakes.push(mistake(message, span, "this one").with_notes(error.notes()));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_budget_of_an_entry_wins() {
        let text = r#"(
            title: "budgets",
            entries: [
                (name: "own", budget: (generations: 7)),
                (name: "shared"),
            ],
            tasks: [
                (name: "a", base: "cartpole", budget: (generations: 5, frames: 100)),
                (name: "b", base: "cartpole"),
            ],
            budget: (generations: 3),
        )"#;
        let experiment = Experiment::load(Source::new("budgets.ron", text), &[]).expect("valid");
        let ends = |entry, task| {
            let config = experiment.run_config(entry, task, 0).expect("fits");
            (config.generations, config.stop.frames)
        };
        assert_eq!([ends(0, 0), ends(0, 1)], [(7, None); 2], "its own, whatever the task");
        assert_eq!([ends(1, 0), ends(1, 1)], [(5, Some(100)), (3, None)], "that of the task, else the experiment's");
    }
}
