//! First pass: what is defined, and where, so that uses can be resolved in any order.

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::sync::Arc;

use super::documents::{Documents, check_version};
use super::fields::{Fields, Sink, check_id, key_text, list, mapping, text, unknown_country};
use super::yaml::{Kind, Node};
use crate::diag::{Code, Diagnostic, Sources, Span, printable};
use crate::model::{CommodityIx, Country, NetworkParts, REST_OF_WORLD, Source, Stage};

/// Fields of a graph file.
const GRAPH_FIELDS: &[&str] = &[
    "oretrace",
    "title",
    "note",
    "include",
    "sources",
    "groups",
    "companies",
    "commodities",
    "production",
    "sites",
    "supply",
    "trade",
];

/// Ids known after the first pass.
pub(crate) struct Names {
    commodities: HashMap<Arc<str>, CommodityIx>,
    /// Where each commodity is defined; `None` for those that only tables name.
    pub(crate) commodity_spans: Vec<Option<Span>>,
    /// Stage of commodities that only tables name.
    pub(crate) table_stages: BTreeMap<Arc<str>, (Stage, Span)>,
    groups: BTreeMap<String, Vec<Country>>,
    sources: BTreeMap<String, Source>,
}

/// A section of a graph file, if it is there.
pub(crate) fn section<'d>(document: &'d Node, name: &str) -> Option<&'d Node> {
    let Kind::Map(entries) = &document.kind else {
        return None;
    };
    entries
        .iter()
        .find(|(k, _)| key_text(k) == name)
        .map(|(_, v)| v)
        .filter(|v| v.kind != Kind::Null)
}

/// Where the first of some keys stands in a mapping.
pub(crate) fn key_span(node: &Node, keys: &[&str]) -> Span {
    let Kind::Map(entries) = &node.kind else {
        return node.span;
    };
    entries
        .iter()
        .find(|(k, _)| keys.contains(&key_text(k)))
        .map_or(node.span, |(k, _)| k.span)
}

impl Names {
    /// Goes through all documents once and fills what needs no other definition: groups, sources, titles.
    pub(crate) fn collect(
        documents: &Documents,
        sources: &Sources,
        parts: &mut NetworkParts,
        sink: &mut Sink,
    ) -> Self {
        let mut defined: BTreeMap<Arc<str>, Option<Span>> = BTreeMap::new();
        let mut groups = BTreeMap::new();
        let mut group_spans = BTreeMap::new();
        let mut source_spans = BTreeMap::new();
        for document in &documents.documents {
            let Some(fields) = open_graph(&document.node, sink) else {
                continue;
            };
            parts
                .titles
                .extend(fields.text("title", sink).map(str::to_owned));
            if let Some(node) = fields.get("commodities") {
                // The same key twice in one mapping is reported as that.
                let mut here: std::collections::BTreeSet<&str> = std::collections::BTreeSet::new();
                for (key, _) in mapping(node, "`commodities`", sink).unwrap_or_default() {
                    let id = key_text(key);
                    if !check_id(id, key.span, &"commodity", &['@'], sink) {
                        continue;
                    }
                    let new_here = here.insert(id);
                    if let Some(Some(first)) = defined.insert(id.into(), Some(key.span)) {
                        defined.insert(id.into(), Some(first));
                        if new_here {
                            sink.push(defined_twice("commodity", id, first, key.span));
                        }
                    }
                }
            }
            if let Some(node) = fields.get("groups") {
                read_groups(node, &mut groups, &mut group_spans, sink);
            }
            if let Some(node) = fields.get("sources") {
                read_sources(node, &mut parts.sources, &mut source_spans, sink);
            }
        }
        let mut table_stages: BTreeMap<Arc<str>, (Stage, Span)> = BTreeMap::new();
        for table in &documents.tables {
            table.commodities(sources, &mut table_stages, sink);
        }
        for (id, (_, span)) in &table_stages {
            defined.entry(id.clone()).or_insert(Some(*span));
        }
        let commodities = defined
            .keys()
            .enumerate()
            .map(|(at, id)| (id.clone(), CommodityIx(at as u32)))
            .collect();
        parts.groups.clone_from(&groups);
        Self {
            commodities,
            commodity_spans: defined.into_values().collect(),
            table_stages,
            groups,
            sources: parts.sources.clone(),
        }
    }

