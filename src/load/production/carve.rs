//! Named sites are carved out of the tables, and what is left of each row becomes a site.

use std::collections::{BTreeMap, BTreeSet};

use super::index::SiteIndex;
use super::table::Table;
use super::{FLOAT_NOISE, rounded};
use crate::diag::{Code, Diagnostic, Span};
use crate::load::fields::Sink;
use crate::model::{Commodity, CommodityIx, NetworkParts, Place, REST_OF_WORLD, Site, SiteKind};

/// Takes the output of named sites out of the rows they belong to.
pub(super) fn carve(
    tables: &mut BTreeMap<CommodityIx, Table>,
    sites: &[Site],
    index: &SiteIndex,
    parts: &NetworkParts,
    sink: &mut Sink,
) {
    let mut taken: BTreeMap<(CommodityIx, Place), f64> = BTreeMap::new();
    for site in sites {
        let Some(table) = tables.get_mut(&site.commodity) else {
            continue;
        };
        let span = index.spans[&site.id];
        let id = &site.id;
        let Commodity {
            id: commodity,
            unit,
            ..
        } = &parts.commodities[site.commodity.at()];
        let Some(output) = site.output else { continue };
        if table.production.relative {
            sink.push(
                Diagnostic::at(Code::CarveFromShares, span, format!("`{id}` cannot be taken out of the table of `{commodity}`, which has bare shares"))
                    .other(table.span, "this table has no amounts")
                    .help("add `total:` to the table"),
            );
            continue;
        }
        let row = if table.rows.contains_key(&site.place) {
            site.place
        } else {
            Place::Rest
        };
        let Some((left, _)) = table.rows.get_mut(&row) else {
            sink.push(
                Diagnostic::at(
                    Code::CarveNoRow,
                    span,
                    format!(
                        "the table of `{commodity}` has no row for {} and no {REST_OF_WORLD}",
                        site.place
                    ),
                )
                .other(table.span, "the table")
                .help("add a row, or a total above the sum of the rows"),
            );
            continue;
        };
        let sum = taken.entry((site.commodity, row)).or_default();
        *sum += output;
        if *sum > *left * (1.0 + FLOAT_NOISE) {
            sink.push(
                Diagnostic::at(Code::CarveTooMuch, span, format!("the named sites of `{commodity}` make {} {unit}, more than the {} {unit} of {row}", rounded(*sum), rounded(*left)))
                    .other(table.span, "the table")
                    .help("mend the site's output or the table's row"),
            );
        }
        if let Some((capacity, _)) = table.capacity.get_mut(&row) {
            *capacity = (*capacity - site.capacity.unwrap_or(output).max(output)).max(0.0);
        }
    }
    for ((commodity, place), sum) in taken {
        if let Some((left, _)) = tables
            .get_mut(&commodity)
            .and_then(|t| t.rows.get_mut(&place))
        {
            *left = if *left - sum <= *left * FLOAT_NOISE {
                0.0
            } else {
                *left - sum
            };
        }
    }
}

/// Makes one site of each row that has output, or idle capacity, left.
pub(super) fn add_aggregates(
    commodity: CommodityIx,
    table: Table,
    parts: &mut NetworkParts,
    index: &mut SiteIndex,
    sites: &mut Vec<Site>,
    sink: &mut Sink,
) {
    let id = parts.commodities[commodity.at()].id.clone();
    let places: BTreeSet<Place> = table
        .rows
        .keys()
        .chain(table.capacity.keys())
        .copied()
        .collect();
    for place in places {
        let (output, span) = table.rows.get(&place).copied().unwrap_or((0.0, table.span));
        let capacity = table.capacity.get(&place).copied();
        if output <= 0.0 && capacity.is_none_or(|(c, _)| c <= 0.0) {
            continue;
        }
        let site = Site {
            id: format!("{id}@{place}").into(),
            commodity,
            place,
            output: Some(output),
            capacity: capacity.map(|(c, _)| c),
            availability: 1.0,
            kind: SiteKind::Aggregate,
            recipe: None,
            details: None,
        };
        if let Some((_, at)) = capacity.filter(|(c, _)| *c < output * (1.0 - FLOAT_NOISE)) {
            sink.push(below_output(&site, at));
        }
        index.add(site, span, sites, sink);
    }
    parts.commodities[commodity.at()].production = Some(table.production);
}

fn below_output(site: &Site, span: Span) -> Diagnostic {
    Diagnostic::at(
        Code::CapacityBelowOutput,
        span,
        format!("the capacity of `{}` is below its output", site.id),
    )
    .help("the output counts as capacity; mend one of the two")
}

/// Output may be left out only by the only maker of a commodity.
pub(super) fn check_outputs(
    sites: &[Site],
    index: &SiteIndex,
    parts: &NetworkParts,
    sink: &mut Sink,
) {
    let mut makers = vec![0_u32; parts.commodities.len()];
    for site in sites {
        makers[site.commodity.at()] += 1;
    }
    for site in sites {
        let span = index.spans[&site.id];
        let has_table = parts.commodities[site.commodity.at()].production.is_some();
        if site.output.is_none() && (makers[site.commodity.at()] > 1 || has_table) {
            let commodity = &parts.commodities[site.commodity.at()].id;
            sink.push(
                Diagnostic::at(
                    Code::MissingOutput,
                    span,
                    format!(
                        "`{}` has no output, but `{commodity}` has other makers",
                        site.id
                    ),
                )
                .help("add `output:`; it may be left out only by the only maker"),
            );
        }
        let below = site.kind == SiteKind::Named
            && site
                .capacity
                .zip(site.output)
                .is_some_and(|(c, o)| c < o * (1.0 - FLOAT_NOISE));
        if below {
            sink.push(below_output(site, span));
        }
    }
}
