//! The table of all fields, for help texts and documents.

use super::Config;
use super::schema::{FieldSpec, Kind, VariantSpec};

/// One field of the configuration, described in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Path as in `--set`.
    pub path: String,
    /// Alternatives of an enum that have the field, such as `Hopper`; empty if it always exists.
    pub variants: Vec<&'static str>,
    /// Type in words.
    pub kind: String,
    /// Unit, or an empty string.
    pub unit: &'static str,
    /// Default as it would be written in a file; `required` if there is none. If the alternatives differ: `Hopper 1.0,
    /// Humanoid 5.0`.
    pub default: String,
    /// Accepted values.
    pub range: String,
    /// Effect of the field.
    pub text: String,
    /// Accepted names, each with what it selects.
    pub choices: Vec<(&'static str, &'static str)>,
}

/// Returns all fields in the order of the file; sections come before their fields.
pub fn fields() -> Vec<Field> {
    let mut list = Vec::new();
    section(Config::FIELDS, "", None, &mut list);
    list.into_iter().map(Collected::finish).collect()
}

/// A field, and the defaults of the alternatives found so far that share its path.
struct Collected {
    field: Field,
    defaults: Vec<String>,
}

impl Collected {
    /// Writes the defaults into the field: one if all alternatives agree, else each with its name.
    fn finish(mut self) -> Field {
        let first = &self.defaults[0];
        self.field.default = if self.defaults.iter().all(|default| default == first) {
            first.clone()
        } else {
            let named =
                self.field.variants.iter().zip(&self.defaults).map(|(name, default)| format!("{name} {default}"));
            named.collect::<Vec<_>>().join(", ")
        };
        self.field
    }
}

/// Adds the fields of one section, or of one alternative.
fn section(fields: &'static [FieldSpec], path: &str, variant: Option<&'static str>, list: &mut Vec<Collected>) {
    for spec in fields {
        add(list, describe(spec, path, variant), default_of(spec));
        let below = format!("{path}{}.", spec.name);
        let item = format!("{path}{}[].", spec.name);
        match &spec.kind {
            Kind::Section(fields) | Kind::Optional(Kind::Section(fields)) => section(fields, &below, variant, list),
            Kind::Variants(variants) => alternatives(variants, &below, list),
            Kind::List(Kind::Section(fields)) => section(fields, &item, variant, list),
            Kind::List(Kind::Variants(variants)) => alternatives(variants, &item, list),
            _ => {}
        }
    }
}

fn alternatives(variants: &'static [VariantSpec], path: &str, list: &mut Vec<Collected>) {
    for alternative in variants {
        section(alternative.fields, path, Some(alternative.name), list);
    }
}

fn describe(spec: &FieldSpec, path: &str, variant: Option<&'static str>) -> Field {
    Field {
        path: format!("{path}{}", spec.name),
        variants: variant.into_iter().collect(),
        kind: spec.kind.describe(),
        unit: spec.unit,
        default: String::new(),
        range: spec.accepted(),
        text: spec.text.trim().to_string(),
        choices: choices(&spec.kind),
    }
}

fn choices(kind: &Kind) -> Vec<(&'static str, &'static str)> {
    match kind {
        Kind::Choice(choices) => choices.iter().map(|choice| (choice.name, choice.text.trim())).collect(),
        Kind::Variants(variants) => variants.iter().map(|variant| (variant.name, variant.text.trim())).collect(),
        Kind::Optional(inner) | Kind::List(inner) => choices(inner),
        _ => vec![],
    }
}

fn default_of(spec: &FieldSpec) -> String {
    match spec.kind {
        _ if spec.required => "required".into(),
        Kind::Section(_) => "its fields' defaults".into(),
        _ => spaced(&(spec.default)()),
    }
}

/// Adds a field, or adds its variant to a known field of the same path and meaning.
fn add(list: &mut Vec<Collected>, field: Field, default: String) {
    let same = |other: &&mut Collected| {
        let known = &other.field;
        known.path == field.path && known.text == field.text && known.unit == field.unit && !field.variants.is_empty()
    };
    match list.iter_mut().find(same) {
        Some(other) => {
            other.field.variants.extend(field.variants);
            other.defaults.push(default);
        }
        None => list.push(Collected { field, defaults: vec![default] }),
    }
}

/// Adds spaces after commas: `(0.7,inf)` becomes `(0.7, inf)`.
fn spaced(text: &str) -> String {
    text.replace(',', ", ")
}
