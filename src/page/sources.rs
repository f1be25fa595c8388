//! What a report rests on: its sources with their licences, and its assumptions.

use std::collections::{BTreeMap, BTreeSet};

use crate::graph::SupplyGraph;
use crate::model::{Commodity, Provenance};
use crate::report::{self, Cell, Table, assumptions};

/// Ids of everything that a product's graph makes.
fn made(graph: &SupplyGraph<'_>) -> BTreeSet<String> {
    let id = |p: &crate::graph::Process| graph.network().commodity(p.commodity).id.to_string();
    graph.processes().iter().map(id).collect()
}

fn count(found: &mut BTreeMap<String, usize>, read: &Provenance) {
    if let Some(id) = &read.source {
        *found.entry(id.to_string()).or_default() += 1;
    }
}

fn count_commodity(found: &mut BTreeMap<String, usize>, commodity: &Commodity) {
    let price = commodity.price.iter().map(|p| &p.provenance);
    let table = commodity.production.iter().map(|p| &p.provenance);
    let tie = commodity.byproduct_of.iter().map(|b| &b.provenance);
    let inputs = commodity
        .recipes()
        .flat_map(|(_, r)| &r.inputs)
        .map(|i| &i.provenance);
    for read in price
        .chain(table)
        .chain(tie)
        .chain([&commodity.recycled.provenance])
    {
        count(found, read);
    }
    inputs.for_each(|read| count(found, read));
}

/// Sources of the figures in a product, with how many figures each gave.
pub(super) fn source_table(graph: &SupplyGraph<'_>) -> Table {
    let network = graph.network();
    let mut found: BTreeMap<String, usize> = BTreeMap::new();
    let made = made(graph);
    for commodity in network
        .commodities()
        .iter()
        .filter(|c| made.contains(&*c.id))
    {
        count_commodity(&mut found, commodity);
    }
    for (ix, _) in graph.indexed() {
        if let Some(details) = graph.site(ix).and_then(|s| s.details.as_ref()) {
            count(&mut found, &details.provenance);
        }
    }
    let mut table = Table::new(
        "",
        &[
            ("source", "title"),
            ("publisher", "publisher"),
            ("year", "year"),
            ("licence", "licence"),
            ("quality", "quality"),
            ("figures", "figures"),
            ("id", "source"),
        ],
    );
    for (id, figures) in found {
        let source = network.sources().get(&id);
        let words = |of: fn(&crate::model::Source) -> &Option<String>| {
            Cell::text(source.and_then(|s| of(s).clone()))
        };
        table.rows.push(vec![
            Cell::Text(
                source
                    .and_then(|s| s.title.clone())
                    .unwrap_or_else(|| id.clone()),
            ),
            words(|s| &s.publisher),
            Cell::text(source.and_then(|s| s.year).map(|y| y.to_string())),
            words(|s| &s.licence),
            words(|s| &s.quality),
            Cell::Count(figures),
            Cell::Text(id),
        ]);
    }
    table
}

/// Assumptions about what is in a product.
pub(super) fn assumption_table(graph: &SupplyGraph<'_>) -> Table {
    let made = made(graph);
    let mut all = assumptions(graph.network());
    all.retain(|a| made.contains(&a.commodity));
    report::assumption_table("", &all)
}
