//! The network as a whole: everything the files say, sorted and indexed.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};
use rustc_hash::FxHashMap;

use super::commodity::{Commodity, CommodityIx, Price, PriceSource, Provenance, Recipe, Weighting};
use super::country::{Country, Place};
use super::scenario::Outage;
use super::site::{Site, SiteIx};
use super::supply::{SupplyEntry, SupplyLinks, TradeEntry};

/// A document that figures were read from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Source {
    /// Title of the document.
    pub title: Option<String>,
    /// Who published it.
    pub publisher: Option<String>,
    /// Year of publication.
    pub year: Option<i32>,
    /// Terms of use; a text beginning with `unclear` marks terms that are not known for sure.
    pub licence: Option<String>,
    /// Address.
    pub url: Option<String>,
    /// How far it can be trusted; a text beginning with `weak` marks a weak source.
    pub quality: Option<String>,
    /// Anything else.
    pub note: Option<String>,
}

impl Source {
    /// Whether the source is marked as weak.
    #[must_use]
    pub fn is_weak(&self) -> bool {
        begins_with(self.quality.as_deref(), "weak")
    }

    /// Whether its terms of use are marked as unclear.
    #[must_use]
    pub fn has_unclear_terms(&self) -> bool {
        begins_with(self.licence.as_deref(), "unclear")
    }
}

fn begins_with(text: Option<&str>, mark: &str) -> bool {
    text.is_some_and(|t| t.trim_start().to_lowercase().starts_with(mark))
}

/// Flows that a scenario stops at borders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ban {
    /// What may not pass.
    pub commodity: CommodityIx,
    /// From these countries.
    pub from: Vec<Country>,
    /// Into these; into every other country if empty.
    pub to: Vec<Country>,
}

impl Ban {
    /// Whether it stops what a supplier in one country sends a buyer in another.
    #[must_use]
    pub fn stops(&self, from: Place, to: Place) -> bool {
        let Some(from) = from.country() else {
            return false;
        };
        if !self.from.contains(&from) || to == Place::In(from) {
            return false;
        }
        match to.country() {
            Some(to) => self.to.is_empty() || self.to.contains(&to),
            None => self.to.is_empty(),
        }
    }
}

/// How recipe inputs are weighted in linear measures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WeightMode {
    /// Stated weights, else cost shares, else equal.
    #[default]
    Auto,
    /// Cost shares, else equal; stated weights are ignored.
    Value,
    /// Equal.
    Equal,
}

/// The contents of a network before they are sorted and indexed.
#[derive(Clone, Debug, Default)]
pub struct NetworkParts {
    /// Commodities in id order; indices refer to positions here.
    pub commodities: Vec<Commodity>,
    /// Sites in any order.
    pub sites: Vec<Site>,
    /// Stated supply; indices refer to positions in `sites`.
    pub supply: SupplyLinks,
    /// Stated trade.
    pub trade: Vec<TradeEntry>,
    /// Named lists of countries.
    pub groups: BTreeMap<String, Vec<Country>>,
    /// Documents by id.
    pub sources: BTreeMap<String, Source>,
    /// Flows stopped by a scenario.
    pub bans: Vec<Ban>,
    /// Outages of a scenario. Sites have them in their availability already; those that no file states are found from these.
    pub outages: Vec<Outage>,
    /// How recipes are weighted.
    pub weight_mode: WeightMode,
    /// Titles of the files loaded.
    pub titles: Vec<String>,
    /// Parts of companies held by others: company, then owners with their parts.
    pub company_owners: BTreeMap<Arc<str>, Vec<(Arc<str>, f64)>>,
    /// Home countries of companies.
    pub company_countries: BTreeMap<Arc<str>, Country>,
}

/// A valid supply network. It never changes; see [`NetworkParts`] for making another.
#[derive(Clone, Debug)]
pub struct Network {
    parts: NetworkParts,
    sites_of: Vec<Range<u32>>,
    sites_by_place: FxHashMap<(CommodityIx, Place), Vec<SiteIx>>,
    site_by_id: Vec<SiteIx>,
    supply_of: FxHashMap<(SiteIx, CommodityIx), u32>,
    trade_of: FxHashMap<(CommodityIx, Country), u32>,
}

