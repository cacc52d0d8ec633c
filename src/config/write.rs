//! Conversion of values to text that ron reads.

use ron::extensions::Extensions;

use super::syntax::{Node, Value};

/// Returns the options with which ron reads and writes here: `Hopper(a: 1)` instead of `Hopper((a: 1))`, `5` for
/// `Some(5)`.
pub(crate) fn options() -> ron::Options {
    ron::Options::default().with_default_extension(Extensions::UNWRAP_VARIANT_NEWTYPES | Extensions::IMPLICIT_SOME)
}

/// Returns the RON text of a value, for the defaults of the tables.
pub(crate) fn ron_text<T: serde::Serialize>(value: &T) -> String {
    super::write::options().to_string(value).unwrap_or_default()
}

/// Writes a value on one line.
pub(crate) fn inline(node: &Node) -> String {
    let (name, items) = match &node.value {
        Value::Scalar(text) => return text.clone(),
        Value::List(items) => return format!("[{}]", items.iter().map(inline).collect::<Vec<_>>().join(", ")),
        Value::Tuple(name, items) => (name, items.iter().map(inline).collect::<Vec<_>>()),
        Value::Fields(name, entries) => {
            (name, entries.iter().map(|entry| format!("{}: {}", entry.key, inline(&entry.value))).collect())
        }
    };
    format!("{}({})", name.as_deref().unwrap_or_default(), items.join(", "))
}
