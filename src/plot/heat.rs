//! A matrix as an image with axes and a colour bar.

use base64::{Engine, engine::general_purpose::STANDARD};
use plotters::{
    prelude::*,
    style::text_anchor::{HPos, Pos, VPos},
};

use super::{
    PlotError,
    number::tick,
    style::{FONT, LABEL, Names, SMALL, text},
};

/// Nine of the 256 colours of viridis (van der Walt and Smith, 2015), from dark to light.
const COLOURS: [[u8; 3]; 9] = [
    [68, 1, 84],
    [71, 44, 122],
    [59, 81, 139],
    [44, 113, 142],
    [33, 144, 141],
    [39, 173, 129],
    [92, 200, 99],
    [170, 220, 50],
    [253, 231, 37],
];
/// Length of the image's longer side, and minimum length of either side, in pixels.
const SIDES: (i32, i32) = (560, 190);
/// Space around the image, in pixels: left, above, right, below.
const AROUND: (i32, i32, i32, i32) = (130, 60, 200, 92);
/// Distance of the colour bar from the image, and its width, in pixels.
const BAR: (i32, i32) = (44, 26);

/// A matrix of numbers between 0 and 1.
#[derive(Clone, Debug)]
pub struct Heat<'a> {
    /// Title.
    pub title: String,
    /// Name of the columns.
    pub x: String,
    /// Name of the rows, which run downwards.
    pub y: String,
    /// Name of the values.
    pub value: String,
    /// Number of columns.
    pub cols: usize,
    /// Values, `[rows, cols]`.
    pub values: &'a [f64],
}

impl Heat<'_> {
    /// Draws the matrix as a complete SVG file with an embedded image.
    ///
    /// Errors: the library cannot draw it.
    pub fn svg(&self) -> Result<String, PlotError> {
        let rows = self.values.len() / self.cols;
        let longer = self.cols.max(rows) as f64;
        let side = |count: usize| ((f64::from(SIDES.0) * count as f64 / longer) as i32).clamp(SIDES.1, SIDES.0);
        let (width, height) = (side(self.cols), side(rows));
        let (left, above, right, below) = AROUND;
        let size = ((left + width + right) as u32, (above + height + below) as u32);
        let mut svg = String::new();
        {
            let root = SVGBackend::with_string(&mut svg, size).into_drawing_area();
            root.fill(&WHITE)?;
            let names = Names {
                title: (&self.title, (left + width + right) / 2),
                x: (&self.x, (left + width / 2, above + height + below - 8)),
                y: (&self.y, above + height / 2),
            };
            names.draw(&root)?;
            let mut axes = ChartBuilder::on(&root)
                .margin_top(above)
                .margin_right(right)
                .x_label_area_size(below)
                .y_label_area_size(left)
                .build_cartesian_2d(0.0..self.cols as f64, rows as f64..0.0)?;
            axes.configure_mesh()
                .disable_mesh()
                .axis_style(BLACK.mix(0.7))
                .x_labels((width / 90) as usize)
                .y_labels((height / 60) as usize)
                .x_label_formatter(&|value| tick(*value))
                .y_label_formatter(&|value| tick(*value))
                .label_style((FONT, SMALL))
                .draw()?;
            let bar = left + width + BAR.0 + BAR.1;
            for k in 0..=4 {
                let y = above + height - height * k / 4;
                root.draw(&PathElement::new(vec![(bar, y), (bar + 6, y)], BLACK.mix(0.7)))?;
                let style = text(SMALL, Pos::new(HPos::Left, VPos::Center));
                root.draw(&Text::new(tick(f64::from(k) / 4.0), (bar + 12, y), style))?;
            }
            let style = text(LABEL, Pos::new(HPos::Center, VPos::Top));
            root.draw(&Text::new(self.value.clone(), (bar - BAR.1 / 2, above + height + 16), style))?;
            root.present()?;
        }
        let bar: Vec<f64> = (0..256).rev().map(|k| f64::from(k) / 255.0).collect();
        let images = embed(&image(self.cols, self.values, (width, height))?, (left, above), (width, height))
            + &embed(&image(1, &bar, (BAR.1, height))?, (left + width + BAR.0, above), (BAR.1, height));
        Ok(svg.replacen("</svg>", &format!("{images}</svg>"), 1))
    }
}

/// Returns an SVG element that shows a PNG file without smoothing.
fn embed(png: &[u8], (x, y): (i32, i32), (width, height): (i32, i32)) -> String {
    format!(
        "<image x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" preserveAspectRatio=\"none\" \
         style=\"image-rendering:pixelated\" href=\"data:image/png;base64,{}\"/>\n",
        STANDARD.encode(png)
    )
}

/// Returns a PNG file of at least the given size. Each value is a rectangle of whole pixels, because some viewers
/// smooth images anyway.
fn image(cols: usize, values: &[f64], (width, height): (i32, i32)) -> Result<Vec<u8>, PlotError> {
    let rows = values.len() / cols;
    let (wide, high) = ((width as usize).div_ceil(cols), (height as usize).div_ceil(rows));
    let line = |row: &[f64]| row.iter().flat_map(|value| std::iter::repeat_n(*value, wide)).collect::<Vec<f64>>();
    let lines = values.chunks(cols).flat_map(|row| std::iter::repeat_n(line(row), high));
    png(cols * wide, &lines.flatten().collect::<Vec<f64>>())
}

/// Returns a PNG file with one pixel per value.
fn png(cols: usize, values: &[f64]) -> Result<Vec<u8>, PlotError> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, cols as u32, (values.len() / cols) as u32);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let pixels: Vec<u8> = values.iter().flat_map(|value| colour(*value)).collect();
    let write = |mut writer: png::Writer<_>| writer.write_image_data(&pixels);
    encoder.write_header().and_then(write).map_err(|error| PlotError(error.to_string()))?;
    Ok(file)
}

/// Returns the colour of a value between 0 and 1.
pub(super) fn colour(value: f64) -> [u8; 3] {
    let place = value.clamp(0.0, 1.0) * (COLOURS.len() - 1) as f64;
    let low = (place as usize).min(COLOURS.len() - 2);
    let part = place - low as f64;
    std::array::from_fn(|k| {
        let (a, b) = (f64::from(COLOURS[low][k]), f64::from(COLOURS[low + 1][k]));
        (a + part * (b - a)).round() as u8
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_say_what_the_matrix_says() {
        let file = png(3, &[0.0, 1.0, 0.5, 0.25, 0.25, 0.0]).expect("encoded");
        let mut reader = png::Decoder::new(std::io::Cursor::new(file)).read_info().expect("a PNG file");
        let mut pixels = vec![0; 18];
        let info = reader.next_frame(&mut pixels).expect("pixels");
        assert_eq!((info.width, info.height), (3, 2), "three columns, two rows");
        assert_eq!(pixels[..9], [68, 1, 84, 253, 231, 37, 33, 144, 141], "first row: 0, 1, 0.5");
        assert_eq!(pixels[15..], [68, 1, 84], "last value");
        let large = png::Decoder::new(std::io::Cursor::new(image(2, &[0.0, 1.0], (5, 2)).expect("encoded")));
        let size = large.read_info().expect("a PNG file").info().size();
        assert_eq!(size, (6, 2), "each value has three by two pixels");
    }
}
