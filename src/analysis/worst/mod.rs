//! The worst k outages: sets of at most k items whose joint loss costs most of the product once buyers have rerouted.
//!
//! The bilevel problem of network interdiction (`docs/methods.md`, Worst outages), solved by search: what is lost without
//! rerouting, D, bounds from above what is lost with it, and a version of D that ignores slack between by-products and hosts
//! is subadditive, so that a set's D bounds all larger sets by the sum of what is added.

mod count;
mod exact;
mod greedy;
mod knock_outs;

use serde::Serialize;

use super::chokepoints::ChokepointKind;
use super::family::{CutSet, MOST_ITEMS};
use super::rerouting::Rules;
use crate::graph::SupplyGraph;
use exact::Found;
use knock_outs::KnockOuts;

/// Losses closer than this tie.
const TIE: f64 = 1e-7;

/// The largest [`WorstQuery::k`].
pub const MOST_WORST_ITEMS: usize = MOST_ITEMS;

/// What to look for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorstQuery {
    /// What is lost: sets are of one kind of item.
    pub kind: ChokepointKind,
    /// Most items lost together, up to [`MOST_WORST_ITEMS`].
    pub k: usize,
    /// Whether the product's own sites may be lost.
    pub with_assembly: bool,
    /// Whether placeless sites and what is not traded may be lost too.
    pub all: bool,
    /// Whether to add one item after another, each time the worst, in place of the exact search.
    pub greedy: bool,
    /// Most sets returned.
    pub most: usize,
    /// How buyers reroute.
    pub rules: Rules,
}

impl Default for WorstQuery {
    fn default() -> Self {
        Self {
            kind: ChokepointKind::Site,
            k: 3,
            with_assembly: false,
            all: false,
            greedy: false,
            most: 10_000,
            rules: Rules::default(),
        }
    }
}

/// How sets were found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum WorstMethod {
    /// No set of at most k items is worse.
    Exact,
    /// One item after another: there may be worse.
    Greedy,
}

impl WorstMethod {
    /// The word used in output.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Greedy => "greedy",
        }
    }
}

/// The worst sets.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Worst {
    /// Most items that could be lost together.
    pub k: usize,
    /// What the items are.
    pub kind: ChokepointKind,
    /// Part of the product lost with any of the sets after rerouting, 0 to 1.
    pub at_risk_adapted: f64,
    /// Ids of the items of each set, by size, then ids. Sets that tie with one of their own parts are left out.
    pub sets: Vec<Vec<String>>,
    /// How many such sets there are; `sets` may be cut.
    pub found: usize,
    /// How many sets of at most k items do as much harm, those with items that add nothing included; null where there
    /// are too many to count, and for greedy sets.
    pub count: Option<u64>,
    /// How they were found.
    pub method: WorstMethod,
    /// What the reader should know.
    #[serde(skip)]
    pub notes: Vec<String>,
}