impl Network {
    /// Sorts and indexes the parts, and works out derived prices and weights.
    #[must_use]
    pub fn build(mut parts: NetworkParts) -> Self {
        sort_sites(&mut parts);
        derive_prices(&mut parts.commodities);
        resolve_weights(&mut parts);
        let mut sites_of = vec![0..0; parts.commodities.len()];
        let mut sites_by_place: FxHashMap<(CommodityIx, Place), Vec<SiteIx>> = FxHashMap::default();
        for (at, site) in parts.sites.iter().enumerate() {
            let at = at as u32;
            let range: &mut Range<u32> = &mut sites_of[site.commodity.at()];
            *range = if range.start == range.end {
                at..at + 1
            } else {
                range.start..at + 1
            };
            sites_by_place
                .entry((site.commodity, site.place))
                .or_default()
                .push(SiteIx(at));
        }
        let mut site_by_id: Vec<SiteIx> = (0..parts.sites.len() as u32).map(SiteIx).collect();
        site_by_id.sort_unstable_by(|a, b| parts.sites[a.at()].id.cmp(&parts.sites[b.at()].id));
        let supply_of = parts
            .supply
            .entries
            .iter()
            .enumerate()
            .map(|(at, e)| ((e.buyer, e.commodity), at as u32))
            .collect();
        let trade_of = parts
            .trade
            .iter()
            .enumerate()
            .map(|(at, t)| ((t.commodity, t.into), at as u32))
            .collect();
        Self {
            parts,
            sites_of,
            sites_by_place,
            site_by_id,
            supply_of,
            trade_of,
        }
    }

    /// The contents, for making a changed network.
    #[must_use]
    pub fn parts(&self) -> &NetworkParts {
        &self.parts
    }

    /// Takes the contents back out.
    #[must_use]
    pub fn into_parts(self) -> NetworkParts {
        self.parts
    }

    /// All commodities in id order.
    #[must_use]
    pub fn commodities(&self) -> &[Commodity] {
        &self.parts.commodities
    }

    /// One commodity.
    #[must_use]
    pub fn commodity(&self, ix: CommodityIx) -> &Commodity {
        &self.parts.commodities[ix.at()]
    }

    /// The commodity with this id.
    #[must_use]
    pub fn find_commodity(&self, id: &str) -> Option<CommodityIx> {
        self.parts
            .commodities
            .binary_search_by(|c| (*c.id).cmp(id))
            .ok()
            .map(|at| CommodityIx(at as u32))
    }

    /// All sites, by commodity, then id.
    #[must_use]
    pub fn sites(&self) -> &[Site] {
        &self.parts.sites
    }

    /// One site.
    #[must_use]
    pub fn site(&self, ix: SiteIx) -> &Site {
        &self.parts.sites[ix.at()]
    }

    /// The site with this id.
    #[must_use]
    pub fn find_site(&self, id: &str) -> Option<SiteIx> {
        self.site_by_id
            .binary_search_by(|ix| (*self.parts.sites[ix.at()].id).cmp(id))
            .ok()
            .map(|at| self.site_by_id[at])
    }

    /// The sites of a plant: the one site with this id, or all that a plant of several commodities has.
    #[must_use]
    pub fn sites_of_plant(&self, id: &str) -> Vec<SiteIx> {
        if let Some(site) = self.find_site(id) {
            return vec![site];
        }
        let prefix = format!("{id}:");
        let first = self
            .site_by_id
            .partition_point(|ix| *self.parts.sites[ix.at()].id < *prefix);
        self.site_by_id[first..]
            .iter()
            .copied()
            .take_while(|ix| self.parts.sites[ix.at()].id.starts_with(&prefix))
            .filter(|ix| &**self.site(*ix).plant() == id)
            .collect()
    }

