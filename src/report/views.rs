//! One table, or a few, for each result.

use super::table::{Cell, Table, percent};
use crate::analysis::{Chokepoints, CommodityShare, CountryExposure, Exposure, TierProfile, Why};
use crate::model::Country;
use crate::scenario::ScenarioDiff;

/// A country's code with its name, or the name of a group.
#[must_use]
pub fn country_name(code: &str) -> String {
    Country::from_alpha3(code).map_or_else(|| code.to_owned(), |c| format!("{} ({code})", c.name()))
}

/// A country, by name for people and by code for programs.
#[must_use]
pub fn country_cell(code: &str) -> Cell {
    Cell::Named {
        shown: country_name(code),
        id: code.to_owned(),
    }
}

/// The answer in a sentence or two.
#[must_use]
pub fn exposure_headline(product: &str, result: &Exposure) -> String {
    let mut lines = Vec::new();
    if let Some(first) = result.countries.first() {
        if let Some(step) = &first.bottleneck {
            lines.push(format!(
                "{product}: the worst single step is {} in {} (tier {}){}: losing it stops {}.",
                step.commodity,
                country_name(&first.country),
                step.tier,
                hanging(&step.by_products),
                percent(step.at_risk)
            ));
        }
        if let Some(row) = result.most_looked_through()
            && let (Some(direct), Some(through)) = (row.direct, row.look_through)
        {
            lines.push(format!(
                "{} supplies {} of its direct inputs by value; {} passes through it once {} counted.",
                country_name(&row.country),
                percent(direct),
                percent(through),
                counted(result)
            ));
        }
    } else {
        lines.push(format!("{product}: no country has a known part in it."));
    }
    if result.unmet_demand > 1e-12 {
        lines.push(format!(
            "{} of demand is unmet in this scenario without rerouting.",
            percent(result.unmet_demand)
        ));
    }
    lines.join("\n")
}

/// The tiers that a figure counts. In a loop they have no end, and their number says nothing.
fn counted(result: &Exposure) -> String {
    const MOST_NUMBERED: usize = 100;
    match result.depth {
        1 => "its one tier is".to_owned(),
        depth if depth < MOST_NUMBERED => format!("all {depth} tiers are"),
        _ => "every turn of its loops is".to_owned(),
    }
}

/// What makes a host the worst step, where its by-product does.
fn hanging(by_products: &[String]) -> String {
    match by_products {
        [] => String::new(),
        [one] => format!(", on which {one} hangs"),
        several => format!(", on which {} hang", several.join(" and ")),
    }
}

/// Exposure by country.
#[must_use]
pub fn exposure_tables(result: &Exposure, rows: usize) -> Vec<Table> {
    let mut table = Table::new(
        "",
        &[
            ("country", "country"),
            ("assembly", "assembly"),
            ("direct", "direct"),
            ("look-through", "look_through"),
            ("touched", "touched"),
            ("worst step", "bottleneck"),
            ("at risk by it", "bottleneck_at_risk"),
            ("at risk in all", "at_risk"),
            ("adapted", "at_risk_adapted"),
        ],
    );
    let line = |r: &CountryExposure| {
        vec![
            country_cell(&r.country),
            Cell::Share(r.assembly),
            Cell::share(r.direct),
            Cell::share(r.look_through),
            Cell::Share(r.touched),
            r.bottleneck
                .as_ref()
                .map_or(Cell::Missing, |b| Cell::Named {
                    shown: format!("{} (tier {})", b.commodity, b.tier),
                    id: b.commodity.clone(),
                }),
            Cell::share(r.bottleneck.as_ref().map(|b| b.at_risk)),
            Cell::share(r.at_risk),
            Cell::share(r.at_risk_adapted),
        ]
    };
    table.rows = result.countries.iter().take(rows).map(line).collect();
    let left_out = result.countries.len().saturating_sub(rows);
    let mut tables = vec![table];
    if left_out > 0 {
        tables[0].title = format!(
            "{rows} of {} countries, by the worst step",
            result.countries.len()
        );
    }
    if result.unlocated.share > 1e-12 {
        let mut unlocated = Table::new(
            format!(
                "unlocated: {} of the value is not placed in any country",
                percent(result.unlocated.share)
            ),
            &[("input", "commodity"), ("weight", "weight")],
        );
        const MOST_SHOWN: usize = 5;
        for input in result.unlocated.inputs.iter().take(MOST_SHOWN) {
            unlocated.rows.push(vec![
                Cell::Text(input.commodity.clone()),
                Cell::Share(input.weight),
            ]);
        }
        tables.push(unlocated);
    }
    tables
}

