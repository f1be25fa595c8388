//! Physical requirements: how much of everything one unit of product takes.
//!
//! `x = d + A x` with `A[i,j] = a(c,j) s(i;j,c)`, d one unit of product over its own sites; see `docs/methods.md`.

use rustc_hash::FxHashMap;

use super::solve::{LARGEST_DIRECT, ROUNDING, solve_by_taking_out, solve_dense};
use crate::graph::{Order, ProcessIx, SupplyGraph};
use crate::model::CommodityIx;

/// Amounts per unit of product.
#[derive(Clone, Debug, PartialEq)]
pub struct Requirement {
    of_process: Vec<f64>,
    /// By commodity: required in all, and unattributed. Scrap is not counted.
    of_commodity: Vec<Amounts>,
}

/// Amounts of one commodity.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Amounts {
    pub(crate) total: f64,
    pub(crate) unattributed: f64,
}

/// Rounds through a loop too large to solve directly.
const MOST_ROUNDS: usize = 100_000;

/// Computes the requirement of every process.
#[must_use]
pub fn requirement(graph: &SupplyGraph<'_>) -> Requirement {
    let mut through = required_for(graph, &graph.roots);
    let of_commodity = by_commodity(graph, &through);
    through.truncate(graph.processes.len());
    Requirement {
        of_process: through,
        of_commodity,
    }
}

/// What every process and mix has to provide so that some processes can give these amounts.
pub(super) fn required_for(graph: &SupplyGraph<'_>, amounts: &[(ProcessIx, f64)]) -> Vec<f64> {
    passed_on(&graph.order, &|element| asks(graph, element), amounts)
}

/// What comes to every element of an order if some processes pass on these amounts, each element what `asks` says of all that
/// comes to it.
pub(super) fn passed_on(order: &Order, asks: &Asks<'_>, amounts: &[(ProcessIx, f64)]) -> Vec<f64> {
    let mut demand = vec![0.0; order.elements.len()];
    for (process, amount) in amounts {
        demand[process.at()] += amount;
    }
    let mut through = vec![0.0; order.elements.len()];
    // Buyers before suppliers: the order backwards.
    for component in order.components.iter().rev() {
        let members = order.members(*component);
        let solved = component.is_loop && solve_loop(asks, members, &mut demand, &mut through);
        if !solved {
            go_round(order, asks, *component, &mut demand, &mut through);
        }
    }
    through
}

/// What an element asks of those it depends on, per unit asked of it.
pub(super) type Asks<'a> = dyn Fn(u32) -> Vec<(usize, f64)> + 'a;

/// What an element asks in amounts.
fn asks(graph: &SupplyGraph<'_>, element: u32) -> Vec<(usize, f64)> {
    if element >= graph.order.processes {
        let links = graph.links_of(element - graph.order.processes);
        return links.iter().map(|l| (l.supplier.at(), l.share)).collect();
    }
    let mut found = Vec::new();
    for input in graph.inputs_of(ProcessIx(element)) {
        let of_part =
            |p: &crate::graph::Part| (graph.order.of_mix(p.mix) as usize, input.amount * p.share);
        found.extend(input.parts.iter().map(of_part));
    }
    found
}

/// The members of a loop that any demand comes to, in their order.
///
/// A host stands in the loop of its by-product without anybody asking for it. Solved along with the rest it would get the
/// rounding of the elimination for a required amount.
fn asked_for(asks: &Asks<'_>, members: &[u32], demand: &[f64]) -> Vec<u32> {
    let mut reached: FxHashMap<usize, bool> =
        members.iter().map(|e| (*e as usize, false)).collect();
    let mut open: Vec<usize> = members.iter().map(|e| *e as usize).collect();
    open.retain(|e| demand[*e] > 0.0);
    while let Some(element) = open.pop() {
        match reached.get_mut(&element) {
            Some(known) if !*known => *known = true,
            _ => continue,
        }
        let asks = asks(element as u32).into_iter();
        open.extend(asks.filter(|(_, amount)| *amount > 0.0).map(|(e, _)| e));
    }
    let is_reached = |e: &u32| reached.get(&(*e as usize)) == Some(&true);
    members.iter().copied().filter(is_reached).collect()
}

