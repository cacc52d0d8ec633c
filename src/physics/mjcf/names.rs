//! Names: each stands once among the elements of its kind, as in MuJoCo.

use std::collections::BTreeSet;

use super::{element::Element, limits::shown};

/// Names of one kind of element that were given so far.
#[derive(Default)]
pub(super) struct Names(BTreeSet<String>);

impl Names {
    /// With one that no element may have.
    pub(super) fn reserved(name: &str) -> Self {
        Self(BTreeSet::from([name.into()]))
    }

    /// Takes an element's name; refuses one that another element of the kind has.
    pub(super) fn take(&mut self, element: &Element) -> String {
        let name = element.text("name").unwrap_or_default();
        if !name.is_empty() && !self.0.insert(name.into()) {
            element.refuse_attribute("name", format!("the name `{}` is used twice", shown(name)), "rename one");
        }
        name.into()
    }
}
