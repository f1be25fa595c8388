//! Recipes and routes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Reader, provenance};
use crate::diag::{Code, Diagnostic, Span};
use crate::load::fields::{self, Fields, Sink, amount_in, key_text, list, mapping, text};
use crate::load::names::defined_twice;
use crate::load::yaml::{Kind, Node};
use crate::model::{CommodityIx, Input, Provenance, Recipe, Route, SHARE_SUM_TOLERANCE, Weighting};

const INPUT_FIELDS: &[&str] = &[
    "amount",
    "low",
    "high",
    "weight",
    "essential",
    "substitutable",
    "source",
    "note",
];

impl Reader<'_> {
    pub(super) fn routes(&self, node: &Node, key: Span, sink: &mut Sink) -> Vec<Route> {
        let mut routes: Vec<Route> = Vec::new();
        let mut complete = true;
        let mut seen: BTreeMap<Arc<str>, Span> = BTreeMap::new();
        for item in list(node, "`routes`", sink).unwrap_or_default() {
            let read = self.route(item, sink);
            complete &= read.is_some();
            if let Some(route) = read {
                if let Some(first) = seen.insert(route.name.clone(), item.span) {
                    sink.push(defined_twice("route", &route.name, first, item.span));
                }
                routes.push(route);
            }
        }
        let sum: f64 = routes.iter().map(|r| r.share).sum();
        if complete && (sum - 1.0).abs() > SHARE_SUM_TOLERANCE {
            sink.push(
                Diagnostic::at(
                    Code::RouteShares,
                    key,
                    format!(
                        "the shares of the routes add up to {:.2} %, not 100 %",
                        sum * 100.0
                    ),
                )
                .help("the routes together make all of the commodity"),
            );
        }
        for route in &mut routes {
            route.share /= sum;
        }
        routes.sort_by(|a, b| a.name.cmp(&b.name));
        routes
    }

    fn route(&self, node: &Node, sink: &mut Sink) -> Option<Route> {
        let fields = Fields::open(
            node,
            "a route",
            &["name", "share", "recipe", "source", "note"],
            sink,
        )?;
        let name = fields.required("name", sink)?;
        let word = text(name, "name", sink)?;
        if !fields::check_id(word, name.span, &"route", &[], sink) {
            return None;
        }
        let share = fields::share(fields.required("share", sink)?, "share", sink)?;
        let recipe = self.recipe(fields.required("recipe", sink)?, sink)?;
        Some(Route {
            name: word.into(),
            share,
            recipe,
            provenance: provenance(&fields, self.names, sink),
        })
    }

    /// A mapping from inputs to amounts; an empty one is a recipe without inputs.
    pub(crate) fn recipe(&self, node: &Node, sink: &mut Sink) -> Option<Arc<Recipe>> {
        let entries = mapping(node, "a recipe", sink)?;
        let mut inputs: Vec<Input> = Vec::with_capacity(entries.len());
        let mut seen: BTreeSet<CommodityIx> = BTreeSet::new();
        for (key, value) in entries {
            let Some(commodity) = self.names.commodity(key_text(key), key.span, sink) else {
                continue;
            };
            if seen.insert(commodity) {
                inputs.extend(self.input(commodity, value, sink));
            }
        }
        if inputs.is_empty() && !entries.is_empty() {
            return None;
        }
        inputs.sort_by_key(|i| i.commodity);
        let stated = inputs.iter().filter(|i| i.stated_weight.is_some()).count();
        if stated > 0 && stated < inputs.len() {
            sink.push(
                Diagnostic::at(
                    Code::WeightsIncomplete,
                    node.span,
                    format!("{stated} of {} inputs state a weight", inputs.len()),
                )
                .help("give a weight to every input of the recipe, or to none"),
            );
        } else if stated > 0 && inputs.iter().filter_map(|i| i.stated_weight).sum::<f64>() <= 0.0 {
            sink.push(
                Diagnostic::at(
                    Code::WeightSum,
                    node.span,
                    "the weights of this recipe add up to zero",
                )
                .help("at least one input has a weight above zero"),
            );
        }
        Some(Arc::new(Recipe {
            inputs,
            weighting: Weighting::Equal,
        }))
    }

    fn input(&self, commodity: CommodityIx, node: &Node, sink: &mut Sink) -> Option<Input> {
        let unit = &self.units[commodity.at()];
        let mut input = Input {
            commodity,
            amount: 0.0,
            low: None,
            high: None,
            stated_weight: None,
            weight: 0.0,
            essential: true,
            substitutable: 0.0,
            provenance: Provenance::default(),
            weight_provenance: None,
        };
        if matches!(node.kind, Kind::Map(_)) {
            let fields = Fields::open(node, "an input", INPUT_FIELDS, sink)?;
            input.low = fields
                .get("low")
                .and_then(|n| amount_in(n, unit, "low", sink));
            input.high = fields
                .get("high")
                .and_then(|n| amount_in(n, unit, "high", sink));
            if let Some(weight) = fields.get("weight") {
                let (value, read) = self.weight(weight, sink)?;
                input.stated_weight = Some(value);
                input.weight_provenance = read;
            }
            input.essential = fields.flag("essential", sink).unwrap_or(true);
            input.substitutable = fields.share("substitutable", sink).unwrap_or(0.0);
            input.provenance = provenance(&fields, self.names, sink);
            input.amount = amount_in(fields.required("amount", sink)?, unit, "amount", sink)?;
        } else {
            input.amount = amount_in(node, unit, "amount", sink)?;
        }
        Some(input)
    }

    /// A bare weight, or a mapping of `value` with its own source.
    fn weight(&self, node: &Node, sink: &mut Sink) -> Option<(f64, Option<Provenance>)> {
        let value = |node: &Node, sink: &mut Sink| {
            let word = text(node, "weight", sink)?;
            match word.trim().strip_suffix('%') {
                Some(_) => fields::share(node, "weight", sink),
                None => fields::number(node, "weight", sink),
            }
        };
        if matches!(node.kind, Kind::Map(_)) {
            let fields =
                Fields::open(node, "`weight`", &["value", "year", "source", "note"], sink)?;
            fields.year("year", sink);
            let read = provenance(&fields, self.names, sink);
            return Some((value(fields.required("value", sink)?, sink)?, Some(read)));
        }
        Some((value(node, sink)?, None))
    }
}
