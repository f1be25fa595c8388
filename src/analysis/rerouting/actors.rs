//! Who can take part when buyers reroute: today's suppliers and everyone else who makes what the product needs.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::tie::{self, TieGroup};
use super::{Reroute, Rules, entitlement, homes};
use crate::graph::{ProcessIx, ProcessKind, SupplyGraph, derived};
use crate::model::{CommodityIx, Country, Network, Place, Recipe, SiteIx};

/// What an actor is to a programme.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Role {
    /// It is there today.
    #[default]
    Present,
    /// It may be built.
    New,
    /// It is there today and rises with what is built beside it.
    Follower,
    /// More of a host than the product is entitled to, which only its by-products may hang on.
    Host,
}

/// A site on one route, or what stands in for one.
#[derive(Clone, Debug, PartialEq)]
pub struct Actor {
    /// What it makes.
    pub commodity: CommodityIx,
    /// Where.
    pub place: Place,
    /// What stands behind it.
    pub kind: ProcessKind,
    /// The site, if it is one.
    pub site: Option<SiteIx>,
    /// Whether it is one of the product's own sites.
    pub own: bool,
    /// Units per year that the present output of the product takes of it.
    pub required: f64,
    /// Most that the product may have of it per year, before any loss.
    pub entitled: f64,
    /// Output per year, if known.
    pub output: Option<f64>,
    /// Most it can make per year, at least its output, if known.
    pub capacity: Option<f64>,
    /// The part of its capacity that a scenario leaves, 0 to 1.
    pub availability: f64,
    /// Position in [`Cast::recipes`].
    pub(super) recipe: u32,
    /// The part of its site's output that is made on this route.
    pub(super) part: f64,
    /// The one product that its capacity is kept for.
    pub(super) kept_for: Option<CommodityIx>,
    /// Inputs that nobody is named for.
    pub(super) unknown: Vec<UnknownSupply>,
    pub(super) role: Role,
}

/// Supply of one input that nobody is named for.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct UnknownSupply {
    /// Position of the input in the recipe.
    pub(super) need: usize,
    /// Most of it, in units of the input per year.
    pub(super) amount: f64,
    /// Countries that it cannot come from.
    pub(super) not_in: Arc<[Country]>,
}

/// What one unit of output takes of one input.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Need {
    pub(super) commodity: CommodityIx,
    pub(super) amount: f64,
    pub(super) weight: f64,
    pub(super) essential: bool,
    pub(super) substitutable: f64,
}

impl Need {
    pub(super) fn of(input: &crate::model::Input) -> Self {
        Self {
            commodity: input.commodity,
            amount: input.amount,
            weight: input.weight,
            essential: input.essential,
            substitutable: input.substitutable,
        }
    }

    /// Whether output is simply bound to the input.
    pub(super) fn is_plain(&self) -> bool {
        self.essential && self.substitutable <= 0.0
    }
}

/// A flow of what is not traded that crosses a border today.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct BorderFlow {
    pub(super) supplier: usize,
    pub(super) into: Place,
    pub(super) amount: f64,
}

/// Everyone who can take part.
#[derive(Clone, Debug, Default)]
pub(super) struct Cast {
    pub(super) actors: Vec<Actor>,
    /// The actor behind each process of the product's graph.
    pub(super) of_process: Vec<Option<usize>>,
    pub(super) recipes: Vec<Arc<[Need]>>,
    /// Countries that each actor's unknown place cannot be.
    pub(super) not_in: Vec<Arc<[Country]>>,
    pub(super) ties: Vec<TieGroup>,
    pub(super) border_flows: Vec<BorderFlow>,
    pub(super) product: Option<CommodityIx>,
    /// Present output of the product per year; 1 where it is not known.
    pub(super) present: f64,
    pub(super) known_present: bool,
    /// Whether supply that nobody is named for grows with those who use it.
    pub(super) grows: bool,
    /// By commodity: what the product takes of all its makers per year.
    pub(super) required: Vec<f64>,
    /// By commodity: what the product's present output takes of it per year, whoever makes it.
    pub(super) demand: Vec<f64>,
    /// By commodity: what all its makers put out per year, in the same units.
    pub(super) output: Vec<f64>,
    pub(super) notes: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Key {
    Site(SiteIx, u16),
    Virtual(ProcessKind, CommodityIx, Place, u16),
}

/// Recipes are many, but few differ.
#[derive(Default)]
struct Recipes {
    of_content: BTreeMap<Vec<(CommodityIx, [u64; 3], bool)>, u32>,
    all: Vec<Arc<[Need]>>,
}

impl Recipes {
    fn intern(&mut self, recipe: Option<&Recipe>) -> u32 {
        let needs: Vec<Need> = recipe
            .iter()
            .flat_map(|r| &r.inputs)
            .map(Need::of)
            .collect();
        let bits = |n: &Need| [n.amount, n.weight, n.substitutable].map(f64::to_bits);
        let key = needs
            .iter()
            .map(|n| (n.commodity, bits(n), n.essential))
            .collect();
        *self.of_content.entry(key).or_insert_with(|| {
            self.all.push(needs.into());
            self.all.len() as u32 - 1
        })
    }
}

struct Gathering<'a> {
    network: &'a Network,
    before: &'a SupplyGraph<'a>,
    cast: Cast,
    known: FxHashMap<Key, usize>,
    /// The actor of each process of the graph.
    of_process: Vec<usize>,
    recipes: Recipes,
}

