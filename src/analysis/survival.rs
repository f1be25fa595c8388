//! At risk in the short run: what part of the product is lost with some processes when nobody reroutes.
//!
//! `y(j) = own(j) * min(min over essential c of q(c), 1 - sum over non-essential c of w(c) (1 - q(c)))` with
//! `q(c) = u + sum of s(i) y(i)`, then `q + substitutable (1 - q)`; a by-product's y is capped by its host's times the
//! slack. The greatest fixed point; at risk is `1 - y(product)`. See `docs/methods.md`.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::look_through::{Bound, Reach};
use super::loop_levels::LoopLevels;
use super::solve::{Operator, settle};
use super::target::Target;
use crate::graph::{ProcessIx, SupplyGraph};

/// Branch of the minimum that the non-essential inputs together form.
const NON_ESSENTIAL: usize = usize::MAX - 1;
/// Branch of the tie to a host.
const TIE: usize = usize::MAX - 2;
/// Nothing limits the process.
const FREE: usize = usize::MAX;

/// Computes knock-outs one after another, redoing only what a loss touches.
#[derive(Clone, Debug)]
pub struct Survival<'g> {
    graph: &'g SupplyGraph<'g>,
    /// With nothing lost but what a scenario has stopped.
    base: Vec<f64>,
    values: Vec<f64>,
    lost: Vec<bool>,
    /// One bit a position in the order.
    dirty: Bits,
    touched: Vec<u32>,
    last: u32,
    wide: Arc<WideMixes>,
    taken_off: BTreeMap<u32, TakenOff>,
    loop_levels: LoopLevels,
    /// Whether what is behind a loop was taken from these, which hold for one loop changed alone.
    taken: bool,
}

/// A set of positions, quick to search where few of many are in it: a bit each, and one more for every word of these.
#[derive(Clone, Debug)]
struct Bits {
    words: Vec<u64>,
    filled: Vec<u64>,
}

impl Bits {
    fn new(size: usize) -> Self {
        let words = size.div_ceil(64);
        Self {
            words: vec![0; words],
            filled: vec![0; words.div_ceil(64)],
        }
    }

    fn set(&mut self, at: u32) {
        let word = at as usize / 64;
        self.words[word] |= 1 << (at % 64);
        self.filled[word / 64] |= 1 << (word % 64);
    }

    /// The first position from `from` on.
    fn next(&self, from: u32) -> Option<u32> {
        let first = from as usize / 64;
        let word = *self.words.get(first)? & (u64::MAX << (from % 64));
        if word != 0 {
            return Some(first as u32 * 64 + word.trailing_zeros());
        }
        let at = self.next_filled(first + 1)?;
        Some(at as u32 * 64 + self.words[at].trailing_zeros())
    }

    /// The first word from one on that is not empty.
    fn next_filled(&self, from: usize) -> Option<usize> {
        let mut at = from / 64;
        let mut filled = *self.filled.get(at)? & (u64::MAX << (from % 64));
        while filled == 0 {
            at += 1;
            filled = *self.filled.get(at)?;
        }
        Some(at * 64 + filled.trailing_zeros() as usize)
    }

    /// Clears all from the word of a position on.
    fn clear_from(&mut self, from: u32) {
        let mut at = from as usize / 64;
        while let Some(word) = self.next_filled(at) {
            self.words[word] = 0;
            self.filled[word / 64] &= !(1 << (word % 64));
            at = word + 1;
        }
    }
}

/// Mixes of so many suppliers that what one more loss changes is taken off instead of adding up the rest.
#[derive(Debug, Default)]
struct WideMixes {
    /// Where the mixes that a process gives to start in `gives_to`.
    start: Vec<u32>,
    gives_to: Vec<(u32, f64)>,
}

