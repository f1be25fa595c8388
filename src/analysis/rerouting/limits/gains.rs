//! What one more unit of something is worth, and what stands in the way.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::reach::{Most, NOISE, Reacher, Setting, Thing};
use super::tally::{Tally, host_capacity, left};
use crate::analysis::rerouting::tie::TieGroup;
use crate::analysis::rerouting::{Priority, SolverError};
use crate::model::{CommodityIx, Place};

/// What one more unit of each is worth, in units of the product: with its own sites, and without.
#[derive(Clone, Debug, Default)]
pub(super) struct Gains {
    of: BTreeMap<Thing, [Option<f64>; 2]>,
}

impl Gains {
    pub(super) fn of(
        &self,
        commodity: CommodityIx,
        place: Option<Place>,
    ) -> (Option<f64>, Option<f64>) {
        let [own, upstream] = self
            .of
            .get(&(commodity, place))
            .copied()
            .unwrap_or_default();
        (own, upstream)
    }
}

impl Reacher<'_> {
    /// What one more unit of each thing is worth. What is not used in full is worth nothing more.
    pub(super) fn gains(
        &self,
        priority: Priority,
        most: &[Option<Most>; 2],
    ) -> Result<Gains, SolverError> {
        let mut things: BTreeSet<Thing> = BTreeSet::new();
        for tally in self.tallies.iter().filter(|t| t.amounts.is_some()) {
            if self.network.commodity(tally.commodity).traded {
                things.insert((tally.commodity, None));
            }
        }
        for actor in &self.cast.actors {
            if !self.network.commodity(actor.commodity).traded && !self.is_unknown(actor) {
                things.insert((actor.commodity, Some(actor.place)));
            }
        }
        let things: Vec<Thing> = things.into_iter().collect();
        let mut held_by = [None; 2];
        for (at, own) in [true, false].into_iter().enumerate() {
            if let Some(most) = &most[at] {
                held_by[at] = self.held_by(priority, own, most)?;
            }
        }
        let gain = |thing: &Thing| -> Result<(Thing, [Option<f64>; 2]), SolverError> {
            let more = self.one_more(*thing);
            let mut found = [None; 2];
            for (at, own) in [true, false].into_iter().enumerate() {
                let (Some(most), false) = (&most[at], more.is_empty()) else {
                    continue;
                };
                found[at] = Some(0.0);
                let no_help = held_by[at].is_some_and(|c| (c, None) != *thing);
                if no_help || !most.full.contains(thing) {
                    continue;
                }
                let setting = Setting {
                    priority,
                    high: true,
                    own,
                    only: None,
                };
                let step: f64 = more.iter().map(|(_, amount)| amount).sum();
                if let Some(now) = self.most(setting, &more)? {
                    let gained = now.amount - most.amount;
                    if gained > NOISE * now.amount {
                        found[at] = Some(gained * self.cast.present / step);
                    }
                }
            }
            Ok((*thing, found))
        };
        let of: Result<BTreeMap<_, _>, _> = things.par_iter().map(gain).collect();
        Ok(Gains { of: of? })
    }

    /// A commodity that holds the product to its most by itself: more of anything else is then no help. It saves a programme
    /// for each thing where many bind together.
    fn held_by(
        &self,
        priority: Priority,
        own: bool,
        most: &Most,
    ) -> Result<Option<CommodityIx>, SolverError> {
        const TRIED: usize = 16;
        for tally in self.binding(priority, most).take(TRIED) {
            let only = Some(tally.commodity);
            let setting = Setting {
                priority,
                high: true,
                own,
                only,
            };
            let held = self.most(setting, &[])?;
            if held.is_some_and(|h| h.amount <= most.amount * (1.0 + NOISE)) {
                return Ok(only);
            }
        }
        Ok(None)
    }

    /// Commodities of which all that is available is required at the most.
    fn binding(&self, priority: Priority, most: &Most) -> impl Iterator<Item = &Tally> {
        let made = most.amount * self.cast.present;
        self.tallies.iter().filter(move |t| {
            let reached = |a: f64| t.per_unit * made >= a * (1.0 - NOISE);
            let traded = self.network.commodity(t.commodity).traded;
            traded && t.per_unit > 0.0 && t.available(priority).is_some_and(reached)
        })
    }

    /// One more unit of capacity, over the makers left as theirs is; more than one where a unit is too little to see. Of a
    /// by-product it is where the host leaves most room.
    fn one_more(&self, (commodity, place): Thing) -> Vec<(usize, f64)> {
        const SMALLEST: f64 = 1e-3;
        let actors = self.cast.actors.iter().enumerate();
        let mut makers: Vec<(usize, f64)> = actors
            .filter(|(_, a)| a.commodity == commodity && a.kind.is_maker())
            .filter(|(_, a)| place.is_none_or(|p| a.place == p) && !self.is_unknown(a))
            .map(|(at, a)| (at, a.capacity.unwrap_or(0.0) * left(self.loss, at, a)))
            .filter(|(_, capacity)| *capacity > 0.0)
            .collect();
        let all: f64 = makers.iter().map(|(_, capacity)| capacity).sum();
        let ties = self
            .cast
            .ties
            .iter()
            .filter(|t| t.byproduct == commodity && t.known);
        let room = |t: &TieGroup| {
            let there = Place::In(t.country);
            let hosts = host_capacity(self.cast, self.loss, t.host, there);
            let used = makers
                .iter()
                .filter(|(m, _)| t.makers.contains(m))
                .map(|(_, k)| k);
            t.ratio * hosts - used.sum::<f64>()
        };
        let tied = |m: usize| {
            self.cast
                .ties
                .iter()
                .any(|t| t.known && t.makers.contains(&m))
        };
        let roomiest = ties.max_by(|a, b| room(a).total_cmp(&room(b)));
        if let Some(tie) = roomiest
            && makers.iter().all(|(m, _)| tied(*m))
        {
            makers.retain(|(m, _)| tie.makers.contains(m));
        } else {
            makers.retain(|(m, _)| !tied(*m));
        }
        let step = (SMALLEST * all).max(1.0);
        let there: f64 = makers.iter().map(|(_, capacity)| capacity).sum();
        for (_, capacity) in &mut makers {
            *capacity *= step / there;
        }
        makers
    }

    /// What is worth most more of; where nothing is alone, what is used in full at the most.
    pub(super) fn limited_by(
        &self,
        priority: Priority,
        gains: &Gains,
        at: usize,
        most: Option<&Most>,
    ) -> (Vec<String>, bool) {
        let Some(most) = most else {
            return (Vec::new(), false);
        };
        let mut alone: Vec<(f64, String)> = gains
            .of
            .iter()
            .filter_map(|(thing, gain)| Some((self.pull(*thing, gain[at]?)?, self.name(*thing))))
            .collect();
        alone.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        if !alone.is_empty() {
            return (alone.into_iter().map(|(_, name)| name).collect(), false);
        }
        // Upstream, the product's own plants are no limit.
        let counts = |t: &&Tally| at == 0 || self.cast.product != Some(t.commodity);
        let binding = self.binding(priority, most).filter(counts);
        let binding = binding.map(|t| self.name((t.commodity, None))).collect();
        (binding, true)
    }

    /// How much a hundredth more of something would raise the most.
    fn pull(&self, (commodity, place): Thing, gain: f64) -> Option<f64> {
        let makers = self.cast.actors.iter().filter(|a| {
            a.commodity == commodity && place.is_none_or(|p| a.place == p) && a.kind.is_maker()
        });
        let capacity: f64 = makers.filter_map(|a| a.capacity).sum();
        (gain > 0.0).then_some(gain * capacity)
    }

    fn name(&self, (commodity, place): Thing) -> String {
        let id = &self.network.commodity(commodity).id;
        match place {
            Some(place) => format!("{id}@{place}"),
            None => id.to_string(),
        }
    }
}
