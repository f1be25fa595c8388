//! The supply graph as SVG by the layout built in: a card for each commodity with a row for each of its sites, in columns
//! from the ground up.

use std::collections::BTreeMap;

use super::layered::{Block, Bond, Layout, layout};
use super::network_cards::{legend, row_lines};
use super::picture::{ColourBy, Flow, Picture};
use super::style::ALARM;
use super::svg::{Svg, Words, bend, curve, n};
use super::text;
use crate::model::Stage;
use crate::report::percent;

pub(super) const ROW: f64 = 18.0;
/// Height of a further line in a row.
pub(super) const ROW_LINE: f64 = 12.0;
/// Height of a line of a card's title, and what is around it.
pub(super) const LINE: f64 = 13.0;
pub(super) const HEAD: f64 = 7.0;
pub(super) const MARGIN: f64 = 16.0;
pub(super) const CARD: f64 = 216.0;
/// Room for flows between two columns.
const CHANNEL: f64 = 84.0;
pub(super) const SMALL: f64 = 10.0;

/// A commodity with its sites.
pub(super) struct Card {
    pub(super) title: String,
    /// The title as it is set.
    pub(super) lines: Vec<String>,
    stage: Stage,
    /// Its places, most value first.
    pub(super) rows: Vec<Row>,
    pub(super) column: usize,
    pub(super) value: f64,
}

impl Card {
    /// Height of its title.
    pub(super) fn head(&self) -> f64 {
        HEAD + LINE * self.lines.len() as f64
    }

    /// Height of its rows together.
    pub(super) fn rows_height(&self) -> f64 {
        self.rows.iter().map(Row::height).sum()
    }

    pub(super) fn height(&self, picture: &Picture) -> f64 {
        let rest = usize::from(picture.rests.contains_key(&self.title));
        self.head() + self.rows_height() + ROW * rest as f64 + 3.0
    }
}

/// One place on a card.
pub(super) struct Row {
    pub(super) place: usize,
    /// What it says, as it is set.
    pub(super) lines: Vec<String>,
}

impl Row {
    pub(super) fn height(&self) -> f64 {
        ROW + ROW_LINE * (self.lines.len().max(1) - 1) as f64
    }
}

/// Everything with its place on the sheet.
pub(super) struct Sheet<'p> {
    pub(super) picture: &'p Picture,
    pub(super) cards: Vec<Card>,
    /// Card of each place, and how far below its title the middle of its row is.
    seat: Vec<(usize, f64)>,
    pub(super) laid: Layout,
    /// Bond of each pair of cards.
    bonds: BTreeMap<(usize, usize), usize>,
    /// Where the columns begin.
    pub(super) top: f64,
}

/// Draws a picture with the layout built in.
#[must_use]
pub fn network_svg(picture: &Picture) -> String {
    let mut cards = cards(picture);
    let mut seat = vec![(0, 0.0); picture.places.len()];
    for (at, card) in cards.iter().enumerate() {
        let mut y = 0.0;
        for row in &card.rows {
            seat[row.place] = (at, y + row.height() / 2.0);
            y += row.height();
        }
    }
    let pairs = pairs(picture, &seat);
    assign_columns(&mut cards, &pairs);
    let blocks: Vec<Block> = cards
        .iter()
        .map(|card| Block {
            column: card.column,
            height: card.height(picture),
        })
        .collect();
    let bonds: Vec<Bond> = pairs
        .iter()
        .map(|((from, to), (value, count))| Bond {
            from: *from,
            to: *to,
            weight: value.max(1e-4).sqrt(),
            width: (4.0 + 1.5 * *count as f64).min(22.0),
        })
        .collect();
    let laid = layout(&blocks, &bonds, 12.0);
    let sheet = Sheet {
        picture,
        seat,
        laid,
        bonds: pairs.keys().copied().zip(0..).collect(),
        top: 0.0,
        cards,
    };
    sheet.draw()
}

fn cards(picture: &Picture) -> Vec<Card> {
    let mut found: BTreeMap<(Stage, &str), Vec<usize>> = BTreeMap::new();
    for (at, place) in picture.places.iter().enumerate() {
        found
            .entry((place.stage, &place.card))
            .or_default()
            .push(at);
    }
    found
        .into_iter()
        .map(|((stage, title), mut rows)| {
            let value = |at: &usize| picture.places[*at].value;
            rows.sort_by(|a, b| value(b).total_cmp(&value(a)).then_with(|| a.cmp(b)));
            Card {
                lines: title_lines(title),
                title: title.to_owned(),
                stage,
                value: rows.iter().map(value).sum(),
                rows: rows
                    .into_iter()
                    .map(|place| Row {
                        lines: row_lines(&picture.places[place]),
                        place,
                    })
                    .collect(),
                column: 0,
            }
        })
        .collect()
}

