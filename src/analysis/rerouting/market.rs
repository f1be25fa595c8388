//! The programme under `market`: any site that makes a commodity may step in, so that flows need no pairs. Each commodity
//! is one pool, each that is not traded one a place; actors alike in everything but size are one column.

use rustc_hash::{FxHashMap, FxHashSet};

use super::Loss;
use super::actors::{Actor, Cast, Need, Role};
use super::fold::Folder;
use super::solver::Lp;
use crate::graph::ProcessKind;
use crate::model::{CommodityIx, Network, Place};

/// Actors that share a column.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) commodity: CommodityIx,
    /// Their place, where it matters to the programme.
    pub(super) place: Option<Place>,
    pub(super) own: bool,
    /// Whether they make it, and do not collect scrap or pass it on.
    pub(super) makes: bool,
    /// Most they may give together.
    pub(super) cap: f64,
    /// The actor, if it has a column of its own.
    pub(super) alone: Option<usize>,
    /// Whether it may be built, or rises with what is.
    grows: bool,
    /// Column of what it means to make, where that is not simply all it may.
    pub(super) level: Option<usize>,
    /// Whether output is simply bound to all inputs.
    pub(super) plain: bool,
    /// Whether they collect scrap.
    pub(super) scrap: bool,
    /// What the present output takes of them together.
    required: f64,
    folded: u32,
    /// Inputs that nobody is named for: position of the need, and most of it.
    unknown: Vec<(usize, f64)>,
    /// Where supply of it is one.
    source: Source,
}

/// What a group means to make: an amount, a column, or without end.
#[derive(Clone, Copy, Debug)]
enum Level {
    Endless,
    Fixed(f64),
    Column(usize),
}

/// Where supply comes from: anywhere, one place, or one side of a ban.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Source {
    World,
    Place(Place),
}

#[derive(PartialEq, Eq, Hash)]
struct GroupKey {
    commodity: CommodityIx,
    folded: u32,
    place: Option<Place>,
    own: bool,
    makes: bool,
    unknown: Vec<(usize, u64)>,
    alone: Option<usize>,
}

/// A programme, and what its columns mean.
#[derive(Debug)]
pub(super) struct Programme {
    /// Its objective is what the product's own sites give, as a part of the present output.
    pub(super) lp: Lp,
    pub(super) groups: Vec<Group>,
    /// The column of each group that the product needs, in units of [`Cast::scale`].
    pub(super) columns: Vec<Option<usize>>,
    /// Columns of what leaves the product's own sites, as parts of the present output.
    pub(super) finals: Vec<usize>,
    /// The row of each pool of supply and demand.
    pub(super) pools: Vec<(CommodityIx, usize)>,
    /// The row that holds the makers of a by-product to its hosts, by position of the tie.
    pub(super) ties: Vec<(usize, usize)>,
}

struct Writer<'a> {
    network: &'a Network,
    cast: &'a Cast,
    folder: Folder<'a>,
    groups: Vec<Group>,
    lp: Lp,
    /// Columns of the groups that are needed.
    columns: Vec<Option<usize>>,
    /// Groups by what they supply.
    suppliers: FxHashMap<(CommodityIx, Source), Vec<usize>>,
    /// Rows of supply against demand.
    pools: FxHashMap<(CommodityIx, Source), usize>,
    /// Ties that are written.
    tied: FxHashSet<usize>,
    tie_rows: Vec<(usize, usize)>,
    /// Groups whose needs are still to be written.
    open: Vec<usize>,
    finals: Vec<usize>,
    /// Whether actors in different places have different columns even where nothing asks for it.
    by_place: bool,
}

/// Most that each actor may give once some are lost.
pub(super) fn caps(cast: &Cast, loss: &Loss<'_>) -> Vec<f64> {
    let cap = |(actor, lost): (&Actor, &bool)| match lost {
        true => 0.0,
        false => actor.entitled * actor.availability,
    };
    cast.actors.iter().zip(&loss.lost).map(cap).collect()
}

