//! What may be built where, what it costs, and how much of it there can be.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Costs, PlanQuery};
use crate::analysis::rerouting::actors::Cast;
use crate::analysis::rerouting::limits::power;
use crate::model::{Commodity, CommodityIx, Country, Network, Place, Recipe, Stage};

/// New capacity for one commodity in one country.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    pub(super) commodity: CommodityIx,
    pub(super) country: Country,
    /// Money per unit of yearly capacity, or value of one unit.
    pub(super) cost: f64,
    pub(super) lead_time: Option<f64>,
    pub(super) source: Option<String>,
    /// Most that can be built, in units per year.
    pub(super) most: f64,
    /// How it is made, with the part of its capacity on each route.
    pub(super) routes: Vec<(f64, Option<Arc<Recipe>>)>,
}

/// Everything that may be built.
#[derive(Debug)]
pub(super) struct Candidates {
    pub(super) all: Vec<Candidate>,
    pub(super) costs: Costs,
    pub(super) currency: Option<String>,
    pub(super) notes: Vec<String>,
    /// Commodities that could be built but for a cost or a price.
    pub(super) unpriced: BTreeSet<CommodityIx>,
    /// What the sites of a country can make today, in units per year.
    capacity: BTreeMap<(CommodityIx, Country), f64>,
}

/// Cost, currency, lead time and source of a unit of capacity.
struct Cost {
    value: f64,
    currency: String,
    lead_time: Option<f64>,
    source: Option<String>,
}

impl Candidates {
    pub(super) fn new(network: &Network, cast: &Cast, query: &PlanQuery) -> Self {
        let places = places(network, cast, query);
        let costs = match query.costs {
            Costs::Auto if places.keys().all(|c| network.commodity(*c).build.is_some()) => {
                Costs::Build
            }
            Costs::Auto => Costs::Value,
            asked => asked,
        };
        let mut found = Self {
            all: Vec::new(),
            costs,
            currency: None,
            notes: Vec::new(),
            unpriced: BTreeSet::new(),
            capacity: capacities(cast),
        };
        for (commodity, countries) in places {
            for country in countries {
                let Some(cost) = cost(network, commodity, country, costs) else {
                    found.unpriced.insert(commodity);
                    continue;
                };
                found.currency.get_or_insert(cost.currency);
                let at = network.commodity(commodity);
                let there = found.capacity_in(commodity, country);
                found.all.push(Candidate {
                    commodity,
                    country,
                    cost: cost.value,
                    lead_time: cost.lead_time,
                    source: cost.source,
                    most: most(network, commodity, country, there, query.life),
                    routes: routes(at),
                });
            }
        }
        found.all.retain(|c| c.most > 0.0);
        found.leave_hostless(network);
        found.note_unpriced(network);
        found
    }

    /// Drops by-products where they are made today without a known host: nothing says what more of them would hang on.
    fn leave_hostless(&mut self, network: &Network) {
        let hostless = |c: &Candidate| {
            let tie = network.commodity(c.commodity).byproduct_of.as_ref();
            tie.is_some_and(|tie| {
                self.capacity_in(tie.host, c.country) <= 0.0
                    && self.capacity_in(c.commodity, c.country) > 0.0
            })
        };
        let kept = self.all.iter().map(|c| !hostless(c)).collect::<Vec<bool>>();
        let mut kept = kept.into_iter();
        self.all.retain(|_| kept.next().unwrap_or(true));
    }

    /// What the sites of a country can make today, in units per year; 0 where nothing is known.
    pub(super) fn capacity_in(&self, commodity: CommodityIx, country: Country) -> f64 {
        let known = self.capacity.get(&(commodity, country));
        known.copied().unwrap_or(0.0)
    }

    fn note_unpriced(&mut self, network: &Network) {
        const NAMED: usize = 8;
        let names: Vec<&str> = self
            .unpriced
            .iter()
            .map(|c| &*network.commodity(*c).id)
            .collect();
        if names.is_empty() {
            return;
        }
        let what = if self.costs == Costs::Build {
            "build cost"
        } else {
            "price"
        };
        let more = names.len().saturating_sub(NAMED);
        let named = names[..names.len() - more].join(", ");
        let rest = if more > 0 {
            format!(" and {more} more")
        } else {
            String::new()
        };
        self.notes.push(format!(
            "no {what} is known of {named}{rest}, so that none of it can be planned"
        ));
    }
}