impl WideMixes {
    fn new(graph: &SupplyGraph<'_>) -> Self {
        const WIDE: usize = 256;
        let order = &graph.order;
        let mut wide = Self {
            start: vec![0; graph.processes.len() + 1],
            gives_to: Vec::new(),
        };
        let mut links: Vec<(u32, u32, f64)> = Vec::new();
        for mix in 0..graph.mixes.len() as u32 {
            let element = order.of_mix(mix);
            let in_loop = order.components[order.component_of[element as usize] as usize].is_loop;
            let of_mix = graph.links_of(mix);
            if of_mix.len() > WIDE && !in_loop {
                links.extend(of_mix.iter().map(|l| (l.supplier.0, element, l.share)));
            }
        }
        links.sort_by_key(|(supplier, element, _)| (*supplier, *element));
        for (supplier, element, share) in links {
            wide.start[supplier as usize + 1] += 1;
            wide.gives_to.push((element, share));
        }
        for at in 0..graph.processes.len() {
            wide.start[at + 1] += wide.start[at];
        }
        wide
    }

    /// The wide mixes that an element gives to, with its shares.
    fn of(&self, element: u32) -> &[(u32, f64)] {
        let at = element as usize;
        match (self.start.get(at), self.start.get(at + 1)) {
            (Some(from), Some(to)) => &self.gives_to[*from as usize..*to as usize],
            _ => &[],
        }
    }
}

/// What a loss takes off a wide mix.
#[derive(Clone, Copy, Debug, Default)]
struct TakenOff {
    amount: f64,
    suppliers: usize,
}

struct Losses<'a> {
    graph: &'a SupplyGraph<'a>,
    lost: &'a [bool],
    /// For the high bound: unknown supply that may be the target is lost too.
    reach: Option<&'a Reach<'a>>,
}

impl Losses<'_> {
    /// What is left of an input, what can be done without included.
    fn kept(&self, process: ProcessIx, at: usize, values: &[f64]) -> f64 {
        let range = &self.graph.processes[process.at()].inputs;
        let input = &self.graph.inputs[range.start as usize + at];
        let parts = &self.graph.parts[input.parts.start as usize..input.parts.end as usize];
        let left: f64 = parts
            .iter()
            .map(|p| p.share * values[self.graph.order.of_mix(p.mix) as usize])
            .sum();
        left + input.substitutable * (1.0 - left)
    }

    fn mix(&self, mix: u32, values: &[f64]) -> f64 {
        let at = &self.graph.mixes[mix as usize];
        let mut left = at.unattributed;
        if let Some(reach) = self.reach {
            left -= reach.hidden(mix);
        }
        for link in self.graph.links_of(mix) {
            if self.counts(link) {
                left += link.share * values[link.supplier.at()];
            }
        }
        left
    }

    /// Whether a link is none of unknown supply that is lost.
    fn counts(&self, link: &crate::graph::Link) -> bool {
        self.reach
            .is_none_or(|r| !r.is_hit(link.supplier, link.not_in))
    }

    /// The least of all branches and which it is.
    fn least(&self, process: ProcessIx, values: &[f64]) -> (f64, usize) {
        let (mut least, mut branch) = (1.0, FREE);
        let mut together = 1.0;
        let mut any = false;
        for (at, input) in self.graph.inputs_of(process).enumerate() {
            let kept = self.kept(process, at, values);
            if !input.essential {
                any = true;
                together -= input.weight * (1.0 - kept);
            } else if kept < least {
                (least, branch) = (kept, at);
            }
        }
        if any && together < least {
            (least, branch) = (together, NON_ESSENTIAL);
        }
        if let Some(tie) = self.graph.processes[process.at()].tie {
            let host = tie.slack * values[self.graph.order.of_mix(tie.mix) as usize];
            if host < least {
                (least, branch) = (host, TIE);
            }
        }
        (least.max(0.0), branch)
    }
}

