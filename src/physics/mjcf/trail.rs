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

/// Elements or attributes that were skipped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// Tag of the elements.
    pub element: String,
    /// The attribute that was skipped; `None`: the whole element.
    pub attribute: Option<String>,
    /// How often.
    pub count: usize,
    /// How MuJoCo's motion may depend on it; `None`: it has no effect.
    pub effect: Option<&'static str>,
}

/// Entries of default classes and attributes that were skipped so far, in the order of their first appearance.
#[derive(Default)]
pub(super) struct Unread(Vec<Skipped>);

impl Unread {
    pub(super) fn add(&mut self, element: &str, attribute: Option<&str>, effect: Option<&'static str>) {
        let attribute = attribute.map(String::from);
        match self.0.iter_mut().find(|one| one.element == element && one.attribute == attribute) {
            Some(one) => one.count += 1,
            None => self.0.push(Skipped { element: element.into(), attribute, count: 1, effect }),
        }
    }
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

    /// Returns the entries, the first file's first, and what was skipped: elements in the order of their first
    /// appearance, then attributes.
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
