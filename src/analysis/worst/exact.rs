//! The exact search. Sets grow item by item in falling order of the items' bounds; a set is taken further only if the
//! bound says that it can still come up to the worst one known, and solved only if its at risk without rerouting does.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::TIE;
use super::knock_outs::{Fixed, KnockOuts};
use crate::analysis::family::CutSet;

/// The search was given up.
#[derive(Clone, Copy, Debug)]
pub(super) struct TooMuch;

/// Most knock-outs without rerouting, and most with it, on a graph of [`USUAL`] processes; fewer on larger ones. They
/// count steps, not time: equal input gives equal answers.
const MOST_FIXED: usize = 4_000_000;
const MOST_SOLVED: usize = 20_000;
const USUAL: usize = 2_000;

/// Losses closer than this are one: the solver's rounding.
const ROUNDING: f64 = 1e-9;

/// Sets solved so far that were worth keeping.
#[derive(Clone, Debug, Default)]
pub(super) struct Found {
    values: BTreeMap<CutSet, f64>,
    best: f64,
}

impl Found {
    pub(super) fn add(&mut self, set: CutSet, value: f64) {
        self.best = self.best.max(value);
        self.values.insert(set, value);
    }

    pub(super) fn best(&self) -> f64 {
        self.best
    }

    /// The largest value of a known set within this one, itself included.
    fn within(&self, set: &CutSet) -> f64 {
        let known = parts(set).filter_map(|p| self.values.get(&p).copied());
        known.fold(0.0, f64::max)
    }

    /// Known sets of at least this value none of whose parts has it, in order.
    pub(super) fn minimal(&self, least: f64) -> Vec<CutSet> {
        let bad = |s: &CutSet| self.values.get(s).is_some_and(|v| *v >= least);
        let mut sets: Vec<CutSet> = self.values.keys().copied().filter(bad).collect();
        sets.retain(|s| parts(s).all(|p| p == *s || !bad(&p)));
        sets
    }
}

/// All subsets, the set itself included.
fn parts(set: &CutSet) -> impl Iterator<Item = CutSet> {
    let items = set.items().to_vec();
    (0..1_u32 << items.len()).map(move |mask| {
        let mut part = CutSet::EMPTY;
        for (at, item) in items.iter().enumerate() {
            if mask >> at & 1 == 1 {
                part.push(*item);
            }
        }
        part
    })
}

/// Most items lost together at first to see whether any of them matters.
const GROUP: usize = 32;

/// A set that may be extended, with its bound.
type Open = (CutSet, f64);

/// A set with the items any one of which may make it one of the worst, and the largest at risk among these.
struct Task {
    set: CutSet,
    more: Vec<u32>,
    at_risk: f64,
}

/// Finds all sets of at most k items that tie for the worst, or at least all minimal ones; `start` is one to begin with.
pub(super) fn search(
    knock_outs: &KnockOuts<'_>,
    k: usize,
    start: CutSet,
    found: &mut Found,
) -> Result<(), TooMuch> {
    found.add(start, knock_outs.adapted(start.items()));
    let mut open: Vec<Open> = vec![(
        CutSet::EMPTY,
        knock_outs.fixed().bound(&CutSet::EMPTY, None),
    )];
    let larger = knock_outs.size().max(USUAL);
    let most_fixed = MOST_FIXED * USUAL / larger;
    let most_solved = MOST_SOLVED * USUAL / larger;
    let (mut fixed, mut solved) = (0, 0);
    for size in 0..k {
        let left = k - size;
        let least = found.best - TIE;
        let reach = |(set, bound): &Open| reach(knock_outs, set, *bound, left, least);
        fixed += open.par_iter().map(|o| reach(o).len()).sum::<usize>();
        if fixed > most_fixed {
            return Err(TooMuch);
        }
        let grown: Vec<(Option<Task>, Vec<Open>)> = open
            .par_iter()
            .map_init(
                || knock_outs.fixed(),
                |fixed, o| grow(knock_outs, fixed, found, o, reach(o), left),
            )
            .collect();
        let mut tasks: Vec<Task> = Vec::new();
        open = Vec::new();
        for (task, next) in grown {
            tasks.extend(task);
            open.extend(next);
        }
        tasks.sort_by(|a, b| {
            b.at_risk
                .total_cmp(&a.at_risk)
                .then_with(|| a.set.cmp(&b.set))
        });
        solve(knock_outs, &tasks, found, &mut solved, most_solved)?;
    }
    Ok(())
}

