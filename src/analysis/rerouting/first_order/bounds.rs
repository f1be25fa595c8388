//! What a point proves, however it was found: the objective of a solution is a lower bound of the largest, and prices of the
//! rows give an upper one (weak duality).

use super::scaled::Scaled;

/// The objective of the point once it is lowered until all rows hold: whatever a row takes too much is scaled down. None if
/// that does not come to an end.
pub(super) fn lower(scaled: &Scaled, point: &[f64]) -> Option<f64> {
    const MOST_PASSES: usize = 300;
    const ROUNDING: f64 = 1e-14;
    let mut x = point.to_vec();
    for _ in 0..MOST_PASSES {
        let mut holds = true;
        // Suppliers are written after those they supply.
        for row in (0..scaled.rows.len()).rev() {
            let (mut taken, mut given) = (0.0, scaled.room[row]);
            for (column, factor) in scaled.rows.terms(row) {
                let amount = factor * x[column];
                if amount > 0.0 {
                    taken += amount;
                } else {
                    given -= amount;
                }
            }
            if taken > given {
                holds &= taken - given <= ROUNDING * taken;
                for (column, factor) in scaled.rows.terms(row) {
                    if factor > 0.0 {
                        x[column] *= given / taken;
                    }
                }
            }
        }
        if holds {
            return Some(scaled.gain.iter().zip(&x).map(|(g, x)| g * x).sum());
        }
    }
    None
}

/// The most that the objective can be at prices that are not negative: what all rows hold is worth, and what every column
/// brings beyond what it is charged.
pub(super) fn upper(scaled: &Scaled, prices: &[f64]) -> f64 {
    let rooms: f64 = scaled.room.iter().zip(prices).map(|(r, p)| r * p).sum();
    let surplus = |(column, upper): (usize, &f64)| scaled.surplus(column, prices).max(0.0) * upper;
    rooms + scaled.upper.iter().enumerate().map(surplus).sum::<f64>()
}

/// Lowers the upper bound by setting one price after the other to where the bound is least, given the others.
pub(super) fn polish(scaled: &Scaled, prices: &mut [f64]) {
    const SWEEPS: usize = 2;
    let columns = 0..scaled.columns.len();
    let mut surplus: Vec<f64> = columns.map(|c| scaled.surplus(c, prices)).collect();
    let mut kinks = Vec::new();
    for row in (0..SWEEPS).flat_map(|_| 0..scaled.rows.len()) {
        let best = best_price(scaled, row, prices[row], &surplus, &mut kinks);
        let change = best - prices[row];
        if change.abs() > 0.0 {
            for (column, factor) in scaled.rows.terms(row) {
                surplus[column] -= factor * change;
            }
            prices[row] = best;
        }
    }
}

/// Where the bound is least as a function of one price. It is convex, and straight between the prices at which the surplus of
/// a column is zero.
fn best_price(
    scaled: &Scaled,
    row: usize,
    price: f64,
    surplus: &[f64],
    kinks: &mut Vec<(f64, f64)>,
) -> f64 {
    kinks.clear();
    let mut slope = scaled.room[row];
    for (column, factor) in scaled.rows.terms(row) {
        let upper = scaled.upper[column];
        let unpriced = surplus[column] + factor * price;
        if unpriced > 0.0 || unpriced >= 0.0 && factor < 0.0 {
            slope -= factor * upper;
        }
        let kink = unpriced / factor;
        if kink > 0.0 {
            kinks.push((kink, factor.abs() * upper));
        }
    }
    if slope >= 0.0 {
        return 0.0;
    }
    kinks.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    for (kink, steeper) in kinks.iter() {
        slope += steeper;
        if slope >= 0.0 {
            return *kink;
        }
    }
    price
}