/// Solves `x = b + P x` within a loop and hands on what leaves it; `false` where the loop is too large for that.
fn solve_loop(asks: &Asks<'_>, members: &[u32], demand: &mut [f64], through: &mut [f64]) -> bool {
    let members = &asked_for(asks, members, demand);
    let size = members.len();
    let local: FxHashMap<usize, usize> = members
        .iter()
        .enumerate()
        .map(|(at, e)| (*e as usize, at))
        .collect();
    let within = |element: &u32| -> Vec<(usize, f64)> {
        let asks = asks(*element).into_iter();
        asks.filter_map(|(supplier, amount)| Some((*local.get(&supplier)?, amount)))
            .collect()
    };
    let within: Vec<Vec<(usize, f64)>> = members.iter().map(within).collect();
    let asked: Vec<f64> = members.iter().map(|e| demand[*e as usize]).collect();
    let solution = if size > LARGEST_DIRECT {
        solve_by_taking_out(&within, &asked)
    } else {
        let mut matrix = vec![0.0; size * size];
        for (column, list) in within.iter().enumerate() {
            matrix[column * size + column] += 1.0;
            for (row, amount) in list {
                matrix[row * size + column] -= amount;
            }
        }
        solve_dense(matrix, asked)
    };
    let Some(solution) = solution else {
        return false;
    };
    if !solution.iter().all(|x| x.is_finite() && *x >= -ROUNDING) {
        return false;
    }
    for (element, amount) in members.iter().zip(solution) {
        demand[*element as usize] = 0.0;
        through[*element as usize] += amount.max(0.0);
        for (supplier, part) in asks(*element) {
            if !local.contains_key(&supplier) {
                demand[supplier] += amount.max(0.0) * part;
            }
        }
    }
    true
}

/// Passes demand on until what is left to pass is nothing; elements outside a loop need one round.
fn go_round(
    order: &Order,
    asks: &Asks<'_>,
    component: crate::graph::Component,
    demand: &mut [f64],
    through: &mut [f64],
) {
    let rounds = if component.is_loop { MOST_ROUNDS } else { 1 };
    for _ in 0..rounds {
        let mut left = 0.0_f64;
        for element in order.members(component).iter().rev() {
            let at = *element as usize;
            let amount = std::mem::take(&mut demand[at]);
            if amount > 0.0 {
                left = left.max(amount / (through[at] + amount));
                through[at] += amount;
                for (supplier, part) in asks(*element) {
                    demand[supplier] += amount * part;
                }
            }
        }
        if left < 1e-16 {
            break;
        }
    }
}

/// Sums what is asked of mixes; what a re-exporter passes on is not asked for twice.
fn by_commodity(graph: &SupplyGraph<'_>, through: &[f64]) -> Vec<Amounts> {
    let mut of_commodity = vec![Amounts::default(); graph.network.commodities().len()];
    for (process, part) in &graph.roots {
        of_commodity[graph.process(*process).commodity.at()].total += part;
    }
    if let Some(product) = graph.product {
        of_commodity[product.at()].total += graph.root_unmet;
    }
    for (at, mix) in graph.mixes.iter().enumerate() {
        let asked = through[graph.order.of_mix(at as u32) as usize];
        let amounts = &mut of_commodity[mix.commodity.at()];
        amounts.unattributed += asked * mix.unattributed;
        let made = graph
            .links_of(at as u32)
            .iter()
            .filter(|l| graph.process(l.supplier).kind.is_maker());
        let made: f64 = made.map(|l| l.share).sum();
        amounts.total += asked * (made + mix.unattributed + mix.unmet);
    }
    of_commodity
}

impl Requirement {
    /// Units of its commodity that a process makes per unit of product.
    #[must_use]
    pub fn of(&self, process: ProcessIx) -> f64 {
        self.of_process[process.at()]
    }

    /// Units of a commodity required per unit of product, scrap not counted.
    #[must_use]
    pub fn of_commodity(&self, commodity: CommodityIx) -> f64 {
        self.of_commodity[commodity.at()].total
    }

    /// The part of it that no supplier is named for, in units.
    #[must_use]
    pub fn unattributed(&self, commodity: CommodityIx) -> f64 {
        self.of_commodity[commodity.at()].unattributed
    }
}
