//! Commodities with their recipes, prices and ties; companies with their owners.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use petgraph::Directed;
use petgraph::algo::kosaraju_scc;
use petgraph::graphmap::GraphMap;

use super::documents::Documents;
use super::fields::{self, Fields, Sink, amount_in, key_text, list, mapping, text};
use super::names::{Names, defined_twice, section};
use super::yaml::{Kind, Node};
use crate::diag::{Code, Diagnostic, Span, printable, suggest};
use crate::model::{
    BuildCost, Byproduct, Commodity, CommodityIx, Input, NetworkParts, Price, PriceSource,
    Provenance, Recipe, Recycled, Route, SHARE_SUM_TOLERANCE, Stage, Unit, Weighting, parse_number,
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

/// Reads the bodies of all commodities, in id order, and the companies.
pub(crate) fn read(
    documents: &Documents,
    names: &Names,
    parts: &mut NetworkParts,
    sink: &mut Sink,
) {
    let mut bodies: BTreeMap<&str, &Node> = BTreeMap::new();
    let mut companies: BTreeMap<Arc<str>, Span> = BTreeMap::new();
    for document in &documents.documents {
        if let Some(Kind::Map(entries)) = section(&document.node, "commodities").map(|n| &n.kind) {
            for (key, value) in entries {
                bodies.entry(key_text(key)).or_insert(value);
            }
        }
        if let Some(node) = section(&document.node, "companies") {
            read_companies(node, names, parts, &mut companies, sink);
        }
    }
    check_ownership(&parts.company_owners, &companies, sink);
    super::owners::check_names(documents, &companies, sink);
    let ids = names.commodity_ids();
    let units: Vec<Unit> = ids
        .iter()
        .map(|id| unit_of(bodies.get(&**id).copied(), &mut Sink::default()))
        .collect();
    let reader = Reader {
        names,
        units: &units,
    };
    for (at, id) in ids.iter().enumerate() {
        let commodity = match bodies.get(&**id) {
            Some(body) => reader.commodity(CommodityIx(at as u32), id, body, sink),
            None => None,
        };
        let stage = names
            .table_stages
            .get(id)
            .map_or(Stage::Component, |(stage, _)| *stage);
        parts
            .commodities
            .push(commodity.unwrap_or_else(|| bare(id, stage, units[at].clone())));
    }
    check_currencies(parts, names, sink);
}

/// A commodity of which only a table speaks.
fn bare(id: &Arc<str>, stage: Stage, unit: Unit) -> Commodity {
    Commodity {
        id: id.clone(),
        name: id.clone(),
        stage,
        unit,
        price: None,
        byproduct_of: None,
        recycled: Recycled::default(),
        hs: Vec::new(),
        traded: true,
        recipe: None,
        routes: Vec::new(),
        production: None,
        build: None,
        provenance: Provenance::default(),
        notes: Vec::new(),
    }
}

fn unit_of(body: Option<&Node>, sink: &mut Sink) -> Unit {
    let Some(node) = body.and_then(|b| section(b, "unit")) else {
        return Unit::piece();
    };
    let Some(word) = text(node, "unit", sink) else {
        return Unit::piece();
    };
    Unit::parse(word).unwrap_or_else(|| {
        sink.push(
            Diagnostic::at(
                Code::InvalidUnit,
                node.span,
                format!("`{}` is no unit", printable(word)),
            )
            .help("write a unit such as t, kg, MWh, m2 or unit"),
        );
        Unit::piece()
    })
}

/// The source and note of a figure.
pub(crate) fn provenance(fields: &Fields<'_>, names: &Names, sink: &mut Sink) -> Provenance {
    named_provenance(fields, "source", "note", names, sink)
}

/// The same from fields of other names, where a mapping holds figures of more than one source.
pub(crate) fn named_provenance(
    fields: &Fields<'_>,
    source: &str,
    note: &str,
    names: &Names,
    sink: &mut Sink,
) -> Provenance {
    let source = fields.get(source).and_then(|node| {
        let id = text(node, "source", sink)?;
        names.check_source(id, node.span, sink);
        Some(Arc::from(id))
    });
    Provenance {
        source,
        note: fields.text(note, sink).map(Arc::from),
    }
}

/// Reads a word that must be one of a few.
pub(crate) fn choice<T>(node: &Node, what: &str, known: &[(&str, T)], sink: &mut Sink) -> Option<T>
where
    T: Clone,
{
    let word = text(node, what, sink)?;
    if let Some((_, value)) = known.iter().find(|(w, _)| *w == word) {
        return Some(value.clone());
    }
    let words: Vec<&str> = known.iter().map(|(w, _)| *w).collect();
    let help = suggest(word, words.iter().copied()).map_or_else(
        || format!("it is one of: {}", words.join(", ")),
        |w| format!("did you mean `{w}`?"),
    );
    sink.push(
        Diagnostic::at(
            Code::InvalidChoice,
            node.span,
            format!("`{}` is no {what}", printable(word)),
        )
        .label("not known")
        .help(help),
    );
    None
}

fn stage_at(node: &Node, sink: &mut Sink) -> Option<Stage> {
    let known: Vec<(&str, Stage)> = Stage::ALL.into_iter().map(|s| (s.word(), s)).collect();
    choice(node, "stage", &known, sink)
}

/// Reads recipes and prices, which need the units of all commodities.
pub(crate) struct Reader<'a> {
    pub(crate) names: &'a Names,
    pub(crate) units: &'a [Unit],
}

