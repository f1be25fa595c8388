//! Exposure by owner: the same measures as by country, of what a company controls, or companies of a country do, wherever
//! it stands.

use std::collections::BTreeMap;

use rayon::prelude::*;
use serde::Serialize;

use super::control::Control;
use super::exposure::Bottleneck;
use super::look_through::{Bound, look_through};
use super::requirement::requirement;
use super::rerouting::{Actor, Rerouting, Rules};
use super::survival::Survival;
use super::target::Target;
use super::tiers::{TierWalk, walk};
use crate::graph::{ProcessIx, SupplyGraph};
use crate::model::{CommodityIx, Place, SiteIx};

/// What rows are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum OwnersBy {
    /// Companies that control sites.
    Company,
    /// Home countries of these companies.
    Control,
    /// Pairs of a place and a home country.
    Matrix,
}

/// What a company controls, or companies of a country do.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OwnerExposure {
    /// Where the sites are: only in a matrix.
    pub location: Option<String>,
    /// The company that controls them: only by company.
    pub company: Option<String>,
    /// Home country of whoever controls them; null if not known.
    pub control: Option<String>,
    /// The named sites among them.
    pub sites: Vec<String>,
    /// Part of the product's own sites, 0 to 1.
    pub assembly: f64,
    /// Part of the value of direct inputs; null without a recipe.
    pub direct: Option<f64>,
    /// Part of the value that passes through them anywhere upstream; null without a recipe.
    pub look_through: Option<f64>,
    /// The same with the last step included.
    pub touched: f64,
    /// Look-through less direct.
    pub hidden: Option<f64>,
    /// Part of the product lost with all of them, without rerouting; null where the owner is not known.
    pub at_risk: Option<f64>,
    /// The same after rerouting within capacities.
    pub at_risk_adapted: Option<f64>,
    /// First tier from 1 on at which they hold a hundredth of the value.
    pub first_tier: Option<usize>,
    /// The commodity whose loss puts most at risk.
    pub bottleneck: Option<Bottleneck>,
}

/// One place's and one controlling country's part of a commodity.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ControlShare {
    /// Commodity id.
    pub commodity: String,
    /// Country, `ROW` or `unknown`.
    pub location: String,
    /// Home country of whoever controls the sites; null if not known.
    pub control: Option<String>,
    /// Of all that the product requires, 0 to 1.
    pub share: f64,
}

/// The exposure of a product by owner.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Owners {
    /// What rows are.
    pub by: OwnersBy,
    /// By look-through share, then names.
    pub owners: Vec<OwnerExposure>,
    /// Everything whose owner, or the owner's home, is not known; in a matrix it has rows of its own.
    pub unattributed: OwnerExposure,
    /// For a matrix: shares of commodities of which some owner is known.
    pub shares: Vec<ControlShare>,
    /// Part of the product that a scenario has stopped, 0 to 1.
    pub unmet_demand: f64,
    /// What the reader should know.
    #[serde(skip)]
    pub notes: Vec<String>,
}

/// Location, company and home country, as far as the rows ask for them.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    location: Option<String>,
    company: Option<String>,
    control: Option<String>,
}

impl Key {
    fn is_known(&self) -> bool {
        self.company.is_some() || self.control.is_some()
    }
}

/// How sites are sorted into rows.
struct Sorting<'n> {
    by: OwnersBy,
    control: Control<'n>,
}

impl Sorting<'_> {
    fn key(&self, site: Option<SiteIx>, place: Place) -> Key {
        let site = site.map(|s| self.control.network().site(s));
        let home = || {
            let country = site.and_then(|s| self.control.country(s));
            country.map(|c| c.code().to_owned())
        };
        match self.by {
            OwnersBy::Company => {
                let company = site.and_then(|s| self.control.company(s));
                let home = company.and_then(|c| self.control.home(c));
                Key {
                    location: None,
                    company: company.map(str::to_owned),
                    control: home.map(|c| c.code().to_owned()),
                }
            }
            OwnersBy::Control => Key {
                control: home(),
                ..Key::default()
            },
            OwnersBy::Matrix => {
                // Tables by nationality say who makes something, not where.
                let is_placed = site.is_none_or(|s| self.control.nationality(s).is_none());
                let place = if is_placed { place } else { Place::Unknown };
                Key {
                    location: Some(place.to_string()),
                    company: None,
                    control: home(),
                }
            }
        }
    }
}

