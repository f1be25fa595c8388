//! Charts of results: each a function from figures to SVG.

mod aggregate;
mod before_after;
mod heat_map;
mod sankey;
mod share_bars;
mod tier_curve;
mod world;
mod world_map;

pub use aggregate::Aggregate;
pub use before_after::before_after;
pub use heat_map::heat_map;
pub use sankey::sankey;
pub use share_bars::share_bars;
pub use tier_curve::tier_curve;
pub use world_map::{MapOf, world_map};
