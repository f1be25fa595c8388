//! The part of a product's value whose place is not known: supply nobody is named for, and placeless sites.
//!
//! The remainder of a table (`ROW`) is located outside the countries that the table lists and is not counted here; the
//! high figures count it.

use std::collections::BTreeMap;

use serde::Serialize;

use super::requirement::passed_on;
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

/// Where the value of each element goes next, unless it meets the unknown there.
fn goes_on(graph: &SupplyGraph<'_>, element: u32) -> Vec<(usize, f64)> {
    if element >= graph.order.processes {
        let links = graph.links_of(element - graph.order.processes).iter();
        let known = links.filter(|l| l.share > 0.0 && !is_unlocated(graph, l.supplier));
        return known.map(|l| (l.supplier.at(), l.share)).collect();
    }
    let inputs = graph.inputs_of(ProcessIx(element));
    let parts = inputs.flat_map(|i| i.parts.iter().map(move |p| (p.mix, i.weight * p.share)));
    parts
        .filter(|(_, part)| *part > 0.0)
        .map(|(mix, part)| (graph.order.of_mix(mix) as usize, part))
        .collect()
}

/// The part of the value of a mix that meets the unknown there.
fn met_at(graph: &SupplyGraph<'_>, mix: u32) -> f64 {
    let links = graph.links_of(mix).iter();
    let unknown = links.filter(|l| is_unlocated(graph, l.supplier));
    graph.mixes[mix as usize].unattributed + unknown.map(|l| l.share).sum::<f64>()
}

/// Elements from which some value reaches the unknown; the rest need not be followed, and some would go round for ever.
fn leads_there(graph: &SupplyGraph<'_>) -> Vec<bool> {
    let order = &graph.order;
    let mut leads = vec![false; order.elements.len()];
    let mixes = (0..graph.mixes.len() as u32).filter(|m| met_at(graph, *m) > 0.0);
    let mut open: Vec<u32> = mixes.map(|m| order.of_mix(m)).collect();
    while let Some(element) = open.pop() {
        if std::mem::replace(&mut leads[element as usize], true) {
            continue;
        }
        let users = order.users_of(element).iter().copied();
        open.extend(users.filter(|user| {
            let on = || goes_on(graph, *user);
            !leads[*user as usize] && on().iter().any(|(to, _)| *to == element as usize)
        }));
    }
    leads
}

/// Follows the product's value upward until it meets the unknown.
#[must_use]
pub fn unlocated(graph: &SupplyGraph<'_>) -> Unlocated {
    let leads = leads_there(graph);
    let asks = |element: u32| {
        let mut on = goes_on(graph, element);
        on.retain(|(to, _)| leads[*to]);
        on
    };
    let roots: Vec<(ProcessIx, f64)> = graph.roots.clone();
    let value = passed_on(&graph.order, &asks, &roots);
    let mut weights: BTreeMap<CommodityIx, f64> = BTreeMap::new();
    for (mix, at) in graph.mixes.iter().zip(0..) {
        let met = value[graph.order.of_mix(at) as usize] * met_at(graph, at);
        if met > 0.0 {
            *weights.entry(mix.commodity).or_default() += met;
        }
    }
    let input = |(commodity, weight): (CommodityIx, f64)| UnlocatedInput {
        commodity: graph.network.commodity(commodity).id.to_string(),
        weight,
    };
    let mut inputs: Vec<UnlocatedInput> = weights.into_iter().map(input).collect();
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::test_network::random;
    use super::*;
    use crate::graph::Roots;

    proptest! {
        /// What meets the unknown is what comes together if it is followed down from there.
        #[test]
        fn value_up_is_value_down(network in random(true)) {
            let product = network.find_commodity("c0").unwrap();
            let graph = SupplyGraph::new(&network, &Roots::product(product));
            let order = &graph.order;
            let mut values = vec![0.0; order.elements.len()];
            let mut change = f64::INFINITY;
            for _ in 0..5_000 {
                change = 0.0;
                for element in &order.elements {
                    let on = goes_on(&graph, *element).into_iter();
                    let met = if *element >= order.processes {
                        met_at(&graph, *element - order.processes)
                    } else {
                        0.0
                    };
                    let new = met + on.map(|(to, part)| part * values[to]).sum::<f64>();
                    change = f64::max(change, new - values[*element as usize]);
                    values[*element as usize] = new;
                }
                if change < 1e-15 {
                    break;
                }
            }
            // Where hardly any value leaves a loop, sweeps tell nothing.
            prop_assume!(change < 1e-15);
            let expected: f64 = graph.roots.iter().map(|(p, part)| part * values[p.at()]).sum();
            let share = unlocated(&graph).share;
            prop_assert!((share - expected).abs() < 1e-9, "{share} {expected}");
        }
    }
}
