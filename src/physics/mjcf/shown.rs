//! Values of a robot file, shortened for messages.

/// Most characters of a value that messages repeat.
const SHOWN: usize = 100;
/// Most characters of each part of a message, since some parts list all names of a kind.
const MESSAGE: usize = 1000;

/// Shortens a value for a message.
pub(super) fn shown(text: &str) -> String {
    shortened(text, SHOWN)
}

/// Shortens a part of a message.
pub(super) fn message(text: &str) -> Box<str> {
    shortened(text, MESSAGE).into()
}

fn shortened(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.into(),
    }
}
