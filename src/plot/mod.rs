//! Figures as SVG: curves with bands, and matrices. Nothing here knows what is drawn.
//!
//! Sizes are chosen such that a figure can be read at half its size. Colours are those of Okabe and Ito (told apart by
//! colour-blind readers), and dashes and markers differ besides.

mod chart;
mod heat;
mod legend;
mod number;
mod raster;
mod style;

pub use chart::{Chart, Series};
pub use heat::Heat;
pub use number::tick;
pub use raster::Raster;

/// A figure that cannot be drawn.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct PlotError(String);

impl<E: std::error::Error + Send + Sync> From<plotters::drawing::DrawingAreaErrorKind<E>> for PlotError {
    fn from(error: plotters::drawing::DrawingAreaErrorKind<E>) -> Self {
        Self(error.to_string())
    }
}
