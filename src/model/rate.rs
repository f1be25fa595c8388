//! Rates as people type them: `1M/yr`, `500k`, `40 kt/yr`.

use super::unit::{Unit, parse_number, split_number};

/// Why a rate could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RateError {
    /// It does not begin with a number.
    #[error("`{0}` is no rate")]
    NotARate(String),
    /// Zero or below.
    #[error("`{0}` is not above zero")]
    NotPositive(String),
    /// It is an amount of another time.
    #[error("`{0}` is not an amount a year")]
    NotAYear(String),
    /// Commas stand between its digits.
    #[error("`{0}` has commas, which are not read")]
    Commas(String),
    /// Its unit measures something else.
    #[error("`{text}` is not in a unit that converts to {unit}")]
    OtherUnit {
        /// What was typed.
        text: String,
        /// The unit wanted.
        unit: String,
    },
}

/// Endings that say what everything here is anyway: a year's amount.
const PER_YEAR: [&str; 7] = ["/year", "/yr", "/a", "/y", " per year", " a year", " p.a."];

/// Other times that people give amounts in.
const OTHER_TIMES: [&str; 17] = [
    "s", "sec", "second", "min", "minute", "h", "hr", "hour", "d", "day", "w", "wk", "week", "mo",
    "mon", "month", "quarter",
];

/// Letters that multiply, if they are no unit.
const FACTORS: [(char, f64); 4] = [('k', 1e3), ('M', 1e6), ('G', 1e9), ('B', 1e9)];

/// Reads an amount a year, in units of `unit`. Without a unit it is in that one.
///
/// # Errors
/// If it is no number, not above zero, not of a year, or in a unit that does not convert.
pub fn parse_rate(text: &str, unit: &Unit) -> Result<f64, RateError> {
    let shown = || text.chars().take(60).collect::<String>();
    let trimmed = text.trim();
    let amount = PER_YEAR
        .iter()
        .find_map(|ending| trimmed.strip_suffix(ending))
        .unwrap_or(trimmed);
    let (number, rest) = split_number(amount);
    if rest.starts_with(',') {
        return Err(RateError::Commas(shown()));
    }
    let number = parse_number(number).map_err(|_| RateError::NotARate(shown()))?;
    if number <= 0.0 {
        return Err(RateError::NotPositive(shown()));
    }
    if is_of_another_time(amount) {
        return Err(RateError::NotAYear(shown()));
    }
    let factor = factor(rest, unit).ok_or_else(|| RateError::OtherUnit {
        text: shown(),
        unit: unit.to_string(),
    })?;
    Ok(number * factor)
}

/// Whether an amount ends in another time than a year, such as `/month`.
fn is_of_another_time(amount: &str) -> bool {
    let separated = ["/", " per ", " a "];
    let mut after = separated.iter().filter_map(|s| amount.rsplit_once(s));
    after.any(|(_, time)| OTHER_TIMES.contains(&time.trim()))
}

/// The factor that a word after a number stands for.
fn factor(word: &str, unit: &Unit) -> Option<f64> {
    if word.is_empty() {
        return Some(1.0);
    }
    if let Some(factor) = Unit::parse(word).and_then(|u| u.factor_to(unit)) {
        return Some(factor);
    }
    let (letter, times) = FACTORS
        .iter()
        .find(|(letter, _)| word.starts_with(*letter))?;
    let rest = word[letter.len_utf8()..].trim();
    if rest.is_empty() {
        return Some(*times);
    }
    let factor = Unit::parse(rest).and_then(|u| u.factor_to(unit))?;
    Some(times * factor)
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;

    #[test]
    fn rates_as_people_type_them() {
        let read = |text: &str, unit: &str| parse_rate(text, &Unit::parse(unit).unwrap());
        for (text, unit, amount) in [
            ("1M/yr", "unit", 1e6),
            ("500k/yr", "unit", 5e5),
            ("20000", "unit", 2e4),
            ("1_000 units/year", "unit", 1e3),
            ("2 M units a year", "unit", 2e6),
            ("40 kt/yr", "kg", 4e7),
            ("40kt/yr", "t", 4e4),
            ("3 GW/yr", "W", 3e9),
            ("2k", "wafer", 2e3),
            ("1.5e3", "t", 1.5e3),
        ] {
            assert_relative_eq!(read(text, unit).unwrap(), amount);
        }
        assert!(matches!(read("many", "t"), Err(RateError::NotARate(_))));
        assert!(matches!(read("", "t"), Err(RateError::NotARate(_))));
        assert!(matches!(read("0/yr", "t"), Err(RateError::NotPositive(_))));
        assert!(matches!(read("-3", "t"), Err(RateError::NotPositive(_))));
        for text in ["1M/month", "1M/d", "2 kt per day", "5 t/yr/h"] {
            assert!(matches!(read(text, "t"), Err(RateError::NotAYear(_))));
        }
        assert!(matches!(read("1,000 t", "t"), Err(RateError::Commas(_))));
        for text in ["3 MWh", "1 m/yr", "5 M eggs"] {
            assert!(matches!(read(text, "t"), Err(RateError::OtherUnit { .. })));
        }
    }
}
