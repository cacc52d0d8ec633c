//! Reads typed attributes of one XML element, its default classes included, and says where a bad one stands.

use roxmltree::{Attribute, Node};

use super::error::MjcfError;
use super::limits::{MAGNITUDE, shown};
use super::source::Sources;
use super::vocabulary::Vocabulary;

/// An element of the file with the default classes that apply to it.
#[derive(Clone)]
pub(super) struct Element<'a> {
    sources: &'a Sources<'a>,
    node: Node<'a, 'a>,
    /// The `<default>` entries for this tag, outermost class first.
    layers: Vec<Node<'a, 'a>>,
}

impl<'a> Element<'a> {
    /// The root element of a robot's first file.
    pub(super) fn root(sources: &'a Sources<'a>) -> Self {
        Self { sources, node: sources.root(), layers: Vec::new() }
    }

    /// The same element with default classes laid under its own attributes.
    pub(super) fn with_layers(mut self, layers: Vec<Node<'a, 'a>>) -> Self {
        self.layers = layers;
        self
    }

    pub(super) fn node(&self) -> Node<'a, 'a> {
        self.node
    }

    pub(super) fn tag(&self) -> &'a str {
        self.node.tag_name().name()
    }

    /// The child elements, those of included files in their places, without default classes.
    pub(super) fn children(&self) -> impl Iterator<Item = Element<'a>> + use<'a> {
        let sources = self.sources;
        sources.children(self.node).into_iter().map(move |node| Element { sources, node, layers: Vec::new() })
    }

    /// File and line of the element.
    pub(super) fn line(&self) -> (&'a str, u32) {
        (self.sources.name(self.node), self.sources.line(self.node))
    }

    /// Number of its file, and its place in that.
    pub(super) fn place(&self) -> (usize, usize) {
        (self.sources.number(self.node), self.node.range().start)
    }

    /// An error at the element itself.
    pub(super) fn error(&self, problem: impl Into<String>, advice: impl Into<String>) -> MjcfError {
        self.error_at(self.node, None, problem.into(), advice.into())
    }

    /// An error at an attribute, wherever its effective value was written (the element or a default class).
    pub(super) fn attribute_error(
        &self,
        name: &str,
        problem: impl Into<String>,
        advice: impl Into<String>,
    ) -> MjcfError {
        let node = self.stack().rfind(|node| node.has_attribute(name)).unwrap_or(self.node);
        let attribute = node.attribute_node(name);
        self.error_at(node, attribute, problem.into(), advice.into()).with_attribute(name)
    }

    fn error_at(
        &self,
        node: Node<'a, 'a>,
        attribute: Option<Attribute<'a, 'a>>,
        problem: String,
        advice: String,
    ) -> MjcfError {
        let name = attribute.map(|attribute| attribute.name());
        MjcfError::at(self.sources.name(node), node, name, problem, &advice)
    }

    /// The nodes that may hold an attribute, outermost default first, the element itself last.
    fn stack(&self) -> impl DoubleEndedIterator<Item = Node<'a, 'a>> + '_ {
        self.layers.iter().copied().chain([self.node])
    }

    /// Refuses attributes outside the vocabulary, and values outside those it fixes.
    pub(super) fn check(&self, vocabulary: &Vocabulary) -> Result<(), MjcfError> {
        for attribute in self.node.attributes() {
            let at = |problem: String, advice: String| self.error_at(self.node, Some(attribute), problem, advice);
            let (name, value) = (attribute.name(), attribute.value());
            if let Some((_, allowed)) = vocabulary.fixed.iter().find(|(fixed, _)| *fixed == name) {
                if !allowed.iter().any(|one| same_value(one, value)) {
                    let problem = format!("`{}` is outside the supported subset of MJCF", shown(value));
                    return Err(at(problem, format!("allowed: {}", allowed.join(", "))));
                }
            } else if !vocabulary.knows(name) {
                return Err(at("is not supported here".into(), format!("allowed: {}", vocabulary.listing())));
            }
        }
        Ok(())
    }

    /// The innermost value of an attribute.
    pub(super) fn text(&self, name: &str) -> Option<&'a str> {
        self.stack().rev().find_map(|node| node.attribute(name))
    }

    /// Which of several attributes the innermost layer that has any of them gives; two in one layer are an error.
    pub(super) fn one_of(&self, names: &[&'static str]) -> Result<Option<&'static str>, MjcfError> {
        for node in self.stack().rev() {
            let given: Vec<_> = names.iter().copied().filter(|name| node.has_attribute(*name)).collect();
            match given[..] {
                [] => {}
                [name] => return Ok(Some(name)),
                [_, second, ..] => {
                    let advice = format!("give only one of {}", names.join(", "));
                    return Err(self.attribute_error(second, "contradicts another attribute", advice));
                }
            }
        }
        Ok(None)
    }

    /// One of a set of words, or the default.
    pub(super) fn keyword(&self, name: &str, allowed: &[&str], default: &'a str) -> Result<&'a str, MjcfError> {
        let value = self.text(name).unwrap_or(default).trim();
        if allowed.contains(&value) {
            return Ok(value);
        }
        let problem = format!("`{}` is outside the supported subset of MJCF", shown(value));
        Err(self.attribute_error(name, problem, format!("allowed: {}", allowed.join(", "))))
    }

    /// Up to `N` numbers; those not given keep the value of the enclosing class, then the default.
    pub(super) fn numbers<const N: usize>(&self, name: &str, default: [f64; N]) -> Result<[f64; N], MjcfError> {
        let mut values = default;
        for text in self.stack().filter_map(|node| node.attribute(name)) {
            let given = self.parse_numbers(name, text, N)?;
            values[..given.len()].copy_from_slice(&given);
        }
        Ok(values)
    }

    /// Exactly `N` numbers if the attribute is given.
    pub(super) fn exactly<const N: usize>(&self, name: &str) -> Result<Option<[f64; N]>, MjcfError> {
        let Some(text) = self.text(name) else { return Ok(None) };
        let given = self.parse_numbers(name, text, N)?;
        let count = given.len();
        let exact = given.try_into().map_err(|_| {
            self.attribute_error(name, format!("has {count} numbers"), format!("it takes exactly {N} numbers"))
        })?;
        Ok(Some(exact))
    }

    /// One number, or the default.
    pub(super) fn number(&self, name: &str, default: f64) -> Result<f64, MjcfError> {
        Ok(self.numbers(name, [default])?[0])
    }

    /// One number of at least `least`.
    pub(super) fn number_from(&self, name: &str, default: f64, least: f64) -> Result<f64, MjcfError> {
        let value = self.number(name, default)?;
        if value >= least {
            return Ok(value);
        }
        Err(self.attribute_error(name, format!("{value} is too small"), format!("it must be at least {least}")))
    }

    /// A non-negative whole number that fits 32 bits.
    pub(super) fn whole(&self, name: &str, default: u32) -> Result<u32, MjcfError> {
        let Some(text) = self.text(name) else { return Ok(default) };
        text.trim().parse().map_err(|_| {
            self.attribute_error(name, format!("`{}` is not a whole number", shown(text)), "allowed: 0 to 4294967295")
        })
    }

    /// `true`, `false`, or the default.
    pub(super) fn boolean(&self, name: &str, default: bool) -> Result<bool, MjcfError> {
        let default = if default { "true" } else { "false" };
        Ok(self.keyword(name, &["true", "false"], default)? == "true")
    }

    fn parse_numbers(&self, name: &str, text: &str, most: usize) -> Result<Vec<f64>, MjcfError> {
        let mut values = Vec::with_capacity(most);
        // One more than is allowed is enough to refuse.
        for word in text.split_whitespace().take(most + 1) {
            match word.parse::<f64>() {
                Ok(value) if value.abs() <= MAGNITUDE => values.push(value),
                Ok(value) if value.is_finite() => {
                    let advice = format!("numbers are at most {MAGNITUDE:e} in size");
                    return Err(self.attribute_error(name, format!("`{}` is absurd", shown(word)), advice));
                }
                _ => {
                    let problem = format!("`{}` is not a finite number", shown(word));
                    return Err(self.attribute_error(name, problem, format!("it takes up to {most} numbers")));
                }
            }
        }
        if values.is_empty() || values.len() > most {
            let problem = format!("has {} numbers", text.split_whitespace().count());
            return Err(self.attribute_error(name, problem, format!("it takes 1 to {most} numbers")));
        }
        Ok(values)
    }
}

impl MjcfError {
    fn with_attribute(mut self, name: &str) -> Self {
        self.attribute = Some(name.into());
        self
    }
}

/// Whether two values mean the same: equal words, or equal numbers in every place (`0` allows `0 0 0`).
fn same_value(allowed: &str, value: &str) -> bool {
    let Ok(number) = allowed.parse::<f64>() else { return allowed == value.trim() };
    let mut words = value.split_whitespace().peekable();
    words.peek().is_some() && words.all(|word| word.parse() == Ok(number))
}
