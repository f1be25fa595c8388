//! What to build, and where, so that a product no longer hangs on a country. Equations in `docs/methods.md`, Plans.

mod candidates;
mod curve;
mod infeasible;
mod new_sites;
mod notes;
mod programme;
mod rows;
mod solve;

use std::collections::BTreeSet;

use serde::Serialize;

pub use infeasible::BindingLimit;

use super::{Reroute, Rerouting, SolverError, UnknownOutput};
use crate::graph::SupplyGraph;
use crate::model::{CommodityIx, Country, Network};
use candidates::Candidates;
use programme::Writer;
use solve::Built;

/// What new capacity is weighed by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Costs {
    /// Build costs where every candidate has one, else value of output.
    #[default]
    Auto,
    /// Build costs; what has none cannot be built.
    Build,
    /// Value of a year's output; what has no price cannot be built.
    Value,
}

impl Costs {
    /// The word used in output.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Build => "build",
            Self::Value => "value",
        }
    }
}

/// What is to be kept, and what may be built.
#[derive(Clone, Debug, PartialEq)]
pub struct PlanQuery {
    /// Countries that are gone.
    pub without: Vec<Country>,
    /// The part of the product's present output that must still be made, 0 to 1.
    pub keep: f64,
    /// Where to build; wherever a commodity is made already if not given.
    pub within: Option<Vec<Country>>,
    /// Most of the product's supply of a commodity that one country may have, 0 to 1.
    pub max_share: Option<f64>,
    /// Most of a country's generation that new sites may use, 0 to 1.
    pub grid_share: f64,
    /// Years that a reserve has to last.
    pub life: f64,
    /// What new capacity is weighed by.
    pub costs: Costs,
}

/// An amount of something that a new site takes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Feedstock {
    /// Commodity id.
    pub commodity: String,
    /// Units per year at full capacity.
    pub amount: f64,
    /// The unit.
    pub unit: String,
}

/// What a new site asks of its country's power.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Power {
    /// The commodity, such as electricity.
    pub commodity: String,
    /// Units per year at full capacity.
    pub needed: f64,
    /// The unit.
    pub unit: String,
    /// What the country generates a year; null if the files do not say.
    pub generation: Option<f64>,
    /// Needed over generation.
    pub share: Option<f64>,
}

/// The host of a by-product that is to be recovered.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct HostLimit {
    /// Host commodity.
    pub commodity: String,
    /// Most of the by-product that the country's host capacity yields a year, what the plan adds to it included.
    pub most: f64,
    /// What can be recovered there already.
    pub used: f64,
}

/// New capacity for one commodity in one country.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PlanItem {
    /// Commodity id.
    pub commodity: String,
    /// Stage word.
    pub stage: &'static str,
    /// Alpha-3 code.
    pub country: String,
    /// Units per year.
    pub capacity: f64,
    /// The unit.
    pub unit: String,
    /// What it costs in money, or the value of its output a year.
    pub cost: f64,
    /// Months until it produces; null if the files do not say.
    pub lead_time_months: Option<f64>,
    /// Source of the build cost or the price.
    pub source: Option<String>,
    /// The least part of the product kept at which it enters.
    pub enters_at: f64,
    /// What it takes.
    pub feedstock: Vec<Feedstock>,
    /// What it asks of the country's power.
    pub power: Vec<Power>,
    /// What its host allows.
    pub host: Option<HostLimit>,
}

