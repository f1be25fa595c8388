//! Commodities: what flows, and the recipes that make one unit of each.

use std::fmt;
use std::sync::Arc;

use super::unit::Unit;

/// Position of a commodity in [`Network::commodities`](super::Network::commodities).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CommodityIx(pub u32);

impl CommodityIx {
    /// The index as a `usize`.
    #[must_use]
    pub fn at(self) -> usize {
        self.0 as usize
    }
}

/// The kind of step that makes a commodity, from the ground up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// Electricity and the like.
    Energy,
    /// Extraction.
    Mine,
    /// Smelting, separation, chemistry: refined materials.
    Refinery,
    /// Parts.
    Component,
    /// Final products.
    Assembly,
}

impl Stage {
    /// All stages, from the ground up.
    pub const ALL: [Self; 5] = [
        Self::Energy,
        Self::Mine,
        Self::Refinery,
        Self::Component,
        Self::Assembly,
    ];

    /// The word used in files and output.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Energy => "energy",
            Self::Mine => "mine",
            Self::Refinery => "refinery",
            Self::Component => "component",
            Self::Assembly => "assembly",
        }
    }

    /// The stage with this word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.word() == word)
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// Where a figure comes from: the id of its source, and what must be known to use it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Provenance {
    /// Id of a source, or [`ASSUMPTION`](super::ASSUMPTION).
    pub source: Option<Arc<str>>,
    /// What the figure leaves out, or how it was estimated.
    pub note: Option<Arc<str>>,
}

impl Provenance {
    /// Whether the figure is marked as an assumption.
    #[must_use]
    pub fn is_assumption(&self) -> bool {
        self.source.as_deref() == Some(super::ASSUMPTION)
    }
}

/// How a price came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PriceSource {
    /// Stated in a file.
    Stated,
    /// The cost of the inputs of a fully priced recipe.
    Derived,
}

/// A price per unit of its commodity.
#[derive(Clone, Debug, PartialEq)]
pub struct Price {
    /// Money per unit of the commodity.
    pub value: f64,
    /// Currency code, the same in a whole network.
    pub currency: Arc<str>,
    /// Year of the price.
    pub year: Option<i32>,
    /// Stated or derived.
    pub origin: PriceSource,
    /// Where it was read.
    pub provenance: Provenance,
}

/// The tie of a by-product to its host.
#[derive(Clone, Debug, PartialEq)]
pub struct Byproduct {
    /// The host commodity.
    pub host: CommodityIx,
    /// Most by-product recoverable per unit of host, in by-product units per host unit.
    pub yield_per_host: f64,
    /// Where it was read.
    pub provenance: Provenance,
}

/// The end-of-life recycling input rate of a commodity.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Recycled {
    /// Share of supply that comes from scrap, 0 to 1.
    pub rate: f64,
    /// Where it was read.
    pub provenance: Provenance,
}

/// One input of a recipe.
#[derive(Clone, Debug, PartialEq)]
pub struct Input {
    /// What is needed.
    pub commodity: CommodityIx,
    /// Units of the input per unit of output.
    pub amount: f64,
    /// Lower end of the range of `amount`.
    pub low: Option<f64>,
    /// Upper end of the range of `amount`.
    pub high: Option<f64>,
    /// The weight the file states, as written.
    pub stated_weight: Option<f64>,
    /// The weight in linear measures, 0 to 1; the weights of a recipe sum to 1.
    pub weight: f64,
    /// Whether nothing can be made without it.
    pub essential: bool,
    /// The part of a lost input that the buyer can do without, 0 to 1.
    pub substitutable: f64,
    /// Where the amount was read.
    pub provenance: Provenance,
    /// Where the stated weight was read, if not with the amount.
    pub weight_provenance: Option<Provenance>,
}

/// How the weights of a recipe came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weighting {
    /// The file states them.
    Stated,
    /// Cost shares: amount times price.
    Cost,
    /// Equal, since neither weights nor all prices are known.
    Equal,
}

/// The inputs of one unit of a commodity, in id order of the inputs.
#[derive(Clone, Debug, PartialEq)]
pub struct Recipe {
    /// The inputs.
    pub inputs: Vec<Input>,
    /// How their weights came about.
    pub weighting: Weighting,
}

