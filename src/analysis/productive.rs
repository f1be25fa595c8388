//! Whether anything of the product can be made once some processes are lost, over today's links, with limits and capacities
//! set aside.
//!
//! The AND/OR rule decides nearly always: what is dead even if loops feed themselves is dead, and what is alive even if they
//! cannot start is alive. Between the two stand loops that have nothing but themselves, and there amounts decide: whether a
//! loop yields more than it needs. A loop that does so however it is supplied needs no second look. See `docs/reliability.md`.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::leontief::{Choice, Element, Need, System};
use super::rerouting::{SolverError, host_yield, yields};
use super::single_point::{Alive, NEGLIGIBLE};
use crate::graph::{Component, ProcessIx, SupplyGraph};
use crate::model::{CommodityIx, Place};

/// A product, ready for losses.
#[derive(Debug)]
pub struct Productive<'g> {
    graph: &'g SupplyGraph<'g>,
    /// For each component of the order, whether it is a loop that may need more than it yields once its supply has changed.
    doubtful: Vec<bool>,
    /// What was found for loops left to themselves.
    known: RefCell<FxHashMap<Vec<u32>, Suffice>>,
    /// How much longer what is known may get.
    room: Cell<usize>,
}

/// Steps that one loss may take: about a second.
const WORK_OF_ONE: u64 = 100_000_000;
/// Choices of the largest system that is left to the programme.
const MOST_TERMS: u64 = 4_000;
/// Steps that a programme takes for each pair of choices, about.
const STEPS_OF_TERM: u64 = 20;
/// Passes through all choices that simple proofs take, about.
const ROUNDS_OF_TERMS: u64 = 200;
/// Numbers in the keys of what is remembered, some tens of megabytes.
const MOST_REMEMBERED: usize = 8_000_000;

/// What is left: nothing, or processes and mixes that suffice.
type Suffice = Option<Rc<[u32]>>;

/// The same where it can be decided.
type Outcome = Result<Suffice, SolverError>;

/// Elements left to themselves, and what they are in the graph.
#[derive(Debug, Default)]
struct Left {
    system: System,
    of_graph: Vec<u32>,
    /// Where the product's own sites are.
    roots: Vec<usize>,
    /// Mixes that can be had without these loops, by element that needs them.
    outside: Vec<Vec<u32>>,
}

impl<'g> Productive<'g> {
    /// Looks at the loops of a graph.
    #[must_use]
    pub fn new(graph: &'g SupplyGraph<'g>) -> Self {
        let order = graph.order();
        let is_doubtful =
            |c: &Component| c.is_loop && !whole_loop(graph, order.members(*c)).yields_anyhow();
        Self {
            graph,
            doubtful: order.components.iter().map(is_doubtful).collect(),
            known: RefCell::default(),
            room: Cell::new(MOST_REMEMBERED),
        }
    }

    /// Whether any loop may need more than it yields, so that amounts have to be looked at.
    pub(super) fn has_doubtful(&self) -> bool {
        self.doubtful.contains(&true)
    }

    /// For each component of the order, whether it is such a loop.
    pub(super) fn doubtful(&self) -> &[bool] {
        &self.doubtful
    }

    /// Whether the loss of some processes, with what a scenario has stopped, leaves nothing of the product. What cannot be
    /// decided counts as left.
    #[must_use]
    pub fn stops(&self, lost: &[ProcessIx]) -> bool {
        self.decides_to_stop(lost).unwrap_or(false)
    }

    /// The same; none where it cannot be decided.
    pub(super) fn decides_to_stop(&self, lost: &[ProcessIx]) -> Option<bool> {
        let alive = Alive::without(self.graph, lost);
        if !alive.product_works(self.graph) || !self.has_doubtful() {
            return Some(!alive.product_works(self.graph));
        }
        let suffice = self.suffices(lost, &mut { WORK_OF_ONE });
        suffice.ok().map(|processes| processes.is_none())
    }

