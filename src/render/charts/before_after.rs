//! What a scenario changes: each country before and after.

use crate::render::style::Palette;
use crate::render::svg::{Svg, Words};
use crate::render::text;
use crate::report::{Cell, country_name, percent};
use crate::scenario::{CountryDiff, Figures, ScenarioDiff};

const WIDTH: f64 = 760.0;
const NAME: f64 = 150.0;
const PANEL: f64 = 250.0;
const ROW: f64 = 26.0;
/// Changes that are not seen.
const LEAST: f64 = 0.000_5;

type Measure = (&'static str, fn(&Figures) -> Option<f64>);
const MEASURES: [Measure; 2] = [
    ("look-through share", |f| f.look_through),
    ("at risk by the worst step", |f| f.worst_step),
];

/// Draws the countries that a scenario changes most.
#[must_use]
pub fn before_after(diff: &ScenarioDiff, palette: &Palette, product: &str, rows: usize) -> String {
    let change = |d: &CountryDiff| {
        let of = |m: &Measure| match (m.1(&d.before), m.1(&d.after)) {
            (Some(before), Some(after)) => (after - before).abs(),
            _ => 0.0,
        };
        MEASURES.iter().map(of).fold(0.0, f64::max)
    };
    let mut changed: Vec<&CountryDiff> = diff
        .countries
        .iter()
        .filter(|d| change(d) >= LEAST)
        .collect();
    changed.sort_by(|a, b| {
        change(b)
            .total_cmp(&change(a))
            .then_with(|| a.country.cmp(&b.country))
    });
    let all = changed.len();
    changed.truncate(rows);
    let mut svg = Svg::new();
    let title = format!("{product}: before and after {}", diff.scenario);
    let mut y = 28.0;
    for line in text::lines(&title, WIDTH - 40.0, 16.0, true) {
        svg.text(16.0, y, Words::bold(16.0), &line);
        y += 20.0;
    }
    let left_out = format!(
        "{} of {all} countries whose figures change by a twentieth of a point or more, out of {}",
        changed.len(),
        diff.countries.len()
    );
    svg.text(16.0, y - 2.0, Words::soft(11.0), &left_out);
    let heads = y + 24.0;
    y = heads + 20.0;
    let shown = if all == 0 { &[][..] } else { &MEASURES[..] };
    for (at, (name, _)) in shown.iter().enumerate() {
        let x = panel(at);
        svg.text(x, heads, Words::bold(11.0), name);
        let bottom = y + ROW * changed.len() as f64;
        for (part, label) in [(0.0, "0"), (0.5, "50"), (1.0, "100 %")] {
            svg.line(
                [x + PANEL * part, y - 6.0, x + PANEL * part, bottom],
                "#DDDDDD",
                "class=\"rule\"",
            );
            svg.text(x + PANEL * part, y - 9.0, Words::soft(9.5).middle(), label);
        }
    }
    for row in changed {
        let name = text::fitted(&country_name(&row.country), NAME - 8.0, 10.5, false);
        svg.text(16.0 + NAME - 8.0, y + 14.0, Words::plain(10.5).end(), &name);
        for (at, (_, of)) in MEASURES.iter().enumerate() {
            if let (Some(before), Some(after)) = (of(&row.before), of(&row.after)) {
                dumbbell(
                    &mut svg,
                    [panel(at), y + 10.0],
                    before,
                    after,
                    palette.colour_of(&row.country),
                );
            }
        }
        y += ROW;
    }
    if all == 0 {
        svg.text(
            16.0,
            y - 16.0,
            Words::plain(11.0),
            "No country's figures change visibly.",
        );
        y += ROW;
    }
    svg.text(
        16.0,
        y + 14.0,
        Words::soft(10.0),
        "Ring: before. Dot: after.",
    );
    svg.finish(WIDTH, y + 28.0, &title, &left_out)
}

fn panel(at: usize) -> f64 {
    16.0 + NAME + 6.0 + (PANEL + 66.0) * at as f64
}

fn dumbbell(svg: &mut Svg, [x, y]: [f64; 2], before: f64, after: f64, colour: &str) {
    let across = |value: f64| x + PANEL * value.clamp(0.0, 1.0);
    svg.raw("<g>");
    svg.title(&format!(
        "{} before, {} after",
        percent(before),
        percent(after)
    ));
    svg.line(
        [across(before), y, across(after), y],
        "#777777",
        "stroke-width=\"2\"",
    );
    svg.raw(&format!(
        "<circle class=\"ring\" cx=\"{:.1}\" cy=\"{y:.1}\" r=\"4.5\" fill=\"#FFFFFF\" stroke=\"#1A1A1A\" stroke-width=\"1.4\"/><circle cx=\"{:.1}\" cy=\"{y:.1}\" r=\"4.5\" fill=\"{colour}\" stroke=\"#1A1A1A\" stroke-width=\"0.8\"/>",
        across(before),
        across(after)
    ));
    let words = Cell::Change(after - before).rounded();
    let right = across(before.max(after)) + 9.0;
    svg.text(right, y + 3.5, Words::plain(9.5), &words);
    svg.raw("</g>");
}
