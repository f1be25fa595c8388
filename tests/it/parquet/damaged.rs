//! Damaged and hostile files do no harm.

use oretrace::diag::Code;
use proptest::prelude::*;

use super::{Cells, PLAIN, WAYS, Way, bytes, told_of, written};
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
