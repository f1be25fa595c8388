//! The footer of a Parquet file: what it says of itself, looked at before it is believed.

use parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader};

use super::contained::contained;
use super::fault::Fault;
use super::thrift::{LIST, STRUCT, Thrift};

/// What the file begins and ends with.
pub(super) const MAGIC: &[u8] = b"PAR1";
/// What an encrypted one ends with.
const ENCRYPTED: &[u8] = b"PARE";

/// Largest footer that is read: some ten thousand row groups of a table as they are here.
const MOST_OF_A_FOOTER: usize = 16 << 20;
/// Most columns; a table has six at most.
const MOST_COLUMNS: usize = 1_000;

/// A footer that can be relied on to be one.
pub(super) struct Footer {
    pub(super) metadata: ParquetMetaData,
    /// Where it begins in the file.
    pub(super) at: usize,
}

/// A column that holds others.
pub(super) struct Nested {
    pub(super) names: Vec<String>,
    pub(super) column: usize,
}

/// Reads the footer, or says which column is nested.
pub(super) fn read(file: &[u8]) -> Result<Result<Footer, Nested>, Fault> {
    let Some((head, tail)) = file.split_last_chunk::<8>() else {
        return Err(Fault::NotParquet);
    };
    let (length, mark) = tail.split_at(4);
    if mark == ENCRYPTED {
        return Err(Fault::Encrypted);
    }
    if mark != MAGIC || !head.starts_with(MAGIC) {
        return Err(Fault::NotParquet);
    }
    let length = length
        .iter()
        .rev()
        .fold(0, |sum, b| sum << 8 | usize::from(*b));
    let at = head
        .len()
        .checked_sub(length)
        .filter(|at| *at >= MAGIC.len())
        .ok_or_else(|| Fault::damaged("its footer is longer than the file"))?;
    if length > MOST_OF_A_FOOTER {
        return Err(Fault::TooMuch {
            what: "footer",
            mebibytes: MOST_OF_A_FOOTER as u64 >> 20,
        });
    }
    let footer = &head[at..];
    let columns = columns(footer)?;
    if columns.is_empty() {
        return Err(Fault::damaged("it has no columns"));
    }
    if let Some(column) = columns.iter().position(|column| column.nested) {
        let names = columns.into_iter().map(|column| column.name).collect();
        return Ok(Err(Nested { names, column }));
    }
    let metadata = contained(|| Ok(ParquetMetaDataReader::decode_metadata(footer)?))?;
    let mut groups = metadata.row_groups().iter();
    let rows = groups.try_fold(0_i64, |sum, group| {
        let rows = group.num_rows();
        sum.checked_add(rows).filter(|_| rows >= 0)
    });
    if rows != Some(metadata.file_metadata().num_rows()) {
        return Err(Fault::damaged(
            "its row groups have other rows than the whole",
        ));
    }
    Ok(Ok(Footer { metadata, at }))
}

struct Column {
    name: String,
    nested: bool,
}

/// The columns at the top of the schema.
///
/// The parquet crate descends into nested ones as deeply as the file says, so that it must not be given any.
fn columns(footer: &[u8]) -> Result<Vec<Column>, Fault> {
    let mut found: Vec<Column> = Vec::new();
    // How many of the following elements belong to a nested column.
    let mut inside = 0_usize;
    let mut stated = 0;
    Thrift::new(footer).fields(|thrift, id, kind| {
        if (id, kind) != (2, LIST) {
            return Ok(false);
        }
        let (kind, count) = thrift.list()?;
        if kind != STRUCT {
            return Err(Fault::damaged("its schema is none"));
        }
        for at in 0..count {
            let (name, children) = element(thrift)?;
            if at == 0 {
                stated = children;
                continue;
            }
            if inside == 0 {
                found.push(Column {
                    name,
                    nested: children > 0,
                });
            }
            inside = inside.saturating_sub(1).saturating_add(children);
            if found.len() > MOST_COLUMNS {
                return Err(Fault::TooMany {
                    what: "table",
                    parts: "columns",
                    most: MOST_COLUMNS,
                });
            }
        }
        Ok(true)
    })?;
    if stated != found.len() {
        return Err(Fault::damaged("its schema has other columns than it says"));
    }
    Ok(found)
}

/// The name of an element of the schema, and how many it holds.
fn element(thrift: &mut Thrift<'_>) -> Result<(String, usize), Fault> {
    let (mut name, mut children) = (String::new(), 0);
    thrift.fields(|thrift, id, _| {
        match id {
            4 => name = String::from_utf8_lossy(thrift.text()?).into_owned(),
            5 => children = usize::try_from(thrift.signed()?).unwrap_or(0),
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    Ok((name, children))
}
