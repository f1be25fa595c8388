//! Builds the cone of a product: who supplies what, resolved on demand.

mod mixes;
mod offers;
mod processes;
mod roots;

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::graph::order::Order;
use crate::graph::supply_graph::{Input, Part, ProcessIx, ProcessKind, SupplyGraph};
use crate::model::{CommodityIx, Country, Network, Place, Recipe, SiteIx};

pub use roots::{ProductError, Roots};

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
