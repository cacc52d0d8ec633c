//! Mazes: a life step by step, the paths between its meals, and what all fixed lives come to.

use super::{AnalysisError, EPISODES, Trained, figure, panels, returns};
use crate::{
    config::TaskConfig,
    kernel::random::{Stream, philox4x32, stream_key},
    plot::{Panel, Panels, PathPanel, Paths, Shape, Trace},
    report::{Table, document::Block},
    run::rollout::Recording,
    tasks::maze::{self, FloorPlan, Maze},
};

/// Most panels of paths.
const PANELS: usize = 12;
/// Names of the sensors.
const SENSORS: [&str; 3] = ["wall", "green (food)", "red (poison)"];
/// Names of the actions.
const ACTIONS: [&str; 3] = ["ahead", "left", "right"];

/// Returns the page.
pub fn blocks(trained: &Trained) -> Result<Vec<Block>, AnalysisError> {
    let fixed = trained.fixed()?;
    let lives: Vec<Life> = (0..fixed.rows).map(|row| Life::of(&fixed, row)).collect();
    let mut blocks = trained.heading("An agent in a maze")?;
    blocks.push(returns(&[
        ("this agent".into(), fixed.mean_return()),
        ("one of the three actions at random".into(), trained.scripted(at_random(trained.steps()))?.mean_return()),
    ]));
    blocks.push(Block::Paragraph(limit(&trained.config.task).into()));
    blocks.push(Block::Table(numbers(&fixed, &lives)));
    blocks.push(Block::Heading(2, "One life".into()));
    blocks.push(course(&fixed, &lives[0])?);
    blocks.push(Block::Heading(2, "Paths".into()));
    blocks.push(paths(trained, &fixed, &lives[0])?);
    Ok(blocks)
}

/// Returns what the fitness of an agent that learns nothing is limited by.
fn limit(task: &TaskConfig) -> &'static str {
    let is_shuffled = match task {
        TaskConfig::TMaze(task) => task.shuffle_sensors,
        TaskConfig::DoubleTMaze(task) => task.shuffle_sensors,
        _ => false,
    };
    match is_shuffled {
        true => {
            "An agent that learns nothing in its life can be lucky: one that is born to take a certain input for food is right in some \
            lives, which last long. What shows learning is how much poison it eats after the first, and in how many lives."
        }
        false => {
            "Sensors are not shuffled: an agent can be born with the knowledge of what is food, and need not learn it."
        }
    }
}

/// Returns outputs one of which is 1, drawn for every step and row.
fn at_random(steps: usize) -> Vec<f32> {
    let key = stream_key(0, Stream::Action);
    let all = (0..steps as u32).flat_map(|step| (0..EPISODES as u32).map(move |row| (step, row)));
    all.flat_map(|(step, row)| {
        let action = philox4x32([0, row, step, 0], key)[0] % 3;
        [0, 1, 2].map(|output| f32::from(u8::from(output == action)))
    })
    .collect()
}

/// Meals of a life: the step, and true for food.
struct Life {
    row: usize,
    length: usize,
    meals: Vec<(usize, bool)>,
}

impl Life {
    fn of(recording: &Recording, row: usize) -> Self {
        let length = recording.length(row);
        let meal = |step: usize| {
            let obs = recording.obs(step + 1, row);
            (obs[3] > 0.0 || obs[4] > 0.0).then_some((step, obs[3] > 0.0))
        };
        Self { row, length, meals: (0..length).filter_map(meal).collect() }
    }

    fn count(&self, is_food: bool) -> usize {
        self.meals.iter().filter(|meal| meal.1 == is_food).count()
    }

    /// Returns the step of the first poison; the last step of a life without any.
    fn first_poison(&self) -> usize {
        self.meals.iter().find(|meal| !meal.1).map_or(self.length, |meal| meal.0 + 1)
    }
}

/// Returns the table of all lives.
fn numbers(recording: &Recording, lives: &[Life]) -> Table {
    let mean = |of: &dyn Fn(&Life) -> f64| lives.iter().map(of).sum::<f64>() / lives.len() as f64;
    let after = |is_food: bool| {
        move |life: &Life| {
            life.meals.iter().filter(|meal| meal.1 == is_food && meal.0 >= life.first_poison()).count() as f64
        }
    };
    let left = |life: &Life| (life.length - life.first_poison()) as f64;
    let graded = mean(&|life| {
        let outputs = (0..life.length).flat_map(|step| recording.controls(step, life.row));
        outputs.filter(|output| output.fract() != 0.0).count() as f64 / (3 * life.length) as f64
    });
    let mut table = Table::new(["mean of a life", ""]);
    for (name, value) in [
        ("steps", mean(&|life| life.length as f64)),
        ("meals of food", mean(&|life| life.count(true) as f64)),
        ("meals of poison", mean(&|life| life.count(false) as f64)),
        ("steps up to the first poison", mean(&|life| life.first_poison() as f64)),
        ("food up to the first poison", mean(&|life| life.count(true) as f64 - after(true)(life))),
        ("food after the first poison", mean(&after(true))),
        ("poison after the first one", mean(&after(false))),
        ("steps after the first poison", mean(&left)),
    ] {
        table.row([name.to_string(), format!("{value:.2}")]);
    }
    table.row([
        "outputs that are no whole numbers (sums of ticks at 0 or 1 are)".into(),
        format!("{:.1}%", 100.0 * graded),
    ]);
    table
}

