//! Exposure of a product to countries: direct, look-through and at risk, with the step that holds it.

use std::collections::BTreeMap;

use rayon::prelude::*;
use serde::Serialize;

use super::look_through::{Bound, Reach, look_through};
use super::requirement::requirement;
use super::rerouting::{Rerouting, Rules};
use super::survival::Survival;
use super::target::Target;
use super::tiers::{TierWalk, walk};
use super::unlocated::{Unlocated, unlocated};
use crate::graph::{ProcessIx, SupplyGraph};
use crate::model::{Commodity, CommodityIx, Country};

/// The single commodity of a country whose loss puts most at risk.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Bottleneck {
    /// Commodity id.
    pub commodity: String,
    /// Stage word.
    pub stage: &'static str,
    /// Lowest tier at which it stands.
    pub tier: usize,
    /// The country's share of it in the product, 0 to 1; null if it is reached only as a host.
    pub share: Option<f64>,
    /// Part of the product lost with it, 0 to 1.
    pub at_risk: f64,
    /// By-products tied to it of which as much of the product hangs: without them it would not be the worst step.
    #[serde(skip)]
    pub by_products: Vec<String>,
}

/// The exposure of a product to one country or group.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CountryExposure {
    /// Alpha-3 code, or the name of a group.
    pub country: String,
    /// Part of the product's own sites in it, 0 to 1.
    pub assembly: f64,
    /// Part of the value of direct inputs from it; null without a recipe.
    pub direct: Option<f64>,
    /// Part of the value that passes through it anywhere upstream; null without a recipe.
    pub look_through: Option<f64>,
    /// Part that passes through it anywhere, the last step included.
    pub touched: f64,
    /// Look-through less direct.
    pub hidden: Option<f64>,
    /// Part of the product lost with all of the country, without rerouting; null for the country of a made-up site.
    pub at_risk: Option<f64>,
    /// The same after rerouting within capacities.
    pub at_risk_adapted: Option<f64>,
    /// First tier from 1 on at which it holds a hundredth of the value.
    pub first_tier: Option<usize>,
    /// The step that puts most at risk.
    pub bottleneck: Option<Bottleneck>,
    /// `assembly` if unknown places are it.
    pub assembly_high: f64,
    /// `direct` if unknown places are it.
    pub direct_high: Option<f64>,
    /// `look_through` if unknown places are it.
    pub look_through_high: Option<f64>,
    /// `at_risk` if unknown places are it.
    pub at_risk_high: Option<f64>,
    /// `at_risk_adapted` if unknown places are it.
    pub at_risk_adapted_high: Option<f64>,
}

/// The exposure of a product.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Exposure {
    /// Number of tiers above the product.
    pub depth: usize,
    /// What is not located.
    pub unlocated: Unlocated,
    /// By the worst step, then look-through share, then code.
    pub countries: Vec<CountryExposure>,
    /// Part of the product that a scenario has stopped, 0 to 1.
    pub unmet_demand: f64,
    /// What the reader should know.
    pub notes: Vec<String>,
}

impl Exposure {
    /// The row with most look-through, by code where it is equal.
    #[must_use]
    pub fn most_looked_through(&self) -> Option<&CountryExposure> {
        let through = |c: &CountryExposure| c.look_through.unwrap_or(0.0);
        self.countries.iter().max_by(|a, b| {
            let by_code = || b.country.cmp(&a.country);
            through(a).total_cmp(&through(b)).then_with(by_code)
        })
    }
}

/// A commodity that a country may be a bottleneck in.
struct Candidate {
    commodity: CommodityIx,
    tier: usize,
    processes: Vec<ProcessIx>,
    /// The country's share of what the product requires.
    share: Option<f64>,
}

/// Computes the exposure to every country that has a part in the product; buyers reroute by the default rules.
#[must_use]
pub fn exposure(graph: &SupplyGraph<'_>) -> Exposure {
    exposure_of(graph, &Target::each_country(graph), Rules::default())
}

/// Computes the exposure to some countries or groups.
#[must_use]
pub fn exposure_of(graph: &SupplyGraph<'_>, targets: &[Target], rules: Rules) -> Exposure {
    exposure_of_first(graph, targets, rules, Rerouted::ALL)
}

/// Which adapted figures are worked out; each takes a linear programme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rerouted {
    /// Those of so many of the first rows.
    pub rows: usize,
    /// Also what they could be if unknown places are the country's.
    pub high: bool,
}

