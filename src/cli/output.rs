//! Results to stdout, files whole or not at all.

use std::io::{IsTerminal as _, Write as _};
use std::path::Path;

use oretrace::report::{self, Envelope, Table};
use serde::Serialize;

use super::args::Format;
use super::failure::Failure;

/// Most notes shown under a table; JSON has them all.
const MOST_NOTES: usize = 6;

/// An answer in all its forms.
pub(crate) struct Answer<'a, R: Serialize> {
    pub(crate) envelope: Envelope,
    pub(crate) result: &'a R,
    /// A sentence or two above the tables.
    pub(crate) headline: String,
    pub(crate) tables: Vec<Table>,
    /// How many of the last notes are of interest to programs only.
    pub(crate) minor_notes: usize,
}

impl<R: Serialize> Answer<'_, R> {
    /// Writes the answer to stdout.
    pub(crate) fn write(&self, format: Format) -> Result<(), Failure> {
        let text = match format {
            Format::Json => {
                report::json(&self.envelope, self.result).map_err(std::io::Error::other)?
            }
            Format::Table => self.tables_for_people(),
            Format::Csv => {
                let tables: Vec<String> = self.tables.iter().map(report::csv_text).collect();
                tables.join("\n")
            }
            Format::Markdown => {
                let mut text = String::new();
                for line in self.headline.lines() {
                    text.push_str(&format!("{line}\n\n"));
                }
                let tables: Vec<String> = self.tables.iter().map(report::markdown).collect();
                text.push_str(&tables.join("\n"));
                text
            }
        };
        print(&text)
    }

    fn tables_for_people(&self) -> String {
        let width = terminal_width();
        let mut text = String::new();
        if !self.headline.is_empty() {
            text.push_str(&printable_lines(&self.headline));
            text.push('\n');
        }
        for table in self.tables.iter().filter(|t| !t.rows.is_empty()) {
            text.push_str(&report::human(table, width));
            text.push_str("\n\n");
        }
        let notes = &self.envelope.notes;
        let shown = notes.len().saturating_sub(self.minor_notes).min(MOST_NOTES);
        for note in &notes[..shown] {
            text.push_str(&format!("note: {}\n", oretrace::diag::printable(note)));
        }
        if notes.len() > shown {
            text.push_str(&format!(
                "note: {} more with `--format json`\n",
                notes.len() - shown
            ));
        }
        text
    }
}

fn printable_lines(text: &str) -> String {
    text.lines()
        .map(|line| format!("{}\n", oretrace::diag::printable(line)))
        .collect()
}

/// Width of the terminal, if the output goes to one.
fn terminal_width() -> Option<u16> {
    const NARROWEST: u16 = 60;
    if !std::io::stdout().is_terminal() {
        return None;
    }
    let columns = std::env::var("COLUMNS").ok().and_then(|c| c.parse().ok());
    columns.map(|width: u16| width.max(NARROWEST))
}

/// Writes text to stdout.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    print_bytes(text.as_bytes())
}

/// Writes bytes to stdout.
pub(crate) fn print_bytes(bytes: &[u8]) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    out.write_all(bytes)?;
    out.flush()?;
    Ok(())
}

/// Writes a file whole: beside it first, then under its name.
///
/// A link stays a link: what it points to is replaced.
pub(crate) fn write_file(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let refuse = |error: std::io::Error| {
        let shown = path.display();
        Failure::usage(format!("cannot write `{shown}`: {error}"), None)
    };
    let real = if path.is_symlink() {
        Some(path.canonicalize().map_err(refuse)?)
    } else {
        None
    };
    let path = real.as_deref().unwrap_or(path);
    let folder = path
        .parent()
        .filter(|p| !p.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let name = path
        .file_name()
        .and_then(|n| n.to_str())
        .unwrap_or("output");
    let beside = folder.join(format!(".{name}.{}.part", std::process::id()));
    let written = std::fs::write(&beside, bytes).and_then(|()| std::fs::rename(&beside, path));
    if let Err(error) = written {
        let _ = std::fs::remove_file(&beside);
        return Err(Failure::usage(
            format!("cannot write `{}`: {error}", path.display()),
            None,
        ));
    }
    Ok(())
}
