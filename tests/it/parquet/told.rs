//! What is told of tables that can be read, but not used.

use std::sync::Arc;

use ::parquet::basic::Repetition;
use ::parquet::file::writer::SerializedFileWriter;
use ::parquet::schema::types::Type;
use oretrace::diag::Code;

use super::{Cells, PLAIN, text, told_of, written};

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