impl Rerouted {
    /// All of them.
    pub const ALL: Self = Self {
        rows: usize::MAX,
        high: true,
    };
}

/// The same with some of the adapted figures only; the rest are null.
#[must_use]
pub fn exposure_of_first(
    graph: &SupplyGraph<'_>,
    targets: &[Target],
    rules: Rules,
    rerouted: Rerouted,
) -> Exposure {
    let walk = walk(graph);
    let survival = Survival::new(graph);
    let candidates = candidates(graph, &walk);
    let rerouting = Rerouting::new(graph, rules);
    let rows = |target| (row(graph, target, &walk, &survival, &candidates), target);
    let mut countries: Vec<(CountryExposure, &Target)> = targets
        .par_iter()
        .map(rows)
        .filter(|(r, _)| !is_nothing(r, survival.unmet()))
        .collect();
    countries.sort_by(|(a, _), (b, _)| by_worst_step(a, b));
    let first = rerouted.rows.min(countries.len());
    countries[..first]
        .par_iter_mut()
        .for_each(|(row, target)| fill_adapted(row, &rerouting, target, rerouted.high));
    let countries: Vec<CountryExposure> = countries.into_iter().map(|(row, _)| row).collect();
    let mut notes = loop_notes(graph, &countries, &survival, targets, &walk);
    notes.extend(host_notes(graph, &countries));
    notes.extend(rerouting.notes().iter().cloned());
    Exposure {
        depth: walk.depth(),
        unlocated: unlocated(graph),
        countries,
        unmet_demand: survival.unmet(),
        notes,
    }
}

/// By the worst step, then look-through, the largest first; then by code.
fn by_worst_step(a: &CountryExposure, b: &CountryExposure) -> std::cmp::Ordering {
    let worst = |e: &CountryExposure| e.bottleneck.as_ref().map_or(0.0, |b| b.at_risk);
    let through = |e: &CountryExposure| e.look_through.unwrap_or(0.0);
    worst(b)
        .total_cmp(&worst(a))
        .then_with(|| through(b).total_cmp(&through(a)))
        .then_with(|| a.country.cmp(&b.country))
}

/// At risk below this is arithmetic, not loss.
const NOISE: f64 = 1e-12;

/// Whether a country has no part in the product: its loss adds nothing to what a scenario has stopped already.
fn is_nothing(row: &CountryExposure, unmet: f64) -> bool {
    row.touched <= 0.0 && row.at_risk.unwrap_or(0.0) <= unmet + NOISE && row.assembly <= 0.0
}

/// Whether a country or group is known to have a part in a product: without one it has no row of exposure.
#[must_use]
pub fn has_part(graph: &SupplyGraph<'_>, target: &Target) -> bool {
    let mut survival = Survival::new(graph);
    let is_root = graph.roots.iter().any(|(p, _)| target.holds(*p));
    let touched = || look_through(graph, target, Bound::Low).touched(graph, target);
    is_root || touched() > 0.0 || survival.at_risk(&target.members()) > survival.unmet() + NOISE
}

/// Traded commodities from tier 1 on with their makers, country by country.
fn candidates(graph: &SupplyGraph<'_>, walk: &TierWalk) -> BTreeMap<Country, Vec<Candidate>> {
    let required = requirement(graph);
    let mut makers: BTreeMap<(Country, CommodityIx), Vec<ProcessIx>> = BTreeMap::new();
    for (ix, process) in graph.indexed() {
        if let (Some(country), true) = (process.place.country(), process.kind.is_maker()) {
            makers
                .entry((country, process.commodity))
                .or_default()
                .push(ix);
        }
    }
    let mut found: BTreeMap<Country, Vec<Candidate>> = BTreeMap::new();
    for ((country, commodity), processes) in makers {
        let Some(tier) = walk.tiers(commodity).iter().copied().find(|t| *t >= 1) else {
            continue;
        };
        if graph.network.commodity(commodity).traded {
            let total = required.of_commodity(commodity);
            let made: f64 = processes.iter().map(|p| required.of(*p)).sum();
            let share = (total > 0.0).then(|| made / total);
            found.entry(country).or_default().push(Candidate {
                commodity,
                tier,
                processes,
                share,
            });
        }
    }
    found
}

