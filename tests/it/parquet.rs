//! Tables as Parquet: the same network as csv, from whatever program, and no harm from damaged or hostile files.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ::parquet::basic::{ConvertedType, Encoding, Repetition, Type as Physical};
use ::parquet::data_type::{
    BoolType, ByteArray, ByteArrayType, DoubleType, FloatType, Int32Type, Int64Type,
};
use ::parquet::file::properties::{WriterProperties, WriterVersion};
use ::parquet::file::writer::SerializedFileWriter;
use ::parquet::schema::types::Type;
use oretrace::diag::{Code, Sources, records};
use oretrace::load::{Input, flow_table, load};
use proptest::prelude::*;

use crate::diagnostics::{Outcome, load_path};
use crate::hostile::check;

const FIXTURES: &str = "tests/fixtures/parquet";
/// One folder for each way of writing the tables in `csv`.
const WAYS: [&str; 8] = [
    "pyarrow",
    "delta",
    "types",
    "lz4",
    "plain",
    "polars",
    "duckdb",
    "duckdb-v2",
];

/// A network in words, exact to the last bit of its numbers, and what was told about its files.
fn loaded(folder: &Path) -> (String, Vec<(Code, usize)>) {
    let mut sources = Sources::default();
    let loaded = load(&mut sources, &[Input::Path(folder.to_path_buf())], None);
    check(&loaded.diagnostics, &sources, loaded.network.is_some());
    let mut told: Vec<(Code, usize)> = loaded
        .diagnostics
        .iter()
        .map(|d| (d.code, sources.position(d.span.unwrap()).line))
        .collect();
    told.sort_unstable();
    (format!("{:?}", loaded.network), told)
}

fn bytes(way: &str, table: &str) -> Vec<u8> {
    std::fs::read(Path::new(FIXTURES).join(way).join(table)).unwrap()
}

#[test]
fn what_other_programs_write_is_the_network_of_the_csv() {
    let csv = loaded(&Path::new(FIXTURES).join("csv"));
    assert!(csv.0.starts_with("Some") && csv.1.is_empty());
    for way in WAYS {
        assert_eq!(loaded(&Path::new(FIXTURES).join(way)), csv, "{way}");
    }
}

#[test]
fn one_table_may_be_csv_and_the_other_parquet() {
    let csv = loaded(&Path::new(FIXTURES).join("csv"));
    for (from, table) in [("csv", "sites.csv"), ("polars", "sites.parquet")] {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(table), bytes(from, table)).unwrap();
        let (from, other) = match from {
            "csv" => ("delta", "supply.parquet"),
            _ => ("csv", "supply.csv"),
        };
        std::fs::write(folder.path().join(other), bytes(from, other)).unwrap();
        assert_eq!(loaded(folder.path()), csv);
        // Either table stands for its folder.
        assert_eq!(loaded(&folder.path().join(table)), csv);
    }
}

/// The cells of a column, as one of the types they may have.
#[derive(Clone, Debug)]
enum Cells {
    Text(Vec<Option<Vec<u8>>>),
    Double(Vec<Option<f64>>),
    Float(Vec<Option<f32>>),
    Int(Vec<Option<i32>>),
    Long(Vec<Option<i64>>),
    Bool(Vec<Option<bool>>),
}

/// How a file is written.
#[derive(Clone, Copy, Debug)]
struct Way {
    dictionary: bool,
    second: bool,
    delta: bool,
    /// Rows in a group.
    rows: usize,
    /// Rows in a page, more or less.
    page: usize,
}

const PLAIN: Way = Way {
    dictionary: false,
    second: false,
    delta: false,
    rows: 1_000,
    page: 1_000,
};

impl Cells {
    fn len(&self) -> usize {
        match self {
            Self::Text(cells) => cells.len(),
            Self::Double(cells) => cells.len(),
            Self::Float(cells) => cells.len(),
            Self::Int(cells) => cells.len(),
            Self::Long(cells) => cells.len(),
            Self::Bool(cells) => cells.len(),
        }
    }

