//! Errors in a robot file: the problem, its place, and what would be right.

use std::{collections::BTreeMap, fmt, ops::Range};

use roxmltree::Node;
use thiserror::Error;

use super::shown::{message, shown};

/// Most characters of a line that are shown before the mark.
const BEFORE: usize = 60;
/// Most characters of a line that are shown from the mark on.
const WIDEST: usize = 120;

/// One reason to refuse a robot file: its place, the problem, and what is allowed or would help.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{}: {problem}; {advice}", self.place())]
pub struct MjcfError {
    /// Name of the file, as given to [`compile`](super::compile) or [`compile_file`](super::compile_file), or of an
    /// included one.
    pub file: Box<str>,
    /// Line, from 1; 0 for the whole file.
    pub line: u32,
    /// Column, from 1.
    pub column: u32,
    /// Tag of the element.
    pub element: Box<str>,
    /// Attribute at fault; `None` if the element is.
    pub attribute: Option<Box<str>>,
    /// Problem, with the offending value.
    pub problem: Box<str>,
    /// Advice: allowed values, the effect of other values, and what to do.
    pub advice: Box<str>,
    /// Two lines: the line of the file, and a mark below the place. Empty for the whole file.
    pub excerpt: Box<str>,
}

impl MjcfError {
    /// Returns an error about a file as a whole.
    pub(super) fn of_file(file: &str, problem: String, advice: String) -> Self {
        Self {
            file: file.into(),
            line: 0,
            column: 0,
            element: "mujoco".into(),
            attribute: None,
            problem: message(&problem),
            advice: message(&advice),
            excerpt: "".into(),
        }
    }

    /// Returns an error about an element, or about one of its attributes.
    pub(super) fn at(file: &str, node: Node, attribute: Option<&str>, problem: String, advice: &str) -> Self {
        let attribute = attribute.and_then(|name| node.attribute_node(name));
        let start = node.range().start;
        let tag = start..start + 1 + node.tag_name().name().len();
        let range = attribute.map_or(tag, |attribute| attribute.range());
        let place = node.document().text_pos_at(range.start);
        Self {
            line: place.row,
            column: place.col,
            element: shown(node.tag_name().name()).into(),
            attribute: attribute.map(|attribute| shown(attribute.name()).into()),
            excerpt: excerpt(node.document().input_text(), range, place.row).into(),
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

    /// Returns the excerpt as indented lines that follow the message; empty if there is none.
    fn shown(&self) -> String {
        self.excerpt.lines().map(|line| format!("\n    {line}")).collect()
    }

    /// Returns whether another error reports the same problem elsewhere.
    fn repeats(&self, other: &Self) -> bool {
        (&self.element, &self.attribute, &self.problem, &self.advice)
            == (&other.element, &other.attribute, &other.problem, &other.advice)
    }
}

/// Formats line `number` of `text` with a mark below the bytes `range`, like errors in configurations.
fn excerpt(text: &str, range: Range<usize>, number: u32) -> String {
    let start = text[..range.start].rfind('\n').map_or(0, |at| at + 1);
    let before = text[start..range.start].chars().rev().take(BEFORE).collect::<Vec<_>>();
    let rest = text[range.start..].lines().next().unwrap_or_default();
    let marked = text[range.clone()].lines().next().unwrap_or_default().chars().count().clamp(1, WIDEST);
    let line: String = before.iter().rev().copied().chain(rest.chars().take(WIDEST)).collect();
    let blank: String = before.iter().rev().map(|c| if *c == '\t' { '\t' } else { ' ' }).collect();
    let number = number.to_string();
    format!("{number} | {line}\n{:width$} | {blank}{}", "", "^".repeat(marked), width = number.len())
}

/// All reasons to refuse a robot file, in the order of their places.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub struct Refusals {
    /// Errors found, those of the first file first.
    pub list: Vec<MjcfError>,
    /// Number of errors beyond those kept.
    pub more: usize,
}

impl Refusals {
    /// Most different refusals that a message lists.
    const TOLD: usize = 50;
    /// Most further places of one refusal that a message lists.
    const PLACES: usize = 5;
    /// Length after which a message lists no further refusal, bytes.
    const LENGTH: usize = 5000;

