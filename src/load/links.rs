//! Supply and trade entries.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::definitions::{choice, missing_source, provenance};
use super::documents::Documents;
use super::fields::{
    Fields, Sink, amount_in, key_text, list, mapping, share, text, unknown_country,
};
use super::names::{Names, defined_twice, section};
use super::production::SiteIndex;
use super::yaml::{Kind, Node};
use crate::diag::{Code, Diagnostic, Sources, Span, printable};
use crate::model::{
    CommodityIx, Country, NetworkParts, Place, REST_OF_WORLD, SHARE_SUM_TOLERANCE, SiteIx,
    SupplyEntry, SupplyLink, TradeEntry, TradeShare, Unit,
};

/// Reads all supply and trade.
pub(crate) fn read(
    documents: &Documents,
    sources: &Sources,
    names: &Names,
    sites: &SiteIndex,
    parts: &mut NetworkParts,
    sink: &mut Sink,
) {
    let mut seen_supply: FxHashMap<(SiteIx, CommodityIx), Span> = FxHashMap::default();
    let mut seen_trade: FxHashMap<(CommodityIx, Country), Span> = FxHashMap::default();
    let mut inputs: Vec<(Vec<SiteIx>, CommodityIx, Span)> = Vec::new();
    for document in &documents.documents {
        if let Some(node) = section(&document.node, "supply") {
            for item in list(node, "`supply`", sink).unwrap_or_default() {
                read_supply(
                    item,
                    names,
                    sites,
                    parts,
                    &mut seen_supply,
                    &mut inputs,
                    sink,
                );
            }
        }
        if let Some(node) = section(&document.node, "trade") {
            for item in list(node, "`trade`", sink).unwrap_or_default() {
                read_trade(item, names, parts, &mut seen_trade, sink);
            }
        }
    }
    for table in &documents.tables {
        table.supply(sources, names, sites, parts, sink);
    }
    // Tables may have changed the recipes meanwhile.
    for (buyers, commodity, span) in inputs {
        // A plant that makes several commodities may buy for one of them alone.
        if let [first, ..] = buyers[..]
            && !buyers.iter().any(|buyer| needs(parts, *buyer, commodity))
        {
            sink.push(unused_supply(parts, first, commodity, span));
        }
    }
}

/// Whether any recipe that a site may use has an input.
pub(crate) fn needs(parts: &NetworkParts, site: SiteIx, input: CommodityIx) -> bool {
    let site = &parts.sites[site.at()];
    let has = |recipe: &crate::model::Recipe| recipe.inputs.iter().any(|i| i.commodity == input);
    match &site.recipe {
        Some(own) => has(own),
        None => parts.commodities[site.commodity.at()]
            .recipes()
            .any(|(_, recipe)| has(recipe)),
    }
}

/// The warning that supply is given for an input that the buyer does not have.
pub(crate) fn unused_supply(
    parts: &NetworkParts,
    buyer: SiteIx,
    commodity: CommodityIx,
    span: Span,
) -> Diagnostic {
    let (buyer, commodity) = (
        &parts.sites[buyer.at()].id,
        &parts.commodities[commodity.at()].id,
    );
    Diagnostic::at(
        Code::UnusedSupply,
        span,
        format!("`{buyer}` buys `{commodity}`, which its recipe does not need"),
    )
    .label("not in the recipe")
    .help("add the input to the recipe, or remove the supply entry")
}

fn rest_from_market(fields: &Fields<'_>, sink: &mut Sink) -> bool {
    fields
        .get("rest")
        .and_then(|n| choice(n, "`rest`", &[("market", true)], sink))
        .unwrap_or(false)
}

/// Checks the sum of supply or trade shares.
fn check_sum(sum: f64, rest: bool, span: Span, what: &str, sink: &mut Sink) {
    if sum > 1.0 + SHARE_SUM_TOLERANCE {
        sink.push(
            Diagnostic::at(
                Code::ShareSumOverOne,
                span,
                format!("the shares of {what} add up to {:.2} %", sum * 100.0),
            )
            .help("shares add up to 100 % at most"),
        );
    } else if sum < 1.0 - SHARE_SUM_TOLERANCE && !rest {
        sink.push(
            Diagnostic::at(
                Code::ShareSumUnderOne,
                span,
                format!("{:.2} % of {what} is unattributed", (1.0 - sum) * 100.0),
            )
            .help("name the other suppliers, or add `rest: market`"),
        );
    }
}

