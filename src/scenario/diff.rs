//! What a scenario changes: the same analyses on two networks, subtracted.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::analysis::{
    BandVintage, ChokepointQuery, CountryExposure, Exposure, Rerouted, Rerouting, Rules, Survival,
    Target, chokepoints, country_shares, exposure_of_first,
};
use crate::graph::{ProductError, Roots, SupplyGraph};
use crate::model::{Country, Network};

/// What to compare.
#[derive(Clone, Debug, PartialEq)]
pub struct DiffQuery {
    /// The product.
    pub roots: Roots,
    /// Countries or groups to report; all that have a part if empty.
    pub targets: Vec<(String, Vec<Country>)>,
    /// Which chokepoints.
    pub chokepoints: ChokepointQuery,
    /// How buyers reroute.
    pub rules: Rules,
    /// How many countries get adapted figures, each of which takes two linear programmes: those that change most, then those
    /// with most at risk.
    pub rerouted: usize,
}

/// The figures of one country that are compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Figures {
    /// Part of the product's own sites, 0 to 1.
    pub assembly: Option<f64>,
    /// Direct share.
    pub direct: Option<f64>,
    /// Look-through share.
    pub look_through: Option<f64>,
    /// Touched anywhere.
    pub touched: Option<f64>,
    /// Look-through less direct.
    pub hidden: Option<f64>,
    /// At risk with all of the country.
    pub at_risk: Option<f64>,
    /// After rerouting.
    pub at_risk_adapted: Option<f64>,
    /// At risk by its worst step.
    pub worst_step: Option<f64>,
}

impl Figures {
    fn of(row: &CountryExposure, unmet: f64) -> Self {
        Self {
            assembly: Some(row.assembly),
            direct: row.direct,
            look_through: row.look_through,
            touched: Some(row.touched),
            hidden: row.hidden,
            at_risk: row.at_risk,
            at_risk_adapted: row.at_risk_adapted,
            worst_step: Some(row.bottleneck.as_ref().map_or(unmet, |b| b.at_risk)),
        }
    }

    fn minus(self, other: Self) -> Self {
        let change = |a: Option<f64>, b: Option<f64>| Some(a? - b?);
        Self {
            assembly: change(self.assembly, other.assembly),
            direct: change(self.direct, other.direct),
            look_through: change(self.look_through, other.look_through),
            touched: change(self.touched, other.touched),
            hidden: change(self.hidden, other.hidden),
            at_risk: change(self.at_risk, other.at_risk),
            at_risk_adapted: change(self.at_risk_adapted, other.at_risk_adapted),
            worst_step: change(self.worst_step, other.worst_step),
        }
    }
}

/// One country before and after.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CountryDiff {
    /// Alpha-3 code or group.
    pub country: String,
    /// In the baseline.
    pub before: Figures,
    /// In the scenario.
    pub after: Figures,
    /// After less before.
    pub change: Figures,
    /// Change of the worst step beyond what the scenario stops whatever country is lost; what orders the rows, with the
    /// change of look-through share.
    pub own_change: f64,
    /// Commodity of the worst step before.
    pub bottleneck_before: Option<String>,
    /// Commodity of the worst step after.
    pub bottleneck_after: Option<String>,
}

/// A country's share of a commodity that changed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ShareDiff {
    /// Commodity id.
    pub commodity: String,
    /// Alpha-3 code, `ROW` or `unknown`.
    pub country: String,
    /// Share of all that the product requires, 0 to 1.
    pub before: f64,
    /// The same in the scenario; what is stopped stays in the denominator.
    pub after: f64,
    /// After less before.
    pub change: f64,
}

/// An amount before and after.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Deltas {
    /// Id of the chokepoint.
    pub id: String,
    /// What it is.
    pub kind: &'static str,
    /// At risk before.
    pub before: f64,
    /// At risk after.
    pub after: f64,
    /// At risk before, once buyers have rerouted.
    pub adapted_before: Option<f64>,
    /// The same after.
    pub adapted_after: Option<f64>,
}

/// How the list of chokepoints changed.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ChokepointChanges {
    /// Only in the scenario.
    pub added: Vec<String>,
    /// Only in the baseline.
    pub removed: Vec<String>,
    /// In both, with another figure.
    pub changed: Vec<Deltas>,
}

/// What one scenario changes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ScenarioDiff {
    /// Name of the scenario.
    pub scenario: String,
    /// Its title.
    pub title: Option<String>,
    /// Every country with a part in either, by change of look-through share, largest first, then code.
    pub countries: Vec<CountryDiff>,
    /// Shares that changed, largest change first.
    pub shares: Vec<ShareDiff>,
    /// Chokepoints that came, went or changed.
    pub chokepoints: ChokepointChanges,
    /// Part of the product's demand that the scenario leaves unmet when nobody reroutes, 0 to 1.
    pub unmet_demand: f64,
    /// What the reader should know.
    pub notes: Vec<String>,
}

/// Differences below this are arithmetic, not change.
const NOISE: f64 = 1e-12;

/// The same where a linear programme is behind the figures.
const SOLVER_NOISE: f64 = 1e-9;