/// Curves by tier: one table a measure.
#[must_use]
pub fn tier_tables(result: &TierProfile, rows: usize) -> Vec<Table> {
    let mut columns = vec![("country".to_owned(), "country".to_owned())];
    columns.extend((0..=result.depth).map(|t| (format!("tier {t}"), format!("tier_{t}"))));
    let columns: Vec<(&str, &str)> = columns
        .iter()
        .map(|(t, k)| (t.as_str(), k.as_str()))
        .collect();
    let make = |title: &str, curve: &dyn Fn(&crate::analysis::CountryTiers) -> Vec<f64>| {
        let mut table = Table::new(title, &columns);
        for row in result.countries.iter().take(rows) {
            let mut cells = vec![country_cell(&row.country)];
            cells.extend(curve(row).into_iter().map(Cell::Share));
            cells.resize(columns.len(), Cell::Missing);
            table.rows.push(cells);
        }
        table
    };
    vec![
        make("part of the value at each tier", &|r| r.profile.clone()),
        make("look-through share, tiers up to here", &|r| {
            r.look_through_to.clone()
        }),
        make("at risk without rerouting, tiers up to here", &|r| {
            r.at_risk_to.clone().unwrap_or_default()
        }),
    ]
}

fn tiers_text(tiers: &[usize]) -> String {
    match (tiers.first(), tiers.last()) {
        (Some(first), Some(last)) if first == last => first.to_string(),
        (Some(first), Some(last)) => format!("{first}–{last}"),
        _ => String::new(),
    }
}

/// Shares by commodity.
#[must_use]
pub fn share_tables(result: &[CommodityShare], countries: usize) -> Vec<Table> {
    let mut table = Table::new(
        "",
        &[
            ("commodity", "commodity"),
            ("stage", "stage"),
            ("tiers", "tiers"),
            ("required", "required"),
            ("unit", "unit"),
            ("shares", "countries"),
            ("HHI (0–10000)", "hhi"),
            ("band", "band"),
            ("unattributed", "unattributed"),
            ("source", "source"),
        ],
    );
    for share in result {
        let shown: Vec<String> = share
            .countries
            .iter()
            .take(countries)
            .map(|c| format!("{} {}", c.country, percent(c.share)))
            .collect();
        let more = share.countries.len().saturating_sub(countries);
        let more = if more > 0 {
            format!(", {more} more")
        } else {
            String::new()
        };
        let basis = if share.basis == Some("maker") {
            " (makers)"
        } else {
            ""
        };
        table.rows.push(vec![
            Cell::Text(share.commodity.clone()),
            Cell::Text(share.stage.to_owned()),
            Cell::Text(tiers_text(&share.tiers)),
            Cell::number(share.required),
            Cell::Text(share.unit.clone()),
            Cell::Text(format!("{}{more}{basis}", shown.join(", "))),
            share
                .hhi
                .map_or(Cell::Missing, |h| Cell::Count(h.round() as usize)),
            Cell::text(share.band.map(crate::analysis::Band::word)),
            Cell::Share(share.unattributed),
            Cell::text(share.source.clone()),
        ]);
    }
    vec![table]
}

/// Chokepoints by rank.
#[must_use]
pub fn chokepoint_tables(result: &Chokepoints) -> Vec<Table> {
    let mut table = Table::new(
        "",
        &[
            ("#", "rank"),
            ("kind", "kind"),
            ("what", "id"),
            ("share", "share"),
            ("at risk", "at_risk"),
            ("adapted", "at_risk_adapted"),
            ("remaining", "remaining"),
            ("single point", "single_point_of_failure"),
            ("tiers", "tiers"),
        ],
    );
    for item in &result.items {
        let mark = match (item.single_point_of_failure, item.near) {
            (true, _) => "yes",
            (false, true) => "near",
            (false, false) => "",
        };
        table.rows.push(vec![
            Cell::Count(item.rank),
            Cell::Text(item.kind.word().to_owned()),
            Cell::Text(item.id.clone()),
            Cell::share(item.share),
            Cell::Share(item.at_risk),
            Cell::share(item.at_risk_adapted),
            Cell::share(item.remaining),
            Cell::Text(mark.to_owned()),
            Cell::Text(tiers_text(&item.tiers)),
        ]);
    }
    if result.found > result.items.len() {
        table.title = format!(
            "{} of {} chokepoints, by what is lost with them after rerouting",
            result.items.len(),
            result.found
        );
    }
    vec![table]
}

