//! Companies with their owners.

use std::collections::BTreeMap;
use std::sync::Arc;

use petgraph::Directed;
use petgraph::algo::kosaraju_scc;
use petgraph::graphmap::GraphMap;

use super::provenance;
use crate::diag::{Code, Diagnostic, Span, printable};
use crate::load::fields::{self, Fields, Sink, key_text, mapping};
use crate::load::names::{Names, defined_twice};
use crate::load::yaml::Node;
use crate::model::{NetworkParts, SHARE_SUM_TOLERANCE};

/// Owners with their parts; more than the whole is an error.
pub(crate) fn owners(node: &Node, sink: &mut Sink) -> Vec<(Arc<str>, f64)> {
    let mut found: Vec<(Arc<str>, f64)> = Vec::new();
    for (key, value) in mapping(node, "`owners`", sink).unwrap_or_default() {
        if let Some(part) = fields::share(value, key_text(key), sink) {
            found.push((key_text(key).into(), part));
        }
    }
    let sum: f64 = found.iter().map(|(_, part)| part).sum();
    if sum > 1.0 + SHARE_SUM_TOLERANCE {
        sink.push(
            Diagnostic::at(
                Code::OwnershipSum,
                node.span,
                format!("the owners hold {:.1} % together", sum * 100.0),
            )
            .help("the parts add up to 100 % at most"),
        );
    }
    found.sort_by(|a, b| a.0.cmp(&b.0));
    found
}

pub(super) fn read_companies(
    node: &Node,
    names: &Names,
    parts: &mut NetworkParts,
    seen: &mut BTreeMap<Arc<str>, Span>,
    sink: &mut Sink,
) {
    for (key, value) in mapping(node, "`companies`", sink).unwrap_or_default() {
        if !fields::check_id(key_text(key), key.span, &"company", &[], sink) {
            continue;
        }
        if let Some(first) = seen.insert(key_text(key).into(), key.span) {
            sink.push(defined_twice("company", key_text(key), first, key.span));
            continue;
        }
        let Some(fields) = Fields::open(
            value,
            "a company",
            &["country", "owners", "source", "note"],
            sink,
        ) else {
            continue;
        };
        let id: Arc<str> = key_text(key).into();
        if let Some(country) = fields
            .get("country")
            .and_then(|n| names.country_at(n, sink))
        {
            parts.company_countries.insert(id.clone(), country);
        }
        if let Some(list) = fields.get("owners") {
            parts.company_owners.insert(id.clone(), owners(list, sink));
        }
        provenance(&fields, names, sink);
    }
}

/// Refuses companies that own one another in a circle.
pub(super) fn check_ownership(
    owners: &BTreeMap<Arc<str>, Vec<(Arc<str>, f64)>>,
    spans: &BTreeMap<Arc<str>, Span>,
    sink: &mut Sink,
) {
    let mut graph: GraphMap<&str, (), Directed> = GraphMap::new();
    for (company, parts) in owners {
        for (owner, _) in parts {
            graph.add_edge(&**company, &**owner, ());
        }
    }
    for circle in kosaraju_scc(&graph) {
        if circle.len() == 1 && !graph.contains_edge(circle[0], circle[0]) {
            continue;
        }
        // The one that stands last closes the circle.
        let last = circle
            .iter()
            .filter_map(|id| spans.get(*id).map(|span| (*span, *id)))
            .max();
        if let Some((span, id)) = last {
            sink.push(
                Diagnostic::at(
                    Code::OwnershipCycle,
                    span,
                    format!("`{}` owns itself by way of others", printable(id)),
                )
                .label("closes the circle")
                .help("ownership runs one way; remove the part that closes the circle"),
            );
        }
    }
}