    /// The sites that make a commodity, in id order.
    pub fn makers(&self, commodity: CommodityIx) -> impl Iterator<Item = SiteIx> + use<> {
        self.sites_of[commodity.at()].clone().map(SiteIx)
    }

    /// The sites that make a commodity in one place, in id order.
    #[must_use]
    pub fn makers_in(&self, commodity: CommodityIx, place: Place) -> &[SiteIx] {
        self.sites_by_place
            .get(&(commodity, place))
            .map_or(&[], Vec::as_slice)
    }

    /// The stated suppliers of a buyer's input.
    #[must_use]
    pub fn supply_entry(&self, buyer: SiteIx, commodity: CommodityIx) -> Option<&SupplyEntry> {
        self.supply_of
            .get(&(buyer, commodity))
            .map(|at| &self.parts.supply.entries[*at as usize])
    }

    /// Stated supply.
    #[must_use]
    pub fn supply(&self) -> &SupplyLinks {
        &self.parts.supply
    }

    /// Where buyers in a country get a commodity, if a trade entry says.
    #[must_use]
    pub fn trade_entry(&self, commodity: CommodityIx, into: Country) -> Option<(u32, &TradeEntry)> {
        self.trade_of
            .get(&(commodity, into))
            .map(|at| (*at, &self.parts.trade[*at as usize]))
    }

    /// Flows stopped by a scenario.
    #[must_use]
    pub fn bans(&self) -> &[Ban] {
        &self.parts.bans
    }

    /// Outages of a scenario, for sites that no file states.
    #[must_use]
    pub fn outages(&self) -> &[Outage] {
        &self.parts.outages
    }

    /// Named lists of countries.
    #[must_use]
    pub fn groups(&self) -> &BTreeMap<String, Vec<Country>> {
        &self.parts.groups
    }

    /// Documents by id.
    #[must_use]
    pub fn sources(&self) -> &BTreeMap<String, Source> {
        &self.parts.sources
    }

    /// The recipes used at a site, with the part of its output each makes: its own, or the commodity's.
    pub fn recipes_at<'n>(&'n self, site: &'n Site) -> Vec<(f64, Option<&'n Arc<Recipe>>)> {
        if let Some(own) = &site.recipe {
            return vec![(1.0, Some(own))];
        }
        let commodity = self.commodity(site.commodity);
        if commodity.has_recipe() {
            commodity
                .recipes()
                .map(|(share, recipe)| (share, Some(recipe)))
                .collect()
        } else {
            vec![(1.0, None)]
        }
    }

    /// The same network with everything that outages and bans have stopped flowing again; `None` if nothing is stopped.
    ///
    /// Outages leave capacities, recipes and shares alone, so that this is the demand that a scenario leaves unmet.
    #[must_use]
    pub fn unhindered(&self) -> Option<Self> {
        let stopped = !self.parts.bans.is_empty()
            || !self.parts.outages.is_empty()
            || self.parts.sites.iter().any(|s| s.availability < 1.0);
        stopped.then(|| {
            let mut parts = self.parts.clone();
            parts.bans.clear();
            parts.outages.clear();
            for site in &mut parts.sites {
                site.availability = 1.0;
            }
            Self::build(parts)
        })
    }

    /// The same network with other weights.
    #[must_use]
    pub fn with_weights(self, mode: WeightMode) -> Self {
        if mode == self.parts.weight_mode {
            return self;
        }
        let mut parts = self.parts;
        parts.weight_mode = mode;
        Self::build(parts)
    }
}

