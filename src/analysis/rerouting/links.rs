//! The programme under `links`: only today's suppliers may give more, within the limits of their links.

use rustc_hash::{FxHashMap, FxHashSet};

use super::actors::Cast;
use super::link_limits::LinkLimits;
use super::solver::Lp;
use super::{Loss, Priority};
use crate::graph::{InputView, ProcessIx, SupplyGraph};
use crate::model::{CommodityIx, SiteIx};

struct Writer<'a> {
    graph: &'a SupplyGraph<'a>,
    cast: &'a Cast,
    loss: &'a Loss<'a>,
    lp: Lp,
    /// Column of what a process makes.
    made: Vec<Option<usize>>,
    /// Row of what a process gives, where it gives to more than one mix.
    given: Vec<Option<usize>>,
    /// How many mixes a process gives to; the product's own sites give to the product's buyers besides.
    outlets: Vec<u32>,
    /// Row of what is drawn from a mix, by one buyer alone where limits tell buyers apart.
    drawn: FxHashMap<(u32, Option<SiteIx>), usize>,
    /// Mixes that cannot run short.
    ample: Vec<bool>,
    /// Ties that are written.
    tied: FxHashSet<usize>,
    /// The process that stands for each actor, and the one that each process goes by: those that differ only in where unknown
    /// buyers of theirs cannot be are one here.
    process_of: Vec<Option<ProcessIx>>,
    goes_by: Vec<ProcessIx>,
    limits: LinkLimits,
    /// Rows of limits, by mix of stated suppliers and supplier.
    limited: FxHashMap<(u32, SiteIx), usize>,
    open: Vec<ProcessIx>,
}

