//! Published indicators of criticality, side by side, for one commodity at one stage.
//!
//! Each file holds the pure formulas of one school with their sources; `assess` puts them to work on the inputs at hand. A
//! missing input leaves the figure empty, never zero; where the rest still bounds it, the range is given. Equations and worked
//! examples are in `docs/criticality.md`. Not done here: averages over groups of materials, recency-weighted means of years,
//! the qualitative steps of the official lists.

mod assess;
pub mod eu;
mod from_network;
pub mod geopolrisk;
pub mod hhi;
pub mod iea;
mod range;
pub mod usgs;

pub use assess::{CountryFigures, Criticality, InputUsed, Region, criticality};
pub use from_network::network_inputs;
pub use range::Estimate;
