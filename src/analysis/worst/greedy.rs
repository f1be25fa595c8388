//! One item after another, each time the one that costs most on top of those before.

use rayon::prelude::*;

use super::TIE;
use super::knock_outs::KnockOuts;
use crate::analysis::family::CutSet;

/// Solved at a time; fixed, so that nothing depends on the machine.
const BATCH: usize = 16;

/// The greedy set of at most k items.
pub(super) fn greedy(field: &KnockOuts<'_>, k: usize) -> CutSet {
    let mut chosen = CutSet::EMPTY;
    let mut value = field.adapted(&[]);
    for _ in 0..k {
        let mut open: Vec<(f64, u32)> = (0..field.len() as u32)
            .into_par_iter()
            .filter(|item| !chosen.items().contains(item))
            .map_init(
                || field.fixed(),
                |fixed, item| (fixed.at_risk(&chosen, item), item),
            )
            .collect();
        open.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        let mut best: Option<(f64, u32)> = None;
        for batch in open.chunks(BATCH) {
            let least = best.map_or(value, |b| b.0) + TIE;
            if batch.first().is_none_or(|(at_risk, _)| *at_risk <= least) {
                break;
            }
            let solved: Vec<(f64, u32)> = batch
                .par_iter()
                .filter(|(at_risk, _)| *at_risk > least)
                .map(|(_, item)| (field.adapted(with(&chosen, *item).items()), *item))
                .collect();
            for (adapted, item) in solved {
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

/// Leaves out what later items have made superfluous.
pub(super) fn without_idle(field: &KnockOuts<'_>, set: CutSet) -> (CutSet, f64) {
    let mut set = set;
    let mut value = field.adapted(set.items());
    let all = set;
    for item in all.items() {
        let rest = without(&set, *item);
        let left = field.adapted(rest.items());
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