impl Operator for Losses<'_> {
    const IS_LEAST: bool = true;

    fn value(&self, element: u32, values: &[f64]) -> f64 {
        if element >= self.graph.order.processes {
            return self.mix(element - self.graph.order.processes, values);
        }
        if self.lost[element as usize] {
            0.0
        } else {
            self.least(ProcessIx(element), values).0
        }
    }

    fn branch(&self, element: u32, values: &[f64]) -> usize {
        if element >= self.graph.order.processes || self.lost[element as usize] {
            return FREE;
        }
        self.least(ProcessIx(element), values).1
    }

    fn choices(&self, element: u32, into: &mut Vec<usize>) {
        if element >= self.graph.order.processes || self.lost[element as usize] {
            into.push(FREE);
            return;
        }
        let process = ProcessIx(element);
        let mut any = false;
        for (at, input) in self.graph.inputs_of(process).enumerate() {
            if input.essential {
                into.push(at);
            } else {
                any = true;
            }
        }
        into.extend(any.then_some(NON_ESSENTIAL));
        let tie = self.graph.processes[process.at()].tie;
        into.extend(tie.map(|_| TIE));
    }

    fn along(&self, element: u32, branch: usize, per_unit: &mut Vec<(u32, f64)>) -> f64 {
        let graph = self.graph;
        if element >= graph.order.processes {
            let mix = element - graph.order.processes;
            let links = graph.links_of(mix).iter().filter(|l| self.counts(l));
            per_unit.extend(links.map(|l| (l.supplier.0, l.share)));
            return graph.mixes[mix as usize].unattributed
                - self.reach.map_or(0.0, |r| r.hidden(mix));
        }
        if self.lost[element as usize] {
            return 0.0;
        }
        let process = ProcessIx(element);
        // What is left of an input, times a factor: what can be done without, and the rest by part.
        let mut input = |input: &crate::graph::InputView<'_>, factor: f64| {
            let firm = factor * (1.0 - input.substitutable);
            let part = |p: &crate::graph::Part| (graph.order.of_mix(p.mix), firm * p.share);
            per_unit.extend(input.parts.iter().map(part));
            factor * input.substitutable
        };
        match branch {
            FREE => 1.0,
            TIE => {
                let tie = graph.processes[process.at()].tie;
                per_unit.extend(tie.map(|t| (graph.order.of_mix(t.mix), t.slack)));
                f64::from(u8::from(tie.is_none()))
            }
            NON_ESSENTIAL => {
                let inputs = graph.inputs_of(process).filter(|i| !i.essential);
                inputs.fold(1.0, |sum, i| sum - i.weight + input(&i, i.weight))
            }
            at => {
                let only = graph.inputs_of(process).nth(at);
                only.map_or(1.0, |i| input(&i, 1.0))
            }
        }
    }
}

fn evaluate(graph: &SupplyGraph<'_>, lost: &[bool], reach: Option<&Reach<'_>>) -> Vec<f64> {
    let losses = Losses { graph, lost, reach };
    let mut values = vec![1.0; graph.order.elements.len()];
    for component in &graph.order.components {
        settle(&graph.order, *component, &losses, &mut values);
    }
    values
}

fn product(graph: &SupplyGraph<'_>, values: &[f64]) -> f64 {
    graph
        .roots
        .iter()
        .map(|(p, part)| part * values[p.at()])
        .sum()
}

/// What is left of a wide mix, if so few of its suppliers have changed that it is sooner worked out by what they take off.
fn left_of(
    graph: &SupplyGraph<'_>,
    element: u32,
    taken_off: &BTreeMap<u32, TakenOff>,
    values: &[f64],
) -> Option<f64> {
    const FEW: usize = 8;
    let off = taken_off.get(&element)?;
    let links = graph.links_of(element - graph.order.processes).len();
    (off.suppliers * FEW <= links).then(|| (values[element as usize] - off.amount).max(0.0))
}

impl<'g> Survival<'g> {
    /// Prepares a graph.
    #[must_use]
    pub fn new(graph: &'g SupplyGraph<'g>) -> Self {
        let lost = vec![false; graph.processes.len()];
        let base = evaluate(graph, &lost, None);
        // Where the product itself stands in a loop, the elements that close the loop come after it in the order.
        let order = &graph.order;
        let last = graph
            .roots
            .iter()
            .map(|(p, _)| order.components[order.component_of[p.at()] as usize].end - 1)
            .max()
            .unwrap_or(0);
        Self {
            graph,
            values: base.clone(),
            base,
            lost,
            dirty: Bits::new(graph.order.elements.len()),
            touched: Vec::new(),
            last,
            wide: Arc::new(WideMixes::new(graph)),
            taken_off: BTreeMap::new(),
            loop_levels: LoopLevels::default(),
            taken: false,
        }
    }

