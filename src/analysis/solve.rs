//! Values of all elements in suppliers-first order; loops by sweeps, and directly where sweeps are slow.

use super::lowest::settle_lowest;
use crate::graph::{Component, Order};

/// Sweeps before a small loop is solved as a matrix.
const SWEEPS_BEFORE_MATRIX: usize = 200;
/// Most sweeps over a loop too large to solve directly.
const MOST_SWEEPS: usize = 20_000;
/// Largest loop that is solved by a matrix; the work grows with the cube.
pub(crate) const LARGEST_DIRECT: usize = 600;
/// Steps of an elimination that are worth taking in any case: less than a millisecond.
const FEW_STEPS: u64 = 100_000;
/// Most steps of an elimination, so that a dense loop does not take for ever: a fraction of a second.
pub(crate) const MOST_STEPS: u64 = 20_000_000;
/// What is left of 1 once what something makes of itself is taken off, if that is nothing but rounding.
const NO_REST: f64 = 1e-13;
/// How far rounding may take solutions out of their range.
pub(crate) const ROUNDING: f64 = 1e-12;
/// Change in a sweep below which values count as settled.
const SETTLED: f64 = 1e-15;

/// An operator whose fixed point is wanted. Within a loop it is affine once a branch is chosen for each element.
pub(crate) trait Operator {
    /// Whether a value is the least of several branches.
    const IS_LEAST: bool = false;

    /// The value of an element, given those of its suppliers.
    fn value(&self, element: u32, values: &[f64]) -> f64;

    /// The branch that decides the value, for operators that take a minimum.
    fn branch(&self, _element: u32, _values: &[f64]) -> usize {
        0
    }

    /// All branches, for operators whose value is the least of them.
    fn choices(&self, _element: u32, _into: &mut Vec<usize>) {}

    /// The value along one branch: what is added per unit of the value of each supplier, and what it is without any.
    fn along(&self, element: u32, branch: usize, per_unit: &mut Vec<(u32, f64)>) -> f64;
}

/// A loop in hand.
struct Loop<'a, O> {
    order: &'a Order,
    component: Component,
    operator: &'a O,
}

/// What a sweep did: the largest change, and the largest part of any value that was left.
struct Swept {
    change: f64,
    left: f64,
}

/// Settles one component; `values` holds a starting point from above (for greatest) or below (for least fixed points).
pub(crate) fn settle<O: Operator>(
    order: &Order,
    component: Component,
    operator: &O,
    values: &mut [f64],
) {
    let members = order.members(component);
    if !component.is_loop {
        let element = members[0];
        values[element as usize] = operator.value(element, values);
        return;
    }
    if O::IS_LEAST && settle_lowest(order, component, operator, values) {
        return;
    }
    let this = Loop {
        order,
        component,
        operator,
    };
    if this.sweep_or_solve(values) {
        return;
    }
    if members.len() <= LARGEST_DIRECT {
        this.policy_iteration(values, u64::MAX);
    }
    for _ in 0..MOST_SWEEPS {
        if this.sweep(values).change <= SETTLED {
            return;
        }
    }
}

