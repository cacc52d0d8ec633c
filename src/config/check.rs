//! Checks a tree against the tables of fields: names, types, ranges. Every mistake is reported, not only the first.

use codespan_reporting::diagnostic::{Diagnostic, Label};

use super::error::{did_you_mean, mistake};
use super::range::least;
use super::schema::{Choice, FieldSpec, Kind, Range, VariantSpec};
use super::syntax::{Entry, Node, Value};
use super::write::inline;

/// Largest number of items in a list: some for each body of the largest robot. Each becomes a piece of a kernel.
const MOST_ITEMS: usize = 1000;

/// Mistakes found so far.
pub(crate) struct Checker {
    pub mistakes: Vec<Diagnostic<usize>>,
}

impl Checker {
    fn report(&mut self, mistake: Diagnostic<usize>) {
        self.mistakes.push(mistake);
    }

    /// Checks the fields of a section; `what` names it in messages, `path` is empty or ends in a point.
    pub fn section(&mut self, fields: &[FieldSpec], node: &mut Node, what: &str, path: &str) {
        let span = node.span;
        let entries = match &mut node.value {
            Value::Fields(_, entries) => entries.as_mut_slice(),
            Value::Tuple(_, items) if items.is_empty() => &mut [],
            _ => {
                return self.report(mistake(format!("{what} needs named fields"), span, "expected (name: value, ...)"));
            }
        };
        for field in fields.iter().filter(|field| field.required) {
            if !entries.iter().any(|entry| entry.key == field.name) {
                let label = format!("`{}: {}` is missing", field.name, field.kind.describe());
                let note = field.text.trim().to_string();
                self.report(
                    mistake(format!("required field `{path}{}` is missing", field.name), span, label)
                        .with_notes(vec![note]),
                );
            }
        }
        self.entries(fields, entries, what, path);
    }

    /// Checks the fields that are given, but not whether required ones are missing.
    fn entries(&mut self, fields: &[FieldSpec], entries: &mut [Entry], what: &str, path: &str) {
        self.duplicates(entries);
        for entry in entries {
            match fields.iter().find(|field| field.name == entry.key) {
                Some(field) => self.field(field, &mut entry.value, &format!("{path}{}", field.name)),
                None => self.unknown_field(fields, entry, what),
            }
        }
    }

    fn unknown_field(&mut self, fields: &[FieldSpec], entry: &Entry, what: &str) {
        let names = || fields.iter().map(|field| field.name);
        let label = did_you_mean(&entry.key, names())
            .map_or_else(|| format!("unknown field of {what}"), |name| format!("did you mean `{name}`?"));
        let note = format!("{what} has the fields: {}", names().collect::<Vec<_>>().join(", "));
        self.report(mistake(format!("unknown field `{}`", entry.key), entry.key_span, label).with_notes(vec![note]));
    }

    fn duplicates(&mut self, entries: &[Entry]) {
        for (k, entry) in entries.iter().enumerate() {
            if let Some(first) = entries[..k].iter().find(|other| other.key == entry.key) {
                let earlier = first.key_span;
                let place =
                    Label::secondary(earlier.source, earlier.start..earlier.end).with_message("first given here");
                let duplicate = mistake(format!("field `{}` is given twice", entry.key), entry.key_span, "again here");
                self.report(duplicate.with_label(place));
            }
        }
    }

    /// Checks the value of one field.
    fn field(&mut self, field: &FieldSpec, node: &mut Node, path: &str) {
        self.value(&field.kind, field, node, path);
    }

    fn value(&mut self, kind: &Kind, field: &FieldSpec, node: &mut Node, path: &str) {
        match kind {
            Kind::Section(fields) => self.unnamed_section(fields, field, node, path),
            Kind::Variants(variants) => self.variants(variants, field, node, path),
            Kind::Overlay(variants) => self.overlay(variants, field, node, path),
            Kind::Schedule(_) if matches!(node.value, Value::Scalar(_)) => self.real(field, node, path),
            Kind::Schedule(fields) => self.schedule(fields, field, node, path),
            Kind::Optional(_) if is_scalar(node, "None") => {}
            Kind::Optional(inner) => {
                unwrap_some(node);
                self.value(inner, field, node, path);
            }
            Kind::Choice(choices) => self.choice(choices, field, node, path),
            Kind::Interval => self.interval(field, node, path),
            Kind::Vector => self.vector(field, node, path),
            Kind::Text => {
                if text(node).is_none() {
                    self.wrong_type(field, node, path);
                }
            }
            Kind::Part(_) => {
                if text(node).is_none() && !is_whole(node) {
                    self.wrong_type(field, node, path);
                }
            }
            Kind::List(inner) => self.list(inner, field, node, path),
            Kind::AutoOrInteger if is_scalar(node, "Auto") => {}
            Kind::Integer(most) => self.integer(field, *most, node, path),
            Kind::AutoOrInteger => self.integer(field, u32::MAX.into(), node, path),
            Kind::Real => self.real(field, node, path),
            Kind::Bool => {
                if !is_scalar(node, "true") && !is_scalar(node, "false") {
                    self.wrong_type(field, node, path);
                }
            }
        }
    }

