//! What can be checked of a change only beside all others.

use super::{Context, unmatched, words};
use crate::diag::{Code, Diagnostic, Span};
use crate::load::buyers::buyers;
use crate::load::fields::Sink;
use crate::model::{Ban, Change, Country, Place};

impl Context<'_> {
    /// A ban has to stop a flow, and scrap to replace one.
    pub(super) fn check_buyers(
        &self,
        change: &Change,
        all: &[Change],
        span: Span,
        sink: &mut Sink,
    ) {
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
    pub(super) fn check_output(&self, change: &Change, span: Span, sink: &mut Sink) {
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
}
