//! The programme with entitlements, limits and capacities set aside: whether processes that have nothing but one another can
//! make anything at all. With no limits the answer is nothing, or all that is asked for.

use std::collections::BTreeMap;

use super::solver::{Lp, SolverError};
use crate::analysis::leontief::{Choice, System};

/// Most of anything, in units in which about 1 is needed: what is found must not run off where nothing holds it.
const MOST: f64 = 1e4;
/// Of the one unit asked for, what is surely more than rounding: a loop may take so many times what it yields in the end.
const LEAST: f64 = 1e-4;
/// What may be the solver's rounding. Between the two nothing is decided.
const ROUNDING: f64 = 1e-8;

/// The elements that work in some way of making any of those wanted; none if there is no way.
///
/// # Errors
/// If the solver gives up, or rounding hides the answer.
pub(in crate::analysis) fn yields(
    system: &System,
    wanted: &[usize],
) -> Result<Option<Vec<usize>>, SolverError> {
    let elements = &system.elements;
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
    if solution.objective < ROUNDING {
        return Ok(None);
    }
    if solution.objective < LEAST {
        return Err(SolverError::gave_up());
    }
    let works = makes.iter().map(|c| solution.values[*c] > 0.0).collect();
    let works = sustained(system, works);
    if !wanted.iter().any(|at| works[*at]) {
        return Err(SolverError::gave_up());
    }
    Ok(Some((0..works.len()).filter(|at| works[*at]).collect()))
}

/// Those of the working elements that get all they need of others of them: traces of the rest are the solver's rounding.
fn sustained(system: &System, mut works: Vec<bool>) -> Vec<bool> {
    loop {
        let lacks = |at: &usize| {
            let mut needs = system.elements[*at].needs.iter();
            works[*at] && needs.any(|n| !n.choices.iter().any(|c| works[c.to]))
        };
        let gone: Vec<usize> = (0..works.len()).filter(lacks).collect();
        if gone.is_empty() {
            return works;
        }
        for at in gone {
            works[at] = false;
        }
    }
}

/// For each element an amount of it that one unit of what is wanted may take: by all ways that lead there along what seems the
/// cheapest choices. So much may be needed if anything can be made; dear choices would hide it behind theirs.
fn units(system: &System, wanted: &[usize]) -> Vec<f64> {
    // Loops are followed a few times: those that gain have no end.
    const ROUNDS: usize = 3;
    const SMALLEST: f64 = 1e-100;
    let in_range = |amount: f64| amount.clamp(SMALLEST, 1.0 / SMALLEST);
    let cost = system.lowest_costs();
    let order = users_first(system, wanted);
    let mut own = vec![0.0; cost.len()];
    for at in wanted {
        own[*at] = 1.0;
    }
    let mut unit = vec![0.0_f64; cost.len()];
    let mut asked = own.clone();
    for _ in 0..ROUNDS {
        for at in &order {
            if asked[*at] > 0.0 {
                unit[*at] = in_range(unit[*at].max(asked[*at]));
            }
            asked[*at] = own[*at];
            let needs = system.elements[*at].needs.iter();
            for choice in needs.filter_map(|n| n.cheapest(&cost)) {
                asked[choice.to] += unit[*at] * choice.amount;
            }
        }
    }
    // What is on none of these ways comes by any other.
    for at in order {
        let needs = system.elements[at].needs.iter();
        for choice in needs.flat_map(|n| &n.choices) {
            if unit[choice.to] <= 0.0 {
                unit[choice.to] = in_range(unit[at] * choice.amount);
            }
        }
    }
    unit
}

/// All that leads to what is wanted, each after those that need it, but for some in loops.
fn users_first(system: &System, wanted: &[usize]) -> Vec<usize> {
    let mut seen = vec![false; system.elements.len()];
    let mut order = Vec::new();
    // Each once to enter it, and once more when all below it is done.
    let mut stack: Vec<(usize, bool)> = wanted.iter().map(|at| (*at, false)).collect();
    while let Some((at, done)) = stack.pop() {
        if done {
            order.push(at);
            continue;
        }
        if std::mem::replace(&mut seen[at], true) {
            continue;
        }
        stack.push((at, true));
        let needs = system.elements[at].needs.iter();
        stack.extend(needs.flat_map(|n| &n.choices).map(|c| (c.to, false)));
    }
    order.reverse();
    order
}
