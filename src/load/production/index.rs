//! All sites by id.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::diag::Span;
use crate::load::fields::Sink;
use crate::load::names::defined_twice;
use crate::model::{Site, SiteIx};

/// All sites by id, while the network is being put together.
#[derive(Default)]
pub(crate) struct SiteIndex {
    by_id: FxHashMap<Arc<str>, SiteIx>,
    plants: FxHashMap<Arc<str>, Vec<SiteIx>>,
    pub(super) spans: FxHashMap<Arc<str>, Span>,
    /// Ids of sites that the files define with a fault, which has been reported.
    faulty: FxHashSet<Arc<str>>,
}

impl SiteIndex {
    /// The sites that an id names: one, or all of a plant that makes several commodities.
    pub(crate) fn find(&self, id: &str) -> &[SiteIx] {
        match self.by_id.get(id) {
            Some(ix) => std::slice::from_ref(ix),
            None => self.plants.get(id).map_or(&[], Vec::as_slice),
        }
    }

    /// Every id, for suggestions; large tables are not searched.
    pub(crate) fn suggest(&self, wrong: &str, sink: &mut Sink) -> Option<String> {
        const MOST_SEARCHED: usize = 50_000;
        (self.by_id.len() <= MOST_SEARCHED).then_some(())?;
        sink.suggest(
            wrong,
            self.by_id.keys().chain(self.plants.keys()).map(|k| &**k),
        )
        .map(|word| format!("did you mean `{word}`?"))
    }

    /// Remembers a site that is left out for a fault of its own.
    pub(in crate::load) fn add_faulty(&mut self, id: &str) {
        self.faulty.insert(id.into());
    }

    /// Whether an id is defined, though with a fault, so that what names it is right.
    pub(in crate::load) fn is_faulty(&self, id: &str) -> bool {
        self.faulty.contains(id)
    }

    pub(in crate::load) fn add(
        &mut self,
        site: Site,
        span: Span,
        sites: &mut Vec<Site>,
        sink: &mut Sink,
    ) {
        let id = site.id.clone();
        if let Some(first) = self.spans.get(&id) {
            sink.push(defined_twice("site", &id, *first, span));
            return;
        }
        let ix = SiteIx(sites.len() as u32);
        if let Some(plant) = site.details.as_ref().and_then(|d| d.plant.as_ref()) {
            self.plants.entry(plant.clone()).or_default().push(ix);
        }
        self.spans.insert(id.clone(), span);
        self.by_id.insert(id, ix);
        sites.push(site);
    }
}
