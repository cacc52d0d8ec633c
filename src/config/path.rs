//! Paths of fields in the tree of a configuration.

use super::syntax::{Node, Value};

/// Returns the value at a path such as `task.reward[0].weight`, looking through `Some(...)` and the names of variants.
pub(crate) fn find<'a>(node: &'a Node, path: &str) -> Option<&'a Node> {
    let (name, rest) = path.split_once(['.', '[']).map_or((path, None), |(name, rest)| (name, Some(rest)));
    match &node.value {
        Value::Tuple(Some(some), items) if some == "Some" && items.len() == 1 => find(&items[0], path),
        Value::Fields(_, entries) => {
            let value = &entries.iter().find(|entry| entry.key == name)?.value;
            rest.map_or(Some(value), |rest| find(value, rest))
        }
        Value::List(items) => {
            let value = items.get(name.trim_end_matches(']').parse::<usize>().ok()?)?;
            rest.map_or(Some(value), |rest| find(value, rest))
        }
        _ => None,
    }
}
