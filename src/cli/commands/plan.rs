//! `oretrace plan`

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use oretrace::analysis::{self, Costs, PlanQuery, Reroute, Rules};
use oretrace::model::Country;
use oretrace::report;
use oretrace::scenario;
use serde::Serialize;

use crate::cli::args::{AnalysisArgs, PriorityArg, count};
use crate::cli::commands::exposure::parse_limit;
use crate::cli::failure::{Failure, OK};
use crate::cli::output::{self, Answer};
use crate::cli::session::Session;

/// What new capacity is weighed by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum CostsArg {
    /// Build costs where everything that may be built has one, else value of output.
    #[default]
    Auto,
    /// Build costs; what has none cannot be built.
    Build,
    /// Value of a year's output; what has no price cannot be built.
    Value,
}

/// What to build, and where, so that a product no longer hangs on a country: the least new capacity by cost.
///
/// Buyers reroute to anyone who makes what they need, within today's capacities and the new ones. Mines are expanded only
/// where there is ore, by-products only where their host is made.
#[derive(Debug, Args)]
pub(crate) struct PlanArgs {
    /// Any commodity; `PRODUCT@COUNTRY` for one made there; or a site.
    product: String,

    /// Country or group that is gone; may be repeated or separated by commas.
    #[arg(
        long,
        value_name = "COUNTRY|GROUP",
        required = true,
        value_delimiter = ','
    )]
    without: Vec<String>,

    /// The part of the product's present output that must still be made.
    #[arg(
        long,
        value_name = "SHARE",
        allow_hyphen_values = true,
        default_value = "80%"
    )]
    keep: String,

    /// Build in these countries or groups only [default: where a commodity is made already, or could be].
    #[arg(long = "in", value_name = "COUNTRY|GROUP", value_delimiter = ',')]
    within: Vec<String>,

    /// The same for one group; not beside `--in`, which takes groups too.
    #[arg(long, value_name = "GROUP", conflicts_with = "within")]
    group: Option<String>,

    /// Most of the product's supply of a commodity that one country may have, where two or more could make it.
    #[arg(long, value_name = "SHARE", allow_hyphen_values = true)]
    max_share: Option<String>,

    /// Most of a country's power that new sites may use; more has to be built.
    #[arg(
        long,
        value_name = "SHARE",
        allow_hyphen_values = true,
        default_value = "5%"
    )]
    grid_share: String,

    /// Years that a reserve has to last at the capacity of its mines.
    #[arg(
        long,
        value_name = "YEARS",
        allow_negative_numbers = true,
        default_value_t = 20.0
    )]
    life: f64,

    /// What new capacity is weighed by.
    #[arg(long, value_enum, default_value_t)]
    costs: CostsArg,

    /// Who is served first when supply is short.
    #[arg(long, value_enum, default_value_t)]
    priority: PriorityArg,

    /// Write the plan to this file, as a scenario that `diff` can check.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Rows shown in tables.
    #[arg(
        long,
        default_value_t = 30,
        value_name = "N",
        allow_negative_numbers = true,
        value_parser = count
    )]
    top: usize,

    #[command(flatten)]
    analysis: AnalysisArgs,
}

#[derive(Serialize)]
struct Output<'a> {
    #[serde(flatten)]
    plan: &'a analysis::Plan,
    scenario_file: &'a str,
}

pub(crate) fn plan(args: &PlanArgs) -> Result<u8, Failure> {
    let session = Session::open(&args.analysis)?;
    let query = query(args, &session)?;
    let roots = session.product(&args.product)?;
    let graph = session.graph(&roots)?;
    let rules = Rules {
        reroute: Reroute::Market,
        priority: args.priority.rules(),
    };
    let name = scenario_name(args);
    let mut checked = scenario::plan(&session.network, &graph, &roots, rules, &query, &name)?;
    let file = scenario::plan_file(&session.network, &checked);
    if let Some(path) = &args.output {
        if checked.plan.cost.is_none() {
            return Err(Failure::usage(
                format!(
                    "`{}` is not written: there is no plan to write",
                    path.display()
                ),
                Some(report::plan_headline(
                    &session.called(&args.product),
                    &checked.plan,
                )),
            ));
        }
        output::write_file(path, file.as_bytes())?;
    }
    let plan = &mut checked.plan;
    let product = session.called(&args.product);
    let mut notes = std::mem::take(&mut plan.notes);
    notes.extend(absent(args, &session, plan)?);
    notes.extend(gone_of_groups(&query));
    notes.extend(analysis::grounds(&graph));
    Answer {
        envelope: session.envelope("plan", Some(&product), notes),
        result: &Output {
            plan,
            scenario_file: &file,
        },
        headline: report::plan_headline(&session.called(&args.product), plan),
        tables: report::plan_tables(plan, session.rows(args.top)),
        minor_notes: 0,
    }
    .write(session.format)?;
    Ok(OK)
}

