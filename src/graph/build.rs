//! Builds the cone of a product: who supplies what, resolved on demand.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::derived;
use super::order::Order;
use super::supply_graph::{
    Input, Link, Mix, Part, Process, ProcessIx, ProcessKind, SupplyGraph, Tie,
};
use crate::model::{CommodityIx, Country, Network, Place, Recipe, SiteIx, TradeEntry};

/// Where a cone begins.
#[derive(Clone, Debug, PartialEq)]
pub struct Roots {
    commodities: Vec<CommodityIx>,
    countries: Option<Vec<Country>>,
    site: Option<SiteIx>,
}

impl Roots {
    /// A product, made wherever it is made.
    #[must_use]
    pub fn product(commodity: CommodityIx) -> Self {
        Self {
            commodities: vec![commodity],
            countries: None,
            site: None,
        }
    }

    /// A product made in these countries only.
    #[must_use]
    pub fn product_in(commodity: CommodityIx, countries: Vec<Country>) -> Self {
        Self {
            commodities: vec![commodity],
            countries: Some(countries),
            site: None,
        }
    }

    /// What one site makes.
    #[must_use]
    pub fn site(network: &Network, site: SiteIx) -> Self {
        Self {
            commodities: vec![network.site(site).commodity],
            countries: None,
            site: Some(site),
        }
    }

    /// The same roots in another network, in which sites may have moved; commodities never do.
    #[must_use]
    pub fn in_network(&self, from: &Network, to: &Network) -> Self {
        let site = self.site.and_then(|ix| to.find_site(&from.site(ix).id));
        Self {
            site,
            ..self.clone()
        }
    }

    /// Whether a site that makes a commodity in a place is one of the product's own.
    #[must_use]
    pub fn includes(&self, commodity: CommodityIx, place: Place, site: SiteIx) -> bool {
        let in_countries = |list: &Vec<Country>| place.country().is_some_and(|c| list.contains(&c));
        self.commodities.contains(&commodity)
            && self.site.is_none_or(|own| own == site)
            && self.countries.as_ref().is_none_or(in_countries)
    }

    /// Whether the product's own site has to be made up, since nobody makes it in the countries asked for.
    #[must_use]
    pub fn is_what_if(&self, network: &Network) -> bool {
        let makes = |site: &SiteIx| network.site(*site).output.is_none_or(|o| o > 0.0);
        let made_in = |commodity: CommodityIx, country: Country| {
            network
                .makers_in(commodity, Place::In(country))
                .iter()
                .any(makes)
        };
        let Some(countries) = self.countries.as_ref().filter(|_| self.site.is_none()) else {
            return false;
        };
        let mut pairs = self
            .commodities
            .iter()
            .flat_map(|commodity| countries.iter().map(|country| (*commodity, *country)));
        !pairs.any(|(commodity, country)| made_in(commodity, country))
    }

    /// Several commodities at once, for checks of whole networks.
    #[must_use]
    pub fn commodities(commodities: &[CommodityIx]) -> Self {
        Self {
            commodities: commodities.to_vec(),
            countries: None,
            site: None,
        }
    }
}

/// Why there is nothing to analyse.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProductError {
    /// Neither a site nor a recipe is known.
    #[error("nothing is known of how `{0}` is made: it has no site and no recipe")]
    Nothing(String),
}

/// What makes a process one and the same.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum ProcessKey {
    /// With the list of countries that its unknown place cannot be, where what it uses at home hangs on that.
    Site(SiteIx, u16, u32),
    Placeless(CommodityIx, u16),
    /// With the list of countries that its unknown place cannot be.
    Implied(CommodityIx, Place, u16, u32),
    WhatIf(CommodityIx, Country, u16),
    ReExporter(CommodityIx, Country),
    Scrap(CommodityIx, Place),
}

/// What makes a mix one and the same. A place is part of it only where a ban or the buyer's own country matters.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum MixKey {
    Market(CommodityIx, Option<Place>),
    Trade(u32, Option<Place>),
    Supply(SiteIx, CommodityIx),
    Own(CommodityIx, Place, u32),
    Scrap(CommodityIx, Place, u32),
    Host(CommodityIx, Country),
}

