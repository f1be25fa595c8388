//! How many sets hold one of some minimal sets.

use crate::analysis::family::CutSet;

/// Sets looked at before counting is given up.
const MOST: u64 = 20_000_000;

/// The number of sets of at most `k` of `n` items that hold at least one of these minimal sets; null if that is too much
/// to count.
pub(super) fn supersets(minimal: &[CutSet], n: usize, k: usize) -> Option<u64> {
    let all: u128 = (0..=k.min(n)).map(|size| choose(n, size)).sum();
    let mut used: Vec<u32> = minimal.iter().flat_map(|s| s.items()).copied().collect();
    used.sort_unstable();
    used.dedup();
    let mut harmless = Harmless {
        minimal,
        used: &used,
        free: n - used.len(),
        k,
        seen: 0,
        sets: 0,
    };
    harmless.count(0, &mut Vec::new())?;
    u64::try_from(all - harmless.sets).ok()
}

fn choose(n: usize, k: usize) -> u128 {
    if k > n {
        return 0;
    }
    (0..k).fold(1, |product, i| product * (n - i) as u128 / (i as u128 + 1))
}

/// Counts the sets that hold none: those of items in use, times any others.
struct Harmless<'a> {
    minimal: &'a [CutSet],
    used: &'a [u32],
    free: usize,
    k: usize,
    seen: u64,
    sets: u128,
}

impl Harmless<'_> {
    fn count(&mut self, from: usize, set: &mut Vec<u32>) -> Option<()> {
        self.seen += 1 + self.minimal.len() as u64;
        if self.seen > MOST {
            return None;
        }
        let holds = |m: &CutSet| m.items().iter().all(|i| set.contains(i));
        if self.minimal.iter().any(holds) {
            return Some(());
        }
        let others = (0..=self.k - set.len()).map(|size| choose(self.free, size));
        self.sets += others.sum::<u128>();
        if set.len() < self.k {
            for at in from..self.used.len() {
                set.push(self.used[at]);
                let done = self.count(at + 1, set);
                set.pop();
                done?;
            }
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(items: &[u32]) -> CutSet {
        let mut set = CutSet::EMPTY;
        for item in items {
            set.push(*item);
        }
        set
    }

    #[test]
    fn counts_by_hand() {
        // Of 4 items: {0}, {0,1}, {0,2}, {0,3}, and {1,2}.
        assert_eq!(supersets(&[set(&[0])], 4, 2), Some(4));
        assert_eq!(supersets(&[set(&[0]), set(&[1, 2])], 4, 2), Some(5));
        assert_eq!(supersets(&[CutSet::EMPTY], 4, 2), Some(11));
        assert_eq!(supersets(&[], 4, 2), Some(0));
        assert_eq!(supersets(&[set(&[5])], 1_000, 3), Some(1 + 999 + 498_501));
    }
}