/// The items that a set may be extended by: with `left` items no larger than the next one it can come up to the worst.
fn reach(
    knock_outs: &KnockOuts<'_>,
    set: &CutSet,
    bound: f64,
    left: usize,
    least: f64,
) -> std::ops::Range<u32> {
    let first = set.items().last().map_or(0, |i| i + 1);
    let mut end = first;
    // Bounds fall from item to item, so that a binary search would do; sums of a few are cheap enough.
    while (end as usize) < knock_outs.len()
        && bound + left as f64 * knock_outs.bound(end as usize) >= least - ROUNDING
    {
        end += 1;
    }
    first..end
}

/// Extends a set by one item, in all ways that can matter.
fn grow(
    knock_outs: &KnockOuts<'_>,
    fixed: &mut Fixed<'_>,
    found: &Found,
    (set, _): &Open,
    reach: std::ops::Range<u32>,
    left: usize,
) -> (Option<Task>, Vec<Open>) {
    let least = found.best - TIE;
    let mut task = Task {
        set: *set,
        more: Vec::new(),
        at_risk: 0.0,
    };
    let mut next: Vec<Open> = Vec::new();
    for item in reach {
        let at_risk = fixed.at_risk(set, item);
        let mut larger = *set;
        larger.push(item);
        if at_risk >= least - ROUNDING && at_risk > found.within(&larger) + ROUNDING {
            task.more.push(item);
            task.at_risk = task.at_risk.max(at_risk);
        }
        let after = item as usize + 1;
        if left > 1 && after < knock_outs.len() {
            let bound = fixed.bound(set, Some(item));
            if bound + (left - 1) as f64 * knock_outs.bound(after) >= least - ROUNDING {
                next.push((larger, bound));
            }
        }
    }
    ((!task.more.is_empty()).then_some(task), next)
}

/// Solves what has to be solved, a batch at a time; the batches do not depend on the machine.
fn solve(
    knock_outs: &KnockOuts<'_>,
    tasks: &[Task],
    found: &mut Found,
    solved: &mut usize,
    most: usize,
) -> Result<(), TooMuch> {
    const BATCH: usize = 32;
    for batch in tasks.chunks(BATCH) {
        let worst: Vec<(usize, Vec<(CutSet, f64)>)> = batch
            .par_iter()
            .map(|task| {
                let mut group = Group {
                    knock_outs,
                    found,
                    set: task.set,
                    solved: 0,
                    bad: Vec::new(),
                };
                if task.at_risk >= found.best - TIE - ROUNDING {
                    task.more.chunks(GROUP).for_each(|more| group.test(more));
                }
                (group.solved, group.bad)
            })
            .collect();
        for (count, sets) in worst {
            *solved += count;
            for (set, value) in sets {
                found.add(set, value);
            }
        }
        if *solved > most {
            return Err(TooMuch);
        }
    }
    Ok(())
}

/// A set and items, one of which may be added: what losing many of them at once does not bring up to the worst, losing one
/// does not either.
struct Group<'a> {
    knock_outs: &'a KnockOuts<'a>,
    found: &'a Found,
    set: CutSet,
    solved: usize,
    bad: Vec<(CutSet, f64)>,
}

impl Group<'_> {
    fn test(&mut self, more: &[u32]) {
        const FEW: usize = 2;
        if more.len() > FEW {
            let all: Vec<u32> = self.set.items().iter().chain(more).copied().collect();
            self.solved += 1;
            let known = self.found.within(&self.set) + ROUNDING;
            if self.knock_outs.adapted(&all) < known.max(self.found.best - TIE) {
                return;
            }
            let (one, other) = more.split_at(more.len() / 2);
            self.test(one);
            self.test(other);
            return;
        }
        // So few are as quickly solved one by one.
        for item in more {
            let mut set = self.set;
            set.push(*item);
            self.solved += 1;
            let value = self.knock_outs.adapted(set.items());
            if value >= self.found.best - TIE && value > self.found.within(&set) + ROUNDING {
                self.bad.push((set, value));
            }
        }
    }
}
