//! Rows of sites: what each says.

use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::rows::Rows;
use super::{SITE_COLUMNS, TableFiles};
use crate::diag::{Code, Diagnostic, Sources, Span, printable};
use crate::load::fields::{Sink, check_id, unknown_country};
use crate::load::names::Names;
use crate::load::production::SiteIndex;
use crate::model::{Country, Place, REST_OF_WORLD, Site, SiteKind, Stage};

impl TableFiles {
    fn site_rows<'t>(&self, sources: &'t Sources, sink: &mut Sink) -> Option<Rows<'t>> {
        Rows::open(sources, self.sites?, SITE_COLUMNS, &SITE_COLUMNS[..4], sink)
    }

    /// First pass: the commodities that the sites make, with their stages.
    pub(crate) fn commodities(
        &self,
        sources: &Sources,
        found: &mut BTreeMap<Arc<str>, (Stage, Span)>,
        sink: &mut Sink,
    ) {
        let Some(mut rows) = self.site_rows(sources, sink) else {
            if self.sites.is_some() {
                self.sites_unread.set(true);
            }
            return;
        };
        let mut known: FxHashMap<Box<str>, Option<Stage>> = FxHashMap::default();
        while rows.next(sink) {
            let (id, word) = (rows.cell(3), rows.cell(1));
            if let Some(Some(stage)) = known.get(id) {
                if stage.word() != word && Stage::parse(word).is_none() {
                    sink.push(no_stage(word, rows.at(1)));
                } else if stage.word() != word {
                    sink.push(
                        Diagnostic::at(
                            Code::StageConflict,
                            rows.at(1),
                            format!("`{}` is at stage {stage} above", printable(id)),
                        )
                        .label("differs")
                        .help("all sites of one commodity share its stage"),
                    );
                }
                continue;
            }
            let stage = Stage::parse(word);
            if stage.is_none() {
                sink.push(no_stage(word, rows.at(1)));
            }
            let valid = check_id(id, rows.at(3), &"commodity", &['@'], sink);
            known.insert(id.into(), stage);
            if let (true, Some(stage)) = (valid, stage) {
                let first = found.entry(id.into()).or_insert((stage, rows.at(1)));
                if first.0 != stage {
                    sink.push(
                        Diagnostic::at(
                            Code::StageConflict,
                            rows.at(1),
                            format!("`{}` is at stage {} elsewhere", printable(id), first.0),
                        )
                        .other(first.1, "elsewhere")
                        .help("all sites of one commodity share its stage"),
                    );
                }
            }
        }
        self.sites_unread.set(rows.broke_off());
    }

    /// Second pass: the sites.
    pub(crate) fn sites(
        &self,
        sources: &Sources,
        names: &Names,
        index: &mut SiteIndex,
        sites: &mut Vec<Site>,
        sink: &mut Sink,
    ) {
        let Some(mut rows) = self.site_rows(sources, &mut Sink::default()) else {
            return;
        };
        let mut quiet = Sink::default();
        while rows.next(&mut quiet) {
            let span = rows.at(0);
            let id = rows.cell(0);
            let valid = check_id(id, span, &"site", &[], sink);
            let word = rows.cell(2);
            let place = match Country::from_alpha3(word) {
                Some(country) => Some(Place::In(country)),
                None if word == REST_OF_WORLD => Some(Place::Rest),
                None => {
                    unknown_country(word, rows.at(2), std::iter::empty(), sink);
                    None
                }
            };
            let output = rows.number(4, "output", sink);
            let capacity = rows.number(5, "capacity", sink);
            let (Some(place), Some(commodity), Ok(output), Ok(capacity), true) = (
                place,
                names.find_commodity(rows.cell(3)),
                output,
                capacity,
                valid,
            ) else {
                index.add_faulty(id);
                continue;
            };
            let site = Site {
                id: id.into(),
                commodity,
                place,
                output,
                capacity,
                availability: 1.0,
                kind: SiteKind::Named,
                recipe: None,
                details: None,
            };
            index.add(site, span, sites, sink);
        }
    }
}

fn no_stage(word: &str, span: Span) -> Diagnostic {
    let words: Vec<&str> = Stage::ALL.iter().map(|s| s.word()).collect();
    Diagnostic::at(
        Code::InvalidChoice,
        span,
        format!("`{}` is no stage", printable(word)),
    )
    .help(format!("it is one of: {}", words.join(", ")))
}
