//! Scenarios: named changes to a network.

use std::sync::Arc;

use super::commodity::{CommodityIx, Recipe, Stage};
use super::country::{Country, Place};
use super::network::Network;
use super::site::Site;

/// What an outage strikes.
#[derive(Clone, Debug, PartialEq)]
pub struct OutageTarget {
    /// Only sites in these countries, if any are given.
    pub countries: Option<Vec<Country>>,
    /// Only sites making this.
    pub commodity: Option<CommodityIx>,
    /// Only commodities of this stage.
    pub stage: Option<Stage>,
    /// Only this site or plant.
    pub site: Option<Arc<str>>,
    /// Only sites run by this company.
    pub company: Option<Arc<str>>,
}

/// What a site that no file states does: an outage of a commodity strikes those who make it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DerivedRole {
    /// It makes its commodity.
    Maker,
    /// It passes on what others make.
    ReExporter,
    /// It collects scrap.
    Scrap,
}

/// A site that no file states but that has to be somewhere, as an outage sees it.
#[derive(Clone, Copy, Debug)]
pub struct DerivedSite<'a> {
    /// As output calls it.
    pub id: &'a str,
    /// What it gives.
    pub commodity: CommodityIx,
    /// Where.
    pub place: Place,
    /// What it does.
    pub role: DerivedRole,
}

impl OutageTarget {
    /// Whether it strikes a site: every part of the target that is given must fit.
    #[must_use]
    pub fn strikes(&self, site: &Site, network: &Network) -> bool {
        self.site
            .as_ref()
            .is_none_or(|id| *id == site.id || id == site.plant())
            && self.covers(site.place, site.commodity, network)
            && self
                .company
                .as_ref()
                .is_none_or(|c| site.operator() == Some(c))
    }

    /// Whether it strikes a site that no file states. No company is known to run one.
    ///
    /// Who passes on what others make, or collects scrap, is no maker: an outage of a commodity wherever it is made leaves
    /// them alone, or a buyer through a re-exporter would lose the same part twice. An outage where they are strikes them.
    #[must_use]
    pub fn strikes_derived(&self, site: &DerivedSite<'_>, network: &Network) -> bool {
        let by_step = self.commodity.is_some() || self.stage.is_some();
        let reached = match site.role {
            DerivedRole::Maker => true,
            DerivedRole::ReExporter => self.site.is_some() || self.countries.is_some(),
            DerivedRole::Scrap => self.site.is_some() || !by_step,
        };
        reached
            && self.company.is_none()
            && self.site.as_ref().is_none_or(|id| **id == *site.id)
            && self.covers(site.place, site.commodity, network)
    }

    /// Whether country, commodity and stage fit.
    fn covers(&self, place: Place, commodity: CommodityIx, network: &Network) -> bool {
        let in_countries = |list: &Vec<Country>| place.country().is_some_and(|c| list.contains(&c));
        self.countries.as_ref().is_none_or(in_countries)
            && self.commodity.is_none_or(|c| c == commodity)
            && self
                .stage
                .is_none_or(|s| network.commodity(commodity).stage == s)
    }
}

/// An outage that has taken effect; it strikes sites that no file states as well.
#[derive(Clone, Debug, PartialEq)]
pub struct Outage {
    /// What is struck.
    pub target: OutageTarget,
    /// The part lost, 0 to 1.
    pub loss: f64,
}

/// How a capacity changes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum CapacityEdit {
    /// To this amount, in units of the commodity.
    Set(f64),
    /// By this factor.
    Scale(f64),
}

/// How the amount of an input changes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum RecipeEdit {
    /// To this amount, in units of the input.
    Set(f64),
    /// By this factor.
    Scale(f64),
}

/// A site that a scenario adds.
#[derive(Clone, Debug, PartialEq)]
pub struct NewSite {
    /// Unique id.
    pub id: Arc<str>,
    /// Where.
    pub place: Place,
    /// What it makes.
    pub commodity: CommodityIx,
    /// Output per year.
    pub output: Option<f64>,
    /// Capacity per year.
    pub capacity: Option<f64>,
    /// Its own recipe.
    pub recipe: Option<Arc<Recipe>>,
    /// The rest.
    pub details: Option<Box<super::SiteDetails>>,
}

/// One change of a scenario. Countries are already spelled out from groups.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// Part of a step moves between countries; world output stays.
    Relocate {
        /// What step.
        commodity: CommodityIx,
        /// From these countries.
        from: Vec<Country>,
        /// The part that moves, 0 to 1.
        share: f64,
        /// Where it goes, with parts that sum to 1.
        to: Vec<(Country, f64)>,
    },
    /// Output is lost.
    Outage {
        /// What is struck.
        target: OutageTarget,
        /// The part lost, 0 to 1.
        loss: f64,
    },
    /// Flows across some borders stop.
    ExportBan {
        /// From these countries.
        from: Vec<Country>,
        /// Into these; everywhere else if empty.
        to: Vec<Country>,
        /// What.
        commodity: CommodityIx,
    },
    /// A new site.
    AddSite(NewSite),
    /// Capacity changes.
    Capacity {
        /// Of these sites (site or plant id), if given.
        site: Option<Arc<str>>,
        /// Of sites making this, if given.
        commodity: Option<CommodityIx>,
        /// In these countries, if given.
        countries: Option<Vec<Country>>,
        /// How.
        edit: CapacityEdit,
    },
    /// A recipe needs more or less of an input.
    Recipe {
        /// Whose recipe.
        commodity: CommodityIx,
        /// Which input.
        input: CommodityIx,
        /// How.
        edit: RecipeEdit,
    },
    /// The recycling rate changes.
    Recycle {
        /// Of what.
        commodity: CommodityIx,
        /// To this rate, 0 to 1.
        rate: f64,
    },
}

/// Named changes to a network.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// Short name.
    pub name: Arc<str>,
    /// One sentence.
    pub title: Option<Arc<str>>,
    /// In file order.
    pub changes: Vec<Change>,
}
