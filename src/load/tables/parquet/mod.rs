//! A table as Parquet, read some rows at a time.
//!
//! Of the parquet crate only the decoders of plain values, dictionaries and what is missing are used: no arrow, and none of
//! its codecs. Around them stands what files from strangers ask for. The footer is read here (`footer`, `schema`), pages
//! are found and unpacked within limits (`pages`, `unpack`), differences are written out (`delta`), and a panic is a
//! damaged file (`contained`). zstd comes from ruzstd, so that a build needs no C compiler. Statistics, indexes, Bloom
//! filters and checksums are not used; nested columns and encryption are not read.

mod cells;
mod contained;
mod delta;
mod fault;
mod footer;
mod pages;
mod schema;
mod thrift;
mod unpack;

use std::cell::OnceCell;
use std::sync::Arc;

use parquet::schema::types::ColumnDescPtr;

use self::cells::{Cells, Decoder, Kind};
use self::contained::contained;
use self::fault::Fault;
use self::footer::Group;
use self::pages::{Allowance, Pages};
use self::schema::{Described, Holds};
use super::rows::{Heading, Value};
use crate::diag::{Code, Diagnostic, FileId, MOST_OF_A_TABLE, Sources, Span, printable};
use crate::load::fields::Sink;

/// Rows that are decoded at a time.
const BATCH: usize = 1_024;
/// What a row counts for beside its text. A few bytes can stand for millions of empty rows.
const COST_OF_A_ROW: usize = 64;
/// A file may unpack to so many times its size,
const MOST_TIMES_ITS_SIZE: u64 = 1_000;
/// or to so many MiB, if that is more.
const ALWAYS_ALLOWED: u64 = 64;

/// Columns that hold words, in whatever table; numbers with a fraction are none.
const WORDS: [&str; 9] = [
    "id",
    "stage",
    "country",
    "commodity",
    "supplier",
    "buyer",
    "sector",
    "supplier_sector",
    "buyer_sector",
];

/// A Parquet file with known columns.
pub(super) struct ParquetRows {
    file: FileId,
    bytes: Arc<Vec<u8>>,
    /// Where the footer begins.
    end: usize,
    columns: Vec<Option<Column>>,
    /// Row groups that are not opened yet, and how many rows of the one open are not decoded yet.
    groups: std::vec::IntoIter<Group>,
    left: usize,
    /// Rows decoded, and which of them is the current one.
    decoded: usize,
    at: usize,
    /// The current row, from 1 in the file.
    row: u64,
    pages: Allowance,
    text: Allowance,
    ended: bool,
    broke_off: bool,
}

/// A column that is read.
struct Column {
    /// Which one of the file's.
    ordinal: usize,
    read_as: ColumnDescPtr,
    kind: Kind,
    decoder: Option<Decoder>,
    cells: Cells,
    /// A number of the current row as text, where somebody asks for that.
    written: OnceCell<String>,
}

/// What cannot be read, and in which column if in one.
type Failed = (Fault, Option<usize>);

fn at(file: FileId, row: u64, ordinal: Option<usize>) -> Span {
    Span {
        file,
        start: u32::try_from(row).unwrap_or(u32::MAX),
        end: ordinal.map_or(0, |ordinal| ordinal as u32 + 1),
    }
}

fn told(file: FileId, row: u64, (fault, ordinal): Failed) -> Diagnostic {
    Diagnostic::at(
        fault.code(),
        at(file, row, ordinal),
        printable(&fault.to_string()),
    )
    .help(fault.help())
}

