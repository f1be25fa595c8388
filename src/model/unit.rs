//! Units and quantities. A unit is a product of a dimension and a factor; only units of one dimension convert.

use std::fmt;

/// What a unit measures. Counted things each have their own word and do not convert into one another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Dimension {
    /// Base unit: kilogram.
    Mass,
    /// Base unit: kilowatt-hour.
    Energy,
    /// Base unit: kilowatt.
    Power,
    /// Base unit: square metre.
    Area,
    /// Base unit: cubic metre.
    Volume,
    /// Base unit: metre.
    Length,
    /// Base unit: one piece.
    Count,
    /// Base unit: one byte of memory.
    Memory,
    /// A word we do not know: converts only into itself.
    Other(String),
}

/// A unit of measure such as `kt` or `MWh`.
#[derive(Clone, Debug, PartialEq)]
pub struct Unit {
    symbol: String,
    dimension: Dimension,
    factor: f64,
}

/// Known symbols, dimension by dimension, as (symbol, factor to the base unit).
fn known(symbol: &str) -> Option<(Dimension, f64)> {
    use Dimension as D;
    Some(match symbol {
        "mg" => (D::Mass, 1e-6),
        "g" => (D::Mass, 1e-3),
        "kg" => (D::Mass, 1.0),
        "t" | "tonne" | "tonnes" => (D::Mass, 1e3),
        "kt" => (D::Mass, 1e6),
        "Mt" => (D::Mass, 1e9),
        "Gt" => (D::Mass, 1e12),
        "lb" => (D::Mass, 0.453_592_37),
        "oz" | "troy-oz" => (D::Mass, 0.031_103_476_8),
        "Wh" => (D::Energy, 1e-3),
        "kWh" => (D::Energy, 1.0),
        "MWh" => (D::Energy, 1e3),
        "GWh" => (D::Energy, 1e6),
        "TWh" => (D::Energy, 1e9),
        "PWh" => (D::Energy, 1e12),
        "kJ" => (D::Energy, 1.0 / 3600.0),
        "MJ" => (D::Energy, 1.0 / 3.6),
        "GJ" => (D::Energy, 1e3 / 3.6),
        "TJ" => (D::Energy, 1e6 / 3.6),
        "PJ" => (D::Energy, 1e9 / 3.6),
        "EJ" => (D::Energy, 1e12 / 3.6),
        "W" => (D::Power, 1e-3),
        "kW" => (D::Power, 1.0),
        "MW" => (D::Power, 1e3),
        "GW" => (D::Power, 1e6),
        "TW" => (D::Power, 1e9),
        "mm2" => (D::Area, 1e-6),
        "cm2" => (D::Area, 1e-4),
        "m2" => (D::Area, 1.0),
        "km2" => (D::Area, 1e6),
        "mL" | "ml" => (D::Volume, 1e-6),
        "L" | "l" => (D::Volume, 1e-3),
        "m3" => (D::Volume, 1.0),
        "mm" => (D::Length, 1e-3),
        "cm" => (D::Length, 1e-2),
        "m" => (D::Length, 1.0),
        "km" => (D::Length, 1e3),
        "unit" | "units" | "piece" | "pieces" | "count" => (D::Count, 1.0),
        "kunit" | "kunits" => (D::Count, 1e3),
        "Munit" | "Munits" => (D::Count, 1e6),
        "MB" => (D::Memory, 1e6),
        "GB" => (D::Memory, 1e9),
        "TB" => (D::Memory, 1e12),
        _ => return None,
    })
}

