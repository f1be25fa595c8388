//! Named sites.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::index::SiteIndex;
use crate::diag::{Code, Diagnostic, printable};
use crate::load::definitions::{Reader, duration, owners, provenance};
use crate::load::fields::{Fields, Sink, amount_in, key_text, list, mapping, text};
use crate::load::names::Names;
use crate::load::yaml::{Kind, Node};
use crate::model::{CommodityIx, Place, REST_OF_WORLD, Site, SiteDetails, SiteKind};

/// Fields of a site, beside its id.
pub(crate) const SITE_FIELDS: &[&str] = &[
    "name",
    "country",
    "makes",
    "output",
    "capacity",
    "operator",
    "owners",
    "at",
    "source",
    "note",
    "recipe",
    "unavailability",
    "stock",
    "build",
    "reserve",
    "for",
];

pub(super) fn read_site(
    key: &Node,
    node: &Node,
    reader: &Reader<'_>,
    index: &mut SiteIndex,
    sites: &mut Vec<Site>,
    sink: &mut Sink,
) {
    let id: Arc<str> = key_text(key).into();
    let told = sink.told();
    let fields = Fields::open(node, "a site", SITE_FIELDS, sink);
    let found = fields.map_or_else(Vec::new, |f| sites_of_node(&id, &f, reader, sink));
    if found.is_empty() && sink.told() > told {
        index.add_faulty(&id);
    }
    for site in found {
        index.add(site, key.span, sites, sink);
    }
}

/// Reads a place: an alpha-3 code, or `ROW`.
fn site_place(node: &Node, names: &Names, sink: &mut Sink) -> Option<Place> {
    if text(node, "country", sink)? == REST_OF_WORLD {
        return Some(Place::Rest);
    }
    names.country_at(node, sink).map(Place::In)
}

/// The sites that one entry defines: one, or one for each commodity that a plant makes.
pub(crate) fn sites_of_node(
    id: &Arc<str>,
    fields: &Fields<'_>,
    reader: &Reader<'_>,
    sink: &mut Sink,
) -> Vec<Site> {
    let place = fields
        .required("country", sink)
        .and_then(|n| site_place(n, reader.names, sink));
    let makes = fields.required("makes", sink);
    let Some(makes) = makes else {
        return Vec::new();
    };
    let several = matches!(makes.kind, Kind::List(_));
    let nodes: Vec<&Node> = match &makes.kind {
        Kind::List(items) => items.iter().collect(),
        Kind::Null | Kind::Text(_) | Kind::Map(_) => vec![makes],
    };
    let mut found: Vec<Site> = Vec::new();
    if several {
        check_parts(fields, &nodes, sink);
    }
    let outputs = PartsOf::new(fields, "output", several);
    let capacities = PartsOf::new(fields, "capacity", several);
    let recipes = PartsOf::new(fields, "recipe", several);
    for node in nodes {
        let Some(commodity) = reader.names.commodity_at(node, sink) else {
            continue;
        };
        let word = text(node, "makes", sink).unwrap_or_default();
        let unit = &reader.units[commodity.at()];
        // An output that cannot be read is stated all the same: it must not seem to be missing on top of it.
        let output = outputs
            .get(word)
            .map(|n| amount_in(n, unit, "output", sink).unwrap_or(0.0));
        let capacity = capacities
            .get(word)
            .and_then(|n| amount_in(n, unit, "capacity", sink));
        let mut details = site_details(fields, reader, commodity, sink);
        let own_id: Arc<str> = if several {
            details.plant = Some(id.clone());
            format!("{id}:{word}").into()
        } else {
            id.clone()
        };
        let recipe = recipes.get(word).and_then(|n| reader.recipe(n, sink));
        // Reported above; what else is wrong with the site has been told by now.
        let Some(place) = place else { continue };
        found.push(Site {
            id: own_id,
            commodity,
            place,
            output,
            capacity,
            availability: 1.0,
            kind: SiteKind::Named,
            recipe,
            details: Some(Box::new(details)),
        });
    }
    found
}

/// A field of a site: one value, or one for each commodity that a plant makes.
enum PartsOf<'a> {
    One(Option<&'a Node>),
    Each(BTreeMap<&'a str, &'a Node>),
}

