//! Start states from a file.

use std::path::{Path, PathBuf};

use crate::{
    config::did_you_mean,
    npz::{Npz, NpzError, shape_text},
    tasks::Motion,
};

/// Names of the arrays that are read.
const ARRAYS: [&str; 4] = ["qpos", "qvel", "act", "qacc_warmstart"];

/// Start states, one per row, rounded once to f32.
#[derive(Debug, Clone, PartialEq)]
pub struct States {
    /// Number of rows.
    pub rows: usize,
    /// Positions, `[rows][nq]`.
    pub qpos: Vec<f32>,
    /// Velocities, `[rows][nv]`.
    pub qvel: Vec<f32>,
    /// Activations, `[rows][na]`; empty stands for zeros.
    pub act: Vec<f32>,
    /// Accelerations from which the solver starts, `[rows][nv]`; empty stands for zeros.
    pub qacc_warmstart: Vec<f32>,
}

/// File of start states whose shapes fit; its values are still packed.
pub struct StatesFile {
    /// Number of rows.
    pub rows: usize,
    /// Names of arrays in the file that are not used.
    pub unused: Vec<String>,
    path: PathBuf,
    file: Npz,
}

impl StatesFile {
    /// Opens a file of `qpos [N, nq]`, `qvel [N, nv]` and optionally `act [N, na]` and `qacc_warmstart [N, nv]`,
    /// and compares all shapes. It reads no value, however many there are.
    ///
    /// Errors, each naming file, array and what would be right: a file that cannot be read; arrays that are missing
    /// or of another shape or type; a name that almost matches one of these.
    pub fn open(path: &Path, motion: &Motion) -> Result<Self, NpzError> {
        let mut file = Npz::open(path)?;
        let unused = unused(path, &file)?;
        let mut rows = None;
        let mut fits = |name: &str, width: usize, what: &str| -> Result<bool, NpzError> {
            let Some(shape) = file.shape(name)? else { return Ok(false) };
            match shape[..] {
                [n, w] if n > 0 && w == width && rows.is_none_or(|rows| rows == n) => rows = Some(n),
                _ => {
                    let rows = rows.map_or("N".into(), |rows| rows.to_string());
                    let advice = format!("it must be ({rows}, {width}): a row an environment, {what}");
                    let problem = format!("has the shape {}", shape_text(&shape));
                    return Err(NpzError::refused(place(path, name), problem, advice));
                }
            }
            Ok(true)
        };
        for (name, width, what) in
            [("qpos", motion.qpos.len(), "nq columns"), ("qvel", motion.qvel.len(), "nv columns")]
        {
            if !fits(name, width, what)? {
                let advice = format!("save one of shape (N, {width}), a row an environment");
                return Err(NpzError::refused(path.display(), format!("holds no array `{name}`"), advice));
            }
        }
        let na = motion.act.len();
        fits("act", na, if na == 0 { "motors have no activation" } else { "na columns: an activation a muscle" })?;
        fits("qacc_warmstart", motion.qacc_warmstart.len(), "nv columns, or none where no solver runs")?;
        Ok(Self { rows: rows.unwrap_or(0), unused, path: path.into(), file })
    }

    /// Reads the values.
    ///
    /// Errors: damaged data; numbers that are not finite; a quaternion of length 0.
    pub fn read(mut self, motion: &Motion) -> Result<States, NpzError> {
        let [qpos, qvel, act, qacc_warmstart] = ARRAYS.map(|name| -> Result<Vec<f32>, NpzError> {
            let Some(array) = self.file.array(name)? else { return Ok(vec![]) };
            finite(&place(&self.path, name), &array.values, array.values.len() / self.rows)?;
            Ok(array.values)
        });
        let qpos = qpos?;
        for (row, qpos) in qpos.chunks_exact(motion.qpos.len()).enumerate() {
            if let Some(at) = motion.quaternions.iter().find(|&&at| qpos[at..at + 4].iter().all(|x| *x == 0.0)) {
                let problem = format!("row {row} has a quaternion of length 0 (columns {at} to {})", at + 3);
                return Err(NpzError::refused(place(&self.path, "qpos"), problem, "no rotation is 1 0 0 0"));
            }
        }
        Ok(States { rows: self.rows, qpos, qvel: qvel?, act: act?, qacc_warmstart: qacc_warmstart? })
    }
}

fn place(path: &Path, name: &str) -> String {
    format!("{}: array `{name}`", path.display())
}

impl States {
    /// Returns the states in the layout of `task_state`, `[field][row]`, with `fields` fields.
    pub(crate) fn fields(&self, motion: &Motion, fields: usize) -> Vec<f32> {
        let mut columns = vec![0.0; fields * self.rows];
        let parts = [
            (&motion.qpos, &self.qpos),
            (&motion.qvel, &self.qvel),
            (&motion.act, &self.act),
            (&motion.qacc_warmstart, &self.qacc_warmstart),
        ];
        for (places, values) in parts {
            for (row, values) in values.chunks_exact(places.len().max(1)).enumerate() {
                places.iter().zip(values).for_each(|(field, value)| columns[field * self.rows + row] = *value);
            }
        }
        columns
    }
}

/// Refuses numbers that are not finite in f32.
pub(super) fn finite(place: &str, values: &[f32], width: usize) -> Result<(), NpzError> {
    match values.iter().position(|value| !value.is_finite()) {
        None => Ok(()),
        Some(at) => {
            let problem = format!("row {}, column {} is {}", at / width, at % width, values[at]);
            Err(NpzError::refused(place, problem, "all numbers must be finite in 32 bits"))
        }
    }
}

/// Returns the names of arrays that are not read. A name that almost matches a known one is refused as a mistake.
fn unused(path: &Path, file: &Npz) -> Result<Vec<String>, NpzError> {
    let (names, known) = (file.names(), |name: &&String| !ARRAYS.contains(&name.as_str()));
    let free = ARRAYS.into_iter().filter(|known| !names.iter().any(|name| name == known));
    for name in names.iter().filter(known) {
        if let Some(like) = did_you_mean(name, free.clone()) {
            return Err(NpzError::refused(place(path, name), "is not known here", format!("did you mean `{like}`?")));
        }
    }
    Ok(names.iter().filter(known).cloned().collect())
}
