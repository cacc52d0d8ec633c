//! Mistakes in a configuration, each shown at its place.

use std::fmt;
use std::path::PathBuf;

use codespan_reporting::diagnostic::{Diagnostic, Label};
use codespan_reporting::files::SimpleFiles;
use codespan_reporting::term::{self, StylesWriter, termcolor};

use super::excerpt::{Excerpts, shortened};
use super::syntax::Span;

/// A text and the name under which errors show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Path of the file, or name of the preset.
    pub name: String,
    /// The text.
    pub text: String,
    /// Folder at which relative paths in the text begin.
    pub folder: PathBuf,
    /// Text of the robot that the text names, if it was stored with it; else the robot's file is read.
    pub robot: Option<String>,
}

impl Source {
    /// Creates a source whose relative paths begin at the working directory.
    pub fn new(name: &str, text: &str) -> Self {
        Self { name: name.into(), text: text.into(), folder: PathBuf::new(), robot: None }
    }
}

/// Everything that is wrong with a configuration: each mistake with file, line, column, source line and caret.
pub struct ConfigError(Box<Content>);

/// Largest number of mistakes shown; a file that is not a configuration may have any number.
const SHOWN: usize = 10;
/// Longest name compared with the known ones: the time grows with its length, and known names are shorter.
const LONGEST_NAME: usize = 64;

struct Content {
    files: SimpleFiles<String, String>,
    mistakes: Vec<Diagnostic<usize>>,
}

impl Content {
    fn excerpts<'a>(&'a self, mistake: &'a Diagnostic<usize>) -> Excerpts<'a> {
        Excerpts { files: &self.files, labels: &mistake.labels }
    }
}

impl ConfigError {
    /// Creates an error that has no place in a text.
    pub fn plain(message: impl fmt::Display, notes: Vec<String>) -> Self {
        Self::new(&[], vec![Diagnostic::error().with_message(message).with_notes(notes)])
    }

    /// Creates an error from mistakes whose labels index `sources`.
    pub(crate) fn new(sources: &[Source], mut mistakes: Vec<Diagnostic<usize>>) -> Self {
        let more = mistakes.len().saturating_sub(SHOWN);
        mistakes.truncate(SHOWN);
        if more > 0 {
            mistakes.push(
                Diagnostic::error().with_message(format!("there are {more} more mistakes: is it the right file?")),
            );
        }
        let mut files = SimpleFiles::new();
        for source in sources {
            files.add(source.name.clone(), source.text.clone());
        }
        Self(Box::new(Content { files, mistakes }))
    }

    /// Returns the first mistake, without its place.
    pub(crate) fn message(&self) -> String {
        self.0.mistakes.first().map_or(String::new(), |mistake| mistake.message.clone())
    }

    /// Returns the notes of the first mistake, which say what may be done about it.
    pub(crate) fn notes(&self) -> Vec<String> {
        self.0.mistakes.first().map_or(vec![], |mistake| mistake.notes.clone())
    }

    /// Returns the text for a terminal, with colours as ANSI escapes.
    pub fn to_ansi(&self) -> String {
        let styles = term::Styles::default();
        let mut buffer = termcolor::Ansi::new(Vec::new());
        for mistake in &self.0.mistakes {
            let mut writer = StylesWriter::new(&mut buffer, &styles);
            // Writing to memory fails only for a label outside its file, and even then the message is there.
            let _ =
                term::emit_to_write_style(&mut writer, &term::Config::default(), &self.0.excerpts(mistake), mistake);
        }
        String::from_utf8_lossy(&buffer.into_inner()).trim_end().to_string()
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (k, mistake) in self.0.mistakes.iter().enumerate() {
            let text = term::emit_into_string(&term::Config::default(), &self.0.excerpts(mistake), mistake)
                .unwrap_or_else(|_| mistake.message.clone());
            write!(f, "{}{}", if k > 0 { "\n\n" } else { "" }, text.trim_end())?;
        }
        Ok(())
    }
}

impl fmt::Debug for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for ConfigError {}

/// Returns a mistake at one place.
pub(crate) fn mistake(message: impl fmt::Display, span: Span, label: impl fmt::Display) -> Diagnostic<usize> {
    Diagnostic::error().with_message(shortened(&message.to_string())).with_labels(vec![
        Label::primary(span.source, span.start..span.end).with_message(shortened(&label.to_string())),
    ])
}

/// Returns the name most like `found`, if one is close enough to be meant.
pub fn did_you_mean<'a>(found: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if found.len() > LONGEST_NAME {
        return None;
    }
    let found = found.to_lowercase();
    names
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(&found, &name.to_lowercase()), name))
        .filter(|(distance, name)| *distance <= (name.len() / 3).max(1))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}
