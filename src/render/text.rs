//! The font of pictures, and how wide words are in it.

use std::sync::LazyLock;

use ttf_parser::Face;

/// What SVG asks for: the font built in, else one as wide or narrower.
pub(crate) const FAMILY: &str = "DejaVu Sans, Verdana, Arial, Helvetica, sans-serif";
/// DejaVu Sans, cut down; see `fonts/LICENSE`.
pub(crate) const REGULAR: &[u8] = include_bytes!("fonts/DejaVuSans.subset.ttf");
/// The same in bold.
pub(crate) const BOLD: &[u8] = include_bytes!("fonts/DejaVuSans-Bold.subset.ttf");

static FACES: LazyLock<[Option<Face<'static>>; 2]> =
    LazyLock::new(|| [REGULAR, BOLD].map(|bytes| Face::parse(bytes, 0).ok()));

/// Width of a character as a part of the font size; what the font does not have is taken as square.
fn advance(c: char, bold: bool) -> f64 {
    let face = FACES[usize::from(bold)].as_ref();
    let width = face.and_then(|f| {
        let units = f.glyph_hor_advance(f.glyph_index(c)?)?;
        Some(f64::from(units) / f64::from(f.units_per_em()))
    });
    width.unwrap_or(1.0)
}

/// Width of words in pixels at a font size.
pub(crate) fn width(text: &str, size: f64, bold: bool) -> f64 {
    text.chars().map(|c| advance(c, bold)).sum::<f64>() * size
}

/// Words cut to a width, with an ellipsis where something is lost.
pub(crate) fn fitted(text: &str, room: f64, size: f64, bold: bool) -> String {
    if width(text, size, bold) <= room {
        return text.to_owned();
    }
    let mut left = room - width("…", size, bold);
    let mut out = String::new();
    for c in text.chars() {
        left -= advance(c, bold) * size;
        if left < 0.0 {
            break;
        }
        out.push(c);
    }
    format!("{}…", out.trim_end())
}

/// Words broken into lines no wider than a width, after hyphens where a word alone is too wide; what cannot be broken may
/// stand out.
pub(crate) fn lines(text: &str, room: f64, size: f64, bold: bool) -> Vec<String> {
    let fits = |text: &str| width(text, size, bold) <= room;
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let whole = fits(word);
        for (at, part) in word.split_inclusive(|c| c == '-' && !whole).enumerate() {
            let joint = if at == 0 { " " } else { "" };
            match lines.last_mut() {
                Some(line) if fits(&format!("{line}{joint}{part}")) => {
                    line.push_str(joint);
                    line.push_str(part);
                }
                _ => lines.push(part.to_owned()),
            }
        }
    }
    lines
}

/// At most so many lines; what is too much is cut with an ellipsis.
pub(crate) fn few_lines(text: &str, room: f64, size: f64, bold: bool, most: usize) -> Vec<String> {
    let mut found = lines(text, room, size, bold);
    if found.len() > most {
        let last = found.split_off(most - 1).join(" ");
        found.push(last);
    }
    found
        .iter()
        .map(|line| fitted(line, room, size, bold))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_cut_to_their_room() {
        assert!(width("Germany", 11.0, true) > width("Germany", 11.0, false));
        assert_eq!(fitted("Germany", 100.0, 11.0, false), "Germany");
        let cut = fitted("Democratic Republic of the Congo", 80.0, 11.0, false);
        assert!(
            cut.ends_with('…') && width(&cut, 11.0, false) <= 80.0,
            "{cut}"
        );
        assert_eq!(
            lines("one two three", 50.0, 11.0, false),
            ["one two", "three"]
        );
    }
}
