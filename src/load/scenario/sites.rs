//! Sites that fail, that are new, or that make room: outages, new sites and capacities.

use std::sync::Arc;

use super::{Context, one_of, unmatched};
use crate::diag::{Code, Diagnostic, printable, suggest};
use crate::graph::derived;
use crate::load::definitions::{choice, provenance};
use crate::load::fields::{self, Fields, Sink, amount_in, share, text};
use crate::load::production::{SITE_FIELDS, sites_of_node};
use crate::load::yaml::Node;
use crate::model::{CapacityEdit, Change, NewSite, OutageTarget, Stage};

impl Context<'_> {
    pub(super) fn outage(&self, node: &Node, sink: &mut Sink) -> Option<Change> {
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

    pub(super) fn add_site(&self, node: &Node, sink: &mut Sink) -> Option<Change> {
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

    pub(super) fn capacity(&self, node: &Node, sink: &mut Sink) -> Option<Change> {
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
}
