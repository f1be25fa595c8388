//! The measures, one file or folder each. Pure functions of a [`SupplyGraph`](crate::graph::SupplyGraph): no input, no output, no
//! scenarios. Each cites its equation in `docs/`.

mod bdd;
pub mod cascade;
mod chokepoints;
mod concentration;
mod control;
mod country_share;
pub mod criticality;
mod cut_sets;
mod exposure;
mod family;
mod fault_tree;
mod grounds;
mod items;
mod leontief;
mod look_through;
mod loop_cuts;
mod loop_levels;
mod lowest;
mod owners;
mod productive;
mod reliability;
mod requirement;
mod rerouting;
mod single_point;
mod solve;
mod survival;
mod target;
#[cfg(test)]
mod test_network;
mod tiers;
mod unlocated;
mod why;
mod worst;

pub use chokepoints::{Chokepoint, ChokepointKind, ChokepointQuery, Chokepoints, chokepoints};
pub use concentration::{Band, BandVintage, Concentration, concentration};
pub use country_share::{CommodityShare, CountryPart, country_shares, world_share};
pub use cut_sets::{CutSetQuery, CutSets, MOST_CUT_SET_ITEMS, cut_sets};
pub use exposure::{
    Bottleneck, CountryExposure, Exposure, Rerouted, exposure, exposure_of, exposure_of_first,
    has_part,
};
pub use grounds::{grounds, nearly_attributed};
pub use look_through::{Bound, Flow, look_through};
pub use owners::{ControlShare, OwnerExposure, Owners, OwnersBy, owners};
pub use productive::Productive;
pub use reliability::{Importance, ProbabilityBound, Reliability, reliability};
pub use requirement::{Requirement, requirement};
pub use rerouting::{
    Actor, BindingLimit, Costs, Feedstock, HostLimit, Loss, Plan, PlanItem, PlanQuery, Power,
    Priority, Reroute, Rerouting, Rules, SolverError,
};
pub use rerouting::{
    CommodityLimit, HostYield, Limits, LimitsQuery, PowerLimit, Reach, UnknownOutput, Wanted,
};
pub use single_point::Alive;
pub use survival::Survival;
pub use target::{Target, countries_in};
pub use tiers::{CountryTiers, TierProfile, TierWalk, tier_profile, walk};
pub use unlocated::{Unlocated, UnlocatedInput, unlocated};
pub use why::{Route, Why, why};
pub use worst::{MOST_WORST_ITEMS, Worst, WorstMethod, WorstQuery, worst};
