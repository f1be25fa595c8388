//! Rows of supply: who buys what from whom, and how much of it goes into what the buyer makes.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::rows::Rows;
use super::{SUPPLY_COLUMNS, TableFiles};
use crate::diag::{Code, Diagnostic, Sources, Span, printable};
use crate::load::fields::Sink;
use crate::load::links::{needs, unused_supply};
use crate::load::names::{Names, defined_twice};
use crate::load::production::SiteIndex;
use crate::model::{
    CommodityIx, Input, NetworkParts, Provenance, Recipe, SHARE_SUM_TOLERANCE, SiteIx, SupplyEntry,
    SupplyLink, Weighting,
};

impl TableFiles {
    /// Third pass: recipes and links.
    pub(crate) fn supply(
        &self,
        sources: &Sources,
        names: &Names,
        sites: &SiteIndex,
        parts: &mut NetworkParts,
        sink: &mut Sink,
    ) {
        let Some(file) = self.supply else { return };
        let Some(mut rows) = Rows::open(sources, file, SUPPLY_COLUMNS, &SUPPLY_COLUMNS[..4], sink)
        else {
            return;
        };
        if self.sites_unread.get() {
            return;
        }
        let mut links: Vec<TableLink> = Vec::new();
        while rows.next(sink) {
            links.extend(read_link(&rows, names, sites, parts, sink));
        }
        links.sort_unstable_by_key(|l| (l.buyer, l.commodity, l.supplier, l.row));
        let mut recipes = RecipeCache::default();
        let mut unused = 0;
        for of_buyer in links.chunk_by(|a, b| a.buyer == b.buyer) {
            let mut amounts: Vec<(CommodityIx, f64)> = Vec::new();
            for of_input in of_buyer.chunk_by(|a, b| a.commodity == b.commodity) {
                amounts.extend(add_entry(of_input, &rows, parts, sink));
            }
            if !amounts.is_empty() {
                parts.sites[of_buyer[0].buyer.at()].recipe = Some(recipes.get(&amounts));
            }
            for of_input in of_buyer.chunk_by(|a, b| a.commodity == b.commodity) {
                let link = of_input[0];
                if unused < MOST_UNUSED_SHOWN && !needs(parts, link.buyer, link.commodity) {
                    unused += 1;
                    sink.push(unused_supply(
                        parts,
                        link.buyer,
                        link.commodity,
                        rows.cell_at(link.row, 2),
                    ));
                }
            }
        }
    }
}

/// Warnings about rows that no recipe needs; a table without coefficients may have millions.
const MOST_UNUSED_SHOWN: usize = 20;

/// One row of the supply table.
#[derive(Clone, Copy)]
struct TableLink {
    buyer: SiteIx,
    commodity: CommodityIx,
    supplier: SiteIx,
    share: f64,
    coefficient: Option<f64>,
    limit: Option<f64>,
    /// Where its row begins in the file.
    row: u64,
}

fn read_link(
    rows: &Rows<'_>,
    names: &Names,
    sites: &SiteIndex,
    parts: &NetworkParts,
    sink: &mut Sink,
) -> Option<TableLink> {
    let commodity = names.commodity(rows.cell(2), rows.at(2), sink);
    let supplier = one_site(
        rows.cell(0),
        commodity,
        Code::UnknownSupplier,
        rows.at(0),
        sites,
        parts,
        sink,
    );
    let buyer = one_site(
        rows.cell(1),
        None,
        Code::UnknownSite,
        rows.at(1),
        sites,
        parts,
        sink,
    );
    let share = match rows.share(3) {
        Ok(share) if (0.0..=1.0).contains(&share) => Some(share),
        Ok(_) => {
            sink.push(
                Diagnostic::at(
                    Code::ShareOutOfRange,
                    rows.at(3),
                    format!("the share is {}", printable(rows.cell(3))),
                )
                .help("a share is 0 to 1, or 0% to 100%"),
            );
            None
        }
        Err(error) => {
            sink.push(
                Diagnostic::at(
                    Code::InvalidNumber,
                    rows.at(3),
                    format!("the share: {}", printable(&error.to_string())),
                )
                .help("write a share such as 0.21 or 21%"),
            );
            None
        }
    };
    let coefficient = rows.number(4, "coefficient", sink).ok()?;
    let limit = rows.number(5, "limit", sink).ok()?;
    let (commodity, supplier, buyer) = (commodity?, supplier?, buyer?);
    if parts.sites[supplier.at()].commodity != commodity {
        let makes = &parts.commodities[parts.sites[supplier.at()].commodity.at()].id;
        sink.push(
            Diagnostic::at(
                Code::WrongMaker,
                rows.at(0),
                format!("`{}` makes {makes}, not {}", rows.cell(0), rows.cell(2)),
            )
            .help("name a site that makes the commodity"),
        );
        return None;
    }
    Some(TableLink {
        buyer,
        commodity,
        supplier,
        share: share?,
        coefficient,
        limit,
        row: rows.start(),
    })
}

