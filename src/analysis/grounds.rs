//! What a product's figures rest on: makers' nationality instead of location, weak sources, unclear terms of use, assumptions, equal weights.

use std::collections::{BTreeMap, BTreeSet};

use super::look_through::{Bound, look_through};
use super::target::Target;
use crate::graph::{ProcessIx, SupplyGraph};
use crate::model::{
    Basis, Commodity, Network, SHARE_SUM_TOLERANCE, Source, Stage, Weighting, some_of,
};

/// Commodities or countries that a note names.
const MOST_NAMED: usize = 6;

/// The part of the value of the product's inputs that passes through tables of some kind; and which they are.
fn resting_on<'n>(
    graph: &SupplyGraph<'n>,
    fits: impl Fn(&Commodity) -> bool,
) -> Option<(f64, Vec<&'n str>)> {
    let members: Vec<ProcessIx> = graph
        .indexed()
        .filter(|(_, p)| p.kind.is_maker() && fits(graph.network().commodity(p.commodity)))
        .map(|(ix, _)| ix)
        .collect();
    let ids: BTreeSet<&str> = members
        .iter()
        .map(|p| &*graph.network().commodity(graph.process(*p).commodity).id)
        .collect();
    let target = Target::processes(graph, "", &members);
    let share = look_through(graph, &target, Bound::Low).of_product(graph);
    (share > 0.0).then(|| (share, ids.into_iter().collect()))
}

/// The source of a commodity's production table.
fn table_source<'n>(network: &'n Network, commodity: &Commodity) -> Option<&'n Source> {
    let table = commodity.production.as_ref()?;
    network.sources().get(table.provenance.source.as_deref()?)
}

/// Notes on what the figures of a product rest on, weightiest first.
#[must_use]
pub fn grounds(graph: &SupplyGraph<'_>) -> Vec<String> {
    let network = graph.network();
    let mut notes = Vec::new();
    let maker = |c: &Commodity| {
        c.production
            .as_ref()
            .is_some_and(|p| p.basis == Basis::Maker)
    };
    if let Some(product) = graph
        .product()
        .map(|ix| graph.network().commodity(ix))
        .filter(|c| maker(c))
    {
        notes.push(format!(
            "the makers of {} are placed by nationality, not location",
            product.id
        ));
    }
    if let Some((share, ids)) = resting_on(graph, maker) {
        notes.push(format!(
            "{:.0} % of the value passes through tables by the makers' nationality, not location ({}); `--basis location` leaves them unlocated",
            share * 100.0,
            some_of(&ids, MOST_NAMED)
        ));
    }
    for (marked, what) in [
        (Source::is_weak as fn(&Source) -> bool, "with weak sources"),
        (Source::has_unclear_terms, "whose terms of use are unclear"),
    ] {
        let fits = |c: &Commodity| table_source(network, c).is_some_and(marked);
        if let Some((share, ids)) = resting_on(graph, fits) {
            notes.push(format!(
                "{:.0} % of the value passes through tables {what} ({})",
                share * 100.0,
                some_of(&ids, MOST_NAMED)
            ));
        }
    }
    let assumed = |c: &Commodity| {
        c.production
            .as_ref()
            .is_some_and(|p| p.provenance.is_assumption())
    };
    if let Some((share, ids)) = resting_on(graph, assumed) {
        notes.push(format!(
            "{:.0} % of the value passes through tables that are assumptions ({})",
            share * 100.0,
            some_of(&ids, MOST_NAMED)
        ));
    }
    notes.extend(weighting(graph));
    notes.extend(hosts(graph));
    notes
}

/// Says where inputs cannot fail entirely only because shares were rounded: what is missing to all is somebody else's.
#[must_use]
pub fn nearly_attributed(graph: &SupplyGraph<'_>) -> Option<String> {
    let rounded = |open: f64| open > 0.0 && open <= SHARE_SUM_TOLERANCE;
    let mixes = graph.mixes().iter().filter(|m| rounded(m.unattributed));
    let ids: BTreeSet<&str> = mixes
        .map(|m| &*graph.network().commodity(m.commodity).id)
        .collect();
    let ids: Vec<&str> = ids.into_iter().collect();
    (!ids.is_empty()).then(|| {
        format!(
            "suppliers of {} add up to less than 100 % by no more than 0.01 %: that part is unattributed, so that losing all of them does not stop the buyer; if it is rounding, write shares that add up, or `rest: market`",
            some_of(&ids, MOST_NAMED)
        )
    })
}

fn weighting(graph: &SupplyGraph<'_>) -> Vec<String> {
    let network = graph.network();
    let mut equal: BTreeSet<&str> = BTreeSet::new();
    let mut assumptions = 0_usize;
    let mut seen = BTreeSet::new();
    for process in graph.processes() {
        let recipes: Vec<_> = match process.site {
            Some(site) => network
                .recipes_at(network.site(site))
                .into_iter()
                .filter_map(|(_, r)| r)
                .collect(),
            None => network
                .commodity(process.commodity)
                .recipes()
                .map(|(_, r)| r)
                .collect(),
        };
        for recipe in recipes {
            if !seen.insert(std::sync::Arc::as_ptr(recipe)) {
                continue;
            }
            if recipe.weighting == Weighting::Equal && recipe.inputs.len() > 1 {
                equal.insert(&network.commodity(process.commodity).id);
            }
            assumptions += recipe
                .inputs
                .iter()
                .filter(|i| i.provenance.is_assumption())
                .count();
        }
    }
    let mut notes = Vec::new();
    if !equal.is_empty() {
        let ids: Vec<&str> = equal.into_iter().collect();
        notes.push(format!(
            "inputs weigh equally, for want of prices or weights, in the recipes of {}; look-through shares say little there",
            some_of(&ids, MOST_NAMED)
        ));
    }
    if assumptions > 0 {
        notes.push(format!("{assumptions} recipe amounts are assumptions; `oretrace check --assumptions` lists them"));
    }
    notes
}

/// By-products without a host in their country, and those whose slack is not known.
fn hosts(graph: &SupplyGraph<'_>) -> Vec<String> {
    let network = graph.network();
    let mut untied: BTreeMap<&str, BTreeSet<crate::model::Country>> = BTreeMap::new();
    let mut relative: BTreeSet<&str> = BTreeSet::new();
    for process in graph.processes() {
        let commodity = network.commodity(process.commodity);
        let (Some(tie), Some(country)) = (&commodity.byproduct_of, process.place.country()) else {
            continue;
        };
        if !process.kind.is_maker() || commodity.stage == Stage::Energy {
            continue;
        }
        if process.tie.is_none() {
            untied.entry(&commodity.id).or_default().insert(country);
        }
        let unknown = [&network.commodity(tie.host), &commodity];
        if unknown
            .iter()
            .any(|c| c.production.as_ref().is_some_and(|p| p.relative))
        {
            relative.insert(&commodity.id);
        }
    }
    let mut notes: Vec<String> = untied
        .into_iter()
        .map(|(id, countries)| {
            let countries: Vec<&str> = countries.iter().map(crate::model::Country::code).collect();
            format!(
                "{id} is not tied to its host in {}, where none is known",
                some_of(&countries, MOST_NAMED)
            )
        })
        .collect();
    if !relative.is_empty() {
        let ids: Vec<&str> = relative.into_iter().collect();
        notes.push(format!(
            "the slack of {} to its host is taken as 1, since outputs are bare shares",
            some_of(&ids, MOST_NAMED)
        ));
    }
    notes
}
