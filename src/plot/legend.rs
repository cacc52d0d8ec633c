//! Legend with the names of the series, below the axes.

use plotters::{
    coord::Shift,
    prelude::*,
    style::text_anchor::{HPos, Pos, VPos},
};

use super::{
    PlotError,
    style::{Look, SMALL, text, width},
};

/// Length of a line sample, in pixels.
const SAMPLE: i32 = 54;
/// Space between a sample and its name, and between a name and the next sample, in pixels.
const GAPS: (i32, i32) = (10, 30);
/// Height of a row, in pixels.
const ROW: i32 = 32;

/// Names of the series and their positions: row and left end.
pub struct Legend<'a> {
    places: Vec<(&'a str, i32, i32)>,
    rows: i32,
}

impl<'a> Legend<'a> {
    /// Arranges `names` in rows of at most `space` pixels; a single name needs no legend.
    pub fn new(names: &[&'a str], space: i32) -> Self {
        let (mut places, mut row, mut left) = (Vec::new(), 0, 0);
        for name in names.iter().copied().filter(|_| names.len() > 1) {
            let needed = SAMPLE + GAPS.0 + width(name, SMALL);
            if left > 0 && left + needed > space {
                (row, left) = (row + 1, 0);
            }
            places.push((name, row, left));
            left += needed + GAPS.1;
        }
        let rows = if places.is_empty() { 0 } else { row + 1 };
        Self { places, rows }
    }

    /// Returns the height, in pixels.
    pub fn height(&self) -> i32 {
        if self.rows == 0 { 0 } else { self.rows * ROW + 10 }
    }

    /// Draws the legend with its top left corner at `at`.
    pub fn draw<D: DrawingBackend>(&self, area: &DrawingArea<D, Shift>, at: (i32, i32)) -> Result<(), PlotError>
    where
        D::ErrorType: 'static,
    {
        for (index, (name, row, left)) in self.places.iter().enumerate() {
            let look = Look::of(index);
            let (x, y) = (at.0 + left, at.1 + row * ROW + ROW / 2);
            let (dash, gap) = (look.dash.0 as i32, look.dash.1 as i32);
            let mut from = 0;
            while from < SAMPLE {
                let to = if gap == 0 { SAMPLE } else { (from + dash).min(SAMPLE) };
                area.draw(&PathElement::new(vec![(x + from, y), (x + to, y)], look.colour.stroke_width(3)))?;
                from = to + gap;
            }
            let corners: Vec<_> = look.marker().iter().map(|(dx, dy)| (x + SAMPLE / 2 + dx, y + dy)).collect();
            area.draw(&Polygon::new(corners, look.colour.filled()))?;
            let style = text(SMALL, Pos::new(HPos::Left, VPos::Center));
            area.draw(&Text::new(name.to_string(), (x + SAMPLE + GAPS.0, y), style))?;
        }
        Ok(())
    }
}
