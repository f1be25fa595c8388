//! Production tables, made whole.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{FLOAT_NOISE, rounded};
use crate::diag::{Code, Diagnostic, Span, printable};
use crate::load::definitions::{Reader, choice, missing_source, named_provenance, provenance};
use crate::load::fields::{
    self, Fields, Sink, amount_in, key_text, mapping, text, unknown_country,
};
use crate::load::names::Names;
use crate::load::yaml::Node;
use crate::model::{
    Basis, CommodityIx, Country, NetworkParts, Place, Production, Provenance, REST_OF_WORLD,
    Reserves, Unit,
};

/// Sums of production shares from here to [`HIGHEST_ROUNDED`] are rounding.
const LOWEST_ROUNDED: f64 = 0.985;
const HIGHEST_ROUNDED: f64 = 1.015;

/// One production table as the file has it.
pub(super) struct Table {
    pub(super) span: Span,
    /// Output or bare share by place, with the place in the file.
    pub(super) rows: BTreeMap<Place, (f64, Span)>,
    pub(super) capacity: BTreeMap<Place, (f64, Span)>,
    pub(super) production: Production,
}

type Rows = BTreeMap<Place, (f64, Span)>;

/// Fields of a production table.
const TABLE_FIELDS: &[&str] = &[
    "commodity",
    "year",
    "source",
    "output",
    "shares",
    "total",
    "total_source",
    "total_note",
    "capacity",
    "reserve",
    "reserve_source",
    "reserve_note",
    "basis",
    "bound",
    "note",
];

pub(super) fn read_table(
    node: &Node,
    reader: &Reader<'_>,
    parts: &mut NetworkParts,
    tables: &mut BTreeMap<CommodityIx, Table>,
    sink: &mut Sink,
) {
    let Some(fields) = Fields::open(node, "a production table", TABLE_FIELDS, sink) else {
        return;
    };
    let Some(commodity) = fields
        .required("commodity", sink)
        .and_then(|n| reader.names.commodity_at(n, sink))
    else {
        return;
    };
    let unit = &reader.units[commodity.at()];
    let notes = &mut parts.commodities[commodity.at()].notes;
    let amounts = |name: &str, notes: &mut Vec<String>, sink: &mut Sink| {
        fields.get(name).map(|n| {
            read_rows(n, reader.names, notes, sink, |c, what, s| {
                amount_in(c, unit, what, s)
            })
        })
    };
    let output = amounts("output", notes, sink);
    let capacity = amounts("capacity", &mut Vec::new(), sink).unwrap_or_default();
    let reserves = amounts("reserve", &mut Vec::new(), sink).map(|rows| Reserves {
        by_country: rows
            .into_iter()
            .filter_map(|(place, (amount, _))| Some((place.country()?, amount)))
            .collect(),
        provenance: own_provenance(&fields, "reserve", reader.names, sink),
    });
    let shares = fields
        .get("shares")
        .map(|n| read_rows(n, reader.names, notes, sink, fields::share));
    let total = fields
        .get("total")
        .and_then(|n| amount_in(n, unit, "total", sink).map(|t| (t, n.span)));
    let Some((rows, relative)) = table_rows(&fields, output, shares, total, unit, notes, sink)
    else {
        return;
    };
    let provenance = provenance(&fields, reader.names, sink);
    if provenance.source.is_none() {
        sink.push(missing_source(
            "the production table",
            fields.value_span("commodity"),
        ));
    }
    let basis = fields.get("basis").and_then(|n| {
        choice(
            n,
            "basis",
            &[("location", Basis::Location), ("maker", Basis::Maker)],
            sink,
        )
    });
    let bound = fields
        .get("bound")
        .and_then(|n| choice(n, "bound", &[("lower", true)], sink));
    let table = Table {
        span: fields.value_span("commodity"),
        production: Production {
            year: fields.year("year", sink),
            basis: basis.unwrap_or_default(),
            lower_bound: bound.unwrap_or(false),
            relative,
            listed: rows.keys().filter_map(|p| p.country()).collect(),
            reserves,
            total: total.map(|_| own_provenance(&fields, "total", reader.names, sink)),
            provenance,
        },
        rows,
        capacity,
    };
    if let Some(first) = tables.get(&commodity) {
        let id = &parts.commodities[commodity.at()].id;
        sink.push(
            Diagnostic::at(
                Code::DuplicateTable,
                fields.value_span("commodity"),
                format!("`{id}` has a second production table"),
            )
            .label("second table")
            .other(first.span, "first table")
            .help("keep one source and one year; shares of different tables are never mixed"),
        );
        return;
    }
    tables.insert(commodity, table);
}

/// A key of a production table: a country, `ROW`, or a region that is counted as remainder.
fn place_of(key: &Node, names: &Names, notes: &mut Vec<String>, sink: &mut Sink) -> Option<Place> {
    let word = key_text(key);
    if word == REST_OF_WORLD {
        return Some(Place::Rest);
    }
    if let Some(country) = Country::from_alpha3(word) {
        return Some(Place::In(country));
    }
    let is_code = word.len() >= 3
        && word
            .chars()
            .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '-' || c == '_');
    if is_code || names.groups().any(|g| g == word) {
        let meant = sink
            .suggest(word, Country::all().iter().map(Country::code))
            .map(|code| format!("did you mean `{code}`?"));
        sink.push(
            Diagnostic::at(
                Code::RegionFolded,
                key.span,
                format!(
                    "`{}` is no country; it counts as {REST_OF_WORLD}",
                    printable(word)
                ),
            )
            .help("nothing needs to be done if a region is meant")
            .maybe_help(meant),
        );
        notes.push(format!("{} counts as {REST_OF_WORLD}", printable(word)));
        return Some(Place::Rest);
    }
    unknown_country(word, key.span, names.groups(), sink);
    None
}

