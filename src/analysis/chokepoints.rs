//! Chokepoints: sites, countries' shares of one commodity, companies and countries, by what is lost with them.

use std::collections::BTreeMap;

use rayon::prelude::*;
use serde::Serialize;

use super::items::{Item, items};
use super::productive::Productive;
use super::requirement::{Requirement, requirement};
use super::rerouting::{Rerouting, Rules};
use super::survival::Survival;
use super::tiers::{TierWalk, walk};
use crate::graph::{ProcessIx, SupplyGraph};
use crate::model::{Country, Place};

/// What kind of thing is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChokepointKind {
    /// One plant, or one row of a production table.
    Site,
    /// All of one country's makers of one commodity.
    CountryCommodity,
    /// All sites that one company runs.
    Company,
    /// Everything in one country.
    Country,
}

impl ChokepointKind {
    /// All kinds.
    pub const ALL: [Self; 4] = [
        Self::Site,
        Self::CountryCommodity,
        Self::Company,
        Self::Country,
    ];

    /// The word used in output and on the command line.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Site => "site",
            Self::CountryCommodity => "country-commodity",
            Self::Company => "company",
            Self::Country => "country",
        }
    }
}

/// What to look for.
#[derive(Clone, Debug, PartialEq)]
pub struct ChokepointQuery {
    /// Kinds wanted.
    pub kinds: Vec<ChokepointKind>,
    /// Most items returned.
    pub top: usize,
    /// At risk from which an item is marked `near`, 0 to 1.
    pub threshold: f64,
    /// Whether tier 0, placeless sites and what is not traded are included.
    pub all: bool,
    /// How buyers reroute.
    pub rules: Rules,
}

impl Default for ChokepointQuery {
    fn default() -> Self {
        Self {
            kinds: ChokepointKind::ALL.to_vec(),
            top: 20,
            threshold: 0.9,
            all: false,
            rules: Rules::default(),
        }
    }
}

/// One item.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Chokepoint {
    /// From 1.
    pub rank: usize,
    /// What it is.
    pub kind: ChokepointKind,
    /// Site id, `commodity@COUNTRY`, company or country.
    pub id: String,
    /// Its commodity, if it has one.
    pub commodity: Option<String>,
    /// Its country, if it has one.
    pub country: Option<String>,
    /// Its part of the commodity that the product requires, 0 to 1.
    pub share: Option<f64>,
    /// Part of the product lost with it, 0 to 1.
    pub at_risk: f64,
    /// The same after rerouting within capacities; null if the solver gives up.
    pub at_risk_adapted: Option<f64>,
    /// At risk to the item's country once this item and all of its kind above it are made safe.
    pub remaining: Option<f64>,
    /// Whether its loss alone stops the product under AND/OR.
    pub single_point_of_failure: bool,
    /// Whether at risk reaches the threshold.
    pub near: bool,
    /// Tiers at which it stands.
    pub tiers: Vec<usize>,
    #[serde(skip)]
    members: Vec<ProcessIx>,
}

/// The items found, worst first.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Chokepoints {
    /// By at risk after rerouting, then at risk, id and kind.
    pub items: Vec<Chokepoint>,
    /// How many there are in all with anything at risk.
    pub found: usize,
    /// What the reader should know.
    #[serde(skip)]
    pub notes: Vec<String>,
}

/// A loss, counted so that figures that differ by rounding alone, the solver's or that of sums, tie.
fn in_ties(loss: f64) -> f64 {
    const TIE: f64 = 1e-9;
    (loss / TIE).round()
}

/// Larger losses first, as far as they do not tie.
fn falling(a: f64, b: f64) -> std::cmp::Ordering {
    in_ties(b).total_cmp(&in_ties(a))
}

/// Figures this far below a threshold reach it: 90 % added up from its parts may miss 0.9 in the last digit.
const ROUNDING: f64 = 1e-9;

