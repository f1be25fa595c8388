//! Minimal cut sets: the smallest sets of items whose loss stops the product over today's links.
//!
//! Families of sets of at most K items are worked out suppliers first, by union for inputs that are all needed and by
//! product for suppliers any of which will do, with larger sets dropped and sets that hold another absorbed. On sets of at
//! most K items both are exact, since a part of a small set is small. See `docs/reliability.md`.

use std::rc::Rc;

use rustc_hash::FxHashSet;
use serde::Serialize;

use super::chokepoints::ChokepointKind;
use super::family::{Budget, CutSet, Exhausted, Family, MOST_ITEMS, cost, minimise, product, trim};
use super::fault_tree::{Algebra, FaultTree, Loops};
use super::loop_cuts::loop_cuts;
use super::productive::Productive;
use crate::graph::SupplyGraph;

/// What to look for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CutSetQuery {
    /// What is lost: sets are of one kind of item.
    pub kind: ChokepointKind,
    /// Most items in a set, up to [`MOST_CUT_SET_ITEMS`].
    pub size: usize,
    /// Whether the product's own sites may be lost.
    pub with_assembly: bool,
    /// Whether placeless sites and what is not traded may be lost too.
    pub all: bool,
    /// Most sets returned.
    pub most: usize,
}

/// The largest [`CutSetQuery::size`].
pub const MOST_CUT_SET_ITEMS: usize = MOST_ITEMS;

impl Default for CutSetQuery {
    fn default() -> Self {
        Self {
            kind: ChokepointKind::Site,
            size: 3,
            with_assembly: false,
            all: false,
            most: 10_000,
        }
    }
}

/// The minimal cut sets of a product.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CutSets {
    /// What their items are.
    pub kind: ChokepointKind,
    /// Most items a set could have.
    pub size: usize,
    /// Ids of the items of each set, by size, then ids.
    pub sets: Vec<Vec<String>>,
    /// How many were found.
    pub found: usize,
    /// Whether `sets` holds all minimal cut sets of at most `size` items.
    pub complete: bool,
    /// What the reader should know.
    pub notes: Vec<String>,
}

/// Families of sets as values of a fault tree.
struct Families {
    /// Most items in a set, as asked for.
    asked: usize,
    /// The same, after the budget has run out so often.
    most: usize,
    budget: Budget,
    fresh: Budget,
    /// For each element, the most items in a set where the budget did not last for more.
    caps: Vec<u8>,
    /// All sets of at most so many items are found.
    exact_to: usize,
    /// Whether sets of the largest size were left out since it was last looked at.
    partial: bool,
    stamp: Vec<u32>,
    stamps: u32,
}

/// Enough for a few seconds and some hundred megabytes.
const BUDGET: Budget = Budget {
    pairs: 40_000_000,
    sets: 10_000_000,
    family: 200_000,
};

impl Families {
    fn new(tree: &FaultTree<'_>, most: usize, budget: Budget) -> Self {
        let most = most.min(MOST_ITEMS);
        Self {
            asked: most,
            most,
            budget,
            fresh: budget,
            caps: vec![most as u8; tree.graph.order().elements.len() + 1],
            exact_to: most,
            partial: false,
            stamp: vec![0; tree.ids.len()],
            stamps: 0,
        }
    }

    fn any(
        &mut self,
        most: usize,
        own: Option<u32>,
        terms: &[Vec<Rc<Family>>],
    ) -> Result<Rc<Family>, Exhausted> {
        let mut parts: Vec<Rc<Family>> = Vec::with_capacity(terms.len());
        for term in terms {
            let part = self.all(most, term)?;
            if !part.sets.is_empty() {
                parts.push(part);
            }
        }
        parts.sort_by_key(|p| Rc::as_ptr(p) as usize);
        parts.dedup_by(|a, b| Rc::ptr_eq(a, b));
        if let ([only], None) = (&parts[..], own)
            && only.sets.last().is_none_or(|s| s.len() <= most)
        {
            return Ok(only.clone());
        }
        let mut sets: Vec<CutSet> = Vec::new();
        if let Some(item) = own
            && most > 0
        {
            sets.push(CutSet::single(item));
        }
        for part in &parts {
            sets.extend(part.up_to(most));
        }
        self.make(most, sets)
    }

