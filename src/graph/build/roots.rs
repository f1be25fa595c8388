//! Where a cone begins: a product, some countries that make it, or one site.

use crate::model::{CommodityIx, Country, Network, Place, SiteIx};

/// Where a cone begins.
#[derive(Clone, Debug, PartialEq)]
pub struct Roots {
    pub(super) commodities: Vec<CommodityIx>,
    pub(super) countries: Option<Vec<Country>>,
    pub(super) site: Option<SiteIx>,
}

impl Roots {
    /// A product, made wherever it is made.
    #[must_use]
    pub fn product(commodity: CommodityIx) -> Self {
        Self {
            commodities: vec![commodity],
            countries: None,
            site: None,
        }
    }

    /// A product made in these countries only.
    #[must_use]
    pub fn product_in(commodity: CommodityIx, countries: Vec<Country>) -> Self {
        Self {
            commodities: vec![commodity],
            countries: Some(countries),
            site: None,
        }
    }

    /// What one site makes.
    #[must_use]
    pub fn site(network: &Network, site: SiteIx) -> Self {
        Self {
            commodities: vec![network.site(site).commodity],
            countries: None,
            site: Some(site),
        }
    }

    /// The same roots in another network, in which sites may have moved; commodities never do.
    #[must_use]
    pub fn in_network(&self, from: &Network, to: &Network) -> Self {
        let site = self.site.and_then(|ix| to.find_site(&from.site(ix).id));
        Self {
            site,
            ..self.clone()
        }
    }

    /// Whether a site that makes a commodity in a place is one of the product's own.
    #[must_use]
    pub fn includes(&self, commodity: CommodityIx, place: Place, site: SiteIx) -> bool {
        let in_countries = |list: &Vec<Country>| place.country().is_some_and(|c| list.contains(&c));
        self.commodities.contains(&commodity)
            && self.site.is_none_or(|own| own == site)
            && self.countries.as_ref().is_none_or(in_countries)
    }

    /// Whether the product's own site has to be made up, since nobody makes it in the countries asked for.
    #[must_use]
    pub fn is_what_if(&self, network: &Network) -> bool {
        let makes = |site: &SiteIx| network.site(*site).output.is_none_or(|o| o > 0.0);
        let made_in = |commodity: CommodityIx, country: Country| {
            network
                .makers_in(commodity, Place::In(country))
                .iter()
                .any(makes)
        };
        let Some(countries) = self.countries.as_ref().filter(|_| self.site.is_none()) else {
            return false;
        };
        let mut pairs = self
            .commodities
            .iter()
            .flat_map(|commodity| countries.iter().map(|country| (*commodity, *country)));
        !pairs.any(|(commodity, country)| made_in(commodity, country))
    }

    /// Several commodities at once, for checks of whole networks.
    #[must_use]
    pub fn commodities(commodities: &[CommodityIx]) -> Self {
        Self {
            commodities: commodities.to_vec(),
            countries: None,
            site: None,
        }
    }
}

/// Why there is nothing to analyse.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProductError {
    /// Neither a site nor a recipe is known.
    #[error("nothing is known of how `{0}` is made: it has no site and no recipe")]
    Nothing(String),
}
