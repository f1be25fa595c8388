//! Damaged and hostile files do no harm.

use oretrace::diag::Code;
use proptest::prelude::*;

use super::{WAYS, bytes, told_of};
use crate::diagnostics::{Outcome, load_path};
use crate::hostile::check;

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

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

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

/// A file of a footer alone.
fn file(footer: &[u8]) -> Vec<u8> {
    let mut file = b"PAR1".to_vec();
    file.extend(footer);
    file.extend((footer.len() as u32).to_le_bytes());
    file.extend(b"PAR1");
    file
}

/// The columns `id`, `stage`, `country` and `commodity` under a root of as many, with the head of their list.
fn flat() -> Vec<u8> {
    let mut schema = vec![0x5c, 0x48, 0x01, b'a', 0x15, 0x08, 0x00];
    for name in ["id", "stage", "country", "commodity"] {
        schema.extend([0x15, 0x0c, 0x25, 0x02, 0x18, name.len() as u8]);
        schema.extend(name.bytes());
        schema.push(0);
    }
    schema
}

/// A list of so many elements of a schema, each the only child of the one before.
fn deep(count: u32) -> Vec<u8> {
    let mut schema = vec![0xfc];
    let mut left = count;
    while left > 0x7f {
        schema.push(left as u8 | 0x80);
        left >>= 7;
    }
    schema.push(left as u8);
    // Type, repetition, name and number of children.
    for at in 1..=count {
        let children = if at == count { 0x00 } else { 0x02 };
        schema.extend([
            0x15, 0x0c, 0x25, 0x00, 0x18, 0x01, b'a', 0x15, children, 0x00,
        ]);
    }
    schema
}

/// What a footer begins with before its schema, and ends with behind it: no rows, no row groups.
const VERSION: [u8; 2] = [0x15, 0x02];
const NOTHING: [u8; 5] = [0x16, 0x00, 0x19, 0x0c, 0x00];

fn told_of_footer(parts: &[&[u8]]) -> Vec<(Code, String)> {
    let found = told_of(&file(&parts.concat()));
    found.into_iter().map(|f| (f.0, f.3)).collect()
}

/// A footer may nest without end, or claim more than there is room for; neither is followed.
#[test]
fn footers_that_would_end_the_program_are_refused() {
    let schema = |schema: &[u8]| told_of_footer(&[&VERSION, &[0x19], schema, &NOTHING]);
    assert_eq!(schema(&flat()), [], "a table without rows");
    assert_eq!(schema(&deep(1_000_000))[0].0, Code::TableColumns);
    // Structures in one another, in a field that nobody knows.
    let mut nest = vec![0xfc];
    nest.extend(vec![0x1c; 1_000_000]);
    assert_eq!(told_of_footer(&[&nest])[0].0, Code::ParquetSyntax);
    // A root with two thousand million children.
    let wide = [
        0x1c, 0x48, 0x01, b'a', 0x15, 0xfe, 0xff, 0xff, 0xff, 0x0f, 0x00,
    ];
    assert_eq!(schema(&wide)[0].0, Code::ParquetSyntax);
    // Lists that say that they are longer than there are bytes: of columns, of row groups, of the columns in one.
    let long = [0xfc, 0xff, 0xff, 0xff, 0xff, 0x07];
    assert_eq!(schema(&long)[0].0, Code::ParquetSyntax);
    let large = told_of_footer(&[&vec![0; (16 << 20) + 1]]);
    assert_eq!(large[0].0, Code::ParquetLimit);
    assert!(large[0].1.contains("larger than 16 MiB"), "{large:?}");
    let begin = [&VERSION[..], &[0x19], &flat(), &[0x16, 0x00, 0x19]].concat();
    for groups in [&long[..], &[&[0x1c, 0x19], &long[..]].concat()] {
        let found = told_of_footer(&[&begin, groups, &[0, 0, 0, 0]]);
        assert_eq!(found[0].0, Code::ParquetSyntax);
    }
    // Row groups of nothing but a number of rows, which is none.
    let none = [0x1c, 0x36, 0x00, 0x00];
    let found = told_of_footer(&[&begin, &none, &[0]]);
    assert!(found[0].1.contains("no columns"), "{found:?}");
}

/// Fields that have another type than the format gives them are skipped, and none counts twice.
#[test]
fn no_part_of_a_footer_is_read_two_ways() {
    // A schema without end that is typed as a set, before one that is in order.
    let set = [0x1a];
    let list = [0x09, 0x04];
    let found = told_of_footer(&[&VERSION, &set, &deep(1_000_000), &list, &flat(), &NOTHING]);
    assert_eq!(found, [], "the list counts");
    let twice = told_of_footer(&[&VERSION, &[0x19], &flat(), &list, &flat(), &NOTHING]);
    assert!(twice[0].1.contains("twice"), "{twice:?}");
    // A root whose type is given as text; read as a number it would uncover two thousand million children.
    let root = [
        0x2c, 0x18, 0x0c, 0x38, 0x01, b'b', 0x15, 0xfe, 0xff, 0xff, 0xff, 0x0f, 0xf8, 0x06, 0x00,
        0x38, 0x01, b'a', 0x15, 0x02, 0x00,
    ];
    let column = [0x15, 0x0c, 0x25, 0x00, 0x18, 0x02, b'i', b'd', 0x00];
    let found = told_of_footer(&[&VERSION, &[0x19], &root, &column, &NOTHING]);
    let lacking = |found: &(Code, String)| found.1.contains("lacks the column");
    assert!(found.len() == 3 && found.iter().all(lacking), "{found:?}");
}
