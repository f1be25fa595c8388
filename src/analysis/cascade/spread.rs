//! The two cascades, round by round, over what the last round moved.

use super::network::CascadeNetwork;
use super::{Replacement, TOLERANCE};
use crate::model::Need;

const MOST_ROUNDS: usize = 100_000;

/// A change so small that it is not passed on: far below what ends the cascade.
const NOTHING: f64 = 1e-13;

/// What is left of every node, with arrays to work in. Used again for shock after shock.
pub(super) struct Spread<'n> {
    network: &'n CascadeNetwork,
    replacement: Replacement,
    /// What the shock leaves.
    psi: Vec<f64>,
    /// What the downstream cascade leaves.
    pub(super) down: Vec<f64>,
    /// What the upstream cascade leaves.
    pub(super) up: Vec<f64>,
    /// Nodes of which anything is lost, in no particular order, once each.
    pub(super) touched: Vec<u32>,
    is_touched: Vec<bool>,
    pool_loss: Vec<f64>,
    touched_pools: Vec<u32>,
    /// Nodes of each sector that the downstream cascade has lowered.
    lowered: Vec<Vec<u32>>,
    lowered_sectors: Vec<u32>,
    market_left: Vec<f64>,
    marked_pool: Vec<bool>,
    marked_node: Vec<bool>,
    marked_sector: Vec<bool>,
}

impl<'n> Spread<'n> {
    pub(super) fn new(network: &'n CascadeNetwork, replacement: Replacement) -> Self {
        let (nodes, pools) = (network.nodes().len(), network.pools.len());
        let sectors = network.members.len();
        Self {
            network,
            replacement,
            psi: vec![1.0; nodes],
            down: vec![1.0; nodes],
            up: vec![1.0; nodes],
            touched: Vec::new(),
            is_touched: vec![false; nodes],
            pool_loss: vec![0.0; pools],
            touched_pools: Vec::new(),
            lowered: vec![Vec::new(); sectors],
            lowered_sectors: Vec::new(),
            market_left: network.market.clone(),
            marked_pool: vec![false; pools],
            marked_node: vec![false; nodes],
            marked_sector: vec![false; sectors],
        }
    }

    /// Runs both cascades from what a shock leaves of some nodes, 0 to 1; returns the rounds of the longer one.
    pub(super) fn run(&mut self, shock: &[(u32, f64)]) -> usize {
        self.clear();
        for (node, left) in shock {
            self.psi[*node as usize] = *left;
            self.touch(*node);
        }
        let shocked: Vec<u32> = shock.iter().map(|(node, _)| *node).collect();
        for node in &shocked {
            self.down[*node as usize] = self.psi[*node as usize];
            self.up[*node as usize] = self.psi[*node as usize];
            self.lower(*node);
        }
        let downstream = self.down_cascade(&shocked);
        self.clear_pools();
        let upstream = self.up_cascade(&shocked);
        self.touched.sort_unstable();
        downstream.max(upstream)
    }

    fn clear(&mut self) {
        for node in self.touched.drain(..) {
            let at = node as usize;
            (self.psi[at], self.down[at], self.up[at]) = (1.0, 1.0, 1.0);
            self.is_touched[at] = false;
        }
        for sector in self.lowered_sectors.drain(..) {
            self.lowered[sector as usize].clear();
            self.market_left[sector as usize] = self.network.market[sector as usize];
        }
        self.clear_pools();
    }

    fn clear_pools(&mut self) {
        for pool in self.touched_pools.drain(..) {
            self.pool_loss[pool as usize] = 0.0;
        }
    }

    fn touch(&mut self, node: u32) {
        if !std::mem::replace(&mut self.is_touched[node as usize], true) {
            self.touched.push(node);
        }
    }

