//! How much of each actor the product may have. Equations in `docs/methods.md`, At risk, adapted.

use std::collections::BTreeMap;

use super::actors::{Actor, BorderFlow, Cast, UnknownSupply};
use super::tie::{TieGroup, by_output};
use super::{Priority, Reroute, Rules};
use crate::analysis::requirement::required_for;
use crate::graph::{ProcessIx, SupplyGraph};
use crate::model::{CommodityIx, Network, Place, SiteIx, SiteKind, some_of};

/// Rounds of raising what follows from something else before it is taken as settled.
const MOST_ROUNDS: usize = 1000;
/// Relative change that ends the rounds.
const SETTLED: f64 = 1e-12;

/// Fills in what the actors of a product give and may give; `of` is the actor of each process.
pub(super) fn fill(cast: &mut Cast, before: &SupplyGraph<'_>, of: &[usize], rules: Rules) {
    let known = present(cast, before, of);
    cast.present = known.unwrap_or(1.0);
    cast.known_present = known.is_some();
    let through = require(cast, before, of);
    scale_shares(cast, before.network);
    sum_up(cast, before.network);
    entitle(cast, rules);
    raise(cast, before.network);
    unknown_supply(cast, before, of, &through);
    cast.border_flows = border_flows(before, of, &through);
    if known.is_none() && rules.priority == Priority::First {
        cast.notes.push(
            "the product has no present output in amounts, so that it asks for one unit and, served first, finds room almost anywhere"
                .to_owned(),
        );
    }
    cast.notes.extend(over_committed(cast, before.network));
}

/// Whether a commodity's table gives only shares.
pub(super) fn is_relative(network: &Network, commodity: CommodityIx) -> bool {
    let production = network.commodity(commodity).production.as_ref();
    production.is_some_and(|p| p.relative)
}

/// What the product's own sites put out together, where that is known in units.
fn present(cast: &Cast, before: &SupplyGraph<'_>, of: &[usize]) -> Option<f64> {
    let mut total = 0.0;
    for (root, _) in &before.roots {
        let actor = &cast.actors[of[root.at()]];
        if is_relative(before.network, actor.commodity) {
            return None;
        }
        total += actor.output?;
    }
    (total > 0.0).then_some(total)
}

/// What the present output takes of everyone. A host takes part with the slice that its by-product hangs on, and what that
/// slice needs is needed too.
fn require(cast: &mut Cast, before: &SupplyGraph<'_>, of: &[usize]) -> Vec<f64> {
    let roots: Vec<(ProcessIx, f64)> = before
        .roots
        .iter()
        .map(|(p, part)| (*p, part * cast.present))
        .collect();
    let through = take(cast, before, of, &roots);
    settle_unknown_ties(cast);
    if cast.ties.is_empty() {
        return through;
    }
    loop {
        let (through, growing) = with_hosts(cast, before, of, roots.clone());
        if growing.is_empty() {
            let narrowed = |t: &TieGroup| t.slice < t.host_per_byproduct;
            if cast.ties.iter().any(narrowed) {
                cast.notes.push(
                    "a by-product is needed for more of its host than is made beside it; its tie holds by what can be recovered"
                        .to_owned(),
                );
            }
            return through;
        }
        if narrow(cast, &growing) {
            continue;
        }
        // A host that needs more of its by-product than it yields could not be: the files contradict themselves there.
        let mut at = 0;
        cast.ties.retain(|_| {
            at += 1;
            !growing.contains(&(at - 1))
        });
        cast.notes.push(
            "over-committed: a by-product is needed for more of its host than it is made with; its tie is left out"
                .to_owned(),
        );
    }
}

/// Where a by-product cannot hang on as much of its host as today, since the host takes part of it back, it hangs on as much as
/// yields it. Returns whether that changes anything.
fn narrow(cast: &mut Cast, growing: &[usize]) -> bool {
    let mut narrowed = false;
    for at in growing {
        let tie = &mut cast.ties[*at];
        let least = 1.0 / tie.ratio;
        if tie.slice > least * (1.0 + SETTLED) {
            (tie.slice, narrowed) = (least, true);
        }
    }
    narrowed
}

/// Works out what amounts of some processes take of everyone.
fn take(
    cast: &mut Cast,
    before: &SupplyGraph<'_>,
    of: &[usize],
    amounts: &[(ProcessIx, f64)],
) -> Vec<f64> {
    let through = required_for(before, amounts);
    for actor in &mut cast.actors {
        actor.required = 0.0;
    }
    for (process, actor) in of.iter().enumerate() {
        cast.actors[*actor].required += through[process];
    }
    through
}

