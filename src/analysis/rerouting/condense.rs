//! Makes a linear programme smaller where only its largest objective is asked for, not where it is reached: columns that
//! only help are at their most, columns that only hurt are at 0, and a supply that one column alone meets is that column.
//!
//! Dominated columns and implied free column substitution of Andersen and Andersen, *Presolving in linear programming*
//! (Mathematical Programming 71, 1995), sections 3 and 4. Chains in which each step has one supplier come out as one row.

use std::collections::hash_map::Entry;

use rustc_hash::FxHashMap;

use super::presolve::{self, Reduced};
use super::solver::{Column, Lp, Row};

/// Most terms that one substitution may add.
const MOST_FILL: usize = 32;

/// A smaller programme whose largest objective is less by `constant`.
#[derive(Debug)]
pub(super) struct Condensed {
    pub(super) lp: Lp,
    pub(super) constant: f64,
}

/// How far what has to be met may take the place of the column that meets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Substitute {
    /// Wherever that adds little.
    All,
    /// Only where one other column asks for it, so that rows grow no longer.
    OneForOne,
}

/// Leaves out all that can be decided without solving.
pub(super) fn condense(lp: &Lp, substitute: Substitute) -> Condensed {
    const MOST_PASSES: usize = 50;
    let mut work = Condensed {
        lp: presolve::reduce(lp).lp,
        constant: 0.0,
    };
    for _ in 0..MOST_PASSES {
        let before = (work.lp.rows.len(), work.lp.columns.len());
        work.settle();
        work.substitute(substitute);
        let Reduced { lp, .. } = presolve::reduce(&work.lp);
        work.lp = lp;
        work.drop_parallel_rows();
        if before == (work.lp.rows.len(), work.lp.columns.len()) {
            break;
        }
    }
    work
}

/// In how many rows a column takes, and in how many it gives.
#[derive(Clone, Copy, Debug, Default)]
struct Use {
    takes: usize,
    gives: usize,
}

fn uses(lp: &Lp) -> Vec<Use> {
    let mut uses = vec![Use::default(); lp.columns.len()];
    for (column, factor) in lp.rows.iter().flat_map(|row| &row.terms) {
        match *factor < 0.0 {
            true => uses[*column].gives += 1,
            false => uses[*column].takes += 1,
        }
    }
    uses
}

impl Condensed {
    /// Fixes columns whose best value is plain.
    fn settle(&mut self) {
        let mut most = vec![0.0; self.lp.columns.len()];
        for (at, of) in uses(&self.lp).into_iter().enumerate() {
            let Column { upper, objective } = &mut self.lp.columns[at];
            let helps = of.takes == 0 && *objective >= 0.0;
            let hurts = of.gives == 0 && *objective <= 0.0;
            if helps && (upper.is_finite() || *objective <= 0.0) {
                most[at] = *upper;
                if upper.is_finite() {
                    self.constant += *objective * *upper;
                }
            }
            if hurts || most[at] > 0.0 {
                *upper = 0.0;
            }
        }
        for row in &mut self.lp.rows {
            let helped = row.terms.iter().filter(|(column, _)| most[*column] > 0.0);
            let given: f64 = helped.map(|(column, factor)| -factor * most[*column]).sum();
            row.upper += given;
        }
    }

    /// Puts what has to be met in the place of columns that alone meet it. A column and what it stands for do not go at
    /// once: the next pass comes to it.
    fn substitute(&mut self, substitute: Substitute) {
        let uses = uses(&self.lp);
        let mut meets: Vec<Option<Vec<(usize, f64)>>> = vec![None; self.lp.columns.len()];
        let mut stays = vec![false; self.lp.columns.len()];
        for row in 0..self.lp.rows.len() {
            let Some((column, per_unit)) = self.sole_supplier(row, &uses) else {
                continue;
            };
            let others = || self.lp.rows[row].terms.iter().filter(|(c, _)| *c != column);
            if stays[column] || others().any(|(c, _)| meets[*c].is_some()) {
                continue;
            }
            let demand: Vec<(usize, f64)> = others().map(|(c, f)| (*c, f / per_unit)).collect();
            let (takes, users) = (uses[column].takes, demand.len());
            let one_for_one = users <= 1 || takes == 0;
            if takes * users > takes + users + MOST_FILL
                || substitute == Substitute::OneForOne && !one_for_one
            {
                continue;
            }
            for (user, factor) in &demand {
                stays[*user] = true;
                self.lp.columns[*user].objective += self.lp.columns[column].objective * factor;
            }
            self.lp.rows[row] = Row {
                terms: demand.clone(),
                upper: self.lp.columns[column].upper,
            };
            self.lp.columns[column] = Column {
                upper: 0.0,
                objective: 0.0,
            };
            meets[column] = Some(demand);
        }
        for row in &mut self.lp.rows {
            if row.terms.iter().any(|(column, _)| meets[*column].is_some()) {
                row.terms = expanded(&row.terms, &meets);
            }
        }
    }

