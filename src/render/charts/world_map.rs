//! The world: countries by how much of the product hangs on them, and what flows between them.

use std::collections::BTreeMap;

use super::aggregate::Aggregate;
use super::world::{EDGES, WORLD, project};
use crate::analysis::CountryExposure;
use crate::model::Country;
use crate::render::style::{risk_colour, risk_steps};
use crate::render::svg::{Svg, Words, n};
use crate::report::{country_name, percent};

const WIDTH: f64 = 980.0;
const SCALE: f64 = WIDTH / 10_000.0;
const TOP: f64 = 58.0;
/// Land that the product has nothing from.
const LAND: &str = "#E6E3DC";
/// Flows drawn.
const MOST_FLOWS: usize = 25;

/// What countries are coloured by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MapOf {
    /// Look-through share.
    LookThrough,
    /// At risk with all of the country.
    AtRisk,
}

impl MapOf {
    fn value(self, row: &CountryExposure) -> Option<f64> {
        match self {
            Self::LookThrough => row.look_through,
            Self::AtRisk => row.at_risk,
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::LookThrough => "look-through share",
            Self::AtRisk => "at risk without rerouting",
        }
    }
}

fn down(y: f64) -> f64 {
    TOP + (y - EDGES.0) * SCALE
}

/// Draws the world.
#[must_use]
pub fn world_map(rows: &[CountryExposure], sum: &Aggregate, of: MapOf, product: &str) -> String {
    let values: BTreeMap<&str, f64> = rows
        .iter()
        .filter_map(|r| Some((&*r.country, of.value(r)?)))
        .filter(|(_, v)| *v > 0.0)
        .collect();
    let mut svg = Svg::new();
    let title = format!("{product}: {} by country", of.words());
    svg.text(16.0, 28.0, Words::bold(16.0), &title);
    let flows = flows(sum);
    let drawn: f64 = flows.iter().take(MOST_FLOWS).map(|f| f.2).sum();
    let all: f64 = flows.iter().map(|f| f.2).sum();
    let missing = values.keys().filter(|c| !WORLD.contains_key(*c)).count();
    let left_out = format!(
        "{} countries have a part{}; the {} largest of {} flows between countries are drawn, {} of what crosses borders",
        values.len(),
        if missing > 0 {
            format!(", {missing} of them not on the map")
        } else {
            String::new()
        },
        flows.len().min(MOST_FLOWS),
        flows.len(),
        percent(if all > 0.0 { drawn / all } else { 0.0 })
    );
    svg.text(16.0, 46.0, Words::soft(11.0), &left_out);
    land(&mut svg, &values, of);
    for (from, to, value) in flows.iter().take(MOST_FLOWS) {
        arc(&mut svg, *from, *to, *value);
    }
    for (name, latitude, longitude, value) in &sum.sites {
        site(&mut svg, name, (*latitude, *longitude), *value);
    }
    let bottom = down(EDGES.1) + 8.0;
    legend(&mut svg, of, bottom);
    svg.finish(WIDTH, bottom + 44.0, &title, &left_out)
}

fn land(svg: &mut Svg, values: &BTreeMap<&str, f64>, of: MapOf) {
    svg.raw(&format!(
        "<g transform=\"translate(0 {}) scale({SCALE})\" stroke=\"#FFFFFF\" stroke-width=\"6\">",
        n(down(0.0))
    ));
    let tooltip = |svg: &mut Svg, code: &str| {
        let value = values
            .get(code)
            .map_or_else(|| "no part".to_owned(), |v| percent(*v));
        svg.title(&format!("{}: {value} {}", country_name(code), of.words()));
    };
    for (code, outline) in WORLD.iter().filter(|(_, o)| !o.path.is_empty()) {
        let fill = values.get(code).map_or(LAND, |v| shade(*v));
        let class = if fill == LAND { " class=\"land\"" } else { "" };
        svg.raw(&format!(
            "<path{class} d=\"{}\" fill=\"{fill}\">",
            outline.path
        ));
        if *code != "-" {
            tooltip(svg, code);
        }
        svg.raw("</path>");
    }
    svg.raw("</g>");
    for (code, value) in values {
        if let Some(outline) = WORLD.get(code).filter(|o| o.small) {
            let (x, y) = outline.middle;
            svg.raw(&format!(
                "<circle class=\"state\" cx=\"{}\" cy=\"{}\" r=\"4\" fill=\"{}\" stroke=\"#1A1A1A\" stroke-width=\"0.8\">",
                n(x * SCALE),
                n(down(y)),
                shade(*value)
            ));
            tooltip(svg, code);
            svg.raw("</circle>");
        }
    }
}

