//! What a robot file may hold at most: far more than any robot of the subset needs, little enough to be read in no
//! time.

use super::{
    element::Element,
    error::{MjcfError, Stop},
};

/// Bytes of a robot file and everything that it includes.
pub(super) const BYTES: usize = 16 << 20;
/// Files, the first among them.
pub(super) const FILES: usize = 64;
/// Elements, comments included, of a file.
const ELEMENTS: usize = 100_000;
/// Attributes of an element; the reader compares each with all others.
const ATTRIBUTES: usize = 500;
/// Attributes of a file.
const ALL_ATTRIBUTES: usize = 500_000;
/// Bodies in bodies, classes in classes.
pub(super) const DEPTH: usize = 100;
/// Default classes.
pub(super) const CLASSES: usize = 256;
/// Entries of all default classes.
pub(super) const ENTRIES: usize = 2000;
/// Bodies, the world included.
pub(super) const BODIES: usize = 256;
/// Geoms.
pub(super) const GEOMS: usize = 1024;
/// Degrees of freedom: the steppers keep chains of them in 32 bits.
pub(super) const DOFS: usize = 32;
/// Degrees of freedom with which a robot that has too many is looked at for what else is refused.
pub(super) const DOFS_READ: usize = 128;
/// Motors and muscles.
pub(super) const MOTORS: usize = 64;
/// Sites.
pub(super) const SITES: usize = 1024;
/// Tendons.
pub(super) const TENDONS: usize = 128;
/// Points and joints of all tendons; each costs operations in every evaluation.
pub(super) const WRAPS: usize = 512;
/// Pairs of geoms that can touch; each costs operations in every evaluation.
pub(super) const PAIRS: usize = 1024;
/// Numbers, in SI units: beyond it products leave the range of `f32`.
pub(super) const MAGNITUDE: f64 = 1e10;
/// Characters of a value that messages repeat.
const SHOWN: usize = 100;
/// Characters of a message's parts: some list all names of a kind.
const MESSAGE: usize = 1000;

/// Refuses text whose reading would take time or memory out of proportion. Counts bytes, so that nothing is allocated.
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

/// Refuses an element that is one too many of its kind, with which reading ends.
pub(super) fn at_most(element: &Element, count: usize, most: usize, what: &str) -> Result<(), Stop> {
    if count <= most {
        return Ok(());
    }
    Err(element.stop(format!("is one too many: a robot may have {most} {what}"), "make the robot simpler"))
}

/// Returns a value as a message repeats it.
pub(super) fn shown(text: &str) -> String {
    shortened(text, SHOWN)
}

/// Returns a part of a message.
pub(super) fn message(text: &str) -> Box<str> {
    shortened(text, MESSAGE).into()
}

fn shortened(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.into(),
    }
}
