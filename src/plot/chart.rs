//! Curves with bands.

use std::ops::Range;

use plotters::{coord::types::RangedCoordf64, prelude::*};

use super::{
    PlotError,
    legend::Legend,
    number::Ticks,
    style::{FONT, Look, Names, SMALL},
};

/// Size without the legend, in pixels.
const SIZE: (i32, i32) = (960, 640);
/// Space to the left of the axes, for numbers and the axis name.
const LEFT: i32 = 130;
/// Space below the axes, for numbers and the axis name.
const BELOW: i32 = 92;
/// Space to the right of the axes, for half of the last number.
const RIGHT: i32 = 44;
/// Space above the axes, for the title.
const ABOVE: i32 = 60;
/// Approximate number of markers per curve.
const MARKERS: usize = 8;

/// One curve.
#[derive(Clone, Debug, Default)]
pub struct Series {
    /// Name in the legend.
    pub name: String,
    /// Points `(x, y)` in ascending order of x.
    pub points: Vec<(f64, f64)>,
    /// Band around the curve as `(x, low, high)`; empty for none.
    pub band: Vec<(f64, f64, f64)>,
}

/// Curves over one pair of axes.
#[derive(Clone, Debug, Default)]
pub struct Chart {
    /// Title.
    pub title: String,
    /// Name of the horizontal axis, with its unit.
    pub x: String,
    /// Name of the vertical axis, with its unit.
    pub y: String,
    /// Curves; those without points appear only in the legend.
    pub series: Vec<Series>,
}

type Axes<'a, 'b> = ChartContext<'a, SVGBackend<'b>, Cartesian2d<RangedCoordf64, RangedCoordf64>>;

impl Chart {
    /// Returns true if any curve has a point.
    pub fn has_points(&self) -> bool {
        self.series.iter().any(|series| !series.points.is_empty())
    }

    /// Draws the chart as a complete SVG file.
    ///
    /// Errors: the library cannot draw it.
    pub fn svg(&self) -> Result<String, PlotError> {
        self.svg_with_dots(&[])
    }

    /// Draws the same, but of the curves numbered in `dots` a marker at every point instead of a line.
    ///
    /// Errors: the library cannot draw it.
    pub fn svg_with_dots(&self, dots: &[usize]) -> Result<String, PlotError> {
        let names: Vec<&str> = self.series.iter().map(|series| series.name.as_str()).collect();
        let legend = Legend::new(&names, SIZE.0 - LEFT - RIGHT);
        let mut svg = String::new();
        {
            let size = (SIZE.0 as u32, (SIZE.1 + legend.height()) as u32);
            let root = SVGBackend::with_string(&mut svg, size).into_drawing_area();
            root.fill(&WHITE)?;
            let middle = (LEFT + SIZE.0 - RIGHT) / 2;
            let names = Names {
                title: (&self.title, middle),
                x: (&self.x, (middle, SIZE.1 - 8)),
                y: (&self.y, (ABOVE + SIZE.1 - BELOW) / 2),
            };
            names.draw(&root)?;
            legend.draw(&root, (LEFT, SIZE.1))?;
            let (upper, _) = root.split_vertically(SIZE.1);
            let mut axes = ChartBuilder::on(&upper)
                .margin_top(ABOVE)
                .margin_right(RIGHT)
                .x_label_area_size(BELOW)
                .y_label_area_size(LEFT)
                .build_cartesian_2d(self.x_range(), self.y_range())?;
            self.draw_axes(&mut axes)?;
            for (index, series) in self.series.iter().enumerate() {
                draw_band(&mut axes, series, &Look::of(index))?;
            }
            for (index, series) in self.series.iter().enumerate() {
                draw_curve(&mut axes, series, &Look::of(index), dots.contains(&index))?;
            }
            root.present()?;
        }
        Ok(svg)
    }