impl Reader<'_> {
    fn commodity(
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

    fn routes(&self, node: &Node, key: Span, sink: &mut Sink) -> Vec<Route> {
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

/// The warning that a figure names no source.
pub(crate) fn missing_source(what: &str, span: Span) -> Diagnostic {
    Diagnostic::at(Code::SourceMissing, span, format!("{what} names no source"))
        .help("add `source: ID`, or `source: assumption` with a note")
}

fn bad_ratio(node: &Node, example: &str, sink: &mut Sink) {
    sink.push(
        Diagnostic::at(
            Code::InvalidUnit,
            node.span,
            "this is not an amount per unit",
        )
        .help(format!("write it like `{example}`")),
    );
}

/// A quantity per unit such as `0.019 kg/t`, converted to `upper` per `lower`.
fn ratio(node: &Node, upper: &Unit, lower: &Unit, sink: &mut Sink) -> Option<f64> {
    let word = text(node, "yield", sink)?;
    let Some((above, below)) = word.split_once('/') else {
        bad_ratio(node, "0.019 kg/t", sink);
        return None;
    };
    let above = Node {
        span: node.span,
        kind: Kind::Text(above.into()),
    };
    let amount = amount_in(&above, upper, "yield", sink)?;
    let below = Node {
        span: node.span,
        kind: Kind::Text(format!("1 {}", below.trim()).into()),
    };
    let per = amount_in(&below, lower, "yield", sink)?;
    Some(amount / per)
}

/// A currency over a unit, such as `USD/kg`: the currency, and the factor from that unit to the commodity's.
fn money_per(node: &Node, unit: &Unit, sink: &mut Sink) -> Option<(Arc<str>, f64)> {
    let word = text(node, "unit", sink)?;
    let split = word
        .split_once('/')
        .filter(|(money, _)| is_currency(money.trim()));
    let Some((money, per)) = split else {
        bad_ratio(node, "USD/kg", sink);
        return None;
    };
    let per = Node {
        span: node.span,
        kind: Kind::Text(format!("1 {}", per.trim()).into()),
    };
    let size = amount_in(&per, unit, "unit", sink)?;
    Some((money.trim().into(), 1.0 / size))
}

fn is_currency(word: &str) -> bool {
    word.len() == 3 && word.chars().all(|c| c.is_ascii_uppercase())
}

/// `40 MUSD per kt` or `40 MUSD/kt` as money per unit of capacity.
fn capital_cost(node: &Node, unit: &Unit, sink: &mut Sink) -> Option<(f64, Arc<str>)> {
    let word = text(node, "cost", sink)?;
    let split = word.split_once(" per ").or_else(|| word.split_once('/'));
    let money = split.and_then(|(money, per)| {
        let (number, currency) = money.trim().rsplit_once(' ')?;
        let (factor, code) = match currency.len() {
            4 => (
                match currency.chars().next()? {
                    'k' => 1e3,
                    'M' => 1e6,
                    'G' | 'B' => 1e9,
                    _ => return None,
                },
                &currency[1..],
            ),
            3 => (1.0, currency),
            _ => return None,
        };
        is_currency(code).then_some(())?;
        Some((
            parse_number(number).ok().filter(|n| *n >= 0.0)? * factor,
            code,
            per,
        ))
    });
    let Some((value, code, per)) = money else {
        bad_ratio(node, "40 MUSD per kt", sink);
        return None;
    };
    let per = Node {
        span: node.span,
        kind: Kind::Text(format!("1 {}", per.trim()).into()),
    };
    let size = amount_in(&per, unit, "cost", sink)?;
    Some((value / size, code.into()))
}

const DAYS_PER_MONTH: f64 = 365.25 / 12.0;

/// A time such as `14 d`, `6 weeks` or `36 months`, in days.
pub(crate) fn duration(node: &Node, what: &str, sink: &mut Sink) -> Option<f64> {
    let word = text(node, what, sink)?;
    let digits = word
        .trim()
        .find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | '_')))
        .unwrap_or(word.trim().len());
    let (number, unit) = word.trim().split_at(digits);
    let factor = match unit.trim() {
        "h" | "hours" => 1.0 / 24.0,
        "d" | "day" | "days" => 1.0,
        "w" | "week" | "weeks" => 7.0,
        "month" | "months" => DAYS_PER_MONTH,
        "y" | "year" | "years" => 365.25,
        _ => {
            sink.push(
                Diagnostic::at(
                    Code::InvalidUnit,
                    node.span,
                    format!("`{what}` is no length of time"),
                )
                .help("write it like `14 d`, `6 weeks` or `36 months`"),
            );
            return None;
        }
    };
    let number = Node {
        span: node.span,
        kind: Kind::Text(number.into()),
    };
    Some(fields::number(&number, what, sink)? * factor)
}

