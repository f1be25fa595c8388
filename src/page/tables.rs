//! Tables that sort and can be taken away as csv. The full value of each cell stands in `data-v`.

use super::html::{element, words};
use crate::analysis::{CountryExposure, Exposure};
use crate::render::xml;
use crate::report::{Cell, Table, country_cell};

/// A table with its download; `id` is unique in the page, `file` the name of the download.
pub(super) fn table(table: &Table, id: &str, file: &str, caption: &str) -> String {
    let heads: String = table
        .columns
        .iter()
        .enumerate()
        .map(|(at, column)| {
            let number = table
                .rows
                .iter()
                .any(|row| row[at].is_number() && row[at] != Cell::Missing);
            let class = if number { "n" } else { "t" };
            let title = if column.title.is_empty() {
                &column.key
            } else {
                &column.title
            };
            let attributes = [
                ("scope", "col"),
                ("class", class),
                ("data-key", &*column.key),
            ];
            element(
                "th",
                &attributes,
                &words("button", &[("type", "button")], title),
            )
        })
        .collect();
    let rows: String = table.rows.iter().map(|row| self::row(row)).collect();
    let body = format!(
        "{}<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody>",
        words("caption", &[], caption)
    );
    let inner = element(
        "table",
        &[("class", "data"), ("id", id), ("data-file", file)],
        &body,
    );
    let scroll = [
        ("class", "scroll tall"),
        ("tabindex", "0"),
        ("role", "group"),
        ("aria-label", caption),
    ];
    let button = words(
        "button",
        &[("type", "button"), ("id", &format!("{id}-csv"))],
        "Download as CSV",
    );
    format!(
        "{}{}\n",
        element("div", &scroll, &inner),
        element("p", &[("class", "get")], &button)
    )
}

fn row(row: &[Cell]) -> String {
    let mut out = String::from("<tr>");
    for (at, cell) in row.iter().enumerate() {
        let (shown, exact) = (cell.rounded(), cell.exact());
        let class = if cell.is_number() { " class=\"n\"" } else { "" };
        let value = if shown == exact {
            String::new()
        } else {
            format!(" data-v=\"{}\"", xml(&exact))
        };
        // The first cell names its row.
        let name = if at == 0 { "th scope=\"row\"" } else { "td" };
        let end = if at == 0 { "th" } else { "td" };
        out.push_str(&format!("<{name}{class}{value}>{}</{end}>", xml(&shown)));
    }
    out.push_str("</tr>\n");
    out
}

/// Exposure with all its columns.
pub(super) fn exposure_table(result: &Exposure) -> Table {
    let mut table = Table::new(
        "",
        &[
            ("country", "country"),
            ("assembly", "assembly"),
            ("direct", "direct"),
            ("look-through", "look_through"),
            ("touched", "touched"),
            ("hidden", "hidden"),
            ("worst step", "bottleneck"),
            ("tier", "bottleneck_tier"),
            ("at risk by it", "bottleneck_at_risk"),
            ("at risk in all", "at_risk"),
            ("adapted", "at_risk_adapted"),
        ],
    );
    let line = |r: &CountryExposure| {
        let step = r.bottleneck.as_ref();
        vec![
            country_cell(&r.country),
            Cell::Share(r.assembly),
            Cell::share(r.direct),
            Cell::share(r.look_through),
            Cell::Share(r.touched),
            Cell::share(r.hidden),
            Cell::text(step.map(|b| b.commodity.clone())),
            step.map_or(Cell::Missing, |b| Cell::Count(b.tier)),
            Cell::share(step.map(|b| b.at_risk)),
            Cell::share(r.at_risk),
            Cell::share(r.at_risk_adapted),
        ]
    };
    table.rows = result.countries.iter().map(line).collect();
    table
}
