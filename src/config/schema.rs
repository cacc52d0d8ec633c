//! Description of a configuration field: its type, unit, default, range and text, written once.
//!
//! `section!`, `variants!` and `choice!` turn one annotated listing into the plain struct, its `Default`, its serde
//! implementation and the table that the checker, `--set`, `gpu-ec presets --fields` and the documents read.

pub use super::range::Range;

/// One field of a section: everything that is known about it without a value.
#[derive(Debug)]
pub struct FieldSpec {
    /// Name in the file and in `--set`.
    pub name: &'static str,
    /// Type of the value.
    pub kind: Kind,
    /// Unit of the value, or an empty string.
    pub unit: &'static str,
    /// Values that are accepted.
    pub range: Range,
    /// True if a file without the field is refused.
    pub required: bool,
    /// RON text of the default.
    pub default: fn() -> String,
    /// Effect of the field.
    pub text: &'static str,
}

impl FieldSpec {
    /// Returns the accepted numbers in words; empty for a field without numbers.
    pub fn accepted(&self) -> String {
        accepted(&self.kind, self.range)
    }
}

fn accepted(kind: &Kind, range: Range) -> String {
    match (kind, range) {
        (Kind::Optional(inner) | Kind::List(inner), _) => accepted(inner, range),
        (Kind::Integer(most), Range::Any) => format!("0 to {most}"),
        (Kind::Interval, Range::Any) => format!("{} for either end, or -inf and inf for none", Range::FINITE),
        (Kind::Real | Kind::Vector | Kind::Schedule(_), Range::Any) => Range::FINITE.to_string(),
        (_, range) => range.to_string(),
    }
}

