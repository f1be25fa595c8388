//! Scenarios: a changed network, what changed in the results, and plans written as scenarios.

mod apply;
mod diff;
mod write;

pub use apply::apply;
pub use diff::{
    ChokepointChanges, CountryDiff, Deltas, DiffQuery, Figures, ScenarioDiff, ShareDiff, diff,
};
pub use write::plan_scenario;
