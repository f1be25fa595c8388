//! What a picture is about: only what lies on routes through a site, a commodity or a country is drawn.

use crate::analysis::{Bound, Target, look_through};
use crate::graph::{ProcessIx, SupplyGraph};
use crate::model::{CommodityIx, Country};

use super::choose::Weighed;

/// What a picture is about.
#[derive(Clone, Debug, PartialEq)]
pub struct Focus {
    label: String,
    target: Target,
}

/// The value that passes through the focus, by process: on its way there, and from there to the product.
pub(super) struct InFocus {
    pub(super) through: Vec<f64>,
    pub(super) total: f64,
    target: Target,
}

impl InFocus {
    pub(super) fn holds(&self, process: ProcessIx) -> bool {
        self.target.holds(process)
    }
}

impl Focus {
    /// A picture of everything a country, or group of countries, has a hand in.
    #[must_use]
    pub fn countries(graph: &SupplyGraph<'_>, label: &str, countries: Vec<Country>) -> Self {
        Self {
            label: label.to_owned(),
            target: Target::countries(graph, label, countries),
        }
    }

    /// A picture of where a commodity comes from and where it goes.
    #[must_use]
    pub fn commodity(graph: &SupplyGraph<'_>, commodity: CommodityIx) -> Self {
        let label = &graph.network().commodity(commodity).id;
        Self::made_of(graph, label, |_, p| p.commodity == commodity)
    }

    /// A picture of one site, by its id.
    #[must_use]
    pub fn site(graph: &SupplyGraph<'_>, id: &str) -> Self {
        Self::made_of(graph, id, |ix, _| graph.id(ix) == id)
    }

    fn made_of(
        graph: &SupplyGraph<'_>,
        label: &str,
        fits: impl Fn(ProcessIx, &crate::graph::Process) -> bool,
    ) -> Self {
        let members: Vec<ProcessIx> = graph
            .indexed()
            .filter(|(ix, p)| fits(*ix, p))
            .map(|(ix, _)| ix)
            .collect();
        Self {
            label: label.to_owned(),
            target: Target::processes(graph, label, &members),
        }
    }

    /// What it is called.
    #[must_use]
    pub fn label(&self) -> &str {
        &self.label
    }

    /// Whether the product has nothing to do with it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.target.is_empty()
    }

    /// Weighs every process by the value that passes through both it and the focus.
    pub(super) fn weigh(&self, weighed: &Weighed<'_, '_>) -> InFocus {
        let graph = weighed.graph;
        let flow = look_through(graph, &self.target, Bound::Low);
        // Downstream: the part of what a process needs that has passed through the focus.
        let mut through: Vec<f64> = graph
            .indexed()
            .map(|(ix, _)| weighed.value[ix.at()] * flow.of(ix))
            .collect();
        let upstream = self.upstream(weighed);
        for (at, value) in upstream.iter().enumerate() {
            through[at] = if self.target.holds(ProcessIx(at as u32)) {
                weighed.value[at]
            } else {
                through[at].max(*value)
            };
        }
        InFocus {
            through,
            total: flow.touched(graph, &self.target),
            target: self.target.clone(),
        }
    }

    /// Upstream: the value that goes on from the focus to its suppliers.
    fn upstream(&self, weighed: &Weighed<'_, '_>) -> Vec<f64> {
        const MOST_TIERS: usize = 100;
        const NEGLIGIBLE: f64 = 1e-9;
        let graph = weighed.graph;
        let mut sum = vec![0.0; graph.processes().len()];
        // What has met the focus once is not sent out again where it meets it later.
        let mut here: Vec<(ProcessIx, f64)> = self
            .target
            .members()
            .into_iter()
            .map(|p| (p, weighed.value[p.at()]))
            .collect();
        for _ in 0..MOST_TIERS {
            let mut next = vec![0.0; graph.processes().len()];
            for (process, mass) in &here {
                for input in graph.inputs_of(*process) {
                    for edge in graph.edges(&input) {
                        if !self.target.holds(edge.supplier) {
                            next[edge.supplier.at()] += mass * input.weight * edge.share;
                        }
                    }
                }
            }
            here = graph
                .indexed()
                .map(|(ix, _)| (ix, next[ix.at()]))
                .filter(|(_, mass)| *mass > NEGLIGIBLE)
                .collect();
            if here.is_empty() {
                break;
            }
            for (process, mass) in &here {
                sum[process.at()] += mass;
            }
        }
        sum
    }
}
