//! Small networks for tests, sketched in code.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::chokepoints::ChokepointKind;
use super::fault_tree::FaultTree;
use super::rerouting::makes_any;
use super::single_point::Alive;
use crate::model::{
    Byproduct, Commodity, CommodityIx, Country, Input, Network, NetworkParts, Place, Provenance,
    Recipe, Recycled, Site, SiteDetails, SiteIx, SiteKind, Stage, SupplyEntry, SupplyLink, Unit,
    Weighting,
};
use proptest::prelude::*;

/// A network in the making.
#[derive(Clone, Debug, Default)]
pub(super) struct Sketch {
    parts: NetworkParts,
}

impl Sketch {
    /// Begins with some commodities, in id order.
    pub(super) fn new(ids: &[&str]) -> Self {
        let commodity = |id: &&str| Commodity {
            id: Arc::from(*id),
            name: Arc::from(*id),
            stage: Stage::Component,
            unit: Unit::piece(),
            price: None,
            byproduct_of: None,
            recycled: Recycled::default(),
            hs: Vec::new(),
            traded: true,
            recipe: None,
            routes: Vec::new(),
            production: None,
            build: None,
            provenance: Provenance::default(),
            notes: Vec::new(),
        };
        let mut sketch = Self::default();
        sketch.parts.commodities = ids.iter().map(commodity).collect();
        sketch
    }

    fn commodity(&self, id: &str) -> CommodityIx {
        let at = self.parts.commodities.iter().position(|c| &*c.id == id);
        CommodityIx(at.unwrap() as u32)
    }

    fn find(&self, id: &str) -> SiteIx {
        let at = self.parts.sites.iter().position(|s| &*s.id == id);
        SiteIx(at.unwrap() as u32)
    }

    /// Gives a commodity a recipe: inputs, whether they are essential, and how far they can be done without.
    pub(super) fn recipe(mut self, id: &str, inputs: &[(&str, bool, f64)]) -> Self {
        let at = self.commodity(id).at();
        let mut inputs: Vec<Input> = inputs
            .iter()
            .map(|(id, essential, substitutable)| Input {
                commodity: self.commodity(id),
                amount: 0.01,
                low: None,
                high: None,
                stated_weight: None,
                weight: 0.0,
                essential: *essential,
                substitutable: *substitutable,
                provenance: Provenance::default(),
                weight_provenance: None,
            })
            .collect();
        inputs.sort_by_key(|i| i.commodity);
        self.parts.commodities[at].recipe = Some(Arc::new(Recipe {
            inputs,
            weighting: Weighting::Equal,
        }));
        self
    }

    /// All inputs essential.
    pub(super) fn needs(self, id: &str, inputs: &[&str]) -> Self {
        let inputs: Vec<_> = inputs.iter().map(|i| (*i, true, 0.0)).collect();
        self.recipe(id, &inputs)
    }

    /// Makes a commodity a by-product.
    pub(super) fn byproduct(mut self, id: &str, host: &str) -> Self {
        let at = self.commodity(id).at();
        self.parts.commodities[at].byproduct_of = Some(Byproduct {
            host: self.commodity(host),
            yield_per_host: 1.0,
            provenance: Provenance::default(),
        });
        self
    }

    fn has_byproducts(&self) -> bool {
        let mut commodities = self.parts.commodities.iter();
        commodities.any(|c| c.byproduct_of.is_some())
    }

    /// Sets amounts of inputs in turn; every other site gets a recipe of its own with the next ones, and so do by-products.
    pub(super) fn with_amounts(mut self, amounts: &[f64]) -> Self {
        let mut next = amounts.iter().copied().cycle();
        let mut reset = |recipe: &Recipe| {
            let mut recipe = recipe.clone();
            for (input, amount) in recipe.inputs.iter_mut().zip(&mut next) {
                input.amount = amount;
            }
            Arc::new(recipe)
        };
        for commodity in &mut self.parts.commodities {
            commodity.recipe = commodity.recipe.as_deref().map(&mut reset);
        }
        for site in self.parts.sites.iter_mut().step_by(2) {
            let recipe = &self.parts.commodities[site.commodity.at()].recipe;
            site.recipe = recipe.as_deref().map(&mut reset);
        }
        for tie in self
            .parts
            .commodities
            .iter_mut()
            .filter_map(|c| c.byproduct_of.as_mut())
        {
            tie.yield_per_host = next.next().unwrap_or(1.0);
        }
        self
    }