/// Owners with their parts; more than the whole is an error.
pub(crate) fn owners(node: &Node, sink: &mut Sink) -> Vec<(Arc<str>, f64)> {
    let mut found: Vec<(Arc<str>, f64)> = Vec::new();
    for (key, value) in mapping(node, "`owners`", sink).unwrap_or_default() {
        if let Some(part) = fields::share(value, key_text(key), sink) {
            found.push((key_text(key).into(), part));
        }
    }
    let sum: f64 = found.iter().map(|(_, part)| part).sum();
    if sum > 1.0 + SHARE_SUM_TOLERANCE {
        sink.push(
            Diagnostic::at(
                Code::OwnershipSum,
                node.span,
                format!("the owners hold {:.1} % together", sum * 100.0),
            )
            .help("the parts add up to 100 % at most"),
        );
    }
    found.sort_by(|a, b| a.0.cmp(&b.0));
    found
}

fn read_companies(
    node: &Node,
    names: &Names,
    parts: &mut NetworkParts,
    seen: &mut BTreeMap<Arc<str>, Span>,
    sink: &mut Sink,
) {
    for (key, value) in mapping(node, "`companies`", sink).unwrap_or_default() {
        if !fields::check_id(key_text(key), key.span, &"company", &[], sink) {
            continue;
        }
        if let Some(first) = seen.insert(key_text(key).into(), key.span) {
            sink.push(defined_twice("company", key_text(key), first, key.span));
            continue;
        }
        let Some(fields) = Fields::open(
            value,
            "a company",
            &["country", "owners", "source", "note"],
            sink,
        ) else {
            continue;
        };
        let id: Arc<str> = key_text(key).into();
        if let Some(country) = fields
            .get("country")
            .and_then(|n| names.country_at(n, sink))
        {
            parts.company_countries.insert(id.clone(), country);
        }
        if let Some(list) = fields.get("owners") {
            parts.company_owners.insert(id.clone(), owners(list, sink));
        }
        provenance(&fields, names, sink);
    }
}

/// Refuses companies that own one another in a circle.
fn check_ownership(
    owners: &BTreeMap<Arc<str>, Vec<(Arc<str>, f64)>>,
    spans: &BTreeMap<Arc<str>, Span>,
    sink: &mut Sink,
) {
    let mut graph: GraphMap<&str, (), Directed> = GraphMap::new();
    for (company, parts) in owners {
        for (owner, _) in parts {
            graph.add_edge(&**company, &**owner, ());
        }
    }
    for circle in kosaraju_scc(&graph) {
        if circle.len() == 1 && !graph.contains_edge(circle[0], circle[0]) {
            continue;
        }
        // The one that stands last closes the circle.
        let last = circle
            .iter()
            .filter_map(|id| spans.get(*id).map(|span| (*span, *id)))
            .max();
        if let Some((span, id)) = last {
            sink.push(
                Diagnostic::at(
                    Code::OwnershipCycle,
                    span,
                    format!("`{}` owns itself by way of others", printable(id)),
                )
                .label("closes the circle")
                .help("ownership runs one way; remove the part that closes the circle"),
            );
        }
    }
}

fn check_currencies(parts: &NetworkParts, names: &Names, sink: &mut Sink) {
    let mut first: Option<(&str, usize)> = None;
    for (at, commodity) in parts.commodities.iter().enumerate() {
        let Some(price) = &commodity.price else {
            continue;
        };
        match first {
            None => first = Some((&price.currency, at)),
            Some((currency, _)) if *currency == *price.currency => {}
            Some((currency, other)) => {
                let message = format!(
                    "`{}` is priced in {} and `{}` in {currency}",
                    commodity.id, price.currency, parts.commodities[other].id
                );
                let mut diagnostic = Diagnostic::global(Code::MixedCurrency, message)
                    .help("convert all prices to one currency, and say at which rate in a note");
                diagnostic.span = names.commodity_spans[at];
                diagnostic.label = format!("priced in {}", price.currency);
                if let Some(span) = names.commodity_spans[other] {
                    diagnostic = diagnostic.other(span, format!("priced in {currency}"));
                }
                sink.push(diagnostic);
            }
        }
    }
}
