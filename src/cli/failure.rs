//! Why a command ends without its answer, and the exit code that says so.

use std::io::Write as _;

use oretrace::diag::{Diagnostic, Paint, Severity, Sources, printable, render};

/// Fine.
pub(crate) const OK: u8 = 0;
/// A threshold that the user set was passed.
pub(crate) const OVER_THRESHOLD: u8 = 1;
/// The command line is wrong.
pub(crate) const USAGE: u8 = 2;
/// The data is wrong.
pub(crate) const BAD_DATA: u8 = 3;
/// Our bug.
pub(crate) const BUG: u8 = 70;

/// Why a command failed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The command line is wrong; with what to do.
    Usage {
        message: String,
        help: Option<String>,
    },
    /// The files are wrong; already drawn on stderr.
    Data,
    /// Output could not be written.
    Output(std::io::Error),
}

impl Failure {
    pub(crate) fn usage(message: impl Into<String>, help: Option<String>) -> Self {
        Self::Usage {
            message: message.into(),
            help,
        }
    }

    /// Says what is wrong on stderr and returns the exit code.
    pub(crate) fn report(&self) -> u8 {
        let mut stderr = std::io::stderr();
        match self {
            Self::Usage { message, help } => {
                let _ = writeln!(stderr, "error: {}", printable(message));
                if let Some(help) = help {
                    let _ = writeln!(stderr, "  help: {}", printable(help));
                }
                USAGE
            }
            Self::Data => BAD_DATA,
            // The reader of a pipe has had enough: no fault of anyone.
            Self::Output(error) if error.kind() == std::io::ErrorKind::BrokenPipe => OK,
            Self::Output(error) => {
                let _ = writeln!(stderr, "error: cannot write the output: {error}");
                USAGE
            }
        }
    }
}

impl From<oretrace::analysis::SolverError> for Failure {
    fn from(error: oretrace::analysis::SolverError) -> Self {
        Self::usage(error.to_string(), None)
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::Output(error)
    }
}

/// Draws diagnostics of some severities on stderr, and counts the rest in a line.
pub(crate) fn draw(diagnostics: &[Diagnostic], sources: &Sources, least: Severity) {
    use std::io::IsTerminal as _;
    let stderr = std::io::stderr();
    let colour = stderr.is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty());
    let paint = if colour { Paint::Colour } else { Paint::Plain };
    let mut out = stderr.lock();
    for diagnostic in diagnostics.iter().filter(|d| d.severity() <= least) {
        let _ = writeln!(out, "{}\n", render(diagnostic, sources, paint));
    }
}
