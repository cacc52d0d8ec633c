//! Excerpts of a text in messages: long lines and values are cut to what helps.

use std::ops::Range;

use codespan_reporting::diagnostic::Label;
use codespan_reporting::files::{Error, Files, SimpleFiles, column_index};

/// Longest shown piece of a line, bytes.
const WIDEST: usize = 300;
/// Number of bytes shown before the first mark of a longer line.
const BEFORE: usize = 60;
/// Longest message or mark, characters: it may repeat a value, and list all names of a kind.
const LONGEST: usize = 1000;

/// Texts of a mistake, with long lines cut around its marks; lines and columns are those of the whole text.
pub(super) struct Excerpts<'a> {
    pub files: &'a SimpleFiles<String, String>,
    pub labels: &'a [Label<usize>],
}

impl<'a> Files<'a> for Excerpts<'a> {
    type FileId = usize;
    type Name = &'a String;
    type Source = &'a str;

    fn name(&'a self, id: usize) -> Result<&'a String, Error> {
        Ok(self.files.get(id)?.name())
    }

    fn source(&'a self, id: usize) -> Result<&'a str, Error> {
        Files::source(self.files, id)
    }

    fn line_index(&'a self, id: usize, byte: usize) -> Result<usize, Error> {
        Files::line_index(self.files, id, byte)
    }

    fn column_number(&'a self, id: usize, line: usize, byte: usize) -> Result<usize, Error> {
        Ok(column_index(self.source(id)?, Files::line_range(self.files, id, line)?, byte) + 1)
    }

    fn line_range(&'a self, id: usize, line: usize) -> Result<Range<usize>, Error> {
        let whole = Files::line_range(self.files, id, line)?;
        if whole.len() <= WIDEST {
            return Ok(whole);
        }
        let text = self.source(id)?;
        let marks = self.labels.iter().filter(|label| label.file_id == id);
        let ends = marks.flat_map(|label| [label.range.start, label.range.end]);
        // All marks of the line begin within what is shown or after it, never before.
        let first = ends.filter(|at| (whole.start..=whole.end).contains(at)).min().unwrap_or(whole.start);
        let start = first.saturating_sub(BEFORE).max(whole.start);
        let boundary = |at: usize| (whole.start..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(at);
        Ok(boundary(start)..boundary((start + WIDEST).min(whole.end)))
    }
}

/// Returns a message or mark, cut at `LONGEST` characters in case it repeats a huge value.
pub(super) fn shortened(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.into(),
    }
}
