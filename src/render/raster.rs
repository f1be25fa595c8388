//! SVG into PNG and PDF. The font is built in; fonts of the machine only fill in for letters that it lacks.

use std::sync::Arc;

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree, fontdb};

use super::text::{BOLD, REGULAR};

/// Why a picture cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PictureError {
    /// The SVG cannot be read.
    #[error("the picture cannot be read as SVG: {0}")]
    Svg(String),
    /// It has no size, or one that no memory holds.
    #[error("the picture is too large for pixels: {0} by {1}")]
    Size(u32, u32),
    /// It cannot be encoded.
    #[error("the picture cannot be encoded: {0}")]
    Encoding(String),
}

/// Whether the font built in has every character of a picture.
fn is_covered(svg: &str) -> bool {
    let Ok(face) = ttf_parser::Face::parse(REGULAR, 0) else {
        return false;
    };
    svg.chars()
        .all(|c| c.is_ascii() || face.glyph_index(c).is_some())
}

fn tree(svg: &str) -> Result<Tree, PictureError> {
    let mut fonts = fontdb::Database::new();
    fonts.load_font_data(REGULAR.to_vec());
    fonts.load_font_data(BOLD.to_vec());
    fonts.set_sans_serif_family("DejaVu Sans");
    if !is_covered(svg) {
        fonts.load_system_fonts();
    }
    let options = Options {
        fontdb: Arc::new(fonts),
        font_family: "DejaVu Sans".to_owned(),
        ..Options::default()
    };
    Tree::from_str(svg, &options).map_err(|e| PictureError::Svg(e.to_string()))
}

/// Most pixels along a side.
const LONGEST_SIDE: f32 = 12_000.0;
/// Pixels for one unit of the picture, where that is not too many.
const SCALE: f32 = 2.0;

/// Draws SVG as PNG, twice as fine as its units where that stays within bounds.
///
/// # Errors
/// If the picture cannot be read or has no size.
pub fn png(svg: &str) -> Result<Vec<u8>, PictureError> {
    let tree = tree(svg)?;
    let size = tree.size();
    let longest = size.width().max(size.height());
    let scale = SCALE.min(LONGEST_SIDE / longest);
    let (width, height) = (
        (size.width() * scale).ceil() as u32,
        (size.height() * scale).ceil() as u32,
    );
    let mut pixels = Pixmap::new(width, height).ok_or(PictureError::Size(width, height))?;
    resvg::render(
        &tree,
        Transform::from_scale(scale, scale),
        &mut pixels.as_mut(),
    );
    pixels
        .encode_png()
        .map_err(|e| PictureError::Encoding(e.to_string()))
}

/// Writes SVG as a PDF of one page, as large as the picture.
///
/// # Errors
/// If the picture cannot be read.
pub fn pdf(svg: &str) -> Result<Vec<u8>, PictureError> {
    let tree = tree(svg)?;
    svg2pdf::to_pdf(
        &tree,
        svg2pdf::ConversionOptions::default(),
        svg2pdf::PageOptions::default(),
    )
    .map_err(|e| PictureError::Encoding(e.to_string()))
}