/// Finds the sets whose joint loss hurts most.
#[must_use]
pub fn worst(graph: &SupplyGraph<'_>, query: &WorstQuery) -> Worst {
    let k = query.k.min(MOST_ITEMS);
    let loose = knock_outs::without_slack(graph);
    let knock_outs = KnockOuts::new(graph, &loose, query);
    let mut notes = knock_outs.notes().to_vec();
    let mut found = Found::default();
    found.add(CutSet::EMPTY, knock_outs.adapted(&[]));
    let chosen = greedy::greedy(&knock_outs, k);
    let mut method = WorstMethod::Greedy;
    if !query.greedy {
        let mut all = found.clone();
        match exact::search(&knock_outs, k, chosen, &mut all) {
            Ok(()) => {
                method = WorstMethod::Exact;
                found = all;
            }
            Err(exact::TooMuch) => notes.push(format!(
                "the exact search for sets of {k} would take too long: the sets are greedy, and others may be worse"
            )),
        }
    }
    if method == WorstMethod::Greedy {
        let (set, value) = greedy::without_idle(&knock_outs, chosen);
        found.add(set, value);
    }
    if knock_outs.gave_up() {
        notes.push("the solver gave up on some sets, which are left out".to_owned());
    }
    let best = found.best();
    let minimal = found.minimal(best - TIE);
    let count = match method {
        WorstMethod::Exact => count::supersets(&minimal, knock_outs.len(), k),
        WorstMethod::Greedy => None,
    };
    let mut sets: Vec<Vec<String>> = minimal.iter().map(|s| knock_outs.ids(s)).collect();
    sets.sort_by(|a, b| a.len().cmp(&b.len()).then_with(|| a.cmp(b)));
    if sets.len() > query.most {
        notes.push(format!(
            "{} worst sets tie, the first {} are listed",
            sets.len(),
            query.most
        ));
    }
    let total = sets.len();
    sets.truncate(query.most);
    Worst {
        k,
        kind: query.kind,
        at_risk_adapted: best,
        sets,
        found: total,
        count,
        method,
        notes,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use approx::assert_abs_diff_eq;
    use proptest::prelude::*;

    use super::super::rerouting::{Priority, Reroute};
    use super::super::test_network::{Sketch, kinds, random, two_or_one};
    use super::*;
    use crate::graph::Roots;
    use crate::model::Network;

    fn graph<'n>(network: &'n Network, product: &str) -> SupplyGraph<'n> {
        let product = network.find_commodity(product).unwrap();
        SupplyGraph::new(network, &Roots::product(product))
    }

    fn sized(k: usize) -> WorstQuery {
        WorstQuery {
            k,
            ..WorstQuery::default()
        }
    }

    #[test]
    fn one_that_nobody_replaces_and_two_that_do() {
        // The product needs (a1 or a2) and b1. One loss of a costs half, and no spare capacity replaces it.
        let network = two_or_one();
        let graph = graph(&network, "product");
        let one = worst(&graph, &sized(1));
        assert_eq!(one.sets, [["b1"]]);
        assert_abs_diff_eq!(one.at_risk_adapted, 1.0, epsilon = 1e-9);
        assert_eq!((one.found, one.count), (1, Some(1)));
        let two = worst(&graph, &sized(2));
        assert_eq!(two.sets, [vec!["b1"], vec!["a1", "a2"]]);
        // b1, b1 with either a, and both a.
        assert_eq!((two.found, two.count), (2, Some(4)));
        assert_eq!(two.method, WorstMethod::Exact);
        let all = WorstQuery {
            with_assembly: true,
            most: 1,
            ..sized(2)
        };
        let all = worst(&graph, &all);
        assert_eq!((all.sets.len(), all.found), (1, 3));
        assert_eq!(all.notes, ["3 worst sets tie, the first 1 are listed"]);
    }

    /// a comes from two equal makers, b from one large and two small ones that only hurt together.
    fn misleading() -> Network {
        let network = Sketch::new(&["a", "b", "product"])
            .needs("product", &["a", "b"])
            .site("a1", "a", "CHN", 0.0)
            .site("a2", "a", "JPN", 0.0)
            .site("b1", "b", "USA", 0.0)
            .site("b2", "b", "DEU", 0.0)
            .site("b3", "b", "FRA", 0.0)
            .site("works", "product", "DEU", 0.0)
            .network();
        let mut parts = network.into_parts();
        for site in &mut parts.sites {
            site.output = Some(match &*site.id {
                "b1" => 0.6,
                "b2" | "b3" => 0.2,
                "works" => 100.0,
                _ => 0.5,
            });
        }
        Network::build(parts)
    }

    #[test]
    fn greedy_may_miss_the_worst_and_says_what_it_is() {
        let network = misleading();
        let graph = graph(&network, "product");
        // Alone b1 is the worst, 0.6; with b2 it costs 0.8. Both makers of a stop everything.
        let exact = worst(&graph, &sized(2));
        assert_eq!(exact.sets, [["a1", "a2"]]);
        assert_abs_diff_eq!(exact.at_risk_adapted, 1.0, epsilon = 1e-9);
        let greedy = WorstQuery {
            greedy: true,
            ..sized(2)
        };
        let greedy = worst(&graph, &greedy);
        assert_eq!(greedy.sets, [["b1", "b2"]]);
        assert_abs_diff_eq!(greedy.at_risk_adapted, 0.8, epsilon = 1e-9);
        assert_eq!((greedy.method, greedy.count), (WorstMethod::Greedy, None));
    }

    #[test]
    fn with_nothing_to_lose_the_worst_set_is_empty() {
        let network = Sketch::new(&["product"])
            .site("works", "product", "DEU", 0.0)
            .network();
        let found = worst(&graph(&network, "product"), &sized(2));
        assert_eq!(found.sets, [Vec::<String>::new()]);
        assert_abs_diff_eq!(found.at_risk_adapted, 0.0);
    }

    /// All sets of at most k items, by brute force: the largest loss, the minimal sets that reach it, and how many do.
    fn by_brute_force(knock_outs: &KnockOuts<'_>, k: usize) -> (f64, BTreeSet<Vec<String>>, u64) {
        let sets: Vec<(usize, f64)> = (0..1_usize << knock_outs.len())
            .filter(|mask| mask.count_ones() as usize <= k)
            .map(|mask| {
                let items = (0..knock_outs.len() as u32).filter(|i| mask >> i & 1 == 1);
                (mask, knock_outs.adapted(&items.collect::<Vec<u32>>()))
            })
            .collect();
        let best = sets.iter().map(|(_, v)| *v).fold(0.0, f64::max);
        let worst: Vec<usize> = sets
            .iter()
            .filter(|(_, v)| *v >= best - TIE)
            .map(|(mask, _)| *mask)
            .collect();
        let is_minimal = |mask: &&usize| !worst.iter().any(|m| m != *mask && m & *mask == *m);
        let ids = |mask: &usize| {
            let mut set = CutSet::EMPTY;
            for item in (0..knock_outs.len() as u32).filter(|i| mask >> i & 1 == 1) {
                set.push(item);
            }
            knock_outs.ids(&set)
        };
        let minimal = worst.iter().filter(is_minimal).map(ids).collect();
        (best, minimal, worst.len() as u64)
    }

    fn rules() -> impl Strategy<Value = Rules> {
        (any::<bool>(), any::<bool>()).prop_map(|(links, first)| Rules {
            reroute: if links {
                Reroute::Links
            } else {
                Reroute::Market
            },
            priority: if first {
                Priority::First
            } else {
                Priority::ProRata
            },
        })
    }

    /// Random outputs, and spare capacities of some sites.
    fn resized(network: Network, sizes: &[(u8, u8)]) -> Network {
        let mut parts = network.into_parts();
        for (site, (output, spare)) in parts.sites.iter_mut().zip(sizes.iter().cycle()) {
            let output = 1.0 + f64::from(output % 8);
            site.output = Some(output);
            site.capacity = Some(output * (1.0 + f64::from(spare % 4) / 2.0));
        }
        Network::build(parts)
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

        #[test]
        fn the_search_agrees_with_brute_force(
            network in prop_oneof![random(false), random(true)],
            sizes in prop::collection::vec(any::<(u8, u8)>(), 15),
            kind in kinds(),
            rules in rules(),
            k in 1..4_usize,
            with_assembly in any::<bool>(),
        ) {
            let network = resized(network, &sizes);
            let graph = graph(&network, "c0");
            let query = WorstQuery { kind, rules, k, with_assembly, ..WorstQuery::default() };
            let found = worst(&graph, &query);
            prop_assert_eq!(found.method, WorstMethod::Exact);
            let loose = knock_outs::without_slack(&graph);
            let knock_outs = KnockOuts::new(&graph, &loose, &query);
            let (best, minimal, count) = by_brute_force(&knock_outs, k);
            prop_assert!((found.at_risk_adapted - best).abs() < 1e-7, "{} {best}", found.at_risk_adapted);
            let sets: BTreeSet<Vec<String>> = found.sets.iter().cloned().collect();
            prop_assert_eq!(sets, minimal);
            prop_assert_eq!(found.count, Some(count));
            let greedy = worst(&graph, &WorstQuery { greedy: true, ..query });
            prop_assert!(greedy.at_risk_adapted <= best + TIE);
        }

        /// What the search prunes by.
        #[test]
        fn the_bound_holds_and_is_subadditive(
            network in prop_oneof![random(false), random(true)],
            sizes in prop::collection::vec(any::<(u8, u8)>(), 15),
            one in any::<u16>(),
            other in any::<u16>(),
        ) {
            let network = resized(network, &sizes);
            let graph = graph(&network, "c0");
            let loose = knock_outs::without_slack(&graph);
            let knock_outs = KnockOuts::new(&graph, &loose, &WorstQuery::default());
            let items = |mask: u16| -> Vec<u32> {
                (0..knock_outs.len().min(16) as u32).filter(|i| mask >> i & 1 == 1).take(3).collect()
            };
            let set = |items: &[u32]| {
                let mut set = CutSet::EMPTY;
                items.iter().for_each(|i| set.push(*i));
                set
            };
            let (one, other) = (items(one), items(other));
            let mut both = [&one[..], &other].concat();
            both.sort_unstable();
            both.dedup();
            let mut fixed = knock_outs.fixed();
            let mut bound = |items: &[u32]| fixed.bound(&set(items), None);
            prop_assert!(bound(&both) <= bound(&one) + bound(&other) + 1e-9);
            if let Some((last, rest)) = both.split_last() {
                let at_risk = fixed.at_risk(&set(rest), *last);
                prop_assert!(at_risk <= fixed.bound(&set(&both), None) + 1e-9);
                prop_assert!(knock_outs.adapted(&both) <= at_risk + TIE);
            }
        }
    }
}
