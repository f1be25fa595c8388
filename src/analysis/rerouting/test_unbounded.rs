//! The oracle of the tests of loops.

use std::collections::BTreeMap;

use super::host_yield;
use super::solver::Lp;
use crate::graph::{ProcessIx, SupplyGraph};

/// Most of anything, where a unit of it takes neither little nor much of others.
const MOST: f64 = 1e4;

/// Whether anything of the product can be made without some processes: by values where some amounts are tiny or huge, else by
/// the programme.
pub(in crate::analysis) fn makes_any(graph: &SupplyGraph<'_>, lost: &[ProcessIx]) -> bool {
    let inputs = graph.indexed().flat_map(|(p, _)| graph.inputs_of(p));
    let mut amounts = inputs.map(|i| i.amount);
    if amounts.all(|a| (1e-3..1e3).contains(&a)) {
        programme(graph, lost) > 1e-4
    } else {
        !keeps_value(graph, lost)
    }
}

/// Whether the product can be worth something though nothing is worth more than what goes into it, by any choice: then none
/// can be made (the dual of the programme). The highest such values are found from above; ties of by-products are left out.
fn keeps_value(graph: &SupplyGraph<'_>, lost: &[ProcessIx]) -> bool {
    const MOST_SWEEPS: usize = 100_000;
    assert!(graph.processes().iter().all(|p| p.tie.is_none()));
    let mut worth = vec![1.0_f64; graph.processes().len()];
    for p in lost {
        worth[p.at()] = f64::INFINITY;
    }
    for _ in 0..MOST_SWEEPS {
        let mut settled = true;
        for (p, _) in graph.indexed().filter(|(p, _)| !lost.contains(p)) {
            let old = worth[p.at()];
            let new = old.min(of_inputs(graph, p, &worth));
            settled &= new >= old * (1.0 - 1e-12);
            worth[p.at()] = if new < 1e-250 { 0.0 } else { new };
        }
        if settled {
            break;
        }
    }
    let mut roots = graph.roots().iter().filter(|(_, part)| *part > 0.0);
    roots.all(|(p, _)| worth[p.at()] > 0.0)
}

/// The least that what goes into a process may be worth.
fn of_inputs(graph: &SupplyGraph<'_>, process: ProcessIx, worth: &[f64]) -> f64 {
    let of_mix = |mix: u32| {
        if graph.mixes()[mix as usize].unattributed > 1e-9 {
            return 0.0;
        }
        let links = graph.links_of(mix).iter().filter(|l| l.share > 0.0);
        links
            .map(|l| worth[l.supplier.at()])
            .fold(f64::INFINITY, f64::min)
    };
    let (mut sum, mut hangs, mut other) = (0.0, 0.0, f64::INFINITY);
    for input in graph.inputs_of(process) {
        let parts = input.parts.iter().filter(|p| p.share > 0.0);
        let least = parts.map(|p| of_mix(p.mix)).fold(f64::INFINITY, f64::min);
        if input.essential && input.substitutable <= 0.0 {
            sum += input.amount * least;
        }
        let value = input.weight * (1.0 - input.substitutable);
        if !input.essential && value > 1e-9 {
            hangs += value;
            other = other.min(input.amount / value * least);
        }
    }
    if hangs < 1.0 - 1e-9 { sum } else { sum + other }
}

/// What can be made of one unit: the whole programme, written out as in `docs/methods.md`.
fn programme(graph: &SupplyGraph<'_>, lost: &[ProcessIx]) -> f64 {
    let mut lp = Lp::default();
    let most = |p: ProcessIx| match lost.contains(&p) {
        true => 0.0,
        false => MOST,
    };
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
                    let v = lp.column(MOST, 0.0);
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
            let ratio = host_yield(graph.network(), process.commodity, process.place);
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
    lp.maximise().unwrap().objective
}
