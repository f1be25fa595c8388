//! `oretrace list`

use clap::{Args, ValueEnum};
use oretrace::load;
use oretrace::model::{Commodity, Stage};
use oretrace::report::{Cell, Envelope, Table};
use serde::Serialize;

use crate::cli::args::{Format, NetworkArgs};
use crate::cli::failure::{Failure, OK};
use crate::cli::output::Answer;
use crate::cli::session::load_network;

/// What there is to ask about.
#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// What to list.
    #[arg(value_enum, default_value_t)]
    what: What,

    #[command(flatten)]
    network: NetworkArgs,

    /// Output format.
    #[arg(short, long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum What {
    /// Final products.
    #[default]
    Products,
    /// Everything that flows.
    Commodities,
    /// Scenarios that come with the program.
    Scenarios,
    /// Named lists of countries.
    Groups,
    /// Documents that figures were read from.
    Sources,
}

#[derive(Serialize)]
struct Listing {
    #[serde(skip_serializing_if = "Option::is_none")]
    commodities: Option<Vec<CommodityLine>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scenarios: Option<Vec<ScenarioLine>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    groups: Option<Vec<GroupLine>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sources: Option<Vec<SourceLine>>,
}

#[derive(Serialize)]
struct CommodityLine {
    commodity: String,
    name: String,
    stage: &'static str,
    unit: String,
    sites: usize,
    inputs: usize,
    source: Option<String>,
}

#[derive(Serialize)]
struct ScenarioLine {
    scenario: String,
    title: String,
}

#[derive(Serialize)]
struct GroupLine {
    group: String,
    countries: Vec<String>,
}

#[derive(Serialize)]
struct SourceLine {
    source: String,
    title: Option<String>,
    publisher: Option<String>,
    year: Option<i32>,
    licence: Option<String>,
    quality: Option<String>,
}

pub(crate) fn list(args: &ListArgs) -> Result<u8, Failure> {
    let mut sources = oretrace::diag::Sources::default();
    let network = load_network(&args.network, &mut sources)?;
    let mut listing = Listing {
        commodities: None,
        scenarios: None,
        groups: None,
        sources: None,
    };
    let table = match args.what {
        What::Products | What::Commodities => {
            let lines = commodities(&network, args.what == What::Products);
            let table = commodity_table(&lines);
            listing.commodities = Some(lines);
            table
        }
        What::Scenarios => {
            let lines: Vec<ScenarioLine> = load::scenarios().iter().map(scenario_line).collect();
            let table = scenario_table(&lines);
            listing.scenarios = Some(lines);
            table
        }
        What::Groups => {
            let lines: Vec<GroupLine> = network
                .groups()
                .iter()
                .map(|(g, c)| GroupLine {
                    group: g.clone(),
                    countries: c.iter().map(|c| c.code().to_owned()).collect(),
                })
                .collect();
            let table = group_table(&lines);
            listing.groups = Some(lines);
            table
        }
        What::Sources => {
            let lines = source_lines(&network);
            let table = source_table(&lines);
            listing.sources = Some(lines);
            table
        }
    };
    let headline = if args.what == What::Products && args.format == Format::Table {
        format!(
            "{} {}; `oretrace list commodities` shows all {} commodities, any of which may be asked about",
            table.rows.len(),
            if table.rows.len() == 1 {
                "product"
            } else {
                "products"
            },
            network.commodities().len()
        )
    } else {
        String::new()
    };
    let envelope = Envelope {
        command: "list".to_owned(),
        ..Envelope::default()
    };
    Answer {
        envelope,
        result: &listing,
        headline,
        tables: vec![table],
        minor_notes: 0,
    }
    .write(args.format)?;
    Ok(OK)
}

fn commodity_table(lines: &[CommodityLine]) -> Table {
    let mut table = Table::new(
        "",
        &[
            ("commodity", "commodity"),
            ("name", "name"),
            ("stage", "stage"),
            ("unit", "unit"),
            ("sites", "sites"),
            ("inputs", "inputs"),
        ],
    );
    for l in lines {
        table.rows.push(vec![
            Cell::Text(l.commodity.clone()),
            Cell::Text(l.name.clone()),
            Cell::Text(l.stage.to_owned()),
            Cell::Text(l.unit.clone()),
            Cell::Count(l.sites),
            Cell::Count(l.inputs),
        ]);
    }
    table
}

fn scenario_table(lines: &[ScenarioLine]) -> Table {
    let mut table = Table::new("", &[("scenario", "scenario"), ("title", "title")]);
    table.rows = lines
        .iter()
        .map(|l| vec![Cell::Text(l.scenario.clone()), Cell::Text(l.title.clone())])
        .collect();
    table
}

fn group_table(lines: &[GroupLine]) -> Table {
    let mut table = Table::new("", &[("group", "group"), ("countries", "countries")]);
    table.rows = lines
        .iter()
        .map(|l| {
            vec![
                Cell::Text(l.group.clone()),
                Cell::Text(l.countries.join(" ")),
            ]
        })
        .collect();
    table
}

fn source_table(lines: &[SourceLine]) -> Table {
    let mut table = Table::new(
        "",
        &[
            ("source", "source"),
            ("title", "title"),
            ("publisher", "publisher"),
            ("year", "year"),
            ("licence", "licence"),
            ("quality", "quality"),
        ],
    );
    for l in lines {
        table.rows.push(vec![
            Cell::Text(l.source.clone()),
            Cell::text(l.title.clone()),
            Cell::text(l.publisher.clone()),
            Cell::text(l.year.map(|y| y.to_string())),
            Cell::text(l.licence.clone()),
            Cell::text(l.quality.clone()),
        ]);
    }
    table
}

/// Whether a commodity is a product: assembled, or what a built-in graph is about.
pub(crate) fn is_product(commodity: &Commodity) -> bool {
    let mut graphs = load::graphs()
        .iter()
        .filter_map(|g| g.name.strip_suffix(".yaml"));
    commodity.stage == Stage::Assembly || graphs.any(|g| g == &*commodity.id)
}

fn commodities(network: &oretrace::model::Network, only_products: bool) -> Vec<CommodityLine> {
    let mut lines = Vec::new();
    for (at, c) in network.commodities().iter().enumerate() {
        if only_products && !is_product(c) {
            continue;
        }
        lines.push(CommodityLine {
            commodity: c.id.to_string(),
            name: c.name.to_string(),
            stage: c.stage.word(),
            unit: c.unit.to_string(),
            sites: network
                .makers(oretrace::model::CommodityIx(at as u32))
                .count(),
            inputs: c.recipes().map(|(_, r)| r.inputs.len()).max().unwrap_or(0),
            source: c
                .production
                .as_ref()
                .and_then(|p| p.provenance.source.as_deref().map(str::to_owned)),
        });
    }
    lines
}

fn scenario_line(file: &load::BuiltIn) -> ScenarioLine {
    let value = |key: &str| {
        let line = file.text.lines().find_map(|l| l.strip_prefix(key));
        line.map(|l| l.trim().trim_matches('"').to_owned())
            .unwrap_or_default()
    };
    ScenarioLine {
        scenario: value("scenario:"),
        title: value("title:"),
    }
}

fn source_lines(network: &oretrace::model::Network) -> Vec<SourceLine> {
    let line = |(id, s): (&String, &oretrace::model::Source)| SourceLine {
        source: id.clone(),
        title: s.title.clone(),
        publisher: s.publisher.clone(),
        year: s.year,
        licence: s.licence.clone(),
        quality: s.quality.clone(),
    };
    network.sources().iter().map(line).collect()
}
