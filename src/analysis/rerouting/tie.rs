//! Ties of by-products to the hosts of their own country.

use std::collections::BTreeMap;

use super::actors::Actor;
use crate::model::{CommodityIx, Country, Network, Place};

/// All makers of a by-product in one country, and the host's sites there.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct TieGroup {
    pub(super) country: Country,
    pub(super) byproduct: CommodityIx,
    pub(super) host: CommodityIx,
    /// Actors that make the by-product.
    pub(super) makers: Vec<usize>,
    /// Actors that make the host, with their parts of its output in the country.
    pub(super) hosts: Vec<(usize, f64)>,
    /// Most by-product per unit of host: what can be recovered, or what is, if that is more.
    pub(super) ratio: f64,
    /// Units of host that one unit of by-product hangs on today.
    pub(super) host_per_byproduct: f64,
    /// The same where the host takes so much of its by-product back that this could not be: no more than what yields it.
    pub(super) slice: f64,
    /// Whether both outputs are known; if not, the two rise and fall together.
    pub(super) known: bool,
}

/// The ties among these actors. Without a host site in a country there is none.
pub(super) fn groups(network: &Network, actors: &[Actor]) -> Vec<TieGroup> {
    let mut makers: BTreeMap<(CommodityIx, Country), Vec<usize>> = BTreeMap::new();
    for (at, actor) in actors.iter().enumerate() {
        if let (Place::In(country), true) = (actor.place, actor.kind.is_maker()) {
            makers
                .entry((actor.commodity, country))
                .or_default()
                .push(at);
        }
    }
    let mut found = Vec::new();
    for ((byproduct, country), members) in &makers {
        let Some(tie) = &network.commodity(*byproduct).byproduct_of else {
            continue;
        };
        let Some(hosts) = makers.get(&(tie.host, *country)) else {
            continue;
        };
        // What nobody has seen yields nothing: implied sites are no hosts.
        let hosts: Vec<usize> = hosts
            .iter()
            .copied()
            .filter(|h| actors[*h].site.is_some())
            .collect();
        let hosts = by_output(actors, &hosts);
        if hosts.is_empty() {
            continue;
        }
        let known = host_per_unit(network, *byproduct, tie.host, *country);
        found.push(TieGroup {
            country: *country,
            byproduct: *byproduct,
            host: tie.host,
            makers: members.clone(),
            hosts,
            ratio: most_per_host(tie.yield_per_host, known),
            host_per_byproduct: known.unwrap_or(1.0 / tie.yield_per_host),
            slice: known.unwrap_or(1.0 / tie.yield_per_host),
            known: known.is_some(),
        });
    }
    found
}

/// Units of host that one unit of by-product comes with in a country, if both outputs are known.
fn host_per_unit(
    network: &Network,
    byproduct: CommodityIx,
    host: CommodityIx,
    country: Country,
) -> Option<f64> {
    let amounts = (
        output(network, host, country),
        output(network, byproduct, country),
    );
    match amounts {
        (Some(host), Some(own)) if own > 0.0 && host > 0.0 => Some(host / own),
        _ => None,
    }
}

/// Most of a by-product per unit of its host in a place: what can be recovered, or what is, if that is more.
pub(in crate::analysis) fn host_yield(
    network: &Network,
    byproduct: CommodityIx,
    place: Place,
) -> Option<f64> {
    let tie = network.commodity(byproduct).byproduct_of.as_ref()?;
    let known = host_per_unit(network, byproduct, tie.host, place.country()?);
    Some(most_per_host(tie.yield_per_host, known))
}

/// What a unit of host can yield, or does where that is more.
fn most_per_host(recoverable: f64, host_per_unit: Option<f64>) -> f64 {
    host_per_unit.map_or(recoverable, |host| recoverable.max(1.0 / host))
}

/// What all sites of a country make; unknown where a site states no output or the table gives only shares.
fn output(network: &Network, commodity: CommodityIx, country: Country) -> Option<f64> {
    let production = network.commodity(commodity).production.as_ref();
    if production.is_some_and(|p| p.relative) {
        return None;
    }
    let sites = network.makers_in(commodity, Place::In(country));
    sites.iter().map(|s| network.site(*s).output).sum()
}

/// Actors with their parts of what they put out together; a sole one may have no output.
pub(super) fn by_output(actors: &[Actor], members: &[usize]) -> Vec<(usize, f64)> {
    let total: f64 = members.iter().filter_map(|m| actors[*m].output).sum();
    if total > 0.0 {
        let part = |m: &usize| Some((*m, actors[*m].output? / total));
        return members
            .iter()
            .filter_map(part)
            .filter(|(_, part)| *part > 0.0)
            .collect();
    }
    // Without outputs there is one site, on one or more routes.
    let alone = members.iter().filter(|m| actors[**m].output.is_none());
    alone.map(|m| (*m, actors[*m].part)).collect()
}
