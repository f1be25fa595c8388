//! `oretrace criticality`

use std::path::PathBuf;

use clap::Args;
use oretrace::analysis::criticality::{self, Criticality, Region};
use oretrace::diag::{Severity, Sources};
use oretrace::load;
use oretrace::model::{CommodityIx, IndicatorInputs};
use oretrace::report::{self, Envelope};
use serde::Serialize;

use super::share::Bands;
use crate::cli::args::{AnalysisArgs, count};
use crate::cli::failure::{Failure, OK, draw};
use crate::cli::output::Answer;
use crate::cli::session::Session;

/// The published indicators of criticality of a commodity's own production, side by side.
///
/// HHI and its kin, the supply risk of the EU and of the USGS, GeoPolRisk, and the IEA's N-1. A figure whose inputs are not all
/// known stays empty; where they bound it, the range is shown.
#[derive(Debug, Args)]
pub(crate) struct CriticalityArgs {
    /// Commodities, with all indicators and inputs; without one, an overview of all that have makers.
    commodity: Vec<String>,

    /// Table of inputs (csv) to use instead of the network's figures; `docs/criticality.md` lists its columns.
    #[arg(long, value_name = "FILE")]
    inputs: Option<PathBuf>,

    /// Country or group whose supply is at risk.
    #[arg(long, default_value = "USA", value_name = "COUNTRY|GROUP")]
    into: String,

    /// Edition of the merger guidelines whose thresholds name the bands.
    #[arg(long, value_enum, default_value_t)]
    bands: Bands,

    /// Commodities shown in the overview.
    #[arg(
        long,
        default_value_t = 200,
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
    bands: &'static str,
    into: &'a str,
    commodities: &'a [Criticality],
}

pub(crate) fn criticality(args: &CriticalityArgs) -> Result<u8, Failure> {
    let session = Session::open(&args.analysis)?;
    let (label, members) = session.countries(&args.into)?;
    let region = Region { label, members };
    let inputs = match &args.inputs {
        Some(path) => from_file(path, &args.commodity)?,
        None => from_network(&session, &args.commodity, &region)?,
    };
    let (vintage, bands) = args.bands.vintage();
    let governance = load::built_in_governance();
    let found = criticality::criticality(&inputs, &governance, &region, vintage);
    let mut tables = vec![report::criticality_overview(&found, args.top)];
    if !args.commodity.is_empty() || args.inputs.is_some() {
        tables.extend(report::criticality_details(&found));
    }
    Answer {
        envelope: envelope(&session, args, notes(&session, args, &found)),
        result: &Output {
            bands,
            into: &region.label,
            commodities: &found,
        },
        headline: headline(&found),
        tables,
        minor_notes: 0,
    }
    .write(session.format)?;
    Ok(OK)
}

fn envelope(session: &Session, args: &CriticalityArgs, notes: Vec<String>) -> Envelope {
    let product = match &args.commodity[..] {
        [only] => Some(only.as_str()),
        _ => None,
    };
    session.envelope("criticality", product, notes)
}

fn from_network(
    session: &Session,
    words: &[String],
    region: &Region,
) -> Result<Vec<IndicatorInputs>, Failure> {
    let network = &session.network;
    let mut commodities: Vec<CommodityIx> = if words.is_empty() {
        (0..network.commodities().len() as u32)
            .map(CommodityIx)
            .filter(|ix| network.makers(*ix).next().is_some())
            .collect()
    } else {
        words
            .iter()
            .map(|word| session.commodity(word))
            .collect::<Result<_, _>>()?
    };
    commodities.sort_unstable();
    commodities.dedup();
    Ok(commodities
        .into_iter()
        .map(|ix| criticality::network_inputs(network, ix, &region.members))
        .collect())
}

