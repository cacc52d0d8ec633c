//! Paths through the cells of a floor plan, coloured by step.

use plotters::{
    prelude::*,
    style::text_anchor::{HPos, Pos, VPos},
};

use super::{
    PlotError,
    heat::colour,
    style::{SMALL, text, width},
};

/// Side of a cell, in pixels.
const CELL: i32 = 44;
/// Space between panels, and above each for its name, in pixels.
const GAPS: (i32, i32) = (40, 44);
/// Space above the first row of panels, in pixels.
const ABOVE: i32 = 60;
/// Widest row of panels, in pixels.
const WIDEST: i32 = 1240;
/// Largest distance of a path from the middle of a cell, in pixels.
const SPREAD: i32 = 12;

/// Path in one panel.
#[derive(Clone, Debug)]
pub struct PathPanel {
    /// Name, above the panel.
    pub name: String,
    /// Cells with a letter, and true where it stands for something bad.
    pub marks: Vec<((usize, usize), char, bool)>,
    /// Cells in order, `(column, row from below)`.
    pub path: Vec<(usize, usize)>,
}

/// Paths on copies of a floor plan.
#[derive(Clone, Debug)]
pub struct Paths {
    /// Title.
    pub title: String,
    /// Numbers of columns and rows.
    pub size: (usize, usize),
    /// Cells that are no wall.
    pub free: Vec<(usize, usize)>,
    /// Panels in order.
    pub panels: Vec<PathPanel>,
}

impl Paths {
    /// Draws the panels as a complete SVG file. A path begins dark and ends light.
    ///
    /// Errors: the library cannot draw it.
    pub fn svg(&self) -> Result<String, PlotError> {
        let names = self.panels.iter().map(|panel| width(&panel.name, SMALL));
        let plan = (self.size.0 as i32 * CELL, self.size.1 as i32 * CELL);
        let step = (plan.0.max(names.max().unwrap_or(0)) + GAPS.0, plan.1 + GAPS.0 + GAPS.1);
        let columns = (WIDEST / step.0).clamp(1, self.panels.len().max(1) as i32);
        let rows = (self.panels.len() as i32).div_euclid(columns) + i32::from(self.panels.len() as i32 % columns > 0);
        let least = width(&self.title, 32);
        let size = ((columns * step.0 + GAPS.0).max(least) as u32, (ABOVE + rows * step.1) as u32);
        let mut svg = String::new();
        {
            let root = SVGBackend::with_string(&mut svg, size).into_drawing_area();
            root.fill(&WHITE)?;
            let style = text(32, Pos::new(HPos::Left, VPos::Top));
            root.draw(&Text::new(self.title.clone(), (GAPS.0, 14), style))?;
            for (index, panel) in (0..).zip(&self.panels) {
                let at = (GAPS.0 + index % columns * step.0, ABOVE + index / columns * step.1);
                let style = text(SMALL, Pos::new(HPos::Left, VPos::Top));
                root.draw(&Text::new(panel.name.clone(), at, style))?;
                self.draw(&root, panel, (at.0, at.1 + GAPS.1))?;
            }
            root.present()?;
        }
        Ok(svg)
    }

    /// Draws a panel with its corner at `at`.
    fn draw(
        &self,
        root: &DrawingArea<SVGBackend, plotters::coord::Shift>,
        panel: &PathPanel,
        at: (i32, i32),
    ) -> Result<(), PlotError> {
        let corner = |(x, y): (usize, usize)| (at.0 + x as i32 * CELL, at.1 + (self.size.1 - 1 - y) as i32 * CELL);
        for y in 0..self.size.1 {
            for x in 0..self.size.0 {
                let (left, top) = corner((x, y));
                let is_free = self.free.contains(&(x, y));
                let fill = if is_free { WHITE.filled() } else { BLACK.mix(0.25).filled() };
                root.draw(&Rectangle::new([(left, top), (left + CELL, top + CELL)], fill))?;
                root.draw(&Rectangle::new([(left, top), (left + CELL, top + CELL)], BLACK.mix(0.2)))?;
            }
        }
        for (cell, letter, is_bad) in &panel.marks {
            let (left, top) = corner(*cell);
            let fill = if *is_bad { RGBColor(0xD5, 0x5E, 0x00) } else { RGBColor(0x00, 0x9E, 0x73) };
            root.draw(&Rectangle::new([(left, top), (left + CELL, top + CELL)], fill.mix(0.35).filled()))?;
            let style = text(SMALL, Pos::new(HPos::Center, VPos::Center));
            root.draw(&Text::new(letter.to_string(), (left + CELL / 2, top + CELL / 2), style))?;
        }
        // visits of one cell are drawn beside each other
        let place = |(k, cell): (usize, &(usize, usize))| {
            let (left, top) = corner(*cell);
            let aside = (k as i32 * 5).rem_euclid(2 * SPREAD + 1) - SPREAD;
            (left + CELL / 2 + aside, top + CELL / 2 + aside)
        };
        let points: Vec<_> = panel.path.iter().enumerate().map(place).collect();
        for (k, pair) in points.windows(2).enumerate() {
            let [red, green, blue] = colour(k as f64 / (points.len() - 1) as f64);
            root.draw(&PathElement::new(pair.to_vec(), RGBColor(red, green, blue).stroke_width(5)))?;
        }
        let [red, green, blue] = colour(0.0);
        if let Some(start) = points.first() {
            root.draw(&Circle::new(*start, 6, RGBColor(red, green, blue).filled()))?;
        }
        Ok(())
    }
}
