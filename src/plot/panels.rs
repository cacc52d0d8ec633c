//! Panels above each other over one axis of time.

use std::ops::Range;

use plotters::{
    coord::Shift,
    prelude::*,
    style::text_anchor::{HPos, Pos, VPos},
};

use super::{
    PlotError,
    legend::Legend,
    number::Ticks,
    style::{FONT, Look, Names, SMALL, text},
};

/// Width, in pixels.
const WIDTH: i32 = 1200;
/// Space to the left of the axes, and to the right, in pixels.
const SIDES: (i32, i32) = (90, 44);
/// Space above the first panel, in pixels.
const ABOVE: i32 = 64;
/// Space above a panel for its name, in pixels.
const NAME: i32 = 38;
/// Space below the last panel, for numbers and the name of the axis, in pixels.
const BELOW: i32 = 92;
/// Part of [`BELOW`] that the numbers take, in pixels.
const NUMBERS: i32 = 44;

/// Drawing of a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Line through the points.
    Line,
    /// Line from 0 to each point.
    Stems,
}

/// Values over time.
#[derive(Clone, Debug)]
pub struct Trace {
    /// Index of its name in the legend.
    pub name: usize,
    /// Drawing.
    pub shape: Shape,
    /// Points `(time, value)` in ascending order of time.
    pub points: Vec<(f64, f64)>,
}

/// Traces over one pair of axes.
#[derive(Clone, Debug)]
pub struct Panel {
    /// Name, above the panel.
    pub name: String,
    /// Height of the axes, in pixels.
    pub height: i32,
    /// Values shown.
    pub range: Range<f64>,
    /// Traces; later ones are on top.
    pub traces: Vec<Trace>,
}

/// Panels with a common axis of time.
#[derive(Clone, Debug)]
pub struct Panels {
    /// Title.
    pub title: String,
    /// Name of the horizontal axis, with its unit.
    pub x: String,
    /// Time shown.
    pub time: Range<f64>,
    /// Names in the legend.
    pub names: Vec<String>,
    /// Panels from top to bottom.
    pub panels: Vec<Panel>,
}

impl Panels {
    /// Draws the panels as a complete SVG file.
    ///
    /// Errors: the library cannot draw it.
    pub fn svg(&self) -> Result<String, PlotError> {
        let names: Vec<&str> = self.names.iter().map(String::as_str).collect();
        let legend = Legend::new(&names, WIDTH - SIDES.0 - SIDES.1);
        let bottom = ABOVE + self.panels.iter().map(|panel| panel.height + NAME).sum::<i32>() + BELOW;
        let mut svg = String::new();
        {
            let size = (WIDTH as u32, (bottom + legend.height()) as u32);
            let root = SVGBackend::with_string(&mut svg, size).into_drawing_area();
            root.fill(&WHITE)?;
            let middle = WIDTH / 2;
            Names { title: (&self.title, middle), x: (&self.x, (middle, bottom - 8)), y: ("", ABOVE) }.draw(&root)?;
            legend.draw(&root, (SIDES.0, bottom))?;
            let mut top = ABOVE;
            for (index, panel) in self.panels.iter().enumerate() {
                let is_last = index + 1 == self.panels.len();
                let style = text(SMALL, Pos::new(HPos::Left, VPos::Bottom));
                root.draw(&Text::new(panel.name.clone(), (SIDES.0, top + NAME - 6), style))?;
                let below = if is_last { NUMBERS } else { 4 };
                let area = root.clone().shrink((0, top + NAME), (WIDTH, panel.height + below));
                self.draw_panel(&area, panel, is_last)?;
                top += NAME + panel.height;
            }
            root.present()?;
        }
        Ok(svg)
    }

    fn draw_panel(
        &self,
        area: &DrawingArea<SVGBackend, Shift>,
        panel: &Panel,
        has_numbers: bool,
    ) -> Result<(), PlotError> {
        let mut axes = ChartBuilder::on(area)
            .margin_right(SIDES.1)
            .x_label_area_size(if has_numbers { NUMBERS } else { 4 })
            .y_label_area_size(SIDES.0)
            .build_cartesian_2d(self.time.clone(), panel.range.clone())?;
        let (x, y) = (Ticks::of(&self.time), Ticks::of(&panel.range));
        axes.configure_mesh()
            .disable_mesh()
            .axis_style(BLACK.mix(0.7))
            .x_labels(if has_numbers { 10 } else { 0 })
            .y_labels(if panel.height < 60 { 2 } else { 3 })
            .x_label_formatter(&|value| x.text(*value))
            .y_label_formatter(&|value| y.text(*value))
            .label_style((FONT, SMALL))
            .draw()?;
        // stems of neighbouring steps stay apart
        let step = f64::from(WIDTH - SIDES.0 - SIDES.1) / (self.time.end - self.time.start);
        let stem = (0.6 * step).round().clamp(1.0, 3.0) as u32;
        for trace in &panel.traces {
            let thickness = if trace.shape == Shape::Stems { stem } else { 3 };
            let stroke = Look::of(trace.name).colour.stroke_width(thickness);
            match trace.shape {
                Shape::Line => {
                    axes.draw_series(LineSeries::new(trace.points.iter().copied(), stroke))?;
                }
                Shape::Stems => {
                    let stems = trace.points.iter().filter(|point| point.1 != 0.0);
                    axes.draw_series(stems.map(|(x, y)| PathElement::new(vec![(*x, 0.0), (*x, *y)], stroke)))?;
                }
            }
        }
        Ok(())
    }
}