    /// Names taken from a finished network, for reading scenarios against it.
    pub(crate) fn of_network(parts: &NetworkParts) -> Self {
        Self {
            commodities: parts
                .commodities
                .iter()
                .enumerate()
                .map(|(at, c)| (c.id.clone(), CommodityIx(at as u32)))
                .collect(),
            commodity_spans: vec![None; parts.commodities.len()],
            table_stages: BTreeMap::new(),
            groups: parts.groups.clone(),
            sources: parts.sources.clone(),
        }
    }

    /// All commodities in id order.
    pub(crate) fn commodity_ids(&self) -> Vec<Arc<str>> {
        let mut ids: Vec<(CommodityIx, Arc<str>)> = self
            .commodities
            .iter()
            .map(|(id, ix)| (*ix, id.clone()))
            .collect();
        ids.sort_unstable();
        ids.into_iter().map(|(_, id)| id).collect()
    }

    /// The commodity with this id, without a report.
    pub(crate) fn find_commodity(&self, id: &str) -> Option<CommodityIx> {
        self.commodities.get(id).copied()
    }

    /// The commodity that a word at a place names; reports it if there is none.
    pub(crate) fn commodity(&self, id: &str, span: Span, sink: &mut Sink) -> Option<CommodityIx> {
        let found = self.find_commodity(id);
        if found.is_none() {
            let help = sink
                .suggest(id, self.commodities.keys().map(|k| &**k))
                .map(|word| format!("did you mean `{word}`?"));
            sink.push(
                Diagnostic::at(
                    Code::UnknownCommodity,
                    span,
                    format!("no file defines the commodity `{}`", printable(id)),
                )
                .label("not defined")
                .help("define it under `commodities:`, or include the file that does")
                .maybe_help(help),
            );
        }
        found
    }

    /// The commodity that a node names.
    pub(crate) fn commodity_at(&self, node: &Node, sink: &mut Sink) -> Option<CommodityIx> {
        let id = text(node, "commodity", sink)?;
        self.commodity(id, node.span, sink)
    }

    /// The countries that a word means: one, or those of a group. `None` if it is neither.
    pub(crate) fn countries(&self, word: &str) -> Option<Vec<Country>> {
        if let Some(country) = Country::from_alpha3(word) {
            return Some(vec![country]);
        }
        self.groups.get(word).cloned()
    }

    /// The countries that a node means; reports it if it means none.
    pub(crate) fn countries_at(&self, node: &Node, sink: &mut Sink) -> Option<Vec<Country>> {
        let word = text(node, "country", sink)?;
        let found = self.countries(word);
        if found.is_none() {
            unknown_country(word, node.span, self.groups.keys(), sink);
        }
        found
    }

    /// The one country that a node means.
    pub(crate) fn country_at(&self, node: &Node, sink: &mut Sink) -> Option<Country> {
        let word = text(node, "country", sink)?;
        let found = Country::from_alpha3(word);
        if found.is_none() {
            unknown_country(word, node.span, std::iter::empty(), sink);
        }
        found
    }

    /// Names of all groups.
    pub(crate) fn groups(&self) -> impl Iterator<Item = &String> {
        self.groups.keys()
    }

    /// Reports a source that no file describes.
    pub(crate) fn check_source(&self, id: &str, span: Span, sink: &mut Sink) {
        if id == crate::model::ASSUMPTION || self.sources.contains_key(id) {
            return;
        }
        let help = sink
            .suggest(id, self.sources.keys().map(String::as_str))
            .map(|word| format!("did you mean `{word}`?"));
        sink.push(
            Diagnostic::at(
                Code::UnknownSource,
                span,
                format!("no file describes the source `{}`", printable(id)),
            )
            .label("not described")
            .help("describe it under `sources:`, or write `assumption` for an estimate of your own")
            .maybe_help(help),
        );
    }
}