/// Capacity by commodity and country; that of tables of bare shares in the units that the product takes.
fn capacities(cast: &Cast) -> BTreeMap<(CommodityIx, Country), f64> {
    let mut sums = BTreeMap::new();
    for actor in cast.actors.iter().filter(|a| a.kind.is_maker()) {
        if let (Some(country), Some(capacity)) = (actor.place.country(), actor.capacity) {
            *sums.entry((actor.commodity, country)).or_default() += capacity * actor.availability;
        }
    }
    sums
}

/// Where each commodity may be built: where the query says, else where it is made, else where its main input is.
fn places(
    network: &Network,
    cast: &Cast,
    query: &PlanQuery,
) -> BTreeMap<CommodityIx, BTreeSet<Country>> {
    let survives = |c: &Country| !query.without.contains(c);
    let made_in = made_in(cast, &survives);
    if let Some(list) = &query.within {
        let within: BTreeSet<Country> = list.iter().copied().filter(survives).collect();
        return made_in.into_keys().map(|c| (c, within.clone())).collect();
    }
    let anywhere: BTreeSet<Country> = made_in.values().flatten().copied().collect();
    let power = power_by_country(network, cast);
    let mut chosen: BTreeMap<CommodityIx, BTreeSet<Country>> = BTreeMap::new();
    for (commodity, made) in &made_in {
        let mut countries = made.clone();
        countries.extend(also_in(network, *commodity, &made_in).filter(survives));
        if !network.commodity(*commodity).traded {
            // What is not traded is built where it is needed.
            countries.clone_from(&anywhere);
        }
        if countries.is_empty() {
            countries =
                with_most_power(&where_main_input_is(network, *commodity, &made_in), &power);
        }
        if countries.is_empty() {
            countries = with_most_power(&anywhere, &power);
        }
        chosen.insert(*commodity, countries);
    }
    chosen
}

/// Surviving countries that make each commodity of the product; none for what nobody is named for.
fn made_in(
    cast: &Cast,
    survives: &impl Fn(&Country) -> bool,
) -> BTreeMap<CommodityIx, BTreeSet<Country>> {
    let mut made_in: BTreeMap<CommodityIx, BTreeSet<Country>> = BTreeMap::new();
    for actor in &cast.actors {
        let made = made_in.entry(actor.commodity).or_default();
        made.extend(
            actor
                .place
                .country()
                .filter(survives)
                .filter(|_| actor.kind.is_maker()),
        );
        let needs = &cast.recipes[actor.recipe as usize];
        for unknown in &actor.unknown {
            made_in.entry(needs[unknown.need].commodity).or_default();
        }
    }
    made_in
}

/// What each country generates, over all kinds of power that the files know of in amounts.
fn power_by_country(network: &Network, cast: &Cast) -> BTreeMap<Country, f64> {
    let mut sums = BTreeMap::new();
    for actor in &cast.actors {
        if let (Some(country), Some(output), true) = (
            actor.place.country(),
            actor.output,
            network.commodity(actor.commodity).is_power(),
        ) {
            *sums.entry(country).or_default() += output;
        }
    }
    sums
}

/// The countries that generate most: plants that nobody has yet stand where there is industry. All, if nothing is known.
fn with_most_power(
    countries: &BTreeSet<Country>,
    power: &BTreeMap<Country, f64>,
) -> BTreeSet<Country> {
    const MOST: usize = 10;
    let mut known: Vec<(Country, f64)> = countries
        .iter()
        .filter_map(|c| Some((*c, *power.get(c)?)))
        .collect();
    if known.is_empty() {
        return countries.clone();
    }
    known.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    known.truncate(MOST);
    known.into_iter().map(|(country, _)| country).collect()
}

/// Where what nobody makes would stand: where its main input by value is made, or the main input of that.
fn where_main_input_is(
    network: &Network,
    commodity: CommodityIx,
    made_in: &BTreeMap<CommodityIx, BTreeSet<Country>>,
) -> BTreeSet<Country> {
    let mut seen = BTreeSet::new();
    let mut at = commodity;
    while seen.insert(at) {
        if let Some(made) = made_in.get(&at).filter(|m| !m.is_empty()) {
            return made.clone();
        }
        let Some(main) = main_input(network, at) else {
            break;
        };
        at = main;
    }
    BTreeSet::new()
}

