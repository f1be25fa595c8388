//! How likely the product is to stop, and how much of that hangs on each item.
//!
//! Items fail independently of one another, each with its stated unavailability. The probability of the union of all
//! minimal cut sets is exact where the fault tree fits into a decision diagram, else a lower bound from a list of cut sets.
//! See `docs/reliability.md`.

use serde::Serialize;

use super::bdd::{ALWAYS, Diagrams, MOST_VARIABLES, NEVER, Ref};
use super::chokepoints::ChokepointKind;
use super::cut_sets::{CutSetQuery, minimal_sets};
use super::family::{CutSet, Exhausted};
use super::fault_tree::{Algebra, FaultTree, Loops};
use super::loop_cuts::settle;
use super::productive::Productive;
use crate::graph::SupplyGraph;

/// How a probability is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProbabilityBound {
    /// That of all minimal cut sets.
    Exact,
    /// That of some of them: the true one is no lower.
    Lower,
}

/// How much hangs on one item.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Importance {
    /// Id of the item.
    pub id: String,
    /// Probability that it is lost, as stated, 0 to 1.
    pub unavailability: f64,
    /// Birnbaum: how much likelier the product stops if the item is lost than if it is not, 0 to 1.
    pub birnbaum: f64,
    /// Fussell-Vesely: the probability that all of some minimal cut set with the item is lost, as a part of the probability
    /// that the product stops, 0 to 1; null if that is zero, or too much to work out.
    pub fussell_vesely: Option<f64>,
    /// Risk reduction: the part of the probability that goes if the item is never lost, 0 to 1; null if that is zero.
    pub risk_reduction: Option<f64>,
}

/// The probability that the product stops.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Reliability {
    /// Probability that the product stops, 0 to 1.
    pub probability: f64,
    /// Whether it is exact.
    pub bound: ProbabilityBound,
    /// Items on which it hangs, by Fussell-Vesely, then Birnbaum, then id.
    pub items: Vec<Importance>,
    /// What the reader should know.
    #[serde(skip)]
    pub notes: Vec<String>,
}

/// How large diagrams may get.
#[derive(Clone, Copy, Debug)]
struct Room {
    nodes: usize,
    steps: u64,
}

/// Most items in the sets of a list that stands in for the whole: larger ones are many, and rarely likely.
const MOST_LISTED: usize = 3;

/// Enough for a second or two.
const ROOM: Room = Room {
    nodes: 1_000_000,
    steps: 10_000_000,
};

/// Diagrams as values of a fault tree.
struct Conditions<'a> {
    diagrams: &'a mut Diagrams,
    variable_of: &'a [Option<u32>],
}

impl Algebra for Conditions<'_> {
    type Value = Ref;
    type Error = Exhausted;

    fn never(&self) -> Ref {
        NEVER
    }

    fn always(&self) -> Ref {
        ALWAYS
    }

    fn combine(
        &mut self,
        _element: u32,
        own: Option<u32>,
        terms: &[Vec<Ref>],
    ) -> Result<Ref, Exhausted> {
        let mut any = match own.and_then(|item| self.variable_of[item as usize]) {
            Some(variable) => self.diagrams.variable(variable)?,
            None => NEVER,
        };
        for term in terms {
            let mut all = ALWAYS;
            for value in term {
                all = self.diagrams.and(all, *value)?;
            }
            any = self.diagrams.or(any, all)?;
        }
        Ok(any)
    }
}

/// A diagram of when the product stops, over some of the items.
struct Solved {
    diagrams: Diagrams,
    top: Ref,
    /// The items behind the variables.
    items: Vec<u32>,
    /// Whether it stops in no other case.
    exact: bool,
}

fn solve(
    tree: &FaultTree<'_>,
    productive: &Productive<'_>,
    items: Vec<u32>,
    room: Room,
) -> Result<Solved, Exhausted> {
    let variable_of = variables(tree, &items)?;
    let mut diagrams = Diagrams::new(room.nodes, room.steps);
    let mut conditions = Conditions {
        diagrams: &mut diagrams,
        variable_of: &variable_of,
    };
    let mut top = tree.solve(&mut conditions, Loops::Alive)?;
    let mut exact = true;
    if productive.has_doubtful() {
        let at_most = tree.solve(&mut conditions, Loops::Doubtful(productive.doubtful()))?;
        (top, exact) = settle(tree, productive, &mut diagrams, &items, top, at_most);
    }
    Ok(Solved {
        diagrams,
        top,
        items,
        exact,
    })
}