/// The least new capacity that keeps a part of a product.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Plan {
    /// Id of the product that is to be kept.
    #[serde(skip)]
    pub product: String,
    /// Countries that are gone.
    pub without: Vec<String>,
    /// The part of a commodity that one country may have at most, if that is bound.
    #[serde(skip)]
    pub max_share: Option<f64>,
    /// Those of the countries that are gone which have no known part in the product.
    #[serde(skip)]
    pub absent: Vec<String>,
    /// What was asked to be kept, 0 to 1.
    pub keep: f64,
    /// What is kept without building anything.
    pub kept_before: f64,
    /// What is kept with the plan; less than asked if that cannot be had.
    pub kept: f64,
    /// Present output of the product in its unit per year; null where the files give only shares, and amounts are for one unit.
    pub present: Option<f64>,
    /// Why that is not known, and what would help.
    #[serde(skip)]
    pub present_unknown: Option<UnknownOutput>,
    /// Unit of the product.
    pub unit: String,
    /// `build` or `value`.
    pub costs: &'static str,
    /// Currency of the costs.
    pub currency: Option<String>,
    /// Cost of all items; null if the target cannot be met.
    pub cost: Option<f64>,
    /// What to build, in the order in which it pays.
    pub items: Vec<PlanItem>,
    /// Part kept, and what that costs; convex.
    pub curve: Vec<(f64, f64)>,
    /// What stands in the way, where the target cannot be met.
    pub limits: Vec<BindingLimit>,
    /// What the reader should know.
    pub notes: Vec<String>,
}

/// Amounts below this part of a commodity's scale are the solver's rounding.
const NOISE: f64 = 1e-7;
/// Sites below this part are not worth a line.
const DUST: f64 = 1e-5;
/// Sites below this part are the solver's rounding and are left out of a plan that keeps small ones.
const NOTHING: f64 = 1e-10;

impl Rerouting<'_> {
    /// Finds the least new capacity that keeps a part of the product without some countries, by cost.
    ///
    /// Only for the rules `market`.
    ///
    /// # Errors
    /// If the solver gives up.
    pub fn plan(&self, query: &PlanQuery) -> Result<Plan, SolverError> {
        debug_assert_eq!(self.rules.reroute, Reroute::Market);
        let network = self.graph.network;
        let loss = self.loss_of_countries(&query.without);
        let before = self.kept(&loss)?;
        let candidates = Candidates::new(network, &self.cast, query);
        let mut plan = Plan {
            product: self.product_id(),
            without: query.without.iter().map(|c| c.code().to_owned()).collect(),
            max_share: query.max_share,
            absent: self.absent(&query.without),
            keep: query.keep,
            kept_before: before,
            kept: before,
            present: self.cast.known_present.then_some(self.cast.present),
            present_unknown: self.present_unknown(),
            unit: self.product_unit(),
            costs: candidates.costs.word(),
            currency: candidates.currency.clone(),
            cost: Some(0.0),
            items: Vec::new(),
            curve: vec![(before, 0.0)],
            limits: Vec::new(),
            notes: candidates.notes.clone(),
        };
        plan.notes.extend(self.present_source());
        if let Some(unknown) = plan.present_unknown {
            plan.notes.push(format!(
                "{}, so that capacities and costs are for one unit of it a year: {}",
                unknown.why(),
                unknown.cure()
            ));
        }
        plan.notes.extend(self.cast.notes.iter().cloned());
        if before >= query.keep - NOISE && query.max_share.is_none() {
            plan.notes.push("nothing has to be built".to_owned());
            return Ok(plan);
        }
        let writer = Writer::new(network, &self.cast, &candidates, query, &loss);
        let most = writer.most()?;
        if most < query.keep - NOISE {
            plan.kept = most;
            plan.cost = None;
            if let Some(product) = self.cast.product {
                let missing = (query.keep - most) * self.cast.present;
                plan.limits = infeasible::limits(
                    network,
                    &writer,
                    &candidates,
                    query.keep,
                    (product, missing),
                );
            }
            return Ok(plan);
        }
        let built = writer.settle(writer.cheapest(query.keep)?);
        let built = writer.clone().without_dust(built, DUST);
        plan.kept = query.keep;
        // Without building, the parts that countries may have may leave less than today's capacity could keep.
        let from = match query.max_share {
            Some(_) => writer.most_unbuilt()?.min(query.keep),
            None => before,
        };
        let entries = curve::entries(&writer, from, &built)?;
        plan.cost = Some(built.cost);
        plan.curve = curve::curve(&writer, from, &built)?;
        plan.items = items(self.graph, self, &candidates, &built, &entries);
        plan.notes
            .extend(notes::of_items(network, &plan.items, &candidates));
        Ok(plan)
    }

    /// Those of some countries from which the product takes nothing today.
    fn absent(&self, countries: &[Country]) -> Vec<String> {
        let actors = self.cast.of_process.iter().flatten();
        let present: BTreeSet<Country> = actors
            .filter_map(|at| self.cast.actors[*at].place.country())
            .collect();
        let absent = countries.iter().filter(|c| !present.contains(c));
        absent.map(|c| c.code().to_owned()).collect()
    }

    fn product_id(&self) -> String {
        let product = self.cast.product.map(|p| self.graph.network.commodity(p));
        product.map_or_else(String::new, |p| p.id.to_string())
    }

    fn product_unit(&self) -> String {
        let product = self.cast.product.map(|p| self.graph.network.commodity(p));
        product.map_or_else(String::new, |p| p.unit.to_string())
    }
}

