//! Who takes part once new sites may be built: today's cast, the new sites, and what stands beside them.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::candidates::{self, Candidates};
use crate::analysis::rerouting::actors::{Actor, Cast, Need, Role};
use crate::analysis::rerouting::{Loss, market, tie};
use crate::graph::ProcessKind;
use crate::model::{CommodityIx, Country, Network, Place, Recipe, SiteIx};

/// How many times what the product takes a new site may make: beyond any use.
const AMPLE: f64 = 10.0;

/// The cast with an actor for each route of each candidate, and one for what more of each host may be drawn.
pub(super) fn with_candidates<'l>(
    network: &Network,
    cast: &Cast,
    candidates: &Candidates,
    loss: &Loss<'l>,
) -> (Cast, Loss<'l>, Vec<Vec<usize>>) {
    let mut cast = cast.clone();
    for actor in &mut cast.actors {
        let local = !network.commodity(actor.commodity).traded && actor.kind.is_maker();
        if local
            && !cast.recipes[actor.recipe as usize]
                .iter()
                .all(Need::is_plain)
        {
            actor.role = Role::Follower;
        }
    }
    let mut loss = loss.clone();
    let mut news = Vec::new();
    for candidate in &candidates.all {
        let new = |part: f64, recipe: u32, cast: &Cast| Actor {
            commodity: candidate.commodity,
            place: Place::In(candidate.country),
            kind: ProcessKind::Site,
            site: None,
            own: Some(candidate.commodity) == cast.product,
            required: 0.0,
            entitled: AMPLE * cast.scale(candidate.commodity) * part,
            output: Some(0.0),
            capacity: None,
            availability: 1.0,
            recipe,
            part,
            kept_for: cast.product,
            unknown: Vec::new(),
            role: Role::New,
        };
        let mut actors = Vec::new();
        for (part, recipe) in &candidate.routes {
            let recipe = intern(&mut cast, recipe.as_deref());
            actors.push(cast.actors.len());
            let actor = new(*part, recipe, &cast);
            cast.actors.push(actor);
        }
        news.push(actors);
    }
    add_implied(network, &mut cast);
    add_ties(network, &mut cast, candidates);
    for at in 0..cast.ties.len() {
        for host in 0..cast.ties[at].hosts.len() {
            let (actor, part) = cast.ties[at].hosts[host];
            let known = cast.actors[actor].clone();
            let more = known.capacity.map_or(0.0, |k| k - known.entitled).max(0.0);
            cast.ties[at].hosts[host] = (cast.actors.len(), part);
            let lost = loss.lost[actor];
            cast.actors.push(Actor {
                entitled: more,
                own: false,
                unknown: Vec::new(),
                role: Role::Host,
                ..known
            });
            loss.lost.resize(cast.actors.len() - 1, false);
            loss.lost.push(lost);
        }
    }
    loss.lost.resize(cast.actors.len(), false);
    (cast, loss, news)
}

/// The position of a recipe, which is added if it is new.
fn intern(cast: &mut Cast, recipe: Option<&Recipe>) -> u32 {
    let inputs = recipe.iter().flat_map(|r| &r.inputs);
    let needs: Vec<Need> = inputs.map(Need::of).collect();
    let known = cast.recipes.iter().position(|known| **known == *needs);
    let at = known.unwrap_or_else(|| {
        cast.recipes.push(needs.into());
        cast.recipes.len() - 1
    });
    at as u32
}

/// Where nobody makes what is not traded, a new user of it there has an implied site beside it.
fn add_implied(network: &Network, cast: &mut Cast) {
    let implied = cast
        .actors
        .iter()
        .filter(|a| a.kind == ProcessKind::Implied);
    let mut there: FxHashSet<(CommodityIx, Place)> =
        implied.map(|a| (a.commodity, a.place)).collect();
    let mut at = 0;
    while at < cast.actors.len() {
        let (place, recipe) = (cast.actors[at].place, cast.actors[at].recipe);
        at += 1;
        for need in cast.recipes[recipe as usize].clone().iter() {
            let commodity = network.commodity(need.commodity);
            let makes = |s: &SiteIx| network.site(*s).output.is_none_or(|o| o > 0.0);
            if commodity.traded
                || network.makers_in(need.commodity, place).iter().any(makes)
                || !there.insert((need.commodity, place))
            {
                continue;
            }
            let routes: Vec<(f64, Option<Arc<Recipe>>)> = candidates::routes(commodity);
            for (part, recipe) in routes {
                let recipe = intern(cast, recipe.as_deref());
                cast.actors.push(Actor {
                    commodity: need.commodity,
                    place,
                    kind: ProcessKind::Implied,
                    site: None,
                    own: false,
                    required: 0.0,
                    entitled: 0.0,
                    output: None,
                    capacity: None,
                    availability: 1.0,
                    recipe,
                    part,
                    kept_for: None,
                    unknown: Vec::new(),
                    role: Role::Present,
                });
            }
        }
    }
}

/// By-products may be built where there is a host but no by-product yet.
fn add_ties(network: &Network, cast: &mut Cast, candidates: &Candidates) {
    for candidate in &candidates.all {
        let Some(tie) = &network.commodity(candidate.commodity).byproduct_of else {
            continue;
        };
        let known = |t: &tie::TieGroup| {
            t.byproduct == candidate.commodity && t.country == candidate.country
        };
        if !cast.ties.iter().any(known) {
            cast.ties.push(tie::TieGroup {
                country: candidate.country,
                byproduct: candidate.commodity,
                host: tie.host,
                makers: Vec::new(),
                hosts: hosts(cast, tie.host, candidate.country),
                ratio: tie.yield_per_host,
                host_per_byproduct: 1.0 / tie.yield_per_host,
                slice: 1.0 / tie.yield_per_host,
                known: false,
            });
        }
    }
}

/// Sites there are that make a host in a country, with their parts.
fn hosts(cast: &Cast, host: CommodityIx, country: Country) -> Vec<(usize, f64)> {
    let makes = |a: &Actor| {
        a.commodity == host
            && a.place == Place::In(country)
            && a.site.is_some()
            && a.role == Role::Present
    };
    let members: Vec<usize> = (0..cast.actors.len())
        .filter(|at| makes(&cast.actors[*at]))
        .collect();
    tie::by_output(&cast.actors, &members)
}

/// Most that each actor may give. What is not traded follows its users up to its capacity, so that it may give all of it.
pub(super) fn caps(network: &Network, cast: &Cast, loss: &Loss<'_>) -> Vec<f64> {
    let mut caps = market::caps(cast, loss);
    let mut needed: FxHashMap<(CommodityIx, Place), f64> = FxHashMap::default();
    for actor in cast.actors.iter().filter(|a| a.role == Role::New) {
        for need in cast.recipes[actor.recipe as usize].iter() {
            *needed.entry((need.commodity, actor.place)).or_default() +=
                need.amount * actor.entitled;
        }
    }
    for (at, actor) in cast.actors.iter().enumerate() {
        let follows = !network.commodity(actor.commodity).traded
            && matches!(actor.role, Role::Present | Role::Follower)
            && actor.kind.is_maker();
        if follows && !loss.lost[at] {
            let more = needed
                .get(&(actor.commodity, actor.place))
                .copied()
                .unwrap_or(0.0);
            let most = actor
                .capacity
                .map_or(actor.entitled + more, |k| k.max(actor.entitled));
            caps[at] = most * actor.availability;
        }
    }
    caps
}
