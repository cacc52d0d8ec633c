//! Typed attributes of one XML element, including its default classes, and the place of each bad one.

use roxmltree::{Attribute, Node};

use super::error::Stop;
use super::source::Sources;
use super::vocabulary::{Vocabulary, WORDS};
use super::{limits::MAGNITUDE, shown::shown};

/// An element of the file with the default classes that apply to it.
#[derive(Clone)]
pub(super) struct Element<'a> {
    sources: &'a Sources<'a>,
    node: Node<'a, 'a>,
    /// The `<default>` entries for this kind of element, outermost class first.
    layers: Vec<Layer<'a>>,
}

/// Entry of a default class.
#[derive(Clone, Copy)]
pub(super) struct Layer<'a> {
    pub(super) node: Node<'a, 'a>,
    /// True if a `<motor>` entry follows in the same class, which voids the gain and dynamics of a `<muscle>` entry.
    pub(super) muted: bool,
}

impl<'a> Element<'a> {
    /// Returns the root element of a robot's first file.
    pub(super) fn root(sources: &'a Sources<'a>) -> Self {
        Self { sources, node: sources.root(), layers: Vec::new() }
    }

    /// Returns the same element with default classes beneath its own attributes.
    pub(super) fn with_layers(mut self, layers: Vec<Layer<'a>>) -> Self {
        self.layers = layers;
        self
    }

    /// Refuses an element that is one too many of its kind, and ends the reading.
    pub(super) fn at_most(&self, count: usize, most: usize, what: &str) -> Result<(), Stop> {
        if count <= most {
            return Ok(());
        }
        Err(self.stop(format!("is one too many: a robot may have {most} {what}"), "make the robot simpler"))
    }

    pub(super) fn node(&self) -> Node<'a, 'a> {
        self.node
    }

