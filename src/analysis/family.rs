//! Families of small cut sets: no set in a family holds another.

use rustc_hash::{FxHashMap, FxHashSet};

/// Most items in a set.
pub(super) const MOST_ITEMS: usize = 6;

/// A few items, sorted. Sets order by size, then item by item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct CutSet {
    len: u8,
    items: [u32; MOST_ITEMS],
}

impl CutSet {
    pub(super) const EMPTY: Self = Self {
        len: 0,
        items: [0; MOST_ITEMS],
    };

    pub(super) fn single(item: u32) -> Self {
        let mut set = Self::EMPTY;
        set.push(item);
        set
    }

    /// Adds an item that is larger than all others in it.
    pub(super) fn push(&mut self, item: u32) {
        self.items[self.len()] = item;
        self.len += 1;
    }

    pub(super) fn len(&self) -> usize {
        self.len as usize
    }

    pub(super) fn items(&self) -> &[u32] {
        &self.items[..self.len()]
    }

    /// The union, if it has at most so many items.
    pub(super) fn union(&self, other: &Self, most: usize) -> Option<Self> {
        let (mut a, mut b) = (self.items(), other.items());
        let mut out = Self::EMPTY;
        loop {
            let next = match (a.first(), b.first()) {
                (None, None) => return Some(out),
                (Some(x), None) => *x,
                (None, Some(y)) => *y,
                (Some(x), Some(y)) => *x.min(y),
            };
            if out.len() == most {
                return None;
            }
            out.push(next);
            a = a.strip_prefix(&[next]).unwrap_or(a);
            b = b.strip_prefix(&[next]).unwrap_or(b);
        }
    }

    /// All subsets but the empty one; the set itself comes last.
    fn subsets(&self) -> impl Iterator<Item = Self> + '_ {
        (1_u32..1 << self.len).map(|mask| {
            let mut out = Self::EMPTY;
            for (at, item) in self.items().iter().enumerate() {
                if mask >> at & 1 == 1 {
                    out.push(*item);
                }
            }
            out
        })
    }

    pub(super) fn holds_any(&self, sets: &FxHashSet<CutSet>) -> bool {
        self.subsets().any(|s| sets.contains(&s))
    }
}

/// Sets none of which holds another, sorted, with all items that occur.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Family {
    pub(super) sets: Vec<CutSet>,
    pub(super) items: Vec<u32>,
}

impl Family {
    /// Keeps the minimal ones of some sets.
    pub(super) fn of(mut sets: Vec<CutSet>) -> Self {
        minimise(&mut sets);
        let mut items: Vec<u32> = sets.iter().flat_map(|s| s.items()).copied().collect();
        items.sort_unstable();
        items.dedup();
        Self { sets, items }
    }

    /// The family of the empty set: nothing has to be lost.
    pub(super) fn always() -> Self {
        Self::of(vec![CutSet::EMPTY])
    }

    /// Sets of at most so many items.
    pub(super) fn up_to(&self, most: usize) -> &[CutSet] {
        &self.sets[..self.sets.partition_point(|s| s.len() <= most)]
    }
}

/// Drops repeated sets and those that hold another; sorts the rest.
pub(super) fn minimise(sets: &mut Vec<CutSet>) {
    sets.sort_unstable();
    sets.dedup();
    if sets.first() == Some(&CutSet::EMPTY) {
        sets.truncate(1);
        return;
    }
    let (Some(first), Some(last)) = (sets.first(), sets.last()) else {
        return;
    };
    if first.len() == last.len() {
        return;
    }
    let mut kept: FxHashSet<CutSet> = FxHashSet::default();
    sets.retain(|set| {
        let minimal = !set.holds_any(&kept);
        if minimal {
            kept.insert(*set);
        }
        minimal
    });
}

/// Work and room ran out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Exhausted;

/// How much may be tried, so that no graph takes for ever; counted, not timed, so that equal input gives equal answers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Budget {
    /// Pairs of sets that may still be tried; looking up the parts of a few sets counts as one.
    pub(super) pairs: u64,
    /// Sets that may still be made.
    pub(super) sets: u64,
    /// Most sets in one family.
    pub(super) family: usize,
}

impl Budget {
    pub(super) fn spend(&mut self, pairs: usize, sets: usize) -> Result<(), Exhausted> {
        self.pairs = self.pairs.saturating_sub(pairs as u64);
        self.sets = self.sets.saturating_sub(sets as u64);
        if self.is_spent() {
            return Err(Exhausted);
        }
        Ok(())
    }

    /// Whether nothing is left of it.
    pub(super) fn is_spent(&self) -> bool {
        self.pairs == 0 || self.sets == 0
    }
}

