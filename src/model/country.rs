//! Countries: ISO 3166-1 alpha-3 codes inside, alpha-2 codes and English names on the command line.

use std::fmt;

/// A country by its ISO 3166-1 alpha-3 code.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Country([u8; 3]);

/// Where a site is, as far as is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// In one known country.
    In(Country),
    /// Somewhere in the remainder of a production table (`ROW`), never ranked.
    Rest,
    /// Nothing is known: a placeless site.
    Unknown,
}

/// Code of the remainder of a production table.
pub const REST_OF_WORLD: &str = "ROW";

/// Names people use that are not the code list's, with the country they mean.
///
/// Keys are lower case with single spaces; the first entry of a country is its display name.
const NAMES: &[(&str, &str)] = &[
    ("BOL", "Bolivia"),
    ("BRN", "Brunei"),
    ("CIV", "Ivory Coast"),
    ("CIV", "Côte d'Ivoire"),
    ("COD", "DR Congo"),
    ("COD", "DRC"),
    ("COD", "Congo-Kinshasa"),
    ("COD", "Congo (Kinshasa)"),
    ("COD", "Democratic Republic of the Congo"),
    ("COG", "Congo"),
    ("COG", "Congo-Brazzaville"),
    ("CPV", "Cabo Verde"),
    ("CZE", "Czechia"),
    ("CZE", "Czech Republic"),
    ("FSM", "Micronesia"),
    ("GBR", "United Kingdom"),
    ("GBR", "UK"),
    ("GBR", "Great Britain"),
    ("GBR", "Britain"),
    ("HKG", "Hong Kong"),
    ("IRN", "Iran"),
    ("KOR", "South Korea"),
    ("KOR", "Korea"),
    ("KOR", "Republic of Korea"),
    ("LAO", "Laos"),
    ("MAC", "Macao"),
    ("MDA", "Moldova"),
    ("MKD", "North Macedonia"),
    ("MMR", "Myanmar"),
    ("MMR", "Burma"),
    ("NLD", "Netherlands"),
    ("NLD", "Holland"),
    ("PRK", "North Korea"),
    ("PSE", "Palestine"),
    ("RUS", "Russia"),
    ("SWZ", "Eswatini"),
    ("SYR", "Syria"),
    ("TUR", "Türkiye"),
    ("TUR", "Turkey"),
    ("TWN", "Taiwan"),
    ("TZA", "Tanzania"),
    ("USA", "United States"),
    ("USA", "US"),
    ("USA", "America"),
    ("VAT", "Vatican City"),
    ("VEN", "Venezuela"),
    ("VNM", "Vietnam"),
    ("VNM", "Viet Nam"),
    ("ARE", "United Arab Emirates"),
    ("ARE", "UAE"),
];

fn fold(name: &str) -> String {
    name.split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .to_lowercase()
}

impl Country {
    /// Returns the country with this alpha-3 code in upper case, or `None` if there is none.
    #[must_use]
    pub fn from_alpha3(code: &str) -> Option<Self> {
        let bytes: [u8; 3] = code.as_bytes().try_into().ok()?;
        if !bytes.iter().all(u8::is_ascii_uppercase) {
            return None;
        }
        // The code list of the crate holds one code that ISO 3166-1 leaves to its users.
        (code != "XKX").then_some(())?;
        celes::Country::from_alpha3(code).ok().map(|_| Self(bytes))
    }

    /// Returns the country a person means: alpha-3 or alpha-2 in any case, or an English name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let upper = text.trim().to_uppercase();
        match upper.len() {
            3 => {
                if let Some(country) = Self::from_alpha3(&upper) {
                    return Some(country);
                }
            }
            2 => {
                if let Ok(found) = celes::Country::from_alpha2(&upper) {
                    return Self::from_alpha3(found.alpha3);
                }
            }
            _ => {}
        }
        let wanted = fold(text);
        if let Some((code, _)) = NAMES.iter().find(|(_, name)| fold(name) == wanted) {
            return Self::from_alpha3(code);
        }
        celes::Country::get_countries()
            .iter()
            .find(|c| fold(c.long_name) == wanted)
            .and_then(|c| Self::from_alpha3(c.alpha3))
    }

    /// The alpha-3 code.
    #[must_use]
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("???")
    }

    /// The English name shown to people.
    #[must_use]
    pub fn name(&self) -> &'static str {
        if let Some((_, name)) = NAMES.iter().find(|(code, _)| *code == self.code()) {
            return name;
        }
        celes::Country::from_alpha3(self.code()).map_or("unknown country", |c| c.long_name)
    }

    /// All countries in code order.
    #[must_use]
    pub fn all() -> Vec<Self> {
        let mut all: Vec<Self> = celes::Country::get_countries()
            .iter()
            .filter_map(|c| Self::from_alpha3(c.alpha3))
            .collect();
        all.sort_unstable();
        all
    }

    /// Every spelling that [`Country::parse`] takes, for suggestions.
    #[must_use]
    pub fn spellings() -> Vec<&'static str> {
        let mut words: Vec<&'static str> = NAMES.iter().map(|(_, name)| *name).collect();
        for country in celes::Country::get_countries() {
            words.push(country.alpha3);
            words.push(country.long_name);
        }
        words
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl Place {
    /// The country, where it is known.
    #[must_use]
    pub fn country(self) -> Option<Country> {
        match self {
            Self::In(country) => Some(country),
            Self::Rest | Self::Unknown => None,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::In(country) => f.write_str(country.code()),
            Self::Rest => f.write_str(REST_OF_WORLD),
            Self::Unknown => f.write_str("unknown"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_may_write_codes_or_names() {
        for (text, code) in [
            ("CHN", "CHN"),
            ("cn", "CHN"),
            ("china", "CHN"),
            ("South Korea", "KOR"),
            ("DRC", "COD"),
            ("uk", "GBR"),
            ("united states", "USA"),
            ("Viet Nam", "VNM"),
            ("NO", "NOR"),
            ("Taiwan", "TWN"),
        ] {
            assert_eq!(
                Country::parse(text).map(|c| c.code().to_owned()).as_deref(),
                Some(code),
                "{text}"
            );
        }
        assert_eq!(Country::parse("Atlantis"), None);
        assert_eq!(Country::parse("ROW"), None);
    }

    #[test]
    fn files_take_upper_case_alpha3_only() {
        assert!(Country::from_alpha3("CHN").is_some());
        assert!(Country::from_alpha3("chn").is_none());
        assert!(Country::from_alpha3("CN").is_none());
        assert!(Country::from_alpha3("XKX").is_none());
    }

    #[test]
    fn every_alias_names_a_real_country() {
        for (code, name) in NAMES {
            assert!(Country::from_alpha3(code).is_some(), "{code} {name}");
        }
        assert!(Country::all().len() >= 249);
    }
}
