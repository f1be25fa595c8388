//! Problems in files: what, where, and what to do. Nothing here prints.

mod code;
mod human;
mod json;
mod sources;
mod text;

pub use code::Code;
pub use human::{Paint, render};
pub use json::{DiagnosticRecord, records};
pub(crate) use sources::{CSV, MOST_OF_A_TABLE, PARQUET, is_table};
pub use sources::{FileId, Position, ReadProblem, Sources, Span};
pub(crate) use text::is_hidden;
pub use text::{printable, suggest};

use std::fmt;

/// How serious a diagnostic is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Nothing can be computed.
    Error,
    /// Probably a mistake; computing goes on.
    Warning,
    /// The loader decided something for the reader.
    Note,
}

impl Severity {
    /// The word shown to people.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// A second place that explains the first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// Where.
    pub span: Span,
    /// What is there, such as `first defined here`.
    pub text: String,
}

/// One problem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// What kind.
    pub code: Code,
    /// One sentence, with the names involved in backticks.
    pub message: String,
    /// Where, unless the problem has no place in a file.
    pub span: Option<Span>,
    /// A few words at the place.
    pub label: String,
    /// Other places.
    pub others: Vec<Label>,
    /// What to do.
    pub help: Option<String>,
}

/// Longest message, label or help, in characters: a word of the file may be of any length.
const LONGEST_TEXT: usize = 600;

fn shortened(text: impl Into<String>) -> String {
    let mut text = text.into();
    if let Some((at, _)) = text.char_indices().nth(LONGEST_TEXT) {
        text.truncate(at);
        text.push('…');
    }
    text
}

impl Diagnostic {
    /// A diagnostic at a place.
    #[must_use]
    pub fn at(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self {
            code,
            message: shortened(message),
            span: Some(span),
            label: String::new(),
            others: Vec::new(),
            help: None,
        }
    }

    /// A diagnostic about something that has no place in a file.
    #[must_use]
    pub fn global(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: shortened(message),
            span: None,
            label: String::new(),
            others: Vec::new(),
            help: None,
        }
    }

    /// Adds the words shown at the place.
    #[must_use]
    pub fn label(mut self, text: impl Into<String>) -> Self {
        self.label = shortened(text);
        self
    }

    /// Adds what to do.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help = Some(shortened(text));
        self
    }

    /// Adds what to do, if there is anything to say.
    #[must_use]
    pub fn maybe_help(mut self, text: Option<String>) -> Self {
        self.help = text.map(shortened).or(self.help);
        self
    }

    /// Adds another place.
    #[must_use]
    pub fn other(mut self, span: Span, text: impl Into<String>) -> Self {
        self.others.push(Label {
            span,
            text: shortened(text),
        });
        self
    }

    /// How serious it is.
    #[must_use]
    pub fn severity(&self) -> Severity {
        self.code.severity()
    }
}

/// Sorts by file and place, and drops repetitions.
pub fn sort(diagnostics: &mut Vec<Diagnostic>) {
    diagnostics.sort_by(|a, b| (a.span, a.code, &a.message).cmp(&(b.span, b.code, &b.message)));
    diagnostics.dedup();
}

/// Whether any of them is an error.
#[must_use]
pub fn has_errors(diagnostics: &[Diagnostic]) -> bool {
    diagnostics.iter().any(|d| d.severity() == Severity::Error)
}
