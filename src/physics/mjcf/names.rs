//! Names of elements, each unique within its kind as in MuJoCo.

use std::collections::BTreeSet;

use super::{element::Element, shown::shown};

/// Names given so far to elements of one kind.
#[derive(Default)]
pub(super) struct Names(BTreeSet<String>);

impl Names {
    /// Returns a set with one name that no element may have.
    pub(super) fn reserved(name: &str) -> Self {
        Self(BTreeSet::from([name.into()]))
    }

    /// Records and returns an element's name. A name that another element of the kind has is refused.
    pub(super) fn take(&mut self, element: &Element) -> String {
        let name = element.text("name").unwrap_or_default();
        if !name.is_empty() && !self.0.insert(name.into()) {
            element.refuse_attribute("name", format!("the name `{}` is used twice", shown(name)), "rename one");
        }
        name.into()
    }
}