impl ParquetRows {
    pub(super) fn open(
        sources: &Sources,
        file: FileId,
        known: &[&str],
        required: &[&str],
        sink: &mut Sink,
    ) -> Option<Self> {
        let bytes = sources.table(file)?.clone();
        let footer = match footer::read(&bytes) {
            Ok(footer) => footer,
            Err(fault) => {
                sink.push(told(file, 0, (fault, None)));
                return None;
            }
        };
        let described = &footer.columns;
        let names: Vec<&str> = described.iter().map(|column| column.name.trim()).collect();
        sources.name_columns(file, names.iter().map(|name| (*name).to_owned()).collect());
        let nested = |column: &Described| matches!(column.holds, Holds::Columns);
        if let Some(nested) = described.iter().position(nested) {
            sink.push(holds_columns(at(file, 0, Some(nested))));
            return None;
        }
        let heading = Heading {
            names: &names,
            whole: at(file, 0, None),
            at: &|ordinal| at(file, 0, Some(ordinal)),
        };
        let found = heading.columns(known, required, sink)?;
        let mut columns = Vec::with_capacity(known.len());
        let mut fits = true;
        for (name, ordinal) in known.iter().zip(found) {
            let column =
                ordinal.map(|ordinal| Column::of(ordinal, &described[ordinal].holds, name));
            columns.push(match column.transpose() {
                Ok(column) => column,
                Err(holds) => {
                    fits = false;
                    sink.push(wrong_type(name, holds, at(file, 0, ordinal)));
                    None
                }
            });
        }
        let limit = (bytes.len() as u64).saturating_mul(MOST_TIMES_ITS_SIZE) >> 20;
        let limit = limit.clamp(ALWAYS_ALLOWED, MOST_OF_A_TABLE);
        fits.then(|| Self {
            file,
            end: footer.at,
            groups: footer.groups.into_iter(),
            bytes,
            columns,
            left: 0,
            decoded: 0,
            at: 0,
            row: 0,
            pages: Allowance::of(limit),
            text: Allowance::of(limit),
            ended: false,
            broke_off: false,
        })
    }

    /// Moves to the next row; what cannot be read ends the table.
    pub(super) fn next(&mut self, sink: &mut Sink) -> bool {
        if self.ended {
            return false;
        }
        self.at += 1;
        if self.at >= self.decoded {
            match self.decode() {
                Ok(true) => {}
                Ok(false) => self.ended = true,
                Err(failed) => {
                    self.ended = true;
                    self.broke_off = true;
                    sink.push(told(self.file, self.row + 1, failed));
                }
            }
            if self.ended {
                return false;
            }
            self.at = 0;
        }
        self.row += 1;
        for column in self.columns.iter_mut().flatten() {
            column.written.take();
            if column.cells.garbled.first() == Some(&self.at) {
                column.cells.garbled.remove(0);
                sink.push(
                    Diagnostic::at(
                        Code::NotUtf8,
                        at(self.file, self.row, Some(column.ordinal)),
                        "the cell is not UTF-8 text",
                    )
                    .help("write the column again as UTF-8"),
                );
            }
        }
        true
    }

    /// Decodes the next rows, or says that there are none.
    fn decode(&mut self) -> Result<bool, Failed> {
        while self.left == 0 {
            match self.groups.next() {
                Some(group) => self.open_group(&group)?,
                None => return Ok(false),
            }
        }
        let rows = self.left.min(BATCH);
        let mut length = rows * COST_OF_A_ROW;
        for column in self.columns.iter_mut().flatten() {
            let decoder = column.decoder.as_mut();
            let read = || match decoder {
                Some(decoder) => decoder.read(rows),
                None => Ok(Cells::none()),
            };
            column.cells = contained(read).map_err(|fault| (fault, Some(column.ordinal)))?;
            length += column.cells.length();
        }
        self.text.take(length).map_err(|fault| (fault, None))?;
        self.decoded = rows;
        self.left -= rows;
        Ok(true)
    }

    fn open_group(&mut self, group: &Group) -> Result<(), Failed> {
        self.left = group.rows;
        if self.left == 0 {
            return Ok(());
        }
        for column in self.columns.iter_mut().flatten() {
            let failed = |fault| (fault, Some(column.ordinal));
            let chunk = group
                .chunks
                .get(column.ordinal)
                .ok_or_else(|| failed(Fault::damaged("a row group lacks a column")))?;
            let pages = Pages::of(
                &self.bytes,
                self.end,
                chunk,
                &column.read_as,
                self.left,
                &self.pages,
            )
            .map_err(failed)?;
            column.decoder = Some(Decoder::new(&column.read_as, column.kind, pages));
        }
        Ok(())
    }

