//! Pictures of a product's supply graph. What is drawn is chosen first ([`Picture`]), then written in a language.

mod charts;
mod choose;
mod collapse;
mod dot;
mod escape;
mod focus;
mod graphml;
mod layered;
mod legend;
mod mermaid;
mod network_cards;
mod network_svg;
mod nodes_links;
mod picture;
mod raster;
mod round_trip;
mod style;
mod svg;
mod text;

pub use charts::{
    Aggregate, MapOf, before_after, heat_map, sankey, share_bars, tier_curve, world_map,
};
pub use choose::picture;
pub use collapse::Collapse;
pub use dot::dot;
pub use escape::{json_in_html, mermaid as mermaid_label, quote, xml};
pub use focus::Focus;
pub use graphml::graphml;
pub use mermaid::mermaid;
pub use network_svg::network_svg;
pub use nodes_links::NodesLinks;
pub use picture::{ColourBy, Flow, Picture, PictureOptions, Place, Rest};
pub use raster::{PictureError, pdf, png};
pub use style::Palette;