    fn unnamed_section(&mut self, fields: &[FieldSpec], field: &FieldSpec, node: &mut Node, path: &str) {
        if let Value::Fields(Some(name), _) | Value::Tuple(Some(name), _) = &node.value {
            let label = format!("write (...) without the name `{name}`");
            let message = format!("`{path}` takes no name");
            return self.report(mistake(message, node.span, label));
        }
        if matches!(node.value, Value::Scalar(_)) {
            return self.wrong_type(field, node, path);
        }
        self.section(fields, node, &format!("`{path}`"), &format!("{path}."));
    }

    fn variants(&mut self, variants: &[VariantSpec], field: &FieldSpec, node: &mut Node, path: &str) {
        let name = match &node.value {
            Value::Scalar(name) => name.clone(),
            Value::Fields(Some(name), _) | Value::Tuple(Some(name), _) => name.clone(),
            _ => return self.wrong_type(field, node, path),
        };
        let Some(variant) = variants.iter().find(|variant| variant.name == name) else {
            let names: Vec<_> = variants.iter().map(|variant| variant.name).collect();
            let mut span = node.span;
            span.end = span.start + name.len();
            return self.unknown_name(&name, &names, span, path);
        };
        if matches!(node.value, Value::Scalar(_)) {
            node.value = Value::Tuple(Some(name.clone()), Vec::new());
        }
        self.section(variant.fields, node, &format!("`{name}`"), &format!("{path}."));
    }

    /// Checks a schedule: both its ends must lie in the field's own range.
    fn schedule(&mut self, fields: &[FieldSpec], field: &FieldSpec, node: &mut Node, path: &str) {
        self.unnamed_section(fields, field, node, path);
        let Value::Fields(_, entries) = &node.value else { return };
        for entry in entries.iter().filter(|entry| entry.key == "from" || entry.key == "to") {
            if number(&entry.value).is_some() {
                self.real(field, &entry.value, &format!("{path}.{}", entry.key));
            }
        }
    }

    fn overlay(&mut self, variants: &[VariantSpec], field: &FieldSpec, node: &mut Node, path: &str) {
        let known = |name: &Option<String>| variants.iter().find(|variant| Some(variant.name) == name.as_deref());
        match &mut node.value {
            Value::Fields(name, entries) => {
                if let Some(variant) = known(name) {
                    self.entries(variant.fields, entries, &format!("`{}`", variant.name), &format!("{path}."));
                }
            }
            Value::Tuple(_, items) if items.is_empty() => {}
            _ => self.wrong_type(field, node, path),
        }
    }

    fn choice(&mut self, choices: &[Choice], field: &FieldSpec, node: &Node, path: &str) {
        let Value::Scalar(name) = &node.value else { return self.wrong_type(field, node, path) };
        let names: Vec<_> = choices.iter().map(|choice| choice.name).collect();
        if !names.contains(&name.as_str()) {
            self.unknown_name(name, &names, node.span, path);
        }
    }

    fn unknown_name(&mut self, found: &str, names: &[&str], span: super::syntax::Span, path: &str) {
        let label = did_you_mean(found, names.iter().copied())
            .map_or_else(|| format!("expected {}", names.join(", ")), |name| format!("did you mean `{name}`?"));
        let note = format!("`{path}` may be: {}", names.join(", "));
        self.report(mistake(format!("unknown name `{found}` for `{path}`"), span, label).with_notes(vec![note]));
    }

    /// Checks a whole number of at most `most`, the largest that its type holds.
    fn integer(&mut self, field: &FieldSpec, most: u64, node: &Node, path: &str) {
        let Value::Scalar(text) = &node.value else { return self.wrong_type(field, node, path) };
        match ron::from_str::<u64>(text) {
            Ok(value) if value <= most && field.range.accepts_whole(value) => {}
            Ok(_) => self.out_of_range(field, node, path),
            Err(_) if text.replace('_', "").parse::<i128>().is_ok() => self.out_of_range(field, node, path),
            Err(_) => self.wrong_type(field, node, path),
        }
    }

