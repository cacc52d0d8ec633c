//! Report of a comparison: text, tables and figures for people, all numbers for programs.

mod figures;
mod numbers;
mod sheets;
mod tables;
mod text;

use std::{fs, path::PathBuf};

use super::{CompareError, Matrix, collect::collect};
use crate::{files::Error, files::atomic::write_atomically};

/// Writes `OUT/report`: `report.md`, `report.html`, `report.json`, `runs.csv`, `curves.csv` and the figures. Returns
/// the folder. Equal runs give equal bytes.
///
/// Errors: as for [`collect`]; files that cannot be written.
pub fn write(matrix: &Matrix) -> Result<PathBuf, CompareError> {
    let groups = collect(matrix)?;
    let numbers = numbers::Numbers::of(matrix, &groups);
    let figures = figures::curves(matrix, &groups)?;
    let document = text::document(&numbers, figures);
    let folder = matrix.report();
    fs::create_dir_all(&folder).map_err(Error::io("create", &folder))?;
    let json = serde_json::to_string_pretty(&numbers).expect("plain data");
    let mut files = vec![
        ("report.md".to_string(), document.markdown().into_bytes()),
        ("report.html".into(), document.html().into_bytes()),
        ("report.json".into(), (json + "\n").into_bytes()),
        ("runs.csv".into(), sheets::runs(&numbers)),
        ("curves.csv".into(), sheets::curves(matrix, &groups)),
    ];
    files.extend(document.figures().map(|figure| (figure.file.clone(), figure.svg.clone().into_bytes())));
    for (name, bytes) in files {
        write_atomically(&folder.join(name), &bytes)?;
    }
    Ok(folder)
}