fn from_file(path: &std::path::Path, words: &[String]) -> Result<Vec<IndicatorInputs>, Failure> {
    let mut sources = Sources::default();
    let file = sources
        .read(path)
        .map_err(|e| Failure::usage(e.to_string(), Some("check the path".to_owned())))?;
    let mut found = load::indicator_inputs(&sources, file).map_err(|diagnostics| {
        draw(&diagnostics, &sources, Severity::Error);
        Failure::Data
    })?;
    for word in words {
        if !found.iter().any(|i| i.commodity == *word) {
            let known = found.iter().map(|i| i.commodity.as_str());
            let help =
                oretrace::diag::suggest(word, known).map(|near| format!("did you mean `{near}`?"));
            return Err(Failure::usage(
                format!("`{}` has no row of `{word}`", path.display()),
                help.or_else(|| Some("check the column `commodity`".to_owned())),
            ));
        }
    }
    found.retain(|i| words.is_empty() || words.contains(&i.commodity));
    Ok(found)
}

fn notes(session: &Session, args: &CriticalityArgs, found: &[Criticality]) -> Vec<String> {
    let mut notes = Vec::new();
    let count = |pick: fn(&Criticality) -> bool| found.iter().filter(|c| pick(c)).count();
    let remainders = count(|c| c.remainder.is_some_and(|r| r > 0.0));
    if remainders > 0 {
        notes.push(format!(
            "{remainders} of {} have a remainder that no country is named for: it counts as split to nothing, HHI is a lower bound, HHI* is not defined",
            found.len()
        ));
    }
    if count(|c| c.eu.supply_risk.value.is_none() && c.hhi.is_some()) > 0 {
        notes.push(
            "EU and USGS figures given as ranges lack inputs that no source here states: each may be anything it can be"
                .to_owned(),
        );
    }
    if count(|c| {
        c.countries
            .iter()
            .all(|row| row.trade_factor.is_none() && row.wgi.is_some())
            && !c.countries.is_empty()
    }) > 0
    {
        notes.push("trade factors that are not stated count as 1, neutral".to_owned());
    }
    if count(|c| c.iea.n1_ratio.is_some()) > 0 {
        notes.push(
            "the N-1 ratio takes the largest supplier's own demand away with its supply; JSON and the details have it against all demand too"
                .to_owned(),
        );
    }
    if args.inputs.is_none() {
        if count(|c| c.hhi.is_none() && !c.countries.is_empty()) > 0 {
            notes.push("no index where the source names only one maker of a country".to_owned());
        }
        if count(|c| {
            c.inputs
                .iter()
                .any(|i| i.source.as_deref().is_some_and(|s| s.contains("makers'")))
        }) > 0
        {
            notes.push(
                "some tables count sales or capacity by the makers' nationality, not location"
                    .to_owned(),
            );
        }
        for item in found.iter().filter(|_| !args.commodity.is_empty()) {
            if let Some(ix) = session.network.find_commodity(&item.commodity) {
                let own = &session.network.commodity(ix).notes;
                notes.extend(own.iter().map(|n| format!("{}: {n}", item.commodity)));
            }
        }
    }
    notes
}

