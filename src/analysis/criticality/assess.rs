//! All indicators of one commodity from the inputs at hand.

use std::collections::BTreeMap;

use serde::Serialize;

use super::eu::{self, EuIndicators};
use super::geopolrisk::{self, GeoPolRisk};
use super::hhi::{self, WeightedShare, shares_of};
use super::iea::{self, IeaIndicators};
use super::range::Estimate;
use super::usgs::{self, ForeignProducer, UsgsIndicators};
use crate::analysis::{Band, BandVintage};
use crate::model::{Country, CountryInputs, Governance, IndicatorInputs, Place};

/// Whose supply is assessed.
#[derive(Clone, Debug, PartialEq)]
pub struct Region {
    /// Country code or group.
    pub label: String,
    /// Its countries.
    pub members: Vec<Country>,
}

impl Region {
    fn holds(&self, place: Place) -> bool {
        place.country().is_some_and(|c| self.members.contains(&c))
    }
}

/// One country's figures as they entered.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CountryFigures {
    /// Alpha-3 code, or `ROW`.
    pub country: String,
    /// Share of world production, 0 to 1.
    pub production_share: Option<f64>,
    /// Share of what the region gets, 0 to 1.
    pub sourcing_share: Option<f64>,
    /// Imports of the region from there, in the unit of the inputs.
    pub imports: Option<f64>,
    /// Demand there, in the unit of the inputs.
    pub demand: Option<f64>,
    /// Governance scaled to 0 (best) to 10 (worst).
    pub wgi: Option<f64>,
    /// Trade factor; 1 where none is stated.
    pub trade_factor: Option<f64>,
    /// Political instability, 0 to 1.
    pub instability: Option<f64>,
    /// Ability to supply index, 0 to 1.
    pub asi: Option<f64>,
    /// Willingness to supply index, 0 to 1.
    pub wsi: Option<f64>,
}

/// One input, known or missing.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct InputUsed {
    /// Its name, which is also its column in a table of inputs.
    pub input: &'static str,
    /// The number, where it is one number; null where it is missing.
    pub value: Option<f64>,
    /// In how many countries it is known, where it is one number a country.
    pub countries: Option<usize>,
    /// Where it comes from.
    pub source: Option<String>,
}

/// All indicators of one commodity at one stage. Null is what cannot be computed from the inputs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Criticality {
    /// Commodity id.
    pub commodity: String,
    /// Stage word.
    pub stage: Option<String>,
    /// Unit of production, where it is an amount.
    pub unit: Option<String>,
    /// HHI of world production, 0 to 10000; a lower bound where a remainder is not named.
    pub hhi: Option<f64>,
    /// The same with the remainder as one country: the upper bound.
    pub hhi_high: Option<f64>,
    /// `low`, `moderate` or `high`.
    pub band: Option<Band>,
    /// HHI*, 0 to 1; null where a remainder is not named.
    pub hhi_normalised: Option<f64>,
    /// 1/H, 1 or more; an upper bound where a remainder is not named.
    pub effective_suppliers: Option<f64>,
    /// Largest named share, 0 to 1.
    pub top1: Option<f64>,
    /// Part of world production that no country is named for, 0 to 1.
    pub remainder: Option<f64>,
    /// HHI weighted by governance, 0 to 10.
    pub hhi_wgi: Estimate,
    /// European Union.
    pub eu: EuIndicators,
    /// United States Geological Survey.
    pub usgs: UsgsIndicators,
    /// GeoPolRisk.
    pub geopolrisk: GeoPolRisk,
    /// International Energy Agency.
    pub iea: IeaIndicators,
    /// Countries as they entered, by share, then code.
    pub countries: Vec<CountryFigures>,
    /// Every input with its source.
    pub inputs: Vec<InputUsed>,
    /// Names of the inputs that are missing.
    pub missing: Vec<&'static str>,
}

/// World production as shares.
struct Production<'i> {
    rows: Vec<(&'i CountryInputs, f64)>,
    total: f64,
    rest: f64,
}

