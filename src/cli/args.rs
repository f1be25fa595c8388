//! Arguments as they are typed.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use oretrace::analysis::{Priority, Reroute, Rules};

use super::commands;

/// Traces the supply chains behind refined minerals: how exposed a product is to each country, how deep that is hidden,
/// and which step holds it.
#[derive(Debug, Parser)]
#[command(name = "oretrace", version, about, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    List(commands::list::ListArgs),
    Exposure(commands::exposure::ExposureArgs),
    Tiers(commands::tiers::TiersArgs),
    Share(commands::share::ShareArgs),
    Chokepoints(commands::chokepoints::ChokepointArgs),
    Limits(commands::limits::LimitsArgs),
    Why(commands::why::WhyArgs),
    Criticality(commands::criticality::CriticalityArgs),
    Cascade(commands::cascade::CascadeArgs),
    Diff(commands::diff::DiffArgs),
    Plan(commands::plan::PlanArgs),
    Render(commands::render::RenderArgs),
    Report(commands::report::ReportArgs),
    Open(commands::report::OpenArgs),
    Serve(commands::serve::ServeArgs),
    Check(commands::check::CheckArgs),
}

/// Reads a count, such as of rows.
pub(crate) fn count(word: &str) -> Result<usize, String> {
    word.parse()
        .map_err(|e: std::num::ParseIntError| match e.kind() {
            std::num::IntErrorKind::PosOverflow => format!("it is at most {}", usize::MAX),
            _ => "write a whole number, 0 or more".to_owned(),
        })
}

/// Output formats.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Tables for people.
    #[default]
    Table,
    /// One JSON object.
    Json,
    /// Comma-separated values with full precision.
    Csv,
    /// Tables for documents.
    Markdown,
}

impl Format {
    /// Rows of tables: people see the first, other programs get all.
    pub(crate) fn rows(self, top: usize) -> usize {
        match self {
            Self::Table | Self::Markdown => top,
            Self::Json | Self::Csv => usize::MAX,
        }
    }
}

/// How recipe inputs are weighted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Weights {
    /// Stated weights, else cost shares, else equal.
    #[default]
    Auto,
    /// Cost shares, else equal.
    Value,
    /// Equal.
    Equal,
}

/// Which production tables count as located.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum BasisArg {
    /// Makers' nationality stands in where plants are not known.
    #[default]
    Any,
    /// Tables by makers' nationality are left unlocated.
    Location,
}

/// Options that say which network is asked, shared by all commands.
#[derive(Clone, Debug, Args)]
pub(crate) struct NetworkArgs {
    /// Graph file, or folder of YAML files or tables; may be repeated [default: the built-in pack].
    #[arg(short, long, value_name = "FILE|DIR")]
    pub(crate) graph: Vec<PathBuf>,

    /// Folder that includes may not leave [default: the folder of the file named].
    #[arg(long, value_name = "DIR")]
    pub(crate) root: Option<PathBuf>,
}

/// Options of every analysis.
#[derive(Clone, Debug, Args)]
pub(crate) struct AnalysisArgs {
    #[command(flatten)]
    pub(crate) network: NetworkArgs,

    /// Apply a scenario first: a file, or the name of a built-in one.
    #[arg(long, value_name = "SCENARIO")]
    pub(crate) scenario: Option<String>,

    /// How recipe inputs are weighted.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) weights: Weights,

    /// Whether tables by makers' nationality count as located.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) basis: BasisArg,

    /// Output format.
    #[arg(short, long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

/// Who may step in for a lost supplier.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum RerouteArg {
    /// Any site that makes the commodity.
    #[default]
    Market,
    /// Today's suppliers only, within the limits of their links.
    Links,
}

/// Who is served first when supply is short.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum PriorityArg {
    /// Other users keep their part.
    #[default]
    ProRata,
    /// The product comes before all other users.
    First,
}

impl PriorityArg {
    /// The same in the words of the library.
    pub(crate) fn rules(self) -> Priority {
        match self {
            Self::ProRata => Priority::ProRata,
            Self::First => Priority::First,
        }
    }
}

/// How buyers reroute once something is lost.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct RerouteArgs {
    /// Who may step in for a lost supplier.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) reroute: RerouteArg,

    /// Who is served first when supply is short.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) priority: PriorityArg,
}

impl RerouteArgs {
    /// The same in the words of the library.
    pub(crate) fn rules(self) -> Rules {
        Rules {
            reroute: match self.reroute {
                RerouteArg::Market => Reroute::Market,
                RerouteArg::Links => Reroute::Links,
            },
            priority: self.priority.rules(),
        }
    }
}
