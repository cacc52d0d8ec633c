//! Looks of series, and sizes of text.

use plotters::{
    coord::Shift,
    drawing::DrawingAreaErrorKind,
    prelude::*,
    style::text_anchor::{HPos, Pos, VPos},
};

/// Font of all text.
pub const FONT: &str = "sans-serif";
/// Height of the title, in pixels.
const TITLE: i32 = 32;
/// Height of the names of axes, in pixels.
pub const LABEL: i32 = 30;
/// Height of axis numbers and names of series, in pixels.
pub const SMALL: i32 = 27;
/// Width of a character as a fraction of its height, rounded up because the reader's font is unknown.
const CHARACTER: f64 = 0.52;

/// Colours of Okabe and Ito (2008) that stand out on white.
const COLOURS: [RGBColor; 7] = [
    RGBColor(0x00, 0x72, 0xB2),
    RGBColor(0xD5, 0x5E, 0x00),
    RGBColor(0x00, 0x9E, 0x73),
    RGBColor(0xCC, 0x79, 0xA7),
    RGBColor(0xE6, 0x9F, 0x00),
    RGBColor(0x56, 0xB4, 0xE9),
    RGBColor(0x00, 0x00, 0x00),
];
/// Dash and gap, in pixels; a gap of 0 gives a solid line.
const DASHES: [(u32, u32); 4] = [(1, 0), (14, 7), (5, 5), (24, 6)];
/// Number of marker shapes.
const MARKERS: usize = 5;

/// Look of a series.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// Colour.
    pub colour: RGBColor,
    /// Dash and gap, in pixels.
    pub dash: (u32, u32),
    marker: usize,
}

impl Look {
    /// Returns the look of series number `index`.
    pub fn of(index: usize) -> Self {
        Self { colour: COLOURS[index % COLOURS.len()], dash: DASHES[index % DASHES.len()], marker: index % MARKERS }
    }

    /// Returns the corners of the marker relative to its centre, in pixels.
    pub fn marker(&self) -> Vec<(i32, i32)> {
        match self.marker {
            0 => vec![(6, 0), (4, 4), (0, 6), (-4, 4), (-6, 0), (-4, -4), (0, -6), (4, -4)],
            1 => vec![(-5, -5), (5, -5), (5, 5), (-5, 5)],
            2 => vec![(0, -7), (7, 5), (-7, 5)],
            3 => vec![(0, -8), (7, 0), (0, 8), (-7, 0)],
            _ => vec![(0, 7), (7, -5), (-7, -5)],
        }
    }
}

/// Returns the style of text with the given height, anchored by `position`.
pub fn text<'a>(height: i32, position: Pos) -> TextStyle<'a> {
    TextStyle::from((FONT, height).into_font()).color(&BLACK).pos(position)
}

/// Returns the same style for text that runs upwards.
fn upward<'a>(height: i32, position: Pos) -> TextStyle<'a> {
    TextStyle::from((FONT, height).into_font().transform(FontTransform::Rotate270)).color(&BLACK).pos(position)
}

/// Names of a figure and its axes, with their positions in pixels.
pub struct Names<'a> {
    /// Title and the x of its centre.
    pub title: (&'a str, i32),
    /// Name of the horizontal axis, and the position of its bottom centre.
    pub x: (&'a str, (i32, i32)),
    /// Name of the vertical axis and the y of its centre.
    pub y: (&'a str, i32),
}

impl Names<'_> {
    /// Draws the names.
    pub fn draw<DB: DrawingBackend>(
        &self,
        root: &DrawingArea<DB, Shift>,
    ) -> Result<(), DrawingAreaErrorKind<DB::ErrorType>> {
        let style = text(TITLE, Pos::new(HPos::Center, VPos::Top));
        root.draw(&Text::new(self.title.0.to_string(), (self.title.1, 14), style))?;
        let style = text(LABEL, Pos::new(HPos::Center, VPos::Bottom));
        root.draw(&Text::new(self.x.0.to_string(), self.x.1, style))?;
        let style = upward(LABEL, Pos::new(HPos::Center, VPos::Top));
        root.draw(&Text::new(self.y.0.to_string(), (12, self.y.1), style))
    }
}

/// Returns an upper bound on the width of a text of the given height, in pixels.
pub fn width(text: &str, height: i32) -> i32 {
    (text.chars().count() as f64 * CHARACTER * f64::from(height)).ceil() as i32
}
