//! One file per command: its arguments, whose comments are its help, and what it does.

pub(crate) mod cascade;
pub(crate) mod charts;
pub(crate) mod check;
pub(crate) mod chokepoints;
pub(crate) mod criticality;
pub(crate) mod diff;
pub(crate) mod exposure;
pub(crate) mod limits;
pub(crate) mod list;
pub(crate) mod owners;
pub(crate) mod plan;
pub(crate) mod render;
pub(crate) mod report;
pub(crate) mod serve;
pub(crate) mod share;
pub(crate) mod tiers;
pub(crate) mod why;