/// Sorts sites by commodity and id, supply by buyer and commodity, trade by commodity and country.
fn sort_sites(parts: &mut NetworkParts) {
    let mut order: Vec<u32> = (0..parts.sites.len() as u32).collect();
    let key = |at: &u32| {
        (
            parts.sites[*at as usize].commodity,
            &parts.sites[*at as usize].id,
        )
    };
    if !order.is_sorted_by(|a, b| key(a) <= key(b)) {
        order.sort_unstable_by(|a, b| key(a).cmp(&key(b)));
        let mut moved_to = vec![0_u32; order.len()];
        for (new, old) in order.iter().enumerate() {
            moved_to[*old as usize] = new as u32;
        }
        let mut sites: Vec<Option<Site>> = std::mem::take(&mut parts.sites)
            .into_iter()
            .map(Some)
            .collect();
        parts.sites = order
            .iter()
            .filter_map(|old| sites[*old as usize].take())
            .collect();
        for entry in &mut parts.supply.entries {
            entry.buyer = SiteIx(moved_to[entry.buyer.at()]);
        }
        for link in &mut parts.supply.links {
            link.supplier = SiteIx(moved_to[link.supplier.at()]);
        }
    }
    sort_supply(&mut parts.supply);
    parts.trade.sort_by_key(|t| (t.commodity, t.into));
}

/// Puts entries, and the links within each, into their order, carrying limits and sources along.
fn sort_supply(supply: &mut SupplyLinks) {
    let sorted = supply.entries.is_sorted_by_key(|e| (e.buyer, e.commodity))
        && supply
            .entries
            .iter()
            .all(|e| supply.links_of(e).is_sorted_by_key(|l| l.supplier));
    if sorted {
        return;
    }
    let limits: FxHashMap<u32, f64> = supply.limits.iter().copied().collect();
    let mut provenance: FxHashMap<u32, Provenance> =
        std::mem::take(&mut supply.provenance).into_iter().collect();
    let mut order: Vec<u32> = (0..supply.entries.len() as u32).collect();
    order.sort_unstable_by_key(|at| {
        (
            supply.entries[*at as usize].buyer,
            supply.entries[*at as usize].commodity,
        )
    });
    let mut out = SupplyLinks {
        entries: Vec::with_capacity(supply.entries.len()),
        links: Vec::with_capacity(supply.links.len()),
        ..SupplyLinks::default()
    };
    for at in order {
        let entry = supply.entries[at as usize];
        let mut positions: Vec<u32> = (entry.start..entry.start + entry.len).collect();
        positions.sort_unstable_by_key(|p| supply.links[*p as usize].supplier);
        let start = out.links.len() as u32;
        for position in positions {
            if let Some(limit) = limits.get(&position) {
                out.limits.push((out.links.len() as u32, *limit));
            }
            out.links.push(supply.links[position as usize]);
        }
        if let Some(read) = provenance.remove(&at) {
            out.provenance.push((out.entries.len() as u32, read));
        }
        out.entries.push(SupplyEntry { start, ..entry });
    }
    *supply = out;
}

/// Gives every unpriced commodity with a fully priced recipe the cost of its inputs, never through a cycle.
fn derive_prices(commodities: &mut [Commodity]) {
    for commodity in commodities.iter_mut() {
        if commodity
            .price
            .as_ref()
            .is_some_and(|p| p.origin == PriceSource::Derived)
        {
            commodity.price = None;
        }
    }
    let mut needs: DiGraph<(), (), u32> =
        DiGraph::with_capacity(commodities.len(), commodities.len() * 4);
    for _ in commodities.iter() {
        needs.add_node(());
    }
    let mut in_own_recipe = vec![false; commodities.len()];
    for (at, commodity) in commodities
        .iter()
        .enumerate()
        .filter(|(_, c)| c.price.is_none())
    {
        for input in commodity.recipes().flat_map(|(_, recipe)| &recipe.inputs) {
            in_own_recipe[at] |= input.commodity.at() == at;
            if commodities[input.commodity.at()].price.is_none() {
                needs.add_edge(NodeIndex::new(at), NodeIndex::new(input.commodity.at()), ());
            }
        }
    }
    for component in kosaraju_scc(&needs) {
        let [only] = component[..] else { continue };
        let at = only.index();
        if commodities[at].price.is_none() && !in_own_recipe[at] {
            commodities[at].price = cost_of_inputs(&commodities[at], commodities);
        }
    }
}

