//! Limits of stated links: a supplier may give a buyer at most the limit, and at least what flows today, by the stated link and
//! by the market together. Equations in `docs/methods.md`, At risk, adapted.

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};

use super::Priority;
use super::actors::Cast;
use crate::graph::{InputView, ProcessIx, SupplyGraph};
use crate::model::{SiteIx, SupplyEntry};

/// The limits of a product's graph.
#[derive(Debug, Default)]
pub(super) struct LinkLimits {
    /// Most that a supplier may give to the buyer behind a mix of stated suppliers, in units of the commodity per year.
    pub(super) most: FxHashMap<(u32, SiteIx), f64>,
    /// Suppliers with a limit anywhere.
    pub(super) sites: FxHashSet<SiteIx>,
    /// Buyers who get more from such a supplier through the market: market mix and buyer, with the mix of the stated suppliers.
    pub(super) by_market: BTreeMap<(u32, SiteIx), u32>,
}

/// The site whose stated suppliers a mix holds.
struct Buyer {
    entry: SupplyEntry,
    required: f64,
    output: Option<f64>,
    taken: f64,
    /// The mix of the market, if the rest comes from there, and what is taken of it.
    market: Option<(u32, f64)>,
}

impl Buyer {
    fn new(entry: SupplyEntry) -> Self {
        Self {
            entry,
            required: 0.0,
            output: Some(0.0),
            taken: 0.0,
            market: None,
        }
    }

    fn part(&self, priority: Priority) -> f64 {
        match (priority, self.output) {
            (Priority::ProRata, Some(output)) if output > 0.0 => (self.required / output).min(1.0),
            _ => 1.0,
        }
    }
}

impl LinkLimits {
    /// Works out the limits; `goes_by` is the process that each goes by.
    pub(super) fn new(
        graph: &SupplyGraph<'_>,
        cast: &Cast,
        goes_by: &[ProcessIx],
        priority: Priority,
    ) -> Self {
        let supply = graph.network.supply();
        let limit_of: FxHashMap<u32, f64> = supply.limits.iter().copied().collect();
        let mut found = Self::default();
        if limit_of.is_empty() {
            return found;
        }
        for (mix, buyer) in &buyers(graph, cast, goes_by) {
            for at in buyer.entry.start..buyer.entry.start + buyer.entry.len {
                let Some(limit) = limit_of.get(&at) else {
                    continue;
                };
                let link = supply.links[at as usize];
                let by_market = buyer.market.map_or(0.0, |(market, taken)| {
                    taken * share_in(graph, market, link.supplier)
                });
                // `taken` is what comes through the mix as a whole; link shares are parts of that.
                let today = buyer.taken * link.share + by_market;
                let most = (limit * buyer.part(priority)).max(today);
                found.most.insert((*mix, link.supplier), most);
                found.sites.insert(link.supplier);
                if let (Some((market, _)), true) = (buyer.market, by_market > 0.0) {
                    found.by_market.insert((market, buyer.entry.buyer), *mix);
                }
            }
        }
        found
    }
}

/// Who has stated suppliers, by the mix of those.
fn buyers(graph: &SupplyGraph<'_>, cast: &Cast, goes_by: &[ProcessIx]) -> BTreeMap<u32, Buyer> {
    let mut buyers: BTreeMap<u32, Buyer> = BTreeMap::new();
    for (process, at) in graph.indexed().filter(|(p, _)| goes_by[p.at()] == *p) {
        let (Some(site), Some(actor)) = (at.site, cast.of_process[process.at()]) else {
            continue;
        };
        let actor = &cast.actors[actor];
        for input in graph.inputs_of(process) {
            let Some(entry) = graph.network.supply_entry(site, input.commodity) else {
                continue;
            };
            let (stated, market) = parts(graph, &input);
            let Some(stated) = stated else {
                continue;
            };
            let buyer = buyers
                .entry(stated.mix)
                .or_insert_with(|| Buyer::new(*entry));
            buyer.required += actor.required;
            buyer.output = buyer.output.zip(actor.output).map(|(sum, more)| sum + more);
            let all = input.amount * actor.required;
            buyer.taken += stated.share * all;
            if let Some(market) = market {
                buyer.market.get_or_insert((market.mix, 0.0)).1 += market.share * all;
            }
        }
    }
    buyers
}

/// The parts of an input that stated suppliers and the market give; scrap comes before them.
fn parts(
    graph: &SupplyGraph<'_>,
    input: &InputView<'_>,
) -> (Option<crate::graph::Part>, Option<crate::graph::Part>) {
    let recycled = graph.network.commodity(input.commodity).recycled.rate > 0.0;
    let first = usize::from(recycled);
    let at = |index: usize| input.parts.get(index).copied();
    (at(first), at(first + 1))
}

/// The part of a mix that a site gives when nothing is stopped.
fn share_in(graph: &SupplyGraph<'_>, mix: u32, site: SiteIx) -> f64 {
    let links = graph.links_of(mix).iter();
    let of_site = links.filter(|l| graph.process(l.supplier).site == Some(site));
    let availability = graph.network.site(site).availability;
    let share: f64 = of_site.map(|l| l.share).sum();
    if share > 0.0 {
        share / availability
    } else {
        0.0
    }
}
