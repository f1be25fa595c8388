//! The only place that names the solver.

use super::condense::{Condensed, Substitute, condense};
use super::{first_order, presolve};
use good_lp::solvers::microlp::microlp;
use good_lp::{Expression, ProblemVariables, Solution as _, SolverModel as _, Variable, variable};

/// A row that asks for no more than this is taken to ask for nothing: sums of large amounts leave as much.
pub(super) const ROUNDING: f64 = 1e-12;

/// The solver gave up.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the linear programme could not be solved: {0}")]
pub struct SolverError(String);

impl SolverError {
    /// No answer within the tries there are.
    #[must_use]
    pub fn gave_up() -> Self {
        Self("no answer".to_owned())
    }
}

/// A variable from 0 to `upper`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Column {
    pub(super) upper: f64,
    pub(super) objective: f64,
}

/// A sum of columns that may not exceed `upper`.
#[derive(Clone, Debug, Default)]
pub(super) struct Row {
    pub(super) terms: Vec<(usize, f64)>,
    pub(super) upper: f64,
}

/// A linear programme in its own words.
#[derive(Clone, Debug, Default)]
pub(super) struct Lp {
    pub(super) columns: Vec<Column>,
    pub(super) rows: Vec<Row>,
}

/// What the solver found.
#[derive(Clone, Debug)]
pub(super) struct Solution {
    pub(super) objective: f64,
    pub(super) values: Vec<f64>,
}

impl Lp {
    pub(super) fn column(&mut self, upper: f64, objective: f64) -> usize {
        self.columns.push(Column { upper, objective });
        self.columns.len() - 1
    }

    pub(super) fn row(&mut self, upper: f64) -> usize {
        self.rows.push(Row {
            terms: Vec::new(),
            upper,
        });
        self.rows.len() - 1
    }

    pub(super) fn add(&mut self, row: usize, column: usize, factor: f64) {
        self.rows[row].terms.push((column, factor));
    }

    /// Factors by which rows and columns are multiplied so that their numbers are near 1: solvers lose small ones beside large.
    fn scaling(&self) -> (Vec<f64>, Vec<f64>) {
        const ROUNDS: usize = 4;
        let mut rows = vec![1.0; self.rows.len()];
        let mut columns = vec![1.0; self.columns.len()];
        for _ in 0..ROUNDS {
            let mut of_columns = vec![(f64::INFINITY, 0.0_f64); columns.len()];
            for (row, scale) in self.rows.iter().zip(&mut rows) {
                let mut range = (f64::INFINITY, 0.0_f64);
                for (column, factor) in row.terms.iter().filter(|(_, f)| f.abs() > 0.0) {
                    let size = factor.abs() * columns[*column];
                    range = (range.0.min(size), range.1.max(size));
                }
                if range.1 > 0.0 {
                    *scale = power_of_two(1.0 / (range.0 * range.1).sqrt());
                }
                for (column, factor) in row.terms.iter().filter(|(_, f)| f.abs() > 0.0) {
                    let size = factor.abs() * *scale;
                    let range = &mut of_columns[*column];
                    *range = (range.0.min(size), range.1.max(size));
                }
            }
            for (scale, range) in columns.iter_mut().zip(of_columns) {
                if range.1 > 0.0 {
                    *scale = power_of_two(1.0 / (range.0 * range.1).sqrt());
                }
            }
        }
        (rows, columns)
    }

    /// Finds the largest objective.
    pub(super) fn maximise(&self) -> Result<Solution, SolverError> {
        let reduced = presolve::reduce(self);
        let mut values = vec![0.0; self.columns.len()];
        for (column, value) in reduced.columns.iter().zip(reduced.lp.solve()?) {
            values[*column] = value;
        }
        let objective = self
            .columns
            .iter()
            .zip(&values)
            .map(|(c, v)| c.objective * v)
            .sum();
        Ok(Solution { objective, values })
    }

    /// The largest objective alone, which takes less work than where it is reached.
    pub(super) fn largest(&self) -> Result<f64, SolverError> {
        let Condensed { lp, constant } = condense(self, Substitute::All);
        let values = lp.solve()?;
        let gains = lp.columns.iter().zip(values).map(|(c, v)| c.objective * v);
        Ok(constant + gains.sum::<f64>())
    }

    /// The same where many flows can stand in for one another. What is large goes to the first-order method, which proves its
    /// answer; the rest, and what that cannot prove, to the solver, which may not leave what is proved.
    pub(super) fn largest_of_flows(&self) -> Result<f64, SolverError> {
        const LARGE: usize = 400;
        /// So much may be left open where the solver has no answer.
        const NEAR: f64 = 1e-7;
        if self.columns.len() < LARGE {
            return self.largest();
        }
        let Condensed { lp, constant } = condense(self, Substitute::OneForOne);
        let large = lp.columns.len() >= LARGE;
        let Some(proved) = large.then(|| first_order::largest(&lp)).flatten() else {
            return self.largest();
        };
        if proved.meet() {
            return Ok(constant + proved.middle());
        }
        match self.largest() {
            Err(_) if proved.upper - proved.lower <= NEAR => Ok(constant + proved.middle()),
            solved => {
                // Not clamp, which panics where rounding has put the bounds the wrong way round.
                solved.map(|s| s.max(constant + proved.lower).min(constant + proved.upper))
            }
        }
    }

    /// The values of its columns where the objective is largest.
    fn solve(&self) -> Result<Vec<f64>, SolverError> {
        if self.columns.is_empty() {
            return match self.rows.iter().any(|r| r.upper < -ROUNDING) {
                true => Err(SolverError("nothing can be made".to_owned())),
                false => Ok(Vec::new()),
            };
        }
        let (row_scale, column_scale) = self.scaling();
        let mut variables = ProblemVariables::new();
        let columns: Vec<Variable> = self
            .columns
            .iter()
            .zip(&column_scale)
            .map(|(c, scale)| {
                let definition = variable().min(0.0);
                variables.add(if c.upper.is_finite() {
                    definition.max(c.upper.max(0.0) / scale)
                } else {
                    definition
                })
            })
            .collect();
        let sum = |terms: &mut dyn Iterator<Item = (usize, f64)>| {
            let mut sum = Expression::with_capacity(4);
            for (column, factor) in terms {
                sum.add_mul(factor * column_scale[column], columns[column]);
            }
            sum
        };
        let objective = sum(&mut self
            .columns
            .iter()
            .enumerate()
            .filter(|(_, c)| c.objective.abs() > 0.0)
            .map(|(at, c)| (at, c.objective)));
        let mut model = variables.maximise(objective).using(microlp);
        for (row, scale) in self.rows.iter().zip(&row_scale) {
            let terms = &mut row
                .terms
                .iter()
                .map(|(column, factor)| (*column, factor * scale));
            model.add_constraint(sum(terms).leq(row.upper * scale));
        }
        let solution = model.solve().map_err(|e| SolverError(e.to_string()))?;
        let value = |(c, scale): (&Variable, &f64)| solution.value(*c) * scale;
        Ok(columns.iter().zip(&column_scale).map(value).collect())
    }
}

/// The nearest power of two, which scales without rounding.
fn power_of_two(x: f64) -> f64 {
    x.log2().round().exp2()
}
