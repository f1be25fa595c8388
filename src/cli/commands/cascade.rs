//! `oretrace cascade`

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use oretrace::analysis::cascade::{
    CascadeNetwork, CascadeWeights, Esri, Replacement, SiteEsri, SiteLoss, TOLERANCE,
};
use oretrace::diag::{FileId, ReadProblem, Severity, Sources, suggest};
use oretrace::load;
use oretrace::model::parse_share;
use oretrace::report::{self, Envelope, percent};
use serde::Serialize;

use crate::cli::args::{AnalysisArgs, Format, count};
use crate::cli::failure::{Failure, OK, draw};
use crate::cli::output::Answer;
use crate::cli::session::Session;

/// What is lost in the whole network when a site fails: the economic systemic risk index, ESRI.
///
/// The loss runs to buyers who lack an input and to suppliers who lack a buyer, and is weighed by the value of sales. Without
/// `--shock` every site fails in turn.
#[derive(Debug, Args)]
pub(crate) struct CascadeArgs {
    /// A site, what a country makes of a commodity (`gallium@CHN`), or a country, with the part it loses; may be repeated, and
    /// all happen at once.
    #[arg(long, value_name = "SITE=50%")]
    shock: Vec<String>,

    /// Flows between firms (csv: supplier,buyer,weight) instead of a network.
    #[arg(long, value_name = "FILE", requires = "nodes", conflicts_with_all = ["graph", "root", "scenario", "weights", "basis"])]
    table: Option<PathBuf>,

    /// Firms of the table (csv: id,sector and optionally weight).
    #[arg(long, value_name = "FILE", requires = "table")]
    nodes: Option<PathBuf>,

    /// Which inputs are essential (csv: supplier_sector,buyer_sector,need with 2, 1 or 0) [default: all].
    #[arg(long, value_name = "FILE", requires = "table")]
    essential: Option<PathBuf>,

    /// Whether others of the same sector step in, by their part of the market.
    #[arg(long, value_enum, default_value_t)]
    replace: Replace,

    /// What a site counts for: its sales within the network, or the value of its output.
    #[arg(long, value_enum, default_value_t)]
    weigh: Weigh,

    /// Rows in tables.
    #[arg(
        long,
        default_value_t = 20,
        value_name = "N",
        allow_negative_numbers = true,
        value_parser = count
    )]
    top: usize,

    #[command(flatten)]
    analysis: AnalysisArgs,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Replace {
    /// They do: as published.
    #[default]
    Market,
    /// Nobody does.
    None,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Weigh {
    /// Sales to other sites: as published. Final products count nothing.
    #[default]
    Sales,
    /// Value of output, or the weights of the table of firms.
    Output,
}

#[derive(Serialize)]
struct Output<'a> {
    nodes: usize,
    links: usize,
    replacement: Replacement,
    weights: CascadeWeights,
    tolerance: f64,
    /// Without a shock.
    items: Option<&'a [SiteEsri]>,
    shock: Vec<Shock>,
    /// With a shock.
    result: Option<Esri>,
    losses: Option<&'a [SiteLoss]>,
}

#[derive(Clone, Debug, Serialize)]
struct Shock {
    id: String,
    loss: f64,
    #[serde(skip)]
    nodes: Vec<usize>,
}

/// A cascade network with the session it came from, if it came from one.
struct Source {
    network: CascadeNetwork,
    session: Option<Session>,
    format: Format,
}

pub(crate) fn cascade(args: &CascadeArgs) -> Result<u8, Failure> {
    let source = match (&args.table, &args.nodes) {
        (Some(table), Some(nodes)) => from_tables(args, table, nodes)?,
        _ => {
            let session = Session::open(&args.analysis)?;
            Source {
                network: CascadeNetwork::of_network(&session.network),
                format: session.format,
                session: Some(session),
            }
        }
    };
    let rows = source.format.rows(args.top);
    let shocks: Vec<Shock> = args
        .shock
        .iter()
        .map(|text| source.shock(text))
        .collect::<Result<_, _>>()?;
    let replacement = match args.replace {
        Replace::Market => Replacement::Market,
        Replace::None => Replacement::None,
    };
    let weights = match args.weigh {
        Weigh::Sales => CascadeWeights::Sales,
        Weigh::Output => CascadeWeights::Output,
    };
    let mut output = Output {
        nodes: source.network.nodes().len(),
        links: source.network.links(),
        replacement,
        weights,
        tolerance: TOLERANCE,
        items: None,
        shock: shocks,
        result: None,
        losses: None,
    };
    if output.shock.is_empty() {
        let found = source.network.esri(replacement, weights);
        let headline = esri_headline(&found, &output)?;
        let table = report::esri_table(&found, rows);
        output.items = Some(&found);
        return source.answer(&output, headline, vec![table]);
    }
    let mut left = vec![1.0_f64; source.network.nodes().len()];
    for shock in &output.shock {
        for node in &shock.nodes {
            left[*node] = left[*node].min(1.0 - shock.loss);
        }
    }
    let (index, losses) = source
        .network
        .shock(&left, replacement, weights)
        .ok_or_else(|| nothing_to_weigh(weights))?;
    let headline = shock_headline(&output.shock, &index, &losses);
    let tables = report::shock_tables(&index, &losses, rows);
    output.result = Some(index);
    output.losses = Some(&losses);
    source.answer(&output, headline, tables)
}

