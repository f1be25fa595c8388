//! Tables of what binds first.

use super::table::{Cell, Table, percent};
use super::views::{country_cell, country_name};
use crate::analysis::{CommodityLimit, Limits, PowerLimit, Reach, UnknownOutput};
use crate::model::some_of;

/// Ratios this near to 1 are 1: what is made today comes back from a linear programme.
const ROUNDING: f64 = 1e-6;

/// Whether less is there than is asked for; so it is where nothing is.
fn is_short(row: &CommodityLimit) -> bool {
    row.ratio.is_none_or(|r| r > 1.0 + ROUNDING)
}

fn number(value: f64) -> String {
    Cell::Amount(value).rounded()
}

/// The answer in a few sentences: what binds first, how far capacity reaches, and the power it takes.
#[must_use]
pub fn limits_headline(product: &str, result: &Limits) -> String {
    let mut lines = match result.present_unknown {
        Some(unknown) if result.priority != "first" => {
            vec![
                most_taken(product, "", result),
                nothing_known(unknown, result),
            ]
        }
        _ if as_today(result) => vec![
            most_taken(product, ", which is what is made today", result),
            spare(result),
        ],
        _ if is_gone(result) => return first_to_bind(product, result),
        _ => vec![first_to_bind(product, result), most(result)],
    };
    lines.extend(served_first(result));
    lines.extend(power_line(&result.power));
    lines.join("\n")
}

/// Whether the rows are for what is made today, of which nothing can be short.
fn as_today(result: &Limits) -> bool {
    let same = |present: f64| (result.target / present - 1.0).abs() < ROUNDING;
    let short = |row: &CommodityLimit| row.ratio.is_some() && is_short(row);
    result.without.is_empty()
        && result.present.is_some_and(same)
        && !result.commodities.iter().any(short)
}

/// Of what it takes the largest part of the world's output.
fn most_taken(product: &str, which: &str, result: &Limits) -> String {
    let start = format!(
        "{product} at {} {} a year{which}: ",
        number(result.target),
        result.unit
    );
    let others = result
        .commodities
        .iter()
        .filter(|r| r.traded && !r.is_product);
    let largest = others
        .filter_map(|row| Some((row, row.part_of_output?, row.required?)))
        .reduce(|best, next| if next.1 > best.1 { next } else { best });
    let Some((row, part, required)) = largest else {
        return start + "no output of what it needs is known in amounts.";
    };
    let whose = match result.without[..] {
        [] => "the world makes",
        _ => "is made elsewhere",
    };
    start
        + &format!(
            "it takes most of {}, {} {} a year, {} of what {whose}.",
            row.commodity,
            number(required),
            row.unit,
            percent(part)
        )
}

/// What could be made beyond today's output while other users keep their part.
fn spare(result: &Limits) -> String {
    let reach = &result.reach;
    let no_more = reach
        .max_high
        .is_some_and(|m| m <= result.target * (1.0 + ROUNDING));
    if result.priority == "first" || !no_more || reach.limited_by.is_empty() {
        return most(result);
    }
    let product = product_id(result);
    let have = match &reach.limited_by[..] {
        [only] if only != product => "has",
        _ => "have",
    };
    format!(
        "Beside other users no more can be made: {} {have} no capacity to spare in the files.",
        names(&reach.limited_by, product)
    )
}

/// What cannot be said where nobody knows how much is made today.
fn nothing_known(unknown: UnknownOutput, result: &Limits) -> String {
    let (why, cure) = (unknown.why(), unknown.cure());
    if result.target_asked {
        return format!("What other users leave for it is not known, since {why}: {cure}.");
    }
    format!(
        "That is for one {} a year, since {why}: {cure}, or ask for an amount with `--target`.",
        result.unit
    )
}

fn product_id(result: &Limits) -> &str {
    let own = result.commodities.iter().find(|r| r.is_product);
    own.map_or("", |r| &*r.commodity)
}

fn first_to_bind(product: &str, result: &Limits) -> String {
    let start = format!(
        "{product} at {} {} a year{}: ",
        number(result.target),
        result.unit,
        without(result)
    );
    let known: Vec<&CommodityLimit> = result
        .commodities
        .iter()
        .filter(|r| r.traded && r.available.is_some() && r.required.is_some())
        .collect();
    let own = known.iter().find(|r| r.is_product && is_short(r));
    if is_gone(result) {
        return start + "nothing is left of its own plants.";
    }
    let own = own.map(|own| {
        let most = Cell::amount(own.available).rounded();
        format!("its own plants can make {most} {}.", result.unit)
    });
    let upstream: Vec<&CommodityLimit> = known.into_iter().filter(|r| !r.is_product).collect();
    let mut sentences: Vec<String> = own.into_iter().collect();
    sentences.extend(upstream_first(&upstream, result));
    if sentences.is_empty() {
        let enough = result.target * (1.0 - ROUNDING);
        let can_be = result.reach.max_high.is_some_and(|most| most >= enough);
        sentences.push(match can_be {
            true => "nothing that is known stands in its way.".to_owned(),
            false => "no capacity that it needs is known in amounts.".to_owned(),
        });
    }
    // After the colon a sentence begins small.
    let capital = |(at, text): (usize, &String)| match at {
        0 => text.clone(),
        _ => capitalised(text),
    };
    let all: Vec<String> = sentences.iter().enumerate().map(capital).collect();
    start + &all.join(" ")
}