fn headline(found: &[Criticality]) -> String {
    let Some(first) = found.first() else {
        return "no commodity has a maker.".to_owned();
    };
    match (first.hhi, first.iea.largest.as_deref(), first.top1) {
        (Some(hhi), Some(largest), Some(top1)) if found.len() == 1 => format!(
            "{}: HHI {hhi:.0}, {largest} {}.",
            first.commodity,
            report::percent(top1)
        ),
        (Some(hhi), Some(largest), Some(top1)) => format!(
            "{} commodities; the most concentrated is {} (HHI {hhi:.0}, {largest} {}).",
            found.len(),
            first.commodity,
            report::percent(top1)
        ),
        _ => format!("{}: who makes it is not known.", first.commodity),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;
    use oretrace::analysis::BandVintage;
    use oretrace::analysis::criticality::Estimate;
    use oretrace::model::Country;

    fn run(text: &str) -> Vec<Criticality> {
        let mut sources = Sources::default();
        let file = sources.add("inputs.csv", text.to_owned());
        let inputs = load::indicator_inputs(&sources, file).unwrap();
        let region = Region {
            label: "USA".to_owned(),
            members: vec![Country::from_alpha3("USA").unwrap()],
        };
        let governance = load::built_in_governance();
        criticality::criticality(&inputs, &governance, &region, BandVintage::Doj2023)
    }

    fn value(estimate: Estimate) -> f64 {
        estimate.value.unwrap()
    }

    /// T-1 and T-5 of docs/criticality.md, from a table of inputs.
    #[test]
    fn concentration_and_n1() {
        let found = run("commodity,country,production,demand\n\
             a,CHN,0.5,\na,AUS,0.3,\na,CHL,0.2,\n\
             b,CHN,60,50\nb,AUS,25,\nb,CHL,15,\nb,ROW,,40\n");
        let [b, a] = &found[..] else {
            panic!("two commodities, by HHI")
        };
        assert_relative_eq!(a.hhi.unwrap(), 3800.0, epsilon = 1e-9);
        assert_relative_eq!(a.hhi_normalised.unwrap(), 0.07, epsilon = 1e-9);
        assert_relative_eq!(
            a.effective_suppliers.unwrap(),
            2.631_578_947,
            epsilon = 1e-9
        );
        assert!(a.iea.n1_ratio.is_none(), "demand is missing, not zero");
        assert_relative_eq!(b.iea.top3.unwrap(), 1.0, epsilon = 1e-9);
        assert_relative_eq!(b.iea.n1_supply.unwrap(), 40.0, epsilon = 1e-9);
        assert_relative_eq!(b.iea.n1_ratio.unwrap(), 1.0, epsilon = 1e-9);
        assert_relative_eq!(
            b.iea.n1_ratio_all_demand.unwrap(),
            0.444_444_444,
            epsilon = 1e-9
        );
    }

    /// T-2 of docs/criticality.md.
    #[test]
    fn eu_from_a_table() {
        let found = run(
            "commodity,country,sector,production,sourcing,wgi,trade_factor,ir,eol_rir,si_sr,si_ei,end_use,value_added,largest_value_added\n\
             a,CHN,,60,,6,1.1,,,,,,,\n\
             a,NOR,,40,,3,0.8,,,,,,,\n\
             a,TUR,,,1,5,1,,,,,,,\n\
             a,,,,,,,0.8,10%,0.95,0.92,,,200\n\
             a,,C24,,,,,,,,,0.4,50,\n\
             a,,C26,,,,,,,,,0.6,150,\n",
        );
        let eu = &found[0].eu;
        assert_relative_eq!(value(eu.hhi_gs), 2.76, epsilon = 1e-9);
        assert_relative_eq!(value(eu.hhi_eu), 5.0, epsilon = 1e-9);
        assert_relative_eq!(value(eu.supply_risk), 3.508_92, epsilon = 1e-9);
        assert_relative_eq!(eu.supply_risk_rounded.unwrap(), 3.5, epsilon = 1e-9);
        assert_relative_eq!(eu.economic_importance.unwrap(), 5.06, epsilon = 1e-9);
        assert_relative_eq!(eu.economic_importance_rounded.unwrap(), 5.1, epsilon = 1e-9);
        assert_eq!(eu.critical, Some(true));
        // The weights of governance alone leave trade factors out.
        assert_relative_eq!(value(found[0].hhi_wgi), 2.64, epsilon = 1e-9);
    }

    /// T-3 and T-4 of docs/criticality.md.
    #[test]
    fn usgs_and_geopolrisk_from_a_table() {
        let found = run(
            "commodity,country,production,imports,instability,asi,wsi,probability,gdp_change,ev,net_imports,domestic_production,price\n\
             a,CHN,80,,,0.5,0.6,0.10,-500,,,,\n\
             a,RUS,20,,,0.4,0.3,0.02,-3000,,,,\n\
             a,,,,,,,,,0.5,60,20,\n\
             b,CHN,60,30,0.6,,,,,,,,\n\
             b,RUS,40,10,0.2,,,,,,,,\n\
             b,,,,,,,,,,,10,2\n",
        );
        let usgs = &found[0].usgs;
        assert_relative_eq!(value(usgs.disruption_potential), 0.1968, epsilon = 1e-9);
        assert_relative_eq!(usgs.trade_exposure.unwrap(), 0.75, epsilon = 1e-9);
        assert_relative_eq!(value(usgs.supply_risk), 0.419_455_075_6, epsilon = 1e-9);
        assert_relative_eq!(usgs.expected_gdp_change.unwrap(), -110.0, epsilon = 1e-9);
        assert!(
            found[0].geopolrisk.score.is_missing(),
            "imports are not known"
        );
        let geo = &found[1].geopolrisk;
        assert_relative_eq!(value(geo.import_risk), 0.4, epsilon = 1e-9);
        assert_relative_eq!(value(geo.score), 0.208, epsilon = 1e-9);
        assert_relative_eq!(geo.midpoint.unwrap(), 0.416, epsilon = 1e-9);
        assert_relative_eq!(
            geo.characterisation_factor.unwrap(),
            1.016_089_017,
            epsilon = 1e-9
        );
    }

    /// The remainder is in the denominator, never the largest supplier, and bounds the index.
    #[test]
    fn the_remainder_is_no_country() {
        let found = run("commodity,country,production\na,CHN,30\na,AUS,10\na,ROW,60\n");
        let a = &found[0];
        assert_relative_eq!(a.hhi.unwrap(), 1000.0, epsilon = 1e-9);
        assert_relative_eq!(a.hhi_high.unwrap(), 4600.0, epsilon = 1e-9);
        assert!(a.hhi_normalised.is_none());
        assert_eq!(a.iea.largest.as_deref(), Some("CHN"));
        assert_relative_eq!(a.iea.top3.unwrap(), 0.4, epsilon = 1e-9);
        assert_relative_eq!(a.iea.n1_supply.unwrap(), 70.0, epsilon = 1e-9);
        assert_eq!(a.countries.last().unwrap().country, "ROW");
        // A total above the rows leaves the same remainder.
        let same = run("commodity,country,production\na,CHN,30\na,AUS,10\na,,100\n");
        assert_relative_eq!(same[0].hhi.unwrap(), 1000.0, epsilon = 1e-9);
        assert_relative_eq!(same[0].remainder.unwrap(), 0.6, epsilon = 1e-9);
    }

    /// Stages are never averaged: the worse one is marked.
    #[test]
    fn the_worse_stage_is_the_published_one() {
        let found = run("commodity,stage,country,production,wgi,eol_rir,si_sr\n\
             a,mine,AUS,100,2,,\na,mine,,,,0,1\n\
             a,refinery,CHN,100,6,,\na,refinery,,,,0,1\n");
        let marked: Vec<(Option<&str>, Option<bool>)> = found
            .iter()
            .map(|c| (c.stage.as_deref(), c.eu.bottleneck_stage))
            .collect();
        assert_eq!(
            marked,
            [(Some("mine"), Some(false)), (Some("refinery"), Some(true))]
        );
    }

    /// Nothing is computed from nothing.
    #[test]
    fn no_inputs_no_figures() {
        let found = run("commodity,country,production\na,CHN,0\nb,CHN,\n");
        for item in &found {
            assert!(item.hhi.is_none() && item.effective_suppliers.is_none());
            assert!(item.hhi_wgi.is_missing() && item.eu.supply_risk.is_missing());
            assert!(item.geopolrisk.score.is_missing() && item.iea.top3.is_none());
        }
        assert!(found[0].missing.contains(&"eol_rir"));
    }
}
