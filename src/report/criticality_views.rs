//! Tables of criticality: one line a commodity, or one line an indicator.

use super::table::{Cell, Table};
use crate::analysis::criticality::{Criticality, Estimate};

/// A figure or the range it lies in, on one line.
fn figure(estimate: Estimate) -> Cell {
    match (estimate.value, estimate.low, estimate.high) {
        (Some(value), _, _) => Cell::Number(value),
        (None, Some(low), Some(high)) => {
            let (low, high) = (Cell::Number(low).rounded(), Cell::Number(high).rounded());
            Cell::Named {
                shown: format!("{low}–{high}"),
                id: String::new(),
            }
        }
        _ => Cell::Missing,
    }
}

fn name(item: &Criticality) -> Cell {
    Cell::Text(item.commodity.clone())
}

/// One line a commodity.
#[must_use]
pub fn criticality_overview(result: &[Criticality], rows: usize) -> Table {
    let mut table = Table::new(
        "",
        &[
            ("commodity", "commodity"),
            ("stage", "stage"),
            ("HHI (0–10000)", "hhi"),
            ("band", "band"),
            ("HHI*", "hhi_normalised"),
            ("N eff", "effective_suppliers"),
            ("top 3", "top3"),
            ("N-1 supply", "n1_supply_share"),
            ("N-1 ratio", "n1_ratio"),
            ("HHI-WGI (0–10)", "hhi_wgi"),
            ("EU SR", "eu_supply_risk"),
            ("USGS SR", "usgs_supply_risk"),
            ("GeoPolRisk", "geopolrisk"),
        ],
    );
    for item in result.iter().take(rows) {
        table.rows.push(vec![
            name(item),
            Cell::text(item.stage.clone()),
            Cell::number(item.hhi),
            Cell::text(item.band.map(crate::analysis::Band::word)),
            Cell::number(item.hhi_normalised),
            Cell::number(item.effective_suppliers),
            Cell::share(item.iea.top3),
            Cell::share(item.iea.n1_supply_share),
            Cell::number(item.iea.n1_ratio),
            figure(item.hhi_wgi),
            figure(item.eu.supply_risk),
            figure(item.usgs.supply_risk),
            figure(item.geopolrisk.score),
        ]);
    }
    if result.len() > rows {
        table.title = format!("{rows} of {} commodities, by HHI", result.len());
    }
    table
}

