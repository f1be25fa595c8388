//! Chokepoints: sites, countries' shares of one commodity, companies and countries, by what is lost with them.

use std::collections::BTreeMap;

use rayon::prelude::*;
use serde::Serialize;

use super::requirement::requirement;
use super::single_point::is_single_point;
use super::survival::Survival;
use super::tiers::{TierWalk, walk};
use crate::graph::{ProcessIx, ProcessKind, SupplyGraph};
use crate::model::{CommodityIx, Country, Place};

/// What kind of thing is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChokepointKind {
    /// One plant, or one row of a production table.
    Site,
    /// All of one country's makers of one commodity.
    CountryCommodity,
    /// All sites that one company runs.
    Company,
    /// Everything in one country.
    Country,
}

impl ChokepointKind {
    /// All kinds.
    pub const ALL: [Self; 4] = [
        Self::Site,
        Self::CountryCommodity,
        Self::Company,
        Self::Country,
    ];

    /// The word used in output and on the command line.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Site => "site",
            Self::CountryCommodity => "country-commodity",
            Self::Company => "company",
            Self::Country => "country",
        }
    }
}

/// What to look for.
#[derive(Clone, Debug, PartialEq)]
pub struct ChokepointQuery {
    /// Kinds wanted.
    pub kinds: Vec<ChokepointKind>,
    /// Most items returned.
    pub top: usize,
    /// At risk from which an item is marked `near`, 0 to 1.
    pub threshold: f64,
    /// Whether tier 0, placeless sites and what is not traded are included.
    pub all: bool,
}

impl Default for ChokepointQuery {
    fn default() -> Self {
        Self {
            kinds: ChokepointKind::ALL.to_vec(),
            top: 20,
            threshold: 0.9,
            all: false,
        }
    }
}

/// One item.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Chokepoint {
    /// From 1.
    pub rank: usize,
    /// What it is.
    pub kind: ChokepointKind,
    /// Site id, `commodity@COUNTRY`, company or country.
    pub id: String,
    /// Its commodity, if it has one.
    pub commodity: Option<String>,
    /// Its country, if it has one.
    pub country: Option<String>,
    /// Its part of the commodity that the product requires, 0 to 1.
    pub share: Option<f64>,
    /// Part of the product lost with it, 0 to 1.
    pub at_risk: f64,
    /// The same after rerouting; null until computed.
    pub at_risk_adapted: Option<f64>,
    /// At risk to the item's country once this item and all of its kind above it are made safe.
    pub remaining: Option<f64>,
    /// Whether its loss alone stops the product under AND/OR.
    pub single_point_of_failure: bool,
    /// Whether at risk reaches the threshold.
    pub near: bool,
    /// Tiers at which it stands.
    pub tiers: Vec<usize>,
    #[serde(skip)]
    members: Vec<ProcessIx>,
}

/// The items found, worst first.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Chokepoints {
    /// By at risk, then kind and id.
    pub items: Vec<Chokepoint>,
    /// How many there are in all with anything at risk.
    pub found: usize,
}

/// Things that may be lost: key, commodity, country, processes.
pub(super) struct Item {
    kind: ChokepointKind,
    pub(super) id: String,
    commodity: Option<CommodityIx>,
    country: Option<Country>,
    pub(super) members: Vec<ProcessIx>,
}

/// Finds and ranks the chokepoints of a product.
#[must_use]
pub fn chokepoints(graph: &SupplyGraph<'_>, query: &ChokepointQuery) -> Chokepoints {
    let walk = walk(graph);
    let survival = Survival::new(graph);
    let items = items(graph, query, false, &walk);
    let mut ranked: Vec<(f64, &Item)> = items
        .par_iter()
        .map_init(
            || survival.clone(),
            |survival, item| (survival.at_risk(&item.members), item),
        )
        .filter(|(at_risk, _)| *at_risk > 0.0)
        .collect();
    ranked.sort_by(|(a, x), (b, y)| {
        b.total_cmp(a)
            .then_with(|| x.kind.cmp(&y.kind))
            .then_with(|| x.id.cmp(&y.id))
    });
    let found = ranked.len();
    ranked.truncate(query.top);
    let required = requirement(graph);
    let mut shown: Vec<Chokepoint> = ranked
        .into_iter()
        .enumerate()
        .map(|(at, (at_risk, item))| {
            let commodity = item.commodity.map(|c| graph.network.commodity(c));
            let total = item.commodity.map_or(0.0, |c| required.of_commodity(c));
            // Re-exporters pass on what others make, and scrap is not made: neither has a share.
            let makers = item
                .members
                .iter()
                .filter(|p| graph.process(**p).kind.is_maker());
            let made: f64 = makers.clone().map(|p| required.of(*p)).sum();
            let is_made = makers.count() > 0;
            Chokepoint {
                rank: at + 1,
                kind: item.kind,
                id: item.id.clone(),
                commodity: commodity.map(|c| c.id.to_string()),
                country: item.country.map(|c| c.code().to_owned()),
                share: (total > 0.0 && is_made).then(|| made / total),
                at_risk,
                at_risk_adapted: None,
                remaining: None,
                single_point_of_failure: at_risk >= 1.0 - 1e-9
                    && is_single_point(graph, &item.members),
                near: at_risk >= query.threshold,
                tiers: tiers(graph, item, &walk),
                members: item.members.clone(),
            }
        })
        .collect();
    fill_remaining(graph, &mut shown);
    Chokepoints {
        items: shown,
        found,
    }
}

