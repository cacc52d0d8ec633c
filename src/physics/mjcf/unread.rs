//! Elements and attributes of a robot file that were skipped.

/// Elements or attributes that were skipped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// Tag of the elements.
    pub element: String,
    /// Skipped attribute; `None` for the whole element.
    pub attribute: Option<String>,
    /// Number of occurrences.
    pub count: usize,
    /// Possible effect on MuJoCo's motion; `None` if there is none.
    pub effect: Option<&'static str>,
}

/// Entries of default classes and attributes skipped so far, in the order of their first appearance.
#[derive(Default)]
pub(super) struct Unread(pub(super) Vec<Skipped>);

impl Unread {
    pub(super) fn add(&mut self, element: &str, attribute: Option<&str>, effect: Option<&'static str>) {
        let attribute = attribute.map(String::from);
        match self.0.iter_mut().find(|one| one.element == element && one.attribute == attribute) {
            Some(one) => one.count += 1,
            None => self.0.push(Skipped { element: element.into(), attribute, count: 1, effect }),
        }
    }
}
