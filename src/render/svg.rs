//! Writing SVG: every word passes through [`xml`](super::escape::xml), every number is rounded.
//!
//! Elements carry a class beside their colours, so that a page can put its own in their place for a dark screen.

use std::fmt::Write as _;

use super::escape::xml;
use super::text::FAMILY;

/// A picture under way.
#[derive(Clone, Debug)]
pub(crate) struct Svg {
    body: String,
}

/// How words are set.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Words<'a> {
    pub(crate) size: f64,
    pub(crate) bold: bool,
    /// `start`, `middle` or `end`.
    pub(crate) anchor: &'a str,
    /// `ink`, `soft`, `on-dark` or `on-light`.
    pub(crate) class: &'a str,
}

impl Words<'static> {
    pub(crate) const fn plain(size: f64) -> Self {
        Self {
            size,
            bold: false,
            anchor: "start",
            class: "ink",
        }
    }

    pub(crate) const fn bold(size: f64) -> Self {
        Self {
            bold: true,
            ..Self::plain(size)
        }
    }

    pub(crate) const fn soft(size: f64) -> Self {
        Self {
            class: "soft",
            ..Self::plain(size)
        }
    }
}

impl Words<'_> {
    pub(crate) const fn middle(self) -> Self {
        Self {
            anchor: "middle",
            ..self
        }
    }

    pub(crate) const fn end(self) -> Self {
        Self {
            anchor: "end",
            ..self
        }
    }
}

/// Colours of classes outside of a page.
fn ink(class: &str) -> &'static str {
    match class {
        "soft" => "#555555",
        "on-dark" => "#FFFFFF",
        "alarm" => super::style::ALARM,
        _ => "#1A1A1A",
    }
}

/// A number with at most one decimal.
pub(crate) fn n(value: f64) -> String {
    let text = format!("{:.1}", value + 0.0);
    match text.strip_suffix(".0") {
        Some(whole) => if whole == "-0" { "0" } else { whole }.to_owned(),
        None => text,
    }
}

/// Part of a path: on from height `y` to a point, level at both ends, by way of `middle`.
pub(crate) fn bend(y: f64, middle: f64, [x2, y2]: [f64; 2]) -> String {
    let middle = n(middle);
    format!("C{middle} {} {middle} {} {} {}", n(y), n(y2), n(x2), n(y2))
}

/// A path from one point to another, level at both ends, by way of `middle`.
pub(crate) fn curve([x1, y1]: [f64; 2], middle: f64, to: [f64; 2]) -> String {
    format!("M{} {}{}", n(x1), n(y1), bend(y1, middle, to))
}

impl Svg {
    /// Begins a picture without its frame; [`finish`](Self::finish) adds it.
    pub(crate) fn new() -> Self {
        Self {
            body: String::new(),
        }
    }

    /// Adds markup that is ours: anything of a stranger in it must be escaped.
    pub(crate) fn raw(&mut self, markup: &str) {
        self.body.push_str(markup);
    }

    pub(crate) fn text(&mut self, x: f64, y: f64, words: Words<'_>, text: &str) {
        let anchor = match words.anchor {
            "start" => String::new(),
            anchor => format!(" text-anchor=\"{anchor}\""),
        };
        let weight = if words.bold {
            " font-weight=\"bold\""
        } else {
            ""
        };
        let _ = writeln!(
            self.body,
            "<text x=\"{}\" y=\"{}\" font-size=\"{}\"{anchor}{weight} class=\"{}\" fill=\"{}\">{}</text>",
            n(x),
            n(y),
            n(words.size),
            words.class,
            ink(words.class),
            xml(text)
        );
    }

    /// Words with a rim that keeps them apart from what runs behind them.
    pub(crate) fn rimmed(&mut self, x: f64, y: f64, words: Words<'_>, text: &str) {
        self.raw("<g paint-order=\"stroke\" stroke=\"#FFFFFF\" stroke-opacity=\"0.85\" stroke-width=\"3\" stroke-linejoin=\"round\">");
        self.text(x, y, words, text);
        self.raw("</g>");
    }

    /// A box; `more` is markup of ours with further attributes.
    pub(crate) fn rect(&mut self, [x, y, w, h]: [f64; 4], fill: &str, more: &str) {
        let more = if more.is_empty() {
            String::new()
        } else {
            format!(" {more}")
        };
        let _ = write!(
            self.body,
            "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"{fill}\"{more}/>",
            n(x),
            n(y),
            n(w.max(0.0)),
            n(h.max(0.0))
        );
    }

    pub(crate) fn line(&mut self, [x1, y1, x2, y2]: [f64; 4], stroke: &str, more: &str) {
        let _ = write!(
            self.body,
            "<path d=\"M{} {}L{} {}\" fill=\"none\" stroke=\"{stroke}\" {more}/>",
            n(x1),
            n(y1),
            n(x2),
            n(y2)
        );
    }

    /// Words shown on hovering, for the element that is open.
    pub(crate) fn title(&mut self, text: &str) {
        let _ = writeln!(self.body, "<title>{}</title>", xml(text));
    }

    /// Closes the picture: size, font, background, and its title for those who do not see it.
    pub(crate) fn finish(self, width: f64, height: f64, title: &str, description: &str) -> String {
        let (w, h) = (n(width.ceil()), n(height.ceil()));
        let (title, description) = (xml(title), xml(description));
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{w}\" height=\"{h}\" viewBox=\"0 0 {w} {h}\" font-family=\"{FAMILY}\" role=\"img\" aria-label=\"{title}. {description}\">\
             <title>{title}</title><desc>{description}</desc>\
             <rect class=\"paper\" width=\"{w}\" height=\"{h}\" fill=\"#FFFFFF\"/>{}</svg>\n",
            self.body
        )
    }
}