    pub(super) fn broke_off(&self) -> bool {
        self.broke_off
    }

    /// The current row.
    pub(super) fn start(&self) -> u64 {
        self.row
    }

    /// The place of a cell; the whole row where the table has no such column.
    pub(super) fn cell_at(&self, row: u64, column: usize) -> Span {
        let ordinal = self.columns[column].as_ref().map(|column| column.ordinal);
        at(self.file, row, ordinal)
    }

    pub(super) fn value(&self, column: usize) -> Value<'_> {
        match &self.columns[column] {
            Some(column) => column.cells.value(self.at),
            None => Value::Text(""),
        }
    }

    pub(super) fn cell(&self, column: usize) -> &str {
        let Some(column) = &self.columns[column] else {
            return "";
        };
        match column.cells.value(self.at) {
            Value::Text(text) => text,
            Value::Number(_) => column.written.get_or_init(|| column.cells.written(self.at)),
        }
    }
}

impl Column {
    /// The column of a name, or what it holds that does not fit.
    fn of(ordinal: usize, holds: &Holds, name: &str) -> Result<Self, &'static str> {
        let Holds::Values(read_as, kind) = holds else {
            return Err("other columns");
        };
        let kind = (*kind)?;
        if matches!(kind, Kind::Float | Kind::Decimal { .. }) && WORDS.contains(&name) {
            return Err("numbers with a fraction");
        }
        Ok(Self {
            ordinal,
            read_as: read_as.clone(),
            kind,
            decoder: None,
            cells: Cells::none(),
            written: OnceCell::new(),
        })
    }
}

fn holds_columns(span: Span) -> Diagnostic {
    Diagnostic::at(
        Code::TableColumns,
        span,
        "a column holds lists or other columns",
    )
    .help("a table has one text or number in each cell; unnest the column, or leave it out")
}

fn wrong_type(name: &str, holds: &str, span: Span) -> Diagnostic {
    let wanted = if WORDS.contains(&name) {
        "text, or whole numbers as ids"
    } else {
        "numbers, or text as in csv"
    };
    Diagnostic::at(
        Code::WrongType,
        span,
        format!("the column `{name}` holds {holds}"),
    )
    .label(format!("expected {wanted}"))
    .help(format!("write the column as {wanted}"))
}

#[cfg(test)]
mod tests {
    use parquet::data_type::ByteArrayType;
    use parquet::file::writer::SerializedFileWriter;
    use parquet::schema::parser::parse_message_type;

    use super::*;

    /// A file of one column in which all cells are missing.
    fn empty_rows(rows: usize) -> Vec<u8> {
        let schema = parse_message_type("message table { OPTIONAL BYTE_ARRAY id (UTF8); }");
        let mut out = Vec::new();
        let mut writer =
            SerializedFileWriter::new(&mut out, Arc::new(schema.unwrap()), Arc::default()).unwrap();
        let mut group = writer.next_row_group().unwrap();
        let mut column = group.next_column().unwrap().unwrap();
        let ids = column.typed::<ByteArrayType>();
        ids.write_batch(&[], Some(&vec![0; rows]), None).unwrap();
        column.close().unwrap();
        group.close().unwrap();
        writer.close().unwrap();
        out
    }

    #[test]
    fn rows_that_cost_nothing_to_write_are_bounded() {
        let most = (ALWAYS_ALLOWED << 20) as usize / COST_OF_A_ROW;
        for (rows, all) in [(most, true), (most + BATCH, false)] {
            let table = empty_rows(rows);
            assert!(table.len() < 20_000, "{}", table.len());
            let mut sources = Sources::default();
            let file = sources.add_table("sites.parquet", table);
            let mut sink = Sink::default();
            let mut table = ParquetRows::open(&sources, file, &["id"], &["id"], &mut sink).unwrap();
            let mut read = 0;
            while table.next(&mut sink) {
                read += 1;
            }
            assert_eq!((read, table.broke_off()), (most, !all));
        }
    }
}
