//! Colours: one for each country, and a scale for risk. Both can be told apart under the common colour-vision deficiencies.

use std::collections::BTreeMap;

use crate::model::{Country, Place, Stage};

/// Okabe and Ito's palette (Color Universal Design, 2008), lightest first, black left out.
const COUNTRIES: [&str; 7] = [
    "#E69F00", "#56B4E9", "#009E73", "#F0E442", "#CC79A7", "#D55E00", "#0072B2",
];
/// Countries beyond the palette.
pub(crate) const OTHER: &str = "#DDDDDD";
/// The remainder of a table, and places that are not known.
pub(crate) const NOWHERE: &str = "#FFFFFF";
/// From no risk to all: a single-hue scale that also reads in grey.
const RISK: [&str; 6] = [
    "#F7FBFF", "#DEEBF7", "#9ECAE1", "#6BAED6", "#3182BD", "#08519C",
];
/// Stages from the ground up.
const STAGES: [&str; 5] = ["#F0E442", "#E69F00", "#56B4E9", "#009E73", "#CC79A7"];

/// Which country has which colour, the same in every picture of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Palette {
    of: BTreeMap<Country, &'static str>,
}

impl Palette {
    /// Gives the colours to the first countries of a list, heaviest first.
    #[must_use]
    pub fn new(heaviest_first: &[Country]) -> Self {
        Self {
            of: heaviest_first.iter().copied().zip(COUNTRIES).collect(),
        }
    }

    /// The colour of a place.
    #[must_use]
    pub fn colour(&self, place: Place) -> &'static str {
        match place {
            Place::In(country) => self.of.get(&country).copied().unwrap_or(OTHER),
            Place::Rest | Place::Unknown => NOWHERE,
        }
    }

    /// Countries with a colour of their own, in code order.
    pub fn entries(&self) -> impl Iterator<Item = (Country, &'static str)> {
        self.of.iter().map(|(country, colour)| (*country, *colour))
    }
}

/// The colour of a part at risk, 0 to 1.
pub(crate) fn risk_colour(at_risk: f64) -> &'static str {
    let last = RISK.len() - 1;
    let step = (at_risk.clamp(0.0, 1.0) * last as f64).round() as usize;
    RISK[step.min(last)]
}

/// The steps of the risk scale with what they mean.
pub(crate) fn risk_steps() -> impl Iterator<Item = (f64, &'static str)> {
    let last = (RISK.len() - 1) as f64;
    RISK.iter()
        .enumerate()
        .map(move |(at, colour)| (at as f64 / last, *colour))
}

/// Whether words on a colour must be white to be read.
pub(crate) fn is_dark(colour: &str) -> bool {
    let channel =
        |at: usize| u32::from_str_radix(colour.get(at..at + 2).unwrap_or("ff"), 16).unwrap_or(255);
    // Rec. 601 luma, on 0 to 255.
    (299 * channel(1) + 587 * channel(3) + 114 * channel(5)) / 1000 < 128
}

/// The colour of a stage.
pub(crate) fn stage_colour(stage: Stage) -> &'static str {
    STAGES[Stage::ALL.iter().position(|s| *s == stage).unwrap_or(0)]
}
