//! Limits on a robot file: far more than any robot of the subset needs, yet little enough to be read quickly.

use super::error::MjcfError;

/// Most bytes of a robot file and everything that it includes.
pub(super) const BYTES: usize = 16 << 20;
/// Most files, including the first.
pub(super) const FILES: usize = 64;
/// Most elements of a file, including comments.
const ELEMENTS: usize = 100_000;
/// Most attributes of an element. The XML reader compares each with all others.
const ATTRIBUTES: usize = 500;
/// Most attributes of a file.
const ALL_ATTRIBUTES: usize = 500_000;
/// Deepest nesting of bodies, and of classes.
pub(super) const DEPTH: usize = 100;
/// Most default classes.
pub(super) const CLASSES: usize = 256;
/// Most entries in all default classes.
pub(super) const ENTRIES: usize = 2000;
/// Most bodies, including the world.
pub(super) const BODIES: usize = 256;
/// Most geoms.
pub(super) const GEOMS: usize = 1024;
/// Most degrees of freedom. The steppers keep chains of them as 32-bit masks.
pub(super) const DOFS: usize = 32;
/// Most degrees of freedom that are read of a robot with too many, to find its other mistakes.
pub(super) const DOFS_READ: usize = 128;
/// Most motors and muscles.
pub(super) const MOTORS: usize = 64;
/// Most sites.
pub(super) const SITES: usize = 1024;
/// Most tendons.
pub(super) const TENDONS: usize = 128;
/// Most points and joints of all tendons. Each costs operations in every evaluation.
pub(super) const WRAPS: usize = 512;
/// Most pairs of geoms that can touch. Each costs operations in every evaluation.
pub(super) const PAIRS: usize = 1024;
/// Largest absolute value of a number, in SI units. Beyond it, products leave the range of `f32`.
pub(super) const MAGNITUDE: f64 = 1e10;

/// Refuses text that would take excessive time or memory to read. Only counts bytes, so that nothing is allocated.
pub(super) fn check_text(file: &str, text: &str) -> Result<(), MjcfError> {
    let refuse = |offset: usize, problem: String| {
        let before = &text.as_bytes()[..offset];
        let line = 1 + before.iter().filter(|byte| **byte == b'\n').count() as u32;
        let column = 1 + before.iter().rev().take_while(|byte| **byte != b'\n').count() as u32;
        let advice = "no robot needs as much: is it the right file?".into();
        Err(MjcfError { line, column, ..MjcfError::of_file(file, problem, advice) })
    };
    let (mut elements, mut quotes, mut all, mut start) = (0, 0, 0, 0);
    for (offset, byte) in text.bytes().enumerate() {
        match byte {
            b'<' => (quotes, start) = (0, offset),
            b'"' | b'\'' => (quotes, all) = (quotes + 1, all + 1),
            _ => continue,
        }
        elements += usize::from(byte == b'<' && text.as_bytes().get(offset + 1) != Some(&b'/'));
        if elements > ELEMENTS {
            return refuse(offset, format!("has more than {ELEMENTS} elements"));
        }
        if quotes > 2 * ATTRIBUTES {
            return refuse(start, format!("an element has more than {ATTRIBUTES} attributes"));
        }
        if all > 2 * ALL_ATTRIBUTES {
            return refuse(offset, format!("has more than {ALL_ATTRIBUTES} attributes"));
        }
    }
    Ok(())
}
