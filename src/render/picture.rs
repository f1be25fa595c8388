//! What is drawn: the sites and flows that matter, and how much is left out.

use std::collections::BTreeMap;

use crate::analysis::{Survival, is_single_point, walk};
use crate::graph::{ProcessIx, ProcessKind, SupplyGraph};
use crate::model::{Country, Place as Location, Stage};

use super::style::Palette;

/// What colours mean.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ColourBy {
    /// Where a site is.
    #[default]
    Country,
    /// The part of the product lost with the site.
    Risk,
    /// What kind of step it is.
    Stage,
}

/// What to draw.
#[derive(Clone, Debug, PartialEq)]
pub struct PictureOptions {
    /// Deepest tier drawn.
    pub depth: Option<usize>,
    /// Smallest part of the product's value that a site must carry to be drawn, 0 to 1.
    pub prune: f64,
    /// What colours mean.
    pub colour_by: ColourBy,
}

impl Default for PictureOptions {
    fn default() -> Self {
        Self {
            depth: None,
            prune: 0.01,
            colour_by: ColourBy::Country,
        }
    }
}

/// One site as it is drawn; routes of one site are one place.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// Site id.
    pub id: String,
    /// Name of what it makes.
    pub commodity: String,
    /// Where.
    pub location: Location,
    /// Cluster it stands in.
    pub stage: Stage,
    /// Part of the product's value that passes through it, all its tiers together.
    pub value: f64,
    /// Part of the product lost with it.
    pub at_risk: f64,
    /// Whether its loss stops the product.
    pub single_point: bool,
    /// Whether it is the product's own.
    pub is_product: bool,
}

/// One flow from supplier to buyer.
#[derive(Clone, Debug, PartialEq)]
pub struct Flow {
    /// Position of the supplier among the places.
    pub from: usize,
    /// Position of the buyer.
    pub to: usize,
    /// Part of the product's value that passes along it.
    pub value: f64,
    /// Its share of what the buyer needs of the input.
    pub share: f64,
}

/// A picture before it is put into a language.
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    /// Shown above it.
    pub title: String,
    /// In id order.
    pub places: Vec<Place>,
    /// In order of supplier, then buyer.
    pub flows: Vec<Flow>,
    /// What is left out, in words.
    pub left_out: String,
    /// Colours of countries.
    pub palette: Palette,
    /// What colours mean.
    pub colour_by: ColourBy,
}

/// Chooses what to draw of a product.
#[must_use]
pub fn picture(graph: &SupplyGraph<'_>, title: &str, options: &PictureOptions) -> Picture {
    let walk = walk(graph);
    let mut value = vec![0.0; graph.processes().len()];
    let mut total = 0.0;
    for (process, mass) in walk.value.iter().flatten() {
        value[process.at()] += mass;
        total += mass;
    }
    let deepest = options.depth.unwrap_or(usize::MAX);
    let mut sites: BTreeMap<String, Vec<ProcessIx>> = BTreeMap::new();
    for (ix, _) in graph.indexed() {
        sites.entry(graph.id(ix)).or_default().push(ix);
    }
    let all = sites.len();
    let is_root = |p: &ProcessIx| graph.roots().iter().any(|(r, _)| r == p);
    sites.retain(|_, members| {
        let near = members
            .iter()
            .any(|p| walk.first_tier(*p).is_some_and(|t| t <= deepest));
        let heavy = members.iter().map(|p| value[p.at()]).sum::<f64>() >= options.prune;
        near && (heavy || members.iter().any(is_root))
    });
    let mut survival = Survival::new(graph);
    let places: Vec<Place> = sites
        .iter()
        .map(|(id, members)| {
            let process = graph.process(members[0]);
            let commodity = graph.network().commodity(process.commodity);
            let at_risk = survival.at_risk(members);
            Place {
                id: id.clone(),
                commodity: match process.kind {
                    ProcessKind::Scrap => format!("{}, scrap", commodity.name),
                    _ => commodity.name.to_string(),
                },
                location: process.place,
                stage: commodity.stage,
                value: members.iter().map(|p| value[p.at()]).sum(),
                at_risk,
                single_point: at_risk >= 1.0 - 1e-9
                    && graph.is_somewhere(members)
                    && is_single_point(graph, members),
                is_product: members.iter().any(is_root),
            }
        })
        .collect();
    let index: BTreeMap<ProcessIx, usize> = sites
        .values()
        .enumerate()
        .flat_map(|(at, members)| members.iter().map(move |p| (*p, at)))
        .collect();
    let shown: f64 = index.keys().map(|p| value[p.at()]).sum();
    let carried = if total > 0.0 {
        (1.0 - shown / total).max(0.0)
    } else {
        0.0
    };
    let left_out = if places.len() == all {
        format!("all {all} sites are drawn")
    } else {
        format!(
            "{} of {all} sites are drawn; those left out carry {} of the value that passes",
            places.len(),
            crate::report::percent(carried)
        )
    };
    Picture {
        title: title.to_owned(),
        flows: flows(graph, &index, &value),
        palette: Palette::new(&heaviest(&places)),
        places,
        left_out,
        colour_by: options.colour_by,
    }
}

fn flows(graph: &SupplyGraph<'_>, index: &BTreeMap<ProcessIx, usize>, value: &[f64]) -> Vec<Flow> {
    let mut found: BTreeMap<(usize, usize), (f64, f64)> = BTreeMap::new();
    for (buyer, to) in index {
        for input in graph.inputs_of(*buyer) {
            for edge in graph.edges(&input) {
                if let Some(from) = index.get(&edge.supplier) {
                    let flow = found.entry((*from, *to)).or_default();
                    flow.0 += value[buyer.at()] * input.weight * edge.share;
                    flow.1 += edge.share;
                }
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
        })
        .collect()
}

/// Countries by the value that passes through their drawn sites.
fn heaviest(places: &[Place]) -> Vec<Country> {
    let mut sums: BTreeMap<Country, f64> = BTreeMap::new();
    for place in places {
        if let Some(country) = place.location.country() {
            *sums.entry(country).or_default() += place.value;
        }
    }
    let mut ranked: Vec<(Country, f64)> = sums.into_iter().collect();
    ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    ranked.into_iter().map(|(country, _)| country).collect()
}
