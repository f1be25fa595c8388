//! Tables of what binds first.

use super::table::{Cell, Table, percent};
use super::views::{country_cell, country_name};
use crate::analysis::{CommodityLimit, Limits, PowerLimit, Reach};

fn number(value: f64) -> String {
    Cell::Amount(value).rounded()
}

/// The answer in a few sentences: what binds first, how far capacity reaches, and the power it takes.
#[must_use]
pub fn limits_headline(product: &str, result: &Limits) -> String {
    let mut lines = vec![first_to_bind(product, result), most(result)];
    lines.extend(served_first(result));
    lines.extend(power_line(&result.power));
    lines.join("\n")
}

fn first_to_bind(product: &str, result: &Limits) -> String {
    let without = match &result.without[..] {
        [] => String::new(),
        gone => format!(" without {}", gone.join(", ")),
    };
    let mut line = format!(
        "{product} at {} {} a year{without}: ",
        number(result.target),
        result.unit
    );
    let short = |row: &CommodityLimit| row.ratio.is_none_or(|r| r > 1.0 + 1e-9);
    let mut known = result
        .commodities
        .iter()
        .filter(|r| r.traded && r.available.is_some() && r.required.is_some());
    if let Some(own) = known.clone().find(|r| r.is_product && short(r)) {
        line.push_str(&format!(
            "its own plants can make {}. Upstream, ",
            Cell::amount(own.available).rounded()
        ));
    }
    let Some(row) = known.find(|r| !r.is_product) else {
        return line + "no capacity that it needs is known in amounts.";
    };
    let part = row.part_of_output.map_or_else(String::new, |part| {
        let whose = match result.without[..] {
            [] => "the world makes",
            _ => "is made elsewhere",
        };
        format!(", {} of what {whose}", percent(part))
    });
    let needed = row.required.map_or_else(String::new, |r| {
        format!("{} {} a year{part}", number(r), row.unit)
    });
    let who = match result.priority {
        "first" => "there is",
        _ => "is free for it beside other users",
    };
    let id = &row.commodity;
    line + &match row.ratio {
        None => format!("{id} binds first: it takes {needed}, and there is none for it."),
        Some(ratio) if ratio > 1.0 + 1e-9 => format!(
            "{id} binds first: it takes {needed}, {} times what {who}.",
            Cell::Number(ratio).rounded()
        ),
        Some(ratio) => format!(
            "nothing whose capacity is known is short; the tightest is {id}: it takes {needed}, {} of what {who}.",
            percent(ratio)
        ),
    }
}

