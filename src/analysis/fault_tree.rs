//! The AND/OR graph read as a fault tree: from which losses does it follow that the product stops?
//!
//! A process fails if its own item is lost, if its host fails, if an input fails that is essential and cannot be done
//! without, or if all inputs fail that are not essential and all of the value hangs on these. An input fails if all of its
//! parts do, a mix if all of its suppliers do and nothing in it is unattributed, and the product if all of its own sites
//! do. The rule of [`Alive`](super::Alive), turned round and left open in what the values are: families of cut sets, or
//! decision diagrams. Loops are iterated to a fixed point.

use std::collections::VecDeque;

use super::chokepoints::{ChokepointKind, ChokepointQuery};
use super::items::items;
use super::single_point::NEGLIGIBLE;
use super::tiers::walk;
use crate::graph::{ProcessIx, SupplyGraph};

/// What values are, and how they combine. All operations must be monotone.
pub(super) trait Algebra {
    /// A condition on the losses.
    type Value: Clone + PartialEq;
    /// Why a value cannot be worked out.
    type Error;

    /// The condition that never holds.
    fn never(&self) -> Self::Value;

    /// The condition that always holds.
    fn always(&self) -> Self::Value;

    /// The loss of an item, or all of the values of any one term.
    fn combine(
        &mut self,
        element: u32,
        own: Option<u32>,
        terms: &[Vec<Self::Value>],
    ) -> Result<Self::Value, Self::Error>;

    /// What an element in a loop that feeds itself takes on in place of an older value.
    fn grown(&mut self, _old: &Self::Value, new: Self::Value) -> Self::Value {
        new
    }
}

/// How loops are taken to behave when nothing outside them decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Loops<'a> {
    /// They feed themselves: the greatest fixed point of "works".
    Alive,
    /// Those in doubt, by component of the order, cannot start: for these the least.
    Doubtful(&'a [bool]),
}

/// A graph with the items that may be lost.
#[derive(Clone, Debug)]
pub(super) struct FaultTree<'g> {
    pub(super) graph: &'g SupplyGraph<'g>,
    /// Ids of the items, sorted.
    pub(super) ids: Vec<String>,
    /// The processes lost with each item.
    pub(super) members: Vec<Vec<ProcessIx>>,
    item_of: Vec<Option<u32>>,
}

impl<'g> FaultTree<'g> {
    /// Takes all items of one kind: those of the chokepoint table, and the product's own sites if asked for.
    pub(super) fn new(
        graph: &'g SupplyGraph<'g>,
        kind: ChokepointKind,
        all: bool,
        with_assembly: bool,
    ) -> Self {
        let query = ChokepointQuery {
            kinds: vec![kind],
            all,
            ..ChokepointQuery::default()
        };
        let mut tree = Self {
            graph,
            ids: Vec::new(),
            members: Vec::new(),
            item_of: vec![None; graph.processes().len()],
        };
        for item in items(graph, &query, with_assembly, &walk(graph)) {
            for member in &item.members {
                tree.item_of[member.at()] = Some(tree.ids.len() as u32);
            }
            tree.ids.push(item.id);
            tree.members.push(item.members);
        }
        tree
    }

    /// The terms of an element: it fails if all of any term fail.
    fn terms(&self, element: u32) -> Vec<Vec<u32>> {
        let graph = self.graph;
        let order = &graph.order;
        if element >= order.processes {
            let mix = element - order.processes;
            if graph.mixes[mix as usize].unattributed > NEGLIGIBLE {
                return Vec::new();
            }
            let suppliers = graph.links_of(mix).iter().filter(|l| l.share > 0.0);
            return vec![sorted(suppliers.map(|l| l.supplier.0))];
        }
        let process = ProcessIx(element);
        let tie = graph.process(process).tie;
        let mut terms: Vec<Vec<u32>> = tie.iter().map(|tie| vec![order.of_mix(tie.mix)]).collect();
        let (mut weight, mut optional) = (0.0, Vec::new());
        for input in graph.inputs_of(process) {
            let parts = input.parts.iter().filter(|p| p.share > 0.0);
            let mixes = parts.map(|p| order.of_mix(p.mix));
            let needed = 1.0 - input.substitutable;
            if input.essential && input.substitutable <= 0.0 {
                terms.push(sorted(mixes));
            } else if !input.essential && input.weight * needed > NEGLIGIBLE {
                weight += input.weight * needed;
                optional.extend(mixes);
            }
        }
        // Together they are essential if all of the value hangs on them.
        if weight >= 1.0 - NEGLIGIBLE {
            terms.push(sorted(optional.into_iter()));
        }
        terms.retain(|term| !term.is_empty());
        terms
    }

    fn root_term(&self) -> Vec<u32> {
        let roots = self.graph.roots.iter().filter(|(_, part)| *part > 0.0);
        sorted(roots.map(|(process, _)| process.0))
    }