    /// Of rows that differ by a factor only, keeps the tightest.
    fn drop_parallel_rows(&mut self) {
        let mut tightest: FxHashMap<Vec<(usize, u64)>, usize> = FxHashMap::default();
        let mut kept: Vec<Row> = Vec::with_capacity(self.lp.rows.len());
        for row in self.lp.rows.drain(..) {
            let Some((_, first)) = row.terms.first().copied() else {
                kept.push(row);
                continue;
            };
            let size = first.abs();
            let key = row.terms.iter().map(|(c, f)| (*c, shared_bits(f / size)));
            match tightest.entry(key.collect()) {
                Entry::Vacant(entry) => {
                    entry.insert(kept.len());
                    kept.push(row);
                }
                Entry::Occupied(entry) => {
                    let known = &mut kept[*entry.get()];
                    let per_unit = known.terms[0].1.abs() / size;
                    known.upper = known.upper.min(row.upper * per_unit);
                }
            }
        }
        self.lp.rows = kept;
    }

    /// The one column that gives in a row that nothing else feeds, and how much it gives.
    fn sole_supplier(&self, row: usize, uses: &[Use]) -> Option<(usize, f64)> {
        let Row { terms, upper } = &self.lp.rows[row];
        let mut giving = terms.iter().filter(|(_, factor)| *factor < 0.0);
        let (column, factor) = giving.next()?;
        let alone = giving.next().is_none() && uses[*column].gives == 1;
        let nothing_held = upper.abs() <= 0.0;
        (alone && nothing_held && self.lp.columns[*column].objective <= 0.0)
            .then_some((*column, -factor))
    }
}

/// A number without the last bits, in which rounding stands.
fn shared_bits(x: f64) -> u64 {
    const ROUNDING: u64 = 1 << 8;
    x.to_bits() / ROUNDING
}

fn expanded(terms: &[(usize, f64)], meets: &[Option<Vec<(usize, f64)>>]) -> Vec<(usize, f64)> {
    let mut all = Vec::with_capacity(terms.len());
    for (column, factor) in terms {
        match &meets[*column] {
            Some(demand) => all.extend(demand.iter().map(|(c, f)| (*c, factor * f))),
            None => all.push((*column, *factor)),
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A product takes 2 of a metal, that 3 of an ore, and two mines give 4 and 2 of that: one product can be made.
    #[test]
    fn a_chain_is_decided_without_solving() {
        let mut lp = Lp::default();
        let product = lp.column(f64::INFINITY, 1.0);
        let metal = lp.column(5.0, 0.0);
        let mines = [4.0, 2.0].map(|most| lp.column(most, 0.0));
        let row = lp.row(0.0);
        lp.add(row, product, 2.0);
        lp.add(row, metal, -1.0);
        let row = lp.row(0.0);
        lp.add(row, metal, 3.0);
        mines.iter().for_each(|mine| lp.add(row, *mine, -1.0));
        let Condensed { lp, constant } = condense(&lp, Substitute::All);
        assert!(lp.rows.is_empty() && lp.columns.is_empty());
        assert!((constant - 1.0).abs() < 1e-15);
    }

    /// 2 x + 4 y <= 6 holds whatever x + 2 y <= 5 asks.
    #[test]
    fn of_parallel_rows_the_tightest_stays() {
        let mut lp = Lp::default();
        let [x, y] = [1.0, 1.5].map(|gain| lp.column(10.0, gain));
        for (factor, upper) in [(1.0, 5.0), (2.0, 6.0)] {
            let row = lp.row(upper);
            lp.add(row, x, factor);
            lp.add(row, y, 2.0 * factor);
        }
        let condensed = condense(&lp, Substitute::All).lp;
        assert_eq!(condensed.rows.len(), 1);
        assert!((condensed.rows[0].upper - 3.0).abs() < 1e-15);
        assert!((lp.largest().unwrap() - 3.0).abs() < 1e-12);
    }

    #[test]
    fn what_cannot_be_stays_impossible() {
        let mut lp = Lp::default();
        let x = lp.column(1.0, 0.0);
        let row = lp.row(-2.0);
        lp.add(row, x, -1.0);
        assert!(lp.largest().is_err());
    }

    fn programmes() -> impl Strategy<Value = Lp> {
        let term = (0..6_usize, prop_oneof![Just(-1.0), Just(1.0), -2.0..3.0]);
        let row = (
            prop::collection::vec(term, 1..4),
            prop_oneof![2 => Just(0.0), 2 => 0.0..4.0, 1 => -1.0..-0.01],
        );
        let column = (prop_oneof![Just(f64::INFINITY), 0.0..5.0], -1.0..0.5_f64);
        (
            prop::collection::vec(column, 6),
            prop::collection::vec(row, 1..9),
        )
            .prop_map(|(columns, rows)| {
                let mut lp = Lp::default();
                for (upper, objective) in columns {
                    lp.column(upper, objective);
                }
                let all = lp.row(7.0);
                (0..6).for_each(|column| lp.add(all, column, 1.0));
                for (terms, upper) in rows {
                    let row = lp.row(upper);
                    terms.iter().for_each(|(c, f)| lp.add(row, *c, *f));
                }
                lp
            })
    }

    proptest! {
        #[test]
        fn the_largest_objective_stays(lp in programmes()) {
            match (lp.maximise(), lp.largest()) {
                (Ok(whole), Ok(condensed)) => {
                    prop_assert!((whole.objective - condensed).abs() < 1e-7, "{lp:?}");
                }
                (whole, condensed) => prop_assert!(whole.is_err() && condensed.is_err(), "{lp:?}"),
            }
        }
    }
}
