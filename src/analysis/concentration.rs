//! Concentration of supply: Herfindahl-Hirschman index, largest shares, bands.
//!
//! HHI = 10000 x sum of squared shares. US DOJ and FTC, Horizontal Merger Guidelines 2010 (section 5.3) and Merger
//! Guidelines 2023 (guideline 1); see `docs/methods.md`.

use serde::Serialize;

/// Which edition's thresholds name the bands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BandVintage {
    /// Below 1500 low, above 2500 high.
    Doj2010,
    /// Below 1000 low, above 1800 high.
    #[default]
    Doj2023,
}

/// How concentrated a market is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Band {
    /// Unconcentrated.
    Low,
    /// Moderately concentrated; the thresholds themselves are moderate.
    Moderate,
    /// Highly concentrated.
    High,
}

impl Band {
    /// The band of an index on the scale of 0 to 10000.
    #[must_use]
    pub fn of(hhi: f64, vintage: BandVintage) -> Self {
        let (low, high) = match vintage {
            BandVintage::Doj2010 => (1500.0, 2500.0),
            BandVintage::Doj2023 => (1000.0, 1800.0),
        };
        if hhi > high {
            Self::High
        } else if hhi < low {
            Self::Low
        } else {
            Self::Moderate
        }
    }

    /// The word shown.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Moderate => "moderate",
            Self::High => "high",
        }
    }
}

/// Concentration of named shares of a whole; what is not named counts as split to nothing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Concentration {
    /// 0 to 10000; a lower bound where part of the whole is not named.
    pub hhi: f64,
    /// Largest share, 0 to 1.
    pub top1: f64,
    /// Sum of the three largest shares, 0 to 1.
    pub top3: f64,
}

/// Computes the concentration of shares, in any order. `None` without any share above zero.
#[must_use]
pub fn concentration(shares: impl IntoIterator<Item = f64>) -> Option<Concentration> {
    let mut shares: Vec<f64> = shares.into_iter().filter(|s| *s > 0.0).collect();
    shares.sort_by(|a, b| b.total_cmp(a));
    let top1 = *shares.first()?;
    Some(Concentration {
        hhi: 10_000.0 * shares.iter().map(|s| s * s).sum::<f64>(),
        top1,
        top3: shares.iter().take(3).sum(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;

    /// Worked example T-1 of docs/methods.md.
    #[test]
    fn three_suppliers() {
        let c = concentration([0.5, 0.3, 0.2]).unwrap();
        assert_relative_eq!(c.hhi, 3800.0, max_relative = 1e-12);
        assert_relative_eq!(c.top3, 1.0);
        assert_eq!(Band::of(c.hhi, BandVintage::Doj2010), Band::High);
        assert_eq!(Band::of(c.hhi, BandVintage::Doj2023), Band::High);
    }

    #[test]
    fn thresholds_are_moderate() {
        for (hhi, vintage, band) in [
            (1800.0, BandVintage::Doj2023, Band::Moderate),
            (1000.0, BandVintage::Doj2023, Band::Moderate),
            (999.9, BandVintage::Doj2023, Band::Low),
            (2500.0, BandVintage::Doj2010, Band::Moderate),
            (2500.1, BandVintage::Doj2010, Band::High),
        ] {
            assert_eq!(Band::of(hhi, vintage), band, "{hhi}");
        }
        assert!(concentration([]).is_none());
    }
}
