//! Fields that a resumed run may change, and fields in which two configurations differ.

use super::syntax::{Node, Value};
use super::write::inline;
use super::{Config, overlay};

/// Top-level fields that `run --resume` may change: they decide when a run ends and what is written, not its course.
pub const RESUMABLE: [&str; 6] = ["generations", "stop", "evaluation", "checkpoint", "tensorboard", "device"];

/// A field in which two configurations differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Path of the field as in `--set`.
    pub path: String,
    /// RON text of its value in the first configuration; `-` where it has no such field.
    pub old: String,
    /// RON text of its value in the second.
    pub new: String,
}

/// Returns all fields in which two configurations differ, in the order of the file.
pub fn diff(old: &Config, new: &Config) -> Vec<Difference> {
    let (old, new) = (leaves(old), leaves(new));
    let value = |list: &[(String, String)], path: &str| {
        list.iter().find(|(other, _)| other == path).map_or("-".to_string(), |(_, value)| value.clone())
    };
    let mut paths: Vec<&String> = old.iter().map(|(path, _)| path).collect();
    paths.extend(new.iter().map(|(path, _)| path).filter(|path| !old.iter().any(|(other, _)| other == *path)));
    paths
        .into_iter()
        .map(|path| Difference { path: path.clone(), old: value(&old, path), new: value(&new, path) })
        .filter(|difference| difference.old != difference.new)
        .collect()
}

/// Returns the fields in which `new` differs from `old` although a resumed run may not change them.
pub fn diff_for_resume(old: &Config, new: &Config) -> Vec<Difference> {
    let mut differences = diff(old, new);
    let stays = |path: &str| !RESUMABLE.contains(&path.split('.').next().unwrap_or_default());
    // `evaluation.task` must stay, because returns on two tasks have no common best
    differences.retain(|difference| stays(&difference.path) || difference.path.starts_with(overlay::PATH));
    differences
}

/// Returns every single value with its path; the name of a variant is the value of its field.
fn leaves(config: &Config) -> Vec<(String, String)> {
    let mut list = Vec::new();
    collect(&config.tree(), "", &mut list);
    list
}

fn collect(node: &Node, path: &str, list: &mut Vec<(String, String)>) {
    match &node.value {
        Value::Fields(name, entries) => {
            if let Some(name) = name {
                list.push((path.to_string(), name.clone()));
            }
            for entry in entries {
                let dot = if path.is_empty() { "" } else { "." };
                collect(&entry.value, &format!("{path}{dot}{}", entry.key), list);
            }
        }
        Value::List(items) => {
            list.push((path.to_string(), format!("{} items", items.len())));
            for (k, item) in items.iter().enumerate() {
                collect(item, &format!("{path}[{k}]"), list);
            }
        }
        Value::Tuple(Some(some), items) if some == "Some" && items.len() == 1 => collect(&items[0], path, list),
        _ => list.push((path.to_string(), inline(node))),
    }
}
