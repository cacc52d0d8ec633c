//! The documents speak of files that exist.

use std::path::Path;

fn paths(text: &str) -> Vec<&str> {
    let quoted = text.split('`').skip(1).step_by(2);
    quoted.filter(|word| word.contains('/') && !word.contains(char::is_whitespace) && !word.contains("NAME")).collect()
}

#[test]
fn paths_in_the_documents_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for document in ["ARCHITECTURE.md", "README.md", "BENCHMARKS.md"] {
        let text = std::fs::read_to_string(root.join(document)).expect("the document exists");
        let known = ["src/", "shaders/", "assets/", "tests/", "benches/", "scripts/", "docs/"];
        for path in paths(&text).into_iter().filter(|path| known.iter().any(|folder| path.starts_with(folder))) {
            assert!(root.join(path).exists(), "{document} names `{path}`, which does not exist");
        }
    }
}

#[test]
fn a_missing_path_would_be_found() {
    assert_eq!(
        paths("see `src/nowhere.rs` and `--set a/b c`"),
        ["src/nowhere.rs"],
        "quoted words with a slash are paths"
    );
}