/// Draws a life.
fn course(recording: &Recording, life: &Life) -> Result<Block, AnalysisError> {
    let (row, steps) = (life.row, life.length);
    let state = recording.qpos(0, row);
    let points = |of: &dyn Fn(usize) -> f64| (0..steps).map(|step| (step as f64, of(step))).collect::<Vec<_>>();
    let mut all = vec![];
    for (output, meaning) in (0..3).map(|output| (output, Maze::permuted(state[Maze::OUTPUTS] as usize, output))) {
        let points = points(&|step| f64::from(recording.controls(step, row)[output]));
        let (low, high) =
            points.iter().fold((0.0_f64, 1.0_f64), |(low, high), point| (low.min(point.1), high.max(point.1)));
        let traces = vec![Trace { name: 0, shape: Shape::Stems, points }];
        let name = format!("output {output}: {}", ACTIONS[meaning]);
        all.push(Panel { name, height: 64, range: low..1.1 * high, traces });
    }
    for (sensor, name) in SENSORS.into_iter().enumerate() {
        let shown =
            (0..3).position(|input| Maze::permuted(state[Maze::SENSORS] as usize, input) == sensor).unwrap_or(0);
        let points = points(&|step| f64::from(recording.obs(step, row)[shown]));
        let traces = vec![Trace { name: 1, shape: Shape::Stems, points }];
        all.push(Panel { name: format!("input {shown}: {name}"), height: 34, range: 0.0..1.1, traces });
    }
    let reward = points(&|step| f64::from(recording.obs(step, row)[3] - recording.obs(step, row)[4]));
    let traces = vec![Trace { name: 2, shape: Shape::Stems, points: reward }];
    all.push(Panel {
        name: "reward as it is shown: food up, poison down".into(),
        height: 64,
        range: -1.1..1.1,
        traces,
    });
    let action = points(&|step| 3.0 - f64::from(recording.qpos(step + 1, row)[Maze::ACTION]));
    let traces = vec![Trace { name: 3, shape: Shape::Stems, points: action }];
    let name = "action: 3 ahead, 2 left, 1 right, 0 none".to_string();
    all.push(Panel { name, height: 80, range: 0.0..3.3, traces });
    let energy = points(&|step| f64::from(recording.qpos(step, row)[Maze::ENERGY]));
    let high = energy.iter().fold(1.0, |high: f64, point| high.max(point.1));
    let traces = vec![Trace { name: 0, shape: Shape::Line, points: energy }];
    all.push(Panel { name: "energy".into(), height: 80, range: 0.0..1.1 * high, traces });
    let drawn = Panels {
        title: "One life".into(),
        x: "steps".into(),
        time: 0.0..steps as f64,
        names: ["outputs, energy", "sensors", "rewards", "actions"].map(String::from).into(),
        panels: all,
    };
    panels("maze-life", "The first fixed life: outputs, sensors, rewards, chosen actions and energy.", &drawn)
}

/// Draws the paths between the first meals of a life.
fn paths(trained: &Trained, recording: &Recording, life: &Life) -> Result<Block, AnalysisError> {
    let floor: &FloorPlan = match &trained.config.task {
        TaskConfig::DoubleTMaze(_) => &maze::DOUBLE_T,
        _ => &maze::T,
    };
    let cell = |moment: usize| {
        let state = recording.qpos(moment, life.row);
        (state[Maze::CELL] as usize, state[Maze::CELL + 1] as usize)
    };
    let place = |moment: usize, is_food: bool| {
        let number = recording.qpos(moment, life.row)[Maze::FOOD + usize::from(!is_food)];
        floor.places()[number as usize]
    };
    let mut from = 0;
    let mut all = vec![];
    let ends = life.meals.iter().map(|(step, is_food)| (*step, Some(*is_food)));
    for (last, meal) in ends.chain((life.length > 0).then(|| (life.length - 1, None))).take(PANELS) {
        if from > last {
            continue;
        }
        let mut path: Vec<_> = (from..=last).map(cell).collect();
        path.push(meal.map_or_else(|| cell(last + 1), |is_food| place(last, is_food)));
        let what = match meal {
            Some(true) => "food",
            Some(false) => "poison",
            None => "the end",
        };
        let marks = vec![(place(from, true), 'F', false), (place(from, false), 'P', true)];
        all.push(PathPanel { name: format!("{} to {}: {what}", from + 1, last + 1), marks, path });
        from = last + 1;
    }
    let title = "Paths from meal to meal, by steps";
    let drawn = Paths { title: title.into(), size: (floor.width(), floor.height()), free: floor.free(), panels: all };
    let caption = "The first fixed life from meal to meal: each path begins dark, at the dot, and ends light; F is food, P poison.";
    Ok(figure("maze-paths", caption, drawn.svg()?))
}