    /// Sets the amounts of the inputs of a site, in id order.
    pub(super) fn own_recipe(mut self, site: &str, amounts: &[f64]) -> Self {
        let at = self.find(site).at();
        let recipe = &self.parts.commodities[self.parts.sites[at].commodity.at()].recipe;
        let mut recipe = Recipe::clone(recipe.as_ref().unwrap());
        for (input, amount) in recipe.inputs.iter_mut().zip(amounts) {
            input.amount = *amount;
        }
        self.parts.sites[at].recipe = Some(Arc::new(recipe));
        self
    }

    /// Adds a site with the probability that it is lost.
    pub(super) fn site(mut self, id: &str, makes: &str, country: &str, lost: f64) -> Self {
        let details = SiteDetails {
            unavailability: (lost > 0.0).then_some(lost),
            ..SiteDetails::default()
        };
        self.parts.sites.push(Site {
            id: Arc::from(id),
            commodity: self.commodity(makes),
            place: Place::In(Country::from_alpha3(country).unwrap()),
            output: Some(1.0),
            capacity: None,
            availability: 1.0,
            kind: SiteKind::Named,
            recipe: None,
            details: Some(Box::new(details)),
        });
        self
    }

    /// States where a site gets an input from.
    pub(super) fn supply(mut self, buyer: &str, commodity: &str, from: &[(&str, f64)]) -> Self {
        let entry = SupplyEntry {
            buyer: self.find(buyer),
            commodity: self.commodity(commodity),
            start: self.parts.supply.links.len() as u32,
            len: from.len() as u32,
            rest_from_market: false,
        };
        for (supplier, share) in from {
            let link = SupplyLink {
                supplier: self.find(supplier),
                share: *share,
            };
            self.parts.supply.links.push(link);
        }
        self.parts.supply.entries.push(entry);
        self
    }

    pub(super) fn network(self) -> Network {
        Network::build(self.parts)
    }
}

/// The product needs (a1 or a2) and b1.
pub(super) fn two_or_one() -> Network {
    Sketch::new(&["a", "b", "product"])
        .needs("product", &["a", "b"])
        .site("a1", "a", "CHN", 0.1)
        .site("a2", "a", "JPN", 0.2)
        .site("b1", "b", "USA", 0.05)
        .site("works", "product", "DEU", 0.3)
        .network()
}

/// Two mills that feed on one another's scrap, so much a tonne of steel; only the yard brings any in.
pub(super) fn mills(mill_1: f64, mill_2: f64) -> Network {
    Sketch::new(&["steel", "thing"])
        .needs("thing", &["steel"])
        .needs("steel", &["steel"])
        .site("mill-1", "steel", "CHN", 0.1)
        .site("mill-2", "steel", "JPN", 0.1)
        .site("yard", "steel", "USA", 0.2)
        .site("works", "thing", "CHN", 0.0)
        .own_recipe("mill-1", &[mill_1])
        .own_recipe("mill-2", &[mill_2])
        .supply("mill-1", "steel", &[("mill-2", 1.0)])
        .supply("mill-2", "steel", &[("mill-1", 0.5), ("yard", 0.5)])
        .supply("yard", "steel", &[])
        .supply("works", "steel", &[("mill-1", 1.0)])
        .network()
}

/// A recipe line: which commodity, counted from the next one, whether it is essential, and whether it can be done without.
type Line = (usize, bool, bool);

/// A commodity: its recipe, and the country of each of its sites with the probability of loss, if stated.
type Good = (Vec<Line>, Vec<(usize, f64, bool)>);

/// Random networks of five commodities with up to three sites each; with loops, recipes may point back.
pub(super) fn random(loops: bool) -> impl Strategy<Value = Network> {
    random_sketch(loops).prop_map(Sketch::network)
}

/// The same with loops that need much or little of what they yield, by who supplies them.
pub(super) fn random_amounts() -> impl Strategy<Value = Network> {
    let amount = prop::sample::select(vec![0.05, 0.31, 0.73, 1.27, 2.13]);
    (random_sketch(true), prop::collection::vec(amount, 1..40))
        .prop_map(|(sketch, amounts)| sketch.with_amounts(&amounts).network())
}

/// The same without by-products, where some take next to nothing or very much.
pub(super) fn random_far_amounts() -> impl Strategy<Value = Network> {
    let amount = prop::sample::select(vec![0.31, 0.73, 1.27, 1e-9, 1e6]);
    (random_sketch(true), prop::collection::vec(amount, 1..40))
        .prop_filter("ties", |(sketch, _)| !sketch.has_byproducts())
        .prop_map(|(sketch, amounts)| sketch.with_amounts(&amounts).network())
}

