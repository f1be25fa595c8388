//! Who supplies whom: for each input the mixes it is bought from, with the outages and bans that bear on them.

use super::{Builder, MixKey, Offer, Supplier};
use crate::graph::supply_graph::{Link, Mix, Part, Process, ProcessKind, Tie};
use crate::model::{CommodityIx, Country, Place, SiteIx, TradeEntry};

/// Shares that miss 1 by less were meant to add up to it: the rest is float arithmetic, or the last digit that was written.
const FLOAT_NOISE: f64 = 1e-10;

/// What shares leave to 1.
fn left_open(sum: f64) -> f64 {
    let open = 1.0 - sum;
    if open > FLOAT_NOISE { open } else { 0.0 }
}

/// Makes up for float noise, which a loop of essential inputs would add up to a loss.
fn close(offers: &mut [Offer], unattributed: f64) {
    let sum: f64 = offers.iter().map(|(_, share, _)| share).sum();
    let gap = (1.0 - unattributed - sum).abs();
    if gap > 0.0 && gap <= FLOAT_NOISE && sum > FLOAT_NOISE {
        let factor = (1.0 - unattributed) / sum;
        offers.iter_mut().for_each(|(_, share, _)| *share *= factor);
    }
}

impl Builder<'_> {
    /// Where a buyer gets an input: scrap first, then stated supply, its country's trade, or the world market.
    pub(super) fn source(
        &mut self,
        buyer: &Process,
        buyer_list: u32,
        commodity: CommodityIx,
    ) -> Vec<Part> {
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

    pub(super) fn market(&mut self, commodity: CommodityIx, buyer: Place) -> u32 {
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
        let (mut offers, unattributed, not_in) = offers(self);
        close(&mut offers, unattributed);
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
    pub(super) fn tie(&mut self, process: &Process) -> Option<Tie> {
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
}