/// The type of a field.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// A whole number, not negative, at most this: the largest that its Rust type holds.
    Integer(u64),
    /// A real number.
    Real,
    /// `true` or `false`.
    Bool,
    /// `(low, high)`, either of which may be infinite.
    Interval,
    /// `Auto` or a whole number.
    AutoOrInteger,
    /// One name of a list.
    Choice(&'static [Choice]),
    /// `None` or a value.
    Optional(&'static Kind),
    /// `"..."`.
    Text,
    /// The name of a part of the robot, `"..."`, or its number.
    Part(PartKind),
    /// `(x, y, z)`.
    Vector,
    /// `[value, ...]`.
    List(&'static Kind),
    /// `(field: value, ...)`.
    Section(&'static [FieldSpec]),
    /// `Name(field: value, ...)`.
    Variants(&'static [VariantSpec]),
    /// A number, or a section that says how it changes.
    Schedule(&'static [FieldSpec]),
    /// `(field: value, ...)`: some fields of one of these, which another field chooses.
    Overlay(&'static [VariantSpec]),
}

/// Kind of robot part that a [`Kind::Part`] may name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartKind {
    /// Bodies, the world among them.
    Body,
    /// Slide and hinge joints.
    Joint,
}

impl PartKind {
    /// Returns the kind in words.
    pub fn name(self) -> &'static str {
        match self {
            PartKind::Body => "body",
            PartKind::Joint => "slide or hinge joint",
        }
    }
}

/// One name of a [`Kind::Choice`].
#[derive(Debug)]
pub struct Choice {
    /// Spelling in the file.
    pub name: &'static str,
    /// Description of what it selects.
    pub text: &'static str,
}

/// One alternative of a [`Kind::Variants`].
#[derive(Debug)]
pub struct VariantSpec {
    /// Spelling in the file.
    pub name: &'static str,
    /// Its fields.
    pub fields: &'static [FieldSpec],
    /// Description of what it selects.
    pub text: &'static str,
}

/// A Rust type that can stand in a configuration file.
pub trait FieldType {
    /// Description of the type.
    const KIND: Kind;
}

impl FieldType for u32 {
    const KIND: Kind = Kind::Integer(u32::MAX as u64);
}
impl FieldType for u64 {
    const KIND: Kind = Kind::Integer(u64::MAX);
}
impl FieldType for f64 {
    const KIND: Kind = Kind::Real;
}
impl FieldType for bool {
    const KIND: Kind = Kind::Bool;
}
impl FieldType for String {
    const KIND: Kind = Kind::Text;
}
impl FieldType for (f64, f64) {
    const KIND: Kind = Kind::Interval;
}
impl FieldType for (f64, f64, f64) {
    const KIND: Kind = Kind::Vector;
}
impl<T: FieldType> FieldType for Vec<T> {
    const KIND: Kind = Kind::List(&T::KIND);
}
impl<T: FieldType> FieldType for Option<T> {
    const KIND: Kind = Kind::Optional(&T::KIND);
}

impl Kind {
    /// Returns whether a path can continue below a field of this type.
    pub fn has_fields(&self) -> bool {
        match self {
            Kind::Section(_) | Kind::Variants(_) | Kind::Overlay(_) | Kind::Schedule(_) => true,
            Kind::Optional(inner) | Kind::List(inner) => inner.has_fields(),
            _ => false,
        }
    }

    /// Returns the type in words, for tables and messages.
    pub fn describe(&self) -> String {
        match self {
            Kind::Integer(_) => "whole number".into(),
            Kind::Schedule(_) => "number or (from: ..., to: ..., frames: ...)".into(),
            Kind::Real => "number".into(),
            Kind::Bool => "true or false".into(),
            Kind::Interval => "(low, high)".into(),
            Kind::AutoOrInteger => "Auto or whole number".into(),
            Kind::Choice(choices) => choices.iter().map(|choice| choice.name).collect::<Vec<_>>().join(" | "),
            Kind::Optional(Kind::Section(_) | Kind::Overlay(_)) => "None or (...)".into(),
            Kind::Optional(inner) => format!("None or {}", inner.describe()),
            Kind::Text => "text in quotes".into(),
            Kind::Part(kind) => format!("name of a {} in quotes, or its number", kind.name()),
            Kind::Vector => "(x, y, z)".into(),
            Kind::List(Kind::Variants(variants)) => {
                let names: Vec<_> = variants.iter().map(|variant| format!("{}(...)", variant.name)).collect();
                format!("list of {}", names.join(" | "))
            }
            Kind::List(inner) => format!("list of {}", inner.describe()),
            Kind::Section(_) | Kind::Overlay(_) => "(...)".into(),
            Kind::Variants(variants) => {
                variants.iter().map(|variant| format!("{}(...)", variant.name)).collect::<Vec<_>>().join(" | ")
            }
        }
    }
}

/// Declares a section: the struct, its defaults and its table, from one listing of
/// `name: type = default, "unit", range [, true if required];`.
macro_rules! section {
    (
        $(#[doc = $about:literal])+
        pub struct $Name:ident {
            $( $(#[doc = $doc:literal])+ $field:ident: $ty:ty = $default:expr, $unit:literal, $range:expr $(, $required:expr)?; )*
        }
    ) => {
        $(#[doc = $about])+
        #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(deny_unknown_fields, default)]
        pub struct $Name {
            $(
                $(#[doc = $doc])+
                #[doc = concat!("\n\nDefault: `", stringify!($default), "`. Unit: ", $unit)]
                pub $field: $ty,
            )*
        }

        impl Default for $Name {
            fn default() -> Self {
                Self { $( $field: $default, )* }
            }
        }

        impl $Name {
            /// The fields with their units, defaults and ranges.
            pub const FIELDS: &'static [$crate::config::FieldSpec] = &[$(
                $crate::config::FieldSpec {
                    name: stringify!($field),
                    kind: <$ty as $crate::config::FieldType>::KIND,
                    unit: $unit,
                    range: $range,
                    required: false $(|| $required)?,
                    default: || {
                        let default: $ty = $default;
                        $crate::config::write::ron_text(&default)
                    },
                    text: concat!($($doc),+),
                },
            )*];
        }

        impl $crate::config::FieldType for $Name {
            const KIND: $crate::config::Kind = $crate::config::Kind::Section(Self::FIELDS);
        }
    };
}

/// Declares an enum of sections, `Name(field: value, ...)` in a file; the default is the first one.
macro_rules! variants {
    (
        $(#[doc = $about:literal])+
        pub enum $Name:ident {
            $(#[doc = $first_doc:literal])+ $First:ident($FirstTy:ty),
            $( $(#[doc = $doc:literal])+ $Variant:ident($ty:ty), )*
        }
    ) => {
        $(#[doc = $about])+
        #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
        pub enum $Name {
            $(#[doc = $first_doc])+ $First($FirstTy),
            $( $(#[doc = $doc])+ $Variant($ty), )*
        }

        impl Default for $Name {
            fn default() -> Self {
                Self::$First(<$FirstTy>::default())
            }
        }

        impl $crate::config::FieldType for $Name {
            const KIND: $crate::config::Kind = $crate::config::Kind::Variants(&[
                $crate::config::VariantSpec { name: stringify!($First), fields: <$FirstTy>::FIELDS, text: concat!($($first_doc),+) },
                $( $crate::config::VariantSpec { name: stringify!($Variant), fields: <$ty>::FIELDS, text: concat!($($doc),+) }, )*
            ]);
        }
    };
}

/// Declares an enum of plain names; the default is the first one.
macro_rules! choice {
    (
        $(#[doc = $about:literal])+
        pub enum $Name:ident {
            $(#[doc = $first_doc:literal])+ $First:ident,
            $( $(#[doc = $doc:literal])+ $Variant:ident, )*
        }
    ) => {
        $(#[doc = $about])+
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        pub enum $Name {
            $(#[doc = $first_doc])+ #[default] $First,
            $( $(#[doc = $doc])+ $Variant, )*
        }

        impl $crate::config::FieldType for $Name {
            const KIND: $crate::config::Kind = $crate::config::Kind::Choice(&[
                $crate::config::Choice { name: stringify!($First), text: concat!($($first_doc),+) },
                $( $crate::config::Choice { name: stringify!($Variant), text: concat!($($doc),+) }, )*
            ]);
        }
    };
}

pub(crate) use {choice, section, variants};