impl Cast {
    /// Gathers everyone; `before` is the graph without what a scenario has stopped, `now` the one with it.
    pub(super) fn new(before: &SupplyGraph<'_>, now: &SupplyGraph<'_>, rules: Rules) -> Self {
        let mut gathering = Gathering {
            network: now.network,
            before,
            cast: Self {
                product: before.product,
                ..Self::default()
            },
            known: FxHashMap::default(),
            of_process: Vec::new(),
            recipes: Recipes::default(),
        };
        gathering.todays();
        if rules.reroute == Reroute::Market {
            gathering.everyone_else();
        }
        let mut cast = gathering.cast;
        cast.recipes = gathering.recipes.all;
        let actor = |process| gathering.known.get(&key_of(process)).copied();
        cast.of_process = now.processes.iter().map(actor).collect();
        cast.not_in = homes::not_in(now.network, &cast);
        cast.ties = tie::groups(now.network, &cast.actors);
        entitlement::fill(&mut cast, before, &gathering.of_process, rules);
        cast
    }
}

fn key_of(process: &crate::graph::Process) -> Key {
    let route = process.route.unwrap_or(0);
    match process.site {
        Some(site) => Key::Site(site, route),
        None => Key::Virtual(process.kind, process.commodity, process.place, route),
    }
}

