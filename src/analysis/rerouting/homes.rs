//! Where actors in the remainder of the world cannot be: what decides whether they are lost in the high figure.

use std::sync::Arc;

use super::actors::{Actor, Cast};
use crate::graph::ProcessKind;
use crate::model::{CommodityIx, Country, Network, Place};

/// By actor, the countries that its unknown place is not in. The remainder of a table is in none that the table lists; what is
/// used where its buyer is, is in none that no buyer of it can be in.
pub(super) fn not_in(network: &Network, cast: &Cast) -> Vec<Arc<[Country]>> {
    let nowhere: Arc<[Country]> = Arc::from([]);
    let listed = |actor: &Actor| match (&network.commodity(actor.commodity).production, actor.site)
    {
        (Some(table), Some(_)) if actor.place == Place::Rest => table.listed.clone(),
        _ => nowhere.clone(),
    };
    let mut found: Vec<Arc<[Country]>> = cast.actors.iter().map(listed).collect();
    let local: Vec<(usize, Vec<usize>)> = (0..cast.actors.len())
        .filter(|at| is_local(&cast.actors[*at]))
        .map(|at| (at, users(network, cast, &cast.actors[at])))
        .collect();
    // What nobody has narrowed down yet is taken to be nowhere at all, so that loops of local supply settle.
    let mut known: Vec<bool> = cast.actors.iter().map(|a| !is_local(a)).collect();
    loop {
        let mut changed = false;
        for (at, users) in &local {
            let mut lists = users.iter().filter(|u| known[**u]).map(|u| &found[*u]);
            let Some(first) = lists.next() else {
                continue;
            };
            let common = lists.fold(first.to_vec(), |mut common, list| {
                common.retain(|c| list.binary_search(c).is_ok());
                common
            });
            if !known[*at] || *common != *found[*at] {
                (known[*at], found[*at], changed) = (true, common.into(), true);
            }
        }
        if !changed {
            return found;
        }
    }
}

/// Whether it stands where its buyers do, and nobody knows where that is.
fn is_local(actor: &Actor) -> bool {
    let kind = matches!(actor.kind, ProcessKind::Implied | ProcessKind::Scrap);
    actor.place == Place::Rest && kind
}

/// Who takes what a local actor gives.
fn users(network: &Network, cast: &Cast, local: &Actor) -> Vec<usize> {
    let takes = |actor: &Actor, commodity: CommodityIx| {
        let recipe = &cast.recipes[actor.recipe as usize];
        let needs = recipe.iter().any(|n| n.commodity == commodity);
        let stated = actor
            .site
            .is_some_and(|s| network.supply_entry(s, commodity).is_some());
        // Scrap comes before stated suppliers, what is not traded after them.
        needs && (local.kind == ProcessKind::Scrap || !stated)
    };
    (0..cast.actors.len())
        .filter(|at| {
            let actor = &cast.actors[*at];
            actor.place == local.place && takes(actor, local.commodity)
        })
        .collect()
}