/// Compares a product in two networks.
///
/// # Errors
/// If the product cannot be made in one of them at all.
pub fn diff(
    before: &Network,
    after: &Network,
    name: &str,
    title: Option<&str>,
    query: &DiffQuery,
) -> Result<ScenarioDiff, ProductError> {
    let old = SupplyGraph::of_product(before, &query.roots)?;
    let new = SupplyGraph::of_product(after, &query.roots.in_network(before, after))?;
    let countries: Vec<Country> = {
        let mut all = crate::analysis::countries_in(&old);
        all.extend(crate::analysis::countries_in(&new));
        all.sort_unstable();
        all.dedup();
        all
    };
    let labelled = |graph: &SupplyGraph<'_>| -> Vec<Target> {
        if query.targets.is_empty() {
            countries
                .iter()
                .map(|c| Target::country(graph, *c))
                .collect()
        } else {
            query
                .targets
                .iter()
                .map(|(l, c)| Target::countries(graph, l.clone(), c.clone()))
                .collect()
        }
    };
    let exposed = |graph, targets: &[Target], rows| {
        let rerouted = Rerouted { rows, high: false };
        exposure_of_first(graph, targets, query.rules, rerouted)
    };
    let all = query.rerouted >= countries.len();
    let at_first = |graph| exposed(graph, &labelled(graph), if all { usize::MAX } else { 0 });
    let (mut exposure_before, mut exposure_after) = (at_first(&old), at_first(&new));
    if !all {
        let chosen = foremost(&exposure_before, &exposure_after, query.rerouted);
        for (graph, exposure) in [(&old, &mut exposure_before), (&new, &mut exposure_after)] {
            let mut targets = labelled(graph);
            targets.retain(|t| chosen.contains(&t.label));
            let adapted = exposed(graph, &targets, usize::MAX);
            for row in adapted.countries {
                let known = exposure
                    .countries
                    .iter_mut()
                    .find(|r| r.country == row.country);
                if let Some(known) = known {
                    known.at_risk_adapted = row.at_risk_adapted;
                }
            }
        }
    }
    let unmet_demand = Survival::new(&new).unmet();
    let mut notes = Vec::new();
    if unmet_demand > NOISE {
        notes.push(format!(
            "{:.1} % of demand is unmet without rerouting; demand is held fixed, so that shares do not improve because output vanished",
            unmet_demand * 100.0
        ));
    }
    Ok(ScenarioDiff {
        scenario: name.to_owned(),
        title: title.map(str::to_owned),
        countries: country_diffs(
            &Side::new(&old, exposure_before, query.rules),
            &Side::new(&new, exposure_after, query.rules),
        ),
        shares: share_diffs(&old, &new),
        chokepoints: chokepoint_changes(&old, &new, &query.chokepoints),
        unmet_demand,
        notes,
    })
}

/// The countries whose figures without rerouting change most, then those with most at risk; by code where these are equal.
fn foremost(before: &Exposure, after: &Exposure, most: usize) -> BTreeSet<String> {
    let mut seen: BTreeMap<&str, [Option<&CountryExposure>; 2]> = BTreeMap::new();
    for (side, exposure) in [before, after].into_iter().enumerate() {
        for row in &exposure.countries {
            seen.entry(&row.country).or_default()[side] = Some(row);
        }
    }
    let figures = |row: Option<&CountryExposure>| {
        let worst = |r: &CountryExposure| r.bottleneck.as_ref().map_or(0.0, |b| b.at_risk);
        let of = |r: &CountryExposure| [r.look_through, Some(worst(r)), r.at_risk];
        row.map_or([0.0; 3], |r| of(r).map(|f| f.unwrap_or(0.0)))
    };
    let mut ranked: Vec<(f64, f64, &str)> = seen
        .into_iter()
        .map(|(country, [before, after])| {
            let (before, after) = (figures(before), figures(after));
            let change = |at: usize| (after[at] - before[at]).abs();
            let changes = change(0).max(change(1));
            let moved = if changes > NOISE { changes } else { 0.0 };
            (moved, before[2].max(after[2]), country)
        })
        .collect();
    ranked.sort_by(|a, b| {
        (b.0.total_cmp(&a.0))
            .then(b.1.total_cmp(&a.1))
            .then(a.2.cmp(b.2))
    });
    let first = ranked.into_iter().take(most);
    first.map(|(_, _, country)| country.to_owned()).collect()
}

/// One of two networks to compare.
struct Side {
    rows: BTreeMap<String, CountryExposure>,
    /// What a scenario stops whatever is lost, without rerouting and with it.
    stopped: f64,
    stopped_adapted: Option<f64>,
}

impl Side {
    fn new(graph: &SupplyGraph<'_>, exposure: Exposure, rules: Rules) -> Self {
        let stopped = exposure.unmet_demand;
        let stopped_adapted = if stopped > NOISE {
            let rerouting = Rerouting::new(graph, rules);
            rerouting.at_risk(&rerouting.nothing())
        } else {
            Some(0.0)
        };
        let rows = exposure.countries.into_iter();
        Self {
            rows: rows.map(|c| (c.country.clone(), c)).collect(),
            stopped,
            stopped_adapted,
        }
    }

