//! `oretrace diff`

use clap::Args;
use oretrace::analysis::{ChokepointKind, ChokepointQuery};
use oretrace::model::Country;
use oretrace::report;
use oretrace::scenario::{CountryDiff, DiffQuery, ScenarioDiff};
use serde::Serialize;

use crate::cli::args::{AnalysisArgs, Format, RerouteArgs, count};
use crate::cli::failure::{Failure, OK};
use crate::cli::output::Answer;
use crate::cli::session::Session;

/// What scenarios change for a product: exposure, shares and chokepoints, each against the baseline.
#[derive(Debug, Args)]
pub(crate) struct DiffArgs {
    /// Any commodity; `PRODUCT@COUNTRY` for one made there; or a site.
    product: String,

    /// Scenario files, or names of built-in ones.
    #[arg(required = true)]
    scenarios: Vec<String>,

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
    reroute: RerouteArgs,

    #[command(flatten)]
    analysis: AnalysisArgs,
}

#[derive(Serialize)]
struct Output<'a> {
    scenarios: &'a [ScenarioDiff],
}

pub(crate) fn diff(args: &DiffArgs) -> Result<u8, Failure> {
    let mut session = Session::open(&args.analysis)?;
    let targets: Result<Vec<(String, Vec<Country>)>, Failure> = args
        .country
        .iter()
        .map(|word| session.countries(word))
        .collect();
    let kinds = vec![
        ChokepointKind::CountryCommodity,
        ChokepointKind::Site,
        ChokepointKind::Company,
    ];
    let query = DiffQuery {
        roots: session.product(&args.product)?,
        targets: targets?,
        chokepoints: ChokepointQuery {
            kinds,
            rules: args.reroute.rules(),
            ..ChokepointQuery::default()
        },
        rules: args.reroute.rules(),
        rerouted: session.rows(args.top),
    };
    let mut results = Vec::new();
    for word in &args.scenarios {
        let scenario = session.scenario(word)?;
        let after = oretrace::scenario::apply(&session.network, &scenario);
        let result = oretrace::scenario::diff(
            &session.network,
            &after,
            &scenario.name,
            scenario.title.as_deref(),
            &query,
        )
        .map_err(|e| Failure::usage(e.to_string(), None))?;
        results.push(result);
    }
    let headline: Vec<String> = results
        .iter()
        .map(|r| headline(&session.called(&args.product), r))
        .collect();
    Answer {
        envelope: session.envelope("diff", Some(&args.product), Vec::new()),
        result: &Output {
            scenarios: &results,
        },
        headline: headline.join("\n"),
        tables: match session.format {
            Format::Csv => report::diff_records(&results),
            _ => results
                .iter()
                .flat_map(|r| report::diff_tables(r, args.top))
                .collect(),
        },
        minor_notes: 0,
    }
    .write(session.format)?;
    Ok(OK)
}

fn headline(product: &str, result: &ScenarioDiff) -> String {
    let unmet = if result.unmet_demand > 1e-12 {
        format!(
            " {} of demand is unmet without rerouting.",
            report::percent(result.unmet_demand)
        )
    } else {
        String::new()
    };
    let moved = result.countries.first().filter(|d| {
        d.change.look_through.is_some_and(|c| c.abs() > 1e-9) || d.own_change.abs() > 1e-9
    });
    let Some(first) = moved else {
        const VISIBLE: f64 = 1e-6;
        let adapted = |d: &&CountryDiff| d.change.at_risk_adapted.map_or(0.0, f64::abs);
        let most = result
            .countries
            .iter()
            .max_by(|a, b| adapted(a).total_cmp(&adapted(b)))
            .filter(|d| adapted(d) > VISIBLE);
        if let Some(most) = most {
            let share = |v: Option<f64>| report::percent(v.unwrap_or(0.0));
            return format!(
                "{product}, {}: what is lost with {} once buyers have rerouted goes from {} to {}.{unmet}",
                result.scenario,
                most.country,
                share(most.before.at_risk_adapted),
                share(most.after.at_risk_adapted),
            );
        }
        return format!(
            "{product}, {}: no country's exposure changes.{unmet}",
            result.scenario
        );
    };
    let share = |v: Option<f64>| v.map_or_else(|| "–".to_owned(), report::percent);
    const VISIBLE: f64 = 0.000_5;
    let visible = |v: Option<f64>| v.is_some_and(|c| c.abs() >= VISIBLE);
    if !visible(first.change.look_through) && !visible(Some(first.own_change)) {
        let largest = result.shares.first().map_or_else(String::new, |s| {
            let (before, after) = (report::percent(s.before), report::percent(s.after));
            format!(
                "; the largest change is {}'s share of {}, from {before} to {after}",
                s.country, s.commodity
            )
        });
        return format!(
            "{product}, {}: exposure to every country stays within a tenth of a point{largest}.{unmet}",
            result.scenario
        );
    }
    format!(
        "{product}, {}: {} goes from {} to {} look-through, and from {} to {} at risk by its worst step.{unmet}",
        result.scenario,
        first.country,
        share(first.before.look_through),
        share(first.after.look_through),
        share(first.before.worst_step),
        share(first.after.worst_step),
    )
}
