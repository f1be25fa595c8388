//! `oretrace render`

use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use oretrace::graph::SupplyGraph;
use oretrace::render::{
    Collapse, ColourBy, Focus, NodesLinks, Picture, PictureOptions, dot, graphml, mermaid,
    network_svg, pdf, picture, png,
};
use oretrace::report;

use crate::cli::args::{AnalysisArgs, BasisArg, Format, NetworkArgs, Weights, count};
use crate::cli::commands::charts::Asked;
use crate::cli::commands::exposure::parse_limit;
use crate::cli::failure::{Failure, OK};
use crate::cli::graphviz;
use crate::cli::output::{print_bytes, write_file};
use crate::cli::session::Session;

/// Draws a product's supply graph: SVG, PNG, PDF, DOT, Mermaid, GraphML or JSON.
///
/// Stages stand side by side from the ground up, flows run from supplier to buyer, and the picture says how much of the graph
/// it leaves out.
#[derive(Debug, Args)]
pub(crate) struct RenderArgs {
    /// Any commodity; `PRODUCT@COUNTRY` for one made there; or a site.
    product: String,

    /// Write to this file; its extension says in which form [default: stdout].
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Form of the picture [default: by the extension of the file, else dot].
    #[arg(long = "as", value_enum, value_name = "FORM")]
    form: Option<Form>,

    /// What lays out SVG, PNG and PDF.
    #[arg(long, value_enum, default_value_t)]
    engine: Engine,

    /// Which picture.
    #[arg(long, value_enum, default_value_t)]
    chart: Chart,

    /// Deepest tier drawn.
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = count)]
    depth: Option<usize>,

    /// Leave out sites that carry less than this part of the product's value, or of the value in focus [default: 1%].
    #[arg(long, value_name = "SHARE", allow_hyphen_values = true)]
    prune: Option<String>,

    /// What colours mean.
    #[arg(long, value_enum, default_value_t)]
    colour: Colour,

    /// Draw all sites of a stage in one country, of a stage, or of a company, as one.
    #[arg(long, value_enum, value_name = "WHAT")]
    collapse: Option<CollapseArg>,

    /// Only what lies on routes through this site, commodity, country or group.
    #[arg(long, value_name = "SITE|COMMODITY|COUNTRY")]
    focus: Option<String>,

    #[command(flatten)]
    network: NetworkArgs,

    /// Apply a scenario first: a file, or the name of a built-in one.
    #[arg(long, value_name = "SCENARIO")]
    scenario: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Form {
    /// For browsers and documents.
    Svg,
    /// Pixels.
    Png,
    /// For print.
    Pdf,
    /// For Graphviz.
    Dot,
    /// For Markdown that draws it.
    Mermaid,
    /// For Gephi, yEd, Cytoscape, networkx.
    Graphml,
    /// Nodes and links.
    Json,
}

impl Form {
    fn of_file(path: &Path) -> Option<Self> {
        let extension = path.extension()?.to_str()?.to_lowercase();
        Some(match &*extension {
            "svg" => Self::Svg,
            "png" => Self::Png,
            "pdf" => Self::Pdf,
            "dot" | "gv" => Self::Dot,
            "mmd" | "mermaid" => Self::Mermaid,
            "graphml" => Self::Graphml,
            "json" => Self::Json,
            _ => return None,
        })
    }
}

/// Which picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Chart {
    /// Sites and flows.
    #[default]
    Network,
    /// Flows of value by stage and country.
    Sankey,
    /// Exposure by depth.
    Tiers,
    /// Who makes each material.
    Shares,
    /// The world by look-through share.
    Map,
    /// The world by what is at risk.
    RiskMap,
    /// Countries by stage.
    Heat,
    /// What the scenario changes.
    BeforeAfter,
}

/// What lays out a picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Engine {
    /// Graphviz where it is installed, else the layout built in.
    #[default]
    Auto,
    /// Graphviz.
    Graphviz,
    /// The layout built in.
    BuiltIn,
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
    /// How much more or less passes through it than without the scenario.
    Change,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum CollapseArg {
    /// All sites of a stage in one country.
    Country,
    /// All sites of a stage.
    Stage,
    /// All sites that a company runs at one stage.
    Company,
}

