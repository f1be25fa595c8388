//! Leontief systems with a choice: elements that need fixed amounts of one another, some of them from any of several.
//!
//! Such a system can yield something of an element if for some choice what one unit of it takes, all that this takes in turn
//! included, comes to a finite amount (Hawkins and Simon, "Note: some conditions of macroeconomic stability", *Econometrica*
//! 17, 1949). That amount is the element's cost here.

use super::solve::solve_sparse;

/// One that can serve a need.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Choice {
    /// Position of the element.
    pub(super) to: usize,
    /// Units of it per unit of output, where it serves the need alone.
    pub(super) amount: f64,
    /// The part of the need that it serves today.
    pub(super) part: f64,
}

/// Something that an element cannot do without.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Need {
    /// Any of these serve it, alone or together.
    pub(super) choices: Vec<Choice>,
    /// A by-product's need of its host takes nothing from the host, and is one with that of other makers of the by-product in
    /// the country: the number of their tie.
    pub(super) tie: Option<usize>,
}

/// An element: a process, or a mix that passes on what it gets.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Element {
    /// Whether it is a mix.
    pub(super) passes_on: bool,
    pub(super) needs: Vec<Need>,
}

/// Elements in an order in which most stand after what they need.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct System {
    pub(super) elements: Vec<Element>,
}

/// What each element takes of others per unit, once all is chosen.
type Chosen = Vec<Vec<(usize, f64)>>;

impl System {
    /// What one unit of each takes in all if every need is served as it is today, as far as it still can be; none where that
    /// has no end.
    pub(super) fn cost_today(&self) -> Option<Vec<f64>> {
        let of_need = |need: &Need| -> Vec<(usize, f64)> {
            let sum: f64 = need.choices.iter().map(|c| c.part).sum();
            let part = |c: &Choice| (c.to, c.amount * c.part / sum);
            need.choices.iter().map(part).collect()
        };
        cost(self.chosen(of_need))
    }

    fn chosen(&self, of_need: impl Fn(&Need) -> Vec<(usize, f64)>) -> Chosen {
        let of = |e: &Element| e.needs.iter().flat_map(&of_need).collect();
        self.elements.iter().map(of).collect()
    }

    /// The elements that suffice for the cheapest of some, each need served by the one choice that costs least.
    ///
    /// Choosing by costs that have an end leaves costs that have an end (Howard's policy improvement).
    pub(super) fn cheapest(&self, wanted: &[usize], cost: &[f64]) -> Vec<usize> {
        let first = wanted
            .iter()
            .copied()
            .min_by(|a, b| cost[*a].total_cmp(&cost[*b]));
        let mut taken = vec![false; self.elements.len()];
        let mut open: Vec<usize> = first.into_iter().collect();
        while let Some(element) = open.pop() {
            if std::mem::replace(&mut taken[element], true) {
                continue;
            }
            let of = |c: &Choice| c.amount * cost[c.to];
            let cheapest = |need: &Need| -> Option<usize> {
                let choices = need.choices.iter();
                Some(choices.min_by(|a, b| of(a).total_cmp(&of(b)))?.to)
            };
            open.extend(self.elements[element].needs.iter().filter_map(cheapest));
        }
        (0..taken.len()).filter(|at| taken[*at]).collect()
    }

    /// Whether all can yield something however their needs are served. A no may also mean that it is too much to work out.
    pub(super) fn yields_anyhow(&self) -> bool {
        const MOST_ROUNDS: usize = 64;
        // Positive values that exceed what they would come to by the dearest choices prove it (Collatz, Wielandt). Values near
        // 1 do for most loops, so that they are tried first.
        let mut values = vec![1.0; self.elements.len()];
        for _ in 0..MOST_ROUNDS {
            self.pass_on(&mut values);
            let next: Vec<f64> = self.elements.iter().map(|e| dearest(e, &values)).collect();
            if next.iter().zip(&values).all(|(new, old)| new < old) {
                return true;
            }
            let highest = next.iter().copied().fold(1.0, f64::max);
            for (value, new) in values.iter_mut().zip(next) {
                *value = ((*value + new) / highest).max(f64::MIN_POSITIVE);
            }
        }
        self.yields_by_dearest(values)
    }

    /// Gives elements that only pass on what they get the value that follows from the others, and a little more.
    fn pass_on(&self, values: &mut [f64]) {
        const MORE: f64 = 1.0 + 1e-12;
        for (at, element) in self.elements.iter().enumerate() {
            if element.passes_on {
                values[at] = dearest(element, values) * MORE;
            }
        }
    }

    /// The same by policy iteration: costs by the choices that seem dearest, until these costs prove it.
    fn yields_by_dearest(&self, mut values: Vec<f64>) -> bool {
        const MOST_POLICIES: usize = 30;
        for _ in 0..MOST_POLICIES {
            let dear = |need: &Need| -> Vec<(usize, f64)> {
                let of = |c: &&Choice| c.amount * values[c.to];
                let choice = need.choices.iter().max_by(|a, b| of(a).total_cmp(&of(b)));
                choice.map(|c| (c.to, c.amount)).into_iter().collect()
            };
            let Some(costs) = cost(self.chosen(dear)) else {
                return false;
            };
            let mut after = self.elements.iter().zip(&costs);
            if after.all(|(element, cost)| dearest(element, &costs) < *cost) {
                return true;
            }
            values = costs;
        }
        false
    }
}

fn dearest(element: &Element, values: &[f64]) -> f64 {
    let of = |need: &Need| {
        let choices = need.choices.iter().map(|c| c.amount * values[c.to]);
        choices.fold(0.0, f64::max)
    };
    element.needs.iter().map(of).sum()
}

/// What one unit of each takes in all, itself counted; none where that has no end.
fn cost(chosen: Chosen) -> Option<Vec<f64>> {
    let own = vec![1.0; chosen.len()];
    let costs = solve_sparse(chosen, own)?;
    costs.iter().all(|c| c.is_finite()).then_some(costs)
}