/// The minimal unions of a set of one family with a set of the other, of at most so many items.
///
/// If there are too many of the largest size, some of these are left out, and `partial` is set.
pub(super) fn product(
    a: &[CutSet],
    b: &[CutSet],
    most: usize,
    budget: &mut Budget,
    partial: &mut bool,
) -> Result<Vec<CutSet>, Exhausted> {
    let (a, b) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    // A set that holds one of the other family is its own product, and takes in all its other products.
    let (known_a, known_b): (FxHashSet<CutSet>, FxHashSet<CutSet>) =
        (a.iter().copied().collect(), b.iter().copied().collect());
    let (mut out, rest_a): (Vec<CutSet>, Vec<CutSet>) =
        a.iter().partition(|s| s.holds_any(&known_b));
    let (shared, rest_b): (Vec<CutSet>, Vec<CutSet>) =
        b.iter().partition(|s| s.holds_any(&known_a));
    out.extend(shared);
    budget.spend(cost(a.len() + b.len(), most), 0)?;
    let mut with_item: FxHashMap<u32, Vec<u32>> = FxHashMap::default();
    for (at, set) in rest_b.iter().enumerate() {
        for item in set.items() {
            with_item.entry(*item).or_default().push(at as u32);
        }
    }
    let mut tidy_at = 2 * budget.family;
    let mut room = most;
    for set in &rest_a {
        // Of the larger sets, only those that share an item can still fit.
        let fit = rest_b.partition_point(|s| s.len() + set.len() <= most);
        out.extend(rest_b[..fit].iter().filter_map(|s| set.union(s, room)));
        let mut tried = fit;
        for item in set.items() {
            let sharing = with_item.get(item).map_or(&[][..], Vec::as_slice);
            let larger = &sharing[sharing.partition_point(|at| (*at as usize) < fit)..];
            out.extend(
                larger
                    .iter()
                    .filter_map(|at| set.union(&rest_b[*at as usize], room)),
            );
            tried += larger.len();
        }
        budget.spend(tried, 0)?;
        if out.len() > tidy_at {
            budget.spend(cost(out.len(), most), 0)?;
            minimise(&mut out);
            if trim(&mut out, most, budget.family)? {
                *partial = true;
                room = most - 1;
            }
            tidy_at = out.len() + 2 * budget.family;
        }
    }
    budget.spend(cost(out.len(), most), 0)?;
    minimise(&mut out);
    *partial |= trim(&mut out, most, budget.family)?;
    Ok(out)
}

/// What it costs to look for parts of so many sets of up to so many items, in pairs tried.
pub(super) fn cost(sets: usize, size: usize) -> usize {
    sets << size >> 2
}

/// Drops sets of the largest size beyond the most there may be, and says whether there were any.
pub(super) fn trim(sets: &mut Vec<CutSet>, size: usize, most: usize) -> Result<bool, Exhausted> {
    if sets.len() <= most {
        return Ok(false);
    }
    if sets[most].len() < size || size == 0 {
        return Err(Exhausted);
    }
    sets.truncate(most);
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(items: &[u32]) -> CutSet {
        items.iter().fold(CutSet::EMPTY, |s, i| {
            s.union(&CutSet::single(*i), MOST_ITEMS).unwrap()
        })
    }

    fn budget() -> Budget {
        Budget {
            pairs: 1000,
            sets: 1000,
            family: 100,
        }
    }

    #[test]
    fn larger_sets_are_absorbed() {
        let family = Family::of(vec![set(&[3, 1]), set(&[1, 2, 3]), set(&[2]), set(&[3, 1])]);
        assert_eq!(family.sets, vec![set(&[2]), set(&[1, 3])]);
        assert_eq!(family.items, vec![1, 2, 3]);
        assert_eq!(family.up_to(1), &[set(&[2])]);
    }

    #[test]
    fn products_are_cut_at_the_size_asked_for() {
        let a = [set(&[1]), set(&[2, 3])];
        let b = [set(&[4]), set(&[2, 5])];
        let mut partial = false;
        let got = product(&a, &b, 3, &mut budget(), &mut partial).unwrap();
        assert_eq!(
            got,
            vec![
                set(&[1, 4]),
                set(&[1, 2, 5]),
                set(&[2, 3, 4]),
                set(&[2, 3, 5])
            ]
        );
        let got = product(&a, &b, 2, &mut budget(), &mut partial).unwrap();
        assert_eq!(got, vec![set(&[1, 4])]);
        assert!(!partial);
        let common = [set(&[1]), set(&[9])];
        assert_eq!(
            product(&a, &common, 3, &mut budget(), &mut partial).unwrap()[0],
            set(&[1])
        );
    }
}
