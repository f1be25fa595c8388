//! `oretrace check`

use std::path::{Path, PathBuf};

use clap::Args;
use oretrace::diag::{Diagnostic, DiagnosticRecord, Severity, Sources, records};
use oretrace::load::{self, Input};
use oretrace::model::{Commodity, Network, Provenance};
use oretrace::report::{Cell, Envelope, Table};
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

/// A figure that is marked as an assumption.
#[derive(Serialize)]
struct Assumption {
    commodity: String,
    figure: String,
    value: String,
    note: Option<String>,
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
    if args.format == Format::Table {
        draw(&diagnostics, &sources, least);
        if let Some(list) = &output.assumptions {
            print(&format!(
                "{}\n",
                oretrace::report::human(&assumption_table(list), None)
            ))?;
        }
        print(&summary)?;
    } else {
        let tables = vec![output.assumptions.as_ref().map_or_else(
            || diagnostic_table(&output.diagnostics),
            |a| assumption_table(a),
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

fn assumption_table(list: &[Assumption]) -> Table {
    let mut table = Table::new(
        format!("{} figures are assumptions", list.len()),
        &[
            ("commodity", "commodity"),
            ("figure", "figure"),
            ("value", "value"),
            ("how it was estimated", "note"),
        ],
    );
    for a in list {
        table.rows.push(vec![
            Cell::Text(a.commodity.clone()),
            Cell::Text(a.figure.clone()),
            Cell::Text(a.value.clone()),
            Cell::text(a.note.clone()),
        ]);
    }
    table
}

/// Every figure whose source is `assumption`, in id order: those of commodities, then of sites, supply and trade.
fn assumptions(network: &Network) -> Vec<Assumption> {
    let mut found = Vec::new();
    for commodity in network.commodities() {
        commodity_assumptions(network, commodity, &mut found);
    }
    place_assumptions(network, &mut found);
    found
}

fn commodity_assumptions(network: &Network, commodity: &Commodity, found: &mut Vec<Assumption>) {
    let mut add = |figure: String, value: String, read: &Provenance| {
        if read.is_assumption() {
            let note = read.note.as_deref().map(str::to_owned);
            found.push(Assumption {
                commodity: commodity.id.to_string(),
                figure,
                value,
                note,
            });
        }
    };
    if let Some(price) = &commodity.price {
        add(
            "price".to_owned(),
            format!(
                "{} {}/{}",
                Cell::Number(price.value).rounded(),
                price.currency,
                commodity.unit
            ),
            &price.provenance,
        );
    }
    if let Some(tie) = &commodity.byproduct_of {
        add(
            "by-product yield".to_owned(),
            format!("{:.6}", tie.yield_per_host),
            &tie.provenance,
        );
    }
    add(
        "recycling rate".to_owned(),
        oretrace::report::percent(commodity.recycled.rate),
        &commodity.recycled.provenance,
    );
    if let Some(table) = &commodity.production {
        add(
            "production table".to_owned(),
            String::new(),
            &table.provenance,
        );
        if let Some(reserves) = &table.reserves {
            add("reserves".to_owned(), String::new(), &reserves.provenance);
        }
    }
    if let Some(build) = &commodity.build {
        add(
            "cost of new capacity".to_owned(),
            format!("{:.4} {}/{}", build.cost, build.currency, commodity.unit),
            &build.provenance,
        );
    }
    for route in &commodity.routes {
        add(
            format!("share of route {}", route.name),
            oretrace::report::percent(route.share),
            &route.provenance,
        );
    }
    for input in commodity.recipes().flat_map(|(_, r)| &r.inputs) {
        let needed = network.commodity(input.commodity);
        add(
            format!("amount of {}", needed.id),
            format!("{} {}", Cell::Number(input.amount).rounded(), needed.unit),
            &input.provenance,
        );
        if let (Some(weight), Some(read)) = (input.stated_weight, &input.weight_provenance) {
            add(
                format!("weight of {}", needed.id),
                Cell::Number(weight).rounded(),
                read,
            );
        }
    }
}

fn place_assumptions(network: &Network, found: &mut Vec<Assumption>) {
    for site in network.sites() {
        if let Some(details) = site
            .details
            .as_ref()
            .filter(|d| d.provenance.is_assumption())
        {
            found.push(Assumption {
                commodity: network.commodity(site.commodity).id.to_string(),
                figure: format!("site {}", site.id),
                value: site.output.map_or_else(String::new, |o| {
                    format!("{o} {}", network.commodity(site.commodity).unit)
                }),
                note: details.provenance.note.as_deref().map(str::to_owned),
            });
        }
    }
    let supply = network.supply();
    for (at, read) in supply
        .provenance
        .iter()
        .filter(|(_, read)| read.is_assumption())
    {
        let entry = &supply.entries[*at as usize];
        found.push(Assumption {
            commodity: network.commodity(entry.commodity).id.to_string(),
            figure: format!("supply of {}", network.site(entry.buyer).id),
            value: String::new(),
            note: read.note.as_deref().map(str::to_owned),
        });
    }
    for entry in network
        .parts()
        .trade
        .iter()
        .filter(|t| t.provenance.is_assumption())
    {
        found.push(Assumption {
            commodity: network.commodity(entry.commodity).id.to_string(),
            figure: format!("trade into {}", entry.into),
            value: String::new(),
            note: entry.provenance.note.as_deref().map(str::to_owned),
        });
    }
}
