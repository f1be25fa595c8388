//! A small layered layout after Sugiyama, Tagawa and Toda (1981): columns are given, blocks in a column are ordered by the
//! mean of their neighbours, and set as near to them as their heights allow.
//!
//! Bonds that pass columns get a lane in each of them, so that they run between the blocks and not under them. Bonds
//! within a column do not count; those that run back are laid as if they ran forth.

/// Something with a height in a column.
#[derive(Clone, Copy, Debug)]
pub(super) struct Block {
    pub(super) column: usize,
    pub(super) height: f64,
}

/// Two blocks that belong together.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bond {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) weight: f64,
    /// Room that its lane needs.
    pub(super) width: f64,
}

/// Where everything goes; the topmost edge is at 0.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    /// Upper edge of each block.
    pub(super) top: Vec<f64>,
    /// For each bond, the columns it passes with the middle of its lane there, from its left end to its right.
    pub(super) lanes: Vec<Vec<(usize, f64)>>,
    /// Height of the whole.
    pub(super) height: f64,
}

/// Rounds of ordering and of settling.
const ROUNDS: usize = 24;
/// Lanes are kept straighter than bonds between blocks.
const STRAIGHTNESS: f64 = 4.0;

struct Node {
    column: usize,
    height: f64,
    /// Neighbours to the left and to the right with weights.
    near: [Vec<(usize, f64)>; 2],
    /// Middle.
    y: f64,
}

struct Sheet {
    nodes: Vec<Node>,
    /// By column, from the top.
    columns: Vec<Vec<usize>>,
    gap: f64,
}

/// Lays out blocks; `gap` is the least distance of two in a column.
pub(super) fn layout(blocks: &[Block], bonds: &[Bond], gap: f64) -> Layout {
    let mut sheet = Sheet::new(blocks, gap);
    let lanes = sheet.join(blocks, bonds);
    sheet.order();
    sheet.settle();
    let top_of = |n: &Node| n.y - n.height / 2.0;
    let least = sheet.nodes.iter().map(top_of).fold(f64::MAX, f64::min);
    let bottom = sheet.nodes.iter().map(|n| n.y + n.height / 2.0);
    let height = bottom.fold(0.0, f64::max) - if sheet.nodes.is_empty() { 0.0 } else { least };
    Layout {
        top: sheet.nodes[..blocks.len()]
            .iter()
            .map(|n| top_of(n) - least)
            .collect(),
        lanes: lanes
            .into_iter()
            .map(|lane| {
                let at = |node: usize| (sheet.nodes[node].column, sheet.nodes[node].y - least);
                lane.into_iter().map(at).collect()
            })
            .collect(),
        height,
    }
}

impl Sheet {
    fn new(blocks: &[Block], gap: f64) -> Self {
        let count = blocks.iter().map(|b| b.column + 1).max().unwrap_or(0);
        let mut columns = vec![Vec::new(); count];
        let nodes = blocks
            .iter()
            .enumerate()
            .map(|(at, block)| {
                columns[block.column].push(at);
                Node {
                    column: block.column,
                    height: block.height,
                    near: [Vec::new(), Vec::new()],
                    y: 0.0,
                }
            })
            .collect();
        Self {
            nodes,
            columns,
            gap,
        }
    }

    /// Makes a chain of lanes for every bond that passes columns.
    fn join(&mut self, blocks: &[Block], bonds: &[Bond]) -> Vec<Vec<usize>> {
        let mut lanes = Vec::with_capacity(bonds.len());
        for bond in bonds {
            let (mut left, mut right) = (bond.from, bond.to);
            if blocks[left].column > blocks[right].column {
                std::mem::swap(&mut left, &mut right);
            }
            let (first, last) = (blocks[left].column, blocks[right].column);
            let mut lane = Vec::new();
            if first < last {
                let mut before = left;
                for column in first + 1..last {
                    let at = self.nodes.len();
                    self.nodes.push(Node {
                        column,
                        height: bond.width,
                        near: [Vec::new(), Vec::new()],
                        y: 0.0,
                    });
                    self.columns[column].push(at);
                    let straight = if lane.is_empty() { 1.0 } else { STRAIGHTNESS };
                    self.tie(before, at, bond.weight * straight);
                    lane.push(at);
                    before = at;
                }
                self.tie(before, right, bond.weight);
            }
            lanes.push(lane);
        }
        lanes
    }

