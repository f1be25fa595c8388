//! Tables of typed cells.

/// One value.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Words.
    Text(String),
    /// Words for people, with the bare id for other programs.
    Named {
        /// For people.
        shown: String,
        /// For other programs.
        id: String,
    },
    /// A fraction, shown in percent.
    Share(f64),
    /// A difference of fractions, shown in percentage points with its sign.
    Change(f64),
    /// A number.
    Number(f64),
    /// A number that may be large, shown with `M` or `G`.
    Amount(f64),
    /// A whole number.
    Count(usize),
    /// Not known: never zero.
    Missing,
}

impl Cell {
    /// A share, if there is one.
    #[must_use]
    pub fn share(value: Option<f64>) -> Self {
        value.map_or(Self::Missing, Self::Share)
    }

    /// A number, if there is one.
    #[must_use]
    pub fn number(value: Option<f64>) -> Self {
        value.map_or(Self::Missing, Self::Number)
    }

    /// An amount, if there is one.
    #[must_use]
    pub fn amount(value: Option<f64>) -> Self {
        value.map_or(Self::Missing, Self::Amount)
    }

    /// A change, if there is one.
    #[must_use]
    pub fn change(value: Option<f64>) -> Self {
        value.map_or(Self::Missing, Self::Change)
    }

    /// Words, if there are any.
    #[must_use]
    pub fn text(value: Option<impl Into<String>>) -> Self {
        value.map_or(Self::Missing, |v| Self::Text(v.into()))
    }

    /// Whether it is set to the right.
    #[must_use]
    pub fn is_number(&self) -> bool {
        !matches!(self, Self::Text(_) | Self::Named { .. })
    }

    /// The value for people, rounded.
    #[must_use]
    pub fn rounded(&self) -> String {
        match self {
            Self::Text(text) | Self::Named { shown: text, .. } => crate::diag::printable(text),
            Self::Share(value) => percent(*value),
            Self::Change(value) => points(*value),
            Self::Number(value) => significant(*value),
            Self::Amount(value) => amount(*value),
            Self::Count(count) => count.to_string(),
            Self::Missing => "–".to_owned(),
        }
    }

    /// The value in full, for other programs; empty where nothing is known.
    #[must_use]
    pub fn exact(&self) -> String {
        match self {
            Self::Text(text) | Self::Named { id: text, .. } => text.clone(),
            // Adding zero drops the sign that empty sums leave on it.
            Self::Share(value)
            | Self::Change(value)
            | Self::Number(value)
            | Self::Amount(value) => (value + 0.0).to_string(),
            Self::Count(count) => count.to_string(),
            Self::Missing => String::new(),
        }
    }
}

/// A share for people: one decimal, and never 0 or 100 % for what is not.
#[must_use]
pub fn percent(value: f64) -> String {
    const SMALLEST: f64 = 0.000_5;
    if value > 1e-12 && value < SMALLEST {
        "<0.1 %".to_owned()
    } else if (1.0 - SMALLEST..1.0 - 1e-9).contains(&value) {
        ">99.9 %".to_owned()
    } else {
        format!("{:.1} %", value * 100.0 + 0.0)
    }
}

fn points(value: f64) -> String {
    if value.abs() <= 1e-12 {
        return "0".to_owned();
    }
    let rounded = format!("{:+.1}", value * 100.0);
    if rounded == "+0.0" {
        "<+0.1".to_owned()
    } else if rounded == "-0.0" {
        "<-0.1".to_owned()
    } else {
        rounded
    }
}

/// Four significant digits.
fn significant(value: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    let magnitude = value.abs().log10().floor() as i32;
    if (-4..7).contains(&magnitude) {
        let decimals = (3 - magnitude).max(0) as usize;
        let text = format!("{value:.decimals$}");
        if text.contains('.') {
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        } else {
            text
        }
    } else {
        format!("{value:.3e}")
    }
}

/// Four significant digits, with a letter for millions and thousands of millions.
fn amount(value: f64) -> String {
    match value.abs() {
        size if (999_950.0..999_950e3).contains(&size) => format!("{} M", significant(value / 1e6)),
        size if (999_950e3..1e15).contains(&size) => format!("{} G", significant(value / 1e9)),
        _ => significant(value),
    }
}

/// A column's heading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// For people.
    pub title: String,
    /// For other programs: snake case, the field's name in JSON.
    pub key: String,
}

/// Rows under headings.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// Shown above it.
    pub title: String,
    /// Headings.
    pub columns: Vec<Column>,
    /// Rows, each with a cell a column.
    pub rows: Vec<Vec<Cell>>,
}

impl Table {
    /// A table without rows; columns are given as heading and key.
    #[must_use]
    pub fn new(title: impl Into<String>, columns: &[(&str, &str)]) -> Self {
        let columns = columns
            .iter()
            .map(|(t, k)| Column {
                title: (*t).to_owned(),
                key: (*k).to_owned(),
            })
            .collect();
        Self {
            title: title.into(),
            columns,
            rows: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_rounded_to_certainty() {
        assert_eq!(percent(0.0), "0.0 %");
        assert_eq!(percent(0.0001), "<0.1 %");
        assert_eq!(percent(0.9999), ">99.9 %");
        assert_eq!(percent(1.0), "100.0 %");
        assert_eq!(percent(0.989_4), "98.9 %");
        assert_eq!(Cell::Change(-0.123).rounded(), "-12.3");
        assert_eq!(Cell::Missing.rounded(), "–");
        assert_eq!(Cell::Missing.exact(), "");
    }

    #[test]
    fn numbers_keep_four_digits() {
        for (value, text) in [
            (0.0, "0"),
            (1234.5, "1234"),
            (0.012_345, "0.01235"),
            (2.5e9, "2.500e9"),
            (3.0, "3"),
        ] {
            assert_eq!(significant(value), text);
        }
        for (value, text) in [
            (999_900.0, "999900"),
            (999_999.9, "1 M"),
            (1e6, "1 M"),
            (1.234_56e9, "1.235 G"),
        ] {
            assert_eq!(amount(value), text);
        }
    }
}