    /// The part of the product that cannot be made although nothing more is lost: outages and bans of a scenario.
    #[must_use]
    pub fn unmet(&self) -> f64 {
        // Shares that sum to 1 but for the last bit leave no demand unmet.
        const NOISE: f64 = 1e-12;
        let unmet = 1.0 - product(self.graph, &self.base);
        if unmet > NOISE { unmet } else { 0.0 }
    }

    /// The part of the product lost with these processes, 0 to 1; what a scenario has stopped is counted.
    pub fn at_risk(&mut self, lost: &[ProcessIx]) -> f64 {
        self.knock_out(lost);
        let more = product(self.graph, &self.base) - product(self.graph, &self.values);
        self.restore(lost);
        (self.unmet() + more).clamp(0.0, 1.0)
    }

    /// What every process keeps when these are lost.
    pub fn kept(&mut self, lost: &[ProcessIx]) -> Vec<f64> {
        self.knock_out(lost);
        let kept = self.values[..self.graph.processes.len()].to_vec();
        self.restore(lost);
        kept
    }

    fn knock_out(&mut self, lost: &[ProcessIx]) {
        let order = &self.graph.order;
        let mut first = u32::MAX;
        for process in lost {
            self.lost[process.at()] = true;
            let position = order.position[process.at()];
            self.dirty.set(position);
            first = first.min(position);
        }
        self.spread(first);
        // Marks beyond the product, or in front of it within its loop, are of no use.
        self.dirty.clear_from(first);
    }

    /// Redoes all that is marked from a position on.
    fn spread(&mut self, mut from: u32) {
        let order = &self.graph.order;
        while let Some(position) = self.dirty.next(from).filter(|p| *p <= self.last) {
            let component = order.components
                [order.component_of[order.elements[position as usize] as usize] as usize];
            self.redo(component);
            from = component.end;
        }
    }

    fn redo(&mut self, component: crate::graph::Component) {
        let order = &self.graph.order;
        let members = order.members(component);
        let losses = Losses {
            graph: self.graph,
            lost: &self.lost,
            reach: None,
        };
        let values = &mut self.values;
        // Most components are single elements, which need no list of what was before.
        let (one, several);
        let before: &[f64] = if let [only] = members {
            one = [values[*only as usize]];
            &one
        } else {
            several = members
                .iter()
                .map(|e| values[*e as usize])
                .collect::<Vec<_>>();
            &several
        };
        match members {
            [only] if !self.taken_off.is_empty() => {
                match left_of(self.graph, *only, &self.taken_off, values) {
                    Some(left) => values[*only as usize] = left,
                    None => settle(order, component, &losses, values),
                }
            }
            _ => settle(order, component, &losses, values),
        }
        if component.is_loop && self.take_behind(component, before) {
            return;
        }
        self.pass_on(component, before);
    }

    /// Marks the users of what has changed in a component.
    fn pass_on(&mut self, component: crate::graph::Component, before: &[f64]) {
        let order = &self.graph.order;
        let values = &self.values;
        for (element, old) in order.members(component).iter().zip(before) {
            if values[*element as usize].to_bits() != old.to_bits() {
                self.touched.push(*element);
                for (mix, share) in self.wide.of(*element) {
                    let off = self.taken_off.entry(*mix).or_default();
                    off.amount += share * (old - values[*element as usize]);
                    off.suppliers += 1;
                }
                for user in order.users_of(*element) {
                    let at = order.position[*user as usize];
                    if at >= component.end {
                        self.dirty.set(at);
                    }
                }
            }
        }
    }

