//! Checks that need the whole network: loops that gain, inputs nobody makes, recipes that cost nothing.

use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};

use super::fields::Sink;
use super::names::Names;
use crate::diag::{Code, Diagnostic};
use crate::graph::{Roots, SupplyGraph};
use crate::model::{CommodityIx, Network, WeightMode, Weighting, some_of};

/// Runs all of them.
pub(crate) fn run(network: &Network, names: &Names, sink: &mut Sink) {
    weights(network, names, sink);
    makers(network, names, sink);
    if let Some(loop_) = commodity_loops(network) {
        loops(network, &loop_, names, sink);
    }
}

fn at_commodity(names: &Names, ix: CommodityIx, code: Code, message: String) -> Diagnostic {
    let mut diagnostic = Diagnostic::global(code, message);
    diagnostic.span = names.commodity_spans.get(ix.at()).copied().flatten();
    diagnostic
}

/// A recipe whose inputs are all priced but cost nothing has no cost shares.
fn weights(network: &Network, names: &Names, sink: &mut Sink) {
    if network.parts().weight_mode != WeightMode::Auto {
        return;
    }
    for (at, commodity) in network.commodities().iter().enumerate() {
        let costless = |recipe: &crate::model::Recipe| {
            recipe.weighting == Weighting::Equal
                && recipe.inputs.len() > 1
                && recipe
                    .inputs
                    .iter()
                    .all(|i| network.commodity(i.commodity).price.is_some())
        };
        if commodity.recipes().any(|(_, recipe)| costless(recipe)) {
            let message = format!(
                "the inputs of `{}` are priced, but cost nothing together",
                commodity.id
            );
            sink.push(
                at_commodity(names, CommodityIx(at as u32), Code::WeightSum, message).help(
                    "give at least one input a price and an amount above zero, or state weights",
                ),
            );
        }
    }
}

/// Inputs with neither a site nor a recipe.
fn makers(network: &Network, names: &Names, sink: &mut Sink) {
    let mut needed = vec![false; network.commodities().len()];
    for commodity in network.commodities() {
        for input in commodity.recipes().flat_map(|(_, r)| &r.inputs) {
            needed[input.commodity.at()] = true;
        }
    }
    for (at, commodity) in network.commodities().iter().enumerate() {
        let ix = CommodityIx(at as u32);
        if needed[at]
            && !commodity.has_recipe()
            && commodity.traded
            && network.makers(ix).next().is_none()
        {
            let message = format!(
                "nothing says who makes `{}`, so that its supply is unattributed",
                commodity.id
            );
            sink.push(
                at_commodity(names, ix, Code::NoMaker, message)
                    .help("add a production table, a site, or a recipe"),
            );
        }
    }
}

/// Commodities that need themselves by way of others, if any; most networks have none.
fn commodity_loops(network: &Network) -> Option<Vec<CommodityIx>> {
    let mut graph: DiGraph<(), (), u32> = DiGraph::with_capacity(network.commodities().len(), 0);
    for _ in network.commodities() {
        graph.add_node(());
    }
    let mut add = |from: CommodityIx, recipe: &crate::model::Recipe| {
        for input in &recipe.inputs {
            graph.update_edge(
                NodeIndex::new(from.at()),
                NodeIndex::new(input.commodity.at()),
                (),
            );
        }
    };
    for (at, commodity) in network.commodities().iter().enumerate() {
        commodity
            .recipes()
            .for_each(|(_, recipe)| add(CommodityIx(at as u32), recipe));
    }
    let mut seen = rustc_hash::FxHashSet::default();
    for site in network.sites() {
        if let Some(recipe) = &site.recipe
            && seen.insert((site.commodity, std::sync::Arc::as_ptr(recipe)))
        {
            add(site.commodity, recipe);
        }
    }
    let looped: Vec<CommodityIx> = kosaraju_scc(&graph)
        .into_iter()
        .filter(|c| c.len() > 1 || graph.contains_edge(c[0], c[0]))
        .flatten()
        .map(|n| CommodityIx(n.index() as u32))
        .collect();
    (!looped.is_empty()).then_some(looped)
}

/// Refuses loops that need at least what they yield: spectral radius of the requirements matrix 1 or more.
fn loops(network: &Network, looped: &[CommodityIx], names: &Names, sink: &mut Sink) {
    let graph = SupplyGraph::new(network, &Roots::commodities(looped));
    for gain in graph.gaining_loops() {
        let mut ids: Vec<&str> = gain
            .commodities
            .iter()
            .map(|c| &*network.commodity(*c).id)
            .collect();
        ids.sort_unstable();
        ids.dedup();
        const MOST_NAMED: usize = 6;
        let ids: Vec<String> = ids.iter().map(|id| format!("`{id}`")).collect();
        let first = gain
            .commodities
            .iter()
            .min()
            .copied()
            .unwrap_or(CommodityIx(0));
        let message = format!(
            "the loop through {} needs {:.3} units at each step to yield 1",
            some_of(&ids, MOST_NAMED),
            gain.factor
        );
        sink.push(
            at_commodity(names, first, Code::LoopGain, message)
                .help("mend the amounts: what goes round must be less than what comes out"),
        );
    }
}
