//! The configurations that come with the program, and the lookup of names given on the command line.

use std::path::Path;
use std::sync::OnceLock;

use include_dir::{Dir, include_dir};

use super::error::did_you_mean;
use super::{ConfigError, Source};
use crate::files::input;

/// Longest configuration that is read, bytes; presets have two thousand.
const LONGEST: usize = 1 << 20;

static RUNS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/assets/runs");
static EXPERIMENTS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/assets/experiments");

/// A configuration or an experiment that is part of the program.
#[derive(Clone, Debug)]
pub struct Preset {
    /// Bare name, such as `hopper_fast`.
    pub name: &'static str,
    /// Text of the file.
    pub text: &'static str,
    /// First comment line of the file.
    pub summary: &'static str,
}

/// Returns the embedded presets, sorted by name.
pub fn presets() -> &'static [Preset] {
    static PRESETS: OnceLock<Vec<Preset>> = OnceLock::new();
    PRESETS.get_or_init(|| sorted(&RUNS))
}

/// Returns the embedded experiments, sorted by name.
pub fn experiments() -> &'static [Preset] {
    static PRESETS: OnceLock<Vec<Preset>> = OnceLock::new();
    PRESETS.get_or_init(|| sorted(&EXPERIMENTS))
}

fn sorted(folder: &'static Dir<'_>) -> Vec<Preset> {
    let mut presets: Vec<_> = folder.files().filter_map(preset).collect();
    presets.sort_by_key(|preset| preset.name);
    presets
}

fn preset(file: &'static include_dir::File<'_>) -> Option<Preset> {
    let name = file.path().file_name()?.to_str()?.strip_suffix(".ron")?;
    let text = file.contents_utf8()?;
    let summary = text.lines().next()?.strip_prefix("//").unwrap_or_default().trim();
    Some(Preset { name, text, summary })
}

/// Returns the preset of a bare name, with or without `.ron`: a configuration, else an experiment.
pub fn preset_named(name: &str) -> Option<&'static Preset> {
    named(presets(), name).or_else(|| named(experiments(), name))
}

fn named(presets: &'static [Preset], name: &str) -> Option<&'static Preset> {
    let name = name.strip_suffix(".ron").unwrap_or(name);
    presets.iter().find(|preset| preset.name == name)
}

/// Reads a configuration file.
///
/// Errors: a file that cannot be read as text, or is longer than any configuration.
pub fn read(path: &Path) -> Result<Source, ConfigError> {
    let name = path.display().to_string();
    let text = input::text(path, LONGEST)
        .map_err(|error| ConfigError::plain(format!("cannot read {name}: {error}"), vec![]))?
        .ok_or_else(|| {
            let note = format!("a configuration has at most {LONGEST} bytes: is it the right file?");
            ConfigError::plain(format!("{name} is too long"), vec![note])
        })?;
    let folder = path.parent().unwrap_or(Path::new("")).to_path_buf();
    Ok(Source { folder, ..Source::new(&name, &text) })
}

/// Reads the file at that path; if there is none, takes the preset of that bare name.
///
/// Errors: a file that cannot be read as text; neither a file nor a preset.
pub fn find(name_or_path: &str) -> Result<Source, ConfigError> {
    find_among(presets(), name_or_path, ["a configuration", "a preset", "presets"])
}

/// Reads the experiment at that path; if there is none, takes the embedded one of that bare name.
///
/// Errors: as [`find`].
pub fn find_experiment(name_or_path: &str) -> Result<Source, ConfigError> {
    find_among(experiments(), name_or_path, ["an experiment", "an embedded experiment", "experiments"])
}

fn find_among(
    presets: &'static [Preset],
    name_or_path: &str,
    [what, embedded, list]: [&str; 3],
) -> Result<Source, ConfigError> {
    let path = Path::new(name_or_path);
    if path.is_file() {
        return read(path);
    }
    if let Some(preset) = named(presets, name_or_path) {
        return Ok(Source::new(&format!("{}.ron ({embedded})", preset.name), preset.text));
    }
    let names: Vec<_> = presets.iter().map(|preset| preset.name).collect();
    let mut notes = vec![format!("{}: {}", list, names.join(", "))];
    let bare = name_or_path.strip_suffix(".ron").unwrap_or(name_or_path);
    if let Some(name) = did_you_mean(bare, names.iter().copied()) {
        notes.insert(0, format!("did you mean `{name}`?"));
    }
    let reason = match () {
        () if path.is_dir() => format!("is a folder, not {what}"),
        () if path.exists() => "is not a regular file".into(),
        () => format!("is neither a file nor {embedded}"),
    };
    Err(ConfigError::plain(format!("`{name_or_path}` {reason}"), notes))
}
