//! Loops that need at least what they yield: the spectral radius of the requirements matrix is 1 or more.

use rustc_hash::FxHashMap;

use super::supply_graph::{ProcessIx, SupplyGraph};
use crate::model::CommodityIx;

/// A loop that cannot run.
#[derive(Clone, Debug, PartialEq)]
pub struct GainingLoop {
    /// The commodities in it, in index order.
    pub commodities: Vec<CommodityIx>,
    /// Units needed to yield one: the spectral radius.
    pub factor: f64,
}

/// Requirements within one loop: for each process, its suppliers in the loop and the amount of each per unit.
struct LoopMatrix {
    columns: Vec<Vec<(usize, f64)>>,
}

const MOST_ROUNDS: usize = 20_000;
const MOST_ROUNDS_OF_GAIN: usize = 200;
const PRECISION: f64 = 1e-12;

impl LoopMatrix {
    /// Spectral radius by power iteration on I + A, whose eigenvalues are those of A plus 1, so that no loop oscillates.
    ///
    /// The Collatz-Wielandt ratios bound it from both sides at every step; see Horn and Johnson, Matrix Analysis, 8.1.
    fn spectral_radius(&self) -> f64 {
        let size = self.columns.len();
        let mut x = vec![1.0; size];
        let mut estimate = 0.0;
        let mut rounds_of_gain = 0;
        for _ in 0..MOST_ROUNDS {
            let mut next = x.clone();
            for (buyer, column) in self.columns.iter().enumerate() {
                for (supplier, amount) in column {
                    next[*supplier] += amount * x[buyer];
                }
            }
            let ratios = next
                .iter()
                .zip(&x)
                .filter(|(_, old)| **old > 0.0)
                .map(|(new, old)| new / old);
            let (low, high) =
                ratios.fold((f64::INFINITY, 0.0_f64), |(l, h), r| (l.min(r), h.max(r)));
            estimate = high - 1.0;
            if high < 2.0 - PRECISION || high - low < PRECISION {
                return estimate;
            }
            if low >= 2.0 {
                // It gains, that is certain; the rest only sharpens the figure that is shown.
                rounds_of_gain += 1;
                if high - low < PRECISION * high || rounds_of_gain > MOST_ROUNDS_OF_GAIN {
                    return low - 1.0;
                }
            }
            let scale = next.iter().fold(0.0_f64, |m, v| m.max(*v));
            if !scale.is_finite() {
                return f64::INFINITY;
            }
            x = next.into_iter().map(|v| v / scale).collect();
        }
        estimate
    }
}

impl SupplyGraph<'_> {
    /// All loops of the graph that need at least as much of something as they yield.
    #[must_use]
    pub fn gaining_loops(&self) -> Vec<GainingLoop> {
        let mut found = Vec::new();
        for component in self.order.components.iter().filter(|c| c.is_loop) {
            let members: Vec<ProcessIx> = self
                .order
                .members(*component)
                .iter()
                .filter(|e| **e < self.order.processes)
                .map(|e| ProcessIx(*e))
                .collect();
            let local: FxHashMap<ProcessIx, usize> =
                members.iter().enumerate().map(|(at, p)| (*p, at)).collect();
            let column = |process: &ProcessIx| -> Vec<(usize, f64)> {
                let mut column = Vec::new();
                for input in self.inputs_of(*process) {
                    for edge in self.edges(&input) {
                        if let Some(at) = local.get(&edge.supplier) {
                            column.push((*at, input.amount * edge.share));
                        }
                    }
                }
                column
            };
            let factor = LoopMatrix {
                columns: members.iter().map(column).collect(),
            }
            .spectral_radius();
            if factor >= 1.0 - PRECISION {
                let mut commodities: Vec<CommodityIx> =
                    members.iter().map(|p| self.process(*p).commodity).collect();
                commodities.sort_unstable();
                commodities.dedup();
                found.push(GainingLoop {
                    commodities,
                    factor,
                });
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;

    #[test]
    fn radius_of_small_matrices() {
        let ring = LoopMatrix {
            columns: vec![vec![(1, 0.5)], vec![(0, 8.0)]],
        };
        assert_relative_eq!(ring.spectral_radius(), 2.0, epsilon = 1e-9);
        let fading = LoopMatrix {
            columns: vec![vec![(1, 0.5)], vec![(0, 1.0)]],
        };
        assert!(fading.spectral_radius() < 1.0);
        let exact = LoopMatrix {
            columns: vec![vec![(0, 1.0)]],
        };
        assert!(exact.spectral_radius() >= 1.0 - PRECISION);
    }
}