    fn tie(&mut self, left: usize, right: usize, weight: f64) {
        self.nodes[left].near[1].push((right, weight));
        self.nodes[right].near[0].push((left, weight));
    }

    /// Orders each column by the mean place of its neighbours, sweeping to and fro; the order with least crossings stays.
    fn order(&mut self) {
        let mut place = vec![0.0; self.nodes.len()];
        self.number(&mut place);
        let mut best = (self.crossings(&place), self.columns.clone());
        for round in 0..ROUNDS {
            let side = round % 2;
            let count = self.columns.len();
            for step in 0..count {
                let column = if side == 0 { step } else { count - 1 - step };
                let mean = |node: usize| -> f64 {
                    let near = &self.nodes[node].near[side];
                    let weight: f64 = near.iter().map(|(_, w)| w).sum();
                    if weight > 0.0 {
                        near.iter().map(|(at, w)| place[*at] * w).sum::<f64>() / weight
                    } else {
                        place[node]
                    }
                };
                let mut keyed: Vec<(f64, usize)> = self.columns[column]
                    .iter()
                    .map(|n| (mean(*n), *n))
                    .collect();
                keyed.sort_by(|a, b| a.0.total_cmp(&b.0));
                let size = keyed.len() as f64;
                for (at, (_, node)) in keyed.iter().enumerate() {
                    place[*node] = (at as f64 + 0.5) / size;
                }
                self.columns[column] = keyed.into_iter().map(|(_, node)| node).collect();
            }
            let crossings = self.crossings(&place);
            if crossings < best.0 {
                best = (crossings, self.columns.clone());
            }
        }
        self.columns = best.1;
    }

    /// Where each node stands in its column, 0 to 1.
    fn number(&self, place: &mut [f64]) {
        for column in &self.columns {
            for (at, node) in column.iter().enumerate() {
                place[*node] = (at as f64 + 0.5) / column.len() as f64;
            }
        }
    }

    /// Counts crossings of bonds between neighbouring columns.
    fn crossings(&self, place: &[f64]) -> u64 {
        let mut count = 0;
        for column in &self.columns {
            let mut ends: Vec<f64> = Vec::new();
            for node in column {
                let mut targets: Vec<f64> = self.nodes[*node].near[1]
                    .iter()
                    .map(|(to, _)| place[*to])
                    .collect();
                targets.sort_by(f64::total_cmp);
                ends.append(&mut targets);
            }
            count += inversions(&mut ends);
        }
        count
    }

    /// Sets blocks one under the other, then draws each to the mean of its neighbours as far as the others let it.
    fn settle(&mut self) {
        for column in &self.columns {
            let mut y = 0.0;
            for node in column {
                self.nodes[*node].y = y + self.nodes[*node].height / 2.0;
                y += self.nodes[*node].height + self.gap;
            }
            for node in column {
                self.nodes[*node].y -= y / 2.0;
            }
        }
        let count = self.columns.len();
        for round in 0..ROUNDS {
            for step in 0..count {
                let column = if round % 2 == 0 {
                    step
                } else {
                    count - 1 - step
                };
                self.settle_column(column);
            }
        }
    }

