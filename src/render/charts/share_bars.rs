//! Who makes each material: a bar for each commodity, the most concentrated first in each stage.

use crate::analysis::CommodityShare;
use crate::model::Stage;
use crate::render::style::{NOWHERE, Palette, is_dark};
use crate::render::svg::{Svg, Words};
use crate::render::text;
use crate::report::{country_name, percent};

const WIDTH: f64 = 760.0;
const NAME: f64 = 200.0;
const BAR: f64 = 450.0;
const ROW: f64 = 19.0;

/// Draws the shares of the most concentrated commodities; `names` turns ids into names.
#[must_use]
pub fn share_bars(
    shares: &[CommodityShare],
    names: impl Fn(&str) -> String,
    palette: &Palette,
    product: &str,
    most: usize,
) -> String {
    let mut ranked: Vec<&CommodityShare> = shares.iter().filter(|s| s.hhi.is_some()).collect();
    let hhi = |s: &CommodityShare| s.hhi.unwrap_or(0.0);
    ranked.sort_by(|a, b| {
        hhi(b)
            .total_cmp(&hhi(a))
            .then_with(|| a.commodity.cmp(&b.commodity))
    });
    let whole = shares.len();
    ranked.truncate(most);
    let mut svg = Svg::new();
    let title = format!("{product}: who makes each material");
    svg.text(16.0, 28.0, Words::bold(16.0), &title);
    let left_out = format!(
        "{} of {whole} commodities, the most concentrated; the table below has them all",
        ranked.len()
    );
    svg.text(16.0, 46.0, Words::soft(11.0), &left_out);
    svg.text(
        16.0 + NAME + BAR + 78.0,
        66.0,
        Words::soft(10.0).end(),
        "HHI, to 10000",
    );
    let mut y = 72.0;
    for stage in Stage::ALL.into_iter().rev() {
        let members: Vec<&&CommodityShare> =
            ranked.iter().filter(|s| s.stage == stage.word()).collect();
        if members.is_empty() {
            continue;
        }
        svg.text(16.0, y + 13.0, Words::bold(11.0), stage.word());
        y += ROW + 2.0;
        for share in members {
            bar(&mut svg, share, &names(&share.commodity), palette, y);
            y += ROW;
        }
        y += 6.0;
    }
    svg.text(16.0, y + 12.0, Words::soft(10.0), "Grey: countries without a colour of their own. White: rest of the world, or not known. Colours as in the other pictures.");
    svg.finish(WIDTH, y + 26.0, &title, &left_out)
}

fn bar(svg: &mut Svg, share: &CommodityShare, name: &str, palette: &Palette, y: f64) {
    let x = 16.0 + NAME;
    svg.raw("<g>");
    svg.title(name);
    svg.text(
        x - 8.0,
        y + 12.5,
        Words::plain(10.5).end(),
        &text::fitted(name, NAME - 12.0, 10.5, false),
    );
    svg.raw("</g>");
    let mut at = x;
    for part in &share.countries {
        let wide = BAR * part.share;
        let fill = if part.country == "ROW" || part.country == "unknown" {
            NOWHERE
        } else {
            palette.colour_of(&part.country)
        };
        svg.raw("<g>");
        svg.title(&format!(
            "{} of {name}: {}",
            country_name(&part.country),
            percent(part.share)
        ));
        svg.rect(
            [at, y + 1.5, wide, ROW - 4.0],
            fill,
            "stroke=\"#777777\" stroke-width=\"0.4\"",
        );
        let code = format!("{} {:.0}", part.country, part.share * 100.0);
        if text::width(&code, 9.5, false) + 6.0 < wide {
            let class = if is_dark(fill) { "on-dark" } else { "on-light" };
            let words = Words {
                class,
                ..Words::plain(9.5)
            };
            svg.text(at + 3.0, y + 12.0, words, &code);
        }
        svg.raw("</g>");
        at += wide;
    }
    svg.rect(
        [x, y + 1.5, BAR, ROW - 4.0],
        "none",
        "stroke=\"#777777\" stroke-width=\"0.6\"",
    );
    let hhi = share
        .hhi
        .map_or_else(|| "–".to_owned(), |h| format!("{h:.0}"));
    svg.text(x + BAR + 78.0, y + 12.5, Words::plain(10.5).end(), &hhi);
}