/// Computes the exposure by owner.
#[must_use]
pub fn owners(graph: &SupplyGraph<'_>, by: OwnersBy, rules: Rules) -> Owners {
    let sorting = Sorting {
        by,
        control: Control::new(graph.network),
    };
    let mut members: BTreeMap<Key, Vec<ProcessIx>> = BTreeMap::new();
    for (ix, process) in graph.indexed() {
        let key = sorting.key(process.site, process.place);
        members.entry(key).or_default().push(ix);
    }
    let survival = Survival::new(graph);
    let rerouting = Rerouting::new(graph, rules);
    let measure = Measure {
        graph,
        walk: walk(graph),
        survival: &survival,
        made: made(graph),
        rerouting: &rerouting,
        sorting: &sorting,
    };
    let mut rows: Vec<OwnerExposure> = members
        .par_iter()
        .filter(|(key, _)| key.is_known() || by == OwnersBy::Matrix)
        .map(|(key, members)| measure.row(key, members))
        .collect();
    rows.retain(|r| r.touched > 0.0 || r.at_risk.is_some_and(|d| d > survival.unmet()));
    rows.sort_by(|a, b| {
        let names = |r: &OwnerExposure| (r.location.clone(), r.company.clone(), r.control.clone());
        b.look_through
            .unwrap_or(b.touched)
            .total_cmp(&a.look_through.unwrap_or(a.touched))
            .then_with(|| names(a).cmp(&names(b)))
    });
    let unknown: Vec<ProcessIx> = members
        .iter()
        .filter(|(key, _)| !key.is_known())
        .flat_map(|(_, members)| members.iter().copied())
        .collect();
    let unattributed = measure.row(&Key::default(), &unknown);
    let shares = if by == OwnersBy::Matrix {
        measure.shares(&members)
    } else {
        Vec::new()
    };
    Owners {
        by,
        owners: rows,
        unattributed,
        shares,
        unmet_demand: survival.unmet(),
        notes: notes(graph, &sorting, &rerouting),
    }
}

fn notes(graph: &SupplyGraph<'_>, sorting: &Sorting<'_>, rerouting: &Rerouting<'_>) -> Vec<String> {
    let mut notes = Vec::new();
    let by_nationality = |ix: &ProcessIx| {
        let site = graph.site(*ix);
        site.is_some_and(|s| sorting.control.nationality(s).is_some())
    };
    if sorting.by != OwnersBy::Company && graph.indexed().any(|(ix, _)| by_nationality(&ix)) {
        notes.push(
            "tables by the makers' nationality count as controlled from that country".to_owned()
                + match sorting.by {
                    OwnersBy::Matrix => ", and as of unknown place",
                    OwnersBy::Company | OwnersBy::Control => "",
                },
        );
    }
    notes.extend(rerouting.notes().iter().cloned());
    notes
}

/// The makers of every commodity with their parts of what the product requires, as in the shares by country: where a
/// scenario has stopped flows, of what it would require without.
fn made(graph: &SupplyGraph<'_>) -> BTreeMap<CommodityIx, Vec<(ProcessIx, f64)>> {
    let delivered = requirement(graph);
    let before = graph.network.unhindered();
    let demand = before.as_ref().map_or_else(
        || delivered.clone(),
        |network| requirement(&SupplyGraph::new(network, graph.asked())),
    );
    let mut made: BTreeMap<CommodityIx, Vec<(ProcessIx, f64)>> = BTreeMap::new();
    for (ix, process) in graph.indexed() {
        let total = demand.of_commodity(process.commodity);
        if process.kind.is_maker() && total > 0.0 {
            let share = delivered.of(ix) / total;
            made.entry(process.commodity).or_default().push((ix, share));
        }
    }
    made
}

struct Measure<'a, 'g> {
    graph: &'a SupplyGraph<'g>,
    walk: TierWalk,
    survival: &'a Survival<'a>,
    /// By commodity: its makers with the part of what the product requires that each makes.
    made: BTreeMap<CommodityIx, Vec<(ProcessIx, f64)>>,
    rerouting: &'a Rerouting<'a>,
    sorting: &'a Sorting<'g>,
}

