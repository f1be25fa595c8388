//! Chooses what is drawn: the sites and flows that matter, and how much is left out.

use std::collections::{BTreeMap, BTreeSet};

use crate::analysis::{Productive, Survival, TierWalk, walk};
use crate::graph::{ProcessIx, SupplyGraph};
use crate::report::percent;

use super::collapse::{Collapse, Group, key};
use super::picture::{Flow, Picture, PictureOptions, Place, Rest};
use super::round_trip::mark_round_trips;
use super::style::Palette;

/// A graph with its tiers and the value that passes through each process.
pub(super) struct Weighed<'g, 'n> {
    pub(super) graph: &'g SupplyGraph<'n>,
    pub(super) walk: TierWalk,
    pub(super) value: Vec<f64>,
}

impl<'g, 'n> Weighed<'g, 'n> {
    pub(super) fn new(graph: &'g SupplyGraph<'n>) -> Self {
        let walk = walk(graph);
        let mut value = vec![0.0; graph.processes().len()];
        for (process, mass) in walk.value.iter().flatten() {
            value[process.at()] += mass;
        }
        Self { graph, walk, value }
    }

    fn of(&self, members: &[ProcessIx]) -> f64 {
        members.iter().map(|p| self.value[p.at()]).sum()
    }

    /// What passes through each card.
    fn cards<'a>(&self, groups: &'a BTreeMap<String, Group>) -> BTreeMap<&'a str, f64> {
        let mut cards: BTreeMap<&str, f64> = BTreeMap::new();
        for group in groups.values() {
            *cards.entry(&group.card).or_default() += self.of(&group.members);
        }
        cards
    }

    /// Processes as they are drawn together, by id.
    fn groups(&self, collapse: Collapse, depth: usize) -> BTreeMap<String, Group> {
        let mut groups: BTreeMap<String, Group> = BTreeMap::new();
        for (ix, _) in self.graph.indexed() {
            if self.walk.first_tier(ix).is_some_and(|t| t <= depth) {
                let (id, card) = key(self.graph, ix, collapse);
                groups
                    .entry(id)
                    .or_insert_with(|| Group::new(card))
                    .members
                    .push(ix);
            }
        }
        groups
    }
}

/// Counts the sites behind processes: routes of one site are one.
fn count_sites<'a>(graph: &SupplyGraph<'_>, members: impl Iterator<Item = &'a ProcessIx>) -> usize {
    members.map(|p| graph.id(*p)).collect::<BTreeSet<_>>().len()
}

/// Chooses what to draw of a product; `baseline` is what changes are measured against.
#[must_use]
pub fn picture(
    graph: &SupplyGraph<'_>,
    baseline: Option<&SupplyGraph<'_>>,
    title: &str,
    options: &PictureOptions,
) -> Picture {
    let weighed = Weighed::new(graph);
    let deepest = options.depth.unwrap_or(usize::MAX);
    let all = weighed.groups(options.collapse, usize::MAX);
    let shown = kept(&weighed, options, weighed.groups(options.collapse, deepest));
    let before = baseline.map(|b| shares_by_id(b, options.collapse));
    let places = places(&weighed, &shown, &all, before.as_ref());
    let index: BTreeMap<ProcessIx, usize> = shown
        .values()
        .enumerate()
        .flat_map(|(at, group)| group.members.iter().map(move |p| (*p, at)))
        .collect();
    let total: f64 = weighed.value.iter().sum();
    let drawn: f64 = index.keys().map(|p| weighed.value[p.at()]).sum();
    let share_left_out = part((total - drawn).max(0.0), total);
    let sites = count_sites(graph, all.values().flat_map(|g| &g.members));
    let drawn_sites = count_sites(graph, index.keys());
    let mut flows = flows(&weighed, &index);
    mark_round_trips(&places, &mut flows, options.prune);
    Picture {
        title: title.to_owned(),
        rests: rests(&weighed, &shown, &all),
        largest_flow: flows.iter().map(|f| f.value).fold(0.0, f64::max),
        flows,
        palette: Palette::of_network(graph.network()),
        left_out: left_out_words(options, [places.len(), drawn_sites, sites], share_left_out),
        sites_left_out: sites - drawn_sites,
        share_left_out,
        places,
        colour_by: options.colour_by,
    }
}

/// The groups that are drawn: the product's own, and those that carry enough.
fn kept(
    weighed: &Weighed<'_, '_>,
    options: &PictureOptions,
    mut groups: BTreeMap<String, Group>,
) -> BTreeMap<String, Group> {
    let graph = weighed.graph;
    let is_root = |p: &ProcessIx| graph.roots().iter().any(|(r, _)| r == p);
    let focus = options.focus.as_ref().map(|f| f.weigh(weighed));
    groups.retain(|_, group| match &focus {
        None => weighed.of(&group.members) >= options.prune || group.members.iter().any(is_root),
        Some(focus) => {
            let through: f64 = group.members.iter().map(|p| focus.through[p.at()]).sum();
            let held = group.members.iter().any(|p| focus.holds(*p));
            held || (through > 0.0 && through >= options.prune * focus.total)
        }
    });
    groups
}