    /// The item that a process is lost with.
    pub(super) fn item(&self, process: ProcessIx) -> Option<u32> {
        self.item_of[process.at()]
    }

    /// The processes lost with some items.
    pub(super) fn lost(&self, items: &[u32]) -> Vec<ProcessIx> {
        let members = items.iter().flat_map(|i| &self.members[*i as usize]);
        members.copied().collect()
    }

    /// Items in the order in which a walk from the product first meets them.
    pub(super) fn depth_first(&self) -> Vec<u32> {
        let mut seen = vec![false; self.graph.order.elements.len()];
        let mut taken = vec![false; self.ids.len()];
        let mut found = Vec::new();
        let mut stack = self.root_term();
        stack.reverse();
        while let Some(element) = stack.pop() {
            if std::mem::replace(&mut seen[element as usize], true) {
                continue;
            }
            let item = self.item_of.get(element as usize).copied().flatten();
            if let Some(item) = item
                && !std::mem::replace(&mut taken[item as usize], true)
            {
                found.push(item);
            }
            let below: Vec<u32> = self.terms(element).into_iter().flatten().collect();
            stack.extend(below.into_iter().rev());
        }
        found
    }

    /// The condition under which the product stops.
    pub(super) fn solve<A: Algebra>(
        &self,
        algebra: &mut A,
        loops: Loops<'_>,
    ) -> Result<A::Value, A::Error> {
        let order = &self.graph.order;
        let count = order.elements.len();
        let terms: Vec<Vec<Vec<u32>>> = (0..count as u32).map(|e| self.terms(e)).collect();
        // Values are dropped after their last use, so that memory is that of the widest front.
        let mut uses = vec![0_u32; count];
        let mut stack = self.root_term();
        for root in &stack {
            uses[*root as usize] += 1;
        }
        while let Some(element) = stack.pop() {
            for below in terms[element as usize].iter().flatten() {
                if uses[*below as usize] == 0 {
                    stack.push(*below);
                }
                uses[*below as usize] += 1;
            }
        }
        let mut values: Vec<A::Value> = vec![algebra.never(); count];
        for (at, component) in order.components.iter().enumerate() {
            let mut members = order.members(*component).to_vec();
            members.retain(|e| uses[*e as usize] > 0);
            members.sort_unstable();
            if component.is_loop {
                let doubtful = matches!(loops, Loops::Doubtful(doubtful) if doubtful[at]);
                self.settle(&members, &terms, algebra, doubtful, &mut values)?;
            } else if let Some(element) = members.first() {
                values[*element as usize] = self.value(*element, &terms, algebra, &values)?;
            }
            for below in members
                .iter()
                .flat_map(|e| terms[*e as usize].iter().flatten())
            {
                uses[*below as usize] -= 1;
                if uses[*below as usize] == 0 {
                    values[*below as usize] = algebra.never();
                }
            }
        }
        let top = gather(&[self.root_term()], &values);
        algebra.combine(count as u32, None, &top)
    }

    fn value<A: Algebra>(
        &self,
        element: u32,
        terms: &[Vec<Vec<u32>>],
        algebra: &mut A,
        values: &[A::Value],
    ) -> Result<A::Value, A::Error> {
        let own = self.item_of.get(element as usize).copied().flatten();
        algebra.combine(element, own, &gather(&terms[element as usize], values))
    }

    /// Repeats the elements of a loop until none changes.
    fn settle<A: Algebra>(
        &self,
        members: &[u32],
        terms: &[Vec<Vec<u32>>],
        algebra: &mut A,
        doubtful: bool,
        values: &mut [A::Value],
    ) -> Result<(), A::Error> {
        for element in members {
            values[*element as usize] = if doubtful {
                algebra.always()
            } else {
                algebra.never()
            };
        }
        let mut queue: VecDeque<u32> = members.iter().copied().collect();
        let mut queued = vec![true; members.len()];
        while let Some(element) = queue.pop_front() {
            // Members are in order of their numbers.
            if let Ok(at) = members.binary_search(&element) {
                queued[at] = false;
            }
            let mut value = self.value(element, terms, algebra, values)?;
            if !doubtful {
                value = algebra.grown(&values[element as usize], value);
            }
            if value == values[element as usize] {
                continue;
            }
            values[element as usize] = value;
            for user in self.graph.order.users_of(element) {
                if let Ok(at) = members.binary_search(user)
                    && !std::mem::replace(&mut queued[at], true)
                {
                    queue.push_back(*user);
                }
            }
        }
        Ok(())
    }
}

fn sorted(elements: impl Iterator<Item = u32>) -> Vec<u32> {
    let mut elements: Vec<u32> = elements.collect();
    elements.sort_unstable();
    elements.dedup();
    elements
}

fn gather<V: Clone>(terms: &[Vec<u32>], values: &[V]) -> Vec<Vec<V>> {
    let of = |e: &u32| values[*e as usize].clone();
    terms
        .iter()
        .map(|term| term.iter().map(of).collect())
        .collect()
}
