//! What of a loop ends at its lowest level, found without sweeps: a loss in a loop that nothing outside feeds pulls all of it
//! down to where it stands, but so slowly that sweeps would take thousands of rounds.
//!
//! Values are minima over branches `constant + sum of factors * suppliers`. Where a branch's factors within the loop sum to
//! `a < 1` and the rest comes to `c`, all at the level `c / (1 - a)` or below can go on; so no value is below the least such
//! level. None is above it either in a set in which each has a branch that gives just this level when its suppliers, all in the
//! set, are at it, and by these branches leads to one with `a < 1`: the largest excess would fall each time round (the
//! maximum principle).

use super::solve::Operator;
use crate::graph::{Component, Order};

/// Levels that differ by less are the same.
const SAME: f64 = 1e-14;
/// Sums of factors that differ from 1 by less are 1.
const WHOLE: f64 = 1e-13;
/// What a branch has to lose each time round, or to pass on, for it to count.
const NOTABLE: f64 = 1e-6;
/// Most levels that are taken off one after another.
const MOST_LEVELS: usize = 8;

/// A branch of an element.
struct Branch {
    /// What it is without the loop.
    constant: f64,
    /// What its factors within the loop sum to.
    within: f64,
    /// Its suppliers in the loop.
    from: usize,
    to: usize,
    /// Whether it still holds its element down.
    holds: bool,
}

impl Branch {
    /// The level at which it keeps itself, if it loses something each time round.
    fn level(&self) -> Option<f64> {
        let lost = 1.0 - self.within;
        (lost >= NOTABLE).then(|| self.constant / lost)
    }

    fn at(&self, level: f64) -> f64 {
        self.constant + self.within * level
    }
}

/// The branches of what is not settled yet.
struct Branches<'a> {
    order: &'a Order,
    component: Component,
    of: Vec<Branch>,
    /// Where those of an element start.
    start: Vec<usize>,
    suppliers: Vec<(usize, f64)>,
}

/// Settles what ends at the lowest level, then what ends at the lowest of the rest, and so on; whether that is all of it.
pub(super) fn settle_lowest(
    order: &Order,
    component: Component,
    operator: &impl Operator,
    values: &mut [f64],
) -> bool {
    let members = order.members(component);
    let mut settled = vec![false; members.len()];
    let mut left = members.len();
    for _ in 0..MOST_LEVELS {
        let mut branches = Branches::new(order, component, operator, values, &settled);
        let Some(level) = branches.lowest() else {
            return false;
        };
        let held = branches.held_to(level, &settled);
        let mut more = 0;
        for (at, element) in members.iter().enumerate() {
            if held[at] && !settled[at] {
                values[*element as usize] = level;
                settled[at] = true;
                more += 1;
            }
        }
        left -= more;
        if left == 0 || more == 0 {
            break;
        }
    }
    left == 0
}

impl<'a> Branches<'a> {
    fn new(
        order: &'a Order,
        component: Component,
        operator: &impl Operator,
        values: &[f64],
        settled: &[bool],
    ) -> Self {
        let members = order.members(component);
        let mut branches = Self {
            order,
            component,
            of: Vec::with_capacity(2 * members.len()),
            start: Vec::with_capacity(members.len() + 1),
            suppliers: Vec::with_capacity(4 * members.len()),
        };
        let (mut choices, mut fed) = (Vec::new(), Vec::new());
        for (at, element) in members.iter().enumerate() {
            branches.start.push(branches.of.len());
            if settled[at] {
                continue;
            }
            choices.clear();
            operator.choices(*element, &mut choices);
            for choice in &choices {
                fed.clear();
                let mut constant = operator.along(*element, *choice, &mut fed);
                let mut within = 0.0;
                let from = branches.suppliers.len();
                for (supplier, factor) in &fed {
                    match branches.local(*supplier).filter(|s| !settled[*s]) {
                        Some(supplier) => {
                            within += factor;
                            branches.suppliers.push((supplier, *factor));
                        }
                        None => constant += factor * values[*supplier as usize],
                    }
                }
                branches.of.push(Branch {
                    constant,
                    within,
                    from,
                    to: branches.suppliers.len(),
                    holds: false,
                });
            }
        }
        branches.start.push(branches.of.len());
        branches
    }