/// One line of the table of indicators: school, indicator, figure, scale.
type Line = (&'static str, &'static str, Estimate, &'static str);

fn exact(value: Option<f64>) -> Estimate {
    value.map(Estimate::known).unwrap_or_default()
}

fn at_least(value: Option<f64>, high: Option<f64>) -> Estimate {
    Estimate {
        value,
        low: value,
        high,
    }
}

fn concentration_and_eu(item: &Criticality) -> Vec<Line> {
    let eu = &item.eu;
    vec![
        (
            "concentration",
            "HHI",
            at_least(item.hhi, item.hhi_high),
            "0 to 10000",
        ),
        (
            "concentration",
            "HHI*",
            exact(item.hhi_normalised),
            "0 to 1",
        ),
        (
            "concentration",
            "effective suppliers",
            exact(item.effective_suppliers),
            "1 or more",
        ),
        ("concentration", "HHI-WGI", item.hhi_wgi, "0 to 10"),
        ("EU 2017", "HHI of world supply", eu.hhi_gs, "0 to 10"),
        ("EU 2017", "HHI of sourcing", eu.hhi_eu, "0 to 10"),
        (
            "EU 2017",
            "import reliance",
            exact(eu.import_reliance),
            "0 to 1",
        ),
        (
            "EU 2017",
            "supply risk",
            eu.supply_risk,
            "critical from 1.0",
        ),
        (
            "EU 2017",
            "supply risk, rounded",
            exact(eu.supply_risk_rounded),
            "critical from 1.0",
        ),
        (
            "EU 2017",
            "economic importance",
            exact(eu.economic_importance),
            "0 to 10",
        ),
        (
            "EU 2017",
            "economic importance, rounded",
            exact(eu.economic_importance_rounded),
            "critical from 2.8",
        ),
    ]
}

fn usgs_and_the_rest(item: &Criticality) -> Vec<Line> {
    let (usgs, geo, iea) = (&item.usgs, &item.geopolrisk, &item.iea);
    vec![
        (
            "USGS 2020",
            "disruption potential",
            usgs.disruption_potential,
            "0 to 1",
        ),
        (
            "USGS 2020",
            "trade exposure",
            exact(usgs.trade_exposure),
            "0 to 1",
        ),
        (
            "USGS 2020",
            "economic vulnerability",
            exact(usgs.economic_vulnerability),
            "0 to 1",
        ),
        (
            "USGS 2020",
            "economic vulnerability, unscaled",
            exact(usgs.economic_vulnerability_unscaled),
            "0 or more",
        ),
        (
            "USGS 2020",
            "supply risk",
            usgs.supply_risk,
            "listed from 0.40",
        ),
        (
            "USGS 2025",
            "expected change of GDP",
            exact(usgs.expected_gdp_change),
            "money",
        ),
        ("GeoPolRisk", "import risk", geo.import_risk, "0 to 1"),
        ("GeoPolRisk", "score", geo.score, "0 to 1"),
        (
            "GeoPolRisk",
            "characterisation factor",
            exact(geo.characterisation_factor),
            "kg Cu-eq/kg",
        ),
        ("IEA", "top-3 share", exact(iea.top3), "0 to 1"),
        (
            "IEA",
            "N-1 supply, part of all",
            exact(iea.n1_supply_share),
            "0 to 1",
        ),
        (
            "IEA",
            "N-1 supply over other demand",
            exact(iea.n1_ratio),
            "ratio",
        ),
        (
            "IEA",
            "N-1 supply over all demand",
            exact(iea.n1_ratio_all_demand),
            "ratio",
        ),
    ]
}

/// One line an indicator, and one line an input.
#[must_use]
pub fn criticality_details(result: &[Criticality]) -> Vec<Table> {
    let mut indicators = Table::new(
        "indicators",
        &[
            ("commodity", "commodity"),
            ("stage", "stage"),
            ("method", "method"),
            ("indicator", "indicator"),
            ("value", "value"),
            ("at least", "low"),
            ("at most", "high"),
            ("scale", "scale"),
        ],
    );
    let mut inputs = Table::new(
        "inputs",
        &[
            ("commodity", "commodity"),
            ("stage", "stage"),
            ("input", "input"),
            ("value", "value"),
            ("countries", "countries"),
            ("source", "source"),
        ],
    );
    for item in result {
        let lines = concentration_and_eu(item)
            .into_iter()
            .chain(usgs_and_the_rest(item));
        for (method, indicator, found, scale) in lines {
            // A figure that is known needs no range beside it.
            let open = |bound: Option<f64>| bound.filter(|b| found.value != Some(*b));
            indicators.rows.push(vec![
                name(item),
                Cell::text(item.stage.clone()),
                Cell::Text(method.to_owned()),
                Cell::Text(indicator.to_owned()),
                Cell::number(found.value),
                Cell::number(open(found.low)),
                Cell::number(open(found.high)),
                Cell::Text(scale.to_owned()),
            ]);
        }
        for input in &item.inputs {
            inputs.rows.push(vec![
                name(item),
                Cell::text(item.stage.clone()),
                Cell::Text(input.input.to_owned()),
                Cell::number(input.value),
                input
                    .countries
                    .filter(|n| *n > 0)
                    .map_or(Cell::Missing, Cell::Count),
                Cell::text(input.source.clone()),
            ]);
        }
    }
    vec![indicators, inputs]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_never_zero() {
        assert_eq!(figure(Estimate::default()), Cell::Missing);
        let range = figure(Estimate::or_range(None, 0.0, 2.0));
        assert_eq!(range.rounded(), "0–2");
        assert_eq!(range.exact(), "", "a range is no number");
        assert_eq!(figure(Estimate::known(0.0)), Cell::Number(0.0));
    }
}