/// Whether none of the product's own sites is left.
fn is_gone(result: &Limits) -> bool {
    let mut own = result.commodities.iter().filter(|r| r.is_product);
    own.any(|own| own.available.is_some_and(|a| a <= 0.0))
}

/// What upstream of the product binds first. What recipes can do without, at a loss, may be shorter still.
fn upstream_first(rows: &[&CommodityLimit], result: &Limits) -> Vec<String> {
    let limiting = &result.reach.limited_by_upstream;
    let binds = |r: &&CommodityLimit| limiting.contains(&r.commodity);
    let Some(at) = rows
        .iter()
        .position(binds)
        .or((!rows.is_empty()).then_some(0))
    else {
        return Vec::new();
    };
    // Where nothing can be made, nothing can be done without.
    let goes_on = result.reach.max_upstream_high != Some(0.0);
    let at = if goes_on { at } else { 0 };
    let missed = rows[..at].iter().filter(|r| is_short(r));
    let (gone, short): (Vec<_>, Vec<_>) = missed.partition(|r| r.ratio.is_none());
    let ids = |rows: &[&&CommodityLimit]| -> Vec<String> {
        rows.iter().map(|r| r.commodity.clone()).collect()
    };
    let mut sentences = Vec::new();
    if !gone.is_empty() {
        sentences.push(format!(
            "nothing is left of {}, which recipes can do without at a loss.",
            names(&ids(&gone), "")
        ));
    }
    if !short.is_empty() {
        sentences.push(format!(
            "{} {} shorter still, but recipes can do without some of it at a loss.",
            names(&ids(&short), ""),
            if short.len() == 1 { "is" } else { "are" },
        ));
    }
    sentences.push(tightest(rows[at], result));
    sentences
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|c| c.to_uppercase().to_string());
    first.unwrap_or_default() + letters.as_str()
}

/// Who is gone, in words.
fn without(result: &Limits) -> String {
    match &result.without[..] {
        [] => String::new(),
        gone => {
            let gone: Vec<String> = gone.iter().map(|c| country_name(c)).collect();
            format!(" without {}", gone.join(", "))
        }
    }
}

/// What binds first, and by how much.
fn tightest(row: &CommodityLimit, result: &Limits) -> String {
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
    match row.ratio {
        None => format!("{id} binds first: it takes {needed}, and there is none for it."),
        Some(ratio) if is_short(row) => format!(
            "{id} binds first: it takes {needed}, {} times what {who}.",
            Cell::Number(ratio).rounded()
        ),
        Some(ratio) if ratio > 1.0 - ROUNDING => {
            format!("{id} binds first: it takes {needed}, all of what {who}.")
        }
        Some(ratio) => format!(
            "nothing whose capacity is known is short; the tightest is {id}: it takes {needed}, {} of what {who}.",
            percent(ratio)
        ),
    }
}

/// What stands in the way, in words.
fn by(limits: &[String], together: bool, product: &str) -> String {
    if limits.is_empty() {
        return String::new();
    }
    let how = match together && limits.len() > 1 {
        true => ", which bind together",
        false => "",
    };
    format!(", limited by {}{how}", names(limits, product))
}

/// The first few of some limits, and how many more there are.
fn names(limits: &[String], product: &str) -> String {
    const MOST_NAMED: usize = 3;
    let named = limits.iter().map(|n| match *n == product {
        true => "its own plants",
        false => n.as_str(),
    });
    some_of(&named.collect::<Vec<_>>(), MOST_NAMED)
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
    let product = product_id(result);
    let own = span(reach.max, reach.max_high, unit);
    let upstream = span(reach.max_upstream, reach.max_upstream_high, unit);
    let unknown = reach.max_upstream.is_none() && reach.max_upstream_high.is_none();
    if own == upstream || unknown {
        return format!("{own}{}", by(&reach.limited_by, reach.together, product));
    }
    format!(
        "{own}{}; if its own plants were no limit, {upstream}{}",
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
            "; it weighs most on {}, with {} of what is generated there",
            country_name(&first.country),
            percent(share)
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