fn variables(tree: &FaultTree<'_>, items: &[u32]) -> Result<Vec<Option<u32>>, Exhausted> {
    if items.len() > MOST_VARIABLES {
        return Err(Exhausted);
    }
    let mut of = vec![None; tree.ids.len()];
    for (variable, item) in items.iter().enumerate() {
        of[*item as usize] = Some(variable as u32);
    }
    Ok(of)
}

/// As many cut sets as there is room for, the likeliest first.
fn from_list(
    tree: &FaultTree<'_>,
    order: &[u32],
    sets: &[CutSet],
    q: &[f64],
    room: Room,
) -> Solved {
    let chance = |s: &CutSet| s.items().iter().map(|i| q[*i as usize]).product::<f64>();
    let mut ranked: Vec<(f64, &CutSet)> = sets
        .iter()
        .map(|s| (chance(s), s))
        .filter(|(p, _)| *p > 0.0)
        .collect();
    ranked.sort_by(|(p, a), (q, b)| q.total_cmp(p).then_with(|| a.cmp(b)));
    let mut used = vec![false; tree.ids.len()];
    let mut count = 0;
    let mut fitting = 0;
    for (_, set) in &ranked {
        let new = set.items().iter().filter(|i| !used[**i as usize]).count();
        if count + new > MOST_VARIABLES {
            break;
        }
        count += new;
        fitting += 1;
        for item in set.items() {
            used[*item as usize] = true;
        }
    }
    let items: Vec<u32> = order
        .iter()
        .copied()
        .filter(|i| used[*i as usize])
        .collect();
    let mut variable_of = vec![0; tree.ids.len()];
    for (variable, item) in items.iter().enumerate() {
        variable_of[*item as usize] = variable as u32;
    }
    let mut diagrams = Diagrams::new(room.nodes, room.steps);
    let mut top = NEVER;
    let mut add = |top: Ref, set: &CutSet| -> Result<Ref, Exhausted> {
        let of = |i: &u32| variable_of[*i as usize];
        let all = diagrams.all_of(&set.items().iter().map(of).collect::<Vec<u32>>())?;
        diagrams.or(top, all)
    };
    for (_, set) in &ranked[..fitting] {
        match add(top, set) {
            Ok(more) => top = more,
            Err(Exhausted) => break,
        }
    }
    Solved {
        diagrams,
        top,
        items,
        exact: false,
    }
}

/// Probability that an item is lost: as its sites state, the highest if they differ.
fn unavailabilities(tree: &FaultTree<'_>) -> Vec<f64> {
    let of = |process| {
        let site = tree.graph.site(process)?;
        site.details.as_ref()?.unavailability
    };
    tree.members
        .iter()
        .map(|m| m.iter().filter_map(|p| of(*p)).fold(0.0, f64::max))
        .collect()
}

/// Works out how likely the product is to stop; none where the items are not sites, since only sites state how often they
/// are lost.
#[must_use]
pub fn reliability(graph: &SupplyGraph<'_>, query: &CutSetQuery) -> Option<Reliability> {
    if query.kind != ChokepointKind::Site {
        return None;
    }
    let tree = FaultTree::new(graph, query.kind, query.all, query.with_assembly);
    let q = unavailabilities(&tree);
    Some(reliability_of(
        &tree,
        &Productive::new(graph),
        &q,
        query.size,
        ROOM,
    ))
}

fn reliability_of(
    tree: &FaultTree<'_>,
    productive: &Productive<'_>,
    q: &[f64],
    size: usize,
    room: Room,
) -> Reliability {
    let order = tree.depth_first();
    let fallible: Vec<u32> = order
        .iter()
        .copied()
        .filter(|i| q[*i as usize] > 0.0)
        .collect();
    let mut notes = Vec::new();
    if fallible.is_empty() {
        notes.push("no site in the chain states an unavailability".to_owned());
    }
    let mut listed = false;
    let solved = solve(tree, productive, order.clone(), room)
        .or_else(|_| {
            let states_any = !fallible.is_empty();
            let fewer = solve(tree, productive, fallible, room)?;
            if states_any {
            notes.push("importances are worked out for items with an unavailability only".to_owned());
            }
            Ok(fewer)
        })
        .unwrap_or_else(|_: Exhausted| {
            listed = true;
            let size = size.clamp(1, MOST_LISTED);
            notes.push(format!(
                "the probability is a lower bound, from minimal cut sets of at most {size} items: the whole chain is too large to work out"
            ));
            let sets = minimal_sets(tree, productive, size).sets;
            from_list(tree, &order, &sets, q, room)
        });
    let mut bound = ProbabilityBound::Exact;
    if !solved.exact {
        bound = ProbabilityBound::Lower;
        if !listed {
            notes.push("the probability is a lower bound: it is too much to work out what loops can do that are left to themselves".to_owned());
        }
    }
    let (probability, items) = importances(tree, solved, q, room, &mut notes);
    Reliability {
        probability,
        bound,
        items,
        notes,
    }
}