impl<O: Operator> Loop<'_, O> {
    fn members(&self) -> &[u32] {
        self.order.members(self.component)
    }

    fn sweep(&self, values: &mut [f64]) -> Swept {
        let mut swept = Swept {
            change: 0.0,
            left: 0.0,
        };
        for element in self.members() {
            let new = self.operator.value(*element, values);
            let old = std::mem::replace(&mut values[*element as usize], new);
            swept.change = swept.change.max((new - old).abs());
            if new > swept.left * old {
                swept.left = if old > 0.0 { new / old } else { f64::INFINITY };
            }
        }
        swept
    }

    /// Sweeps until all is settled; sooner if everything fades away, or solved directly if it settles slowly.
    fn sweep_or_solve(&self, values: &mut [f64]) -> bool {
        const TO_SEE_IT_FADE: usize = 2;
        const TO_SEE_THE_PACE: usize = 6;
        const MANY: f64 = 40.0;
        let mut before = f64::INFINITY;
        let mut tried = false;
        for done in 1..=SWEEPS_BEFORE_MATRIX {
            let swept = self.sweep(values);
            if swept.change <= SETTLED {
                return true;
            }
            if done >= TO_SEE_IT_FADE && swept.left <= FADES && self.fades(values) {
                for element in self.members() {
                    values[*element as usize] = 0.0;
                }
                return true;
            }
            let pace = swept.change / before;
            before = swept.change;
            if done < TO_SEE_THE_PACE || tried {
                continue;
            }
            let to_go = if pace < 1.0 {
                ((SETTLED / swept.change).ln() / pace.ln()).min(MOST_SWEEPS as f64)
            } else {
                MOST_SWEEPS as f64
            };
            if to_go > MANY {
                tried = true;
                if self.policy_iteration(values, to_go as u64) {
                    return true;
                }
            }
        }
        false
    }

    /// Sweeps once more and says whether all values go to 0: each has fallen by a fixed part, and nothing but the others adds to
    /// it. The branches taken are then linear, each further sweep along them leaves that part at most of the one before, and
    /// a minimum lies below its branches.
    fn fades(&self, values: &mut [f64]) -> bool {
        let mut fed = Vec::new();
        for element in self.members() {
            fed.clear();
            let old = values[*element as usize];
            let branch = self.operator.branch(*element, values);
            let mut added = self.operator.along(*element, branch, &mut fed);
            for (supplier, factor) in &fed {
                if self.local(*supplier).is_none() {
                    added += factor * values[*supplier as usize];
                }
            }
            let new = self.operator.value(*element, values);
            if added.abs() > 0.0 || new > FADES * old {
                return false;
            }
            values[*element as usize] = new;
        }
        true
    }

    /// The position of an element in the loop, if it is in it.
    fn local(&self, element: u32) -> Option<usize> {
        let position = self.order.position[element as usize];
        let within = (self.component.start..self.component.end).contains(&position);
        within.then(|| (position - self.component.start) as usize)
    }

    /// Howard's policy iteration: fix each element's deciding branch, solve the affine system, repeat until no branch changes.
    /// Says whether that ended; not if sweeps are quicker.
    ///
    /// Starting above the greatest fixed point every step stays above it, since a minimum lies below each of its branches.
    fn policy_iteration(&self, values: &mut [f64], sweeps_to_go: u64) -> bool {
        const MOST_POLICIES: usize = 50;
        let members = self.members();
        let mut branches = self.branches(values);
        for _ in 0..MOST_POLICIES {
            let system = self.system(values, &branches);
            let present: Vec<f64> = members.iter().map(|e| values[*e as usize]).collect();
            let Some(solved) = system.solve(&present, sweeps_to_go) else {
                return false;
            };
            let mut usable = solved.values.iter().zip(&present);
            let in_range = |(new, old): (&f64, &f64)| {
                new.is_finite() && *new >= -ROUNDING && *new <= old.max(1.0) + ROUNDING
            };
            if !usable.all(in_range) {
                return false;
            }
            for (element, value) in members.iter().zip(&solved.values) {
                values[*element as usize] = value.clamp(0.0, 1.0);
            }
            // A sweep keeps to the same side of the fixed point, and shows elements held for nothing their other branches.
            self.sweep(values);
            let change = members.iter().zip(&present);
            let change = change.fold(0.0_f64, |most, (e, old)| {
                most.max((values[*e as usize] - old).abs())
            });
            let next = self.branches(values);
            if change <= SETTLED || (next == branches && !solved.held) {
                return true;
            }
            branches = next;
        }
        false
    }

    fn branches(&self, values: &[f64]) -> Vec<usize> {
        let members = self.members().iter();
        members.map(|e| self.operator.branch(*e, values)).collect()
    }

    /// The system along some branches, with what stands outside the loop worked in.
    fn system(&self, values: &[f64], branches: &[usize]) -> Affine {
        let mut system = Affine::default();
        let mut fed = Vec::new();
        for (element, branch) in self.members().iter().zip(branches) {
            fed.clear();
            let mut constant = self.operator.along(*element, *branch, &mut fed);
            let mut row = Vec::with_capacity(fed.len());
            for (supplier, factor) in &fed {
                match self.local(*supplier) {
                    Some(at) => row.push((at, *factor)),
                    None => constant += factor * values[*supplier as usize],
                }
            }
            system.rows.push(row);
            system.constants.push(constant);
        }
        system
    }
}

