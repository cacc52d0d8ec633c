//! Losses of first and last iterations, and of start angles.

use super::{Arms, Groups};
use crate::{
    report::{Table, document::Block},
    run::descent::ArmLine,
};

/// Iterations that are first, or last.
const SOME: usize = 10;

pub fn blocks(arms: &Arms) -> Vec<Block> {
    let mut blocks = vec![
        Block::Heading(2, "First and last iterations".into()),
        Block::Paragraph(format!(
            "Mean loss of the first and the last {SOME} iterations, rad^2, mean over the arms of a group and (least to most); the share of \
             neurons below 100 Hz is that of the last ones."
        )),
        Block::Table(first_and_last(arms)),
    ];
    if arms.entries.iter().any(|entry| entry.start_angle.is_some()) {
        blocks.extend([
            Block::Heading(2, "Stiffness".into()),
            Block::Paragraph(
                "Losses summed over 1000 physics steps after the start, and over all of an iteration, rad^2: means over seeds and the last \
                 ten iterations."
                    .into(),
            ),
            Block::Table(stiffness(arms)),
        ]);
    }
    blocks
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let values: Vec<f64> = values.collect();
    values.iter().sum::<f64>() / values.len() as f64
}

fn number(x: f64) -> String {
    if x.abs() < 0.1 { format!("{x:.5}") } else { format!("{x:.3}") }
}

fn first_and_last(arms: &Arms) -> Table {
    let mut table = Table::new([
        "group",
        "arms",
        "first, second half",
        "last, second half",
        "last, whole",
        "learnt to 0.01",
        "inputs, reservoir, outputs (Hz)",
        "below 100 Hz",
    ]);
    let count = arms.lines.len();
    let (first, last) = (&arms.lines[..SOME.min(count)], &arms.lines[count.saturating_sub(SOME)..]);
    for group in Groups::of(&arms.entries).0 {
        let of = |lines: &[ArmLine], value: Value| -> Vec<f64> {
            group.arms.iter().map(|arm| mean(lines.iter().map(|line| f64::from(value(line, *arm))))).collect()
        };
        let shown = |values: &[f64]| {
            let (low, high) = values.iter().fold((f64::MAX, f64::MIN), |(low, high), x| (low.min(*x), high.max(*x)));
            format!("{} ({} to {})", number(mean(values.iter().copied())), number(low), number(high))
        };
        let late = of(last, |line, arm| line.late_loss[arm]);
        let learnt = late.iter().filter(|loss| **loss <= 0.01).count();
        let rates = [0, 1, 2].map(|kind| {
            let rate = mean(
                last.iter().flat_map(|line| group.arms.iter().map(move |arm| f64::from(line.rates_hz[*arm][kind]))),
            );
            format!("{rate:.0}")
        });
        let quiet = of(last, |line, arm| line.below_100_hz[arm]);
        table.row([
            group.name.clone(),
            group.arms.len().to_string(),
            shown(&of(first, |line, arm| line.late_loss[arm])),
            shown(&late),
            shown(&of(last, |line, arm| line.loss[arm])),
            format!("{learnt} of {}", group.arms.len()),
            rates.join(", "),
            format!("{:.1} %", 100.0 * mean(quiet.into_iter())),
        ]);
    }
    table
}

/// A number of an arm in an iteration.
type Value = fn(&ArmLine, usize) -> f32;

/// A row a tendon ratio and sum, a column a start angle.
fn stiffness(arms: &Arms) -> Table {
    let mut angles: Vec<f32> = arms.entries.iter().filter_map(|entry| entry.start_angle).collect();
    angles.sort_by(f32::total_cmp);
    angles.dedup();
    let degrees = angles.iter().map(|angle| format!("{:.0} degrees", angle.to_degrees()));
    let mut table = Table::new(["tendon ratio".to_string(), "summed over".into()].into_iter().chain(degrees));
    let mut ratios: Vec<f64> = arms.entries.iter().map(|entry| entry.tendon_ratio).collect();
    ratios.sort_by(f64::total_cmp);
    ratios.dedup();
    let last = &arms.lines[arms.lines.len().saturating_sub(SOME)..];
    let sums: [(String, Value); 2] = [
        ("1000 steps".into(), |line, arm| line.early_loss_sum[arm]),
        (format!("{} steps", arms.batch.spec.steps), |line, arm| line.loss_sum[arm]),
    ];
    for ratio in &ratios {
        for (name, value) in &sums {
            let cell = |angle: &f32| {
                let chosen = |arm: &usize| {
                    arms.entries[*arm].tendon_ratio == *ratio && arms.entries[*arm].start_angle == Some(*angle)
                };
                let those: Vec<usize> = (0..arms.entries.len()).filter(chosen).collect();
                number(mean(last.iter().flat_map(|line| those.iter().map(move |arm| f64::from(value(line, *arm))))))
            };
            table.row([ratio.to_string(), name.clone()].into_iter().chain(angles.iter().map(cell)));
        }
    }
    table
}