fn read_supply(
    node: &Node,
    names: &Names,
    sites: &SiteIndex,
    parts: &mut NetworkParts,
    seen: &mut FxHashMap<(SiteIx, CommodityIx), Span>,
    inputs: &mut Vec<(Vec<SiteIx>, CommodityIx, Span)>,
    sink: &mut Sink,
) {
    const FIELDS: &[&str] = &[
        "buyer",
        "commodity",
        "from",
        "via",
        "rest",
        "year",
        "source",
        "note",
    ];
    let Some(fields) = Fields::open(node, "a supply entry", FIELDS, sink) else {
        return;
    };
    let buyers = fields.required("buyer", sink).and_then(|n| {
        let id = text(n, "buyer", sink)?;
        let found = sites.find(id);
        if found.is_empty() && !sites.is_faulty(id) {
            let near = sites.suggest(id, sink);
            sink.push(
                Diagnostic::at(Code::UnknownSite, n.span, format!("no file defines the site `{}`", printable(id)))
                    .label("not defined")
                    .help("define it under `sites:`, or name a row of a production table such as `gallium@CHN`")
                    .maybe_help(near),
            );
        }
        Some(found)
    });
    let commodity_node = fields.required("commodity", sink);
    let commodity = commodity_node.and_then(|n| names.commodity_at(n, sink));
    let from = fields.required("from", sink);
    let rest = rest_from_market(&fields, sink);
    read_routes(&fields, sink);
    fields.year("year", sink);
    let read = provenance(&fields, names, sink);
    let (Some(buyers), Some(commodity), Some(from)) = (buyers, commodity, from) else {
        return;
    };
    let unit = parts.commodities[commodity.at()].unit.clone();
    let links = supply_links(from, commodity, &unit, sites, parts, sink);
    if links.len() == mapping(from, "`from`", &mut Sink::default()).map_or(0, <[_]>::len) {
        // Else the sum says nothing: a line was refused.
        let sum: f64 = links.iter().map(|(link, _)| link.share).sum();
        check_sum(sum, rest, fields.key_span("from"), "this supply", sink);
    }
    inputs.extend(commodity_node.map(|n| (buyers.to_vec(), commodity, n.span)));
    for buyer in buyers {
        if let Some(first) = seen.insert((*buyer, commodity), node.span) {
            let what = format!(
                "{} for {}",
                parts.commodities[commodity.at()].id,
                parts.sites[buyer.at()].id
            );
            sink.push(defined_twice("supply of", &what, first, node.span));
            continue;
        }
        let start = parts.supply.links.len() as u32;
        for (link, limit) in &links {
            if let Some(limit) = limit {
                parts
                    .supply
                    .limits
                    .push((parts.supply.links.len() as u32, *limit));
            }
            parts.supply.links.push(*link);
        }
        if read.source.is_some() || read.note.is_some() {
            parts
                .supply
                .provenance
                .push((parts.supply.entries.len() as u32, read.clone()));
        }
        let len = links.len() as u32;
        parts.supply.entries.push(SupplyEntry {
            buyer: *buyer,
            commodity,
            start,
            len,
            rest_from_market: rest,
        });
    }
}

/// `via` lists ways of transport; they are checked and carried no further.
fn read_routes(fields: &Fields<'_>, sink: &mut Sink) {
    if let Some(node) = fields.get("via") {
        for item in list(node, "`via`", sink).unwrap_or_default() {
            text(item, "via", sink);
        }
    }
}

fn supply_links(
    from: &Node,
    commodity: CommodityIx,
    unit: &Unit,
    sites: &SiteIndex,
    parts: &NetworkParts,
    sink: &mut Sink,
) -> Vec<(SupplyLink, Option<f64>)> {
    let mut links = Vec::new();
    let mut seen: FxHashMap<SiteIx, Span> = FxHashMap::default();
    for (key, value) in mapping(from, "`from`", sink).unwrap_or_default() {
        let id = key_text(key);
        let supplier = supplier(id, key.span, commodity, sites, parts, sink);
        let (part, limit) = if matches!(value.kind, Kind::Map(_)) {
            let Some(fields) = Fields::open(
                value,
                "a supplier",
                &["share", "limit", "note", "source"],
                sink,
            ) else {
                continue;
            };
            let limit = fields
                .get("limit")
                .and_then(|n| amount_in(n, unit, "limit", sink));
            (
                fields
                    .required("share", sink)
                    .and_then(|n| share(n, id, sink)),
                limit,
            )
        } else {
            (share(value, id, sink), None)
        };
        if let (Some(supplier), Some(share)) = (supplier, part) {
            if let Some(first) = seen.insert(supplier, key.span) {
                sink.push(defined_twice(
                    "link from",
                    &parts.sites[supplier.at()].id,
                    first,
                    key.span,
                ));
            }
            links.push((SupplyLink { supplier, share }, limit));
        }
    }
    links
}

