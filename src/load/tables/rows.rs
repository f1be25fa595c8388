//! Rows of a table, whatever it is written in: one cell after another, each with its place.

use super::csv::CsvRows;
use super::parquet::ParquetRows;
use crate::diag::{Code, Diagnostic, FileId, Sources, Span, printable};
use crate::load::fields::Sink;
use crate::model::{QuantityError, checked_number, parse_number, parse_share};

/// What a cell holds. An empty one is empty text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Value<'r> {
    Text(&'r str),
    Number(f64),
}

/// A table with known columns, read row by row.
pub(in crate::load) struct Rows<'t>(Form<'t>);

enum Form<'t> {
    Csv(Box<CsvRows<'t>>),
    Parquet(Box<ParquetRows>),
}

impl<'t> Rows<'t> {
    /// Opens a table; reports columns that are missing, not known, or there twice.
    pub(in crate::load) fn open(
        sources: &'t Sources,
        file: FileId,
        known: &[&str],
        required: &[&str],
        sink: &mut Sink,
    ) -> Option<Self> {
        let form = if sources.table(file).is_some() {
            let rows = ParquetRows::open(sources, file, known, required, sink)?;
            Form::Parquet(Box::new(rows))
        } else {
            let rows = CsvRows::open(sources, file, known, required, sink)?;
            Form::Csv(Box::new(rows))
        };
        Some(Self(form))
    }

    /// Moves to the next row; reports rows that cannot be read and goes on, if that is possible.
    pub(in crate::load) fn next(&mut self, sink: &mut Sink) -> bool {
        match &mut self.0 {
            Form::Csv(rows) => rows.next(sink),
            Form::Parquet(rows) => rows.next(sink),
        }
    }

    /// Whether rows were left that cannot be read.
    pub(super) fn broke_off(&self) -> bool {
        match &self.0 {
            Form::Csv(_) => false,
            Form::Parquet(rows) => rows.broke_off(),
        }
    }

    /// Where the current row is; all that is kept of rows without faults.
    pub(in crate::load) fn start(&self) -> u64 {
        match &self.0 {
            Form::Csv(rows) => rows.start(),
            Form::Parquet(rows) => rows.start(),
        }
    }

    /// Where a cell of the current row stands.
    pub(in crate::load) fn at(&self, column: usize) -> Span {
        self.cell_at(self.start(), column)
    }

    /// Where a cell of a row stands; the whole row where the table has no such column.
    pub(in crate::load) fn cell_at(&self, row: u64, column: usize) -> Span {
        match &self.0 {
            Form::Csv(rows) => rows.cell_at(row, column),
            Form::Parquet(rows) => rows.cell_at(row, column),
        }
    }

    /// A cell of the current row as text.
    pub(in crate::load) fn cell(&self, column: usize) -> &str {
        match &self.0 {
            Form::Csv(rows) => rows.cell(column),
            Form::Parquet(rows) => rows.cell(column),
        }
    }

    fn value(&self, column: usize) -> Value<'_> {
        match &self.0 {
            Form::Csv(rows) => Value::Text(rows.cell(column)),
            Form::Parquet(rows) => rows.value(column),
        }
    }

    /// A number of zero or more, `None` where the cell is empty.
    pub(super) fn number(
        &self,
        column: usize,
        what: &str,
        sink: &mut Sink,
    ) -> Result<Option<f64>, ()> {
        let read = match self.value(column) {
            Value::Text("") => return Ok(None),
            Value::Text(text) => parse_number(text),
            Value::Number(number) => checked_number(number),
        };
        match read {
            Ok(value) if value >= 0.0 => Ok(Some(value)),
            Ok(_) => {
                sink.push(
                    Diagnostic::at(
                        Code::NegativeNumber,
                        self.at(column),
                        format!("`{what}` is negative"),
                    )
                    .help("amounts are zero or more"),
                );
                Err(())
            }
            Err(error) => {
                sink.push(
                    Diagnostic::at(
                        Code::InvalidNumber,
                        self.at(column),
                        format!("`{what}`: {}", printable(&error.to_string())),
                    )
                    .help("write a plain number in the commodity's unit, or leave the cell empty"),
                );
                Err(())
            }
        }
    }

    /// A share, whatever its size.
    pub(super) fn share(&self, column: usize) -> Result<f64, QuantityError> {
        match self.value(column) {
            Value::Text(text) => parse_share(text),
            Value::Number(number) => checked_number(number),
        }
    }
}

/// The names of a table's columns and their places.
pub(super) struct Heading<'h> {
    pub(super) names: &'h [&'h str],
    /// Where all of them stand.
    pub(super) whole: Span,
    pub(super) at: &'h dyn Fn(usize) -> Span,
}

impl Heading<'_> {
    /// Where each known column stands among those of the table, unless something is wrong with them.
    pub(super) fn columns(
        &self,
        known: &[&str],
        required: &[&str],
        sink: &mut Sink,
    ) -> Option<Vec<Option<usize>>> {
        let mut complete = true;
        for (column, name) in self.names.iter().enumerate() {
            if !known.contains(name) {
                complete = false;
                let unknown = unknown_column(name, known, (self.at)(column), sink);
                sink.push(unknown);
            }
        }
        for (column, name) in self.names.iter().enumerate() {
            let first = self.names.iter().position(|other| other == name);
            if let Some(other) = first.filter(|other| *other < column) {
                complete = false;
                sink.push(
                    Diagnostic::at(
                        Code::TableColumns,
                        (self.at)(column),
                        format!("the column `{}` stands twice", printable(name)),
                    )
                    .label("second time")
                    .other((self.at)(other), "first time")
                    .help("remove one of the two"),
                );
            }
        }
        for name in required.iter().filter(|name| !self.names.contains(name)) {
            complete = false;
            sink.push(
                Diagnostic::at(
                    Code::TableColumns,
                    self.whole,
                    format!("the table lacks the column `{name}`"),
                )
                .help(format!("columns are: {}", known.join(", "))),
            );
        }
        let place = |name: &&str| self.names.iter().position(|other| other == name);
        complete.then(|| known.iter().map(place).collect())
    }
}

/// What the column names of pandas begin with that nobody chose.
const INDEX_OF_PANDAS: &str = "__index_level_";

fn unknown_column(name: &str, known: &[&str], span: Span, sink: &mut Sink) -> Diagnostic {
    let help = match sink.suggest(name, known.iter().copied()) {
        _ if name.starts_with(INDEX_OF_PANDAS) => {
            "it is the index of pandas; write the file with `index=False`".to_owned()
        }
        Some(word) => format!("did you mean `{word}`?"),
        None => format!("columns are: {}", known.join(", ")),
    };
    Diagnostic::at(
        Code::TableColumns,
        span,
        format!("`{}` is no column of this table", printable(name)),
    )
    .label("not known")
    .help(help)
}
