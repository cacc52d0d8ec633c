//! Composes WGSL modules: resolves imports, binds buffers, adds constants, and records the origin of every line.
//!
//! - `#import numerics/philox` includes `shaders/numerics/philox.wgsl`, at most once per module;
//! - `#import structs/Run` includes a struct shared with the host ([`crate::kernel::records`]);
//! - `var<storage, read> obs_in: array<f32>;` and `var<uniform> run: Run;` receive group and binding number by name;
//!   buffers in `_in` are read-only;
//! - constants come first, as `const NAME = value;`.

use std::{collections::BTreeMap, collections::HashSet, fmt::Write, sync::Arc};

use include_dir::{Dir, include_dir};

use super::{buffers::BufferId, shared::shared_text};

static SHADERS: Dir = include_dir!("$CARGO_MANIFEST_DIR/shaders");

/// Named constants of a module, written before its text in alphabetical order, and imports to replace.
#[derive(Debug, Clone, Default)]
pub struct Constants {
    values: BTreeMap<String, String>,
    replaced: BTreeMap<String, String>,
}

impl Constants {
    /// Adds an unsigned constant.
    pub fn uint(mut self, name: &str, value: usize) -> Self {
        self.values.insert(name.into(), format!("{value}u"));
        self
    }

    /// Adds a float constant; its text reads back as the same `f32`.
    pub fn float(mut self, name: &str, value: f32) -> Self {
        self.values.insert(name.into(), float_literal(value));
        self
    }

    /// Adds a boolean constant.
    pub fn flag(mut self, name: &str, value: bool) -> Self {
        self.values.insert(name.into(), value.to_string());
        self
    }

    /// Adds an array of unsigned constants; it must not be empty.
    pub fn uints(mut self, name: &str, values: &[usize]) -> Self {
        let list: Vec<String> = values.iter().map(|value| format!("{value}u")).collect();
        self.values.insert(name.into(), format!("array<u32, {}>({})", list.len(), list.join(", ")));
        self
    }

    /// Imports `other` in place of `path`: the same functions, written for another kind of device.
    pub fn import_instead(mut self, path: &str, other: &str) -> Self {
        self.replaced.insert(path.into(), other.into());
        self
    }
}

/// Returns the shortest WGSL literal that reads back as `value`; negative values are parenthesised.
pub fn float_literal(value: f32) -> String {
    match value {
        // The shortest decimal of the largest number exceeds it, and WGSL rejects literals out of range.
        f32::MAX => "3.4028234e38".into(),
        f32::MIN => "(-3.4028234e38)".into(),
        _ if value < 0.0 => format!("({value:?})"),
        _ => format!("{value:?}"),
    }
}

/// A composed module.
#[derive(Debug)]
pub struct Module {
    /// Name of the root text.
    pub label: String,
    /// The whole WGSL text.
    pub wgsl: String,
    origins: Vec<(Arc<str>, u32)>,
}

impl Module {
    /// Returns the file and line of origin of line `line` (from 1) of the composed text.
    pub fn origin(&self, line: u32) -> (&str, u32) {
        match self.origins.get(line.saturating_sub(1) as usize) {
            Some((file, line)) => (file, *line),
            None => (&self.label, line),
        }
    }
}

/// An error in composing a module.
#[derive(Debug, thiserror::Error)]
#[error("{file}:{line}: {message}")]
pub struct ComposeError {
    /// Shader file.
    pub file: String,
    /// Line in it, from 1.
    pub line: u32,
    /// Description of the error.
    pub message: String,
}

/// Composes the module `label` from `text`.
///
/// Errors: an import that does not exist, or a buffer without a binding number.
pub fn compose(label: &str, text: &str, constants: &Constants) -> Result<Arc<Module>, ComposeError> {
    let module = Module { label: label.into(), wgsl: String::new(), origins: vec![] };
    let mut composer = Composer { module, seen: HashSet::new(), replaced: &constants.replaced };
    let origin: Arc<str> = "constants".into();
    for (index, (name, value)) in constants.values.iter().enumerate() {
        composer.line(&format!("const {name} = {value};"), &origin, index as u32 + 1);
    }
    composer.text(label, text)?;
    Ok(Arc::new(composer.module))
}

/// Returns the text of `shaders/<path>.wgsl`, if there is one.
pub fn shader(path: &str) -> Option<&'static str> {
    SHADERS.get_file(format!("{path}.wgsl"))?.contents_utf8()
}

struct Composer<'a> {
    module: Module,
    seen: HashSet<String>,
    replaced: &'a BTreeMap<String, String>,
}

impl Composer<'_> {
    fn line(&mut self, text: &str, file: &Arc<str>, line: u32) {
        let _ = writeln!(self.module.wgsl, "{text}");
        self.module.origins.push((file.clone(), line));
    }

    fn text(&mut self, name: &str, text: &str) -> Result<(), ComposeError> {
        let file: Arc<str> = name.into();
        for (index, line) in text.lines().enumerate() {
            let number = index as u32 + 1;
            let error = |message| ComposeError { file: name.into(), line: number, message };
            if let Some(path) = line.strip_prefix("#import ") {
                let path = path.trim();
                let path = self.replaced.get(path).map_or(path, String::as_str);
                let text = imported(path).ok_or_else(|| error(format!("no shader file `{path}`")))?;
                if self.seen.insert(path.into()) {
                    self.text(path, text)?;
                }
            } else if line.starts_with("var<storage") || line.starts_with("var<uniform") {
                let line = bound(line).map_err(error)?;
                self.line(&line, &file, number);
            } else {
                self.line(line, &file, number);
            }
        }
        Ok(())
    }
}

/// Returns the text of an import path.
fn imported(path: &str) -> Option<&'static str> {
    match path.strip_prefix("structs/") {
        Some(name) => shared_text(name),
        None => shader(path),
    }
}

/// Adds group and binding number to the declaration of a buffer.
fn bound(declaration: &str) -> Result<String, String> {
    let name = declaration.split_once('>').and_then(|(_, rest)| rest.split_once(':'));
    let name = name.map_or("", |(name, _)| name.trim());
    let buffer = BufferId::of(name).ok_or_else(|| format!("`{name}` is not a buffer of src/kernel/buffers.rs"))?;
    let is_read = declaration.starts_with("var<storage, read>");
    if is_read != name.ends_with("_in") && !declaration.starts_with("var<uniform>") {
        return Err(format!("`{name}` must be `read` if its name ends in `_in`, and `read_write` if not"));
    }
    Ok(format!("@group(0) @binding({}) {declaration}", buffer.binding()))
}