/// Writes the programme for one loss; its objective is the part of the present output that can be made.
pub(super) fn programme(
    graph: &SupplyGraph<'_>,
    cast: &Cast,
    loss: &Loss<'_>,
    priority: Priority,
) -> Lp {
    let mut process_of = vec![None; cast.actors.len()];
    let mut goes_by = Vec::with_capacity(graph.processes.len());
    for (process, actor) in cast.of_process.iter().enumerate() {
        let own = ProcessIx(process as u32);
        goes_by.push(actor.map_or(own, |a| *process_of[a].get_or_insert(own)));
    }
    let limits = LinkLimits::new(graph, cast, &goes_by, priority);
    let mut writer = Writer {
        graph,
        cast,
        loss,
        lp: Lp::default(),
        tied: FxHashSet::default(),
        process_of,
        outlets: outlets(graph, &goes_by, &limits),
        goes_by,
        limits,
        limited: FxHashMap::default(),
        made: vec![None; graph.processes.len()],
        given: vec![None; graph.processes.len()],
        drawn: FxHashMap::default(),
        ample: Vec::new(),
        open: Vec::new(),
    };
    writer.ample = writer.ample();
    let all = writer.lp.row(1.0);
    for (root, _) in &graph.roots {
        let in_units = cast.present / writer.scale(graph.process(*root).commodity);
        let root = writer.goes_by(*root);
        writer.process(root);
        let last = writer.lp.column(f64::INFINITY, 1.0);
        writer.lp.add(all, last, 1.0);
        if let Some(given) = writer.given(root) {
            writer.lp.add(given, last, in_units);
        }
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

    fn goes_by(&self, process: ProcessIx) -> ProcessIx {
        self.goes_by[process.at()]
    }

    /// Which mixes cannot run short: one of their suppliers needs nothing and can fill all that may be asked of it.
    fn ample(&self) -> Vec<bool> {
        let graph = self.graph;
        let mut asked = vec![0.0; graph.mixes.len()];
        let own = |p: &ProcessIx| self.goes_by(*p) == *p;
        for process in graph.indexed().map(|(p, _)| p).filter(own) {
            let cap = self.cast.of_process[process.at()].map_or(0.0, |a| self.cap(a));
            for input in graph.inputs_of(process) {
                for part in input.parts {
                    asked[part.mix as usize] += input.amount * cap;
                }
            }
        }
        let mut asked_of = vec![0.0; graph.processes.len()];
        for (mix, amount) in asked.iter().enumerate() {
            for link in graph.links_of(mix as u32) {
                asked_of[self.goes_by(link.supplier).at()] += amount;
            }
        }
        let fills = |link: &crate::graph::Link| {
            let (at, supplier) = (
                self.goes_by(link.supplier).at(),
                graph.process(link.supplier),
            );
            let free = supplier
                .site
                .is_none_or(|s| !self.limits.sites.contains(&s));
            free && graph.is_terminal(link.supplier)
                && supplier.tie.is_none()
                && self.outlets[at] < PRODUCT
                && self.cast.of_process[at].is_some_and(|a| self.cap(a) >= asked_of[at])
        };
        (0..graph.mixes.len() as u32)
            .map(|mix| graph.links_of(mix).iter().any(fills))
            .collect()
    }

    /// The column of what a process makes.
    fn process(&mut self, process: ProcessIx) -> usize {
        if let Some(known) = self.made[process.at()] {
            return known;
        }
        let actor = self.cast.of_process[process.at()];
        let cap = actor.map_or(0.0, |a| self.cap(a));
        let column = self
            .lp
            .column(cap / self.scale(self.graph.process(process).commodity), 0.0);
        self.made[process.at()] = Some(column);
        if cap > 0.0 {
            self.open.push(process);
        }
        column
    }

    /// The row that holds what a process gives to what it makes; none where it gives to one mix only.
    fn given(&mut self, process: ProcessIx) -> Option<usize> {
        if self.outlets[process.at()] < 2 {
            return None;
        }
        if self.given[process.at()].is_none() {
            let column = self.process(process);
            let row = self.lp.row(0.0);
            self.lp.add(row, column, -1.0);
            self.given[process.at()] = Some(row);
        }
        self.given[process.at()]
    }

    /// The row of what a site, or anyone, draws from a mix, with a flow from each of its suppliers.
    fn mix(&mut self, mix: u32, site: Option<SiteIx>) -> usize {
        let stated = site.and_then(|s| self.limits.by_market.get(&(mix, s)).copied());
        let key = (mix, site.filter(|_| stated.is_some()));
        if let Some(row) = self.drawn.get(&key) {
            return *row;
        }
        let row = self.lp.row(0.0);
        self.drawn.insert(key, row);
        for link in self.graph.links_of(mix) {
            let from = self.goes_by(link.supplier);
            let made = self.process(from);
            let flow = match self.given(from) {
                None => made,
                Some(given) => {
                    let flow = self.lp.column(f64::INFINITY, 0.0);
                    self.lp.add(given, flow, 1.0);
                    flow
                }
            };
            self.lp.add(row, flow, -1.0);
            let supplier = self.graph.process(link.supplier);
            // By whichever way it comes, one limit holds all that a supplier gives a buyer.
            let limit = supplier.site.map(|s| (stated.unwrap_or(mix), s));
            if let Some((key, most)) = limit.and_then(|k| Some((k, *self.limits.most.get(&k)?))) {
                let most = most / self.scale(supplier.commodity);
                let lp = &mut self.lp;
                let row = *self.limited.entry(key).or_insert_with(|| lp.row(most));
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
        let made = self.process(process);
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
            if input.parts.iter().any(|p| self.ample[p.mix as usize]) {
                continue;
            }
            if let (Some(mix), true) = (
                self.only_source(actor, at, &input),
                input.essential && input.substitutable <= 0.0,
            ) {
                let row = self.mix(mix, graph.process(process).site);
                self.lp.add(row, made, per_made);
                continue;
            }
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

    /// The one mix that an input comes from, if there is no more.
    fn only_source(&self, actor: usize, need: usize, input: &InputView<'_>) -> Option<u32> {
        let known = !self.cast.actors[actor]
            .unknown
            .iter()
            .any(|u| u.need == need);
        match input.parts {
            [only] if known => Some(only.mix),
            _ => None,
        }
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
            let row = self.mix(part.mix, self.cast.actors[actor].site);
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
        if let Some(process) = self.process_of[actor] {
            let column = self.process(process);
            self.lp.add(row, column, factor);
        }
    }
}

/// More outlets than a process can have mixes: those of the product's own sites.
const PRODUCT: u32 = u32::MAX / 2;

/// How many mixes each process gives to.
fn outlets(graph: &SupplyGraph<'_>, goes_by: &[ProcessIx], limits: &LinkLimits) -> Vec<u32> {
    let mut outlets = vec![0_u32; graph.processes.len()];
    // Whom limits tell apart draw on the market as if each had a mix of their own.
    let alone = limits.by_market.keys().map(|(mix, _)| *mix);
    for mix in (0..graph.mixes.len() as u32).chain(alone) {
        for link in graph.links_of(mix) {
            outlets[goes_by[link.supplier.at()].at()] += 1;
        }
    }
    for (root, _) in &graph.roots {
        outlets[goes_by[root.at()].at()] += PRODUCT;
    }
    outlets
}