fn row(
    graph: &SupplyGraph<'_>,
    target: &Target,
    walk: &TierWalk,
    survival: &Survival<'_>,
    candidates: &BTreeMap<Country, Vec<Candidate>>,
) -> CountryExposure {
    let mut survival = survival.clone();
    let has_recipe = graph.roots.iter().any(|(p, _)| !graph.is_terminal(*p));
    let low = look_through(graph, target, Bound::Low);
    let high = look_through(graph, target, Bound::High);
    let profile = walk.profile(target);
    let direct = profile.get(1).copied().unwrap_or(0.0).min(1.0);
    let through = low.of_product(graph);
    let assembly: f64 = graph
        .roots
        .iter()
        .filter(|(p, _)| target.holds(*p))
        .fold(0.0, |sum, (_, part)| sum + part);
    let reach = Reach::new(graph, target, Bound::High);
    let assembly_high: f64 = graph
        .roots
        .iter()
        .filter(|(p, _)| reach.is_hit(*p, graph.root_list(*p)))
        .fold(0.0, |sum, (_, part)| sum + part);
    let own_what_if = graph.is_what_if() && assembly > 0.0;
    let known = |value: f64| (!own_what_if).then_some(value);
    let only_recipe = |value: f64| has_recipe.then_some(value);
    CountryExposure {
        country: target.label.clone(),
        assembly,
        direct: only_recipe(direct),
        look_through: only_recipe(through),
        touched: low.touched(graph, target),
        hidden: only_recipe((through - direct).max(0.0)),
        at_risk: known(survival.at_risk(&target.members())),
        at_risk_adapted: None,
        first_tier: profile
            .iter()
            .enumerate()
            .skip(1)
            .find(|(_, s)| **s >= 0.01 - NOISE)
            .map(|(tier, _)| tier),
        bottleneck: bottleneck(graph, target, &mut survival, candidates),
        assembly_high,
        direct_high: only_recipe(direct_high(graph, &reach).min(1.0)),
        look_through_high: only_recipe(high.of_product(graph)),
        at_risk_high: known(survival.at_risk_high(target)),
        at_risk_adapted_high: None,
    }
}

/// Rerouting can only help, so that nothing is solved where nothing is at risk.
fn fill_adapted(row: &mut CountryExposure, rerouting: &Rerouting<'_>, target: &Target, high: bool) {
    row.at_risk_adapted = match row.at_risk {
        Some(at_risk) if at_risk > 0.0 => rerouting.at_risk(&rerouting.loss_of_target(target)),
        at_risk => at_risk,
    };
    if !high {
        return;
    }
    row.at_risk_adapted_high = match row.at_risk_high {
        Some(high) if high > 0.0 && rerouting.has_unknown() => {
            let adapted = rerouting.at_risk(&rerouting.loss_high(target));
            // Both are upper bounds.
            adapted.map(|a| a.min(high))
        }
        Some(_) => row.at_risk_adapted,
        None => None,
    };
}

/// `S(1)` with all unknown supply that may be the target counted.
fn direct_high(graph: &SupplyGraph<'_>, reach: &Reach<'_>) -> f64 {
    let mut total = 0.0;
    for (process, part) in &graph.roots {
        for input in graph.inputs_of(*process) {
            let hit: f64 = graph
                .edges(&input)
                .filter(|e| reach.is_hit(e.supplier, e.not_in))
                .map(|e| e.share)
                .sum();
            let hidden: f64 = input
                .parts
                .iter()
                .map(|p| p.share * reach.hidden(p.mix))
                .sum();
            total += part * input.weight * (hit + hidden);
        }
    }
    total
}

/// Difference in at risk below which two steps tie, and the lower tier wins.
const TIE: f64 = 1e-9;

