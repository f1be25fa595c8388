//! Results as tables, and tables as text. Figures in tables are rounded here and nowhere else.

mod assumptions;
mod cascade_views;
mod criticality_views;
mod csv_text;
mod cut_set_views;
mod human;
mod json;
mod limit_views;
mod markdown;
mod owner_views;
mod plan_views;
mod records;
mod table;
mod views;

pub use assumptions::{Assumption, assumption_table, assumptions};
pub use cascade_views::{esri_table, shock_tables};
pub use criticality_views::{criticality_details, criticality_overview};
pub use csv_text::csv_text;
pub use cut_set_views::{cut_set_table, no_cut_set, reliability_table, worst_table};
pub use human::human;
pub use json::{Envelope, json};
pub use limit_views::{limits_headline, limits_tables};
pub use markdown::markdown;
pub use owner_views::{owner_tables, owners_headline};
pub use plan_views::{plan_headline, plan_tables};
pub use records::{
    chokepoint_records, diff_records, exposure_records, share_records, tier_records,
};
pub use table::{Cell, Column, Table, percent};
pub use views::{
    chokepoint_tables, country_cell, country_name, diff_tables, exposure_headline, exposure_tables,
    share_tables, tier_tables, why_tables,
};
