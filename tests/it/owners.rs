//! Exposure by owner: an example worked by hand, and what holds on random networks with random owners.

use std::collections::BTreeMap;
use std::sync::Arc;

use approx::assert_abs_diff_eq;
use oretrace::analysis::{
    BandVintage, OwnerExposure, Owners, OwnersBy, Rules, country_shares, exposure, owners,
};
use oretrace::graph::SupplyGraph;
use oretrace::model::{Network, SiteDetails, SiteKind};
use proptest::prelude::*;

use crate::laws::{Shown, any_worlds, cases, graph};
use crate::support::{country, network};

/// The example of `docs/methods.md`.
const NICKEL: &str = "oretrace: 1
companies:
  State Holding: {country: CHN}
  Northern Metals: {country: IDN, owners: {State Holding: 60%}}
  Island Nickel: {country: IDN, owners: {Northern Metals: 30%, State Holding: 25%, Harbour Fund: 45%}}
  Kobe Alloys: {country: JPN}
commodities:
  ore: {stage: mine, unit: t}
  nickel: {stage: refinery, unit: t, recipe: {ore: 1 t}}
  prod: {stage: component, unit: t, recipe: {nickel: 1 t}}
sites:
  pit: {country: IDN, makes: ore, output: 60 t, owners: {Island Nickel: 100%}}
  hill: {country: PHL, makes: ore, output: 40 t}
  smelter: {country: IDN, makes: nickel, output: 50 t, owners: {Northern Metals: 51%, Kobe Alloys: 49%}}
  works: {country: JPN, makes: nickel, output: 50 t, owners: {Kobe Alloys: 50%, Northern Metals: 50%}}
  plant: {country: KOR, makes: prod, output: 100 t, owners: {Kobe Alloys: 80%}}
";

fn asked(network: &Network, by: OwnersBy) -> Owners {
    owners(&graph(network), by, Rules::default())
}

fn find<'o>(found: &'o Owners, name: &str) -> &'o OwnerExposure {
    let is = |r: &&OwnerExposure| r.company.as_deref().or(r.control.as_deref()) == Some(name);
    found.owners.iter().find(is).unwrap()
}

#[test]
fn exposure_to_whoever_controls() {
    let network = network(NICKEL);
    let found = asked(&network, OwnersBy::Company);
    // State Holding: the smelter through Northern Metals, the pit through Island Nickel, of which it has 25 + 30 %.
    // T = 0.5 at tier 1 + 0.5 x 0.6 through the works; D = 0.5 + 0.5 x 0.6.
    let state = find(&found, "State Holding");
    assert_eq!(state.sites, ["pit", "smelter"]);
    assert_eq!(state.control.as_deref(), Some("CHN"));
    assert_abs_diff_eq!(state.direct.unwrap(), 0.5, epsilon = 1e-12);
    assert_abs_diff_eq!(state.look_through.unwrap(), 0.8, epsilon = 1e-12);
    assert_abs_diff_eq!(state.at_risk.unwrap(), 0.8, epsilon = 1e-12);
    // The works keep 0.4 of the ore, which makes 0.4 of the nickel.
    assert_abs_diff_eq!(state.at_risk_adapted.unwrap(), 0.6, epsilon = 1e-9);
    let kobe = find(&found, "Kobe Alloys");
    assert_eq!(kobe.sites, ["plant"]);
    assert_abs_diff_eq!(kobe.assembly, 1.0, epsilon = 1e-12);
    assert_eq!(found.owners.len(), 2);
    // Half and half is nobody's.
    assert_abs_diff_eq!(found.unattributed.direct.unwrap(), 0.5, epsilon = 1e-12);
    assert_eq!(found.unattributed.at_risk, None);

    let found = asked(&network, OwnersBy::Control);
    let china = find(&found, "CHN");
    assert_abs_diff_eq!(china.look_through.unwrap(), 0.8, epsilon = 1e-12);
    assert!(
        found
            .owners
            .iter()
            .all(|r| r.control.as_deref() != Some("IDN"))
    );

    let found = asked(&network, OwnersBy::Matrix);
    let cells: Vec<(&str, Option<&str>)> = found
        .owners
        .iter()
        .map(|r| (r.location.as_deref().unwrap(), r.control.as_deref()))
        .collect();
    let expected = [
        ("IDN", Some("CHN")),
        ("JPN", None),
        ("PHL", None),
        ("KOR", Some("JPN")),
    ];
    assert_eq!(cells, expected);
    let ore: Vec<(&str, Option<&str>, f64)> = found
        .shares
        .iter()
        .filter(|s| s.commodity == "ore")
        .map(|s| (&*s.location, s.control.as_deref(), s.share))
        .collect();
    assert_eq!(ore, [("IDN", Some("CHN"), 0.6), ("PHL", None, 0.4)]);
}

#[test]
fn makers_by_nationality_are_controlled_from_there_and_stand_anywhere() {
    let network = network(
        "oretrace: 1
commodities:
  chip: {stage: component, unit: unit}
  prod: {stage: assembly, unit: unit, recipe: {chip: 1 unit}}
production:
  - {commodity: chip, source: assumption, basis: maker, shares: {USA: 70%, KOR: 30%}}
sites:
  plant: {country: DEU, makes: prod}
",
    );
    let found = asked(&network, OwnersBy::Control);
    assert_abs_diff_eq!(find(&found, "USA").direct.unwrap(), 0.7, epsilon = 1e-12);
    assert!(found.notes[0].contains("nationality"), "{:?}", found.notes);
    let found = asked(&network, OwnersBy::Matrix);
    assert_eq!(find(&found, "USA").location.as_deref(), Some("unknown"));
    // No company is named, so that none is exposed to.
    assert!(asked(&network, OwnersBy::Company).owners.is_empty());
}