    fn make(&mut self, most: usize, mut sets: Vec<CutSet>) -> Result<Rc<Family>, Exhausted> {
        let tried = sets.len();
        minimise(&mut sets);
        self.partial |= trim(&mut sets, most, self.budget.family)?;
        self.budget.spend(cost(tried, most), sets.len())?;
        Ok(Rc::new(Family::of(sets)))
    }

    /// The sets whose loss fails all of these.
    fn all(&mut self, most: usize, term: &[Rc<Family>]) -> Result<Rc<Family>, Exhausted> {
        if let [only] = term {
            return Ok(only.clone());
        }
        let never = Rc::new(Family::default());
        if term.iter().any(|f| f.up_to(most).is_empty()) {
            return Ok(never);
        }
        let mut factors: Vec<&Rc<Family>> =
            term.iter().filter(|f| f.sets[0] != CutSet::EMPTY).collect();
        factors.sort_by_key(|f| f.sets.len());
        let Some((first, rest)) = factors.split_first() else {
            return Ok(Rc::new(Family::always()));
        };
        if !self.may_meet(most, &factors) {
            return Ok(never);
        }
        let mut sets = first.up_to(most).to_vec();
        for factor in rest {
            sets = product(
                &sets,
                factor.up_to(most),
                most,
                &mut self.budget,
                &mut self.partial,
            )?;
            if sets.is_empty() {
                return Ok(never);
            }
        }
        self.make(most, sets)
    }

    /// Whether so few items can do: families without common items each need items of their own.
    fn may_meet(&mut self, most: usize, factors: &[&Rc<Family>]) -> bool {
        self.stamps += 1;
        let mut needed = 0;
        for family in factors {
            let apart = family
                .items
                .iter()
                .all(|i| self.stamp[*i as usize] != self.stamps);
            if apart {
                needed += family.sets[0].len();
                for item in &family.items {
                    self.stamp[*item as usize] = self.stamps;
                }
            }
        }
        needed <= most
    }
}

impl Algebra for Families {
    type Value = Rc<Family>;
    type Error = std::convert::Infallible;

    fn never(&self) -> Self::Value {
        Rc::new(Family::default())
    }

    fn always(&self) -> Self::Value {
        Rc::new(Family::always())
    }

    fn combine(
        &mut self,
        element: u32,
        own: Option<u32>,
        terms: &[Vec<Self::Value>],
    ) -> Result<Self::Value, Self::Error> {
        loop {
            let cap = usize::from(self.caps[element as usize]);
            let most = self.most.min(cap);
            self.partial = false;
            let result = self.any(most, own, terms);
            // Without its larger sets, all that follows from the smaller ones is still right.
            let next = most.saturating_sub(1);
            match result {
                Ok(value) if !self.partial => return Ok(value),
                Ok(value) => {
                    self.exact_to = self.exact_to.min(next);
                    // Should it come up again, in a loop, these sets stay and no others follow.
                    self.caps[element as usize] = next as u8;
                    return Ok(value);
                }
                Err(Exhausted) => self.exact_to = self.exact_to.min(next),
            }
            if self.budget.is_spent() {
                self.most = next;
                // Half as much again, so that all tries together stay in bounds; the empty set alone costs nothing.
                self.fresh.pairs = if next == 0 {
                    u64::MAX
                } else {
                    self.fresh.pairs / 2
                };
                self.fresh.sets = if next == 0 {
                    u64::MAX
                } else {
                    self.fresh.sets / 2
                };
                self.budget = self.fresh;
            } else {
                self.caps[element as usize] = next as u8;
            }
        }
    }

    fn grown(&mut self, old: &Self::Value, new: Self::Value) -> Self::Value {
        // Only where larger sets were given up can a set get lost again; it is still a cut.
        if self.exact_to == self.asked {
            return new;
        }
        Rc::new(Family::of([&old.sets[..], &new.sets].concat()))
    }
}

/// The minimal cut sets of a tree up to a size.
#[derive(Clone, Debug)]
pub(super) struct Minimal {
    /// By size, then items.
    pub(super) sets: Vec<CutSet>,
    /// Those of up to so many items are all there.
    pub(super) exact_to: usize,
    /// Whether loops were too much to decide, and that is why no more are all there.
    pub(super) undecided: bool,
    /// How many leave nothing but loops that need more than they yield.
    pub(super) by_amounts: usize,
}

