//! What binds first when output is scaled up, and how far today's capacity reaches. Equations in `docs/methods.md`,
//! Limits.

mod gains;
pub(super) mod power;
mod reach;
mod tally;

use serde::Serialize;

pub use power::PowerLimit;
pub use reach::Reach;

use super::entitlement::is_relative;
use super::{Loss, Priority, Reroute, Rerouting, SolverError};
use crate::analysis::requirement::{Requirement, requirement};
use crate::graph::SupplyGraph;
use crate::model::{CommodityIx, Country, some_of};
use gains::Gains;
use reach::Reacher;
use tally::Tally;

/// Commodities that a note names.
const MOST_NAMED: usize = 6;

/// How much of the product is wanted a year.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Wanted {
    /// What is made at present.
    #[default]
    Present,
    /// So many units.
    Amount(f64),
    /// The most that today's capacity allows.
    Most,
}

/// What is wanted, and who is gone.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LimitsQuery {
    /// Output wanted.
    pub wanted: Wanted,
    /// Countries that are gone.
    pub without: Vec<Country>,
}

/// Why the files do not say how much of a product is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnknownOutput {
    /// Its table has only shares.
    Shares,
    /// No site makes it.
    NoMaker,
    /// A site that makes it states no output.
    NoAmount,
}

impl UnknownOutput {
    /// The reason in words.
    #[must_use]
    pub fn why(self) -> &'static str {
        match self {
            Self::Shares => "its production table has shares but no `total`",
            Self::NoMaker => "the files name nobody who makes it",
            Self::NoAmount => "the files do not say how much its makers put out",
        }
    }

    /// What to add to the files.
    #[must_use]
    pub fn cure(self) -> &'static str {
        match self {
            Self::Shares => "add a `total`",
            Self::NoMaker => "add a table or a site with its output",
            Self::NoAmount => "add their output",
        }
    }
}

/// What a by-product hangs on.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct HostYield {
    /// Host commodity.
    pub commodity: String,
    /// Units of the by-product that the host's capacity yields a year, wherever that is.
    pub limit: f64,
}

/// One commodity at the target.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CommodityLimit {
    /// Commodity id.
    pub commodity: String,
    /// Stage word.
    pub stage: &'static str,
    /// Unit of all amounts of the row, which are per year.
    pub unit: String,
    /// False for what a country makes for itself.
    pub traded: bool,
    /// Whether it is the product itself, made at its own plants.
    pub is_product: bool,
    /// Required at the target; null for what is reached only as a host.
    pub required: Option<f64>,
    /// Output of all makers left; null where the files do not say it in amounts.
    pub output: Option<f64>,
    /// Capacity of all makers left, at least their output.
    pub capacity: Option<f64>,
    /// Required over output.
    pub part_of_output: Option<f64>,
    /// What its host yields, if it is a by-product.
    pub host: Option<HostYield>,
    /// Capacity that hosts of the same country allow to be used.
    pub capacity_after_host: Option<f64>,
    /// What other users take today of the makers left; 0 where the product is served first.
    pub others: Option<f64>,
    /// Capacity after the host less what others take.
    pub available: Option<f64>,
    /// Required over available: above 1 it cannot be had. Null where nothing is available, or its amount not known.
    pub ratio: Option<f64>,
    /// Units of the product gained by one more unit of capacity, where the product's own sites count.
    pub marginal_gain: Option<f64>,
    /// The same where they do not.
    pub marginal_gain_upstream: Option<f64>,
}

/// What stands in the way of a product at some output.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Limits {
    /// Units of the product a year that the rows are for.
    pub target: f64,
    /// Whether that was asked for, and is not what is made at present.
    #[serde(skip)]
    pub target_asked: bool,
    /// Unit of the product.
    pub unit: String,
    /// Made at present; null where the files do not say it in amounts.
    pub present: Option<f64>,
    /// Why that is not known, and what would help.
    #[serde(skip)]
    pub present_unknown: Option<UnknownOutput>,
    /// `pro-rata` or `first`.
    pub priority: &'static str,
    /// Codes of the countries gone.
    pub without: Vec<String>,
    /// How far today's capacity reaches.
    #[serde(flatten)]
    pub reach: Reach,
    /// The same if the product came before all other users; null where it does already.
    pub served_first: Option<Reach>,
    /// By what binds first.
    pub commodities: Vec<CommodityLimit>,
    /// What has to be generated, country by country; by its share of generation.
    pub power: Vec<PowerLimit>,
    /// What the reader should know.
    pub notes: Vec<String>,
}

