//! Things that may be lost together: sites, countries' makers of one commodity, companies' sites, countries.

use std::collections::BTreeMap;

use super::chokepoints::{ChokepointKind, ChokepointQuery};
use super::rerouting::{Actor, Rerouting};
use super::tiers::TierWalk;
use crate::graph::{ProcessIx, ProcessKind, SupplyGraph};
use crate::model::{CommodityIx, Country, Place};

/// One of them.
pub(super) struct Item {
    pub(super) kind: ChokepointKind,
    pub(super) id: String,
    pub(super) commodity: Option<CommodityIx>,
    pub(super) country: Option<Country>,
    /// Today's part of it in the product.
    pub(super) members: Vec<ProcessIx>,
    /// Where all of it stands.
    place: Place,
    /// Whether what is not traded, placeless sites and the product's own sites count.
    all: bool,
    own: bool,
}

impl Item {
    /// All that goes with it among those who can take part when buyers reroute, today's suppliers or not.
    pub(super) fn lost(&self, rerouting: &Rerouting<'_>) -> Vec<bool> {
        let network = rerouting.network();
        let mut lost = rerouting.lost_with(&self.members);
        let of_plant = |a: &Actor| {
            a.site
                .is_some_and(|s| **network.site(s).plant() == *self.id)
        };
        let of_operator = |a: &Actor| {
            let operator = a.site.and_then(|s| network.site(s).operator());
            operator.is_some_and(|o| **o == *self.id)
        };
        let counts = |a: &Actor| {
            let known = a.place.country().is_some() && network.commodity(a.commodity).traded;
            self.all || (known && (self.own || !a.own))
        };
        let goes = |a: &Actor| match self.kind {
            ChokepointKind::Country => a.place == self.place,
            ChokepointKind::Site => counts(a) && of_plant(a),
            ChokepointKind::Company => of_operator(a),
            ChokepointKind::CountryCommodity => {
                let same = Some(a.commodity) == self.commodity && a.place == self.place;
                same && counts(a) && a.kind.is_maker()
            }
        };
        let outside = rerouting.outside();
        for ((lost, actor), outside) in lost.iter_mut().zip(rerouting.actors()).zip(outside) {
            *lost |= outside && goes(actor);
        }
        lost
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
        // Of a site that was made up, and of the country that it was put into, no loss can be told.
        let made_up = process.kind == ProcessKind::WhatIf;
        let counts = !made_up && (query.all || (deep && commodity.traded && known));
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
                place: process.place,
                all: query.all,
                own: with_assembly,
            });
            item.commodity = item.commodity.filter(|c| Some(*c) == commodity);
            item.country = item.country.filter(|c| Some(*c) == country);
            item.members.push(ix);
        };
        if let Some(country) = country.filter(|c| !has_what_if(graph, *c))
            && query.kinds.contains(&ChokepointKind::Country)
        {
            add(
                ChokepointKind::Country,
                country.code().to_owned(),
                None,
                Some(country),
            );
        }
        // Like a country, a company is lost with all that it runs, the product's own sites too.
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
    }
    found.into_values().collect()
}

/// Whether the product's own site in a country is made up.
fn has_what_if(graph: &SupplyGraph<'_>, country: Country) -> bool {
    let made_up = |(p, _): &(ProcessIx, f64)| graph.process(*p).place == Place::In(country);
    graph.is_what_if() && graph.roots().iter().any(made_up)
}