impl Gathering<'_> {
    /// Everyone in the product's graph.
    fn todays(&mut self) {
        let before = self.before;
        for (ix, process) in before.indexed() {
            // What re-exporters pass on can be had from its makers, but for bans.
            let recipe = match process.kind {
                ProcessKind::ReExporter => self.passing_on(process.commodity),
                _ => self.recipe_of(ix),
            };
            let at = self.actor(
                key_of(process),
                process.commodity,
                process.place,
                process.kind,
                process.site,
                recipe,
            );
            debug_assert_eq!(ix.at(), self.of_process.len());
            self.of_process.push(at);
        }
        for (root, _) in &before.roots {
            let at = self.known[&key_of(before.process(*root))];
            self.cast.actors[at].own = true;
        }
    }

    /// One unit of a commodity for one unit of it.
    fn passing_on(&mut self, commodity: CommodityIx) -> u32 {
        let need = Need {
            commodity,
            amount: 1.0,
            weight: 1.0,
            essential: true,
            substitutable: 0.0,
        };
        self.recipes.all.push([need].into());
        self.recipes.all.len() as u32 - 1
    }

    fn recipe_of(&mut self, process: ProcessIx) -> u32 {
        let at = self.before.process(process);
        let route = usize::from(at.route.unwrap_or(0));
        let network = self.before.network;
        let recipe = match (at.site, at.kind) {
            (Some(site), _) => network
                .recipes_at(network.site(site))
                .get(route)
                .and_then(|(_, r)| r.map(|r| &**r)),
            (None, ProcessKind::Scrap) => None,
            (None, _) => network
                .commodity(at.commodity)
                .recipes()
                .nth(route)
                .map(|(_, r)| &**r),
        };
        self.recipes.intern(recipe)
    }

    fn actor(
        &mut self,
        key: Key,
        commodity: CommodityIx,
        place: Place,
        kind: ProcessKind,
        site: Option<SiteIx>,
        recipe: u32,
    ) -> usize {
        if let Some(at) = self.known.get(&key) {
            return *at;
        }
        let at = self.cast.actors.len();
        self.known.insert(key, at);
        let route = match key {
            Key::Site(_, route) | Key::Virtual(_, _, _, route) => usize::from(route),
        };
        let details = site.map(|s| self.network.site(s));
        let part = match details {
            Some(site) => self
                .network
                .recipes_at(site)
                .get(route)
                .map_or(1.0, |(part, _)| *part),
            None => self
                .network
                .commodity(commodity)
                .recipes()
                .nth(route)
                .map_or(1.0, |(part, _)| part),
        };
        let output = details.and_then(|s| s.output);
        let capacity = details.and_then(|s| match (s.output, s.capacity) {
            (Some(output), Some(capacity)) => Some(output.max(capacity)),
            (output, capacity) => output.or(capacity),
        });
        self.cast.actors.push(Actor {
            commodity,
            place,
            kind,
            site,
            own: site.is_some_and(|s| self.before.asked.includes(commodity, place, s)),
            required: 0.0,
            entitled: 0.0,
            output: output.map(|o| o * part),
            capacity: capacity.map(|c| c * part),
            availability: match details {
                Some(site) => site.availability,
                None => derived::availability(self.network, kind, commodity, place),
            },
            recipe,
            part,
            kept_for: details.and_then(|s| s.details.as_ref()?.kept_for),
            unknown: Vec::new(),
            role: Role::Present,
        });
        at
    }

    /// Everyone who makes what anyone here needs, and so on.
    fn everyone_else(&mut self) {
        let network = self.network;
        let mut seen: BTreeSet<CommodityIx> = BTreeSet::new();
        let mut open: Vec<CommodityIx> = self.cast.actors.iter().map(|a| a.commodity).collect();
        let mut makers: BTreeMap<CommodityIx, BTreeSet<usize>> = BTreeMap::new();
        for (at, actor) in self.cast.actors.iter().enumerate() {
            makers.entry(actor.commodity).or_default().insert(at);
        }
        while let Some(commodity) = open.pop() {
            if !seen.insert(commodity) {
                continue;
            }
            let mut makers = makers.remove(&commodity).unwrap_or_default();
            for site in network.makers(commodity) {
                let at = network.site(site);
                for (route, (part, recipe)) in network.recipes_at(at).into_iter().enumerate() {
                    if part > 0.0 {
                        let recipe = self.recipes.intern(recipe.map(|r| &**r));
                        let key = Key::Site(site, route as u16);
                        makers.insert(self.actor(
                            key,
                            commodity,
                            at.place,
                            ProcessKind::Site,
                            Some(site),
                            recipe,
                        ));
                    }
                }
            }
            if let Some(tie) = &network.commodity(commodity).byproduct_of {
                open.push(tie.host);
            }
            let recipe = |at: &usize| self.cast.actors[*at].recipe as usize;
            let needs = makers
                .iter()
                .flat_map(|at| self.recipes.all[recipe(at)].iter());
            open.extend(needs.map(|n| n.commodity));
        }
        self.implied_sites();
    }

    /// What is not traded has a site in every place where someone needs it.
    fn implied_sites(&mut self) {
        let network = self.network;
        let mut at = 0;
        while at < self.cast.actors.len() {
            let (place, recipe) = (self.cast.actors[at].place, self.cast.actors[at].recipe);
            for need in self.recipes.all[recipe as usize].clone().iter() {
                let commodity = need.commodity;
                let makes = |s: &SiteIx| network.site(*s).output.is_none_or(|o| o > 0.0);
                if network.commodity(commodity).traded
                    || network.makers_in(commodity, place).iter().any(makes)
                {
                    continue;
                }
                let routes: Vec<Option<Arc<Recipe>>> =
                    match network.commodity(commodity).has_recipe() {
                        true => network
                            .commodity(commodity)
                            .recipes()
                            .map(|(_, r)| Some(r.clone()))
                            .collect(),
                        false => vec![None],
                    };
                for (route, recipe) in routes.into_iter().enumerate() {
                    let recipe = self.recipes.intern(recipe.as_deref());
                    let key = Key::Virtual(ProcessKind::Implied, commodity, place, route as u16);
                    self.actor(key, commodity, place, ProcessKind::Implied, None, recipe);
                }
            }
            at += 1;
        }
    }
}

impl Cast {
    /// Units in which programmes write amounts of a commodity, so that their numbers are near 1.
    pub(super) fn scale(&self, commodity: CommodityIx) -> f64 {
        for taken in [self.required[commodity.at()], self.demand[commodity.at()]] {
            if taken > 0.0 {
                return taken;
            }
        }
        let output = self.output[commodity.at()];
        if output > 0.0 { output } else { 1.0 }
    }
}
