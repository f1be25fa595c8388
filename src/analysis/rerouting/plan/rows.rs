//! Rows that hold new capacity: what it makes, and what limits it.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use super::candidates::{self, Candidates, takes};
use super::programme::{Limit, Writer};
use crate::analysis::rerouting::actors::{Cast, Role};
use crate::analysis::rerouting::{entitlement, market};
use crate::model::{CommodityIx, Country, Network, Place};

impl Writer {
    /// A column of capacity for each candidate that the product can use, and what it makes at most.
    pub(super) fn capacities(
        &mut self,
        network: &Network,
        candidates: &Candidates,
        news: &[Vec<usize>],
        of_actor: &FxHashMap<usize, usize>,
    ) {
        for (at, candidate) in candidates.all.iter().enumerate() {
            let made: Vec<(usize, f64)> = news[at]
                .iter()
                .zip(&candidate.routes)
                .filter_map(|(actor, (part, _))| Some((*of_actor.get(actor)?, *part)))
                .collect();
            // Power that cannot run short has no actor; more of it may be needed so that new sites use a small part only.
            if made.is_empty() && !network.commodity(candidate.commodity).is_power() {
                self.columns.push(None);
                continue;
            }
            let column = self.lp.column(f64::INFINITY, 0.0);
            for (made, part) in made {
                let row = self.lp.row(0.0);
                self.lp.add(row, made, 1.0);
                self.lp.add(row, column, -part);
            }
            if candidate.most.is_finite() {
                let row = self.lp.row(candidate.most / self.scales[at]);
                self.lp.add(row, column, 1.0);
                self.limits
                    .push((Limit::Ore(candidate.commodity, candidate.country), row));
            }
            self.columns.push(Some(column));
        }
    }

    /// What is not traded means to make what its users beside it mean to take, new ones included, and no more.
    pub(super) fn followers(
        &mut self,
        network: &Network,
        cast: &Cast,
        of_actor: &FxHashMap<usize, usize>,
    ) {
        const ROUNDING: f64 = 1.0 + 1e-9;
        let is_follower = |at: usize| cast.actors[at].role == Role::Follower;
        for follower in entitlement::followers(cast, network) {
            let todays = follower
                .users
                .iter()
                .filter(|(u, _)| cast.actors[*u].role != Role::New);
            let need: f64 = todays.map(|(u, a)| a * cast.actors[*u].entitled).sum();
            for (maker, part) in follower.makers.iter().filter(|(m, _)| is_follower(*m)) {
                let Some(level) = of_actor.get(maker) else {
                    continue;
                };
                let own = &cast.actors[*maker];
                let unit = cast.scale(own.commodity);
                let row = self.lp.row(own.entitled / unit);
                self.lp.add(row, *level, 1.0);
                if own.entitled > need * part * ROUNDING {
                    continue;
                }
                for (user, amount) in &follower.users {
                    let taker = &cast.actors[*user];
                    let Some(column) = of_actor.get(user).filter(|_| taker.role != Role::Host)
                    else {
                        continue;
                    };
                    let factor = part * amount * cast.scale(taker.commodity) / unit;
                    self.lp.add(row, *column, -factor);
                    if taker.role == Role::Follower {
                        self.lp.rows[row].upper -= part * amount * taker.entitled / unit;
                    }
                }
            }
        }
    }

    fn column_of(
        &self,
        candidates: &Candidates,
        commodity: CommodityIx,
        country: Country,
    ) -> Option<(usize, f64)> {
        let at = candidates
            .all
            .iter()
            .position(|c| c.commodity == commodity && c.country == country)?;
        Some((self.columns[at]?, self.scales[at]))
    }

    /// New by-products stay within what the hosts of their country yield, and may draw more of these hosts.
    pub(super) fn hosts(
        &mut self,
        network: &Network,
        cast: &Cast,
        candidates: &Candidates,
        of_actor: &FxHashMap<usize, usize>,
    ) {
        for (at, candidate) in candidates.all.iter().enumerate() {
            let Some(tie) = &network.commodity(candidate.commodity).byproduct_of else {
                continue;
            };
            let Some(column) = self.columns[at] else {
                continue;
            };
            let country = candidate.country;
            let recoverable = tie.yield_per_host * candidates.capacity_in(tie.host, country);
            let used = candidates
                .capacity_in(candidate.commodity, country)
                .min(recoverable);
            let row = self.lp.row((recoverable - used) / self.scales[at]);
            self.lp.add(row, column, 1.0);
            if let Some((host, scale)) = self.column_of(candidates, tie.host, candidate.country) {
                self.lp
                    .add(row, host, -tie.yield_per_host * scale / self.scales[at]);
            }
            self.limits
                .push((Limit::Host(candidate.commodity, candidate.country), row));
            self.more_of_hosts(
                cast,
                candidate.commodity,
                candidate.country,
                (column, self.scales[at]),
                of_actor,
            );
        }
    }

