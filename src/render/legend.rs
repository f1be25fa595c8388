//! What colours and marks mean, for every language.

use std::collections::BTreeSet;

use super::picture::{ColourBy, Picture};
use super::style::{NOWHERE, OTHER, change_steps, risk_steps, stage_colour};
use crate::model::Stage;

/// What the marks mean.
pub(super) const MARKS: [&str; 3] = [
    "arrows run from supplier to buyer, wider for more of the value",
    "red and dashed: value that leaves a country and comes back to it",
    "thick border: the product; double red border: single point of failure",
];

/// Colours with their meaning: only countries that are drawn are listed.
pub(super) fn legend_lines(picture: &Picture) -> Vec<(String, &'static str)> {
    match picture.colour_by {
        ColourBy::Country => country_lines(picture),
        ColourBy::Risk => risk_steps()
            .map(|(step, colour)| (format!("{:.0} % lost with it", step * 100.0), colour))
            .collect(),
        ColourBy::Stage => Stage::ALL
            .iter()
            .map(|s| (s.word().to_owned(), stage_colour(*s)))
            .collect(),
        ColourBy::Change => change_steps()
            .map(|(words, colour)| (words.to_owned(), colour))
            .collect(),
    }
}

fn country_lines(picture: &Picture) -> Vec<(String, &'static str)> {
    let drawn: BTreeSet<_> = picture.places.iter().map(|p| p.location).collect();
    let mut lines: Vec<(String, &str)> = picture
        .palette
        .entries()
        .filter(|(c, _)| drawn.contains(&crate::model::Place::In(*c)))
        .map(|(c, colour)| (format!("{} ({c})", c.name()), colour))
        .collect();
    let colours: BTreeSet<&str> = drawn.iter().map(|p| picture.palette.colour(*p)).collect();
    if colours.contains(OTHER) {
        lines.push(("other countries".to_owned(), OTHER));
    }
    if colours.contains(NOWHERE) {
        lines.push(("rest of the world, or not known".to_owned(), NOWHERE));
    }
    lines
}