/// A link before outages and bans: supplier site, share, countries an unknown supplier cannot be in.
type Offer = (Supplier, f64, u32);

/// What shares leave to 1; what float arithmetic alone leaves is nothing.
fn left_open(sum: f64) -> f64 {
    const FLOAT_NOISE: f64 = 1e-12;
    let open = 1.0 - sum;
    if open > FLOAT_NOISE { open } else { 0.0 }
}

#[derive(Clone, Copy)]
enum Supplier {
    Site(SiteIx),
    Virtual(ProcessKind, Place),
}

struct Builder<'n> {
    network: &'n Network,
    graph: SupplyGraph<'n>,
    processes: FxHashMap<ProcessKey, ProcessIx>,
    mixes: FxHashMap<MixKey, u32>,
    lists: FxHashMap<Arc<[Country]>, u32>,
    list_of: FxHashMap<CommodityIx, u32>,
    /// Countries that implied sites in an unknown place cannot be in: those that their buyer cannot.
    home_of: FxHashMap<ProcessIx, u32>,
    /// Processes whose inputs are still to be filled in, with their recipes.
    open: Vec<(ProcessIx, Option<Arc<Recipe>>)>,
}

impl<'n> SupplyGraph<'n> {
    /// Builds the cone of some roots. Commodities of which nothing is known are left out.
    #[must_use]
    pub fn new(network: &'n Network, roots: &Roots) -> Self {
        let mut builder = Builder::new(network, roots);
        builder.roots(roots);
        builder.finish()
    }

    /// Builds the cone of a product.
    ///
    /// # Errors
    /// If the product has neither a site nor a recipe.
    pub fn of_product(network: &'n Network, roots: &Roots) -> Result<Self, ProductError> {
        let graph = Self::new(network, roots);
        if graph.roots.is_empty() && graph.root_unmet <= 0.0 {
            let id = roots
                .commodities
                .first()
                .map_or_else(String::new, |c| network.commodity(*c).id.to_string());
            return Err(ProductError::Nothing(id));
        }
        Ok(graph)
    }
}

impl<'n> Builder<'n> {
    fn new(network: &'n Network, asked: &Roots) -> Self {
        let empty: Arc<[Country]> = Arc::from([]);
        Self {
            network,
            graph: SupplyGraph {
                network,
                processes: Vec::new(),
                inputs: Vec::new(),
                parts: Vec::new(),
                mixes: Vec::new(),
                links: Vec::new(),
                lists: vec![empty.clone()],
                roots: Vec::new(),
                root_unmet: 0.0,
                product: None,
                asked: asked.clone(),
                what_if: false,
                order: Order::default(),
                notes: Vec::new(),
            },
            processes: FxHashMap::default(),
            mixes: FxHashMap::default(),
            lists: [(empty, 0)].into_iter().collect(),
            list_of: FxHashMap::default(),
            home_of: FxHashMap::default(),
            open: Vec::new(),
        }
    }

    fn roots(&mut self, roots: &Roots) {
        if let [only] = roots.commodities[..] {
            self.graph.product = Some(only);
        }
        for commodity in &roots.commodities {
            // The remainder of the product's own table is looked up in the lists later on.
            self.table_list(*commodity);
            let offers: Vec<Offer> = match (&roots.countries, roots.site) {
                (_, Some(site)) => vec![(Supplier::Site(site), 1.0, 0)],
                (None, None) => self.market_offers(*commodity),
                (Some(countries), None) => self.offers_in(*commodity, countries),
            };
            for (supplier, share, not_in) in offers {
                let available = self.availability(supplier, *commodity);
                self.graph.root_unmet += share * (1.0 - available);
                for (process, part) in self.processes_of(supplier, *commodity, not_in) {
                    if share * part * available > 0.0 {
                        self.graph.roots.push((process, share * part * available));
                    }
                }
            }
        }
        self.graph.roots.sort_by_key(|(p, _)| *p);
    }

