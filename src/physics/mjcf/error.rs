//! What went wrong in a robot file, where, and what would be right.

use std::{collections::BTreeMap, fmt, ops::Range};

use roxmltree::Node;
use thiserror::Error;

use super::limits::{message, shown};

/// Characters of a line that are shown before a mark, and from it on.
const BEFORE: usize = 60;
const WIDEST: usize = 120;

/// One thing that a robot file is refused for: its place, what is wrong, what is allowed or would help.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{}: {problem}; {advice}", self.place())]
pub struct MjcfError {
    /// The file, as it was named to [`compile`](super::compile) or [`compile_file`](super::compile_file), or an
    /// included one.
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
    /// What is allowed here, what another value would change, and what to do.
    pub advice: Box<str>,
    /// The line of the file with a mark below the place, two lines; empty where the whole file is meant.
    pub excerpt: Box<str>,
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
            excerpt: "".into(),
        }
    }

    /// About an element, or an attribute that it has.
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

    /// Returns the line of the file below the message, if there is one.
    fn shown(&self) -> String {
        self.excerpt.lines().map(|line| format!("\n    {line}")).collect()
    }

    /// Returns whether the same is wrong at another place.
    fn repeats(&self, other: &Self) -> bool {
        (&self.element, &self.attribute, &self.problem, &self.advice)
            == (&other.element, &other.attribute, &other.problem, &other.advice)
    }
}

/// Shows the line `number` of `text` with a mark below the bytes `range`, as configurations' mistakes are shown.
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

/// All that a robot file is refused for, in the order of its places.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub struct Refusals {
    /// What was found, the first file's first.
    pub list: Vec<MjcfError>,
    /// How many were found beyond those kept.
    pub more: usize,
}

impl Refusals {
    /// Refusals that a message tells, each of them once.
    const TOLD: usize = 50;
    /// Further places of the same refusal that a message tells.
    const PLACES: usize = 5;
    /// Bytes after which a message tells no further refusal.
    const LENGTH: usize = 5000;

    /// Returns how many were found.
    pub fn count(&self) -> usize {
        self.list.len() + self.more
    }

    /// Returns what a message tells: a line for each different refusal, with the other places of the same one; and how
    /// many refusals that leaves out.
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

/// Reading cannot go on; why is among the refusals.
#[derive(Debug)]
pub(super) struct Stop;

/// Collects refusals: one a place, so that a default class that many elements use is told once.
#[derive(Default)]
pub(super) struct Collector {
    kept: BTreeMap<Place, MjcfError>,
    more: usize,
    /// How often anything was refused, places told before included.
    pub(super) times: usize,
}

/// Number of the file, offset in it, and the attribute or what is wrong with the element.
pub(super) type Place = (usize, usize, Box<str>);

impl Collector {
    /// Refusals kept: a file may be nothing but mistakes.
    const KEPT: usize = 1000;

    /// Takes one, unless its place has one already. `last`: reading stops with it, so that it is kept in any case.
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

    /// Returns all of them, if there are any.
    pub(super) fn finish(self) -> Result<(), Refusals> {
        if self.kept.is_empty() {
            return Ok(());
        }
        Err(Refusals { list: self.kept.into_values().collect(), more: self.more })
    }
}