    pub(super) fn tag(&self) -> &'a str {
        self.node.tag_name().name()
    }

    /// Returns the child elements without default classes. Those of an included file replace its `<include>`.
    pub(super) fn children(&self) -> impl Iterator<Item = Element<'a>> + use<'a> {
        let sources = self.sources;
        sources.children(self.node).into_iter().map(move |node| Element { sources, node, layers: Vec::new() })
    }

    /// Returns whether the element has neither attributes nor child elements.
    pub(super) fn is_empty(&self) -> bool {
        self.children().next().is_none() && self.node.attributes().len() == 0
    }

    /// Returns the file and line of the element.
    pub(super) fn line(&self) -> (&'a str, u32) {
        (self.sources.name(self.node), self.sources.line(self.node))
    }

    /// Returns the number of the element's file, and its byte offset there.
    pub(super) fn place(&self) -> (usize, usize) {
        (self.sources.number(self.node), self.node.range().start)
    }

    /// Refuses the element itself. Reading continues, so that all mistakes are found.
    pub(super) fn refuse(&self, problem: impl Into<String>, advice: impl Into<String>) {
        self.sources.refuse(self.node, None, (problem.into(), advice.into()), false);
    }

    /// Refuses the element and ends the reading.
    pub(super) fn stop(&self, problem: impl Into<String>, advice: impl Into<String>) -> Stop {
        self.sources.refuse(self.node, None, (problem.into(), advice.into()), true);
        Stop
    }

    /// Refuses an attribute at the place of its effective value: the element or a default class.
    pub(super) fn refuse_attribute(&self, name: &str, problem: impl Into<String>, advice: impl Into<String>) {
        let node = self.stack().rfind(|node| node.has_attribute(name)).unwrap_or(self.node);
        self.sources.refuse(node, Some(name), (problem.into(), advice.into()), false);
    }

    /// Records that the element is skipped.
    pub(super) fn skip(&self) {
        self.sources.skip(self.node, None, None);
    }

    /// Records that an attribute is skipped, and its possible effect on MuJoCo's motion.
    pub(super) fn skip_attribute(&self, name: &str, effect: Option<&'static str>) {
        self.sources.skip(self.node, Some(name), effect);
    }

    /// Returns the number of refusals so far, including repeated ones.
    pub(super) fn refused(&self) -> usize {
        self.sources.refused()
    }

    /// Returns the nodes that may hold an attribute, from the outermost default to the element itself.
    fn stack(&self) -> impl DoubleEndedIterator<Item = Node<'a, 'a>> + '_ {
        self.layers.iter().map(|layer| layer.node).chain([self.node])
    }

    /// Returns the nodes that are not muted, each as an element without defaults.
    pub(super) fn layers(&self) -> impl Iterator<Item = Element<'a>> + '_ {
        let heard = self.layers.iter().filter(|layer| !layer.muted).map(|layer| layer.node);
        heard.chain([self.node]).map(|node| Element { sources: self.sources, node, layers: Vec::new() })
    }

    /// Refuses attributes outside the vocabulary, unsupported values of fixed attributes, and children of an element
    /// that may have none.
    pub(super) fn check(&self, vocabulary: &Vocabulary) {
        for attribute in self.node.attributes() {
            self.check_attribute(attribute, vocabulary);
        }
        if vocabulary.parts.is_empty()
            && let Some(child) = self.children().next()
        {
            child.refuse("is not supported here", format!("<{}> holds no elements: remove it", shown(self.tag())));
        }
    }

    /// Checks an entry of `<default>` likewise, and refuses attributes that only elements themselves may have.
    pub(super) fn check_default(&self, vocabulary: &Vocabulary) {
        self.check(vocabulary);
        for name in vocabulary.own.iter().filter(|name| self.node.has_attribute(**name)) {
            self.refuse_attribute(name, "cannot have a default", "give it to the elements themselves");
        }
    }

    fn check_attribute(&self, attribute: Attribute<'a, 'a>, vocabulary: &Vocabulary) {
        let (name, value) = (attribute.name(), attribute.value());
        let refuse = |problem: String, advice: String| {
            self.sources.refuse(self.node, Some(name), (problem, advice), false);
        };
        if let Some((_, allowed, advice)) = vocabulary.fixed.iter().find(|(fixed, ..)| *fixed == name) {
            if !allowed.iter().any(|one| same_value(one, value)) {
                let problem = format!("`{}` is outside the supported subset of MJCF", shown(value));
                refuse(problem, format!("allowed: {}; {advice}", allowed.join(", ")));
            }
        } else if let Some((_, advice)) = vocabulary.refused.iter().find(|(refused, _)| *refused == name) {
            refuse("is outside the supported subset of MJCF".into(), (*advice).into());
        } else if let Some((_, effect)) = vocabulary.unlike.iter().find(|(unlike, _)| *unlike == name) {
            self.skip_attribute(name, Some(effect));
        } else if vocabulary.harmless.contains(&name) {
            self.skip_attribute(name, None);
        } else if !vocabulary.read.contains(&name) {
            refuse("is not supported here".into(), format!("allowed: {}", vocabulary.listing()));
        }
    }

    /// Returns the innermost value of an attribute.
    pub(super) fn text(&self, name: &str) -> Option<&'a str> {
        self.stack().rev().find_map(|node| node.attribute(name))
    }

    /// Returns the attribute of `names` in the innermost layer that has any of them. Two in one layer are refused.
    pub(super) fn one_of(&self, names: &[&'static str]) -> Option<&'static str> {
        let node = self.stack().rev().find(|node| names.iter().any(|name| node.has_attribute(*name)))?;
        let mut given = names.iter().copied().filter(|name| node.has_attribute(*name));
        let first = given.next();
        if let Some(second) = given.next() {
            let advice = format!("give only one of {}", names.join(", "));
            self.refuse_attribute(second, "contradicts another attribute", advice);
        }
        first
    }

    /// Returns the value if it is one of the allowed words, else the default. Other words are refused.
    pub(super) fn keyword(&self, name: &str, allowed: &[&str], default: &'a str) -> &'a str {
        let value = self.text(name).unwrap_or(default);
        if allowed.contains(&value) {
            return value;
        }
        let problem = format!("`{}` is outside the supported subset of MJCF", shown(value));
        let known =
            WORDS.iter().find(|(word, _)| *word == value).map_or(String::new(), |(_, told)| format!("; {told}"));
        self.refuse_attribute(name, problem, format!("allowed: {}{known}", allowed.join(", ")));
        default
    }

    /// Returns `N` numbers. Those not given keep the value of the enclosing class, else the default.
    pub(super) fn up_to<const N: usize>(&self, name: &str, default: [f64; N]) -> [f64; N] {
        let mut values = default;
        for text in self.stack().filter_map(|node| node.attribute(name)) {
            let given = self.parse_numbers(name, text, N).unwrap_or_default();
            values[..given.len()].copy_from_slice(&given);
        }
        values
    }

    /// Returns exactly `N` numbers if the attribute is given.
    pub(super) fn exactly<const N: usize>(&self, name: &str) -> Option<[f64; N]> {
        let given = self.parse_numbers(name, self.text(name)?, N)?;
        let count = given.len();
        let refuse = |_| {
            let problem = format!("has {count} number{}", if count == 1 { "" } else { "s" });
            self.refuse_attribute(name, problem, format!("it takes exactly {N} numbers"));
        };
        given.try_into().map_err(refuse).ok()
    }

    /// Returns exactly `N` numbers, or the default.
    pub(super) fn numbers<const N: usize>(&self, name: &str, default: [f64; N]) -> [f64; N] {
        self.exactly(name).unwrap_or(default)
    }

    /// Returns one number, or the default.
    pub(super) fn number(&self, name: &str, default: f64) -> f64 {
        self.numbers(name, [default])[0]
    }

    /// Returns one number. One below `least` is refused.
    pub(super) fn number_from(&self, name: &str, default: f64, least: f64) -> f64 {
        let value = self.number(name, default);
        if value < least {
            self.refuse_attribute(name, format!("{value} is too small"), format!("it must be at least {least}"));
        }
        value.max(least)
    }

    /// Returns a non-negative whole number that fits MuJoCo's integers.
    pub(super) fn whole(&self, name: &str, default: u32) -> u32 {
        let Some(text) = self.text(name) else { return default };
        let value = text.trim().parse().ok().filter(|value| i32::try_from(*value).is_ok());
        if value.is_none() {
            let problem = format!("`{}` is not a whole number", shown(text));
            self.refuse_attribute(name, problem, format!("allowed: 0 to {}", i32::MAX));
        }
        value.unwrap_or(default)
    }

    /// Returns the value of a `true` or `false` attribute, or the default.
    pub(super) fn boolean(&self, name: &str, default: bool) -> bool {
        let default = if default { "true" } else { "false" };
        self.keyword(name, &["true", "false"], default) == "true"
    }

    fn parse_numbers(&self, name: &str, text: &str, most: usize) -> Option<Vec<f64>> {
        let mut values = Vec::with_capacity(most);
        // One number beyond the limit is enough to refuse the value.
        for word in text.split_whitespace().take(most + 1) {
            match word.parse::<f64>() {
                Ok(value) if value.abs() <= MAGNITUDE => values.push(value),
                Ok(value) if value.is_finite() => {
                    let advice = format!("numbers are at most {MAGNITUDE:e} in size");
                    self.refuse_attribute(name, format!("`{}` is absurd", shown(word)), advice);
                    return None;
                }
                _ => {
                    let problem = format!("`{}` is not a finite number", shown(word));
                    self.refuse_attribute(name, problem, format!("it takes up to {most} numbers"));
                    return None;
                }
            }
        }
        if values.is_empty() || values.len() > most {
            let problem = format!("has {} numbers", text.split_whitespace().count());
            self.refuse_attribute(name, problem, format!("it takes 1 to {most} numbers"));
            return None;
        }
        Some(values)
    }
}

/// Returns whether two values mean the same: equal words, equal numbers, or one number in every place (`0` allows
/// `0 0 0`).
fn same_value(allowed: &str, value: &str) -> bool {
    let numbers = |text: &str| text.split_whitespace().map(str::parse).collect::<Result<Vec<f64>, _>>().ok();
    match (numbers(allowed).as_deref(), numbers(value)) {
        (_, Some(given)) if given.is_empty() => false,
        (Some([one]), Some(given)) => given.iter().all(|number| number == one),
        (Some(several), Some(given)) => *several == given,
        _ => allowed == value,
    }
}