impl Rerouting<'_> {
    /// Works out what binds first at an output, and the most that can be made.
    ///
    /// Only for the rules `market`.
    ///
    /// # Errors
    /// If the solver gives up.
    pub fn limits(&self, query: &LimitsQuery) -> Result<Limits, SolverError> {
        debug_assert_eq!(self.rules.reroute, Reroute::Market);
        let network = self.graph.network;
        let unhindered = network.unhindered();
        let before = unhindered
            .as_ref()
            .map(|network| SupplyGraph::new(network, &self.graph.asked));
        let before = before.as_ref().unwrap_or(self.graph);
        let required = requirement(before);
        let loss = self.loss_of_countries(&query.without);
        let tallies = self.tallies(&required, &loss);
        let reacher = Reacher::new(self, &loss, &tallies);
        let (mut reach, gains) = reacher.reach(self.rules.priority)?;
        let served_first = match self.rules.priority {
            Priority::ProRata => Some(reacher.reach(Priority::First)?.0),
            Priority::First => None,
        };
        let mut notes: Vec<String> = self.present_source().into_iter().collect();
        let target = self.target(query.wanted, &reach, &mut notes);
        let mut commodities: Vec<CommodityLimit> = tallies
            .iter()
            .map(|t| self.row(t, target, &gains))
            .collect();
        commodities.sort_by(binds_first);
        // What binds together stands in the order of the rows.
        let place = |id: &String| commodities.iter().position(|r| r.commodity == *id);
        if reach.together {
            reach.limited_by.sort_by_key(place);
        }
        if reach.together_upstream {
            reach.limited_by_upstream.sort_by_key(place);
        }
        let power = power::power(self, before, &required, &query.without, target, &gains);
        notes.extend(self.limit_notes(&commodities, &power, &reach));
        Ok(Limits {
            target,
            target_asked: query.wanted != Wanted::Present,
            unit: self.product_word(|c| c.unit.to_string()),
            present: self.cast.known_present.then_some(self.cast.present),
            present_unknown: self.present_unknown(),
            priority: match self.rules.priority {
                Priority::ProRata => "pro-rata",
                Priority::First => "first",
            },
            without: query.without.iter().map(|c| c.code().to_owned()).collect(),
            reach,
            served_first,
            commodities,
            power,
            notes,
        })
    }

    /// Every commodity that the product requires, or that what it requires is a by-product of.
    fn tallies(&self, required: &Requirement, loss: &Loss<'_>) -> Vec<Tally> {
        let commodities = self.graph.network.commodities().iter().enumerate();
        let asked = commodities.map(|(at, _)| CommodityIx(at as u32));
        let hosts = |c: CommodityIx| self.cast.ties.iter().any(|t| t.host == c);
        asked
            .filter(|c| required.of_commodity(*c) > 0.0 || hosts(*c))
            .map(|c| tally::tally(self, c, required.of_commodity(c), loss))
            .collect()
    }

    /// Why nobody knows how much of the product is made, where that is so.
    pub(super) fn present_unknown(&self) -> Option<UnknownOutput> {
        let product = self.cast.product?;
        if self.cast.known_present {
            return None;
        }
        let mut own = self.cast.actors.iter().filter(|a| a.own);
        Some(if is_relative(self.graph.network, product) {
            UnknownOutput::Shares
        } else if own.all(|a| a.site.is_none()) {
            UnknownOutput::NoMaker
        } else {
            UnknownOutput::NoAmount
        })
    }

    /// Where the product's present output was read, if its table gives that apart from its shares.
    pub(super) fn present_source(&self) -> Option<String> {
        let product = self.graph.network.commodity(self.cast.product?);
        let table = product.production.as_ref()?;
        let total = table.total.as_ref().filter(|_| self.cast.known_present)?;
        let note = total.note.as_ref();
        let note = note.map_or_else(String::new, |n| format!(" ({n})"));
        let source = match &total.source {
            _ if total.is_assumption() => "is an assumption".to_owned(),
            Some(source) => format!("was read in {source}"),
            None => return None,
        };
        Some(format!("the world output of {} {source}{note}", product.id))
    }

    fn target(&self, wanted: Wanted, reach: &Reach, notes: &mut Vec<String>) -> f64 {
        let most = match wanted {
            Wanted::Amount(amount) => return amount,
            Wanted::Present => None,
            Wanted::Most => reach.max_high,
        };
        if wanted == Wanted::Most && most.is_none() {
            notes.push(
                "nothing whose capacity is known limits the product, so that there is no most"
                    .to_owned(),
            );
        }
        if let (None, Some(unknown)) = (most, self.present_unknown()) {
            notes.push(format!(
                "{}, so that the rows are for one unit a year: {}, or give a --target",
                unknown.why(),
                unknown.cure()
            ));
        }
        most.unwrap_or(self.cast.present)
    }

    fn row(&self, tally: &Tally, target: f64, gains: &Gains) -> CommodityLimit {
        let network = self.graph.network;
        let commodity = network.commodity(tally.commodity);
        let required = (tally.per_unit > 0.0).then_some(tally.per_unit * target);
        let over = |of: Option<f64>| Some(required? / of.filter(|o| *o > 0.0)?);
        // Of what is reached only as a host nothing is asked for.
        let available = required.and(tally.available(self.rules.priority));
        let (gain, upstream) = gains.of(tally.commodity, None);
        CommodityLimit {
            commodity: commodity.id.to_string(),
            stage: commodity.stage.word(),
            unit: commodity.unit.to_string(),
            traded: commodity.traded,
            is_product: self.cast.product == Some(tally.commodity),
            required,
            output: tally.amounts.map(|a| a.output),
            capacity: tally.amounts.map(|a| a.capacity),
            part_of_output: over(tally.amounts.map(|a| a.output)),
            host: tally.host.map(|(host, limit)| HostYield {
                commodity: network.commodity(host).id.to_string(),
                limit,
            }),
            capacity_after_host: tally.amounts.map(|a| a.after_host),
            others: required.and(tally.others(self.rules.priority)),
            available,
            ratio: over(available),
            marginal_gain: gain,
            marginal_gain_upstream: upstream,
        }
    }

    fn limit_notes(
        &self,
        rows: &[CommodityLimit],
        power: &[PowerLimit],
        reach: &Reach,
    ) -> Vec<String> {
        let network = self.graph.network;
        let mut notes = Vec::new();
        let unknown: Vec<&str> = rows
            .iter()
            .filter(|r| r.available.is_none() && r.required.is_some())
            .map(|r| &*r.commodity)
            .collect();
        if !unknown.is_empty() {
            let relative = unknown.iter().filter(|id| {
                let found = network.find_commodity(id);
                found.is_some_and(|c| is_relative(network, c))
            });
            notes.push(format!(
                "{} of {} commodities have no capacity in amounts ({} of them only shares) and are no limit here: {}",
                unknown.len(),
                rows.len(),
                relative.count(),
                some_of(&unknown, MOST_NAMED)
            ));
        }
        if self.rules.priority == Priority::ProRata {
            if !self.cast.known_present {
                notes.push("the product has no output in amounts, so that beside other users it finds only spare capacity and what one unit takes today; `--priority first` shows what there is in all".to_owned());
            }
            let spare = rows.iter().filter(|r| r.traded && r.available.is_some());
            let full = spare.clone().filter(|r| r.capacity <= r.output).count();
            if full > 0 {
                notes.push(format!(
                    "{full} of {} commodities with known amounts state no capacity above their output: nothing more of them can be had while other users keep their part",
                    spare.count()
                ));
            }
        }
        if reach.max.is_none() && reach.max_high.is_some() {
            notes.push("what is certain to be possible is not known, since neither the product's output nor some capacities are".to_owned());
        }
        if power.iter().any(|p| p.country == "ROW") {
            notes.push("ROW are other countries in each table, so that their power is set against no generation".to_owned());
        }
        let none_left: Vec<&str> = rows
            .iter()
            .filter(|r| r.available.is_some_and(|a| a <= 0.0))
            .map(|r| &*r.commodity)
            .collect();
        if !none_left.is_empty() && reach.max_upstream_high != Some(0.0) {
            notes.push(format!(
                "nothing is left of {}: the most holds as far as recipes can do without, by inputs that are not essential, substitutes or other routes",
                some_of(&none_left, MOST_NAMED)
            ));
        }
        let over = |n: &&String| n.starts_with("over-committed");
        notes.extend(self.cast.notes.iter().filter(over).cloned());
        notes
    }

    fn product_word(&self, word: impl Fn(&crate::model::Commodity) -> String) -> String {
        let product = self.cast.product.map(|p| self.graph.network.commodity(p));
        product.map_or_else(String::new, word)
    }
}

/// What binds first: what has nothing left, then the highest ratio; among equals, what takes most of the world's output.
fn binds_first(a: &CommodityLimit, b: &CommodityLimit) -> std::cmp::Ordering {
    let rank = |row: &CommodityLimit| match (row.required, row.available, row.ratio) {
        (Some(_), Some(_), None) => f64::INFINITY,
        (_, _, Some(ratio)) => digits(ratio),
        _ => -1.0,
    };
    let part = |row: &CommodityLimit| row.part_of_output.map_or(-1.0, digits);
    rank(b)
        .total_cmp(&rank(a))
        .then_with(|| part(b).total_cmp(&part(a)))
        .then_with(|| a.commodity.cmp(&b.commodity))
}

/// Nine digits of a positive number: ratios that are equal but for rounding are equal.
fn digits(x: f64) -> f64 {
    let size = 10_f64.powf(x.abs().max(f64::MIN_POSITIVE).log10().floor() - 8.0);
    if size > 0.0 {
        (x / size).round() * size
    } else {
        0.0
    }
}
