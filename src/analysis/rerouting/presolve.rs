//! Makes a linear programme smaller without changing its answer: what must be 0, bounds written as rows, and rows that hold
//! whatever happens are left out. Andersen and Andersen, *Presolving in linear programming* (Mathematical Programming 71,
//! 1995), describe these steps and many more.

use super::solver::{Column, Lp, Row};

/// A smaller programme, and which column of the whole one each of its columns is.
#[derive(Debug)]
pub(super) struct Reduced {
    pub(super) lp: Lp,
    pub(super) columns: Vec<usize>,
}

/// What a look at one row says.
enum Verdict {
    Keep,
    /// It holds whatever happens, or its columns have taken it over.
    Drop,
}

/// Leaves out what cannot matter.
pub(super) fn reduce(lp: &Lp) -> Reduced {
    const MOST_PASSES: usize = 50;
    let mut upper: Vec<f64> = lp.columns.iter().map(|c| c.upper.max(0.0)).collect();
    let mut rows: Vec<Row> = lp
        .rows
        .iter()
        .filter(|r| r.upper.is_finite())
        .map(merged)
        .collect();
    for _ in 0..MOST_PASSES {
        let before = (rows.len(), count_open(&upper));
        rows.retain_mut(|row| matches!(look_at(row, &mut upper), Verdict::Keep));
        if before == (rows.len(), count_open(&upper)) {
            break;
        }
    }
    let columns: Vec<usize> = (0..upper.len()).filter(|c| upper[*c] > 0.0).collect();
    let mut place = vec![usize::MAX; upper.len()];
    for (at, column) in columns.iter().enumerate() {
        place[*column] = at;
    }
    for row in &mut rows {
        row.terms.retain(|(column, _)| upper[*column] > 0.0);
        for (column, _) in &mut row.terms {
            *column = place[*column];
        }
    }
    let column = |c: &usize| Column {
        upper: upper[*c],
        objective: lp.columns[*c].objective,
    };
    Reduced {
        lp: Lp {
            columns: columns.iter().map(column).collect(),
            rows,
        },
        columns,
    }
}

fn count_open(upper: &[f64]) -> usize {
    upper.iter().filter(|u| **u > 0.0).count()
}

/// The row with each column once.
fn merged(row: &Row) -> Row {
    let mut terms = row.terms.clone();
    terms.sort_by_key(|(column, _)| *column);
    terms.dedup_by(|next, kept| {
        let same = next.0 == kept.0;
        if same {
            kept.1 += next.1;
        }
        same
    });
    Row {
        terms,
        upper: row.upper,
    }
}

fn look_at(row: &mut Row, upper: &mut [f64]) -> Verdict {
    row.terms
        .retain(|(column, factor)| factor.abs() > 0.0 && upper[*column] > 0.0);
    if row.upper < 0.0 {
        return Verdict::Keep;
    }
    let takes = |(_, factor): &&(usize, f64)| *factor > 0.0;
    let most: f64 = row
        .terms
        .iter()
        .filter(takes)
        .map(|(column, factor)| factor * upper[*column])
        .sum();
    if most <= row.upper {
        return Verdict::Drop;
    }
    if row.terms.iter().any(|(_, factor)| *factor < 0.0) {
        return Verdict::Keep;
    }
    if row.upper <= 0.0 {
        for (column, _) in &row.terms {
            upper[*column] = 0.0;
        }
        return Verdict::Drop;
    }
    if let [(column, factor)] = row.terms[..] {
        upper[column] = upper[column].min(row.upper / factor);
        return Verdict::Drop;
    }
    Verdict::Keep
}

#[cfg(test)]
mod tests {
    use super::*;

    /// x <= 2 as a row, y <= 0 as a row, z <= x + y, and a row that always holds.
    #[test]
    fn what_cannot_matter_goes() {
        let mut lp = Lp::default();
        let [x, y, z] = [f64::INFINITY, 5.0, f64::INFINITY].map(|upper| lp.column(upper, 1.0));
        let row = lp.row(4.0);
        lp.add(row, x, 1.0);
        lp.add(row, x, 1.0);
        let row = lp.row(0.0);
        lp.add(row, y, 3.0);
        let row = lp.row(0.0);
        lp.add(row, z, 1.0);
        lp.add(row, x, -1.0);
        lp.add(row, y, -1.0);
        let row = lp.row(7.0);
        lp.add(row, x, 1.0);
        let reduced = reduce(&lp);
        assert_eq!(reduced.columns, [x, z]);
        assert_eq!(reduced.lp.rows.len(), 1);
        let solution = lp.maximise().unwrap();
        assert_eq!(solution.values, [2.0, 0.0, 2.0]);
    }

    #[test]
    fn what_cannot_be_stays_impossible() {
        let mut lp = Lp::default();
        let x = lp.column(1.0, 1.0);
        let row = lp.row(-2.0);
        lp.add(row, x, -1.0);
        assert!(lp.maximise().is_err());
        lp.columns[x].upper = 0.0;
        assert!(lp.maximise().is_err());
        lp.rows[row].upper = 0.0;
        assert!(lp.maximise().unwrap().objective.abs() < 1e-12);
    }
}