impl Measure<'_, '_> {
    fn row(&self, key: &Key, members: &[ProcessIx]) -> OwnerExposure {
        let graph = self.graph;
        let target = Target::processes(graph, "", members);
        let has_recipe = graph.roots.iter().any(|(p, _)| !graph.is_terminal(*p));
        let only_recipe = |value: f64| has_recipe.then_some(value);
        let flow = look_through(graph, &target, Bound::Low);
        let profile = self.walk.profile(&target);
        let direct = profile.get(1).copied().unwrap_or(0.0);
        let through = flow.of_product(graph);
        let mut survival = self.survival.clone();
        let at_risk = key.is_known().then(|| survival.at_risk(members));
        let named = |p: &ProcessIx| {
            let site = graph.site(*p)?;
            let is_named = site.kind == crate::model::SiteKind::Named;
            is_named.then(|| site.plant().to_string())
        };
        let mut sites: Vec<String> = members.iter().filter_map(named).collect();
        sites.sort_unstable();
        sites.dedup();
        let own = |(p, part): &(ProcessIx, f64)| target.holds(*p).then_some(*part);
        OwnerExposure {
            location: key.location.clone(),
            company: key.company.clone(),
            control: key.control.clone(),
            sites: if key.is_known() { sites } else { Vec::new() },
            assembly: graph.roots.iter().filter_map(own).fold(0.0, |a, b| a + b),
            direct: only_recipe(direct),
            look_through: only_recipe(through),
            touched: flow.touched(graph, &target),
            hidden: only_recipe((through - direct).max(0.0)),
            at_risk,
            at_risk_adapted: at_risk.and_then(|d| self.adapted(key, d)),
            first_tier: (1..profile.len()).find(|k| profile[*k] >= 0.01 - NOISE),
            bottleneck: at_risk.and_then(|_| self.bottleneck(members, &mut survival)),
        }
    }

    /// What is lost after rerouting; what the owner controls outside today's supply goes too.
    fn adapted(&self, key: &Key, at_risk: f64) -> Option<f64> {
        if at_risk <= 0.0 {
            return Some(0.0);
        }
        let loss = self
            .rerouting
            .loss(|a: &Actor| self.sorting.key(a.site, a.place) == *key);
        // Both are upper bounds.
        Some(self.rerouting.at_risk(&loss)?.min(at_risk))
    }

    fn bottleneck(&self, members: &[ProcessIx], survival: &mut Survival<'_>) -> Option<Bottleneck> {
        let graph = self.graph;
        let mut steps: BTreeMap<CommodityIx, Vec<ProcessIx>> = BTreeMap::new();
        for member in members {
            let process = graph.process(*member);
            if process.kind.is_maker() && graph.network.commodity(process.commodity).traded {
                steps.entry(process.commodity).or_default().push(*member);
            }
        }
        let stopped = survival.unmet();
        let mut best: Option<Bottleneck> = None;
        for (ix, makers) in steps {
            let Some(tier) = self.walk.tiers(ix).iter().copied().find(|t| *t >= 1) else {
                continue;
            };
            let at_risk = survival.at_risk(&makers);
            let better = best.as_ref().is_none_or(|b| {
                at_risk > b.at_risk + 1e-9 || (at_risk >= b.at_risk - 1e-9 && tier < b.tier)
            });
            if at_risk > stopped + NOISE && better {
                let commodity = graph.network.commodity(ix);
                let parts = self.made.get(&ix).into_iter().flatten();
                let own = parts.filter(|(p, _)| makers.contains(p));
                best = Some(Bottleneck {
                    commodity: commodity.id.to_string(),
                    stage: commodity.stage.word(),
                    tier,
                    share: self
                        .made
                        .contains_key(&ix)
                        .then(|| own.map(|(_, s)| s).sum()),
                    at_risk,
                    by_products: Vec::new(),
                });
            }
        }
        best
    }

    /// Shares of the commodities of which any owner is known, in the order of their ids.
    fn shares(&self, members: &BTreeMap<Key, Vec<ProcessIx>>) -> Vec<ControlShare> {
        let mut key_of: BTreeMap<ProcessIx, &Key> = BTreeMap::new();
        for (key, processes) in members {
            key_of.extend(processes.iter().map(|p| (*p, key)));
        }
        let mut found = Vec::new();
        for (commodity, makers) in &self.made {
            let mut cells: BTreeMap<&Key, f64> = BTreeMap::new();
            for (process, share) in makers {
                if let Some(key) = key_of.get(process) {
                    *cells.entry(*key).or_default() += share;
                }
            }
            if cells.keys().all(|key| !key.is_known()) {
                continue;
            }
            let mut rows: Vec<ControlShare> = cells
                .into_iter()
                .filter(|(_, share)| *share > 0.0)
                .map(|(key, share)| ControlShare {
                    commodity: self.graph.network.commodity(*commodity).id.to_string(),
                    location: key.location.clone().unwrap_or_default(),
                    control: key.control.clone(),
                    share,
                })
                .collect();
            rows.sort_by(|a, b| {
                let names = |r: &ControlShare| (r.location.clone(), r.control.clone());
                b.share
                    .total_cmp(&a.share)
                    .then_with(|| names(a).cmp(&names(b)))
            });
            found.extend(rows);
        }
        found
    }
}

/// Differences below this are arithmetic.
const NOISE: f64 = 1e-12;
