//! Values of all elements in suppliers-first order; loops by sweeps, and directly where sweeps are slow.

use std::collections::BTreeMap;

use crate::graph::{Component, Order};

/// Sweeps over a loop before it is solved directly.
const SWEEPS_BEFORE_DIRECT: usize = 200;
/// Most sweeps over a loop too large to solve directly.
const MOST_SWEEPS: usize = 20_000;
/// Largest loop that is solved directly; the work grows with the cube.
pub(crate) const LARGEST_DIRECT: usize = 600;
/// Change in a sweep below which values count as settled.
const SETTLED: f64 = 1e-15;

/// An operator whose fixed point is wanted. Within a loop it is affine once a branch is chosen for each element.
pub(crate) trait Operator {
    /// The value of an element, given those of its suppliers.
    fn value(&self, element: u32, values: &[f64]) -> f64;

    /// The branch that decides the value, for operators that take a minimum.
    fn branch(&self, _element: u32, _values: &[f64]) -> usize {
        0
    }

    /// The value along one branch.
    fn value_along(&self, element: u32, _branch: usize, values: &[f64]) -> f64 {
        self.value(element, values)
    }
}

/// Settles one component; `values` holds a starting point from above (for greatest) or below (for least fixed points).
pub(crate) fn settle(
    order: &Order,
    component: Component,
    operator: &impl Operator,
    values: &mut [f64],
) {
    let members = order.members(component);
    if !component.is_loop {
        let element = members[0];
        values[element as usize] = operator.value(element, values);
        return;
    }
    let sweep = |values: &mut [f64]| {
        let mut change = 0.0_f64;
        for element in members {
            let new = operator.value(*element, values);
            change = change.max((new - values[*element as usize]).abs());
            values[*element as usize] = new;
        }
        change
    };
    for _ in 0..SWEEPS_BEFORE_DIRECT {
        if sweep(values) <= SETTLED {
            return;
        }
    }
    if members.len() <= LARGEST_DIRECT {
        policy_iteration(members, operator, values);
        for _ in 0..SWEEPS_BEFORE_DIRECT {
            if sweep(values) <= SETTLED {
                return;
            }
        }
    }
    for _ in 0..MOST_SWEEPS {
        if sweep(values) <= SETTLED {
            return;
        }
    }
}

