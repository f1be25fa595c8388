//! One item after another, each time the one that costs most on top of those before.

use rayon::prelude::*;

use super::TIE;
use super::knock_outs::KnockOuts;
use crate::analysis::family::CutSet;

/// Looked at together; fixed, so that nothing depends on the machine.
const BATCH: usize = 64;
/// Of these, lost together first.
const GROUP: usize = 8;

/// The greedy set of at most k items.
pub(super) fn greedy(knock_outs: &KnockOuts<'_>, k: usize) -> CutSet {
    let mut chosen = CutSet::EMPTY;
    let mut value = knock_outs.adapted(&[]);
    for _ in 0..k {
        let mut open: Vec<(f64, u32)> = (0..knock_outs.len() as u32)
            .into_par_iter()
            .filter(|item| !chosen.items().contains(item))
            .map_init(
                || knock_outs.fixed(),
                |fixed, item| (fixed.at_risk(&chosen, item), item),
            )
            .collect();
        open.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        let mut best: Option<(f64, u32)> = None;
        for batch in open.chunks(BATCH) {
            let least = best.map_or(value, |b| b.0) + TIE;
            let promising = |(at_risk, item): &(f64, u32)| (*at_risk > least).then_some(*item);
            let items: Vec<u32> = batch.iter().filter_map(promising).collect();
            if items.is_empty() {
                break;
            }
            let solved: Vec<Vec<(f64, u32)>> = items
                .par_chunks(GROUP)
                .map(|group| sift(knock_outs, &chosen, group, least))
                .collect();
            for (adapted, item) in solved.into_iter().flatten() {
                if adapted > best.map_or(value, |b| b.0) + TIE {
                    best = Some((adapted, item));
                }
            }
        }
        let Some((adapted, item)) = best else {
            break;
        };
        chosen = with(&chosen, item);
        value = adapted;
    }
    chosen
}

/// The items that cost more than this on top of a set: what losing all of a group does not come up to, none of it does.
fn sift(knock_outs: &KnockOuts<'_>, chosen: &CutSet, group: &[u32], least: f64) -> Vec<(f64, u32)> {
    let all: Vec<u32> = chosen.items().iter().chain(group).copied().collect();
    let adapted = knock_outs.adapted(&all);
    if adapted <= least {
        return Vec::new();
    }
    if let [only] = group {
        return vec![(adapted, *only)];
    }
    let (one, other) = group.split_at(group.len() / 2);
    let mut found = sift(knock_outs, chosen, one, least);
    found.extend(sift(knock_outs, chosen, other, least));
    found
}

/// Leaves out what later items have made superfluous.
pub(super) fn without_idle(knock_outs: &KnockOuts<'_>, set: CutSet) -> (CutSet, f64) {
    let mut set = set;
    let mut value = knock_outs.adapted(set.items());
    let all = set;
    for item in all.items() {
        let rest = without(&set, *item);
        let left = knock_outs.adapted(rest.items());
        if left >= value - TIE {
            (set, value) = (rest, left);
        }
    }
    (set, value)
}

fn sorted(mut items: Vec<u32>) -> CutSet {
    items.sort_unstable();
    let mut set = CutSet::EMPTY;
    for item in items {
        set.push(item);
    }
    set
}

fn with(set: &CutSet, item: u32) -> CutSet {
    sorted(set.items().iter().copied().chain([item]).collect())
}

fn without(set: &CutSet, item: u32) -> CutSet {
    sorted(set.items().iter().copied().filter(|i| *i != item).collect())
}
