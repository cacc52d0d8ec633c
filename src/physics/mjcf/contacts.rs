//! `<contact>`: bodies that do not touch each other.

use super::element::Element;
use super::error::MjcfError;
use super::limits::{self, shown};
use super::trail::{Became, Trail};
use super::vocabulary::{EXCLUDE, SECTION};
use crate::physics::model::Model;

/// Adds the exclusions of a `<contact>` section.
pub(super) fn read_exclusions(section: &Element, model: &mut Model, trail: &mut Trail) -> Result<(), MjcfError> {
    section.check(&SECTION)?;
    for element in section.children() {
        if element.tag() != "exclude" {
            return Err(element.error("is not supported", "allowed: exclude"));
        }
        element.check(&EXCLUDE)?;
        let number = model.exclude.len();
        limits::at_most(&element, number + 1, limits::PAIRS, "excluded pairs of bodies")?;
        let bodies = [find_body(&element, "body1", model)?, find_body(&element, "body2", model)?];
        model.exclude.push(bodies);
        trail.add(&element, Became::Exclusion(number));
    }
    Ok(())
}

fn find_body(element: &Element, attribute: &str, model: &Model) -> Result<usize, MjcfError> {
    let name = element.text(attribute).unwrap_or_default();
    let found = model.names.body.iter().position(|known| known == name && !name.is_empty());
    found.ok_or_else(|| {
        let named = model.names.body.iter().filter(|name| !name.is_empty()).map(String::as_str).collect::<Vec<_>>();
        let problem = format!("`{}` names no body", shown(name));
        element.attribute_error(attribute, problem, format!("allowed: {}", named.join(", ")))
    })
}
