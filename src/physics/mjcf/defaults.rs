//! `<default>` classes: which entries apply to an element of a class.

use std::collections::BTreeMap;

use roxmltree::Node;

use super::element::Element;
use super::error::MjcfError;
use super::limits::{self, shown};
use super::vocabulary::{GEOM, JOINT, MOTOR, MUSCLE, SECTION, SITE, SKIPPED_DEFAULTS, TENDON};

/// The name MuJoCo gives the outermost class.
const MAIN: &str = "main";

/// The default classes of a file; each holds its entries and those of the classes around it, outermost first.
#[derive(Default)]
pub(super) struct Defaults<'a> {
    classes: BTreeMap<&'a str, Vec<Node<'a, 'a>>>,
    main: Option<&'a str>,
    /// Entries of all classes so far.
    entries: usize,
    /// The present class and those around it.
    open: Vec<&'a str>,
}

impl<'a> Defaults<'a> {
    /// Reads a top-level `<default>` element with everything inside.
    pub(super) fn read(&mut self, element: &Element<'a>) -> Result<(), MjcfError> {
        let name = element.text("class").unwrap_or(MAIN);
        if self.main.replace(name).is_some_and(|main| main != name) {
            return Err(element.error("is a second outermost class", "nest it in the first <default>"));
        }
        let inherited = self.classes.remove(name).unwrap_or_default();
        self.read_class(element, name, inherited)
    }

    fn read_class(
        &mut self,
        element: &Element<'a>,
        name: &'a str,
        mut entries: Vec<Node<'a, 'a>>,
    ) -> Result<(), MjcfError> {
        element.check(&SECTION)?;
        limits::at_most(element, self.open.len() + 1, limits::DEPTH, "classes in each other")?;
        limits::at_most(element, self.classes.len() + self.open.len() + 1, limits::CLASSES, "classes")?;
        let mut nested = Vec::new();
        for child in element.children() {
            match child.tag() {
                "default" => {
                    nested.push(child);
                    continue;
                }
                "geom" => child.check(&GEOM)?,
                "joint" => child.check(&JOINT)?,
                "motor" => child.check(&MOTOR)?,
                "muscle" => child.check(&MUSCLE)?,
                "site" => child.check(&SITE)?,
                "tendon" => child.check(&TENDON)?,
                tag if SKIPPED_DEFAULTS.contains(&tag) => {}
                _ => {
                    let allowed =
                        format!("allowed: geom, joint, motor, muscle, site, tendon, {}", SKIPPED_DEFAULTS.join(", "));
                    return Err(child.error("is not supported in <default>", allowed));
                }
            }
            self.entries += 1;
            limits::at_most(&child, self.entries, limits::ENTRIES, "entries in default classes")?;
            entries.push(child.node());
        }
        self.open.push(name);
        // A class may be used inside the class around it only after that one is complete, so nested ones come last.
        for child in nested {
            let Some(nested_name) = child.text("class") else {
                return Err(child.error("has no class", "give a nested <default> a class=\"name\""));
            };
            if self.open.contains(&nested_name) || self.classes.contains_key(nested_name) {
                return Err(child.attribute_error("class", format!("`{}` exists", shown(nested_name)), "rename one"));
            }
            self.read_class(&child, nested_name, entries.clone())?;
        }
        self.open.pop();
        self.classes.insert(name, entries);
        Ok(())
    }

    /// Lays the classes for an element under its attributes: its own `class`, else `childclass`, else the outermost.
    pub(super) fn apply(&self, element: Element<'a>, childclass: Option<&'a str>) -> Result<Element<'a>, MjcfError> {
        let name = element.node().attribute("class").or(childclass).unwrap_or(self.main.unwrap_or(MAIN));
        self.require(&element, "class", name)?;
        // Entries of a class `<joint>` apply to `<joint>` only; `<freejoint>` and tendon parts have none.
        let tag = if ["fixed", "spatial"].contains(&element.tag()) { "tendon" } else { element.tag() };
        let entries = self.classes.get(name).map(Vec::as_slice).unwrap_or_default();
        let layers = entries.iter().copied().filter(|node| node.tag_name().name() == tag).collect();
        Ok(element.with_layers(layers))
    }

    /// Refuses the name of a class that the file does not define.
    pub(super) fn require(&self, element: &Element, attribute: &str, name: &str) -> Result<(), MjcfError> {
        if self.classes.contains_key(name) || name == MAIN {
            return Ok(());
        }
        let known: Vec<_> = self.classes.keys().copied().collect();
        let advice = format!("the classes are: {}", known.join(", "));
        Err(element.attribute_error(attribute, format!("`{}` is not a class of this file", shown(name)), advice))
    }
}
