//! `oretrace share`

use clap::{Args, ValueEnum};
use oretrace::analysis::{self, BandVintage};
use oretrace::report;
use serde::Serialize;

use crate::cli::args::{AnalysisArgs, Format, count};
use crate::cli::failure::{Failure, OK};
use crate::cli::output::Answer;
use crate::cli::session::Session;

/// Who makes each material in a product, stage by stage.
///
/// Shares are of all that the product requires of the commodity, in physical amounts.
#[derive(Debug, Args)]
pub(crate) struct ShareArgs {
    /// Any commodity; `PRODUCT@COUNTRY` for one made there; or a site.
    product: String,

    /// The production shares of the commodity itself in the world, instead of those in a product.
    #[arg(long)]
    world: bool,

    /// Only this commodity; may be repeated.
    #[arg(long, value_name = "COMMODITY")]
    commodity: Vec<String>,

    /// Only commodities of this stage; may be repeated.
    #[arg(long, value_name = "STAGE")]
    stage: Vec<String>,

    /// Edition of the merger guidelines whose thresholds name the bands.
    #[arg(long, value_enum, default_value_t)]
    bands: Bands,

    /// Countries shown for each commodity in tables.
    #[arg(
        long,
        default_value_t = 4,
        value_name = "N",
        allow_negative_numbers = true,
        value_parser = count
    )]
    top: usize,

    #[command(flatten)]
    analysis: AnalysisArgs,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Bands {
    /// 1500 and 2500.
    #[value(name = "2010")]
    Doj2010,
    /// 1000 and 1800.
    #[default]
    #[value(name = "2023")]
    Doj2023,
}

impl Bands {
    /// The thresholds, and the edition as output names it.
    pub(crate) fn vintage(self) -> (BandVintage, &'static str) {
        match self {
            Self::Doj2010 => (BandVintage::Doj2010, "DOJ/FTC 2010"),
            Self::Doj2023 => (BandVintage::Doj2023, "DOJ/FTC 2023"),
        }
    }
}

#[derive(Serialize)]
struct Output<'a> {
    bands: &'static str,
    commodities: &'a [analysis::CommodityShare],
}

pub(crate) fn share(args: &ShareArgs) -> Result<u8, Failure> {
    let session = Session::open(&args.analysis)?;
    let (vintage, bands) = args.bands.vintage();
    let mut notes = Vec::new();
    let mut shares = if args.world {
        let ix = session.commodity(&args.product)?;
        notes.extend(session.network.commodity(ix).notes.iter().cloned());
        vec![analysis::world_share(&session.network, ix, vintage)]
    } else {
        let graph = session.graph(&session.product(&args.product)?)?;
        notes.extend(graph.notes().iter().cloned());
        analysis::country_shares(&graph, vintage)
    };
    for word in &args.commodity {
        session.commodity(word.strip_prefix("scrap:").unwrap_or(word))?;
    }
    for word in &args.stage {
        if oretrace::model::Stage::parse(word).is_none() {
            let words: Vec<&str> = oretrace::model::Stage::ALL
                .iter()
                .map(|s| s.word())
                .collect();
            return Err(Failure::usage(
                format!("`{word}` is no stage"),
                Some(format!("it is one of: {}", words.join(", "))),
            ));
        }
    }
    shares.retain(|s| args.commodity.is_empty() || args.commodity.contains(&s.commodity));
    shares.retain(|s| args.stage.is_empty() || args.stage.iter().any(|w| w == s.stage));
    if shares.iter().any(|s| s.basis == Some("maker")) {
        notes.insert(
            0,
            "rows marked (makers) count sales or capacity by the makers' nationality, not location"
                .to_owned(),
        );
    }
    let one_maker = |s: &analysis::CommodityShare| {
        let id = s.commodity.strip_prefix("scrap:").unwrap_or(&s.commodity);
        let commodity = session.network.find_commodity(id);
        let table = commodity.and_then(|ix| session.network.commodity(ix).production.as_ref());
        s.hhi.is_none() && table.is_some_and(|t| t.lower_bound)
    };
    if shares.iter().any(one_maker) {
        notes.push("no HHI where the source names only one maker of a country".to_owned());
    }
    let headline = headline(&session.called(&args.product), args.world, &shares);
    Answer {
        envelope: session.envelope("share", Some(&args.product), notes),
        result: &Output {
            bands,
            commodities: &shares,
        },
        headline,
        tables: match session.format {
            Format::Csv => report::share_records(&shares),
            _ => report::share_tables(&shares, args.top),
        },
        minor_notes: 0,
    }
    .write(session.format)?;
    Ok(OK)
}

fn headline(product: &str, world: bool, shares: &[analysis::CommodityShare]) -> String {
    if world {
        let Some(share) = shares.first() else {
            return String::new();
        };
        return match share.countries.first() {
            Some(first) => format!(
                "{product}: {} makes {} of the world's.",
                first.country,
                report::percent(first.share)
            ),
            None => format!("{product}: no site is known."),
        };
    }
    let named = |s: &&analysis::CommodityShare| s.hhi.is_some() && s.tiers.iter().any(|t| *t > 0);
    let worst = shares
        .iter()
        .filter(named)
        .max_by(|a, b| a.top1.unwrap_or(0.0).total_cmp(&b.top1.unwrap_or(0.0)));
    worst.map_or_else(String::new, |s| {
        let first = s
            .countries
            .iter()
            .find(|c| c.country != "ROW" && c.country != "unknown");
        let country = first.map_or("?", |c| c.country.as_str());
        format!(
            "{product}: {} commodities; the most concentrated is {} ({country} {}).",
            shares.len(),
            s.commodity,
            report::percent(s.top1.unwrap_or(0.0))
        )
    })
}
