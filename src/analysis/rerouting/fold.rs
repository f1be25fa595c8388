//! Makes programmes small. Where the local supply of something that is not traded cannot run short, what it takes is
//! counted with its users, so that users in different countries become alike.

use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::actors::{Cast, Need, Role};
use crate::model::{CommodityIx, Network, Place};

/// What one unit of output takes once local supply is folded in.
#[derive(Debug, PartialEq)]
pub(super) struct Folded {
    /// The needs of the recipe in its order, those folded in with an amount of 0; then what they take.
    pub(super) needs: Vec<Need>,
    /// Whether something is left that only the same place supplies.
    pub(super) local: bool,
}

type Content = Vec<(CommodityIx, [u64; 3], bool)>;

pub(super) struct Folder<'a> {
    network: &'a Network,
    cast: &'a Cast,
    /// Recipe of the makers of what cannot run short.
    ample: FxHashMap<(CommodityIx, Place), u32>,
    known: FxHashMap<(u32, Place), u32>,
    open: FxHashSet<(u32, Place)>,
    of_content: FxHashMap<Content, u32>,
    all: Vec<Rc<Folded>>,
}

#[derive(Default)]
struct Pool {
    supply: f64,
    demand: f64,
    recipe: Option<u32>,
    stays: bool,
}

impl<'a> Folder<'a> {
    /// Finds out what cannot run short when actors may give at most `caps`.
    pub(super) fn new(network: &'a Network, cast: &'a Cast, caps: &[f64]) -> Self {
        Self {
            network,
            cast,
            ample: ample(network, cast, caps),
            known: FxHashMap::default(),
            open: FxHashSet::default(),
            of_content: FxHashMap::default(),
            all: Vec::new(),
        }
    }

    pub(super) fn get(&self, at: u32) -> Rc<Folded> {
        self.all[at as usize].clone()
    }

    /// The folded recipe of an actor in a place; equal ones have equal numbers.
    pub(super) fn fold(&mut self, recipe: u32, place: Place) -> u32 {
        if let Some(at) = self.known.get(&(recipe, place)) {
            return *at;
        }
        self.open.insert((recipe, place));
        let mut needs: Vec<Need> = Vec::new();
        let mut more: Vec<Need> = Vec::new();
        let mut local = false;
        for need in self.cast.recipes[recipe as usize].iter() {
            let mut own = *need;
            if !self.network.commodity(need.commodity).traded && need.amount > 0.0 {
                match self.ample.get(&(need.commodity, place)).copied() {
                    Some(maker) if need.is_plain() && !self.open.contains(&(maker, place)) => {
                        let inner = self.fold(maker, place);
                        own.amount = 0.0;
                        add(&mut more, &self.get(inner).needs, need.amount);
                        local |= self.get(inner).local;
                    }
                    _ => local = true,
                }
            }
            needs.push(own);
        }
        self.open.remove(&(recipe, place));
        needs.append(&mut more);
        let bits = |n: &Need| [n.amount, n.weight, n.substitutable].map(f64::to_bits);
        let content = needs
            .iter()
            .map(|n| (n.commodity, bits(n), n.essential))
            .collect();
        let next = self.all.len() as u32;
        let at = *self.of_content.entry(content).or_insert(next);
        if at == next {
            self.all.push(Rc::new(Folded { needs, local }));
        }
        self.known.insert((recipe, place), at);
        at
    }
}

fn add(sum: &mut Vec<Need>, needs: &[Need], times: f64) {
    for need in needs.iter().filter(|n| n.amount > 0.0) {
        match sum.iter_mut().find(|n| n.commodity == need.commodity) {
            Some(known) => known.amount += need.amount * times,
            None => sum.push(Need {
                amount: need.amount * times,
                ..*need
            }),
        }
    }
}

/// Local supply that covers all its users at their most, made by one recipe whose needs are plain.
fn ample(network: &Network, cast: &Cast, caps: &[f64]) -> FxHashMap<(CommodityIx, Place), u32> {
    let local = |c: CommodityIx| !network.commodity(c).traded;
    let mut pools: FxHashMap<(CommodityIx, Place), Pool> = FxHashMap::default();
    for (actor, cap) in cast.actors.iter().zip(caps) {
        let recipe = &cast.recipes[actor.recipe as usize];
        if local(actor.commodity) {
            let pool = pools.entry((actor.commodity, actor.place)).or_default();
            // What may be built is no supply yet.
            if actor.role != Role::New {
                pool.supply += cap;
            }
            pool.stays |= *pool.recipe.get_or_insert(actor.recipe) != actor.recipe
                || actor.own
                || !actor.unknown.is_empty()
                || !recipe.iter().all(Need::is_plain);
        }
        for (at, need) in recipe
            .iter()
            .enumerate()
            .filter(|(_, n)| local(n.commodity) && n.amount > 0.0)
        {
            let pool = pools.entry((need.commodity, actor.place)).or_default();
            pool.demand += need.amount * cap;
            pool.stays |= actor.unknown.iter().any(|u| u.need == at);
        }
    }
    for flow in &cast.border_flows {
        let supplier = &cast.actors[flow.supplier];
        for place in [supplier.place, flow.into] {
            pools.entry((supplier.commodity, place)).or_default().stays = true;
        }
    }
    for tie in &cast.ties {
        for commodity in [tie.byproduct, tie.host] {
            pools
                .entry((commodity, Place::In(tie.country)))
                .or_default()
                .stays = true;
        }
    }
    const ROUNDING: f64 = 1e-9;
    let ample = |pool: &Pool| !pool.stays && pool.supply >= pool.demand * (1.0 - ROUNDING);
    pools
        .into_iter()
        .filter(|(_, p)| ample(p))
        .filter_map(|(key, p)| Some((key, p.recipe?)))
        .collect()
}