pub(crate) fn render(args: &RenderArgs) -> Result<u8, Failure> {
    let form = form(args)?;
    let prune = parse_limit(args.prune.as_deref().unwrap_or("1%"))?;
    if args.colour == Colour::Change && args.scenario.is_none() {
        return Err(Failure::usage(
            "colours by change need something that changes",
            Some(
                "add `--scenario SCENARIO`; `oretrace list scenarios` shows the built-in ones"
                    .to_owned(),
            ),
        ));
    }
    let open = |scenario: Option<String>| {
        Session::open(&AnalysisArgs {
            network: args.network.clone(),
            scenario,
            weights: Weights::Auto,
            basis: BasisArg::Any,
            format: Format::Table,
        })
    };
    let session = open(args.scenario.clone())?;
    let graph = session.graph(&session.product(&args.product)?)?;
    let options = PictureOptions {
        depth: args.depth,
        prune,
        colour_by: match args.colour {
            Colour::Country => ColourBy::Country,
            Colour::Risk => ColourBy::Risk,
            Colour::Stage => ColourBy::Stage,
            Colour::Change => ColourBy::Change,
        },
        collapse: match args.collapse {
            None => Collapse::Nothing,
            Some(CollapseArg::Country) => Collapse::Country,
            Some(CollapseArg::Stage) => Collapse::Stage,
            Some(CollapseArg::Company) => Collapse::Company,
        },
        focus: args
            .focus
            .as_deref()
            .map(|word| focus(&session, &graph, word))
            .transpose()?,
    };
    let title = match &session.scenario {
        Some(scenario) => format!("{}, scenario {scenario}", args.product),
        None => args.product.clone(),
    };
    if args.chart != Chart::Network {
        if args.chart == Chart::Sankey && form == Form::Json {
            let all = PictureOptions {
                prune: 0.0,
                collapse: Collapse::Country,
                ..PictureOptions::default()
            };
            let bytes = as_json(args, &session, &picture(&graph, None, &title, &all))?;
            return deliver(args, &bytes);
        }
        let baseline = if args.chart == Chart::BeforeAfter {
            Some(open(None)?)
        } else {
            None
        };
        let asked = Asked {
            word: &args.product,
            title: &title,
            session: &session,
            graph: &graph,
            baseline: baseline.as_ref(),
        };
        return deliver(args, &in_form(&asked.svg(args.chart)?, form)?);
    }
    let before = if args.colour == Colour::Change {
        Some(open(None)?)
    } else {
        None
    };
    let baseline = before
        .as_ref()
        .map(|b| b.graph(&b.product(&args.product)?))
        .transpose()?;
    let picture = picture(&graph, baseline.as_ref(), &title, &options);
    let bytes = match form {
        Form::Svg | Form::Png | Form::Pdf => drawn(&picture, form, args.engine)?,
        Form::Dot => dot(&picture).into_bytes(),
        Form::Mermaid => mermaid(&picture).into_bytes(),
        Form::Graphml => graphml(&picture).into_bytes(),
        Form::Json => as_json(args, &session, &picture)?,
    };
    deliver(args, &bytes)
}

fn as_json(args: &RenderArgs, session: &Session, picture: &Picture) -> Result<Vec<u8>, Failure> {
    let notes = vec![picture.left_out.clone()];
    let envelope = session.envelope("render", Some(&args.product), notes);
    let text = report::json(&envelope, &NodesLinks::of(picture)).map_err(std::io::Error::other)?;
    Ok(text.into_bytes())
}

fn deliver(args: &RenderArgs, bytes: &[u8]) -> Result<u8, Failure> {
    match &args.output {
        Some(path) => write_file(path, bytes)?,
        None => print_bytes(bytes)?,
    }
    Ok(OK)
}

