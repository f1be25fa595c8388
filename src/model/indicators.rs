//! What indicators of criticality are computed from, free of how it is written down.
//!
//! Everything that a source may leave out is an `Option`: what is missing is not zero.

use std::collections::BTreeMap;

use super::country::{Country, Place};

/// A governance estimate with its year and source.
#[derive(Clone, Debug, PartialEq)]
pub struct GovernanceEstimate {
    /// Worldwide Governance Indicators scale: about -2.5 (worst) to 2.5 (best).
    pub value: f64,
    /// Year it is about.
    pub year: i32,
    /// Id of its source.
    pub source: String,
}

/// What is known of how one country is governed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GovernanceScore {
    /// Mean of the six indicators of one year; only where all six are known.
    pub mean: Option<GovernanceEstimate>,
    /// Political stability and absence of violence, newest year.
    pub political_stability: Option<GovernanceEstimate>,
}

/// Governance of all countries that have a score.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Governance {
    /// Scores by country.
    pub countries: BTreeMap<Country, GovernanceScore>,
}

/// What is known of one country in the supply of one commodity.
#[derive(Clone, Debug, PartialEq)]
pub struct CountryInputs {
    /// The country, or the remainder.
    pub place: Place,
    /// World production there, in the unit of the table; 0 or more.
    pub production: Option<f64>,
    /// What the assessed region gets from there, its own production included; 0 or more.
    pub sourcing: Option<f64>,
    /// Imports of the assessed region from there; 0 or more.
    pub imports: Option<f64>,
    /// Demand there; 0 or more.
    pub demand: Option<f64>,
    /// Governance scaled to 0 (best) to 10 (worst).
    pub wgi: Option<f64>,
    /// Trade factor t: 1 neutral, below 1 for partners, above 1 for export restrictions.
    pub trade_factor: Option<f64>,
    /// Political instability g, 0 (stable) to 1.
    pub instability: Option<f64>,
    /// USGS ability to supply index, 0 to 1; higher is less able.
    pub asi: Option<f64>,
    /// USGS willingness to supply index, 0 to 1; higher is less willing.
    pub wsi: Option<f64>,
    /// Probability that its exports stop for a year, 0 to 1.
    pub probability: Option<f64>,
    /// Change of the region's gross domestic product if they do, in money; a loss is negative.
    pub gdp_change: Option<f64>,
}

impl CountryInputs {
    /// A place of which nothing is known yet.
    #[must_use]
    pub fn new(place: Place) -> Self {
        Self {
            place,
            production: None,
            sourcing: None,
            imports: None,
            demand: None,
            wgi: None,
            trade_factor: None,
            instability: None,
            asi: None,
            wsi: None,
            probability: None,
            gdp_change: None,
        }
    }
}

/// What is known of a commodity as a whole. Totals may exceed the sum of the countries; the rest is the remainder.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TotalInputs {
    /// Published world production.
    pub production: Option<f64>,
    /// Published world demand.
    pub demand: Option<f64>,
    /// All that the region gets, its own production included.
    pub sourcing: Option<f64>,
    /// All imports of the region.
    pub imports: Option<f64>,
    /// All exports of the region.
    pub exports: Option<f64>,
    /// What is taken from stocks; negative where stocks grow.
    pub stock_change: Option<f64>,
    /// Imports less exports plus stock change, where it is stated as one number.
    pub net_imports: Option<f64>,
    /// Production in the region.
    pub domestic_production: Option<f64>,
    /// Import reliance of the EU method, 0 to 1.
    pub ir: Option<f64>,
    /// Trade exposure of the USGS method: net import reliance, 0 to 1.
    pub te: Option<f64>,
    /// Economic vulnerability of the USGS method, scaled to 0 to 1.
    pub ev: Option<f64>,
    /// End-of-life recycling input rate, 0 to 1.
    pub eol_rir: Option<f64>,
    /// Substitution index of supply risk, 0 to 1; 1 is no substitute.
    pub si_sr: Option<f64>,
    /// Substitution index of economic importance, 0 to 1.
    pub si_ei: Option<f64>,
    /// Gross domestic product of the region.
    pub gdp: Option<f64>,
    /// Largest value added of any sector, where it is not one of those listed.
    pub largest_value_added: Option<f64>,
    /// Dollars per kilogram.
    pub price: Option<f64>,
}

/// One sector that uses the commodity.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SectorInputs {
    /// Name or code, such as a NACE division.
    pub sector: String,
    /// Part of the commodity's end use, 0 to 1.
    pub end_use: Option<f64>,
    /// Value added of the sector, in money.
    pub value_added: Option<f64>,
    /// What the sector spends on the commodity, in money.
    pub expenditure: Option<f64>,
    /// Operating profit of the sector, in money.
    pub operating_profit: Option<f64>,
}

/// All that the indicators of one commodity at one stage are computed from.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct IndicatorInputs {
    /// Commodity id.
    pub commodity: String,
    /// Stage word, where it is known.
    pub stage: Option<String>,
    /// Unit of production, where it is an amount.
    pub unit: Option<String>,
    /// Countries and the remainder, in order of place.
    pub countries: Vec<CountryInputs>,
    /// The commodity as a whole.
    pub totals: TotalInputs,
    /// Sectors in order of name.
    pub sectors: Vec<SectorInputs>,
    /// Where an input comes from, by its name.
    pub sources: BTreeMap<&'static str, String>,
    /// Whether imports and domestic production are shares of consumption, so that what no row names is an import of unknown origin.
    pub consumption_shares: bool,
    /// Whether the source names only one maker of a country, so that no share or index can be told.
    pub lower_bound: bool,
}

impl IndicatorInputs {
    /// The row of a place, made if there is none yet.
    pub fn row(&mut self, place: Place) -> &mut CountryInputs {
        let at = self.countries.partition_point(|c| c.place < place);
        if self.countries.get(at).is_none_or(|c| c.place != place) {
            self.countries.insert(at, CountryInputs::new(place));
        }
        &mut self.countries[at]
    }
}