/// What stands in the way, in words.
fn by(names: &[String], together: bool, product: &str) -> String {
    const MOST_NAMED: usize = 3;
    if names.is_empty() {
        return String::new();
    }
    let name = |n: &String| match *n == product {
        true => "its own plants".to_owned(),
        false => n.clone(),
    };
    let named: Vec<String> = names.iter().take(MOST_NAMED).map(name).collect();
    let more = match names.len().saturating_sub(MOST_NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let how = match together && names.len() > 1 {
        true => ", which bind together",
        false => "",
    };
    format!(", limited by {}{more}{how}", named.join(", "))
}

/// From what is certain to what is possible.
fn span(low: Option<f64>, high: Option<f64>, unit: &str) -> String {
    match (low, high) {
        (Some(low), Some(high)) if low >= high * (1.0 - 1e-7) => {
            format!("{} {unit} a year", number(high))
        }
        (Some(low), Some(high)) => format!("{} to {} {unit} a year", number(low), number(high)),
        (None, Some(high)) => format!("at most {} {unit} a year", number(high)),
        (Some(low), None) => format!("at least {} {unit} a year", number(low)),
        (None, None) => "an amount that is not known".to_owned(),
    }
}

fn reached(reach: &Reach, result: &Limits) -> String {
    let unit = &*result.unit;
    let own_id = result.commodities.iter().find(|r| r.is_product);
    let product = own_id.map_or("", |r| &*r.commodity);
    let own = span(reach.max, reach.max_high, unit);
    let upstream = span(reach.max_upstream, reach.max_upstream_high, unit);
    if own == upstream {
        return format!("{own}{}", by(&reach.limited_by, reach.together, product));
    }
    format!(
        "{own}{}; if they were no limit, {upstream}{}",
        by(&reach.limited_by, reach.together, product),
        by(&reach.limited_by_upstream, reach.together_upstream, product)
    )
}

fn most(result: &Limits) -> String {
    format!(
        "Today's capacity allows {}.",
        reached(&result.reach, result)
    )
}

fn served_first(result: &Limits) -> Option<String> {
    let reach = result.served_first.as_ref()?;
    Some(format!(
        "Served before all other users: {}.",
        reached(reach, result)
    ))
}

fn power_line(power: &[PowerLimit]) -> Option<String> {
    let first = power.first()?;
    let of_kind = power.iter().filter(|p| p.commodity == first.commodity);
    let all: f64 = of_kind.map(|p| p.needed).sum();
    let most = first.share.map_or_else(String::new, |share| {
        format!(
            "; {} of its generation in {}",
            percent(share),
            country_name(&first.country)
        )
    });
    Some(format!(
        "It takes {} {} of {} a year{most}.",
        number(all),
        first.unit,
        first.commodity
    ))
}

/// What binds first, how far capacity reaches, and power by country.
#[must_use]
pub fn limits_tables(result: &Limits, rows: usize) -> Vec<Table> {
    vec![
        commodity_table(result, rows),
        reach_table(result),
        power_table(result, rows),
    ]
}

fn commodity_table(result: &Limits, rows: usize) -> Table {
    let mut table = Table::new(
        "",
        &[
            ("commodity", "commodity"),
            ("required", "required"),
            ("unit", "unit"),
            (
                if result.without.is_empty() {
                    "world output"
                } else {
                    "output left"
                },
                "output",
            ),
            ("of it", "part_of_output"),
            ("capacity", "capacity"),
            ("host yields", "host_limit"),
            ("available", "available"),
            ("ratio", "ratio"),
            ("one more adds", "marginal_gain_upstream"),
        ],
    );
    let line = |r: &CommodityLimit| {
        vec![
            Cell::Text(r.commodity.clone()),
            Cell::amount(r.required),
            Cell::Text(r.unit.clone()),
            Cell::amount(r.output),
            Cell::share(r.part_of_output),
            Cell::amount(r.capacity),
            Cell::amount(r.host.as_ref().map(|h| h.limit)),
            Cell::amount(r.available),
            Cell::number(r.ratio),
            Cell::number(r.marginal_gain_upstream),
        ]
    };
    table.rows = result.commodities.iter().take(rows).map(line).collect();
    if result.commodities.len() > rows {
        table.title = format!(
            "{rows} of {} commodities, by what binds first",
            result.commodities.len()
        );
    }
    table
}

fn reach_table(result: &Limits) -> Table {
    let mut table = Table::new(
        format!("how far today's capacity reaches, {} a year", result.unit),
        &[
            ("priority", "priority"),
            ("product's own plants", "own_plants"),
            ("unknown capacity as today", "max"),
            ("unknown capacity no limit", "max_high"),
        ],
    );
    let first = result.served_first.as_ref().map(|r| ("first", r));
    for (priority, reach) in [(result.priority, &result.reach)].into_iter().chain(first) {
        for (own, low, high) in [
            ("counted", reach.max, reach.max_high),
            ("left out", reach.max_upstream, reach.max_upstream_high),
        ] {
            table.rows.push(vec![
                Cell::Text(priority.to_owned()),
                Cell::Text(own.to_owned()),
                Cell::amount(low),
                Cell::amount(high),
            ]);
        }
    }
    table
}

fn power_table(result: &Limits, rows: usize) -> Table {
    let mut table = Table::new(
        "power by country, against what it generates a year",
        &[
            ("country", "country"),
            ("power", "commodity"),
            ("needed", "needed"),
            ("generation", "generation"),
            ("unit", "unit"),
            ("share", "share"),
            ("one more adds", "marginal_gain_upstream"),
        ],
    );
    let line = |r: &PowerLimit| {
        vec![
            country_cell(&r.country),
            Cell::Text(r.commodity.clone()),
            Cell::Number(r.needed),
            Cell::number(r.generation),
            Cell::Text(r.unit.clone()),
            Cell::share(r.share),
            Cell::number(r.marginal_gain_upstream),
        ]
    };
    table.rows = result.power.iter().take(rows).map(line).collect();
    table
}