/// Where outputs are not known, a by-product and a host that is needed anyway rise and fall together.
fn settle_unknown_ties(cast: &mut Cast) {
    for tie in cast.ties.iter_mut().filter(|t| !t.known) {
        let byproduct: f64 = tie.makers.iter().map(|m| cast.actors[*m].required).sum();
        let host: f64 = tie
            .hosts
            .iter()
            .map(|(h, _)| cast.actors[*h].required)
            .sum();
        if byproduct > 0.0 && host > 0.0 {
            tie.ratio = byproduct / host;
            tie.host_per_byproduct = host / byproduct;
            tie.slice = tie.host_per_byproduct;
        }
    }
}

/// Adds the slices of hosts; also the ties whose slices grow without end.
fn with_hosts(
    cast: &mut Cast,
    before: &SupplyGraph<'_>,
    of: &[usize],
    mut amounts: Vec<(ProcessIx, f64)>,
) -> (Vec<f64>, Vec<usize>) {
    const MOST_SLICES: usize = 200;
    /// What grows fast is stopped before it passes all numbers.
    const BEYOND: f64 = 1e100;
    let mut beyond = false;
    let mut process_of = vec![None; cast.actors.len()];
    for (process, actor) in of.iter().enumerate() {
        process_of[*actor] = Some(ProcessIx(process as u32));
    }
    let mut through = Vec::new();
    let mut growing = Vec::new();
    for _ in 0..MOST_SLICES {
        through = take(cast, before, of, &amounts);
        growing.clear();
        for (at, tie) in cast.ties.iter().enumerate() {
            let byproduct: f64 = tie.makers.iter().map(|m| cast.actors[*m].required).sum();
            for (host, part) in &tie.hosts {
                let slice = byproduct * tie.slice * part;
                let missing = slice - cast.actors[*host].required;
                if let (true, Some(process)) = (missing > SETTLED * slice, process_of[*host]) {
                    beyond |= slice > BEYOND;
                    amounts.push((process, missing));
                    cast.actors[*host].required = slice;
                    growing.push(at);
                }
            }
        }
        if growing.is_empty() || beyond {
            break;
        }
    }
    growing.dedup();
    let added = amounts.split_off(before.roots.len());
    if growing.is_empty() && !added.is_empty() {
        through = without_echo(cast, before, of, &amounts, &added).unwrap_or(through);
    }
    (through, growing)
}

/// Takes back what hosts were given too much: one that needs itself, by way of others, asks for more of itself than was added.
/// None if nothing is too much.
fn without_echo(
    cast: &mut Cast,
    before: &SupplyGraph<'_>,
    of: &[usize],
    roots: &[(ProcessIx, f64)],
    added: &[(ProcessIx, f64)],
) -> Option<Vec<f64>> {
    const MOST_ROUNDS: usize = 50;
    let mut extra: BTreeMap<ProcessIx, Extra> = BTreeMap::new();
    for (process, amount) in added {
        extra.entry(*process).or_default().amount += amount;
    }
    let mut through = None;
    for _ in 0..MOST_ROUNDS {
        for extra in extra.values_mut() {
            extra.slice = 0.0;
        }
        for tie in &cast.ties {
            let byproduct: f64 = tie.makers.iter().map(|m| cast.actors[*m].required).sum();
            for (process, extra) in &mut extra {
                let part = tie.hosts.iter().find(|(h, _)| *h == of[process.at()]);
                let slice = part.map_or(0.0, |(_, part)| byproduct * tie.slice * part);
                extra.slice = extra.slice.max(slice);
            }
        }
        let mut moved = false;
        for (process, extra) in &mut extra {
            moved |= extra.correct(cast.actors[of[process.at()]].required);
        }
        if !moved {
            return through;
        }
        let all: Vec<(ProcessIx, f64)> = roots
            .iter()
            .copied()
            .chain(
                extra
                    .iter()
                    .map(|(process, extra)| (*process, extra.amount)),
            )
            .collect();
        through = Some(take(cast, before, of, &all));
    }
    through
}

/// What a host makes beyond what is asked of it, so that it comes to its slice.
#[derive(Clone, Copy, Debug, Default)]
struct Extra {
    amount: f64,
    slice: f64,
    /// Amount and requirement before the last correction.
    last: Option<(f64, f64)>,
}

