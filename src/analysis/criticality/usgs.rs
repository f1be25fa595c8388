//! The indices of the United States Geological Survey.
//!
//! Nassar et al. (2020), Evaluating the mineral commodity supply risk of the U.S. manufacturing sector, Science Advances 6,
//! eaay8647; for the list of 2025 Nassar et al. (2025), Open-File Report 2025-1047.

use serde::Serialize;

use super::range::Estimate;

/// A foreign producer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ForeignProducer {
    /// PS, share of world production, 0 to 1.
    pub share: f64,
    /// ASI, ability to supply index, 0 to 1; higher is less able. The survey takes 1 - PPI/100, with PPI the policy
    /// perception index of the Fraser Institute.
    pub asi: Option<f64>,
    /// WSI, willingness to supply index, 0 to 1; higher is less willing.
    pub wsi: Option<f64>,
}

/// DP = sum of PS^2 x ASI x WSI over foreign producers, 0 to 1.
///
/// Missing indices may be anything from 0 to 1; `rest` is the share of world production that no country is named for.
/// With both indices 1 it is the plain H of the foreign producers, which is the upper bound.
#[must_use]
pub fn disruption_potential(producers: &[ForeignProducer], rest: f64) -> Estimate {
    let mut found = Estimate::known(0.0);
    for p in producers.iter().filter(|p| p.share > 0.0) {
        let square = p.share * p.share;
        let term = Estimate::growing(
            [
                Estimate::or_range(p.asi, 0.0, 1.0),
                Estimate::or_range(p.wsi, 0.0, 1.0),
            ],
            |[asi, wsi]| square * asi * wsi,
        );
        found = Estimate::growing([found, term], |[a, b]| a + b);
    }
    found.high = found.high.map(|h| h + rest * rest);
    found
}

/// TE = NI/(production + NI), 0 to 1, with NI = imports - exports + stock change.
///
/// Without net imports 0; without production 1. `None` where neither is above zero.
#[must_use]
pub fn trade_exposure(net_imports: f64, production: f64) -> Option<f64> {
    if net_imports <= 0.0 {
        return (production > 0.0 || net_imports < 0.0).then_some(0.0);
    }
    Some(net_imports / (production + net_imports))
}

/// EV before it is scaled: sum of VA x E/OP over industries, over the gross domestic product.
///
/// Each industry is (value added, expenditure on the commodity, operating profit), all in one currency. `None` where a profit
/// or the product is not above zero. The scaling to 0 to 1 depends on the other commodities and is not done here.
#[must_use]
pub fn economic_vulnerability(industries: &[(f64, f64, f64)], gdp: f64) -> Option<f64> {
    let sound = gdp > 0.0 && industries.iter().all(|(_, _, profit)| *profit > 0.0);
    sound.then(|| {
        industries
            .iter()
            .map(|(value, spent, profit)| value * spent / profit)
            .sum::<f64>()
            / gdp
    })
}

/// SR = (DP x TE x EV)^(1/3), 0 to 1. Missing factors may be anything from 0 to 1.
#[must_use]
pub fn supply_risk(
    disruption: Estimate,
    trade_exposure: Option<f64>,
    vulnerability: Option<f64>,
) -> Estimate {
    let te = Estimate::or_range(trade_exposure, 0.0, 1.0);
    let ev = Estimate::or_range(vulnerability, 0.0, 1.0);
    Estimate::growing([disruption, te, ev], |[d, t, e]| (d * t * e).cbrt())
}

/// The score of the list of 2025: sum of p x dGDP over the countries whose exports may stop, in money.
///
/// Each scenario is (probability, change of the gross domestic product). `None` without a scenario.
#[must_use]
pub fn expected_gdp_change(scenarios: &[(f64, f64)]) -> Option<f64> {
    (!scenarios.is_empty()).then(|| scenarios.iter().map(|(p, change)| p * change).sum())
}

/// The figures of one commodity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct UsgsIndicators {
    /// DP, 0 to 1.
    pub disruption_potential: Estimate,
    /// TE, 0 to 1.
    pub trade_exposure: Option<f64>,
    /// EV as stated, 0 to 1.
    pub economic_vulnerability: Option<f64>,
    /// EV before it is scaled, from the sectors.
    pub economic_vulnerability_unscaled: Option<f64>,
    /// SR, 0 to 1.
    pub supply_risk: Estimate,
    /// Score of 2025, in money of the inputs; a loss is negative.
    pub expected_gdp_change: Option<f64>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;

    /// Worked example T-3 of docs/criticality.md.
    #[test]
    fn supply_risk_by_hand() {
        let producer = |share, asi, wsi| ForeignProducer {
            share,
            asi: Some(asi),
            wsi: Some(wsi),
        };
        let dp = disruption_potential(&[producer(0.8, 0.5, 0.6), producer(0.2, 0.4, 0.3)], 0.0);
        assert_relative_eq!(dp.value.unwrap(), 0.1968, epsilon = 1e-9);
        let te = trade_exposure(60.0, 20.0).unwrap();
        assert_relative_eq!(te, 0.75, epsilon = 1e-9);
        let risk = supply_risk(dp, Some(te), Some(0.5));
        assert_relative_eq!(risk.value.unwrap(), 0.419_455_075_6, epsilon = 1e-9);
        assert_relative_eq!(
            expected_gdp_change(&[(0.10, -500.0), (0.02, -3000.0)]).unwrap(),
            -110.0,
            epsilon = 1e-9
        );
    }

    #[test]
    fn edges_of_trade_exposure() {
        assert_relative_eq!(trade_exposure(-5.0, 10.0).unwrap(), 0.0);
        assert_relative_eq!(trade_exposure(0.0, 10.0).unwrap(), 0.0);
        assert_relative_eq!(trade_exposure(5.0, 0.0).unwrap(), 1.0);
        assert!(trade_exposure(0.0, 0.0).is_none());
    }

    /// Without its weights the index is at most the plain H.
    #[test]
    fn missing_indices_leave_a_range() {
        let producer = ForeignProducer {
            share: 0.8,
            asi: None,
            wsi: Some(0.5),
        };
        let dp = disruption_potential(&[producer], 0.1);
        assert!(dp.value.is_none());
        assert_relative_eq!(dp.high.unwrap(), 0.32 + 0.01, epsilon = 1e-12);
        let risk = supply_risk(dp, None, Some(1.0));
        assert!(risk.value.is_none());
        assert_relative_eq!(risk.high.unwrap(), 0.33_f64.cbrt(), epsilon = 1e-12);
        assert!(economic_vulnerability(&[(1.0, 1.0, 0.0)], 100.0).is_none());
        assert_relative_eq!(
            economic_vulnerability(&[(50.0, 2.0, 10.0), (20.0, 1.0, 4.0)], 100.0).unwrap(),
            0.15,
            epsilon = 1e-12
        );
    }
}
