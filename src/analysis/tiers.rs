//! Tier by tier: where value goes, and how exposure grows with depth.
//!
//! `w(0)` is one unit of value over the product's own sites; `w(k+1)(i) = sum over j of w(k)(j) w(c,j) s(i;j,c)`. The tier
//! profile is `S_c(k)`, the part of `w(k)` in a country. See `docs/methods.md`, Tier profile.

use std::collections::BTreeMap;

use serde::Serialize;

use super::survival::Survival;
use super::target::Target;
use crate::graph::{ProcessIx, SupplyGraph};
use crate::model::CommodityIx;

/// Value that has not come to rest below which a walk ends.
const NEGLIGIBLE: f64 = 1e-12;
/// Most tiers of a graph with loops.
const MOST_TIERS: usize = 500;

/// The value at each tier, and which processes stand there.
#[derive(Clone, Debug)]
pub struct TierWalk {
    /// By tier: processes with the value that reaches them, in index order.
    pub value: Vec<Vec<(ProcessIx, f64)>>,
    /// First and last tier of every commodity, hosts one above their by-products.
    pub tiers_of: BTreeMap<CommodityIx, Vec<usize>>,
    first_tier: Vec<usize>,
    depth: usize,
}

/// Walks from the product to the ground.
#[must_use]
pub fn walk(graph: &SupplyGraph<'_>) -> TierWalk {
    let mut value: Vec<Vec<(ProcessIx, f64)>> = vec![graph.roots.clone()];
    let mut here = vec![0.0; graph.processes.len()];
    while let Some(last) = value.last() {
        let mut reached: Vec<ProcessIx> = Vec::new();
        for (process, mass) in last {
            for input in graph.inputs_of(*process) {
                for edge in graph.edges(&input) {
                    let passed = mass * input.weight * edge.share;
                    if passed > 0.0 {
                        if here[edge.supplier.at()] <= 0.0 {
                            reached.push(edge.supplier);
                        }
                        here[edge.supplier.at()] += passed;
                    }
                }
            }
        }
        reached.sort_unstable();
        let next: Vec<(ProcessIx, f64)> = reached
            .iter()
            .map(|p| (*p, std::mem::take(&mut here[p.at()])))
            .collect();
        let total: f64 = next.iter().map(|(_, mass)| mass).sum();
        if total <= NEGLIGIBLE || value.len() > MOST_TIERS {
            break;
        }
        value.push(next);
    }
    let (tiers_of, first_tier) = standing(graph, value.len());
    let has_loop = graph.order.components.iter().any(|c| c.is_loop);
    let deepest = tiers_of
        .values()
        .filter_map(|t| t.last())
        .max()
        .copied()
        .unwrap_or(0);
    let first = first_tier.iter().filter(|t| **t != usize::MAX).max();
    let depth = if has_loop {
        first.copied().unwrap_or(0).max(value.len() - 1)
    } else {
        deepest.max(value.len() - 1)
    };
    value.resize(depth + 1, Vec::new());
    TierWalk {
        value,
        tiers_of,
        first_tier,
        depth,
    }
}

/// Which commodities stand at which tiers, by any path, ties to hosts included.
fn standing(
    graph: &SupplyGraph<'_>,
    depth: usize,
) -> (BTreeMap<CommodityIx, Vec<usize>>, Vec<usize>) {
    let has_loop = graph.order.components.iter().any(|c| c.is_loop);
    // Zero-weight inputs and hosts may reach deeper than value does. In loops that has no end: once everything has been
    // met, a few more tiers will do.
    let enough = if has_loop { depth.min(64) } else { usize::MAX };
    let mut tiers_of: BTreeMap<CommodityIx, Vec<usize>> = BTreeMap::new();
    let mut first_tier = vec![usize::MAX; graph.processes.len()];
    // From tier 1 on: the product may come again as its own input.
    let mut met = vec![false; graph.processes.len()];
    let mut here: Vec<ProcessIx> = graph.roots.iter().map(|(p, _)| *p).collect();
    let mut seen_at = vec![usize::MAX; graph.processes.len()];
    for tier in 0.. {
        if here.is_empty() || (tier > enough && here.iter().all(|p| met[p.at()])) {
            break;
        }
        let mut next = Vec::new();
        for process in &here {
            first_tier[process.at()] = first_tier[process.at()].min(tier);
            met[process.at()] |= tier >= 1;
            let tiers = tiers_of
                .entry(graph.process(*process).commodity)
                .or_default();
            if tiers.last() != Some(&tier) {
                tiers.push(tier);
            }
            let mut enter = |supplier: ProcessIx| {
                if seen_at[supplier.at()] != tier {
                    seen_at[supplier.at()] = tier;
                    next.push(supplier);
                }
            };
            for input in graph.inputs_of(*process) {
                graph
                    .edges(&input)
                    .filter(|e| e.share > 0.0)
                    .for_each(|e| enter(e.supplier));
            }
            if let Some(tie) = graph.process(*process).tie {
                graph
                    .links_of(tie.mix)
                    .iter()
                    .for_each(|l| enter(l.supplier));
            }
        }
        here = next;
    }
    (tiers_of, first_tier)
}