/// What is left of values that fade, a sweep, at most.
const FADES: f64 = 0.999;

/// A system `x = constant + rows x`.
#[derive(Debug, Default)]
struct Affine {
    rows: Vec<Vec<(usize, f64)>>,
    constants: Vec<f64>,
}

struct Solved {
    values: Vec<f64>,
    /// Whether any of them had no level of their own.
    held: bool,
}

impl Affine {
    /// Solves it; nothing if so many sweeps are quicker.
    fn solve(&self, present: &[f64], sweeps_to_go: u64) -> Option<Solved> {
        let size = self.rows.len();
        let terms: usize = self.rows.iter().map(Vec::len).sum();
        let worth = sweeps_to_go.saturating_mul(terms as u64);
        match self.substitute(present, &mut worth.clamp(FEW_STEPS, MOST_STEPS)) {
            Substituted::Solved(solved) => Some(solved),
            Substituted::TooLong if sweeps_to_go < u64::MAX => None,
            _ if size > LARGEST_DIRECT => None,
            _ => {
                let mut matrix = vec![0.0; size * size];
                for (at, row) in self.rows.iter().enumerate() {
                    matrix[at * size + at] += 1.0;
                    for (to, factor) in row {
                        matrix[at * size + to] -= factor;
                    }
                }
                let values = solve_holding(matrix, self.constants.clone(), |at| present[at])?;
                Some(Solved { values, held: true })
            }
        }
    }

    /// Puts each unknown into the rows of the others that use it, one after another. Nothing is subtracted but what an unknown
    /// makes of itself, so that rounding stays small also where a loop hardly loses anything: the elimination of Grassmann,
    /// Taksar and Heyman. One that only stands for itself keeps its present value.
    fn substitute(&self, present: &[f64], steps_left: &mut u64) -> Substituted {
        let size = self.rows.len();
        let mut rows = self.rows.clone();
        let mut constants = self.constants.clone();
        let mut users: Vec<Vec<usize>> = vec![Vec::new(); size];
        for (at, row) in rows.iter().enumerate() {
            for (to, _) in row {
                users[*to].push(at);
            }
        }
        let mut place = vec![usize::MAX; size];
        let mut held = false;
        for at in 0..size {
            let mut row = std::mem::take(&mut rows[at]);
            let own: f64 = row.iter().filter(|(to, _)| *to == at).map(|t| t.1).sum();
            row.retain(|(to, _)| *to != at);
            if own > 1.0 + NO_REST {
                return Substituted::Gains;
            }
            if own > 1.0 - NO_REST {
                held = true;
                row.clear();
                constants[at] = present[at];
            } else if own > 0.0 {
                let kept = 1.0 - own;
                constants[at] /= kept;
                row.iter_mut().for_each(|(_, factor)| *factor /= kept);
            }
            for user in std::mem::take(&mut users[at]) {
                if user <= at {
                    continue;
                }
                let target = &mut rows[user];
                let factor: f64 = target.iter().filter(|(to, _)| *to == at).map(|t| t.1).sum();
                target.retain(|(to, _)| *to != at);
                constants[user] += factor * constants[at];
                for (position, (to, _)) in target.iter().enumerate() {
                    place[*to] = position;
                }
                for (to, more) in &row {
                    match target.get_mut(place[*to]) {
                        Some((known, sum)) if known == to => *sum += factor * more,
                        _ => {
                            place[*to] = target.len();
                            target.push((*to, factor * more));
                            users[*to].push(user);
                        }
                    }
                }
                let steps = (target.len() + row.len()) as u64;
                *steps_left = match steps_left.checked_sub(steps) {
                    Some(left) => left,
                    None => return Substituted::TooLong,
                };
            }
            rows[at] = row;
        }
        let mut values = vec![0.0; size];
        for at in (0..size).rev() {
            let rest: f64 = rows[at]
                .iter()
                .map(|(to, factor)| factor * values[*to])
                .sum();
            values[at] = constants[at] + rest;
        }
        Substituted::Solved(Solved { values, held })
    }
}