    /// Processes that suffice to make some of the product when others are lost; none if nothing can be made. The steps that it
    /// takes are taken from `work`.
    ///
    /// # Errors
    /// If the solver gives up, or there is not so much work left.
    pub(super) fn suffices(
        &self,
        lost: &[ProcessIx],
        work: &mut u64,
    ) -> Result<Option<Vec<ProcessIx>>, SolverError> {
        let graph = self.graph;
        spend(work, graph.order().elements.len() as u64)?;
        let most = Alive::without(graph, lost);
        if !most.product_works(graph) {
            return Ok(None);
        }
        let (least, turn) = Alive::started(graph, &most, &self.doubtful);
        let mut open: Vec<u32> = Vec::new();
        let mut taken = vec![false; graph.order().elements.len()];
        let roots = graph.roots().iter().filter(|(_, part)| *part > 0.0);
        let root = roots.map(|(p, _)| p.0).filter(|p| least.element_works(*p));
        if let Some(root) = root.min_by_key(|p| turn[*p as usize]) {
            open.push(root);
        } else {
            let left = Left::new(graph, &most, &least, &turn);
            let Some(suffice) = self.decide(&left, work)? else {
                return Ok(None);
            };
            for at in suffice.iter() {
                taken[left.of_graph[*at as usize] as usize] = true;
                open.extend(&left.outside[*at as usize]);
            }
        }
        // What can be started is followed to what was started before it.
        while let Some(element) = open.pop() {
            if std::mem::replace(&mut taken[element as usize], true) {
                continue;
            }
            let first = |choices: &mut dyn Iterator<Item = u32>| {
                let working = choices.filter(|e| least.element_works(*e));
                working.min_by_key(|e| turn[*e as usize])
            };
            for mut need in needs(graph, element) {
                let choices = &mut need.choices.drain(..).map(|c| c.to as u32);
                open.extend(first(choices));
            }
        }
        let processes = (0..graph.processes().len()).filter(|p| taken[*p]);
        Ok(Some(processes.map(|p| ProcessIx(p as u32)).collect()))
    }

    /// Whether loops left to themselves yield anything, and what of them suffices.
    fn decide(&self, left: &Left, work: &mut u64) -> Outcome {
        let system = &left.system;
        let terms = system.terms() as u64;
        spend(work, ROUNDS_OF_TERMS * terms)?;
        let cost = system.cost_today(work);
        if let Some(cost) = cost.or_else(|| system.cost_at_best(work)) {
            let suffice = system.cheapest(&left.roots, &cost).into_iter();
            return Ok(Some(suffice.map(|at| at as u32).collect()));
        }
        if !system.has_ties() && system.yields_nothing(&left.roots) {
            return Ok(None);
        }
        if terms > MOST_TERMS {
            return Err(SolverError::gave_up());
        }
        let key = left.key();
        if let Some(known) = self.known.borrow().get(&key) {
            return Ok(known.clone());
        }
        // A programme takes about as many steps as it has rows, each through the whole of it.
        spend(work, STEPS_OF_TERM * terms * terms)?;
        let found: Suffice = yields(system, &left.roots)?
            .map(|suffice| suffice.into_iter().map(|at| at as u32).collect());
        if found.is_none() && !system.has_ties() {
            // Values would have shown it but for rounding.
            return Err(SolverError::gave_up());
        }
        let room = self.room.get();
        if room >= key.len() {
            self.room.set(room - key.len());
            self.known.borrow_mut().insert(key, found.clone());
        }
        Ok(found)
    }
}

/// Takes from the work that may still be done.
fn spend(work: &mut u64, more: u64) -> Result<(), SolverError> {
    *work = work.checked_sub(more).ok_or_else(SolverError::gave_up)?;
    Ok(())
}

impl Left {
    /// What the product's own sites need that works only if loops feed themselves.
    fn new(graph: &SupplyGraph<'_>, most: &Alive, least: &Alive, turn: &[u32]) -> Self {
        let mut left = Self::default();
        let mut place: FxHashMap<u32, usize> = FxHashMap::default();
        let mut ties = Ties::default();
        let mut enter = |element: u32, of_graph: &mut Vec<u32>| {
            *place.entry(element).or_insert_with(|| {
                of_graph.push(element);
                of_graph.len() - 1
            })
        };
        for (root, part) in graph.roots() {
            if *part > 0.0 && most.works(*root) {
                left.roots.push(enter(root.0, &mut left.of_graph));
            }
        }
        let mut at = 0;
        while let Some(element) = left.of_graph.get(at).copied() {
            let mut open = Element {
                passes_on: element >= graph.order().processes,
                ..Element::default()
            };
            let mut outside = Vec::new();
            for mut need in needs_and_tie(graph, element, &mut ties) {
                let sure = need.choices.iter().map(|c| c.to as u32);
                let sure: Vec<u32> = sure.filter(|e| least.element_works(*e)).collect();
                if sure.is_empty() {
                    need.choices.retain(|c| most.element_works(c.to as u32));
                    for choice in &mut need.choices {
                        choice.to = enter(choice.to as u32, &mut left.of_graph);
                    }
                    open.needs.push(need);
                } else {
                    outside.extend(sure.into_iter().min_by_key(|e| turn[*e as usize]));
                }
            }
            left.system.elements.push(open);
            left.outside.push(outside);
            at += 1;
        }
        left
    }

