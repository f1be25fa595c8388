//! The economic systemic risk index (ESRI): what share of all trade is lost when a site fails and the loss runs both ways.
//!
//! Diem, Borsos, Reisch, Kertész and Thurner (2022), Quantifying firm-level economic systemic risk from nation-wide supply
//! networks, Scientific Reports 12, 7719. With `W[i,j]` what i sells j in value a year, p sectors, hd and hu what is left of each
//! after the downstream and the upstream cascade, psi what is left of a site by the shock itself:
//!
//! - `Ld[i,j]` = `W[i,j]` / (all that j buys from i's sector) for an essential input, `W[i,j]` / (all that j buys) for another, 0 for a
//!   negligible one; `Lu[i,j]` = `W[i,j]` / (all that i sells).
//! - `pi[j,k]` = 1 - sum over i in k of sg_i `Ld[i,j]` (1 - hd_i).
//! - hd_j = max(0, min(min over essential k of `pi[j,k]`, 1 - sum over other k of (1 - `pi[j,k]`), psi_j)).
//! - hu_i = max(0, min(psi_i, 1 - sum over j of `Lu[i,j]` (1 - hu_j))).
//! - sg_i = 1, or with replacement in the market min(1, s_i / sum over i's sector of s_l hd_l), s the sales.
//! - ESRI = sum of w (1 - min(hd, hu)) / sum of w, w the sales; the failed site itself included.
//!
//! From h = psi the rounds only ever lower h, so that they end in the greatest fixed point; they stop when no h moves by more
//! than [`TOLERANCE`]. Suppliers of many buyers are kept as one pool, which leaves the sums as they are and makes them short.
//! Each round visits only what the last one moved.
//! Not done here: rerouting, stocks, by-product ties, prices that move.

mod network;
mod outputs;
mod spread;

use rayon::prelude::*;
use rustc_hash::FxHashMap;
use serde::Serialize;

use crate::model::SiteIx;
pub use network::{CascadeNetwork, CascadeNode};
use spread::Spread;

/// Largest change of a round that ends the cascade.
pub const TOLERANCE: f64 = 1e-9;

/// Whether others of the same sector step in for what a failed site sold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Replacement {
    /// By their part of the market that is left: sg = min(1, s/sum of s hd).
    #[default]
    Market,
    /// Nobody does: sg = 1.
    None,
}

/// What a site counts for in the index.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum CascadeWeights {
    /// Its sales within the network, as published; final products have none.
    #[default]
    Sales,
    /// The value of its output, or the weight that a table of firms states.
    Output,
}

/// What is lost in one cascade.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Esri {
    /// The index, 0 to 1: the worse of both directions at each site.
    pub esri: f64,
    /// Through missing inputs alone, 0 to 1.
    pub downstream: f64,
    /// Through missing buyers alone, 0 to 1.
    pub upstream: f64,
    /// Rounds until nothing moved.
    pub rounds: usize,
}

/// The index of one site.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SiteEsri {
    /// Rank from 1.
    pub rank: usize,
    /// Site id.
    pub id: String,
    /// Alpha-3 code, `ROW` or `unknown`.
    pub country: Option<String>,
    /// What it makes.
    pub sector: String,
    /// The index if it is lost entirely, 0 to 1.
    pub esri: f64,
    /// Through missing inputs alone, 0 to 1.
    pub downstream: f64,
    /// Through missing buyers alone, 0 to 1.
    pub upstream: f64,
    /// Its own part of all weights, 0 to 1.
    pub own: f64,
}

/// What is left of one site after a cascade.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SiteLoss {
    /// Site id.
    pub id: String,
    /// Alpha-3 code, `ROW` or `unknown`.
    pub country: Option<String>,
    /// What it makes.
    pub sector: String,
    /// What is left after the downstream cascade, 0 to 1.
    pub downstream: f64,
    /// What is left after the upstream cascade, 0 to 1.
    pub upstream: f64,
    /// Its part of the index, 0 to 1; all parts sum to the index.
    pub part: f64,
}