/// Solves `x = constants + rows x` where nothing comes to as much of itself as there is; `None` where it does, or where it would
/// take more steps than are left of `work`.
pub(crate) fn solve_sparse(
    rows: Vec<Vec<(usize, f64)>>,
    constants: Vec<f64>,
    work: &mut u64,
) -> Option<Vec<f64>> {
    let present = vec![0.0; rows.len()];
    match (Affine { rows, constants }).substitute(&present, work) {
        Substituted::Solved(Solved {
            values,
            held: false,
        }) => Some(values),
        _ => None,
    }
}

enum Substituted {
    Solved(Solved),
    TooLong,
    Gains,
}

/// Solves a system, holding at their present value the elements that only stand for one another.
///
/// Such a ring (`a = b`, `b = a`) leaves its own level open. Held where it is, from above for greatest fixed points, the
/// rest still ends above the fixed point, and then decides by another branch where the ring has to fall.
fn solve_holding(
    mut matrix: Vec<f64>,
    mut right: Vec<f64>,
    present: impl Fn(usize) -> f64,
) -> Option<Vec<f64>> {
    const MOST_HELD: usize = 20;
    let size = right.len();
    for _ in 0..MOST_HELD {
        match eliminate(matrix.clone(), right.clone()) {
            Ok(solution) => return Some(solution),
            Err(open) => {
                matrix[open * size..(open + 1) * size].fill(0.0);
                matrix[open * size + open] = 1.0;
                right[open] = present(open);
            }
        }
    }
    None
}

/// Solves a system; `None` where the matrix is singular.
pub(crate) fn solve_dense(matrix: Vec<f64>, right: Vec<f64>) -> Option<Vec<f64>> {
    eliminate(matrix, right).ok()
}

/// Gaussian elimination with partial pivoting; the first unknown that is left open where the matrix is singular.
fn eliminate(mut matrix: Vec<f64>, mut right: Vec<f64>) -> Result<Vec<f64>, usize> {
    let size = right.len();
    for column in 0..size {
        let pivot = (column..size).max_by(|a, b| {
            matrix[a * size + column]
                .abs()
                .total_cmp(&matrix[b * size + column].abs())
        });
        let pivot = pivot.unwrap_or(column);
        if matrix[pivot * size + column].abs() < NO_REST {
            return Err(column);
        }
        if pivot != column {
            for at in 0..size {
                matrix.swap(pivot * size + at, column * size + at);
            }
            right.swap(pivot, column);
        }
        for row in column + 1..size {
            let factor = matrix[row * size + column] / matrix[column * size + column];
            if factor != 0.0 {
                for at in column..size {
                    matrix[row * size + at] -= factor * matrix[column * size + at];
                }
                right[row] -= factor * right[column];
            }
        }
    }
    for row in (0..size).rev() {
        let sum: f64 = (row + 1..size)
            .map(|at| matrix[row * size + at] * right[at])
            .sum();
        right[row] = (right[row] - sum) / matrix[row * size + row];
    }
    Ok(right)
}

