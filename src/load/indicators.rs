//! Inputs of the indicators of criticality: the governance table of the reference pack, and tables of the user.
//!
//! A table of inputs has one row for each commodity and country, one row without a country for what is about the commodity as a
//! whole, and one row for each sector that uses it. `docs/criticality.md` lists the columns.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::fields::{Sink, check_id, unknown_country};
use super::names::defined_twice;
use super::reference::{governance, shown_name};
use super::tables::Rows;
use crate::diag::{Code, Diagnostic, FileId, Sources, Span, printable};
use crate::model::{
    Country, CountryInputs, Governance, GovernanceEstimate, GovernanceScore, IndicatorInputs,
    Place, REST_OF_WORLD, SHARE_SUM_TOLERANCE, SectorInputs, Stage, TotalInputs, parse_number,
    parse_share,
};

/// Columns of the governance table; political stability is the first of the six.
const GOVERNANCE_COLUMNS: &[&str] = &[
    "country",
    "year",
    "wgi_political_stability",
    "wgi_voice_accountability",
    "wgi_government_effectiveness",
    "wgi_regulatory_quality",
    "wgi_rule_of_law",
    "wgi_control_of_corruption",
    "source",
];

const INDICATORS: std::ops::Range<usize> = 2..8;

/// Reads the governance table of the reference pack. Rows that cannot be read are left out; a test holds that there are none.
#[must_use]
pub fn built_in_governance() -> Governance {
    let mut sources = Sources::default();
    let file = sources.add(shown_name("data", "governance.csv"), governance());
    read_governance(&sources, file, &mut Sink::default())
}

fn read_governance(sources: &Sources, file: FileId, sink: &mut Sink) -> Governance {
    let mut found = Governance::default();
    let required = &GOVERNANCE_COLUMNS[..2];
    let Some(mut rows) = Rows::open(sources, file, GOVERNANCE_COLUMNS, required, sink) else {
        return found;
    };
    while rows.next(sink) {
        // The publisher scores places without an ISO code of their own; no other table of ours can name them.
        let Some(country) = Country::from_alpha3(rows.cell(0)) else {
            continue;
        };
        let Ok(year) = rows.cell(1).parse::<i32>() else {
            sink.push(
                Diagnostic::at(Code::InvalidYear, rows.at(1), "the year is no whole number")
                    .help("write a year such as 2024"),
            );
            continue;
        };
        let score = found.countries.entry(country).or_default();
        let values: Vec<Option<f64>> = INDICATORS
            .map(|column| number(&rows, column, GOVERNANCE_COLUMNS[column], ANY, sink))
            .collect();
        let estimate = |value: f64| GovernanceEstimate {
            value,
            year,
            source: rows.cell(8).to_owned(),
        };
        let all: Option<Vec<f64>> = values.iter().copied().collect();
        if let Some(all) = all {
            let mean = all.iter().sum::<f64>() / all.len() as f64;
            newest(&mut score.mean, estimate(mean));
        }
        if let Some(stability) = values[0] {
            newest(&mut score.political_stability, estimate(stability));
        }
    }
    found
        .countries
        .retain(|_, score| *score != GovernanceScore::default());
    found
}

fn newest(held: &mut Option<GovernanceEstimate>, found: GovernanceEstimate) {
    if held.as_ref().is_none_or(|h| h.year < found.year) {
        *held = Some(found);
    }
}

/// What numbers a cell may hold.
type Allowed = (f64, f64);

const ANY: Allowed = (f64::NEG_INFINITY, f64::INFINITY);
const AMOUNT: Allowed = (0.0, f64::INFINITY);
const FRACTION: Allowed = (0.0, 1.0);
const SCORE: Allowed = (0.0, 10.0);

