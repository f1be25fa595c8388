//! Scenario files, read against the network that they change.

mod checks;
mod flows;
mod recipes;
mod sites;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::diag::{Code, Diagnostic, FileId, Sources, Span, printable, suggest};
use crate::load::definitions::Reader;
use crate::load::documents::check_version;
use crate::load::fields::{Fields, Sink, key_text, list, mapping, text};
use crate::load::names::{Names, defined_twice, key_span, section};
use crate::load::yaml::{self, Node};
use crate::model::{Change, CommodityIx, Country, Network, Place, Scenario, Unit};

const KINDS: &[&str] = &[
    "relocate",
    "outage",
    "export_ban",
    "add_site",
    "capacity",
    "recipe",
    "recycle",
];

/// Reads one scenario file.
pub(crate) fn read(
    sources: &Sources,
    file: FileId,
    network: &Network,
    sink: &mut Sink,
) -> Option<Scenario> {
    let node = match yaml::parse(sources.text(file), file) {
        Ok(node) => node,
        Err(diagnostic) => {
            sink.push(*diagnostic);
            return None;
        }
    };
    if section(&node, "commodities").is_some()
        || section(&node, "production").is_some()
        || section(&node, "sites").is_some()
    {
        sink.push(
            Diagnostic::at(
                Code::NotAScenario,
                key_span(&node, &["commodities", "production", "sites"]),
                "this is a supply graph, not a scenario",
            )
            .label("only supply graphs have this")
            .help("a scenario has `scenario:` and `changes:`; load graphs with `-g`"),
        );
        return None;
    }
    let fields = Fields::open(
        &node,
        "a scenario",
        &["oretrace", "scenario", "title", "note", "changes"],
        sink,
    )?;
    check_version(&fields, sink);
    let name: Arc<str> = fields
        .required("scenario", sink)
        .and_then(|n| text(n, "scenario", sink))
        .unwrap_or("")
        .into();
    let names = Names::of_network(network.parts());
    let units: Vec<Unit> = network
        .commodities()
        .iter()
        .map(|c| c.unit.clone())
        .collect();
    let context = Context {
        reader: Reader {
            names: &names,
            units: &units,
        },
        network,
    };
    let mut changes = Vec::new();
    let mut spans = Vec::new();
    if let Some(node) = fields.get("changes") {
        let mut added: BTreeMap<Arc<str>, Span> = BTreeMap::new();
        for item in list(node, "`changes`", sink).unwrap_or_default() {
            let Some(change) = context.change(item, sink) else {
                continue;
            };
            if let Change::AddSite(site) = &change
                && let Some(first) = added.insert(site.id.clone(), item.span)
            {
                sink.push(defined_twice("site", &site.id, first, item.span));
                continue;
            }
            changes.push(change);
            spans.push(item.span);
        }
    }
    for (change, span) in changes.iter().zip(spans) {
        context.check_buyers(change, &changes, span, sink);
        context.check_output(change, span, sink);
    }
    Some(Scenario {
        name,
        title: fields.text("title", sink).map(Arc::from),
        changes,
    })
}

struct Context<'a> {
    reader: Reader<'a>,
    network: &'a Network,
}

fn unmatched(span: Span, message: String) -> Diagnostic {
    Diagnostic::at(Code::UnmatchedChange, span, message)
        .label("matches nothing")
        .help("`oretrace share COMMODITY --world` lists who makes it")
}

impl Context<'_> {
    fn names(&self) -> &Names {
        self.reader.names
    }

    fn change(&self, node: &Node, sink: &mut Sink) -> Option<Change> {
        let entries = mapping(node, "a change", sink)?;
        let [(kind, body)] = entries else {
            sink.push(
                Diagnostic::at(
                    Code::ScenarioChange,
                    node.span,
                    "a change is one entry such as `- outage: {...}`",
                )
                .help(format!("it is one of: {}", KINDS.join(", "))),
            );
            return None;
        };
        match key_text(kind) {
            "relocate" => self.relocate(body, sink),
            "outage" => self.outage(body, sink),
            "export_ban" => self.export_ban(body, sink),
            "add_site" => self.add_site(body, sink),
            "capacity" => self.capacity(body, sink),
            "recipe" => self.recipe(body, sink),
            "recycle" => self.recycle(body, sink),
            word => {
                let help = suggest(word, KINDS.iter().copied()).map_or_else(
                    || format!("it is one of: {}", KINDS.join(", ")),
                    |w| format!("did you mean `{w}`?"),
                );
                sink.push(
                    Diagnostic::at(
                        Code::ScenarioChange,
                        kind.span,
                        format!("`{}` is no kind of change", printable(word)),
                    )
                    .label("not known")
                    .help(help),
                );
                None
            }
        }
    }

    fn makes_anything(&self, commodity: CommodityIx, countries: &[Country]) -> bool {
        countries.iter().any(|c| {
            let sites = self.network.makers_in(commodity, Place::In(*c));
            sites
                .iter()
                .any(|ix| self.network.site(*ix).output.is_none_or(|o| o > 0.0))
        })
    }
}

fn words(countries: &[Country]) -> String {
    countries
        .iter()
        .map(Country::code)
        .collect::<Vec<_>>()
        .join(", ")
}

fn one_of(node: &Node, sink: &mut Sink) -> Option<Change> {
    sink.push(
        Diagnostic::at(
            Code::MissingField,
            node.span,
            "the change needs either `set` or `scale`",
        )
        .help("`set: 12 t` gives an amount, `scale: 0.5` a factor"),
    );
    None
}
