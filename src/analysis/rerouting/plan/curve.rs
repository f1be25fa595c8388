//! What keeping more costs, and when each item enters.

use super::programme::Writer;
use super::solve::Built;
use crate::analysis::rerouting::SolverError;

/// Points of the curve.
const POINTS: usize = 20;
/// Halvings that place the entry of an item between two points.
const HALVINGS: usize = 5;
/// An item below this part of its final size has not entered.
const ENTERED: f64 = 1e-4;

/// The least cost of keeping more and more with the sites of a plan.
pub(super) fn curve(
    writer: &Writer,
    from: f64,
    plan: &Built,
) -> Result<Vec<(f64, f64)>, SolverError> {
    let step = (plan.keep - from) / POINTS as f64;
    let mut curve = vec![(from, 0.0)];
    for at in 1..POINTS {
        let keep = from + step * at as f64;
        curve.push((keep, writer.cheapest_of(plan, keep)?.cost));
    }
    curve.push((plan.keep, plan.cost));
    Ok(curve)
}

/// The least part kept at which each item of a plan is needed, where nothing but its items may be built.
pub(super) fn entries(
    writer: &Writer,
    from: f64,
    plan: &Built,
) -> Result<Vec<Option<f64>>, SolverError> {
    let mut entries = vec![None; plan.amounts.len()];
    let all: Vec<usize> = (0..entries.len())
        .filter(|i| plan.amounts[*i] > 0.0)
        .collect();
    let mut open = vec![(all, from, plan.keep, 0)];
    while let Some((items, low, high, depth)) = open.pop() {
        let finest = POINTS.ilog2() as usize + HALVINGS;
        if items.is_empty() {
            continue;
        }
        if depth == finest {
            for item in items {
                entries[item] = Some(low);
            }
            continue;
        }
        let middle = (low + high) / 2.0;
        let point = writer.cheapest_of(plan, middle)?;
        let has = |i: &usize| point.amounts[*i] > ENTERED * plan.amounts[*i];
        let (early, late): (Vec<usize>, Vec<usize>) = items.into_iter().partition(has);
        open.push((early, low, middle, depth + 1));
        open.push((late, middle, high, depth + 1));
    }
    Ok(entries)
}
