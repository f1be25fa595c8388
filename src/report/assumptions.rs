//! Figures that are estimates, with how they were made.

use serde::Serialize;

use super::table::{Cell, Table, percent};
use crate::model::{Commodity, Network, Provenance};

/// A figure that is marked as an assumption.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Assumption {
    /// Id of the commodity that it is about.
    pub commodity: String,
    /// Which figure.
    pub figure: String,
    /// It, with its unit.
    pub value: String,
    /// How it was estimated.
    pub note: Option<String>,
}

/// Every figure whose source is `assumption`, in id order: those of commodities, then of sites, supply and trade.
#[must_use]
pub fn assumptions(network: &Network) -> Vec<Assumption> {
    let mut found = Vec::new();
    for commodity in network.commodities() {
        commodity_assumptions(network, commodity, &mut found);
    }
    place_assumptions(network, &mut found);
    found
}

/// Assumptions as a table.
#[must_use]
pub fn assumption_table(title: &str, list: &[Assumption]) -> Table {
    let mut table = Table::new(
        title,
        &[
            ("commodity", "commodity"),
            ("figure", "figure"),
            ("value", "value"),
            ("how it was estimated", "note"),
        ],
    );
    for a in list {
        table.rows.push(vec![
            Cell::Text(a.commodity.clone()),
            Cell::Text(a.figure.clone()),
            Cell::Text(a.value.clone()),
            Cell::text(a.note.clone()),
        ]);
    }
    table
}

fn commodity_assumptions(network: &Network, commodity: &Commodity, found: &mut Vec<Assumption>) {
    let mut add = |figure: String, value: String, read: &Provenance| {
        if read.is_assumption() {
            let note = read.note.as_deref().map(str::to_owned);
            found.push(Assumption {
                commodity: commodity.id.to_string(),
                figure,
                value,
                note,
            });
        }
    };
    if let Some(price) = &commodity.price {
        add(
            "price".to_owned(),
            format!(
                "{} {}/{}",
                Cell::Number(price.value).rounded(),
                price.currency,
                commodity.unit
            ),
            &price.provenance,
        );
    }
    if let Some(tie) = &commodity.byproduct_of {
        add(
            "by-product yield".to_owned(),
            format!("{:.6}", tie.yield_per_host),
            &tie.provenance,
        );
    }
    add(
        "recycling rate".to_owned(),
        percent(commodity.recycled.rate),
        &commodity.recycled.provenance,
    );
    if let Some(table) = &commodity.production {
        add(
            "production table".to_owned(),
            String::new(),
            &table.provenance,
        );
        if let Some(total) = &table.total {
            // Where the whole table is an assumption, its total is told with it.
            if !table.provenance.is_assumption() {
                add("world output".to_owned(), String::new(), total);
            }
        }
        if let Some(reserves) = &table.reserves {
            add("reserves".to_owned(), String::new(), &reserves.provenance);
        }
    }
    if let Some(build) = &commodity.build {
        add(
            "cost of new capacity".to_owned(),
            format!("{:.4} {}/{}", build.cost, build.currency, commodity.unit),
            &build.provenance,
        );
    }
    for route in &commodity.routes {
        add(
            format!("share of route {}", route.name),
            percent(route.share),
            &route.provenance,
        );
    }
    for input in commodity.recipes().flat_map(|(_, r)| &r.inputs) {
        let needed = network.commodity(input.commodity);
        add(
            format!("amount of {}", needed.id),
            format!("{} {}", Cell::Number(input.amount).rounded(), needed.unit),
            &input.provenance,
        );
        if let (Some(weight), Some(read)) = (input.stated_weight, &input.weight_provenance) {
            add(
                format!("weight of {}", needed.id),
                Cell::Number(weight).rounded(),
                read,
            );
        }
    }
}

fn place_assumptions(network: &Network, found: &mut Vec<Assumption>) {
    for site in network.sites() {
        if let Some(details) = site
            .details
            .as_ref()
            .filter(|d| d.provenance.is_assumption())
        {
            found.push(Assumption {
                commodity: network.commodity(site.commodity).id.to_string(),
                figure: format!("site {}", site.id),
                value: site.output.map_or_else(String::new, |o| {
                    format!("{o} {}", network.commodity(site.commodity).unit)
                }),
                note: details.provenance.note.as_deref().map(str::to_owned),
            });
        }
    }
    for site in network.sites() {
        let build = site.details.as_ref().and_then(|d| d.build.as_ref());
        if let Some(build) = build.filter(|b| b.provenance.is_assumption()) {
            let commodity = network.commodity(site.commodity);
            found.push(Assumption {
                commodity: commodity.id.to_string(),
                figure: format!("cost of new capacity at {}", site.id),
                value: format!("{:.4} {}/{}", build.cost, build.currency, commodity.unit),
                note: build.provenance.note.as_deref().map(str::to_owned),
            });
        }
    }
    let supply = network.supply();
    for (at, read) in supply
        .provenance
        .iter()
        .filter(|(_, read)| read.is_assumption())
    {
        let entry = &supply.entries[*at as usize];
        found.push(Assumption {
            commodity: network.commodity(entry.commodity).id.to_string(),
            figure: format!("supply of {}", network.site(entry.buyer).id),
            value: String::new(),
            note: read.note.as_deref().map(str::to_owned),
        });
    }
    for entry in network
        .parts()
        .trade
        .iter()
        .filter(|t| t.provenance.is_assumption())
    {
        found.push(Assumption {
            commodity: network.commodity(entry.commodity).id.to_string(),
            figure: format!("trade into {}", entry.into),
            value: String::new(),
            note: entry.provenance.note.as_deref().map(str::to_owned),
        });
    }
}