/// The traded input with the largest weight over all routes; the first by id among equals.
fn main_input(network: &Network, commodity: CommodityIx) -> Option<CommodityIx> {
    let mut weights: BTreeMap<CommodityIx, f64> = BTreeMap::new();
    for (part, recipe) in network.commodity(commodity).recipes() {
        for input in &recipe.inputs {
            *weights.entry(input.commodity).or_default() += part * input.weight;
        }
    }
    weights
        .into_iter()
        .filter(|(c, _)| network.commodity(*c).traded)
        .reduce(|best, next| if next.1 > best.1 { next } else { best })
        .map(|(c, _)| c)
}

/// Where a commodity could be made though nobody makes it: by-products where their host is made, ore where there is some.
fn also_in<'a>(
    network: &'a Network,
    commodity: CommodityIx,
    made_in: &'a BTreeMap<CommodityIx, BTreeSet<Country>>,
) -> impl Iterator<Item = Country> + 'a {
    let at = network.commodity(commodity);
    let host = at.byproduct_of.as_ref().and_then(|t| made_in.get(&t.host));
    let reserves = at.production.as_ref().and_then(|p| p.reserves.as_ref());
    let with_ore = reserves.into_iter().flat_map(|r| r.by_country.iter());
    host.into_iter()
        .flatten()
        .copied()
        .chain(with_ore.map(|(country, _)| *country))
}

fn cost(network: &Network, commodity: CommodityIx, country: Country, costs: Costs) -> Option<Cost> {
    let at = network.commodity(commodity);
    if costs == Costs::Value {
        let price = at.price.as_ref().filter(|p| p.value > 0.0)?;
        return Some(Cost {
            value: price.value,
            currency: price.currency.to_string(),
            lead_time: at.build.as_ref().and_then(|b| b.lead_time_months),
            source: price.provenance.source.as_ref().map(ToString::to_string),
        });
    }
    let sites = network.makers_in(commodity, Place::In(country)).iter();
    let own = sites.filter_map(|s| network.site(*s).details.as_ref()?.build.as_ref());
    let build = own
        .min_by(|a, b| a.cost.total_cmp(&b.cost))
        .or(at.build.as_ref())?;
    Some(Cost {
        value: build.cost,
        currency: build.currency.to_string(),
        lead_time: build.lead_time_months,
        source: build.provenance.source.as_ref().map(ToString::to_string),
    })
}

/// Most that can be built. A mine needs ore: what a stated reserve feeds for its life beyond today's capacity, else what mines
/// have to spare today.
fn most(
    network: &Network,
    commodity: CommodityIx,
    country: Country,
    capacity: f64,
    life: f64,
) -> f64 {
    if network.commodity(commodity).stage != Stage::Mine {
        return f64::INFINITY;
    }
    let most = match reserve_in(network, commodity, country) {
        Some(reserve) => reserve / life,
        None => return output_in(network, commodity, country).map_or(0.0, |o| capacity - o),
    };
    (most - capacity).max(0.0)
}

/// What is left in the ground of a country: the figure of the table, else what its named sites state.
fn reserve_in(network: &Network, commodity: CommodityIx, country: Country) -> Option<f64> {
    let table = network.commodity(commodity).production.as_ref();
    let of_table = table.and_then(|t| t.reserves.as_ref()?.of(country));
    of_table.or_else(|| {
        let sites = network.makers_in(commodity, Place::In(country)).iter();
        let stated = sites.filter_map(|s| network.site(*s).details.as_ref()?.reserve);
        stated.reduce(|sum, more| sum + more)
    })
}

/// Every way to make a commodity, with its part; one way without inputs where none is known.
pub(super) fn routes(at: &Commodity) -> Vec<(f64, Option<Arc<Recipe>>)> {
    if at.has_recipe() {
        return at
            .recipes()
            .map(|(part, recipe)| (part, Some(recipe.clone())))
            .collect();
    }
    vec![(1.0, None)]
}

/// What one unit of new output takes, over its routes.
pub(super) fn takes(candidate: &Candidate) -> BTreeMap<CommodityIx, f64> {
    let mut takes = BTreeMap::new();
    for (part, recipe) in &candidate.routes {
        for input in recipe
            .iter()
            .flat_map(|r| &r.inputs)
            .filter(|i| i.amount > 0.0)
        {
            *takes.entry(input.commodity).or_default() += part * input.amount;
        }
    }
    takes
}

/// What the sites of a country make, if the files say so in amounts; what a scenario leaves of it.
pub(super) fn output_in(
    network: &Network,
    commodity: CommodityIx,
    country: Country,
) -> Option<f64> {
    let sum = power::generation(network, commodity, Place::In(country))?;
    (sum > 0.0).then_some(sum)
}
