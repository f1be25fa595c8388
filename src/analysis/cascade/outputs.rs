//! What every process makes in a year, where tables do not say.

use std::collections::BTreeMap;

use crate::analysis::requirement::requirement;
use crate::graph::{ProcessIx, ProcessKind, SupplyGraph};
use crate::model::{Place, SiteIx};

/// Units a year of every process: known outputs, and what buyers take where none is known.
pub(super) fn outputs(graph: &SupplyGraph<'_>) -> Vec<f64> {
    let network = graph.network();
    let mut fixed: Vec<Option<f64>> = Vec::with_capacity(graph.processes().len());
    for (ix, process) in graph.indexed() {
        let relative = network
            .commodity(process.commodity)
            .production
            .as_ref()
            .is_some_and(|p| p.relative);
        let known = graph.site(ix).filter(|_| !relative).and_then(|site| {
            let route = process.route.map_or(1.0, |route| {
                network
                    .recipes_at(site)
                    .get(usize::from(route))
                    .map_or(1.0, |(share, _)| *share)
            });
            site.output.map(|o| o * site.availability * route)
        });
        fixed.push(known);
    }
    split_between_twins(graph, &mut fixed);
    let mut output: Vec<f64> = fixed.iter().map(|f| f.unwrap_or(0.0)).collect();
    settle(graph, &fixed, &mut output);
    if take_a_unit(graph, &mut fixed, &mut output) {
        settle(graph, &fixed, &mut output);
    }
    output
}

/// A site in the remainder of a table stands behind several processes where its buyers know different places that it is not
/// in. Its output is theirs together, by what the products take of each.
fn split_between_twins(graph: &SupplyGraph<'_>, fixed: &mut [Option<f64>]) {
    let mut twins: BTreeMap<(SiteIx, Option<u16>), Vec<ProcessIx>> = BTreeMap::new();
    for (ix, process) in graph.indexed() {
        if let (Some(site), Place::Rest) = (process.site, process.place) {
            twins.entry((site, process.route)).or_default().push(ix);
        }
    }
    twins.retain(|_, members| members.len() > 1);
    if twins.is_empty() {
        return;
    }
    let required = requirement(graph);
    for members in twins.values() {
        let total: f64 = members.iter().map(|p| required.of(*p)).sum();
        for process in members {
            let part = if total > 0.0 {
                required.of(*process) / total
            } else {
                1.0 / members.len() as f64
            };
            fixed[process.at()] = fixed[process.at()].map(|output| output * part);
        }
    }
}

/// Repeats what buyers take until it settles; loops of recipes gain nothing, so that it does.
fn settle(graph: &SupplyGraph<'_>, fixed: &[Option<f64>], output: &mut [f64]) {
    const ROUNDS: usize = 1_000;
    for _ in 0..ROUNDS {
        let mut taken = vec![0.0; graph.mixes().len()];
        for (ix, _) in graph.indexed() {
            for input in graph.inputs_of(ix) {
                for part in input.parts {
                    taken[part.mix as usize] += output[ix.at()] * input.amount * part.share;
                }
            }
        }
        let mut demand = vec![0.0; output.len()];
        for (mix, taken) in taken.iter().enumerate() {
            for link in graph.links_of(mix as u32) {
                demand[link.supplier.at()] += taken * link.share;
            }
        }
        let mut change = 0.0_f64;
        for ((now, fixed), demand) in output.iter_mut().zip(fixed).zip(demand) {
            if fixed.is_none() {
                change =
                    change.max((demand - *now).abs() / demand.max(*now).max(f64::MIN_POSITIVE));
                *now = demand;
            }
        }
        if change <= 1e-12 {
            break;
        }
    }
}

/// Gives products of unknown output that nobody buys one unit in all, by their parts. Returns whether there are any.
fn take_a_unit(graph: &SupplyGraph<'_>, fixed: &mut [Option<f64>], output: &mut [f64]) -> bool {
    let mut any = false;
    let roots: Vec<(ProcessIx, f64)> = graph.roots().to_vec();
    for (ix, part) in roots {
        let kind = graph.process(ix).kind;
        let unknown = fixed[ix.at()].is_none() && output[ix.at()] <= 0.0;
        if unknown && matches!(kind, ProcessKind::Site | ProcessKind::Placeless) {
            fixed[ix.at()] = Some(part);
            output[ix.at()] = part;
            any = true;
        }
    }
    any
}
