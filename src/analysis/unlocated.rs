//! The part of a product's value whose place is not known: supply nobody is named for, and placeless sites.
//!
//! The remainder of a table (`ROW`) is located outside the countries that the table lists and is not counted here; the
//! high figures count it.

use std::collections::BTreeSet;

use serde::Serialize;

use super::solve::{Operator, settle};
use crate::graph::{ProcessIx, ProcessKind, SupplyGraph};
use crate::model::{CommodityIx, Place};

/// One commodity whose place is not known.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct UnlocatedInput {
    /// Commodity id.
    pub commodity: String,
    /// The part of the product's value that first meets the unknown there, 0 to 1.
    pub weight: f64,
}

/// What is not located.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Unlocated {
    /// Part of the product's value, 0 to 1.
    pub share: f64,
    /// By commodity, heaviest first; the weights sum to the share.
    pub inputs: Vec<UnlocatedInput>,
}

fn is_unlocated(graph: &SupplyGraph<'_>, process: ProcessIx) -> bool {
    let process = graph.process(process);
    process.kind == ProcessKind::Placeless || process.place == Place::Unknown
}

/// The part of each element's value that first meets the unknown at one commodity.
struct FirstMet<'a> {
    graph: &'a SupplyGraph<'a>,
    commodity: CommodityIx,
}

impl Operator for FirstMet<'_> {
    fn value(&self, element: u32, values: &[f64]) -> f64 {
        let graph = self.graph;
        if element < graph.order.processes {
            let inputs = graph.inputs_of(ProcessIx(element));
            return inputs
                .flat_map(|i| i.parts.iter().map(move |p| (i.weight, *p)))
                .map(|(weight, p)| weight * p.share * values[graph.order.of_mix(p.mix) as usize])
                .sum();
        }
        let mix = element - graph.order.processes;
        let asked = &graph.mixes[mix as usize];
        let here = f64::from(u8::from(asked.commodity == self.commodity));
        let through = |link: &crate::graph::Link| {
            let met = is_unlocated(graph, link.supplier);
            link.share
                * if met {
                    here
                } else {
                    values[link.supplier.at()]
                }
        };
        asked.unattributed * here + graph.links_of(mix).iter().map(through).sum::<f64>()
    }
}

/// Follows the product's value upward until it meets the unknown.
#[must_use]
pub fn unlocated(graph: &SupplyGraph<'_>) -> Unlocated {
    let unknown_in = |at: usize| {
        let mix = &graph.mixes[at];
        let links = graph.links_of(at as u32);
        mix.unattributed > 0.0 || links.iter().any(|l| is_unlocated(graph, l.supplier))
    };
    let met: BTreeSet<CommodityIx> = (0..graph.mixes.len())
        .filter(|at| unknown_in(*at))
        .map(|at| graph.mixes[at].commodity)
        .collect();
    let weight = |commodity: &CommodityIx| {
        let operator = FirstMet {
            graph,
            commodity: *commodity,
        };
        let mut values = vec![0.0; graph.order.elements.len()];
        for component in &graph.order.components {
            settle(&graph.order, *component, &operator, &mut values);
        }
        graph
            .roots
            .iter()
            .map(|(p, part)| part * values[p.at()])
            .sum::<f64>()
    };
    let mut inputs: Vec<UnlocatedInput> = met
        .into_iter()
        .map(|c| UnlocatedInput {
            commodity: graph.network.commodity(c).id.to_string(),
            weight: weight(&c),
        })
        .filter(|input| input.weight > 0.0)
        .collect();
    inputs.sort_by(|a, b| {
        b.weight
            .total_cmp(&a.weight)
            .then_with(|| a.commodity.cmp(&b.commodity))
    });
    Unlocated {
        share: inputs.iter().fold(0.0, |sum, i| sum + i.weight).min(1.0),
        inputs,
    }
}
