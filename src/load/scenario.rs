//! Scenario files, read against the network that they change.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::buyers::buyers;
use super::definitions::{Reader, choice, provenance};
use super::documents::check_version;
use super::fields::{
    self, Fields, Sink, amount_in, key_text, list, mapping, share, text, unknown_country,
};
use super::names::{Names, defined_twice, key_span, section};
use super::production::{SITE_FIELDS, sites_of_node};
use super::yaml::{self, Kind, Node};
use crate::diag::{Code, Diagnostic, FileId, Sources, Span, printable, suggest};
use crate::graph::derived;
use crate::model::{
    Ban, CapacityEdit, Change, Country, Network, NewSite, OutageTarget, Place, RecipeEdit,
    SHARE_SUM_TOLERANCE, Scenario, Stage, Unit,
};

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

    /// A ban has to stop a flow, and scrap to replace one.
    fn check_buyers(&self, change: &Change, all: &[Change], span: Span, sink: &mut Sink) {
        let (Change::ExportBan { commodity, .. } | Change::Recycle { commodity, .. }) = change
        else {
            return;
        };
        let (network, id) = (self.network, &self.network.commodity(*commodity).id);
        let buyers = buyers(network, *commodity, all);
        if buyers.is_empty() {
            sink.push(
                unmatched(span, format!("nobody buys `{id}`"))
                    .help("name a commodity that a recipe needs"),
            );
            return;
        }
        let Change::ExportBan { from, to, .. } = change else {
            return;
        };
        if !network.commodity(*commodity).traded {
            sink.push(
                unmatched(
                    span,
                    format!("`{id}` is not traded, so that a ban stops nothing"),
                )
                .help("ban what is made with it"),
            );
            return;
        }
        let ban = Ban {
            commodity: *commodity,
            from: from.clone(),
            to: to.clone(),
        };
        let makers = from
            .iter()
            .filter(|c| self.makes_anything(*commodity, &[**c]));
        let mut pairs = makers.flat_map(|c| buyers.iter().map(|place| (Place::In(*c), *place)));
        if !pairs.any(|(maker, buyer)| ban.stops(maker, buyer)) {
            const MOST_NAMED: usize = 8;
            let abroad: Vec<Country> = buyers
                .iter()
                .filter_map(|place| place.country())
                .filter(|c| !from.contains(c))
                .collect();
            let more = if abroad.len() > MOST_NAMED {
                ", ..."
            } else {
                ""
            };
            let named = words(&abroad[..abroad.len().min(MOST_NAMED)]);
            let help = if abroad.is_empty() {
                "nobody buys it in any other country".to_owned()
            } else {
                format!("elsewhere it is bought in {named}{more}")
            };
            let whom = if to.is_empty() {
                String::new()
            } else {
                format!(" to {}", words(to))
            };
            sink.push(
                unmatched(
                    span,
                    format!("nothing of `{id}` goes from {}{whom}", words(from)),
                )
                .help(help),
            );
        }
    }

    /// A new site beside others has to say what it makes, or how much it could.
    fn check_output(&self, change: &Change, span: Span, sink: &mut Sink) {
        let Change::AddSite(new) = change else {
            return;
        };
        let others = self.network.makers(new.commodity).next().is_some();
        if others && new.output.is_none() {
            let id = &self.network.commodity(new.commodity).id;
            sink.push(
                Diagnostic::at(
                    Code::MissingOutput,
                    span,
                    format!("`{}` has no output, but `{id}` has other makers", new.id),
                )
                .help("add `output:`; or `output: 0` and `capacity:` for a site that stands by"),
            );
        }
    }

    fn makes_anything(&self, commodity: crate::model::CommodityIx, countries: &[Country]) -> bool {
        countries.iter().any(|c| {
            let sites = self.network.makers_in(commodity, Place::In(*c));
            sites
                .iter()
                .any(|ix| self.network.site(*ix).output.is_none_or(|o| o > 0.0))
        })
    }

    fn relocate(&self, node: &Node, sink: &mut Sink) -> Option<Change> {
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
        let mut to: std::collections::BTreeMap<Country, f64> = std::collections::BTreeMap::new();
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

    fn outage(&self, node: &Node, sink: &mut Sink) -> Option<Change> {
        let allowed = [
            "country",
            "commodity",
            "stage",
            "site",
            "company",
            "loss",
            "source",
            "note",
        ];
        let fields = Fields::open(node, "`outage`", &allowed, sink)?;
        provenance(&fields, self.names(), sink);
        let loss = fields
            .get("loss")
            .map_or(Some(1.0), |n| share(n, "loss", sink))?;
        let known: Vec<(&str, Stage)> = Stage::ALL.into_iter().map(|s| (s.word(), s)).collect();
        let word = |name: &str, sink: &mut Sink| fields.text(name, sink).map(Arc::from);
        let target = OutageTarget {
            countries: match fields.get("country") {
                Some(n) => Some(self.names().countries_at(n, sink)?),
                None => None,
            },
            commodity: match fields.get("commodity") {
                Some(n) => Some(self.names().commodity_at(n, sink)?),
                None => None,
            },
            stage: match fields.get("stage") {
                Some(n) => Some(choice(n, "stage", &known, sink)?),
                None => None,
            },
            site: word("site", sink),
            company: word("company", sink),
        };
        if target
            == (OutageTarget {
                countries: None,
                commodity: None,
                stage: None,
                site: None,
                company: None,
            })
        {
            sink.push(
                Diagnostic::at(
                    Code::MissingField,
                    node.span,
                    "the outage does not say what is struck",
                )
                .help("add `country`, `commodity`, `stage`, `site` or `company`"),
            );
            return None;
        }
        if !self.strikes_anything(&target) {
            let help = target
                .site
                .as_ref()
                .and_then(|id| suggest(id, self.network.sites().iter().map(|s| &*s.id)));
            let operators: Vec<&str> = self
                .network
                .sites()
                .iter()
                .filter_map(|s| s.operator().map(|o| &**o))
                .collect();
            let help = help.or_else(|| {
                target
                    .company
                    .as_ref()
                    .and_then(|id| suggest(id, operators))
            });
            sink.push(
                unmatched(node.span, "no site fits this outage".to_owned())
                    .maybe_help(help.map(|w| format!("did you mean `{w}`?"))),
            );
            return None;
        }
        Some(Change::Outage { target, loss })
    }

    fn strikes_anything(&self, target: &OutageTarget) -> bool {
        let network = self.network;
        let mut stated = network.sites().iter();
        stated.any(|s| target.strikes(s, network)) || derived::strikes_any(network, target)
    }

    fn export_ban(&self, node: &Node, sink: &mut Sink) -> Option<Change> {
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

    fn add_site(&self, node: &Node, sink: &mut Sink) -> Option<Change> {
        let allowed = [&["id"], SITE_FIELDS].concat();
        let fields = Fields::open(node, "`add_site`", &allowed, sink)?;
        let id_node = fields.required("id", sink)?;
        let id: Arc<str> = text(id_node, "id", sink)?.into();
        if !fields::check_id(&id, id_node.span, &"site", &[], sink) {
            return None;
        }
        if !self.network.sites_of_plant(&id).is_empty() {
            sink.push(
                Diagnostic::at(
                    Code::DuplicateId,
                    id_node.span,
                    format!("the site `{}` exists already", printable(&id)),
                )
                .help("give the new site another id"),
            );
            return None;
        }
        let mut sites = sites_of_node(&id, &fields, &self.reader, sink);
        if sites.len() > 1 {
            sink.push(
                Diagnostic::at(
                    Code::WrongType,
                    node.span,
                    "a scenario adds sites of one commodity each",
                )
                .help("write one `add_site` for each commodity"),
            );
            return None;
        }
        let site = sites.pop()?;
        Some(Change::AddSite(NewSite {
            id: site.id,
            place: site.place,
            commodity: site.commodity,
            output: site.output,
            capacity: site.capacity,
            recipe: site.recipe,
            details: site.details,
        }))
    }

    fn capacity(&self, node: &Node, sink: &mut Sink) -> Option<Change> {
        let allowed = [
            "commodity",
            "country",
            "site",
            "set",
            "scale",
            "source",
            "note",
        ];
        let fields = Fields::open(node, "`capacity`", &allowed, sink)?;
        provenance(&fields, self.names(), sink);
        let site: Option<Arc<str>> = fields.text("site", sink).map(Arc::from);
        let commodity = match fields.get("commodity") {
            Some(n) => Some(self.names().commodity_at(n, sink)?),
            None => None,
        };
        let countries = match fields.get("country") {
            Some(n) => Some(self.names().countries_at(n, sink)?),
            None => None,
        };
        let probe = OutageTarget {
            countries: countries.clone(),
            commodity,
            stage: None,
            site: site.clone(),
            company: None,
        };
        let struck = self
            .network
            .sites()
            .iter()
            .find(|s| probe.strikes(s, self.network));
        let Some(struck) = struck.filter(|_| site.is_some() || commodity.is_some()) else {
            let help = site
                .as_ref()
                .and_then(|id| suggest(id, self.network.sites().iter().map(|s| &*s.id)));
            sink.push(
                unmatched(node.span, "no site fits this change of capacity".to_owned())
                    .maybe_help(help.map(|w| format!("did you mean `{w}`?"))),
            );
            return None;
        };
        let unit = &self.reader.units[struck.commodity.at()];
        let edit = match (fields.get("set"), fields.get("scale")) {
            (Some(set), None) => CapacityEdit::Set(amount_in(set, unit, "set", sink)?),
            (None, Some(scale)) => CapacityEdit::Scale(fields::number(scale, "scale", sink)?),
            _ => return one_of(node, sink),
        };
        Some(Change::Capacity {
            site,
            commodity,
            countries,
            edit,
        })
    }

    fn recipe(&self, node: &Node, sink: &mut Sink) -> Option<Change> {
        let fields = Fields::open(
            node,
            "`recipe`",
            &["commodity", "input", "scale", "set", "source", "note"],
            sink,
        )?;
        provenance(&fields, self.names(), sink);
        let commodity = fields
            .required("commodity", sink)
            .and_then(|n| self.names().commodity_at(n, sink));
        let input_node = fields.required("input", sink)?;
        let input = self.names().commodity_at(input_node, sink);
        let (commodity, input) = (commodity?, input?);
        let unit = &self.reader.units[input.at()];
        let edit = match (fields.get("set"), fields.get("scale")) {
            (Some(set), None) => RecipeEdit::Set(amount_in(set, unit, "set", sink)?),
            (None, Some(scale)) => RecipeEdit::Scale(fields::number(scale, "scale", sink)?),
            _ => return one_of(node, sink),
        };
        let recipes = self.network.commodity(commodity).recipes().map(|(_, r)| r);
        let own = self
            .network
            .makers(commodity)
            .filter_map(|ix| self.network.site(ix).recipe.as_ref());
        let inputs: Vec<&str> = recipes
            .chain(own)
            .flat_map(|r| &r.inputs)
            .map(|i| &*self.network.commodity(i.commodity).id)
            .collect();
        let input_id = &self.network.commodity(input).id;
        if !inputs.contains(&&**input_id) {
            let help = suggest(input_id, inputs).map(|w| format!("did you mean `{w}`?"));
            let message = format!(
                "`{}` does not need `{input_id}`",
                self.network.commodity(commodity).id
            );
            sink.push(
                unmatched(input_node.span, message)
                    .help("name an input of its recipe")
                    .maybe_help(help),
            );
            return None;
        }
        Some(Change::Recipe {
            commodity,
            input,
            edit,
        })
    }

    fn recycle(&self, node: &Node, sink: &mut Sink) -> Option<Change> {
        let fields = Fields::open(
            node,
            "`recycle`",
            &["commodity", "rate", "source", "note"],
            sink,
        )?;
        provenance(&fields, self.names(), sink);
        let commodity = fields
            .required("commodity", sink)
            .and_then(|n| self.names().commodity_at(n, sink));
        let rate = fields
            .required("rate", sink)
            .and_then(|n| share(n, "rate", sink));
        Some(Change::Recycle {
            commodity: commodity?,
            rate: rate?,
        })
    }
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

fn words(countries: &[Country]) -> String {
    countries
        .iter()
        .map(Country::code)
        .collect::<Vec<_>>()
        .join(", ")
}