fn form(args: &RenderArgs) -> Result<Form, Failure> {
    let form = match (args.form, &args.output) {
        (Some(form), _) => form,
        (None, None) => Form::Dot,
        (None, Some(path)) => Form::of_file(path).ok_or_else(|| {
            Failure::usage(
                format!("the name of `{}` does not say what to write", path.display()),
                Some("end it in .svg, .png, .pdf, .dot, .gv, .mmd, .graphml or .json, or say `--as FORM`".to_owned()),
            )
        })?,
    };
    let charted = matches!(form, Form::Svg | Form::Png | Form::Pdf);
    let has_data = args.chart == Chart::Sankey && form == Form::Json;
    if args.chart != Chart::Network && !charted && !has_data {
        return Err(Failure::usage(
            "charts are drawn as SVG, PNG or PDF",
            Some("`-o chart.svg`, or `--as svg`; `exposure`, `tiers`, `share` and `diff` give their figures as JSON".to_owned()),
        ));
    }
    let chosen = args.depth.is_some()
        || args.prune.is_some()
        || args.collapse.is_some()
        || args.focus.is_some();
    if args.chart != Chart::Network && (chosen || args.colour != Colour::Country) {
        return Err(Failure::usage(
            "`--depth`, `--prune`, `--colour`, `--collapse` and `--focus` are for the network",
            Some("charts count all sites; leave these out, or leave out `--chart`".to_owned()),
        ));
    }
    if args.chart == Chart::BeforeAfter && args.scenario.is_none() {
        return Err(Failure::usage(
            "before and after need something that changes",
            Some(
                "add `--scenario SCENARIO`; `oretrace list scenarios` shows the built-in ones"
                    .to_owned(),
            ),
        ));
    }
    let is_binary = matches!(form, Form::Png | Form::Pdf);
    if is_binary && args.output.is_none() && std::io::stdout().is_terminal() {
        return Err(Failure::usage(
            "a terminal shows no pictures",
            Some("write to a file with `-o FILE`".to_owned()),
        ));
    }
    Ok(form)
}

/// What a word after `--focus` means: a commodity of the graph, a site of it, else a country or group.
fn focus(session: &Session, graph: &SupplyGraph<'_>, word: &str) -> Result<Focus, Failure> {
    let network = graph.network();
    if let Some(commodity) = network.find_commodity(word) {
        let focus = Focus::commodity(graph, commodity);
        return non_empty(focus, word);
    }
    let site = Focus::site(graph, word);
    if !site.is_empty() {
        return Ok(site);
    }
    if network.find_site(word).is_some() {
        return non_empty(site, word);
    }
    let (label, countries) = session.countries(word).map_err(|_| {
        Failure::usage(
            format!("no site, commodity, country or group is called `{word}`"),
            Some("`oretrace list commodities` shows the commodities".to_owned()),
        )
    })?;
    non_empty(Focus::countries(graph, &label, countries), word)
}

fn non_empty(focus: Focus, word: &str) -> Result<Focus, Failure> {
    if focus.is_empty() {
        return Err(Failure::usage(
            format!("`{word}` has no part in the product"),
            Some("`oretrace share PRODUCT` lists what is in it".to_owned()),
        ));
    }
    Ok(focus)
}

/// Most flows that Graphviz is asked to lay out unbidden: it takes 4 s for 2,700 of them, 12 s for 4,500, and minutes for more.
const MOST_FLOWS: usize = 3_000;

/// Lays a picture out and says which engine did.
fn drawn(picture: &Picture, form: Form, engine: Engine) -> Result<Vec<u8>, Failure> {
    let word = match form {
        Form::Png => "png",
        Form::Pdf => "pdf",
        _ => "svg",
    };
    if engine != Engine::BuiltIn {
        let flows = picture.flows.len();
        let by_graphviz = match graphviz::version() {
            _ if flows > MOST_FLOWS && engine == Engine::Auto => {
                Err(format!("{flows} flows are many for Graphviz"))
            }
            Some(version) => graphviz::draw(&dot(picture), word).map(|bytes| (bytes, version)),
            None => Err("Graphviz is not installed".to_owned()),
        };
        match by_graphviz {
            Ok((bytes, version)) => {
                say(&format!("laid out by Graphviz {version}"));
                return Ok(bytes);
            }
            Err(why) if engine == Engine::Graphviz => {
                return Err(Failure::usage(
                    why,
                    Some("install Graphviz, or leave out `--engine graphviz`".to_owned()),
                ));
            }
            Err(why) => say(&format!("{why}: laid out by oretrace itself")),
        }
    }
    in_form(&network_svg(picture), form)
}

/// Turns SVG into one of the forms that are drawn.
fn in_form(svg: &str, form: Form) -> Result<Vec<u8>, Failure> {
    let as_failure = |e: oretrace::render::PictureError| Failure::usage(e.to_string(), None);
    match form {
        Form::Png => png(svg).map_err(as_failure),
        Form::Pdf => pdf(svg).map_err(as_failure),
        _ => Ok(svg.as_bytes().to_vec()),
    }
}

fn say(words: &str) {
    let _ = writeln!(std::io::stderr(), "{words}");
}
