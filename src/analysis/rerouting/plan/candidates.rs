//! What may be built where, what it costs, and how much of it there can be.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Costs, PlanQuery};
use crate::analysis::rerouting::actors::Cast;
use crate::analysis::rerouting::limits::power;
use crate::model::{Commodity, CommodityIx, Country, Network, Place, Recipe, Stage, some_of};

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
        let mut found = Self {
            all: Vec::new(),
            costs: query.costs,
            currency: None,
            notes: Vec::new(),
            unpriced: BTreeSet::new(),
            capacity: capacities(cast),
        };
        let room = found.room(network, cast, query);
        found.choose_costs(network, &room);
        for (commodity, country, most) in room {
            let Some(cost) = cost(network, commodity, country, found.costs) else {
                found.unpriced.insert(commodity);
                continue;
            };
            found.currency.get_or_insert(cost.currency);
            found.all.push(Candidate {
                commodity,
                country,
                cost: cost.value,
                lead_time: cost.lead_time,
                source: cost.source,
                most,
                routes: routes(network.commodity(commodity)),
            });
        }
        found.note_unpriced(network);
        found
    }

    /// Everything that there is room for, with the most of it.
    fn room(
        &self,
        network: &Network,
        cast: &Cast,
        query: &PlanQuery,
    ) -> Vec<(CommodityIx, Country, f64)> {
        let places = places(network, cast, query).into_iter();
        places
            .flat_map(|(commodity, countries)| countries.into_iter().map(move |c| (commodity, c)))
            .filter(|(commodity, country)| !self.is_hostless(network, *commodity, *country))
            .map(|(commodity, country)| {
                let there = self.capacity_in(commodity, country);
                let most = most(network, commodity, country, there, query.life);
                (commodity, country, most)
            })
            .filter(|(_, _, most)| *most > 0.0)
            .collect()
    }

    /// By-products made today without a known host: nothing says what more of them would hang on.
    fn is_hostless(&self, network: &Network, commodity: CommodityIx, country: Country) -> bool {
        let tie = network.commodity(commodity).byproduct_of.as_ref();
        tie.is_some_and(|tie| {
            self.capacity_in(tie.host, country) <= 0.0 && self.capacity_in(commodity, country) > 0.0
        })
    }

    /// Build costs where all have one, else the value of output for all.
    fn choose_costs(&mut self, network: &Network, room: &[(CommodityIx, Country, f64)]) {
        if self.costs != Costs::Auto {
            return;
        }
        let lacks = |(commodity, country, _): &&(CommodityIx, Country, f64)| {
            cost(network, *commodity, *country, Costs::Build).is_none()
        };
        let lacking: BTreeSet<CommodityIx> = room.iter().filter(lacks).map(|(c, ..)| *c).collect();
        self.costs = match lacking.is_empty() {
            true => Costs::Build,
            false => Costs::Value,
        };
        if self.costs == Costs::Value {
            self.notes.push(format!(
                "no build cost is known of {}, so that everything is weighed by the value of a year's output",
                named(network, &lacking, 3)
            ));
        }
    }

    /// The place of each candidate in the order in which capacity is preferred where costs tie: by the ids of commodity and
    /// country, after all others what takes power in a country of which no generation is known.
    pub(super) fn order(&self, network: &Network) -> Vec<usize> {
        let blind = |candidate: &Candidate| {
            let mut power = takes(candidate).into_keys();
            power.any(|c| {
                network.commodity(c).is_power()
                    && output_in(network, c, candidate.country).is_none()
            })
        };
        let mut sorted: Vec<(bool, usize)> = self
            .all
            .iter()
            .enumerate()
            .map(|(at, c)| (blind(c), at))
            .collect();
        sorted.sort_unstable();
        let mut order = vec![0; sorted.len()];
        for (place, (_, at)) in sorted.into_iter().enumerate() {
            order[at] = place;
        }
        order
    }

    /// What the sites of a country can make today, in units per year; 0 where nothing is known.
    pub(super) fn capacity_in(&self, commodity: CommodityIx, country: Country) -> f64 {
        let known = self.capacity.get(&(commodity, country));
        known.copied().unwrap_or(0.0)
    }

    fn note_unpriced(&mut self, network: &Network) {
        if self.unpriced.is_empty() {
            return;
        }
        let what = match self.costs {
            Costs::Build => "build cost",
            _ => "price",
        };
        self.notes.push(format!(
            "no {what} is known of {}, so that none of it can be planned",
            named(network, &self.unpriced, 8)
        ));
    }
}

/// The first of some commodities by name, and how many more there are.
fn named(network: &Network, commodities: &BTreeSet<CommodityIx>, most: usize) -> String {
    let ids = commodities.iter().map(|c| &*network.commodity(*c).id);
    some_of(&ids.collect::<Vec<_>>(), most)
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