    /// Where a loop has come to one level throughout, and nothing else behind it is changed yet but by losses still to be worked
    /// in, takes what is behind it from what is kept.
    fn take_behind(&mut self, component: crate::graph::Component, before: &[f64]) -> bool {
        let members = self.graph.order.members(component);
        let level = self.values[members[0] as usize];
        let same = |e: &u32| self.values[*e as usize].to_bits() == level.to_bits();
        let changed = before.iter().any(|old| old.to_bits() != level.to_bits());
        if self.taken || members.len() < 2 || !changed || !members.iter().all(same) {
            return false;
        }
        let (graph, base, wide, last) = (self.graph, &self.base, &self.wide, self.last);
        let work_out = || {
            let mut alone = Self {
                graph,
                base: Vec::new(),
                values: base.clone(),
                lost: vec![false; graph.processes.len()],
                dirty: Bits::new(graph.order.elements.len()),
                touched: Vec::new(),
                last,
                wide: Arc::clone(wide),
                taken_off: BTreeMap::new(),
                loop_levels: LoopLevels::default(),
                taken: true,
            };
            alone.behind(component, level)
        };
        let key = (component.start, level.to_bits());
        let Some(behind) = self.loop_levels.behind(key, work_out) else {
            return false;
        };
        self.taken = true;
        self.touched.extend(members);
        for (element, value) in behind.iter() {
            self.values[*element as usize] = *value;
            self.touched.push(*element);
        }
        true
    }

    /// What changes behind a loop that alone goes to a level.
    fn behind(&mut self, component: crate::graph::Component, level: f64) -> Vec<(u32, f64)> {
        let members = self.graph.order.members(component);
        let mut before = Vec::with_capacity(members.len());
        for element in members {
            let value = &mut self.values[*element as usize];
            before.push(std::mem::replace(value, level));
        }
        self.pass_on(component, &before);
        self.touched.clear();
        self.spread(component.end);
        let values = &self.values;
        let changed = self.touched.iter();
        changed.map(|e| (*e, values[*e as usize])).collect()
    }

    fn restore(&mut self, lost: &[ProcessIx]) {
        self.taken_off.clear();
        self.taken = false;
        for process in lost {
            self.lost[process.at()] = false;
        }
        for element in self.touched.drain(..) {
            self.values[element as usize] = self.base[element as usize];
        }
    }

    /// At risk to a country or group when all unknown supply that can be its own is.
    #[must_use]
    pub fn at_risk_high(&self, target: &Target) -> f64 {
        let reach = Reach::new(self.graph, target, Bound::High);
        let lost: Vec<bool> = self.graph.indexed().map(|(p, _)| target.holds(p)).collect();
        let values = evaluate(self.graph, &lost, Some(&reach));
        let kept: f64 = self
            .graph
            .roots
            .iter()
            .map(|(p, part)| {
                if reach.is_hit(*p, self.graph.root_list(*p)) {
                    0.0
                } else {
                    part * values[p.at()]
                }
            })
            .sum();
        (1.0 - kept).clamp(0.0, 1.0)
    }

    /// At risk with the recursion cut after 0, 1, 2, ... steps from the product, whatever lies deeper taken as safe.
    #[must_use]
    pub fn at_risk_to(&self, target: &Target, depth: usize) -> Vec<f64> {
        let graph = self.graph;
        let lost: Vec<bool> = graph.indexed().map(|(p, _)| target.holds(p)).collect();
        let losses = Losses {
            graph,
            lost: &lost,
            reach: None,
        };
        let processes = graph.processes.len();
        let mut values = vec![1.0; graph.order.elements.len()];
        for (at, lost) in lost.iter().enumerate() {
            values[at] = if *lost { 0.0 } else { 1.0 };
        }
        let mut curve = vec![(1.0 - product(graph, &values)).clamp(0.0, 1.0)];
        for _ in 0..depth {
            for mix in 0..graph.mixes.len() as u32 {
                values[processes + mix as usize] = losses.mix(mix, &values);
            }
            let next: Vec<f64> = (0..processes as u32)
                .map(|p| losses.value(p, &values))
                .collect();
            values[..processes].copy_from_slice(&next);
            curve.push((1.0 - product(graph, &values)).clamp(0.0, 1.0));
        }
        curve
    }
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;
    use proptest::prelude::*;

    use super::super::test_network::{Sketch, random, random_amounts};
    use super::*;
    use crate::graph::Roots;
    use crate::model::Network;

