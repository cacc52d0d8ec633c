//! `--set key.path=value`: puts a value of the command line into the tree of the file.

use codespan_reporting::diagnostic::Diagnostic;

use super::error::{did_you_mean, mistake};
use super::schema::{FieldSpec, Kind, VariantSpec};
use super::syntax::{Entry, Node, Span, Value, parse};
use super::syntax_mistake;

/// One name of a path, and its place in the argument.
type Segment = (String, Span);

/// Applies one argument, which is source number `source`.
pub(crate) fn apply(
    fields: &'static [FieldSpec],
    root: &mut Node,
    source: usize,
    argument: &str,
) -> Result<(), Diagnostic<usize>> {
    let whole = Span { source, start: 0, end: argument.len() };
    let Some(equals) = argument.find('=') else {
        return Err(mistake("a setting needs a value", whole, "expected key.path=value"));
    };
    let value = parse(source, argument, equals + 1).map_err(syntax_mistake)?;
    let mut start = 0;
    let mut segments: Vec<Segment> = Vec::new();
    for name in argument[..equals].split(['.', '[']) {
        let bare = name.trim().trim_end_matches(']').to_string();
        segments.push((bare, Span { source, start, end: start + name.len() }));
        start += name.len() + 1;
    }
    set_field(fields, root, &segments, value, "the configuration")
}

/// Sets the field that `path` names inside a section.
fn set_field(
    fields: &'static [FieldSpec],
    section: &mut Node,
    path: &[Segment],
    value: Node,
    what: &str,
) -> Result<(), Diagnostic<usize>> {
    let Some(((name, span), rest)) = path.split_first() else { return Ok(()) };
    let Some(field) = fields.iter().find(|field| field.name == name) else {
        return Err(unknown(fields, name, *span, what));
    };
    let Some(entries) = as_fields(section) else {
        // The file has something else here, which the checker reports.
        return Ok(());
    };
    if let (Some((_, below)), false) = (rest.first(), field.kind.has_fields()) {
        return Err(mistake(format!("`{name}` has no fields"), *below, format!("`{name}` is a single value")));
    }
    let position = entries.iter().position(|entry| entry.key == *name);
    let entry = match position {
        Some(position) => &mut entries[position],
        None => {
            let value = Node { span: *span, value: Value::Tuple(None, Vec::new()) };
            entries.push(Entry { key: name.clone(), key_span: *span, value });
            entries.last_mut().expect("an entry was pushed just now")
        }
    };
    if rest.is_empty() {
        entry.value = value;
        return Ok(());
    }
    descend(&field.kind, &mut entry.value, rest, value, (name, *span))
}

/// Sets a value below a field that has fields of its own.
fn descend(
    kind: &Kind,
    node: &mut Node,
    rest: &[Segment],
    value: Node,
    (name, span): (&str, Span),
) -> Result<(), Diagnostic<usize>> {
    match kind {
        Kind::Section(fields) | Kind::Schedule(fields) => set_field(fields, node, rest, value, &format!("`{name}`")),
        Kind::Variants(variants) => {
            let chosen = match &node.value {
                Value::Scalar(chosen) => chosen.clone(),
                Value::Tuple(Some(chosen), _) | Value::Fields(Some(chosen), _) => chosen.clone(),
                _ => {
                    let names: Vec<_> = variants.iter().map(|variant| variant.name).collect();
                    let label = format!("set `{name}` first: {}", names.join(", "));
                    return Err(mistake(format!("no `{name}` is chosen"), span, label));
                }
            };
            match variants.iter().find(|variant| variant.name == chosen) {
                Some(variant) => set_field(variant.fields, node, rest, value, &format!("`{chosen}`")),
                None => Ok(()),
            }
        }
        // names of fields are checked once the task of the overlay is known
        Kind::Overlay(variants) => {
            let has = |variant: &&VariantSpec| {
                rest.first().is_some_and(|(key, _)| variant.fields.iter().any(|f| f.name == key))
            };
            let variant = variants.iter().find(has).unwrap_or(&variants[0]);
            set_field(variant.fields, node, rest, value, &format!("`{name}`"))
        }
        Kind::Optional(inner) => match &mut node.value {
            Value::Scalar(_) => {
                node.value = Value::Tuple(None, Vec::new());
                descend(inner, node, rest, value, (name, span))
            }
            Value::Tuple(Some(some), items) if some == "Some" && items.len() == 1 => {
                descend(inner, &mut items[0], rest, value, (name, span))
            }
            _ => descend(inner, node, rest, value, (name, span)),
        },
        Kind::List(inner) => set_item(inner, node, rest, value, (name, span)),
        _ => Ok(()),
    }
}

/// Sets an item of a list, or something inside it.
fn set_item(
    kind: &Kind,
    list: &mut Node,
    path: &[Segment],
    value: Node,
    (name, span): (&str, Span),
) -> Result<(), Diagnostic<usize>> {
    let Some(((index, place), rest)) = path.split_first() else { return Ok(()) };
    let items = match &mut list.value {
        Value::List(items) => items.as_mut_slice(),
        _ => &mut [],
    };
    let (count, item) = (items.len(), index.parse::<usize>().ok().and_then(|index| items.get_mut(index)));
    match item {
        Some(item) if rest.is_empty() => {
            *item = value;
            Ok(())
        }
        Some(item) => descend(kind, item, rest, value, (name, span)),
        None => {
            let message = format!("`{name}` is a list of {count} items here, and `{index}` is none of them");
            let label = format!("write {name}[0], or set the whole list");
            Err(mistake(message, *place, label))
        }
    }
}

/// Returns the fields of a section; an empty section becomes one with fields.
fn as_fields(node: &mut Node) -> Option<&mut Vec<Entry>> {
    let name = match &node.value {
        Value::Tuple(name, items) if items.is_empty() => Some(name.clone()),
        Value::Scalar(name) if name.starts_with(char::is_alphabetic) => Some(Some(name.clone())),
        _ => None,
    };
    if let Some(name) = name {
        node.value = Value::Fields(name, Vec::new());
    }
    match &mut node.value {
        Value::Fields(_, entries) => Some(entries),
        _ => None,
    }
}

/// Reports an unknown name of a path; suggests the whole path if a field of that name exists elsewhere.
fn unknown(fields: &'static [FieldSpec], found: &str, span: Span, what: &str) -> Diagnostic<usize> {
    let names = || fields.iter().map(|field| field.name);
    let deeper = || {
        let all = super::fields();
        all.into_iter().map(|field| field.path).find(|path| path.rsplit('.').next() == Some(found))
    };
    let label = match did_you_mean(found, names()) {
        Some(name) => format!("did you mean `{name}`?"),
        None => deeper().map_or("unknown field".to_string(), |path| format!("did you mean `{path}`?")),
    };
    let note = format!("{what} has the fields: {}", names().collect::<Vec<_>>().join(", "));
    mistake(format!("unknown field `{found}`"), span, label).with_notes(vec![note])
}