/// A number in its range, `None` where the cell is empty or faulty.
fn number(
    rows: &Rows<'_>,
    column: usize,
    name: &str,
    allowed: Allowed,
    sink: &mut Sink,
) -> Option<f64> {
    let cell = rows.cell(column);
    if cell.is_empty() {
        return None;
    }
    let is_fraction = allowed.1 <= 1.0;
    let read = if is_fraction {
        parse_share(cell)
    } else {
        parse_number(cell)
    };
    match read {
        Ok(value) if (allowed.0..=allowed.1).contains(&value) => Some(value),
        Ok(value) if value < 0.0 && !is_fraction => {
            sink.push(
                Diagnostic::at(
                    Code::NegativeNumber,
                    rows.at(column),
                    format!("`{name}` is negative"),
                )
                .help("it is zero or more; leave the cell empty if it is not known"),
            );
            None
        }
        Ok(_) => {
            let (low, high) = allowed;
            sink.push(
                Diagnostic::at(
                    Code::ShareOutOfRange,
                    rows.at(column),
                    format!("`{name}` is {}", printable(cell)),
                )
                .help(format!("it lies between {low} and {high}")),
            );
            None
        }
        Err(error) => {
            sink.push(
                Diagnostic::at(
                    Code::InvalidNumber,
                    rows.at(column),
                    format!("`{name}`: {}", printable(&error.to_string())),
                )
                .help("write a plain number, or leave the cell empty if it is not known"),
            );
            None
        }
    }
}

const COMMODITY: usize = 0;
const STAGE: usize = 1;
const COUNTRY: usize = 2;
const SECTOR: usize = 3;

/// What a column is about.
#[derive(Clone, Copy)]
struct Column {
    name: &'static str,
    allowed: Allowed,
    country: Option<fn(&mut CountryInputs) -> &mut Option<f64>>,
    total: Option<fn(&mut TotalInputs) -> &mut Option<f64>>,
    sector: Option<fn(&mut SectorInputs) -> &mut Option<f64>>,
}

const fn column(name: &'static str, allowed: Allowed) -> Column {
    Column {
        name,
        allowed,
        country: None,
        total: None,
        sector: None,
    }
}

/// The columns of numbers, after those of words.
const NUMBERS: &[Column] = &[
    Column {
        country: Some(|c| &mut c.production),
        total: Some(|t| &mut t.production),
        ..column("production", AMOUNT)
    },
    Column {
        country: Some(|c| &mut c.sourcing),
        total: Some(|t| &mut t.sourcing),
        ..column("sourcing", AMOUNT)
    },
    Column {
        country: Some(|c| &mut c.imports),
        total: Some(|t| &mut t.imports),
        ..column("imports", AMOUNT)
    },
    Column {
        country: Some(|c| &mut c.demand),
        total: Some(|t| &mut t.demand),
        ..column("demand", AMOUNT)
    },
    Column {
        country: Some(|c| &mut c.wgi),
        ..column("wgi", SCORE)
    },
    Column {
        country: Some(|c| &mut c.trade_factor),
        ..column("trade_factor", AMOUNT)
    },
    Column {
        country: Some(|c| &mut c.instability),
        ..column("instability", FRACTION)
    },
    Column {
        country: Some(|c| &mut c.asi),
        ..column("asi", FRACTION)
    },
    Column {
        country: Some(|c| &mut c.wsi),
        ..column("wsi", FRACTION)
    },
    Column {
        country: Some(|c| &mut c.probability),
        ..column("probability", FRACTION)
    },
    Column {
        country: Some(|c| &mut c.gdp_change),
        ..column("gdp_change", ANY)
    },
    Column {
        total: Some(|t| &mut t.exports),
        ..column("exports", AMOUNT)
    },
    Column {
        total: Some(|t| &mut t.stock_change),
        ..column("stock_change", ANY)
    },
    Column {
        total: Some(|t| &mut t.net_imports),
        ..column("net_imports", ANY)
    },
    Column {
        total: Some(|t| &mut t.domestic_production),
        ..column("domestic_production", AMOUNT)
    },
    Column {
        total: Some(|t| &mut t.ir),
        ..column("ir", FRACTION)
    },
    Column {
        total: Some(|t| &mut t.te),
        ..column("te", FRACTION)
    },
    Column {
        total: Some(|t| &mut t.ev),
        ..column("ev", FRACTION)
    },
    Column {
        total: Some(|t| &mut t.eol_rir),
        ..column("eol_rir", FRACTION)
    },
    Column {
        total: Some(|t| &mut t.si_sr),
        ..column("si_sr", FRACTION)
    },
    Column {
        total: Some(|t| &mut t.si_ei),
        ..column("si_ei", FRACTION)
    },
    Column {
        total: Some(|t| &mut t.gdp),
        ..column("gdp", AMOUNT)
    },
    Column {
        total: Some(|t| &mut t.largest_value_added),
        ..column("largest_value_added", AMOUNT)
    },
    Column {
        total: Some(|t| &mut t.price),
        ..column("price", AMOUNT)
    },
    Column {
        sector: Some(|s| &mut s.end_use),
        ..column("end_use", FRACTION)
    },
    Column {
        sector: Some(|s| &mut s.value_added),
        ..column("value_added", AMOUNT)
    },
    Column {
        sector: Some(|s| &mut s.expenditure),
        ..column("expenditure", AMOUNT)
    },
    Column {
        sector: Some(|s| &mut s.operating_profit),
        ..column("operating_profit", AMOUNT)
    },
];

