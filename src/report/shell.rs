//! Paths in the commands that messages suggest.

use std::path::Path;

/// Quotes a path as one word of a shell command, so that it can be pasted whatever it holds.
pub fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    // a path has no NUL, the only character that cannot be quoted
    shlex::try_quote(&text).map(String::from).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_single_words_of_a_command() {
        for name in ["runs/hopper-0-0", "sp ace $(x)", "it's", "`x`;&|<>*", "a\nb", ""] {
            let words = shlex::split(&format!("gpu-ec eval {}", quoted(Path::new(name)))).expect("a command");
            assert_eq!(words, ["gpu-ec", "eval", name], "{name:?}");
        }
        assert_eq!(quoted(Path::new("runs/hopper-0-0")), "runs/hopper-0-0", "usual paths stay as they are");
    }
}