/// Routes, heaviest first.
#[must_use]
pub fn why_tables(result: &Why) -> Vec<Table> {
    let mut table = Table::new(
        format!(
            "{}: {} of the value passes through it",
            country_name(&result.target),
            percent(result.value)
        ),
        &[
            ("weight", "weight"),
            ("route from the product", "sites"),
            ("", "round_trip"),
        ],
    );
    for path in &result.paths {
        table.rows.push(vec![
            Cell::Share(path.weight),
            Cell::Text(path.sites.join(" ← ")),
            Cell::Text(if path.round_trip {
                "round trip".to_owned()
            } else {
                String::new()
            }),
        ]);
    }
    let rest = Cell::Text("all other routes".to_owned());
    table.rows.push(vec![
        Cell::Share(result.remainder),
        rest,
        Cell::Text(String::new()),
    ]);
    vec![table]
}

/// What one scenario changes.
#[must_use]
pub fn diff_tables(result: &ScenarioDiff, rows: usize) -> Vec<Table> {
    let title = result.title.as_ref().map_or_else(
        || result.scenario.clone(),
        |t| format!("{}: {t}", result.scenario),
    );
    let mut countries = Table::new(
        title,
        &[
            ("country", "country"),
            ("look-through before", "look_through_before"),
            ("after", "look_through_after"),
            ("change", "look_through_change"),
            ("worst step before", "worst_step_before"),
            ("after", "worst_step_after"),
            ("change", "worst_step_change"),
            ("adapted before", "at_risk_adapted_before"),
            ("after", "at_risk_adapted_after"),
            ("change", "at_risk_adapted_change"),
            ("worst step", "bottleneck_after"),
        ],
    );
    let moved = |d: &crate::scenario::CountryDiff| {
        d.change.look_through.is_some_and(|c| c.abs() > 1e-9)
            || d.change.at_risk_adapted.is_some_and(|c| c.abs() > 1e-6)
            || d.own_change.abs() > 1e-9
    };
    for d in result.countries.iter().filter(|d| moved(d)).take(rows) {
        countries.rows.push(vec![
            country_cell(&d.country),
            Cell::share(d.before.look_through),
            Cell::share(d.after.look_through),
            Cell::change(d.change.look_through),
            Cell::share(d.before.worst_step),
            Cell::share(d.after.worst_step),
            Cell::change(d.change.worst_step),
            Cell::share(d.before.at_risk_adapted),
            Cell::share(d.after.at_risk_adapted),
            Cell::change(d.change.at_risk_adapted),
            Cell::text(
                d.bottleneck_after
                    .clone()
                    .or_else(|| d.bottleneck_before.clone()),
            ),
        ]);
    }
    let mut shares = Table::new(
        "shares that changed",
        &[
            ("commodity", "commodity"),
            ("country", "country"),
            ("before", "before"),
            ("after", "after"),
            ("change", "change"),
        ],
    );
    for s in result
        .shares
        .iter()
        .filter(|s| s.change.abs() > 1e-9)
        .take(rows)
    {
        shares.rows.push(vec![
            Cell::Text(s.commodity.clone()),
            Cell::Text(s.country.clone()),
            Cell::Share(s.before),
            Cell::Share(s.after),
            Cell::Change(s.change),
        ]);
    }
    let mut points = Table::new(
        "chokepoints that changed",
        &[
            ("what", "id"),
            ("kind", "kind"),
            ("before", "before"),
            ("after", "after"),
            ("adapted before", "adapted_before"),
            ("after", "adapted_after"),
        ],
    );
    for d in result.chokepoints.changed.iter().take(rows) {
        points.rows.push(vec![
            Cell::Text(d.id.clone()),
            Cell::Text(d.kind.to_owned()),
            Cell::Share(d.before),
            Cell::Share(d.after),
            Cell::share(d.adapted_before),
            Cell::share(d.adapted_after),
        ]);
    }
    vec![countries, shares, points]
}
