//! The text of the files, and places in it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

/// Position of a file in [`Sources`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub u32);

/// A range of bytes in one file; in a table that is no text, a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The file.
    pub file: FileId,
    /// First byte; or the row from 1, 0 for the names of the columns.
    pub start: u32,
    /// One past the last byte; or the column from 1, 0 for the whole row.
    pub end: u32,
}

/// A line and a column, both from 1; columns count characters.
///
/// A table that is no text counts as its csv would: the names of the columns are line 1, the first row is line 2. Its
/// columns are counted whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// Line.
    pub line: usize,
    /// Column.
    pub column: usize,
}

#[derive(Clone, Debug)]
struct File {
    name: String,
    path: Option<PathBuf>,
    /// Empty in a table that is no text.
    text: std::borrow::Cow<'static, str>,
    /// Where each line begins; worked out when a place is first asked for.
    line_starts: OnceLock<Vec<u32>>,
    table: Option<Binary>,
}

/// A table that is no text, such as Parquet.
#[derive(Clone, Debug)]
struct Binary {
    bytes: Arc<Vec<u8>>,
    /// Told by whoever reads it, so that places can be named.
    columns: OnceLock<Vec<String>>,
}

impl File {
    fn line_starts(&self) -> &[u32] {
        self.line_starts.get_or_init(|| {
            let breaks = self.text.bytes().enumerate().filter(|(_, b)| *b == b'\n');
            std::iter::once(0)
                .chain(breaks.map(|(at, _)| at as u32 + 1))
                .collect()
        })
    }
}

/// Why a file could not be taken in.
#[derive(Debug, thiserror::Error)]
pub enum ReadProblem {
    /// The system would not read it.
    #[error("cannot read `{name}`: {error}")]
    Io {
        /// The file.
        name: String,
        /// What the system said.
        error: std::io::Error,
    },
    /// It is not text.
    #[error("`{name}` is not UTF-8 text")]
    NotUtf8 {
        /// The file.
        name: String,
        /// First bad byte, in a copy in which bad bytes are replaced.
        span: Span,
    },
    /// It would take more memory than there is, once it is understood.
    #[error("`{name}` is larger than {mebibytes} MiB")]
    TooLarge {
        /// The file.
        name: String,
        /// The most that is read of a file of its kind.
        mebibytes: u64,
    },
}

/// The most that is read of a table, in MiB: positions are 32 bits wide.
pub(crate) const MOST_OF_A_TABLE: u64 = 4095;

/// What the names of tables end in: text, and what is no text.
pub(crate) const CSV: &str = "csv";
pub(crate) const PARQUET: &str = "parquet";

/// Whether a file is a table, by its name.
pub(crate) fn is_table(path: &Path) -> bool {
    path.extension().is_some_and(|e| e == CSV || e == PARQUET)
}

/// Some editors begin UTF-8 files with it; it is no part of the text.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// Reads a file that is not larger than files of its kind may be.
///
/// Tables are read row by row, and positions are 32 bits wide. What YAML says takes many times its size once it is parsed.
fn read_up_to(path: &Path, name: &str) -> Result<Vec<u8>, ReadProblem> {
    use std::io::Read as _;
    const MEBIBYTE: u64 = 1 << 20;
    let mebibytes = match is_table(path) {
        true => MOST_OF_A_TABLE,
        false => 256,
    };
    let io = |error| ReadProblem::Io {
        name: name.to_owned(),
        error,
    };
    let too_large = || ReadProblem::TooLarge {
        name: name.to_owned(),
        mebibytes,
    };
    let file = std::fs::File::open(path).map_err(io)?;
    // Before a byte is read, where the size is known; pipes have none.
    let size = file.metadata().map_err(io)?.len();
    if size > mebibytes * MEBIBYTE {
        return Err(too_large());
    }
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0));
    let most = mebibytes * MEBIBYTE + 1;
    file.take(most).read_to_end(&mut bytes).map_err(io)?;
    if bytes.len() as u64 == most {
        return Err(too_large());
    }
    Ok(bytes)
}

/// Named texts. Only [`Sources::read`] touches the disk.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    files: Vec<File>,
    by_path: BTreeMap<PathBuf, FileId>,
}

impl Sources {
    /// Adds a text under a name and returns its id.
    pub fn add(
        &mut self,
        name: impl Into<String>,
        text: impl Into<std::borrow::Cow<'static, str>>,
    ) -> FileId {
        let id = FileId(self.files.len() as u32);
        self.files.push(File {
            name: name.into(),
            path: None,
            text: text.into(),
            line_starts: OnceLock::new(),
            table: None,
        });
        id
    }

    /// Adds a table that is no text under a name and returns its id.
    pub fn add_table(&mut self, name: impl Into<String>, bytes: Vec<u8>) -> FileId {
        let id = self.add(name, "");
        self.files[id.0 as usize].table = Some(Binary {
            bytes: Arc::new(bytes),
            columns: OnceLock::new(),
        });
        id
    }

