//! Leontief systems with a choice: elements that need fixed amounts of one another, some of them from any of several.
//!
//! Such a system can yield something of an element if for some choice what one unit of it takes, all that this takes in turn
//! included, comes to a finite amount (Hawkins and Simon, "Note: some conditions of macroeconomic stability", *Econometrica*
//! 17, 1949). That amount is the element's cost here.

use super::solve::{MOST_STEPS, solve_sparse};

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

impl Need {
    /// The choice that costs least.
    pub(super) fn cheapest(&self, cost: &[f64]) -> Option<&Choice> {
        let of = |c: &Choice| c.amount * cost[c.to];
        let choices = self.choices.iter();
        choices.min_by(|a, b| of(a).total_cmp(&of(b)))
    }
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
    pub(super) fn cost_today(&self, work: &mut u64) -> Option<Vec<f64>> {
        let of_need = |need: &Need| -> Vec<(usize, f64)> {
            let sum: f64 = need.choices.iter().map(|c| c.part).sum();
            let part = |c: &Choice| (c.to, c.amount * c.part / sum);
            need.choices.iter().map(part).collect()
        };
        cost(self.chosen(of_need), work)
    }

    /// The same if every need is served by the one choice that seems cheapest.
    pub(super) fn cost_at_best(&self, work: &mut u64) -> Option<Vec<f64>> {
        let seems = self.lowest_costs();
        let of_need = |need: &Need| -> Vec<(usize, f64)> {
            let choice = need.cheapest(&seems);
            choice.map(|c| (c.to, c.amount)).into_iter().collect()
        };
        cost(self.chosen(of_need), work)
    }

    /// What one unit of each takes at least, followed for a while: costs without end grow large.
    pub(super) fn lowest_costs(&self) -> Vec<f64> {
        const ROUNDS: usize = 50;
        const LARGEST: f64 = 1e100;
        let mut costs = vec![1.0; self.elements.len()];
        for _ in 0..ROUNDS {
            for at in (0..costs.len()).rev() {
                let needs = self.elements[at].needs.iter();
                let least = needs.filter_map(|n| n.cheapest(&costs));
                let sum: f64 = least.map(|c| c.amount * costs[c.to]).sum();
                costs[at] = (1.0 + sum).min(LARGEST);
            }
        }
        costs
    }

    /// Whether by-products hang on hosts in it.
    pub(super) fn has_ties(&self) -> bool {
        let mut needs = self.elements.iter().flat_map(|e| &e.needs);
        needs.any(|n| n.tie.is_some())
    }

    /// Whether nothing wanted can be made, leaving ties aside. What shows it are values above 0 of which none exceeds that of
    /// what goes in, by any choice. The highest ones are approached from above; a no may also mean that this took too long.
    pub(super) fn yields_nothing(&self, wanted: &[usize]) -> bool {
        const MOST_ROUNDS: usize = 1_000;
        // What still falls then is taken to fall to nothing; what settles without it shows as much.
        const LONG: usize = 300;
        const LEAST: f64 = 1e-250;
        const SETTLED: f64 = 1.0 - 1e-12;
        let mut values = vec![1.0_f64; self.elements.len()];
        for round in 1..=MOST_ROUNDS {
            let mut settled = true;
            for at in (0..values.len()).rev() {
                let needs = self.elements[at].needs.iter();
                let least = needs.filter_map(|n| n.cheapest(&values));
                let sum: f64 = least.map(|c| c.amount * values[c.to]).sum();
                let falls = sum < values[at] * SETTLED;
                settled &= !falls;
                values[at] = match falls && round == LONG {
                    true => 0.0,
                    false => values[at].min(sum),
                };
            }
            if wanted.iter().any(|at| values[*at] < LEAST) {
                return false;
            }
            if settled {
                return true;
            }
        }
        false
    }

    /// How many choices there are in all.
    pub(super) fn terms(&self) -> usize {
        let needs = self.elements.iter().flat_map(|e| &e.needs);
        self.elements.len() + needs.map(|n| n.choices.len()).sum::<usize>()
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
            let needs = self.elements[element].needs.iter();
            open.extend(needs.filter_map(|n| Some(n.cheapest(cost)?.to)));
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
                // What nobody is named for costs nothing.
                values[at] = (dearest(element, values) * MORE).max(f64::MIN_POSITIVE);
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
            let Some(costs) = cost(self.chosen(dear), &mut { MOST_STEPS }) else {
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
fn cost(chosen: Chosen, work: &mut u64) -> Option<Vec<f64>> {
    let own = vec![1.0; chosen.len()];
    let costs = solve_sparse(chosen, own, work)?;
    costs.iter().all(|c| c.is_finite()).then_some(costs)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn element(passes_on: bool, takes: &[(usize, f64)]) -> Element {
        let need = |(to, amount): &(usize, f64)| Need {
            choices: vec![Choice {
                to: *to,
                amount: *amount,
                part: 1.0,
            }],
            tie: None,
        };
        Element {
            passes_on,
            needs: takes.iter().map(need).collect(),
        }
    }

    /// A mill that takes half of what it makes, and of a mix that nobody need be named for.
    #[test]
    fn a_mix_in_part_from_nowhere_yields_anyhow() {
        let system = System {
            elements: vec![
                element(false, &[(1, 0.5), (2, 3.0)]),
                element(true, &[(0, 1.0)]),
                element(true, &[]),
            ],
        };
        let mut values = vec![1.0; 3];
        system.pass_on(&mut values);
        assert!(values.iter().all(|v| *v > 0.0));
        assert!(system.yields_anyhow());
    }
}