/// Computes the indicators of some commodities.
///
/// `governance` serves a commodity whose inputs state no score of their own. Stages of one commodity are told apart: the one with
/// the highest EU supply risk is marked.
#[must_use]
pub fn criticality(
    inputs: &[IndicatorInputs],
    governance: &Governance,
    region: &Region,
    vintage: BandVintage,
) -> Vec<Criticality> {
    let mut found: Vec<Criticality> = inputs
        .iter()
        .map(|i| assess(&scored(i, governance), region, vintage))
        .collect();
    mark_bottlenecks(&mut found);
    found.sort_by(|a, b| {
        let hhi = |c: &Criticality| c.hhi.unwrap_or(-1.0);
        hhi(b)
            .total_cmp(&hhi(a))
            .then_with(|| (&a.commodity, &a.stage).cmp(&(&b.commodity, &b.stage)))
    });
    found
}

/// Fills in scores of governance where the inputs have none at all; a table of scores is never mixed with another.
fn scored(inputs: &IndicatorInputs, governance: &Governance) -> IndicatorInputs {
    let mut inputs = inputs.clone();
    let (has_wgi, has_instability) = (
        inputs.countries.iter().any(|c| c.wgi.is_some()),
        inputs.countries.iter().any(|c| c.instability.is_some()),
    );
    let mut used: BTreeMap<&'static str, BTreeMap<String, ()>> = BTreeMap::new();
    for row in &mut inputs.countries {
        let Some(score) = row
            .place
            .country()
            .and_then(|c| governance.countries.get(&c))
        else {
            continue;
        };
        if let Some(mean) = score.mean.as_ref().filter(|_| !has_wgi) {
            row.wgi = Some(eu::scaled_wgi(mean.value));
            let text = format!("{}, {}", mean.source, mean.year);
            used.entry("wgi").or_default().insert(text, ());
        }
        if let Some(stability) = score
            .political_stability
            .as_ref()
            .filter(|_| !has_instability)
        {
            row.instability = Some(geopolrisk::instability(stability.value));
            let text = format!("{}, {}", stability.source, stability.year);
            used.entry("instability").or_default().insert(text, ());
        }
    }
    for (input, texts) in used {
        let texts: Vec<String> = texts.into_keys().collect();
        inputs.sources.insert(input, texts.join("; "));
    }
    inputs
}

fn mark_bottlenecks(found: &mut [Criticality]) {
    let mut by_commodity: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (at, item) in found.iter().enumerate() {
        by_commodity
            .entry(item.commodity.clone())
            .or_default()
            .push(at);
    }
    for stages in by_commodity.into_values() {
        let risks: Option<Vec<f64>> = stages
            .iter()
            .map(|at| found[*at].eu.supply_risk.value)
            .collect();
        let Some(risks) = risks else { continue };
        let highest = risks.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        for (at, risk) in stages.iter().zip(risks) {
            found[*at].eu.bottleneck_stage = Some(risk >= highest);
        }
    }
}

fn production(inputs: &IndicatorInputs) -> Option<Production<'_>> {
    if inputs.lower_bound {
        return None;
    }
    let rows: Vec<&CountryInputs> = inputs
        .countries
        .iter()
        .filter(|c| c.production.is_some())
        .collect();
    let quantities: Vec<f64> = rows.iter().filter_map(|c| c.production).collect();
    let shares = shares_of(&quantities, inputs.totals.production)?;
    let sum: f64 = quantities.iter().sum();
    let total = inputs.totals.production.map_or(sum, |t| t.max(sum));
    let named: Vec<(&CountryInputs, f64)> = rows
        .into_iter()
        .zip(shares)
        .filter(|(c, _)| c.place.country().is_some())
        .collect();
    let rest = (1.0 - named.iter().map(|(_, s)| s).sum::<f64>()).max(0.0);
    const ROUNDING: f64 = 1e-12;
    Some(Production {
        rows: named,
        total,
        rest: if rest < ROUNDING { 0.0 } else { rest },
    })
}