fn cost_of_inputs(commodity: &Commodity, commodities: &[Commodity]) -> Option<Price> {
    let mut value = 0.0;
    let mut currency = None;
    for (share, recipe) in commodity.recipes() {
        for input in &recipe.inputs {
            let price = commodities[input.commodity.at()].price.as_ref()?;
            value += share * input.amount * price.value;
            currency = Some(price.currency.clone());
        }
    }
    Some(Price {
        value,
        currency: currency?,
        year: None,
        origin: PriceSource::Derived,
        provenance: Provenance::default(),
    })
}

fn resolve_weights(parts: &mut NetworkParts) {
    let mode = parts.weight_mode;
    let prices: Vec<Option<f64>> = parts
        .commodities
        .iter()
        .map(|c| c.price.as_ref().map(|p| p.value))
        .collect();
    // Sites of one kind share a recipe; the clone made for one serves all.
    let mut done: FxHashMap<*const Recipe, Arc<Recipe>> = FxHashMap::default();
    let mut keep: Vec<Arc<Recipe>> = Vec::new();
    let mut weigh = |recipe: &mut Arc<Recipe>| {
        if let Some(known) = done.get(&Arc::as_ptr(recipe)) {
            *recipe = known.clone();
            return;
        }
        let fresh = Arc::new(weighted(recipe, &prices, mode));
        done.insert(Arc::as_ptr(recipe), fresh.clone());
        // The old recipe stays alive, so that no new one takes its address while the map is in use.
        keep.push(std::mem::replace(recipe, fresh));
    };
    for commodity in &mut parts.commodities {
        if let Some(recipe) = &mut commodity.recipe {
            weigh(recipe);
        }
        for route in &mut commodity.routes {
            weigh(&mut route.recipe);
        }
    }
    for site in &mut parts.sites {
        if let Some(recipe) = &mut site.recipe {
            weigh(recipe);
        }
    }
}

/// The recipe with its weights worked out: stated, else cost shares, else equal.
fn weighted(recipe: &Recipe, prices: &[Option<f64>], mode: WeightMode) -> Recipe {
    let mut recipe = recipe.clone();
    let stated: Option<Vec<f64>> = recipe.inputs.iter().map(|i| i.stated_weight).collect();
    let costs: Option<Vec<f64>> = recipe
        .inputs
        .iter()
        .map(|i| prices[i.commodity.at()].map(|p| p * i.amount))
        .collect();
    let usable = |weights: Option<Vec<f64>>| weights.filter(|w| w.iter().sum::<f64>() > 0.0);
    let choice = match mode {
        WeightMode::Auto => usable(stated)
            .map(|w| (Weighting::Stated, w))
            .or_else(|| usable(costs).map(|w| (Weighting::Cost, w))),
        WeightMode::Value => usable(costs).map(|w| (Weighting::Cost, w)),
        WeightMode::Equal => None,
    };
    let (weighting, weights) =
        choice.unwrap_or_else(|| (Weighting::Equal, vec![1.0; recipe.inputs.len()]));
    let sum: f64 = weights.iter().sum();
    for (input, weight) in recipe.inputs.iter_mut().zip(weights) {
        input.weight = weight / sum;
    }
    recipe.weighting = weighting;
    recipe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ban_stops_only_what_crosses_its_borders() {
        let country = |code| Country::from_alpha3(code).unwrap();
        let (chn, usa, jpn) = (country("CHN"), country("USA"), country("JPN"));
        let ban = Ban {
            commodity: CommodityIx(0),
            from: vec![chn],
            to: vec![usa],
        };
        assert!(ban.stops(Place::In(chn), Place::In(usa)));
        assert!(!ban.stops(Place::In(chn), Place::In(jpn)));
        assert!(!ban.stops(Place::In(jpn), Place::In(usa)));
        assert!(!ban.stops(Place::Rest, Place::In(usa)));
        let all = Ban { to: vec![], ..ban };
        assert!(all.stops(Place::In(chn), Place::In(jpn)));
        assert!(!all.stops(Place::In(chn), Place::In(chn)));
    }
}