fn tiers(graph: &SupplyGraph<'_>, item: &Item, walk: &TierWalk) -> Vec<usize> {
    let mut tiers: Vec<usize> = match item.commodity {
        Some(commodity) => walk.tiers(commodity).to_vec(),
        None => item
            .members
            .iter()
            .flat_map(|p| walk.tiers(graph.process(*p).commodity))
            .copied()
            .collect(),
    };
    tiers.sort_unstable();
    tiers.dedup();
    tiers
}

/// At risk to each row's country with the row, and all rows of its kind above it, made safe: an order of work.
fn fill_remaining(graph: &SupplyGraph<'_>, rows: &mut [Chokepoint]) {
    let mut survival = Survival::new(graph);
    let mut safe: BTreeMap<ChokepointKind, Vec<bool>> = BTreeMap::new();
    for row in rows {
        let safe = safe
            .entry(row.kind)
            .or_insert_with(|| vec![false; graph.processes().len()]);
        for member in &row.members {
            safe[member.at()] = true;
        }
        let Some(country) = row.country.as_deref().and_then(Country::from_alpha3) else {
            continue;
        };
        let lost: Vec<ProcessIx> = graph
            .indexed()
            .filter(|(p, process)| process.place == Place::In(country) && !safe[p.at()])
            .map(|(p, _)| p)
            .collect();
        row.remaining = Some(survival.at_risk(&lost));
    }
}

/// What may be lost, by kind and id; a process is in at most one item of a kind.
pub(super) fn items(
    graph: &SupplyGraph<'_>,
    query: &ChokepointQuery,
    with_assembly: bool,
    walk: &TierWalk,
) -> Vec<Item> {
    type Key = (ChokepointKind, String);
    let mut found: BTreeMap<Key, Item> = BTreeMap::new();
    for (ix, process) in graph.indexed() {
        let commodity = graph.network.commodity(process.commodity);
        let deep = with_assembly || walk.tiers(process.commodity).iter().any(|t| *t >= 1);
        let known = matches!(process.place, Place::In(_));
        let counts = query.all || (deep && commodity.traded && known);
        let country = process.place.country();
        let mut add = |kind: ChokepointKind,
                       id: String,
                       commodity: Option<CommodityIx>,
                       country: Option<Country>| {
            let item = found.entry((kind, id.clone())).or_insert_with(|| Item {
                kind,
                id,
                commodity,
                country,
                members: Vec::new(),
            });
            item.commodity = item.commodity.filter(|c| Some(*c) == commodity);
            item.country = item.country.filter(|c| Some(*c) == country);
            item.members.push(ix);
        };
        if let Some(country) = country
            && query.kinds.contains(&ChokepointKind::Country)
        {
            add(
                ChokepointKind::Country,
                country.code().to_owned(),
                None,
                Some(country),
            );
        }
        if !counts {
            continue;
        }
        let place = process.place;
        if query.kinds.contains(&ChokepointKind::Site) {
            let id = graph
                .site(ix)
                .map_or_else(|| graph.id(ix), |s| s.plant().to_string());
            add(ChokepointKind::Site, id, Some(process.commodity), country);
        }
        let is_maker = process.kind.is_maker() && (known || process.kind == ProcessKind::Site);
        if is_maker && query.kinds.contains(&ChokepointKind::CountryCommodity) {
            let id = format!("{}@{place}", commodity.id);
            add(
                ChokepointKind::CountryCommodity,
                id,
                Some(process.commodity),
                country,
            );
        }
        if let Some(company) = graph.site(ix).and_then(|s| s.operator())
            && query.kinds.contains(&ChokepointKind::Company)
        {
            add(
                ChokepointKind::Company,
                company.to_string(),
                Some(process.commodity),
                country,
            );
        }
    }
    found.into_values().collect()
}
