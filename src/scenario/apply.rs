//! Network and scenario to network. No measure is computed here.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::{
    Ban, CapacityEdit, Change, CommodityIx, Country, Input, Network, NetworkParts, Outage,
    OutageTarget, Place, Recipe, RecipeEdit, Scenario, Site, SiteIx, SiteKind, SupplyEntry,
    SupplyLink, SupplyLinks, TradeShare,
};

/// Makes the changed network; an empty scenario makes an equal one. Changes take effect in file order.
///
/// The scenario was read against this network, so that every change matches something at the start.
#[must_use]
pub fn apply(network: &Network, scenario: &Scenario) -> Network {
    let mut current = network.clone();
    for change in &scenario.changes {
        let parts = apply_one(&current, change);
        current = Network::build(parts);
    }
    current
}

fn apply_one(network: &Network, change: &Change) -> NetworkParts {
    let mut parts = network.parts().clone();
    match change {
        Change::Relocate {
            commodity,
            from,
            share,
            to,
        } => relocate(network, &mut parts, *commodity, from, *share, to),
        Change::Outage { target, loss } => {
            for site in &mut parts.sites {
                if target.strikes(site, network) {
                    site.availability *= 1.0 - loss;
                }
            }
            parts.outages.push(Outage {
                target: target.clone(),
                loss: *loss,
            });
        }
        Change::ExportBan {
            from,
            to,
            commodity,
        } => {
            parts.bans.push(Ban {
                commodity: *commodity,
                from: from.clone(),
                to: to.clone(),
            });
        }
        Change::AddSite(new) => parts.sites.push(Site {
            id: new.id.clone(),
            commodity: new.commodity,
            place: new.place,
            output: new.output,
            capacity: new.capacity,
            availability: 1.0,
            kind: SiteKind::Named,
            recipe: new.recipe.clone(),
            details: new.details.clone(),
        }),
        Change::Capacity {
            site,
            commodity,
            countries,
            edit,
        } => {
            let target = OutageTarget {
                countries: countries.clone(),
                commodity: *commodity,
                stage: None,
                site: site.clone(),
                company: None,
            };
            edit_capacity(network, &mut parts, &target, *edit);
        }
        Change::Recipe {
            commodity,
            input,
            edit,
        } => edit_recipes(&mut parts, *commodity, *input, *edit),
        Change::Recycle { commodity, rate } => {
            parts.commodities[commodity.at()].recycled.rate = *rate
        }
    }
    parts
}

/// Sets the capacity of all struck sites together; each keeps its part of it.
fn edit_capacity(
    network: &Network,
    parts: &mut NetworkParts,
    target: &OutageTarget,
    edit: CapacityEdit,
) {
    let capacity = |s: &Site| s.capacity.or(s.output).unwrap_or(0.0);
    let struck: Vec<usize> = (0..parts.sites.len())
        .filter(|at| target.strikes(&parts.sites[*at], network))
        .collect();
    let total: f64 = struck.iter().map(|at| capacity(&parts.sites[*at])).sum();
    for at in &struck {
        let site = &mut parts.sites[*at];
        site.capacity = Some(match edit {
            CapacityEdit::Scale(factor) => capacity(site) * factor,
            CapacityEdit::Set(amount) if total > 0.0 => amount * capacity(site) / total,
            CapacityEdit::Set(amount) => amount / struck.len() as f64,
        });
    }
}

fn edit_recipes(
    parts: &mut NetworkParts,
    commodity: CommodityIx,
    input: CommodityIx,
    edit: RecipeEdit,
) {
    let edited = |recipe: &Arc<Recipe>| -> Arc<Recipe> {
        let change = |i: &Input| {
            let mut changed = i.clone();
            if i.commodity == input {
                changed.amount = match edit {
                    RecipeEdit::Set(amount) => amount,
                    RecipeEdit::Scale(factor) => i.amount * factor,
                };
                // A stated weight stands for a cost share, and costs go with amounts.
                if i.amount > 0.0 {
                    changed.stated_weight = i.stated_weight.map(|w| w * changed.amount / i.amount);
                }
            }
            changed
        };
        Arc::new(Recipe {
            inputs: recipe.inputs.iter().map(change).collect(),
            weighting: recipe.weighting,
        })
    };
    let own = &mut parts.commodities[commodity.at()];
    own.recipe = own.recipe.as_ref().map(edited);
    for route in &mut own.routes {
        route.recipe = edited(&route.recipe);
    }
    for site in parts.sites.iter_mut().filter(|s| s.commodity == commodity) {
        site.recipe = site.recipe.as_ref().map(edited);
    }
}

