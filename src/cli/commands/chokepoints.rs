//! `oretrace chokepoints`

use clap::Args;
use oretrace::analysis::{self, ChokepointKind, ChokepointQuery, CutSetQuery, WorstQuery};
use oretrace::report;
use serde::Serialize;

use crate::cli::args::{AnalysisArgs, Format, RerouteArgs, count};
use crate::cli::commands::exposure::parse_limit;
use crate::cli::failure::{Failure, OK};
use crate::cli::output::Answer;
use crate::cli::session::Session;

/// Which sites, steps, companies or countries would stop a product.
///
/// `at risk` is the part of the product lost with a row when nobody reroutes, `adapted` what is lost once buyers have
/// rerouted within the capacities there are, by which the rows are ranked. `remaining` is the product's at risk to the row's country once the row and all of its kind above it are made safe, so
/// that a list of one kind reads as an order of work.
#[derive(Debug, Args)]
pub(crate) struct ChokepointArgs {
    /// Any commodity; `PRODUCT@COUNTRY` for one made there; or a site.
    product: String,

    /// Kind of chokepoint; may be repeated or separated by commas [default: all].
    #[arg(long, value_name = "KIND", value_delimiter = ',', value_parser = ["site", "country-commodity", "company", "country"])]
    of: Vec<String>,

    /// Most rows.
    #[arg(
        long,
        default_value_t = 20,
        value_name = "N",
        allow_negative_numbers = true,
        value_parser = count
    )]
    top: usize,

    /// At risk from which a row is marked `near`.
    #[arg(
        long,
        default_value = "90%",
        value_name = "SHARE",
        allow_hyphen_values = true
    )]
    threshold: String,

    /// Include the product's own sites, placeless sites and what is not traded.
    #[arg(long)]
    all: bool,

    /// List the smallest sets of up to K items whose loss stops the product over today's links; the items are of the kind
    /// given by `--of`, sites by default.
    #[arg(long, value_name = "K", allow_negative_numbers = true, value_parser = clap::value_parser!(u8).range(1..=analysis::MOST_CUT_SET_ITEMS as i64))]
    cut_sets: Option<u8>,

    /// Most sets listed.
    #[arg(
        long,
        default_value_t = 10_000,
        value_name = "N",
        allow_negative_numbers = true,
        value_parser = count
    )]
    max_sets: usize,

    /// Find the sets of up to K items whose joint loss costs most once buyers have rerouted; the items are of the kind given
    /// by `--of`, sites by default.
    #[arg(long, value_name = "K", allow_negative_numbers = true, value_parser = clap::value_parser!(u8).range(1..=analysis::MOST_WORST_ITEMS as i64))]
    worst: Option<u8>,

    /// Look for the worst sets by adding one item after another: quick, but there may be worse.
    #[arg(long, requires = "worst")]
    greedy: bool,

    /// Count the product's own sites among the items of sets.
    #[arg(long)]
    with_assembly: bool,

    /// Show how likely the product is to stop, from the `unavailability` of sites, and how much of it hangs on each.
    #[arg(long)]
    unavailability: bool,

    #[command(flatten)]
    reroute: RerouteArgs,

    #[command(flatten)]
    analysis: AnalysisArgs,
}

#[derive(Serialize)]
struct Output<'a> {
    items: &'a [analysis::Chokepoint],
    found: usize,
    cut_sets: &'a [Vec<String>],
    cut_sets_complete: Option<bool>,
    reliability: Option<analysis::Reliability>,
    worst: Option<analysis::Worst>,
}

/// The kind of item that sets are of: one at a time.
fn kind_of_sets(args: &ChokepointArgs) -> Result<ChokepointKind, Failure> {
    match (&args.of[..], &kinds(&args.of)[..]) {
        ([], _) => Ok(ChokepointKind::Site),
        (_, [only]) => Ok(*only),
        _ => Err(Failure::usage(
            "sets are of one kind of item".to_owned(),
            Some("give `--of` one kind, such as `--of site`".to_owned()),
        )),
    }
}

fn worst_query(args: &ChokepointArgs, k: u8) -> Result<WorstQuery, Failure> {
    Ok(WorstQuery {
        kind: kind_of_sets(args)?,
        k: k.into(),
        with_assembly: args.with_assembly,
        all: args.all,
        greedy: args.greedy,
        most: args.max_sets,
        rules: args.reroute.rules(),
    })
}

fn cut_set_query(args: &ChokepointArgs) -> Result<CutSetQuery, Failure> {
    const DEFAULT_SIZE: u8 = 3;
    Ok(CutSetQuery {
        kind: kind_of_sets(args)?,
        size: args.cut_sets.unwrap_or(DEFAULT_SIZE).into(),
        with_assembly: args.with_assembly,
        all: args.all,
        most: args.max_sets,
    })
}

