//! What went wrong in a robot file, where, and what would be right.

use roxmltree::Node;
use thiserror::Error;

use super::limits::{message, shown};

/// A robot file that cannot be compiled: its place, what is wrong, what is allowed or would help.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{}: {problem}; {advice}", self.place())]
pub struct MjcfError {
    /// The file, as it was named to [`compile`](super::compile) or [`compile_file`](super::compile_file), or an included one.
    pub file: Box<str>,
    /// Line, from 1; 0 where the whole file is meant.
    pub line: u32,
    /// Column, from 1.
    pub column: u32,
    /// Tag of the element.
    pub element: Box<str>,
    /// The attribute at fault, if it is one.
    pub attribute: Option<Box<str>>,
    /// What is wrong, with the offending value.
    pub problem: Box<str>,
    /// What is allowed here, and a hint.
    pub advice: Box<str>,
}

impl MjcfError {
    /// About a file as a whole.
    pub(super) fn of_file(file: &str, problem: String, advice: String) -> Self {
        Self {
            file: file.into(),
            line: 0,
            column: 0,
            element: "mujoco".into(),
            attribute: None,
            problem: message(&problem),
            advice: message(&advice),
        }
    }

    /// About an element, or an attribute that it has.
    pub(super) fn at(file: &str, node: Node, attribute: Option<&str>, problem: String, advice: &str) -> Self {
        let attribute = attribute.and_then(|name| node.attribute_node(name));
        let offset = attribute.map_or(node.range().start, |attribute| attribute.range().start);
        let place = node.document().text_pos_at(offset);
        Self {
            line: place.row,
            column: place.col,
            element: shown(node.tag_name().name()).into(),
            attribute: attribute.map(|attribute| shown(attribute.name()).into()),
            ..Self::of_file(file, problem, advice.into())
        }
    }

    fn place(&self) -> String {
        if self.line == 0 {
            return self.file.to_string();
        }
        let attribute = self.attribute.as_ref().map(|name| format!(" attribute `{name}`")).unwrap_or_default();
        format!("{}:{}:{}: <{}>{attribute}", self.file, self.line, self.column, self.element)
    }
}