/// Finds the minimal cut sets of a tree up to a size.
pub(super) fn minimal_sets(
    tree: &FaultTree<'_>,
    productive: &Productive<'_>,
    size: usize,
) -> Minimal {
    minimal_sets_within(tree, productive, size, BUDGET)
}

fn minimal_sets_within(
    tree: &FaultTree<'_>,
    productive: &Productive<'_>,
    size: usize,
    budget: Budget,
) -> Minimal {
    let (mut sets, tree_to) = families(tree, size, Loops::Alive, budget);
    if !productive.has_doubtful() {
        return Minimal {
            sets,
            exact_to: tree_to,
            undecided: false,
            by_amounts: 0,
        };
    }
    let (open, open_to) = families(tree, size, Loops::Doubtful(productive.doubtful()), budget);
    let found = loop_cuts(tree, productive, &open, &sets, open_to);
    let by_amounts: FxHashSet<CutSet> = found.sets.iter().copied().collect();
    sets.extend(&found.sets);
    minimise(&mut sets);
    let exact_to = tree_to.min(found.exact_to);
    // A set may be listed only if all smaller ones are known, else it may hold one of them.
    let listed_to = found.listed_to.min(tree_to + 1);
    sets.retain(|s| s.len() <= listed_to);
    Minimal {
        exact_to,
        undecided: found.undecided && found.exact_to <= tree_to,
        by_amounts: sets.iter().filter(|s| by_amounts.contains(s)).count(),
        sets,
    }
}

/// Sets that stop the product if loops behave in a given way, and the size up to which they are all there.
fn families(
    tree: &FaultTree<'_>,
    size: usize,
    loops: Loops<'_>,
    budget: Budget,
) -> (Vec<CutSet>, usize) {
    let mut families = Families::new(tree, size, budget);
    let Ok(top) = tree.solve(&mut families, loops);
    let sets = top.up_to(families.exact_to + 1).to_vec();
    (sets, families.exact_to)
}

/// Lists the minimal cut sets of a product.
#[must_use]
pub fn cut_sets(graph: &SupplyGraph<'_>, query: &CutSetQuery) -> CutSets {
    let tree = FaultTree::new(graph, query.kind, query.all, query.with_assembly);
    let size = query.size.min(MOST_ITEMS);
    let minimal = minimal_sets(&tree, &Productive::new(graph), size);
    let (sets, exact_to) = (&minimal.sets, minimal.exact_to);
    let notes = notes(&minimal, query, size);
    let ids = |s: &CutSet| {
        s.items()
            .iter()
            .map(|i| tree.ids[*i as usize].clone())
            .collect()
    };
    CutSets {
        kind: query.kind,
        size,
        found: sets.len(),
        complete: exact_to == size && sets.len() <= query.most,
        sets: sets.iter().take(query.most).map(ids).collect(),
        notes,
    }
}

