//! A commodity with its price, its tie to a host and its cost to build.

use std::sync::Arc;

use super::amounts::{DAYS_PER_MONTH, capital_cost, duration, money_per, ratio};
use super::{Reader, choice, missing_source, provenance, unit_of};
use crate::diag::{Code, Diagnostic};
use crate::load::fields::{self, Fields, Sink, list, text};
use crate::load::yaml::{Kind, Node};
use crate::model::{
    BuildCost, Byproduct, Commodity, CommodityIx, Price, PriceSource, Provenance, Recycled, Stage,
    Unit,
};

const COMMODITY_FIELDS: &[&str] = &[
    "name",
    "stage",
    "unit",
    "price",
    "byproduct_of",
    "recycled",
    "hs",
    "recipe",
    "routes",
    "traded",
    "build",
    "source",
    "note",
];

impl Reader<'_> {
    pub(super) fn commodity(
        &self,
        ix: CommodityIx,
        id: &Arc<str>,
        body: &Node,
        sink: &mut Sink,
    ) -> Option<Commodity> {
        let fields = Fields::open(body, "a commodity", COMMODITY_FIELDS, sink)?;
        let unit = unit_of(Some(body), sink);
        fields.required("unit", sink);
        // A commodity without a stage is refused in the end; until then one stands in, so that the rest is read too.
        let stage = fields
            .required("stage", sink)
            .and_then(|node| stage_at(node, sink));
        if let Some((stage, (other, span))) = stage
            .zip(self.names.table_stages.get(id))
            .filter(|(stage, (other, _))| other != stage)
        {
            sink.push(
                Diagnostic::at(
                    Code::StageConflict,
                    *span,
                    format!(
                        "`{id}` is at stage {other} here and at stage {stage} in its definition"
                    ),
                )
                .label("differs from the definition")
                .help("make the two agree"),
            );
        }
        let recipe = fields
            .get("recipe")
            .and_then(|node| self.recipe(node, sink))
            // An empty recipe says no more than none; an empty route or that of a site says that nothing goes in.
            .filter(|recipe| !recipe.inputs.is_empty());
        let routes = fields
            .get("routes")
            .map(|node| self.routes(node, fields.key_span("routes"), sink))
            .unwrap_or_default();
        if let (Some(_), Some(_)) = (fields.get("recipe"), fields.get("routes")) {
            sink.push(
                Diagnostic::at(
                    Code::RecipeAndRoutes,
                    fields.key_span("routes"),
                    format!("`{id}` has both a recipe and routes"),
                )
                .other(fields.key_span("recipe"), "the recipe")
                .help("make the recipe one of the routes"),
            );
        }
        Some(Commodity {
            name: fields
                .text("name", sink)
                .map_or_else(|| id.clone(), Arc::from),
            price: fields
                .get("price")
                .and_then(|node| self.price(node, &unit, sink)),
            byproduct_of: fields
                .get("byproduct_of")
                .and_then(|node| self.byproduct(ix, &unit, node, sink)),
            recycled: fields
                .get("recycled")
                .and_then(|node| self.recycled(node, sink))
                .unwrap_or_default(),
            hs: self.customs_codes(&fields, sink),
            traded: fields.flag("traded", sink).unwrap_or(true),
            build: fields
                .get("build")
                .and_then(|node| self.build_cost(node, &unit, sink)),
            provenance: provenance(&fields, self.names, sink),
            id: id.clone(),
            stage: stage.unwrap_or(Stage::Component),
            unit,
            recipe,
            routes,
            production: None,
            notes: Vec::new(),
        })
    }

    fn customs_codes(&self, fields: &Fields<'_>, sink: &mut Sink) -> Vec<String> {
        let Some(node) = fields.get("hs") else {
            return Vec::new();
        };
        let items = list(node, "`hs`", sink).unwrap_or_default();
        items
            .iter()
            .filter_map(|item| text(item, "hs", sink).map(str::to_owned))
            .collect()
    }

    /// Money per unit, such as `420 USD/kg` split over `value` and `unit`.
    fn price(&self, node: &Node, unit: &Unit, sink: &mut Sink) -> Option<Price> {
        const FIELDS: &[&str] = &["value", "unit", "low", "high", "year", "source", "note"];
        let fields = Fields::open(node, "a price", FIELDS, sink)?;
        let value = fields::number(fields.required("value", sink)?, "value", sink)?;
        for bound in ["low", "high"] {
            fields
                .get(bound)
                .and_then(|n| fields::number(n, bound, sink));
        }
        let (currency, factor) = money_per(fields.required("unit", sink)?, unit, sink)?;
        let provenance = provenance(&fields, self.names, sink);
        if provenance.source.is_none() {
            sink.push(missing_source("the price", fields.key_span("value")));
        }
        Some(Price {
            value: value * factor,
            currency,
            year: fields.year("year", sink),
            origin: PriceSource::Stated,
            provenance,
        })
    }

    fn byproduct(
        &self,
        own: CommodityIx,
        unit: &Unit,
        node: &Node,
        sink: &mut Sink,
    ) -> Option<Byproduct> {
        let fields = Fields::open(
            node,
            "`byproduct_of`",
            &["commodity", "yield", "source", "note"],
            sink,
        )?;
        let host_node = fields.required("commodity", sink)?;
        let host = self.names.commodity_at(host_node, sink)?;
        if host == own {
            sink.push(
                Diagnostic::at(
                    Code::ByproductOfItself,
                    host_node.span,
                    "a commodity cannot be its own host",
                )
                .help("name the commodity whose making yields this one"),
            );
            return None;
        }
        let yield_node = fields.required("yield", sink)?;
        let yield_per_host = ratio(yield_node, unit, &self.units[host.at()], sink)?;
        Some(Byproduct {
            host,
            yield_per_host,
            provenance: provenance(&fields, self.names, sink),
        })
    }

    /// A share, or a mapping of `rate` with its source.
    fn recycled(&self, node: &Node, sink: &mut Sink) -> Option<Recycled> {
        if matches!(node.kind, Kind::Map(_)) {
            let fields = Fields::open(
                node,
                "`recycled`",
                &["rate", "year", "source", "note"],
                sink,
            )?;
            let rate = fields::share(fields.required("rate", sink)?, "rate", sink)?;
            fields.year("year", sink);
            return Some(Recycled {
                rate,
                provenance: provenance(&fields, self.names, sink),
            });
        }
        Some(Recycled {
            rate: fields::share(node, "recycled", sink)?,
            provenance: Provenance::default(),
        })
    }

    /// Cost per yearly capacity and months until it produces.
    pub(crate) fn build_cost(
        &self,
        node: &Node,
        unit: &Unit,
        sink: &mut Sink,
    ) -> Option<BuildCost> {
        let fields = Fields::open(
            node,
            "`build`",
            &["cost", "lead_time", "source", "note"],
            sink,
        )?;
        let cost_node = fields.required("cost", sink)?;
        let (cost, currency) = capital_cost(cost_node, unit, sink)?;
        let lead_time_months = fields
            .get("lead_time")
            .and_then(|n| duration(n, "lead_time", sink))
            .map(|days| days / DAYS_PER_MONTH);
        Some(BuildCost {
            cost,
            currency,
            lead_time_months,
            provenance: provenance(&fields, self.names, sink),
        })
    }
}

fn stage_at(node: &Node, sink: &mut Sink) -> Option<Stage> {
    let known: Vec<(&str, Stage)> = Stage::ALL.into_iter().map(|s| (s.word(), s)).collect();
    choice(node, "stage", &known, sink)
}
