//! Marks flows on which value leaves a country that it will come back to.

use std::collections::BTreeMap;

use super::picture::{Flow, Place};
use crate::model::Country;

/// Least part of the product's value that must come back for a flow to be marked.
const LEAST: f64 = 0.01;
/// Turns of the recursion; loops lose weight with every turn.
const TURNS: usize = 30;

/// Marks the flows that leave a country and of which at least a hundredth of the product's value (or what the picture is
/// pruned at, if more) comes back before the product is done.
///
/// The part of j's output that passes through c again is `r(j) = sum over buyers k of share(j to k) * (1 if k is in c, else
/// r(k))`, with shares by the value of the flows drawn.
pub(super) fn mark_round_trips(places: &[Place], flows: &mut [Flow], prune: f64) {
    let mut out = vec![0.0; places.len()];
    for flow in flows.iter() {
        out[flow.from] += flow.value;
    }
    let mut leaving: BTreeMap<Country, Vec<usize>> = BTreeMap::new();
    for (at, flow) in flows.iter().enumerate() {
        let (from, to) = (&places[flow.from], &places[flow.to]);
        if let Some(country) = from.location.country()
            && from.location != to.location
            && flow.value >= LEAST.max(prune)
        {
            leaving.entry(country).or_default().push(at);
        }
    }
    for (country, members) in leaving {
        let back = returning(places, flows, &out, country);
        for at in members {
            let flow = &mut flows[at];
            flow.round_trip = flow.value * back[flow.to] >= LEAST.max(prune);
        }
    }
}

/// The part of each place's output that passes through a country later.
fn returning(places: &[Place], flows: &[Flow], out: &[f64], country: Country) -> Vec<f64> {
    let mut back = vec![0.0; places.len()];
    for _ in 0..TURNS {
        let mut next = vec![0.0; places.len()];
        for flow in flows.iter().filter(|f| f.from != f.to) {
            let comes = if places[flow.to].location.country() == Some(country) {
                1.0
            } else {
                back[flow.to]
            };
            if out[flow.from] > 0.0 {
                next[flow.from] += flow.value / out[flow.from] * comes;
            }
        }
        let settled = next.iter().zip(&back).all(|(a, b)| f64::abs(a - b) < 1e-9);
        back = next;
        if settled {
            break;
        }
    }
    back
}