/// Writes the programme for one loss, with the most that each actor may give and the most of the product that is wanted, as
/// a part of its present output. Whoever asks about places has columns by place.
pub(super) fn programme(
    network: &Network,
    cast: &Cast,
    loss: &Loss<'_>,
    mut caps: Vec<f64>,
    wanted: f64,
    by_place: bool,
) -> Programme {
    for (actor, cap) in cast.actors.iter().zip(&mut caps) {
        if is_idle(network, actor) {
            *cap = 0.0;
        }
    }
    let mut writer = Writer {
        network,
        cast,
        folder: Folder::new(network, cast, &caps),
        groups: Vec::new(),
        lp: Lp::default(),
        columns: Vec::new(),
        suppliers: FxHashMap::default(),
        pools: FxHashMap::default(),
        tied: FxHashSet::default(),
        tie_rows: Vec::new(),
        open: Vec::new(),
        finals: Vec::new(),
        by_place,
    };
    writer.gather(&caps, loss);
    writer.finals(wanted);
    while let Some(group) = writer.open.pop() {
        writer.needs(group);
    }
    writer.border_flows(&caps);
    let mut pools: Vec<(CommodityIx, usize)> = writer
        .pools
        .iter()
        .map(|((commodity, _), row)| (*commodity, *row))
        .collect();
    pools.sort_unstable();
    Programme {
        lp: writer.lp,
        groups: writer.groups,
        columns: writer.columns,
        finals: writer.finals,
        pools,
        ties: writer.tie_rows,
    }
}

/// Passing on helps nobody where nothing is banned: what is passed on can be bought at its source, if that is known.
fn is_idle(network: &Network, actor: &Actor) -> bool {
    let passes_on = actor.kind == ProcessKind::ReExporter && actor.unknown.is_empty();
    passes_on && !is_banned(network, actor.commodity)
}

fn is_banned(network: &Network, commodity: CommodityIx) -> bool {
    network.bans().iter().any(|b| b.commodity == commodity)
}

