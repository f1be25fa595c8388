//! A table as csv, read row by row.

use super::rows::Heading;
use crate::diag::{Code, Diagnostic, FileId, Sources, Span, printable};
use crate::load::fields::Sink;

/// A csv file with known columns, read row by row.
pub(super) struct CsvRows<'t> {
    file: FileId,
    text: &'t str,
    reader: csv::Reader<&'t [u8]>,
    record: csv::StringRecord,
    columns: Vec<Option<usize>>,
}

impl<'t> CsvRows<'t> {
    pub(super) fn open(
        sources: &'t Sources,
        file: FileId,
        known: &[&str],
        required: &[&str],
        sink: &mut Sink,
    ) -> Option<Self> {
        let mut reader = csv::ReaderBuilder::new().from_reader(sources.text(file).as_bytes());
        let text = sources.text(file);
        let first = Span {
            file,
            start: 0,
            end: text.lines().next().map_or(0, str::len) as u32,
        };
        let headers = match reader.headers() {
            Ok(headers) => headers.clone(),
            Err(error) => {
                sink.push(
                    Diagnostic::at(Code::TableSyntax, first, printable(&error.to_string()))
                        .help(HOW_ROWS_LOOK),
                );
                return None;
            }
        };
        if let Some(mark) = other_separator(&headers) {
            sink.push(
                Diagnostic::at(
                    Code::TableColumns,
                    first,
                    format!("the columns of this table are parted by {mark}"),
                )
                .help("part them by commas, and write decimals with a point"),
            );
            return None;
        }
        let names: Vec<&str> = headers.iter().map(str::trim).collect();
        let heading = Heading {
            names: &names,
            whole: first,
            at: &|column| cell_span(text, file, 0, column),
        };
        let columns = heading.columns(known, required, sink)?;
        Some(Self {
            file,
            text,
            reader,
            record: csv::StringRecord::new(),
            columns,
        })
    }

    /// Moves to the next row; reports rows that cannot be read and goes on.
    pub(super) fn next(&mut self, sink: &mut Sink) -> bool {
        loop {
            match self.reader.read_record(&mut self.record) {
                Ok(more) => return more,
                Err(error) => {
                    let span = self.row_span(error.position().map_or(0, csv::Position::byte));
                    let message = match error.kind() {
                        csv::ErrorKind::UnequalLengths {
                            expected_len, len, ..
                        } => {
                            format!("this row has {len} cells, the header {expected_len}")
                        }
                        _ => printable(&error.to_string()),
                    };
                    sink.push(Diagnostic::at(Code::TableSyntax, span, message).help(HOW_ROWS_LOOK));
                    if error.is_io_error() {
                        return false;
                    }
                }
            }
        }
    }

    /// The line at which a row begins.
    fn row_span(&self, byte: u64) -> Span {
        let start = row_start(self.text, byte as usize);
        let length = self.text[start..].lines().next().map_or(0, str::len);
        Span {
            file: self.file,
            start: start as u32,
            end: (start + length) as u32,
        }
    }

    /// Where the current row begins; all that is kept of rows without faults.
    pub(super) fn start(&self) -> u64 {
        self.record.position().map_or(0, csv::Position::byte)
    }

    /// Where a cell of a row stands; the whole row where the table has no such column.
    pub(super) fn cell_at(&self, row: u64, column: usize) -> Span {
        match self.columns[column] {
            Some(at) => cell_span(self.text, self.file, row as usize, at),
            None => self.row_span(row),
        }
    }

    pub(super) fn cell(&self, column: usize) -> &str {
        self.columns[column]
            .and_then(|at| self.record.get(at))
            .map_or("", str::trim)
    }
}

const HOW_ROWS_LOOK: &str = "every row has one cell for each column, with commas between; put quotes around a cell that holds a comma";

/// The mark that parts the cells of a header which holds no comma, if it is a usual one.
fn other_separator(headers: &csv::StringRecord) -> Option<&'static str> {
    let only = headers.get(0).filter(|_| headers.len() == 1)?;
    let marks = [(';', "semicolons"), ('\t', "tabs"), ('|', "bars")];
    let mut used = marks.iter().filter(|(mark, _)| only.contains(*mark));
    used.next().map(|(_, name)| *name)
}

/// Where a row begins, from where the reader stood before it: line ends may lie between.
fn row_start(text: &str, byte: usize) -> usize {
    let at = byte.min(text.len());
    let rest = text.get(at..).unwrap_or("");
    at + rest.len() - rest.trim_start_matches(['\r', '\n']).len()
}

/// Where one cell of a row stands, found by going through the row again.
fn cell_span(text: &str, file: FileId, row: usize, cell: usize) -> Span {
    let start = row_start(text, row);
    let mut quoted = false;
    let mut cells = 0;
    let mut from = start;
    let mut to = text.len();
    for (at, byte) in text.as_bytes()[start..].iter().enumerate() {
        let at = start + at;
        match *byte {
            b'"' => quoted = !quoted,
            b',' | b'\n' | b'\r' if !quoted => {
                if cells == cell || *byte != b',' {
                    to = at;
                    break;
                }
                cells += 1;
                from = at + 1;
            }
            _ => {}
        }
    }
    Span {
        file,
        start: from as u32,
        end: to as u32,
    }
}