impl CascadeNetwork {
    fn index(spread: &Spread<'_>, rounds: usize, weights: &[f64], total: f64) -> Esri {
        let lost = |left: &dyn Fn(usize) -> f64| {
            let nodes = spread.touched.iter().map(|n| *n as usize);
            let sum: f64 = nodes.map(|at| weights[at] * (1.0 - left(at))).sum();
            (sum / total).clamp(0.0, 1.0)
        };
        Esri {
            esri: lost(&|at| spread.down[at].min(spread.up[at])),
            downstream: lost(&|at| spread.down[at]),
            upstream: lost(&|at| spread.up[at]),
            rounds,
        }
    }

    /// The index of a combined shock, and what it leaves of each node, worst part first.
    ///
    /// `left` is what the shock itself leaves of each node, 0 to 1, in the order of [`CascadeNetwork::nodes`]. `None` if all
    /// weights are zero.
    #[must_use]
    pub fn shock(
        &self,
        left: &[f64],
        replacement: Replacement,
        by: CascadeWeights,
    ) -> Option<(Esri, Vec<SiteLoss>)> {
        let weights = self.weights(by);
        let total: f64 = weights.iter().sum();
        (total > 0.0).then_some(())?;
        let shock: Vec<(u32, f64)> = left
            .iter()
            .enumerate()
            .filter(|(_, left)| **left < 1.0)
            .map(|(at, left)| (at as u32, *left))
            .collect();
        let mut spread = Spread::new(self, replacement);
        let rounds = spread.run(&shock);
        let index = Self::index(&spread, rounds, &weights, total);
        let mut losses: Vec<SiteLoss> = spread
            .touched
            .iter()
            .map(|node| *node as usize)
            .filter(|at| self.counts(*at, &weights))
            .map(|at| {
                let node = &self.nodes()[at];
                let (downstream, upstream) = (spread.down[at], spread.up[at]);
                SiteLoss {
                    id: node.id.clone(),
                    country: node.country.clone(),
                    sector: self.sector(node).to_owned(),
                    downstream,
                    upstream,
                    part: weights[at] * (1.0 - downstream.min(upstream)) / total,
                }
            })
            .filter(|l| l.downstream.min(l.upstream) < 1.0 - TOLERANCE)
            .collect();
        losses.sort_by(|a, b| b.part.total_cmp(&a.part).then_with(|| a.id.cmp(&b.id)));
        Some((index, losses))
    }

    /// Whether a node has a part in the network: what neither sells, buys nor weighs anything has nothing to lose.
    fn counts(&self, at: usize, weights: &[f64]) -> bool {
        weights[at] > 0.0 || self.sales[at] > 0.0 || self.bought[at] > 0.0
    }

    /// The index of each site alone, lost entirely, worst first. Empty if all weights are zero.
    ///
    /// In a network these are its sites in known countries; remainders and what the rules of supply imply (re-exporters, scrap,
    /// placeless sites) are no one's to lose, but pass losses on.
    #[must_use]
    pub fn esri(&self, replacement: Replacement, by: CascadeWeights) -> Vec<SiteEsri> {
        let weights = self.weights(by);
        let total: f64 = weights.iter().sum();
        if total <= 0.0 {
            return Vec::new();
        }
        let mut found: Vec<SiteEsri> = self
            .targets()
            .par_iter()
            .map_init(
                || Spread::new(self, replacement),
                |spread, members| {
                    let shock: Vec<(u32, f64)> = members.iter().map(|m| (*m, 0.0)).collect();
                    let rounds = spread.run(&shock);
                    let lost = Self::index(spread, rounds, &weights, total);
                    let node = &self.nodes()[members[0] as usize];
                    SiteEsri {
                        rank: 0,
                        id: node.id.clone(),
                        country: node.country.clone(),
                        sector: self.sector(node).to_owned(),
                        esri: lost.esri,
                        downstream: lost.downstream,
                        upstream: lost.upstream,
                        own: members.iter().map(|m| weights[*m as usize]).sum::<f64>() / total,
                    }
                },
            )
            .collect();
        // Equal indices may differ in their last digits by the order of sums.
        let key = |item: &SiteEsri| (item.esri / TOLERANCE).round();
        found.sort_by(|a, b| key(b).total_cmp(&key(a)).then_with(|| a.id.cmp(&b.id)));
        for (at, item) in found.iter_mut().enumerate() {
            item.rank = at + 1;
        }
        found
    }

