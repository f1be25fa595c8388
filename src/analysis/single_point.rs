//! Single points of failure: minimal cut sets of size one under AND/OR.
//!
//! A process works if every essential input that cannot be done without is supplied by at least one working supplier, or
//! by supply that nobody is named for, and if not all of its value hangs on inputs that are not essential and gone; a
//! by-product also needs its host. The greatest fixed point: loops that can feed
//! themselves are alive. `fatal(v)` of the fault-tree literature, one set of losses at a time; see `docs/methods.md`.

use crate::graph::{ProcessIx, SupplyGraph};

/// What of a mix must be unattributed for it to count as supply.
pub(super) const NEGLIGIBLE: f64 = 1e-9;

/// Which elements work when some processes are lost.
#[derive(Clone, Debug)]
pub struct Alive {
    works: Vec<bool>,
}

impl Alive {
    /// Propagates the loss of some processes, and of what a scenario has stopped, down to the product.
    #[must_use]
    pub fn without(graph: &SupplyGraph<'_>, lost: &[ProcessIx]) -> Self {
        let order = &graph.order;
        let mut state = Self {
            works: vec![true; order.elements.len()],
        };
        let mut queue: Vec<u32> = Vec::new();
        for process in lost {
            if std::mem::replace(&mut state.works[process.at()], false) {
                queue.push(process.0);
            }
        }
        // Mixes without any supplier fail from the start; everything else only through a loss.
        for mix in 0..graph.mixes.len() as u32 {
            let element = order.of_mix(mix);
            if !state.mix_works(graph, mix)
                && std::mem::replace(&mut state.works[element as usize], false)
            {
                queue.push(element);
            }
        }
        while let Some(element) = queue.pop() {
            for user in order.users_of(element) {
                if state.works[*user as usize] && !state.element_works(graph, *user) {
                    state.works[*user as usize] = false;
                    queue.push(*user);
                }
            }
        }
        state
    }

    fn mix_works(&self, graph: &SupplyGraph<'_>, mix: u32) -> bool {
        graph.mixes[mix as usize].unattributed > NEGLIGIBLE
            || graph
                .links_of(mix)
                .iter()
                .any(|l| l.share > 0.0 && self.works[l.supplier.at()])
    }

    fn element_works(&self, graph: &SupplyGraph<'_>, element: u32) -> bool {
        if element >= graph.order.processes {
            return self.mix_works(graph, element - graph.order.processes);
        }
        let process = ProcessIx(element);
        let supplied = |parts: &[crate::graph::Part]| {
            parts
                .iter()
                .any(|p| p.share > 0.0 && self.works[graph.order.of_mix(p.mix) as usize])
        };
        let hosted = graph
            .process(process)
            .tie
            .is_none_or(|t| self.works[graph.order.of_mix(t.mix) as usize]);
        if !hosted {
            return false;
        }
        // Inputs that are not essential stop a process only where all of its value hangs on those that are gone.
        let mut gone = 0.0;
        for input in graph.inputs_of(process) {
            if supplied(input.parts) {
                continue;
            }
            if !input.essential {
                gone += input.weight * (1.0 - input.substitutable);
            } else if input.substitutable <= 0.0 {
                return false;
            }
        }
        gone < 1.0 - NEGLIGIBLE
    }

    /// Whether a process works.
    #[must_use]
    pub fn works(&self, process: ProcessIx) -> bool {
        self.works[process.at()]
    }

    /// Whether any of the product can be made.
    #[must_use]
    pub fn product_works(&self, graph: &SupplyGraph<'_>) -> bool {
        graph
            .roots
            .iter()
            .any(|(p, part)| *part > 0.0 && self.works(*p))
    }
}

/// Whether the loss of these processes alone stops the product.
#[must_use]
pub fn is_single_point(graph: &SupplyGraph<'_>, lost: &[ProcessIx]) -> bool {
    !Alive::without(graph, lost).product_works(graph)
}
