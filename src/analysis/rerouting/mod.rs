//! At risk, adapted: what is lost of a product once buyers have rerouted within the capacities there are.
//!
//! A linear programme over all processes upstream of the product, with their recipes, their capacities, the ties of
//! by-products to their hosts, and what other users are served. Equations in `docs/methods.md`,
//! At risk, adapted.

mod actors;
mod condense;
mod entitlement;
mod first_order;
mod fold;
mod homes;
mod limits;
mod link_limits;
mod links;
mod market;
mod plan;
mod presolve;
mod solver;
mod stop;
#[cfg(test)]
mod test_unbounded;
mod tie;
mod unbounded;

use std::sync::Arc;

pub use actors::Actor;
pub use limits::{
    CommodityLimit, HostYield, Limits, LimitsQuery, PowerLimit, Reach, UnknownOutput, Wanted,
};
pub use plan::{BindingLimit, Costs, Feedstock, HostLimit, Plan, PlanItem, PlanQuery, Power};
pub use solver::SolverError;
#[cfg(test)]
pub(super) use test_unbounded::makes_any;
pub(super) use tie::host_yield;
pub(super) use unbounded::yields;

use super::target::Target;
use crate::graph::{ProcessIx, SupplyGraph};
use crate::model::{Country, Network, Place};
use actors::Cast;

/// Who may step in for a lost supplier.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reroute {
    /// Any site that makes the commodity.
    #[default]
    Market,
    /// Today's suppliers only, within the limits of their links.
    Links,
}

/// Who is served first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Priority {
    /// Other users keep their part.
    #[default]
    ProRata,
    /// The product comes before all other users.
    First,
}

/// How buyers reroute.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// Who may step in.
    pub reroute: Reroute,
    /// Who is served first.
    pub priority: Priority,
}

/// What is lost: actors, and unknown supply that may belong to a country.
#[derive(Clone, Debug)]
pub struct Loss<'t> {
    lost: Vec<bool>,
    hidden: Option<&'t Target>,
}

impl Loss<'_> {
    fn hides(&self, not_in: &[Country]) -> bool {
        self.hidden.is_some_and(|t| t.may_hide_outside(not_in))
    }
}

/// A product, ready for knock-outs with rerouting.
#[derive(Debug)]
pub struct Rerouting<'g> {
    graph: &'g SupplyGraph<'g>,
    rules: Rules,
    cast: Cast,
}

impl<'g> Rerouting<'g> {
    /// Works out who can take part, and how much of each the product is entitled to before any loss.
    #[must_use]
    pub fn new(graph: &'g SupplyGraph<'g>, rules: Rules) -> Self {
        let unhindered = graph.network.unhindered();
        let before = unhindered
            .as_ref()
            .map(|network| SupplyGraph::new(network, &graph.asked));
        let cast = Cast::new(before.as_ref().unwrap_or(graph), graph, rules);
        Self { graph, rules, cast }
    }

    /// The rules it was made for.
    #[must_use]
    pub fn rules(&self) -> Rules {
        self.rules
    }

    /// What the product makes at present, in units of it per year; 1 where that is not known.
    #[must_use]
    pub fn present(&self) -> f64 {
        self.cast.present
    }

    /// What the reader of any adapted figure should know.
    #[must_use]
    pub fn notes(&self) -> &[String] {
        &self.cast.notes
    }

    /// All that take part.
    #[must_use]
    pub fn actors(&self) -> &[Actor] {
        &self.cast.actors
    }

