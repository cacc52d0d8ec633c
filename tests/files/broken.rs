//! Broken inputs through the program itself, across all readers: each is refused with the exit code that is promised,
//! one message that names the place, nothing on standard output, within a moment and within bounded memory.

mod arrays;
mod checkpoints;
mod configurations;
mod robots;
mod row;

use std::sync::atomic::{AtomicUsize, Ordering};

use row::{Row, broken, rows};

/// Rows at the same time: most of a row's time is that of starting a process.
const THREADS: usize = 4;

/// What the program does wrong, one line per row.
fn complaints(rows: &[Row]) -> Vec<String> {
    let next = AtomicUsize::new(0);
    let work = || -> Vec<String> {
        let mut found = vec![];
        while let Some(row) = rows.get(next.fetch_add(1, Ordering::Relaxed)) {
            found.extend(row.complaint());
        }
        found
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(work)).collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("a thread of rows")).collect()
    })
}

#[test]
fn broken_inputs_are_refused_at_their_place() {
    let rows = [configurations::table(), robots::table(), checkpoints::table(), arrays::table()].concat();
    assert!(rows.len() >= 60, "{} rows", rows.len());
    for (k, row) in rows.iter().enumerate() {
        assert!(rows[..k].iter().all(|other| other.name != row.name), "two rows are called {:?}", row.name);
    }
    let found = complaints(&rows);
    assert!(found.is_empty(), "{} of {} rows:\n\n{}", found.len(), rows.len(), found.join("\n\n"));
    eprintln!("{} rows", rows.len());
}

/// Rows that expect something else than what happens are told, each for its own reason.
#[test]
fn a_wrong_expectation_is_reported() {
    let sets = |row: Row| row.with("a.ron", "(seed: x)");
    let wrong = rows([
        sets(broken("another exit code", &["inspect", "a.ron"], &["a.ron"]).code(1)),
        sets(broken("words that are not said", &["inspect", "a.ron"], &["a.ron", "no such words"])),
        sets(broken("no mistake at all", &["presets"], &[])),
        sets(broken("more than a message may have", &["inspect", "a.ron"], &["a.ron"]).longest(10)),
        sets(broken("no time", &["inspect", "a.ron"], &["a.ron"]).seconds(0.0)),
    ]);
    let expected = ["exit code", "no such words", "standard output", "bytes long", "hangs"];
    for (row, part) in wrong.iter().zip(expected) {
        let found = row.complaint().unwrap_or_else(|| panic!("{:?} is not seen", row.name));
        assert!(found.contains(part) && found.starts_with(row.name), "{part}: {found}");
    }
}
