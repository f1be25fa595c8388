//! The programme under `links`: only today's suppliers may give more, within the limits of their links.

use rustc_hash::{FxHashMap, FxHashSet};

use super::actors::Cast;
use super::solver::Lp;
use super::{Loss, Priority};
use crate::graph::{InputView, ProcessIx, SupplyGraph};
use crate::model::{CommodityIx, SiteIx, SupplyEntry};

struct Writer<'a> {
    graph: &'a SupplyGraph<'a>,
    cast: &'a Cast,
    loss: &'a Loss<'a>,
    lp: Lp,
    /// Column and row of what a process makes and gives.
    made: Vec<Option<(usize, usize)>>,
    /// Row of what is drawn from a mix.
    drawn: Vec<Option<usize>>,
    /// Ties that are written.
    tied: FxHashSet<usize>,
    processes_of: Vec<Vec<ProcessIx>>,
    /// Most that may flow into a mix from a supplier.
    limits: FxHashMap<(u32, SiteIx), f64>,
    /// Rows of actors that stand behind several processes.
    shared: FxHashMap<usize, usize>,
    open: Vec<ProcessIx>,
}

/// Writes the programme for one loss; its objective is the part of the present output that can be made.
pub(super) fn programme(
    graph: &SupplyGraph<'_>,
    cast: &Cast,
    loss: &Loss<'_>,
    priority: Priority,
) -> Lp {
    let mut processes_of = vec![Vec::new(); cast.actors.len()];
    for (process, actor) in cast.of_process.iter().enumerate() {
        if let Some(actor) = actor {
            processes_of[*actor].push(ProcessIx(process as u32));
        }
    }
    let mut writer = Writer {
        graph,
        cast,
        loss,
        lp: Lp::default(),
        tied: FxHashSet::default(),
        processes_of,
        limits: limits(graph, cast, priority),
        made: vec![None; graph.processes.len()],
        drawn: vec![None; graph.mixes.len()],
        shared: FxHashMap::default(),
        open: Vec::new(),
    };
    writer.share_actors();
    let all = writer.lp.row(1.0);
    for (root, _) in &graph.roots {
        let in_units = cast.present / writer.scale(graph.process(*root).commodity);
        let (made, given) = writer.process(*root);
        let last = writer.lp.column(f64::INFINITY, 1.0);
        writer.lp.add(all, last, 1.0);
        writer.lp.add(given, last, in_units);
        let own = writer.lp.row(0.0);
        writer.lp.add(own, last, in_units);
        writer.lp.add(own, made, -1.0);
    }
    while let Some(process) = writer.open.pop() {
        writer.needs(process);
    }
    writer.lp
}

