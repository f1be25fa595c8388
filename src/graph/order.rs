//! Suppliers-first order of the elements of a graph, loop by loop.

use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};

/// A run of elements in the order: one element, or all elements of a loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Component {
    /// First position in [`Order::elements`].
    pub start: u32,
    /// One past the last.
    pub end: u32,
    /// Whether its elements depend on one another.
    pub is_loop: bool,
}

/// The members of a loop in an order in which all but a few stand after their suppliers, so that values are handed round
/// the whole loop in one sweep: they leave a depth-first walk up the supply in the order in which it is done with them.
///
/// `local` is false throughout, before and after.
fn suppliers_first(
    graph: &DiGraph<(), (), u32>,
    members: &[NodeIndex],
    local: &mut [bool],
) -> Vec<NodeIndex> {
    if let [_] = members {
        return members.to_vec();
    }
    for member in members {
        local[member.index()] = true;
    }
    let suppliers = |node: NodeIndex| {
        // Edges are handed out newest first; the order of the files is easier to follow.
        let mut found: Vec<NodeIndex> = graph.neighbors(node).collect();
        found.sort_unstable();
        found.into_iter()
    };
    let mut done = Vec::with_capacity(members.len());
    for first in members {
        if !std::mem::replace(&mut local[first.index()], false) {
            continue;
        }
        let mut stack = vec![(*first, suppliers(*first))];
        while let Some((node, open)) = stack.last_mut() {
            let next = open.find(|s| std::mem::replace(&mut local[s.index()], false));
            match next {
                Some(supplier) => stack.push((supplier, suppliers(supplier))),
                None => {
                    done.push(*node);
                    stack.pop();
                }
            }
        }
    }
    done
}

/// Elements are processes, then mixes: element `e` is process `e`, or mix `e - processes`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Order {
    /// Number of processes.
    pub processes: u32,
    /// All elements, suppliers before buyers.
    pub elements: Vec<u32>,
    /// Position of each element in `elements`.
    pub position: Vec<u32>,
    /// Runs of `elements`.
    pub components: Vec<Component>,
    /// The component of each element.
    pub component_of: Vec<u32>,
    users_start: Vec<u32>,
    users: Vec<u32>,
}

impl Order {
    /// Sorts elements given, for each, the elements it depends on.
    pub(crate) fn new(processes: u32, count: usize, depends_on: &[(u32, u32)]) -> Self {
        let mut graph: DiGraph<(), (), u32> = DiGraph::with_capacity(count, depends_on.len());
        for _ in 0..count {
            graph.add_node(());
        }
        let mut self_loop = vec![false; count];
        for (user, supplier) in depends_on {
            self_loop[*user as usize] |= user == supplier;
            graph.add_edge(
                NodeIndex::new(*user as usize),
                NodeIndex::new(*supplier as usize),
                (),
            );
        }
        let mut order = Self {
            processes,
            ..Self::default()
        };
        order.position = vec![0; count];
        order.component_of = vec![0; count];
        // Kosaraju's algorithm hands out the components that depend on nothing else first.
        let mut local = vec![false; count];
        for mut members in kosaraju_scc(&graph) {
            members.sort_unstable();
            let members = suppliers_first(&graph, &members, &mut local);
            let start = order.elements.len() as u32;
            for node in &members {
                let element = node.index();
                order.position[element] = order.elements.len() as u32;
                order.component_of[element] = order.components.len() as u32;
                order.elements.push(element as u32);
            }
            let is_loop = members.len() > 1 || self_loop[members[0].index()];
            order.components.push(Component {
                start,
                end: order.elements.len() as u32,
                is_loop,
            });
        }
        order.index_users(count, depends_on);
        order
    }

    fn index_users(&mut self, count: usize, depends_on: &[(u32, u32)]) {
        self.users_start = vec![0; count + 1];
        for (_, supplier) in depends_on {
            self.users_start[*supplier as usize + 1] += 1;
        }
        for at in 0..count {
            self.users_start[at + 1] += self.users_start[at];
        }
        let mut next = self.users_start.clone();
        self.users = vec![0; depends_on.len()];
        for (user, supplier) in depends_on {
            self.users[next[*supplier as usize] as usize] = *user;
            next[*supplier as usize] += 1;
        }
    }

    /// The elements that depend directly on one.
    #[must_use]
    pub fn users_of(&self, element: u32) -> &[u32] {
        let at = element as usize;
        &self.users[self.users_start[at] as usize..self.users_start[at + 1] as usize]
    }

    /// The elements of a component.
    #[must_use]
    pub fn members(&self, component: Component) -> &[u32] {
        &self.elements[component.start as usize..component.end as usize]
    }

    /// The element of a mix.
    #[must_use]
    pub fn of_mix(&self, mix: u32) -> u32 {
        self.processes + mix
    }
}
