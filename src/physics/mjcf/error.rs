//! What went wrong in a robot file, where, and what would be right.

use thiserror::Error;

/// A robot file that cannot be compiled: its place, what is wrong, what is allowed or would help.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{file}:{line}:{column}: <{element}>{}: {problem}; {advice}", self.named_attribute())]
pub struct MjcfError {
    /// The name given to [`compile`](super::compile).
    pub file: Box<str>,
    /// Line, from 1.
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
    fn named_attribute(&self) -> String {
        self.attribute.as_ref().map(|name| format!(" attribute `{name}`")).unwrap_or_default()
    }
}
