//! The documents speak of files that exist, and folders import what `ARCHITECTURE.md` lets them.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn paths(text: &str) -> Vec<&str> {
    let quoted = text.split('`').skip(1).step_by(2);
    quoted.filter(|word| word.contains('/') && !word.contains(char::is_whitespace) && !word.contains("NAME")).collect()
}

#[test]
fn paths_in_the_documents_exist() {
    let below = |folder: &str| {
        fs::read_dir(root().join(folder)).expect("a folder").map(|entry| entry.expect("an entry").path())
    };
    let documents = below(".").chain(below("docs")).chain(below("docs/design")).chain([root().join("tests/README.md")]);
    for path in documents.filter(|path| path.extension().is_some_and(|extension| extension == "md")) {
        let document = path.strip_prefix(root()).expect("below it").display().to_string();
        if document == "CHANGELOG.md" {
            continue;
        }
        let text = fs::read_to_string(&path).expect("the document exists");
        let known = ["src/", "shaders/", "assets/", "tests/", "benches/", "scripts/", "docs/"];
        for path in paths(&text).into_iter().filter(|path| known.iter().any(|folder| path.starts_with(folder))) {
            assert!(root().join(path).exists(), "{document} names `{path}`, which does not exist");
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

type Graph = BTreeMap<String, BTreeSet<String>>;

/// Who may use whom, as the table says: rows of `src/FOLDER/`, and its users in the last column.
fn allowed(document: &str) -> Graph {
    let rows = document.lines().filter(|line| line.starts_with("| `src/"));
    let names = |cell: &str| cell.split('`').skip(1).step_by(2).map(String::from).collect::<BTreeSet<_>>();
    rows.filter_map(|row| {
        let cells: Vec<&str> = row.trim_matches('|').split(" | ").collect();
        let folder = names(cells.first()?).first()?.trim_start_matches("src/").trim_end_matches('/').to_string();
        Some((folder, names(cells.get(2)?)))
    })
    .collect()
}

/// The folders that a file imports: the first word of every path that begins at `crate::`, those in braces included.
fn imports(text: &str) -> BTreeSet<String> {
    let code: Vec<&str> = text.lines().map(|line| line.split("//").next().unwrap_or_default()).collect();
    let code = code.join("\n");
    let mut found = BTreeSet::new();
    for rest in code.split("crate::").skip(1) {
        let mut depth = 0;
        let mut word = String::new();
        let mut words = vec![];
        for c in rest.chars() {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                c if c.is_alphanumeric() || c == '_' => {
                    if depth <= 1 {
                        word.push(c);
                    }
                    continue;
                }
                ':' if depth <= 1 && !word.is_empty() => words.push(std::mem::take(&mut word)),
                _ => {}
            }
            // in braces only what follows a brace or a comma begins a path
            if !word.is_empty() && c != ':' {
                words.push(std::mem::take(&mut word));
            }
            if depth <= 0 && c != '{' {
                break;
            }
        }
        found.extend(words.into_iter().filter(|word| root().join("src").join(word).is_dir()));
    }
    found
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let (folders, files): (Vec<_>, Vec<_>) = entries.partition(|path| path.is_dir());
    files.into_iter().chain(folders.iter().flat_map(|folder| sources(folder))).collect()
}

#[test]
fn folders_import_what_the_architecture_lets_them() {
    let document = fs::read_to_string(root().join("ARCHITECTURE.md")).expect("it exists");
    let allowed = allowed(&document);
    let mut used = Graph::new();
    for folder in fs::read_dir(root().join("src")).expect("sources").map(|entry| entry.expect("an entry").path()) {
        let name = folder.file_name().and_then(|name| name.to_str()).expect("plain").to_string();
        if !folder.is_dir() {
            continue;
        }
        let mut found = BTreeSet::new();
        for file in sources(&folder) {
            let text = fs::read_to_string(&file).expect("a source");
            let own = imports(&text);
            for other in own.iter().filter(|other| **other != name) {
                let may = allowed.get(&name).is_some_and(|may| may.contains(other));
                assert!(may, "{} imports `{other}`, which the table of ARCHITECTURE.md does not allow", file.display());
            }
            found.extend(own.into_iter().filter(|other| *other != name));
        }
        used.insert(name, found);
    }
    assert_eq!(used, allowed, "the table names the folders that there are, and what each really uses");
}

#[test]
fn the_table_has_no_circle() {
    let document = fs::read_to_string(root().join("ARCHITECTURE.md")).expect("it exists");
    let mut left = allowed(&document);
    assert!(left.len() > 10, "the table is read");
    while !left.is_empty() {
        let free: Vec<String> = left.iter().filter(|(_, uses)| uses.is_empty()).map(|(name, _)| name.clone()).collect();
        assert!(!free.is_empty(), "these use each other: {:?}", left.keys());
        left.retain(|name, _| !free.contains(name));
        left.values_mut().for_each(|uses| uses.retain(|name| !free.contains(name)));
    }
}

#[test]
fn a_forbidden_import_would_be_found() {
    let text = "use crate::{\n    gpu::{Gpu, fold},\n    plan::{self, variant::Variant},\n};\nfn f() { crate::run::memory::rss() }\n\
                // crate::tasks\nuse crate::config::{Config, report};";
    let found: Vec<String> = imports(text).into_iter().collect();
    assert_eq!(found, ["config", "gpu", "plan", "run"], "paths in braces, in code, and no comments");
    let table = allowed("| `src/plan/` | what | `config`, `kernel` |\n| `src/plot/` | figures |  |");
    assert_eq!(table["plan"], ["config", "kernel"].map(String::from).into(), "the last column");
    assert!(table["plot"].is_empty(), "an empty one");
}
