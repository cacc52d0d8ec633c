//! `<default>` classes: which entries apply to an element of a class.

use std::collections::{BTreeMap, BTreeSet};

use super::element::{Element, Layer};
use super::error::Stop;
use super::foreign;
use super::limits::{self, shown};
use super::vocabulary::{DEFAULT, GEOM, JOINT, MOTOR, MUSCLE, SITE, SKIPPED_DEFAULTS, TENDON};

/// The name MuJoCo gives the outermost class.
const MAIN: &str = "main";

/// The default classes of a file; each holds its entries and those of the classes around it, outermost first.
#[derive(Default)]
pub(super) struct Defaults<'a> {
    classes: BTreeMap<&'a str, Vec<Layer<'a>>>,
    /// Entries of all classes so far.
    entries: usize,
    /// The present class and those around it.
    open: Vec<&'a str>,
}

impl<'a> Defaults<'a> {
    /// Reads a top-level `<default>` element with everything inside.
    pub(super) fn read(&mut self, element: &Element<'a>) -> Result<(), Stop> {
        if element.text("class").is_some_and(|name| name != MAIN) {
            let advice = "nest it in a <default> without a class";
            element.refuse_attribute("class", "names the outermost class, whose name is main", advice);
        }
        let inherited = self.classes.remove(MAIN).unwrap_or_default();
        self.read_class(element, MAIN, inherited)
    }

    fn read_class(&mut self, element: &Element<'a>, name: &'a str, mut entries: Vec<Layer<'a>>) -> Result<(), Stop> {
        element.check(&DEFAULT);
        limits::at_most(element, self.open.len() + 1, limits::DEPTH, "classes in each other")?;
        limits::at_most(element, self.classes.len() + self.open.len() + 1, limits::CLASSES, "classes")?;
        let inherited = if name == MAIN { 0 } else { entries.len() };
        let (mut nested, mut tags) = (Vec::new(), BTreeSet::new());
        for child in element.children() {
            if child.tag() == "default" {
                nested.push(child);
                continue;
            }
            check_entry(&child);
            if !tags.insert(child.tag()) {
                child.refuse("stands twice in a class", "put all its attributes into one element");
            }
            self.entries += 1;
            limits::at_most(&child, self.entries, limits::ENTRIES, "entries in default classes")?;
            if child.tag() == "motor" {
                entries[inherited..].iter_mut().for_each(|entry| entry.muted = true);
            }
            entries.push(Layer { node: child.node(), muted: false });
        }
        self.open.push(name);
        // A class may be used inside the class around it only after that one is complete, so nested ones come last.
        for child in nested {
            let Some(nested_name) = child.text("class").filter(|name| !name.is_empty()) else {
                child.refuse("has no class", "give a nested <default> a class=\"name\"");
                continue;
            };
            if self.open.contains(&nested_name) || self.classes.contains_key(nested_name) {
                child.refuse_attribute("class", format!("`{}` exists", shown(nested_name)), "rename one");
                continue;
            }
            self.read_class(&child, nested_name, entries.clone())?;
        }
        self.open.pop();
        self.classes.insert(name, entries);
        Ok(())
    }

    /// Lays the classes for an element under its attributes: its own `class`, else `childclass`, else the outermost.
    pub(super) fn apply(&self, element: Element<'a>, childclass: Option<&'a str>) -> Element<'a> {
        let name = element.node().attribute("class").or(childclass).unwrap_or(MAIN);
        self.require(&element, "class", name);
        let kind = kind(element.tag());
        let entries = self.classes.get(name).map(Vec::as_slice).unwrap_or_default();
        let layers = entries.iter().copied().filter(|entry| self::kind(entry.node.tag_name().name()) == kind).collect();
        element.with_layers(layers)
    }

    /// Refuses the name of a class that the file does not define.
    pub(super) fn require(&self, element: &Element, attribute: &str, name: &str) {
        if self.classes.contains_key(name) || name == MAIN {
            return;
        }
        let known: Vec<_> = self.classes.keys().copied().filter(|known| *known != MAIN).collect();
        let advice = match known[..] {
            [] => "the file has no classes: define it in a nested <default>, or remove the attribute".into(),
            _ => format!("the classes are: {}", known.join(", ")),
        };
        element.refuse_attribute(attribute, format!("`{}` is not a class of this file", shown(name)), advice);
    }
}

/// Returns the kind of element that a tag names in a class: all actuators share one default, and so do all tendons.
/// `<freejoint>` has none.
fn kind(tag: &str) -> &str {
    match tag {
        "fixed" | "spatial" => "tendon",
        "motor" | "muscle" => "actuator",
        _ => tag,
    }
}

fn check_entry(entry: &Element) {
    let vocabulary = match entry.tag() {
        "geom" => &GEOM,
        "joint" => &JOINT,
        "motor" => &MOTOR,
        "muscle" => &MUSCLE,
        "site" => &SITE,
        "tendon" => &TENDON,
        tag if SKIPPED_DEFAULTS.contains(&tag) => return entry.skip(),
        tag => {
            let allowed =
                || format!("allowed: geom, joint, motor, muscle, site, tendon, {}", SKIPPED_DEFAULTS.join(", "));
            return entry.refuse("is not supported in <default>", foreign::advice(tag).unwrap_or_else(allowed));
        }
    };
    entry.check_default(vocabulary);
}
