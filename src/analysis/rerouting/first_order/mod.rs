//! Large programmes by a first-order method with a proof of its answer.
//!
//! The simplex method walks through tens of thousands of corners where thousands of flows can stand in for one another. The
//! primal-dual hybrid gradient method instead moves amounts `x` and prices `y` of rows a little at a time, each step one
//! product with the matrix and one with its transpose:
//!
//! ```text
//! x' = x + (step / w) (gain - A^T y)       kept in [0, upper]
//! y' = y + (step w) (A (2 x' - x) - room)  kept >= 0
//! ```
//!
//! in the variant of Lu and Yang, *Restarted Halpern PDHG for linear programming* (2024), which converges linearly: each step
//! is reflected and drawn back towards where the method last started, less and less, and it starts again from where it is once
//! it has come close enough. Applegate and others, *Practical large-scale linear programming using primal-dual hybrid
//! gradient* (NeurIPS 2021), give the scaling and the weight `w` between amounts and prices.
//!
//! Nothing rests on the method having converged: every answer is enclosed between the objective of a solution that keeps all
//! rows, to the rounding of a sum, and the bound that prices prove (`bounds`), both computed from the programme itself. If they
//! do not meet, there is no answer, and the simplex method has its turn.

mod bounds;
mod scaled;

use super::solver::Lp;
use scaled::{Scaled, distance, size};

/// What is proved of the largest objective.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    pub(super) lower: f64,
    pub(super) upper: f64,
}

impl Bounds {
    /// Whether they are as near as is asked of a part of something, 0 to 1.
    pub(super) fn meet(self) -> bool {
        self.upper - self.lower <= MEET_LATE
    }

    pub(super) fn middle(self) -> f64 {
        f64::midpoint(self.lower, self.upper)
    }
}

/// So near must bounds come once it has taken long: rows that differ by nothing but the rounding of shares can hold it up.
const MEET_LATE: f64 = 1e-9;

/// Bounds of the largest objective, which meet unless they cannot be made to.
pub(super) fn largest(lp: &Lp) -> Option<Bounds> {
    const MOST_STEPS: usize = 20_000;
    /// The two bounds meet where they differ by no more than this.
    const MEET: f64 = 2e-10;
    const LATE: usize = 4_000;
    /// Steps between two looks at how far it has come.
    const LOOK: usize = 10;
    /// Looks between two attempts at a proof.
    const PROVE: usize = 4;
    let scaled = Scaled::new(lp)?;
    let mut walk = Walk::new(&scaled);
    let mut proof = Proof::default();
    let (mut pause, mut next_proof) = (LOOK * PROVE, 0);
    for step in 0..MOST_STEPS {
        walk.step();
        let mut better = None;
        if step >= next_proof {
            better = proof.tighten(&scaled, &walk.to);
            // What does not end costs more than the steps between.
            pause = if proof.ended { LOOK * PROVE } else { 2 * pause };
            next_proof = step + pause;
            let meet = if step < LATE { MEET } else { MEET_LATE };
            if proof.upper - proof.lower <= meet {
                break;
            }
        }
        if (step % LOOK == 0 || walk.steps == 0) && walk.is_due(step) {
            walk.start_again(better);
        } else {
            walk.draw_back();
        }
    }
    let Proof { lower, upper, .. } = proof;
    Some(Bounds { lower, upper })
}

/// Amounts of columns and prices of rows.
#[derive(Clone, Debug)]
struct Point {
    x: Vec<f64>,
    y: Vec<f64>,
}

/// What is proved so far.
#[derive(Debug)]
struct Proof {
    lower: f64,
    upper: f64,
    /// Whether the last attempt came to an end.
    ended: bool,
}

impl Default for Proof {
    fn default() -> Self {
        Self {
            lower: 0.0,
            upper: f64::INFINITY,
            ended: true,
        }
    }
}