    /// A product's sites in some countries, or a made-up site where there is none.
    fn offers_in(&mut self, commodity: CommodityIx, countries: &[Country]) -> Vec<Offer> {
        let sites: Vec<SiteIx> = countries
            .iter()
            .flat_map(|c| {
                self.network
                    .makers_in(commodity, Place::In(*c))
                    .iter()
                    .copied()
            })
            .collect();
        let offers = self.by_output(&sites, 0);
        if !offers.is_empty() {
            return offers;
        }
        self.graph.what_if = true;
        let part = 1.0 / countries.len() as f64;
        countries
            .iter()
            .map(|c| {
                (
                    Supplier::Virtual(ProcessKind::WhatIf, Place::In(*c)),
                    part,
                    0,
                )
            })
            .collect()
    }

    fn availability(&self, supplier: Supplier, commodity: CommodityIx) -> f64 {
        match supplier {
            Supplier::Site(site) => self.network.site(site).availability,
            Supplier::Virtual(kind, place) => {
                derived::availability(self.network, kind, commodity, place)
            }
        }
    }

    /// Sites with their parts of what they make together; a sole maker may have no output.
    fn by_output(&self, sites: &[SiteIx], not_in: u32) -> Vec<Offer> {
        if let Some(only) = self.sole_maker(sites) {
            return vec![(Supplier::Site(only), 1.0, not_in)];
        }
        let output = |ix: &SiteIx| self.network.site(*ix).output.unwrap_or(0.0);
        let total: f64 = sites.iter().map(output).sum();
        if total <= 0.0 {
            return Vec::new();
        }
        sites
            .iter()
            .filter(|ix| output(ix) > 0.0)
            .map(|ix| (Supplier::Site(*ix), output(ix) / total, not_in))
            .collect()
    }

    /// The only site that makes anything, if its output is not stated. Others may stand by with capacity alone.
    fn sole_maker(&self, sites: &[SiteIx]) -> Option<SiteIx> {
        let mut working = sites.iter().filter(|s| !self.stands_by(**s));
        let first = working.next()?;
        let alone = working.next().is_none() && self.network.site(*first).output.is_none();
        alone.then_some(*first)
    }

    /// Whether a site has capacity but makes nothing at present.
    fn stands_by(&self, site: SiteIx) -> bool {
        let site = self.network.site(site);
        site.output.is_some_and(|o| o <= 0.0) && site.capacity.is_some_and(|c| c > 0.0)
    }

    /// Everyone who makes a commodity, by output; the placeless site if only a recipe is known.
    fn market_offers(&mut self, commodity: CommodityIx) -> Vec<Offer> {
        let sites: Vec<SiteIx> = self.network.makers(commodity).collect();
        let not_in = self.table_list(commodity);
        let offers = self.by_output(&sites, not_in);
        let nobody = sites.iter().all(|s| self.stands_by(*s));
        if offers.is_empty() && nobody && self.network.commodity(commodity).has_recipe() {
            return vec![(
                Supplier::Virtual(ProcessKind::Placeless, Place::Unknown),
                1.0,
                0,
            )];
        }
        offers
    }

    fn list(&mut self, countries: Arc<[Country]>) -> u32 {
        if let Some(known) = self.lists.get(&countries) {
            return *known;
        }
        let at = self.graph.lists.len() as u32;
        self.graph.lists.push(countries.clone());
        self.lists.insert(countries, at);
        at
    }

    /// The countries that the remainder of a commodity's table cannot be.
    fn table_list(&mut self, commodity: CommodityIx) -> u32 {
        if let Some(known) = self.list_of.get(&commodity) {
            return *known;
        }
        let listed = self
            .network
            .commodity(commodity)
            .production
            .as_ref()
            .map(|p| p.listed.clone());
        let at = listed.map_or(0, |l| self.list(l));
        self.list_of.insert(commodity, at);
        at
    }

    fn union(&mut self, a: u32, b: u32) -> u32 {
        if a == b || b == 0 {
            return a;
        }
        if a == 0 {
            return b;
        }
        let mut both: Vec<Country> = self.graph.lists[a as usize]
            .iter()
            .chain(self.graph.lists[b as usize].iter())
            .copied()
            .collect();
        both.sort_unstable();
        both.dedup();
        self.list(both.into())
    }

