//! `oretrace exposure --by company|control|matrix`

use oretrace::analysis::{self, OwnersBy};
use oretrace::report;
use serde::Serialize;

use crate::cli::commands::exposure::{ExposureArgs, exit_code};
use crate::cli::failure::Failure;
use crate::cli::output::Answer;
use crate::cli::session::Session;

#[derive(Serialize)]
struct Output<'a> {
    by: OwnersBy,
    owners: &'a [analysis::OwnerExposure],
    unattributed: &'a analysis::OwnerExposure,
    shares: &'a [analysis::ControlShare],
    unmet_demand: f64,
}

/// Answers by owner in place of by country.
pub(crate) fn owners(args: &ExposureArgs, by: OwnersBy, limit: Option<f64>) -> Result<u8, Failure> {
    if !args.country.is_empty() {
        return Err(Failure::usage(
            "`--country` picks countries by location, and rows are owners here".to_owned(),
            Some("leave out `--country`, or `--by`".to_owned()),
        ));
    }
    let session = Session::open(&args.analysis)?;
    let graph = session.graph(&session.product(&args.product)?)?;
    let result = analysis::owners(&graph, by, args.reroute.rules());
    let mut notes = Vec::new();
    if result.owners.iter().all(|r| r.at_risk.is_none()) {
        notes.push(match by {
            OwnersBy::Company => "no site in this product has an owner with a majority".to_owned(),
            OwnersBy::Control | OwnersBy::Matrix => {
                "no site in this product has an owner with a majority whose home is known"
                    .to_owned()
            }
        });
    }
    notes.extend(result.notes.iter().cloned());
    notes.extend(analysis::grounds(&graph));
    notes.extend(graph.notes().iter().cloned());
    Answer {
        envelope: session.envelope("exposure", Some(&args.product), notes),
        result: &Output {
            by,
            owners: &result.owners,
            unattributed: &result.unattributed,
            shares: &result.shares,
            unmet_demand: result.unmet_demand,
        },
        headline: report::owners_headline(&session.called(&args.product), &result),
        tables: report::owner_tables(&result, session.rows(args.top)),
        minor_notes: graph.notes().len(),
    }
    .write(session.format)?;
    let steps = result.owners.iter().filter_map(|r| r.bottleneck.as_ref());
    let worst = steps.map(|b| b.at_risk).fold(0.0, f64::max);
    Ok(exit_code(worst, limit))
}
