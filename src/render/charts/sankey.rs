//! Stage by stage, country by country, from the ground to the product.

use std::collections::BTreeMap;

use super::aggregate::{Aggregate, Spot};
use crate::model::{Place, Stage};
use crate::render::style::{NOWHERE, OTHER, Palette};
use crate::render::svg::{Svg, Words, curve};
use crate::render::text;
use crate::report::percent;

const WIDTH: f64 = 980.0;
const TALLEST: f64 = 400.0;
const BAR: f64 = 16.0;
const GAP: f64 = 9.0;
/// Countries named in a column; the rest are one.
const NAMED: usize = 7;
/// Flows below this part of the product's value are not drawn.
const LEAST: f64 = 0.002;

/// Who stands in a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Who {
    At(Place),
    /// Countries beyond those named.
    Others,
}

type Node = (Stage, Who);

struct Bar {
    x: f64,
    y: f64,
    height: f64,
    /// How much of either side is taken.
    left: f64,
    right: f64,
}

struct Chart<'p> {
    palette: &'p Palette,
    flows: BTreeMap<(Node, Node), f64>,
    bars: BTreeMap<Node, Bar>,
    scale: f64,
    bottom: f64,
}

fn words(who: Who) -> String {
    match who {
        Who::At(Place::In(country)) => country.name().to_owned(),
        Who::At(Place::Rest) => "rest of the world".to_owned(),
        Who::At(Place::Unknown) => "place not known".to_owned(),
        Who::Others => "other countries".to_owned(),
    }
}

/// Draws the flows of value from stage to stage.
#[must_use]
pub fn sankey(sum: &Aggregate, palette: &Palette, product: &str) -> String {
    let named = named(sum);
    let node = |spot: &Spot| -> Node {
        let (stage, place) = *spot;
        let is_named = place.country().is_none() || named.contains(spot);
        (
            stage,
            if is_named {
                Who::At(place)
            } else {
                Who::Others
            },
        )
    };
    let mut flows: BTreeMap<(Node, Node), f64> = BTreeMap::new();
    for ((from, to), value) in &sum.flows {
        *flows.entry((node(from), node(to))).or_default() += value;
    }
    let mut chart = Chart {
        palette,
        flows,
        bars: BTreeMap::new(),
        scale: 0.0,
        bottom: 0.0,
    };
    chart.place();
    chart.draw(product)
}

/// The countries of each stage with most value.
fn named(sum: &Aggregate) -> Vec<Spot> {
    let mut named = Vec::new();
    for stage in Stage::ALL {
        let mut ranked: Vec<(f64, Spot)> = sum
            .value
            .iter()
            .filter(|((s, place), _)| *s == stage && place.country().is_some())
            .map(|(spot, value)| (*value, *spot))
            .collect();
        ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        named.extend(ranked.into_iter().take(NAMED).map(|(_, spot)| spot));
    }
    named
}

