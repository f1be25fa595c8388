//! Countries: ISO 3166-1 alpha-3 codes inside, alpha-2 codes and English names on the command line.

use std::fmt;

use super::country_names::{COUNTRIES, FORMS_OF_STATE};

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

/// A name without what people write in one way or another: case, accents, marks, `St.` and `&`.
fn fold(name: &str) -> String {
    let mut plain = String::new();
    for c in name.chars().flat_map(char::to_lowercase) {
        match c {
            'à'..='å' | 'ā' | 'ă' => plain.push('a'),
            'ç' => plain.push('c'),
            'è'..='ë' | 'ē' => plain.push('e'),
            'ì'..='ï' => plain.push('i'),
            'ñ' => plain.push('n'),
            'ò'..='ö' | 'ø' => plain.push('o'),
            'ù'..='ü' => plain.push('u'),
            // An accent on its own, as decomposed text has it, and marks inside words.
            '\u{300}'..='\u{36f}' | '\'' | '’' | '‘' | '`' | '.' => {}
            '&' => plain.push_str(" and "),
            c if c.is_alphanumeric() => plain.push(c),
            _ => plain.push(' '),
        }
    }
    let words = plain.split_whitespace();
    let words = words.map(|w| if w == "st" { "saint" } else { w });
    words.collect::<Vec<_>>().join(" ")
}

/// The ways to read a name, folded: as it stands, turned round at a comma or bracket ("Korea (the Republic of)"), and each
/// of them without its article and form of state.
fn readings(text: &str) -> Vec<String> {
    let text = &text.replace("(the)", "");
    let mut found = vec![fold(text)];
    if let Some((name, qualifier)) = text.split_once(['(', ',']) {
        found.push(fold(&format!("{qualifier} {name}")));
    }
    for at in 0..found.len() {
        let whole = found[at].clone();
        let bare = whole.strip_prefix("the ").unwrap_or(&whole);
        found.push(bare.to_owned());
        if let Some((form, name)) = bare.split_once(" of ")
            && form.split(' ').all(|w| FORMS_OF_STATE.contains(&w))
        {
            found.push(name.strip_prefix("the ").unwrap_or(name).to_owned());
        }
    }
    found
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
        // No country has a name nearly as long.
        const LONGEST: usize = 100;
        if text.len() > LONGEST {
            return None;
        }
        let readings = readings(text);
        let by_name = |wanted: &String| Self::by_folded_name(wanted);
        // `U.S.A.`, `P.R.C.`
        let by_code = || Self::from_alpha3(&readings[0].to_uppercase());
        readings.iter().find_map(by_name).or_else(by_code)
    }

    fn by_folded_name(wanted: &str) -> Option<Self> {
        let named = COUNTRIES.iter().find(|(_, name, others)| {
            fold(name) == wanted || others.iter().any(|other| fold(other) == wanted)
        });
        named.and_then(|(code, _, _)| Self::from_alpha3(code))
    }

    /// Why a word that looks like a country is none, where a spelling that is near would mislead.
    #[must_use]
    pub fn why_not(text: &str) -> Option<&'static str> {
        match fold(text).as_str() {
            "kosovo" | "xk" | "xkx" => {
                Some("Kosovo has no code in ISO 3166-1; its figures belong to `ROW`")
            }
            "row" => Some("`ROW` is the remainder of a production table, no country"),
            "yes" | "true" | "false" | "on" | "off" => {
                Some("countries are ISO 3166-1 alpha-3 codes such as CHN, USA or NOR (Norway)")
            }
            _ => None,
        }
    }

    /// The alpha-3 code.
    #[must_use]
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("???")
    }

    /// The English name shown to people.
    #[must_use]
    pub fn name(&self) -> &'static str {
        let named = COUNTRIES.iter().find(|(code, _, _)| *code == self.code());
        named.map_or("unknown country", |(_, name, _)| name)
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
        let mut words = Vec::new();
        for (code, name, others) in COUNTRIES {
            words.extend([*code, *name]);
            words.extend(*others);
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
    fn every_country_has_a_name_and_every_name_one_country() {
        let mut seen = std::collections::BTreeMap::new();
        for (code, name, others) in COUNTRIES {
            assert!(Country::from_alpha3(code).is_some(), "{code}");
            for spelling in [name].into_iter().chain(others.iter()) {
                assert_eq!(
                    Country::parse(spelling).unwrap().code(),
                    *code,
                    "{spelling}"
                );
                assert_eq!(seen.insert(fold(spelling), code), None, "{spelling}");
            }
        }
        for country in Country::all() {
            assert_eq!(Country::parse(country.name()), Some(country));
        }
        assert_eq!(COUNTRIES.len(), Country::all().len());
        assert!(COUNTRIES.is_sorted_by_key(|(code, _, _)| code));
    }

    #[test]
    fn names_in_their_official_forms() {
        for (text, code) in [
            ("The Gambia", "GMB"),
            ("Bahamas (the)", "BHS"),
            ("Niger (the)", "NER"),
            ("Sudan", "SDN"),
            ("PHILIPPINES", "PHL"),
            ("Congo (the Democratic Republic of the)", "COD"),
            ("Congo, Democratic Republic of the", "COD"),
            ("Democratic Republic of Congo", "COD"),
            ("Congo (the)", "COG"),
            ("Congo, Rep.", "COG"),
            ("Korea (the Republic of)", "KOR"),
            ("Korea (the Democratic People's Republic of)", "PRK"),
            ("Korea, Rep.", "KOR"),
            ("Iran (Islamic Republic of)", "IRN"),
            ("Bolivia (Plurinational State of)", "BOL"),
            ("Micronesia (Federated States of)", "FSM"),
            ("Tanzania, the United Republic of", "TZA"),
            ("Venezuela (Bolivarian Republic of)", "VEN"),
            ("Moldova (the Republic of)", "MDA"),
            ("Palestine, State of", "PSE"),
            ("Taiwan (Province of China)", "TWN"),
            ("Republic of China", "TWN"),
            ("People’s Republic of China", "CHN"),
            ("Virgin Islands (British)", "VGB"),
            ("Virgin Islands (U.S.)", "VIR"),
            ("Falkland Islands (the) [Malvinas]", "FLK"),
            ("Saint Martin (French part)", "MAF"),
            ("Sint Maarten (Dutch part)", "SXM"),
            ("Cocos (Keeling) Islands (the)", "CCK"),
            (
                "United Kingdom of Great Britain and Northern Ireland (the)",
                "GBR",
            ),
            ("United States of America (the)", "USA"),
            ("Holy See (the)", "VAT"),
            ("Kingdom of the Netherlands", "NLD"),
            ("Federal Republic of Germany", "DEU"),
            ("Republic of Guinea-Bissau", "GNB"),
            ("Turkiye", "TUR"),
            ("Cote d'Ivoire", "CIV"),
            ("Co\u{302}te d’Ivoire", "CIV"),
            ("St. Lucia", "LCA"),
            ("Trinidad & Tobago", "TTO"),
            ("reunion", "REU"),
            ("curacao", "CUW"),
            ("timor leste", "TLS"),
            ("U.S.A.", "USA"),
        ] {
            let found = Country::parse(text);
            assert_eq!(
                found.map(|c| c.code().to_owned()).as_deref(),
                Some(code),
                "{text}"
            );
        }
        for text in ["Kosovo", "XKX", "Europe", "Republic", "the", ""] {
            assert_eq!(Country::parse(text), None, "{text}");
        }
    }
}
