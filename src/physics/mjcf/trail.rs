//! Outcomes of the elements of a file.

use super::{
    element::Element,
    unread::{Skipped, Unread},
};

/// An element of a robot file and its outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Name of the file, as in error messages.
    pub file: String,
    /// Line, from 1.
    pub line: u32,
    /// Tag of the element.
    pub tag: String,
    /// Attribute `name`; empty if there is none.
    pub name: String,
    /// Outcome.
    pub became: Became,
}

/// Outcome of an element. Numbers are indices into the tables of the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Became {
    /// Body with this index; the world is 0.
    Body(usize),
    /// Joint with this index.
    Joint(usize),
    /// Geom with this index.
    Geom(usize),
    /// Mass and inertia of the body with this index.
    Inertia(usize),
    /// Site with this index.
    Site(usize),
    /// Tendon with this index.
    Tendon(usize),
    /// Actuator with this index.
    Actuator(usize),
    /// Excluded pair of bodies with this index.
    Exclusion(usize),
    /// Nothing, since the element has no effect on the motion.
    Skipped,
}

/// Entries under construction, each with the place of its element.
#[derive(Default)]
pub(super) struct Trail(Vec<((usize, usize), Entry)>);

impl Trail {
    pub(super) fn add(&mut self, element: &Element, became: Became) {
        let (file, line) = element.line();
        let name = element.text("name").unwrap_or_default().into();
        self.0.push((element.place(), Entry { file: file.into(), line, tag: element.tag().into(), name, became }));
    }

    /// Records every element of a section without effect, or the section itself if it is empty.
    pub(super) fn skip_section(&mut self, section: &Element) {
        let before = self.0.len();
        section.children().for_each(|child| self.add(&child, Became::Skipped));
        if self.0.len() == before {
            self.add(section, Became::Skipped);
        }
    }

    /// Returns the entries, those of the first file first, and the skipped items: elements in the order of their
    /// first appearance, then attributes.
    pub(super) fn finish(mut self, unread: Unread) -> (Vec<Entry>, Vec<Skipped>) {
        self.0.sort_by_key(|(place, _)| *place);
        let entries: Vec<Entry> = self.0.into_iter().map(|(_, entry)| entry).collect();
        let mut skipped: Vec<Skipped> = vec![];
        for Entry { tag, .. } in entries.iter().filter(|entry| entry.became == Became::Skipped) {
            match skipped.iter_mut().find(|one| one.element == *tag) {
                Some(one) => one.count += 1,
                None => skipped.push(Skipped { element: tag.clone(), attribute: None, count: 1, effect: None }),
            }
        }
        for one in unread.0 {
            let same = |other: &&mut Skipped| other.element == one.element && other.attribute == one.attribute;
            match skipped.iter_mut().find(same) {
                Some(other) => other.count += one.count,
                None => skipped.push(one),
            }
        }
        (entries, skipped)
    }
}
