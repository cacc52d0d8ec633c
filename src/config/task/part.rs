//! Parts of the user-supplied robot, named or numbered.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::config::schema::{FieldType, Kind, PartKind};

/// A part of the robot, by name or by number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Name in the robot's file.
    Name(String),
    /// Place in the robot's file, from 0; the world is body 0.
    Number(u32),
}

impl Default for Part {
    fn default() -> Self {
        Self::Number(0)
    }
}

impl Part {
    /// Returns the index in `names`, those of all parts of the kind.
    pub fn find(&self, names: &[String]) -> Option<usize> {
        match self {
            Self::Name(name) => names.iter().position(|known| known == name && !name.is_empty()),
            Self::Number(number) => Some(*number as usize).filter(|index| *index < names.len()),
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => write!(f, "`{name}`"),
            Self::Number(number) => write!(f, "number {number}"),
        }
    }
}

/// A body of the robot.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Body(pub Part);

/// A slide or hinge joint of the robot.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Joint(pub Part);

impl FieldType for Body {
    const KIND: Kind = Kind::Part(PartKind::Body);
}

impl FieldType for Joint {
    const KIND: Kind = Kind::Part(PartKind::Joint);
}

impl Serialize for Part {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Name(name) => serializer.serialize_str(name),
            Self::Number(number) => serializer.serialize_u32(*number),
        }
    }
}

impl<'de> Deserialize<'de> for Part {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PartVisitor)
    }
}

struct PartVisitor;

impl de::Visitor<'_> for PartVisitor {
    type Value = Part;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a name in quotes or a whole number")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Part, E> {
        Ok(Part::Name(text.into()))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Part, E> {
        u32::try_from(number).map(Part::Number).map_err(|_| E::invalid_value(de::Unexpected::Unsigned(number), &self))
    }
}
