//! How exposure grows with depth, a panel for each country, with the direct and the look-through level marked.

use crate::analysis::{CountryTiers, TierProfile};
use crate::render::style::{OTHER, Palette};
use crate::render::svg::{Svg, Words, n};
use crate::report::{country_name, percent};

const WIDTH: f64 = 940.0;
const PANEL: [f64; 2] = [290.0, 150.0];
/// Room right of a panel for the names of its levels.
const LEVELS: f64 = 118.0;
const LEFT: f64 = 46.0;

/// Draws the curves of the first countries of a profile.
#[must_use]
pub fn tier_curve(
    profile: &TierProfile,
    palette: &Palette,
    product: &str,
    panels: usize,
) -> String {
    let mut svg = Svg::new();
    svg.text(
        16.0,
        28.0,
        Words::bold(16.0),
        &format!("{product}: exposure by depth"),
    );
    let shown = profile.countries.len().min(panels);
    let left_out = format!(
        "{shown} of {} countries, those with most look-through; tier 0 is the product's own assembly",
        profile.countries.len()
    );
    svg.text(16.0, 46.0, Words::soft(11.0), &left_out);
    for (at, country) in profile.countries.iter().take(panels).enumerate() {
        let x = LEFT + (at % 2) as f64 * (PANEL[0] + LEVELS + LEFT);
        let y = 84.0 + (at / 2) as f64 * (PANEL[1] + 64.0);
        panel(&mut svg, country, palette, [x, y], profile.depth);
    }
    let bottom = 84.0 + shown.div_ceil(2) as f64 * (PANEL[1] + 64.0) - 16.0;
    svg.line(
        [16.0, bottom - 4.0, 44.0, bottom - 4.0],
        "#1A1A1A",
        "class=\"curve\" stroke-width=\"2.5\"",
    );
    svg.text(
        50.0,
        bottom,
        Words::plain(10.0),
        "look-through, counting tiers up to here",
    );
    svg.line(
        [290.0, bottom - 4.0, 318.0, bottom - 4.0],
        "#1A1A1A",
        "class=\"curve\" stroke-width=\"1.5\" stroke-dasharray=\"5 3\"",
    );
    svg.text(
        324.0,
        bottom,
        Words::plain(10.0),
        "at risk without rerouting, counting tiers up to here",
    );
    svg.finish(
        WIDTH,
        bottom + 16.0,
        &format!("{product}: exposure by depth"),
        &left_out,
    )
}

fn panel(svg: &mut Svg, country: &CountryTiers, palette: &Palette, [x, y]: [f64; 2], depth: usize) {
    let [width, height] = PANEL;
    let colour = match palette.colour_of(&country.country) {
        own if own == OTHER || own == crate::render::style::NOWHERE => "#6A6A6A",
        own => own,
    };
    let across = |tier: usize| x + width * tier as f64 / depth.max(1) as f64;
    let up = |value: f64| y + height * (1.0 - value.clamp(0.0, 1.0));
    svg.text(
        x,
        y - 12.0,
        Words::bold(12.0),
        &country_name(&country.country),
    );
    for (value, label) in [(0.0, "0 %"), (0.5, "50 %"), (1.0, "100 %")] {
        svg.line(
            [x, up(value), x + width, up(value)],
            "#DDDDDD",
            "class=\"rule\"",
        );
        svg.text(x - 6.0, up(value) + 3.5, Words::soft(10.0).end(), label);
    }
    let every = depth.div_ceil(12).max(1);
    for tier in (0..=depth).step_by(every) {
        svg.text(
            across(tier),
            y + height + 14.0,
            Words::soft(10.0).middle(),
            &tier.to_string(),
        );
    }
    svg.text(
        x + width,
        y + height + 27.0,
        Words::soft(10.0).end(),
        "tier",
    );
    let line = |curve: &[f64]| {
        let mut d = String::new();
        for (tier, value) in curve.iter().enumerate().take(depth + 1) {
            let step = if tier == 0 { 'M' } else { 'L' };
            d.push_str(&format!("{step}{} {}", n(across(tier)), n(up(*value))));
        }
        d
    };
    // Null for a country that only a what-if site stands in.
    if let Some(at_risk_to) = &country.at_risk_to {
        svg.raw(&format!("<path d=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.5\" stroke-dasharray=\"5 3\"><title>at risk without rerouting</title></path>", line(at_risk_to)));
    }
    svg.raw(&format!("<path d=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2.5\"><title>look-through</title></path>", line(&country.look_through_to)));
    let direct = country.profile.get(1).copied();
    let through = country.look_through_to.last().copied();
    marks(svg, direct, through, [x, y]);
}

/// The two levels as lines with their names.
fn marks(svg: &mut Svg, direct: Option<f64>, through: Option<f64>, [x, y]: [f64; 2]) {
    let [width, height] = PANEL;
    let up = |value: f64| y + height * (1.0 - value.clamp(0.0, 1.0));
    let (Some(direct), Some(through)) = (direct, through) else {
        return;
    };
    for value in [direct, through] {
        svg.line(
            [x, up(value), x + width, up(value)],
            "#1A1A1A",
            "class=\"curve\" stroke-width=\"0.8\" stroke-dasharray=\"1 3\"",
        );
    }
    // Beside their lines, a line of words apart at least.
    let high = up(through) + 3.5;
    let low = (up(direct) + 3.5).max(high + 13.0);
    let x = x + width + 6.0;
    svg.text(
        x,
        high,
        Words::bold(10.0),
        &format!("look-through {}", percent(through)),
    );
    svg.text(
        x,
        low,
        Words::plain(10.0),
        &format!("direct {}", percent(direct)),
    );
}