/// Moves a part of the output of a country's sites, and the same part of every supply and trade share that names them, to
/// aggregate sites in other countries. World output stays the same.
fn relocate(
    network: &Network,
    parts: &mut NetworkParts,
    commodity: CommodityIx,
    from: &[Country],
    share: f64,
    to: &[(Country, f64)],
) {
    if share <= 0.0 {
        return;
    }
    let moved: Vec<SiteIx> = from
        .iter()
        .flat_map(|c| network.makers_in(commodity, Place::In(*c)).iter().copied())
        .collect();
    let (mut output, mut capacity) = (0.0, 0.0);
    for ix in &moved {
        let site = &mut parts.sites[ix.at()];
        let own = site.output.unwrap_or(1.0);
        output += own * share;
        capacity += site.capacity.unwrap_or(own) * share;
        site.output = Some(own * (1.0 - share));
        site.capacity = site.capacity.map(|c| c * (1.0 - share));
    }
    let destinations: Vec<(SiteIx, f64)> = to
        .iter()
        .map(|(country, part)| {
            (
                grow(
                    network,
                    parts,
                    commodity,
                    *country,
                    output * part,
                    capacity * part,
                ),
                *part,
            )
        })
        .collect();
    move_supply(&mut parts.supply, &moved, share, &destinations);
    for entry in parts.trade.iter_mut().filter(|t| t.commodity == commodity) {
        let mut lines: BTreeMap<Place, f64> =
            entry.from.iter().map(|l| (l.from, l.share)).collect();
        for country in from {
            if let Some(line) = lines.get_mut(&Place::In(*country)) {
                let leaving = *line * share;
                *line -= leaving;
                for (country, part) in to {
                    *lines.entry(Place::In(*country)).or_default() += leaving * part;
                }
            }
        }
        entry.from = lines
            .into_iter()
            .map(|(from, share)| TradeShare { from, share })
            .collect();
    }
    if let Some(production) = &mut parts.commodities[commodity.at()].production {
        let mut listed: Vec<Country> = production
            .listed
            .iter()
            .copied()
            .chain(to.iter().map(|(c, _)| *c))
            .collect();
        listed.sort_unstable();
        listed.dedup();
        production.listed = listed.into();
    }
}

/// Adds to a country's aggregate site of a commodity, making it if there is none.
fn grow(
    network: &Network,
    parts: &mut NetworkParts,
    commodity: CommodityIx,
    country: Country,
    output: f64,
    capacity: f64,
) -> SiteIx {
    let place = Place::In(country);
    let known = network
        .makers_in(commodity, place)
        .iter()
        .find(|ix| network.site(**ix).kind == SiteKind::Aggregate);
    if let Some(ix) = known {
        let site = &mut parts.sites[ix.at()];
        let own = site.output.unwrap_or(0.0);
        let spare = site.capacity.map_or(0.0, |c| (c - own).max(0.0));
        site.output = Some(own + output);
        site.capacity = Some(own + output + spare + (capacity - output).max(0.0));
        return *ix;
    }
    let id = &network.commodity(commodity).id;
    parts.sites.push(Site {
        id: format!("{id}@{country}").into(),
        commodity,
        place,
        output: Some(output),
        capacity: Some(capacity.max(output)),
        availability: 1.0,
        kind: SiteKind::Aggregate,
        recipe: None,
        details: None,
    });
    SiteIx(parts.sites.len() as u32 - 1)
}

/// Rewrites the entries that name a moved site.
fn move_supply(
    supply: &mut SupplyLinks,
    moved: &[SiteIx],
    share: f64,
    destinations: &[(SiteIx, f64)],
) {
    if !supply.links.iter().any(|l| moved.contains(&l.supplier)) {
        return;
    }
    let limits: BTreeMap<u32, f64> = supply.limits.iter().copied().collect();
    let mut out = SupplyLinks {
        provenance: std::mem::take(&mut supply.provenance),
        ..SupplyLinks::default()
    };
    for entry in &supply.entries {
        let mut links: BTreeMap<SiteIx, (f64, Option<f64>)> = BTreeMap::new();
        for at in entry.start..entry.start + entry.len {
            let link = supply.links[at as usize];
            let limit = limits.get(&at).copied();
            let leaving = if moved.contains(&link.supplier) {
                share
            } else {
                0.0
            };
            let kept = links.entry(link.supplier).or_insert((0.0, None));
            kept.0 += link.share * (1.0 - leaving);
            kept.1 = limit.map(|l| l * (1.0 - leaving)).or(kept.1);
            if leaving > 0.0 {
                for (site, part) in destinations {
                    let arriving = links.entry(*site).or_insert((0.0, None));
                    arriving.0 += link.share * leaving * part;
                    arriving.1 = limit
                        .map(|l| l * leaving * part + arriving.1.unwrap_or(0.0))
                        .or(arriving.1);
                }
            }
        }
        let start = out.links.len() as u32;
        for (supplier, (share, limit)) in links.into_iter().filter(|(_, (share, _))| *share > 0.0) {
            if let Some(limit) = limit {
                out.limits.push((out.links.len() as u32, limit));
            }
            out.links.push(SupplyLink { supplier, share });
        }
        out.entries.push(SupplyEntry {
            start,
            len: out.links.len() as u32 - start,
            ..*entry
        });
    }
    *supply = out;
}