impl Extra {
    /// Moves the amount by what it lacks or has too much, over what one unit more adds; whether that is worth it.
    fn correct(&mut self, required: f64) -> bool {
        /// Closer than the rounding of what loops add up.
        const CLOSE: f64 = 1e-11;
        let wrong = required - self.slice;
        let spare = wrong > 0.0 && self.amount <= 0.0;
        if wrong.abs() <= CLOSE * self.slice || spare {
            return false;
        }
        let echo = self.last.map_or(1.0, |(amount, known)| {
            let echo = (required - known) / (self.amount - amount);
            if echo.is_finite() { echo.max(1.0) } else { 1.0 }
        });
        self.last = Some((self.amount, required));
        self.amount = (self.amount - wrong / echo).max(0.0);
        true
    }
}

/// Where a table gives only shares, its amounts are those that the product takes: all of the table, whoever takes part.
fn scale_shares(cast: &mut Cast, network: &Network) {
    let is_row = |site: SiteIx| network.site(site).kind == SiteKind::Aggregate;
    let whole = |commodity: CommodityIx| -> f64 {
        let rows = network.makers(commodity).filter(|s| is_row(*s));
        rows.filter_map(|s| network.site(s).output).sum()
    };
    let mut sums: BTreeMap<CommodityIx, f64> = BTreeMap::new();
    for actor in cast
        .actors
        .iter()
        .filter(|a| is_relative(network, a.commodity) && a.kind.is_maker())
    {
        *sums.entry(actor.commodity).or_default() += actor.required;
    }
    let sums: BTreeMap<CommodityIx, (f64, f64)> = sums
        .into_iter()
        .map(|(commodity, required)| (commodity, (required, whole(commodity))))
        .collect();
    for actor in &mut cast.actors {
        // What a scenario adds to a table of shares is stated in amounts.
        let of_table = actor.site.is_some_and(is_row);
        if let (Some((required, shares)), true) = (sums.get(&actor.commodity), of_table)
            && *shares > 0.0
        {
            let scale = required / shares;
            actor.output = actor.output.map(|o| o * scale);
            actor.capacity = actor.capacity.map(|c| c * scale);
        }
    }
}

/// X and O of each commodity, and what all users take of it.
fn sum_up(cast: &mut Cast, network: &Network) {
    cast.required = vec![0.0; network.commodities().len()];
    cast.output = cast.required.clone();
    cast.demand = cast.required.clone();
    for actor in &cast.actors {
        for need in cast.recipes[actor.recipe as usize].iter() {
            cast.demand[need.commodity.at()] += need.amount * actor.required;
        }
    }
    for actor in cast.actors.iter().filter(|a| a.kind.is_maker()) {
        cast.required[actor.commodity.at()] += actor.required;
        cast.output[actor.commodity.at()] += actor.output.unwrap_or(0.0);
    }
}

/// `e(i) = K(i) max(r(i)/O(i), phi)`.
fn entitle(cast: &mut Cast, rules: Rules) {
    for actor in &mut cast.actors {
        let (required, output) = (
            cast.required[actor.commodity.at()],
            cast.output[actor.commodity.at()],
        );
        let everyones_part = match (rules.priority, rules.reroute) {
            (Priority::First, _) => 1.0,
            (Priority::ProRata, Reroute::Links) => 0.0,
            (Priority::ProRata, Reroute::Market) if required > 0.0 => (required / output).min(1.0),
            (Priority::ProRata, Reroute::Market) => 0.0,
        };
        let (Some(output), Some(capacity)) = (actor.output, actor.capacity) else {
            actor.entitled = actor.required;
            continue;
        };
        actor.entitled = match actor.kept_for {
            Some(product) if Some(product) == cast.product => capacity,
            Some(_) => actor.required,
            None => {
                let own_part = if output > 0.0 {
                    actor.required / output
                } else {
                    0.0
                };
                capacity * own_part.max(everyones_part)
            }
        };
    }
}

/// Who makes something that follows what its users in the same place need.
pub(super) struct Follower {
    /// Its users, with what one unit of their output takes.
    pub(super) users: Vec<(usize, f64)>,
    /// Its makers, with their parts.
    pub(super) makers: Vec<(usize, f64)>,
}