    fn physical(&self) -> Physical {
        match self {
            Self::Text(_) => Physical::BYTE_ARRAY,
            Self::Double(_) => Physical::DOUBLE,
            Self::Float(_) => Physical::FLOAT,
            Self::Int(_) => Physical::INT32,
            Self::Long(_) => Physical::INT64,
            Self::Bool(_) => Physical::BOOLEAN,
        }
    }

    fn described(&self, name: &str) -> Type {
        let converted = match self {
            Self::Text(_) => ConvertedType::UTF8,
            _ => ConvertedType::NONE,
        };
        Type::primitive_type_builder(name, self.physical())
            .with_repetition(Repetition::OPTIONAL)
            .with_converted_type(converted)
            .build()
            .unwrap()
    }
}

fn properties(way: Way, columns: &[(&str, Cells)]) -> WriterProperties {
    let mut properties = WriterProperties::builder()
        .set_dictionary_enabled(way.dictionary)
        .set_writer_version(match way.second {
            true => WriterVersion::PARQUET_2_0,
            false => WriterVersion::PARQUET_1_0,
        })
        .set_data_page_row_count_limit(way.page)
        .set_write_batch_size(way.page.min(4));
    for (at, (name, cells)) in columns.iter().enumerate() {
        let encoding = match cells.physical() {
            Physical::BYTE_ARRAY if at % 2 == 0 => Encoding::DELTA_BYTE_ARRAY,
            Physical::BYTE_ARRAY => Encoding::DELTA_LENGTH_BYTE_ARRAY,
            Physical::INT32 | Physical::INT64 => Encoding::DELTA_BINARY_PACKED,
            Physical::DOUBLE | Physical::FLOAT => Encoding::BYTE_STREAM_SPLIT,
            _ => Encoding::PLAIN,
        };
        if way.delta {
            properties = properties.set_column_encoding((*name).into(), encoding);
        }
    }
    properties.build()
}

/// Writes a Parquet file into memory.
fn written(columns: &[(&str, Cells)], way: Way) -> Vec<u8> {
    let fields = columns
        .iter()
        .map(|(name, cells)| Arc::new(cells.described(name)))
        .collect();
    let schema = Type::group_type_builder("table").with_fields(fields);
    let schema = Arc::new(schema.build().unwrap());
    let properties = Arc::new(properties(way, columns));
    let mut out = Vec::new();
    let mut writer = SerializedFileWriter::new(&mut out, schema, properties).unwrap();
    let rows = columns[0].1.len();
    for from in (0..rows).step_by(way.rows) {
        let part = from..rows.min(from + way.rows);
        let mut group = writer.next_row_group().unwrap();
        for (_, cells) in columns {
            let mut column = group.next_column().unwrap().unwrap();
            macro_rules! write {
                ($kind:ty, $cells:expr, $of:expr) => {{
                    let cells = &$cells[part.clone()];
                    let levels: Vec<i16> = cells.iter().map(|c| i16::from(c.is_some())).collect();
                    let values: Vec<_> = cells.iter().flatten().cloned().map($of).collect();
                    let typed = column.typed::<$kind>();
                    typed.write_batch(&values, Some(&levels), None).unwrap();
                }};
            }
            match cells {
                Cells::Text(cells) => write!(ByteArrayType, cells, ByteArray::from),
                Cells::Double(cells) => write!(DoubleType, cells, |v| v),
                Cells::Float(cells) => write!(FloatType, cells, |v| v),
                Cells::Int(cells) => write!(Int32Type, cells, |v| v),
                Cells::Long(cells) => write!(Int64Type, cells, |v| v),
                Cells::Bool(cells) => write!(BoolType, cells, |v| v),
            }
            column.close().unwrap();
        }
        group.close().unwrap();
    }
    writer.close().unwrap();
    out
}

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

    /// A few bytes of any file changed, added or cut away.
    #[test]
    fn damaged_files_do_no_harm(
        way in 0..WAYS.len(),
        which in any::<bool>(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let mut spoilt = bytes(WAYS[way], TABLES[usize::from(which)]);
        for (at, byte) in edits {
            let at = at.index(spoilt.len());
            spoilt[at] = byte;
        }
        if let Some(cut) = cut {
            spoilt.truncate(cut.index(spoilt.len()));
        }
        load_with(WAYS[way], usize::from(which), &spoilt);
    }
}

const TABLES: [&str; 2] = ["sites.parquet", "supply.parquet"];

