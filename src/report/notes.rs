//! `notes.jsonl`: warnings of a run, one per line, for later readers.
//!
//! Except for external events, notes depend only on the run and the name of its folder. They outlive interruptions,
//! so a resumed run does not repeat them.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::{
    files::atomic::write_atomically,
    report::{
        Error, RunDir,
        jsonl::{LineWriter, lines},
    },
};

/// Maximum length of a line, bytes; ours have a few hundred.
const LONGEST_LINE: u64 = 1 << 16;

/// Subject of a note.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// Start pose outside of the task's healthy ranges.
    UnhealthyStart,
    /// Parts of the robot that 32-bit floats step less exactly than the rest.
    Precision,
    /// Generation in which no neuron spiked.
    NoSpikes,
    /// Contacts for which there was no place.
    ContactOverflow,
    /// Members whose state became non-finite.
    Nonfinite,
    /// Episodes of an evaluation whose state became non-finite.
    EvaluationNonfinite,
    /// Another adapter on which the run continued.
    AnotherAdapter,
    /// Another version of the program with which the run continued.
    AnotherVersion,
    /// Loss of the device.
    DeviceLost,
    /// Gradients that were not followed.
    Gradient,
}

impl Subject {
    /// Returns true for external events. They may recur, and they remain true whatever is computed anew.
    fn is_event(self) -> bool {
        matches!(self, Self::AnotherAdapter | Self::AnotherVersion | Self::DeviceLost)
    }
}

/// Line of `notes.jsonl`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// Generation in which it came up; null before the first.
    pub generation: Option<u32>,
    /// Subject.
    pub subject: Subject,
    /// Problem and remedy.
    pub text: String,
}

/// Notes of a run so far.
#[derive(Debug)]
pub struct Notes {
    path: PathBuf,
    said: Vec<Note>,
}

impl Notes {
    /// Opens the notes of `dir`, cut back to those known when generation `generation` began. Notes of that
    /// generation itself stay, because they would come up again.
    ///
    /// Errors: as for [`read`]; [`Error::File`].
    pub fn open(dir: &RunDir, generation: u32) -> Result<Self, Error> {
        let path = dir.notes();
        let mut said = read(&path)?;
        said.retain(|note| note.subject.is_event() || note.generation.is_none_or(|of| of <= generation));
        if path.exists() {
            let text: Vec<String> = said.iter().filter_map(|note| serde_json::to_string(note).ok()).collect();
            write_atomically(&path, text.iter().map(|line| format!("{line}\n")).collect::<String>().as_bytes())?;
        }
        Ok(Self { path, said })
    }

    /// Returns true if there is a note on this subject already; never so for external events.
    pub fn know(&self, subject: Subject) -> bool {
        !subject.is_event() && self.said.iter().any(|note| note.subject == subject)
    }

    /// Adds a note and returns the line to print, unless there is a note on its subject already.
    ///
    /// Errors: [`Error::File`].
    pub fn add(&mut self, subject: Subject, generation: Option<u32>, text: String) -> Result<Option<String>, Error> {
        if self.know(subject) {
            return Ok(None);
        }
        let line = format!("warning: {text}");
        let note = Note { generation, subject, text };
        LineWriter::append_to(&self.path)?.write(&note)?;
        self.said.push(note);
        Ok(Some(line))
    }
}

/// Reads all notes of a file; a missing file has none.
///
/// Errors: [`Error::File`]; [`Error::Metrics`] if a line other than the last cannot be read.
pub fn read(path: &Path) -> Result<Vec<Note>, Error> {
    if !path.exists() {
        return Ok(vec![]);
    }
    Ok(lines(path, LONGEST_LINE)?.into_iter().map(|(_, note)| note).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    #[test]
    fn notes_are_said_once_and_cut_back_with_the_run() {
        let folder = tempfile::tempdir().expect("a folder");
        let dir = RunDir::choose(Some(&folder.path().join("run")), &Config::default()).expect("free");
        let _lock = dir.create(&Config::default()).expect("created");
        let mut notes = Notes::open(&dir, 0).expect("none yet");
        assert!(!dir.notes().exists(), "no file without notes");
        let add = |notes: &mut Notes, subject, generation| {
            notes.add(subject, generation, format!("{subject:?}")).expect("written").is_some()
        };
        assert!(add(&mut notes, Subject::UnhealthyStart, None), "the first");
        assert!(add(&mut notes, Subject::NoSpikes, Some(1)), "of another subject");
        assert!(!add(&mut notes, Subject::NoSpikes, Some(2)), "said already");
        assert!(add(&mut notes, Subject::ContactOverflow, Some(5)), "another");
        assert!(
            add(&mut notes, Subject::DeviceLost, Some(6)) && add(&mut notes, Subject::DeviceLost, Some(6)),
            "twice"
        );
        let whole = std::fs::read(dir.notes()).expect("written");
        std::fs::write(dir.notes(), [&whole[..], b"{\"generation\":7,\"sub"].concat()).expect("writable");
        let mut again = Notes::open(&dir, 5).expect("read, without the torn line");
        assert_eq!(std::fs::read(dir.notes()).expect("there"), whole, "all of them are known at generation 5");
        assert!(!add(&mut again, Subject::ContactOverflow, Some(5)), "it is not said again");
        let mut earlier = Notes::open(&dir, 4).expect("read");
        let subjects: Vec<Subject> = read(&dir.notes()).expect("read").iter().map(|note| note.subject).collect();
        use Subject::{DeviceLost, NoSpikes, UnhealthyStart};
        assert_eq!(subjects, [UnhealthyStart, NoSpikes, DeviceLost, DeviceLost], "generation 5 is to come");
        assert!(add(&mut earlier, Subject::ContactOverflow, Some(5)), "and says so again");
        std::fs::write(dir.notes(), "{}\n{}\n").expect("writable");
        assert!(Notes::open(&dir, 4).is_err(), "damage is told");
    }
}
