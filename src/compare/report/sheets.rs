//! Numbers as CSV for programs.

use super::numbers::Numbers;
use crate::compare::{
    Matrix,
    collect::{Along, Group},
};

/// Returns one line per run.
pub fn runs(numbers: &Numbers) -> Vec<u8> {
    let heads = [
        "task",
        "entry",
        "seed",
        "stage",
        "generations",
        "frames",
        "wall_seconds",
        "training_seconds",
        "last_return",
        "best_return",
        "firing_rate_hz",
        "density",
        "energy_episode_j",
        "energy_total_j",
    ];
    let field = |value: Option<f64>| value.map_or(String::new(), |value| value.to_string());
    let runs = numbers.rows.iter().flat_map(|row| row.runs.iter().map(move |run| (row, run)));
    sheet(
        heads,
        runs.map(|(row, run)| {
            [
                row.task.clone(),
                row.entry.clone(),
                run.seed.to_string(),
                run.stage.into(),
                run.generations.to_string(),
                run.frames.to_string(),
                run.wall_seconds.to_string(),
                run.training_seconds.to_string(),
                field(run.last),
                field(run.best),
                field(run.firing_rate_hz),
                field(run.density),
                field(run.energy.map(|energy| energy.joules.episode)),
                field(run.energy.map(|energy| energy.joules.total)),
            ]
        }),
    )
}

/// Returns one line per evaluation.
pub fn curves(matrix: &Matrix, groups: &[Group]) -> Vec<u8> {
    let heads = ["task", "entry", "seed", "generations", "frames", "wall_seconds", "eval_return"];
    let runs = groups.iter().flat_map(|group| group.runs.iter().map(move |run| (group, run)));
    let lines = runs.flat_map(|(group, run)| {
        let place = [matrix.task_names()[group.task], matrix.entry_names()[group.entry]].map(String::from);
        let [generations, frames, seconds] =
            [Along::Generations, Along::Frames, Along::Seconds].map(|along| run.evaluations(along));
        let seed = run.cell.seed.to_string();
        let along = generations.into_iter().zip(frames).zip(seconds);
        along
            .map(|((generation, frames), seconds)| {
                let [task, entry] = place.clone();
                let numbers = [generation.0, frames.0, seconds.0, generation.1].map(|number| number.to_string());
                let [generation, frames, seconds, value] = numbers;
                [task, entry, seed.clone(), generation, frames, seconds, value]
            })
            .collect::<Vec<_>>()
    });
    sheet(heads, lines)
}

fn sheet<const N: usize>(heads: [&str; N], lines: impl Iterator<Item = [String; N]>) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(vec![]);
    let in_memory = "memory takes every line";
    writer.write_record(heads).expect(in_memory);
    lines.for_each(|line| writer.write_record(line).expect(in_memory));
    writer.into_inner().expect(in_memory)
}
