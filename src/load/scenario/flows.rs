//! What moves, and what may not: relocations and export bans.

use std::collections::BTreeMap;

use super::{Context, unmatched, words};
use crate::diag::{Code, Diagnostic};
use crate::load::definitions::provenance;
use crate::load::fields::{Fields, Sink, key_text, mapping, share, unknown_country};
use crate::load::yaml::{Kind, Node};
use crate::model::{Change, Country, SHARE_SUM_TOLERANCE};

impl Context<'_> {
    pub(super) fn relocate(&self, node: &Node, sink: &mut Sink) -> Option<Change> {
        let fields = Fields::open(
            node,
            "`relocate`",
            &["commodity", "from", "share", "to", "source", "note"],
            sink,
        )?;
        provenance(&fields, self.names(), sink);
        let commodity = fields
            .required("commodity", sink)
            .and_then(|n| self.names().commodity_at(n, sink));
        let from_node = fields.required("from", sink)?;
        let from = self.names().countries_at(from_node, sink);
        let part = fields
            .get("share")
            .map_or(Some(1.0), |n| share(n, "share", sink));
        let to_node = fields.required("to", sink)?;
        let to = self.destinations(to_node, sink);
        let (commodity, from, share, to) = (commodity?, from?, part?, to?);
        if share > 0.0 && to.iter().all(|(country, _)| from == [*country]) {
            sink.push(
                unmatched(
                    to_node.span,
                    format!("nothing moves from {} to itself", words(&from)),
                )
                .help("name another country"),
            );
            return None;
        }
        if !self.makes_anything(commodity, &from) {
            let id = &self.network.commodity(commodity).id;
            sink.push(unmatched(
                from_node.span,
                format!("no site in {} makes `{id}`", words(&from)),
            ));
            return None;
        }
        Some(Change::Relocate {
            commodity,
            from,
            share,
            to,
        })
    }

    /// One country, or a mapping of countries with parts that sum to 1.
    fn destinations(&self, node: &Node, sink: &mut Sink) -> Option<Vec<(Country, f64)>> {
        if matches!(node.kind, Kind::Text(_)) {
            let countries = self.names().countries_at(node, sink)?;
            let part = 1.0 / countries.len() as f64;
            return Some(countries.into_iter().map(|c| (c, part)).collect());
        }
        let mut to: BTreeMap<Country, f64> = BTreeMap::new();
        for (key, value) in mapping(node, "`to`", sink)? {
            let Some(countries) = self.names().countries(key_text(key)) else {
                unknown_country(key_text(key), key.span, self.names().groups(), sink);
                continue;
            };
            let part = share(value, key_text(key), sink)? / countries.len() as f64;
            for country in countries {
                *to.entry(country).or_default() += part;
            }
        }
        let sum: f64 = to.values().sum();
        if (sum - 1.0).abs() > SHARE_SUM_TOLERANCE {
            let code = if sum > 1.0 {
                Code::ShareSumOverOne
            } else {
                Code::ShareOutOfRange
            };
            sink.push(
                Diagnostic::at(
                    code,
                    node.span,
                    format!("the destinations take {:.2} % of what moves", sum * 100.0),
                )
                .help("their shares add up to 100 %"),
            );
            return None;
        }
        Some(to.into_iter().map(|(c, part)| (c, part / sum)).collect())
    }

    pub(super) fn export_ban(&self, node: &Node, sink: &mut Sink) -> Option<Change> {
        let fields = Fields::open(
            node,
            "`export_ban`",
            &["from", "to", "commodity", "source", "note"],
            sink,
        )?;
        provenance(&fields, self.names(), sink);
        let commodity = fields
            .required("commodity", sink)
            .and_then(|n| self.names().commodity_at(n, sink));
        let from_node = fields.required("from", sink)?;
        let from = self.countries_of(from_node, sink);
        let to = match fields.get("to") {
            Some(n) => self.countries_of(n, sink),
            None => Some(Vec::new()),
        };
        let (commodity, from, to) = (commodity?, from?, to?);
        if !self.makes_anything(commodity, &from) {
            let id = &self.network.commodity(commodity).id;
            sink.push(unmatched(
                from_node.span,
                format!("no site in {} makes `{id}`", words(&from)),
            ));
            return None;
        }
        Some(Change::ExportBan {
            from,
            to,
            commodity,
        })
    }

    /// One word or a list of words, each a country or a group.
    fn countries_of(&self, node: &Node, sink: &mut Sink) -> Option<Vec<Country>> {
        let items: Vec<&Node> = match &node.kind {
            Kind::List(items) => items.iter().collect(),
            Kind::Null | Kind::Text(_) | Kind::Map(_) => vec![node],
        };
        let mut found = Vec::new();
        for item in items {
            found.extend(self.names().countries_at(item, sink)?);
        }
        found.sort_unstable();
        found.dedup();
        Some(found)
    }
}