    /// What the product is entitled to of a host follows its by-products.
    fn more_of_hosts(
        &mut self,
        cast: &Cast,
        byproduct: CommodityIx,
        country: Country,
        (column, scale): (usize, f64),
        of_actor: &FxHashMap<usize, usize>,
    ) {
        let Some(tie) = cast
            .ties
            .iter()
            .find(|t| t.byproduct == byproduct && t.country == country)
        else {
            return;
        };
        for (more, part) in &tie.hosts {
            if let Some(made) = of_actor.get(more) {
                let row = self.lp.row(0.0);
                self.lp.add(row, *made, 1.0);
                let per_unit = tie.host_per_byproduct * part * scale / cast.scale(tie.host);
                self.lp.add(row, column, -per_unit);
            }
        }
    }

    /// New sites use at most so much of what their country generates; more has to be built.
    pub(super) fn grids(&mut self, network: &Network, candidates: &Candidates, share: f64) {
        let mut rows: FxHashMap<(CommodityIx, Country), usize> = FxHashMap::default();
        for (at, candidate) in candidates.all.iter().enumerate() {
            let Some(column) = self.columns[at] else {
                continue;
            };
            for (power, per_unit) in takes(candidate) {
                if !network.commodity(power).is_power() {
                    continue;
                }
                // Where nothing is known of a country's power, nothing is said of it.
                let Some(generation) = candidates::output_in(network, power, candidate.country)
                else {
                    continue;
                };
                let row = *rows.entry((power, candidate.country)).or_insert_with(|| {
                    let row = self.lp.row(share * generation);
                    self.limits
                        .push((Limit::Grid(power, candidate.country), row));
                    row
                });
                self.lp.add(row, column, per_unit * self.scales[at]);
            }
        }
        for (at, candidate) in candidates.all.iter().enumerate() {
            let row = rows.get(&(candidate.commodity, candidate.country));
            if let (Some(column), Some(row)) = (self.columns[at], row) {
                self.lp.add(*row, column, -self.scales[at]);
            }
        }
    }

    /// No country gives more than its share of what the product takes of something that two or more can make.
    ///
    /// What a host makes for its by-products alone is nobody's supply: each country delivers at most what it makes, and only
    /// deliveries count.
    pub(super) fn shares(
        &mut self,
        network: &Network,
        groups: &[market::Group],
        columns: &[Option<usize>],
        most: f64,
    ) {
        let mut makers: FxHashMap<usize, Maker> = FxHashMap::default();
        for (group, column) in groups.iter().zip(columns) {
            let makes = group.makes && network.commodity(group.commodity).traded;
            if let (Some(column), true) = (*column, makes) {
                makers.insert(column, group.place.and_then(Place::country));
            }
        }
        let mut pools = self.pools.clone();
        pools.sort_unstable();
        for pools in pools.chunk_by(|a, b| a.0 == b.0) {
            let commodity = pools[0].0;
            let rows: Vec<usize> = pools.iter().map(|(_, row)| *row).collect();
            self.share(commodity, &rows, &makers, most);
        }
    }

    /// The same for one commodity, whose supply and demand meet in these rows.
    fn share(
        &mut self,
        commodity: CommodityIx,
        rows: &[usize],
        makers: &FxHashMap<usize, Maker>,
        most: f64,
    ) {
        let terms: Vec<Vec<(usize, f64)>> = rows
            .iter()
            .map(|r| self.lp.rows[*r].terms.clone())
            .collect();
        let supplied = |(column, factor): &(usize, f64)| match *factor < 0.0 {
            true => makers.get(column).copied().flatten(),
            false => None,
        };
        let countries: BTreeSet<Country> = terms.iter().flatten().filter_map(supplied).collect();
        if countries.len() < 2 {
            return;
        }
        let taken: Vec<(usize, f64)> = terms
            .iter()
            .flatten()
            .copied()
            .filter(|(_, factor)| *factor > 0.0)
            .collect();
        let bounds: Vec<(Country, usize)> = countries
            .into_iter()
            .map(|country| {
                let row = self.lp.row(0.0);
                for (column, factor) in &taken {
                    self.lp.add(row, *column, -most * factor);
                }
                self.limits.push((Limit::Share(commodity, country), row));
                (country, row)
            })
            .collect();
        for (row, terms) in rows.iter().zip(&terms) {
            self.lp.rows[*row].terms.retain(|t| supplied(t).is_none());
            for (country, bound) in &bounds {
                let made: Vec<(usize, f64)> = terms
                    .iter()
                    .copied()
                    .filter(|t| supplied(t) == Some(*country))
                    .collect();
                if made.is_empty() {
                    continue;
                }
                let delivered = self.lp.column(f64::INFINITY, 0.0);
                self.lp.add(*row, delivered, -1.0);
                self.lp.add(*bound, delivered, 1.0);
                let most_there = self.lp.row(0.0);
                self.lp.add(most_there, delivered, 1.0);
                for (column, factor) in made {
                    self.lp.add(most_there, column, factor);
                }
            }
        }
    }
}

/// Where a column's output is made, if that is known.
type Maker = Option<Country>;