impl Writer<'_> {
    fn scale(&self, commodity: CommodityIx) -> f64 {
        self.cast.scale(commodity)
    }

    fn cap(&self, actor: usize) -> f64 {
        let at = &self.cast.actors[actor];
        if self.loss.lost[actor] {
            0.0
        } else {
            at.entitled * at.availability
        }
    }

    /// Actors that stand behind several processes give what they have only once.
    fn share_actors(&mut self) {
        let several = |actor: &usize| self.processes_of[*actor].len() > 1;
        let shared: Vec<usize> = (0..self.cast.actors.len()).filter(several).collect();
        for actor in shared {
            let most = self.cap(actor) / self.scale(self.cast.actors[actor].commodity);
            let row = self.lp.row(most);
            self.shared.insert(actor, row);
        }
    }

    /// The column of what a process makes and the row of what it gives.
    fn process(&mut self, process: ProcessIx) -> (usize, usize) {
        if let Some(known) = self.made[process.at()] {
            return known;
        }
        let actor = self.cast.of_process[process.at()];
        let cap = actor.map_or(0.0, |a| self.cap(a));
        let column = self
            .lp
            .column(cap / self.scale(self.graph.process(process).commodity), 0.0);
        let row = self.lp.row(0.0);
        self.lp.add(row, column, -1.0);
        if let Some(shared) = actor.and_then(|a| self.shared.get(&a)).copied() {
            self.lp.add(shared, column, 1.0);
        }
        self.made[process.at()] = Some((column, row));
        if cap > 0.0 {
            self.open.push(process);
        }
        (column, row)
    }

    /// The row of what is drawn from a mix, with a flow from each of its suppliers.
    fn mix(&mut self, mix: u32) -> usize {
        if let Some(row) = self.drawn[mix as usize] {
            return row;
        }
        let row = self.lp.row(0.0);
        self.drawn[mix as usize] = Some(row);
        let mut limited: FxHashMap<SiteIx, usize> = FxHashMap::default();
        for link in self.graph.links_of(mix) {
            let (_, given) = self.process(link.supplier);
            let flow = self.lp.column(f64::INFINITY, 0.0);
            self.lp.add(given, flow, 1.0);
            self.lp.add(row, flow, -1.0);
            let supplier = self.graph.process(link.supplier);
            let limit = supplier
                .site
                .and_then(|s| Some((s, *self.limits.get(&(mix, s))?)));
            if let Some((site, limit)) = limit {
                let most = limit / self.scale(supplier.commodity);
                let lp = &mut self.lp;
                let row = *limited.entry(site).or_insert_with(|| lp.row(most));
                self.lp.add(row, flow, 1.0);
            }
        }
        row
    }

    /// Writes what a process takes.
    fn needs(&mut self, process: ProcessIx) {
        let graph = self.graph;
        let Some(actor) = self.cast.of_process[process.at()] else {
            return;
        };
        let (made, _) = self.process(process);
        let cap = self.cap(actor);
        let unit = self.scale(graph.process(process).commodity);
        let together = graph
            .inputs_of(process)
            .any(|i| !i.essential)
            .then(|| self.lp.row(cap / unit));
        if let Some(row) = together {
            self.lp.add(row, made, 1.0);
        }
        for (at, input) in graph
            .inputs_of(process)
            .enumerate()
            .filter(|(_, i)| i.amount > 0.0)
        {
            let per_made = input.amount * unit / self.scale(input.commodity);
            let most = input.amount * cap / self.scale(input.commodity);
            let received = self.received(actor, at, &input, most);
            let firm = 1.0 - input.substitutable;
            if input.essential {
                let row = self.lp.row(input.substitutable * most);
                self.lp.add(row, made, per_made);
                for column in received {
                    self.lp.add(row, column, -firm);
                }
            } else if let Some(row) = together {
                let lost = input.weight * firm;
                self.lp.rows[row].upper -= lost * cap / unit;
                let all = self.lp.row(most);
                for column in received {
                    self.lp.add(row, column, -lost / per_made);
                    self.lp.add(all, column, 1.0);
                }
            }
        }
        self.tie(actor);
    }

    /// Columns of what an actor receives of an input: from each mix, and from nobody known.
    fn received(
        &mut self,
        actor: usize,
        need: usize,
        input: &InputView<'_>,
        most: f64,
    ) -> Vec<usize> {
        let mut received = Vec::with_capacity(input.parts.len() + 1);
        for part in input.parts {
            let row = self.mix(part.mix);
            let column = self.lp.column(most, 0.0);
            self.lp.add(row, column, 1.0);
            received.push(column);
        }
        let unknown = self.cast.actors[actor].unknown.iter();
        let amount: f64 = unknown
            .filter(|u| u.need == need && !self.loss.hides(&u.not_in))
            .map(|u| u.amount)
            .sum();
        if amount > 0.0 {
            received.push(self.lp.column(amount / self.scale(input.commodity), 0.0));
        }
        received
    }

    /// Holds the makers of a by-product in the country of one of them to what its hosts there yield.
    fn tie(&mut self, actor: usize) {
        let cast = self.cast;
        let Some(at) = cast.ties.iter().position(|t| t.makers.contains(&actor)) else {
            return;
        };
        if !self.tied.insert(at) {
            return;
        }
        let tie = &cast.ties[at];
        let row = self.lp.row(0.0);
        for maker in &tie.makers {
            self.add_actor(row, *maker, 1.0);
        }
        let per_host = tie.ratio * self.scale(tie.host) / self.scale(tie.byproduct);
        for (host, _) in &tie.hosts {
            self.add_actor(row, *host, -per_host);
        }
    }

    /// Adds what an actor makes to a row.
    fn add_actor(&mut self, row: usize, actor: usize, factor: f64) {
        for at in 0..self.processes_of[actor].len() {
            let (column, _) = self.process(self.processes_of[actor][at]);
            self.lp.add(row, column, factor);
        }
    }
}

/// What a limit allows: the product's part of it, and at least what flows today; in units of the commodity per year.
fn limits(
    graph: &SupplyGraph<'_>,
    cast: &Cast,
    priority: Priority,
) -> FxHashMap<(u32, SiteIx), f64> {
    let supply = graph.network.supply();
    let limit_of: FxHashMap<u32, f64> = supply.limits.iter().copied().collect();
    let mut buyers: FxHashMap<u32, Buyer> = FxHashMap::default();
    if limit_of.is_empty() {
        return FxHashMap::default();
    }
    for (process, at) in graph.indexed() {
        let (Some(site), Some(actor)) = (at.site, cast.of_process[process.at()]) else {
            continue;
        };
        let actor = &cast.actors[actor];
        for input in graph.inputs_of(process) {
            let recycled = graph.network.commodity(input.commodity).recycled.rate > 0.0;
            let Some(entry) = graph.network.supply_entry(site, input.commodity) else {
                continue;
            };
            if let Some(part) = input.parts.get(usize::from(recycled)) {
                let buyer = buyers.entry(part.mix).or_insert_with(|| Buyer::new(*entry));
                buyer.required += actor.required;
                buyer.output = buyer.output.zip(actor.output).map(|(sum, more)| sum + more);
                buyer.taken += part.share * input.amount * actor.required;
            }
        }
    }
    let mut found = FxHashMap::default();
    for (mix, buyer) in &buyers {
        let part = match (priority, buyer.output) {
            (Priority::ProRata, Some(output)) if output > 0.0 => (buyer.required / output).min(1.0),
            _ => 1.0,
        };
        for at in buyer.entry.start..buyer.entry.start + buyer.entry.len {
            if let Some(limit) = limit_of.get(&at) {
                let link = supply.links[at as usize];
                // A link that a recycled part stands beside carries its share of the rest; with `rest: market` of the named part.
                found.insert(
                    (*mix, link.supplier),
                    (limit * part).max(buyer.taken * link.share),
                );
            }
        }
    }
    found
}

/// The site whose stated suppliers a mix holds.
struct Buyer {
    entry: SupplyEntry,
    required: f64,
    output: Option<f64>,
    taken: f64,
}

impl Buyer {
    fn new(entry: SupplyEntry) -> Self {
        Self {
            entry,
            required: 0.0,
            output: Some(0.0),
            taken: 0.0,
        }
    }
}
