//! The parts of a product's report: pictures, scenarios, tables, methods, commands.

use super::html::{element, figure, list, words};
use super::product::ProductReport;
use super::sources::{assumption_table, source_table};
use super::tables::{exposure_table, table};
use super::words::deepest;
use crate::analysis::{Target, grounds, why};
use crate::model::Country;
use crate::render::{MapOf, before_after, heat_map, sankey, share_bars, tier_curve, world_map};
use crate::report::{chokepoint_tables, diff_tables, share_tables, why_tables};

/// Rows of tables that could be very long.
const MOST_ROWS: usize = 300;

pub(super) fn pictures(report: &ProductReport<'_, '_>) -> String {
    let (sum, palette, name) = (&report.sum, &report.palette, &*report.name);
    let rows = &report.exposure.countries;
    let mut out = figure(
        "wide",
        &sankey(sum, palette, name),
        "Flows of value by stage and country.",
    );
    out.push_str(&figure(
        "wide",
        &tier_curve(&report.tiers, palette, name, 4),
        "Exposure by depth: what a look at the first tier misses.",
    ));
    out.push_str(&figure(
        "wide",
        &world_map(rows, sum, MapOf::LookThrough, name),
        "The world by look-through share, with the largest flows.",
    ));
    out.push_str(&figure(
        "wide",
        &world_map(rows, sum, MapOf::AtRisk, name),
        "The world by what is at risk with each country, nobody rerouting.",
    ));
    let names = |id: &str| report.commodity_name(id);
    out.push_str(&figure(
        "half",
        &share_bars(&report.shares, names, palette, name, 30),
        "Who makes each material.",
    ));
    out.push_str(&figure(
        "half",
        &heat_map(sum, name, 15),
        "Countries by stage.",
    ));
    out
}

pub(super) fn scenarios(report: &ProductReport<'_, '_>) -> String {
    let mut out = String::new();
    for (at, diff) in report.diffs.iter().enumerate() {
        out.push_str(&words(
            "h3",
            &[],
            diff.title.as_ref().unwrap_or(&diff.scenario),
        ));
        out.push_str(&words(
            "p",
            &[],
            &super::words::scenario(diff, &report.name),
        ));
        let chart = before_after(diff, &report.palette, &report.name, 10);
        out.push_str(&figure(
            "half",
            &chart,
            &format!("Before and after {}.", diff.scenario),
        ));
        let captions = [
            "countries that change",
            "shares that change",
            "chokepoints that change",
        ];
        for (which, (part, caption)) in diff_tables(diff, 40).iter().zip(captions).enumerate() {
            if !part.rows.is_empty() {
                let caption = format!("{}: {caption}", diff.scenario);
                let id = format!("diff-{at}-{which}");
                out.push_str(&table(
                    part,
                    &id,
                    &format!("{}-{}", report.word, id),
                    &caption,
                ));
            }
        }
        out.push_str(&list(&diff.notes));
    }
    out
}

pub(super) fn tables(report: &ProductReport<'_, '_>) -> String {
    let file = |what: &str| format!("{}-{what}", report.word);
    let mut out = table(
        &exposure_table(&report.exposure),
        "exposure",
        &file("exposure"),
        "Exposure by country, by the worst step",
    );
    let [chokepoints] = &chokepoint_tables(&report.chokepoints)[..] else {
        return out;
    };
    let caption = format!(
        "{} of {} chokepoints, by what is lost with them",
        report.chokepoints.items.len(),
        report.chokepoints.found
    );
    out.push_str(&table(
        chokepoints,
        "chokepoints",
        &file("chokepoints"),
        &caption,
    ));
    let shown = report.shares.len().min(MOST_ROWS);
    for shares in share_tables(&report.shares[..shown], 4) {
        let caption = format!(
            "Who makes each of {shown} of {} commodities in it",
            report.shares.len()
        );
        out.push_str(&table(&shares, "share", &file("share"), &caption));
    }
    if let Some(row) = deepest(&report.exposure)
        && let Some(country) = Country::from_alpha3(&row.country)
    {
        let routes = why(report.graph, &Target::country(report.graph, country), 25);
        for part in why_tables(&routes) {
            let caption = format!("The 25 heaviest routes to {}", country.name());
            out.push_str(&table(&part, "why", &file("why"), &caption));
        }
    }
    out
}

pub(super) fn methods(report: &ProductReport<'_, '_>) -> String {
    let measures = [
        "direct: the part of the value of direct inputs that comes from a country.",
        "look-through: the part of the value that passes through a country at any tier upstream of the product.",
        "touched: the same with the last step, the product's own making, included. hidden: look-through less direct.",
        "at risk: the part of the product lost with a country or step when nobody reroutes; every essential input is needed, any of its suppliers may fill it.",
        "adapted: what is still lost with a country once other makers step in with the capacity they have, other users keeping their part.",
        "single point of failure: something whose loss alone stops the product. HHI: the sum of squared shares, on a scale to 10000.",
        "Equations with worked examples are in docs/methods.md of oretrace.",
    ]
    .map(str::to_owned);
    let mut notes = report.exposure.notes.clone();
    notes.extend(grounds(report.graph));
    notes.extend(report.graph.notes().iter().cloned());
    let sources = source_table(report.graph);
    let assumed = assumption_table(report.graph);
    let file = |what: &str| format!("{}-{what}", report.word);
    format!(
        "<h3>What the figures mean</h3>{}<h3>What was decided for you</h3>{}<h3>Sources</h3>{}<h3>Assumptions</h3>{}",
        list(&measures),
        list(&notes),
        table(
            &sources,
            "sources",
            &file("sources"),
            &format!("{} sources with their licences", sources.rows.len())
        ),
        table(
            &assumed,
            "assumptions",
            &file("assumptions"),
            &format!("{} figures that are estimates", assumed.rows.len())
        )
    )
}

pub(super) fn commands(report: &ProductReport<'_, '_>) -> String {
    let text = report.commands.join("\n");
    let code = words("code", &[], &text).replace(" \n", "\n");
    format!(
        "{}{}",
        element("pre", &[("tabindex", "0")], &code),
        words(
            "p",
            &[("class", "note")],
            "Equal files give equal figures, to the last digit."
        )
    )
}
