//! Pictures as data: nodes and links, for those who draw themselves.

use serde::Serialize;

use super::picture::Picture;

/// One place.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Node {
    /// Site id, or what stands for several.
    pub id: String,
    /// Name of a named site.
    pub name: Option<String>,
    /// Commodity id; null where several are drawn as one.
    pub commodity: Option<String>,
    /// Alpha-3 code, `ROW` or `unknown`.
    pub country: String,
    /// Stage word.
    pub stage: &'static str,
    /// First tier at which it stands.
    pub tier: Option<usize>,
    /// Sites that it stands for.
    pub sites: usize,
    /// Part of the product's value that passes through it, all its tiers together.
    pub value: f64,
    /// Part of the product lost with it, without rerouting, 0 to 1.
    pub at_risk: f64,
    /// Whether its loss alone stops the product.
    pub single_point_of_failure: bool,
    /// Whether it is the product's own.
    pub product: bool,
    /// Its part of what passes through all makers of its commodity, drawn or not, 0 to 1.
    pub share: f64,
    /// `share` less that in the baseline; null without one.
    pub change: Option<f64>,
    /// Its colour in pictures.
    pub colour: &'static str,
}

/// One flow.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Link {
    /// Id of the supplier.
    pub source: String,
    /// Id of the buyer.
    pub target: String,
    /// Part of the product's value that passes along it.
    pub value: f64,
    /// Its share of what the buyer needs of the input, 0 to 1.
    pub share: f64,
    /// Whether value that leaves a country along it comes back there.
    pub round_trip: bool,
}

/// What is not drawn.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LeftOut {
    /// Sites.
    pub sites: usize,
    /// Their part of the value that passes, 0 to 1.
    pub share: f64,
}

/// A picture as data.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NodesLinks {
    /// In id order.
    pub nodes: Vec<Node>,
    /// In order of source, then target.
    pub links: Vec<Link>,
    /// What is not drawn.
    pub left_out: LeftOut,
}

impl NodesLinks {
    /// Takes the data out of a picture.
    #[must_use]
    pub fn of(picture: &Picture) -> Self {
        let node = |p: &super::Place| Node {
            id: p.id.clone(),
            name: p.name.clone(),
            commodity: p.commodity_id.clone(),
            country: match p.location {
                crate::model::Place::Unknown => "unknown".to_owned(),
                place => place.to_string(),
            },
            stage: p.stage.word(),
            tier: p.tier,
            sites: p.sites,
            value: p.value,
            at_risk: p.at_risk,
            single_point_of_failure: p.single_point,
            product: p.is_product,
            share: p.share,
            change: p.change,
            colour: p.colour(picture),
        };
        let link = |f: &super::Flow| Link {
            source: picture.places[f.from].id.clone(),
            target: picture.places[f.to].id.clone(),
            value: f.value,
            share: f.share,
            round_trip: f.round_trip,
        };
        Self {
            nodes: picture.places.iter().map(node).collect(),
            links: picture.flows.iter().map(link).collect(),
            left_out: LeftOut {
                sites: picture.sites_left_out,
                share: picture.share_left_out,
            },
        }
    }
}