/// The scale begins above white, so that a small part is not taken for none; its steps are those of the legend.
fn shade(value: f64) -> &'static str {
    risk_colour(0.2 + 0.8 * value)
}

/// What crosses borders, most first.
fn flows(sum: &Aggregate) -> Vec<(Country, Country, f64)> {
    let mut sums: BTreeMap<(Country, Country), f64> = BTreeMap::new();
    for (((_, from), (_, to)), value) in &sum.flows {
        if let (Some(from), Some(to)) = (from.country(), to.country())
            && from != to
        {
            *sums.entry((from, to)).or_default() += value;
        }
    }
    let mut ranked: Vec<(Country, Country, f64)> =
        sums.into_iter().map(|((a, b), v)| (a, b, v)).collect();
    ranked.sort_by(|a, b| {
        b.2.total_cmp(&a.2)
            .then_with(|| (a.0, a.1).cmp(&(b.0, b.1)))
    });
    ranked
}

fn arc(svg: &mut Svg, from: Country, to: Country, value: f64) {
    let (Some(a), Some(b)) = (WORLD.get(from.code()), WORLD.get(to.code())) else {
        return;
    };
    let (x1, y1) = (a.middle.0 * SCALE, down(a.middle.1));
    let (x2, y2) = (b.middle.0 * SCALE, down(b.middle.1));
    let lift = 0.22 * (x1 - x2).hypot(y1 - y2);
    // Both directions bow to their own side.
    let (mx, my) = (
        (x1 + x2) / 2.0 + 0.22 * (y1 - y2),
        (y1 + y2) / 2.0 - lift * 0.8,
    );
    let width = (120.0 * value).sqrt().clamp(0.6, 7.0);
    svg.raw(&format!(
        "<path class=\"trade\" d=\"M{} {}Q{} {} {} {}\" fill=\"none\" stroke=\"#B3500A\" stroke-opacity=\"0.6\" stroke-width=\"{width:.1}\">",
        n(x1), n(y1), n(mx), n(my.max(TOP + 2.0)), n(x2), n(y2)
    ));
    svg.title(&format!(
        "{} to {}: {} of the value",
        from.name(),
        to.name(),
        percent(value)
    ));
    svg.raw(&format!(
        "</path><circle cx=\"{}\" cy=\"{}\" r=\"{:.1}\" fill=\"#B3500A\"/>",
        n(x2),
        n(y2),
        1.2 + width / 3.0
    ));
}

fn site(svg: &mut Svg, name: &str, (latitude, longitude): (f64, f64), value: f64) {
    let (x, y) = project(latitude, longitude);
    let (x, y) = (x * SCALE, down(y));
    svg.raw(&format!("<path class=\"site\" d=\"M{} {}l4.5 4.5l-4.5 4.5l-4.5-4.5z\" fill=\"#F0E442\" stroke=\"#1A1A1A\" stroke-width=\"0.8\">", n(x), n(y - 4.5)));
    svg.title(&format!("{name}: {} of the value", percent(value)));
    svg.raw("</path>");
}

fn legend(svg: &mut Svg, of: MapOf, y: f64) {
    let mut x = 16.0;
    svg.rect(
        [x, y, 14.0, 10.0],
        LAND,
        "class=\"land\" stroke=\"#777777\" stroke-width=\"0.5\"",
    );
    svg.text(x + 19.0, y + 9.0, Words::plain(10.0), "no part");
    x += 72.0;
    let ranges = [
        "under 12.5 %",
        "to 37.5 %",
        "to 62.5 %",
        "to 87.5 %",
        "more",
    ];
    for ((_, colour), range) in risk_steps().skip(1).zip(ranges) {
        svg.rect(
            [x, y, 14.0, 10.0],
            colour,
            "stroke=\"#777777\" stroke-width=\"0.5\"",
        );
        svg.text(x + 19.0, y + 9.0, Words::plain(10.0), range);
        x += 104.0;
    }
    let words = format!(
        "Colour: {}. Width of lines: part of the value that crosses; a dot marks where it arrives. Circles: small states. Diamonds: named sites.",
        of.words()
    );
    svg.text(16.0, y + 28.0, Words::soft(10.0), &words);
}
