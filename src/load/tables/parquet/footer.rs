//! The footer of a Parquet file: its columns, and where their values lie.
//!
//! The parquet crate has a reader of footers too. It takes fields for what their numbers say, whatever type the file gives
//! them, follows nested columns as deeply as they go, and takes room for as many children as a column claims. So that no
//! file is read one way by a check and another way by the crate, the little that is needed is read here alone.

use parquet::basic::CompressionCodec;

use super::fault::Fault;
use super::schema::{self, Described};
use super::thrift::{BINARY, I64, LIST, STRUCT, Thrift};

/// What the file begins and ends with.
pub(super) const MAGIC: &[u8] = b"PAR1";
/// What an encrypted one ends with.
const ENCRYPTED: &[u8] = b"PARE";

/// Largest footer that is read: some ten thousand row groups of a table as they are here.
const MOST_OF_A_FOOTER: usize = 16 << 20;

/// What a footer says.
pub(super) struct Footer {
    /// Where it begins in the file.
    pub(super) at: usize,
    pub(super) columns: Vec<Described>,
    pub(super) groups: Vec<Group>,
}

/// Some rows of the table, one part of the file for each column.
pub(super) struct Group {
    pub(super) rows: usize,
    pub(super) chunks: Vec<Chunk>,
}

/// The values of a column in a row group; places and lengths are those that the file says.
pub(super) struct Chunk {
    /// Whether they are in another file.
    pub(super) elsewhere: bool,
    pub(super) codec: CompressionCodec,
    pub(super) values: i64,
    pub(super) packed: i64,
    pub(super) data: i64,
    pub(super) dictionary: Option<i64>,
}

/// Reads the footer.
pub(super) fn read(file: &[u8]) -> Result<Footer, Fault> {
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
        return Err(Fault::LargeFooter(MOST_OF_A_FOOTER >> 20));
    }
    let (columns, groups) = said(&head[at..])?;
    Ok(Footer {
        at,
        columns,
        groups,
    })
}

/// What the footer says of columns and row groups, if that is in itself consistent.
fn said(footer: &[u8]) -> Result<(Vec<Described>, Vec<Group>), Fault> {
    let (mut columns, mut rows, mut groups) = (None, None, None);
    Thrift::new(footer).fields(|thrift, id, kind| {
        let again = match (id, kind) {
            (2, LIST) => columns.replace(schema::columns(thrift)?).is_some(),
            (3, I64) => rows.replace(thrift.signed()?).is_some(),
            (4, LIST) => groups.replace(row_groups(thrift)?).is_some(),
            _ => return Ok(false),
        };
        match again {
            true => Err(Fault::damaged("its footer says the same twice")),
            false => Ok(true),
        }
    })?;
    let (Some(columns), Some(rows), Some(groups)) = (columns, rows, groups) else {
        return Err(Fault::damaged("its footer lacks a part"));
    };
    if columns.is_empty() {
        return Err(Fault::damaged("it has no columns"));
    }
    let mut counted = groups.iter().map(|group| group.rows);
    let counted = counted.try_fold(0_usize, usize::checked_add);
    if counted.is_none_or(|counted| usize::try_from(rows) != Ok(counted)) {
        return Err(Fault::damaged(
            "its row groups have other rows than the whole",
        ));
    }
    Ok((columns, groups))
}

fn row_groups(thrift: &mut Thrift<'_>) -> Result<Vec<Group>, Fault> {
    let mut groups = Vec::new();
    thrift.structures(|thrift| {
        let (mut rows, mut chunks) = (None, Vec::new());
        thrift.fields(|thrift, id, kind| {
            match (id, kind) {
                (1, LIST) => thrift.structures(|thrift| {
                    chunks.push(chunk(thrift)?);
                    Ok(())
                })?,
                (3, I64) => rows = usize::try_from(thrift.signed()?).ok(),
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        let rows = rows.ok_or_else(|| Fault::damaged("a row group has no number of rows"))?;
        if chunks.is_empty() {
            return Err(Fault::damaged("a row group has no columns"));
        }
        groups.push(Group { rows, chunks });
        Ok(())
    })?;
    Ok(groups)
}

fn chunk(thrift: &mut Thrift<'_>) -> Result<Chunk, Fault> {
    let mut elsewhere = false;
    let mut numbers = None;
    thrift.fields(|thrift, id, kind| {
        match (id, kind) {
            (1, BINARY) => elsewhere = !thrift.text()?.is_empty(),
            (3, STRUCT) => numbers = Some(thrift.numbers::<12>()?),
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    // By their numbers in the format; the fields between are texts, lists and sums that nobody needs.
    let [.., codec, values, _, packed, _, data, _, dictionary] = numbers.unwrap_or_default();
    let (Some(codec), Some(values), Some(packed), Some(data)) = (codec, values, packed, data)
    else {
        return Err(Fault::damaged("a column does not say where it lies"));
    };
    Ok(Chunk {
        elsewhere,
        codec: named(codec)?,
        values,
        packed,
        data,
        dictionary,
    })
}

fn named(codec: i64) -> Result<CompressionCodec, Fault> {
    Ok(match codec {
        0 => CompressionCodec::UNCOMPRESSED,
        1 => CompressionCodec::SNAPPY,
        2 => CompressionCodec::GZIP,
        3 => CompressionCodec::LZO,
        4 => CompressionCodec::BROTLI,
        5 => CompressionCodec::LZ4,
        6 => CompressionCodec::ZSTD,
        7 => CompressionCodec::LZ4_RAW,
        _ => return Err(Fault::Codec("an unknown codec")),
    })
}
