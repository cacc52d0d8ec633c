//! Mirror image of a task, as `gpu-ec inspect` shows it.

use serde::Serialize;

use crate::{inspect::rows::ValueRow, kernel::mirror::Image, report::Table, tasks::Task};

/// Plane of symmetry of a task's body.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MirrorRow {
    /// Reason why there is none; null if there is one.
    pub none: Option<String>,
    /// Observations that are not their own image.
    pub observation: Vec<ImageRow>,
    /// Actions that are not their own image.
    pub action: Vec<ImageRow>,
    /// Parts of the body that differ from their images, so that images move slightly differently.
    pub differences: Vec<String>,
}

/// Two numbers that are each other's images, or one that changes sign.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ImageRow {
    /// Index of the number.
    pub index: usize,
    /// Index of its image.
    pub image: usize,
    /// True if both change sign.
    pub negated: bool,
}

impl MirrorRow {
    /// Returns the mirror image of a task.
    pub fn of(task: &dyn Task) -> Self {
        match task.mirror() {
            Ok(mirror) => Self {
                none: None,
                observation: images(&mirror.observation),
                action: images(&mirror.action),
                differences: task.mirror_differences(),
            },
            Err(reason) => Self { none: Some(reason), observation: vec![], action: vec![], differences: vec![] },
        }
    }

    /// Returns one line per pair, with the numbers' names.
    pub(super) fn text(&self, observation: &[ValueRow], action: &[ValueRow]) -> String {
        if let Some(reason) = &self.none {
            return format!("mirror\n  none: {reason}\n");
        }
        let differences: String = self.differences.iter().map(|line| format!("  but for: {line}\n")).collect();
        let pairs = table("observation", &self.observation, observation);
        format!("mirror (in the plane y = 0)\n{differences}{pairs}\n{}", table("action", &self.action, action))
    }
}

fn images(image: &Image) -> Vec<ImageRow> {
    let row = |index: usize| ImageRow { index, image: image.of[index], negated: image.negated[index] };
    // list each pair once
    (0..image.of.len()).map(row).filter(|row| row.index < row.image || row.index == row.image && row.negated).collect()
}

fn table(what: &str, images: &[ImageRow], names: &[ValueRow]) -> Table {
    let mut table = Table::new([what, "image", "sign", "", ""]);
    let name = |index: usize| names[index].what.clone();
    for ImageRow { index, image, negated } in images {
        let other = if index == image { "itself".into() } else { name(*image) };
        let sign = if *negated { "-" } else { "+" };
        table.row([index.to_string(), image.to_string(), sign.into(), name(*index), other]);
    }
    if images.is_empty() {
        table.row(["all are their own images"]);
    }
    table
}
