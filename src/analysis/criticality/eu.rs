//! Supply risk and economic importance as in the European Union's lists of 2017, 2020 and 2023.
//!
//! European Commission (2017), Methodology for establishing the EU list of critical raw materials: guidelines,
//! doi 10.2873/769526; Blengini et al. (2017), EUR 28654, doi 10.2760/73303; Grohol and Veeh (2023), doi 10.2873/725585.

use serde::Serialize;

use super::range::Estimate;

/// Supply risk from which a material may be critical, on the rounded score.
pub const SUPPLY_RISK_THRESHOLD: f64 = 1.0;

/// Economic importance from which a material may be critical, on the rounded score.
pub const ECONOMIC_IMPORTANCE_THRESHOLD: f64 = 2.8;

/// 10 x (2.5 - estimate)/5, held to 0 (best) to 10 (worst).
///
/// `estimate` is on the scale of the Worldwide Governance Indicators, about -2.5 to 2.5, best last.
#[must_use]
pub fn scaled_wgi(estimate: f64) -> f64 {
    (10.0 * (2.5 - estimate) / 5.0).clamp(0.0, 10.0)
}

/// IR = (imports - exports)/(domestic production + imports - exports), held to 0 to 1.
///
/// All in one unit. Net exporters have 0; `None` where nothing is used.
#[must_use]
pub fn import_reliance(imports: f64, exports: f64, domestic_production: f64) -> Option<f64> {
    let net = imports - exports;
    if net <= 0.0 {
        return (imports + exports + domestic_production > 0.0).then_some(0.0);
    }
    Some((net / (domestic_production + net)).clamp(0.0, 1.0))
}

/// The bracket of supply risk: HHI_GS x IR/2 + HHI_EU x (1 - IR/2), 0 to 10 with neutral trade factors.
///
/// `global` weighs world production, `sourcing` what the region gets. Where only one of them is known it counts alone, and
/// `ir` (0 to 1) is not needed.
#[must_use]
pub fn supply_concentration(
    global: Option<Estimate>,
    sourcing: Option<Estimate>,
    ir: Option<f64>,
) -> Option<Estimate> {
    let (Some(global), Some(sourcing)) = (global, sourcing) else {
        return global.or(sourcing);
    };
    let with = |ir: f64| {
        Estimate::growing([global, sourcing], |[g, s]| {
            g * ir / 2.0 + s * (1.0 - ir / 2.0)
        })
    };
    Some(match ir {
        Some(ir) => with(ir),
        None => {
            // Linear in IR: the ends hold the range.
            let (none, all) = (with(0.0), with(1.0));
            let pair = |a: Option<f64>, b: Option<f64>, f: fn(f64, f64) -> f64| {
                a.zip(b).map(|(a, b)| f(a, b))
            };
            Estimate {
                value: None,
                low: pair(none.low, all.low, f64::min),
                high: pair(none.high, all.high, f64::max),
            }
        }
    })
}

/// SR = concentration x (1 - EoL_RIR) x SI_SR, 0 or more, most often below 8.
///
/// `eol_rir` and `si_sr` are 0 to 1. A missing one may be anything from 0 to 1.
#[must_use]
pub fn supply_risk(concentration: Estimate, eol_rir: Option<f64>, si_sr: Option<f64>) -> Estimate {
    let primary = Estimate::or_range(eol_rir.map(|r| 1.0 - r), 0.0, 1.0);
    let index = Estimate::or_range(si_sr, 0.0, 1.0);
    Estimate::growing([concentration, primary, index], |[c, p, i]| c * p * i)
}

/// EI = 10/max Q x sum of A x Q x SI_EI, 0 to 10.
///
/// `uses` are pairs of A, the part of the end use in a sector (0 to 1), and Q, the sector's value added. `largest` is the
/// largest value added of any sector, those that do not use the material included. `None` if it is not above zero.
#[must_use]
pub fn economic_importance(uses: &[(f64, f64)], largest: f64, si_ei: f64) -> Option<f64> {
    (largest > 0.0).then(|| 10.0 / largest * uses.iter().map(|(a, q)| a * q).sum::<f64>() * si_ei)
}

/// A score as it is published and compared: rounded to one decimal, halves up.
#[must_use]
pub fn published(score: f64) -> f64 {
    // What is a half on paper may lie a hair below it in binary.
    const HAIR: f64 = 1e-9;
    (score * 10.0 + HAIR).round() / 10.0
}

/// Whether a material is critical: both rounded scores reach their thresholds.
///
/// `None` where the known part of the inputs leaves it open.
#[must_use]
pub fn is_critical(supply_risk: Estimate, economic_importance: Option<f64>) -> Option<bool> {
    let reaches = |score: f64, threshold: f64| published(score) >= threshold - 1e-9;
    let risk = match (supply_risk.low, supply_risk.high) {
        (Some(low), _) if reaches(low, SUPPLY_RISK_THRESHOLD) => Some(true),
        (_, Some(high)) if !reaches(high, SUPPLY_RISK_THRESHOLD) => Some(false),
        _ => supply_risk.value.map(|v| reaches(v, SUPPLY_RISK_THRESHOLD)),
    };
    let importance = economic_importance.map(|ei| reaches(ei, ECONOMIC_IMPORTANCE_THRESHOLD));
    match (risk, importance) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        _ => None,
    }
}

