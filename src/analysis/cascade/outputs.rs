//! What every process makes in a year, where tables do not say.

use crate::graph::{ProcessIx, ProcessKind, SupplyGraph};

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
    let mut output: Vec<f64> = fixed.iter().map(|f| f.unwrap_or(0.0)).collect();
    settle(graph, &fixed, &mut output);
    if take_a_unit(graph, &mut fixed, &mut output) {
        settle(graph, &fixed, &mut output);
    }
    output
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