fn assess(inputs: &IndicatorInputs, region: &Region, vintage: BandVintage) -> Criticality {
    let made = production(inputs);
    let shares: Vec<f64> = made
        .iter()
        .flat_map(|m| m.rows.iter().map(|(_, s)| *s))
        .collect();
    let rest = made.as_ref().map(|m| m.rest);
    let named = shares.iter().any(|s| *s > 0.0);
    let h = named.then(|| hhi::herfindahl(&shares));
    let h_high = h.map(|h| h + rest.unwrap_or(0.0).powi(2));
    let hhi_points = h.map(|h| h * 10_000.0);
    let mut found = Criticality {
        commodity: inputs.commodity.clone(),
        stage: inputs.stage.clone(),
        unit: inputs.unit.clone(),
        hhi: hhi_points,
        hhi_high: h_high.map(|h| h * 10_000.0),
        band: hhi_points.map(|points| Band::of(points, vintage)),
        hhi_normalised: hhi::normalised(&shares),
        effective_suppliers: hhi::effective_number(&shares),
        top1: named.then(|| shares.iter().copied().fold(0.0, f64::max)),
        remainder: rest,
        hhi_wgi: weigh(made.as_ref(), false).unwrap_or_default(),
        eu: eu_indicators(inputs, made.as_ref()),
        usgs: usgs_indicators(inputs, made.as_ref(), region),
        geopolrisk: geopolrisk_of(inputs, made.as_ref(), region, h.zip(h_high)),
        iea: iea_indicators(inputs, made.as_ref()),
        countries: country_figures(inputs, made.as_ref()),
        inputs: Vec::new(),
        missing: Vec::new(),
    };
    found.inputs = inputs_used(inputs, &found, region);
    found.missing = found
        .inputs
        .iter()
        .filter(|i| i.value.is_none() && i.countries.is_none_or(|n| n == 0))
        .map(|i| i.input)
        .collect();
    found
}

fn weighted_share(row: &CountryInputs, share: f64, with_trade: bool) -> WeightedShare {
    WeightedShare {
        share,
        wgi: row.wgi,
        trade_factor: if with_trade {
            row.trade_factor.unwrap_or(1.0)
        } else {
            1.0
        },
    }
}

fn weigh(made: Option<&Production<'_>>, with_trade: bool) -> Option<Estimate> {
    let made = made?;
    let parts: Vec<WeightedShare> = made
        .rows
        .iter()
        .map(|(row, share)| weighted_share(row, *share, with_trade))
        .collect();
    hhi::weighted(&parts, made.rest)
}

/// What the region gets, by country: shares of the named, and the share of the remainder.
fn sourcing(inputs: &IndicatorInputs) -> Option<(Vec<(&CountryInputs, f64)>, f64)> {
    let rows: Vec<&CountryInputs> = inputs
        .countries
        .iter()
        .filter(|c| c.sourcing.is_some())
        .collect();
    let quantities: Vec<f64> = rows.iter().filter_map(|c| c.sourcing).collect();
    let shares = shares_of(&quantities, inputs.totals.sourcing)?;
    let named: Vec<(&CountryInputs, f64)> = rows
        .into_iter()
        .zip(shares)
        .filter(|(c, _)| c.place.country().is_some())
        .collect();
    let rest = (1.0 - named.iter().map(|(_, s)| s).sum::<f64>()).max(0.0);
    Some((named, rest))
}

/// All imports of the region, stated or summed.
fn total_imports(inputs: &IndicatorInputs) -> Option<f64> {
    let stated = inputs.totals.imports;
    let sum: Option<f64> = inputs
        .countries
        .iter()
        .filter_map(|c| c.imports)
        .fold(None, |sum, f| Some(sum.unwrap_or(0.0) + f));
    match (stated, sum) {
        (Some(stated), Some(sum)) => Some(stated.max(sum)),
        (stated, sum) => stated.or(sum),
    }
}

/// IR as stated, or from amounts; shares of consumption do not tell exports.
fn import_reliance(inputs: &IndicatorInputs) -> Option<f64> {
    let totals = &inputs.totals;
    let computed = || {
        eu::import_reliance(
            total_imports(inputs)?,
            totals.exports?,
            totals.domestic_production?,
        )
    };
    totals.ir.or_else(computed)
}

