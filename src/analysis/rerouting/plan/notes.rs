//! What the reader of a plan should know of its items.

use std::collections::BTreeSet;

use super::PlanItem;
use super::candidates::Candidates;
use crate::model::Network;

/// All notes on the items of a plan.
pub(super) fn of_items(
    network: &Network,
    items: &[PlanItem],
    candidates: &Candidates,
) -> Vec<String> {
    let notes = [
        unknown_power(items),
        linear_costs(items),
        even_costs(network, items, candidates),
    ];
    notes.into_iter().flatten().collect()
}

/// Names countries that get new sites though nothing is known of what they generate.
fn unknown_power(items: &[PlanItem]) -> Option<String> {
    let unknown = |i: &&PlanItem| {
        let power = i.power.iter();
        power
            .filter(|p| p.needed > 0.0)
            .any(|p| p.generation.is_none())
    };
    let countries: BTreeSet<&str> = items
        .iter()
        .filter(unknown)
        .map(|i| i.country.as_str())
        .collect();
    let named: Vec<&str> = countries.into_iter().collect();
    (!named.is_empty()).then(|| {
        format!(
            "no generation is known of {}, so that nothing limits the power of new sites there",
            named.join(", ")
        )
    })
}

/// Says that nothing is too small to be built.
fn linear_costs(items: &[PlanItem]) -> Option<String> {
    (!items.is_empty()).then(|| {
        "costs rise in proportion to capacity and no plant has a least size, so that a small item stands for a part of a plant"
            .to_owned()
    })
}

/// Says of how many items costs do not decide the place, since their commodity costs the same wherever it may be built.
fn even_costs(network: &Network, items: &[PlanItem], candidates: &Candidates) -> Option<String> {
    let is_even = |item: &&PlanItem| {
        let mut costs = candidates
            .all
            .iter()
            .filter(|c| *network.commodity(c.commodity).id == *item.commodity)
            .map(|c| c.cost.to_bits());
        let first = costs.next();
        let others: Vec<u64> = costs.collect();
        !others.is_empty() && others.iter().all(|c| Some(*c) == first)
    };
    let even = items.iter().filter(is_even).count();
    (even > 0).then(|| {
        format!(
            "the place of {even} of {} items follows from limits and ties, not from cost: what they make costs the same wherever it may be built",
            items.len()
        )
    })
}
