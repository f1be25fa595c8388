//! `oretrace tiers`

use clap::Args;
use oretrace::analysis::{self, Target};
use oretrace::graph::SupplyGraph;
use oretrace::report;

use crate::cli::args::{AnalysisArgs, Format, count};
use crate::cli::failure::{Failure, OK};
use crate::cli::output::Answer;
use crate::cli::session::Session;

/// At which tier exposure appears: the value at each tier, and how look-through share and at risk grow with depth.
#[derive(Debug, Args)]
pub(crate) struct TiersArgs {
    /// Any commodity; `PRODUCT@COUNTRY` for one made there; or a site.
    product: String,

    /// Only this country or group; may be repeated.
    #[arg(short, long, value_name = "COUNTRY|GROUP")]
    country: Vec<String>,

    /// Rows shown in tables.
    #[arg(
        long,
        default_value_t = 10,
        value_name = "N",
        allow_negative_numbers = true,
        value_parser = count
    )]
    top: usize,

    #[command(flatten)]
    analysis: AnalysisArgs,
}

pub(crate) fn tiers(args: &TiersArgs) -> Result<u8, Failure> {
    let session = Session::open(&args.analysis)?;
    let graph = session.graph(&session.product(&args.product)?)?;
    let targets = session.targets(&graph, &args.country)?;
    let result = analysis::tier_profile(&graph, &targets);
    let mut notes = analysis::grounds(&graph);
    notes.extend(cut_short(&graph, &targets, &result));
    Answer {
        envelope: session.envelope("tiers", Some(&args.product), notes),
        result: &result,
        headline: headline(&session.called(&args.product), &result),
        tables: match session.format {
            Format::Csv => report::tier_records(&result),
            _ => report::tier_tables(&result, args.top),
        },
        minor_notes: 0,
    }
    .write(session.format)?;
    Ok(OK)
}

/// Says where the last value of a curve is less than all, since a loop turns more often than there are tiers.
fn cut_short(
    graph: &SupplyGraph<'_>,
    targets: &[Target],
    result: &analysis::TierProfile,
) -> Option<String> {
    const VISIBLE: f64 = 1e-6;
    const MOST_NAMED: usize = 5;
    if graph.order().components.iter().all(|c| !c.is_loop) {
        return None;
    }
    let mut survival = analysis::Survival::new(graph);
    let mut short = Vec::new();
    for row in &result.countries {
        let target = targets.iter().find(|t| t.label == row.country)?;
        let last = row.at_risk_to.as_ref().and_then(|curve| curve.last());
        let in_all = survival.at_risk(&target.members());
        if last.is_some_and(|last| in_all > last + VISIBLE) {
            short.push(format!("{} {}", row.country, report::percent(in_all)));
        }
    }
    let more = if short.len() > MOST_NAMED {
        " and others"
    } else {
        ""
    };
    short.truncate(MOST_NAMED);
    (!short.is_empty()).then(|| {
        format!(
            "a loop turns more often than there are tiers: at risk in all is {}{more}",
            short.join(", ")
        )
    })
}

/// Values below this are arithmetic, no part of anything.
const NOISE: f64 = 1e-12;

/// Where the exposure of the first country jumps most.
fn headline(product: &str, result: &analysis::TierProfile) -> String {
    let Some(first) = result.countries.first() else {
        return format!("{product}: no country has a known part in it.");
    };
    let curve = &first.look_through_to;
    let at_risk = first.at_risk_to.iter().flatten();
    let made_there = first.profile.first().is_some_and(|s| *s > NOISE);
    if !made_there && curve.iter().chain(at_risk).all(|value| *value <= NOISE) {
        let name = report::country_name(&first.country);
        return format!("{product}: {name} has no known part in it.");
    }
    let steps = curve
        .windows(2)
        .enumerate()
        .map(|(at, pair)| (at + 1, pair[1] - pair[0]));
    let (tier, jump) = steps.max_by(|a, b| a.1.total_cmp(&b.1)).unwrap_or((0, 0.0));
    let last = curve.last().copied().unwrap_or(0.0);
    format!(
        "{product}: {} of the value passes through {} in the end; most of it appears at tier {tier} ({}).",
        report::percent(last),
        first.country,
        report::percent(jump)
    )
}
