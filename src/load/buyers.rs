//! Who buys a commodity, so that a scenario that stops or replaces what nobody buys can be told from one that does something.

use std::collections::BTreeSet;

use crate::model::{Change, Commodity, CommodityIx, Network, Place, Recipe};

/// The places in which a commodity is bought, once the sites that a scenario adds and moves are there.
pub(super) fn buyers(
    network: &Network,
    commodity: CommodityIx,
    changes: &[Change],
) -> BTreeSet<Place> {
    let wanted = with_what_stays_home(network, commodity);
    let needs = |recipe: &Recipe| recipe.inputs.iter().any(|i| wanted.contains(&i.commodity));
    let recipes_need = |c: &Commodity| c.recipes().any(|(_, recipe)| needs(recipe));
    let mut places: BTreeSet<Place> = BTreeSet::new();
    for site in network.sites() {
        let recipes = network.recipes_at(site).into_iter();
        if recipes.filter_map(|(_, r)| r).any(|r| needs(r)) {
            places.insert(site.place);
        }
    }
    for (at, c) in network.commodities().iter().enumerate() {
        let made = network.makers(CommodityIx(at as u32)).next().is_some();
        if !made && recipes_need(c) {
            places.insert(Place::Unknown);
        }
    }
    // A country that sells on what it does not make buys it itself.
    for entry in network.parts().trade.iter() {
        let sellers = entry.from.iter().map(|l| l.from);
        places.extend(sellers.filter(|place| {
            entry.commodity == commodity && network.makers_in(commodity, *place).is_empty()
        }));
    }
    for change in changes {
        match change {
            Change::AddSite(new) => {
                let own = new.recipe.as_ref().map(|r| needs(r));
                if own.unwrap_or_else(|| recipes_need(network.commodity(new.commodity))) {
                    places.insert(new.place);
                }
            }
            Change::Relocate { commodity, to, .. }
                if recipes_need(network.commodity(*commodity)) =>
            {
                places.extend(to.iter().map(|(country, _)| Place::In(*country)));
            }
            _ => {}
        }
    }
    places
}

/// The commodity, and what is made of it at home wherever it is used: power plants stand where the power goes.
fn with_what_stays_home(network: &Network, commodity: CommodityIx) -> BTreeSet<CommodityIx> {
    let mut wanted = BTreeSet::from([commodity]);
    loop {
        let more: Vec<CommodityIx> = network
            .commodities()
            .iter()
            .enumerate()
            .filter(|(at, c)| !c.traded && !wanted.contains(&CommodityIx(*at as u32)))
            .filter(|(_, c)| {
                let mut inputs = c.recipes().flat_map(|(_, r)| &r.inputs);
                inputs.any(|i| wanted.contains(&i.commodity))
            })
            .map(|(at, _)| CommodityIx(at as u32))
            .collect();
        if more.is_empty() {
            return wanted;
        }
        wanted.extend(more);
    }
}
