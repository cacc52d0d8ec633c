//! Figures as SVG: curves with bands, matrices, and rasters, independent of their contents.
//!
//! Sizes keep figures readable at half scale. Colours are those of Okabe and Ito, which colour-blind readers can
//! distinguish; dashes and markers differ as well.

mod chart;
mod heat;
mod legend;
mod number;
mod panels;
mod paths;
mod raster;
mod style;

pub use chart::{Chart, Series};
pub use heat::Heat;
pub use number::tick;
pub use panels::{Panel, Panels, Shape, Trace};
pub use paths::{PathPanel, Paths};
pub use raster::Raster;

/// An error in drawing a figure.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct PlotError(String);

impl<E: std::error::Error + Send + Sync> From<plotters::drawing::DrawingAreaErrorKind<E>> for PlotError {
    fn from(error: plotters::drawing::DrawingAreaErrorKind<E>) -> Self {
        Self(error.to_string())
    }
}
