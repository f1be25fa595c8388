//! Value by stage and place, and what flows between them: what several charts are drawn from.

use std::collections::BTreeMap;

use crate::graph::SupplyGraph;
use crate::model::{Country, Place, Stage};

use crate::render::choose::Weighed;

/// A stage in a place.
pub(super) type Spot = (Stage, Place);

/// A product's value, summed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Aggregate {
    /// Part of the product's value that passes, all tiers together.
    pub(super) value: BTreeMap<Spot, f64>,
    /// Part that passes from supplier to buyer.
    pub(super) flows: BTreeMap<(Spot, Spot), f64>,
    /// Named sites whose coordinates are known: name, latitude, longitude, value.
    pub(super) sites: Vec<(String, f64, f64, f64)>,
}

impl Aggregate {
    /// Sums up a graph.
    #[must_use]
    pub fn of(graph: &SupplyGraph<'_>) -> Self {
        let weighed = Weighed::new(graph);
        let network = graph.network();
        let mut sum = Self::default();
        let spot = |ix| {
            let process = graph.process(ix);
            (network.commodity(process.commodity).stage, process.place)
        };
        for (buyer, _) in graph.indexed() {
            let passing = weighed.value[buyer.at()];
            if passing <= 0.0 {
                continue;
            }
            let to = spot(buyer);
            *sum.value.entry(to).or_default() += passing;
            for input in graph.inputs_of(buyer) {
                for edge in graph.edges(&input) {
                    let flow = passing * input.weight * edge.share;
                    if flow > 0.0 {
                        *sum.flows.entry((spot(edge.supplier), to)).or_default() += flow;
                    }
                }
            }
            let details = graph.site(buyer).and_then(|s| s.details.as_ref());
            if let Some((details, (latitude, longitude))) = details.and_then(|d| Some((d, d.at?))) {
                let name = details
                    .name
                    .as_deref()
                    .map_or_else(|| graph.id(buyer), str::to_owned);
                sum.sites.push((name, latitude, longitude, passing));
            }
        }
        sum
    }

    /// Value by country, most first.
    pub(super) fn countries(&self) -> Vec<(Country, f64)> {
        let mut sums: BTreeMap<Country, f64> = BTreeMap::new();
        for ((_, place), value) in &self.value {
            if let Some(country) = place.country() {
                *sums.entry(country).or_default() += value;
            }
        }
        let mut ranked: Vec<(Country, f64)> = sums.into_iter().collect();
        ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        ranked
    }
}
