//! Whether a loss stops the product whatever is rerouted: seen without a programme, where a commodity that cannot be done
//! without has nobody left to make it.

use super::Loss;
use super::actors::{Actor, Cast, Need};

/// Whether nothing of the product can be left. `false` where that takes a programme to say.
pub(super) fn is_total(cast: &Cast, loss: &Loss<'_>) -> bool {
    let mut made = vec![true; cast.required.len()];
    let mut up: Vec<bool> = loss.lost.iter().map(|lost| !lost).collect();
    loop {
        let mut still = vec![false; made.len()];
        for (at, actor) in cast.actors.iter().enumerate() {
            up[at] = up[at] && can_run(cast, actor, loss, &made);
            still[actor.commodity.at()] |= up[at];
        }
        if still == made {
            break;
        }
        made = still;
    }
    !cast.actors.iter().zip(&up).any(|(a, up)| a.own && *up)
}

/// Whether somebody is left for each input that nothing can stand in for.
fn can_run(cast: &Cast, actor: &Actor, loss: &Loss<'_>, made: &[bool]) -> bool {
    let unnamed = |at: usize| {
        let mut supply = actor.unknown.iter().filter(|u| u.need == at);
        supply.any(|u| !loss.hides(&u.not_in))
    };
    let needs: &[Need] = &cast.recipes[actor.recipe as usize];
    needs.iter().enumerate().all(|(at, need)| {
        !need.is_plain() || need.amount <= 0.0 || made[need.commodity.at()] || unnamed(at)
    })
}