impl Unit {
    /// Returns the unit with this symbol. Unknown words are units of their own kind, so `wafer` converts only into `wafer`.
    #[must_use]
    pub fn parse(symbol: &str) -> Option<Self> {
        let symbol = symbol.trim();
        let is_word = !symbol.is_empty()
            && symbol.len() <= 32
            && symbol
                .chars()
                .all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '%' | '²' | '³'))
            && !symbol.starts_with(|c: char| c.is_ascii_digit());
        if !is_word {
            return None;
        }
        let (dimension, factor) =
            known(symbol).unwrap_or_else(|| (Dimension::Other(symbol.to_owned()), 1.0));
        Some(Self {
            symbol: symbol.to_owned(),
            dimension,
            factor,
        })
    }

    /// The unit of things that are merely counted.
    #[must_use]
    pub fn piece() -> Self {
        Self {
            symbol: "unit".to_owned(),
            dimension: Dimension::Count,
            factor: 1.0,
        }
    }

    /// The factor that turns an amount in this unit into one in `to`, or `None` if the dimensions differ.
    #[must_use]
    pub fn factor_to(&self, to: &Self) -> Option<f64> {
        (self.dimension == to.dimension).then(|| self.factor / to.factor)
    }

    /// The symbol as the file wrote it.
    #[must_use]
    pub fn symbol(&self) -> &str {
        &self.symbol
    }

    /// What this unit measures.
    #[must_use]
    pub fn dimension(&self) -> &Dimension {
        &self.dimension
    }

    /// Whether this is a word the program knows.
    #[must_use]
    pub fn is_known(&self) -> bool {
        !matches!(self.dimension, Dimension::Other(_))
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.symbol)
    }
}

/// Why a number or quantity could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QuantityError {
    /// The text does not begin with a number.
    #[error("`{0}` is not a number")]
    NotANumber(String),
    /// NaN, infinite or too large to hold.
    #[error("`{0}` is not a finite number")]
    NotFinite(String),
    /// Finite, but so large that sums and products of it would not be.
    #[error("`{0}` is too large")]
    TooLarge(String),
    /// A number without its unit.
    #[error("`{0}` has no unit")]
    NoUnit(String),
    /// The text after the number is not a unit.
    #[error("`{0}` is not a unit")]
    BadUnit(String),
}

/// Splits `839 t` into its number and the text behind it.
pub(super) fn split_number(text: &str) -> (&str, &str) {
    let text = text.trim();
    let bytes = text.as_bytes();
    let mut end = 0;
    while end < bytes.len() {
        let c = bytes[end];
        let exponent_sign =
            end > 0 && matches!(bytes[end - 1], b'e' | b'E') && matches!(c, b'+' | b'-');
        let exponent = matches!(c, b'e' | b'E')
            && end > 0
            && bytes
                .get(end + 1)
                .is_some_and(|n| n.is_ascii_digit() || matches!(n, b'+' | b'-'));
        if c.is_ascii_digit()
            || matches!(c, b'.' | b'_')
            || (end == 0 && matches!(c, b'+' | b'-'))
            || exponent_sign
            || exponent
        {
            end += 1;
        } else {
            break;
        }
    }
    (text[..end].trim(), text[end..].trim())
}

/// Reads a finite number; underscores between digits are allowed.
///
/// # Errors
/// If the text is no number, or the number is not finite.
pub fn parse_number(text: &str) -> Result<f64, QuantityError> {
    let shown = || shorten(text);
    let trimmed = text.trim();
    let lower = trimmed.to_ascii_lowercase();
    if [
        ".nan", "nan", ".inf", "-.inf", "+.inf", "inf", "-inf", "infinity",
    ]
    .contains(&lower.as_str())
    {
        return Err(QuantityError::NotFinite(shown()));
    }
    let (number, rest) = split_number(trimmed);
    if number.is_empty() || !rest.is_empty() {
        return Err(QuantityError::NotANumber(shown()));
    }
    finite(number, text)
}

/// Largest number a file may hold; nothing that is traded comes near it, and products of several stay finite.
const LARGEST_NUMBER: f64 = 1e30;

fn finite(number: &str, shown: &str) -> Result<f64, QuantityError> {
    let value: f64 = number
        .replace('_', "")
        .parse()
        .map_err(|_| QuantityError::NotANumber(shorten(shown)))?;
    within_bounds(value, || shorten(shown))
}