impl<'a> PartsOf<'a> {
    fn new(fields: &Fields<'a>, name: &str, several: bool) -> Self {
        let node = fields.get(name);
        if !several {
            return Self::One(node);
        }
        let Some(Kind::Map(entries)) = node.map(|n| &n.kind) else {
            return Self::Each(BTreeMap::new());
        };
        let given = entries.iter().filter(|(_, v)| v.kind != Kind::Null);
        Self::Each(given.map(|(k, v)| (key_text(k), v)).collect())
    }

    fn get(&self, commodity: &str) -> Option<&'a Node> {
        match self {
            Self::One(node) => *node,
            Self::Each(nodes) => nodes.get(commodity).copied(),
        }
    }
}

/// A plant that makes several commodities says for each what it makes of it, and how.
fn check_parts(fields: &Fields<'_>, makes: &[&Node], sink: &mut Sink) {
    let made: BTreeSet<&str> = makes.iter().map(|n| key_text(n)).collect();
    for name in ["output", "capacity", "recipe"] {
        let Some(node) = fields.get(name) else {
            continue;
        };
        let what = format!("the `{name}` of a site that makes several commodities");
        for (key, _) in mapping(node, &what, sink).unwrap_or_default() {
            if !made.contains(key_text(key)) {
                sink.push(
                    Diagnostic::at(
                        Code::UnknownField,
                        key.span,
                        format!(
                            "`{}` is not among what this site makes",
                            printable(key_text(key))
                        ),
                    )
                    .label("not in `makes`")
                    .help(format!("give one `{name}` for each commodity in `makes`")),
                );
            }
        }
    }
}

fn site_details(
    fields: &Fields<'_>,
    reader: &Reader<'_>,
    commodity: CommodityIx,
    sink: &mut Sink,
) -> SiteDetails {
    let unit = &reader.units[commodity.at()];
    let word = |name: &str, sink: &mut Sink| fields.text(name, sink).map(Arc::from);
    SiteDetails {
        plant: None,
        name: word("name", sink),
        operator: word("operator", sink),
        owners: fields
            .get("owners")
            .map(|n| owners(n, sink))
            .unwrap_or_default(),
        at: fields.get("at").and_then(|n| coordinates(n, sink)),
        unavailability: fields.share("unavailability", sink),
        stock: fields
            .get("stock")
            .map(|n| stock(n, reader.names, sink))
            .unwrap_or_default(),
        build: fields
            .get("build")
            .and_then(|n| reader.build_cost(n, unit, sink)),
        reserve: fields
            .get("reserve")
            .and_then(|n| amount_in(n, unit, "reserve", sink)),
        kept_for: fields
            .get("for")
            .and_then(|n| reader.names.commodity_at(n, sink)),
        provenance: provenance(fields, reader.names, sink),
    }
}

fn stock(node: &Node, names: &Names, sink: &mut Sink) -> Vec<(CommodityIx, f64)> {
    let mut found = Vec::new();
    for (key, value) in mapping(node, "`stock`", sink).unwrap_or_default() {
        let commodity = names.commodity(key_text(key), key.span, sink);
        let days = duration(value, key_text(key), sink);
        found.extend(commodity.zip(days));
    }
    found.sort_by_key(|(c, _)| *c);
    found
}

fn coordinates(node: &Node, sink: &mut Sink) -> Option<(f64, f64)> {
    let items = list(node, "`at`", sink)?;
    let read = |at: usize, limit: f64| -> Option<f64> {
        let Kind::Text(word) = &items.get(at)?.kind else {
            return None;
        };
        crate::model::parse_number(word)
            .ok()
            .filter(|v| v.abs() <= limit)
    };
    let found = (items.len() == 2)
        .then(|| read(0, 90.0).zip(read(1, 180.0)))
        .flatten();
    if found.is_none() {
        sink.push(
            Diagnostic::at(Code::InvalidCoordinates, node.span, "this is no position")
                .help("write latitude and longitude in degrees, such as `[35.48, -115.53]`"),
        );
    }
    found
}