fn eu_indicators(inputs: &IndicatorInputs, made: Option<&Production<'_>>) -> EuIndicators {
    let global = weigh(made, true);
    let supplied = sourcing(inputs).and_then(|(rows, rest)| {
        let parts: Vec<WeightedShare> = rows
            .iter()
            .map(|(row, share)| weighted_share(row, *share, true))
            .collect();
        hhi::weighted(&parts, rest)
    });
    let ir = import_reliance(inputs);
    let totals = &inputs.totals;
    let risk = eu::supply_concentration(global, supplied, ir)
        .map(|core| eu::supply_risk(core, totals.eol_rir, totals.si_sr))
        .unwrap_or_default();
    let importance = economic_importance(inputs);
    EuIndicators {
        hhi_gs: global.unwrap_or_default(),
        hhi_eu: supplied.unwrap_or_default(),
        import_reliance: ir,
        supply_risk: risk,
        supply_risk_rounded: risk.value.map(eu::published),
        economic_importance: importance,
        economic_importance_rounded: importance.map(eu::published),
        critical: eu::is_critical(risk, importance),
        bottleneck_stage: None,
    }
}

fn economic_importance(inputs: &IndicatorInputs) -> Option<f64> {
    let using = inputs.sectors.iter().filter(|s| s.end_use.is_some());
    let uses: Option<Vec<(f64, f64)>> = using.map(|s| s.end_use.zip(s.value_added)).collect();
    let uses = uses.filter(|u| !u.is_empty())?;
    let listed = inputs
        .sectors
        .iter()
        .filter_map(|s| s.value_added)
        .fold(0.0, f64::max);
    let largest = inputs.totals.largest_value_added.unwrap_or(0.0).max(listed);
    eu::economic_importance(&uses, largest, inputs.totals.si_ei?)
}

fn usgs_indicators(
    inputs: &IndicatorInputs,
    made: Option<&Production<'_>>,
    region: &Region,
) -> UsgsIndicators {
    let totals = &inputs.totals;
    let disruption = made.map(|m| {
        let foreign: Vec<ForeignProducer> = m
            .rows
            .iter()
            .filter(|(row, _)| !region.holds(row.place))
            .map(|(row, share)| ForeignProducer {
                share: *share,
                asi: row.asi,
                wsi: row.wsi,
            })
            .collect();
        usgs::disruption_potential(&foreign, m.rest)
    });
    let net = totals.net_imports.or_else(|| {
        total_imports(inputs)
            .zip(totals.exports)
            .zip(totals.stock_change)
            .map(|((f, x), s)| f - x + s)
    });
    let computed = || usgs::trade_exposure(net?, totals.domestic_production?);
    let te = totals.te.or_else(computed);
    let industries: Option<Vec<(f64, f64, f64)>> = inputs
        .sectors
        .iter()
        .filter(|s| s.expenditure.is_some())
        .map(|s| Some((s.value_added?, s.expenditure?, s.operating_profit?)))
        .collect();
    let unscaled = industries
        .filter(|i| !i.is_empty())
        .zip(totals.gdp)
        .and_then(|(i, gdp)| usgs::economic_vulnerability(&i, gdp));
    let scenarios: Option<Vec<(f64, f64)>> = inputs
        .countries
        .iter()
        .filter(|c| c.probability.is_some() || c.gdp_change.is_some())
        .map(|c| c.probability.zip(c.gdp_change))
        .collect();
    UsgsIndicators {
        disruption_potential: disruption.unwrap_or_default(),
        trade_exposure: te,
        economic_vulnerability: totals.ev,
        economic_vulnerability_unscaled: unscaled,
        supply_risk: disruption
            .map(|d| usgs::supply_risk(d, te, totals.ev))
            .unwrap_or_default(),
        expected_gdp_change: scenarios.and_then(|s| usgs::expected_gdp_change(&s)),
    }
}

