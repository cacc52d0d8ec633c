//! What `gpu-ec rollout` says of the file it wrote.

use serde::Serialize;

use super::{Table, summary::bytes};

/// A rollout that was written.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct RolloutReport {
    /// The file.
    pub out: String,
    /// Environments.
    pub rows: usize,
    /// Steps of each.
    pub steps: usize,
    /// Bytes of all arrays.
    pub bytes: u64,
    /// Mean over the rows of the sum of rewards up to the first end of an episode, of those that stayed finite until
    /// then; null where there is none, or no task.
    pub mean_return: Option<f64>,
    /// Rows whose first episode did not stay finite.
    pub nonfinite_rows: usize,
    /// States, of all rows and steps, that are not finite or beyond MuJoCo's limit.
    pub nonfinite: u64,
    /// Row and step of the first of them, both from 0.
    pub first_nonfinite: Option<[u64; 2]>,
    /// Contacts that found no place.
    pub contact_overflow: u64,
    /// The same in words, and what to do; empty if it did not happen.
    #[serde(skip)]
    pub overflow_warning: String,
}

impl RolloutReport {
    /// Returns the report for a terminal.
    pub fn table(&self) -> Table {
        let mut table = Table::new(["", ""]);
        table.row(["file".into(), self.out.clone()]);
        table.row(["rows".into(), self.rows.to_string()]);
        table.row(["steps".into(), self.steps.to_string()]);
        table.row(["size".into(), bytes(self.bytes)]);
        if let Some(mean) = self.mean_return {
            let left_out = match self.nonfinite_rows {
                0 => String::new(),
                broken => format!("; {broken} of {} rows did not stay finite and are left out", self.rows),
            };
            table.row(["mean return".into(), format!("{mean:.1} (up to the first end{left_out})")]);
        }
        table
    }

    /// Returns what should worry the reader, a line each.
    pub fn warnings(&self) -> Vec<String> {
        let mut lines = vec![];
        if let Some([row, step]) = self.first_nonfinite {
            lines.push(format!(
                "warning: {} states are not finite, or beyond 1e10; the first is row {row} at step {step} (from 0): \
                 the robot exploded, or its controls are too large",
                self.nonfinite
            ));
        }
        if self.contact_overflow > 0 {
            lines.push(format!("warning: the motion differs from MuJoCo's: {}", self.overflow_warning));
        }
        lines
    }
}