/// Solves `x = right + (what the others ask)`, for loops too large for a matrix.
///
/// `asks[e]` lists what element `e` asks of others per unit asked of it. `None` where a loop gains, or where so much asks of so
/// much that it would take too long.
pub(crate) fn solve_by_taking_out(asks: &[Vec<(usize, f64)>], right: &[f64]) -> Option<Vec<f64>> {
    let mut asked_by = vec![Vec::new(); right.len()];
    for (user, list) in asks.iter().enumerate() {
        for (supplier, amount) in list {
            asked_by[*supplier].push((user, *amount));
        }
    }
    solve_sparse(asked_by, right.to_vec(), &mut { MOST_STEPS })
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;

    /// Taking out elements one after another gives what the matrix gives.
    #[test]
    fn taking_out_agrees_with_the_matrix() {
        let size = 40;
        let asks: Vec<Vec<(usize, f64)>> = (0..size)
            .map(|e| {
                let next = ((e + 1) % size, 0.6);
                let far = ((e * 7 + 3) % size, 0.39);
                vec![next, far]
            })
            .collect();
        let right: Vec<f64> = (0..size).map(|e| f64::from(u8::from(e % 9 == 0))).collect();
        let mut matrix = vec![0.0; size * size];
        for (user, list) in asks.iter().enumerate() {
            matrix[user * size + user] += 1.0;
            for (supplier, amount) in list {
                matrix[supplier * size + user] -= amount;
            }
        }
        let expected = solve_dense(matrix, right.clone()).unwrap();
        let found = solve_by_taking_out(&asks, &right).unwrap();
        for (a, b) in found.iter().zip(&expected) {
            assert_relative_eq!(a, b, max_relative = 1e-11);
        }
        let ring = [vec![(1, 1.0)], vec![(0, 1.0)]];
        assert!(solve_by_taking_out(&ring, &[1.0, 0.0]).is_none());
    }

    /// Putting unknowns into one another gives what the matrix gives, and one that stands for itself keeps its value.
    #[test]
    fn putting_in_agrees_with_the_matrix() {
        let size = 30;
        let system = Affine {
            rows: (0..size)
                .map(|e| {
                    vec![
                        ((e + 1) % size, 0.6),
                        ((e * 7 + 3) % size, 0.39),
                        (e, 0.005),
                    ]
                })
                .collect(),
            constants: (0..size).map(|e| f64::from(u8::from(e % 9 == 0))).collect(),
        };
        let mut matrix = vec![0.0; size * size];
        for (at, row) in system.rows.iter().enumerate() {
            matrix[at * size + at] += 1.0;
            for (to, factor) in row {
                matrix[at * size + to] -= factor;
            }
        }
        let expected = solve_dense(matrix, system.constants.clone()).unwrap();
        let found = system.solve(&vec![0.0; size], u64::MAX).unwrap();
        assert!(!found.held);
        for (a, b) in found.values.iter().zip(&expected) {
            assert_relative_eq!(a, b, max_relative = 1e-11);
        }
        let pair = Affine {
            rows: vec![vec![(1, 1.0)], vec![(0, 1.0)], vec![(0, 0.5)]],
            constants: vec![0.0, 0.0, 0.25],
        };
        let found = pair.solve(&[0.5; 3], u64::MAX).unwrap();
        assert!(found.held);
        assert_eq!(found.values, [0.5; 3]);
        assert!(matches!(
            system.substitute(&vec![0.0; size], &mut 3),
            Substituted::TooLong
        ));
    }

    #[test]
    fn dense_systems() {
        let x = solve_dense(vec![0.0, 2.0, 1.0, 1.0], vec![4.0, 3.0]).unwrap();
        assert_relative_eq!(x[0], 1.0);
        assert_relative_eq!(x[1], 2.0);
        assert!(solve_dense(vec![1.0, 1.0, 1.0, 1.0], vec![1.0, 1.0]).is_none());
    }
}
