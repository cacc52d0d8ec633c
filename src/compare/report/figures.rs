//! Learning curves.

use crate::{
    compare::{
        CompareError, Matrix,
        collect::{Along, Group, mean_curve},
    },
    config::folder_name,
    plot::{Chart, Series},
    report::document::Figure,
};

/// Axes of the learning curves, with their names in files and in labels.
const AXES: [(Along, &str, &str); 3] = [
    (Along::Generations, "generations", "generations"),
    (Along::Frames, "frames", "training frames"),
    (Along::Seconds, "time", "wall time"),
];

/// Draws the learning curves: for each task, one figure per axis that has an evaluation.
///
/// Errors: a figure that cannot be drawn.
pub fn curves(matrix: &Matrix, groups: &[Group]) -> Result<Vec<Vec<Figure>>, CompareError> {
    let names = matrix.task_names();
    let figures_of = |task: usize| {
        let of_task: Vec<&Group> = groups.iter().filter(|group| group.task == task).collect();
        let figure = |&(along, file, words): &(Along, &str, &str)| {
            let chart = chart(matrix, names[task], &of_task, (along, words));
            if !chart.has_points() {
                return Ok(None);
            }
            let file = format!("{}-{file}.svg", folder_name(names[task]));
            let caption = format!(
                "{}: return of the deterministic network against {words}, mean and standard deviation over seeds.",
                names[task]
            );
            Ok(Some(Figure { file, caption, svg: chart.svg()? }))
        };
        AXES.iter().filter_map(|axis| figure(axis).transpose()).collect()
    };
    (0..names.len()).map(figures_of).collect()
}

fn chart(matrix: &Matrix, task: &str, groups: &[&Group], (along, words): (Along, &str)) -> Chart {
    let entries = matrix.entry_names();
    let curves_of = |group: &&Group| group.runs.iter().map(|run| run.evaluations(along)).collect::<Vec<_>>();
    let means: Vec<_> = groups.iter().map(|group| mean_curve(&curves_of(group))).collect();
    let end = means.iter().flatten().map(|point| point.0).fold(0.0, f64::max);
    let (unit, divisor) = match along {
        Along::Seconds => unit_of_time(end),
        _ => ("", 1.0),
    };
    let series = groups.iter().zip(&means).map(|(group, mean)| Series {
        name: entries[group.entry].into(),
        points: mean.iter().map(|(x, y, _)| (x / divisor, *y)).collect(),
        band: match group.runs.len() {
            0 | 1 => vec![],
            _ => mean.iter().map(|(x, y, deviation)| (x / divisor, y - deviation, y + deviation)).collect(),
        },
    });
    Chart {
        title: task.into(),
        x: format!("{words}{unit}"),
        y: "return of an episode".into(),
        series: series.collect(),
    }
}

/// Returns the unit in which a time of `seconds` is shown, and its length in seconds.
fn unit_of_time(seconds: f64) -> (&'static str, f64) {
    match seconds {
        ..180.0 => (" (s)", 1.0),
        ..10_800.0 => (" (min)", 60.0),
        _ => (" (h)", 3600.0),
    }
}