impl TierWalk {
    /// The number of tiers above the product: as far as value reaches, and where there is no loop as far as anything
    /// stands, hosts and inputs of no weight included.
    #[must_use]
    pub fn depth(&self) -> usize {
        self.depth
    }

    /// The first tier at which a process stands.
    #[must_use]
    pub fn first_tier(&self, process: ProcessIx) -> Option<usize> {
        Some(self.first_tier[process.at()]).filter(|t| *t != usize::MAX)
    }

    /// The tiers at which a commodity stands.
    #[must_use]
    pub fn tiers(&self, commodity: CommodityIx) -> &[usize] {
        self.tiers_of.get(&commodity).map_or(&[], Vec::as_slice)
    }

    /// `S_c(k)` for every tier.
    #[must_use]
    pub fn profile(&self, target: &Target) -> Vec<f64> {
        self.value
            .iter()
            .map(|tier| {
                tier.iter()
                    .filter(|(p, _)| target.holds(*p))
                    .fold(0.0, |sum, (_, mass)| sum + mass)
            })
            .collect()
    }

    /// The look-through share counting tiers 1 to k only, for every k; index 0 is 0.
    #[must_use]
    pub fn look_through_to(&self, graph: &SupplyGraph<'_>, target: &Target) -> Vec<f64> {
        let mut mass = vec![0.0; graph.processes.len()];
        let mut here: Vec<(ProcessIx, f64)> = graph.roots.clone();
        let mut absorbed = 0.0;
        let mut curve = vec![0.0];
        for _ in 0..self.depth() {
            let mut reached = Vec::new();
            for (process, at) in &here {
                for input in graph.inputs_of(*process) {
                    for edge in graph.edges(&input) {
                        let passed = at * input.weight * edge.share;
                        if target.holds(edge.supplier) {
                            absorbed += passed;
                        } else if passed > 0.0 {
                            if mass[edge.supplier.at()] <= 0.0 {
                                reached.push(edge.supplier);
                            }
                            mass[edge.supplier.at()] += passed;
                        }
                    }
                }
            }
            reached.sort_unstable();
            here = reached
                .into_iter()
                .map(|p| (p, std::mem::take(&mut mass[p.at()])))
                .collect();
            curve.push(absorbed);
        }
        curve
    }
}

/// The tier curves of one country.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CountryTiers {
    /// Alpha-3 code, or the name of a group.
    pub country: String,
    /// `S(k)`: the part of the product's value at tier k that is in the country, 0 to 1.
    pub profile: Vec<f64>,
    /// Look-through share counting tiers up to k.
    pub look_through_to: Vec<f64>,
    /// At risk counting tiers up to k; null for the country of a what-if site.
    pub at_risk_to: Option<Vec<f64>>,
}

/// The tier curves of a product.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TierProfile {
    /// Number of tiers above the product.
    pub depth: usize,
    /// By look-through share at full depth, then code.
    pub countries: Vec<CountryTiers>,
}

/// Computes the tier curves of some countries or groups.
#[must_use]
pub fn tier_profile(graph: &SupplyGraph<'_>, targets: &[Target]) -> TierProfile {
    use rayon::prelude::*;
    let walk = walk(graph);
    let survival = Survival::new(graph);
    let mut countries: Vec<CountryTiers> = targets
        .par_iter()
        .map(|target| CountryTiers {
            country: target.label.clone(),
            profile: walk.profile(target),
            look_through_to: walk.look_through_to(graph, target),
            at_risk_to: (!graph.holds_what_if(target.members().as_slice()))
                .then(|| survival.at_risk_to(target, walk.depth())),
        })
        .collect();
    let last = |curve: &[f64]| curve.last().copied().unwrap_or(0.0);
    countries.sort_by(|a, b| {
        last(&b.look_through_to)
            .total_cmp(&last(&a.look_through_to))
            .then_with(|| a.country.cmp(&b.country))
    });
    TierProfile {
        depth: walk.depth(),
        countries,
    }
}
