//! The programme of a plan: that of rerouting, with columns of new capacity and the rows that hold them.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::candidates::{self, Candidates, is_power, takes};
use super::{NOISE, PlanQuery};
use crate::analysis::rerouting::actors::{Actor, Cast, Need, Role};
use crate::analysis::rerouting::market::{self, Programme};
use crate::analysis::rerouting::solver::Lp;
use crate::analysis::rerouting::tie;
use crate::analysis::rerouting::{Loss, SolverError, entitlement};
use crate::graph::ProcessKind;
use crate::model::{CommodityIx, Country, Network, Place, Recipe, SiteIx};

/// The programme without objective and target.
pub(super) struct Writer {
    pub(super) lp: Lp,
    pub(super) pools: Vec<(CommodityIx, usize)>,
    finals: Vec<usize>,
    /// Column of the capacity of each candidate, if the product can use it.
    columns: Vec<Option<usize>>,
    /// Units that the columns are written in.
    scales: Vec<f64>,
    costs: Vec<f64>,
    countries: Vec<Country>,
    /// Commodities of which more may be built somewhere.
    may_build: FxHashSet<CommodityIx>,
    /// By commodity: units that programmes write it in.
    commodity_scales: Vec<f64>,
    /// Rows of limits on candidates, with what they stand for.
    pub(super) limits: Vec<(Limit, usize)>,
}

/// What limits new capacity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Limit {
    /// What there is of a commodity that may not be built.
    Supply(CommodityIx),
    /// Reserves, or what mines have to spare.
    Ore(CommodityIx, Country),
    /// What the host of a by-product yields.
    Host(CommodityIx, Country),
    /// The part of a country's power that new sites may use.
    Grid(CommodityIx, Country),
    /// The part of a commodity that one country may have.
    Share(CommodityIx, Country),
}

impl Limit {
    fn commodity(self) -> CommodityIx {
        match self {
            Self::Supply(c)
            | Self::Ore(c, _)
            | Self::Host(c, _)
            | Self::Grid(c, _)
            | Self::Share(c, _) => c,
        }
    }
}

/// What is built.
#[derive(Clone, Debug)]
pub(super) struct Built {
    pub(super) keep: f64,
    /// By candidate, in units per year.
    pub(super) amounts: Vec<f64>,
    pub(super) cost: f64,
}

/// How many times what the product takes a new site may make: beyond any use.
const AMPLE: f64 = 10.0;

impl Writer {
    pub(super) fn new(
        network: &Network,
        cast: &Cast,
        candidates: &Candidates,
        query: &PlanQuery,
        loss: &Loss<'_>,
    ) -> Self {
        let (cast, loss, news) = with_candidates(network, cast, candidates, loss);
        let caps = caps(network, &cast, &loss);
        let by_place = query.max_share.is_some();
        let Programme {
            lp,
            groups,
            columns,
            finals,
            pools,
            ties,
        } = market::programme(network, &cast, &loss, caps, 1.0, by_place);
        let of_actor: FxHashMap<usize, usize> = groups
            .iter()
            .zip(&columns)
            .filter_map(|(group, column)| Some((group.alone?, group.level.or(*column)?)))
            .collect();
        let mut writer = Self {
            lp,
            pools,
            finals,
            columns: Vec::new(),
            scales: candidates
                .all
                .iter()
                .map(|c| cast.scale(c.commodity))
                .collect(),
            costs: candidates.all.iter().map(|c| c.cost).collect(),
            may_build: candidates.all.iter().map(|c| c.commodity).collect(),
            commodity_scales: (0..network.commodities().len())
                .map(|c| cast.scale(CommodityIx(c as u32)))
                .collect(),
            countries: candidates.all.iter().map(|c| c.country).collect(),
            limits: ties
                .into_iter()
                .map(|(tie, row)| {
                    let tie = &cast.ties[tie];
                    (Limit::Host(tie.byproduct, tie.country), row)
                })
                .collect(),
        };
        writer.capacities(network, candidates, &news, &of_actor);
        writer.followers(network, &cast, &of_actor);
        writer.hosts(network, &cast, candidates, &of_actor);
        writer.grids(network, candidates, query.grid_share);
        if let Some(most) = query.max_share {
            writer.shares(network, &groups, &columns, most);
        }
        writer
    }

