//! Scenarios: a changed network, what changed in the results, and plans written as scenarios.

mod apply;
mod diff;
mod plan;

pub use apply::apply;
pub use diff::{
    ChokepointChanges, CountryDiff, Deltas, DiffQuery, Figures, ScenarioDiff, ShareDiff, diff,
};
pub use plan::{CheckedPlan, plan, plan_file};