/// Most lines of a card's title.
const MOST_LINES: usize = 3;

/// A title broken to the width of a card, beside its percentage.
fn title_lines(title: &str) -> Vec<String> {
    text::few_lines(title, CARD - 58.0, 11.0, true, MOST_LINES)
}

/// What flows between cards: value and number of flows.
fn pairs(picture: &Picture, seat: &[(usize, f64)]) -> BTreeMap<(usize, usize), (f64, usize)> {
    let mut pairs: BTreeMap<(usize, usize), (f64, usize)> = BTreeMap::new();
    for flow in &picture.flows {
        let pair = (seat[flow.from].0, seat[flow.to].0);
        if pair.0 != pair.1 {
            let entry = pairs.entry(pair).or_default();
            entry.0 += flow.value;
            entry.1 += 1;
        }
    }
    pairs
}

/// Stages stand side by side; within a stage, a card stands left of its buyers, loops aside.
fn assign_columns(cards: &mut [Card], pairs: &BTreeMap<(usize, usize), (f64, usize)>) {
    let mut buyers: Vec<Vec<usize>> = vec![Vec::new(); cards.len()];
    for (from, to) in pairs.keys() {
        if cards[*from].stage == cards[*to].stage {
            buyers[*from].push(*to);
        }
    }
    let depth = depths(&buyers);
    let mut first = 0;
    for stage in Stage::ALL {
        let members: Vec<usize> = (0..cards.len())
            .filter(|c| cards[*c].stage == stage)
            .collect();
        let Some(deepest) = members.iter().map(|c| depth[*c]).max() else {
            continue;
        };
        for card in members {
            cards[card].column = first + deepest - depth[card];
        }
        first += deepest + 1;
    }
}

/// The longest way from each node to one without buyers; an edge that closes a loop does not count.
fn depths(buyers: &[Vec<usize>]) -> Vec<usize> {
    #[derive(Clone, Copy, PartialEq)]
    enum State {
        New,
        Open,
        Done,
    }
    let mut state = vec![State::New; buyers.len()];
    let mut depth = vec![0; buyers.len()];
    for start in 0..buyers.len() {
        let mut stack = vec![(start, 0)];
        while let Some((node, next)) = stack.pop() {
            if next == 0 {
                if state[node] != State::New {
                    continue;
                }
                state[node] = State::Open;
            }
            if let Some(buyer) = buyers[node].get(next) {
                stack.push((node, next + 1));
                if state[*buyer] == State::New {
                    stack.push((*buyer, 0));
                }
                continue;
            }
            // All buyers have been seen: those still open would close a loop.
            let done = buyers[node].iter().filter(|b| state[**b] == State::Done);
            depth[node] = done.map(|b| depth[*b] + 1).max().unwrap_or(0);
            state[node] = State::Done;
        }
    }
    depth
}