    /// The processes behind a supplier with their parts of its output, made if they are new.
    fn processes_of(
        &mut self,
        supplier: Supplier,
        commodity: CommodityIx,
        not_in: u32,
    ) -> Vec<(ProcessIx, f64)> {
        let network = self.network;
        let of_commodity = || -> Vec<(f64, Option<Arc<Recipe>>)> {
            let c = network.commodity(commodity);
            if c.has_recipe() {
                c.recipes().map(|(s, r)| (s, Some(r.clone()))).collect()
            } else {
                vec![(1.0, None)]
            }
        };
        let (recipes, place, kind, site) = match supplier {
            Supplier::Site(ix) => {
                let site = network.site(ix);
                let recipes = network
                    .recipes_at(site)
                    .into_iter()
                    .map(|(s, r)| (s, r.cloned()))
                    .collect();
                (recipes, site.place, ProcessKind::Site, Some(ix))
            }
            Supplier::Virtual(kind @ (ProcessKind::Scrap | ProcessKind::ReExporter), place) => {
                (vec![(1.0, None)], place, kind, None)
            }
            Supplier::Virtual(kind, place) => (of_commodity(), place, kind, None),
        };
        let several = recipes.len() > 1;
        let mut out = Vec::with_capacity(recipes.len());
        for (route, (share, recipe)) in recipes.into_iter().enumerate() {
            let route = route as u16;
            let home = match kind {
                ProcessKind::Implied => not_in,
                ProcessKind::Site if place == Place::Rest => {
                    self.home(site, commodity, not_in, recipe.as_deref())
                }
                _ => 0,
            };
            let key = match (kind, place, site) {
                (_, _, Some(site)) => ProcessKey::Site(site, route, home),
                (ProcessKind::Scrap, place, _) => ProcessKey::Scrap(commodity, place),
                (ProcessKind::ReExporter, Place::In(country), _) => {
                    ProcessKey::ReExporter(commodity, country)
                }
                (ProcessKind::WhatIf, Place::In(country), _) => {
                    ProcessKey::WhatIf(commodity, country, route)
                }
                (ProcessKind::Implied, place, _) => {
                    ProcessKey::Implied(commodity, place, route, not_in)
                }
                _ => ProcessKey::Placeless(commodity, route),
            };
            let process = Process {
                commodity,
                place,
                kind,
                site,
                route: several.then_some(route),
                inputs: 0..0,
                tie: None,
            };
            let ix = self.intern(key, process, recipe);
            if home > 0 {
                self.home_of.insert(ix, home);
            }
            out.push((ix, share));
        }
        out
    }

    /// The countries that a site in the remainder of a table cannot be in: those that its buyer's link excludes, which are the
    /// table's and those that the buyer's trade entry lists. That tells sites apart only if they use something at home.
    fn home(
        &mut self,
        site: Option<SiteIx>,
        commodity: CommodityIx,
        not_in: u32,
        recipe: Option<&Recipe>,
    ) -> u32 {
        let network = self.network;
        let at_home = |c: CommodityIx| {
            let stated = site.is_some_and(|s| network.supply_entry(s, c).is_some());
            network.commodity(c).recycled.rate > 0.0 || !network.commodity(c).traded && !stated
        };
        let mut inputs = recipe.iter().flat_map(|r| &r.inputs);
        let table = self.table_list(commodity);
        if not_in > 0 && inputs.any(|i| at_home(i.commodity)) {
            not_in
        } else {
            table
        }
    }

    fn intern(
        &mut self,
        key: ProcessKey,
        process: Process,
        recipe: Option<Arc<Recipe>>,
    ) -> ProcessIx {
        if let Some(known) = self.processes.get(&key) {
            return *known;
        }
        let ix = ProcessIx(self.graph.processes.len() as u32);
        self.processes.insert(key, ix);
        self.graph.processes.push(process);
        self.open.push((ix, recipe));
        ix
    }

