//! Who buys from whom: stated supply and trade.

use super::commodity::{CommodityIx, Provenance};
use super::country::{Country, Place};
use super::site::SiteIx;

/// One supplier of a buyer's input.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SupplyLink {
    /// The supplier.
    pub supplier: SiteIx,
    /// Its share of the input, 0 to 1.
    pub share: f64,
}

/// The stated suppliers of one input of one buyer; its links are a range of [`SupplyLinks::links`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SupplyEntry {
    /// Who buys.
    pub buyer: SiteIx,
    /// What.
    pub commodity: CommodityIx,
    /// First link.
    pub start: u32,
    /// Number of links.
    pub len: u32,
    /// Whether what the shares leave open comes from the world market.
    pub rest_from_market: bool,
}

/// All stated supply. Flat, since large graphs have millions of links.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SupplyLinks {
    /// Entries sorted by buyer, then commodity.
    pub entries: Vec<SupplyEntry>,
    /// Links of all entries, each entry's sorted by supplier.
    pub links: Vec<SupplyLink>,
    /// Most that may flow through a link, in units of the commodity, by index into `links`; sorted.
    pub limits: Vec<(u32, f64)>,
    /// Where an entry was read, by index into `entries` when the file said; sorted.
    pub provenance: Vec<(u32, Provenance)>,
}

impl SupplyLinks {
    /// The links of one entry.
    #[must_use]
    pub fn links_of(&self, entry: &SupplyEntry) -> &[SupplyLink] {
        &self.links[entry.start as usize..(entry.start + entry.len) as usize]
    }
}

/// One line of a trade entry.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TradeShare {
    /// Where it comes from; [`Place::Rest`] for `ROW`.
    pub from: Place,
    /// Share of consumption, 0 to 1.
    pub share: f64,
}

/// Where buyers in a country get a commodity.
#[derive(Clone, Debug, PartialEq)]
pub struct TradeEntry {
    /// What.
    pub commodity: CommodityIx,
    /// The country of the buyers.
    pub into: Country,
    /// Lines in order of place.
    pub from: Vec<TradeShare>,
    /// Whether what the shares leave open comes from the world market.
    pub rest_from_market: bool,
    /// Year of the figures.
    pub year: Option<i32>,
    /// Where it was read.
    pub provenance: Provenance,
}
