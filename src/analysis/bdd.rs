//! Reduced ordered binary decision diagrams (Bryant 1986) of monotone conditions, and probabilities on them.

use rustc_hash::FxHashMap;

use super::family::Exhausted;

/// A node; 0 is "never", 1 is "always".
pub(super) type Ref = u32;

pub(super) const NEVER: Ref = 0;
pub(super) const ALWAYS: Ref = 1;

/// Most variables: the operations recurse once a variable.
pub(super) const MOST_VARIABLES: usize = 2_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Node {
    variable: u32,
    low: Ref,
    high: Ref,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Op {
    And,
    Or,
    /// The first but not the second.
    Without,
}

/// All nodes of some diagrams over the same variables.
#[derive(Clone, Debug)]
pub(super) struct Diagrams {
    nodes: Vec<Node>,
    known: FxHashMap<Node, Ref>,
    done: FxHashMap<(Op, Ref, Ref), Ref>,
    most_nodes: usize,
    steps_left: u64,
}

impl Diagrams {
    pub(super) fn new(most_nodes: usize, steps: u64) -> Self {
        let leaf = |at| Node {
            variable: u32::MAX,
            low: at,
            high: at,
        };
        Self {
            nodes: vec![leaf(NEVER), leaf(ALWAYS)],
            known: FxHashMap::default(),
            done: FxHashMap::default(),
            most_nodes,
            steps_left: steps,
        }
    }

    /// How many nodes there are.
    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Forgets all nodes but the oldest, and all intermediate results, and makes room for so many more nodes.
    pub(super) fn forget(&mut self, kept: usize, more_nodes: usize) {
        for node in self.nodes.drain(kept..) {
            self.known.remove(&node);
        }
        self.done.clear();
        self.most_nodes = kept + more_nodes;
    }

    /// Allows for so much work from here on.
    pub(super) fn allow(&mut self, steps: u64) {
        self.steps_left = steps;
    }

    fn node(&mut self, variable: u32, low: Ref, high: Ref) -> Result<Ref, Exhausted> {
        if low == high {
            return Ok(low);
        }
        let node = Node {
            variable,
            low,
            high,
        };
        if let Some(known) = self.known.get(&node) {
            return Ok(*known);
        }
        if self.nodes.len() >= self.most_nodes {
            return Err(Exhausted);
        }
        let at = self.nodes.len() as Ref;
        self.nodes.push(node);
        self.known.insert(node, at);
        Ok(at)
    }

    /// The condition that a variable holds.
    pub(super) fn variable(&mut self, variable: u32) -> Result<Ref, Exhausted> {
        self.node(variable, NEVER, ALWAYS)
    }

    pub(super) fn and(&mut self, a: Ref, b: Ref) -> Result<Ref, Exhausted> {
        self.apply(Op::And, a, b)
    }

    pub(super) fn or(&mut self, a: Ref, b: Ref) -> Result<Ref, Exhausted> {
        self.apply(Op::Or, a, b)
    }

    /// The first but not the second.
    pub(super) fn without(&mut self, a: Ref, b: Ref) -> Result<Ref, Exhausted> {
        self.apply(Op::Without, a, b)
    }

    /// The condition that all of some variables hold.
    pub(super) fn all_of(&mut self, variables: &[u32]) -> Result<Ref, Exhausted> {
        let mut all = ALWAYS;
        for variable in variables {
            let one = self.variable(*variable)?;
            all = self.and(all, one)?;
        }
        Ok(all)
    }

    /// One way to make a condition true: the variables that hold. It prefers those that do not.
    pub(super) fn a_solution(&self, mut at: Ref) -> Vec<u32> {
        let mut found = Vec::new();
        while at > ALWAYS {
            let node = self.nodes[at as usize];
            at = node.low;
            if at == NEVER {
                found.push(node.variable);
                at = node.high;
            }
        }
        found
    }

    fn apply(&mut self, op: Op, a: Ref, b: Ref) -> Result<Ref, Exhausted> {
        let simple = match op {
            Op::And if a == NEVER || b == NEVER => Some(NEVER),
            Op::And if a == ALWAYS || a == b => Some(b),
            Op::And if b == ALWAYS => Some(a),
            Op::Or if a == ALWAYS || b == ALWAYS => Some(ALWAYS),
            Op::Or if a == NEVER || a == b => Some(b),
            Op::Or if b == NEVER => Some(a),
            Op::Without if a == NEVER || b == ALWAYS || a == b => Some(NEVER),
            Op::Without if b == NEVER => Some(a),
            _ => None,
        };
        if let Some(simple) = simple {
            return Ok(simple);
        }
        let (a, b) = if op == Op::Without {
            (a, b)
        } else {
            (a.min(b), a.max(b))
        };
        if let Some(known) = self.done.get(&(op, a, b)) {
            return Ok(*known);
        }
        self.steps_left = self.steps_left.checked_sub(1).ok_or(Exhausted)?;
        let (of_a, of_b) = (self.nodes[a as usize], self.nodes[b as usize]);
        let variable = of_a.variable.min(of_b.variable);
        let split = |at: Ref, node: Node| {
            if node.variable == variable {
                (node.low, node.high)
            } else {
                (at, at)
            }
        };
        let ((a_low, a_high), (b_low, b_high)) = (split(a, of_a), split(b, of_b));
        let low = self.apply(op, a_low, b_low)?;
        let high = self.apply(op, a_high, b_high)?;
        let result = self.node(variable, low, high)?;
        self.done.insert((op, a, b), result);
        Ok(result)
    }

    /// The condition with one variable settled.
    fn settled(
        &mut self,
        at: Ref,
        variable: u32,
        holds: bool,
        done: &mut FxHashMap<Ref, Ref>,
    ) -> Result<Ref, Exhausted> {
        let node = self.nodes[at as usize];
        if at <= ALWAYS || node.variable > variable {
            return Ok(at);
        }
        if node.variable == variable {
            return Ok(if holds { node.high } else { node.low });
        }
        if let Some(known) = done.get(&at) {
            return Ok(*known);
        }
        self.steps_left = self.steps_left.checked_sub(1).ok_or(Exhausted)?;
        let low = self.settled(node.low, variable, holds, done)?;
        let high = self.settled(node.high, variable, holds, done)?;
        let result = self.node(node.variable, low, high)?;
        done.insert(at, result);
        Ok(result)
    }

    /// The least monotone condition that a condition implies: some part of what holds makes it true.
    fn upward(&mut self, at: Ref, done: &mut FxHashMap<Ref, Ref>) -> Result<Ref, Exhausted> {
        if at <= ALWAYS {
            return Ok(at);
        }
        if let Some(known) = done.get(&at) {
            return Ok(*known);
        }
        self.steps_left = self.steps_left.checked_sub(1).ok_or(Exhausted)?;
        let node = self.nodes[at as usize];
        let low = self.upward(node.low, done)?;
        let high = self.upward(node.high, done)?;
        let high = self.apply(Op::Or, low, high)?;
        let result = self.node(node.variable, low, high)?;
        done.insert(at, result);
        Ok(result)
    }

    /// What must hold besides a variable for some minimal solution with that variable to hold.
    ///
    /// A minimal solution with the variable lies in what holds if and only if some part of the rest solves the condition
    /// with the variable but not without it.
    pub(super) fn in_minimal(&mut self, at: Ref, variable: u32) -> Result<Ref, Exhausted> {
        let with = self.settled(at, variable, true, &mut FxHashMap::default())?;
        let without = self.settled(at, variable, false, &mut FxHashMap::default())?;
        let critical = self.apply(Op::Without, with, without)?;
        self.upward(critical, &mut FxHashMap::default())
    }

    /// Extends a table of the probabilities of all nodes to the nodes made since.
    pub(super) fn probabilities(&self, of_variable: &[f64], table: &mut Vec<f64>) {
        for (at, node) in self.nodes.iter().enumerate().skip(table.len()) {
            // Children are older than their parents.
            table.push(match at as Ref {
                NEVER => 0.0,
                ALWAYS => 1.0,
                _ => {
                    let p = of_variable[node.variable as usize];
                    (1.0 - p) * table[node.low as usize] + p * table[node.high as usize]
                }
            });
        }
    }

    /// For each variable, how much more likely the condition is with it than without it.
    pub(super) fn differences(&self, top: Ref, of_variable: &[f64], table: &[f64]) -> Vec<f64> {
        let mut out = vec![0.0; of_variable.len()];
        let mut reach = vec![0.0; top as usize + 1];
        reach[top as usize] = 1.0;
        for at in (2..=top as usize).rev() {
            if reach[at] <= 0.0 {
                continue;
            }
            let node = self.nodes[at];
            let p = of_variable[node.variable as usize];
            out[node.variable as usize] +=
                reach[at] * (table[node.high as usize] - table[node.low as usize]);
            reach[node.low as usize] += (1.0 - p) * reach[at];
            reach[node.high as usize] += p * reach[at];
        }
        out
    }
}