    /// The figures of a country, which may have no part in the product.
    fn figures(&self, id: &str) -> Figures {
        let nothing = Figures {
            assembly: Some(0.0),
            direct: Some(0.0),
            look_through: Some(0.0),
            touched: Some(0.0),
            hidden: Some(0.0),
            at_risk: Some(self.stopped),
            at_risk_adapted: self.stopped_adapted,
            worst_step: Some(self.stopped),
        };
        let row = self.rows.get(id);
        row.map_or(nothing, |row| Figures::of(row, self.stopped))
    }

    fn worst_step(&self, id: &str) -> Option<String> {
        let row = self.rows.get(id)?;
        Some(row.bottleneck.as_ref()?.commodity.clone())
    }
}

fn country_diffs(old: &Side, new: &Side) -> Vec<CountryDiff> {
    let ids: BTreeSet<&String> = old.rows.keys().chain(new.rows.keys()).collect();
    let mut rows: Vec<CountryDiff> = ids
        .into_iter()
        .map(|id| {
            let own =
                |figures: Figures, side: &Side| figures.worst_step.unwrap_or(0.0) - side.stopped;
            let (before, after) = (old.figures(id), new.figures(id));
            CountryDiff {
                country: id.clone(),
                before,
                after,
                change: after.minus(before),
                own_change: own(after, new) - own(before, old),
                bottleneck_before: old.worst_step(id),
                bottleneck_after: new.worst_step(id),
            }
        })
        .collect();
    let size = |d: &CountryDiff| {
        d.change
            .look_through
            .unwrap_or(0.0)
            .abs()
            .max(d.own_change.abs())
    };
    rows.sort_by(|a, b| {
        size(b)
            .total_cmp(&size(a))
            .then_with(|| a.country.cmp(&b.country))
    });
    rows
}

fn share_diffs(old: &SupplyGraph<'_>, new: &SupplyGraph<'_>) -> Vec<ShareDiff> {
    let index = |graph: &SupplyGraph<'_>| -> BTreeMap<(String, String), f64> {
        let shares = country_shares(graph, BandVintage::default());
        let rows = shares.into_iter().flat_map(|s| {
            let commodity = s.commodity;
            s.countries
                .into_iter()
                .map(move |c| ((commodity.clone(), c.country), c.share))
        });
        rows.collect()
    };
    let (before, after) = (index(old), index(new));
    let keys: BTreeSet<&(String, String)> = before.keys().chain(after.keys()).collect();
    let value = |map: &BTreeMap<(String, String), f64>, key: &(String, String)| {
        map.get(key).copied().unwrap_or(0.0)
    };
    let mut rows: Vec<ShareDiff> = keys
        .into_iter()
        .map(|key| {
            let (b, a) = (value(&before, key), value(&after, key));
            ShareDiff {
                commodity: key.0.clone(),
                country: key.1.clone(),
                before: b,
                after: a,
                change: a - b,
            }
        })
        .filter(|row| row.change.abs() > NOISE)
        .collect();
    rows.sort_by(|a, b| {
        b.change
            .abs()
            .total_cmp(&a.change.abs())
            .then_with(|| (&a.commodity, &a.country).cmp(&(&b.commodity, &b.country)))
    });
    rows
}

fn chokepoint_changes(
    old: &SupplyGraph<'_>,
    new: &SupplyGraph<'_>,
    query: &ChokepointQuery,
) -> ChokepointChanges {
    type Losses = BTreeMap<(&'static str, String), (f64, Option<f64>)>;
    let index = |graph: &SupplyGraph<'_>| -> Losses {
        let items = chokepoints(graph, query).items.into_iter();
        items
            .map(|i| ((i.kind.word(), i.id), (i.at_risk, i.at_risk_adapted)))
            .collect()
    };
    let (before, after) = (index(old), index(new));
    let only = |a: &Losses, b: &Losses| {
        a.keys()
            .filter(|k| !b.contains_key(*k))
            .map(|(_, id)| id.clone())
            .collect()
    };
    let adapted = |d: &Deltas| {
        let both = d.adapted_after.zip(d.adapted_before);
        both.map_or(0.0, |(after, before)| (after - before).abs())
    };
    let plain = |d: &Deltas| (d.after - d.before).abs();
    let size = |d: &Deltas| plain(d).max(adapted(d));
    let mut changed: Vec<Deltas> = before
        .iter()
        .filter_map(|((kind, id), (b, adapted_before))| {
            let (a, adapted_after) = after.get(&(*kind, id.clone()))?;
            Some(Deltas {
                id: id.clone(),
                kind,
                before: *b,
                after: *a,
                adapted_before: *adapted_before,
                adapted_after: *adapted_after,
            })
        })
        .filter(|d| plain(d) > NOISE || adapted(d) > SOLVER_NOISE)
        .collect();
    changed.sort_by(|x, y| size(y).total_cmp(&size(x)).then_with(|| x.id.cmp(&y.id)));
    ChokepointChanges {
        added: only(&after, &before),
        removed: only(&before, &after),
        changed,
    }
}