    /// The nodes of each site that may fail, never none: a site with several routes has several.
    fn targets(&self) -> Vec<Vec<u32>> {
        let mut targets: Vec<Vec<u32>> = Vec::new();
        let mut of_site: FxHashMap<SiteIx, usize> = FxHashMap::default();
        for (at, node) in self.nodes().iter().enumerate() {
            match (node.site, node.country.as_deref()) {
                // A remainder is no one place, and is never ranked.
                (Some(_), Some("ROW" | "unknown")) => {}
                (Some(site), _) => {
                    let target = *of_site.entry(site).or_insert_with(|| {
                        targets.push(Vec::new());
                        targets.len() - 1
                    });
                    targets[target].push(at as u32);
                }
                (None, None) => targets.push(vec![at as u32]),
                (None, Some(_)) => {}
            }
        }
        targets
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Flow, FlowNode, FlowTable, Need};
    use approx::assert_relative_eq;

    fn table(nodes: &[(&str, u32)], flows: &[(u32, u32, f64, Need)]) -> CascadeNetwork {
        let sectors = nodes.iter().map(|(_, s)| *s).max().unwrap_or(0) + 1;
        CascadeNetwork::of_table(&FlowTable {
            sectors: (0..sectors).map(|s| s.to_string()).collect(),
            nodes: nodes
                .iter()
                .map(|(id, sector)| FlowNode {
                    id: (*id).to_owned(),
                    sector: *sector,
                    weight: None,
                })
                .collect(),
            flows: flows
                .iter()
                .map(|(supplier, buyer, weight, need)| Flow {
                    supplier: *supplier,
                    buyer: *buyer,
                    weight: *weight,
                    need: *need,
                })
                .collect(),
        })
    }

    fn by_id(found: &[SiteEsri]) -> FxHashMap<&str, &SiteEsri> {
        found.iter().map(|f| (f.id.as_str(), f)).collect()
    }

    /// The first example by hand of `docs/criticality.md`, Tables of firms.
    #[test]
    fn a_chain_of_essential_inputs() {
        use Need::Essential as E;
        let network = table(
            &[("A", 1), ("B", 1), ("C", 2), ("D", 3)],
            &[(0, 2, 1.0, E), (1, 2, 1.0, E), (2, 3, 2.0, E)],
        );
        for replacement in [Replacement::Market, Replacement::None] {
            let found = network.esri(replacement, CascadeWeights::Sales);
            let found = by_id(&found);
            for (id, esri, down, up) in [
                ("A", 0.5, 0.5, 0.25),
                ("B", 0.5, 0.5, 0.25),
                ("C", 1.0, 0.5, 1.0),
                ("D", 1.0, 0.0, 1.0),
            ] {
                assert_relative_eq!(found[id].esri, esri, epsilon = 1e-9);
                assert_relative_eq!(found[id].downstream, down, epsilon = 1e-9);
                assert_relative_eq!(found[id].upstream, up, epsilon = 1e-9);
            }
        }
    }

    /// The second worked example of docs/criticality.md. S1 and S2 (one sector) sell 1 and 3 to P; E (energy) sells 4 to P and 2 to
    /// Q, not essential; P sells 6 to Q, essential.
    fn mixed() -> CascadeNetwork {
        use Need::{Essential as E, NonEssential as N};
        table(
            &[("S1", 0), ("S2", 0), ("E", 1), ("P", 2), ("Q", 3)],
            &[
                (0, 3, 1.0, E),
                (1, 3, 3.0, E),
                (2, 3, 4.0, N),
                (2, 4, 2.0, N),
                (3, 4, 6.0, E),
            ],
        )
    }

