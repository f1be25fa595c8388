//! At risk in the short run: what part of the product is lost with some processes when nobody reroutes.
//!
//! `y(j) = own(j) * min(min over essential c of q(c), 1 - sum over non-essential c of w(c) (1 - q(c)))` with
//! `q(c) = u + sum of s(i) y(i)`, then `q + substitutable (1 - q)`; a by-product's y is capped by its host's times the
//! slack. The greatest fixed point; at risk is `1 - y(product)`. See `docs/methods.md`.

use super::look_through::{Bound, Reach};
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
}

/// A set of positions, quick to search where few of many are in it.
#[derive(Clone, Debug)]
struct Bits {
    words: Vec<u64>,
}

impl Bits {
    fn new(size: usize) -> Self {
        Self {
            words: vec![0; size.div_ceil(64)],
        }
    }

    fn set(&mut self, at: u32) {
        self.words[at as usize / 64] |= 1 << (at % 64);
    }

    /// The first position from `from` on.
    fn next(&self, from: u32) -> Option<u32> {
        let first = from as usize / 64;
        let mut word = *self.words.get(first)? & (u64::MAX << (from % 64));
        let mut at = first;
        while word == 0 {
            at += 1;
            word = *self.words.get(at)?;
        }
        Some(at as u32 * 64 + word.trailing_zeros())
    }

    fn clear_from(&mut self, from: u32) {
        if let Some(words) = self.words.get_mut(from as usize / 64..) {
            words.fill(0);
        }
    }
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
            if self
                .reach
                .is_none_or(|r| !r.is_hit(link.supplier, link.not_in))
            {
                left += link.share * values[link.supplier.at()];
            }
        }
        left
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

    fn value_along(&self, element: u32, branch: usize, values: &[f64]) -> f64 {
        if element >= self.graph.order.processes {
            return self.mix(element - self.graph.order.processes, values);
        }
        if self.lost[element as usize] {
            return 0.0;
        }
        let process = ProcessIx(element);
        match branch {
            FREE => 1.0,
            TIE => self.graph.processes[process.at()].tie.map_or(1.0, |t| {
                t.slack * values[self.graph.order.of_mix(t.mix) as usize]
            }),
            NON_ESSENTIAL => {
                let inputs = self
                    .graph
                    .inputs_of(process)
                    .enumerate()
                    .filter(|(_, i)| !i.essential);
                1.0 - inputs
                    .map(|(at, i)| i.weight * (1.0 - self.kept(process, at, values)))
                    .sum::<f64>()
            }
            at => self.kept(process, at, values),
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
        let mut from = first;
        while let Some(position) = self.dirty.next(from).filter(|p| *p <= self.last) {
            let component = order.components
                [order.component_of[order.elements[position as usize] as usize] as usize];
            self.redo(component);
            from = component.end;
        }
        // Marks beyond the product, or in front of it within its loop, are of no use.
        self.dirty.clear_from(first);
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
        settle(order, component, &losses, values);
        for (element, old) in members.iter().zip(before) {
            if values[*element as usize].to_bits() != old.to_bits() {
                self.touched.push(*element);
                for user in order.users_of(*element) {
                    let at = order.position[*user as usize];
                    if at >= component.end {
                        self.dirty.set(at);
                    }
                }
            }
        }
    }

    fn restore(&mut self, lost: &[ProcessIx]) {
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