    /// Returns the number of errors found.
    pub fn count(&self) -> usize {
        self.list.len() + self.more
    }

    /// Returns the lines of a message, one per different refusal with its other places, and the number of refusals
    /// left out.
    pub fn lines(&self) -> (Vec<String>, usize) {
        let mut groups: Vec<(&MjcfError, Vec<&MjcfError>)> = vec![];
        for error in &self.list {
            match groups.iter_mut().find(|(first, _)| first.repeats(error)) {
                Some((_, others)) => others.push(error),
                None => groups.push((error, vec![])),
            }
        }
        let (mut lines, mut told, mut length) = (vec![], 0, 0);
        for (first, others) in groups {
            if lines.len() == Self::TOLD || length > Self::LENGTH {
                break;
            }
            let line = format!("{first}{}{}", elsewhere(first, &others), first.shown());
            length += line.len();
            told += 1 + others.len();
            lines.push(line);
        }
        (lines, self.count() - told)
    }
}

/// Returns the other places of a refusal.
fn elsewhere(first: &MjcfError, others: &[&MjcfError]) -> String {
    if others.is_empty() {
        return String::new();
    }
    let place = |error: &&&MjcfError| match error.file == first.file {
        true => format!("line {}", error.line),
        false => format!("{}:{}", error.file, error.line),
    };
    let mut places: Vec<String> = others.iter().take(Refusals::PLACES).map(|error| place(&error)).collect();
    places.dedup();
    let left = others.len().saturating_sub(Refusals::PLACES);
    let rest = if left > 0 { format!(" and {left} more") } else { String::new() };
    format!(" (the same: {}{rest})", places.join(", "))
}

impl fmt::Display for Refusals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let ([one], 0) = (&self.list[..], self.more) {
            return write!(f, "{one}{}", one.shown());
        }
        let (lines, left) = self.lines();
        let file = self.list.first().map_or("the robot", |error| &error.file);
        write!(f, "{file}: {} things of this robot are refused:", self.count())?;
        lines.iter().try_for_each(|line| write!(f, "\n  {line}"))?;
        if left > 0 { write!(f, "\n  and {left} more") } else { Ok(()) }
    }
}

impl From<MjcfError> for Refusals {
    fn from(error: MjcfError) -> Self {
        Self { list: vec![error], more: 0 }
    }
}

/// Signal that reading cannot continue. The reason is among the refusals.
#[derive(Debug)]
pub(super) struct Stop;

/// Refusals collected so far, one per place: a default class that many elements use is reported once.
#[derive(Default)]
pub(super) struct Collector {
    kept: BTreeMap<Place, MjcfError>,
    more: usize,
    /// Number of refusals, including repeated ones of the same place.
    pub(super) times: usize,
}

/// Number of the file, byte offset in it, and the attribute or the problem of the element.
pub(super) type Place = (usize, usize, Box<str>);

impl Collector {
    /// Most refusals kept, since a file may consist of nothing but mistakes.
    const KEPT: usize = 1000;

    /// Adds a refusal unless its place already has one. The `last` one, with which reading ends, is kept in any case.
    pub(super) fn add(&mut self, place: Place, last: bool, error: impl FnOnce() -> MjcfError) {
        self.times += 1;
        if self.kept.contains_key(&place) {
            return;
        }
        match last || self.kept.len() < Self::KEPT {
            true => drop(self.kept.insert(place, error())),
            false => self.more += 1,
        }
    }

    /// Returns all refusals as an error, if there are any.
    pub(super) fn finish(self) -> Result<(), Refusals> {
        if self.kept.is_empty() {
            return Ok(());
        }
        Err(Refusals { list: self.kept.into_values().collect(), more: self.more })
    }
}