impl Chart<'_> {
    fn is_forth(from: &Node, to: &Node) -> bool {
        from.0 < to.0
    }

    /// Heights are by what flows on to later stages, or comes from earlier ones.
    fn place(&mut self) {
        let mut sides: BTreeMap<Node, (f64, f64)> = BTreeMap::new();
        for ((from, to), value) in &self.flows {
            let forth = if Self::is_forth(from, to) {
                *value
            } else {
                0.0
            };
            sides.entry(*from).or_default().1 += forth;
            sides.entry(*to).or_default().0 += forth;
        }
        let mut columns: BTreeMap<Stage, Vec<(f64, Node)>> = BTreeMap::new();
        for (node, (left, right)) in sides {
            columns
                .entry(node.0)
                .or_default()
                .push((left.max(right), node));
        }
        let room = |c: &Vec<(f64, Node)>| TALLEST - GAP * c.len() as f64;
        let fits = |c: &Vec<(f64, Node)>| room(c) / c.iter().map(|(v, _)| v).sum::<f64>().max(1e-9);
        self.scale = columns.values().map(fits).fold(f64::MAX, f64::min);
        let count = columns.len();
        let step = (WIDTH - 32.0 - 120.0) / (count.max(2) - 1) as f64;
        for (column, members) in columns.values_mut().enumerate() {
            members.sort_by(|a, b| {
                let last = |w: &Node| !matches!(w.1, Who::At(Place::In(_)));
                last(&a.1)
                    .cmp(&last(&b.1))
                    .then_with(|| b.0.total_cmp(&a.0))
                    .then_with(|| a.1.cmp(&b.1))
            });
            let mut y = 92.0;
            for (value, node) in members {
                let height = (*value * self.scale).max(1.5);
                let x = 16.0 + step * column as f64;
                self.bars.insert(
                    *node,
                    Bar {
                        x,
                        y,
                        height,
                        left: 0.0,
                        right: 0.0,
                    },
                );
                // Names are set beside the bars and need a line each.
                y += height.max(5.0) + GAP;
                self.bottom = self.bottom.max(y);
            }
        }
    }

    fn colour(&self, node: &Node) -> &'static str {
        match node.1 {
            Who::At(place) => self.palette.colour(place),
            Who::Others => OTHER,
        }
    }

    fn draw(mut self, product: &str) -> String {
        let mut svg = Svg::new();
        svg.text(
            16.0,
            28.0,
            Words::bold(16.0),
            &format!("{product}: from the ground to the product"),
        );
        let flows = std::mem::take(&mut self.flows);
        let (shown, small): (Vec<_>, Vec<_>) = flows.into_iter().partition(|(_, v)| *v >= LEAST);
        let lost: f64 = small.iter().map(|(_, v)| v).sum();
        let all: f64 = lost + shown.iter().map(|(_, v)| v).sum::<f64>();
        let left_out = format!(
            "all sites are counted; {} flows of less than 0.2 % of the value each are not drawn, {} of all that flows",
            small.len(),
            percent(if all > 0.0 { lost / all } else { 0.0 })
        );
        svg.text(16.0, 46.0, Words::soft(11.0), &left_out);
        let mut heads: BTreeMap<Stage, f64> = BTreeMap::new();
        for (node, bar) in &self.bars {
            heads.insert(node.0, bar.x);
        }
        for (stage, x) in heads {
            svg.text(x, 78.0, Words::bold(12.0), stage.word());
        }
        for ((from, to), value) in &shown {
            self.ribbon(&mut svg, from, to, *value);
        }
        for (node, bar) in &self.bars {
            self.bar(&mut svg, node, bar);
        }
        let mut y = self.bottom + 14.0;
        for line in [
            "Bands are as wide as the part of the product's value they carry to a later stage.",
            "Arcs right of a column: flows within a stage. Dashed: flows back to an earlier stage. Both are drawn, but not to scale; point at them for figures.",
        ] {
            svg.text(16.0, y, Words::soft(10.0), line);
            y += 14.0;
        }
        svg.finish(
            WIDTH,
            y + 4.0,
            &format!("{product}: flows of value by stage and country"),
            &left_out,
        )
    }

    fn ribbon(&mut self, svg: &mut Svg, from: &Node, to: &Node, value: f64) {
        let fill = self.colour(from);
        let stroke = if fill == NOWHERE { "#8A8A8A" } else { fill };
        let forth = Self::is_forth(from, to);
        let thick = if forth {
            value * self.scale
        } else {
            (40.0 * value).sqrt().clamp(0.6, 6.0)
        };
        let (Some(a), Some(b)) = (self.bars.get(from), self.bars.get(to)) else {
            return;
        };
        let (d, dash) = if forth {
            let (y1, y2) = (a.y + a.right + thick / 2.0, b.y + b.left + thick / 2.0);
            let (x1, x2) = (a.x + BAR, b.x);
            let middle = (x1 + x2) / 2.0;
            (curve([x1, y1], middle, [x2, y2]), "")
        } else if from.0 == to.0 {
            let x = a.x + BAR;
            let (y1, y2) = if from == to {
                (a.y + a.height / 2.0 - 5.0, a.y + a.height / 2.0 + 5.0)
            } else {
                (a.y + a.height / 2.0, b.y + b.height / 2.0)
            };
            let far = x + 14.0 + (y1 - y2).abs() / 5.0;
            (curve([x, y1], far, [x, y2]), "")
        } else {
            let (x1, x2) = (a.x, b.x + BAR);
            let (y1, y2) = (a.y + a.height / 2.0, b.y + b.height / 2.0);
            let middle = (x1 + x2) / 2.0;
            let d = curve([x1, y1], middle, [x2, y2]);
            (d, " stroke-dasharray=\"5 3\"")
        };
        svg.raw(&format!("<path class=\"band\" d=\"{d}\" fill=\"none\" stroke=\"{stroke}\" stroke-opacity=\"0.45\" stroke-width=\"{thick:.2}\"{dash}>"));
        svg.title(&format!(
            "{} ({}) to {} ({}): {} of the value",
            words(from.1),
            from.0,
            words(to.1),
            to.0,
            percent(value)
        ));
        svg.raw("</path>");
        if forth {
            if let Some(bar) = self.bars.get_mut(from) {
                bar.right += thick;
            }
            if let Some(bar) = self.bars.get_mut(to) {
                bar.left += thick;
            }
        }
    }

    fn bar(&self, svg: &mut Svg, node: &Node, bar: &Bar) {
        svg.rect(
            [bar.x, bar.y, BAR, bar.height],
            self.colour(node),
            "stroke=\"#777777\" stroke-width=\"0.5\"",
        );
        let words = text::fitted(&words(node.1), 112.0, 10.0, false);
        svg.rimmed(
            bar.x + BAR + 4.0,
            bar.y + bar.height / 2.0 + 3.5,
            Words::plain(10.0),
            &words,
        );
    }
}