    /// Remembers that the downstream cascade has lowered a node for the first time.
    fn lower(&mut self, node: u32) {
        let sector = self.network.nodes()[node as usize].sector;
        let lowered = &mut self.lowered[sector as usize];
        if lowered.is_empty() {
            self.lowered_sectors.push(sector);
        }
        lowered.push(node);
    }

    fn down_cascade(&mut self, shocked: &[u32]) -> usize {
        let mut moved: Vec<u32> = shocked.to_vec();
        let mut fresh: Vec<(u32, f64)> = Vec::new();
        for round in 1..=MOST_ROUNDS {
            let pools = self.pools_of_sellers(&moved);
            for pool in &pools {
                let loss = self.loss_of(*pool);
                self.set_pool(*pool, loss);
            }
            fresh.clear();
            for pool in pools {
                for buyer in &self.network.buyers[pool as usize] {
                    if !std::mem::replace(&mut self.marked_node[*buyer as usize], true) {
                        fresh.push((*buyer, 0.0));
                    }
                }
            }
            for (buyer, left) in &mut fresh {
                *left = self.left_downstream(*buyer);
            }
            let mut change = 0.0_f64;
            moved.clear();
            for (buyer, left) in &fresh {
                let at = *buyer as usize;
                self.marked_node[at] = false;
                let delta = (self.down[at] - left).abs();
                if delta <= NOTHING {
                    continue;
                }
                if self.down[at] >= 1.0 {
                    self.lower(*buyer);
                }
                self.touch(*buyer);
                self.down[at] = *left;
                change = change.max(delta);
                moved.push(*buyer);
            }
            if change <= TOLERANCE {
                return round;
            }
        }
        MOST_ROUNDS
    }

    /// The pools whose loss may have changed since some sellers moved, each once.
    fn pools_of_sellers(&mut self, moved: &[u32]) -> Vec<u32> {
        let network = self.network;
        let mut pools: Vec<u32> = Vec::new();
        let mut mark = |marked: &mut [bool], node: u32| {
            for (pool, _) in &network.sold_to[node as usize] {
                if !std::mem::replace(&mut marked[*pool as usize], true) {
                    pools.push(*pool);
                }
            }
        };
        match self.replacement {
            Replacement::None => {
                for node in moved {
                    mark(&mut self.marked_pool, *node);
                }
            }
            // Whoever is lowered in the same market weighs more when the market shrinks.
            Replacement::Market => {
                let mut sectors: Vec<u32> = Vec::new();
                for node in moved {
                    let sector = network.nodes()[*node as usize].sector;
                    if !std::mem::replace(&mut self.marked_sector[sector as usize], true) {
                        sectors.push(sector);
                    }
                }
                for sector in sectors {
                    self.marked_sector[sector as usize] = false;
                    self.market_left[sector as usize] = self.left_of_market(sector);
                    for node in &self.lowered[sector as usize] {
                        mark(&mut self.marked_pool, *node);
                    }
                }
            }
        }
        for pool in &pools {
            self.marked_pool[*pool as usize] = false;
        }
        pools
    }

    /// Sales of a sector that are left: by what is missing, or summed afresh where little is left to subtract from.
    fn left_of_market(&self, sector: u32) -> f64 {
        let all = self.network.market[sector as usize];
        let sales = &self.network.sales;
        let missing: f64 = self.lowered[sector as usize]
            .iter()
            .map(|n| sales[*n as usize] * (1.0 - self.down[*n as usize]))
            .sum();
        if missing <= all / 2.0 {
            return all - missing;
        }
        self.network.members[sector as usize]
            .iter()
            .map(|n| sales[*n as usize] * self.down[*n as usize])
            .sum()
    }

    /// sg: the part of a seller's loss that nobody makes up for.
    fn irreplaceable(&self, node: u32) -> f64 {
        if self.replacement == Replacement::None {
            return 1.0;
        }
        let sales = self.network.sales[node as usize];
        let left = self.market_left[self.network.nodes()[node as usize].sector as usize];
        if sales >= left { 1.0 } else { sales / left }
    }

