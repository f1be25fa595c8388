//! `oretrace render`

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use oretrace::render::{ColourBy, PictureOptions, dot, picture};

use crate::cli::args::{BasisArg, Format, NetworkArgs, Weights};
use crate::cli::commands::exposure::parse_limit;
use crate::cli::failure::{Failure, OK};
use crate::cli::output::{print, write_file};
use crate::cli::session::Session;

/// Draws a product's supply graph in DOT, for Graphviz: `oretrace render PRODUCT | dot -Tsvg -o picture.svg`.
///
/// Stages are clusters, arrows run from supplier to buyer, and the picture says how much of the graph it leaves out.
#[derive(Debug, Args)]
pub(crate) struct RenderArgs {
    /// Any commodity; `PRODUCT@COUNTRY` for one made there; or a site.
    product: String,

    /// Write to this file instead of stdout.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Deepest tier drawn.
    #[arg(long, value_name = "N")]
    depth: Option<usize>,

    /// Leave out sites that carry less than this part of the product's value.
    #[arg(long, default_value = "1%", value_name = "SHARE")]
    prune: String,

    /// What colours mean.
    #[arg(long, value_enum, default_value_t)]
    colour: Colour,

    #[command(flatten)]
    network: NetworkArgs,

    /// Apply a scenario first: a file, or the name of a built-in one.
    #[arg(long, value_name = "SCENARIO")]
    scenario: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Colour {
    /// Where a site is.
    #[default]
    Country,
    /// The part of the product lost with the site.
    Risk,
    /// What kind of step it is.
    Stage,
}

pub(crate) fn render(args: &RenderArgs) -> Result<u8, Failure> {
    let options = PictureOptions {
        depth: args.depth,
        prune: parse_limit(&args.prune)?,
        colour_by: match args.colour {
            Colour::Country => ColourBy::Country,
            Colour::Risk => ColourBy::Risk,
            Colour::Stage => ColourBy::Stage,
        },
    };
    if let Some(path) = &args.output {
        let extension = path.extension().and_then(|e| e.to_str()).unwrap_or("");
        if !["dot", "gv"].contains(&extension) {
            return Err(Failure::usage(
                format!("`{}` is no DOT file", path.display()),
                Some("write a .dot file, and turn it into a picture with Graphviz: `dot -Tsvg picture.dot -o picture.svg`".to_owned()),
            ));
        }
    }
    let session = Session::open(&crate::cli::args::AnalysisArgs {
        network: args.network.clone(),
        scenario: args.scenario.clone(),
        weights: Weights::Auto,
        basis: BasisArg::Any,
        format: Format::Table,
    })?;
    let graph = session.graph(&session.product(&args.product)?)?;
    let title = match &session.scenario {
        Some(scenario) => format!("{}, scenario {scenario}", args.product),
        None => args.product.clone(),
    };
    let text = dot(&picture(&graph, &title, &options));
    match &args.output {
        Some(path) => write_file(path, text.as_bytes())?,
        None => print(&text)?,
    }
    Ok(OK)
}
