//! Country shares of every commodity in a product, in physical amounts.
//!
//! The share of country c in commodity m is required(i) summed over m's sites in c, over all of m that the product
//! requires: unattributed supply, placeless sites and `ROW` are in the denominator, scrap is not; see `docs/methods.md`.

use std::collections::BTreeMap;

use serde::Serialize;

use super::concentration::{Band, BandVintage, concentration};
use super::requirement::{Requirement, requirement};
use super::tiers::TierWalk;
use crate::graph::{ProcessKind, SupplyGraph};
use crate::model::{Basis, Commodity, CommodityIx, Network, Place};

/// One country's part of a commodity.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CountryPart {
    /// Alpha-3 code, `ROW`, or `unknown` for placeless sites.
    pub country: String,
    /// 0 to 1.
    pub share: f64,
}

/// Who makes one commodity.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CommodityShare {
    /// Commodity id; scrap has its own, `scrap:` and the id.
    pub commodity: String,
    /// Stage word.
    pub stage: &'static str,
    /// Tiers at which it stands.
    pub tiers: Vec<usize>,
    /// Units per unit of product; world output for world shares; null for commodities reached only as hosts.
    pub required: Option<f64>,
    /// Unit of `required`.
    pub unit: String,
    /// 0 to 10000 over the named countries; null where the table names one maker of a country only.
    pub hhi: Option<f64>,
    /// `low`, `moderate` or `high`.
    pub band: Option<Band>,
    /// Largest share, 0 to 1.
    pub top1: Option<f64>,
    /// Sum of the three largest.
    pub top3: Option<f64>,
    /// Part that no supplier is named for, 0 to 1.
    pub unattributed: f64,
    /// Part that a scenario has stopped, 0 to 1.
    pub unmet: f64,
    /// Source of the production table.
    pub source: Option<String>,
    /// `location` or `maker`.
    pub basis: Option<&'static str>,
    /// By share, then code.
    pub countries: Vec<CountryPart>,
}

fn basis_word(commodity: &Commodity) -> Option<&'static str> {
    let table = commodity.production.as_ref();
    // A table that places nothing has no basis.
    let table = table.filter(|p| !p.listed.is_empty());
    table.map(|p| match p.basis {
        Basis::Location => "location",
        Basis::Maker => "maker",
    })
}

/// Turns amounts by place into sorted shares with their concentration.
fn finish(
    commodity: &Commodity,
    by_place: &BTreeMap<Place, f64>,
    total: f64,
    vintage: BandVintage,
) -> CommodityShare {
    let mut countries: Vec<CountryPart> = by_place
        .iter()
        .filter(|(_, amount)| **amount > 0.0 && total > 0.0)
        .map(|(place, amount)| CountryPart {
            country: place.to_string(),
            share: amount / total,
        })
        .collect();
    countries.sort_by(|a, b| {
        b.share
            .total_cmp(&a.share)
            .then_with(|| a.country.cmp(&b.country))
    });
    let named = by_place
        .iter()
        .filter(|(place, _)| place.country().is_some())
        .map(|(_, amount)| amount / total);
    let lower_bound = commodity.production.as_ref().is_some_and(|p| p.lower_bound);
    let found = if total > 0.0 && !lower_bound {
        concentration(named)
    } else {
        None
    };
    CommodityShare {
        commodity: commodity.id.to_string(),
        stage: commodity.stage.word(),
        tiers: Vec::new(),
        required: Some(total),
        unit: commodity.unit.to_string(),
        hhi: found.map(|c| c.hhi),
        band: found.map(|c| Band::of(c.hhi, vintage)),
        top1: found.map(|c| c.top1),
        top3: found.map(|c| c.top3),
        unattributed: 0.0,
        unmet: 0.0,
        source: commodity
            .production
            .as_ref()
            .and_then(|p| p.provenance.source.as_deref().map(str::to_owned)),
        basis: basis_word(commodity),
        countries,
    }
}

/// Computes the shares of every commodity in the product, tier by tier from the product, then id.
///
/// Demand is held fixed: where a scenario has stopped flows, shares are of what the product would require without, and
/// what does not arrive is `unmet`. Otherwise shares would improve because output vanished.
#[must_use]
pub fn country_shares(graph: &SupplyGraph<'_>, vintage: BandVintage) -> Vec<CommodityShare> {
    let delivered = requirement(graph);
    let Some(unhindered) = graph.network.unhindered() else {
        let walk = super::tiers::walk(graph);
        let scrap = scrap_of(graph, &delivered);
        return shares_with(graph, &delivered, (&delivered, &scrap), &walk, vintage);
    };
    let whole = SupplyGraph::new(&unhindered, graph.asked());
    let demand = requirement(&whole);
    let scrap = scrap_of(&whole, &demand);
    shares_with(
        graph,
        &delivered,
        (&demand, &scrap),
        &super::tiers::walk(&whole),
        vintage,
    )
}

