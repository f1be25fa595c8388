//! Cut sets that leave the product suppliers, but only such as need more of one another than they yield.
//!
//! Each set between the two fixed points is decided by the programme. What it shows to be enough to go on, another loss must
//! hit to stop the product: only by such items are sets extended, until they do (the hitting-set tree of Reiter, "A theory
//! of diagnosis from first principles", *Artificial Intelligence* 32, 1987).

use std::collections::VecDeque;

use rustc_hash::FxHashSet;

use super::bdd::{Diagrams, NEVER, Ref};
use super::family::{CutSet, Exhausted};
use super::fault_tree::FaultTree;
use super::productive::Productive;

/// Such sets.
#[derive(Clone, Debug, Default)]
pub(super) struct LoopCuts {
    pub(super) sets: Vec<CutSet>,
    /// The size up to which they are all there.
    pub(super) exact_to: usize,
    /// The size up to which no set can hold a smaller one that is not known.
    pub(super) listed_to: usize,
    /// Whether what ended the search is that loops were too much to decide, and not that there are too many sets.
    pub(super) undecided: bool,
}

/// Steps of all decisions together, so that no graph takes for ever; enough for some seconds.
const MOST_WORK: u64 = 400_000_000;
/// Most sets of one size that are looked at.
const MOST_SETS: usize = 1_000_000;
/// Items of which something suffices to go on, as bits, kept for later sets.
const MOST_KEPT: usize = 128;

/// What is known to suffice, by the items it takes.
#[derive(Default)]
struct KnownToSuffice {
    kept: VecDeque<(Vec<u64>, Vec<u32>)>,
}

impl KnownToSuffice {
    /// Items that suffice and of which a set has none.
    fn without(&self, set: &CutSet) -> Option<&[u32]> {
        let holds = |bits: &[u64], i: u32| bits[i as usize / 64] >> (i % 64) & 1 == 1;
        let spared = |bits: &[u64]| !set.items().iter().any(|i| holds(bits, *i));
        let found = self.kept.iter().find(|(bits, _)| spared(bits));
        found.map(|(_, items)| &items[..])
    }

    fn keep(&mut self, items: Vec<u32>, of: usize) {
        let mut bits = vec![0; of.div_ceil(64)];
        for item in &items {
            bits[*item as usize / 64] |= 1 << (item % 64);
        }
        self.kept.push_front((bits, items));
        self.kept.truncate(MOST_KEPT);
    }
}

/// Finds the minimal sets of at most `size` items that stop the product but do not hold any of `cuts`, each of which does so
/// whatever the amounts. All of them hold one of `open`.
pub(super) fn loop_cuts(
    tree: &FaultTree<'_>,
    productive: &Productive<'_>,
    open: &[CutSet],
    cuts: &[CutSet],
    size: usize,
) -> LoopCuts {
    let mut known: FxHashSet<CutSet> = cuts.iter().copied().collect();
    let mut levels: Vec<Vec<CutSet>> = vec![Vec::new(); size + 1];
    for set in open.iter().filter(|s| s.len() <= size) {
        levels[set.len()].push(*set);
    }
    let mut found = LoopCuts::default();
    let mut work = MOST_WORK;
    let mut to_suffice = KnownToSuffice::default();
    for at in 0..=size {
        let mut sets = std::mem::take(&mut levels[at]);
        sets.sort_unstable();
        sets.dedup();
        let (mut tidy_at, mut too_many) = (MOST_SETS, false);
        for set in sets {
            if known.contains(&CutSet::EMPTY) || set.holds_any(&known) {
                continue;
            }
            let mut items = to_suffice.without(&set).map(<[u32]>::to_vec);
            if items.is_none() {
                let lost = tree.lost(set.items());
                let Ok(suffice) = productive.suffices(&lost, &mut work) else {
                    found.exact_to = at.saturating_sub(1);
                    found.listed_to = at;
                    found.undecided = true;
                    return found;
                };
                items = suffice.map(|suffice| items_of(tree, &suffice));
                if let Some(items) = &items {
                    to_suffice.keep(items.clone(), tree.ids.len());
                }
            }
            let Some(items) = items else {
                known.insert(set);
                found.sets.push(set);
                continue;
            };
            if at < size {
                let more = items.iter();
                let more = more.filter_map(|i| set.union(&CutSet::single(*i), size));
                let next = &mut levels[at + 1];
                next.extend(more.filter(|s| s.len() > at));
                if next.len() > tidy_at {
                    next.sort_unstable();
                    next.dedup();
                    tidy_at = (2 * next.len()).max(MOST_SETS);
                    if next.len() > MOST_SETS {
                        too_many = true;
                        next.clear();
                    }
                }
            }
        }
        if too_many {
            found.exact_to = at;
            found.listed_to = at + 1;
            return found;
        }
    }
    found.exact_to = size;
    found.listed_to = size;
    found
}

/// The items that some processes are lost with.
fn items_of(tree: &FaultTree<'_>, processes: &[crate::graph::ProcessIx]) -> Vec<u32> {
    let mut items: Vec<u32> = processes.iter().filter_map(|p| tree.item(*p)).collect();
    items.sort_unstable();
    items.dedup();
    items
}

/// The condition under which the product stops, given the one under which it stops though loops feed themselves and the one
/// under which it stops where they cannot start; and whether it is all of it.
///
/// States between the two are taken one by one. One that stops the product is brought down to the losses that are needed for
/// that, one that does not is widened to all that spare what suffices to go on; each settles many others.
pub(super) fn settle(
    tree: &FaultTree<'_>,
    productive: &Productive<'_>,
    diagrams: &mut Diagrams,
    items: &[u32],
    surely: Ref,
    at_most: Ref,
) -> (Ref, bool) {
    let mut top = surely;
    let exact = settle_into(tree, productive, diagrams, items, &mut top, at_most);
    (top, exact.is_ok())
}

fn settle_into(
    tree: &FaultTree<'_>,
    productive: &Productive<'_>,
    diagrams: &mut Diagrams,
    items: &[u32],
    top: &mut Ref,
    at_most: Ref,
) -> Result<(), Exhausted> {
    let mut variable_of = vec![None; tree.ids.len()];
    for (variable, item) in items.iter().enumerate() {
        variable_of[*item as usize] = Some(variable as u32);
    }
    let mut work = MOST_WORK;
    let mut suffices = |lost: &[u32]| {
        let lost: Vec<u32> = lost.iter().map(|v| items[*v as usize]).collect();
        let suffice = productive.suffices(&tree.lost(&lost), &mut work);
        suffice.map_err(|_| Exhausted)
    };
    let mut open = diagrams.without(at_most, *top)?;
    while open != NEVER {
        let mut lost = diagrams.a_solution(open);
        if let Some(suffice) = suffices(&lost)? {
            let mut hit = NEVER;
            for variable in items_of(tree, &suffice)
                .into_iter()
                .filter_map(|i| variable_of[i as usize])
            {
                let one = diagrams.variable(variable)?;
                hit = diagrams.or(hit, one)?;
            }
            open = diagrams.and(open, hit)?;
            continue;
        }
        let mut at = 0;
        while at < lost.len() {
            let mut fewer = lost.clone();
            fewer.remove(at);
            if suffices(&fewer)?.is_none() {
                lost = fewer;
            } else {
                at += 1;
            }
        }
        let cut = diagrams.all_of(&lost)?;
        *top = diagrams.or(*top, cut)?;
        open = diagrams.without(open, cut)?;
    }
    Ok(())
}
