//! `oretrace report` and `oretrace open`

use std::path::{Path, PathBuf};

use clap::Args;
use oretrace::analysis::{ChokepointKind, ChokepointQuery, Rules};
use oretrace::diag::FileId;
use oretrace::graph::{Roots, SupplyGraph};
use oretrace::model::{Network, Scenario};
use oretrace::page::{Mode, ProductReport, Site, product_page, site};
use oretrace::scenario::{DiffQuery, ScenarioDiff};

use crate::cli::args::{AnalysisArgs, BasisArg, Format, NetworkArgs, Weights};
use crate::cli::browser::open_in_browser;
use crate::cli::commands::list::is_product;
use crate::cli::failure::{Failure, OK};
use crate::cli::output::{print, write_file};
use crate::cli::session::Session;

/// Writes a report of a product as one HTML file that asks nothing of any network.
///
/// It holds the answer in plain words, the supply network to look into, pictures, tables with downloads, methods, sources,
/// assumptions, and the commands that give the same figures.
#[derive(Debug, Args)]
pub(crate) struct ReportArgs {
    /// Any commodity; `PRODUCT@COUNTRY` for one made there; or a site.
    #[arg(required_unless_present = "all")]
    product: Option<String>,

    /// Write a small site of all products instead, with a page for each product, commodity and country.
    #[arg(long, conflicts_with = "product")]
    all: bool,

    /// Write to this file, or with `--all` into this folder [default: stdout].
    #[arg(short, long, value_name = "FILE|DIR")]
    output: Option<PathBuf>,

    /// Show what this scenario changes: a file, or the name of a built-in one; may be repeated.
    #[arg(long, value_name = "SCENARIO")]
    scenario: Vec<String>,

    /// Open it in the default browser once it is written.
    #[arg(long, requires = "output")]
    open: bool,

    #[command(flatten)]
    network: NetworkArgs,
}

/// Writes a report of a product to a temporary file and opens it in the default browser.
#[derive(Debug, Args)]
pub(crate) struct OpenArgs {
    /// Any commodity; `PRODUCT@COUNTRY` for one made there; or a site.
    product: String,

    /// Show what this scenario changes: a file, or the name of a built-in one; may be repeated.
    #[arg(long, value_name = "SCENARIO")]
    scenario: Vec<String>,

    #[command(flatten)]
    network: NetworkArgs,
}

pub(crate) fn report(args: &ReportArgs) -> Result<u8, Failure> {
    let shown = match (&args.product, &args.output) {
        (Some(product), output) => {
            let written = one(product, &args.scenario, &args.network, Mode::File)?;
            let text = written.files.first().map_or("", |(_, text)| text.as_str());
            match output {
                Some(path) => write_file(path, text.as_bytes())?,
                None => print(text)?,
            }
            output.clone()
        }
        (None, Some(folder)) => {
            let written = all(&args.scenario, &args.network, Mode::File)?;
            write_site(folder, &written.files)?;
            Some(folder.join("index.html"))
        }
        (None, None) => {
            return Err(Failure::usage(
                "a site of all products needs a folder",
                Some("say where: `oretrace report --all -o site`".to_owned()),
            ));
        }
    };
    match shown.filter(|_| args.open) {
        Some(path) => open_in_browser(&path.display().to_string()),
        None => Ok(OK),
    }
}

pub(crate) fn open(args: &OpenArgs) -> Result<u8, Failure> {
    let written = one(&args.product, &args.scenario, &args.network, Mode::File)?;
    let text = written.files.first().map_or("", |(_, text)| text.as_str());
    let word: String = args
        .product
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .collect();
    let path = std::env::temp_dir().join(format!("oretrace-{word}-{}.html", std::process::id()));
    write_file(&path, text.as_bytes())?;
    open_in_browser(&path.display().to_string())
}

fn open_session(network: &NetworkArgs) -> Result<Session, Failure> {
    Session::open(&AnalysisArgs {
        network: network.clone(),
        scenario: None,
        weights: Weights::Auto,
        basis: BasisArg::Any,
        format: Format::Table,
    })
}

/// Pages, and the files that they were made from.
pub(crate) struct Written {
    pub(crate) files: Site,
    pub(crate) read: Vec<PathBuf>,
}

/// The files on the disk that a session has read.
fn read(session: &Session) -> Vec<PathBuf> {
    let sources = &session.sources;
    let files = (0..sources.len()).map(|at| FileId(at as u32));
    files
        .filter_map(|f| sources.path(f).map(Path::to_path_buf))
        .collect()
}