fn within_bounds(value: f64, shown: impl FnOnce() -> String) -> Result<f64, QuantityError> {
    match value.abs() {
        size if size <= LARGEST_NUMBER => Ok(value),
        size if size.is_finite() => Err(QuantityError::TooLarge(shown())),
        _ => Err(QuantityError::NotFinite(shown())),
    }
}

/// Takes a number that was never text under the same conditions as one that was.
///
/// # Errors
/// If it is not finite, or too large.
pub fn checked_number(value: f64) -> Result<f64, QuantityError> {
    within_bounds(value, || shorten(&value.to_string()))
}

/// Reads a quantity such as `839 t` or `49 MWh`.
///
/// # Errors
/// If the number is missing or not finite, or the unit is missing or malformed.
pub fn parse_quantity(text: &str) -> Result<(f64, Unit), QuantityError> {
    let (number, rest) = split_number(text);
    if number.is_empty() {
        return Err(parse_number(text)
            .err()
            .unwrap_or_else(|| QuantityError::NotANumber(shorten(text))));
    }
    let value = finite(number, text)?;
    if rest.is_empty() {
        return Err(QuantityError::NoUnit(shorten(text)));
    }
    let unit = Unit::parse(rest).ok_or_else(|| QuantityError::BadUnit(shorten(rest)))?;
    Ok((value, unit))
}

/// Reads a share written as a fraction (`0.21`) or in percent (`21%`). The range is the caller's to check.
///
/// # Errors
/// If the text is no finite number.
pub fn parse_share(text: &str) -> Result<f64, QuantityError> {
    let trimmed = text.trim();
    match trimmed.strip_suffix('%') {
        Some(percent) => parse_number(percent).map(|value| value / 100.0),
        None => parse_number(trimmed),
    }
}

fn shorten(text: &str) -> String {
    const LONGEST: usize = 60;
    if text.chars().count() <= LONGEST {
        return text.to_owned();
    }
    let head: String = text.chars().take(LONGEST).collect();
    format!("{head}…")
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;

    #[test]
    fn quantities_carry_units() {
        let (value, unit) = parse_quantity("839 t").unwrap();
        assert_relative_eq!(value, 839.0);
        assert_relative_eq!(unit.factor_to(&Unit::parse("kg").unwrap()).unwrap(), 1000.0);
        assert_eq!(
            parse_quantity("839"),
            Err(QuantityError::NoUnit("839".into()))
        );
        assert!(matches!(
            parse_quantity("t"),
            Err(QuantityError::NotANumber(_))
        ));
        assert!(matches!(
            parse_quantity("1e999 t"),
            Err(QuantityError::NotFinite(_))
        ));
        assert_relative_eq!(parse_quantity("1.2e3kg").unwrap().0, 1200.0);
        assert_relative_eq!(parse_quantity("4 eggs").unwrap().0, 4.0);
    }

    #[test]
    fn shares_are_fractions_or_percent() {
        assert_relative_eq!(parse_share("21%").unwrap(), 0.21);
        assert_relative_eq!(parse_share("0.21").unwrap(), 0.21);
        assert!(parse_share(".nan").is_err());
        assert!(parse_share("0.5.5").is_err());
    }

    #[test]
    fn only_like_converts() {
        let kwh = Unit::parse("kWh").unwrap();
        assert!(kwh.factor_to(&Unit::parse("t").unwrap()).is_none());
        assert_relative_eq!(
            Unit::parse("GJ").unwrap().factor_to(&kwh).unwrap(),
            277.777_777_777_777_8
        );
        let factor = |from: &str, to: &str| Unit::parse(from)?.factor_to(&Unit::parse(to)?);
        assert_relative_eq!(factor("EJ", "PWh").unwrap(), 1.0 / 3.6);
        assert_relative_eq!(factor("TW", "GW").unwrap(), 1e3);
        let wafer = Unit::parse("wafer").unwrap();
        assert!(wafer.factor_to(&Unit::parse("wafer").unwrap()).is_some());
        assert!(wafer.factor_to(&Unit::piece()).is_none());
    }
}