fn read_rows(
    node: &Node,
    names: &Names,
    notes: &mut Vec<String>,
    sink: &mut Sink,
    mut value: impl FnMut(&Node, &str, &mut Sink) -> Option<f64>,
) -> Rows {
    let mut rows = Rows::new();
    for (key, cell) in mapping(node, "the rows of a table", sink).unwrap_or_default() {
        let place = place_of(key, names, notes, sink);
        let amount = value(cell, key_text(key), sink);
        if let (Some(place), Some(amount)) = (place, amount) {
            rows.entry(place).or_insert((0.0, key.span)).0 += amount;
        }
    }
    rows
}

/// Where the reserves or the total of a table were read: they may have a source of their own, else it is that of the table.
fn own_provenance(fields: &Fields<'_>, of: &str, names: &Names, sink: &mut Sink) -> Provenance {
    let (source, note) = (format!("{of}_source"), format!("{of}_note"));
    let own = named_provenance(fields, &source, &note, names, sink);
    let source = own.source.or_else(|| {
        let of_table = fields.get("source")?;
        text(of_table, "source", &mut Sink::default()).map(Arc::from)
    });
    Provenance { source, ..own }
}

/// The rows of a table made whole, and whether they are bare shares.
fn table_rows(
    fields: &Fields<'_>,
    output: Option<Rows>,
    shares: Option<Rows>,
    total: Option<(f64, Span)>,
    unit: &Unit,
    notes: &mut Vec<String>,
    sink: &mut Sink,
) -> Option<(Rows, bool)> {
    match (output, shares) {
        (Some(output), None) => Some((complete_output(output, total, unit, notes, sink), false)),
        (None, Some(shares)) => {
            let shares = complete_shares(shares, fields.key_span("shares"), notes, sink);
            if let (None, Some(node)) = (total, fields.get("capacity")) {
                sink.push(
                    Diagnostic::at(
                        Code::UnitMismatch,
                        node.span,
                        "capacities are amounts, but this table has bare shares",
                    )
                    .label("cannot be compared with shares")
                    .help("add `total:`, so that the shares become amounts"),
                );
            }
            let scale = total.map_or(1.0, |(t, _)| t);
            let amounts = shares
                .into_iter()
                .map(|(p, (s, span))| (p, (s * scale, span)))
                .collect();
            Some((amounts, total.is_none()))
        }
        (output, _) => {
            let message = if output.is_some() {
                "a table gives both `output` and `shares`"
            } else {
                "a table gives neither `output` nor `shares`"
            };
            sink.push(
                Diagnostic::at(Code::OutputAndShares, fields.key_span("shares"), message)
                    .help("give amounts as `output`, or parts as `shares`"),
            );
            None
        }
    }
}

/// Leaves what a table's total has beyond its rows to the remainder.
fn complete_output(
    mut rows: Rows,
    total: Option<(f64, Span)>,
    unit: &Unit,
    notes: &mut Vec<String>,
    sink: &mut Sink,
) -> Rows {
    let Some((total, span)) = total else {
        return rows;
    };
    let sum: f64 = rows.values().map(|(v, _)| v).sum();
    if total > sum * (1.0 + FLOAT_NOISE) {
        rows.entry(Place::Rest).or_insert((0.0, span)).0 += total - sum;
    } else if total < sum * LOWEST_ROUNDED {
        sink.push(
            Diagnostic::at(
                Code::TotalBelowSum,
                span,
                format!(
                    "the total is {} {unit}, but the rows add up to {} {unit}",
                    rounded(total),
                    rounded(sum)
                ),
            )
            .help("mend the total or the rows, or leave the total out"),
        );
    } else if total < sum * (1.0 - FLOAT_NOISE) {
        notes.push(format!(
            "the table's rows add up to {:.2} % of its total, taken as rounding",
            100.0 * sum / total
        ));
        sink.push(
            Diagnostic::at(
                Code::SharesRounded,
                span,
                "the rows add up to a little more than the total; the rows count",
            )
            .help("nothing needs to be done; mend the total if it is a slip"),
        );
    }
    rows
}

/// Leaves what shares lack to the remainder, and takes a sum near 1 as rounding.
fn complete_shares(mut rows: Rows, span: Span, notes: &mut Vec<String>, sink: &mut Sink) -> Rows {
    let sum: f64 = rows.values().map(|(v, _)| v).sum();
    if sum > HIGHEST_ROUNDED + FLOAT_NOISE {
        sink.push(
            Diagnostic::at(
                Code::ShareSumOverOne,
                span,
                format!("the shares add up to {:.2} %", sum * 100.0),
            )
            .help("shares of one table add up to 100 % at most"),
        );
    } else if sum < LOWEST_ROUNDED - FLOAT_NOISE {
        rows.entry(Place::Rest).or_insert((0.0, span)).0 += 1.0 - sum;
    } else if (sum - 1.0).abs() > FLOAT_NOISE {
        for (share, _) in rows.values_mut() {
            *share /= sum;
        }
        notes.push(format!(
            "the table's shares add up to {:.2} %, taken as rounding",
            sum * 100.0
        ));
        sink.push(Diagnostic::at(
            Code::SharesRounded,
            span,
            format!(
                "the shares add up to {:.2} %, taken as rounding",
                sum * 100.0
            ),
        )
        .help("nothing needs to be done; sums from 98.5 to 101.5 % are scaled to 100 %, below that the rest is `ROW`"));
    }
    rows
}
