//! Start states from a file.

use std::path::Path;

use crate::{
    config::did_you_mean,
    npz::{Array, Npz, NpzError, shape_text},
    tasks::Motion,
};

/// The arrays that are read.
const ARRAYS: [&str; 4] = ["qpos", "qvel", "act", "qacc_warmstart"];

/// Start states, a row each, rounded once to f32.
#[derive(Debug, Clone, PartialEq)]
pub struct States {
    /// Number of rows.
    pub rows: usize,
    /// Positions, `[rows][nq]`.
    pub qpos: Vec<f32>,
    /// Velocities, `[rows][nv]`.
    pub qvel: Vec<f32>,
    /// Activations, `[rows][na]`, or nothing: zeros.
    pub act: Vec<f32>,
    /// Accelerations that the solver starts from, `[rows][nv]`, or nothing: zeros.
    pub qacc_warmstart: Vec<f32>,
    /// Arrays of the file that are not used.
    pub unused: Vec<String>,
}

impl States {
    /// Reads `qpos [N, nq]`, `qvel [N, nv]` and, where they are there, `act [N, na]` and `qacc_warmstart [N, nv]`.
    ///
    /// Errors, each naming file, array and what would be right: a file that cannot be read; arrays that are missing, of
    /// another shape or type, or not finite; a quaternion of length 0; a name that is almost one of these.
    pub fn read(path: &Path, motion: &Motion) -> Result<Self, NpzError> {
        let mut file = Npz::open(path)?;
        let unused = unused(path, &file)?;
        let place = |name: &str| format!("{}: array `{name}`", path.display());
        let mut array =
            |name: &str, width: usize, what: &str, rows: Option<usize>| -> Result<Option<Array>, NpzError> {
                let fits = |shape: &[usize]| match *shape {
                    [n, w] if n > 0 && w == width && rows.is_none_or(|rows| rows == n) => Ok(()),
                    _ => {
                        let rows = rows.map_or("N".into(), |rows| rows.to_string());
                        let advice = format!("it must be ({rows}, {width}): a row an environment, {what}");
                        Err(NpzError::refused(place(name), format!("has the shape {}", shape_text(shape)), advice))
                    }
                };
                let Some(array) = file.array_of(name, fits)? else { return Ok(None) };
                finite(&place(name), &array.values, width)?;
                Ok(Some(array))
            };
        let (nq, nv) = (motion.qpos.len(), motion.qvel.len());
        let missing = |name: &str, width: usize| {
            let problem = format!("holds no array `{name}`");
            NpzError::refused(path.display(), problem, format!("save one of shape (N, {width}), a row an environment"))
        };
        let qpos = array("qpos", nq, "nq columns", None)?.ok_or_else(|| missing("qpos", nq))?;
        let rows = Some(qpos.shape[0]);
        let qvel = array("qvel", nv, "nv columns", rows)?.ok_or_else(|| missing("qvel", nv))?;
        let na = motion.act.len();
        let what = if na == 0 { "motors have no activation" } else { "na columns: an activation a muscle" };
        let act = array("act", na, what, rows)?;
        let width = motion.qacc_warmstart.len();
        let warm = array("qacc_warmstart", width, "nv columns, or none where no solver runs", rows)?;
        for (row, qpos) in qpos.values.chunks_exact(nq).enumerate() {
            if let Some(at) = motion.quaternions.iter().find(|&&at| qpos[at..at + 4].iter().all(|x| *x == 0.0)) {
                let problem = format!("row {row} has a quaternion of length 0 (columns {at} to {})", at + 3);
                return Err(NpzError::refused(place("qpos"), problem, "no rotation is 1 0 0 0"));
            }
        }
        Ok(Self {
            rows: qpos.shape[0],
            qpos: qpos.values,
            qvel: qvel.values,
            act: act.map_or(vec![], |array| array.values),
            qacc_warmstart: warm.map_or(vec![], |array| array.values),
            unused,
        })
    }

    /// The states as they lie in `task_state`, `[field][row]`, of which there are `fields`.
    pub(super) fn fields(&self, motion: &Motion, fields: usize) -> Vec<f32> {
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

/// Arrays that are not read; one whose name is almost one of those that are is a mistake.
fn unused(path: &Path, file: &Npz) -> Result<Vec<String>, NpzError> {
    let (names, known) = (file.names(), |name: &&String| !ARRAYS.contains(&name.as_str()));
    let free = ARRAYS.into_iter().filter(|known| !names.iter().any(|name| name == known));
    for name in names.iter().filter(known) {
        if let Some(like) = did_you_mean(name, free.clone()) {
            let place = format!("{}: array `{name}`", path.display());
            return Err(NpzError::refused(place, "is not known here", format!("did you mean `{like}`?")));
        }
    }
    Ok(names.iter().filter(known).cloned().collect())
}