    /// The position of an element in the loop, if it is in it.
    fn local(&self, element: u32) -> Option<usize> {
        let position = self.order.position[element as usize];
        let within = (self.component.start..self.component.end).contains(&position);
        within.then(|| (position - self.component.start) as usize)
    }

    /// The lowest level at which a branch keeps itself, if all others can go on there.
    fn lowest(&self) -> Option<f64> {
        let levels = self.of.iter().filter_map(Branch::level);
        let level = levels.fold(1.0_f64, f64::min);
        let goes_on = |b: &Branch| b.within > 1.0 - WHOLE || b.at(level) >= level - SAME;
        let is_level = (0.0..1.0 - SAME).contains(&level);
        (is_level && self.of.iter().all(goes_on)).then_some(level)
    }

    /// What has no way of keeping above a level.
    fn held_to(&mut self, level: f64, settled: &[bool]) -> Vec<bool> {
        for branch in &mut self.of {
            branch.holds = branch.at(level) <= level + SAME && branch.within <= 1.0 + WHOLE;
        }
        let mut held: Vec<bool> = settled.iter().map(|s| !s).collect();
        let mut out: Vec<usize> = (0..held.len())
            .filter(|at| held[*at] && !self.is_held(*at))
            .collect();
        loop {
            for at in &out {
                held[*at] = false;
            }
            self.let_go(out, &mut held);
            let leads = self.leading(&held);
            out = (0..held.len()).filter(|e| held[*e] && !leads[*e]).collect();
            if out.is_empty() {
                return held;
            }
        }
    }

    fn range(&self, at: usize) -> std::ops::Range<usize> {
        self.start[at]..self.start[at + 1]
    }

    fn is_held(&self, at: usize) -> bool {
        self.of[self.range(at)].iter().any(|b| b.holds)
    }

    /// The users of an element that are in the loop.
    fn users(&self, at: usize) -> impl Iterator<Item = usize> + use<'a> {
        let (order, component) = (self.order, self.component);
        let users = order.users_of(order.members(component)[at]).iter();
        users.filter_map(move |user| {
            let position = order.position[*user as usize];
            let within = (component.start..component.end).contains(&position);
            within.then(|| (position - component.start) as usize)
        })
    }

    /// Lets go what is held by nothing but what has been let go.
    fn let_go(&mut self, mut out: Vec<usize>, held: &mut [bool]) {
        while let Some(at) = out.pop() {
            for user in self.users(at) {
                if !held[user] {
                    continue;
                }
                for branch in self.range(user) {
                    let fed = &self.suppliers[self.of[branch].from..self.of[branch].to];
                    if fed.iter().any(|(supplier, _)| *supplier == at) {
                        self.of[branch].holds = false;
                    }
                }
                if !self.is_held(user) {
                    held[user] = false;
                    out.push(user);
                }
            }
        }
    }

    /// What leads to a branch that loses something, by branches that hold.
    fn leading(&self, held: &[bool]) -> Vec<bool> {
        let mut leads = vec![false; held.len()];
        let mut open: Vec<usize> = Vec::new();
        for at in (0..held.len()).filter(|at| held[*at]) {
            let mut branches = self.of[self.range(at)].iter();
            if branches.any(|b| b.holds && b.level().is_some()) {
                leads[at] = true;
                open.push(at);
            }
        }
        while let Some(at) = open.pop() {
            let passes = |b: &Branch| {
                let fed = &self.suppliers[b.from..b.to];
                b.holds && fed.iter().any(|(s, factor)| *s == at && *factor >= NOTABLE)
            };
            for user in self.users(at) {
                if held[user] && !leads[user] && self.of[self.range(user)].iter().any(passes) {
                    leads[user] = true;
                    open.push(user);
                }
            }
        }
        leads
    }
}