/// Loads a folder of which one table is replaced.
fn load_with(way: &str, which: usize, spoilt: &[u8]) -> Outcome {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(TABLES[which]), spoilt).unwrap();
    let other = TABLES[1 - which];
    std::fs::write(folder.path().join(other), bytes(way, other)).unwrap();
    let outcome = load_path(folder.path());
    check(&outcome.diagnostics, &outcome.sources, outcome.usable);
    outcome
}

/// Every byte of some files in turn, and every length. `PARQUET_FLIPS=all` takes all files and ways of changing a byte.
#[test]
fn no_byte_is_trusted() {
    let all = std::env::var_os("PARQUET_FLIPS").is_some();
    let ways: &[&str] = if all { &WAYS } else { &["duckdb-v2"] };
    let changes: &[u8] = if all {
        &[0x01, 0x02, 0x10, 0x40, 0x80, 0x7f, 0xff]
    } else {
        &[0xff]
    };
    for way in ways {
        for (which, table) in TABLES.iter().enumerate() {
            let sound = bytes(way, table);
            for at in 0..sound.len() {
                for change in changes {
                    let mut spoilt = sound.clone();
                    spoilt[at] ^= change;
                    load_with(way, which, &spoilt);
                }
                if all || at % 7 == 0 {
                    let outcome = load_with(way, which, &sound[..at]);
                    assert!(!outcome.usable, "{way}/{table} cut at {at}");
                }
            }
        }
    }
}

fn text(cells: &[&str]) -> Cells {
    Cells::Text(cells.iter().map(|c| Some(c.as_bytes().to_vec())).collect())
}

/// A table of two sites with some columns replaced or added, and what is told of it: code, line, column, message.
fn told(changes: Vec<(&'static str, Cells)>) -> Vec<(Code, usize, usize, String)> {
    let mut columns: Vec<(&str, Cells)> = vec![
        ("id", text(&["a", "b"])),
        ("stage", text(&["mine", "mine"])),
        ("country", text(&["CHN", "USA"])),
        ("commodity", text(&["ore", "ore"])),
        ("output", Cells::Double(vec![Some(1.0), Some(2.0)])),
    ];
    for (name, cells) in changes {
        match columns.iter_mut().find(|(n, _)| *n == name) {
            Some(column) => column.1 = cells,
            None => columns.push((name, cells)),
        }
    }
    told_of(&written(&columns, PLAIN))
}

fn told_of(table: &[u8]) -> Vec<(Code, usize, usize, String)> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("sites.parquet"), table).unwrap();
    let outcome = load_path(folder.path());
    check(&outcome.diagnostics, &outcome.sources, outcome.usable);
    let records = records(&outcome.diagnostics, &outcome.sources);
    let located = outcome.diagnostics.iter().zip(records);
    located
        .map(|(d, r)| (d.code, r.line.unwrap(), r.column.unwrap(), r.message))
        .collect()
}

