//! A configuration as text: the resolved file of a run directory, and its fields.

use super::{
    Config,
    idle::default_of,
    path::find,
    syntax::{Entry, Node, Value, parse},
    write::{inline, ron_text},
};

/// Width at which a section of the resolved file continues on another line.
const WIDTH: usize = 110;

impl Config {
    /// Writes every field, in the order of the documentation, one section per line.
    ///
    /// The text is stable, and reading it gives an equal configuration.
    pub fn to_ron(&self) -> String {
        let mut text = String::from("(\n");
        let Value::Fields(_, entries) = self.tree().value else { return text };
        for entry in &entries {
            let start = format!("    {}: ", entry.key);
            let indent = start.len();
            text += &start;
            write_wrapped(&mut text, &entry.value, indent);
            text += ",\n";
        }
        text + ")\n"
    }

    /// Writes the value of one field, such as `task` or `network.neurons`; `None` if there is no such field.
    pub fn text_of(&self, path: &str) -> Option<String> {
        find(&self.tree(), path).map(inline)
    }

    /// Writes the section at `path`, without those of its fields that are among `paths` and at their defaults.
    pub(crate) fn text_without(&self, path: &str, paths: &[&str]) -> Option<String> {
        let tree = self.tree();
        let mut section = find(&tree, path)?.clone();
        if let Value::Fields(_, entries) = &mut section.value {
            entries.retain(|entry| {
                let field = format!("{path}.{}", entry.key);
                let is_default = || default_of(&tree, &field) == Some(inline(&entry.value));
                !(paths.contains(&field.as_str()) && is_default())
            });
        }
        Some(inline(&section))
    }

    /// Returns all fields as a tree.
    pub(crate) fn tree(&self) -> Node {
        let text = ron_text(self);
        parse(0, &text, 0)
            .expect("ron writes what the parser of configurations reads; tests/config/main.rs reads all of it")
    }
}

/// Returns the text of an entry; a list that is too long for a line has one item per line.
fn item_text(entry: &Entry, indent: usize) -> String {
    let line = inline(&entry.value);
    match &entry.value.value {
        Value::List(items) if indent + entry.key.len() + line.len() + 3 > WIDTH => {
            let blank = " ".repeat(indent + entry.key.len() + 3);
            let items: Vec<_> = items.iter().map(inline).collect();
            format!("[{}]", items.join(&format!(",\n{blank}")))
        }
        _ => line,
    }
}

/// Writes a value that starts at column `indent`, continued below its first field where it gets too long.
fn write_wrapped(text: &mut String, node: &Node, indent: usize) {
    let Value::Fields(name, entries) = &node.value else {
        *text += &inline(node);
        return;
    };
    let name = name.as_deref().unwrap_or_default();
    *text += &format!("{name}(");
    let indent = indent + name.len() + 1;
    let mut column = indent;
    for (k, entry) in entries.iter().enumerate() {
        let item = format!("{}: {}", entry.key, item_text(entry, indent));
        if k > 0 {
            let first = item.split('\n').next().unwrap_or_default();
            let wrap = column + first.len() + 3 > WIDTH || item.contains('\n');
            *text += &if wrap { format!(",\n{}", " ".repeat(indent)) } else { ", ".into() };
            column = if wrap { indent } else { column + 2 };
        }
        column += item.rsplit('\n').next().unwrap_or_default().len();
        *text += &item;
    }
    text.push(')');
}
