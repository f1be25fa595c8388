//! World output and capacity of one commodity, what its hosts allow, and what other users take.

use crate::analysis::rerouting::actors::{Actor, Cast};
use crate::analysis::rerouting::entitlement::is_relative;
use crate::analysis::rerouting::{Loss, Priority, Rerouting};
use crate::model::{CommodityIx, Country, Network, Place};

/// What is known of one commodity.
#[derive(Clone, Debug)]
pub(super) struct Tally {
    pub(super) commodity: CommodityIx,
    /// Required for one unit of product.
    pub(super) per_unit: f64,
    /// Amounts of the makers left; unknown where one of them has none.
    pub(super) amounts: Option<Amounts>,
    /// Its host, and what that yields anywhere.
    pub(super) host: Option<(CommodityIx, f64)>,
}

/// Units per year.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Amounts {
    pub(super) output: f64,
    pub(super) capacity: f64,
    /// Capacity as far as the hosts of each country allow it to be used.
    pub(super) after_host: f64,
    /// What all users take today, and the product's part of it.
    taken: f64,
    own: f64,
}

impl Tally {
    pub(super) fn others(&self, priority: Priority) -> Option<f64> {
        self.amounts.map(|a| match priority {
            Priority::ProRata => (a.taken - a.own).max(0.0),
            Priority::First => 0.0,
        })
    }

    /// What the product may have of it.
    pub(super) fn available(&self, priority: Priority) -> Option<f64> {
        let Amounts {
            after_host,
            taken,
            own,
            ..
        } = self.amounts?;
        Some(match priority {
            // In this order nothing is lost to rounding where the product is small in the world.
            Priority::ProRata if taken > own => (after_host - taken + own).max(0.0),
            _ => after_host,
        })
    }
}

/// Capacity and output of an actor as far as the product is concerned, if the files state them in amounts.
///
/// Of what is kept for one product, others have no part.
pub(super) fn stated(network: &Network, cast: &Cast, actor: &Actor) -> Option<(f64, f64)> {
    let capacity = actor.capacity?;
    let is_row = actor
        .site
        .is_some_and(|s| network.site(s).kind == crate::model::SiteKind::Aggregate);
    if is_relative(network, actor.commodity) && is_row {
        return None;
    }
    let output = actor.output.unwrap_or(0.0);
    Some(match actor.kept_for {
        None => (capacity, output),
        Some(product) if Some(product) == cast.product => (capacity, output.min(actor.required)),
        Some(_) => (actor.required, actor.required),
    })
}

/// The part of an actor that is left.
pub(super) fn left(loss: &Loss<'_>, at: usize, actor: &Actor) -> f64 {
    if loss.lost[at] {
        0.0
    } else {
        actor.availability
    }
}

/// Makers of a commodity with the parts of them that are left.
fn makers<'a>(cast: &'a Cast, loss: &Loss<'_>, commodity: CommodityIx) -> Vec<(&'a Actor, f64)> {
    let actors = cast.actors.iter().enumerate();
    actors
        .filter(|(_, a)| a.commodity == commodity && a.kind.is_maker())
        .map(|(at, a)| (a, left(loss, at, a)))
        .collect()
}

pub(super) fn tally(
    rerouting: &Rerouting<'_>,
    commodity: CommodityIx,
    per_unit: f64,
    loss: &Loss<'_>,
) -> Tally {
    let (network, cast) = (rerouting.graph.network, &rerouting.cast);
    let makers = makers(cast, loss, commodity);
    let required = per_unit * cast.present;
    Tally {
        commodity,
        per_unit,
        amounts: amounts(network, cast, loss, &makers, required),
        host: host_yield(network, cast, loss, commodity),
    }
}

fn amounts(
    network: &Network,
    cast: &Cast,
    loss: &Loss<'_>,
    makers: &[(&Actor, f64)],
    required: f64,
) -> Option<Amounts> {
    if makers.is_empty() {
        return None;
    }
    let mut sum = Amounts::default();
    let mut required_of = (0.0, 0.0);
    for (actor, left) in makers {
        required_of.0 += actor.required * left;
        required_of.1 += actor.required;
        // Sites that a country must have for what is not traded have no known part in the world's output.
        if *left <= 0.0 || (actor.site.is_none() && !network.commodity(actor.commodity).traded) {
            continue;
        }
        let (capacity, output) = stated(network, cast, actor)?;
        sum.output += actor.output.unwrap_or(0.0) * left;
        sum.capacity += actor.capacity.unwrap_or(0.0) * left;
        sum.after_host += capacity * left;
        sum.taken += output * left;
    }
    let part_left = match required_of.1 > 0.0 {
        true => required_of.0 / required_of.1,
        false => 1.0,
    };
    sum.own = required * part_left;
    let commodity = makers[0].0.commodity;
    if !network.commodity(commodity).traded {
        // Its users come before others as far as it reaches: it follows them.
        sum.taken = sum.own;
    }
    for tie in cast
        .ties
        .iter()
        .filter(|t| t.byproduct == commodity && t.known)
    {
        let there: f64 = tie
            .makers
            .iter()
            .map(|m| left(loss, *m, &cast.actors[*m]) * cast.actors[*m].capacity.unwrap_or(0.0))
            .sum();
        let yielded = tie.ratio * host_capacity(cast, loss, tie.host, Place::In(tie.country));
        sum.after_host -= (there - yielded).max(0.0);
    }
    sum.after_host = sum.after_host.max(0.0);
    Some(sum)
}

/// Capacity of a host's sites in one place.
pub(super) fn host_capacity(cast: &Cast, loss: &Loss<'_>, host: CommodityIx, place: Place) -> f64 {
    let actors = cast.actors.iter().enumerate();
    actors
        .filter(|(_, a)| a.commodity == host && a.place == place && a.site.is_some())
        .map(|(at, a)| a.capacity.unwrap_or(0.0) * left(loss, at, a))
        .sum()
}

/// What the capacity of a by-product's host yields, in whatever country.
fn host_yield(
    network: &Network,
    cast: &Cast,
    loss: &Loss<'_>,
    commodity: CommodityIx,
) -> Option<(CommodityIx, f64)> {
    let tie = network.commodity(commodity).byproduct_of.as_ref()?;
    if is_relative(network, tie.host) {
        return None;
    }
    let per_host = |country: Country| {
        let known = cast
            .ties
            .iter()
            .find(|t| t.byproduct == commodity && t.country == country && t.known);
        known.map_or(tie.yield_per_host, |t| t.ratio)
    };
    let mut limit = 0.0;
    for (actor, left) in makers(cast, loss, tie.host) {
        let capacity = actor.capacity?;
        let yielded = actor.place.country().map_or(tie.yield_per_host, per_host);
        limit += capacity * left * yielded;
    }
    Some((tie.host, limit))
}
