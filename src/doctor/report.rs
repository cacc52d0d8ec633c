//! Diagnosis for a terminal.

use crate::doctor::{Check, Diagnosis, Verdict};

/// Returns one line per check with its advice below, and the verdict.
pub fn table(diagnosis: &Diagnosis) -> String {
    let width = diagnosis.checks.iter().map(|check| check.name.len()).max().unwrap_or(0);
    let line = |check: &Check| {
        let verdict = match check.verdict {
            Verdict::Ok => "ok  ",
            Verdict::Warn => "note",
            Verdict::Fail => "FAIL",
        };
        let advice =
            check.advice.as_ref().map_or(String::new(), |advice| format!("{:w$}-> {advice}\n", "", w = width + 8));
        format!("{verdict}  {:width$}  {}\n{advice}", check.name, check.found)
    };
    let lines: String = diagnosis.checks.iter().map(line).collect();
    let end = if diagnosis.possible {
        "a run is possible"
    } else {
        "no run is possible before the lines marked FAIL are mended"
    };
    format!("{lines}\n{end}\n")
}