fn items(
    graph: &SupplyGraph<'_>,
    rerouting: &Rerouting<'_>,
    candidates: &Candidates,
    built: &Built,
    entries: &[Option<f64>],
) -> Vec<PlanItem> {
    let network = graph.network;
    let mut items: Vec<PlanItem> = Vec::new();
    for (at, candidate) in candidates.all.iter().enumerate() {
        let amount = built.amounts[at];
        if amount <= NOTHING * rerouting.cast.scale(candidate.commodity) {
            continue;
        }
        let commodity = network.commodity(candidate.commodity);
        let takes = candidates::takes(candidate);
        let is_power = |c: CommodityIx| network.commodity(c).is_power();
        let generation = |c: CommodityIx| candidates::output_in(network, c, candidate.country);
        let power = takes
            .iter()
            .filter(|(c, _)| is_power(**c))
            .map(|(c, per_unit)| Power {
                commodity: network.commodity(*c).id.to_string(),
                needed: per_unit * amount,
                unit: network.commodity(*c).unit.to_string(),
                generation: generation(*c),
                share: generation(*c).map(|g| per_unit * amount / g),
            });
        let feedstock = takes
            .iter()
            .filter(|(c, _)| !is_power(**c))
            .map(|(c, per_unit)| Feedstock {
                commodity: network.commodity(*c).id.to_string(),
                amount: per_unit * amount,
                unit: network.commodity(*c).unit.to_string(),
            });
        items.push(PlanItem {
            commodity: commodity.id.to_string(),
            stage: commodity.stage.word(),
            country: candidate.country.code().to_owned(),
            capacity: amount,
            unit: commodity.unit.to_string(),
            cost: amount * candidate.cost,
            lead_time_months: candidate.lead_time,
            source: candidate.source.clone(),
            enters_at: entries[at].unwrap_or(built.keep),
            feedstock: feedstock.collect(),
            power: power.collect(),
            host: host_limit(network, candidates, built, candidate),
        });
    }
    items.sort_by(|a, b| {
        a.enters_at
            .total_cmp(&b.enters_at)
            .then_with(|| (&a.commodity, &a.country).cmp(&(&b.commodity, &b.country)))
    });
    items
}

fn host_limit(
    network: &Network,
    candidates: &Candidates,
    built: &Built,
    candidate: &candidates::Candidate,
) -> Option<HostLimit> {
    let tie = network
        .commodity(candidate.commodity)
        .byproduct_of
        .as_ref()?;
    let added: f64 = candidates
        .all
        .iter()
        .zip(&built.amounts)
        .filter(|(c, _)| c.commodity == tie.host && c.country == candidate.country)
        .map(|(_, n)| n)
        .sum();
    let there = candidates.capacity_in(tie.host, candidate.country);
    Some(HostLimit {
        commodity: network.commodity(tie.host).id.to_string(),
        most: tie.yield_per_host * (there + added),
        used: candidates.capacity_in(candidate.commodity, candidate.country),
    })
}