/// What a row is about.
#[derive(Clone, PartialEq, Eq, Hash)]
enum About {
    Country(Place),
    Whole,
    Sector(String),
}

/// Reads a table of inputs, in order of commodity and stage.
///
/// # Errors
/// All problems of the table.
pub fn indicator_inputs(
    sources: &Sources,
    file: FileId,
) -> Result<Vec<IndicatorInputs>, Vec<Diagnostic>> {
    let mut sink = Sink::default();
    let known: Vec<&str> = ["commodity", "stage", "country", "sector"]
        .into_iter()
        .chain(NUMBERS.iter().map(|c| c.name))
        .collect();
    let mut found: BTreeMap<(String, Option<Stage>), IndicatorInputs> = BTreeMap::new();
    if let Some(mut rows) = Rows::open(sources, file, &known, &["commodity", "country"], &mut sink)
    {
        let mut seen: FxHashMap<(String, Option<Stage>, About), Span> = FxHashMap::default();
        while rows.next(&mut sink) {
            read_row(&rows, &mut found, &mut seen, &mut sink);
        }
        for inputs in found.values() {
            check_end_uses(inputs, &rows, &seen, &mut sink);
        }
    }
    if sink.has_errors() {
        return Err(sink.finish());
    }
    let name = sources.name(file).to_owned();
    Ok(found
        .into_values()
        .map(|mut inputs| {
            inputs.sources.insert("all", name.clone());
            inputs
        })
        .collect())
}

fn read_row(
    rows: &Rows<'_>,
    found: &mut BTreeMap<(String, Option<Stage>), IndicatorInputs>,
    seen: &mut FxHashMap<(String, Option<Stage>, About), Span>,
    sink: &mut Sink,
) {
    let commodity = rows.cell(COMMODITY);
    let valid = check_id(commodity, rows.at(COMMODITY), &"commodity", &['@'], sink);
    let stage = stage_of(rows, sink);
    let about = about(rows, sink);
    let (true, Some(stage), Some(about)) = (valid, stage, about) else {
        return;
    };
    let key = (commodity.to_owned(), stage, about.clone());
    if let Some(first) = seen.get(&key) {
        let shown = match &about {
            About::Country(place) => format!("{commodity}, {place}"),
            About::Whole => commodity.to_owned(),
            About::Sector(sector) => format!("{commodity}, {sector}"),
        };
        sink.push(defined_twice("row of", &shown, *first, rows.at(COMMODITY)));
        return;
    }
    seen.insert(key, rows.at(COMMODITY));
    let inputs = found
        .entry((commodity.to_owned(), stage))
        .or_insert_with(|| IndicatorInputs {
            commodity: commodity.to_owned(),
            stage: stage.map(|s| s.word().to_owned()),
            ..IndicatorInputs::default()
        });
    let mut sector = SectorInputs::default();
    for (at, column) in NUMBERS.iter().enumerate() {
        let at = at + SECTOR + 1;
        let Some(value) = number(rows, at, column.name, column.allowed, sink) else {
            continue;
        };
        let slot = match &about {
            About::Country(place) => column.country.map(|field| field(inputs.row(*place))),
            About::Whole => column.total.map(|field| field(&mut inputs.totals)),
            About::Sector(_) => column.sector.map(|field| field(&mut sector)),
        };
        match slot {
            Some(slot) => *slot = Some(value),
            None => sink.push(misplaced(column, rows.at(at))),
        }
    }
    if let About::Sector(name) = about {
        sector.sector = name;
        let at = inputs.sectors.partition_point(|s| s.sector < sector.sector);
        inputs.sectors.insert(at, sector);
    }
}

