//! Supply chains behind refined minerals: who makes what a product needs, tier by tier.
//!
//! Read in this order:
//!
//! 1. [`diag::Sources`] holds the text of the files, wherever it came from.
//! 2. [`load::load`] turns them into a [`model::Network`], and lists every problem with its place.
//! 3. [`graph::SupplyGraph`] is one product's part of the network: processes that need all their inputs (AND),
//!    each filled by any of its suppliers (OR).
//! 4. [`analysis`] computes the measures on it, one file or folder each.
//! 5. [`scenario`] changes a network and compares two.
//! 6. [`report`] makes tables of results, [`render`] pictures, and [`page`] whole reports in HTML.

pub mod analysis;
pub mod diag;
pub mod graph;
pub mod load;
pub mod model;
pub mod page;
pub mod render;
pub mod report;
pub mod scenario;

/// The README's example is compiled and run with the documentation tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct ReadmeExample;
