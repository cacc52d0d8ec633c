//! `<default>` classes, and the entries that apply to an element of a class.

use std::collections::{BTreeMap, BTreeSet};

use super::element::{Element, Layer};
use super::error::Stop;
use super::foreign;
use super::vocabulary::{DEFAULT, GEOM, JOINT, MOTOR, MUSCLE, SITE, SKIPPED_DEFAULTS, TENDON};
use super::{limits, shown::shown};

/// MuJoCo's name for the outermost class.
const MAIN: &str = "main";

/// Default classes of a file. Each holds its entries after those of the enclosing classes, outermost first.
#[derive(Default)]
pub(super) struct Defaults<'a> {
    classes: BTreeMap<&'a str, Vec<Layer<'a>>>,
    /// Number of entries in all classes so far.
    entries: usize,
    /// The class being read, after the classes that enclose it.
    open: Vec<&'a str>,
}

impl<'a> Defaults<'a> {
    /// Reads a top-level `<default>` element with everything inside it.
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
        element.at_most(self.open.len() + 1, limits::DEPTH, "classes in each other")?;
        element.at_most(self.classes.len() + self.open.len() + 1, limits::CLASSES, "classes")?;
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
            child.at_most(self.entries, limits::ENTRIES, "entries in default classes")?;
            if child.tag() == "motor" {
                entries[inherited..].iter_mut().for_each(|entry| entry.muted = true);
            }
            entries.push(Layer { node: child.node(), muted: false });
        }
        self.open.push(name);
        // A nested class inherits all entries of its parent, even later ones, so nested classes come last.
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

    /// Returns an element with the defaults of its class: its own `class`, else `childclass`, else the outermost.
    pub(super) fn apply(&self, element: Element<'a>, childclass: Option<&'a str>) -> Element<'a> {
        let name = element.node().attribute("class").or(childclass).unwrap_or(MAIN);
        self.require(&element, "class", name);
        let kind = kind(element.tag());
        let entries = self.classes.get(name).map(Vec::as_slice).unwrap_or_default();
        let layers = entries.iter().copied().filter(|entry| self::kind(entry.node.tag_name().name()) == kind).collect();
        element.with_layers(layers)
    }

    /// Refuses a class name that the file does not define.
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

/// Returns the kind of default that applies to a tag. All actuators share one, and so do all tendons. `<freejoint>`
/// has none.
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
