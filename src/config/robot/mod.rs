//! The user's robot: its file is read and compiled when the configuration is loaded, and goes with it from then on.

mod names;
mod sense;

use std::path::Path;
use std::sync::Arc;

use codespan_reporting::diagnostic::Diagnostic;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::error::mistake;
use super::pairs::find;
use super::schema::{FieldType, Kind};
use super::syntax::{Node, Span};
use super::{Config, Source, TaskConfig};
use crate::physics::mjcf::{self, MjcfError};
use crate::physics::model::Model;

/// Largest robot file that is read, bytes.
const LARGEST: u64 = 4 << 20;

/// A robot file of the user's: a path in the configuration; once loaded, its text and what it compiles to.
#[derive(Clone, Debug, Default)]
pub struct Robot {
    file: String,
    loaded: Option<Arc<Loaded>>,
}

#[derive(Debug)]
struct Loaded {
    text: String,
    model: Model,
}

impl Robot {
    /// Compiles a robot's text.
    ///
    /// Errors: what lies outside the subset of MJCF, at its place.
    pub fn compile(file: &str, text: String) -> Result<Self, MjcfError> {
        let model = mjcf::compile(file, &text)?.model;
        Ok(Self { file: file.into(), loaded: Some(Arc::new(Loaded { text, model })) })
    }

    /// The path as it is written.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// The text of the file; `None` before it is loaded.
    pub fn text(&self) -> Option<&str> {
        self.loaded.as_ref().map(|loaded| loaded.text.as_str())
    }

    /// The compiled robot; `None` before it is loaded.
    pub fn model(&self) -> Option<&Model> {
        self.loaded.as_ref().map(|loaded| &loaded.model)
    }

    /// The same robot under another path.
    pub fn at(&self, file: &str) -> Self {
        Self { file: file.into(), loaded: self.loaded.clone() }
    }

    /// The file's name without its ending, such that it can be a part of a folder's name.
    pub fn stem(&self) -> String {
        let stem = Path::new(&self.file).file_stem().unwrap_or_default().to_string_lossy();
        let kept = stem.chars().map(|c| if c.is_alphanumeric() || matches!(c, '_' | '-') { c } else { '_' });
        kept.collect::<String>()
    }
}

/// Robots are equal if their path and their text are.
impl PartialEq for Robot {
    fn eq(&self, other: &Self) -> bool {
        self.file == other.file && self.text() == other.text()
    }
}

impl FieldType for Robot {
    const KIND: Kind = Kind::Text;
}

impl Serialize for Robot {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.file)
    }
}

impl<'de> Deserialize<'de> for Robot {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self { file: String::deserialize(deserializer)?, loaded: None })
    }
}

/// Reads and compiles the robot of a configuration, and checks what the configuration says of it.
pub(super) fn load(config: &mut Config, tree: &Node, sources: &[Source]) -> Vec<Diagnostic<usize>> {
    let (Some(robot), Some(node)) = (config.task.robot_mut(), find(tree, "task.robot")) else { return vec![] };
    let source = &sources[node.span.source];
    let refuse = |reason: String, note: &str| {
        let message = format!("the robot `{}` cannot be used", robot.file);
        vec![mistake(message, node.span, reason).with_notes(vec![note.into()])]
    };
    let path = source.folder.join(&robot.file);
    let text = match &source.robot {
        Some(text) => Ok(text.clone()),
        None => read(&path),
    };
    let text = match text {
        Ok(text) => text,
        Err(reason) => return refuse(format!("{}: {reason}", path.display()), RELATIVE),
    };
    let shown = if source.robot.is_some() { robot.file.clone() } else { path.display().to_string() };
    match Robot::compile(&shown, text) {
        Ok(loaded) => *robot = loaded.at(&robot.file),
        Err(error) => return refuse(error.to_string(), "the subset of MJCF is that of the physics, see the README"),
    }
    check(config, tree, node.span)
}

const RELATIVE: &str =
    "a relative path begins at the folder of the configuration file; in --set, at the working directory";

fn read(path: &Path) -> Result<String, String> {
    let size = std::fs::metadata(path).map_err(|error| error.to_string())?.len();
    if size > LARGEST {
        return Err(format!("the file has {size} bytes, and a robot at most {LARGEST}"));
    }
    std::fs::read_to_string(path).map_err(|error| error.to_string())
}

fn check(config: &Config, tree: &Node, robot: Span) -> Vec<Diagnostic<usize>> {
    let TaskConfig::Locomotion(task) = &config.task else { return vec![] };
    let Some(model) = task.robot.model() else { return vec![] };
    let mut mistakes = sense::drivable(model, task.robot.text().unwrap_or_default(), task.robot.file(), robot);
    mistakes.extend(names::check(tree, model));
    if mistakes.is_empty() { sense::check(task, model, tree) } else { mistakes }
}
