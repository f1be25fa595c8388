//! Large graphs as tables: one of sites and one of supply, as csv or as Parquet.
//!
//! A row pair states the same as YAML does: a site, and for one buyer and one input a supplier's share together with the
//! amount of the input in the buyer's own recipe. Amounts are in the unit of the commodity. What a row means stands in
//! `sites` and `supply`; `csv` and `parquet` know only cells.

mod csv;
mod parquet;
mod rows;
mod sites;
mod supply;

use std::cell::Cell;
use std::path::Path;

use super::documents::unread;
use super::fields::Sink;
use crate::diag::{CSV, Code, Diagnostic, FileId, PARQUET, ReadProblem, Sources, Span, printable};

pub(super) use rows::Rows;

/// A folder's tables.
pub(crate) struct TableFiles {
    sites: Option<FileId>,
    supply: Option<FileId>,
    /// Whether some sites could not be read, so that a supplier may be unknown for that alone.
    sites_unread: Cell<bool>,
}

const SITE_COLUMNS: &[&str] = &["id", "stage", "country", "commodity", "output", "capacity"];
const SUPPLY_COLUMNS: &[&str] = &[
    "supplier",
    "buyer",
    "commodity",
    "share",
    "coefficient",
    "limit",
];

impl TableFiles {
    /// The tables of a folder, if it holds any.
    pub(crate) fn in_folder(folder: &Path, sources: &mut Sources, sink: &mut Sink) -> Option<Self> {
        // A table that cannot be read is there all the same.
        let mut there_is_one = [false; 2];
        let mut either = |at: usize, name: &str| {
            let forms = [CSV, PARQUET].map(|form| format!("{name}.{form}"));
            let there = forms.each_ref().map(|form| folder.join(form).is_file());
            there_is_one[at] = there != [false; 2];
            match there {
                [true, true] => {
                    let places = [&forms[0], &forms[1]];
                    let mut places = places.map(|form| whole_file(folder, form, sources));
                    places.sort_unstable();
                    sink.push(twice(name, places));
                    // Read all the same, so that nothing seems to be missing on top of it.
                    open(folder, &forms[0], sources, sink)
                }
                [true, false] => open(folder, &forms[0], sources, sink),
                [false, true] => open(folder, &forms[1], sources, sink),
                [false, false] => None,
            }
        };
        let (sites, supply) = (either(0, "sites"), either(1, "supply"));
        let [has_sites, has_supply] = there_is_one;
        (has_sites || has_supply).then(|| Self {
            sites,
            supply,
            sites_unread: Cell::new(has_sites && sites.is_none()),
        })
    }
}

/// What to do about a file that should be text and is not.
#[must_use]
pub fn help_with_bytes(path: &Path) -> &'static str {
    use std::io::Read as _;
    const MARK: [u8; 4] = *b"PAR1";
    let mut start = [0; MARK.len()];
    let read = std::fs::File::open(path).and_then(|mut file| file.read_exact(&mut start));
    if read.is_ok() && start == MARK {
        "it holds Parquet: give it a name that ends in `.parquet`"
    } else {
        "save the file as UTF-8"
    }
}

/// The beginning of a file of which nothing is read.
fn whole_file(folder: &Path, name: &str, sources: &mut Sources) -> Span {
    unread(&folder.join(name).display().to_string(), sources)
}

fn twice(name: &str, [first, second]: [Span; 2]) -> Diagnostic {
    Diagnostic::at(
        Code::TableTwice,
        first,
        format!("the folder holds both {name}.csv and {name}.parquet"),
    )
    .other(second, "the other")
    .help(format!(
        "remove {name}.csv if {name}.parquet is current, and {name}.parquet if it is not"
    ))
}

fn open(folder: &Path, name: &str, sources: &mut Sources, sink: &mut Sink) -> Option<FileId> {
    let path = folder.join(name);
    let problem = match sources.read(&path) {
        Ok(file) => return Some(file),
        Err(problem) => problem,
    };
    let (code, span, help) = match problem {
        ReadProblem::NotUtf8 { span, .. } => (Code::NotUtf8, span, help_with_bytes(&path)),
        _ => (
            Code::UnreadableFile,
            whole_file(folder, name, sources),
            "check the path and its permissions",
        ),
    };
    sink.push(Diagnostic::at(code, span, printable(&problem.to_string())).help(help));
    None
}