/// A number in a row of another kind would be lost without a word.
fn misplaced(column: &Column, span: Span) -> Diagnostic {
    let rows: Vec<&str> = [
        (column.country.is_some(), "of a country"),
        (column.total.is_some(), "without a country"),
        (column.sector.is_some(), "of a sector"),
    ]
    .into_iter()
    .filter_map(|(holds, kind)| holds.then_some(kind))
    .collect();
    Diagnostic::at(
        Code::UnknownField,
        span,
        format!("`{}` has no meaning in this row", column.name),
    )
    .help(format!("it belongs in a row {}", rows.join(" or ")))
}

/// `None` after a fault, `Some(None)` where no stage is given.
fn stage_of(rows: &Rows<'_>, sink: &mut Sink) -> Option<Option<Stage>> {
    let word = rows.cell(STAGE);
    if word.is_empty() {
        return Some(None);
    }
    let stage = Stage::parse(word);
    if stage.is_none() {
        let words: Vec<&str> = Stage::ALL.iter().map(|s| s.word()).collect();
        sink.push(
            Diagnostic::at(
                Code::InvalidChoice,
                rows.at(STAGE),
                format!("`{}` is no stage", printable(word)),
            )
            .help(format!("it is one of: {}", words.join(", "))),
        );
    }
    stage.map(Some)
}

/// Words for the whole that tables often hold as if it were a country.
const TOTALS: &[&str] = &[
    "total",
    "totals",
    "world",
    "world total",
    "sum",
    "all",
    "wld",
];

fn about(rows: &Rows<'_>, sink: &mut Sink) -> Option<About> {
    let (country, sector) = (rows.cell(COUNTRY), rows.cell(SECTOR));
    if !sector.is_empty() {
        if country.is_empty() {
            return Some(About::Sector(sector.to_owned()));
        }
        sink.push(
            Diagnostic::at(
                Code::UnknownField,
                rows.at(SECTOR),
                "a row is about a country or a sector, not both",
            )
            .help("leave one of the two cells empty"),
        );
        return None;
    }
    if country.is_empty() {
        return Some(About::Whole);
    }
    if country == REST_OF_WORLD {
        return Some(About::Country(Place::Rest));
    }
    if let Some(country) = Country::from_alpha3(country) {
        return Some(About::Country(Place::In(country)));
    }
    if TOTALS.contains(&country.to_lowercase().as_str()) {
        sink.push(
            Diagnostic::at(
                Code::UnknownCountry,
                rows.at(COUNTRY),
                format!("`{}` is a total, not a country", printable(country)),
            )
            .label("would count as a supplier")
            .help("leave the country empty in the row of totals, or remove the row"),
        );
    } else {
        unknown_country(country, rows.at(COUNTRY), std::iter::empty(), sink);
    }
    None
}

