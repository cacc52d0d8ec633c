//! Conversion of step records to the arrays of a file.

use std::path::{Path, PathBuf};

use crate::{
    files::atomic::folder_of,
    kernel::records::status,
    npz::{Column, Element, NpzWriter},
    plan::rollout::{RecordPart, RolloutPlan},
    report::{RolloutReport, bytes},
    run::RunError,
};

/// File that is being written.
pub struct Export {
    path: PathBuf,
    writer: NpzWriter,
    /// Arrays with an entry per step: position in the file, and part of the record.
    parts: Vec<(usize, RecordPart)>,
    /// Position of `terminated`, if the rollout has a task.
    ends: Option<usize>,
    /// Positions of the start arrays.
    starts: [usize; 3],
    rows: usize,
    reward: RecordPart,
    status: RecordPart,
    overflow: RecordPart,
    step: u64,
    report: RolloutReport,
    /// First episode of each row.
    first: Vec<First>,
    ended: Vec<u8>,
}

/// First episode of a row.
#[derive(Clone, Copy)]
struct First {
    /// Sum of its rewards so far.
    sum: f32,
    /// True until it ends.
    going: bool,
    /// True as long as its state and rewards are finite.
    finite: bool,
}

impl Export {
    /// Creates the file of `steps` steps.
    ///
    /// Errors: more bytes than can be counted or than are free in the target folder; a folder that cannot be
    /// written.
    pub fn begin(path: &Path, plan: &RolloutPlan, steps: usize) -> Result<Self, RunError> {
        let (rows, record) = (plan.rows, &plan.record);
        let mut each = vec![("qpos", record.qpos), ("qvel", record.qvel), ("act", record.act)];
        each.extend(plan.has_task.then_some(("obs", record.obs)));
        each.extend(plan.writes_actions.then_some(("actions", record.control)));
        let float = |(name, part): &(&'static str, RecordPart)| Column {
            name,
            element: Element::F32,
            shape: vec![steps, rows, part.width],
        };
        let mut columns: Vec<Column> = each.iter().map(float).collect();
        let mut parts: Vec<(usize, RecordPart)> = each.iter().map(|(_, part)| *part).enumerate().collect();
        let mut ends = None;
        if plan.has_task {
            parts.push((columns.len(), record.reward));
            columns.push(Column { name: "reward", element: Element::F32, shape: vec![steps, rows] });
            ends = Some(columns.len());
            columns.push(Column { name: "terminated", element: Element::Byte, shape: vec![steps, rows] });
        }
        let starts = [0, 1, 2].map(|part| columns.len() + part);
        for (name, part) in [("start_qpos", record.qpos), ("start_qvel", record.qvel), ("start_act", record.act)] {
            columns.push(Column { name, element: Element::F32, shape: vec![rows, part.width] });
        }
        refuse_absurd_sizes(path, &columns, steps, rows)?;
        let file_bytes = columns.iter().map(Column::bytes).sum();
        let report = RolloutReport { rows, steps, bytes: file_bytes, ..Default::default() };
        let writer = NpzWriter::create(path, columns)?;
        Ok(Self {
            path: path.into(),
            writer,
            parts,
            ends,
            starts,
            rows,
            reward: record.reward,
            status: record.status,
            overflow: record.overflow,
            step: 0,
            report,
            first: vec![First { sum: 0.0, going: true, finite: true }; rows],
            ended: vec![],
        })
    }

    /// Writes the starts, which are part of `task_state`, `[field][row]`.
    pub fn start(&mut self, plan: &RolloutPlan, state: &[f32]) -> Result<(), RunError> {
        let motion = &plan.motion;
        for (position, fields) in self.starts.into_iter().zip([&motion.qpos, &motion.qvel, &motion.act]) {
            let row = |row| fields.iter().map(move |field| state[field * plan.rows + row]);
            let values: Vec<u8> = (0..plan.rows).flat_map(row).flat_map(f32::to_le_bytes).collect();
            self.writer.append(position, &values)?;
        }
        Ok(())
    }

    /// Writes the record of the next step.
    pub fn step(&mut self, record: &[u32]) -> Result<(), RunError> {
        for (position, part) in &self.parts {
            self.writer.append(*position, &little_endian(self.part(record, *part)))?;
        }
        let (status, reward) = (self.part(record, self.status), self.part(record, self.reward));
        if let Some(position) = self.ends {
            self.ended.clear();
            self.ended.extend(status.iter().map(|status| u8::from(status & status::TERMINATED != 0)));
            self.writer.append(position, &self.ended)?;
        }
        for (row, (first, (status, reward))) in self.first.iter_mut().zip(status.iter().zip(reward)).enumerate() {
            let broken = *status & status::NON_FINITE != 0;
            if first.going {
                first.sum += f32::from_bits(*reward);
                first.going = *status & status::DONE == 0;
                first.finite &= !broken && first.sum.is_finite();
            }
            if broken {
                self.report.nonfinite += 1;
                self.report.first_nonfinite.get_or_insert([row as u64, self.step]);
            }
        }
        self.report.contact_overflow += self.part(record, self.overflow).iter().map(|n| u64::from(*n)).sum::<u64>();
        self.step += 1;
        Ok(())
    }

    /// Completes the file, moves it to its path and returns the report.
    pub fn finish(mut self) -> Result<RolloutReport, RunError> {
        self.writer.finish()?;
        self.report.out = self.path.display().to_string();
        if self.ends.is_some() {
            let finite: Vec<f64> = self.first.iter().filter(|row| row.finite).map(|row| f64::from(row.sum)).collect();
            self.report.nonfinite_rows = self.rows - finite.len();
            let mean = finite.iter().sum::<f64>() / finite.len() as f64;
            self.report.mean_return = (!finite.is_empty()).then_some(mean);
        }
        Ok(self.report)
    }

    fn part<'a>(&self, record: &'a [u32], part: RecordPart) -> &'a [u32] {
        &record[part.at..][..self.rows * part.width]
    }
}

fn little_endian(words: &[u32]) -> std::borrow::Cow<'_, [u8]> {
    match cfg!(target_endian = "little") {
        true => bytemuck::cast_slice(words).into(),
        false => words.iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<_>>().into(),
    }
}

/// Refuses sizes that the disk has no room for, before anything runs.
fn refuse_absurd_sizes(path: &Path, columns: &[Column], steps: usize, rows: usize) -> Result<(), RunError> {
    let all: u128 =
        columns.iter().map(|c| c.shape.iter().map(|n| *n as u128).product::<u128>() * c.element.bytes() as u128).sum();
    let folder = folder_of(path);
    let limit = fs4::available_space(folder).unwrap_or(u64::MAX);
    // The largest array is on disk twice for a while.
    if all > u128::from(limit) || NpzWriter::space(columns) > limit {
        let wanted =
            if all > u128::from(u64::MAX / 2) { format!("{all} bytes") } else { bytes(NpzWriter::space(columns)) };
        return Err(RunError::Refused(format!(
            "{steps} steps of {rows} rows take {wanted} while they are written; {} are free in {}: give fewer --steps or rows",
            bytes(limit),
            folder.display()
        )));
    }
    Ok(())
}
