//! What the programme of a plan is asked: the most that can be kept, the least cost of keeping a part, and what is short.

use rustc_hash::FxHashMap;

use super::NOISE;
use super::programme::{Limit, Writer};
use crate::analysis::rerouting::SolverError;
use crate::analysis::rerouting::solver::Lp;
use crate::model::{CommodityIx, Country};

/// What is built.
#[derive(Clone, Debug)]
pub(super) struct Built {
    pub(super) keep: f64,
    /// By candidate, in units per year.
    pub(super) amounts: Vec<f64>,
    pub(super) cost: f64,
}

impl Writer {
    /// What each limit lacks so that a part can be kept, in units of its commodity and as a part of what the product takes,
    /// such that the sum of the parts is least.
    pub(super) fn widened(&self, keep: f64) -> Result<Vec<(Limit, f64, f64)>, SolverError> {
        let mut lp = self.keeping(keep);
        // What may be built is short only if something below it is.
        let supply = self
            .pools
            .iter()
            .filter(|(c, _)| !self.may_build.contains(c))
            .map(|(c, row)| (Limit::Supply(*c), *row));
        let limits: Vec<(Limit, usize)> = self.limits.iter().copied().chain(supply).collect();
        let wider: Vec<usize> = limits
            .iter()
            .map(|(limit, row)| {
                let unit = self.row_unit(*limit);
                let column = lp.column(f64::INFINITY, -1.0);
                lp.add(*row, column, -unit);
                column
            })
            .collect();
        let values = lp.maximise()?.values;
        Ok(limits
            .iter()
            .zip(wider)
            .map(|((limit, _), column)| {
                let parts = values[column].max(0.0);
                (*limit, parts * self.scale_of(limit.commodity()), parts)
            })
            .collect())
    }

    /// Units of a limit's row in what the product takes of its commodity: rows of power are in its own units.
    fn row_unit(&self, limit: Limit) -> f64 {
        match limit {
            Limit::Grid(power, _) => self.scale_of(power),
            _ => 1.0,
        }
    }

    fn scale_of(&self, commodity: CommodityIx) -> f64 {
        self.commodity_scales[commodity.at()]
    }

    /// The most of the product that can be kept, whatever it costs.
    pub(super) fn most(&self) -> Result<f64, SolverError> {
        Ok(self.lp.maximise()?.objective)
    }

    /// The most that can be kept where nothing is built, within the parts that countries may have.
    pub(super) fn most_unbuilt(&self) -> Result<f64, SolverError> {
        let mut lp = self.lp.clone();
        for column in self.columns.iter().flatten() {
            lp.columns[*column].upper = 0.0;
        }
        Ok(lp.maximise()?.objective)
    }

    /// The programme of keeping a part, with nothing to maximise yet.
    fn keeping(&self, keep: f64) -> Lp {
        let mut lp = self.lp.clone();
        let row = lp.row(-keep);
        for last in &self.finals {
            lp.columns[*last].objective = 0.0;
            lp.add(row, *last, -1.0);
        }
        lp
    }

    /// Columns of what may be built, with what all that the product takes of each would cost.
    fn costs(&self) -> impl Iterator<Item = (usize, usize, f64)> {
        let cost = |(at, column): (usize, &Option<usize>)| {
            Some((at, (*column)?, self.costs[at] * self.scales[at]))
        };
        self.columns.iter().enumerate().filter_map(cost)
    }

    fn built(&self, keep: f64, values: &[f64]) -> Built {
        let amount =
            |at: usize| self.columns[at].map_or(0.0, |c| values[c].max(0.0) * self.scales[at]);
        let amounts: Vec<f64> = (0..self.columns.len()).map(amount).collect();
        let cost = amounts
            .iter()
            .zip(&self.costs)
            .map(|(n, cost)| n * cost)
            .sum();
        Built {
            keep,
            amounts,
            cost,
        }
    }

    /// The least cost of keeping a part.
    pub(super) fn cheapest(&self, keep: f64) -> Result<Built, SolverError> {
        let unit = self.costs().map(|(_, _, c)| c).fold(0.0, f64::max);
        let mut lp = self.keeping(keep);
        for (_, column, cost) in self.costs() {
            lp.columns[column].objective = -cost / unit.max(f64::MIN_POSITIVE);
        }
        Ok(self.built(keep, &lp.maximise()?.values))
    }

    /// The same with no more than a plan has of each site, the first by id where costs tie.
    pub(super) fn cheapest_of(&self, plan: &Built, keep: f64) -> Result<Built, SolverError> {
        const FIRST: f64 = 1e-6;
        let mut lp = self.keeping(keep);
        for (at, column, cost) in self.costs() {
            let first = FIRST * self.place_in_order(at);
            lp.columns[column].objective = -cost / plan.cost.max(f64::MIN_POSITIVE) - first;
            lp.columns[column].upper = plan.amounts[at] / self.scales[at] * (1.0 + NOISE);
        }
        Ok(self.built(keep, &lp.maximise()?.values))
    }

    /// From 1 for the first candidate in order to 2 for the last. It rises ever more slowly, so that where two may be swapped
    /// the one that comes first has as much as it can.
    fn place_in_order(&self, at: usize) -> f64 {
        1.0 + (1.0 + self.order[at] as f64).ln() / (1.0 + self.order.len() as f64).ln()
    }

    /// A plan without sites below a part of what the product takes of their commodity, for which the others make up. Where they
    /// cannot, or only at a cost that shows, the small ones stay.
    pub(super) fn without_dust(mut self, plan: Built, part: f64) -> Built {
        const TRIES: usize = 5;
        const SAME: f64 = 1.0 + 1e-4;
        let mut slim = plan.clone();
        for _ in 0..TRIES {
            let is_dust = |at: &usize| {
                let amount = slim.amounts[*at];
                amount > 0.0 && amount <= part * self.scales[*at]
            };
            let dust: Vec<usize> = (0..slim.amounts.len()).filter(is_dust).collect();
            if dust.is_empty() {
                return slim;
            }
            for column in dust.iter().filter_map(|at| self.columns[*at]) {
                self.lp.columns[column].upper = 0.0;
            }
            match self.cheapest(plan.keep) {
                Ok(other) if other.cost <= plan.cost * SAME => slim = self.settle(other),
                _ => break,
            }
        }
        plan
    }

    /// Among equally cheap plans, the one whose most in one country is least; among these, the first by id.
    pub(super) fn settle(&self, plan: Built) -> Built {
        const NO_MORE: f64 = 1.0 + NOISE;
        if plan.cost <= 0.0 {
            return plan;
        }
        let mut lp = self.keeping(plan.keep);
        let no_dearer = lp.row(NO_MORE);
        let largest = lp.column(f64::INFINITY, -1.0);
        let mut rows: FxHashMap<Country, usize> = FxHashMap::default();
        for (at, column, cost) in self.costs() {
            lp.add(no_dearer, column, cost / plan.cost);
            let row = *rows.entry(self.countries[at]).or_insert_with(|| {
                let row = lp.row(0.0);
                lp.add(row, largest, -1.0);
                row
            });
            lp.add(row, column, cost / plan.cost);
        }
        // Where the solver cannot tell equally cheap plans apart, the one at hand stands.
        let Ok(spread) = lp.maximise() else {
            return plan;
        };
        lp.columns[largest].objective = 0.0;
        lp.columns[largest].upper = spread.values[largest] * NO_MORE;
        for (at, column, _) in self.costs() {
            lp.columns[column].objective = -self.place_in_order(at);
        }
        let values = lp.maximise().map_or(spread.values, |s| s.values);
        self.built(plan.keep, &values)
    }
}