/// The site of a supplier id that makes the commodity.
fn supplier(
    id: &str,
    span: Span,
    commodity: CommodityIx,
    sites: &SiteIndex,
    parts: &NetworkParts,
    sink: &mut Sink,
) -> Option<SiteIx> {
    let wanted: &Arc<str> = &parts.commodities[commodity.at()].id;
    let mut found = sites.find(id);
    let row = format!("{wanted}@{id}");
    if found.is_empty() && (Country::from_alpha3(id).is_some() || id == REST_OF_WORLD) {
        found = sites.find(&row);
    }
    if found.is_empty() && sites.is_faulty(id) {
        return None;
    }
    if found.is_empty() {
        let near = sites.suggest(id, sink);
        sink.push(
            Diagnostic::at(Code::UnknownSupplier, span, format!("no file defines the supplier `{}`", printable(id)))
                .label("not defined")
                .help(format!("define it under `sites:`, or name a row of the production table such as `{wanted}@CHN`"))
                .maybe_help(near),
        );
        return None;
    }
    let maker = found
        .iter()
        .find(|ix| parts.sites[ix.at()].commodity == commodity);
    if maker.is_none() {
        let makes: Vec<&str> = found
            .iter()
            .map(|ix| &*parts.commodities[parts.sites[ix.at()].commodity.at()].id)
            .collect();
        sink.push(
            Diagnostic::at(
                Code::WrongMaker,
                span,
                format!("`{id}` makes {}, not {wanted}", makes.join(", ")),
            )
            .help("name a site that makes the commodity"),
        );
    }
    maker.copied()
}

fn read_trade(
    node: &Node,
    names: &Names,
    parts: &mut NetworkParts,
    seen: &mut FxHashMap<(CommodityIx, Country), Span>,
    sink: &mut Sink,
) {
    const FIELDS: &[&str] = &[
        "commodity",
        "into",
        "from",
        "rest",
        "year",
        "source",
        "note",
    ];
    let Some(fields) = Fields::open(node, "a trade entry", FIELDS, sink) else {
        return;
    };
    let commodity = fields
        .required("commodity", sink)
        .and_then(|n| names.commodity_at(n, sink));
    let into = fields
        .required("into", sink)
        .and_then(|n| names.countries_at(n, sink));
    let from = fields.required("from", sink);
    let rest_from_market = rest_from_market(&fields, sink);
    let year = fields.year("year", sink);
    let read = provenance(&fields, names, sink);
    if read.source.is_none() {
        sink.push(missing_source(
            "the trade entry",
            fields.value_span("commodity"),
        ));
    }
    let (Some(commodity), Some(into), Some(from)) = (commodity, into, from) else {
        return;
    };
    let traded = &parts.commodities[commodity.at()];
    if !traded.traded {
        sink.push(
            Diagnostic::at(
                Code::TradeNotTraded,
                fields.value_span("commodity"),
                format!("`{}` is not traded", traded.id),
            )
            .help("remove the entry, or `traded: false` from the commodity"),
        );
    }
    let shares = trade_shares(from, commodity, names, parts, sink);
    if let Some(sum) = shares.as_ref().map(|s| s.iter().map(|s| s.share).sum()) {
        check_sum(
            sum,
            rest_from_market,
            fields.key_span("from"),
            "this trade",
            sink,
        );
    }
    let shares = shares.unwrap_or_default();
    for country in into {
        if let Some(first) = seen.insert((commodity, country), node.span) {
            let what = format!("{} into {country}", parts.commodities[commodity.at()].id);
            sink.push(defined_twice("trade of", &what, first, node.span));
            continue;
        }
        parts.trade.push(TradeEntry {
            commodity,
            into: country,
            from: shares.clone(),
            rest_from_market,
            year,
            provenance: read.clone(),
        });
    }
}

/// One line a place; a group's share is divided among its members by what they make. `None` if a line was refused.
fn trade_shares(
    from: &Node,
    commodity: CommodityIx,
    names: &Names,
    parts: &NetworkParts,
    sink: &mut Sink,
) -> Option<Vec<TradeShare>> {
    let mut complete = true;
    let mut shares: std::collections::BTreeMap<Place, f64> = std::collections::BTreeMap::new();
    for (key, value) in mapping(from, "`from`", sink).unwrap_or_default() {
        let word = key_text(key);
        let part = share(value, word, sink);
        let places: Vec<(Place, f64)> = if word == REST_OF_WORLD {
            vec![(Place::Rest, 1.0)]
        } else if let Some(countries) = names.countries(word) {
            by_output(&countries, commodity, parts)
        } else {
            unknown_country(word, key.span, names.groups(), sink);
            complete = false;
            continue;
        };
        for (place, weight) in places {
            *shares.entry(place).or_default() += part.unwrap_or(0.0) * weight;
        }
        complete &= part.is_some();
    }
    complete.then(|| {
        shares
            .into_iter()
            .map(|(from, share)| TradeShare { from, share })
            .collect()
    })
}

fn by_output(
    countries: &[Country],
    commodity: CommodityIx,
    parts: &NetworkParts,
) -> Vec<(Place, f64)> {
    let output = |country: &Country| -> f64 {
        let place = Place::In(*country);
        let sites = parts
            .sites
            .iter()
            .filter(|s| s.commodity == commodity && s.place == place);
        sites.filter_map(|s| s.output).sum()
    };
    let outputs: Vec<f64> = if countries.len() == 1 {
        vec![1.0]
    } else {
        countries.iter().map(output).collect()
    };
    let total: f64 = outputs.iter().sum();
    let even = 1.0 / countries.len() as f64;
    countries
        .iter()
        .zip(outputs)
        .map(|(c, o)| (Place::In(*c), if total > 0.0 { o / total } else { even }))
        .collect()
}