impl Proof {
    /// Takes from a point what it proves; better prices than its own come back where it is near the end.
    fn tighten(&mut self, scaled: &Scaled, point: &Point) -> Option<Vec<f64>> {
        /// Farther than this from one another, bounds are not worth their time.
        const FAR: f64 = 1e-3;
        /// As near as this, one price at a time can be set right.
        const NEAR: f64 = 1e-6;
        let objective: f64 = scaled.gain.iter().zip(&point.x).map(|(g, x)| g * x).sum();
        let upper = bounds::upper(scaled, &point.y);
        self.upper = self.upper.min(upper);
        self.ended = true;
        if (upper - objective).abs() > FAR {
            return None;
        }
        let lower = bounds::lower(scaled, &point.x);
        self.ended = lower.is_some();
        self.lower = lower.map_or(self.lower, |lower| self.lower.max(lower));
        if self.upper - self.lower > NEAR {
            return None;
        }
        let mut prices = point.y.clone();
        bounds::polish(scaled, &mut prices);
        self.upper = self.upper.min(bounds::upper(scaled, &prices));
        Some(prices)
    }
}

/// The method on its way.
struct Walk<'a> {
    scaled: &'a Scaled,
    /// Length of a step.
    length: f64,
    /// Weight of prices against amounts.
    weight: f64,
    /// Where it started last.
    from: Point,
    at: Point,
    /// Where the next step leads.
    to: Point,
    /// Twice that less where it is, for the amounts.
    reflected: Vec<f64>,
    /// Steps since the start.
    steps: usize,
    /// Length of the first step since the start, and of the one last looked at.
    first: f64,
    last: f64,
}

impl<'a> Walk<'a> {
    fn new(scaled: &'a Scaled) -> Self {
        /// The method converges for steps below 1 over what the matrix stretches.
        const SAFE: f64 = 0.99;
        let zero = Point {
            x: vec![0.0; scaled.columns.len()],
            y: vec![0.0; scaled.rows.len()],
        };
        let (gain, room) = (size(&scaled.gain), size(&scaled.room));
        Self {
            scaled,
            length: SAFE / scaled.stretch(),
            weight: if gain > 0.0 && room > 0.0 {
                gain / room
            } else {
                1.0
            },
            from: zero.clone(),
            reflected: zero.x.clone(),
            at: zero.clone(),
            to: zero,
            steps: 0,
            first: f64::INFINITY,
            last: f64::INFINITY,
        }
    }

    /// Works out where the next step leads.
    fn step(&mut self) {
        let scaled = self.scaled;
        let of_amounts = self.length / self.weight;
        let of_prices = self.length * self.weight;
        for (column, at) in self.at.x.iter().enumerate() {
            let moved = at + of_amounts * scaled.surplus(column, &self.at.y);
            let to = moved.clamp(0.0, scaled.upper[column]);
            self.to.x[column] = to;
            self.reflected[column] = 2.0 * to - at;
        }
        for (row, at) in self.at.y.iter().enumerate() {
            let over = scaled.rows.sum(row, &self.reflected) - scaled.room[row];
            self.to.y[row] = (at + of_prices * over).max(0.0);
        }
    }

    /// Reflects the step and draws it back towards the start.
    fn draw_back(&mut self) {
        self.steps += 1;
        let back = 1.0 / (self.steps as f64 + 1.0);
        let drawn = |reflected: f64, from: f64| (1.0 - back) * reflected + back * from;
        let amounts = self.at.x.iter_mut().zip(&self.reflected);
        for ((at, reflected), from) in amounts.zip(&self.from.x) {
            *at = drawn(*reflected, *from);
        }
        let prices = self.at.y.iter_mut().zip(&self.to.y);
        for ((at, to), from) in prices.zip(&self.from.y) {
            *at = drawn(2.0 * to - *at, *from);
        }
    }

    /// Whether to start again: it has come much closer, or somewhat and comes no closer, or it has been under way for long.
    fn is_due(&mut self, step: usize) -> bool {
        const MUCH: f64 = 0.2;
        const SOMEWHAT: f64 = 0.8;
        const LONG: f64 = 0.2;
        let amounts = distance(&self.to.x, &self.at.x) * self.weight.sqrt();
        let prices = distance(&self.to.y, &self.at.y) / self.weight.sqrt();
        let length = amounts.hypot(prices);
        let before = std::mem::replace(&mut self.last, length);
        if self.first.is_infinite() {
            self.first = length;
            return false;
        }
        length <= MUCH * self.first
            || length <= SOMEWHAT * self.first && length > before
            || self.steps as f64 >= LONG * step as f64
    }