impl Writer<'_> {
    /// Puts actors that are alike together.
    fn gather(&mut self, caps: &[f64], loss: &Loss<'_>) {
        let mut known: FxHashMap<GroupKey, usize> = FxHashMap::default();
        let ties = self.cast.ties.iter();
        let tied: FxHashSet<(CommodityIx, Place)> = ties
            .flat_map(|t| [t.byproduct, t.host].map(|c| (c, Place::In(t.country))))
            .collect();
        for (at, (actor, cap)) in self.cast.actors.iter().zip(caps).enumerate() {
            if *cap <= 0.0 {
                continue;
            }
            let number = self.folder.fold(actor.recipe, actor.place);
            let folded = self.folder.get(number);
            let own_place = !self.network.commodity(actor.commodity).traded;
            let banned = is_banned(self.network, actor.commodity)
                || folded
                    .needs
                    .iter()
                    .any(|n| is_banned(self.network, n.commodity));
            let bound = self.by_place
                || own_place
                || folded.local
                || banned
                || tied.contains(&(actor.commodity, actor.place));
            let place = bound.then_some(actor.place);
            let most = if self.cast.grows { f64::INFINITY } else { *cap };
            let unknown = unknown(actor, most, &folded.needs, loss);
            let plain = folded.needs.iter().all(Need::is_plain);
            let alone =
                (actor.role != Role::Present || !unknown.is_empty() && !plain).then_some(at);
            let key = GroupKey {
                commodity: actor.commodity,
                folded: number,
                place,
                own: actor.own,
                makes: actor.kind.is_maker(),
                // Alike are those of whose inputs the same part is unknown.
                unknown: unknown
                    .iter()
                    .map(|(n, v)| {
                        (
                            *n,
                            (v / (actor.required * folded.needs[*n].amount) * 1e9).round() as u64,
                        )
                    })
                    .collect(),
                alone,
            };
            let source = if own_place || is_banned(self.network, actor.commodity) {
                Source::Place(actor.place)
            } else {
                Source::World
            };
            let group = *known.entry(key).or_insert_with(|| {
                self.groups.push(Group {
                    commodity: actor.commodity,
                    place,
                    own: actor.own,
                    makes: actor.kind.is_maker(),
                    cap: 0.0,
                    alone,
                    grows: matches!(actor.role, Role::New | Role::Follower),
                    level: None,
                    plain,
                    scrap: actor.kind == ProcessKind::Scrap,
                    required: 0.0,
                    folded: number,
                    unknown: unknown.iter().map(|(n, _)| (*n, 0.0)).collect(),
                    source,
                });
                if actor.role != Role::Host {
                    self.suppliers
                        .entry((actor.commodity, source))
                        .or_default()
                        .push(self.groups.len() - 1);
                }
                self.groups.len() - 1
            });
            let group = &mut self.groups[group];
            group.cap += cap;
            group.required += actor.required;
            for ((_, sum), (_, amount)) in group.unknown.iter_mut().zip(&unknown) {
                *sum += amount;
            }
        }
        self.columns = vec![None; self.groups.len()];
    }

    fn scale(&self, commodity: CommodityIx) -> f64 {
        self.cast.scale(commodity)
    }

    /// The column of a group, opened if it is new.
    fn column(&mut self, group: usize) -> usize {
        if let Some(column) = self.columns[group] {
            return column;
        }
        let scale = self.scale(self.groups[group].commodity);
        let column = self.lp.column(self.groups[group].cap / scale, 0.0);
        self.columns[group] = Some(column);
        self.open.push(group);
        column
    }

    /// What leaves the product's own sites.
    fn finals(&mut self, wanted: f64) {
        let all = self.lp.row(wanted);
        for group in 0..self.groups.len() {
            if !self.groups[group].own {
                continue;
            }
            let commodity = self.groups[group].commodity;
            let in_units = self.cast.present / self.scale(commodity);
            let made = self.column(group);
            let last = self.lp.column(f64::INFINITY, 1.0);
            self.finals.push(last);
            self.lp.add(all, last, 1.0);
            let own = self.lp.row(0.0);
            self.lp.add(own, last, in_units);
            self.lp.add(own, made, -1.0);
            let source = self.groups[group].source;
            let pool = self.pool(commodity, source);
            self.lp.add(pool, last, in_units);
        }
    }

    /// The row that holds what is taken from a source to what is made there.
    fn pool(&mut self, commodity: CommodityIx, source: Source) -> usize {
        if let Some(row) = self.pools.get(&(commodity, source)) {
            return *row;
        }
        let row = self.lp.row(0.0);
        self.pools.insert((commodity, source), row);
        for group in self
            .suppliers
            .get(&(commodity, source))
            .cloned()
            .unwrap_or_default()
        {
            let column = self.column(group);
            self.lp.add(row, column, -1.0);
        }
        row
    }

    /// Writes what a group takes.
    fn needs(&mut self, group: usize) {
        let folded = self.folder.get(self.groups[group].folded);
        let made = self.column(group);
        let level = self.level(group, &folded.needs);
        let unit = self.scale(self.groups[group].commodity);
        // Whoever has no limit may intend so much that what can be missed never binds.
        let endless = matches!(level, Level::Endless);
        let misses_all = missed_together(&folded.needs) >= 1.0 - 1e-12;
        let together = (folded.needs.iter().any(|n| !n.essential) && (misses_all || !endless))
            .then(|| self.lp.row(0.0));
        if let Some(row) = together {
            self.lp.add(row, made, 1.0);
            self.allow(row, level, 1.0);
        }
        for (at, need) in folded
            .needs
            .iter()
            .enumerate()
            .filter(|(_, n)| n.amount > 0.0)
        {
            let unknown = self.groups[group]
                .unknown
                .iter()
                .find(|(n, _)| *n == at)
                .map(|(_, amount)| *amount);
            let per_made = need.amount * unit / self.scale(need.commodity);
            if need.is_plain() && unknown.is_none() {
                self.take(group, need.commodity, made, per_made);
                continue;
            }
            if endless && !need.is_plain() && (need.essential || together.is_none()) {
                continue;
            }
            let mut received = vec![self.lp.column(f64::INFINITY, 0.0)];
            self.take(group, need.commodity, received[0], 1.0);
            if let Some(amount) = unknown {
                received.push(self.unnamed(group, need, amount, received[0]));
            }
            let firm = 1.0 - need.substitutable;
            if need.essential {
                let row = self.lp.row(0.0);
                self.lp.add(row, made, per_made);
                self.allow(row, level, need.substitutable * per_made);
                for column in received {
                    self.lp.add(row, column, -firm);
                }
            } else if let Some(row) = together {
                let lost = need.weight * firm;
                self.allow(row, level, -lost);
                let all = self.lp.row(if endless { f64::INFINITY } else { 0.0 });
                self.allow(all, level, per_made);
                for column in received {
                    self.lp.add(row, column, -lost / per_made);
                    self.lp.add(all, column, 1.0);
                }
            }
        }
        if let Some(row) = together {
            // Where all can be missed, rounding must not ask for less than nothing.
            self.lp.rows[row].upper = self.lp.rows[row].upper.max(0.0);
        }
        self.ties(group);
    }

    /// What a group means to make, which is what it does without an input counts against: all it may, and for what may be
    /// built, all that is.
    fn level(&mut self, group: usize, needs: &[Need]) -> Level {
        let Group {
            cap,
            commodity,
            grows,
            ..
        } = self.groups[group];
        if cap.is_infinite() {
            return Level::Endless;
        }
        let cap = cap / self.scale(commodity);
        if !grows || needs.iter().all(Need::is_plain) {
            return Level::Fixed(cap);
        }
        let made = self.column(group);
        let column = self.lp.column(cap, 0.0);
        let row = self.lp.row(0.0);
        self.lp.add(row, made, 1.0);
        self.lp.add(row, column, -1.0);
        self.groups[group].level = Some(column);
        Level::Column(column)
    }

    /// Widens a row by so much of a level.
    fn allow(&mut self, row: usize, level: Level, factor: f64) {
        match level {
            Level::Endless => {}
            Level::Fixed(amount) => self.lp.rows[row].upper += factor * amount,
            Level::Column(column) => self.lp.add(row, column, -factor),
        }
    }

    /// A column of supply that nobody is named for: as much as today, or, where it grows, the same part of what is received.
    fn unnamed(&mut self, group: usize, need: &Need, amount: f64, named: usize) -> usize {
        if !self.cast.grows {
            return self.lp.column(amount / self.scale(need.commodity), 0.0);
        }
        let column = self.lp.column(f64::INFINITY, 0.0);
        const ROUNDING: f64 = 1e-9;
        let part = amount / (need.amount * self.groups[group].required);
        if part >= 1.0 - ROUNDING {
            return column;
        }
        let row = self.lp.row(0.0);
        self.lp.add(row, column, 1.0 - part);
        self.lp.add(row, named, -part);
        column
    }

    /// Takes from the pool of a commodity, or, where it is banned, from all places that may send it here.
    fn take(&mut self, group: usize, commodity: CommodityIx, column: usize, factor: f64) {
        if !self.network.commodity(commodity).traded {
            let place = self.groups[group].place.unwrap_or(Place::Unknown);
            let pool = self.pool(commodity, Source::Place(place));
            self.lp.add(pool, column, factor);
            return;
        }
        if !is_banned(self.network, commodity) {
            let pool = self.pool(commodity, Source::World);
            self.lp.add(pool, column, factor);
            return;
        }
        let buyer = self.groups[group].place.unwrap_or(Place::Unknown);
        let arriving = self.lp.row(0.0);
        self.lp.add(arriving, column, factor);
        let mut sources: Vec<Place> = self
            .suppliers
            .keys()
            .filter_map(|(c, source)| match source {
                Source::Place(place) if *c == commodity => Some(*place),
                _ => None,
            })
            .collect();
        sources.sort_unstable();
        for place in sources {
            if self
                .network
                .bans()
                .iter()
                .any(|b| b.commodity == commodity && b.stops(place, buyer))
            {
                continue;
            }
            let flow = self.lp.column(f64::INFINITY, 0.0);
            self.lp.add(arriving, flow, -1.0);
            let pool = self.pool(commodity, Source::Place(place));
            self.lp.add(pool, flow, 1.0);
        }
    }

    /// Holds the makers of a by-product in a country to what its hosts there yield.
    fn ties(&mut self, group: usize) {
        let (commodity, place) = (self.groups[group].commodity, self.groups[group].place);
        let cast = self.cast;
        let Some(at) = cast
            .ties
            .iter()
            .position(|t| t.byproduct == commodity && Some(Place::In(t.country)) == place)
        else {
            return;
        };
        if !self.tied.insert(at) {
            return;
        }
        let tie = &cast.ties[at];
        let of = |c: CommodityIx| -> Vec<usize> {
            (0..self.groups.len())
                .filter(|g| {
                    let group = &self.groups[*g];
                    group.makes && group.commodity == c && group.place == place
                })
                .collect()
        };
        let (makers, hosts) = (of(tie.byproduct), of(tie.host));
        let row = self.lp.row(0.0);
        self.tie_rows.push((at, row));
        for maker in makers {
            let column = self.column(maker);
            self.lp.add(row, column, 1.0);
        }
        let per_host = tie.ratio * self.scale(tie.host) / self.scale(tie.byproduct);
        for host in hosts {
            let column = self.column(host);
            self.lp.add(row, column, -per_host);
        }
    }

    /// What is not traded and crosses a border today may go on doing so.
    fn border_flows(&mut self, caps: &[f64]) {
        let cast = self.cast;
        for flow in &cast.border_flows {
            let supplier = &cast.actors[flow.supplier];
            let (from, into) = (Source::Place(supplier.place), Source::Place(flow.into));
            let Some(into) = self.pools.get(&(supplier.commodity, into)).copied() else {
                continue;
            };
            let most = match cast.grows {
                true => caps[flow.supplier],
                false => flow.amount.min(caps[flow.supplier]),
            };
            let most = most / self.scale(supplier.commodity);
            let column = self.lp.column(most, 0.0);
            self.lp.add(into, column, -1.0);
            let from = self.pool(supplier.commodity, from);
            self.lp.add(from, column, 1.0);
            while let Some(group) = self.open.pop() {
                self.needs(group);
            }
        }
    }
}

/// The part of output lost where everything is missing that is not essential.
fn missed_together(needs: &[Need]) -> f64 {
    let lost = |n: &Need| n.weight * (1.0 - n.substitutable);
    needs.iter().filter(|n| !n.essential).map(lost).sum()
}

/// What an actor may have of inputs that nobody is named for; what may be lost is.
fn unknown(actor: &Actor, cap: f64, needs: &[Need], loss: &Loss<'_>) -> Vec<(usize, f64)> {
    let mut found: Vec<(usize, f64)> = Vec::new();
    for supply in actor.unknown.iter().filter(|u| !loss.hides(&u.not_in)) {
        let amount = supply.amount.min(needs[supply.need].amount * cap);
        match found.iter_mut().find(|(need, _)| *need == supply.need) {
            Some((_, sum)) => *sum += amount,
            None => found.push((supply.need, amount)),
        }
    }
    found
}
