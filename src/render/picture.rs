//! What is drawn, before it is put into a language; [`choose`](super::choose) says what that is.

use std::collections::BTreeMap;

use crate::model::{Place as Location, Stage};
use crate::report::percent;

use super::choose::part;
use super::collapse::Collapse;
use super::focus::Focus;
use super::style::{Palette, change_colour, risk_colour, stage_colour};

/// What colours mean.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ColourBy {
    /// Where a site is.
    #[default]
    Country,
    /// The part of the product lost with the site.
    Risk,
    /// What kind of step it is.
    Stage,
    /// How its part of its commodity (or of what it is drawn with) differs from that in the baseline.
    Change,
}

/// What to draw.
#[derive(Clone, Debug, PartialEq)]
pub struct PictureOptions {
    /// Deepest tier drawn.
    pub depth: Option<usize>,
    /// Smallest part of the product's value that a site must carry to be drawn, 0 to 1; of the value in focus, if there is one.
    pub prune: f64,
    /// What colours mean.
    pub colour_by: ColourBy,
    /// What is drawn as one.
    pub collapse: Collapse,
    /// Only what lies on routes through this.
    pub focus: Option<Focus>,
}

impl Default for PictureOptions {
    fn default() -> Self {
        Self {
            depth: None,
            prune: 0.01,
            colour_by: ColourBy::Country,
            collapse: Collapse::Nothing,
            focus: None,
        }
    }
}

/// One site as it is drawn, or several collapsed into one; routes of one site are one place.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// Site id, or what stands for several.
    pub id: String,
    /// Its name where that says more than where it is.
    pub name: Option<String>,
    /// Name of what it makes.
    pub commodity: String,
    /// Id of what it makes, if that is one thing.
    pub commodity_id: Option<String>,
    /// What it is drawn together with: its commodity, stage or company.
    pub card: String,
    /// Where.
    pub location: Location,
    /// Cluster it stands in.
    pub stage: Stage,
    /// First tier at which it stands.
    pub tier: Option<usize>,
    /// Sites that it stands for.
    pub sites: usize,
    /// Part of the product's value that passes through it, all its tiers together.
    pub value: f64,
    /// Its part of what passes through its card, drawn or not, 0 to 1.
    pub share: f64,
    /// Part of the product lost with it.
    pub at_risk: f64,
    /// Whether its loss stops the product.
    pub single_point: bool,
    /// Whether it is the product's own.
    pub is_product: bool,
    /// `share` less that in the baseline, where there is one.
    pub change: Option<f64>,
}

impl Place {
    /// Where it is, in words.
    #[must_use]
    pub fn location_words(&self) -> String {
        match self.location {
            Location::In(country) => format!("{} ({country})", country.name()),
            Location::Rest => "rest of the world".to_owned(),
            Location::Unknown if self.sites > 1 => "several places".to_owned(),
            Location::Unknown => "place not known".to_owned(),
        }
    }

    /// What hovering says.
    #[must_use]
    pub fn tooltip(&self) -> String {
        let change = self.change.map_or_else(String::new, |c| {
            format!("; {:+.1} points against the baseline", c * 100.0)
        });
        format!(
            "{}: {} of the value passes through it; losing it stops {} without rerouting{change}",
            self.id,
            percent(self.value.min(1.0)),
            percent(self.at_risk)
        )
    }

    /// Its colour in a picture.
    #[must_use]
    pub fn colour(&self, picture: &Picture) -> &'static str {
        match picture.colour_by {
            ColourBy::Country => picture.palette.colour(self.location),
            ColourBy::Risk => risk_colour(self.at_risk),
            ColourBy::Stage => stage_colour(self.stage),
            ColourBy::Change => change_colour(self.change.unwrap_or(0.0)),
        }
    }
}

/// One flow from supplier to buyer.
#[derive(Clone, Debug, PartialEq)]
pub struct Flow {
    /// Position of the supplier among the places.
    pub from: usize,
    /// Position of the buyer.
    pub to: usize,
    /// Part of the product's value that passes along it.
    pub value: f64,
    /// Its share of what the buyer needs of the input; the largest, where several inputs come along it.
    pub share: f64,
    /// Whether a good part of what leaves a country along it comes back there before it reaches the product.
    pub round_trip: bool,
}

impl Picture {
    /// Width in points of a flow: from a hair to thick, by its part of the largest one drawn.
    pub(super) fn width(&self, flow: &Flow) -> f64 {
        const THINNEST: f64 = 0.4;
        const THICKEST: f64 = 9.0;
        let of_largest = part(flow.value, self.largest_flow).clamp(0.0, 1.0);
        THINNEST + (THICKEST - THINNEST) * of_largest.sqrt()
    }
}

/// What of a card is not drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Rest {
    /// Sites left out.
    pub sites: usize,
    /// Their part of what passes through the card, 0 to 1.
    pub share: f64,
}

/// A picture before it is put into a language.
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    /// Shown above it.
    pub title: String,
    /// In id order.
    pub places: Vec<Place>,
    /// In order of supplier, then buyer.
    pub flows: Vec<Flow>,
    /// Value of the largest of them.
    pub largest_flow: f64,
    /// What drawn cards leave out.
    pub rests: BTreeMap<String, Rest>,
    /// What is left out, in words.
    pub left_out: String,
    /// Sites left out.
    pub sites_left_out: usize,
    /// Part of the value that passes which they carry, 0 to 1.
    pub share_left_out: f64,
    /// Colours of countries.
    pub palette: Palette,
    /// What colours mean.
    pub colour_by: ColourBy,
}