/// Raises what is not traded, and the hosts of by-products, to what their users need, within their capacities. Else power
/// that is sold to others today would stop every rerouting.
pub(super) fn raise(cast: &mut Cast, network: &Network) {
    let followers = followers(cast, network);
    for _ in 0..MOST_ROUNDS {
        let mut grew = false;
        for follower in &followers {
            let need: f64 = follower
                .users
                .iter()
                .map(|(user, amount)| amount * cast.actors[*user].entitled)
                .sum();
            for (maker, part) in &follower.makers {
                let actor = &mut cast.actors[*maker];
                let wanted = (need * part).min(actor.capacity.unwrap_or(f64::INFINITY));
                if wanted > actor.entitled * (1.0 + SETTLED) {
                    actor.entitled = wanted;
                    grew = true;
                }
            }
        }
        if !grew {
            break;
        }
    }
}

/// All that follow something: makers of what is not traded, and hosts.
pub(super) fn followers(cast: &Cast, network: &Network) -> Vec<Follower> {
    let local = |c: CommodityIx| !network.commodity(c).traded;
    let mut users: BTreeMap<(CommodityIx, Place), Vec<(usize, f64)>> = BTreeMap::new();
    let mut makers: BTreeMap<(CommodityIx, Place), Vec<usize>> = BTreeMap::new();
    for (at, actor) in cast.actors.iter().enumerate() {
        for need in cast.recipes[actor.recipe as usize]
            .iter()
            .filter(|n| local(n.commodity) && n.amount > 0.0)
        {
            users
                .entry((need.commodity, actor.place))
                .or_default()
                .push((at, need.amount));
        }
        if local(actor.commodity) && actor.kind.is_maker() {
            makers
                .entry((actor.commodity, actor.place))
                .or_default()
                .push(at);
        }
    }
    let mut followers: Vec<Follower> = users
        .into_iter()
        .filter_map(|(place, users)| {
            let makers = by_output(&cast.actors, makers.get(&place)?);
            Some(Follower { users, makers })
        })
        .collect();
    followers.extend(cast.ties.iter().map(|tie| {
        Follower {
            users: tie
                .makers
                .iter()
                .map(|m| (*m, tie.host_per_byproduct))
                .collect(),
            makers: tie.hosts.clone(),
        }
    }));
    followers
}

/// Inputs that nobody is named for: most of each, by the shares of today.
fn unknown_supply(cast: &mut Cast, before: &SupplyGraph<'_>, of: &[usize], through: &[f64]) {
    for (process, _) in before.indexed() {
        let actor: &mut Actor = &mut cast.actors[of[process.at()]];
        for (need, input) in before.inputs_of(process).enumerate() {
            for part in input.parts {
                let mix = &before.mixes[part.mix as usize];
                let amount = part.share * mix.unattributed * input.amount * through[process.at()];
                if amount > 0.0 {
                    actor.unknown.push(UnknownSupply {
                        need,
                        amount,
                        not_in: before.lists[mix.not_in as usize].clone(),
                    });
                }
            }
        }
    }
}

/// What is not traded and yet crosses a border today, since a file names the supplier.
fn border_flows(before: &SupplyGraph<'_>, of: &[usize], through: &[f64]) -> Vec<BorderFlow> {
    let mut flows: BTreeMap<(usize, Place), f64> = BTreeMap::new();
    for (process, user) in before.indexed() {
        for input in before.inputs_of(process) {
            if before.network.commodity(input.commodity).traded {
                continue;
            }
            for edge in before.edges(&input) {
                if before.process(edge.supplier).place != user.place {
                    *flows
                        .entry((of[edge.supplier.at()], user.place))
                        .or_default() += edge.share * input.amount * through[process.at()];
                }
            }
        }
    }
    let flow = |((supplier, into), amount)| BorderFlow {
        supplier,
        into,
        amount,
    };
    flows.into_iter().map(flow).collect()
}

/// Names makers of which the product takes more than they make.
fn over_committed(cast: &Cast, network: &Network) -> Option<String> {
    const MOST_NAMED: usize = 3;
    const ROUNDING: f64 = 1e-6;
    let over = |a: &&Actor| {
        a.output.is_some_and(|o| a.required > o * (1.0 + ROUNDING))
            && !is_relative(network, a.commodity)
    };
    let mut ids: Vec<String> = cast
        .actors
        .iter()
        .filter(over)
        .filter_map(|a| Some(network.site(a.site?).id.to_string()))
        .collect();
    ids.sort_unstable();
    ids.dedup();
    if ids.is_empty() {
        return None;
    }
    Some(format!(
        "over-committed: the product takes more of {} than the files say they make",
        some_of(&ids, MOST_NAMED)
    ))
}
