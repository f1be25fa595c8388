//! The programme with entitlements, limits and capacities set aside: whether processes that have nothing but one another can
//! make anything at all. Without ends it has one answer of two, nothing or as much as is asked for.

use std::collections::{BTreeMap, VecDeque};

use super::solver::{Lp, SolverError};
use crate::analysis::leontief::{Choice, System};

/// Most of anything, in units in which about 1 is needed: what is found must not run off where nothing holds it.
const MOST: f64 = 1e4;
/// Least of what is asked for that is more than the solver's rounding.
const LEAST: f64 = 1e-4;

/// The elements that work in some way of making any of those wanted; none if there is no way.
///
/// # Errors
/// If the solver gives up, or it is too much for it.
pub(in crate::analysis) fn yields(
    system: &System,
    wanted: &[usize],
) -> Result<Option<Vec<usize>>, SolverError> {
    const MOST_COLUMNS: usize = 4_000;
    let elements = &system.elements;
    let needs = elements.iter().flat_map(|e| &e.needs);
    let columns = elements.len() + needs.map(|n| n.choices.len()).sum::<usize>();
    if columns > MOST_COLUMNS {
        return Err(SolverError::gave_up());
    }
    let unit = units(system, wanted);
    let mut lp = Lp::default();
    let makes: Vec<usize> = elements.iter().map(|_| lp.column(MOST, 0.0)).collect();
    // What is drawn from each is at most what it makes.
    let drawn: Vec<usize> = elements.iter().map(|_| lp.row(0.0)).collect();
    for (row, column) in drawn.iter().zip(&makes) {
        lp.add(*row, *column, -1.0);
    }
    let all = lp.row(1.0);
    for at in wanted {
        let last = lp.column(MOST, 1.0);
        lp.add(drawn[*at], last, 1.0);
        lp.add(all, last, 1.0);
    }
    let mut ties: BTreeMap<usize, usize> = BTreeMap::new();
    for (at, element) in elements.iter().enumerate() {
        for need in &element.needs {
            let per = |c: &Choice| c.amount * unit[at] / unit[c.to];
            match (need.tie, &need.choices[..]) {
                // Makers of one by-product share what its hosts yield, which takes nothing from these.
                (Some(tie), hosts) => {
                    let new = !ties.contains_key(&tie);
                    let row = *ties.entry(tie).or_insert_with(|| lp.row(0.0));
                    lp.add(row, makes[at], unit[at]);
                    for host in hosts.iter().filter(|_| new) {
                        lp.add(row, makes[host.to], -unit[host.to] / host.amount);
                    }
                }
                (None, [only]) => lp.add(drawn[only.to], makes[at], per(only)),
                (None, choices) => {
                    let row = lp.row(0.0);
                    lp.add(row, makes[at], 1.0);
                    for choice in choices {
                        let from = lp.column(MOST, 0.0);
                        lp.add(row, from, -1.0);
                        lp.add(drawn[choice.to], from, per(choice));
                    }
                }
            }
        }
    }
    let solution = lp.maximise()?;
    if solution.objective < LEAST {
        return Ok(None);
    }
    let works = |at: &usize| solution.values[makes[*at]] > 0.0;
    Ok(Some((0..elements.len()).filter(works).collect()))
}

/// For each element an amount of it that one unit of what is wanted may take, along the first way that leads there.
fn units(system: &System, wanted: &[usize]) -> Vec<f64> {
    let mut unit = vec![0.0; system.elements.len()];
    let mut queue: VecDeque<usize> = wanted.iter().copied().collect();
    for at in wanted {
        unit[*at] = 1.0;
    }
    while let Some(at) = queue.pop_front() {
        let needs = system.elements[at].needs.iter();
        for choice in needs.flat_map(|n| &n.choices) {
            if unit[choice.to] <= 0.0 {
                unit[choice.to] = unit[at] * choice.amount;
                queue.push_back(choice.to);
            }
        }
    }
    unit
}

/// Whether anything of the product can be made without some processes: the whole programme, written out as in
/// `docs/methods.md`, for tests.
#[cfg(test)]
pub(in crate::analysis) fn makes_any(
    graph: &crate::graph::SupplyGraph<'_>,
    lost: &[crate::graph::ProcessIx],
) -> bool {
    let mut lp = Lp::default();
    let most = |p| if lost.contains(&p) { 0.0 } else { MOST };
    let made: Vec<usize> = graph
        .indexed()
        .map(|(p, _)| lp.column(most(p), 0.0))
        .collect();
    let meant: Vec<usize> = graph
        .indexed()
        .map(|(p, _)| lp.column(most(p), 0.0))
        .collect();
    let given: Vec<usize> = made.iter().map(|_| lp.row(0.0)).collect();
    let mut ties: BTreeMap<_, usize> = BTreeMap::new();
    for (p, process) in graph.indexed() {
        let (x, t) = (made[p.at()], meant[p.at()]);
        lp.add(given[p.at()], x, -1.0);
        let row = lp.row(0.0);
        lp.add(row, x, 1.0);
        lp.add(row, t, -1.0);
        // Rounding must not leave a sliver of what is meant to be made where all of it hangs on these inputs.
        let others = graph.inputs_of(p).filter(|i| !i.essential);
        let hangs: f64 = others.map(|i| i.weight * (1.0 - i.substitutable)).sum();
        let spared = if hangs < 1.0 - 1e-9 { 1.0 - hangs } else { 0.0 };
        let together = lp.row(0.0);
        lp.add(together, x, 1.0);
        lp.add(together, t, -spared);
        for input in graph.inputs_of(p) {
            let (firm, spare) = (1.0 - input.substitutable, input.substitutable);
            let z = lp.column(MOST, 0.0);
            let row = lp.row(0.0);
            lp.add(row, z, 1.0);
            lp.add(row, t, -input.amount);
            let row = lp.row(0.0);
            lp.add(row, z, 1.0);
            for part in input.parts {
                let mix = &graph.mixes()[part.mix as usize];
                if mix.unattributed > 1e-9 {
                    let v = lp.column(1.0, 0.0);
                    lp.add(row, v, -1.0);
                }
                for link in graph.links_of(part.mix).iter().filter(|l| l.share > 0.0) {
                    let f = lp.column(MOST, 0.0);
                    lp.add(row, f, -1.0);
                    lp.add(given[link.supplier.at()], f, 1.0);
                }
            }
            if input.essential {
                let row = lp.row(0.0);
                lp.add(row, x, input.amount);
                lp.add(row, z, -firm);
                lp.add(row, t, -spare * input.amount);
            } else {
                lp.add(together, z, -input.weight * firm / input.amount);
            }
        }
        if let Some(tie) = process.tie {
            let ratio = super::host_yield(graph.network(), process.commodity, process.place);
            let row = *ties
                .entry((process.commodity, process.place))
                .or_insert_with(|| {
                    let row = lp.row(0.0);
                    for host in graph.links_of(tie.mix) {
                        lp.add(row, made[host.supplier.at()], -ratio.unwrap());
                    }
                    row
                });
            lp.add(row, x, 1.0);
        }
    }
    let all = lp.row(1.0);
    for (root, part) in graph.roots() {
        let last = lp.column(if *part > 0.0 { MOST } else { 0.0 }, 1.0);
        lp.add(given[root.at()], last, 1.0);
        lp.add(all, last, 1.0);
    }
    lp.maximise().unwrap().objective > LEAST
}