    fn loss_of(&self, pool: u32) -> f64 {
        self.network.pools[pool as usize]
            .iter()
            .filter(|(seller, _)| self.down[*seller as usize] < 1.0)
            .map(|(seller, share)| {
                self.irreplaceable(*seller) * share * (1.0 - self.down[*seller as usize])
            })
            .sum()
    }

    fn set_pool(&mut self, pool: u32, loss: f64) {
        if self.pool_loss[pool as usize] <= 0.0 && loss > 0.0 {
            self.touched_pools.push(pool);
        }
        self.pool_loss[pool as usize] = loss;
    }

    fn left_downstream(&self, buyer: u32) -> f64 {
        let network = self.network;
        let at = buyer as usize;
        let groups = &network.groups_of[at];
        let mut left = self.psi[at];
        let mut non_essential = 0.0;
        for group in &network.groups[groups.start as usize..groups.end as usize] {
            let purchases =
                &network.purchases[group.purchases.start as usize..group.purchases.end as usize];
            let lost: f64 = purchases
                .iter()
                .map(|p| p.value * self.pool_loss[p.pool as usize])
                .sum();
            match group.need {
                Need::Essential if group.total > 0.0 => left = left.min(1.0 - lost / group.total),
                Need::NonEssential if network.bought[at] > 0.0 => {
                    non_essential += lost / network.bought[at];
                }
                _ => {}
            }
        }
        left.min(1.0 - non_essential).max(0.0)
    }

    fn up_cascade(&mut self, shocked: &[u32]) -> usize {
        let network = self.network;
        // Buyers with what they have lost since they were last heard of.
        let mut moved: Vec<(u32, f64)> = shocked
            .iter()
            .map(|n| (*n, 1.0 - self.up[*n as usize]))
            .collect();
        let mut pools: Vec<u32> = Vec::new();
        let mut sellers: Vec<(u32, f64)> = Vec::new();
        for round in 1..=MOST_ROUNDS {
            for (buyer, lost) in moved.drain(..) {
                let groups = &network.groups_of[buyer as usize];
                for group in &network.groups[groups.start as usize..groups.end as usize] {
                    for p in &network.purchases
                        [group.purchases.start as usize..group.purchases.end as usize]
                    {
                        let loss = self.pool_loss[p.pool as usize] + p.value * lost;
                        self.set_pool(p.pool, loss);
                        if !std::mem::replace(&mut self.marked_pool[p.pool as usize], true) {
                            pools.push(p.pool);
                        }
                    }
                }
            }
            sellers.clear();
            for pool in pools.drain(..) {
                self.marked_pool[pool as usize] = false;
                for (seller, _) in &network.pools[pool as usize] {
                    if !std::mem::replace(&mut self.marked_node[*seller as usize], true) {
                        sellers.push((*seller, 0.0));
                    }
                }
            }
            for (seller, left) in &mut sellers {
                *left = self.left_upstream(*seller);
            }
            let mut change = 0.0_f64;
            for (seller, left) in &sellers {
                let at = *seller as usize;
                self.marked_node[at] = false;
                let delta = self.up[at] - left;
                if delta.abs() <= NOTHING {
                    continue;
                }
                self.touch(*seller);
                self.up[at] = *left;
                change = change.max(delta.abs());
                moved.push((*seller, delta));
            }
            if change <= TOLERANCE {
                return round;
            }
        }
        MOST_ROUNDS
    }

    fn left_upstream(&self, seller: u32) -> f64 {
        let at = seller as usize;
        let sales = self.network.sales[at];
        if sales <= 0.0 {
            return self.psi[at];
        }
        let lost: f64 = self.network.sold_to[at]
            .iter()
            .map(|(pool, share)| share * self.pool_loss[*pool as usize])
            .sum();
        self.psi[at].min(1.0 - lost / sales).max(0.0)
    }
}
