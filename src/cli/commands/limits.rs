//! `oretrace limits`

use clap::Args;
use oretrace::analysis::{self, LimitsQuery, Reroute, Rerouting, Rules, Target, Wanted};
use oretrace::model::{RateError, Unit, parse_rate};
use oretrace::report;

use crate::cli::args::{AnalysisArgs, PriorityArg, count};
use crate::cli::failure::{Failure, OK};
use crate::cli::output::Answer;
use crate::cli::session::Session;

/// What runs out first when output is scaled up, and how far today's capacity reaches.
///
/// For each commodity upstream: what the target takes, what the world makes and could make, and how many times what is free
/// for the product that is; for power, what each country has to generate. Then the most of the product that can be made, and
/// what one more unit of each commodity would add to it.
#[derive(Debug, Args)]
pub(crate) struct LimitsArgs {
    /// Any commodity; `PRODUCT@COUNTRY` for one made there; or a site.
    product: String,

    /// Output wanted a year, such as 1M/yr, 500k/yr, 20000 or "40 kt/yr" [default: present output].
    #[arg(
        long,
        value_name = "RATE",
        allow_hyphen_values = true,
        conflicts_with = "max"
    )]
    target: Option<String>,

    /// Take the most that today's capacity allows as the target.
    #[arg(long)]
    max: bool,

    /// A country or group that is gone; may be repeated or separated by commas.
    #[arg(long, value_name = "COUNTRY|GROUP", value_delimiter = ',')]
    without: Vec<String>,

    /// Who is served first when supply is short.
    #[arg(long, value_enum, default_value_t)]
    priority: PriorityArg,

    /// Rows in tables.
    #[arg(
        long,
        default_value_t = 15,
        value_name = "N",
        allow_negative_numbers = true,
        value_parser = count
    )]
    top: usize,

    #[command(flatten)]
    analysis: AnalysisArgs,
}

pub(crate) fn limits(args: &LimitsArgs) -> Result<u8, Failure> {
    let session = Session::open(&args.analysis)?;
    let graph = session.graph(&session.product(&args.product)?)?;
    let unit = graph
        .product()
        .map_or_else(Unit::piece, |p| graph.network().commodity(p).unit.clone());
    let wanted = match (&args.target, args.max) {
        (Some(text), _) => Wanted::Amount(rate(text, &unit)?),
        (None, true) => Wanted::Most,
        (None, false) => Wanted::Present,
    };
    let query = LimitsQuery {
        wanted,
        without: session.all_countries(&args.without)?,
    };
    let rules = Rules {
        reroute: Reroute::Market,
        priority: args.priority.rules(),
    };
    let mut result = Rerouting::new(&graph, rules).limits(&query)?;
    let mut notes = std::mem::take(&mut result.notes);
    let product = session.called(&args.product);
    if !args.without.is_empty() {
        let gone = session.targets(&graph, &args.without)?;
        let absent = gone.iter().filter(|t| !analysis::has_part(&graph, t));
        let name = |t: &Target| report::country_name(&t.label);
        notes.splice(
            0..0,
            absent.map(|t| format!("{} has no known part in {product}", name(t))),
        );
    }
    notes.extend(analysis::grounds(&graph));
    notes.extend(graph.notes().iter().cloned());
    Answer {
        envelope: session.envelope("limits", Some(&product), notes),
        result: &result,
        headline: report::limits_headline(&product, &result),
        tables: report::limits_tables(&result, session.rows(args.top)),
        minor_notes: graph.notes().len(),
    }
    .write(session.format)?;
    Ok(OK)
}

fn rate(text: &str, unit: &Unit) -> Result<f64, Failure> {
    parse_rate(text, unit).map_err(|e| {
        let examples = format!("such as 1M/yr, 500k/yr, 20000 or \"40 {unit}/yr\"");
        let help = match &e {
            RateError::Commas(_) => format!("write it without commas, {examples}"),
            _ => format!("write an amount a year, {examples}"),
        };
        Failure::usage(e.to_string(), Some(help))
    })
}