/// Production in the region: stated, or its rows; where it has none, what the remainder allows.
fn domestic(
    inputs: &IndicatorInputs,
    made: Option<&Production<'_>>,
    region: &Region,
) -> Option<Estimate> {
    if let Some(stated) = inputs.totals.domestic_production {
        return Some(Estimate::known(stated));
    }
    if inputs.consumption_shares {
        // Whatever is made at home is within the part of unknown origin.
        return Some(Estimate::known(0.0));
    }
    let made = made?;
    let mine: Vec<f64> = made
        .rows
        .iter()
        .filter(|(row, _)| region.holds(row.place))
        .map(|(_, share)| share * made.total)
        .collect();
    let sum: f64 = mine.iter().sum();
    if mine.len() == region.members.len() || made.rest <= 0.0 {
        return Some(Estimate::known(sum));
    }
    Some(Estimate {
        value: None,
        low: Some(sum),
        high: Some(sum + made.rest * made.total),
    })
}

fn geopolrisk_of(
    inputs: &IndicatorInputs,
    made: Option<&Production<'_>>,
    region: &Region,
    h: Option<(f64, f64)>,
) -> GeoPolRisk {
    let mut imports: Vec<(f64, Option<f64>)> = inputs
        .countries
        .iter()
        .filter(|c| !region.holds(c.place))
        .filter_map(|c| Some((c.imports?, c.instability)))
        .collect();
    if imports.is_empty() && inputs.totals.imports.is_none() {
        return GeoPolRisk::default();
    }
    // What is imported beyond the rows comes from somewhere.
    let sum: f64 = imports.iter().map(|(f, _)| f).sum();
    let beyond = inputs.totals.imports.unwrap_or(0.0) - sum;
    if beyond > 1e-12 {
        imports.push((beyond, None));
    }
    let Some(risk) =
        domestic(inputs, made, region).and_then(|p| geopolrisk::import_risk(&imports, p))
    else {
        return GeoPolRisk::default();
    };
    let score = h
        .map(|(h, high)| {
            let h = Estimate {
                value: Some(h),
                low: Some(h),
                high: Some(high),
            };
            geopolrisk::score(h, risk)
        })
        .unwrap_or_default();
    let priced = score.value.zip(inputs.totals.price);
    GeoPolRisk {
        import_risk: risk,
        score,
        midpoint: priced.map(|(s, p)| s * p),
        characterisation_factor: priced.map(|(s, p)| geopolrisk::characterisation_factor(s, p)),
    }
}

fn iea_indicators(inputs: &IndicatorInputs, made: Option<&Production<'_>>) -> IeaIndicators {
    let Some(made) = made else {
        return IeaIndicators::default();
    };
    let mut ranked = made.rows.clone();
    ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.place.cmp(&b.0.place)));
    let Some((top, top_share)) = ranked.first().copied().filter(|(_, s)| *s > 0.0) else {
        return IeaIndicators::default();
    };
    let demands: Vec<f64> = inputs.countries.iter().filter_map(|c| c.demand).collect();
    let listed: f64 = demands.iter().sum();
    let demand = match inputs.totals.demand {
        Some(total) => Some(total.max(listed)),
        None => (!demands.is_empty()).then_some(listed),
    };
    // A country without a row demands nothing only where the rows are all there is, with no remainder to hide in.
    let has_remainder = inputs
        .countries
        .iter()
        .any(|c| c.place.country().is_none() && c.demand.is_some_and(|d| d > 0.0));
    let top_demand = top.demand.or_else(|| {
        let complete = !demands.is_empty() && demand.is_some_and(|d| d - listed <= 1e-9 * d);
        (complete && !has_remainder).then_some(0.0)
    });
    let top_supply = top_share * made.total;
    IeaIndicators {
        largest: Some(top.place.to_string()),
        top3: Some(ranked.iter().take(3).map(|(_, s)| s).sum()),
        n1_supply: Some(made.total - top_supply),
        n1_supply_share: Some((1.0 - top_share).max(0.0)),
        n1_ratio: demand
            .zip(top_demand)
            .and_then(|(d, t)| iea::n1_ratio(made.total, top_supply, d, t)),
        n1_ratio_all_demand: demand
            .and_then(|d| iea::n1_ratio_all_demand(made.total, top_supply, d)),
    }
}