    /// Equal for equal systems of equal elements.
    fn key(&self) -> Vec<u32> {
        let mut key = Vec::new();
        for (element, of_graph) in self.system.elements.iter().zip(&self.of_graph) {
            key.extend([*of_graph, element.needs.len() as u32]);
            for need in &element.needs {
                key.push(need.choices.len() as u32);
                key.extend(need.choices.iter().map(|c| self.of_graph[c.to]));
            }
        }
        key
    }
}

/// Numbers of ties: one for all makers of a by-product in a place.
#[derive(Debug, Default)]
struct Ties {
    known: FxHashMap<(CommodityIx, Place), usize>,
}

/// A loop whose elements get nothing from elsewhere but what only elsewhere supplies.
fn whole_loop(graph: &SupplyGraph<'_>, members: &[u32]) -> System {
    let place: FxHashMap<u32, usize> = members.iter().enumerate().map(|(at, e)| (*e, at)).collect();
    let mut ties = Ties::default();
    let mut element = |element: &u32| {
        let mut needs = needs_and_tie(graph, *element, &mut ties);
        for need in &mut needs {
            need.choices = need
                .choices
                .iter()
                .filter_map(|c| {
                    let to = *place.get(&(c.to as u32))?;
                    Some(Choice { to, ..*c })
                })
                .collect();
        }
        needs.retain(|need| !need.choices.is_empty());
        Element {
            passes_on: *element >= graph.order().processes,
            needs,
        }
    };
    System {
        elements: members.iter().map(&mut element).collect(),
    }
}

/// What an element cannot do without; positions are elements of the graph. The ties of by-products have their numbers.
fn needs_and_tie(graph: &SupplyGraph<'_>, element: u32, ties: &mut Ties) -> Vec<Need> {
    let mut needs = needs(graph, element);
    if element < graph.order().processes
        && let process = graph.process(ProcessIx(element))
        && process.tie.is_some()
        && let Some(last) = needs.last_mut()
    {
        let next = ties.known.len();
        let key = (process.commodity, process.place);
        last.tie = Some(*ties.known.entry(key).or_insert(next));
        let network = graph.network();
        let per_host = host_yield(network, process.commodity, process.place).unwrap_or(1.0);
        for host in &mut last.choices {
            host.amount = 1.0 / per_host;
        }
    }
    needs
}

/// What an element cannot do without; hosts come last, in no particular amount.
fn needs(graph: &SupplyGraph<'_>, element: u32) -> Vec<Need> {
    let order = graph.order();
    let need = |choices| Need { choices, tie: None };
    if element >= order.processes {
        let mix = element - order.processes;
        if graph.mixes()[mix as usize].unattributed > NEGLIGIBLE {
            return Vec::new();
        }
        return vec![need(suppliers(graph, mix))];
    }
    let process = ProcessIx(element);
    let mut found = Vec::new();
    let (mut weight, mut optional, mut free) = (0.0, Vec::new(), false);
    for input in graph.inputs_of(process) {
        let firm = 1.0 - input.substitutable;
        let value = input.weight * firm;
        let parts = input.parts.iter().filter(|p| p.share > 0.0);
        let choice = |p: &crate::graph::Part, amount: f64, part: f64| Choice {
            to: order.of_mix(p.mix) as usize,
            amount,
            part: part * p.share,
        };
        if input.essential && input.substitutable <= 0.0 && input.amount > 0.0 {
            found.push(need(parts.map(|p| choice(p, input.amount, 1.0)).collect()));
        } else if !input.essential && value > NEGLIGIBLE {
            weight += value;
            free |= input.amount <= 0.0;
            optional.extend(parts.map(|p| choice(p, input.amount / value, value)));
        }
    }
    // Together they are essential if all of the value hangs on them.
    if weight >= 1.0 - NEGLIGIBLE && !free {
        found.push(need(optional));
    }
    if let Some(tie) = graph.process(process).tie {
        found.push(need(suppliers(graph, tie.mix)));
    }
    found
}

fn suppliers(graph: &SupplyGraph<'_>, mix: u32) -> Vec<Choice> {
    let links = graph.links_of(mix).iter().filter(|l| l.share > 0.0);
    let choice = |l: &crate::graph::Link| Choice {
        to: l.supplier.at(),
        amount: 1.0,
        part: l.share,
    };
    links.map(choice).collect()
}

