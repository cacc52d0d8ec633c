//! What became of the elements of a file.

use super::element::Element;

/// An element of a robot file, and what it became.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The file, as error messages name it.
    pub file: String,
    /// Line, from 1.
    pub line: u32,
    /// Its tag.
    pub tag: String,
    /// Its attribute `name`, or nothing.
    pub name: String,
    /// What it became.
    pub became: Became,
}

/// What an element became: numbers are indices into the tables of the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Became {
    /// The body of this number; the world is 0.
    Body(usize),
    /// The joint of this number.
    Joint(usize),
    /// The geom of this number.
    Geom(usize),
    /// Mass and inertia of the body of this number.
    Inertia(usize),
    /// The site of this number.
    Site(usize),
    /// The tendon of this number.
    Tendon(usize),
    /// The actuator of this number.
    Actuator(usize),
    /// The pair of bodies of this number that do not touch.
    Exclusion(usize),
    /// Nothing: it has no effect on the motion.
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

    /// Everything in a section without effect; the section itself if it is empty.
    pub(super) fn skip_section(&mut self, section: &Element) {
        let before = self.0.len();
        section.children().for_each(|child| self.add(&child, Became::Skipped));
        if self.0.len() == before {
            self.add(section, Became::Skipped);
        }
    }

    /// The entries, the first file's first, and how many elements of each tag were skipped, in the order of their first appearance.
    pub(super) fn finish(mut self) -> (Vec<Entry>, Vec<(String, usize)>) {
        self.0.sort_by_key(|(place, _)| *place);
        let entries: Vec<Entry> = self.0.into_iter().map(|(_, entry)| entry).collect();
        let mut counts: Vec<(String, usize)> = vec![];
        for entry in entries.iter().filter(|entry| entry.became == Became::Skipped) {
            match counts.iter_mut().find(|(tag, _)| *tag == entry.tag) {
                Some((_, count)) => *count += 1,
                None => counts.push((entry.tag.clone(), 1)),
            }
        }
        (entries, counts)
    }
}
