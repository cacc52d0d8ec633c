//! Floor plans, drawn.

use crate::kernel::wgsl::Constants;

/// Floor plan, the highest row first: `.` is a free cell, `S` the start, `P` a place for food or poison.
#[derive(Debug, PartialEq, Eq)]
pub struct FloorPlan(&'static [&'static str]);

/// A stem and a bar, whose ends are the places.
pub static T: FloorPlan = FloorPlan(&[
    "P...P", //
    "##.##", "##.##", "##S##",
]);

/// A stem, a bar, and a bar across each of its ends; the places are the ends of these.
pub static DOUBLE_T: FloorPlan = FloorPlan(&[
    "#P#####P#", //
    "#.#####.#",
    "#.......#",
    "#.##.##.#",
    "#P##.##P#",
    "####S####",
]);

impl FloorPlan {
    /// Returns the number of columns.
    pub fn width(&self) -> usize {
        self.0[0].len()
    }

    /// Returns the number of rows.
    pub fn height(&self) -> usize {
        self.0.len()
    }

    /// Returns the cells `(column, row)` of a kind, the highest row first. Rows are numbered from below.
    fn cells(&self, kind: impl Fn(u8) -> bool) -> Vec<(usize, usize)> {
        let rows = self.0.iter().enumerate();
        rows.flat_map(|(down, row)| row.bytes().enumerate().map(move |(x, cell)| (x, self.height() - 1 - down, cell)))
            .filter_map(|(x, y, cell)| kind(cell).then_some((x, y)))
            .collect()
    }

    /// Returns the cells where food and poison may be.
    pub fn places(&self) -> Vec<(usize, usize)> {
        self.cells(|cell| cell == b'P')
    }

    /// Returns the cells that are no wall.
    pub fn free(&self) -> Vec<(usize, usize)> {
        self.cells(|cell| cell != b'#')
    }

    /// Returns the cell where the agent starts.
    pub fn start(&self) -> (usize, usize) {
        self.cells(|cell| cell == b'S')[0]
    }

    /// Adds what kernels know of the plan.
    pub(super) fn constants(&self, constants: Constants) -> Constants {
        let mut rows = vec![0; self.height()];
        self.free().into_iter().for_each(|(x, y)| rows[y] |= 1 << x);
        let (x, y): (Vec<_>, Vec<_>) = self.places().into_iter().unzip();
        let start = self.start();
        constants
            .uint("WIDTH", self.width())
            .uint("HEIGHT", self.height())
            .uints("ROWS", &rows)
            .uint("PLACES", x.len())
            .uints("PLACE_X", &x)
            .uints("PLACE_Y", &y)
            .uint("START_X", start.0)
            .uint("START_Y", start.1)
    }
}
