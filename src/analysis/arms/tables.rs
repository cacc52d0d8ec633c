//! Losses of the first and last iterations, and by start angle.

use super::{Arms, Groups, groups::Group};
use crate::{
    report::{Table, document::Block},
    run::arms::ArmLine,
};

/// Maximum number of iterations that count as first, or as last.
const SOME: usize = 10;

/// Returns the number of first, and of last, iterations among `count`. None is both, unless there is only one.
fn some(count: usize) -> usize {
    (count / 2).clamp(1, SOME)
}

/// Returns tables of losses and rates, and of stiffness if arms have their own start angles.
pub fn blocks(arms: &Arms) -> Vec<Block> {
    let count = arms.lines.len();
    let (first, last) = (&arms.lines[..some(count).min(count)], last(arms));
    let mut blocks = vec![
        Block::Heading(2, "First and last iterations".into()),
        Block::Paragraph(format!(
            "Loss of the first {} and the last {} of {count} iterations, rad^2: mean over the arms of a group (least to most).",
            first.len(),
            last.len()
        )),
        Block::Table(losses(arms, first, last)),
        Block::Paragraph("Firing rates of the last ones:".into()),
        Block::Table(rates(arms, last)),
    ];
    if arms.entries.iter().any(|entry| entry.start_angle.is_some()) {
        blocks.extend([
            Block::Heading(2, "Stiffness".into()),
            Block::Paragraph(
                "Losses summed over 1000 physics steps after the start, and over all of an iteration, rad^2: means over seeds and the same \
                 last iterations."
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

/// Returns the last iterations.
fn last(arms: &Arms) -> &[ArmLine] {
    &arms.lines[arms.lines.len().saturating_sub(some(arms.lines.len()))..]
}

/// Returns the mean of a number over `lines` for every arm of `group`.
fn of_arms(group: &Group, lines: &[ArmLine], value: Value) -> Vec<f64> {
    group.arms.iter().map(|arm| mean(lines.iter().map(|line| f64::from(value(line, *arm))))).collect()
}

fn losses(arms: &Arms, first: &[ArmLine], last: &[ArmLine]) -> Table {
    let mut table =
        Table::new(["group", "arms", "first, second half", "last, second half", "last, whole", "learnt to 0.01"]);
    let shown = |values: &[f64]| {
        let (low, high) = values.iter().fold((f64::MAX, f64::MIN), |(low, high), x| (low.min(*x), high.max(*x)));
        format!("{} ({} to {})", number(mean(values.iter().copied())), number(low), number(high))
    };
    for group in Groups::of(&arms.entries).0 {
        let late = of_arms(&group, last, |line, arm| line.late_loss[arm]);
        let learnt = late.iter().filter(|loss| **loss <= 0.01).count();
        table.row([
            group.name.clone(),
            group.arms.len().to_string(),
            shown(&of_arms(&group, first, |line, arm| line.late_loss[arm])),
            shown(&late),
            shown(&of_arms(&group, last, |line, arm| line.loss[arm])),
            format!("{learnt} of {}", group.arms.len()),
        ]);
    }
    table
}

fn rates(arms: &Arms, last: &[ArmLine]) -> Table {
    let mut table = Table::new(["group", "inputs (Hz)", "reservoir (Hz)", "outputs (Hz)", "neurons below 100 Hz"]);
    let values: [Value; 3] =
        [|line, arm| line.rates_hz[arm][0], |line, arm| line.rates_hz[arm][1], |line, arm| line.rates_hz[arm][2]];
    for group in Groups::of(&arms.entries).0 {
        let over_arms = |value| mean(of_arms(&group, last, value).into_iter());
        let rates = values.map(|value| format!("{:.0}", over_arms(value)));
        let quiet = format!("{:.1} %", 100.0 * over_arms(|line, arm| line.below_100_hz[arm]));
        table.row(std::iter::once(group.name.clone()).chain(rates).chain([quiet]));
    }
    table
}

/// A number of an arm in an iteration.
type Value = fn(&ArmLine, usize) -> f32;

/// Returns a table with a row per tendon ratio and sum, and a column per start angle.
fn stiffness(arms: &Arms) -> Table {
    let mut angles: Vec<f32> = arms.entries.iter().filter_map(|entry| entry.start_angle).collect();
    angles.sort_by(f32::total_cmp);
    angles.dedup();
    let degrees = angles.iter().map(|angle| format!("{:.0} degrees", angle.to_degrees()));
    let mut table = Table::new(["tendon ratio".to_string(), "summed over".into()].into_iter().chain(degrees));
    let mut ratios: Vec<f64> = arms.entries.iter().map(|entry| entry.tendon_ratio).collect();
    ratios.sort_by(f64::total_cmp);
    ratios.dedup();
    let last = last(arms);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_iteration_is_first_and_last() {
        assert_eq!([0, 1, 2, 3, 10, 19, 20, 500].map(some), [1, 1, 1, 1, 5, 9, 10, 10], "half of them at most");
    }
}
