//! Normalised and weighted Herfindahl-Hirschman indices.
//!
//! Here shares are fractions and H lies in 0 to 1; the scale of 0 to 10000 is made where figures are shown. A remainder that
//! no country is named for is in the denominator only: split to nothing it adds nothing (the figure), as one country it adds
//! its square (the upper bound).

use super::range::Estimate;

/// One country's part in a weighted index.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WeightedShare {
    /// 0 to 1.
    pub share: f64,
    /// Governance scaled to 0 (best) to 10 (worst), where it is known.
    pub wgi: Option<f64>,
    /// Trade factor t, 1 where nothing else is stated.
    pub trade_factor: f64,
}

/// Largest scaled governance score.
pub const WORST_WGI: f64 = 10.0;

/// Turns quantities into shares of a total. `None` where the total is not above zero.
///
/// A total below the sum of the quantities is taken as the sum.
#[must_use]
pub fn shares_of(quantities: &[f64], total: Option<f64>) -> Option<Vec<f64>> {
    let sum: f64 = quantities.iter().sum();
    let total = total.map_or(sum, |t| t.max(sum));
    (total > 0.0).then(|| quantities.iter().map(|q| q / total).collect())
}

/// H, the sum of squared shares, 0 to 1.
#[must_use]
pub fn herfindahl(shares: &[f64]) -> f64 {
    shares.iter().map(|s| s * s).sum()
}

/// HHI* = (H - 1/n)/(1 - 1/n), 0 (all equal) to 1 (one supplier), with n the suppliers with a share above zero.
///
/// A single supplier is 1. `None` without a supplier, or where the shares leave a remainder, since n is unknown then. (What
/// GeoPolRisk papers call normalised is H itself.)
#[must_use]
pub fn normalised(shares: &[f64]) -> Option<f64> {
    const ROUNDING: f64 = 1e-9;
    let n = shares.iter().filter(|s| **s > 0.0).count();
    let whole = (shares.iter().sum::<f64>() - 1.0).abs() <= ROUNDING;
    match n {
        0 => None,
        _ if !whole => None,
        1 => Some(1.0),
        n => {
            let equal = 1.0 / n as f64;
            Some((herfindahl(shares) - equal) / (1.0 - equal))
        }
    }
}

/// N = 1/H: as many suppliers of equal size would be as concentrated, 1 or more. `None` if H is not above zero.
///
/// At most this where a remainder is left.
#[must_use]
pub fn effective_number(shares: &[f64]) -> Option<f64> {
    let h = herfindahl(shares);
    (h > 0.0).then(|| 1.0 / h)
}

/// HHI = sum of S^2 x WGI x t, 0 to 10 with neutral trade factors.
///
/// European Commission (2017), Methodology for establishing the EU list of critical raw materials, doi 10.2873/769526. With
/// `trade_factor` 1 it is the plain governance-weighted index. Known only if every country with a share has a score; else a
/// range in which the missing scores are anywhere between 0 and 10. `rest` is the share that no country is named for.
#[must_use]
pub fn weighted(shares: &[WeightedShare], rest: f64) -> Option<Estimate> {
    let mut low = 0.0;
    let mut unknown = 0.0;
    let mut any = false;
    let mut complete = true;
    for part in shares.iter().filter(|p| p.share > 0.0) {
        any = true;
        let weight = part.share * part.share * part.trade_factor;
        match part.wgi {
            Some(wgi) => low += weight * wgi,
            None => {
                complete = false;
                unknown += weight * WORST_WGI;
            }
        }
    }
    let rest = rest.max(0.0);
    (any || rest > 0.0).then(|| Estimate {
        value: (any && complete).then_some(low),
        low: Some(low),
        high: Some(low + unknown + rest * rest * WORST_WGI),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;

    /// Worked example T-1 of docs/criticality.md.
    #[test]
    fn three_suppliers() {
        let shares = [0.5, 0.3, 0.2];
        assert_relative_eq!(herfindahl(&shares) * 1e4, 3800.0, epsilon = 1e-9);
        assert_relative_eq!(normalised(&shares).unwrap(), 0.07, epsilon = 1e-9);
        assert_relative_eq!(
            effective_number(&shares).unwrap(),
            2.631_578_947,
            epsilon = 1e-9
        );
    }

    #[test]
    fn a_listed_zero_changes_nothing_and_one_supplier_is_one() {
        assert_relative_eq!(
            normalised(&[0.5, 0.3, 0.2, 0.0]).unwrap(),
            0.07,
            epsilon = 1e-9
        );
        assert_relative_eq!(normalised(&[1.0]).unwrap(), 1.0);
        assert!(normalised(&[]).is_none());
        assert!(normalised(&[0.5, 0.3]).is_none(), "a remainder is left");
        assert!(effective_number(&[]).is_none());
    }

    /// Percentages and fractions give the same shares; nothing gives nothing.
    #[test]
    fn quantities_of_any_scale() {
        let fractions = shares_of(&[0.5, 0.3, 0.2], None).unwrap();
        let percents = shares_of(&[50.0, 30.0, 20.0], None).unwrap();
        for (a, b) in fractions.iter().zip(&percents) {
            assert_relative_eq!(a, b, epsilon = 1e-12);
        }
        assert!(shares_of(&[0.0, 0.0], None).is_none());
        assert!(shares_of(&[], None).is_none());
        assert_relative_eq!(shares_of(&[30.0], Some(60.0)).unwrap()[0], 0.5);
    }

    #[test]
    fn a_missing_score_leaves_a_range() {
        let part = |share, wgi| WeightedShare {
            share,
            wgi,
            trade_factor: 1.0,
        };
        let found = weighted(&[part(0.5, Some(6.0)), part(0.3, None)], 0.2).unwrap();
        assert!(found.value.is_none());
        assert_relative_eq!(found.low.unwrap(), 1.5, epsilon = 1e-12);
        assert_relative_eq!(found.high.unwrap(), 1.5 + 0.9 + 0.4, epsilon = 1e-12);
        assert!(weighted(&[], 0.0).is_none());
    }
}
