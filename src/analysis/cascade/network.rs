//! Sites and what they sell one another, from a network or from a table of flows.

use crate::graph::{Roots, SupplyGraph};
use crate::model::{CommodityIx, FlowTable, Need, Network, SiteIx, some_of};

use super::CascadeWeights;
use super::outputs::outputs;

/// A node of the cascade.
#[derive(Clone, Debug, PartialEq)]
pub struct CascadeNode {
    /// Id as output shows it.
    pub id: String,
    /// Sector: the commodity it makes.
    pub sector: u32,
    /// Alpha-3 code, `ROW` or `unknown`; none in a table of flows.
    pub country: Option<String>,
    /// The site behind it, where there is one.
    pub site: Option<SiteIx>,
    /// Value of its output, or the stated weight.
    pub value: f64,
}

/// A purchase before it is sorted: a buyer takes a value from a pool, in the name of a sector.
#[derive(Clone, Copy, Debug)]
pub(super) struct Purchase {
    pub(super) buyer: u32,
    pub(super) sector: u32,
    pub(super) need: Need,
    pub(super) pool: u32,
    pub(super) value: f64,
}

/// The inputs of one buyer from one sector.
#[derive(Clone, Debug)]
pub(super) struct Group {
    pub(super) need: Need,
    /// All that is bought from the sector.
    pub(super) total: f64,
    pub(super) purchases: std::ops::Range<u32>,
}

/// Sites and what they sell one another, ready for cascades.
#[derive(Clone, Debug)]
pub struct CascadeNetwork {
    pub(super) nodes: Vec<CascadeNode>,
    pub(super) sectors: Vec<String>,
    /// Suppliers of each pool with their shares.
    pub(super) pools: Vec<Vec<(u32, f64)>>,
    pub(super) purchases: Vec<Purchase>,
    pub(super) groups: Vec<Group>,
    pub(super) groups_of: Vec<std::ops::Range<u32>>,
    /// Pools that a node sells into, with its share.
    pub(super) sold_to: Vec<Vec<(u32, f64)>>,
    pub(super) sales: Vec<f64>,
    pub(super) bought: Vec<f64>,
    /// Who buys from each pool.
    pub(super) buyers: Vec<Vec<u32>>,
    /// The nodes of each sector.
    pub(super) members: Vec<Vec<u32>>,
    /// Sales of each sector.
    pub(super) market: Vec<f64>,
    notes: Vec<String>,
}

impl CascadeNetwork {
    fn assemble(
        nodes: Vec<CascadeNode>,
        sectors: Vec<String>,
        pools: Vec<Vec<(u32, f64)>>,
        mut purchases: Vec<Purchase>,
        notes: Vec<String>,
    ) -> Self {
        purchases.retain(|p| p.value > 0.0);
        purchases.sort_by_key(|p| (p.buyer, p.sector, p.need, p.pool));
        let share_sums: Vec<f64> = pools
            .iter()
            .map(|links| links.iter().map(|(_, share)| share).sum())
            .collect();
        let mut sold_to: Vec<Vec<(u32, f64)>> = vec![Vec::new(); nodes.len()];
        for (pool, links) in pools.iter().enumerate() {
            for (supplier, share) in links {
                sold_to[*supplier as usize].push((pool as u32, *share));
            }
        }
        let mut taken = vec![0.0; pools.len()];
        let mut bought = vec![0.0; nodes.len()];
        let mut groups: Vec<Group> = Vec::new();
        let mut groups_of = vec![0..0; nodes.len()];
        let mut at = 0;
        for of_group in
            purchases.chunk_by(|a, b| (a.buyer, a.sector, a.need) == (b.buyer, b.sector, b.need))
        {
            let first = of_group[0];
            let worth = |p: &Purchase| p.value * share_sums[p.pool as usize];
            let total: f64 = of_group.iter().map(worth).sum();
            for p in of_group {
                taken[p.pool as usize] += p.value;
            }
            bought[first.buyer as usize] += total;
            let range: &mut std::ops::Range<u32> = &mut groups_of[first.buyer as usize];
            let group = groups.len() as u32;
            *range = if range.start == range.end {
                group..group + 1
            } else {
                range.start..group + 1
            };
            groups.push(Group {
                need: first.need,
                total,
                purchases: at..at + of_group.len() as u32,
            });
            at += of_group.len() as u32;
        }
        let sales: Vec<f64> = sold_to
            .iter()
            .map(|pools| pools.iter().map(|(p, s)| taken[*p as usize] * s).sum())
            .collect();
        let mut buyers: Vec<Vec<u32>> = vec![Vec::new(); pools.len()];
        for p in &purchases {
            let buyers = &mut buyers[p.pool as usize];
            if buyers.last() != Some(&p.buyer) {
                buyers.push(p.buyer);
            }
        }
        let mut members: Vec<Vec<u32>> = vec![Vec::new(); sectors.len()];
        let mut market = vec![0.0; sectors.len()];
        for (at, node) in nodes.iter().enumerate() {
            members[node.sector as usize].push(at as u32);
            market[node.sector as usize] += sales[at];
        }
        Self {
            nodes,
            sectors,
            pools,
            purchases,
            groups,
            groups_of,
            sold_to,
            sales,
            bought,
            buyers,
            members,
            market,
            notes,
        }
    }