/// A change of columns, and what is told of it: code, line, column, words.
type Fault = (Vec<(&'static str, Cells)>, Code, usize, usize, &'static str);

fn each_is_told(faults: Vec<Fault>) {
    for (changes, code, line, column, words) in faults {
        let shown = format!("{changes:?}");
        let found = told(changes);
        let hit = found
            .iter()
            .any(|f| (f.0, f.1, f.2) == (code, line, column) && f.3.contains(words));
        assert!(hit, "{shown:.300}\n{found:#?}");
    }
}

#[test]
fn faults_name_row_and_column() {
    let double = |second| Cells::Double(vec![Some(1.0), Some(second)]);
    each_is_told(vec![
        (
            vec![("output", double(f64::NAN))],
            Code::InvalidNumber,
            3,
            5,
            "(row 2, column `output`)",
        ),
        (
            vec![("output", double(f64::INFINITY))],
            Code::InvalidNumber,
            3,
            5,
            "`inf` is not",
        ),
        (
            vec![("output", double(-2.0))],
            Code::NegativeNumber,
            3,
            5,
            "negative",
        ),
        (
            vec![("output", double(1e31))],
            Code::InvalidNumber,
            3,
            5,
            "too large",
        ),
        (
            vec![("output", text(&["1", "2 t"]))],
            Code::InvalidNumber,
            3,
            5,
            "`2 t`",
        ),
    ]);
}

#[test]
fn faults_of_words_and_columns_are_told() {
    let double = |second| Cells::Double(vec![Some(1.0), Some(second)]);
    each_is_told(vec![
        (
            vec![("country", Cells::Text(vec![Some(b"CHN".to_vec()), None]))],
            Code::UnknownCountry,
            3,
            3,
            "(row 2, column `country`)",
        ),
        (
            vec![(
                "id",
                Cells::Text(vec![Some(b"a".to_vec()), Some(vec![0xff, b'b'])]),
            )],
            Code::NotUtf8,
            3,
            1,
            "not UTF-8",
        ),
        (
            vec![("id", text(&["a", "a"]))],
            Code::DuplicateId,
            3,
            1,
            "row 2",
        ),
        (
            vec![("output", Cells::Bool(vec![Some(true); 2]))],
            Code::WrongType,
            1,
            5,
            "truth values",
        ),
        (
            vec![("id", double(2.0))],
            Code::WrongType,
            1,
            1,
            "(column `id`)",
        ),
        (
            vec![("outputs", double(2.0))],
            Code::TableColumns,
            1,
            6,
            "`outputs` is no column",
        ),
        (
            vec![(" output", double(2.0))],
            Code::TableColumns,
            1,
            6,
            "stands twice",
        ),
        (
            vec![("id", text(&["a", &"x".repeat(70_000)]))],
            Code::ParquetLimit,
            2,
            1,
            "longer than",
        ),
    ]);
}

#[test]
fn whole_numbers_are_ids_and_missing_columns_are_told() {
    let ids = Cells::Long(vec![Some(7), Some(8)]);
    assert_eq!(told(vec![("id", ids)]), []);
    let columns = vec![("id", text(&["a"])), ("stage", text(&["mine"]))];
    let found = told_of(&written(&columns, PLAIN));
    let lacking: Vec<&str> = found.iter().map(|f| f.3.as_str()).collect();
    assert_eq!(
        lacking,
        [
            "the table lacks the column `commodity`",
            "the table lacks the column `country`"
        ]
    );
    assert_eq!(
        told(vec![("__index_level_0__", text(&["0", "1"]))]).len(),
        1
    );
}

#[test]
fn nested_columns_are_told() {
    let leaf = Cells::Double(Vec::new()).described("element");
    let inner = Type::group_type_builder("list")
        .with_repetition(Repetition::REPEATED)
        .with_fields(vec![Arc::new(leaf)]);
    let outer = Type::group_type_builder("output")
        .with_repetition(Repetition::OPTIONAL)
        .with_fields(vec![Arc::new(inner.build().unwrap())]);
    let id = Cells::Text(Vec::new()).described("id");
    let schema = Type::group_type_builder("table")
        .with_fields(vec![Arc::new(id), Arc::new(outer.build().unwrap())]);
    let mut out = Vec::new();
    let schema = Arc::new(schema.build().unwrap());
    let writer = SerializedFileWriter::new(&mut out, schema, Arc::default()).unwrap();
    writer.close().unwrap();
    let found = told_of(&out);
    assert_eq!(
        (found[0].0, found[0].1, found[0].2),
        (Code::TableColumns, 1, 2)
    );
    assert!(found[0].3.ends_with("(column `output`)"), "{found:?}");
}

#[test]
fn files_that_are_no_parquet_are_told() {
    for bytes in [
        &b""[..],
        b"PAR1",
        b"PAR1PAR1",
        b"id,stage,country,commodity\n",
        b"PAR1\0\0\0\0PAR1",
        b"PAR1\xff\xff\xff\xffPAR1",
        b"PAR1\x01\0\0\0\x01\0\0\0PAR1",
    ] {
        let found = told_of(bytes);
        assert_eq!(found.len(), 1, "{bytes:?}: {found:?}");
        assert_eq!(
            (found[0].0, found[0].1),
            (Code::ParquetSyntax, 1),
            "{bytes:?}"
        );
    }
    let encrypted = told_of(b"PAR1\0\0\0\0\0\0\0\0PARE");
    assert_eq!(encrypted[0].0, Code::ParquetUnsupported);
}

/// A footer may nest without end, or claim more than there is room for; neither is followed.
#[test]
fn footers_that_would_end_the_program_are_refused() {
    let file = |footer: &[u8]| {
        let mut file = b"PAR1".to_vec();
        file.extend(footer);
        file.extend((footer.len() as u32).to_le_bytes());
        file.extend(b"PAR1");
        file
    };
    // A schema of a million elements, each the only child of the one before.
    let mut deep = vec![0x15, 0x02, 0x19, 0xfc];
    let mut count = 1_000_000_u32;
    while count > 0x7f {
        deep.push(count as u8 | 0x80);
        count >>= 7;
    }
    deep.push(count as u8);
    // Repetition, name and number of children.
    (0..1_000_000).for_each(|_| deep.extend([0x35, 0x00, 0x18, 0x01, b'a', 0x15, 0x02, 0x00]));
    deep.push(0);
    assert_eq!(told_of(&file(&deep))[0].0, Code::TableColumns);
    // Structures in one another, in a field that nobody knows.
    let mut nest = vec![0xfc];
    nest.extend(vec![0x1c; 1_000_000]);
    assert_eq!(told_of(&file(&nest))[0].0, Code::ParquetSyntax);
    // A root with two thousand million children.
    let wide = [
        0x15, 0x02, 0x19, 0x1c, 0x48, 0x01, b'a', 0x15, 0xfe, 0xff, 0xff, 0xff, 0x0f, 0x00, 0x00,
    ];
    assert_eq!(told_of(&file(&wide))[0].0, Code::ParquetSyntax);
}

/// Millions of empty rows in a few bytes end at the limit.
#[test]
fn rows_that_cost_nothing_to_write_are_bounded() {
    let many = 1_200_000;
    let empty = || Cells::Text(vec![None; many]);
    let columns = vec![
        ("id", empty()),
        ("stage", empty()),
        ("country", empty()),
        ("commodity", empty()),
    ];
    let way = Way {
        rows: many,
        page: many,
        ..PLAIN
    };
    let table = written(&columns, way);
    assert!(table.len() < 20_000, "{}", table.len());
    let found = told_of(&table);
    assert!(
        found.last().unwrap().3.contains("not shown"),
        "{:?}",
        found.last()
    );
}

/// Other tables are read through the same rows.
#[test]
fn flows_between_firms_may_be_parquet() {
    let mut sources = Sources::default();
    let flows = (
        "supplier,buyer,weight\n7,8,1.5\n8,7,2\n",
        "id,sector\n7,a\n8,b\n",
    );
    let csv = [
        sources.add("flows.csv", flows.0),
        sources.add("firms.csv", flows.1),
    ];
    let ids = |ids: [i64; 2]| Cells::Long(ids.map(Some).to_vec());
    let weights = Cells::Double(vec![Some(1.5), Some(2.0)]);
    let flows = [
        ("supplier", ids([7, 8])),
        ("buyer", ids([8, 7])),
        ("weight", weights),
    ];
    let firms = [("id", ids([7, 8])), ("sector", text(&["a", "b"]))];
    let parquet = [
        sources.add_table("flows.parquet", written(&flows, PLAIN)),
        sources.add_table("firms.parquet", written(&firms, PLAIN)),
    ];
    let [csv, parquet] =
        [csv, parquet].map(|[flows, firms]| flow_table(&sources, flows, firms, None).unwrap());
    assert_eq!(format!("{parquet:?}"), format!("{csv:?}"));
}

#[test]
fn tables_are_not_included() {
    let folder = tempfile::tempdir().unwrap();
    let main: PathBuf = folder.path().join("main.yaml");
    std::fs::write(&main, "oretrace: 1\ninclude: [sites.parquet]\n").unwrap();
    std::fs::write(
        folder.path().join("sites.parquet"),
        bytes("plain", "sites.parquet"),
    )
    .unwrap();
    let outcome = load_path(&main);
    let [only] = &outcome.diagnostics[..] else {
        panic!("{:?}", outcome.diagnostics)
    };
    assert_eq!(only.code, Code::UnreadableFile);
    assert!(only.help.as_ref().unwrap().contains("-g"));
}