fn bottleneck(
    graph: &SupplyGraph<'_>,
    target: &Target,
    survival: &mut Survival<'_>,
    candidates: &BTreeMap<Country, Vec<Candidate>>,
) -> Option<Bottleneck> {
    // For a group, all its members' makers of a commodity together.
    let mut merged: BTreeMap<CommodityIx, (usize, Vec<ProcessIx>, Option<f64>)> = BTreeMap::new();
    for country in &target.countries {
        for c in candidates.get(country).into_iter().flatten() {
            let entry = merged
                .entry(c.commodity)
                .or_insert((c.tier, Vec::new(), None));
            entry.1.extend(&c.processes);
            entry.2 = entry
                .2
                .map_or(c.share, |sum| Some(sum + c.share.unwrap_or(0.0)));
        }
    }
    // A step that adds nothing to what a scenario has stopped already holds nothing.
    let stopped = survival.unmet();
    let mut best: Option<(f64, usize, CommodityIx, Option<f64>)> = None;
    let mut all: Vec<(CommodityIx, f64)> = Vec::new();
    for (commodity, (tier, processes, share)) in merged {
        let at_risk = survival.at_risk(&processes);
        all.push((commodity, at_risk));
        let better = best.is_none_or(|(value, at, _, _)| {
            at_risk > value + TIE || (at_risk >= value - TIE && tier < at)
        });
        if at_risk > stopped + NOISE && better {
            best = Some((at_risk, tier, commodity, share));
        }
    }
    let (at_risk, tier, host, share) = best?;
    let as_bad = all.iter().filter(|(_, other)| *other >= at_risk - TIE);
    let others = as_bad.map(|(c, _)| graph.network.commodity(*c));
    let tied = |c: &&Commodity| c.byproduct_of.as_ref().is_some_and(|tie| tie.host == host);
    let commodity = graph.network.commodity(host);
    Some(Bottleneck {
        commodity: commodity.id.to_string(),
        stage: commodity.stage.word(),
        tier,
        share,
        at_risk,
        by_products: others.filter(tied).map(|c| c.id.to_string()).collect(),
    })
}

/// Names the by-products through which the worst steps act, where these are hosts.
fn host_notes(graph: &SupplyGraph<'_>, rows: &[CountryExposure]) -> Vec<String> {
    const WORST: usize = 5;
    let mut notes = Vec::new();
    for row in rows.iter().take(WORST) {
        let Some(step) = &row.bottleneck else {
            continue;
        };
        let country = Country::from_alpha3(&row.country);
        let mut tied: Vec<&str> = graph
            .processes()
            .iter()
            .filter(|p| p.tie.is_some() && p.place.country() == country)
            .map(|p| graph.network.commodity(p.commodity))
            .filter(|c| {
                c.byproduct_of
                    .as_ref()
                    .is_some_and(|t| *graph.network.commodity(t.host).id == *step.commodity)
            })
            .map(|c| &*c.id)
            .collect();
        tied.sort_unstable();
        tied.dedup();
        if !tied.is_empty() {
            notes.push(format!(
                "{} in {} is the host of {}, a by-product that is lost with it",
                step.commodity,
                row.country,
                tied.join(" and ")
            ));
        }
    }
    notes
}

/// Names essential loops that make at risk 1 although each turn of them loses only a part.
fn loop_notes(
    graph: &SupplyGraph<'_>,
    rows: &[CountryExposure],
    survival: &Survival<'_>,
    targets: &[Target],
    walk: &TierWalk,
) -> Vec<String> {
    const CERTAIN: f64 = 1.0 - 1e-9;
    let loops: Vec<_> = graph
        .order()
        .components
        .iter()
        .filter(|c| c.is_loop)
        .collect();
    if loops.is_empty() {
        return Vec::new();
    }
    let mut notes = Vec::new();
    let mut survival = survival.clone();
    for row in rows
        .iter()
        .filter(|r| r.at_risk.is_some_and(|d| d >= CERTAIN))
    {
        let Some(target) = targets.iter().find(|t| t.label == row.country) else {
            continue;
        };
        let lost = target.members();
        if !super::Alive::without(graph, &lost).product_works(graph) {
            continue;
        }
        let kept = survival.kept(&lost);
        for component in &loops {
            let members: Vec<ProcessIx> = graph
                .order()
                .members(**component)
                .iter()
                .filter(|e| **e < graph.order().processes)
                .map(|e| ProcessIx(*e))
                .filter(|p| !target.holds(*p) && kept[p.at()] <= 1e-9)
                .collect();
            let Some(first) = members.iter().filter_map(|p| walk.first_tier(*p)).min() else {
                continue;
            };
            let mut ids: Vec<&str> = members
                .iter()
                .map(|p| &*graph.network.commodity(graph.process(*p).commodity).id)
                .collect();
            ids.sort_unstable();
            ids.dedup();
            let closes = first + ids.len();
            let curve = survival.at_risk_to(target, closes);
            notes.push(format!(
                "{}: the loop through {} needs itself, so that any loss in it grows to all; cut where it first closes, at tier {closes}, at risk is {:.1} %",
                row.country,
                ids.join(", "),
                100.0 * curve.last().copied().unwrap_or(0.0)
            ));
        }
    }
    notes
}