fn one_site(
    id: &str,
    makes: Option<CommodityIx>,
    code: Code,
    span: Span,
    sites: &SiteIndex,
    parts: &NetworkParts,
    sink: &mut Sink,
) -> Option<SiteIx> {
    let found = sites.find(id);
    let chosen = found
        .iter()
        .find(|ix| makes.is_none_or(|c| parts.sites[ix.at()].commodity == c))
        .or(found.first());
    if chosen.is_none() && !sites.is_faulty(id) {
        let near = sites.suggest(id, sink);
        sink.push(
            Diagnostic::at(
                code,
                span,
                format!("no file defines the site `{}`", printable(id)),
            )
            .help("add it to the table of sites")
            .maybe_help(near),
        );
    }
    chosen.copied()
}

/// Adds the links of one buyer and input; returns the input and its amount, if the rows state one.
fn add_entry(
    rows: &[TableLink],
    table: &Rows<'_>,
    parts: &mut NetworkParts,
    sink: &mut Sink,
) -> Option<(CommodityIx, f64)> {
    let first = rows[0];
    let mut sum = 0.0;
    let start = parts.supply.links.len() as u32;
    let mut previous: Option<TableLink> = None;
    for row in rows {
        if row.coefficient != first.coefficient {
            sink.push(
                Diagnostic::at(
                    Code::CoefficientConflict,
                    table.cell_at(row.row, 4),
                    "another row of this buyer and input has another coefficient",
                )
                    .label("this one")
                    .other(table.cell_at(first.row, 4), "the other")
                    .help("the coefficient is the amount of the input per unit of the buyer's output, the same for all suppliers"),
            );
        }
        if let Some(twice) = previous.filter(|p| p.supplier == row.supplier) {
            let (first, second) = (table.cell_at(twice.row, 0), table.cell_at(row.row, 0));
            sink.push(defined_twice(
                "link from",
                &parts.sites[row.supplier.at()].id,
                first,
                second,
            ));
        }
        previous = Some(*row);
        sum += row.share;
        if let Some(limit) = row.limit {
            parts
                .supply
                .limits
                .push((parts.supply.links.len() as u32, limit));
        }
        parts.supply.links.push(SupplyLink {
            supplier: row.supplier,
            share: row.share,
        });
    }
    if sum > 1.0 + SHARE_SUM_TOLERANCE {
        sink.push(
            Diagnostic::at(
                Code::ShareSumOverOne,
                table.cell_at(first.row, 3),
                format!(
                    "the shares of this buyer's input add up to {:.2} %",
                    sum * 100.0
                ),
            )
            .help("shares add up to 100 % at most"),
        );
    }
    let len = rows.len() as u32;
    let entry = SupplyEntry {
        buyer: first.buyer,
        commodity: first.commodity,
        start,
        len,
        rest_from_market: false,
    };
    parts.supply.entries.push(entry);
    first.coefficient.map(|amount| (first.commodity, amount))
}

/// Sites of one kind have equal recipes; each is kept once.
#[derive(Default)]
struct RecipeCache(FxHashMap<Vec<(CommodityIx, u64)>, Arc<Recipe>>);

impl RecipeCache {
    fn get(&mut self, amounts: &[(CommodityIx, f64)]) -> Arc<Recipe> {
        let key = amounts.iter().map(|(c, a)| (*c, a.to_bits())).collect();
        let make = || {
            let input = |(commodity, amount): &(CommodityIx, f64)| Input {
                commodity: *commodity,
                amount: *amount,
                low: None,
                high: None,
                stated_weight: None,
                weight: 0.0,
                essential: true,
                substitutable: 0.0,
                provenance: Provenance::default(),
                weight_provenance: None,
            };
            Arc::new(Recipe {
                inputs: amounts.iter().map(input).collect(),
                weighting: Weighting::Equal,
            })
        };
        self.0.entry(key).or_insert_with(make).clone()
    }
}
