//! A programme scaled so that its numbers are near 1, by rows and by columns.

use crate::analysis::rerouting::solver::{Lp, ROUNDING};

/// Lines of a sparse matrix.
#[derive(Debug)]
pub(super) struct Lines {
    starts: Vec<usize>,
    at: Vec<u32>,
    factors: Vec<f64>,
}

impl Lines {
    fn new(lines: &[Vec<(u32, f64)>]) -> Self {
        let mut starts = Vec::with_capacity(lines.len() + 1);
        starts.push(0);
        let (mut at, mut factors) = (Vec::new(), Vec::new());
        for line in lines {
            at.extend(line.iter().map(|(at, _)| *at));
            factors.extend(line.iter().map(|(_, factor)| *factor));
            starts.push(at.len());
        }
        Self {
            starts,
            at,
            factors,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// What stands in a line: position and factor.
    pub(super) fn terms(&self, line: usize) -> impl Iterator<Item = (usize, f64)> + '_ {
        let range = self.starts[line]..self.starts[line + 1];
        let at = self.at[range.clone()].iter().map(|at| *at as usize);
        at.zip(self.factors[range].iter().copied())
    }

    /// The sum over a line of factor times value.
    pub(super) fn sum(&self, line: usize, values: &[f64]) -> f64 {
        self.terms(line).map(|(at, f)| f * values[at]).sum()
    }
}

/// Maximise `gain x` with `rows x <= room` and `0 <= x <= upper`.
#[derive(Debug)]
pub(super) struct Scaled {
    pub(super) rows: Lines,
    pub(super) columns: Lines,
    pub(super) gain: Vec<f64>,
    pub(super) room: Vec<f64>,
    pub(super) upper: Vec<f64>,
}

impl Scaled {
    /// None if a column has no upper bound, or zero is no solution.
    pub(super) fn new(lp: &Lp) -> Option<Self> {
        let upper = most(lp);
        if upper.iter().any(|u| !u.is_finite()) || lp.rows.iter().any(|r| r.upper < -ROUNDING) {
            return None;
        }
        let (of_rows, of_columns) = scales(lp, &upper);
        let rows: Vec<Vec<(u32, f64)>> = lp
            .rows
            .iter()
            .zip(&of_rows)
            .map(|(row, scale)| {
                let scaled = |(c, f): &(usize, f64)| (*c as u32, f * scale * of_columns[*c]);
                row.terms.iter().map(scaled).collect()
            })
            .collect();
        let mut columns = vec![Vec::new(); lp.columns.len()];
        for (at, row) in rows.iter().enumerate() {
            for (column, factor) in row {
                columns[*column as usize].push((at as u32, *factor));
            }
        }
        let gains = lp.columns.iter().zip(&of_columns);
        Some(Self {
            rows: Lines::new(&rows),
            columns: Lines::new(&columns),
            gain: gains.map(|(c, scale)| c.objective * scale).collect(),
            room: (lp.rows.iter().zip(&of_rows))
                .map(|(r, scale)| r.upper.max(0.0) * scale)
                .collect(),
            upper: (upper.iter().zip(&of_columns))
                .map(|(u, scale)| u / scale)
                .collect(),
        })
    }

    /// What column by column one more unit would bring, less what its rows charge for it.
    pub(super) fn surplus(&self, column: usize, prices: &[f64]) -> f64 {
        self.gain[column] - self.columns.sum(column, prices)
    }

    /// The largest factor by which the rows can stretch a vector, nearly: by power iteration.
    pub(super) fn stretch(&self) -> f64 {
        const ROUNDS: usize = 40;
        let mut x: Vec<f64> = (0..self.columns.len())
            .map(|at| 1.0 + 0.1 * (at % 7) as f64)
            .collect();
        let mut stretched = 1.0;
        for _ in 0..ROUNDS {
            let y: Vec<f64> = (0..self.rows.len()).map(|r| self.rows.sum(r, &x)).collect();
            x = (0..x.len()).map(|c| self.columns.sum(c, &y)).collect();
            stretched = size(&x);
            if stretched <= 0.0 {
                return 1.0;
            }
            for x in &mut x {
                *x /= stretched;
            }
        }
        stretched.sqrt()
    }
}

/// The most that each column can be, by its own bound and by what its rows leave.
fn most(lp: &Lp) -> Vec<f64> {
    const MOST_PASSES: usize = 100;
    const ROUNDING: f64 = 1e-14;
    let mut most: Vec<f64> = lp.columns.iter().map(|c| c.upper).collect();
    for _ in 0..MOST_PASSES {
        let mut lowered = false;
        // Suppliers are written after those they supply.
        for row in lp.rows.iter().rev() {
            let gives = row.terms.iter().filter(|(_, factor)| *factor < 0.0);
            let given: f64 = gives.map(|(c, factor)| -factor * most[*c]).sum();
            let room = row.upper + given;
            if !room.is_finite() {
                continue;
            }
            for (column, factor) in row.terms.iter().filter(|(_, factor)| *factor > 0.0) {
                let left = (room / factor).max(0.0);
                if left < most[*column] * (1.0 - ROUNDING) {
                    most[*column] = left;
                    lowered = true;
                }
            }
        }
        if !lowered {
            break;
        }
    }
    most
}

/// Factors of rows and columns: first the size of each column at its most, then ten rounds after Ruiz that bring the largest
/// number of each line near 1, then one after Pock and Chambolle that does so with the sums.
fn scales(lp: &Lp, upper: &[f64]) -> (Vec<f64>, Vec<f64>) {
    const ROUNDS: usize = 10;
    let mut rows = vec![1.0; lp.rows.len()];
    let column = |upper: &f64| if *upper > 0.0 { *upper } else { 1.0 };
    let mut columns: Vec<f64> = upper.iter().map(column).collect();
    for round in 0..=ROUNDS {
        let mut of_rows = vec![0.0_f64; rows.len()];
        let mut of_columns = vec![0.0_f64; columns.len()];
        for (at, row) in lp.rows.iter().enumerate() {
            for (column, factor) in &row.terms {
                let size = (factor * rows[at] * columns[*column]).abs();
                for sum in [&mut of_rows[at], &mut of_columns[*column]] {
                    *sum = if round < ROUNDS {
                        sum.max(size)
                    } else {
                        *sum + size
                    };
                }
            }
        }
        for (scale, of) in (rows.iter_mut().zip(of_rows)).chain(columns.iter_mut().zip(of_columns))
        {
            if of > 0.0 {
                *scale /= of.sqrt();
            }
        }
    }
    (rows, columns)
}

/// The Euclidean length.
pub(super) fn size(values: &[f64]) -> f64 {
    values.iter().map(|v| v * v).sum::<f64>().sqrt()
}

/// How far apart two points are.
pub(super) fn distance(a: &[f64], b: &[f64]) -> f64 {
    let squares = a.iter().zip(b).map(|(a, b)| (a - b) * (a - b));
    squares.sum::<f64>().sqrt()
}