    /// The loss of nothing.
    #[must_use]
    pub fn nothing(&self) -> Loss<'static> {
        self.loss(|_| false)
    }

    /// The loss of everyone of whom something is true.
    pub fn loss(&self, lost: impl Fn(&Actor) -> bool) -> Loss<'static> {
        Loss {
            lost: self.cast.actors.iter().map(lost).collect(),
            hidden: None,
        }
    }

    /// The loss of the actors that are marked, in the order of [`Self::actors`].
    #[must_use]
    pub(super) fn loss_at(&self, lost: Vec<bool>) -> Loss<'static> {
        Loss { lost, hidden: None }
    }

    /// Marks the actors behind some processes of the graph.
    pub(super) fn lost_with(&self, processes: &[ProcessIx]) -> Vec<bool> {
        self.loss_of(processes).lost
    }

    /// Marks the actors who supply nothing of the product today.
    pub(super) fn outside(&self) -> Vec<bool> {
        let mut outside = vec![true; self.cast.actors.len()];
        for actor in self.cast.of_process.iter().flatten() {
            outside[*actor] = false;
        }
        outside
    }

    /// The network it is of.
    pub(super) fn network(&self) -> &'g Network {
        self.graph.network
    }

    /// The loss of some processes of the graph.
    #[must_use]
    pub fn loss_of(&self, processes: &[ProcessIx]) -> Loss<'static> {
        let mut loss = self.nothing();
        for actor in processes
            .iter()
            .filter_map(|p| self.cast.of_process[p.at()])
        {
            loss.lost[actor] = true;
        }
        loss
    }

    /// The loss of everything in the countries of a target, or of its processes where it has no countries.
    #[must_use]
    pub fn loss_of_target(&self, target: &Target) -> Loss<'static> {
        if target.countries.is_empty() {
            return self.loss_of(&target.members());
        }
        self.loss_of_countries(&target.countries)
    }

    /// The loss of everything in some countries.
    #[must_use]
    pub fn loss_of_countries(&self, countries: &[Country]) -> Loss<'static> {
        self.loss(|a| is_in(a, countries))
    }

    /// The same with everything lost that may be in them.
    #[must_use]
    pub fn loss_high<'t>(&self, target: &'t Target) -> Loss<'t> {
        let lost = |(actor, not_in): (&Actor, &Arc<[Country]>)| match actor.place {
            Place::In(_) => is_in(actor, &target.countries),
            Place::Rest | Place::Unknown => target.may_hide_outside(not_in),
        };
        Loss {
            lost: self
                .cast
                .actors
                .iter()
                .zip(&self.cast.not_in)
                .map(lost)
                .collect(),
            hidden: Some(target),
        }
    }

    /// Whether anything of the product has no known place, so that the high figure may differ from the low one.
    #[must_use]
    pub fn has_unknown(&self) -> bool {
        let unknown = |a: &Actor| a.place.country().is_none() || !a.unknown.is_empty();
        self.cast.actors.iter().any(unknown)
    }

    /// The part of the product's present output that can still be made, 0 to 1.
    ///
    /// # Errors
    /// If the solver gives up.
    pub fn kept(&self, loss: &Loss<'_>) -> Result<f64, SolverError> {
        if stop::is_total(&self.cast, loss) {
            return Ok(0.0);
        }
        let kept = match self.rules.reroute {
            Reroute::Market => {
                let caps = market::caps(&self.cast, loss);
                let network = self.graph.network;
                market::programme(network, &self.cast, loss, caps, 1.0, false)
                    .lp
                    .largest()?
            }
            Reroute::Links => links::programme(self.graph, &self.cast, loss, self.rules.priority)
                .largest_of_flows()?,
        };
        Ok(kept.clamp(0.0, 1.0))
    }

    /// The part of the product lost after rerouting, 0 to 1; null if the solver gives up.
    ///
    /// What a scenario has stopped, and rerouting does not replace, is counted.
    #[must_use]
    pub fn at_risk(&self, loss: &Loss<'_>) -> Option<f64> {
        /// Losses below this are the solver's rounding.
        const NOISE: f64 = 1e-9;
        let lost = 1.0 - self.kept(loss).ok()?;
        Some(if lost < NOISE { 0.0 } else { lost })
    }
}

fn is_in(actor: &Actor, countries: &[Country]) -> bool {
    let country = actor.place.country();
    country.is_some_and(|c| countries.contains(&c))
}