/// The kinds that the words of `--of` mean.
pub(crate) fn kinds(words: &[String]) -> Vec<ChokepointKind> {
    let wanted = |kind: &ChokepointKind| words.is_empty() || words.iter().any(|w| w == kind.word());
    ChokepointKind::ALL.into_iter().filter(wanted).collect()
}

pub(crate) fn chokepoints(args: &ChokepointArgs) -> Result<u8, Failure> {
    let threshold = parse_limit(&args.threshold)?;
    let session = Session::open(&args.analysis)?;
    let graph = session.graph(&session.product(&args.product)?)?;
    let query = ChokepointQuery {
        kinds: kinds(&args.of),
        top: args.top,
        threshold,
        all: args.all,
        rules: args.reroute.rules(),
    };
    let sets_asked = args.cut_sets.is_some() || args.unavailability;
    let set_query = sets_asked.then(|| cut_set_query(args)).transpose()?;
    let worst_query = args.worst.map(|k| worst_query(args, k)).transpose()?;
    let result = analysis::chokepoints(&graph, &query);
    let worst = worst_query.map(|q| analysis::worst(&graph, &q));
    let cut_sets = set_query
        .as_ref()
        .filter(|_| args.cut_sets.is_some())
        .map(|q| analysis::cut_sets(&graph, q));
    let reliability = set_query
        .as_ref()
        .filter(|_| args.unavailability)
        .and_then(|q| analysis::reliability(&graph, q));
    let mut notes = Vec::new();
    notes.extend(cut_sets.iter().filter_map(report::no_cut_set));
    notes.extend(cut_sets.iter().flat_map(|c| c.notes.iter().cloned()));
    notes.extend(reliability.iter().flat_map(|r| r.notes.iter().cloned()));
    let of_worst = worst.iter().flat_map(|w| &w.notes);
    notes.extend(of_worst.filter(|n| !result.notes.contains(n)).cloned());
    if args.unavailability && reliability.is_none() {
        notes.push(
            "only sites state an unavailability: `--of site` shows how likely the product is to stop"
                .to_owned(),
        );
    }
    notes.extend(analysis::nearly_attributed(&graph));
    let only_companies = query.kinds == [ChokepointKind::Company];
    if only_companies && result.found == 0 {
        notes.push(
            "no site states the company that runs it (`operator`); `exposure --by company` goes by owners"
                .to_owned(),
        );
    }
    notes.extend(analysis::grounds(&graph));
    notes.extend(result.notes.iter().cloned());
    // Other programs get all sets, people those that fit a screen.
    let rows = session.rows(args.top);
    let mut tables = match session.format {
        Format::Csv => vec![report::chokepoint_records(&result)],
        _ => report::chokepoint_tables(&result),
    };
    tables.extend(worst.iter().map(|w| report::worst_table(w, rows)));
    tables.extend(cut_sets.iter().map(|c| report::cut_set_table(c, rows)));
    tables.extend(
        reliability
            .iter()
            .map(|r| report::reliability_table(r, rows)),
    );
    let output = Output {
        items: &result.items,
        found: result.found,
        cut_sets: cut_sets.as_ref().map_or(&[], |c| &c.sets),
        cut_sets_complete: cut_sets.as_ref().map(|c| c.complete),
        reliability,
        worst,
    };
    Answer {
        envelope: session.envelope("chokepoints", Some(&args.product), notes),
        result: &output,
        headline: headline(&session.called(&args.product), &result, &query),
        tables,
        minor_notes: 0,
    }
    .write(session.format)?;
    Ok(OK)
}

fn headline(product: &str, result: &analysis::Chokepoints, query: &ChokepointQuery) -> String {
    let worst = result
        .items
        .iter()
        .find(|i| i.kind != ChokepointKind::Country)
        .or(result.items.first());
    let Some(worst) = worst else {
        let of = match query.kinds[..] {
            [ChokepointKind::Company] => "no company that runs a site of it is known",
            _ => "nothing known stands in its way",
        };
        return format!("{product}: {of}.");
    };
    let single = result
        .items
        .iter()
        .filter(|i| i.single_point_of_failure)
        .count();
    let near = result
        .items
        .iter()
        .filter(|i| i.near && !i.single_point_of_failure)
        .count();
    let adapted = worst.at_risk_adapted.map_or_else(String::new, |adapted| {
        format!(", {} once buyers have rerouted", report::percent(adapted))
    });
    let stop = if single == 1 { "stops" } else { "stop" };
    format!(
        "{product}: losing {} stops {}{adapted}. Of the rows shown, {single} {stop} all of it and {near} more at least {}.",
        worst.id,
        report::percent(worst.at_risk),
        report::percent(query.threshold)
    )
}