impl Sheet<'_> {
    pub(super) fn x(&self, column: usize) -> f64 {
        MARGIN + column as f64 * (CARD + CHANNEL)
    }

    /// Room right of the last column for flows that stay in it.
    fn loop_room(&self) -> f64 {
        let last = self.columns() - 1;
        let stays = |f: &Flow| {
            [f.from, f.to]
                .iter()
                .all(|p| self.cards[self.seat[*p].0].column == last)
        };
        if self.picture.flows.iter().any(stays) {
            48.0
        } else {
            0.0
        }
    }

    fn columns(&self) -> usize {
        self.cards.iter().map(|c| c.column + 1).max().unwrap_or(1)
    }

    /// Middle of a place's row.
    pub(super) fn y(&self, place: usize) -> f64 {
        let (card, below) = self.seat[place];
        self.top + self.laid.top[card] + self.cards[card].head() + below
    }

    fn draw(mut self) -> String {
        let width = (self.x(self.columns()) - CHANNEL + MARGIN + self.loop_room()).max(640.0);
        let mut svg = Svg::new();
        svg.raw("<defs><marker id=\"back\" viewBox=\"0 0 6 6\" refX=\"5\" refY=\"3\" markerWidth=\"7\" markerHeight=\"7\" markerUnits=\"userSpaceOnUse\" orient=\"auto-start-reverse\"><path d=\"M0 0L6 3L0 6z\" fill=\"#777777\"/></marker></defs>");
        let mut y = MARGIN + 14.0;
        for line in text::lines(&self.picture.title, width - 2.0 * MARGIN, 16.0, true) {
            svg.text(MARGIN, y, Words::bold(16.0), &line);
            y += 20.0;
        }
        for line in text::lines(&self.picture.left_out, width - 2.0 * MARGIN, 11.0, false) {
            svg.text(MARGIN, y, Words::soft(11.0), &line);
            y += 15.0;
        }
        y += 6.0;
        self.bands(&mut svg, y);
        self.top = y + 28.0;
        svg.raw("<g class=\"flows\">");
        for (at, flow) in self.picture.flows.iter().enumerate() {
            self.flow(&mut svg, at, flow);
        }
        svg.raw("</g><g class=\"cards\">");
        for card in 0..self.cards.len() {
            self.card(&mut svg, card);
        }
        svg.raw("</g>");
        let bottom = legend(
            &mut svg,
            self.picture,
            self.top + self.laid.height + 24.0,
            width,
        );
        svg.finish(
            width,
            bottom + MARGIN,
            &self.picture.title,
            &self.picture.left_out,
        )
    }

    /// Names of the stages over their columns.
    fn bands(&self, svg: &mut Svg, y: f64) {
        for stage in Stage::ALL {
            let columns = self
                .cards
                .iter()
                .filter(|c| c.stage == stage)
                .map(|c| c.column);
            let Some(first) = columns.clone().min() else {
                continue;
            };
            let last = columns.max().unwrap_or(first);
            let (left, right) = (self.x(first), self.x(last) + CARD);
            svg.line(
                [left, y + 18.0, right, y + 18.0],
                "#999999",
                "class=\"rule\"",
            );
            svg.text(left, y + 12.0, Words::bold(12.0), stage.word());
        }
    }

    fn flow(&self, svg: &mut Svg, at: usize, flow: &Flow) {
        let (from, to) = (
            &self.picture.places[flow.from],
            &self.picture.places[flow.to],
        );
        let (stroke, dash) = if flow.round_trip {
            (ALARM, " stroke-dasharray=\"6 3\"")
        } else {
            let own = match self.picture.colour_by {
                ColourBy::Country => self.picture.palette.colour(from.location),
                _ => super::style::NOWHERE,
            };
            // White would not be seen on paper.
            (
                if own == super::style::NOWHERE {
                    "#8A8A8A"
                } else {
                    own
                },
                "",
            )
        };
        let (d, runs_back) = self.route(at, flow);
        let marker = if runs_back {
            " marker-end=\"url(#back)\""
        } else {
            ""
        };
        svg.raw(&format!(
            "<path class=\"flow\" data-f=\"{}\" data-t=\"{}\" d=\"{d}\" fill=\"none\" stroke=\"{stroke}\" stroke-opacity=\"0.55\" stroke-width=\"{:.1}\"{dash}{marker}>",
            flow.from,
            flow.to,
            self.picture.width(flow)
        ));
        let back = if flow.round_trip {
            "; part of it comes back"
        } else {
            ""
        };
        svg.title(&format!(
            "{} to {}: {} of the value{back}",
            from.id,
            to.id,
            percent(flow.value.min(1.0))
        ));
        svg.raw("</path>");
    }

    /// The way of a flow through the lanes of its cards, and whether it runs against the columns.
    fn route(&self, at: usize, flow: &Flow) -> (String, bool) {
        let (a, b) = (self.seat[flow.from].0, self.seat[flow.to].0);
        let (from, to) = (self.cards[a].column, self.cards[b].column);
        let (y1, y2) = (self.y(flow.from), self.y(flow.to));
        if from == to {
            let x = self.x(from) + CARD;
            let bulge = 18.0 + (y1 - y2).abs().sqrt() * 2.0;
            // A flow to itself needs some room to be seen.
            let (y1, y2) = if flow.from == flow.to {
                (y1 - 5.0, y2 + 5.0)
            } else {
                (y1, y2)
            };
            let d = curve([x, y1], x + bulge, [x + 2.0, y2]);
            return (d, true);
        }
        let forth = from < to;
        let lane = self
            .bonds
            .get(&(a, b))
            .map_or(&[][..], |bond| &self.laid.lanes[*bond]);
        // Flows that share a lane lie side by side in it, as far as there is room.
        let shift = (at % 5) as f64 - 2.0;
        let mut stops: Vec<(usize, f64)> = lane
            .iter()
            .map(|(column, y)| (*column, y + self.top + shift))
            .collect();
        if !forth {
            stops.reverse();
        }
        let (near, far) = if forth { (CARD, 0.0) } else { (0.0, CARD) };
        let mut x = self.x(from) + near;
        let mut y = y1;
        let mut d = format!("M{} {}", n(x), n(y));
        let mut go = |to_x: f64, to_y: f64| {
            d.push_str(&bend(y, (x + to_x) / 2.0, [to_x, to_y]));
            (x, y) = (to_x, to_y);
        };
        for (column, lane_y) in stops {
            go(self.x(column) + far, lane_y);
            let across = self.x(column) + near;
            go(across, lane_y);
        }
        let end = if forth { 0.0 } else { 2.0 };
        go(self.x(to) + far + end, y2);
        (d, !forth)
    }
}