/// Scrap of each commodity that a product takes.
fn scrap_of(graph: &SupplyGraph<'_>, taken: &Requirement) -> BTreeMap<CommodityIx, f64> {
    let mut amounts: BTreeMap<CommodityIx, f64> = BTreeMap::new();
    for (ix, process) in graph.indexed() {
        if process.kind == ProcessKind::Scrap {
            *amounts.entry(process.commodity).or_default() += taken.of(ix);
        }
    }
    amounts
}

/// The part of a total that does not arrive.
fn missing(arrives: f64) -> f64 {
    if arrives < 1.0 - NOISE {
        1.0 - arrives
    } else {
        0.0
    }
}

/// Parts of a whole below this are arithmetic, not supply.
const NOISE: f64 = 1e-12;

fn shares_with(
    graph: &SupplyGraph<'_>,
    delivered: &Requirement,
    (demand, scrap_demand): (&Requirement, &BTreeMap<CommodityIx, f64>),
    walk: &TierWalk,
    vintage: BandVintage,
) -> Vec<CommodityShare> {
    let mut made: BTreeMap<CommodityIx, BTreeMap<Place, f64>> = BTreeMap::new();
    let mut scrap: BTreeMap<CommodityIx, BTreeMap<Place, f64>> = BTreeMap::new();
    for (ix, process) in graph.indexed() {
        let into = match process.kind {
            ProcessKind::ReExporter => continue,
            ProcessKind::Scrap => &mut scrap,
            _ => &mut made,
        };
        *into
            .entry(process.commodity)
            .or_default()
            .entry(process.place)
            .or_default() += delivered.of(ix);
    }
    let mut shares: Vec<CommodityShare> = Vec::new();
    for (ix, tiers) in &walk.tiers_of {
        let commodity = graph.network.commodity(*ix);
        let empty = BTreeMap::new();
        let total = demand.of_commodity(*ix);
        let by_place = made.get(ix).unwrap_or(&empty);
        let mut share = finish(commodity, by_place, total, vintage);
        share.tiers.clone_from(tiers);
        if total > 0.0 {
            share.unattributed = delivered.unattributed(*ix) / total;
            share.unmet = missing(by_place.values().sum::<f64>() / total + share.unattributed);
        } else {
            share.required = None;
        }
        shares.push(share);
    }
    for (ix, total) in scrap_demand {
        let empty = BTreeMap::new();
        let by_place = scrap.get(ix).unwrap_or(&empty);
        let mut share = finish(graph.network.commodity(*ix), by_place, *total, vintage);
        if *total > 0.0 {
            share.unmet = missing(by_place.values().sum::<f64>() / total);
        }
        share.commodity = format!("scrap:{}", share.commodity);
        share.source = graph
            .network
            .commodity(*ix)
            .recycled
            .provenance
            .source
            .as_deref()
            .map(str::to_owned);
        share.basis = None;
        share.tiers = walk.tiers(*ix).to_vec();
        shares.push(share);
    }
    // Commodities of which nothing is made anywhere are only asked for.
    for mix in graph.mixes() {
        let id = &graph.network.commodity(mix.commodity).id;
        if graph.links_of_mix(mix).is_empty()
            && mix.unattributed > 0.0
            && shares.iter().all(|s| s.commodity != **id)
        {
            let total = demand.of_commodity(mix.commodity);
            let mut share = finish(
                graph.network.commodity(mix.commodity),
                &BTreeMap::new(),
                total,
                vintage,
            );
            share.unattributed = 1.0;
            shares.push(share);
        }
    }
    shares.sort_by(|a, b| {
        let first = |s: &CommodityShare| s.tiers.first().copied().unwrap_or(usize::MAX);
        first(a)
            .cmp(&first(b))
            .then_with(|| a.commodity.cmp(&b.commodity))
    });
    shares
}

/// The shares of a commodity's own world production.
#[must_use]
pub fn world_share(network: &Network, ix: CommodityIx, vintage: BandVintage) -> CommodityShare {
    let mut by_place: BTreeMap<Place, f64> = BTreeMap::new();
    for site in network.makers(ix).map(|s| network.site(s)) {
        *by_place.entry(site.place).or_default() += site.output.unwrap_or(1.0) * site.availability;
    }
    let total: f64 = by_place.values().sum();
    let commodity = network.commodity(ix);
    let mut share = finish(commodity, &by_place, total, vintage);
    if commodity.production.as_ref().is_some_and(|p| p.relative) || total <= 0.0 {
        share.required = None;
    }
    share
}