fn importances(
    tree: &FaultTree<'_>,
    solved: Solved,
    q: &[f64],
    room: Room,
    notes: &mut Vec<String>,
) -> (f64, Vec<Importance>) {
    let Solved {
        mut diagrams,
        top,
        items,
        ..
    } = solved;
    let p: Vec<f64> = items.iter().map(|i| q[*i as usize]).collect();
    let mut table = Vec::new();
    diagrams.probabilities(&p, &mut table);
    let probability = table[top as usize];
    let birnbaum = diagrams.differences(top, &p, &table);
    // Each item is worked out apart, so that only the work adds up.
    let kept = diagrams.len();
    diagrams.allow(room.steps / 2);
    let mut left_out = false;
    let mut out = Vec::new();
    for (variable, item) in items.iter().enumerate() {
        let (own, difference) = (p[variable], birnbaum[variable]);
        if own <= 0.0 && difference <= 0.0 {
            continue;
        }
        let fussell_vesely = if probability <= 0.0 {
            None
        } else if own <= 0.0 {
            Some(0.0)
        } else {
            diagrams.forget(kept, room.nodes / 5);
            table.truncate(kept);
            let rest = diagrams.in_minimal(top, variable as u32);
            left_out |= rest.is_err();
            rest.ok().map(|rest| {
                diagrams.probabilities(&p, &mut table);
                (own * table[rest as usize] / probability).min(1.0)
            })
        };
        out.push(Importance {
            id: tree.ids[*item as usize].clone(),
            unavailability: own,
            birnbaum: difference,
            fussell_vesely,
            risk_reduction: (probability > 0.0).then(|| (own * difference / probability).min(1.0)),
        });
    }
    if left_out {
        notes.push("Fussell-Vesely was too much to work out for all items".to_owned());
    }
    // Risk reduction is no higher, and close where losses are rare.
    let value = |i: &Importance| i.fussell_vesely.or(i.risk_reduction).unwrap_or(0.0);
    out.sort_by(|a, b| {
        value(b)
            .total_cmp(&value(a))
            .then_with(|| b.birnbaum.total_cmp(&a.birnbaum))
            .then_with(|| a.id.cmp(&b.id))
    });
    (probability, out)
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;
    use proptest::prelude::*;

    use super::super::test_network::{
        kinds, mills, minimal, random, random_amounts, stops, two_or_one,
    };
    use super::*;
    use crate::graph::Roots;
    use crate::model::Network;

    fn graph<'n>(network: &'n Network, product: &str) -> SupplyGraph<'n> {
        let product = network.find_commodity(product).unwrap();
        SupplyGraph::new(network, &Roots::product(product))
    }

    #[test]
    fn worked_example_of_the_documentation() {
        let network = two_or_one();
        let got = reliability(&graph(&network, "product"), &CutSetQuery::default()).unwrap();
        assert_eq!(got.bound, ProbabilityBound::Exact);
        assert_relative_eq!(got.probability, 0.069, epsilon = 1e-12);
        let expected = [
            ("b1", 0.05, 0.98, 0.05 / 0.069, 0.049 / 0.069),
            ("a1", 0.1, 0.19, 0.02 / 0.069, 0.019 / 0.069),
            ("a2", 0.2, 0.095, 0.02 / 0.069, 0.019 / 0.069),
        ];
        assert_eq!(got.items.len(), expected.len());
        for (item, (id, q, birnbaum, fussell_vesely, reduction)) in got.items.iter().zip(expected) {
            assert_eq!(item.id, id);
            assert_relative_eq!(item.unavailability, q);
            assert_relative_eq!(item.birnbaum, birnbaum, epsilon = 1e-12);
            assert_relative_eq!(
                item.fussell_vesely.unwrap(),
                fussell_vesely,
                epsilon = 1e-12
            );
            assert_relative_eq!(item.risk_reduction.unwrap(), reduction, epsilon = 1e-12);
        }
    }

    #[test]
    fn a_loop_that_cannot_go_on_alone_is_lost_with_its_outside_supplier() {
        let got = |mill_2| {
            let network = mills(0.9, mill_2);
            let got = reliability(&graph(&network, "thing"), &CutSetQuery::default()).unwrap();
            assert_eq!(got.bound, ProbabilityBound::Exact);
            let yard = got.items.iter().find(|i| i.id == "yard").unwrap();
            (got.probability, yard.birnbaum)
        };
        let (alone, yard) = got(1.05);
        assert_relative_eq!(alone, 1.0 - 0.9 * 0.9, epsilon = 1e-12);
        assert!(yard.abs() < 1e-12);
        let (with_yard, yard) = got(1.2);
        assert_relative_eq!(with_yard, 1.0 - 0.9 * 0.9 * 0.8, epsilon = 1e-12);
        assert_relative_eq!(yard, 0.9 * 0.9, epsilon = 1e-12);
    }

    #[test]
    fn only_sites_have_an_unavailability() {
        let network = two_or_one();
        let query = CutSetQuery {
            kind: ChokepointKind::Country,
            ..CutSetQuery::default()
        };
        assert_eq!(reliability(&graph(&network, "product"), &query), None);
    }

    /// Probability that the losses lie in some of all states.
    fn sum(q: &[f64], mut holds: impl FnMut(usize) -> bool) -> f64 {
        (0..1_usize << q.len())
            .filter(|state| holds(*state))
            .map(|state| {
                let factor =
                    |(at, q): (usize, &f64)| if state >> at & 1 == 1 { *q } else { 1.0 - q };
                q.iter().enumerate().map(factor).product::<f64>()
            })
            .sum()
    }

    fn check(tree: &FaultTree<'_>, q: &[f64]) -> Result<(), TestCaseError> {
        const CLOSE: f64 = 1e-10;
        let stops = stops(tree);
        let minimal = minimal(&stops);
        let productive = Productive::new(tree.graph);
        let got = reliability_of(tree, &productive, q, 3, ROOM);
        let top = sum(q, |s| stops[s]);
        prop_assert_eq!(got.bound, ProbabilityBound::Exact);
        prop_assert!((got.probability - top).abs() < CLOSE);
        for (at, id) in tree.ids.iter().enumerate() {
            let bit = 1 << at;
            let birnbaum = sum(q, |s| stops[s | bit]) - sum(q, |s| stops[s & !bit]);
            let Some(item) = got.items.iter().find(|i| i.id == *id) else {
                prop_assert!(birnbaum < CLOSE && q[at] * birnbaum < CLOSE);
                continue;
            };
            prop_assert!((item.birnbaum - birnbaum).abs() < CLOSE);
            if top > 0.0 {
                let with: Vec<usize> = minimal.iter().copied().filter(|m| m & bit != 0).collect();
                let lost = sum(q, |s| with.iter().any(|m| m & s == *m));
                prop_assert!((item.fussell_vesely.unwrap() - lost / top).abs() < CLOSE);
                let left = sum(q, |s| stops[s & !bit]);
                prop_assert!((item.risk_reduction.unwrap() - (1.0 - left / top)).abs() < CLOSE);
            }
        }
        // With too little room for the whole, a lower bound.
        for nodes in [2, 4, 8, 12] {
            let room = Room { nodes, steps: 100 };
            let less = reliability_of(tree, &productive, q, 2, room);
            prop_assert!(less.probability <= top + CLOSE);
            if less.bound == ProbabilityBound::Exact {
                prop_assert!((less.probability - top).abs() < CLOSE);
            }
        }
        Ok(())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(250))]

        #[test]
        fn probabilities_agree_with_brute_force(network in random(false), own in any::<bool>()) {
            let graph = graph(&network, "c0");
            let tree = FaultTree::new(&graph, ChokepointKind::Site, false, own);
            prop_assume!(tree.ids.len() <= 10);
            check(&tree, &unavailabilities(&tree))?;
        }

        #[test]
        fn probabilities_with_loops_agree_with_brute_force(network in random_amounts(), kind in kinds(), q in prop::collection::vec(0.0..0.5_f64, 12)) {
            let graph = graph(&network, "c0");
            let tree = FaultTree::new(&graph, kind, false, true);
            prop_assume!(tree.ids.len() <= 10);
            check(&tree, &q[..tree.ids.len()])?;
        }
    }
}