    fn finish(mut self) -> SupplyGraph<'n> {
        while let Some((process, recipe)) = self.open.pop() {
            self.fill(process, recipe.as_deref());
        }
        self.collect_notes();
        let processes = self.graph.processes.len() as u32;
        let mut depends_on = Vec::with_capacity(self.graph.parts.len() + self.graph.links.len());
        for (at, process) in self.graph.processes.iter().enumerate() {
            let inputs =
                &self.graph.inputs[process.inputs.start as usize..process.inputs.end as usize];
            for input in inputs {
                for part in &self.graph.parts[input.parts.start as usize..input.parts.end as usize]
                {
                    depends_on.push((at as u32, processes + part.mix));
                }
            }
            depends_on.extend(process.tie.map(|tie| (at as u32, processes + tie.mix)));
        }
        for (at, mix) in self.graph.mixes.iter().enumerate() {
            for link in &self.graph.links[mix.links.start as usize..mix.links.end as usize] {
                depends_on.push((processes + at as u32, link.supplier.0));
            }
        }
        self.graph.order = Order::new(
            processes,
            self.graph.processes.len() + self.graph.mixes.len(),
            &depends_on,
        );
        self.graph
    }

    fn fill(&mut self, ix: ProcessIx, recipe: Option<&Recipe>) {
        let process = self.graph.processes[ix.at()].clone();
        // Unknown buyers in the remainder of a table cannot be in the countries it lists, nor can what they use at home.
        let home = self.home_of.get(&ix).copied().unwrap_or(0);
        let mut inputs: Vec<Input> = Vec::new();
        if process.kind == ProcessKind::ReExporter {
            let mix = self.market(process.commodity, process.place);
            inputs.push(self.input(
                process.commodity,
                1.0,
                1.0,
                true,
                0.0,
                vec![Part { mix, share: 1.0 }],
            ));
        } else if let Some(recipe) = recipe {
            for needed in &recipe.inputs {
                let parts = self.source(&process, home, needed.commodity);
                inputs.push(self.input(
                    needed.commodity,
                    needed.amount,
                    needed.weight,
                    needed.essential,
                    needed.substitutable,
                    parts,
                ));
            }
        }
        let start = self.graph.inputs.len() as u32;
        self.graph.inputs.append(&mut inputs);
        self.graph.processes[ix.at()].inputs = start..self.graph.inputs.len() as u32;
        self.graph.processes[ix.at()].tie = self.tie(&process);
    }

    fn input(
        &mut self,
        commodity: CommodityIx,
        amount: f64,
        weight: f64,
        essential: bool,
        substitutable: f64,
        parts: Vec<Part>,
    ) -> Input {
        let start = self.graph.parts.len() as u32;
        self.graph.parts.extend(parts);
        Input {
            commodity,
            amount,
            weight,
            essential,
            substitutable,
            parts: start..self.graph.parts.len() as u32,
        }
    }

    /// Where a buyer gets an input: scrap first, then stated supply, its country's trade, or the world market.
    fn source(&mut self, buyer: &Process, buyer_list: u32, commodity: CommodityIx) -> Vec<Part> {
        let recycled = self.network.commodity(commodity).recycled.rate;
        let mut parts = Vec::with_capacity(2);
        if recycled > 0.0 {
            let key = MixKey::Scrap(commodity, buyer.place, buyer_list);
            let offer = (
                Supplier::Virtual(ProcessKind::Scrap, buyer.place),
                1.0,
                buyer_list,
            );
            parts.push(Part {
                mix: self.mix(key, commodity, buyer.place, |_| (vec![offer], 0.0, 0)),
                share: recycled,
            });
        }
        let rest = 1.0 - recycled;
        if rest <= 0.0 {
            return parts;
        }
        let entry = buyer
            .site
            .and_then(|s| self.network.supply_entry(s, commodity))
            .copied();
        if let Some(entry) = entry {
            let links = self.network.supply().links_of(&entry);
            let sum: f64 = links.iter().map(|l| l.share).sum();
            let open = left_open(sum);
            let to_market = entry.rest_from_market && open > 0.0;
            let offers = links
                .iter()
                .map(|l| (Supplier::Site(l.supplier), l.share))
                .collect::<Vec<_>>();
            let list = self.table_list(commodity);
            let unattributed = if to_market { 0.0 } else { open };
            let key = MixKey::Supply(entry.buyer, commodity);
            let mix = self.mix(key, commodity, buyer.place, |_| {
                (
                    offers
                        .into_iter()
                        .map(|(s, share)| (s, share, list))
                        .collect(),
                    unattributed,
                    0,
                )
            });
            parts.push(Part { mix, share: rest });
            if to_market {
                parts.push(Part {
                    mix: self.market(commodity, buyer.place),
                    share: rest * open,
                });
            }
            return parts;
        }
        if !self.network.commodity(commodity).traded {
            let mix = self.own_country(commodity, buyer.place, buyer_list);
            parts.push(Part { mix, share: rest });
            return parts;
        }
        let trade = buyer
            .place
            .country()
            .and_then(|c| self.network.trade_entry(commodity, c));
        if let Some((at, entry)) = trade {
            let sum: f64 = entry.from.iter().map(|s| s.share).sum();
            let open = left_open(sum);
            parts.push(Part {
                mix: self.trade(at, entry, open, buyer.place),
                share: rest,
            });
            if entry.rest_from_market && open > 0.0 {
                parts.push(Part {
                    mix: self.market(commodity, buyer.place),
                    share: rest * open,
                });
            }
            return parts;
        }
        parts.push(Part {
            mix: self.market(commodity, buyer.place),
            share: rest,
        });
        parts
    }

    /// The buyer's place, if a ban on the commodity makes it matter.
    fn banned_place(&self, commodity: CommodityIx, buyer: Place) -> Option<Place> {
        self.network
            .bans()
            .iter()
            .any(|b| b.commodity == commodity)
            .then_some(buyer)
    }

    fn market(&mut self, commodity: CommodityIx, buyer: Place) -> u32 {
        let key = MixKey::Market(commodity, self.banned_place(commodity, buyer));
        self.mix(key, commodity, buyer, |builder| {
            let offers = builder.market_offers(commodity);
            let unattributed = if offers.is_empty() { 1.0 } else { 0.0 };
            (offers, unattributed, 0)
        })
    }

    /// What is not traded comes from the buyer's own country, from an implied site if no other is known there.
    fn own_country(&mut self, commodity: CommodityIx, place: Place, buyer_list: u32) -> u32 {
        self.mix(
            MixKey::Own(commodity, place, buyer_list),
            commodity,
            place,
            |builder| {
                let sites = builder.network.makers_in(commodity, place).to_vec();
                // What an unknown buyer uses at home can be where the buyer can be, whatever the table of it lists.
                let mut offers = if place == Place::Unknown {
                    Vec::new()
                } else {
                    builder.by_output(&sites, buyer_list)
                };
                if offers.is_empty() {
                    offers.push((
                        Supplier::Virtual(ProcessKind::Implied, place),
                        1.0,
                        buyer_list,
                    ));
                }
                (offers, 0.0, 0)
            },
        )
    }

    fn trade(&mut self, at: u32, entry: &TradeEntry, open: f64, buyer: Place) -> u32 {
        let commodity = entry.commodity;
        let key = MixKey::Trade(at, self.banned_place(commodity, buyer));
        self.mix(key, commodity, buyer, |builder| {
            let named: Vec<Country> = entry.from.iter().filter_map(|s| s.from.country()).collect();
            let named = builder.list(named.into());
            let mut offers = Vec::new();
            let mut unattributed = if entry.rest_from_market { 0.0 } else { open };
            for line in entry.from.iter().filter(|line| line.share > 0.0) {
                let sites = builder.network.makers_in(commodity, line.from).to_vec();
                let table = if line.from == Place::Rest {
                    builder.table_list(commodity)
                } else {
                    0
                };
                let not_in = if line.from == Place::Rest {
                    builder.union(table, named)
                } else {
                    0
                };
                let found = builder.by_output(&sites, not_in);
                match (found.is_empty(), line.from) {
                    (false, _) => offers.extend(
                        found
                            .into_iter()
                            .map(|(s, part, list)| (s, part * line.share, list)),
                    ),
                    (true, Place::In(_)) => {
                        offers.push((
                            Supplier::Virtual(ProcessKind::ReExporter, line.from),
                            line.share,
                            0,
                        ));
                    }
                    (true, Place::Rest | Place::Unknown) => unattributed += line.share,
                }
            }
            (offers, unattributed, named)
        })
    }

    /// Makes a mix, or finds it; outages and bans turn parts of its offers into unmet demand.
    fn mix(
        &mut self,
        key: MixKey,
        commodity: CommodityIx,
        buyer: Place,
        offers: impl FnOnce(&mut Self) -> (Vec<Offer>, f64, u32),
    ) -> u32 {
        if let Some(known) = self.mixes.get(&key) {
            return *known;
        }
        let at = self.graph.mixes.len() as u32;
        self.mixes.insert(key, at);
        self.graph.mixes.push(Mix {
            commodity,
            links: 0..0,
            unattributed: 0.0,
            not_in: 0,
            unmet: 0.0,
        });
        let (offers, unattributed, not_in) = offers(self);
        let mut links: Vec<Link> = Vec::with_capacity(offers.len());
        let mut unmet = 0.0;
        for (supplier, share, not_in) in offers {
            let place = match supplier {
                Supplier::Site(site) => self.network.site(site).place,
                Supplier::Virtual(_, place) => place,
            };
            let banned = self
                .network
                .bans()
                .iter()
                .any(|b| b.commodity == commodity && b.stops(place, buyer));
            let available = if banned {
                0.0
            } else {
                self.availability(supplier, commodity)
            };
            unmet += share * (1.0 - available);
            if available <= 0.0 || share <= 0.0 {
                continue;
            }
            let known = matches!(place, Place::In(_));
            for (process, part) in self.processes_of(supplier, commodity, not_in) {
                if part > 0.0 {
                    links.push(Link {
                        supplier: process,
                        share: share * part * available,
                        not_in: if known { 0 } else { not_in },
                    });
                }
            }
        }
        let start = self.graph.links.len() as u32;
        self.graph.links.append(&mut links);
        let links = start..self.graph.links.len() as u32;
        self.graph.mixes[at as usize] = Mix {
            commodity,
            links,
            unattributed,
            not_in,
            unmet,
        };
        at
    }

    /// The tie of a by-product to the host's sites in its own country.
    fn tie(&mut self, process: &Process) -> Option<Tie> {
        let network = self.network;
        let byproduct = network.commodity(process.commodity).byproduct_of.as_ref()?;
        let Place::In(country) = process.place else {
            return None;
        };
        if !process.kind.is_maker() {
            return None;
        }
        let hosts = network.makers_in(byproduct.host, process.place).to_vec();
        let offers = self.by_output(&hosts, 0);
        if offers.is_empty() {
            return None;
        }
        let sum = |sites: &[SiteIx], commodity: CommodityIx| -> Option<f64> {
            let relative = network
                .commodity(commodity)
                .production
                .as_ref()
                .is_some_and(|p| p.relative);
            (!relative).then_some(())?;
            sites.iter().map(|ix| network.site(*ix).output).sum()
        };
        let own = network.makers_in(process.commodity, process.place);
        let slack = match (sum(&hosts, byproduct.host), sum(own, process.commodity)) {
            (Some(host), Some(own)) if own > 0.0 => {
                (byproduct.yield_per_host * host / own).max(1.0)
            }
            _ => 1.0,
        };
        let mix = self.mix(
            MixKey::Host(byproduct.host, country),
            byproduct.host,
            process.place,
            |_| (offers, 0.0, 0),
        );
        Some(Tie { mix, slack })
    }

    /// Notes on the commodities in the cone that the reader of any figure should know.
    fn collect_notes(&mut self) {
        let network = self.network;
        let mut commodities: Vec<CommodityIx> =
            self.graph.processes.iter().map(|p| p.commodity).collect();
        commodities.sort_unstable();
        commodities.dedup();
        for ix in commodities {
            let commodity = network.commodity(ix);
            self.graph.notes.extend(
                commodity
                    .notes
                    .iter()
                    .map(|note| format!("{}: {note}", commodity.id)),
            );
        }
    }
}