    /// Sales are S1 1, S2 3, E 6, P 6, Q 0: 16 in all.
    #[test]
    fn inputs_that_are_not_essential_cost_their_part() {
        let found = mixed().esri(Replacement::None, CascadeWeights::Sales);
        let found = by_id(&found);
        // E gone: P loses 4 of the 8 it buys: hd(P) = 0.5. Q: essential P at 0.5, non-essential 2 of 8 -> 0.75; the lower, 0.5.
        assert_relative_eq!(found["E"].downstream, (6.0 + 3.0) / 16.0, epsilon = 1e-9);
        // Nobody buys less: upstream only E itself.
        assert_relative_eq!(found["E"].upstream, 6.0 / 16.0, epsilon = 1e-9);
        // S1 gone: hd(P) = 1 - 1/4; Q the same.
        assert_relative_eq!(found["S1"].downstream, (1.0 + 1.5) / 16.0, epsilon = 1e-9);
        // P gone: Q 0, then upstream all of S1 and S2, 4 of 6 of E.
        assert_relative_eq!(
            found["P"].upstream,
            (1.0 + 3.0 + 4.0 + 6.0) / 16.0,
            epsilon = 1e-9
        );
        assert_relative_eq!(found["P"].esri, 14.0 / 16.0, epsilon = 1e-9);
    }

    #[test]
    fn the_market_steps_in() {
        let found = mixed().esri(Replacement::Market, CascadeWeights::Sales);
        let found = by_id(&found);
        // S1 gone: S2's 3 are left, sg = 1/3: hd(P) = 1 - 1/3 x 1/4 = 11/12.
        assert_relative_eq!(found["S1"].downstream, (1.0 + 0.5) / 16.0, epsilon = 1e-9);
        // S2 gone: S1's 1 is left, sg = min(1, 3) = 1: hd(P) = 1/4.
        assert_relative_eq!(found["S2"].downstream, (3.0 + 4.5) / 16.0, epsilon = 1e-9);
        // E has no peer.
        assert_relative_eq!(found["E"].downstream, 9.0 / 16.0, epsilon = 1e-9);
    }

    #[test]
    fn negligible_inputs_cost_nothing_and_half_a_shock_is_less() {
        let network = table(
            &[("A", 0), ("B", 1), ("C", 2)],
            &[(0, 1, 1.0, Need::Negligible), (1, 2, 1.0, Need::Essential)],
        );
        let (lost, sites) = network
            .shock(&[0.0, 1.0, 1.0], Replacement::None, CascadeWeights::Sales)
            .unwrap();
        assert_relative_eq!(lost.downstream, 0.5);
        assert_eq!(sites.len(), 1);
        let (half, sites) = network
            .shock(&[1.0, 0.5, 1.0], Replacement::None, CascadeWeights::Sales)
            .unwrap();
        assert_relative_eq!(half.upstream, 0.5, epsilon = 1e-9);
        let parts: f64 = sites.iter().map(|s| s.part).sum();
        assert_relative_eq!(parts, half.esri, epsilon = 1e-12);
        // Without sales there is nothing to weigh.
        let idle = table(&[("A", 0)], &[]);
        assert!(
            idle.shock(&[0.0], Replacement::None, CascadeWeights::Sales)
                .is_none()
        );
    }

