//! A figure with what can be said of it where an input is missing.

use serde::Serialize;

/// A figure, or the range in which it lies whatever the missing inputs are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Estimate {
    /// The figure; null where an input is missing.
    pub value: Option<f64>,
    /// It is not below this; null where nothing can be said.
    pub low: Option<f64>,
    /// It is not above this; null where nothing can be said.
    pub high: Option<f64>,
}

impl Estimate {
    /// A figure whose inputs are all known.
    #[must_use]
    pub fn known(value: f64) -> Self {
        Self {
            value: Some(value),
            low: Some(value),
            high: Some(value),
        }
    }

    /// A figure that is known, or else lies anywhere in a range.
    #[must_use]
    pub fn or_range(value: Option<f64>, low: f64, high: f64) -> Self {
        value.map_or(
            Self {
                value: None,
                low: Some(low),
                high: Some(high),
            },
            Self::known,
        )
    }

    /// Applies a function that grows with each of its figures. The result is known if all are, or if its range is a point.
    #[must_use]
    pub fn growing<const N: usize>(of: [Self; N], f: impl Fn([f64; N]) -> f64) -> Self {
        let all = |pick: fn(&Self) -> Option<f64>| -> Option<f64> {
            let mut numbers = [0.0; N];
            for (number, estimate) in numbers.iter_mut().zip(&of) {
                *number = pick(estimate)?;
            }
            Some(f(numbers))
        };
        let (low, high) = (all(|e| e.low), all(|e| e.high));
        // A factor of zero settles a product whatever the others are.
        let settled = low.zip(high).filter(|(l, h)| l >= h).map(|(l, _)| l);
        Self {
            value: all(|e| e.value).or(settled),
            low,
            high,
        }
    }

    /// Whether anything at all is known.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        self.value.is_none() && self.low.is_none() && self.high.is_none()
    }
}
