//! Colours: one for each country, scales for risk and change. All can be told apart under the common colour-vision
//! deficiencies; a test simulates them.

use std::collections::BTreeMap;

use crate::model::{Country, Network, Place, Stage};

/// Countries that refine and mine most, each with a colour that it has in every picture of every product.
///
/// The first seven are Okabe and Ito's palette (Color Universal Design, 2008) without black; the darker five were chosen to
/// lie as far from those and from one another as can be, in normal and in colour-deficient vision.
const HOMES: [(&str, &str); 12] = [
    ("CHN", "#D55E00"),
    ("USA", "#0072B2"),
    ("JPN", "#CC79A7"),
    ("KOR", "#56B4E9"),
    ("TWN", "#009E73"),
    ("DEU", "#F0E442"),
    ("AUS", "#E69F00"),
    ("CHL", "#581010"),
    ("RUS", "#101088"),
    ("COD", "#884040"),
    ("CAN", "#1010D0"),
    ("IDN", "#B82888"),
];
/// Countries beyond the palette.
pub(crate) const OTHER: &str = "#C9C9C9";
/// The remainder of a table, and places that are not known.
pub(crate) const NOWHERE: &str = "#FFFFFF";
/// Marks of single points of failure.
pub(crate) const ALARM: &str = "#B00020";
/// From no risk to all: a single-hue scale that also reads in grey.
const RISK: [&str; 6] = [
    "#F7FBFF", "#DEEBF7", "#9ECAE1", "#6BAED6", "#3182BD", "#08519C",
];
/// From a loss of a tenth or more, through no change, to a gain.
const CHANGE: [&str; 7] = [
    "#0B3C6F", "#4393C3", "#B4D6E8", "#F2F2F2", "#F9C9A2", "#E08214", "#8A3B00",
];
/// Upper ends of the steps of a change, in parts of the whole.
const CHANGE_STEPS: [f64; 6] = [-0.1, -0.01, -0.001, 0.001, 0.01, 0.1];
/// Stages from the ground up.
const STAGES: [&str; 5] = ["#F0E442", "#E69F00", "#56B4E9", "#009E73", "#CC79A7"];

/// Which country has which colour: the same in every picture of a network.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Palette {
    of: BTreeMap<Country, &'static str>,
}

impl Palette {
    /// The colours of a network's countries.
    ///
    /// Colours of countries that the network does not have go to those with most sites that would have none.
    #[must_use]
    pub fn of_network(network: &Network) -> Self {
        let mut sites: BTreeMap<Country, usize> = BTreeMap::new();
        for site in network.sites() {
            if let Some(country) = site.place.country() {
                *sites.entry(country).or_default() += 1;
            }
        }
        let mut palette = Self::default();
        let mut free = Vec::new();
        for (code, colour) in HOMES {
            match Country::from_alpha3(code).filter(|c| sites.contains_key(c)) {
                Some(country) => {
                    palette.of.insert(country, colour);
                }
                None => free.push(colour),
            }
        }
        let mut homeless: Vec<(Country, usize)> = sites
            .into_iter()
            .filter(|(c, _)| !palette.of.contains_key(c))
            .collect();
        homeless.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        let given = homeless.into_iter().map(|(country, _)| country).zip(free);
        palette.of.extend(given);
        palette
    }

    /// The colour of a place.
    #[must_use]
    pub fn colour(&self, place: Place) -> &'static str {
        match place {
            Place::In(country) => self.of.get(&country).copied().unwrap_or(OTHER),
            Place::Rest | Place::Unknown => NOWHERE,
        }
    }

    /// The colour of a country code as results write it; `ROW` and what is not known are white.
    #[must_use]
    pub fn colour_of(&self, code: &str) -> &'static str {
        match Country::from_alpha3(code) {
            Some(country) => self.colour(Place::In(country)),
            None => NOWHERE,
        }
    }

    /// Whether a country has a colour of its own.
    #[must_use]
    pub fn has(&self, country: Country) -> bool {
        self.of.contains_key(&country)
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

/// The colour of a change of a share.
pub(crate) fn change_colour(change: f64) -> &'static str {
    let step = CHANGE_STEPS.iter().filter(|end| change > **end).count();
    CHANGE[step]
}