    /// The places nearest to those wished for that keep order and distance: pool adjacent violators.
    fn settle_column(&mut self, column: usize) {
        // Blocks of nodes pushed together: sum of weighted wishes, weight, number of nodes.
        let mut pools: Vec<(f64, f64, usize)> = Vec::new();
        let mut offset = 0.0;
        let mut offsets = Vec::with_capacity(self.columns[column].len());
        let mut above: Option<f64> = None;
        for node in &self.columns[column] {
            let node = &self.nodes[*node];
            if let Some(height) = above {
                offset += height / 2.0 + self.gap + node.height / 2.0;
            }
            above = Some(node.height);
            offsets.push(offset);
            let (mut sum, mut weight) = (0.0, 0.0);
            for (at, w) in node.near.iter().flatten() {
                sum += self.nodes[*at].y * w;
                weight += w;
            }
            if weight <= 0.0 {
                (sum, weight) = (node.y * 0.01, 0.01);
            }
            let mut pool = (sum - offset * weight, weight, 1);
            while let Some(last) = pools.last() {
                if last.0 / last.1 <= pool.0 / pool.1 {
                    break;
                }
                pool = (last.0 + pool.0, last.1 + pool.1, last.2 + pool.2);
                pools.pop();
            }
            pools.push(pool);
        }
        let mut at = 0;
        for (sum, weight, size) in pools {
            for _ in 0..size {
                self.nodes[self.columns[column][at]].y = sum / weight + offsets[at];
                at += 1;
            }
        }
    }
}

/// Counts pairs in the wrong order, sorting on the way.
fn inversions(values: &mut [f64]) -> u64 {
    if values.len() < 2 {
        return 0;
    }
    let middle = values.len() / 2;
    let (left, right) = values.split_at_mut(middle);
    let mut count = inversions(left) + inversions(right);
    let mut merged = Vec::with_capacity(values.len());
    let (left, right) = values.split_at(middle);
    let (mut a, mut b) = (0, 0);
    while a < left.len() || b < right.len() {
        if b == right.len() || (a < left.len() && left[a] <= right[b]) {
            merged.push(left[a]);
            a += 1;
        } else {
            count += (left.len() - a) as u64;
            merged.push(right[b]);
            b += 1;
        }
    }
    values.copy_from_slice(&merged);
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bond(from: usize, to: usize) -> Bond {
        Bond {
            from,
            to,
            weight: 1.0,
            width: 2.0,
        }
    }

    fn block(column: usize) -> Block {
        Block {
            column,
            height: 10.0,
        }
    }

    #[test]
    fn crossings_are_counted_and_undone() {
        assert_eq!(inversions(&mut [3.0, 1.0, 2.0, 2.0]), 3);
        let blocks = [block(0), block(0), block(1), block(1)];
        let laid = layout(&blocks, &[bond(0, 3), bond(1, 2)], 5.0);
        assert_eq!(laid.top[0] < laid.top[1], laid.top[3] < laid.top[2]);
    }

    #[test]
    fn nothing_lies_on_anything_else() {
        let blocks: Vec<Block> = (0..30).map(|at| block(at % 4)).collect();
        let bonds: Vec<Bond> = (0..60).map(|at| bond(at % 30, (at * 7 + 3) % 30)).collect();
        let laid = layout(&blocks, &bonds, 5.0);
        for (a, x) in blocks.iter().enumerate() {
            for (b, y) in blocks.iter().enumerate().filter(|(b, _)| *b > a) {
                let apart = (laid.top[a] - laid.top[b]).abs();
                assert!(x.column != y.column || apart >= 15.0 - 1e-6, "{a} {b}");
            }
        }
        let lowest = laid.top.iter().fold(0.0, |a, b| f64::max(a, *b));
        assert!(laid.top.iter().all(|t| *t >= -1e-9) && lowest + 10.0 <= laid.height + 1e-6);
    }

    #[test]
    fn a_bond_past_a_block_gets_a_lane_beside_it() {
        let blocks = [block(0), block(1), block(2)];
        let laid = layout(&blocks, &[bond(0, 1), bond(1, 2), bond(0, 2)], 5.0);
        let (column, y) = laid.lanes[2][0];
        assert_eq!(column, 1);
        assert!(y < laid.top[1] || y > laid.top[1] + 10.0, "{y} {laid:?}");
    }
}
