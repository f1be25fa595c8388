//! What is drawn as one: the routes of a site, or the sites of a country, stage or company.

use crate::graph::{ProcessIx, ProcessKind, SupplyGraph};
use crate::model::{Place as Location, SiteKind, Stage};

/// What is drawn as one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Collapse {
    /// Every site is drawn.
    #[default]
    Nothing,
    /// All sites of a stage in one country.
    Country,
    /// All sites of a stage.
    Stage,
    /// All sites that a company runs at one stage; others stay.
    Company,
}

/// Processes that are drawn as one.
#[derive(Clone, Debug)]
pub(super) struct Group {
    pub(super) card: String,
    pub(super) members: Vec<ProcessIx>,
}

/// The id of what a process is drawn in, and the card it stands on.
pub(super) fn key(graph: &SupplyGraph<'_>, ix: ProcessIx, collapse: Collapse) -> (String, String) {
    let process = graph.process(ix);
    let commodity = graph.network().commodity(process.commodity);
    let stage = commodity.stage.word();
    let name = match process.kind {
        ProcessKind::Scrap => format!("{}, scrap", commodity.name),
        _ => commodity.name.to_string(),
    };
    let as_site = || (graph.id(ix), name.clone());
    match collapse {
        Collapse::Nothing => as_site(),
        Collapse::Country => {
            let place = match process.place {
                Location::Unknown => "unknown".to_owned(),
                place => place.to_string(),
            };
            (format!("{stage}@{place}"), stage.to_owned())
        }
        Collapse::Stage => (stage.to_owned(), stage.to_owned()),
        Collapse::Company => match graph.site(ix).and_then(|s| s.operator()) {
            Some(company) => (format!("{company} ({stage})"), company.to_string()),
            None => as_site(),
        },
    }
}

impl Group {
    pub(super) fn new(card: String) -> Self {
        Self {
            card,
            members: Vec::new(),
        }
    }

    /// What all members have in common, if it is the same for all.
    fn common<T: PartialEq>(&self, of: impl Fn(ProcessIx) -> T) -> Option<T> {
        let mut values = self.members.iter().map(|p| of(*p));
        let first = values.next()?;
        values.all(|v| v == first).then_some(first)
    }

    pub(super) fn location(&self, graph: &SupplyGraph<'_>) -> Location {
        self.common(|p| graph.process(p).place)
            .unwrap_or(Location::Unknown)
    }

    pub(super) fn stage(&self, graph: &SupplyGraph<'_>) -> Stage {
        let stage = |p| graph.network().commodity(graph.process(p).commodity).stage;
        self.common(stage).unwrap_or(Stage::Component)
    }

    pub(super) fn commodity_id(&self, graph: &SupplyGraph<'_>) -> Option<String> {
        let commodity = self.common(|p| graph.process(p).commodity)?;
        Some(graph.network().commodity(commodity).id.to_string())
    }

    /// What it makes, in words.
    pub(super) fn commodity(&self, graph: &SupplyGraph<'_>) -> String {
        if let Some(commodity) = self.common(|p| graph.process(p).commodity) {
            let name = &graph.network().commodity(commodity).name;
            let is_scrap = self.common(|p| graph.process(p).kind) == Some(ProcessKind::Scrap);
            return if is_scrap {
                format!("{name}, scrap")
            } else {
                name.to_string()
            };
        }
        let mut made: Vec<_> = self
            .members
            .iter()
            .map(|p| graph.process(*p).commodity)
            .collect();
        made.sort_unstable();
        made.dedup();
        format!("{} commodities", made.len())
    }

    /// The name of a named site, or the id of a collapsed one.
    pub(super) fn name(&self, graph: &SupplyGraph<'_>) -> Option<String> {
        let site = self.common(|p| graph.process(p).site)?;
        let site = graph.network().site(site?);
        if site.kind != SiteKind::Named {
            return None;
        }
        let name = site.details.as_ref().and_then(|d| d.name.as_deref());
        Some(name.unwrap_or(&site.id).to_owned())
    }
}
