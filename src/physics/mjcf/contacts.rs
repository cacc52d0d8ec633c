//! `<contact>`: pairs of bodies that do not collide.

use super::element::Element;
use super::error::Stop;
use super::foreign;
use super::limits;
use super::tendons::find;
use super::trail::{Became, Trail};
use super::vocabulary::{EXCLUDE, SECTION};
use crate::physics::model::Model;

/// Adds the exclusions of a `<contact>` section.
pub(super) fn read_exclusions(section: &Element, model: &mut Model, trail: &mut Trail) -> Result<(), Stop> {
    section.check(&SECTION);
    for element in section.children() {
        if element.tag() != "exclude" {
            let advice = foreign::advice(element.tag()).unwrap_or("allowed: exclude".into());
            element.refuse("is not supported", advice);
            continue;
        }
        element.check(&EXCLUDE);
        let number = model.exclude.len();
        element.at_most(number + 1, limits::PAIRS, "excluded pairs of bodies")?;
        let bodies = ["body1", "body2"].map(|name| find(&element, name, &model.names.body, "body"));
        if let [Some(first), Some(second)] = bodies {
            model.exclude.push([first, second]);
            trail.add(&element, Became::Exclusion(number));
        }
    }
    Ok(())
}
