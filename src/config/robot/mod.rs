//! The user-supplied robot: its file is read and compiled when the configuration is loaded, and stays with it from
//! then on.

mod names;
mod sense;

use std::path::Path;
use std::sync::Arc;

use codespan_reporting::diagnostic::Diagnostic;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::error::mistake;
use super::schema::{FieldType, Kind};
use super::syntax::{Node, Span};
use super::{Config, Source, TaskConfig};
use crate::{
    config::path::find,
    physics::{
        mjcf::{self, Became, Compiled, Refusals},
        model::Model,
    },
};

/// Longest text of a robot, bytes: checkpoints hold it.
const LONGEST: usize = 512 << 10;

/// A user-supplied robot file: a path in the configuration; once loaded, its text and what it compiles to.
#[derive(Clone, Debug, Default)]
pub struct Robot {
    file: String,
    loaded: Option<Arc<Loaded>>,
}

#[derive(Debug)]
struct Loaded {
    text: String,
    compiled: Compiled,
}

impl Robot {
    /// Compiles a robot's text.
    ///
    /// Errors: everything outside the subset of MJCF, each at its place.
    pub fn compile(file: &str, text: &str) -> Result<Self, Refusals> {
        Ok(Self::new(file, mjcf::compile(file, text)?, text.into()))
    }

    fn new(file: &str, compiled: Compiled, text: String) -> Self {
        Self { file: file.into(), loaded: Some(Arc::new(Loaded { text, compiled })) }
    }

    /// Returns the path as written in the configuration.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// Returns the text of the file, with those that it includes in their places; `None` before it is loaded.
    pub fn text(&self) -> Option<&str> {
        self.loaded.as_ref().map(|loaded| loaded.text.as_str())
    }

    /// Returns the compiled robot; `None` before it is loaded.
    pub fn model(&self) -> Option<&Model> {
        self.loaded.as_ref().map(|loaded| &loaded.compiled.model)
    }

    /// Returns file and line of motor number `motor`.
    fn motor_place(&self, motor: usize) -> Option<String> {
        let elements = &self.loaded.as_ref()?.compiled.elements;
        let entry = elements.iter().find(|entry| entry.became == Became::Actuator(motor))?;
        Some(format!("{}:{}", entry.file, entry.line))
    }

    /// Returns the same robot under another path.
    pub fn at(&self, file: &str) -> Self {
        Self { file: file.into(), loaded: self.loaded.clone() }
    }

    /// Returns the file's name without its ending, fit to be part of a folder's name.
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

/// Reads and compiles the robot of a configuration, and checks what the configuration says about it.
pub(super) fn load(config: &mut Config, tree: &Node, sources: &[Source]) -> Vec<Diagnostic<usize>> {
    let (Some(robot), Some(node)) = (config.task.robot_mut(), find(tree, "task.robot")) else { return vec![] };
    let source = &sources[node.span.source];
    let refuse = |reason: String, note: &str| {
        let message = format!("the robot `{}` cannot be used", robot.file);
        vec![mistake(message, node.span, reason).with_notes(vec![note.into()])]
    };
    let path = source.folder.join(&robot.file);
    let loaded = match &source.robot {
        Some(text) => Robot::compile(&robot.file, text),
        None => mjcf::compile_whole(&path).map(|(compiled, text)| Robot::new(&robot.file, compiled, text)),
    };
    match loaded {
        Err(refusals) => return vec![refused(&robot.file, node.span, &refusals)],
        Ok(loaded) if loaded.text().is_some_and(|text| text.len() > LONGEST) => {
            return refuse(
                format!("its text has more than {LONGEST} bytes"),
                "checkpoints hold the text: make it shorter",
            );
        }
        Ok(loaded) => *robot = loaded,
    }
    let robot = robot.clone();
    for other in config.overlays_mut().filter_map(TaskConfig::robot_mut) {
        if other.file == robot.file {
            *other = robot.clone();
        }
    }
    check(config, tree, node.span)
}

/// Reports what is refused in a robot file: a single thing at the robot's place, several as notes.
fn refused(file: &str, place: Span, refusals: &Refusals) -> Diagnostic<usize> {
    let (mut lines, left) = refusals.lines();
    let label = match (&lines[..], left) {
        ([_], 0) => lines.remove(0),
        _ => format!("{} things of it are refused", refusals.count()),
    };
    lines.extend((left > 0).then(|| format!("and {left} more")));
    lines.push(RELATIVE.into());
    mistake(format!("the robot `{file}` cannot be used"), place, label).with_notes(lines)
}

const RELATIVE: &str =
    "a relative path begins at the folder of the configuration file; in --set, at the working directory";

fn check(config: &Config, tree: &Node, robot: Span) -> Vec<Diagnostic<usize>> {
    let TaskConfig::Locomotion(task) = &config.task else { return vec![] };
    let Some(model) = task.robot.model() else { return vec![] };
    let mut tasks = config.overlays();
    tasks.insert(0, ("task".into(), &config.task));
    let places: Vec<String> = tasks.iter().map(|(place, _)| place.clone()).collect();
    let mut mistakes = sense::drivable(&task.robot, model, robot);
    mistakes.extend(names::check(tree, &places, model));
    if !mistakes.is_empty() {
        return mistakes;
    }
    for (place, task) in &tasks {
        if let TaskConfig::Locomotion(task) = task {
            mistakes.extend(sense::check((task, place), model, tree));
        }
    }
    mistakes
}
