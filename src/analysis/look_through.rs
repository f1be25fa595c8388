//! Look-through share: the part of a product's value that passes through a target anywhere upstream.
//!
//! `T(j) = sum over inputs c of w(c,j) * sum over suppliers i of s(i;j,c) * (1 if i is in the target, else T(i))`, the least
//! solution; `docs/methods.md`, Look-through share. The product's own sites are not counted.

use super::solve::{Operator, settle};
use super::target::Target;
use crate::graph::{Link, ProcessIx, SupplyGraph};

/// Which end of the interval that unknown supply leaves open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// No unknown supply comes from the target.
    Low,
    /// All unknown supply that can come from the target does.
    High,
}

/// Values of every element of a graph for one target.
#[derive(Clone, Debug)]
pub struct Flow {
    values: Vec<f64>,
}

pub(crate) struct Reach<'a> {
    pub(crate) graph: &'a SupplyGraph<'a>,
    pub(crate) target: &'a Target,
    /// For each list of excluded countries, whether supply that excludes only those may be the target.
    pub(crate) may: Vec<bool>,
}

impl<'a> Reach<'a> {
    pub(crate) fn new(graph: &'a SupplyGraph<'_>, target: &'a Target, bound: Bound) -> Self {
        let may = graph
            .lists
            .iter()
            .map(|l| bound == Bound::High && target.may_hide_outside(l))
            .collect();
        Self { graph, target, may }
    }

    /// Whether a supplier counts as the target when it is reached by a link.
    pub(crate) fn is_hit(&self, supplier: ProcessIx, not_in: u32) -> bool {
        self.target.holds(supplier)
            || (self.may[not_in as usize]
                && self.graph.processes[supplier.at()]
                    .place
                    .country()
                    .is_none())
    }

    /// The part of a mix that nobody is named for and that may be the target.
    pub(crate) fn hidden(&self, mix: u32) -> f64 {
        let mix = &self.graph.mixes[mix as usize];
        if self.may[mix.not_in as usize] {
            mix.unattributed
        } else {
            0.0
        }
    }
}

impl Operator for Reach<'_> {
    fn value(&self, element: u32, values: &[f64]) -> f64 {
        let graph = self.graph;
        if element >= graph.order.processes {
            let mix = element - graph.order.processes;
            let through = |link: &Link| {
                link.share
                    * if self.is_hit(link.supplier, link.not_in) {
                        1.0
                    } else {
                        values[link.supplier.at()]
                    }
            };
            return graph.links_of(mix).iter().map(through).sum::<f64>() + self.hidden(mix);
        }
        let mut total = 0.0;
        for input in graph.inputs_of(ProcessIx(element)) {
            let share: f64 = input
                .parts
                .iter()
                .map(|p| p.share * values[graph.order.of_mix(p.mix) as usize])
                .sum();
            total += input.weight * share;
        }
        total
    }

    fn along(&self, element: u32, _branch: usize, per_unit: &mut Vec<(u32, f64)>) -> f64 {
        let graph = self.graph;
        if element < graph.order.processes {
            for input in graph.inputs_of(ProcessIx(element)) {
                let part =
                    |p: &crate::graph::Part| (graph.order.of_mix(p.mix), input.weight * p.share);
                per_unit.extend(input.parts.iter().map(part));
            }
            return 0.0;
        }
        let mix = element - graph.order.processes;
        let mut met = self.hidden(mix);
        for link in graph.links_of(mix) {
            if self.is_hit(link.supplier, link.not_in) {
                met += link.share;
            } else {
                per_unit.push((link.supplier.0, link.share));
            }
        }
        met
    }
}

/// Computes the look-through share of every process.
#[must_use]
pub fn look_through(graph: &SupplyGraph<'_>, target: &Target, bound: Bound) -> Flow {
    let reach = Reach::new(graph, target, bound);
    let mut values = vec![0.0; graph.order.elements.len()];
    for component in &graph.order.components {
        settle(&graph.order, *component, &reach, &mut values);
    }
    Flow { values }
}

impl Flow {
    /// The share of one process, its own place left out; 0 to 1. Suppliers that add up to more than all, as rounding may,
    /// carry no more than all.
    #[must_use]
    pub fn of(&self, process: ProcessIx) -> f64 {
        self.values[process.at()].min(1.0)
    }

    /// The share of the product: the mean over its own sites by output.
    #[must_use]
    pub fn of_product(&self, graph: &SupplyGraph<'_>) -> f64 {
        graph
            .roots
            .iter()
            .fold(0.0, |sum, (p, part)| sum + part * self.of(*p))
    }

    /// The share of the product that passes through the target anywhere, its own sites included.
    #[must_use]
    pub fn touched(&self, graph: &SupplyGraph<'_>, target: &Target) -> f64 {
        graph
            .roots
            .iter()
            .map(|(p, part)| part * if target.holds(*p) { 1.0 } else { self.of(*p) })
            .fold(0.0, |sum, part| sum + part)
    }
}