fn random_sketch(loops: bool) -> impl Strategy<Value = Sketch> {
    const GOODS: usize = 5;
    let line = (
        0..GOODS,
        prop::bool::weighted(0.85),
        prop::bool::weighted(0.1),
    );
    let recipe = prop::collection::vec(line, 0..4);
    let site = (0..3_usize, 0.0..0.6_f64, prop::bool::weighted(0.8));
    let sites = prop::collection::vec(site, 1..4);
    let picks = prop::collection::vec((0..8_u8, prop::bool::weighted(0.1)), 60);
    (
        prop::collection::vec((recipe, sites), GOODS),
        picks,
        prop::option::weighted(0.3, (1..GOODS, 1..GOODS)),
    )
        .prop_map(move |(goods, picks, tie)| sketch(&goods, &picks, tie, loops))
}

fn sketch(
    goods: &[Good],
    picks: &[(u8, bool)],
    tie: Option<(usize, usize)>,
    loops: bool,
) -> Sketch {
    const IDS: [&str; 5] = ["c0", "c1", "c2", "c3", "c4"];
    const COUNTRIES: [&str; 3] = ["CHN", "JPN", "USA"];
    let inputs = |good: usize| -> Vec<(usize, bool, f64)> {
        let mut seen = BTreeSet::new();
        goods[good]
            .0
            .iter()
            .map(|(step, essential, spare)| {
                let to = if loops { *step } else { good + 1 + *step };
                (to, *essential, if *spare { 0.5 } else { 0.0 })
            })
            .filter(|(to, ..)| *to < IDS.len() && *to != 0 && seen.insert(*to))
            .collect()
    };
    let mut sketch = Sketch::new(&IDS);
    for good in 0..goods.len() {
        let lines: Vec<_> = inputs(good)
            .iter()
            .map(|(c, e, s)| (IDS[*c], *e, *s))
            .collect();
        if !lines.is_empty() {
            sketch = sketch.recipe(IDS[good], &lines);
        }
        for (at, (country, lost, stated)) in goods[good].1.iter().enumerate() {
            let lost = if *stated { *lost } else { 0.0 };
            sketch = sketch.site(
                &format!("{}-{at}", IDS[good]),
                IDS[good],
                COUNTRIES[*country],
                lost,
            );
        }
    }
    if let Some((byproduct, host)) = tie
        && (byproduct < host || (loops && byproduct != host))
    {
        sketch = sketch.byproduct(IDS[byproduct], IDS[host]);
    }
    // Some buyers state their suppliers; the others take the market's mix.
    let mut picks = picks.iter().cycle();
    for good in 0..goods.len() {
        for (at, _) in goods[good].1.iter().enumerate() {
            for (input, ..) in inputs(good) {
                let Some((mask, open)) = picks.next() else {
                    continue;
                };
                let chosen: Vec<String> = (0..goods[input].1.len())
                    .filter(|s| mask >> s & 1 == 1)
                    .map(|s| format!("{}-{s}", IDS[input]))
                    .collect();
                let share = if *open { 0.9 } else { 1.0 } / chosen.len().max(1) as f64;
                let from: Vec<(&str, f64)> = chosen.iter().map(|s| (s.as_str(), share)).collect();
                if !from.is_empty() {
                    sketch = sketch.supply(&format!("{}-{at}", IDS[good]), IDS[input], &from);
                }
            }
        }
    }
    sketch
}

pub(super) fn kinds() -> impl Strategy<Value = ChokepointKind> {
    prop::sample::select(vec![
        ChokepointKind::Site,
        ChokepointKind::Site,
        ChokepointKind::CountryCommodity,
        ChokepointKind::Country,
    ])
}

/// For every set of items, as bits, whether its loss stops the product: by the programme for each.
pub(super) fn stops(tree: &FaultTree<'_>) -> Vec<bool> {
    (0..1_u32 << tree.ids.len())
        .map(|mask| {
            let lost: Vec<u32> = (0..tree.ids.len() as u32)
                .filter(|at| mask >> at & 1 == 1)
                .collect();
            let lost = tree.lost(&lost);
            !Alive::without(tree.graph, &lost).product_works(tree.graph)
                || !makes_any(tree.graph, &lost)
        })
        .collect()
}

/// The minimal ones of those sets.
pub(super) fn minimal(stops: &[bool]) -> Vec<usize> {
    let smaller = |mask: usize| {
        (0..usize::BITS)
            .filter(move |b| mask >> b & 1 == 1)
            .map(move |b| mask & !(1 << b))
    };
    (0..stops.len())
        .filter(|mask| stops[*mask] && smaller(*mask).all(|m| !stops[m]))
        .collect()
}
