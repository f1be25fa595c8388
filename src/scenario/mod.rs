//! Scenarios: a changed network, and what changed in the results.

mod apply;
mod diff;

pub use apply::apply;
pub use diff::{
    ChokepointChanges, CountryDiff, Deltas, DiffQuery, Figures, ScenarioDiff, ShareDiff, diff,
};