/// Howard's policy iteration: fix each element's deciding branch, solve the affine system, repeat until no branch changes.
///
/// Starting above the greatest fixed point every step stays above it, since a minimum lies below each of its branches.
fn policy_iteration(members: &[u32], operator: &impl Operator, values: &mut [f64]) {
    const MOST_POLICIES: usize = 50;
    let size = members.len();
    for _ in 0..MOST_POLICIES {
        let branches: Vec<usize> = members
            .iter()
            .map(|e| operator.branch(*e, values))
            .collect();
        let mut probe = values.to_vec();
        for element in members {
            probe[*element as usize] = 0.0;
        }
        let constant: Vec<f64> = members
            .iter()
            .zip(&branches)
            .map(|(e, b)| operator.value_along(*e, *b, &probe))
            .collect();
        let mut matrix = vec![0.0; size * size];
        for (column, element) in members.iter().enumerate() {
            probe[*element as usize] = 1.0;
            for (row, (other, branch)) in members.iter().zip(&branches).enumerate() {
                let coefficient = operator.value_along(*other, *branch, &probe) - constant[row];
                matrix[row * size + column] = f64::from(u8::from(row == column)) - coefficient;
            }
            probe[*element as usize] = 0.0;
        }
        let Some(solution) = solve_holding(matrix, constant, |at| values[members[at] as usize])
        else {
            return;
        };
        let usable = members.iter().zip(&solution).all(|(e, v)| {
            v.is_finite() && *v >= -1e-12 && *v <= values[*e as usize].max(1.0) + 1e-12
        });
        if !usable {
            return;
        }
        let before: Vec<f64> = members.iter().map(|e| values[*e as usize]).collect();
        for (element, value) in members.iter().zip(solution) {
            values[*element as usize] = value.clamp(0.0, 1.0);
        }
        // A sweep keeps to the same side of the fixed point, and shows elements held for nothing their other branches.
        for element in members {
            values[*element as usize] = operator.value(*element, values);
        }
        let change = members.iter().zip(before);
        let change = change.fold(0.0_f64, |most, (e, old)| {
            most.max((values[*e as usize] - old).abs())
        });
        if change <= SETTLED {
            return;
        }
    }
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
    const SMALLEST_PIVOT: f64 = 1e-13;
    let size = right.len();
    for column in 0..size {
        let pivot = (column..size).max_by(|a, b| {
            matrix[a * size + column]
                .abs()
                .total_cmp(&matrix[b * size + column].abs())
        });
        let pivot = pivot.unwrap_or(column);
        if matrix[pivot * size + column].abs() < SMALLEST_PIVOT {
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

/// Solves `x = right + (what the others ask)` by taking out one element after another, for loops too large for a matrix.
///
/// `asks[e]` lists what element `e` asks of others per unit asked of it. Nothing is subtracted but what an element asks of
/// itself, so that rounding stays small also where a loop hardly loses anything: the elimination of Grassmann, Taksar and
/// Heyman. `None` where a loop gains, or where so much asks of so much that it would take too long.
pub(crate) fn solve_by_taking_out(asks: &[Vec<(usize, f64)>], right: &[f64]) -> Option<Vec<f64>> {
    const MOST_STEPS: usize = 20_000_000;
    const LEAST_KEPT: f64 = 1e-13;
    let size = right.len();
    let mut right = right.to_vec();
    let mut asked_by: Vec<BTreeMap<usize, f64>> = vec![BTreeMap::new(); size];
    let mut asks_of: Vec<BTreeMap<usize, f64>> = vec![BTreeMap::new(); size];
    for (user, list) in asks.iter().enumerate() {
        for (supplier, amount) in list {
            *asks_of[user].entry(*supplier).or_default() += amount;
            *asked_by[*supplier].entry(user).or_default() += amount;
        }
    }
    let mut steps = 0;
    let mut kept = vec![1.0; size];
    for element in 0..size {
        let own = asks_of[element].remove(&element).unwrap_or(0.0);
        asked_by[element].remove(&element);
        kept[element] = 1.0 - own;
        if kept[element] < LEAST_KEPT {
            return None;
        }
        steps += (1 + asked_by[element].len()) * asks_of[element].len();
        if steps > MOST_STEPS {
            return None;
        }
        let suppliers = std::mem::take(&mut asks_of[element]);
        for (supplier, amount) in &suppliers {
            asked_by[*supplier].remove(&element);
            let passed = amount / kept[element];
            right[*supplier] += right[element] * passed;
            for (user, of_element) in &asked_by[element].clone() {
                *asks_of[*user].entry(*supplier).or_default() += of_element * passed;
                *asked_by[*supplier].entry(*user).or_default() += of_element * passed;
            }
        }
        for user in asked_by[element].keys() {
            asks_of[*user].remove(&element);
        }
    }
    let mut x = vec![0.0; size];
    for element in (0..size).rev() {
        let users = asked_by[element].iter();
        let asked: f64 = users.map(|(user, amount)| amount * x[*user]).sum();
        x[element] = (right[element] + asked) / kept[element];
    }
    Some(x)
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

    #[test]
    fn dense_systems() {
        let x = solve_dense(vec![0.0, 2.0, 1.0, 1.0], vec![4.0, 3.0]).unwrap();
        assert_relative_eq!(x[0], 1.0);
        assert_relative_eq!(x[1], 2.0);
        assert!(solve_dense(vec![1.0, 1.0, 1.0, 1.0], vec![1.0, 1.0]).is_none());
    }
}
