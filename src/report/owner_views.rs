//! Tables of exposure by owner.

use std::collections::BTreeMap;

use super::table::{Cell, Table, percent};
use super::views::country_cell;
use crate::analysis::{OwnerExposure, Owners, OwnersBy};

/// The answer in a sentence or two.
#[must_use]
pub fn owners_headline(product: &str, result: &Owners) -> String {
    let name = |r: &OwnerExposure| match (&r.company, &r.control) {
        (Some(company), _) => company.clone(),
        (None, Some(control)) => format!("companies of {control}"),
        (None, None) => String::new(),
    };
    let known = result.owners.iter().filter(|r| r.at_risk.is_some());
    let unknown = percent(result.unattributed.touched);
    let rest = format!("{unknown} passes through sites whose owner is not known.");
    let Some(first) = known.clone().next() else {
        return format!("{product}: {rest}");
    };
    let place = first
        .location
        .as_ref()
        .map_or_else(String::new, |l| format!(" in {l}"));
    format!(
        "{product}: {} of the value passes through what {} control{}{place}; {rest}",
        percent(first.look_through.unwrap_or(first.touched)),
        name(first),
        if first.company.is_some() { "s" } else { "" },
    )
}

/// Exposure by owner; for a matrix, places by home countries first.
#[must_use]
pub fn owner_tables(result: &Owners, rows: usize) -> Vec<Table> {
    let mut tables = Vec::new();
    if result.by == OwnersBy::Matrix {
        tables.push(matrix(result, rows));
    }
    tables.push(list(result, rows));
    if result.by == OwnersBy::Matrix {
        tables.push(shares(result, rows));
    }
    tables
}

fn who(row: &OwnerExposure) -> Cell {
    match (&row.company, &row.control) {
        (Some(company), _) => Cell::Text(company.clone()),
        (None, Some(country)) => country_cell(country),
        (None, None) => Cell::Text(UNKNOWN.to_owned()),
    }
}

const UNKNOWN: &str = "not known";

fn list(result: &Owners, rows: usize) -> Table {
    let by_company = result.by == OwnersBy::Company;
    let is_matrix = result.by == OwnersBy::Matrix;
    let mut columns = Vec::new();
    if is_matrix {
        columns.push(("location", "location"));
    }
    columns.push(if by_company {
        ("company", "company")
    } else {
        ("controlled from", "control")
    });
    if by_company {
        columns.push(("home", "control"));
    }
    columns.extend([
        ("assembly", "assembly"),
        ("direct", "direct"),
        ("look-through", "look_through"),
        ("touched", "touched"),
        ("worst step", "bottleneck"),
        ("at risk by it", "bottleneck_at_risk"),
        ("at risk in all", "at_risk"),
        ("adapted", "at_risk_adapted"),
    ]);
    let mut table = Table::new("", &columns);
    let line = |r: &OwnerExposure| {
        let mut cells = Vec::new();
        if is_matrix {
            cells.push(Cell::text(r.location.clone()));
        }
        cells.push(who(r));
        if by_company {
            cells.push(Cell::text(r.control.clone()));
        }
        let step = r.bottleneck.as_ref();
        cells.extend([
            Cell::Share(r.assembly),
            Cell::share(r.direct),
            Cell::share(r.look_through),
            Cell::Share(r.touched),
            Cell::text(step.map(|b| b.commodity.clone())),
            Cell::share(step.map(|b| b.at_risk)),
            Cell::share(r.at_risk),
            Cell::share(r.at_risk_adapted),
        ]);
        cells
    };
    table.rows = result.owners.iter().take(rows).map(line).collect();
    if result.owners.len() > rows {
        table.title = format!("{rows} of {} rows, by look-through", result.owners.len());
    }
    if !is_matrix {
        table.rows.push(line(&result.unattributed));
    }
    table
}

/// Places down, home countries across; the part of the value that passes through each, the last step included.
fn matrix(result: &Owners, rows: usize) -> Table {
    const MOST_COLUMNS: usize = 6;
    let mut of_control: BTreeMap<&str, f64> = BTreeMap::new();
    let mut of_place: BTreeMap<&str, BTreeMap<&str, f64>> = BTreeMap::new();
    for row in &result.owners {
        let control = row.control.as_deref().unwrap_or(UNKNOWN);
        if row.control.is_some() {
            *of_control.entry(control).or_default() += row.touched;
        }
        if let Some(place) = &row.location {
            let places = of_place.entry(place).or_default();
            places.insert(control, row.touched);
        }
    }
    let mut controls: Vec<(&str, f64)> = of_control.into_iter().collect();
    controls.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(b.0)));
    controls.truncate(MOST_COLUMNS);
    controls.push((UNKNOWN, 0.0));
    let mut columns = vec![("location", "location")];
    columns.extend(controls.iter().map(|(control, _)| (*control, *control)));
    let mut table = Table::new(
        "what passes through each place, by the home country of whoever controls it",
        &columns,
    );
    let known = |cells: &BTreeMap<&str, f64>| {
        let cells = cells.iter().filter(|(control, _)| **control != UNKNOWN);
        cells.map(|(_, touched)| *touched).fold(0.0, |a, b| a + b)
    };
    let mut places: Vec<(&str, BTreeMap<&str, f64>)> = of_place.into_iter().collect();
    places.sort_by(|a, b| {
        let rest = |p: &BTreeMap<&str, f64>| p.get(UNKNOWN).copied().unwrap_or(0.0);
        known(&b.1)
            .total_cmp(&known(&a.1))
            .then_with(|| rest(&b.1).total_cmp(&rest(&a.1)))
            .then_with(|| a.0.cmp(b.0))
    });
    for (place, cells) in places.iter().take(rows) {
        let mut line = vec![country_cell(place)];
        let cell =
            |(control, _): &(&str, f64)| Cell::Share(cells.get(control).copied().unwrap_or(0.0));
        line.extend(controls.iter().map(cell));
        table.rows.push(line);
    }
    table
}

fn shares(result: &Owners, rows: usize) -> Table {
    let mut table = Table::new(
        if result.shares.len() > rows {
            format!(
                "parts of the commodities of which some owner is known, {rows} of {} rows",
                result.shares.len()
            )
        } else {
            "parts of the commodities of which some owner is known".to_owned()
        },
        &[
            ("commodity", "commodity"),
            ("location", "location"),
            ("controlled from", "control"),
            ("share", "share"),
        ],
    );
    for share in result.shares.iter().take(rows) {
        table.rows.push(vec![
            Cell::Text(share.commodity.clone()),
            Cell::Text(share.location.clone()),
            Cell::text(Some(
                share.control.clone().unwrap_or_else(|| UNKNOWN.to_owned()),
            )),
            Cell::Share(share.share),
        ]);
    }
    table
}
