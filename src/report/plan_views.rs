//! What to build, in tables.

use super::table::{Cell, Table, percent};
use super::views::{country_cell, country_name};
use crate::analysis::{Plan, PlanItem};
use crate::model::some_of;

/// The plan in a sentence or two.
#[must_use]
pub fn plan_headline(product: &str, plan: &Plan) -> String {
    let countries: Vec<String> = plan.without.iter().map(|c| country_name(c)).collect();
    let without = countries.join(", ");
    let of = plan.present.map_or_else(String::new, |present| {
        format!(
            " of {} {} a year",
            Cell::Amount(present).rounded(),
            plan.unit
        )
    });
    let gone = match (plan.absent.len() == countries.len(), countries.len()) {
        (true, 1) => format!("{product}: {without} has no known part in it;"),
        (true, _) => format!("{product}: {without} have no known part in it;"),
        (false, _) => format!("{product} without {without}:"),
    };
    let today = format!(
        "{gone} today's capacity keeps {}{of}",
        percent(plan.kept_before)
    );
    let within_shares = plan
        .max_share
        .map(|most| format!("with no country above {} of any commodity", percent(most)));
    let unknown = plan.present_unknown.map_or_else(String::new, |unknown| {
        format!(
            "\nAll of it is for one {} a year, since {}: {} to see what the whole would take.",
            plan.unit,
            unknown.why(),
            unknown.cure()
        )
    });
    let Some(cost) = plan.cost else {
        const MOST_NAMED: usize = 4;
        // Limits are sorted by commodity; one commodity may be bound in several countries.
        let mut names: Vec<&str> = plan.limits.iter().map(|l| l.commodity.as_str()).collect();
        names.dedup();
        let most = match within_shares {
            Some(within) => format!("; {within}, new capacity keeps at most"),
            None => ", new capacity at most".to_owned(),
        };
        return format!(
            "{today}{most} {}: {} cannot be had for {}.{unknown}",
            percent(plan.kept),
            some_of(&names, MOST_NAMED),
            percent(plan.keep)
        );
    };
    if plan.items.is_empty() {
        return match within_shares {
            Some(within) => format!("{today}, which is enough {within}."),
            None => format!("{today}, which is enough."),
        };
    }
    let sites = plan.items.len();
    let plural = if sites == 1 { "site" } else { "sites" };
    let within = within_shares.map_or_else(String::new, |within| format!("{within}, "));
    let mut text = format!(
        "{today}; {within}{} {} {sites} new {plural} for {}.",
        percent(plan.keep),
        if sites == 1 { "takes" } else { "take" },
        money(cost, plan)
    );
    if let Some(first) = plan.items.first() {
        text.push_str(&format!(
            "\nIt pays to begin with {} in {}.",
            first.commodity,
            country_name(&first.country)
        ));
    }
    if let Some(last) = plan
        .items
        .iter()
        .filter_map(|i| i.lead_time_months)
        .reduce(f64::max)
    {
        text.push_str(&format!(" The slowest takes {last:.0} months to build."));
    }
    text + &unknown
}

fn money(cost: f64, plan: &Plan) -> String {
    const WORDS: [(f64, &str); 3] = [(1e12, " trillion"), (1e9, " billion"), (1e6, " million")];
    let found = WORDS.iter().find(|(size, _)| cost >= *size);
    let (size, word) = found.copied().unwrap_or((1.0, ""));
    let amount = Cell::Number(cost / size).rounded();
    let currency = plan.currency.as_deref().unwrap_or_default();
    match plan.costs {
        "build" => format!("{amount}{word} {currency}"),
        _ => format!("capacity worth {amount}{word} {currency} of output a year"),
    }
}

/// What to build, what it takes, what keeping more costs, and what stands in the way.
#[must_use]
pub fn plan_tables(plan: &Plan, rows: usize) -> Vec<Table> {
    let mut tables = vec![items(plan, rows)];
    tables.push(power(plan, rows));
    if plan.curve.len() > 1 {
        tables.push(curve(plan));
    }
    tables.push(limits(plan));
    tables
}

