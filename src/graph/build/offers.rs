//! Who offers a commodity, before outages and bans: makers by output, and sites that are made up where none is known.

use std::sync::Arc;

use super::{Builder, Offer, Supplier};
use crate::graph::derived;
use crate::graph::supply_graph::ProcessKind;
use crate::model::{CommodityIx, Country, Place, SiteIx};

impl Builder<'_> {
    /// A product's sites in some countries, or a made-up site where there is none.
    pub(super) fn offers_in(
        &mut self,
        commodity: CommodityIx,
        countries: &[Country],
    ) -> Vec<Offer> {
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

    /// Everyone who makes a commodity, by output; the placeless site if only a recipe is known.
    pub(super) fn market_offers(&mut self, commodity: CommodityIx) -> Vec<Offer> {
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

    /// Sites with their parts of what they make together; a sole maker may have no output.
    pub(super) fn by_output(&self, sites: &[SiteIx], not_in: u32) -> Vec<Offer> {
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

    pub(super) fn availability(&self, supplier: Supplier, commodity: CommodityIx) -> f64 {
        match supplier {
            Supplier::Site(site) => self.network.site(site).availability,
            Supplier::Virtual(kind, place) => {
                derived::availability(self.network, kind, commodity, place)
            }
        }
    }

    pub(super) fn list(&mut self, countries: Arc<[Country]>) -> u32 {
        if let Some(known) = self.lists.get(&countries) {
            return *known;
        }
        let at = self.graph.lists.len() as u32;
        self.graph.lists.push(countries.clone());
        self.lists.insert(countries, at);
        at
    }

    /// The countries that the remainder of a commodity's table cannot be.
    pub(super) fn table_list(&mut self, commodity: CommodityIx) -> u32 {
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

    pub(super) fn union(&mut self, a: u32, b: u32) -> u32 {
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
}
