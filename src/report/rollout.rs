//! Report of `gpu-ec rollout` about the file it wrote.

use serde::Serialize;

use super::{Table, summary::bytes};

/// Report about a rollout that was written.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct RolloutReport {
    /// Path of the file.
    pub out: String,
    /// Number of environments.
    pub rows: usize,
    /// Number of steps of each.
    pub steps: usize,
    /// Size of all arrays, bytes.
    pub bytes: u64,
    /// Sum of rewards up to the first end of an episode, averaged over the rows that stayed finite until then. Null
    /// if there is no such row, or no task.
    pub mean_return: Option<f64>,
    /// Number of rows whose first episode did not stay finite.
    pub nonfinite_rows: usize,
    /// Number of states, over all rows and steps, that are not finite or beyond MuJoCo's limit.
    pub nonfinite: u64,
    /// Row and step of the first such state, both from 0.
    pub first_nonfinite: Option<[u64; 2]>,
    /// Number of contacts for which there was no place.
    pub contact_overflow: u64,
    /// Warning about these contacts, with a remedy; empty if there were none.
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

    /// Returns the warnings, one per line.
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
