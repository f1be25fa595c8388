//! One product's part of a network as an AND/OR graph.
//!
//! A *process* (a site on one route) needs all of its inputs; a *mix* stands for the suppliers of an input, any of which
//! will do. Buyers who buy alike share a mix. Only the cone of the roots is ever built. No measure is computed here.

mod build;
pub(crate) mod derived;
mod gain;
mod order;
mod supply_graph;

pub use build::{ProductError, Roots};
pub use gain::GainingLoop;
pub use order::{Component, Order};
pub use supply_graph::{
    Edge, InputView, Link, Mix, Part, Process, ProcessIx, ProcessKind, SupplyGraph, Tie,
};