fn open_graph<'d>(node: &'d Node, sink: &mut Sink) -> Option<Fields<'d>> {
    if section(node, "scenario").is_some() || section(node, "changes").is_some() {
        sink.push(
            Diagnostic::at(
                Code::ScenarioInGraph,
                key_span(node, &["scenario", "changes"]),
                "this is a scenario, not a supply graph",
            )
            .label("only scenarios have this")
            .help("name it behind the product: `oretrace diff PRODUCT SCENARIO.yaml`"),
        );
        return None;
    }
    let empty = matches!(node.kind, Kind::Null);
    if empty {
        sink.push(
            Diagnostic::at(Code::FormatVersion, node.span, "the file is empty")
                .help("the first line of a file is `oretrace: 1`"),
        );
        return None;
    }
    let fields = Fields::open(node, "a supply graph", GRAPH_FIELDS, sink)?;
    check_version(&fields, sink);
    Some(fields)
}

/// The diagnostic for a second definition.
pub(crate) fn defined_twice(kind: &str, id: &str, first: Span, second: Span) -> Diagnostic {
    Diagnostic::at(
        Code::DuplicateId,
        second,
        format!("the {kind} `{}` is defined twice", printable(id)),
    )
    .label("second definition")
    .other(first, "first defined here")
    .help("remove one of the two, or give it another id")
}

fn read_groups(
    node: &Node,
    groups: &mut BTreeMap<String, Vec<Country>>,
    spans: &mut BTreeMap<String, Span>,
    sink: &mut Sink,
) {
    for (key, value) in mapping(node, "`groups`", sink).unwrap_or_default() {
        let id = key_text(key);
        if !check_id(id, key.span, &"group", &['@'], sink) {
            continue;
        }
        if Country::parse(id).is_some() || id == REST_OF_WORLD {
            let what = match Country::from_alpha3(id) {
                Some(_) => "is a country code".to_owned(),
                None => Country::parse(id).map_or_else(
                    || "stands for the remainder of a table".to_owned(),
                    |c| format!("means the country {}", c.name()),
                ),
            };
            sink.push(
                Diagnostic::at(
                    Code::InvalidId,
                    key.span,
                    format!("the group id `{id}` {what}"),
                )
                .help("choose a name that is no country"),
            );
            continue;
        }
        if let Some(first) = spans.insert(id.to_owned(), key.span) {
            sink.push(defined_twice("group", id, first, key.span));
        }
        let mut members = Vec::new();
        for item in list(value, "a group", sink).unwrap_or_default() {
            let Some(word) = text(item, "country", sink) else {
                continue;
            };
            match Country::from_alpha3(word) {
                Some(country) => members.push(country),
                None => unknown_country(word, item.span, std::iter::empty(), sink),
            }
        }
        if matches!(&value.kind, Kind::List(items) if items.is_empty()) {
            sink.push(
                Diagnostic::at(
                    Code::WrongType,
                    value.span,
                    format!("the group `{}` has no members", printable(id)),
                )
                .label("empty list")
                .help("list its countries, such as `[USA, JPN]`, or remove the group"),
            );
        }
        members.sort_unstable();
        members.dedup();
        groups.insert(id.to_owned(), members);
    }
}

fn read_sources(
    node: &Node,
    found: &mut BTreeMap<String, Source>,
    spans: &mut BTreeMap<String, Span>,
    sink: &mut Sink,
) {
    const FIELDS: &[&str] = &[
        "title",
        "publisher",
        "year",
        "licence",
        "url",
        "quality",
        "note",
    ];
    for (key, value) in mapping(node, "`sources`", sink).unwrap_or_default() {
        let id = key_text(key);
        if !check_id(id, key.span, &"source", &[], sink) {
            continue;
        }
        if let Some(first) = spans.insert(id.to_owned(), key.span) {
            sink.push(defined_twice("source", id, first, key.span));
            continue;
        }
        let Some(fields) = Fields::open(value, "a source", FIELDS, sink) else {
            continue;
        };
        let word = |name: &str, sink: &mut Sink| fields.text(name, sink).map(str::to_owned);
        let source = Source {
            title: word("title", sink),
            publisher: word("publisher", sink),
            year: fields.year("year", sink),
            licence: word("licence", sink),
            url: word("url", sink),
            quality: word("quality", sink),
            note: word("note", sink),
        };
        found.insert(id.to_owned(), source);
    }
}
