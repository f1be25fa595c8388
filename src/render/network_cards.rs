//! The cards of the layout built in: a title, a row for each site, what is left out; and the legend below them.

use super::legend::legend_lines;
use super::network_svg::{CARD, LINE, MARGIN, ROW_LINE, Row, SMALL, Sheet};
use super::picture::{Picture, Place};
use super::style::ALARM;
use super::svg::{Svg, Words};
use super::text;
use crate::report::percent;

impl Sheet<'_> {
    pub(super) fn card(&self, svg: &mut Svg, at: usize) {
        let card = &self.cards[at];
        let (x, y) = (self.x(card.column), self.top + self.laid.top[at]);
        let height = card.height(self.picture);
        svg.rect(
            [x, y, CARD, height],
            "#FFFFFF",
            "class=\"card\" rx=\"4\" stroke=\"#AAAAAA\"",
        );
        let amount = percent(card.value.min(1.0));
        svg.raw("<g>");
        svg.title(&format!(
            "{}: {amount} of the product's value passes through what is drawn of it",
            card.title
        ));
        for (line, words) in card.lines.iter().enumerate() {
            let y = y + 14.0 + LINE * line as f64;
            svg.text(x + 6.0, y, Words::bold(11.0), words);
        }
        svg.text(x + CARD - 6.0, y + 14.0, Words::soft(SMALL).end(), &amount);
        svg.raw("</g>");
        for row in &card.rows {
            self.row(svg, row, x);
        }
        if let Some(rest) = self.picture.rests.get(&card.title) {
            let y = y + card.head() + card.rows_height() + 12.5;
            svg.text(
                x + 6.0,
                y,
                Words::soft(SMALL),
                &format!("{} more, not drawn", rest.sites),
            );
            svg.text(
                x + CARD - 6.0,
                y,
                Words::soft(SMALL).end(),
                &percent(rest.share),
            );
        }
    }

    fn row(&self, svg: &mut Svg, row: &Row, x: f64) {
        let at = row.place;
        let place = &self.picture.places[at];
        let high = row.height();
        let y = self.y(at) - high / 2.0;
        let fill = place.colour(self.picture);
        svg.raw(&format!("<g class=\"place\" data-i=\"{at}\">"));
        svg.title(&place.tooltip());
        let inner = CARD - 8.0;
        svg.rect(
            [x + 4.0, y + 1.0, inner, high - 2.0],
            "#FFFFFF",
            "class=\"row\"",
        );
        svg.rect(
            [
                x + 4.0,
                y + 1.0,
                inner * place.share.clamp(0.0, 1.0),
                high - 2.0,
            ],
            fill,
            "fill-opacity=\"0.35\"",
        );
        svg.rect(
            [x + 4.0, y + 1.0, 8.0, high - 2.0],
            fill,
            "stroke=\"#777777\" stroke-width=\"0.5\"",
        );
        let border = match (place.single_point, place.is_product) {
            (true, _) => {
                svg.rect(
                    [x + 2.5, y - 0.5, inner + 3.0, high + 1.0],
                    "none",
                    &format!("stroke=\"{ALARM}\" stroke-width=\"1\""),
                );
                format!("class=\"edge\" stroke=\"{ALARM}\" stroke-width=\"1.4\"")
            }
            (false, true) => {
                "class=\"edge strong\" stroke=\"#1A1A1A\" stroke-width=\"1.6\"".to_owned()
            }
            (false, false) => "class=\"edge\" stroke=\"none\"".to_owned(),
        };
        svg.rect([x + 4.0, y + 1.0, inner, high - 2.0], "none", &border);
        let amount = percent(place.share.min(1.0));
        for (line, words) in row.lines.iter().enumerate() {
            let y = y + 12.8 + ROW_LINE * line as f64;
            svg.text(x + 16.0, y, Words::plain(ROW_SIZE), words);
        }
        svg.text(x + CARD - 7.0, y + 12.8, Words::plain(SMALL).end(), &amount);
        svg.raw("</g>");
    }
}

/// Size of letters in a row.
const ROW_SIZE: f64 = 10.5;

/// What a row says as it is set, beside its percentage.
pub(super) fn row_lines(place: &Place) -> Vec<String> {
    const MOST_LINES: usize = 3;
    let amount = text::width(&percent(place.share.min(1.0)), SMALL, false);
    let room = CARD - 32.0 - amount;
    text::few_lines(&row_words(place), room, ROW_SIZE, false, MOST_LINES)
}

/// What a row says: the site's name and country, or where it is.
fn row_words(place: &Place) -> String {
    match (&place.name, place.location.country()) {
        (Some(name), Some(country)) => format!("{name} ({country})"),
        (Some(name), None) => name.clone(),
        (None, Some(country)) => country.name().to_owned(),
        (None, None) => place.location_words(),
    }
}

/// The legend, broken into lines; returns where it ends.
pub(super) fn legend(svg: &mut Svg, picture: &Picture, top: f64, width: f64) -> f64 {
    let mut y = top;
    let mut x = MARGIN;
    for (words, fill) in legend_lines(picture) {
        let wide = 18.0 + text::width(&words, SMALL, false) + 16.0;
        if x + wide > width && x > MARGIN {
            x = MARGIN;
            y += 17.0;
        }
        svg.rect(
            [x, y - 9.0, 12.0, 11.0],
            fill,
            "stroke=\"#777777\" stroke-width=\"0.5\"",
        );
        svg.text(x + 17.0, y, Words::plain(SMALL), &words);
        x += wide;
    }
    let marks = [
        "Flows run from left to right, from supplier to buyer, unless an arrow points elsewhere; wider for more of the value. Bars and percentages in a row: its part of the commodity's value in the product.",
        "Red and dashed: value that leaves a country and comes back to it. Thick border: the product. Double red border: single point of failure. Percentage beside a title: part of the product's value.",
        "Laid out by oretrace itself.",
    ];
    for mark in marks {
        for line in text::lines(mark, width - 2.0 * MARGIN, SMALL, false) {
            y += 15.0;
            svg.text(MARGIN, y, Words::soft(SMALL), &line);
        }
    }
    y
}