    /// Takes a table of flows between firms.
    #[must_use]
    pub fn of_table(table: &FlowTable) -> Self {
        let nodes: Vec<CascadeNode> = table
            .nodes
            .iter()
            .map(|n| CascadeNode {
                id: n.id.clone(),
                sector: n.sector,
                country: None,
                site: None,
                value: n.weight.unwrap_or(0.0),
            })
            .collect();
        let mut flows = table.flows.clone();
        let sector = |supplier: u32| nodes[supplier as usize].sector;
        flows.sort_by_key(|f| (f.buyer, sector(f.supplier), f.need, f.supplier));
        let mut pools = Vec::new();
        let mut purchases = Vec::new();
        for of_pool in flows.chunk_by(|a, b| {
            (a.buyer, sector(a.supplier), a.need) == (b.buyer, sector(b.supplier), b.need)
        }) {
            let first = of_pool[0];
            let value: f64 = of_pool.iter().map(|f| f.weight).sum();
            purchases.push(Purchase {
                buyer: first.buyer,
                sector: sector(first.supplier),
                need: first.need,
                pool: pools.len() as u32,
                value,
            });
            pools.push(
                of_pool
                    .iter()
                    .map(|f| (f.supplier, f.weight / value))
                    .collect(),
            );
        }
        Self::assemble(nodes, table.sectors.clone(), pools, purchases, Vec::new())
    }

    /// Takes the whole network: W = output x amount x share x price, sectors are commodities, and an input is essential where
    /// its recipe says so.
    ///
    /// A price that is not known counts as 1. Sites without an absolute output, and sites that the rules of supply imply, make
    /// what their buyers take; one unit in all where nobody buys.
    #[must_use]
    pub fn of_network(network: &Network) -> Self {
        let all: Vec<CommodityIx> = (0..network.commodities().len() as u32)
            .map(CommodityIx)
            .collect();
        let graph = SupplyGraph::new(network, &Roots::commodities(&all));
        let outputs = outputs(&graph);
        let price = |ix: CommodityIx| {
            network
                .commodity(ix)
                .price
                .as_ref()
                .map_or(1.0, |p| p.value)
        };
        let mut unpriced: Vec<CommodityIx> = Vec::new();
        let mut softened = false;
        let mut purchases = Vec::new();
        for (ix, _) in graph.indexed() {
            let output = outputs[ix.at()];
            for input in graph.inputs_of(ix) {
                softened |= input.substitutable > 0.0;
                if network.commodity(input.commodity).price.is_none() {
                    unpriced.push(input.commodity);
                }
                let need = if input.essential {
                    Need::Essential
                } else {
                    Need::NonEssential
                };
                purchases.extend(input.parts.iter().map(|part| Purchase {
                    buyer: ix.0,
                    sector: input.commodity.0,
                    need,
                    pool: part.mix,
                    value: output * input.amount * part.share * price(input.commodity),
                }));
            }
        }
        let pools = (0..graph.mixes().len() as u32)
            .map(|mix| {
                graph
                    .links_of(mix)
                    .iter()
                    .map(|l| (l.supplier.0, l.share))
                    .collect()
            })
            .collect();
        let nodes = graph
            .indexed()
            .map(|(ix, p)| CascadeNode {
                id: graph.id(ix),
                sector: p.commodity.0,
                country: Some(p.place.to_string()),
                site: p.site,
                value: outputs[ix.at()] * price(p.commodity),
            })
            .collect();
        let sectors = network
            .commodities()
            .iter()
            .map(|c| c.id.to_string())
            .collect();
        let notes = notes_on(network, unpriced, softened);
        Self::assemble(nodes, sectors, pools, purchases, notes)
    }

    /// The nodes.
    #[must_use]
    pub fn nodes(&self) -> &[CascadeNode] {
        &self.nodes
    }

    /// The name of a sector.
    #[must_use]
    pub fn sector(&self, node: &CascadeNode) -> &str {
        &self.sectors[node.sector as usize]
    }

    /// How many sales from one node to another there are.
    #[must_use]
    pub fn links(&self) -> usize {
        self.purchases
            .iter()
            .map(|p| self.pools[p.pool as usize].len())
            .sum()
    }

    /// What the builder decided for the reader.
    #[must_use]
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    pub(super) fn weights(&self, by: CascadeWeights) -> Vec<f64> {
        match by {
            CascadeWeights::Sales => self.sales.clone(),
            CascadeWeights::Output => self.nodes.iter().map(|n| n.value).collect(),
        }
    }
}

fn notes_on(network: &Network, mut unpriced: Vec<CommodityIx>, softened: bool) -> Vec<String> {
    let mut notes = Vec::new();
    unpriced.sort_unstable();
    unpriced.dedup();
    if !unpriced.is_empty() {
        const MOST_NAMED: usize = 6;
        let ids = unpriced.iter().map(|ix| &*network.commodity(*ix).id);
        notes.push(format!(
            "the price of {} is not known and counts as 1 per unit",
            some_of(&ids.collect::<Vec<_>>(), MOST_NAMED)
        ));
    }
    if softened {
        notes.push(
            "the substitutable part of an input is not used: ESRI knows essential and non-essential inputs only"
                .to_owned(),
        );
    }
    notes
}
