//! Production tables and named sites, and the carving of the ones out of the others.

mod carve;
mod index;
mod sites;
mod table;

use std::collections::BTreeMap;

use crate::diag::Sources;
use crate::load::definitions::Reader;
use crate::load::documents::Documents;
use crate::load::fields::{Sink, check_id, key_text, list, mapping};
use crate::load::names::{Names, section};
use crate::model::{CommodityIx, NetworkParts, Unit};
use carve::{add_aggregates, carve, check_outputs};
use sites::read_site;
use table::{Table, read_table};

pub(crate) use index::SiteIndex;
pub(crate) use sites::{SITE_FIELDS, sites_of_node};

/// Relative difference that float arithmetic alone can make.
const FLOAT_NOISE: f64 = 1e-9;

/// Reads all tables and sites.
pub(crate) fn read(
    documents: &Documents,
    sources: &Sources,
    names: &Names,
    parts: &mut NetworkParts,
    sink: &mut Sink,
) -> SiteIndex {
    let units: Vec<Unit> = parts.commodities.iter().map(|c| c.unit.clone()).collect();
    let reader = Reader {
        names,
        units: &units,
    };
    let mut tables: BTreeMap<CommodityIx, Table> = BTreeMap::new();
    let mut index = SiteIndex::default();
    let mut sites = Vec::new();
    for document in &documents.documents {
        if let Some(node) = section(&document.node, "production") {
            for item in list(node, "`production`", sink).unwrap_or_default() {
                read_table(item, &reader, parts, &mut tables, sink);
            }
        }
    }
    for document in &documents.documents {
        if let Some(node) = section(&document.node, "sites") {
            for (key, value) in mapping(node, "`sites`", sink).unwrap_or_default() {
                if check_id(key_text(key), key.span, &"site", &[], sink) {
                    read_site(key, value, &reader, &mut index, &mut sites, sink);
                }
            }
        }
    }
    for table in &documents.tables {
        table.sites(sources, names, &mut index, &mut sites, sink);
    }
    carve(&mut tables, &sites, &index, parts, sink);
    for (commodity, table) in tables {
        add_aggregates(commodity, table, parts, &mut index, &mut sites, sink);
    }
    check_outputs(&sites, &index, parts, sink);
    parts.sites = sites;
    index
}

/// A figure for messages, without the noise of float arithmetic.
fn rounded(value: f64) -> f64 {
    const DIGITS: usize = 6;
    format!("{value:.DIGITS$e}").parse().unwrap_or(value)
}
