//! Checks that the parts named in a configuration are parts of its robot.

use codespan_reporting::diagnostic::Diagnostic;

use crate::{
    config::{
        LocomotionConfig, Part,
        check::text,
        error::{did_you_mean, mistake},
        path::find,
        schema::{FieldSpec, Kind, PartKind},
        syntax::{Node, Value},
    },
    physics::model::{Model, joint},
};

/// Reports every name or number in the tasks at `places` that is not a body or joint of the robot, at its place.
pub fn check(tree: &Node, places: &[String], model: &Model) -> Vec<Diagnostic<usize>> {
    let mut walk = Walk { model, mistakes: vec![] };
    for task in places.iter().filter_map(|path| find(tree, path)) {
        walk.section(LocomotionConfig::FIELDS, task);
    }
    walk.mistakes
}

struct Walk<'a> {
    model: &'a Model,
    mistakes: Vec<Diagnostic<usize>>,
}

impl Walk<'_> {
    fn section(&mut self, fields: &'static [FieldSpec], node: &Node) {
        let Value::Fields(_, entries) = &node.value else { return };
        for entry in entries {
            if let Some(field) = fields.iter().find(|field| field.name == entry.key) {
                self.value(&field.kind, &entry.value);
            }
        }
    }

    fn value(&mut self, kind: &Kind, node: &Node) {
        match (kind, &node.value) {
            (Kind::Part(part), Value::Scalar(_)) => self.part(*part, node),
            (Kind::Optional(_), Value::Scalar(none)) if none == "None" => {}
            (Kind::Optional(inner), _) => self.value(inner, node),
            (Kind::List(inner), Value::List(items)) => items.iter().for_each(|item| self.value(inner, item)),
            (Kind::Section(fields), _) => self.section(fields, node),
            (Kind::Variants(variants), Value::Fields(Some(name), _)) => {
                if let Some(variant) = variants.iter().find(|variant| variant.name == name) {
                    self.section(variant.fields, node);
                }
            }
            _ => {}
        }
    }

    fn part(&mut self, kind: PartKind, node: &Node) {
        let (names, usable): (_, Vec<usize>) = match kind {
            PartKind::Body => (&self.model.names.body, (0..self.model.sizes.nbody).collect()),
            PartKind::Joint => (
                &self.model.names.joint,
                (0..self.model.sizes.njnt).filter(|id| self.model.jnt_type[*id] != joint::FREE).collect(),
            ),
        };
        let part = match (text(node), &node.value) {
            (Some(name), _) => Part::Name(name),
            (None, Value::Scalar(number)) => Part::Number(ron::from_str(number).unwrap_or(u32::MAX)),
            _ => return,
        };
        if part.find(names).is_some_and(|index| usable.contains(&index)) {
            return;
        }
        let known: Vec<&str> = usable.iter().map(|id| names[*id].as_str()).filter(|name| !name.is_empty()).collect();
        let alike = match &part {
            Part::Name(name) => did_you_mean(name, known.iter().copied()),
            Part::Number(_) => None,
        };
        let label = alike.map_or_else(
            || format!("expected the name of a {}, or its number", kind.name()),
            |name| format!("did you mean \"{name}\"?"),
        );
        let list: Vec<_> = usable.iter().map(|id| format!("{id} {}", quoted(&names[*id]))).collect();
        let note = format!("the robot has: {}", list.join(", "));
        let message = format!("the robot has no {} {part}", kind.name());
        self.mistakes.push(mistake(message, node.span, label).with_notes(vec![note]));
    }
}

fn quoted(name: &str) -> String {
    if name.is_empty() { "(no name)".into() } else { format!("\"{name}\"") }
}