fn country_figures(inputs: &IndicatorInputs, made: Option<&Production<'_>>) -> Vec<CountryFigures> {
    let sourced = sourcing(inputs);
    let share_in = |rows: Option<&[(&CountryInputs, f64)]>, rest: f64, place: Place| match place {
        Place::In(_) => rows?
            .iter()
            .find(|(c, _)| c.place == place)
            .map(|(_, s)| *s),
        _ => (rows.is_some() && rest > 0.0).then_some(rest),
    };
    let mut figures: Vec<CountryFigures> = inputs
        .countries
        .iter()
        .map(|c| CountryFigures {
            country: c.place.to_string(),
            production_share: share_in(
                made.map(|m| &*m.rows),
                made.map_or(0.0, |m| m.rest),
                c.place,
            ),
            sourcing_share: share_in(
                sourced.as_ref().map(|(rows, _)| &**rows),
                sourced.as_ref().map_or(0.0, |(_, rest)| *rest),
                c.place,
            ),
            imports: c.imports,
            demand: c.demand,
            wgi: c.wgi,
            trade_factor: c.trade_factor,
            instability: c.instability,
            asi: c.asi,
            wsi: c.wsi,
        })
        .collect();
    figures.sort_by(|a, b| {
        let share = |f: &CountryFigures| f.production_share.unwrap_or(-1.0);
        // The remainder is no country and is never ranked: it stands last.
        (a.country == "ROW")
            .cmp(&(b.country == "ROW"))
            .then_with(|| share(b).total_cmp(&share(a)))
            .then_with(|| a.country.cmp(&b.country))
    });
    figures
}

fn inputs_used(inputs: &IndicatorInputs, found: &Criticality, region: &Region) -> Vec<InputUsed> {
    let count = |pick: fn(&CountryInputs) -> Option<f64>| {
        inputs
            .countries
            .iter()
            .filter(|c| c.place.country().is_some() && pick(c).is_some())
            .count()
    };
    let source = |input: &str, known: bool| {
        inputs
            .sources
            .get(input)
            .filter(|_| known)
            .or_else(|| inputs.sources.get("all").filter(|_| known))
            .cloned()
    };
    let by_country = |input: &'static str, pick: fn(&CountryInputs) -> Option<f64>| {
        let countries = count(pick);
        InputUsed {
            input,
            value: None,
            countries: Some(countries),
            source: source(input, countries > 0),
        }
    };
    let number = |input: &'static str, value: Option<f64>| InputUsed {
        input,
        value,
        countries: None,
        source: source(input, value.is_some()),
    };
    let mut used = vec![
        by_country("production", |c| c.production),
        by_country("wgi", |c| c.wgi),
        by_country("trade_factor", |c| c.trade_factor),
        by_country("sourcing", |c| c.sourcing),
        number("ir", found.eu.import_reliance),
        number("eol_rir", inputs.totals.eol_rir),
        number("si_sr", inputs.totals.si_sr),
        number("end_use", end_use_total(inputs)),
        number("si_ei", inputs.totals.si_ei),
        by_country("asi", |c| c.asi),
        by_country("wsi", |c| c.wsi),
        number("te", found.usgs.trade_exposure),
        number("ev", inputs.totals.ev),
        by_country("gdp_change", |c| c.gdp_change),
        by_country("imports", |c| c.imports),
        by_country("instability", |c| c.instability),
        number("domestic_production", inputs.totals.domestic_production),
        number("price", inputs.totals.price),
        by_country("demand", |c| c.demand),
    ];
    if inputs.totals.domestic_production.is_none() && !inputs.consumption_shares {
        let row = inputs
            .countries
            .iter()
            .filter(|c| region.holds(c.place))
            .filter_map(|c| c.production);
        let sum = row.fold(None, |sum: Option<f64>, p| Some(sum.unwrap_or(0.0) + p));
        if let Some(own) = used.iter_mut().find(|u| u.input == "domestic_production") {
            own.value = sum;
            own.source = sum.and_then(|_| source("production", true));
        }
    }
    used
}

fn end_use_total(inputs: &IndicatorInputs) -> Option<f64> {
    inputs
        .sectors
        .iter()
        .filter_map(|s| s.end_use)
        .fold(None, |sum, a| Some(sum.unwrap_or(0.0) + a))
}