/// The network with random owners of its named sites, and companies that own one another.
fn owned(network: Network, picks: &[u8]) -> Network {
    const COMPANIES: [&str; 5] = ["a", "b", "c", "d", "e"];
    const HOMES: [&str; 3] = ["CHN", "JPN", "USA"];
    let mut parts = network.into_parts();
    let mut picks = picks.iter().cycle().map(|p| usize::from(*p));
    let mut pick = |n: usize| picks.next().unwrap() % n;
    for (at, company) in COMPANIES.iter().enumerate() {
        if let Some(home) = HOMES.get(pick(4)) {
            let home = country(home);
            parts.company_countries.insert(Arc::from(*company), home);
        }
        // Later ones own earlier ones, so that there is no circle.
        let owner = at + 1 + pick(4);
        if let Some(owner) = COMPANIES.get(owner) {
            let part = 0.2 * (1 + pick(5)) as f64;
            let list = vec![(Arc::from(*owner), part)];
            parts.company_owners.insert(Arc::from(*company), list);
        }
    }
    for site in parts.sites.iter_mut().filter(|s| s.kind == SiteKind::Named) {
        let details = site
            .details
            .get_or_insert_with(|| Box::new(SiteDetails::default()));
        let part = [0.0, 0.3, 0.6, 1.0][pick(4)];
        let (one, other) = (COMPANIES[pick(5)], COMPANIES[pick(5)]);
        details.owners = vec![(Arc::from(one), part)];
        if other != one {
            details.owners.push((Arc::from(other), 1.0 - part));
        }
        details.owners.sort_by(|a, b| a.0.cmp(&b.0));
    }
    Network::build(parts)
}

/// Sums of a figure over rows with the same name.
fn sums<'r>(
    rows: impl Iterator<Item = (&'r Option<String>, Option<f64>)>,
) -> BTreeMap<Option<String>, f64> {
    let mut sums: BTreeMap<Option<String>, f64> = BTreeMap::new();
    for (name, value) in rows {
        *sums.entry(name.clone()).or_default() += value.unwrap_or(0.0);
    }
    sums
}

fn check_places(graph: &SupplyGraph<'_>, matrix: &Owners) -> Result<(), TestCaseError> {
    let assembly = sums(
        matrix
            .owners
            .iter()
            .map(|r| (&r.location, Some(r.assembly))),
    );
    let direct = sums(matrix.owners.iter().map(|r| (&r.location, r.direct)));
    for row in exposure(graph).countries {
        let of = |sums: &BTreeMap<Option<String>, f64>| {
            sums.get(&Some(row.country.clone())).copied().unwrap_or(0.0)
        };
        prop_assert!(
            (of(&assembly) - row.assembly).abs() < 1e-9,
            "assembly of {}",
            row.country
        );
        prop_assert!(
            (of(&direct) - row.direct.unwrap_or(0.0)).abs() < 1e-9,
            "direct of {}",
            row.country
        );
    }
    for commodity in country_shares(graph, BandVintage::default()) {
        let cells = matrix
            .shares
            .iter()
            .filter(|s| s.commodity == commodity.commodity);
        let mut by_place: BTreeMap<&str, f64> = BTreeMap::new();
        cells.for_each(|s| *by_place.entry(&s.location).or_default() += s.share);
        if by_place.is_empty() {
            continue;
        }
        for part in &commodity.countries {
            let sum = by_place.get(part.country.as_str()).copied().unwrap_or(0.0);
            prop_assert!(
                (sum - part.share).abs() < 1e-9,
                "{} in {}",
                commodity.commodity,
                part.country
            );
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(cases(120))]

    /// What is controlled from each country, and what nobody is known to control, sum to what stands in a place.
    #[test]
    fn control_sums_to_location((Shown(world), _) in any_worlds(false), picks in prop::collection::vec(any::<u8>(), 40)) {
        let network = owned(network(&world.yaml(0)), &picks);
        let graph = graph(&network);
        let matrix = owners(&graph, OwnersBy::Matrix, Rules::default());
        check_places(&graph, &matrix)?;
        let control = owners(&graph, OwnersBy::Control, Rules::default());
        let across = sums(matrix.owners.iter().map(|r| (&r.control, r.direct)));
        for row in control.owners.iter().chain([&control.unattributed]) {
            let sum = across.get(&row.control).copied().unwrap_or(0.0);
            prop_assert!((sum - row.direct.unwrap_or(0.0)).abs() < 1e-9, "{row:?}");
        }
        let company = owners(&graph, OwnersBy::Company, Rules::default());
        for row in [&matrix, &control, &company].into_iter().flat_map(|f| &f.owners) {
            prop_assert!(row.touched <= 1.0 + 1e-12, "{row:?}");
            prop_assert!(row.direct <= row.look_through.map(|t| t + 1e-12), "{row:?}");
            if let (Some(at_risk), Some(adapted)) = (row.at_risk, row.at_risk_adapted) {
                prop_assert!(adapted <= at_risk, "{row:?}");
                prop_assert!(row.bottleneck.as_ref().is_none_or(|b| b.at_risk <= at_risk + 1e-9), "{row:?}");
            }
        }
        // Whatever a company of a country controls is controlled from there.
        for row in company.owners.iter().filter(|r| r.control.is_some()) {
            let home = control.owners.iter().find(|r| r.control == row.control).unwrap();
            prop_assert!(row.touched <= home.touched + 1e-9 && row.at_risk.unwrap() <= home.at_risk.unwrap() + 1e-9);
        }
    }
}
