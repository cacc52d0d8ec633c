//! Mazes of cells with food and poison: what is good must be learnt within a lifetime.
//!
//! Tasks of Bertens and Lee (2020), where their text leaves something open as `docs/tasks.md` says.

mod plan;

pub use plan::{DOUBLE_T, FloorPlan, T};

use super::{
    Description, DescriptionRow, Motion, Starts, Task, TaskKernels, TaskLaunch, Term,
    plain::{Plain, control_kernel, outputs},
};
use crate::kernel::{
    cost::Assumptions,
    descent::Actions,
    entry::Kernel,
    wgsl::{ComposeError, Constants},
};

/// Agent in a maze.
#[derive(Debug, Clone, PartialEq)]
pub struct Maze {
    /// Versioned name.
    pub id: &'static str,
    /// Cells and places.
    pub floor: &'static FloorPlan,
    /// Number of steps after which an episode is truncated.
    pub episode_length: usize,
    /// Energy at the start and after food; a step costs 1.
    pub energy: usize,
    /// Number of meals of food after which the places may change.
    pub swap_after: usize,
    /// Probability that they change, for each further one.
    pub swap_probability: f32,
    /// Largest output for which the agent does nothing.
    pub action_threshold: f32,
    /// True if an episode shuffles wall, green and red.
    pub shuffle_sensors: bool,
    /// True if an episode shuffles the actions.
    pub shuffle_outputs: bool,
}

impl Maze {
    /// Fields of the state: cell, heading (0 up, then clockwise), energy, places of food and poison, meals since the
    /// places changed, permutations of sensors and outputs, last action.
    pub const FIELDS: usize = 10;
    /// Field with the column of the agent's cell; its row follows.
    pub const CELL: usize = 0;
    /// Field with the energy.
    pub const ENERGY: usize = 3;
    /// Field with the place of the food; that of the poison follows.
    pub const FOOD: usize = 4;
    /// Field with the permutation of the sensors: input `i` shows sensor `permuted(_, i)`.
    pub const SENSORS: usize = 7;
    /// Field with the permutation of the outputs: output `i` means action `permuted(_, i)`.
    pub const OUTPUTS: usize = 8;
    /// Field with the last action: ahead, left, right, none.
    pub const ACTION: usize = 9;

    fn plain(&self) -> Plain {
        let constants = Constants::default()
            .uint("EPISODE_LENGTH", self.episode_length)
            .uint("FULL", self.energy)
            .uint("SWAP_AFTER", self.swap_after)
            .float("SWAP_PROBABILITY", self.swap_probability)
            .float("ACTION_THRESHOLD", self.action_threshold)
            .flag("SHUFFLE_SENSORS", self.shuffle_sensors)
            .flag("SHUFFLE_OUTPUTS", self.shuffle_outputs);
        let constants = self.floor.constants(constants);
        Plain { path: "tasks/maze/task", start: "tasks/maze/start", d_act: self.d_act(), constants }
    }

    /// Returns entry `i` of the permutation number `permutation` of three things, in alphabetical order.
    pub fn permuted(permutation: usize, i: usize) -> usize {
        [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]][permutation % 6][i]
    }
}

impl Task for Maze {
    fn id(&self) -> &str {
        self.id
    }

    fn d_obs(&self) -> usize {
        5
    }

    fn d_act(&self) -> usize {
        3
    }

    fn actions(&self) -> Actions {
        Actions::Discrete
    }

    fn episode_length(&self) -> usize {
        self.episode_length
    }

    fn state_fields(&self) -> usize {
        Self::FIELDS
    }

    fn terms(&self) -> Vec<Term> {
        vec![Term::reward("reward_food"), Term::reward("reward_poison")]
    }

    fn kernels(&self, shape: &TaskLaunch) -> Result<TaskKernels, ComposeError> {
        self.plain().kernels(shape)
    }

    fn rollout_kernels(&self, shape: &TaskLaunch, starts: Starts) -> Result<TaskKernels, ComposeError> {
        self.plain().rollout_kernels(shape, starts)
    }

    fn control_kernel(&self, n_slots: usize) -> Result<Kernel, ComposeError> {
        control_kernel(n_slots, self.d_act())
    }

    fn motion(&self) -> Motion {
        let controls = outputs(&["output 0", "output 1", "output 2"]);
        Motion { qpos: (0..Self::FIELDS).collect(), controls, ..Motion::default() }
    }

    fn assumptions(&self, _shared: bool) -> Assumptions {
        Assumptions::default().share("random_actions", 0.0).share("ate_food", 0.1)
    }

    fn describe(&self) -> Description {
        let shuffled = |is_shuffled: bool| if is_shuffled { ", in an order that each start draws" } else { "" };
        let swap = match self.floor.places().len() {
            2 => "food and poison change places",
            _ => "food and poison get new places, drawn anew",
        };
        let sensor = |name| DescriptionRow::new(name, format!("0 or 1{}", shuffled(self.shuffle_sensors)));
        let threshold = format!("the largest output acts if it is above {}", self.action_threshold);
        Description {
            observation: vec![
                sensor("wall in the cell ahead"),
                sensor("green (food) in the cell ahead"),
                sensor("red (poison) in the cell ahead"),
                DescriptionRow::new("food was eaten in this step", "0 or 1"),
                DescriptionRow::new("poison was eaten in this step", "0 or 1"),
            ],
            action: vec![
                DescriptionRow::new("a step ahead", format!("{threshold}{}", shuffled(self.shuffle_outputs))),
                DescriptionRow::new("a turn to the left, then a step ahead", ""),
                DescriptionRow::new("a turn to the right, then a step ahead", ""),
            ],
            reward: vec![
                "reward_food = 1 for each meal of food, which fills up the energy".into(),
                "reward_poison = -1 for each meal of poison; either brings the agent back to the start".into(),
                format!(
                    "after each meal of food, from number {} since the last change on, {swap} with probability {}",
                    self.swap_after, self.swap_probability
                ),
            ],
            start: format!(
                "at the end of the stem, facing up, with energy {}; food and poison at two of {} places",
                self.energy,
                self.floor.places().len()
            ),
            end: format!("energy 0, of which each step costs 1, terminates; {} steps truncate", self.episode_length),
        }
    }
}
