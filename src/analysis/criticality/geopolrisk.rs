//! The geopolitical supply risk of life-cycle assessment (GeoPolRisk).
//!
//! Gemechu et al. (2016), Helbig et al. (2016), Cimprich et al. (2017, 2019), Santillán-Saldivar et al. (2021, 2022),
//! Koyamparambath et al. (2022, 2024). Score = HHI x import risk. Recycling and substitution of the later variants are not
//! computed. Domestic production and imports must be of the same stage.

use serde::Serialize;

use super::range::Estimate;

/// Price-weighted score of copper that characterisation factors are relative to: mean of OECD countries, 2017 to 2021.
pub const COPPER_MIDPOINT: f64 = 0.409_412_948;

/// g = (2.5 - estimate)/5, held to 0 (stable) to 1.
///
/// `estimate` is political stability on the scale of the Worldwide Governance Indicators.
#[must_use]
pub fn instability(estimate: f64) -> f64 {
    ((2.5 - estimate) / 5.0).clamp(0.0, 1.0)
}

/// Import risk: sum of g x f over (p + F), 0 to 1.
///
/// `imports` are pairs of f, imports from a country, and its g where known; F is their sum. `domestic` is p, from least to
/// most: home production carries no risk and dilutes the rest. `None` where p + F is zero or p is not known at all.
#[must_use]
pub fn import_risk(imports: &[(f64, Option<f64>)], domestic: Estimate) -> Option<Estimate> {
    let total: f64 = imports.iter().map(|(f, _)| f).sum();
    let (least, most) = (domestic.low?, domestic.high?);
    (total + most > 0.0).then_some(())?;
    let with = |missing: f64, p: f64| {
        let risky: f64 = imports.iter().map(|(f, g)| f * g.unwrap_or(missing)).sum();
        if total + p > 0.0 {
            risky / (p + total)
        } else {
            0.0
        }
    };
    let complete = imports.iter().all(|(f, g)| *f <= 0.0 || g.is_some());
    Some(Estimate {
        value: domestic.value.filter(|_| complete).map(|p| with(0.0, p)),
        low: Some(with(0.0, most)),
        high: Some(with(1.0, least)),
    })
}

/// Score = H x import risk, 0 to 1. `hhi` is H on the scale of 0 to 1, the importer's own production included.
#[must_use]
pub fn score(hhi: Estimate, import_risk: Estimate) -> Estimate {
    Estimate::growing([hhi, import_risk], |[h, r]| h * r)
}

/// Characterisation factor, kg copper-equivalent per kg: score x price/[`COPPER_MIDPOINT`], with the price in dollars per kg.
#[must_use]
pub fn characterisation_factor(score: f64, price: f64) -> f64 {
    score * price / COPPER_MIDPOINT
}

/// The figures of one commodity for one importer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct GeoPolRisk {
    /// Import risk, 0 to 1.
    pub import_risk: Estimate,
    /// Score, 0 to 1.
    pub score: Estimate,
    /// Score x price, in dollars per kg.
    pub midpoint: Option<f64>,
    /// kg copper-equivalent per kg.
    pub characterisation_factor: Option<f64>,
}

#[cfg(test)]
mod tests {
    use super::super::hhi::{herfindahl, shares_of};
    use super::*;
    use approx::assert_relative_eq;

    /// Worked example T-4 of docs/criticality.md.
    #[test]
    fn score_by_hand() {
        let hhi = herfindahl(&shares_of(&[60.0, 40.0], None).unwrap());
        assert_relative_eq!(hhi, 0.52, epsilon = 1e-9);
        let risk = import_risk(
            &[(30.0, Some(0.6)), (10.0, Some(0.2))],
            Estimate::known(10.0),
        )
        .unwrap();
        assert_relative_eq!(risk.value.unwrap(), 0.4, epsilon = 1e-9);
        let found = score(Estimate::known(hhi), risk).value.unwrap();
        assert_relative_eq!(found, 0.208, epsilon = 1e-9);
        assert_relative_eq!(
            characterisation_factor(found, 2.0),
            1.016_089_017,
            epsilon = 1e-9
        );
    }

    #[test]
    fn unknown_origins_leave_a_range() {
        let risk = import_risk(&[(30.0, Some(0.6)), (10.0, None)], Estimate::known(10.0)).unwrap();
        assert!(risk.value.is_none());
        assert_relative_eq!(risk.low.unwrap(), 0.36, epsilon = 1e-12);
        assert_relative_eq!(risk.high.unwrap(), 0.56, epsilon = 1e-12);
        assert!(import_risk(&[], Estimate::known(0.0)).is_none());
        assert!(import_risk(&[(1.0, Some(0.5))], Estimate::default()).is_none());
        let home = import_risk(&[], Estimate::known(5.0)).unwrap();
        assert_relative_eq!(home.value.unwrap(), 0.0);
    }

    #[test]
    fn instability_is_held_to_its_range() {
        assert_relative_eq!(instability(-0.441_074), 0.588_214_8, epsilon = 1e-9);
        assert_relative_eq!(instability(-2.7), 1.0);
        assert_relative_eq!(instability(2.6), 0.0);
    }
}
