//! What is needed: recipes and recycling.

use super::{Context, one_of, unmatched};
use crate::diag::suggest;
use crate::load::definitions::provenance;
use crate::load::fields::{self, Fields, Sink, amount_in, share};
use crate::load::yaml::Node;
use crate::model::{Change, RecipeEdit};

impl Context<'_> {
    pub(super) fn recipe(&self, node: &Node, sink: &mut Sink) -> Option<Change> {
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

    pub(super) fn recycle(&self, node: &Node, sink: &mut Sink) -> Option<Change> {
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
