//! Diagnostics as data.

use serde::Serialize;

use super::{Diagnostic, Sources};

/// One diagnostic as `--format json` shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DiagnosticRecord {
    /// Stable word.
    pub code: &'static str,
    /// `error`, `warning` or `note`.
    pub severity: &'static str,
    /// One sentence, with the place in words where the file has no lines to look at.
    pub message: String,
    /// File, unless the problem has no place.
    pub file: Option<String>,
    /// Line from 1.
    pub line: Option<usize>,
    /// Column from 1, in characters.
    pub column: Option<usize>,
    /// What to do.
    pub help: Option<String>,
}

/// All diagnostics as data, in their order.
#[must_use]
pub fn records(diagnostics: &[Diagnostic], sources: &Sources) -> Vec<DiagnosticRecord> {
    diagnostics
        .iter()
        .map(|d| {
            let position = d.span.map(|span| sources.position(span));
            DiagnosticRecord {
                code: d.code.word(),
                severity: d.severity().word(),
                message: match d.span.and_then(|span| sources.cell_in_words(span)) {
                    Some(cell) => format!("{} ({cell})", d.message),
                    None => d.message.clone(),
                },
                file: d.span.map(|span| sources.name(span.file).to_owned()),
                line: position.map(|p| p.line),
                column: position.map(|p| p.column),
                help: d.help.clone(),
            }
        })
        .collect()
}