    fn draw_axes(&self, axes: &mut Axes) -> Result<(), PlotError> {
        let (x, y) = (Ticks::of(&self.x_range()), Ticks::of(&self.y_range()));
        axes.configure_mesh()
            .light_line_style(TRANSPARENT)
            .bold_line_style(BLACK.mix(0.14))
            .axis_style(BLACK.mix(0.7))
            .x_labels(6)
            .y_labels(7)
            .x_label_formatter(&|value| x.text(*value))
            .y_label_formatter(&|value| y.text(*value))
            .label_style((FONT, SMALL))
            .draw()?;
        Ok(())
    }

    fn x_range(&self) -> Range<f64> {
        let all = self.series.iter().flat_map(|series| series.points.iter().map(|point| point.0));
        let (low, high) = extremes(all);
        // Axes that start near 0 begin at 0, and so do those of a single value.
        let low = if low >= 0.0 && (low < 0.5 * high || low == high) { 0.0 } else { low };
        if low < high { low..high } else { low - 0.5..high + 0.5 }
    }

    fn y_range(&self) -> Range<f64> {
        let points = self.series.iter().flat_map(|series| series.points.iter().map(|point| point.1));
        let bands = self.series.iter().flat_map(|series| series.band.iter().flat_map(|band| [band.1, band.2]));
        let (low, high) = extremes(points.chain(bands));
        let pad = match high - low {
            0.0 => 0.1 * high.abs().max(1.0),
            span => 0.05 * span,
        };
        let zero = low >= 0.0 && low < 0.5 * high;
        (if zero { 0.0 } else { low - pad })..high + pad
    }
}

/// Returns the smallest and the largest finite value, or 0 and 1 without any.
fn extremes(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let finite = values.filter(|value| value.is_finite());
    let (low, high) = finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(x), high.max(x)));
    if low <= high { (low, high) } else { (0.0, 1.0) }
}

fn draw_band(axes: &mut Axes, series: &Series, look: &Look) -> Result<(), PlotError> {
    let finite: Vec<_> = series.band.iter().filter(|band| band.1.is_finite() && band.2.is_finite()).collect();
    let there = finite.iter().map(|band| (band.0, band.2));
    let back = finite.iter().rev().map(|band| (band.0, band.1));
    let outline: Vec<_> = there.chain(back).collect();
    if finite.len() > 1 {
        axes.draw_series(std::iter::once(Polygon::new(outline, look.colour.mix(0.17).filled())))?;
    }
    Ok(())
}

fn draw_curve(axes: &mut Axes, series: &Series, look: &Look, is_dotted: bool) -> Result<(), PlotError> {
    let points: Vec<_> = series.points.iter().copied().filter(|(x, y)| x.is_finite() && y.is_finite()).collect();
    let stroke = look.colour.stroke_width(3);
    let marker = |at: (f64, f64)| EmptyElement::at(at) + Polygon::new(look.marker(), look.colour.filled());
    if is_dotted {
        axes.draw_series(points.iter().copied().map(marker))?;
        return Ok(());
    }
    match look.dash {
        (_, 0) => axes.draw_series(LineSeries::new(points.iter().copied(), stroke))?,
        (dash, gap) => axes.draw_series(DashedLineSeries::new(points.iter().copied(), dash, gap, stroke))?,
    };
    axes.draw_series(markers(&points).map(marker))?;
    Ok(())
}

/// Returns the points with a marker: about [`MARKERS`], evenly spaced, including the last point.
fn markers(points: &[(f64, f64)]) -> impl Iterator<Item = (f64, f64)> {
    let stride = points.len().div_ceil(MARKERS).max(1);
    points.iter().rev().step_by(stride).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curve_of_one_point_has_an_axis_with_different_numbers() {
        let series = Series { name: "one".into(), points: vec![(11_540.0, 20.0)], band: vec![] };
        let chart = Chart { title: "t".into(), x: "x".into(), y: "y".into(), series: vec![series] };
        assert_eq!(chart.x_range(), 0.0..11_540.0, "from the beginning");
        let svg = chart.svg().expect("it can be drawn");
        assert_eq!(svg.matches("11.54k").count(), 0, "no number of one point five times");
        assert_eq!(svg.matches("\n10k\n").count(), 1, "{svg}");
    }
}