/// One of several ways to make a commodity.
#[derive(Clone, Debug, PartialEq)]
pub struct Route {
    /// Short name, unique within the commodity.
    pub name: Arc<str>,
    /// Part of every site's output made this way, 0 to 1.
    pub share: f64,
    /// What it needs.
    pub recipe: Arc<Recipe>,
    /// Where the share was read.
    pub provenance: Provenance,
}

/// What a production table counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Basis {
    /// Where plants stand.
    #[default]
    Location,
    /// Whose makers sell, by nationality.
    Maker,
}

/// What is known of a commodity's production table once its sites are made.
#[derive(Clone, Debug, PartialEq)]
pub struct Production {
    /// Year of the figures.
    pub year: Option<i32>,
    /// Location or maker.
    pub basis: Basis,
    /// Whether the source names only one maker of a country, so that shares are lower bounds.
    pub lower_bound: bool,
    /// Whether outputs are bare shares, without absolute amounts.
    pub relative: bool,
    /// Countries with a row of their own, sorted; the remainder cannot be one of them.
    pub listed: Arc<[super::Country]>,
    /// What is left in the ground, for mines.
    pub reserves: Option<Reserves>,
    /// Where world output was read, if the table gives it apart from its rows.
    pub total: Option<Provenance>,
    /// Where it was read.
    pub provenance: Provenance,
}

/// What is left in the ground, by country.
#[derive(Clone, Debug, PartialEq)]
pub struct Reserves {
    /// In units of the commodity, sorted by country.
    pub by_country: Arc<[(super::Country, f64)]>,
    /// Where it was read.
    pub provenance: Provenance,
}

impl Reserves {
    /// What is left in a country, where a figure is given.
    #[must_use]
    pub fn of(&self, country: super::Country) -> Option<f64> {
        let found = self.by_country.binary_search_by_key(&country, |(c, _)| *c);
        found.ok().map(|at| self.by_country[at].1)
    }
}

/// Cost and time to build new capacity.
#[derive(Clone, Debug, PartialEq)]
pub struct BuildCost {
    /// Money per unit of yearly capacity of the commodity.
    pub cost: f64,
    /// Currency code.
    pub currency: Arc<str>,
    /// Months until it produces.
    pub lead_time_months: Option<f64>,
    /// Where it was read.
    pub provenance: Provenance,
}

/// What flows: electricity, ore, refined material, component or product.
#[derive(Clone, Debug, PartialEq)]
pub struct Commodity {
    /// Unique id.
    pub id: Arc<str>,
    /// Name for people; the id if a file gives none.
    pub name: Arc<str>,
    /// Kind of step that makes it.
    pub stage: Stage,
    /// Unit of outputs, requirements and prices.
    pub unit: Unit,
    /// Price per unit, stated or derived.
    pub price: Option<Price>,
    /// Tie to a host, for by-products.
    pub byproduct_of: Option<Byproduct>,
    /// Part of supply that comes from scrap.
    pub recycled: Recycled,
    /// Customs codes.
    pub hs: Vec<String>,
    /// Whether it crosses borders; electricity and steam do not.
    pub traded: bool,
    /// How it is made, where there is one way.
    pub recipe: Option<Arc<Recipe>>,
    /// The ways to make it, where there are several; shares sum to 1.
    pub routes: Vec<Route>,
    /// Its production table.
    pub production: Option<Production>,
    /// Cost of new capacity anywhere.
    pub build: Option<BuildCost>,
    /// Where the definition was read.
    pub provenance: Provenance,
    /// What the loader decided for the reader: rounding, folded regions.
    pub notes: Vec<String>,
}

impl Commodity {
    /// Whether anything is known of how it is made.
    #[must_use]
    pub fn has_recipe(&self) -> bool {
        self.recipe.is_some() || !self.routes.is_empty()
    }

    /// Whether it is power or the like: at the energy stage, and used in the country where it is made.
    #[must_use]
    pub fn is_power(&self) -> bool {
        self.stage == Stage::Energy && !self.traded
    }

    /// Every recipe of the commodity itself, with its share of output.
    pub fn recipes(&self) -> impl Iterator<Item = (f64, &Arc<Recipe>)> {
        self.recipe
            .iter()
            .map(|r| (1.0, r))
            .chain(self.routes.iter().map(|r| (r.share, &r.recipe)))
    }
}