    /// A column of capacity for each candidate that the product can use, and what it makes at most.
    fn capacities(
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
            if made.is_empty() && !is_power(network, candidate.commodity) {
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
    fn followers(&mut self, network: &Network, cast: &Cast, of_actor: &FxHashMap<usize, usize>) {
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
    fn hosts(
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
    fn grids(&mut self, network: &Network, candidates: &Candidates, share: f64) {
        let mut rows: FxHashMap<(CommodityIx, Country), usize> = FxHashMap::default();
        for (at, candidate) in candidates.all.iter().enumerate() {
            let Some(column) = self.columns[at] else {
                continue;
            };
            for (power, per_unit) in takes(candidate) {
                if !is_power(network, power) {
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

    /// No country gives more than its share of what two or more can make.
    fn shares(
        &mut self,
        network: &Network,
        groups: &[market::Group],
        columns: &[Option<usize>],
        most: f64,
    ) {
        let mut made: FxHashMap<CommodityIx, Vec<(Option<Country>, usize)>> = FxHashMap::default();
        let mut order: Vec<CommodityIx> = Vec::new();
        for (group, column) in groups.iter().zip(columns) {
            let Some(column) =
                column.filter(|_| group.makes && network.commodity(group.commodity).traded)
            else {
                continue;
            };
            let makers = made.entry(group.commodity).or_insert_with(|| {
                order.push(group.commodity);
                Vec::new()
            });
            makers.push((group.place.and_then(Place::country), column));
        }
        for commodity in order {
            let makers = &made[&commodity];
            let mut countries: Vec<Country> = makers.iter().filter_map(|(c, _)| *c).collect();
            countries.sort_unstable();
            countries.dedup();
            if countries.len() < 2 {
                continue;
            }
            for country in countries {
                let row = self.lp.row(0.0);
                for (place, column) in makers {
                    let own = if *place == Some(country) { 1.0 } else { 0.0 };
                    self.lp.add(row, *column, own - most);
                }
                self.limits.push((Limit::Share(commodity, country), row));
            }
        }
    }

    /// What each limit lacks so that a part can be kept, in units of its commodity and as a part of what the product takes,
    /// such that the sum of the parts is least.
    pub(super) fn widened(&self, keep: f64) -> Result<Vec<(Limit, f64, f64)>, SolverError> {
        let mut lp = self.keeping(keep);
        // What may be built is short only if something below it is.
        let supply = self
            .pools
            .iter()
            .filter(|(c, _)| !self.may_build.contains(c))
            .map(|(c, row)| (Limit::Supply(*c), *row));
        let limits: Vec<(Limit, usize)> = self.limits.iter().copied().chain(supply).collect();
        let wider: Vec<usize> = limits
            .iter()
            .map(|(limit, row)| {
                let unit = self.row_unit(*limit);
                let column = lp.column(f64::INFINITY, -1.0);
                lp.add(*row, column, -unit);
                column
            })
            .collect();
        let values = lp.maximise()?.values;
        Ok(limits
            .iter()
            .zip(wider)
            .map(|((limit, _), column)| {
                let parts = values[column].max(0.0);
                (*limit, parts * self.scale_of(limit.commodity()), parts)
            })
            .collect())
    }

    /// Units of a limit's row in what the product takes of its commodity: rows of power are in its own units.
    fn row_unit(&self, limit: Limit) -> f64 {
        match limit {
            Limit::Grid(power, _) => self.scale_of(power),
            _ => 1.0,
        }
    }

    fn scale_of(&self, commodity: CommodityIx) -> f64 {
        self.commodity_scales[commodity.at()]
    }

    /// The most of the product that can be kept, whatever it costs.
    pub(super) fn most(&self) -> Result<f64, SolverError> {
        Ok(self.lp.maximise()?.objective)
    }

    /// The programme of keeping a part, with nothing to maximise yet.
    fn keeping(&self, keep: f64) -> Lp {
        let mut lp = self.lp.clone();
        let row = lp.row(-keep);
        for last in &self.finals {
            lp.columns[*last].objective = 0.0;
            lp.add(row, *last, -1.0);
        }
        lp
    }

    /// Columns of what may be built, with what all that the product takes of each would cost.
    fn costs(&self) -> impl Iterator<Item = (usize, usize, f64)> {
        let cost = |(at, column): (usize, &Option<usize>)| {
            Some((at, (*column)?, self.costs[at] * self.scales[at]))
        };
        self.columns.iter().enumerate().filter_map(cost)
    }

    fn built(&self, keep: f64, values: &[f64]) -> Built {
        let amount =
            |at: usize| self.columns[at].map_or(0.0, |c| values[c].max(0.0) * self.scales[at]);
        let amounts: Vec<f64> = (0..self.columns.len()).map(amount).collect();
        let cost = amounts
            .iter()
            .zip(&self.costs)
            .map(|(n, cost)| n * cost)
            .sum();
        Built {
            keep,
            amounts,
            cost,
        }
    }

    /// The least cost of keeping a part.
    pub(super) fn cheapest(&self, keep: f64) -> Result<Built, SolverError> {
        let unit = self.costs().map(|(_, _, c)| c).fold(0.0, f64::max);
        let mut lp = self.keeping(keep);
        for (_, column, cost) in self.costs() {
            lp.columns[column].objective = -cost / unit.max(f64::MIN_POSITIVE);
        }
        Ok(self.built(keep, &lp.maximise()?.values))
    }

    /// The same with no more than a plan has of each site, the first by id where costs tie.
    pub(super) fn cheapest_of(&self, plan: &Built, keep: f64) -> Result<Built, SolverError> {
        const FIRST: f64 = 1e-6;
        let mut lp = self.keeping(keep);
        for (at, column, cost) in self.costs() {
            let first = FIRST * self.place_in_order(at);
            lp.columns[column].objective = -cost / plan.cost.max(f64::MIN_POSITIVE) - first;
            lp.columns[column].upper = plan.amounts[at] / self.scales[at] * (1.0 + NOISE);
        }
        Ok(self.built(keep, &lp.maximise()?.values))
    }

    /// From 1 for the first candidate, by the ids of commodity and country, to 2 for the last.
    fn place_in_order(&self, at: usize) -> f64 {
        1.0 + at as f64 / self.columns.len() as f64
    }

    /// Among equally cheap plans, the one whose most in one country is least; among these, the first by id.
    pub(super) fn settle(&self, plan: Built) -> Built {
        const NO_MORE: f64 = 1.0 + NOISE;
        if plan.cost <= 0.0 {
            return plan;
        }
        let mut lp = self.keeping(plan.keep);
        let no_dearer = lp.row(NO_MORE);
        let largest = lp.column(f64::INFINITY, -1.0);
        let mut rows: FxHashMap<Country, usize> = FxHashMap::default();
        for (at, column, cost) in self.costs() {
            lp.add(no_dearer, column, cost / plan.cost);
            let row = *rows.entry(self.countries[at]).or_insert_with(|| {
                let row = lp.row(0.0);
                lp.add(row, largest, -1.0);
                row
            });
            lp.add(row, column, cost / plan.cost);
        }
        // Where the solver cannot tell equally cheap plans apart, the one at hand stands.
        let Ok(spread) = lp.maximise() else {
            return plan;
        };
        lp.columns[largest].objective = 0.0;
        lp.columns[largest].upper = spread.values[largest] * NO_MORE;
        for (at, column, _) in self.costs() {
            lp.columns[column].objective = -self.place_in_order(at);
        }
        let values = lp.maximise().map_or(spread.values, |s| s.values);
        self.built(plan.keep, &values)
    }
}

/// The cast with an actor for each route of each candidate, and one for what more of each host may be drawn.
fn with_candidates<'l>(
    network: &Network,
    cast: &Cast,
    candidates: &Candidates,
    loss: &Loss<'l>,
) -> (Cast, Loss<'l>, Vec<Vec<usize>>) {
    let mut cast = cast.clone();
    for actor in &mut cast.actors {
        let local = !network.commodity(actor.commodity).traded && actor.kind.is_maker();
        if local
            && !cast.recipes[actor.recipe as usize]
                .iter()
                .all(Need::is_plain)
        {
            actor.role = Role::Follower;
        }
    }
    let mut loss = loss.clone();
    let mut news = Vec::new();
    for candidate in &candidates.all {
        let new = |part: f64, recipe: u32, cast: &Cast| Actor {
            commodity: candidate.commodity,
            place: Place::In(candidate.country),
            kind: ProcessKind::Site,
            site: None,
            own: Some(candidate.commodity) == cast.product,
            required: 0.0,
            entitled: AMPLE * cast.scale(candidate.commodity) * part,
            output: Some(0.0),
            capacity: None,
            availability: 1.0,
            recipe,
            part,
            kept_for: cast.product,
            unknown: Vec::new(),
            role: Role::New,
        };
        let mut actors = Vec::new();
        for (part, recipe) in &candidate.routes {
            let recipe = intern(&mut cast, recipe.as_deref());
            actors.push(cast.actors.len());
            let actor = new(*part, recipe, &cast);
            cast.actors.push(actor);
        }
        news.push(actors);
    }
    add_implied(network, &mut cast);
    add_ties(network, &mut cast, candidates);
    for at in 0..cast.ties.len() {
        for host in 0..cast.ties[at].hosts.len() {
            let (actor, part) = cast.ties[at].hosts[host];
            let known = cast.actors[actor].clone();
            let more = known.capacity.map_or(0.0, |k| k - known.entitled).max(0.0);
            cast.ties[at].hosts[host] = (cast.actors.len(), part);
            let lost = loss.lost[actor];
            cast.actors.push(Actor {
                entitled: more,
                own: false,
                unknown: Vec::new(),
                role: Role::Host,
                ..known
            });
            loss.lost.resize(cast.actors.len() - 1, false);
            loss.lost.push(lost);
        }
    }
    loss.lost.resize(cast.actors.len(), false);
    (cast, loss, news)
}

/// The position of a recipe, which is added if it is new.
fn intern(cast: &mut Cast, recipe: Option<&Recipe>) -> u32 {
    let inputs = recipe.iter().flat_map(|r| &r.inputs);
    let needs: Vec<Need> = inputs.map(Need::of).collect();
    let known = cast.recipes.iter().position(|known| **known == *needs);
    let at = known.unwrap_or_else(|| {
        cast.recipes.push(needs.into());
        cast.recipes.len() - 1
    });
    at as u32
}

/// Where nobody makes what is not traded, a new user of it there has an implied site beside it.
fn add_implied(network: &Network, cast: &mut Cast) {
    let implied = cast
        .actors
        .iter()
        .filter(|a| a.kind == ProcessKind::Implied);
    let mut there: FxHashSet<(CommodityIx, Place)> =
        implied.map(|a| (a.commodity, a.place)).collect();
    let mut at = 0;
    while at < cast.actors.len() {
        let (place, recipe) = (cast.actors[at].place, cast.actors[at].recipe);
        at += 1;
        for need in cast.recipes[recipe as usize].clone().iter() {
            let commodity = network.commodity(need.commodity);
            let makes = |s: &SiteIx| network.site(*s).output.is_none_or(|o| o > 0.0);
            if commodity.traded
                || network.makers_in(need.commodity, place).iter().any(makes)
                || !there.insert((need.commodity, place))
            {
                continue;
            }
            let routes: Vec<(f64, Option<Arc<Recipe>>)> = candidates::routes(commodity);
            for (part, recipe) in routes {
                let recipe = intern(cast, recipe.as_deref());
                cast.actors.push(Actor {
                    commodity: need.commodity,
                    place,
                    kind: ProcessKind::Implied,
                    site: None,
                    own: false,
                    required: 0.0,
                    entitled: 0.0,
                    output: None,
                    capacity: None,
                    availability: 1.0,
                    recipe,
                    part,
                    kept_for: None,
                    unknown: Vec::new(),
                    role: Role::Present,
                });
            }
        }
    }
}

/// By-products may be built where there is a host but no by-product yet.
fn add_ties(network: &Network, cast: &mut Cast, candidates: &Candidates) {
    for candidate in &candidates.all {
        let Some(tie) = &network.commodity(candidate.commodity).byproduct_of else {
            continue;
        };
        let known = |t: &tie::TieGroup| {
            t.byproduct == candidate.commodity && t.country == candidate.country
        };
        if !cast.ties.iter().any(known) {
            cast.ties.push(tie::TieGroup {
                country: candidate.country,
                byproduct: candidate.commodity,
                host: tie.host,
                makers: Vec::new(),
                hosts: hosts(cast, tie.host, candidate.country),
                ratio: tie.yield_per_host,
                host_per_byproduct: 1.0 / tie.yield_per_host,
                slice: 1.0 / tie.yield_per_host,
                known: false,
            });
        }
    }
}

/// Sites there are that make a host in a country, with their parts.
fn hosts(cast: &Cast, host: CommodityIx, country: Country) -> Vec<(usize, f64)> {
    let makes = |a: &Actor| {
        a.commodity == host
            && a.place == Place::In(country)
            && a.site.is_some()
            && a.role == Role::Present
    };
    let members: Vec<usize> = (0..cast.actors.len())
        .filter(|at| makes(&cast.actors[*at]))
        .collect();
    tie::by_output(&cast.actors, &members)
}

/// Most that each actor may give. What is not traded follows its users up to its capacity, so that it may give all of it.
fn caps(network: &Network, cast: &Cast, loss: &Loss<'_>) -> Vec<f64> {
    let mut caps = market::caps(cast, loss);
    let mut needed: FxHashMap<(CommodityIx, Place), f64> = FxHashMap::default();
    for actor in cast.actors.iter().filter(|a| a.role == Role::New) {
        for need in cast.recipes[actor.recipe as usize].iter() {
            *needed.entry((need.commodity, actor.place)).or_default() +=
                need.amount * actor.entitled;
        }
    }
    for (at, actor) in cast.actors.iter().enumerate() {
        let follows = !network.commodity(actor.commodity).traded
            && matches!(actor.role, Role::Present | Role::Follower)
            && actor.kind.is_maker();
        if follows && !loss.lost[at] {
            let more = needed
                .get(&(actor.commodity, actor.place))
                .copied()
                .unwrap_or(0.0);
            let most = actor
                .capacity
                .map_or(actor.entitled + more, |k| k.max(actor.entitled));
            caps[at] = most * actor.availability;
        }
    }
    caps
}