/// The EU's figures of one commodity at one stage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct EuIndicators {
    /// Governance- and trade-weighted index of world production, 0 to 10 with neutral trade factors.
    pub hhi_gs: Estimate,
    /// The same of what the region gets.
    pub hhi_eu: Estimate,
    /// IR, 0 to 1.
    pub import_reliance: Option<f64>,
    /// SR.
    pub supply_risk: Estimate,
    /// SR rounded to one decimal, as it is published.
    pub supply_risk_rounded: Option<f64>,
    /// EI, 0 to 10.
    pub economic_importance: Option<f64>,
    /// EI rounded to one decimal.
    pub economic_importance_rounded: Option<f64>,
    /// Whether both reach their thresholds.
    pub critical: Option<bool>,
    /// Whether this stage has the highest supply risk of its commodity, and so the published one; null where it cannot be told.
    pub bottleneck_stage: Option<bool>,
}

#[cfg(test)]
mod tests {
    use super::super::hhi::{WeightedShare, weighted};
    use super::*;
    use approx::assert_relative_eq;

    fn part(share: f64, wgi: f64, trade_factor: f64) -> WeightedShare {
        WeightedShare {
            share,
            wgi: Some(wgi),
            trade_factor,
        }
    }

    /// Worked example T-2 of docs/criticality.md.
    #[test]
    fn supply_risk_by_hand() {
        let global = weighted(&[part(0.6, 6.0, 1.1), part(0.4, 3.0, 0.8)], 0.0).unwrap();
        let sourcing = weighted(&[part(1.0, 5.0, 1.0)], 0.0).unwrap();
        assert_relative_eq!(global.value.unwrap(), 2.76, epsilon = 1e-9);
        assert_relative_eq!(sourcing.value.unwrap(), 5.0, epsilon = 1e-9);
        let core = supply_concentration(Some(global), Some(sourcing), Some(0.8)).unwrap();
        assert_relative_eq!(core.value.unwrap(), 4.104, epsilon = 1e-9);
        let risk = supply_risk(core, Some(0.1), Some(0.95));
        assert_relative_eq!(risk.value.unwrap(), 3.508_92, epsilon = 1e-9);
        assert_relative_eq!(published(risk.value.unwrap()), 3.5, epsilon = 1e-12);
        let importance = economic_importance(&[(0.4, 50.0), (0.6, 150.0)], 200.0, 0.92).unwrap();
        assert_relative_eq!(importance, 5.06, epsilon = 1e-9);
        assert_relative_eq!(published(importance), 5.1, epsilon = 1e-12);
        assert_eq!(is_critical(risk, Some(importance)), Some(true));
    }

    /// Scores are rounded before they are compared.
    #[test]
    fn thresholds_apply_to_rounded_scores() {
        for (risk, importance, critical) in [
            (0.95, 2.75, true),
            (0.949, 2.75, false),
            (0.95, 2.749, false),
            (1.0, 2.8, true),
            (3.0, 0.1, false),
        ] {
            assert_eq!(
                is_critical(Estimate::known(risk), Some(importance)),
                Some(critical),
                "{risk} {importance}"
            );
        }
        // 2.85 and 1.005 are below themselves in binary.
        assert_relative_eq!(published(2.85), 2.9, epsilon = 1e-12);
        assert_relative_eq!(published(1.05), 1.1, epsilon = 1e-12);
    }

    #[test]
    fn missing_inputs_are_not_zero() {
        let core = Estimate::known(4.0);
        let risk = supply_risk(core, Some(0.1), None);
        assert!(risk.value.is_none());
        assert_relative_eq!(risk.high.unwrap(), 3.6, epsilon = 1e-12);
        assert_eq!(is_critical(risk, Some(5.0)), None);
        assert_eq!(is_critical(risk, Some(1.0)), Some(false));
        let small = supply_risk(Estimate::known(0.5), None, None);
        assert_eq!(is_critical(small, None), Some(false));
        assert!(supply_concentration(None, None, Some(0.5)).is_none());
    }

    /// With one of the two indices only, it counts alone; without the reliance, both ends hold.
    #[test]
    fn one_index_counts_alone() {
        let (global, sourcing) = (Estimate::known(2.0), Estimate::known(5.0));
        let alone = supply_concentration(Some(global), None, Some(0.8)).unwrap();
        assert_relative_eq!(alone.value.unwrap(), 2.0);
        let open = supply_concentration(Some(global), Some(sourcing), None).unwrap();
        assert!(open.value.is_none());
        assert_relative_eq!(open.low.unwrap(), 3.5);
        assert_relative_eq!(open.high.unwrap(), 5.0);
    }

    #[test]
    fn reliance_is_held_to_its_range() {
        assert_relative_eq!(import_reliance(80.0, 0.0, 20.0).unwrap(), 0.8);
        assert_relative_eq!(import_reliance(10.0, 30.0, 50.0).unwrap(), 0.0);
        assert_relative_eq!(import_reliance(10.0, 0.0, 0.0).unwrap(), 1.0);
        assert!(import_reliance(0.0, 0.0, 0.0).is_none());
    }

    #[test]
    fn governance_is_turned_round() {
        assert_relative_eq!(scaled_wgi(2.5), 0.0);
        assert_relative_eq!(scaled_wgi(-2.5), 10.0);
        assert_relative_eq!(scaled_wgi(-2.8), 10.0);
        assert_relative_eq!(scaled_wgi(0.0), 5.0);
    }
}
