//! Validated types: what a supply network is, free of how it is written down.
//!
//! A [`Network`] exists only if it is valid, and does not change once it exists; scenarios make a new one.
//! Nothing here reads files or computes a measure.

mod commodity;
mod country;
mod country_names;
mod flows;
mod indicators;
mod network;
mod rate;
mod scenario;
mod site;
mod supply;
mod unit;
mod words;

pub use commodity::{
    Basis, BuildCost, Byproduct, Commodity, CommodityIx, Input, Price, PriceSource, Production,
    Provenance, Recipe, Recycled, Reserves, Route, Stage, Weighting,
};
pub use country::{Country, Place, REST_OF_WORLD};
pub use flows::{Flow, FlowNode, FlowTable, Need};
pub use indicators::{
    CountryInputs, Governance, GovernanceEstimate, GovernanceScore, IndicatorInputs, SectorInputs,
    TotalInputs,
};
pub use network::{Ban, Network, NetworkParts, Source, WeightMode};
pub use rate::{RateError, parse_rate};
pub use scenario::{
    CapacityEdit, Change, DerivedRole, DerivedSite, NewSite, Outage, OutageTarget, RecipeEdit,
    Scenario,
};
pub use site::{Site, SiteDetails, SiteIx, SiteKind};
pub use supply::{SupplyEntry, SupplyLink, SupplyLinks, TradeEntry, TradeShare};
pub use unit::{
    Dimension, QuantityError, Unit, checked_number, parse_number, parse_quantity, parse_share,
};
pub(crate) use words::some_of;

/// Largest sum of supply, trade or route shares that still counts as rounding.
pub const SHARE_SUM_TOLERANCE: f64 = 1e-4;

/// Source id of a figure that is an assumption, not read anywhere.
pub const ASSUMPTION: &str = "assumption";