/// The report of one product, as the only page.
pub(crate) fn one(
    word: &str,
    scenarios: &[String],
    network: &NetworkArgs,
    mode: Mode,
) -> Result<Written, Failure> {
    let mut session = open_session(network)?;
    let changed = changed(&mut session, scenarios)?;
    let roots = session.product(word)?;
    let graph = session.graph(&roots)?;
    let report = made(&graph, word, &roots, &changed, network, scenarios)?;
    Ok(Written {
        files: vec![("index.html".to_owned(), product_page(&report, None, mode))],
        read: read(&session),
    })
}

/// The site of all products.
pub(crate) fn all(
    scenarios: &[String],
    network: &NetworkArgs,
    mode: Mode,
) -> Result<Written, Failure> {
    let mut session = open_session(network)?;
    let changed = changed(&mut session, scenarios)?;
    let products = products(&session.network);
    let mut graphs: Vec<(String, Roots, SupplyGraph<'_>)> = Vec::new();
    for word in products {
        let roots = session.product(&word)?;
        let graph = session.graph(&roots)?;
        graphs.push((word, roots, graph));
    }
    let reports: Result<Vec<ProductReport<'_, '_>>, Failure> = graphs
        .iter()
        .map(|(word, roots, graph)| made(graph, word, roots, &changed, network, scenarios))
        .collect();
    Ok(Written {
        files: site(&reports?, &session.network, mode),
        read: read(&session),
    })
}

fn products(network: &Network) -> Vec<String> {
    let commodities = network.commodities().iter();
    commodities
        .filter(|c| is_product(c))
        .map(|c| c.id.to_string())
        .collect()
}

/// Scenarios with the networks that they make.
fn changed(session: &mut Session, words: &[String]) -> Result<Vec<(Scenario, Network)>, Failure> {
    words
        .iter()
        .map(|word| {
            let scenario = session.scenario(word)?;
            let after = oretrace::scenario::apply(&session.network, &scenario);
            Ok((scenario, after))
        })
        .collect()
}

fn made<'g, 'n>(
    graph: &'g SupplyGraph<'n>,
    word: &str,
    roots: &Roots,
    changed: &[(Scenario, Network)],
    network: &NetworkArgs,
    scenarios: &[String],
) -> Result<ProductReport<'g, 'n>, Failure> {
    let kinds = vec![
        ChokepointKind::CountryCommodity,
        ChokepointKind::Site,
        ChokepointKind::Company,
    ];
    let query = DiffQuery {
        roots: roots.clone(),
        targets: Vec::new(),
        chokepoints: ChokepointQuery {
            kinds,
            ..ChokepointQuery::default()
        },
        rules: Rules::default(),
        rerouted: usize::MAX,
    };
    let diffs: Result<Vec<ScenarioDiff>, Failure> = changed
        .iter()
        .map(|(scenario, after)| {
            let title = scenario.title.as_deref();
            oretrace::scenario::diff(graph.network(), after, &scenario.name, title, &query)
                .map_err(|e| Failure::usage(e.to_string(), None))
        })
        .collect();
    let commands = commands(word, network, scenarios);
    Ok(ProductReport::new(graph, word, diffs?, commands))
}

/// The commands that give the figures of a report.
fn commands(word: &str, network: &NetworkArgs, scenarios: &[String]) -> Vec<String> {
    let graphs: String = network
        .graph
        .iter()
        .map(|path| format!(" -g {}", shell(&path.display().to_string())))
        .collect();
    let product = shell(word);
    let mut commands: Vec<String> = ["exposure", "tiers", "share", "chokepoints"]
        .iter()
        .map(|command| format!("oretrace {command} {product}{graphs}"))
        .collect();
    for scenario in scenarios {
        commands.push(format!(
            "oretrace diff {product} {}{graphs}",
            shell(scenario)
        ));
    }
    let flags: String = scenarios
        .iter()
        .map(|s| format!(" --scenario {}", shell(s)))
        .collect();
    commands.push(format!(
        "oretrace report {product}{flags}{graphs} -o report.html"
    ));
    commands
}

/// A word as a shell takes it.
fn shell(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./@:".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

fn write_site(folder: &Path, files: &Site) -> Result<(), Failure> {
    std::fs::create_dir_all(folder).map_err(|e| {
        Failure::usage(
            format!("cannot make the folder `{}`: {e}", folder.display()),
            None,
        )
    })?;
    for (name, text) in files {
        write_file(&folder.join(name), text.as_bytes())?;
    }
    Ok(())
}
