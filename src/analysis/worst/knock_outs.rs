//! What the joint loss of some items costs, without rerouting and with it.

use std::sync::atomic::{AtomicBool, Ordering};

use rayon::prelude::*;

use super::WorstQuery;
use crate::analysis::chokepoints::ChokepointQuery;
use crate::analysis::family::CutSet;
use crate::analysis::items::items;
use crate::analysis::rerouting::Rerouting;
use crate::analysis::survival::Survival;
use crate::analysis::tiers::walk;
use crate::graph::{ProcessIx, SupplyGraph};

/// The items that may be lost, those with the largest bound first.
pub(super) struct KnockOuts<'g> {
    items: Vec<Losable>,
    rerouting: Rerouting<'g>,
    survival: Survival<'g>,
    loose: Survival<'g>,
    gave_up: AtomicBool,
}

struct Losable {
    id: String,
    members: Vec<ProcessIx>,
    /// Positions among the actors of the rerouting.
    actors: Vec<u32>,
    bound: f64,
}

/// Fixed-sourcing knock-outs, one after another.
pub(super) struct Fixed<'k> {
    items: &'k [Losable],
    survival: Survival<'k>,
    loose: Survival<'k>,
    lost: Vec<ProcessIx>,
}

/// The graph with every by-product falling as soon as its host does.
pub(super) fn without_slack<'n>(graph: &SupplyGraph<'n>) -> SupplyGraph<'n> {
    let mut graph = graph.clone();
    for process in &mut graph.processes {
        if let Some(tie) = &mut process.tie {
            tie.slack = 1.0;
        }
    }
    graph
}

impl<'g> KnockOuts<'g> {
    pub(super) fn new(
        graph: &'g SupplyGraph<'g>,
        loose: &'g SupplyGraph<'g>,
        query: &WorstQuery,
    ) -> Self {
        let rerouting = Rerouting::new(graph, query.rules);
        let survival = Survival::new(graph);
        let loose = Survival::new(loose);
        let kinds = ChokepointQuery {
            kinds: vec![query.kind],
            all: query.all,
            ..ChokepointQuery::default()
        };
        let found = items(graph, &kinds, query.with_assembly, &walk(graph));
        let losable = |loose: &mut Survival<'g>, item: &crate::analysis::items::Item| Losable {
            id: item.id.clone(),
            members: item.members.clone(),
            actors: item
                .lost(&rerouting)
                .iter()
                .zip(0..)
                .filter_map(|(lost, at)| lost.then_some(at))
                .collect(),
            bound: loose.at_risk(&item.members),
        };
        let mut items: Vec<Losable> = found
            .par_iter()
            .map_init(|| loose.clone(), losable)
            .collect();
        items.sort_by(|a, b| b.bound.total_cmp(&a.bound).then_with(|| a.id.cmp(&b.id)));
        Self {
            items,
            rerouting,
            survival,
            loose,
            gave_up: AtomicBool::new(false),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.items.len()
    }

    /// The number of those who take part.
    pub(super) fn size(&self) -> usize {
        self.rerouting.actors().len()
    }

    /// The bound of one item alone; falls from item to item.
    pub(super) fn bound(&self, item: usize) -> f64 {
        self.items[item].bound
    }

    pub(super) fn notes(&self) -> &[String] {
        self.rerouting.notes()
    }

    /// Whether the solver failed on any set.
    pub(super) fn gave_up(&self) -> bool {
        self.gave_up.load(Ordering::Relaxed)
    }

    pub(super) fn ids(&self, set: &CutSet) -> Vec<String> {
        let of = |i: &u32| self.items[*i as usize].id.clone();
        let mut ids: Vec<String> = set.items().iter().map(of).collect();
        ids.sort_unstable();
        ids
    }

    pub(super) fn fixed(&self) -> Fixed<'_> {
        Fixed {
            items: &self.items,
            survival: self.survival.clone(),
            loose: self.loose.clone(),
            lost: Vec::new(),
        }
    }

    /// What is lost with all of these once buyers have rerouted.
    pub(super) fn adapted(&self, items: &[u32]) -> f64 {
        let mut lost = vec![false; self.rerouting.actors().len()];
        for item in items {
            for actor in &self.items[*item as usize].actors {
                lost[*actor as usize] = true;
            }
        }
        let loss = self.rerouting.loss_at(lost);
        self.rerouting.at_risk(&loss).unwrap_or_else(|| {
            self.gave_up.store(true, Ordering::Relaxed);
            0.0
        })
    }
}

impl Fixed<'_> {
    fn gather(&mut self, set: &CutSet, more: Option<u32>) {
        self.lost.clear();
        for item in set.items().iter().copied().chain(more) {
            self.lost.extend(&self.items[item as usize].members);
        }
    }

    /// At risk with a set and one more item lost: no less than what is lost after rerouting.
    pub(super) fn at_risk(&mut self, set: &CutSet, more: u32) -> f64 {
        self.gather(set, Some(more));
        self.survival.at_risk(&self.lost)
    }

    /// The subadditive bound on it: for any two sets, that of both together is at most the sum of theirs.
    pub(super) fn bound(&mut self, set: &CutSet, more: Option<u32>) -> f64 {
        self.gather(set, more);
        self.loose.at_risk(&self.lost)
    }
}