    fn graph(network: &Network) -> SupplyGraph<'_> {
        let product = network
            .find_commodity("thing")
            .or(network.find_commodity("c0"));
        SupplyGraph::new(network, &Roots::product(product.unwrap()))
    }

    fn of_site(graph: &SupplyGraph<'_>, id: &str) -> f64 {
        let lost: Vec<ProcessIx> = graph
            .indexed()
            .map(|(p, _)| p)
            .filter(|p| graph.id(*p) == id)
            .collect();
        assert!(!lost.is_empty());
        Survival::new(graph).at_risk(&lost)
    }

    /// A ring of a hundred goods, each made from the next at two sites, and one site for the first that needs nothing.
    fn ring(outside: f64, lost: f64) -> Network {
        const GOODS: usize = 100;
        let id = |at: usize| format!("m{:03}", at % GOODS);
        let ids: Vec<String> = (0..GOODS).map(id).chain(["thing".to_owned()]).collect();
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        let mut sketch = Sketch::new(&ids).needs("thing", &["m000"]);
        for at in 0..GOODS {
            sketch = sketch.needs(&id(at), &[&id(at + 1)]);
            for end in ["a", "b"] {
                sketch = sketch.site(&format!("{}{end}", id(at)), &id(at), "CHN", 0.0);
            }
        }
        sketch = sketch
            .site("start", "m000", "USA", 0.0)
            .site("works", "thing", "CHN", 0.0)
            .supply("start", "m001", &[])
            .supply("works", "m000", &[("m000a", 1.0)]);
        for end in ["a", "b"] {
            let from = [
                ("m000a", 1.0 - outside - lost),
                ("m000b", lost),
                ("start", outside),
            ];
            sketch = sketch.supply(&format!("m{:03}{end}", GOODS - 1), "m000", &from);
        }
        sketch.network()
    }

    #[test]
    fn a_loss_within_a_ring_grows_to_all() {
        let network = ring(0.0, 0.25);
        assert_relative_eq!(of_site(&graph(&network), "m000b"), 1.0);
        assert_relative_eq!(of_site(&graph(&network), "m050a"), 1.0);
    }

    #[test]
    fn a_ring_that_settles_slowly_is_solved() {
        // y = 0.001 + 0.998 y: a half.
        let network = ring(0.001, 0.001);
        assert_relative_eq!(of_site(&graph(&network), "m000b"), 0.5, epsilon = 1e-11);
        // y = (0.001 + 0.999 y) / 2 within the ring, and the product takes it from there.
        let inside = 0.0005 / (1.0 - 0.4995);
        assert_relative_eq!(
            of_site(&graph(&network), "m050a"),
            1.0 - inside,
            epsilon = 1e-11
        );
    }

    #[test]
    fn one_of_many_suppliers() {
        const SITES: usize = 300;
        let mut sketch = Sketch::new(&["ore", "thing"]).needs("thing", &["ore"]);
        for at in 0..SITES {
            sketch = sketch.site(&format!("mine-{at:03}"), "ore", "CHN", 0.0);
        }
        let network = sketch.site("works", "thing", "JPN", 0.0).network();
        let graph = graph(&network);
        assert_relative_eq!(of_site(&graph, "mine-123"), 1.0 / 300.0, epsilon = 1e-12);
        let mines: Vec<ProcessIx> = graph
            .indexed()
            .map(|(p, _)| p)
            .filter(|p| graph.is_terminal(*p))
            .collect();
        let mut survival = Survival::new(&graph);
        for (lost, expected) in [(20, 20.0 / 300.0), (1, 1.0 / 300.0), (299, 299.0 / 300.0)] {
            assert_relative_eq!(survival.at_risk(&mines[..lost]), expected, epsilon = 1e-12);
        }
        assert_relative_eq!(survival.at_risk(&mines), 1.0, epsilon = 1e-12);
        assert!(survival.at_risk(&[]).abs() < 1e-15);
    }

    #[test]
    fn a_loop_pulled_down_to_one_level_again_and_again() {
        let mut sketch = Sketch::new(&["ore", "salt", "thing", "x", "y"])
            .needs("x", &["y", "salt"])
            .needs("y", &["x"])
            .needs("thing", &["x", "ore"]);
        for id in ["salt-a", "salt-b", "ore-a", "ore-b", "ore-c", "ore-d"] {
            sketch = sketch.site(id, id.split('-').next().unwrap(), "CHN", 0.0);
        }
        for (id, good) in [("xa", "x"), ("xb", "x"), ("ya", "y"), ("yb", "y")] {
            sketch = sketch.site(id, good, "CHN", 0.0);
        }
        let network = sketch.site("works", "thing", "CHN", 0.0).network();
        let graph = graph(&network);
        let mut survival = Survival::new(&graph);
        let mut at_risk = |ids: &[&str]| {
            let lost: Vec<ProcessIx> = graph
                .indexed()
                .map(|(p, _)| p)
                .filter(|p| ids.iter().any(|id| *id == graph.id(*p)))
                .collect();
            survival.at_risk(&lost)
        };
        for _ in 0..3 {
            assert_relative_eq!(at_risk(&["salt-a"]), 0.5, epsilon = 1e-12);
            let with_ore = at_risk(&["salt-a", "ore-a", "ore-b", "ore-c"]);
            assert_relative_eq!(with_ore, 0.75, epsilon = 1e-12);
            assert_relative_eq!(at_risk(&["ore-a"]), 0.25, epsilon = 1e-12);
            assert_relative_eq!(at_risk(&["salt-b", "ore-a"]), 0.5, epsilon = 1e-12);
            assert_relative_eq!(at_risk(&["salt-a", "works"]), 1.0, epsilon = 1e-12);
            assert_relative_eq!(at_risk(&["salt-a", "xb"]), 1.0, epsilon = 1e-12);
            assert_relative_eq!(at_risk(&["yb"]), 1.0, epsilon = 1e-12);
            assert!(at_risk(&[]).abs() < 1e-15);
        }
    }

    /// Sweeps from above until nothing changes, or for very long.
    fn by_sweeps(graph: &SupplyGraph<'_>, lost: &[bool]) -> f64 {
        let losses = Losses {
            graph,
            lost,
            reach: None,
        };
        let mut values = vec![1.0; graph.order.elements.len()];
        for _ in 0..200_000 {
            let mut change = 0.0_f64;
            for element in &graph.order.elements {
                let new = losses.value(*element, &values);
                change = change.max((new - values[*element as usize]).abs());
                values[*element as usize] = new;
            }
            if change <= 0.0 {
                break;
            }
        }
        product(graph, &values)
    }

    fn check(network: &Network, pick: usize) -> Result<(), TestCaseError> {
        let graph = graph(network);
        let processes = graph.processes().len();
        let mut survival = Survival::new(&graph);
        for mask in [1, 5, 9, pick] {
            let lost: Vec<bool> = (0..processes)
                .map(|at| mask >> (at % 12) & 1 == 1)
                .collect();
            let members: Vec<ProcessIx> = (0..processes as u32)
                .map(ProcessIx)
                .filter(|p| lost[p.at()])
                .collect();
            let kept = by_sweeps(&graph, &lost);
            let found = survival.at_risk(&members);
            prop_assert!((found - (1.0 - kept)).abs() < 1e-9, "{found} {kept}");
        }
        // What is kept from earlier losses changes nothing.
        for at in (0..processes as u32).cycle().take(3 * processes) {
            let lost = [ProcessIx(at), ProcessIx(pick as u32 % processes as u32)];
            let afresh = Survival::new(&graph).at_risk(&lost);
            let found = survival.at_risk(&lost);
            prop_assert!((found - afresh).abs() < 1e-12, "{found} {afresh}");
        }
        Ok(())
    }

    proptest! {
        #[test]
        fn losses_agree_with_sweeps(network in random(true), pick in 0..4096_usize) {
            check(&network, pick)?;
        }

        #[test]
        fn losses_agree_with_sweeps_whatever_the_amounts(network in random_amounts(), pick in 0..4096_usize) {
            check(&network, pick)?;
        }
    }
}