    /// The equations of the module on the plain matrix, round by round over everything.
    fn by_the_book(
        table: &FlowTable,
        psi: &[f64],
        replacement: Replacement,
    ) -> (Vec<f64>, Vec<f64>) {
        let n = table.nodes.len();
        let sector = |i: usize| table.nodes[i].sector;
        let mut w = vec![vec![0.0; n]; n];
        let mut need = vec![vec![Need::Negligible; n]; n];
        for f in &table.flows {
            w[f.supplier as usize][f.buyer as usize] = f.weight;
            need[f.supplier as usize][f.buyer as usize] = f.need;
        }
        let sales: Vec<f64> = w.iter().map(|row| row.iter().sum()).collect();
        let bought: Vec<f64> = (0..n).map(|j| (0..n).map(|i| w[i][j]).sum()).collect();
        let (mut down, mut up) = (psi.to_vec(), psi.to_vec());
        let moved = |a: &[f64], b: &[f64]| {
            a.iter()
                .zip(b)
                .map(|(a, b)| (a - b).abs())
                .fold(0.0, f64::max)
        };
        loop {
            let market = |k: u32| -> f64 {
                (0..n)
                    .filter(|l| sector(*l) == k)
                    .map(|l| sales[l] * down[l])
                    .sum()
            };
            let sg: Vec<f64> = (0..n)
                .map(|i| match replacement {
                    Replacement::None => 1.0,
                    Replacement::Market if market(sector(i)) <= 0.0 => 1.0,
                    Replacement::Market => (sales[i] / market(sector(i))).min(1.0),
                })
                .collect();
            let next = |j: usize| {
                let (mut essential, mut other) = (1.0_f64, 0.0);
                for k in 0..table.sectors.len() as u32 {
                    let of_k: Vec<usize> = (0..n)
                        .filter(|i| sector(*i) == k && w[*i][j] > 0.0)
                        .collect();
                    let Some(first) = of_k.first() else { continue };
                    let all: f64 = of_k.iter().map(|i| w[*i][j]).sum();
                    let lost: f64 = of_k
                        .iter()
                        .map(|i| sg[*i] * w[*i][j] * (1.0 - down[*i]))
                        .sum();
                    match need[*first][j] {
                        Need::Essential => essential = essential.min(1.0 - lost / all),
                        Need::NonEssential => other += lost / bought[j],
                        Need::Negligible => {}
                    }
                }
                psi[j].min(essential).min(1.0 - other).max(0.0)
            };
            let fresh: Vec<f64> = (0..n).map(next).collect();
            let change = moved(&fresh, &down);
            down = fresh;
            if change <= TOLERANCE {
                break;
            }
        }
        loop {
            let fresh: Vec<f64> = (0..n)
                .map(|i| {
                    let lost: f64 = (0..n).map(|j| w[i][j] * (1.0 - up[j])).sum();
                    let left = if sales[i] > 0.0 {
                        1.0 - lost / sales[i]
                    } else {
                        1.0
                    };
                    psi[i].min(left).max(0.0)
                })
                .collect();
            let change = moved(&fresh, &up);
            up = fresh;
            if change <= TOLERANCE {
                break;
            }
        }
        (down, up)
    }

    /// On random networks, loops included, visiting only what moved comes to the same as the plain equations.
    #[test]
    fn the_short_cut_agrees_with_the_book() {
        let mut seed = 7_u64;
        let mut random = move |below: u64| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (seed >> 33) % below
        };
        for _ in 0..60 {
            let (n, sectors) = (4 + random(8) as u32, 1 + random(4) as u32);
            let nodes: Vec<FlowNode> = (0..n)
                .map(|i| FlowNode {
                    id: format!("n{i:02}"),
                    sector: random(u64::from(sectors)) as u32,
                    weight: None,
                })
                .collect();
            let needs: Vec<Need> = (0..sectors * sectors)
                .map(|_| {
                    [Need::Essential, Need::NonEssential, Need::Negligible][random(3) as usize]
                })
                .collect();
            let mut flows = Vec::new();
            for supplier in 0..n {
                for buyer in 0..n {
                    if supplier != buyer && random(3) == 0 {
                        let at = |i: u32| nodes[i as usize].sector;
                        flows.push(Flow {
                            supplier,
                            buyer,
                            weight: 1.0 + random(9) as f64,
                            need: needs[(at(supplier) * sectors + at(buyer)) as usize],
                        });
                    }
                }
            }
            let table = FlowTable {
                sectors: (0..sectors).map(|s| s.to_string()).collect(),
                nodes,
                flows,
            };
            let network = CascadeNetwork::of_table(&table);
            let mut psi = vec![1.0; n as usize];
            psi[random(u64::from(n)) as usize] = 0.0;
            psi[random(u64::from(n)) as usize] = 0.4;
            let shock: Vec<(u32, f64)> = psi
                .iter()
                .enumerate()
                .filter(|(_, left)| **left < 1.0)
                .map(|(at, left)| (at as u32, *left))
                .collect();
            for replacement in [Replacement::Market, Replacement::None] {
                let mut spread = Spread::new(&network, replacement);
                // Twice, so that nothing of the first run is left for the second.
                spread.run(&[(0, 0.1)]);
                spread.run(&shock);
                let (down, up) = by_the_book(&table, &psi, replacement);
                for at in 0..n as usize {
                    assert_relative_eq!(spread.down[at], down[at], epsilon = 1e-8);
                    assert_relative_eq!(spread.up[at], up[at], epsilon = 1e-8);
                }
            }
        }
    }
}
