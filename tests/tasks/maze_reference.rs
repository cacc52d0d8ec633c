//! The mazes in plain Rust, by coordinates as they are described.

use gpu_ec::kernel::random::{Stream, philox4x32, stream_key, uniform01};

use crate::world::{FIRST_LIFE, GENERATION, SEED};

/// A maze: whether a cell is free, the places, the start.
#[derive(Clone, Copy)]
pub struct Shape {
    pub is_free: fn(i32, i32) -> bool,
    pub places: &'static [(i32, i32)],
    pub start: (i32, i32),
}

/// A stem of three cells below the middle of a bar of five.
pub const T: Shape = Shape {
    is_free: |x, y| (x == 2 && (0..=2).contains(&y)) || (y == 3 && (0..=4).contains(&x)),
    places: &[(0, 3), (4, 3)],
    start: (2, 0),
};

/// A stem, a bar from column 1 to 7 in row 3, and bars across both of its ends, from row 1 to 5.
pub const DOUBLE_T: Shape = Shape {
    is_free: |x, y| {
        (x == 4 && (0..=2).contains(&y))
            || (y == 3 && (1..=7).contains(&x))
            || ((x == 1 || x == 7) && (1..=5).contains(&y))
    },
    places: &[(1, 5), (7, 5), (1, 1), (7, 1)],
    start: (4, 0),
};

pub const FORWARD: usize = 0;
pub const LEFT: usize = 1;
pub const RIGHT: usize = 2;
pub const NONE: usize = 3;

/// What a step says.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Seen {
    pub obs: [f32; 5],
    pub reward: f32,
    pub is_dead: bool,
}

/// An agent in a maze.
#[derive(Clone)]
pub struct Reference {
    shape: Shape,
    life: u32,
    swap_after: u32,
    step: u32,
    pub cell: (i32, i32),
    pub heading: usize,
    pub energy: i32,
    pub food: usize,
    pub poison: usize,
    meals: u32,
    pub sensors: [usize; 3],
    pub actions: [usize; 3],
}

/// Permutations in alphabetical order.
pub const PERMUTATIONS: [[usize; 3]; 6] = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];

/// A whole number below `n`, from 32 random bits.
fn below(bits: u32, n: usize) -> usize {
    ((u64::from(bits) * n as u64) >> 32) as usize
}

impl Reference {
    pub fn new(shape: Shape, slot: usize, swap_after: u32) -> Self {
        let life = FIRST_LIFE + slot as u32;
        let mut agent = Self {
            shape,
            life,
            swap_after,
            step: 0,
            cell: shape.start,
            heading: 0,
            energy: 40,
            food: 0,
            poison: 0,
            meals: 0,
            sensors: [0; 3],
            actions: [0; 3],
        };
        let bits = agent.draw(0, 0);
        agent.place(bits[0]);
        agent.sensors = PERMUTATIONS[below(bits[1], 6)];
        agent.actions = PERMUTATIONS[below(bits[2], 6)];
        agent
    }

    fn draw(&self, index: u32, purpose: u32) -> [u32; 4] {
        philox4x32([index, self.life, GENERATION, purpose], stream_key(SEED, Stream::Start))
    }

    /// Draws the two places: all ordered pairs are as likely.
    fn place(&mut self, bits: u32) {
        let places = self.shape.places.len();
        let mut pairs = (0..places).flat_map(|food| (0..places).map(move |poison| (food, poison)));
        let pairs: Vec<_> = pairs.by_ref().filter(|(food, poison)| food != poison).collect();
        (self.food, self.poison) = pairs[below(bits, pairs.len())];
    }

    fn ahead(&self) -> (i32, i32) {
        let (dx, dy) = [(0, 1), (1, 0), (0, -1), (-1, 0)][self.heading];
        (self.cell.0 + dx, self.cell.1 + dy)
    }

    pub fn observe(&self, meal: Option<usize>) -> [f32; 5] {
        let ahead = self.ahead();
        let is = |place: usize| self.shape.places[place] == ahead;
        let seen = [!(self.shape.is_free)(ahead.0, ahead.1), is(self.food), is(self.poison)];
        let shown = self.sensors.map(|sensor| seen[sensor]);
        [shown[0], shown[1], shown[2], meal == Some(0), meal == Some(1)].map(|on| f32::from(u8::from(on)))
    }

    /// The action of these outputs.
    pub fn action(&self, outputs: &[f32]) -> usize {
        let most = outputs.iter().fold(f32::MIN, |most, output| most.max(*output));
        let first = outputs.iter().position(|output| *output == most).expect("there are outputs");
        if most > 0.1 { self.actions[first] } else { NONE }
    }

    pub fn step(&mut self, action: usize) -> Seen {
        self.heading = (self.heading + [0, 3, 1, 0][action]) % 4;
        let ahead = self.ahead();
        if action != NONE && (self.shape.is_free)(ahead.0, ahead.1) {
            self.cell = ahead;
        }
        self.energy -= 1;
        let at = self.shape.places.iter().position(|place| *place == self.cell);
        let meal = at.and_then(|at| [self.food, self.poison].iter().position(|place| *place == at));
        if meal == Some(0) {
            self.energy = 40;
            self.meals += 1;
            let bits = self.draw(self.step, 1);
            if self.meals >= self.swap_after && uniform01(bits[0]) < 0.5 {
                self.meals = 0;
                match self.shape.places.len() {
                    2 => std::mem::swap(&mut self.food, &mut self.poison),
                    _ => self.place(bits[1]),
                }
            }
        }
        if meal.is_some() {
            (self.cell, self.heading) = (self.shape.start, 0);
        }
        self.step += 1;
        let reward = [1.0, -1.0, 0.0][meal.unwrap_or(2)];
        Seen { obs: self.observe(meal), reward, is_dead: self.energy <= 0 }
    }
}
