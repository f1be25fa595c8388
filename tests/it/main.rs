//! All integration tests, in one binary so that none is forgotten and linking is done once.
#![expect(
    clippy::unwrap_used,
    reason = "the helpers of tests may panic like the tests themselves"
)]

mod browser;
#[expect(
    clippy::too_many_lines,
    clippy::type_complexity,
    reason = "a model written to be read beside its rules"
)]
mod brute;
mod cli;
mod diagnostics;
mod docs;
mod hostile;
#[expect(
    clippy::too_many_lines,
    clippy::needless_range_loop,
    reason = "laws are long lists of equal checks"
)]
mod laws;
mod layers;
mod limits;
mod messages;
mod owners;
mod parquet;
mod pictures;
mod plan;
mod regressions;
mod report;
mod rerouting;
mod serve;
mod support;
mod webdriver;
mod worked_examples;
mod yaml_oracle;