fn check_end_uses(
    inputs: &IndicatorInputs,
    rows: &Rows<'_>,
    seen: &FxHashMap<(String, Option<Stage>, About), Span>,
    sink: &mut Sink,
) {
    let sum: f64 = inputs.sectors.iter().filter_map(|s| s.end_use).sum();
    if sum <= 1.0 + SHARE_SUM_TOLERANCE {
        return;
    }
    let stage = inputs.stage.as_deref().and_then(Stage::parse);
    let place = inputs.sectors.first().and_then(|s| {
        let about = About::Sector(s.sector.clone());
        seen.get(&(inputs.commodity.clone(), stage, about))
    });
    sink.push(
        Diagnostic::at(
            Code::ShareSumOverOne,
            place.copied().unwrap_or_else(|| rows.at(COMMODITY)),
            format!(
                "the end uses of `{}` add up to {:.2} %",
                inputs.commodity,
                sum * 100.0
            ),
        )
        .help("parts of the end use add up to 100 % at most"),
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;

    fn read(text: &str) -> Result<Vec<IndicatorInputs>, Vec<Diagnostic>> {
        let mut sources = Sources::default();
        let file = sources.add("inputs.csv", text.to_owned());
        indicator_inputs(&sources, file)
    }

    fn codes(text: &str) -> Vec<&'static str> {
        let diagnostics = read(text).expect_err("there is a fault");
        diagnostics.iter().map(|d| d.code.word()).collect()
    }

    #[test]
    fn the_governance_table_reads_without_fault() {
        let mut sources = Sources::default();
        let file = sources.add("governance.csv", governance());
        let mut sink = Sink::default();
        let found = read_governance(&sources, file, &mut sink);
        let faults: Vec<String> = sink.finish().into_iter().map(|d| d.message).collect();
        assert!(faults.is_empty(), "{faults:?}");
        assert!(found.countries.len() > 200);
        let china = &found.countries[&Country::from_alpha3("CHN").unwrap()];
        let stability = china.political_stability.as_ref().unwrap();
        assert_eq!(stability.year, 2024, "the newest");
        assert_eq!(china.mean.as_ref().unwrap().year, 2020, "all six");
        // Anguilla lacks one of the six.
        assert!(
            found.countries[&Country::from_alpha3("AIA").unwrap()]
                .mean
                .is_none()
        );
    }

    #[test]
    fn rows_are_about_countries_the_whole_and_sectors() {
        let found = read(
            "commodity,stage,country,sector,production,wgi,eol_rir,end_use,value_added\n\
             gallium,refinery,CHN,,60,6,,,\n\
             gallium,refinery,ROW,,40,,,,\n\
             gallium,refinery,,,100,,10%,,\n\
             gallium,refinery,,C26,,,,0.4,50\n",
        )
        .unwrap();
        let [gallium] = &found[..] else {
            panic!("one commodity")
        };
        assert_eq!(gallium.countries.len(), 2);
        assert_relative_eq!(gallium.countries[0].wgi.unwrap(), 6.0);
        assert!(gallium.countries[1].wgi.is_none(), "empty is not zero");
        assert_relative_eq!(gallium.totals.eol_rir.unwrap(), 0.1);
        assert!(gallium.totals.si_sr.is_none());
        assert_eq!(gallium.sectors[0].sector, "C26");
    }

    #[test]
    fn totals_are_refused_as_countries() {
        for word in ["Total", "WORLD", "total"] {
            let text = format!("commodity,country,production\na,CHN,60\na,{word},100\n");
            assert_eq!(codes(&text), ["unknown-country"], "{word}");
        }
    }

    #[test]
    fn faults_are_located() {
        for (row, code) in [
            ("a,CHN,-1,,", "negative-number"),
            ("a,CHN,x,,", "invalid-number"),
            ("a,CHN,nan,,", "invalid-number"),
            ("a,CHN,1,11,", "share-out-of-range"),
            ("a,CHN,1,,0.5", "unknown-field"),
            ("a,,,5,", "unknown-field"),
            ("a,,,,1.5", "share-out-of-range"),
            ("a,China,1,,", "unknown-country"),
            (",CHN,1,,", "invalid-id"),
            ("a,CHN,1", "table-syntax"),
        ] {
            let text = format!("commodity,country,production,wgi,eol_rir\n{row}\n");
            assert_eq!(codes(&text), [code], "{row}");
        }
        assert_eq!(
            codes("commodity,country,production\na,CHN,1\na,CHN,2\n"),
            ["duplicate-id"]
        );
        assert_eq!(
            codes("commodity,country,prod\na,CHN,1\n"),
            ["table-columns"]
        );
        assert_eq!(
            codes("commodity,country,sector,end_use\na,,x,0.7\na,,y,0.7\n"),
            ["share-sum-over-one"]
        );
    }
}
