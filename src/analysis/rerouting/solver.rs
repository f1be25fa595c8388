//! The only place that names the solver.

use good_lp::solvers::microlp::microlp;
use good_lp::{Expression, ProblemVariables, Solution as _, SolverModel as _, Variable, variable};

/// The solver gave up.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the linear programme could not be solved: {0}")]
pub struct SolverError(String);

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

    /// Finds the largest objective.
    pub(super) fn maximise(&self) -> Result<Solution, SolverError> {
        let mut variables = ProblemVariables::new();
        let columns: Vec<Variable> = self
            .columns
            .iter()
            .map(|c| {
                let definition = variable().min(0.0);
                variables.add(if c.upper.is_finite() {
                    definition.max(c.upper.max(0.0))
                } else {
                    definition
                })
            })
            .collect();
        let sum = |terms: &mut dyn Iterator<Item = (usize, f64)>| {
            let mut sum = Expression::with_capacity(4);
            for (column, factor) in terms {
                sum.add_mul(factor, columns[column]);
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
        for row in &self.rows {
            model.add_constraint(sum(&mut row.terms.iter().copied()).leq(row.upper));
        }
        let solution = model.solve().map_err(|e| SolverError(e.to_string()))?;
        let values: Vec<f64> = columns.iter().map(|c| solution.value(*c)).collect();
        let objective = self
            .columns
            .iter()
            .zip(&values)
            .map(|(c, v)| c.objective * v)
            .sum();
        Ok(Solution { objective, values })
    }
}