    /// Starts again from where the step leads, or from better prices, with the weight that the way so far suggests.
    fn start_again(&mut self, better: Option<Vec<f64>>) {
        /// Ways shorter than this part of where they lead say nothing.
        const SHORT: f64 = 1e-7;
        if let Some(prices) = better {
            self.to.y = prices;
        }
        let amounts = distance(&self.to.x, &self.from.x);
        let prices = distance(&self.to.y, &self.from.y);
        if amounts > SHORT * size(&self.to.x) && prices > SHORT * size(&self.to.y) {
            self.weight = (self.weight * prices / amounts).sqrt();
        }
        for point in [&mut self.from, &mut self.at] {
            point.x.copy_from_slice(&self.to.x);
            point.y.copy_from_slice(&self.to.y);
        }
        self.steps = 0;
        self.first = f64::INFINITY;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A small generator of random numbers (splitmix64).
    struct Random(u64);

    impl Random {
        fn unit(&mut self) -> f64 {
            self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = self.0;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
        }

        fn below(&mut self, n: usize) -> usize {
            (self.unit() * n as f64) as usize
        }
    }

    /// A chain of steps, each with some makers, that may go round in a loop. A maker's inputs come from some makers one step up;
    /// some inputs can partly be done without.
    fn chain(random: &mut Random, steps: usize, makers: usize) -> Lp {
        let mut lp = Lp::default();
        let made: Vec<usize> = (0..steps * makers)
            .map(|_| lp.column(1.2 * random.unit() / makers as f64, 0.0))
            .collect();
        let given: Vec<usize> = made
            .iter()
            .map(|made| {
                let row = lp.row(0.0);
                lp.add(row, *made, -1.0);
                row
            })
            .collect();
        let all = lp.row(1.0);
        for row in &given[..makers] {
            let last = lp.column(f64::INFINITY, 1.0);
            lp.add(all, last, 1.0);
            lp.add(*row, last, 1.0);
        }
        for (maker, made) in made.iter().enumerate().take((steps - 1) * makers) {
            for _ in 0..1 + random.below(2) {
                let done_without = if random.unit() < 0.2 {
                    0.1 / makers as f64
                } else {
                    0.0
                };
                let row = lp.row(done_without);
                lp.add(row, *made, 0.5 + random.unit());
                for _ in 0..1 + random.below(3) {
                    // Now and then from two steps down, which closes a loop.
                    let back = maker >= 2 * makers && random.unit() < 0.05;
                    let step = if back {
                        maker / makers - 2
                    } else {
                        maker / makers + 1
                    };
                    let flow = lp.column(f64::INFINITY, 0.0);
                    lp.add(row, flow, -1.0);
                    lp.add(given[step * makers + random.below(makers)], flow, 1.0);
                }
            }
        }
        lp
    }

    #[test]
    fn it_finds_what_the_simplex_method_finds() {
        let mut random = Random(1);
        for (steps, makers) in [(2, 3), (3, 4), (4, 8), (5, 20)] {
            for _ in 0..8 {
                let lp = chain(&mut random, steps, makers);
                let expected = lp.maximise().unwrap().objective;
                let found = largest(&lp).expect("a bounded programme");
                assert!(found.meet(), "{found:?}");
                let found = found.middle();
                assert!((found - expected).abs() < 1e-9, "{found} {expected}");
            }
        }
    }

    #[test]
    fn it_answers_only_what_it_can_prove() {
        let mut endless = Lp::default();
        endless.column(f64::INFINITY, 1.0);
        assert!(largest(&endless).is_none());
        let mut impossible = Lp::default();
        impossible.column(1.0, 1.0);
        impossible.row(-1.0);
        assert!(largest(&impossible).is_none());
    }
}
