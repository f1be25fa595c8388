//! `oretrace check`

use std::path::{Path, PathBuf};

use clap::Args;
use oretrace::diag::{Diagnostic, DiagnosticRecord, Severity, Sources, records};
use oretrace::load::{self, Input};
use oretrace::model::Network;
use oretrace::report::{Assumption, Cell, Envelope, Table, assumption_table, assumptions};
use serde::Serialize;

use crate::cli::args::Format;
use crate::cli::failure::{BAD_DATA, Failure, OK, draw};
use crate::cli::output::{Answer, print};
use crate::cli::session::{check_root, mention_subfolders};

/// Whether files are right: every problem in one run, with its place and what to do.
///
/// Scenario files are checked against the graphs named beside them, or against the built-in pack.
#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    /// Graph files, scenario files and folders [default: the built-in pack].
    paths: Vec<PathBuf>,

    /// Graph file or folder; may be repeated. The same as naming it as a path.
    #[arg(short, long, value_name = "FILE|DIR")]
    graph: Vec<PathBuf>,

    /// Folder that includes may not leave.
    #[arg(long, value_name = "DIR")]
    root: Option<PathBuf>,

    /// List every figure that is marked as an assumption.
    #[arg(long)]
    assumptions: bool,

    /// Show notes too: what the loader decided for you.
    #[arg(long)]
    notes: bool,

    /// Output format.
    #[arg(short, long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Serialize)]
struct Output {
    diagnostics: Vec<DiagnosticRecord>,
    #[serde(skip_serializing_if = "Option::is_none")]
    assumptions: Option<Vec<Assumption>>,
}

pub(crate) fn check(args: &CheckArgs) -> Result<u8, Failure> {
    let mut sources = Sources::default();
    let (graphs, scenarios): (Vec<PathBuf>, Vec<PathBuf>) = args
        .paths
        .iter()
        .chain(&args.graph)
        .cloned()
        .partition(|path| !is_scenario_file(path));
    for path in graphs.iter().chain(&scenarios) {
        if !path.exists() {
            return Err(Failure::usage(
                format!("there is no file `{}`", path.display()),
                Some("check the path".to_owned()),
            ));
        }
    }
    let inputs: Vec<Input> = if graphs.is_empty() {
        vec![Input::BuiltIn]
    } else {
        graphs.iter().cloned().map(Input::Path).collect()
    };
    check_root(args.root.as_deref())?;
    mention_subfolders(&graphs);
    let loaded = load::load(&mut sources, &inputs, args.root.clone());
    let mut diagnostics = loaded.diagnostics;
    if graphs.is_empty() && !scenarios.is_empty() {
        diagnostics.clear();
    }
    if let Some(network) = &loaded.network {
        for path in &scenarios {
            diagnostics.extend(check_scenario(path, network, &mut sources)?);
        }
    }
    let assumptions = args
        .assumptions
        .then(|| loaded.network.as_ref().map(assumptions).unwrap_or_default());
    let count = |severity| {
        diagnostics
            .iter()
            .filter(|d| d.severity() == severity)
            .count()
    };
    let (errors, warnings, notes) = (
        count(Severity::Error),
        count(Severity::Warning),
        count(Severity::Note),
    );
    let output = Output {
        diagnostics: records(&diagnostics, &sources),
        assumptions,
    };
    let envelope = Envelope {
        command: "check".to_owned(),
        ..Envelope::default()
    };
    // Warnings on the built-in pack are known, and nothing for its reader to mend.
    let least = match (args.notes, graphs.is_empty() && scenarios.is_empty()) {
        (true, _) => Severity::Note,
        (false, true) => Severity::Error,
        (false, false) => Severity::Warning,
    };
    let summary = summary(loaded.network.as_ref(), errors, warnings, notes, least);
    mention_no_site(loaded.network.as_ref());
    if args.format == Format::Table {
        draw(&diagnostics, &sources, least);
        if let Some(list) = &output.assumptions {
            print(&format!(
                "{}\n",
                oretrace::report::human(&assumed(list), None)
            ))?;
        }
        print(&summary)?;
    } else {
        let tables = vec![output.assumptions.as_ref().map_or_else(
            || diagnostic_table(&output.diagnostics),
            |list| assumed(list),
        )];
        Answer {
            envelope,
            result: &output,
            headline: String::new(),
            tables,
            minor_notes: 0,
        }
        .write(args.format)?;
    }
    Ok(if errors > 0 { BAD_DATA } else { OK })
}

/// Says that files which are right define nothing that could be asked about.
fn mention_no_site(network: Option<&Network>) {
    use std::io::Write as _;
    if network.is_some_and(|n| n.sites().is_empty()) {
        let _ = writeln!(std::io::stderr(), "no site is defined");
    }
}

fn is_scenario_file(path: &Path) -> bool {
    use std::io::Read as _;
    // Whether a file is a scenario shows long before its end.
    const ENOUGH: u64 = 1 << 20;
    let mut bytes = Vec::new();
    let read = |bytes: &mut Vec<u8>| std::fs::File::open(path)?.take(ENOUGH).read_to_end(bytes);
    path.is_file()
        && read(&mut bytes).is_ok()
        && load::is_scenario(&String::from_utf8_lossy(&bytes))
}

fn check_scenario(
    path: &Path,
    network: &Network,
    sources: &mut Sources,
) -> Result<Vec<Diagnostic>, Failure> {
    let file = sources
        .read(path)
        .map_err(|e| Failure::usage(e.to_string(), None))?;
    Ok(match load::load_scenario(sources, file, network) {
        Ok((_, diagnostics)) | Err(diagnostics) => diagnostics,
    })
}

fn summary(
    network: Option<&Network>,
    errors: usize,
    warnings: usize,
    notes: usize,
    least_shown: Severity,
) -> String {
    let plural = |n: usize, word: &str| format!("{n} {word}{}", if n == 1 { "" } else { "s" });
    let mut parts = Vec::new();
    if let Some(network) = network {
        parts.push(format!(
            "{} commodities, {} sites, {} supply and {} trade entries",
            network.commodities().len(),
            network.sites().len(),
            network.supply().entries.len(),
            network.parts().trade.len()
        ));
    }
    let left_out = least_shown < Severity::Note && notes > 0
        || least_shown < Severity::Warning && warnings > 0;
    let hidden = if left_out {
        " (`--notes` shows them)"
    } else {
        ""
    };
    parts.push(format!(
        "{}, {}, {}{hidden}",
        plural(errors, "error"),
        plural(warnings, "warning"),
        plural(notes, "note")
    ));
    format!("{}\n", parts.join("; "))
}

fn diagnostic_table(records: &[DiagnosticRecord]) -> Table {
    let mut table = Table::new(
        "",
        &[
            ("code", "code"),
            ("severity", "severity"),
            ("message", "message"),
            ("file", "file"),
            ("line", "line"),
            ("column", "column"),
            ("help", "help"),
        ],
    );
    for r in records {
        table.rows.push(vec![
            Cell::Text(r.code.to_owned()),
            Cell::Text(r.severity.to_owned()),
            Cell::Text(r.message.clone()),
            Cell::text(r.file.clone()),
            r.line.map_or(Cell::Missing, Cell::Count),
            r.column.map_or(Cell::Missing, Cell::Count),
            Cell::text(r.help.clone()),
        ]);
    }
    table
}

fn assumed(list: &[Assumption]) -> Table {
    assumption_table(&format!("{} figures are assumptions", list.len()), list)
}