    /// Adds a text under a name, unless that name is there already.
    pub fn add_once(
        &mut self,
        name: impl Into<String>,
        text: impl Into<std::borrow::Cow<'static, str>>,
    ) -> FileId {
        let name = name.into();
        match self.files.iter().position(|file| file.name == name) {
            Some(at) => FileId(at as u32),
            None => self.add(name, text),
        }
    }

    /// Reads a file, once; its name is shown as the caller wrote it. One whose name ends in `.parquet` is taken as bytes.
    ///
    /// # Errors
    /// If the file cannot be read, is not UTF-8, or is too large: more than 256 MiB, or 4095 MiB for tables.
    pub fn read(&mut self, path: &Path) -> Result<FileId, ReadProblem> {
        self.read_as(path, path.display().to_string())
    }

    /// Reads a file, once, and shows it under a name.
    ///
    /// # Errors
    /// If the file cannot be read, is not UTF-8, or is too large: more than 256 MiB, or 4095 MiB for tables.
    pub fn read_as(&mut self, path: &Path, name: String) -> Result<FileId, ReadProblem> {
        let real = path.canonicalize().map_err(|error| ReadProblem::Io {
            name: name.clone(),
            error,
        })?;
        if let Some(id) = self.by_path.get(&real) {
            return Ok(*id);
        }
        let bytes = read_up_to(&real, &name)?;
        if path.extension().is_some_and(|e| e == PARQUET) {
            let id = self.add_table(name, bytes);
            return Ok(self.at_path(id, real));
        }
        let text = match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => {
                let start = error.utf8_error().valid_up_to() as u32;
                let file = self.add(
                    name.clone(),
                    String::from_utf8_lossy(error.as_bytes()).into_owned(),
                );
                let end = start + char::REPLACEMENT_CHARACTER.len_utf8() as u32;
                return Err(ReadProblem::NotUtf8 {
                    name,
                    span: Span { file, start, end },
                });
            }
        };
        let text = text
            .strip_prefix(BYTE_ORDER_MARK)
            .map(str::to_owned)
            .unwrap_or(text);
        let id = self.add(name, text);
        Ok(self.at_path(id, real))
    }

    fn at_path(&mut self, id: FileId, real: PathBuf) -> FileId {
        self.files[id.0 as usize].path = Some(real.clone());
        self.by_path.insert(real, id);
        id
    }

    /// The name of a file as it is shown.
    #[must_use]
    pub fn name(&self, file: FileId) -> &str {
        &self.files[file.0 as usize].name
    }

    /// The real path of a file, if it came from the disk.
    #[must_use]
    pub fn path(&self, file: FileId) -> Option<&Path> {
        self.files[file.0 as usize].path.as_deref()
    }

    /// The text of a file; none of a table that is no text.
    #[must_use]
    pub fn text(&self, file: FileId) -> &str {
        &self.files[file.0 as usize].text
    }

    /// The bytes of a table that is no text.
    #[must_use]
    pub fn table(&self, file: FileId) -> Option<&Arc<Vec<u8>>> {
        let table = self.files[file.0 as usize].table.as_ref();
        table.map(|table| &table.bytes)
    }

    /// Tells the names of a table's columns, so that its places can be named.
    pub(crate) fn name_columns(&self, file: FileId, names: Vec<String>) {
        if let Some(table) = &self.files[file.0 as usize].table {
            // A table is opened more than once, each time with the same names.
            let _ = table.columns.set(names);
        }
    }

    /// A place in a table that is no text, in words.
    #[must_use]
    pub fn cell_in_words(&self, span: Span) -> Option<String> {
        let table = self.files[span.file.0 as usize].table.as_ref()?;
        let row = (span.start > 0).then(|| format!("row {}", span.start));
        let names = table.columns.get();
        let column = (span.end as usize)
            .checked_sub(1)
            .and_then(|at| names?.get(at))
            .map(|name| format!("column `{name}`"));
        match (row, column) {
            (Some(row), Some(column)) => Some(format!("{row}, {column}")),
            (row, column) => row.or(column),
        }
    }

    /// Number of files.
    #[must_use]
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether there is no file.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// The text of a place.
    #[must_use]
    pub fn slice(&self, span: Span) -> &str {
        self.text(span.file)
            .get(span.start as usize..span.end as usize)
            .unwrap_or("")
    }

    /// Line and column where a place begins.
    #[must_use]
    pub fn position(&self, span: Span) -> Position {
        if self.table(span.file).is_some() {
            return Position {
                line: span.start as usize + 1,
                column: span.end.max(1) as usize,
            };
        }
        let text = self.text(span.file);
        let mut start = (span.start as usize).min(text.len());
        while !text.is_char_boundary(start) {
            start -= 1;
        }
        let starts = self.files[span.file.0 as usize].line_starts();
        let line = starts.partition_point(|at| *at as usize <= start);
        let line_start = starts[line - 1] as usize;
        Position {
            line,
            column: text[line_start..start].chars().count() + 1,
        }
    }
}
