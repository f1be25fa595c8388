//! The processes behind a supplier, each made once.

use std::sync::Arc;

use super::{Builder, ProcessKey, Supplier};
use crate::graph::supply_graph::{Process, ProcessIx, ProcessKind};
use crate::model::{CommodityIx, Place, Recipe, SiteIx};

impl Builder<'_> {
    /// The processes behind a supplier with their parts of its output, made if they are new.
    pub(super) fn processes_of(
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
}
