//! `oretrace exposure`

use clap::{Args, ValueEnum};
use oretrace::analysis::{self, OwnersBy, Rerouted, Target};
use oretrace::report;
use serde::Serialize;

use crate::cli::args::{AnalysisArgs, Format, RerouteArgs, Weights, count};
use crate::cli::commands::owners::owners;
use crate::cli::failure::{Failure, OK, OVER_THRESHOLD};
use crate::cli::output::Answer;
use crate::cli::session::Session;

/// How exposed a product is to each country, and which step holds it.
///
/// `direct` is the part of the value of direct inputs from a country, `look-through` the part that passes through it at any
/// tier, `touched` the same with the last step included. `at risk` is the part of the product lost without rerouting: by
/// the loss of the country's worst single step, and by the loss of all of it. `adapted` is what is still lost with all of it
/// once buyers have rerouted. `--by` asks for owners instead: an owner controls what it holds more than half of, with what
/// companies it controls hold.
#[derive(Debug, Args)]
pub(crate) struct ExposureArgs {
    /// Any commodity; `PRODUCT@COUNTRY` for one made there; or a site.
    pub(crate) product: String,

    /// What rows are.
    #[arg(long, value_enum, default_value_t)]
    by: By,

    /// Only this country or group; may be repeated.
    #[arg(short, long, value_name = "COUNTRY|GROUP")]
    pub(crate) country: Vec<String>,

    /// Rows shown in tables.
    #[arg(
        long,
        default_value_t = 15,
        value_name = "N",
        allow_negative_numbers = true,
        value_parser = count
    )]
    pub(crate) top: usize,

    /// Exit with code 1 if any country's worst step puts more than this at risk, such as 50%.
    #[arg(long, value_name = "SHARE", allow_hyphen_values = true)]
    fail_over: Option<String>,

    #[command(flatten)]
    pub(crate) reroute: RerouteArgs,

    #[command(flatten)]
    pub(crate) analysis: AnalysisArgs,
}

/// Whose the sites are that make a row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum By {
    /// The country they stand in.
    #[default]
    Country,
    /// The company that controls them.
    Company,
    /// The home country of that company.
    Control,
    /// Both: where they stand, and from where they are controlled.
    Matrix,
}

#[derive(Serialize)]
struct Output<'a> {
    depth: usize,
    weights: &'static str,
    unlocated: &'a analysis::Unlocated,
    unmet_demand: f64,
    countries: &'a [analysis::CountryExposure],
}

pub(crate) fn exposure(args: &ExposureArgs) -> Result<u8, Failure> {
    let limit = args.fail_over.as_deref().map(parse_limit).transpose()?;
    match args.by {
        By::Country => {}
        By::Company => return owners(args, OwnersBy::Company, limit),
        By::Control => return owners(args, OwnersBy::Control, limit),
        By::Matrix => return owners(args, OwnersBy::Matrix, limit),
    }
    let session = Session::open(&args.analysis)?;
    let product = session.called(&args.product);
    let graph = session.graph(&session.product(&args.product)?)?;
    let targets = session.targets(&graph, &args.country)?;
    // People see the first rows only; each adapted figure takes a linear programme.
    let rerouted = Rerouted {
        rows: session.rows(args.top),
        high: session.rows(0) > 0,
    };
    let mut result = analysis::exposure_of_first(&graph, &targets, args.reroute.rules(), rerouted);
    let mut notes = std::mem::take(&mut result.notes);
    notes.extend(analysis::grounds(&graph));
    let asked = if args.country.is_empty() {
        &[][..]
    } else {
        &targets[..]
    };
    let absent = absent(asked, &result);
    if !absent.is_empty() && !result.countries.is_empty() {
        notes.insert(
            0,
            format!("{} has no known part in {product}", absent.join(" and ")),
        );
    }
    notes.extend(graph.notes().iter().cloned());
    let output = Output {
        depth: result.depth,
        weights: match args.analysis.weights {
            Weights::Auto => "auto",
            Weights::Value => "value",
            Weights::Equal => "equal",
        },
        unlocated: &result.unlocated,
        unmet_demand: result.unmet_demand,
        countries: &result.countries,
    };
    Answer {
        envelope: session.envelope("exposure", Some(&args.product), notes),
        result: &output,
        headline: match &absent[..] {
            [_, ..] if result.countries.is_empty() => {
                format!(
                    "{product}: {} has no known part in it.",
                    absent.join(" and ")
                )
            }
            _ => report::exposure_headline(&product, &result),
        },
        tables: match session.format {
            Format::Csv => report::exposure_records(&result),
            _ => report::exposure_tables(&result, args.top),
        },
        minor_notes: graph.notes().len(),
    }
    .write(session.format)?;
    let worst = result
        .countries
        .iter()
        .filter_map(|c| c.bottleneck.as_ref())
        .map(|b| b.at_risk)
        .fold(0.0, f64::max);
    Ok(exit_code(worst, limit))
}

/// The exit code of a worst step under `--fail-over`. Rounding alone passes no limit.
pub(crate) fn exit_code(worst: f64, limit: Option<f64>) -> u8 {
    const ROUNDING: f64 = 1e-9;
    if limit.is_some_and(|limit| worst > limit + ROUNDING) {
        OVER_THRESHOLD
    } else {
        OK
    }
}

/// The countries and groups asked about that have no row, as people call them.
fn absent(targets: &[Target], result: &analysis::Exposure) -> Vec<String> {
    let has_row = |t: &&Target| result.countries.iter().any(|r| r.country == t.label);
    let absent = targets.iter().filter(|t| !has_row(t));
    absent.map(|t| report::country_name(&t.label)).collect()
}

/// Reads a share from the command line.
pub(crate) fn parse_limit(word: &str) -> Result<f64, Failure> {
    match oretrace::model::parse_share(word) {
        Ok(share) if (0.0..=1.0).contains(&share) => Ok(share),
        _ => Err(Failure::usage(
            format!("`{word}` is no share from 0 to 100 %"),
            Some("write it like 50% or 0.5".to_owned()),
        )),
    }
}