    fn real(&mut self, field: &FieldSpec, node: &Node, path: &str) {
        match number(node) {
            Some(value) if field.range.accepts_real(value) => {}
            Some(_) => self.out_of_range(field, node, path),
            None => self.wrong_type(field, node, path),
        }
    }

    fn interval(&mut self, field: &FieldSpec, node: &Node, path: &str) {
        let ends = match &node.value {
            Value::Tuple(None, items) => items.iter().map(number).collect::<Option<Vec<_>>>().unwrap_or_default(),
            _ => Vec::new(),
        };
        match ends.as_slice() {
            [low, high] if low <= high && field.range.accepts_interval(*low, *high) => {}
            [low, high] if low <= high => self.out_of_range(field, node, path),
            [_, _] => {
                let label = "expected (low, high) with low <= high";
                self.report(mistake(format!("`{path}` is empty"), node.span, label));
            }
            _ => self.wrong_type(field, node, path),
        }
    }

    fn vector(&mut self, field: &FieldSpec, node: &Node, path: &str) {
        let numbers = match &node.value {
            Value::Tuple(None, items) if items.len() == 3 => items.iter().map(number).collect::<Option<Vec<_>>>(),
            _ => None,
        };
        match numbers {
            Some(numbers) if numbers.iter().all(|x| field.range.accepts_real(*x)) => {}
            Some(_) => self.out_of_range(field, node, path),
            None => self.wrong_type(field, node, path),
        }
    }

    fn list(&mut self, inner: &Kind, field: &FieldSpec, node: &mut Node, path: &str) {
        let Value::List(items) = &mut node.value else { return self.wrong_type(field, node, path) };
        if let Some(item) = items.get(MOST_ITEMS) {
            let message = format!("`{path}` has {} items", items.len());
            return self.report(mistake(
                message,
                item.span,
                format!("at most {MOST_ITEMS} are read; this is the next"),
            ));
        }
        for (k, item) in items.iter_mut().enumerate() {
            self.value(inner, field, item, &format!("{path}[{k}]"));
        }
    }

    fn wrong_type(&mut self, field: &FieldSpec, node: &Node, path: &str) {
        let label = format!("expected {}", expectation(field));
        let message = format!("`{path}` cannot be `{}`", shortened(&inline(node)));
        self.report(mistake(message, node.span, label).with_notes(vec![field.text.trim().to_string()]));
    }

    fn out_of_range(&mut self, field: &FieldSpec, node: &Node, path: &str) {
        let unit = if field.unit.is_empty() { String::new() } else { format!(" ({})", field.unit) };
        let label = format!("expected {}{unit}", field.accepted());
        let message = format!("`{path}` is out of range: {}", inline(node));
        let mut notes = vec![field.text.trim().to_string()];
        if numbers(node).into_iter().any(Range::is_lost_in_zero) {
            notes.push(format!(
                "kernels cannot tell it from 0: write 0 or, where 0 is out of range, at least {}",
                least()
            ));
        }
        self.report(mistake(message, node.span, label).with_notes(notes));
    }
}

/// Returns type and range in words.
fn expectation(field: &FieldSpec) -> String {
    match field.range {
        Range::Any => field.kind.describe(),
        range => format!("{}, {range}", field.kind.describe()),
    }
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(40) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.into(),
    }
}

/// Strips `Some`: `Some(5)` becomes `5`, `Some((a: 1))` and `Some(a: 1)` become `(a: 1)`.
pub(crate) fn unwrap_some(node: &mut Node) {
    match &mut node.value {
        Value::Tuple(Some(name), items) if name == "Some" && items.len() == 1 => *node = items.remove(0),
        Value::Fields(name, _) if name.as_deref() == Some("Some") => *name = None,
        _ => {}
    }
}

pub(crate) fn is_scalar(node: &Node, wanted: &str) -> bool {
    matches!(&node.value, Value::Scalar(text) if text == wanted)
}

/// Returns the contents of a text in quotes, as ron reads it.
pub(crate) fn text(node: &Node) -> Option<String> {
    match &node.value {
        Value::Scalar(written) if written.starts_with('"') => ron::from_str(written).ok(),
        _ => None,
    }
}

fn is_whole(node: &Node) -> bool {
    matches!(&node.value, Value::Scalar(written) if ron::from_str::<u32>(written).is_ok())
}

/// Returns all numbers of a value.
fn numbers(node: &Node) -> Vec<f64> {
    match &node.value {
        Value::Tuple(_, items) => items.iter().filter_map(number).collect(),
        _ => number(node).into_iter().collect(),
    }
}

/// Returns the value of a number as ron reads it.
fn number(node: &Node) -> Option<f64> {
    match &node.value {
        Value::Scalar(text) => ron::from_str::<f64>(text).ok(),
        _ => None,
    }
}