/// The steps of the change scale with what they mean.
pub(crate) fn change_steps() -> impl Iterator<Item = (&'static str, &'static str)> {
    let words = [
        "loses over 10 points",
        "loses 1 to 10",
        "loses up to 1",
        "stays",
        "gains up to 1",
        "gains 1 to 10",
        "gains over 10 points",
    ];
    words.into_iter().zip(CHANGE)
}

/// The colour of a stage.
pub(crate) fn stage_colour(stage: Stage) -> &'static str {
    STAGES[Stage::ALL.iter().position(|s| *s == stage).unwrap_or(0)]
}

/// The red, green and blue of a colour written `#RRGGBB`, 0 to 255.
pub(crate) fn channels(colour: &str) -> [u32; 3] {
    [1, 3, 5]
        .map(|at| u32::from_str_radix(colour.get(at..at + 2).unwrap_or("ff"), 16).unwrap_or(255))
}

/// Whether white words on a colour stand out more than black ones (WCAG 2 relative luminance).
pub(crate) fn is_dark(colour: &str) -> bool {
    // Where the contrast of both is the same: (1.05) / (l + 0.05) = (l + 0.05) / 0.05.
    const EVEN: f64 = 0.179;
    let [red, green, blue] = channels(colour).map(|c| (f64::from(c) / 255.0).powf(2.2));
    0.2126 * red + 0.7152 * green + 0.0722 * blue < EVEN
}

#[cfg(test)]
mod tests {
    use super::*;

    type Matrix = [[f64; 3]; 3];

    /// Machado, Oliveira and Fernandes (2009) at full severity: protan, deutan, tritan; and normal vision.
    const VISIONS: [Matrix; 4] = [
        [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ],
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ],
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ],
    ];
    /// Linear RGB to cone responses, and their cube roots to Oklab (Ottosson 2020).
    const CONES: Matrix = [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ];
    const OKLAB: Matrix = [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ];

    fn times(matrix: &Matrix, v: [f64; 3]) -> [f64; 3] {
        matrix.map(|row| row[0] * v[0] + row[1] * v[1] + row[2] * v[2])
    }

    fn seen(colour: &str, vision: &Matrix) -> [f64; 3] {
        let linear = channels(colour).map(|c| {
            let c = f64::from(c) / 255.0;
            if c <= 0.04045 {
                c / 12.92
            } else {
                ((c + 0.055) / 1.055).powf(2.4)
            }
        });
        let seen = times(vision, linear).map(|c| c.clamp(0.0, 1.0));
        times(&OKLAB, times(&CONES, seen).map(f64::cbrt))
    }

    /// The least distance of any two colours in any vision; 0.02 is just noticeable side by side.
    fn least_distance(colours: &[&str]) -> f64 {
        let mut least = f64::MAX;
        for vision in &VISIONS {
            for (at, a) in colours.iter().enumerate() {
                for b in &colours[..at] {
                    let (x, y) = (seen(a, vision), seen(b, vision));
                    let squares: f64 = x.iter().zip(y).map(|(x, y)| (x - y).powi(2)).sum();
                    least = least.min(squares.sqrt());
                }
            }
        }
        least
    }

    #[test]
    fn colours_tell_apart_under_colour_vision_deficiencies() {
        let mut countries: Vec<&str> = HOMES.iter().map(|(_, colour)| *colour).collect();
        countries.push(OTHER);
        countries.push(NOWHERE);
        for colours in [&countries[..], &RISK, &CHANGE, &STAGES] {
            let least = least_distance(colours);
            assert!(least > 0.035, "{least} {colours:?}");
        }
    }

    #[test]
    fn a_change_falls_into_its_step() {
        assert_eq!(change_colour(0.0), "#F2F2F2");
        assert_eq!(change_colour(-0.5), "#0B3C6F");
        assert_eq!(change_colour(0.5), "#8A3B00");
        assert_eq!(change_colour(0.005), "#F9C9A2");
    }
}
