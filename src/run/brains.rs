//! Trained networks that come with the program: `hopper@best` is the deterministic network of our best run of `hopper`,
//! as a checkpoint whose connection probabilities are 0 or 1. Each is a zip file with one entry,
//! `assets/brains/NAME.zip`.

use std::{
    io::{Cursor, Read},
    path::Path,
};

use include_dir::{Dir, include_dir};
use zip::{ZipArchive, result::ZipError};

use crate::{config, run::RunError};

static BRAINS: Dir = include_dir!("$CARGO_MANIFEST_DIR/assets/brains");

/// Suffix of every name.
const SUFFIX: &str = "@best";

/// Maximum unpacked size, bytes. The largest network of the tasks has a tenth of it.
const LONGEST: u64 = 64 << 20;

/// Returns all names in order, such as `hopper@best`.
pub fn names() -> Vec<String> {
    let stem = |file: &include_dir::File| Some(format!("{}{SUFFIX}", file.path().to_str()?.strip_suffix(".zip")?));
    let mut names: Vec<String> = BRAINS.files().filter_map(stem).collect();
    names.sort();
    names
}

/// Returns true if `path` is the name of a trained network rather than an existing file.
pub fn is_name(path: &Path) -> bool {
    path.to_str().is_some_and(|name| name.ends_with(SUFFIX)) && !path.exists()
}

/// Returns the checkpoint file of the trained network `path`.
///
/// Errors: no network has this name; its file is damaged (a bug).
pub fn named(path: &Path) -> Result<Vec<u8>, RunError> {
    let name = path.to_str().unwrap_or_default();
    let file = BRAINS.get_file(format!("{}.zip", name.trim_end_matches(SUFFIX)));
    let file = file.ok_or_else(|| {
        let names = names();
        let meant = config::did_you_mean(name, names.iter().map(String::as_str));
        let hint = meant.map_or(format!("there are {}", names.join(", ")), |meant| format!("did you mean {meant}?"));
        RunError::Refused(format!("there is no trained network {name}: {hint}"))
    })?;
    unpack(file.contents()).map_err(|error| RunError::checkpoint(path, format!("it is damaged: {error}")))
}

fn unpack(packed: &[u8]) -> Result<Vec<u8>, ZipError> {
    let mut archive = ZipArchive::new(Cursor::new(packed))?;
    let mut bytes = vec![];
    archive.by_index(0)?.take(LONGEST).read_to_end(&mut bytes)?;
    Ok(bytes)
}
