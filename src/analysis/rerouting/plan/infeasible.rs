//! Why a target cannot be met: the limits that would have to give, and by how much.

use serde::Serialize;

use super::candidates::Candidates;
use super::programme::{Limit, Writer};
use crate::model::{CommodityIx, Country, Network};

/// A limit that stands in the way.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BindingLimit {
    /// `supply` of what may not be built, `ore`, `host`, `grid` or `share`.
    pub kind: &'static str,
    /// Id of the commodity that is limited.
    pub commodity: String,
    /// Alpha-3 code of the country that is limited; null where the limit is the world's.
    pub country: Option<String>,
    /// How much wider it would have to be, in units of the commodity per year.
    pub missing: f64,
    /// The unit.
    pub unit: String,
    /// Whether it could be built but for a cost or a price that is not known.
    pub unpriced: bool,
}

/// The limits that would have to give so that the target can be met, with the least widening of all of them together, each
/// measured in what the product takes today.
pub(super) fn limits(
    network: &Network,
    writer: &Writer,
    candidates: &Candidates,
    keep: f64,
    (product, missing): (CommodityIx, f64),
) -> Vec<BindingLimit> {
    const SMALL: f64 = 1e-6;
    // Where nothing that may be widened helps, nobody is left to make the product itself.
    let found = writer
        .widened(keep)
        .unwrap_or_else(|_| vec![(Limit::Supply(product), missing, 1.0)]);
    let mut limits: Vec<BindingLimit> = found
        .into_iter()
        .filter(|(_, _, parts)| *parts > SMALL)
        .map(|(limit, missing, _)| {
            let (kind, commodity, country) = words(limit);
            let at = network.commodity(commodity);
            BindingLimit {
                kind,
                commodity: at.id.to_string(),
                country: country.map(|c| c.code().to_owned()),
                missing,
                unit: at.unit.to_string(),
                unpriced: candidates.unpriced.contains(&commodity),
            }
        })
        .collect();
    limits.sort_by(|a, b| {
        (&a.commodity, &a.country, a.kind).cmp(&(&b.commodity, &b.country, b.kind))
    });
    limits
}

fn words(limit: Limit) -> (&'static str, CommodityIx, Option<Country>) {
    match limit {
        Limit::Supply(c) => ("supply", c, None),
        Limit::Ore(c, country) => ("ore", c, Some(country)),
        Limit::Host(c, country) => ("host", c, Some(country)),
        Limit::Grid(c, country) => ("grid", c, Some(country)),
        Limit::Share(c, country) => ("share", c, Some(country)),
    }
}
