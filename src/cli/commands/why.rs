//! `oretrace why`

use clap::Args;
use oretrace::analysis::{self, Target};
use oretrace::diag::suggest;
use oretrace::graph::{ProcessIx, SupplyGraph};
use oretrace::report;

use crate::cli::args::{AnalysisArgs, count};
use crate::cli::failure::{Failure, OK};
use crate::cli::output::Answer;
use crate::cli::session::Session;

/// Why a look-through share is what it is: the routes from the product up to a country, group, site or commodity.
///
/// Each route ends where it first meets the target, so that the weights shown and the remainder sum to the share. A route
/// that leaves a country and comes back to it is marked as a round trip.
#[derive(Debug, Args)]
pub(crate) struct WhyArgs {
    /// Any commodity; `PRODUCT@COUNTRY` for one made there; or a site.
    product: String,

    /// Country, group, site, commodity, or `COMMODITY@COUNTRY`.
    target: String,

    /// Most routes shown.
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

pub(crate) fn why(args: &WhyArgs) -> Result<u8, Failure> {
    let session = Session::open(&args.analysis)?;
    let graph = session.graph(&session.product(&args.product)?)?;
    let target = target(&session, &graph, &args.target)?;
    let result = analysis::why(&graph, &target, args.top);
    let mut notes = Vec::new();
    if target.is_empty() {
        let name = report::country_name(&target.label);
        notes.push(format!(
            "{name} has no part in {}",
            session.called(&args.product)
        ));
    }
    notes.extend(analysis::grounds(&graph));
    Answer {
        envelope: session.envelope("why", Some(&args.product), notes),
        result: &result,
        headline: String::new(),
        tables: report::why_tables(&result),
        minor_notes: 0,
    }
    .write(session.format)?;
    Ok(OK)
}

/// The processes that a word means.
fn target(session: &Session, graph: &SupplyGraph<'_>, word: &str) -> Result<Target, Failure> {
    let of = |fits: &dyn Fn(ProcessIx) -> bool| {
        let members: Vec<ProcessIx> = graph
            .indexed()
            .map(|(p, _)| p)
            .filter(|p| fits(*p))
            .collect();
        Target::processes(graph, word, &members)
    };
    if let Ok((label, list)) = session.countries(word) {
        return Ok(Target::countries(graph, label, list));
    }
    if let Some(commodity) = session.network.find_commodity(word) {
        return Ok(of(&|p| {
            graph.process(p).commodity == commodity && graph.process(p).kind.is_maker()
        }));
    }
    let by_id = of(&|p| graph.id(p) == word || graph.site(p).is_some_and(|s| &**s.plant() == word));
    if !by_id.is_empty() || session.network.find_site(word).is_some() {
        return Ok(by_id);
    }
    if let Some((id, place)) = word.rsplit_once('@')
        && let Some(commodity) = session.network.find_commodity(id)
    {
        let (place, list) = session.countries(place)?;
        let mut target = of(&|p| {
            let process = graph.process(p);
            process.commodity == commodity
                && process.place.country().is_some_and(|c| list.contains(&c))
        });
        target.label = format!("{id}@{place}");
        return Ok(target);
    }
    let commodities = session.network.commodities().iter().map(|c| &*c.id);
    let spellings = oretrace::model::Country::spellings();
    let help = suggest(word, commodities.chain(spellings)).map(|w| format!("did you mean `{w}`?"));
    Err(Failure::usage(
        format!("no country, group, site or commodity is called `{word}`"),
        help.or_else(|| Some("`oretrace share PRODUCT` shows what is in a product".to_owned())),
    ))
}