fn nothing_to_weigh(weights: CascadeWeights) -> Failure {
    let (why, help) = match weights {
        CascadeWeights::Sales => (
            "no site sells anything to another",
            "`--weigh output` weighs by the value of output",
        ),
        CascadeWeights::Output => (
            "no site has an output of any value",
            "add sites that make something, or weights to the table of firms",
        ),
    };
    Failure::usage(
        format!("{why}, so that there is nothing to weigh"),
        Some(help.to_owned()),
    )
}

fn esri_headline(found: &[SiteEsri], output: &Output<'_>) -> Result<String, Failure> {
    let first = found
        .first()
        .ok_or_else(|| nothing_to_weigh(output.weights))?;
    let what = match output.weights {
        CascadeWeights::Sales => "sales within the network",
        CascadeWeights::Output => "the value of output",
    };
    Ok(format!(
        "{} nodes, {} sales; the loss of {} costs most: {} of {what}.",
        output.nodes,
        output.links,
        first.id,
        percent(first.esri)
    ))
}

fn shock_headline(shocks: &[Shock], index: &Esri, losses: &[SiteLoss]) -> String {
    let named: Vec<String> = shocks
        .iter()
        .map(|s| format!("{} by {}", s.id, percent(s.loss)))
        .collect();
    let lost = if losses.is_empty() {
        "nothing".to_owned()
    } else {
        percent(index.esri)
    };
    format!("{}: {lost} is lost.", named.join(", "))
}

fn from_tables(args: &CascadeArgs, table: &Path, nodes: &Path) -> Result<Source, Failure> {
    let mut sources = Sources::default();
    let mut open = |path: &Path| -> Result<FileId, Failure> {
        sources.read(path).map_err(|e| {
            let help = match &e {
                ReadProblem::NotUtf8 { .. } => load::help_with_bytes(path),
                ReadProblem::Io { .. } | ReadProblem::TooLarge { .. } => "check the path",
            };
            Failure::usage(e.to_string(), Some(help.to_owned()))
        })
    };
    let flows = open(table)?;
    let nodes = open(nodes)?;
    let needs = args.essential.as_deref().map(&mut open).transpose()?;
    let table = load::flow_table(&sources, flows, nodes, needs).map_err(|diagnostics| {
        draw(&diagnostics, &sources, Severity::Error);
        Failure::Data
    })?;
    Ok(Source {
        network: CascadeNetwork::of_table(&table),
        session: None,
        format: args.analysis.format,
    })
}

impl Source {
    fn answer(
        &self,
        output: &Output<'_>,
        headline: String,
        tables: Vec<report::Table>,
    ) -> Result<u8, Failure> {
        let notes = self.network.notes().to_vec();
        let envelope = match &self.session {
            Some(session) => session.envelope("cascade", None, notes),
            None => Envelope {
                command: "cascade".to_owned(),
                notes,
                ..Envelope::default()
            },
        };
        Answer {
            envelope,
            result: output,
            headline,
            tables,
            minor_notes: 0,
        }
        .write(self.format)?;
        Ok(OK)
    }

    /// Reads `SITE=50%`; without a part, all is lost.
    fn shock(&self, text: &str) -> Result<Shock, Failure> {
        let (word, loss) = match text.rsplit_once('=') {
            Some((word, part)) => (word.trim(), part_lost(part)?),
            None => (text.trim(), 1.0),
        };
        let nodes = self.nodes_of(word);
        if nodes.is_empty() {
            let ids = self.network.nodes().iter().map(|n| n.id.as_str());
            let help = suggest(word, ids).map_or_else(
                || "write a site, COMMODITY@COUNTRY, or a country".to_owned(),
                |near| format!("did you mean `{near}`?"),
            );
            return Err(Failure::usage(
                format!("no site is called `{word}`"),
                Some(help),
            ));
        }
        Ok(Shock {
            id: word.to_owned(),
            loss,
            nodes,
        })
    }

    /// The nodes a word means: by id, as a plant, as a country's making of a commodity, or as a country.
    fn nodes_of(&self, word: &str) -> Vec<usize> {
        let nodes = || self.network.nodes().iter().enumerate();
        let by_id: Vec<usize> = nodes()
            .filter(|(_, n)| n.id == word)
            .map(|(at, _)| at)
            .collect();
        let Some(session) = self.session.as_ref().filter(|_| by_id.is_empty()) else {
            return by_id;
        };
        let plant = session.network.sites_of_plant(word);
        if !plant.is_empty() {
            return nodes()
                .filter(|(_, n)| n.site.is_some_and(|s| plant.contains(&s)))
                .map(|(at, _)| at)
                .collect();
        }
        let (commodity, place) = match word.rsplit_once('@') {
            Some((commodity, place)) => (Some(commodity), place),
            None => (None, word),
        };
        let Ok((_, members)) = session.countries(place) else {
            return Vec::new();
        };
        nodes()
            .filter(|(_, n)| {
                let here = |code: &str| members.iter().any(|c| c.code() == code);
                n.site.is_some()
                    && n.country.as_deref().is_some_and(here)
                    && commodity.is_none_or(|c| self.network.sector(n) == c)
            })
            .map(|(at, _)| at)
            .collect()
    }
}

fn part_lost(text: &str) -> Result<f64, Failure> {
    match parse_share(text) {
        Ok(part) if (0.0..=1.0).contains(&part) => Ok(part),
        _ => Err(Failure::usage(
            format!("`{text}` is no part between 0 and 100 %"),
            Some("write a shock such as `gallium@CHN=50%`".to_owned()),
        )),
    }
}
