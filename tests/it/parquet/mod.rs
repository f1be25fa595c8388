//! Tables as Parquet: the same network as csv, from whatever program, and no harm from damaged or hostile files.

mod both_forms;
mod damaged;
mod told;

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

use crate::diagnostics::load_path;
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

fn text(cells: &[&str]) -> Cells {
    Cells::Text(cells.iter().map(|c| Some(c.as_bytes().to_vec())).collect())
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
