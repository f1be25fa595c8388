//! A table means the same as csv and as Parquet.

use std::fmt::Write as _;

use proptest::prelude::*;

use super::{Cells, Way, loaded, written};

/// Takes cells as a type, where all of them can be.
fn as_type(cells: &[String], kind: u8, empty_text: bool) -> Cells {
    let numbers: Option<Vec<Option<f64>>> = cells
        .iter()
        .map(|cell| match cell.as_str() {
            "" => Some(None),
            cell => cell.parse().ok().map(Some),
        })
        .collect();
    let as_text = || {
        let cell = |c: &String| (empty_text || !c.is_empty()).then(|| c.clone().into_bytes());
        Cells::Text(cells.iter().map(cell).collect())
    };
    let Some(numbers) = numbers else {
        return as_text();
    };
    let is = |holds: &dyn Fn(f64) -> bool| numbers.iter().flatten().all(|v| holds(*v));
    let short = |v: f64| {
        let written = (v as f32).to_string().parse::<f64>();
        v.is_nan() || written.is_ok_and(|w| w.to_bits() == v.to_bits())
    };
    let whole = |v: f64| v.to_bits() == f64::from(v as i32).to_bits();
    let all =
        |v: &dyn Fn(f64) -> i64| -> Vec<Option<i64>> { numbers.iter().map(|n| n.map(v)).collect() };
    match kind {
        0 => as_text(),
        1 if is(&short) => Cells::Float(numbers.iter().map(|n| n.map(|v| v as f32)).collect()),
        2 if is(&whole) => Cells::Int(
            all(&|v| v as i64)
                .into_iter()
                .map(|n| n.map(|v| v as i32))
                .collect(),
        ),
        3 if is(&whole) => Cells::Long(all(&|v| v as i64)),
        _ => Cells::Double(numbers),
    }
}

type TableOf = Vec<(&'static str, Vec<String>)>;

fn as_csv(table: &TableOf) -> String {
    let names: Vec<&str> = table.iter().map(|(name, _)| *name).collect();
    let mut out = format!("{}\n", names.join(","));
    for row in 0..table[0].1.len() {
        let cells: Vec<String> = table
            .iter()
            .map(|(_, cells)| format!("\"{}\"", cells[row].replace('"', "\"\"")))
            .collect();
        writeln!(out, "{}", cells.join(",")).unwrap();
    }
    out
}

fn pick(words: &'static [&'static str]) -> impl Strategy<Value = String> {
    prop::sample::select(words).prop_map(str::to_owned)
}

const IDS: &[&str] = &["a", "b", "c", "site, one", "鋼", "\"q\"", "7", "12"];
/// Mostly in order; a few are not.
const AMOUNTS: &[&str] = &[
    "",
    "0",
    "1",
    "20",
    "0.7",
    "1e3",
    "12.5",
    "0.1",
    "3.3333333333333335",
    "1",
    "2",
    "-1",
    "NaN",
    "inf",
    "1e300",
    "x",
];
const SHARES: &[&str] = &[
    "0.1", "0.2", "25%", "0.05", "0.125", "1", "0.3", "7", "", "0.1",
];

fn sites() -> impl Strategy<Value = TableOf> {
    let row = (
        pick(&["a", "b", "c", "site, one", "鋼", "\"q\"", "7", "12", ""]),
        pick(&["mine", "mine", "mine", "refinery", "nowhere"]),
        pick(&["CHN", "USA", "ROW", "chn", "DEU", "AUS"]),
        pick(&["ore", "ore", "metal", "x y"]),
        pick(AMOUNTS),
        pick(AMOUNTS),
    );
    prop::collection::vec(row, 1..12).prop_map(|rows| {
        let mut table: TableOf = ["id", "stage", "country", "commodity", "output", "capacity"]
            .map(|name| (name, Vec::new()))
            .into();
        for (id, stage, country, commodity, output, capacity) in rows {
            for (column, cell) in [id, stage, country, commodity, output, capacity]
                .into_iter()
                .enumerate()
            {
                table[column].1.push(cell);
            }
        }
        table
    })
}

