//! What works after a loss under AND/OR, whatever the amounts.
//!
//! A process works if every essential input that cannot be done without is supplied by at least one working supplier, or
//! by supply that nobody is named for, and if not all of its value hangs on inputs that are not essential and gone; a
//! by-product also needs its host. The greatest fixed point takes loops to feed themselves, the least to be unable to start;
//! see `docs/reliability.md`.

use crate::graph::{ProcessIx, SupplyGraph};

/// What of a mix must be unattributed for it to count as supply.
pub(super) const NEGLIGIBLE: f64 = 1e-9;

/// Which elements work when some processes are lost.
#[derive(Clone, Debug)]
pub struct Alive {
    works: Vec<bool>,
}

impl Alive {
    /// Propagates the loss of some processes, and of what a scenario has stopped, down to the product; loops feed themselves.
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
            if !state.mix_would_work(graph, mix)
                && std::mem::replace(&mut state.works[element as usize], false)
            {
                queue.push(element);
            }
        }
        while let Some(element) = queue.pop() {
            for user in order.users_of(element) {
                if state.works[*user as usize] && !state.would_work(graph, *user) {
                    state.works[*user as usize] = false;
                    queue.push(*user);
                }
            }
        }
        state
    }

    /// What of that still works if loops in doubt, by component, cannot start; and for each element its turn: later than all it
    /// needs. Elements of a loop that feeds itself share a turn.
    pub(super) fn started(
        graph: &SupplyGraph<'_>,
        most: &Self,
        doubtful: &[bool],
    ) -> (Self, Vec<u32>) {
        let order = &graph.order;
        let mut state = Self {
            works: vec![false; order.elements.len()],
        };
        let mut turn = vec![u32::MAX; order.elements.len()];
        let mut now = 0;
        for (at, component) in order.components.iter().enumerate() {
            let members = order.members(*component);
            let starts_at_once = component.is_loop && !doubtful[at];
            let mut queue: Vec<u32> = members.iter().rev().copied().collect();
            if starts_at_once {
                for element in members {
                    state.works[*element as usize] = most.works[*element as usize];
                }
            }
            // Down from all that may work, or up from nothing.
            while let Some(element) = queue.pop() {
                let works = most.element_works(element) && state.would_work(graph, element);
                if works == state.element_works(element) {
                    continue;
                }
                state.works[element as usize] = works;
                turn[element as usize] = now;
                now += 1;
                let users = order.users_of(element).iter().copied();
                queue.extend(users.filter(|u| order.component_of[*u as usize] == at as u32));
            }
            if starts_at_once {
                for element in members {
                    turn[*element as usize] = now;
                }
                now += 1;
            }
        }
        (state, turn)
    }

    /// Whether an element of the order works.
    pub(super) fn element_works(&self, element: u32) -> bool {
        self.works[element as usize]
    }

    fn mix_would_work(&self, graph: &SupplyGraph<'_>, mix: u32) -> bool {
        graph.mixes[mix as usize].unattributed > NEGLIGIBLE
            || graph
                .links_of(mix)
                .iter()
                .any(|l| l.share > 0.0 && self.works[l.supplier.at()])
    }

    fn would_work(&self, graph: &SupplyGraph<'_>, element: u32) -> bool {
        if element >= graph.order.processes {
            return self.mix_would_work(graph, element - graph.order.processes);
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
