//! What is left without the largest supplier, as in the International Energy Agency's Global Critical Minerals Outlook 2024
//! and 2025.

use serde::Serialize;

/// The figures of one commodity.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct IeaIndicators {
    /// Largest supplier, alpha-3 code.
    pub largest: Option<String>,
    /// Sum of the three largest named shares of the published total, 0 to 1.
    pub top3: Option<f64>,
    /// Supply without the largest supplier, in the unit of the table.
    pub n1_supply: Option<f64>,
    /// The same as a part of all supply, 0 to 1.
    pub n1_supply_share: Option<f64>,
    /// Supply over demand, both without the largest supplier.
    pub n1_ratio: Option<f64>,
    /// Supply without the largest supplier over all demand: the stricter reading.
    pub n1_ratio_all_demand: Option<f64>,
}

/// N-1 ratio = (S - S_top)/(D - D_top): the largest supplier's own demand leaves with it. 0 or more.
///
/// `None` where no other demand is left.
#[must_use]
pub fn n1_ratio(supply: f64, top_supply: f64, demand: f64, top_demand: f64) -> Option<f64> {
    let left = demand - top_demand;
    (left > 0.0).then(|| (supply - top_supply) / left)
}

/// (S - S_top)/D, against all demand. 0 or more; `None` without demand.
#[must_use]
pub fn n1_ratio_all_demand(supply: f64, top_supply: f64, demand: f64) -> Option<f64> {
    (demand > 0.0).then(|| (supply - top_supply) / demand)
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;

    /// Worked example T-5 of docs/criticality.md.
    #[test]
    fn without_the_largest() {
        assert_relative_eq!(
            n1_ratio(100.0, 60.0, 90.0, 50.0).unwrap(),
            1.0,
            epsilon = 1e-9
        );
        assert_relative_eq!(
            n1_ratio_all_demand(100.0, 60.0, 90.0).unwrap(),
            0.444_444_444,
            epsilon = 1e-9
        );
        assert!(n1_ratio(100.0, 60.0, 50.0, 50.0).is_none());
        assert!(n1_ratio_all_demand(100.0, 60.0, 0.0).is_none());
    }
}
