//! Which country holds which stage: its part of the value that passes there.

use std::collections::BTreeMap;

use super::aggregate::Aggregate;
use crate::model::{Place, Stage};
use crate::render::style::{is_dark, risk_colour};
use crate::render::svg::{Svg, Words};
use crate::render::text;
use crate::report::percent;

const WIDTH: f64 = 760.0;
const NAME: f64 = 150.0;
const ROW: f64 = 22.0;

/// Draws countries by stages, those with most value first.
#[must_use]
pub fn heat_map(sum: &Aggregate, product: &str, rows: usize) -> String {
    let mut totals: BTreeMap<Stage, f64> = BTreeMap::new();
    for ((stage, _), value) in &sum.value {
        *totals.entry(*stage).or_default() += value;
    }
    let stages: Vec<(Stage, f64)> = totals
        .into_iter()
        .filter(|(_, total)| *total > 0.0)
        .collect();
    let all = sum.countries();
    let mut places: Vec<Place> = all.iter().take(rows).map(|(c, _)| Place::In(*c)).collect();
    places.extend(
        [Place::Rest, Place::Unknown]
            .iter()
            .filter(|p| sum.value.keys().any(|(_, place)| place == *p)),
    );
    let mut svg = Svg::new();
    let title = format!("{product}: countries by stage");
    svg.text(16.0, 28.0, Words::bold(16.0), &title);
    let left_out = format!(
        "part of the value that passes at each stage; {} of {} countries",
        all.len().min(rows),
        all.len()
    );
    svg.text(16.0, 46.0, Words::soft(11.0), &left_out);
    let wide = (WIDTH - 32.0 - NAME) / stages.len().max(1) as f64;
    for (at, (stage, _)) in stages.iter().enumerate() {
        let x = 16.0 + NAME + wide * (at as f64 + 0.5);
        svg.text(x, 72.0, Words::bold(11.0).middle(), stage.word());
    }
    let mut y = 80.0;
    for place in places {
        let name = match place {
            Place::In(country) => country.name(),
            Place::Rest => "rest of the world",
            Place::Unknown => "place not known",
        };
        let fitted = text::fitted(name, NAME - 10.0, 11.0, false);
        svg.text(
            16.0 + NAME - 8.0,
            y + 15.0,
            Words::plain(11.0).end(),
            &fitted,
        );
        for (at, (stage, total)) in stages.iter().enumerate() {
            let share = sum.value.get(&(*stage, place)).copied().unwrap_or(0.0) / total;
            let fill = risk_colour(share);
            let x = 16.0 + NAME + wide * at as f64;
            svg.raw("<g>");
            svg.title(&format!("{name}, {stage}: {}", percent(share)));
            svg.rect([x + 1.0, y + 1.0, wide - 2.0, ROW - 2.0], fill, "");
            let class = if is_dark(fill) { "on-dark" } else { "on-light" };
            let words = Words {
                class,
                ..Words::plain(10.5)
            }
            .middle();
            if share > 0.0 {
                svg.text(x + wide / 2.0, y + 15.0, words, &percent(share));
            }
            svg.raw("</g>");
        }
        y += ROW;
    }
    svg.finish(WIDTH, y + 14.0, &title, &left_out)
}
