//! Results as csv for other programs: every field of the JSON answer, all rows, one table for each list.

use super::table::{Cell, Table};
use crate::analysis::{Band, Chokepoints, CommodityShare, CountryExposure, Exposure, TierProfile};
use crate::scenario::{CountryDiff, Figures, ScenarioDiff};

/// A table whose columns have no other name than their key.
fn records(keys: &[&str]) -> Table {
    let columns: Vec<(&str, &str)> = keys.iter().map(|k| (*k, *k)).collect();
    Table::new("", &columns)
}

fn words(text: &str) -> Cell {
    Cell::Text(text.to_owned())
}

fn yes_or_no(value: bool) -> Cell {
    words(if value { "true" } else { "false" })
}

fn tiers(tiers: &[usize]) -> Cell {
    let all: Vec<String> = tiers.iter().map(ToString::to_string).collect();
    Cell::Text(all.join(" "))
}

fn count(value: Option<usize>) -> Cell {
    value.map_or(Cell::Missing, Cell::Count)
}

/// Exposure by country, and what is not located.
#[must_use]
pub fn exposure_records(result: &Exposure) -> Vec<Table> {
    let mut countries = records(&[
        "country",
        "assembly",
        "direct",
        "look_through",
        "touched",
        "hidden",
        "at_risk",
        "at_risk_adapted",
        "first_tier",
        "bottleneck",
        "bottleneck_stage",
        "bottleneck_tier",
        "bottleneck_share",
        "bottleneck_at_risk",
        "assembly_high",
        "direct_high",
        "look_through_high",
        "at_risk_high",
        "at_risk_adapted_high",
    ]);
    let line = |r: &CountryExposure| {
        let step = r.bottleneck.as_ref();
        vec![
            words(&r.country),
            Cell::Share(r.assembly),
            Cell::share(r.direct),
            Cell::share(r.look_through),
            Cell::Share(r.touched),
            Cell::share(r.hidden),
            Cell::share(r.at_risk),
            Cell::share(r.at_risk_adapted),
            count(r.first_tier),
            Cell::text(step.map(|b| b.commodity.as_str())),
            Cell::text(step.map(|b| b.stage)),
            count(step.map(|b| b.tier)),
            Cell::share(step.and_then(|b| b.share)),
            Cell::share(step.map(|b| b.at_risk)),
            Cell::Share(r.assembly_high),
            Cell::share(r.direct_high),
            Cell::share(r.look_through_high),
            Cell::share(r.at_risk_high),
            Cell::share(r.at_risk_adapted_high),
        ]
    };
    countries.rows = result.countries.iter().map(line).collect();
    let mut unlocated = records(&["commodity", "weight"]);
    let inputs = result.unlocated.inputs.iter();
    unlocated.rows = inputs
        .map(|i| vec![words(&i.commodity), Cell::Share(i.weight)])
        .collect();
    vec![countries, unlocated]
}

/// Curves by tier, the measure in a column of its own.
#[must_use]
pub fn tier_records(result: &TierProfile) -> Vec<Table> {
    let mut keys = vec!["measure".to_owned(), "country".to_owned()];
    keys.extend((0..=result.depth).map(|t| format!("tier_{t}")));
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    let mut table = records(&keys);
    let mut add = |measure: &str, country: &str, curve: Option<&Vec<f64>>| {
        let mut cells = vec![words(measure), words(country)];
        cells.extend(curve.into_iter().flatten().map(|v| Cell::Share(*v)));
        cells.resize(keys.len(), Cell::Missing);
        table.rows.push(cells);
    };
    for r in &result.countries {
        add("profile", &r.country, Some(&r.profile));
        add("look_through_to", &r.country, Some(&r.look_through_to));
        add("at_risk_to", &r.country, r.at_risk_to.as_ref());
    }
    vec![table]
}

/// Shares: a row for each commodity and country.
#[must_use]
pub fn share_records(result: &[CommodityShare]) -> Vec<Table> {
    let mut table = records(&[
        "commodity",
        "stage",
        "tiers",
        "required",
        "unit",
        "country",
        "share",
        "hhi",
        "band",
        "top1",
        "top3",
        "unattributed",
        "unmet",
        "basis",
        "source",
    ]);
    for s in result {
        let mut add = |country: Option<&str>, share: Option<f64>| {
            table.rows.push(vec![
                words(&s.commodity),
                words(s.stage),
                tiers(&s.tiers),
                Cell::number(s.required),
                words(&s.unit),
                Cell::text(country),
                Cell::share(share),
                Cell::number(s.hhi),
                Cell::text(s.band.map(Band::word)),
                Cell::share(s.top1),
                Cell::share(s.top3),
                Cell::Share(s.unattributed),
                Cell::Share(s.unmet),
                Cell::text(s.basis),
                Cell::text(s.source.as_deref()),
            ]);
        };
        if s.countries.is_empty() {
            add(None, None);
        }
        for c in &s.countries {
            add(Some(&c.country), Some(c.share));
        }
    }
    vec![table]
}