fn supply() -> impl Strategy<Value = TableOf> {
    let row = (
        pick(IDS),
        pick(IDS),
        pick(&["ore", "metal", "ore", "gas"]),
        pick(SHARES),
        pick(&["", "", "0.5", "0.5", "0.25", "-1"]),
        pick(&["", "5", "0.7", ""]),
    );
    prop::collection::vec(row, 0..20).prop_map(|rows| {
        let mut table: TableOf = [
            "supplier",
            "buyer",
            "commodity",
            "share",
            "coefficient",
            "limit",
        ]
        .map(|name| (name, Vec::new()))
        .into();
        for (supplier, buyer, commodity, share, coefficient, limit) in rows {
            for (column, cell) in [supplier, buyer, commodity, share, coefficient, limit]
                .into_iter()
                .enumerate()
            {
                table[column].1.push(cell);
            }
        }
        table
    })
}

/// A pair of tables that is in order as it stands.
fn in_order(amounts: &[f64]) -> (TableOf, TableOf) {
    let count = amounts.len();
    let ids: Vec<String> = (0..count).map(|n| format!("site-{n:03}")).collect();
    let written = |n: f64| n.to_string();
    let same = |word: &str| vec![word.to_owned(); count];
    let sites = vec![
        ("id", ids.clone()),
        ("stage", same("mine")),
        ("country", same("CHN")),
        (
            "commodity",
            (0..count).map(|n| format!("c{}", n % 2)).collect(),
        ),
        ("output", amounts.iter().copied().map(written).collect()),
        (
            "capacity",
            amounts.iter().map(|a| written(a * 1.1)).collect(),
        ),
    ];
    let pairs: Vec<usize> = (1..count).filter(|n| n % 2 == 1).collect();
    let supply = vec![
        (
            "supplier",
            pairs.iter().map(|n| ids[n - 1].clone()).collect(),
        ),
        ("buyer", pairs.iter().map(|n| ids[*n].clone()).collect()),
        ("commodity", pairs.iter().map(|_| "c0".to_owned()).collect()),
        (
            "share",
            pairs
                .iter()
                .map(|n| written(1.0 / (1.0 + *n as f64)))
                .collect(),
        ),
        (
            "coefficient",
            pairs.iter().map(|n| written(amounts[*n] / 1e6)).collect(),
        ),
        (
            "limit",
            pairs.iter().map(|n| written(amounts[*n])).collect(),
        ),
    ];
    (sites, supply)
}

fn ways() -> impl Strategy<Value = Way> {
    (
        any::<bool>(),
        any::<bool>(),
        any::<bool>(),
        1..9_usize,
        1..9_usize,
    )
        .prop_map(|(dictionary, second, delta, rows, page)| Way {
            dictionary,
            second,
            delta,
            rows,
            page,
        })
}

/// Writes tables both ways and compares what comes of them.
fn same_both_ways(tables: [&TableOf; 2], kinds: &[u8], empty_text: bool, way: Way) {
    let (csv, parquet) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for (table, name) in tables.iter().zip(["sites", "supply"]) {
        std::fs::write(csv.path().join(format!("{name}.csv")), as_csv(table)).unwrap();
        let columns: Vec<(&str, Cells)> = table
            .iter()
            .zip(kinds)
            .map(|((column, cells), kind)| {
                let is_word =
                    !["output", "capacity", "share", "coefficient", "limit"].contains(column);
                let kind = if is_word { 0 } else { *kind };
                (*column, as_type(cells, kind, empty_text))
            })
            .collect();
        let path = parquet.path().join(format!("{name}.parquet"));
        std::fs::write(path, written(&columns, way)).unwrap();
    }
    let (csv, parquet) = (loaded(csv.path()), loaded(parquet.path()));
    assert_eq!(parquet.0, csv.0);
    assert_eq!(parquet.1, csv.1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// The law of tables: a table means the same as csv and as Parquet, faults and their rows included.
    #[test]
    fn a_table_means_the_same_in_both_forms(
        sites in sites(),
        supply in supply(),
        kinds in prop::collection::vec(0..5_u8, 6),
        empty_text in any::<bool>(),
        way in ways(),
    ) {
        same_both_ways([&sites, &supply], &kinds, empty_text, way);
    }

    #[test]
    fn numbers_come_through_to_the_last_bit(
        amounts in prop::collection::vec(1e-9..1e9_f64, 2..40),
        kinds in prop::collection::vec(0..5_u8, 6),
        way in ways(),
    ) {
        let (sites, supply) = in_order(&amounts);
        same_both_ways([&sites, &supply], &kinds, false, way);
    }
}