/// An item with what is lost with it.
struct Ranked<'a> {
    item: &'a Item,
    at_risk: f64,
    adapted: Option<f64>,
}

impl Ranked<'_> {
    /// What it is ranked by.
    fn key(&self) -> f64 {
        in_ties(self.adapted.unwrap_or(self.at_risk))
    }

    fn compare(&self, other: &Self) -> std::cmp::Ordering {
        let (a, b) = (self.item, other.item);
        other
            .key()
            .total_cmp(&self.key())
            .then_with(|| falling(self.at_risk, other.at_risk))
            .then_with(|| a.id.cmp(&b.id))
            .then_with(|| a.kind.cmp(&b.kind))
    }
}

/// Finds and ranks the chokepoints of a product.
#[must_use]
pub fn chokepoints(graph: &SupplyGraph<'_>, query: &ChokepointQuery) -> Chokepoints {
    let walk = walk(graph);
    let survival = Survival::new(graph);
    let items = items(graph, query, false, &walk);
    let mut losses: Vec<(f64, &Item)> = items
        .par_iter()
        .map_init(
            || survival.clone(),
            |survival, item| (survival.at_risk(&item.members), item),
        )
        .filter(|(at_risk, _)| *at_risk > 0.0)
        .collect();
    losses.sort_by(|(a, x), (b, y)| {
        falling(*a, *b)
            .then_with(|| x.id.cmp(&y.id))
            .then_with(|| x.kind.cmp(&y.kind))
    });
    let rerouting = Rerouting::new(graph, query.rules);
    let required = requirement(graph);
    let productive = Productive::new(graph);
    let mut notes = rerouting.notes().to_vec();
    if losses.len() > MOST_TRIED {
        notes.push(format!(
            "rerouting is worked out for the {MOST_TRIED} with most at risk without it; others could come up, but not above their own at risk"
        ));
    }
    let mut undecided = 0;
    let mut shown: Vec<Chokepoint> = worst(&rerouting, &losses, query.top)
        .iter()
        .enumerate()
        .map(|(at, ranked)| {
            let stops = is_single_point(graph, ranked, &productive);
            undecided += usize::from(stops.is_none());
            let stops = stops.unwrap_or(false);
            chokepoint(graph, at + 1, ranked, query, &walk, &required, stops)
        })
        .collect();
    if undecided > 0 {
        notes.push(format!(
            "whether loops go on alone without them could not be decided for {undecided} of these: they are not marked as single points of failure"
        ));
    }
    fill_remaining(graph, &mut shown);
    Chokepoints {
        items: shown,
        found: losses.len(),
        notes,
    }
}

/// Most items that rerouting is worked out for, alone or together with others.
const MOST_TRIED: usize = 4096;