/// What the reader of the list should know.
fn notes(minimal: &Minimal, query: &CutSetQuery, size: usize) -> Vec<String> {
    let (sets, exact_to) = (&minimal.sets, minimal.exact_to);
    let mut notes = Vec::new();
    if sets.first() == Some(&CutSet::EMPTY) {
        notes.push("the product is stopped already, with nothing more lost".to_owned());
    }
    if exact_to < size {
        let why = if minimal.undecided {
            "it is too much to work out what loops can do that are left to themselves"
        } else {
            "there are too many cut sets"
        };
        notes.push(format!(
            "{why}: all of up to {exact_to} items are found, but not all of up to {size}"
        ));
    }
    if sets.len() > query.most {
        notes.push(format!(
            "{} minimal cut sets of at most {size} items were found, the first {} are listed",
            sets.len(),
            query.most
        ));
    }
    if minimal.by_amounts > 0 {
        notes.push(format!(
            "{} of {} minimal cut sets found leave suppliers, but only such as need more of one another than they yield",
            minimal.by_amounts,
            sets.len()
        ));
    }
    notes
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::test_network::{
        Sketch, kinds, mills, minimal, random, random_amounts, random_far_amounts, stops,
        two_or_one,
    };
    use super::*;
    use crate::graph::Roots;
    use crate::model::Network;

    fn graph<'n>(network: &'n Network, product: &str) -> SupplyGraph<'n> {
        let product = network.find_commodity(product).unwrap();
        SupplyGraph::new(network, &Roots::product(product))
    }

    fn ids(sets: &CutSets) -> Vec<Vec<&str>> {
        let of =
            |s: &Vec<String>| -> Vec<&str> { Vec::leak(s.clone()).iter().map(|i| &**i).collect() };
        sets.sets.iter().map(of).collect()
    }

    #[test]
    fn either_of_two_and_one_that_nobody_replaces() {
        // The product needs (a1 or a2) and b1.
        let network = two_or_one();
        let graph = graph(&network, "product");
        let got = cut_sets(&graph, &CutSetQuery::default());
        assert_eq!(ids(&got), [vec!["b1"], vec!["a1", "a2"]]);
        assert!(got.complete);
        assert_eq!(got.notes, Vec::<String>::new());
        let with_assembly = CutSetQuery {
            with_assembly: true,
            ..CutSetQuery::default()
        };
        let got = cut_sets(&graph, &with_assembly);
        assert_eq!(ids(&got), [vec!["b1"], vec!["works"], vec!["a1", "a2"]]);
        let first = CutSetQuery {
            most: 1,
            ..with_assembly
        };
        let got = cut_sets(&graph, &first);
        assert_eq!((got.sets.len(), got.found, got.complete), (1, 3, false));
        assert_eq!(got.notes.len(), 1);
    }

    #[test]
    fn a_loop_without_any_start_is_no_cut() {
        // Steel needs power, power needs steel; each unit takes a hundredth of the other.
        let network = Sketch::new(&["coal", "power", "steel", "thing"])
            .needs("power", &["steel"])
            .needs("steel", &["power"])
            .needs("thing", &["steel"])
            .site("plant", "power", "CHN", 0.0)
            .site("mill", "steel", "CHN", 0.0)
            .site("works", "thing", "CHN", 0.0)
            .network();
        let got = cut_sets(&graph(&network, "thing"), &CutSetQuery::default());
        assert_eq!(ids(&got), [vec!["mill"], vec!["plant"]]);
        assert_eq!(got.notes, Vec::<String>::new());
    }

    /// What ended the search is told: too many sets, whether or not some leave loops, or loops that cannot be decided.
    #[test]
    fn notes_say_what_was_too_much() {
        let network = mills(0.9, 1.2);
        let graph = graph(&network, "thing");
        let tree = FaultTree::new(&graph, ChokepointKind::Site, false, false);
        let productive = Productive::new(&graph);
        let few = Budget {
            family: 1,
            ..BUDGET
        };
        let minimal = minimal_sets_within(&tree, &productive, 3, few);
        assert!(minimal.exact_to < 3);
        assert!(!minimal.undecided);
        let query = CutSetQuery::default();
        let notes = super::notes(&minimal, &query, 3);
        assert!(
            notes[0].starts_with("there are too many cut sets"),
            "{notes:?}"
        );
        let minimal = Minimal {
            undecided: true,
            ..minimal
        };
        let notes = super::notes(&minimal, &query, 3);
        assert!(
            notes[0].starts_with("it is too much to work out what loops"),
            "{notes:?}"
        );
    }

    #[test]
    fn amounts_decide_whether_a_loop_goes_on_alone() {
        // Without the yard 0.9 x 1.05 = 0.945 t of steel go into a tonne: the mills go on.
        let network = mills(0.9, 1.05);
        let got = cut_sets(&graph(&network, "thing"), &CutSetQuery::default());
        assert_eq!(ids(&got), [["mill-1"], ["mill-2"]]);
        assert_eq!(got.notes, Vec::<String>::new());
        // Without it 0.9 x 1.2 = 1.08 t; with it mill-2 need take none from mill-1.
        let network = mills(0.9, 1.2);
        let got = cut_sets(&graph(&network, "thing"), &CutSetQuery::default());
        assert_eq!(ids(&got), [["mill-1"], ["mill-2"], ["yard"]]);
        assert!(got.complete);
        assert_eq!(
            got.notes,
            [
                "1 of 3 minimal cut sets found leave suppliers, but only such as need more of one another than they yield"
            ]
        );
    }

    /// What mill 1 makes goes into both parts of the thing: next to none into the part that comes first, or next to none into the
    /// last of some in a row. Taking 99 % of what it needs from the mills, it goes on without the yard.
    #[test]
    fn amounts_may_be_tiny() {
        let mills = |first: f64, second: f64, in_a_row: bool| {
            let sketch = Sketch::new(&["a", "b", "steel", "thing"]);
            let sketch = if in_a_row {
                sketch.needs("thing", &["a"]).needs("a", &["b"])
            } else {
                let sketch = sketch.needs("thing", &["a", "b"]);
                sketch.needs("a", &["steel"])
            };
            sketch
                .needs("b", &["steel"])
                .needs("steel", &["steel"])
                .site("a1", "a", "CHN", 0.0)
                .site("b1", "b", "CHN", 0.0)
                .site("mill-1", "steel", "CHN", 0.0)
                .site("mill-2", "steel", "JPN", 0.0)
                .site("mill-3", "steel", "DEU", 0.0)
                .site("works", "thing", "CHN", 0.0)
                .site("yard", "steel", "USA", 0.0)
                .own_recipe("a1", &[first])
                .own_recipe("b1", &[second])
                .own_recipe("mill-1", &[0.9])
                .own_recipe("mill-2", &[0.5])
                .own_recipe("mill-3", &[1.3])
                .supply(
                    "a1",
                    if in_a_row { "b" } else { "steel" },
                    &[(if in_a_row { "b1" } else { "mill-1" }, 1.0)],
                )
                .supply("b1", "steel", &[("mill-1", 1.0)])
                .supply(
                    "mill-1",
                    "steel",
                    &[("mill-2", 0.01), ("mill-3", 0.39), ("yard", 0.6)],
                )
                .supply("mill-2", "steel", &[("mill-1", 1.0)])
                .supply("mill-3", "steel", &[("mill-1", 1.0)])
                .supply("yard", "steel", &[])
                .network()
        };
        for network in [
            mills(1e-9, 1.0, false),
            mills(1.0, 1e-9, false),
            mills(1e-20, 1e-20, true),
        ] {
            let got = cut_sets(&graph(&network, "thing"), &CutSetQuery::default());
            let mut sets = ids(&got);
            sets.retain(|s| s.contains(&"yard"));
            assert_eq!(sets, [["mill-2", "yard"]]);
            assert!(got.complete);
        }
    }

    /// Checks against brute force, and says whether all sets are there: the budget may be too small, or the solver undecided.
    fn check(
        network: &Network,
        kind: ChokepointKind,
        with_assembly: bool,
        budget: Budget,
    ) -> Result<bool, TestCaseError> {
        const SIZE: usize = 3;
        let graph = graph(network, "c0");
        let tree = FaultTree::new(&graph, kind, false, with_assembly);
        prop_assume!(tree.ids.len() <= 12);
        let all: Vec<Vec<u32>> = minimal(&stops(&tree))
            .into_iter()
            .map(|m| {
                (0..tree.ids.len() as u32)
                    .filter(|i| m >> i & 1 == 1)
                    .collect()
            })
            .collect();
        let productive = Productive::new(&graph);
        let Minimal {
            sets: found,
            exact_to,
            ..
        } = minimal_sets_within(&tree, &productive, SIZE, budget);
        for set in &found {
            prop_assert!(
                all.iter().any(|s| s == set.items()),
                "{set:?} is no minimal cut set"
            );
        }
        for set in all.iter().filter(|s| (1..=exact_to).contains(&s.len())) {
            prop_assert!(found.iter().any(|s| s.items() == set), "{set:?} is missing");
        }
        prop_assert!(found.is_sorted());
        Ok(exact_to == SIZE)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]

        #[test]
        fn acyclic_graphs_agree_with_brute_force(network in random(false), kind in kinds(), own in any::<bool>()) {
            prop_assert!(check(&network, kind, own, BUDGET)?);
        }

        #[test]
        fn graphs_with_loops_agree_with_brute_force(network in random(true), kind in kinds(), own in any::<bool>()) {
            prop_assert!(check(&network, kind, own, BUDGET)?);
        }

        #[test]
        fn loops_decided_by_amounts_agree_with_brute_force(network in random_amounts(), kind in kinds(), own in any::<bool>()) {
            prop_assert!(check(&network, kind, own, BUDGET)?);
        }

        #[test]
        fn what_a_small_budget_finds_is_right(network in random_amounts(), kind in kinds(), pairs in 1_u64..200, family in 1_usize..8) {
            check(&network, kind, true, Budget { pairs, sets: pairs, family })?;
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(100))]

        #[test]
        fn tiny_and_huge_amounts_never_make_false_cut_sets(network in random_far_amounts(), kind in kinds()) {
            check(&network, kind, false, BUDGET)?;
        }
    }
}
