//! What has to be generated in each country, against what is.

use std::collections::BTreeMap;

use serde::Serialize;

use super::gains::Gains;
use crate::analysis::requirement::Requirement;
use crate::analysis::rerouting::Rerouting;
use crate::analysis::rerouting::entitlement::is_relative;
use crate::graph::{ProcessIx, SupplyGraph};
use crate::model::{CommodityIx, Country, Network, Place, Unit};

/// Power, heat or the like in one country at the target.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PowerLimit {
    /// Commodity id, such as electricity.
    pub commodity: String,
    /// Alpha-3 code, `ROW`, or `unknown` for sites without a place.
    pub country: String,
    /// What the product's upstream there takes a year.
    pub needed: f64,
    /// TWh for what is measured as energy, else the commodity's unit.
    pub unit: String,
    /// What the country generates a year for all users; null if the files do not say.
    pub generation: Option<f64>,
    /// Needed over generation.
    pub share: Option<f64>,
    /// Units of the product gained by one more unit of it.
    pub marginal_gain: Option<f64>,
    /// The same where the product's own sites do not count.
    pub marginal_gain_upstream: Option<f64>,
}

/// What each place has to generate, by its share of what it does.
pub(super) fn power(
    rerouting: &Rerouting<'_>,
    before: &SupplyGraph<'_>,
    required: &Requirement,
    without: &[Country],
    target: f64,
    gains: &Gains,
) -> Vec<PowerLimit> {
    let network = rerouting.graph.network;
    let needed = needed(rerouting, before, required, without);
    let mut rows: Vec<PowerLimit> = needed
        .into_iter()
        .map(|((commodity, place), per_unit)| {
            let (unit, factor) = shown_unit(network, commodity);
            let needed = per_unit * target * factor;
            let generation = generation(network, commodity, place).map(|g| g * factor);
            let (gain, upstream) = gains.of(commodity, Some(place));
            PowerLimit {
                commodity: network.commodity(commodity).id.to_string(),
                country: place.to_string(),
                needed,
                unit,
                generation,
                share: generation.filter(|g| *g > 0.0).map(|g| needed / g),
                marginal_gain: gain.map(|g| g / factor),
                marginal_gain_upstream: upstream.map(|g| g / factor),
            }
        })
        .collect();
    rows.sort_by(|a, b| {
        let share = |row: &PowerLimit| row.share.unwrap_or(-1.0);
        share(b)
            .total_cmp(&share(a))
            .then_with(|| b.needed.total_cmp(&a.needed))
            .then_with(|| (&a.commodity, &a.country).cmp(&(&b.commodity, &b.country)))
    });
    rows
}

fn shown_unit(network: &Network, commodity: CommodityIx) -> (String, f64) {
    let own = &network.commodity(commodity).unit;
    let large = Unit::parse("TWh");
    let converted = large.and_then(|u| Some((u.to_string(), own.factor_to(&u)?)));
    converted.unwrap_or_else(|| (own.to_string(), 1.0))
}

/// What sites in a country put out, if all say.
pub(in crate::analysis::rerouting) fn generation(
    network: &Network,
    commodity: CommodityIx,
    place: Place,
) -> Option<f64> {
    place.country()?;
    let sites = network.makers_in(commodity, place);
    if sites.is_empty() || is_relative(network, commodity) {
        return None;
    }
    let output = |s: &crate::model::SiteIx| {
        let site = network.site(*s);
        site.output.map(|o| o * site.availability)
    };
    sites.iter().map(output).sum()
}

/// Power by place for one unit of product. What lost sites make today, the others that make the same take over, each in
/// proportion to what it gives already.
fn needed(
    rerouting: &Rerouting<'_>,
    before: &SupplyGraph<'_>,
    required: &Requirement,
    without: &[Country],
) -> BTreeMap<(CommodityIx, Place), f64> {
    let network = rerouting.graph.network;
    let left_of = |ix: ProcessIx| {
        let process = before.process(ix);
        let gone = process
            .place
            .country()
            .is_some_and(|c| without.contains(&c));
        let site = process.site.map(|s| network.site(s));
        if gone {
            0.0
        } else {
            site.map_or(1.0, |s| s.availability)
        }
    };
    let mut made: BTreeMap<CommodityIx, (f64, f64)> = BTreeMap::new();
    for (ix, process) in before.indexed().filter(|(_, p)| p.kind.is_maker()) {
        let sum = made.entry(process.commodity).or_default();
        sum.0 += required.of(ix);
        sum.1 += required.of(ix) * left_of(ix);
    }
    let mut needed: BTreeMap<(CommodityIx, Place), f64> = BTreeMap::new();
    for (ix, process) in before.indexed() {
        let (all, stay) = made.get(&process.commodity).copied().unwrap_or((0.0, 0.0));
        // Where nobody is left, somebody would have to make it somewhere.
        let (factor, place) = match stay > 0.0 {
            true => (left_of(ix) * all / stay, process.place),
            false => (1.0, Place::Unknown),
        };
        for input in before
            .inputs_of(ix)
            .filter(|i| network.commodity(i.commodity).is_power())
        {
            let amount = required.of(ix) * factor * input.amount;
            if amount > 0.0 {
                *needed.entry((input.commodity, place)).or_default() += amount;
            }
        }
    }
    needed
}