/// The items with the most at risk after rerouting, given all in falling order of at risk without it.
///
/// Rerouting can only help, so that nothing further down can come up once it has less at risk than the last one wanted
/// has after rerouting: most items are never solved.
fn worst<'a>(
    rerouting: &Rerouting<'_>,
    losses: &[(f64, &'a Item)],
    wanted: usize,
) -> Vec<Ranked<'a>> {
    /// Looked at together, more as the floor settles; fixed, so that nothing depends on the machine.
    const FIRST: usize = 8;
    const LATER: usize = 64;
    const MOST: usize = 1024;
    let mut left_to_try = MOST_TRIED;
    let mut later = LATER;
    let unsolved = |(at_risk, item): &(f64, &'a Item)| Ranked {
        item,
        at_risk: *at_risk,
        adapted: None,
    };
    let mut ranked: Vec<Ranked<'_>> = Vec::new();
    let mut rest = losses;
    while wanted > 0 && !rest.is_empty() {
        let floor = ranked.get(wanted - 1).map(Ranked::key);
        // What only ties comes after what is ranked already, since it has no more at risk without rerouting.
        let open = |loss: &&(f64, &'a Item)| floor.is_none_or(|f| unsolved(loss).key() > f);
        let most = if floor.is_none() { FIRST } else { later };
        if floor.is_some() {
            later = (2 * later).min(MOST);
        }
        let size = rest.iter().take(most).take_while(open).count();
        if size == 0 || left_to_try == 0 {
            break;
        }
        let (batch, left) = rest.split_at(size.min(left_to_try));
        left_to_try -= batch.len();
        rest = left;
        let masks: Vec<Vec<bool>> = batch.iter().map(|(_, i)| i.lost(rerouting)).collect();
        let countries: Vec<Option<Country>> = batch.iter().map(|(_, i)| i.country).collect();
        let solved = solve(rerouting, &masks, &countries, floor);
        for ((at_risk, item), mask) in batch.iter().zip(&masks) {
            if let Some(adapted) = solved.get(mask) {
                ranked.push(Ranked {
                    item,
                    at_risk: *at_risk,
                    // Both are upper bounds.
                    adapted: adapted.map(|a| a.min(*at_risk)),
                });
            }
        }
        ranked.sort_by(Ranked::compare);
    }
    ranked.truncate(wanted);
    ranked
}

/// What is lost with each of some sets of actors, those left out that do not come up to a floor.
fn solve(
    rerouting: &Rerouting<'_>,
    masks: &[Vec<bool>],
    countries: &[Option<Country>],
    floor: Option<f64>,
) -> BTreeMap<Vec<bool>, Option<f64>> {
    const GROUP: usize = 16;
    const GROUPS: usize = 4;
    // A row of a table and a country's makers of what it lists are often the same. What stands in one country is grouped: such
    // losses often bring up little more together than alone.
    let mut different: BTreeMap<&Vec<bool>, Option<Country>> = BTreeMap::new();
    for (mask, country) in masks.iter().zip(countries) {
        different.entry(mask).or_insert(*country);
    }
    let mut different: Vec<(Option<Country>, &Vec<bool>)> =
        different.into_iter().map(|(m, c)| (c, m)).collect();
    different.sort_unstable();
    let different: Vec<&Vec<bool>> = different.into_iter().map(|(_, m)| m).collect();
    let size = match floor {
        None => 1,
        Some(_) => GROUP.max(different.len() / GROUPS),
    };
    let groups: Vec<&[&Vec<bool>]> = different.chunks(size).collect();
    let solved: Vec<_> = groups
        .into_par_iter()
        .map(|group| solve_group(rerouting, group, floor))
        .collect();
    solved.into_iter().flatten().collect()
}

/// The same for a few: what losing all of them does not bring up to the floor, losing one does not either.
fn solve_group(
    rerouting: &Rerouting<'_>,
    group: &[&Vec<bool>],
    floor: Option<f64>,
) -> Vec<(Vec<bool>, Option<f64>)> {
    let Some((first, others)) = group.split_first() else {
        return Vec::new();
    };
    let mut all = (*first).clone();
    for mask in others {
        for (lost, more) in all.iter_mut().zip(*mask) {
            *lost |= *more;
        }
    }
    let adapted = rerouting.at_risk(&rerouting.loss_at(all.clone()));
    if others.is_empty() {
        return vec![(all, adapted)];
    }
    if adapted.zip(floor).is_some_and(|(a, f)| in_ties(a) <= f) {
        return Vec::new();
    }
    let (one, other) = group.split_at(group.len() / 2);
    let mut solved = solve_group(rerouting, one, floor);
    solved.extend(solve_group(rerouting, other, floor));
    solved
}

/// Whether the loss of an item alone stops the product; none where that cannot be decided.
fn is_single_point(
    graph: &SupplyGraph<'_>,
    ranked: &Ranked<'_>,
    productive: &Productive<'_>,
) -> Option<bool> {
    let members = &ranked.item.members;
    if ranked.at_risk < 1.0 - 1e-9 || !graph.is_somewhere(members) {
        return Some(false);
    }
    productive.decides_to_stop(members)
}

fn chokepoint(
    graph: &SupplyGraph<'_>,
    rank: usize,
    ranked: &Ranked<'_>,
    query: &ChokepointQuery,
    walk: &TierWalk,
    required: &Requirement,
    stops: bool,
) -> Chokepoint {
    let (item, at_risk) = (ranked.item, ranked.at_risk);
    let commodity = item.commodity.map(|c| graph.network.commodity(c));
    let total = item.commodity.map_or(0.0, |c| required.of_commodity(c));
    // Re-exporters pass on what others make, and scrap is not made: neither has a share.
    let makers = item
        .members
        .iter()
        .filter(|p| graph.process(**p).kind.is_maker());
    let made: f64 = makers.clone().map(|p| required.of(*p)).sum();
    let is_made = makers.count() > 0;
    Chokepoint {
        rank,
        kind: item.kind,
        id: item.id.clone(),
        commodity: commodity.map(|c| c.id.to_string()),
        country: item.country.map(|c| c.code().to_owned()),
        share: (total > 0.0 && is_made).then(|| made / total),
        at_risk,
        at_risk_adapted: ranked.adapted,
        remaining: None,
        single_point_of_failure: stops,
        near: at_risk >= query.threshold - ROUNDING,
        tiers: tiers(graph, item, walk),
        members: item.members.clone(),
    }
}

fn tiers(graph: &SupplyGraph<'_>, item: &Item, walk: &TierWalk) -> Vec<usize> {
    let mut tiers: Vec<usize> = match item.commodity {
        Some(commodity) => walk.tiers(commodity).to_vec(),
        None => item
            .members
            .iter()
            .flat_map(|p| walk.tiers(graph.process(*p).commodity))
            .copied()
            .collect(),
    };
    tiers.sort_unstable();
    tiers.dedup();
    tiers
}

/// At risk to each row's country with the row, and all rows of its kind above it, made safe: an order of work.
fn fill_remaining(graph: &SupplyGraph<'_>, rows: &mut [Chokepoint]) {
    let mut survival = Survival::new(graph);
    let mut safe: BTreeMap<ChokepointKind, Vec<bool>> = BTreeMap::new();
    for row in rows {
        let safe = safe
            .entry(row.kind)
            .or_insert_with(|| vec![false; graph.processes().len()]);
        for member in &row.members {
            safe[member.at()] = true;
        }
        let Some(country) = row.country.as_deref().and_then(Country::from_alpha3) else {
            continue;
        };
        let lost: Vec<ProcessIx> = graph
            .indexed()
            .filter(|(p, process)| process.place == Place::In(country) && !safe[p.at()])
            .map(|(p, _)| p)
            .collect();
        row.remaining = (!graph.holds_what_if(&lost)).then(|| survival.at_risk(&lost));
    }
}

#[cfg(test)]
mod tests {
    use std::cmp::Ordering;

    use super::super::test_network::two_or_one;
    use super::*;
    use crate::graph::Roots;

    #[test]
    fn what_differs_by_rounding_alone_is_ranked_by_id() {
        let network = two_or_one();
        let product = network.find_commodity("product").unwrap();
        let graph = SupplyGraph::new(&network, &Roots::product(product));
        let items = items(&graph, &ChokepointQuery::default(), false, &walk(&graph));
        let ranked = |id: &str, at_risk: f64| Ranked {
            item: items.iter().find(|i| i.id == id).unwrap(),
            at_risk,
            adapted: Some(0.2),
        };
        let sum = 0.1 + 0.2;
        assert!(sum > 0.3);
        assert_eq!(
            ranked("a1", 0.3).compare(&ranked("a2", sum)),
            Ordering::Less
        );
        assert_eq!(
            ranked("a1", sum).compare(&ranked("a2", 0.3)),
            Ordering::Less
        );
        assert_eq!(
            ranked("a1", 0.3).compare(&ranked("a2", 0.31)),
            Ordering::Greater
        );
    }
}