fn query(args: &PlanArgs, session: &Session) -> Result<PlanQuery, Failure> {
    if !(args.life.is_finite() && args.life > 0.0) {
        return Err(Failure::usage(
            format!("a reserve cannot last {} years", args.life),
            Some("give `--life` a number of years above 0".to_owned()),
        ));
    }
    let without = session.all_countries(&args.without)?;
    Ok(PlanQuery {
        keep: parse_limit(&args.keep)?,
        within: within(args, session, &without)?,
        without,
        max_share: args.max_share.as_deref().map(parse_limit).transpose()?,
        grid_share: parse_limit(&args.grid_share)?,
        life: args.life,
        costs: match args.costs {
            CostsArg::Auto => Costs::Auto,
            CostsArg::Build => Costs::Build,
            CostsArg::Value => Costs::Value,
        },
    })
}

/// Where to build, if that is said. A country that is gone cannot be asked for; a group has its other members left.
fn within(
    args: &PlanArgs,
    session: &Session,
    without: &[Country],
) -> Result<Option<Vec<Country>>, Failure> {
    let words: Vec<String> = args.within.iter().chain(&args.group).cloned().collect();
    if words.is_empty() {
        return Ok(None);
    }
    let within = session.all_countries(&words)?;
    if within.iter().all(|c| without.contains(c)) {
        let gone: Vec<&str> = within.iter().map(|c| c.code()).collect();
        return Err(Failure::usage(
            format!(
                "nowhere is left to build: all that is asked for ({}) is gone by `--without`",
                gone.join(", ")
            ),
            Some("name countries with `--in` that are left, or leave it out".to_owned()),
        ));
    }
    for word in &words {
        let (label, countries) = session.countries(word)?;
        if countries.iter().all(|c| without.contains(c)) {
            return Err(Failure::usage(
                format!(
                    "nothing can be built in {}, which is gone by `--without`",
                    report::country_name(&label)
                ),
                Some("leave it out of `--in`".to_owned()),
            ));
        }
    }
    Ok(Some(within))
}

/// Says which members of a group are not built in since they are gone.
fn gone_of_groups(query: &PlanQuery) -> Option<String> {
    let within = query.within.iter().flatten();
    let gone: Vec<String> = within
        .filter(|c| query.without.contains(c))
        .map(|c| report::country_name(c.code()))
        .collect();
    (!gone.is_empty()).then(|| {
        format!(
            "nothing is built in {}, gone by `--without`",
            gone.join(", ")
        )
    })
}

/// Says what of that which is gone has no known part in the product, unless all of it has none.
fn absent(
    args: &PlanArgs,
    session: &Session,
    plan: &analysis::Plan,
) -> Result<Option<String>, Failure> {
    if plan.absent.len() == plan.without.len() {
        return Ok(None);
    }
    let mut absent = Vec::new();
    for word in &args.without {
        let (label, countries) = session.countries(word)?;
        if countries
            .iter()
            .all(|c| plan.absent.iter().any(|a| a == c.code()))
        {
            absent.push(report::country_name(&label));
        }
    }
    let product = session.called(&args.product);
    Ok((!absent.is_empty())
        .then(|| format!("{} has no known part in {product}", absent.join(" and "))))
}

/// A name for the scenario that says what it is for.
fn scenario_name(args: &PlanArgs) -> String {
    let plain = |word: &str| -> String {
        let keep = |c: char| {
            if c.is_ascii_alphanumeric() {
                c.to_ascii_lowercase()
            } else {
                '-'
            }
        };
        word.chars().map(keep).collect()
    };
    format!(
        "{}-without-{}",
        plain(&args.product),
        plain(&args.without.join("-"))
    )
}