#[cfg(test)]
mod tests {
    use super::super::chokepoints::{ChokepointQuery, chokepoints};
    use super::super::test_network::{Sketch, mills};
    use super::*;
    use crate::graph::Roots;
    use crate::model::Network;

    fn graph(network: &Network) -> SupplyGraph<'_> {
        let product = network.find_commodity("thing").unwrap();
        SupplyGraph::new(network, &Roots::product(product))
    }

    /// Without the yard all is at risk either way, but only one of the two loops has to stop.
    #[test]
    fn single_points_of_failure_follow_from_amounts() {
        for (mill_2, stops) in [(1.05, false), (1.2, true)] {
            let network = mills(0.9, mill_2);
            let found = chokepoints(&graph(&network), &ChokepointQuery::default());
            let yard = found.items.iter().find(|i| i.id == "yard").unwrap();
            assert!(yard.at_risk > 1.0 - 1e-9);
            assert_eq!(yard.single_point_of_failure, stops);
        }
    }

    /// What a decision takes is taken from the work that is left, and without any left there is none.
    #[test]
    fn decisions_take_work() {
        let network = mills(0.9, 1.2);
        let graph = graph(&network);
        let yard: Vec<ProcessIx> = graph
            .indexed()
            .map(|(p, _)| p)
            .filter(|p| graph.id(*p) == "yard")
            .collect();
        let productive = Productive::new(&graph);
        let mut work = WORK_OF_ONE;
        assert_eq!(productive.suffices(&yard, &mut work), Ok(None));
        assert!(work < WORK_OF_ONE);
        assert!(productive.suffices(&yard, &mut 1).is_err());
    }

    /// So little of the steel goes into the thing that no number holds it: what the mills can do is not decided, and that is said.
    #[test]
    fn what_is_not_decided_is_no_single_point_and_is_noted() {
        let network = Sketch::new(&["a", "b", "steel", "thing"])
            .needs("thing", &["a"])
            .needs("a", &["b"])
            .needs("b", &["steel"])
            .needs("steel", &["steel"])
            .site("a1", "a", "CHN", 0.0)
            .site("b1", "b", "CHN", 0.0)
            .site("mill-1", "steel", "CHN", 0.0)
            .site("mill-2", "steel", "JPN", 0.0)
            .site("works", "thing", "CHN", 0.0)
            .site("yard", "steel", "USA", 0.0)
            .own_recipe("a1", &[1e-200])
            .own_recipe("b1", &[1e-200])
            .own_recipe("mill-1", &[0.9])
            .own_recipe("mill-2", &[1.2])
            .supply("b1", "steel", &[("mill-1", 1.0)])
            .supply("mill-1", "steel", &[("mill-2", 1.0)])
            .supply("mill-2", "steel", &[("mill-1", 0.5), ("yard", 0.5)])
            .supply("yard", "steel", &[])
            .network();
        let found = chokepoints(&graph(&network), &ChokepointQuery::default());
        let yard = found.items.iter().find(|i| i.id == "yard").unwrap();
        assert!(!yard.single_point_of_failure);
        let said = |note: &String| note.contains("could not be decided");
        assert!(found.notes.iter().any(said), "{:?}", found.notes);
    }

    /// A mine yields a unit of each of two by-products with every unit of ore. It goes on by itself if it takes 0.8 of each back,
    /// which it could not if it had to be run for each of them, and stops if it takes 1.2 of one.
    #[test]
    fn by_products_share_their_host() {
        let network = |amounts: &[f64]| {
            Sketch::new(&["gallium", "ore", "thing", "zinc"])
                .needs("thing", &["ore"])
                .needs("ore", &["gallium", "zinc"])
                .byproduct("gallium", "ore")
                .byproduct("zinc", "ore")
                .site("gallium-works", "gallium", "CHN", 0.0)
                .site("mine", "ore", "CHN", 0.0)
                .site("pit", "ore", "USA", 0.0)
                .site("works", "thing", "CHN", 0.0)
                .site("zinc-works", "zinc", "CHN", 0.0)
                .own_recipe("mine", amounts)
                .own_recipe("pit", amounts)
                .network()
        };
        let stops = |amounts: &[f64]| {
            let network = network(amounts);
            let graph = graph(&network);
            let pit: Vec<ProcessIx> = graph
                .indexed()
                .map(|(p, _)| p)
                .filter(|p| graph.id(*p) == "pit")
                .collect();
            Productive::new(&graph).stops(&pit)
        };
        assert!(!stops(&[0.8, 0.8]));
        assert!(stops(&[0.8, 1.2]));
    }
}