fn items(plan: &Plan, rows: usize) -> Table {
    let currency = plan.currency.as_deref().unwrap_or("cost");
    let title = match plan.items.len() > rows {
        true => format!(
            "what to build, in the order in which it pays; {rows} of {}, all in JSON and csv",
            plan.items.len()
        ),
        false => "what to build, in the order in which it pays".to_owned(),
    };
    let mut table = Table::new(
        title,
        &[
            ("from keep", "enters_at"),
            ("commodity", "commodity"),
            ("stage", "stage"),
            ("country", "country"),
            ("new capacity", "capacity"),
            ("a year", "unit"),
            (currency, "cost"),
            ("months", "lead_time_months"),
            ("host allows", "host"),
            ("cost from", "source"),
        ],
    );
    let line = |item: &PlanItem| {
        let host = item.host.as_ref();
        vec![
            Cell::Share(item.enters_at),
            Cell::Text(item.commodity.clone()),
            Cell::Text(item.stage.to_owned()),
            country_cell(&item.country),
            Cell::Amount(item.capacity),
            Cell::Text(item.unit.clone()),
            Cell::Amount(item.cost),
            Cell::number(item.lead_time_months),
            Cell::amount(host.map(|h| (h.most - h.used).max(0.0))),
            Cell::text(item.source.clone()),
        ]
    };
    table.rows = plan.items.iter().take(rows).map(line).collect();
    table
}

/// Power for the new sites, by country and commodity, beside what the country generates.
fn power(plan: &Plan, rows: usize) -> Table {
    let mut table = Table::new(
        "power for the new sites",
        &[
            ("country", "country"),
            ("input", "commodity"),
            ("needed a year", "needed"),
            ("unit", "unit"),
            ("generated", "generation"),
            ("part of it", "share"),
        ],
    );
    let mut sums: std::collections::BTreeMap<(&str, &str), (f64, &str, Option<f64>)> =
        std::collections::BTreeMap::new();
    for item in &plan.items {
        for power in &item.power {
            let key = (item.country.as_str(), power.commodity.as_str());
            let sum = sums
                .entry(key)
                .or_insert((0.0, &power.unit, power.generation));
            sum.0 += power.needed;
        }
    }
    let mut sums: Vec<_> = sums.into_iter().collect();
    let part = |needed: f64, generation: Option<f64>| generation.map(|g| needed / g);
    sums.sort_by(|(a, (x, _, g)), (b, (y, _, h))| {
        let (x, y) = (part(*x, *g), part(*y, *h));
        y.unwrap_or(0.0)
            .total_cmp(&x.unwrap_or(0.0))
            .then_with(|| a.cmp(b))
    });
    for ((country, commodity), (needed, unit, generation)) in sums.into_iter().take(rows) {
        table.rows.push(vec![
            country_cell(country),
            Cell::Text(commodity.to_owned()),
            Cell::Amount(needed),
            Cell::Text(unit.to_owned()),
            Cell::amount(generation),
            Cell::share(part(needed, generation)),
        ]);
    }
    table
}

fn curve(plan: &Plan) -> Table {
    const WIDTH: f64 = 40.0;
    let currency = plan.currency.as_deref().unwrap_or("cost");
    let mut table = Table::new(
        "what keeping more costs",
        &[("kept", "keep"), (currency, "cost"), ("", "bar")],
    );
    let most = plan.curve.iter().map(|(_, c)| *c).fold(0.0, f64::max);
    for (keep, cost) in &plan.curve {
        let length = if most > 0.0 {
            (cost / most * WIDTH).round() as usize
        } else {
            0
        };
        table.rows.push(vec![
            Cell::Share(*keep),
            Cell::Amount(*cost),
            Cell::Text("█".repeat(length)),
        ]);
    }
    table
}

fn limits(plan: &Plan) -> Table {
    let mut table = Table::new(
        "what stands in the way: all of it would have to give",
        &[
            ("limit", "kind"),
            ("commodity", "commodity"),
            ("country", "country"),
            ("missing a year", "missing"),
            ("unit", "unit"),
            ("why", "why"),
        ],
    );
    for limit in &plan.limits {
        let why = match (limit.kind, limit.unpriced) {
            (_, true) => "no cost is known, so that none can be planned",
            ("ore", _) => "reserves, or what mines have to spare",
            ("host", _) => "its host yields no more",
            ("grid", _) => "new sites may use no more of the country's power",
            ("share", _) => "no country may have more of it",
            _ => "there is no more, and none may be built",
        };
        table.rows.push(vec![
            Cell::Text(limit.kind.to_owned()),
            Cell::Text(limit.commodity.clone()),
            limit.country.as_deref().map_or(Cell::Missing, country_cell),
            Cell::Amount(limit.missing),
            Cell::Text(limit.unit.clone()),
            Cell::Text(why.to_owned()),
        ]);
    }
    table
}
