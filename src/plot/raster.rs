//! Spikes as dots: one row per neuron, time to the right.

use plotters::prelude::*;

use super::{
    PlotError,
    legend::Legend,
    number::Ticks,
    style::{FONT, Look, Names, SMALL},
};

/// Size without the legend, in pixels.
const SIZE: (u32, u32) = (1200, 680);
/// Space to the left of the axes, in pixels.
const LEFT: i32 = 130;

/// Spike times of the neurons of two kinds.
#[derive(Clone, Debug)]
pub struct Raster<'a> {
    /// Title.
    pub title: String,
    /// Name of the horizontal axis, with its unit.
    pub x: String,
    /// Name of the vertical axis.
    pub y: String,
    /// Time shown, in the unit of the axis.
    pub time: std::ops::Range<f64>,
    /// Number of neurons.
    pub neurons: usize,
    /// Names of the two kinds of neurons.
    pub kinds: [&'a str; 2],
    /// True for neurons of the second kind.
    pub is_second: &'a [bool],
    /// Spikes `(time, neuron)`.
    pub spikes: &'a [(f64, usize)],
}

impl Raster<'_> {
    /// Draws the raster as a complete SVG file.
    ///
    /// Errors: the library cannot draw it.
    pub fn svg(&self) -> Result<String, PlotError> {
        let mut svg = String::new();
        {
            let legend = Legend::new(&self.kinds, SIZE.0 as i32);
            let size = (SIZE.0, SIZE.1 + legend.height() as u32);
            let whole = SVGBackend::with_string(&mut svg, size).into_drawing_area();
            whole.fill(&WHITE)?;
            legend.draw(&whole, (LEFT, SIZE.1 as i32))?;
            let (root, _) = whole.split_vertically(SIZE.1 as i32);
            let (width, height) = (SIZE.0 as i32, SIZE.1 as i32);
            let names = Names {
                title: (&self.title, width / 2 + 30),
                x: (&self.x, (width / 2 + 40, height - 8)),
                y: (&self.y, height / 2),
            };
            names.draw(&root)?;
            let mut axes = ChartBuilder::on(&root)
                .margin_top(60)
                .margin_right(44)
                .x_label_area_size(92)
                .y_label_area_size(LEFT)
                .build_cartesian_2d(self.time.clone(), 0.0..self.neurons as f64)?;
            let (x, y) = (Ticks::of(&self.time), Ticks::of(&(0.0..self.neurons as f64)));
            axes.configure_mesh()
                .disable_mesh()
                .axis_style(BLACK.mix(0.7))
                .x_labels(8)
                .y_labels(6)
                .x_label_formatter(&|value| x.text(*value))
                .y_label_formatter(&|value| y.text(*value))
                .label_style((FONT, SMALL))
                .draw()?;
            axes.draw_series(self.spikes.iter().map(|(time, neuron)| {
                let look = Look::of(usize::from(self.is_second[*neuron]));
                EmptyElement::at((*time, *neuron as f64 + 0.5))
                    + Rectangle::new([(-1, -2), (1, 2)], look.colour.filled())
            }))?;
            root.present()?;
        }
        Ok(svg)
    }
}