/// Chokepoints with every field.
#[must_use]
pub fn chokepoint_records(result: &Chokepoints) -> Table {
    let mut table = records(&[
        "rank",
        "kind",
        "id",
        "commodity",
        "country",
        "share",
        "at_risk",
        "at_risk_adapted",
        "remaining",
        "single_point_of_failure",
        "near",
        "tiers",
    ]);
    for item in &result.items {
        table.rows.push(vec![
            Cell::Count(item.rank),
            words(item.kind.word()),
            words(&item.id),
            Cell::text(item.commodity.as_deref()),
            Cell::text(item.country.as_deref()),
            Cell::share(item.share),
            Cell::Share(item.at_risk),
            Cell::share(item.at_risk_adapted),
            Cell::share(item.remaining),
            yes_or_no(item.single_point_of_failure),
            yes_or_no(item.near),
            tiers(&item.tiers),
        ]);
    }
    table
}

/// Picks one figure of a country.
type Pick = fn(&Figures) -> Option<f64>;

/// The figures of a comparison with the names of their columns.
const FIGURES: &[(&str, Pick)] = &[
    ("assembly", |f| f.assembly),
    ("direct", |f| f.direct),
    ("look_through", |f| f.look_through),
    ("touched", |f| f.touched),
    ("hidden", |f| f.hidden),
    ("at_risk", |f| f.at_risk),
    ("at_risk_adapted", |f| f.at_risk_adapted),
    ("worst_step", |f| f.worst_step),
];

/// What scenarios change: the scenarios, countries, shares and chokepoints, each row with its scenario.
#[must_use]
pub fn diff_records(results: &[ScenarioDiff]) -> Vec<Table> {
    let mut scenarios = records(&["scenario", "title", "unmet_demand"]);
    let mut keys = vec!["scenario".to_owned(), "country".to_owned()];
    for (name, _) in FIGURES {
        keys.extend(["before", "after", "change"].map(|when| format!("{name}_{when}")));
    }
    keys.extend(["own_change", "bottleneck_before", "bottleneck_after"].map(str::to_owned));
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    let mut countries = records(&keys);
    let mut shares = records(&[
        "scenario",
        "commodity",
        "country",
        "before",
        "after",
        "change",
    ]);
    let mut points = records(&[
        "scenario",
        "chokepoint",
        "kind",
        "id",
        "before",
        "after",
        "adapted_before",
        "adapted_after",
    ]);
    let line = |scenario: &str, d: &CountryDiff| {
        let mut cells = vec![words(scenario), words(&d.country)];
        for (_, figure) in FIGURES {
            cells.push(Cell::share(figure(&d.before)));
            cells.push(Cell::share(figure(&d.after)));
            cells.push(Cell::change(figure(&d.change)));
        }
        cells.push(Cell::Change(d.own_change));
        cells.push(Cell::text(d.bottleneck_before.as_deref()));
        cells.push(Cell::text(d.bottleneck_after.as_deref()));
        cells
    };
    for r in results {
        let name = r.scenario.as_str();
        scenarios.rows.push(vec![
            words(name),
            Cell::text(r.title.as_deref()),
            Cell::Share(r.unmet_demand),
        ]);
        countries
            .rows
            .extend(r.countries.iter().map(|d| line(name, d)));
        shares.rows.extend(r.shares.iter().map(|s| {
            vec![
                words(name),
                words(&s.commodity),
                words(&s.country),
                Cell::Share(s.before),
                Cell::Share(s.after),
                Cell::Change(s.change),
            ]
        }));
        let lists = [
            ("added", &r.chokepoints.added),
            ("removed", &r.chokepoints.removed),
        ];
        for (what, ids) in lists {
            points.rows.extend(ids.iter().map(|id| {
                let mut cells = vec![words(name), words(what), Cell::Missing, words(id)];
                cells.resize(8, Cell::Missing);
                cells
            }));
        }
        points.rows.extend(r.chokepoints.changed.iter().map(|d| {
            vec![
                words(name),
                words("changed"),
                words(d.kind),
                words(&d.id),
                Cell::Share(d.before),
                Cell::Share(d.after),
                Cell::share(d.adapted_before),
                Cell::share(d.adapted_after),
            ]
        }));
    }
    vec![scenarios, countries, shares, points]
}
