//! The inputs that a network itself holds: production, trade, prices, recycling.

use crate::model::{
    Basis, CommodityIx, Country, IndicatorInputs, Network, Place, PriceSource, Provenance,
    TradeEntry, Unit,
};

/// Collects the inputs of one commodity for a region; scores of governance are added when they are needed.
///
/// Imports are shares of consumption, so that they and domestic production sum to 1 with what is not named; they are known only
/// for a region of one country that has a trade entry. What nobody states stays missing.
#[must_use]
pub fn network_inputs(network: &Network, ix: CommodityIx, region: &[Country]) -> IndicatorInputs {
    let commodity = network.commodity(ix);
    let mut inputs = IndicatorInputs {
        commodity: commodity.id.to_string(),
        stage: Some(commodity.stage.word().to_owned()),
        ..IndicatorInputs::default()
    };
    let mut total = 0.0;
    for site in network.makers(ix).map(|s| network.site(s)) {
        let output = site.output.unwrap_or(1.0) * site.availability;
        total += output;
        let place = known_or_rest(site.place);
        *inputs.row(place).production.get_or_insert(0.0) += output;
    }
    if let Some(table) = &commodity.production {
        inputs.lower_bound = table.lower_bound;
        if !table.relative {
            inputs.unit = Some(commodity.unit.to_string());
        }
        let makers = match table.basis {
            Basis::Location => "",
            Basis::Maker => " (by makers' nationality)",
        };
        let year = table.year.map_or_else(String::new, |y| format!(", {y}"));
        let source = named(&table.provenance);
        inputs
            .sources
            .insert("production", format!("{source}{year}{makers}"));
    }
    if commodity.recycled.rate > 0.0 || commodity.recycled.provenance.source.is_some() {
        inputs.totals.eol_rir = Some(commodity.recycled.rate);
        inputs
            .sources
            .insert("eol_rir", named(&commodity.recycled.provenance));
    }
    dollars_per_kg(network, ix, &mut inputs);
    if let [into] = region
        && let Some((_, entry)) = network.trade_entry(ix, *into)
    {
        imports(entry, *into, total, &mut inputs);
    }
    inputs
}

/// Plants in unknown places are part of the remainder.
fn known_or_rest(place: Place) -> Place {
    match place {
        Place::In(_) => place,
        Place::Rest | Place::Unknown => Place::Rest,
    }
}

fn named(provenance: &Provenance) -> String {
    provenance
        .source
        .as_deref()
        .unwrap_or("no source")
        .to_owned()
}

fn dollars_per_kg(network: &Network, ix: CommodityIx, inputs: &mut IndicatorInputs) {
    let commodity = network.commodity(ix);
    let Some(price) = commodity.price.as_ref().filter(|p| &*p.currency == "USD") else {
        return;
    };
    let kg = Unit::parse("kg").and_then(|kg| commodity.unit.factor_to(&kg));
    let Some(kg_per_unit) = kg else { return };
    inputs.totals.price = Some(price.value / kg_per_unit);
    let source = match price.origin {
        PriceSource::Stated => named(&price.provenance),
        PriceSource::Derived => "cost of its inputs".to_owned(),
    };
    inputs.sources.insert("price", source);
}

/// Shares of consumption by origin; what the entry sends to the market comes from where the world makes it.
fn imports(entry: &TradeEntry, into: Country, world: f64, inputs: &mut IndicatorInputs) {
    let mut by_place: Vec<(Place, f64)> = entry
        .from
        .iter()
        .map(|line| (known_or_rest(line.from), line.share))
        .collect();
    let open = (1.0 - entry.from.iter().map(|l| l.share).sum::<f64>()).max(0.0);
    if entry.rest_from_market && world > 0.0 {
        let market = inputs
            .countries
            .iter()
            .map(|c| (c.place, open * c.production.unwrap_or(0.0) / world));
        by_place.extend(market);
    } else if open > 0.0 {
        by_place.push((Place::Rest, open));
    }
    let mut domestic = 0.0;
    for (place, share) in by_place.into_iter().filter(|(_, share)| *share > 0.0) {
        if place == Place::In(into) {
            domestic += share;
        } else {
            *inputs.row(place).imports.get_or_insert(0.0) += share;
        }
    }
    inputs.consumption_shares = true;
    let market = if entry.rest_from_market && open > 0.0 {
        ", the rest as the world market"
    } else {
        ""
    };
    let source = format!(
        "{}, shares of consumption{market}",
        named(&entry.provenance)
    );
    inputs.sources.insert("imports", source.clone());
    // An entry that leaves a part open and does not name the country itself says nothing of home supply.
    let names_home = entry.from.iter().any(|l| l.from == Place::In(into));
    if names_home || entry.rest_from_market || open <= 0.0 {
        inputs.totals.domestic_production = Some(domestic);
        inputs.sources.insert("domestic_production", source);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::NetworkParts;
    use approx::assert_relative_eq;

    #[test]
    fn a_network_without_the_figures_gives_none() {
        let mut parts = NetworkParts::default();
        parts.commodities.push(crate::model::Commodity {
            id: "gallium".into(),
            name: "gallium".into(),
            stage: crate::model::Stage::Refinery,
            unit: Unit::parse("t").unwrap(),
            price: Some(crate::model::Price {
                value: 420_000.0,
                currency: "USD".into(),
                year: None,
                origin: PriceSource::Stated,
                provenance: Provenance::default(),
            }),
            byproduct_of: None,
            recycled: crate::model::Recycled::default(),
            hs: Vec::new(),
            traded: true,
            recipe: None,
            routes: Vec::new(),
            production: None,
            build: None,
            provenance: Provenance::default(),
            notes: Vec::new(),
        });
        let network = Network::build(parts);
        let found = network_inputs(&network, CommodityIx(0), &[]);
        assert!(found.countries.is_empty());
        assert!(found.totals.eol_rir.is_none(), "not stated is not zero");
        assert_relative_eq!(found.totals.price.unwrap(), 420.0);
    }
}
