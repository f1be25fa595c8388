//! What loops at one level throughout do to all that they feed, kept: many losses bring a loop to the same level.

use std::collections::BTreeMap;
use std::sync::Arc;

/// Most that is kept, in values.
const MOST_VALUES: usize = 4_000_000;
/// Most levels of loops that are remembered.
const MOST_LEVELS: usize = 256;

/// Where a loop starts in the order, and its level as bits.
pub(super) type Level = (u32, u64);

/// Elements behind a loop with the values they take.
pub(super) type Behind = Arc<Vec<(u32, f64)>>;

/// What is kept; worked out when a level comes up for the second time.
#[derive(Clone, Debug, Default)]
pub(super) struct LoopLevels {
    seen: BTreeMap<Level, Option<Behind>>,
    values: usize,
}

impl LoopLevels {
    /// What is behind a loop at a level that was seen before.
    pub(super) fn behind(
        &mut self,
        level: Level,
        work_out: impl FnOnce() -> Vec<(u32, f64)>,
    ) -> Option<Behind> {
        match self.seen.get_mut(&level) {
            None => {
                if self.seen.len() < MOST_LEVELS {
                    self.seen.insert(level, None);
                }
                None
            }
            Some(Some(behind)) => Some(Arc::clone(behind)),
            Some(kept) => {
                if self.values >= MOST_VALUES {
                    return None;
                }
                let behind = Arc::new(work_out());
                self.values += behind.len();
                *kept = Some(Arc::clone(&behind));
                Some(behind)
            }
        }
    }
}