/// The part of each group in its card.
fn shares_by_id(graph: &SupplyGraph<'_>, collapse: Collapse) -> BTreeMap<String, f64> {
    let weighed = Weighed::new(graph);
    let groups = weighed.groups(collapse, usize::MAX);
    let cards = weighed.cards(&groups);
    let share = |group: &Group| part(weighed.of(&group.members), cards[&*group.card]);
    groups
        .iter()
        .map(|(id, group)| (id.clone(), share(group)))
        .collect()
}

/// A part of a whole, and nothing of nothing.
pub(super) fn part(value: f64, whole: f64) -> f64 {
    if whole > 0.0 { value / whole } else { 0.0 }
}

fn places(
    weighed: &Weighed<'_, '_>,
    shown: &BTreeMap<String, Group>,
    all: &BTreeMap<String, Group>,
    before: Option<&BTreeMap<String, f64>>,
) -> Vec<Place> {
    let graph = weighed.graph;
    let cards = weighed.cards(all);
    let mut survival = Survival::new(graph);
    let productive = Productive::new(graph);
    shown
        .iter()
        .map(|(id, group)| {
            let members = &group.members;
            let value = weighed.of(members);
            let at_risk = survival.at_risk(members);
            let share = part(value, cards[&*group.card]);
            Place {
                name: group.name(graph),
                commodity: group.commodity(graph),
                commodity_id: group.commodity_id(graph),
                card: group.card.clone(),
                location: group.location(graph),
                stage: group.stage(graph),
                tier: members
                    .iter()
                    .filter_map(|p| weighed.walk.first_tier(*p))
                    .min(),
                sites: count_sites(graph, members.iter()),
                value,
                share,
                at_risk,
                single_point: at_risk >= 1.0 - 1e-9
                    && graph.is_somewhere(members)
                    && productive.stops(members),
                is_product: members
                    .iter()
                    .any(|p| graph.roots().iter().any(|(r, _)| r == p)),
                change: before.map(|b| share - b.get(id).copied().unwrap_or(0.0)),
                id: id.clone(),
            }
        })
        .collect()
}

fn rests(
    weighed: &Weighed<'_, '_>,
    shown: &BTreeMap<String, Group>,
    all: &BTreeMap<String, Group>,
) -> BTreeMap<String, Rest> {
    let cards: BTreeSet<&str> = shown.values().map(|g| &*g.card).collect();
    let mut rests: BTreeMap<String, (usize, f64, f64)> = BTreeMap::new();
    for (id, group) in all.iter().filter(|(_, g)| cards.contains(&*g.card)) {
        let rest = rests.entry(group.card.clone()).or_default();
        let value = weighed.of(&group.members);
        rest.2 += value;
        if !shown.contains_key(id) {
            rest.0 += count_sites(weighed.graph, group.members.iter());
            rest.1 += value;
        }
    }
    rests
        .into_iter()
        .filter(|(_, (sites, _, _))| *sites > 0)
        .map(|(card, (sites, value, whole))| {
            let share = part(value, whole);
            (card, Rest { sites, share })
        })
        .collect()
}

fn left_out_words(options: &PictureOptions, counts: [usize; 3], share: f64) -> String {
    let [places, drawn, sites] = counts;
    let collapsed = if options.collapse == Collapse::Nothing {
        String::new()
    } else {
        format!(", collapsed into {places}")
    };
    let through = options.focus.as_ref().map_or_else(String::new, |f| {
        format!(", those on routes through {}", f.label())
    });
    if drawn == sites {
        return format!("all {sites} sites are drawn{collapsed}{through}");
    }
    format!(
        "{drawn} of {sites} sites are drawn{collapsed}{through}; the {} left out carry {} of the value that passes",
        sites - drawn,
        percent(share)
    )
}

fn flows(weighed: &Weighed<'_, '_>, index: &BTreeMap<ProcessIx, usize>) -> Vec<Flow> {
    let mut found: BTreeMap<(usize, usize), (f64, f64)> = BTreeMap::new();
    for (buyer, to) in index {
        for input in weighed.graph.inputs_of(*buyer) {
            let mut shares: BTreeMap<usize, f64> = BTreeMap::new();
            for edge in weighed.graph.edges(&input) {
                if let Some(from) = index.get(&edge.supplier) {
                    *shares.entry(*from).or_default() += edge.share;
                }
            }
            for (from, share) in shares {
                let flow = found.entry((from, *to)).or_default();
                flow.0 += weighed.value[buyer.at()] * input.weight * share;
                flow.1 = flow.1.max(share);
            }
        }
    }
    found
        .into_iter()
        .map(|((from, to), (value, share))| Flow {
            from,
            to,
            value,
            share: share.min(1.0),
            round_trip: false,
        })
        .collect()
}
