//! Sites that no file states but that have to be: what output calls them, and what outages leave of them.

use super::build::Roots;
use super::supply_graph::{ProcessKind, SupplyGraph};
use crate::model::{CommodityIx, DerivedRole, DerivedSite, Network, OutageTarget, Place};

/// The id that output shows.
pub(crate) fn id(
    network: &Network,
    kind: ProcessKind,
    commodity: CommodityIx,
    place: Place,
) -> String {
    let commodity = &network.commodity(commodity).id;
    match kind {
        ProcessKind::Scrap => format!("scrap:{commodity}@{place}"),
        ProcessKind::Placeless => format!("{commodity}@placeless"),
        _ => format!("{commodity}@{place}"),
    }
}

/// The part of what it gives that the outages of a scenario leave, 0 to 1.
pub(crate) fn availability(
    network: &Network,
    kind: ProcessKind,
    commodity: CommodityIx,
    place: Place,
) -> f64 {
    let outages = network.outages().iter();
    outages
        .filter(|outage| is_struck(network, &outage.target, kind, commodity, place))
        .map(|outage| 1.0 - outage.loss)
        .product()
}

/// Whether an outage strikes any such site upstream of anything.
pub(crate) fn strikes_any(network: &Network, target: &OutageTarget) -> bool {
    let all: Vec<CommodityIx> = (0..network.commodities().len() as u32)
        .map(CommodityIx)
        .collect();
    let graph = SupplyGraph::new(network, &Roots::commodities(&all));
    let mut derived = graph.processes().iter().filter(|p| p.site.is_none());
    derived.any(|p| is_struck(network, target, p.kind, p.commodity, p.place))
}

fn is_struck(
    network: &Network,
    target: &OutageTarget,
    kind: ProcessKind,
    commodity: CommodityIx,
    place: Place,
) -> bool {
    let site = DerivedSite {
        id: &id(network, kind, commodity, place),
        commodity,
        place,
        role: match kind {
            ProcessKind::ReExporter => DerivedRole::ReExporter,
            ProcessKind::Scrap => DerivedRole::Scrap,
            ProcessKind::Site
            | ProcessKind::Placeless
            | ProcessKind::Implied
            | ProcessKind::WhatIf => DerivedRole::Maker,
        },
    };
    target.strikes_derived(&site, network)
}
