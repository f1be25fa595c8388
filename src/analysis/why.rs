//! Why a look-through share is what it is: the routes from the product up to the target, heaviest first.
//!
//! A route ends at the first site of the target it meets, so that routes do not overlap and their weights sum to the share.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use serde::Serialize;

use super::look_through::{Bound, look_through};
use super::target::Target;
use crate::graph::{ProcessIx, SupplyGraph};

/// One route.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Route {
    /// Site ids from the product upward.
    pub sites: Vec<String>,
    /// Their countries.
    pub countries: Vec<String>,
    /// Commodities made there.
    pub commodities: Vec<String>,
    /// Part of the product's value, 0 to 1.
    pub weight: f64,
    /// Whether it leaves a country and comes back to it.
    pub round_trip: bool,
}

/// The routes behind a share.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Why {
    /// What was asked about.
    pub target: String,
    /// Look-through share, 0 to 1.
    pub value: f64,
    /// Heaviest first.
    pub paths: Vec<Route>,
    /// What the paths shown leave of the value.
    pub remainder: f64,
}

/// The suppliers of a process, each once: what several inputs or parts of an input send along the same way is one route.
fn suppliers(graph: &SupplyGraph<'_>, process: ProcessIx) -> Vec<(ProcessIx, f64)> {
    let mut found: Vec<(ProcessIx, f64)> = Vec::new();
    for input in graph.inputs_of(process) {
        found.extend(
            graph
                .edges(&input)
                .map(|e| (e.supplier, input.weight * e.share)),
        );
    }
    found.sort_by_key(|(supplier, _)| *supplier);
    found.dedup_by(|next, kept| {
        let same = next.0 == kept.0;
        if same {
            kept.1 += next.1;
        }
        same
    });
    found
}

/// The largest weight of any route from each process to the target.
fn best_routes(graph: &SupplyGraph<'_>, target: &Target) -> Vec<f64> {
    // No loop gains weight, so that the largest weight is found after as many sweeps as a route is long.
    const MOST_SWEEPS: usize = 1_000;
    let order = graph.order();
    let mut best = vec![0.0_f64; graph.processes().len()];
    for component in &order.components {
        let processes = order
            .members(*component)
            .iter()
            .filter(|element| **element < order.processes);
        let members: Vec<(ProcessIx, Vec<(ProcessIx, f64)>)> = processes
            .map(|p| (ProcessIx(*p), suppliers(graph, ProcessIx(*p))))
            .collect();
        for _ in 0..if component.is_loop { MOST_SWEEPS } else { 1 } {
            let mut changed = false;
            for (process, edges) in &members {
                let through = |(supplier, weight): &(ProcessIx, f64)| {
                    weight
                        * if target.holds(*supplier) {
                            1.0
                        } else {
                            best[supplier.at()]
                        }
                };
                let value = edges.iter().map(through).fold(0.0, f64::max);
                changed |= value > best[process.at()];
                best[process.at()] = value;
            }
            if !changed {
                break;
            }
        }
    }
    best
}

/// A route under way: where it stands, what it weighs, and the most it can still come to.
struct Prefix {
    at: ProcessIx,
    weight: f64,
    most: f64,
    came_by: Option<usize>,
    complete: bool,
}

impl PartialEq for Prefix {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Prefix {}

impl PartialOrd for Prefix {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Prefix {
    fn cmp(&self, other: &Self) -> Ordering {
        self.most
            .total_cmp(&other.most)
            .then_with(|| self.complete.cmp(&other.complete))
            .then_with(|| other.at.cmp(&self.at))
            .then_with(|| other.came_by.cmp(&self.came_by))
    }
}

/// Prefixes opened in the search; only reached where thousands of routes weigh nearly the same.
const MOST_OPENED: usize = 2_000_000;

/// Finds the heaviest routes to a target.
#[must_use]
pub fn why(graph: &SupplyGraph<'_>, target: &Target, top: usize) -> Why {
    let value = look_through(graph, target, Bound::Low).of_product(graph);
    let best = best_routes(graph, target);
    // Steps taken: process and the step before. Routes share their beginnings.
    let mut steps: Vec<(ProcessIx, Option<usize>)> = Vec::new();
    let mut open: BinaryHeap<Prefix> = BinaryHeap::new();
    for (process, part) in &graph.roots {
        open.push(Prefix {
            at: *process,
            weight: *part,
            most: part * best[process.at()],
            came_by: None,
            complete: false,
        });
    }
    let mut paths = Vec::new();
    while let Some(prefix) = open.pop() {
        if prefix.most <= 0.0 || paths.len() >= top || steps.len() > MOST_OPENED {
            break;
        }
        let step = steps.len();
        steps.push((prefix.at, prefix.came_by));
        if prefix.complete {
            paths.push(route(graph, &steps, step, prefix.weight));
            continue;
        }
        for (supplier, share) in suppliers(graph, prefix.at) {
            let weight = prefix.weight * share;
            let complete = target.holds(supplier);
            let most = weight * if complete { 1.0 } else { best[supplier.at()] };
            if most > 0.0 {
                open.push(Prefix {
                    at: supplier,
                    weight,
                    most,
                    came_by: Some(step),
                    complete,
                });
            }
        }
    }
    let shown: f64 = paths.iter().map(|p: &Route| p.weight).sum();
    Why {
        target: target.label.clone(),
        value,
        paths,
        remainder: (value - shown).max(0.0),
    }
}

fn route(
    graph: &SupplyGraph<'_>,
    steps: &[(ProcessIx, Option<usize>)],
    last: usize,
    weight: f64,
) -> Route {
    let mut processes = Vec::new();
    let mut at = Some(last);
    while let Some(step) = at {
        processes.push(steps[step].0);
        at = steps[step].1;
    }
    processes.reverse();
    let countries: Vec<String> = processes
        .iter()
        .map(|p| graph.process(*p).place.to_string())
        .collect();
    Route {
        sites: processes.iter().map(|p| graph.id(*p)).collect(),
        commodities: processes
            .iter()
            .map(|p| {
                graph
                    .network
                    .commodity(graph.process(*p).commodity)
                    .id
                    .to_string()
            })
            .collect(),
        round_trip: is_round_trip(graph, &processes),
        countries,
        weight,
    }
}

/// Whether a known country comes again after another place.
fn is_round_trip(graph: &SupplyGraph<'_>, processes: &[ProcessIx]) -> bool {
    let places: Vec<_> = processes.iter().map(|p| graph.process(*p).place).collect();
    places.iter().enumerate().any(|(at, place)| {
        place.country().is_some()
            && places[at + 1..]
                .iter()
                .position(|p| p != place)
                .is_some_and(|left| places[at + 1 + left..].contains(place))
    })
}
