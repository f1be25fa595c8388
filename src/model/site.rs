//! Sites: places that make one commodity each.

use std::sync::Arc;

use super::commodity::{BuildCost, CommodityIx, Provenance, Recipe};
use super::country::Place;

/// Position of a site in [`Network::sites`](super::Network::sites).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SiteIx(pub u32);

impl SiteIx {
    /// The index as a `usize`.
    #[must_use]
    pub fn at(self) -> usize {
        self.0 as usize
    }
}

/// Where a site comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SiteKind {
    /// A row of a production table, such as `gallium@CHN`.
    Aggregate,
    /// A place a file names.
    Named,
}

/// What is known of a named site beyond its output; most sites of large tables have none of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SiteDetails {
    /// Id of the plant, where one plant makes several commodities and so has several sites.
    pub plant: Option<Arc<str>>,
    /// Name for people.
    pub name: Option<Arc<str>>,
    /// Company that runs it.
    pub operator: Option<Arc<str>>,
    /// Owners with their parts, 0 to 1.
    pub owners: Vec<(Arc<str>, f64)>,
    /// Latitude and longitude in degrees.
    pub at: Option<(f64, f64)>,
    /// Probability of loss, 0 to 1.
    pub unavailability: Option<f64>,
    /// Days of stock by input.
    pub stock: Vec<(CommodityIx, f64)>,
    /// Cost of new capacity at this site.
    pub build: Option<BuildCost>,
    /// What is left in the ground, in units of the commodity.
    pub reserve: Option<f64>,
    /// The one product this capacity is kept for.
    pub kept_for: Option<CommodityIx>,
    /// Where it was read.
    pub provenance: Provenance,
}

/// A place in one country that makes one commodity.
#[derive(Clone, Debug, PartialEq)]
pub struct Site {
    /// Unique id.
    pub id: Arc<str>,
    /// What it makes.
    pub commodity: CommodityIx,
    /// Where it is.
    pub place: Place,
    /// Output per year in units of the commodity (bare shares where the production table is relative); the only
    /// maker of a commodity may have none.
    pub output: Option<f64>,
    /// Most it can make per year; without one, its output.
    pub capacity: Option<f64>,
    /// The part of its output that is still made, 0 to 1; below 1 only after an outage.
    pub availability: f64,
    /// Row of a table or named place.
    pub kind: SiteKind,
    /// Its own recipe, where it differs from the commodity's.
    pub recipe: Option<Arc<Recipe>>,
    /// Everything else.
    pub details: Option<Box<SiteDetails>>,
}

impl Site {
    /// The company that runs it, where one is known.
    #[must_use]
    pub fn operator(&self) -> Option<&Arc<str>> {
        self.details.as_ref()?.operator.as_ref()
    }

    /// The id under which a file declared it: that of the plant, where the plant makes several commodities.
    #[must_use]
    pub fn plant(&self) -> &Arc<str> {
        self.details
            .as_ref()
            .and_then(|d| d.plant.as_ref())
            .unwrap_or(&self.id)
    }
}
