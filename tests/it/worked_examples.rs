//! Worked by hand: each number is derived in the comment above it. Every rule of `docs/methods.md` and
//! `docs/data-format.md` that a small network can show has its test.

use approx::assert_abs_diff_eq;
use oretrace::analysis::{
    BandVintage, Bound, Chokepoint, ChokepointKind, ChokepointQuery, CommodityShare,
    CountryExposure, Exposure, Rules, Survival, Target, chokepoints, country_shares, exposure,
    exposure_of, look_through, tier_profile, why, world_share,
};
use oretrace::diag::{Code, Sources};
use oretrace::graph::{ProcessIx, ProcessKind, Roots, SupplyGraph};
use oretrace::load::{Input, load, load_scenario};
use oretrace::model::{Network, PriceSource, WeightMode, Weighting};
use oretrace::scenario::{DiffQuery, ScenarioDiff, diff};

use crate::support::{changed, country, graph_of as graph, net};

fn loaded(text: &str) -> (Option<Network>, Vec<Code>) {
    let mut sources = Sources::default();
    let file = sources.add("graph.yaml", format!("oretrace: 1\n{text}"));
    let loaded = load(&mut sources, &[Input::Text(file)], None);
    (
        loaded.network,
        loaded.diagnostics.iter().map(|d| d.code).collect(),
    )
}

fn refused(text: &str, code: Code) {
    let (network, codes) = loaded(text);
    assert!(network.is_none() && codes.contains(&code), "{codes:?}");
}

fn graph_in<'n>(network: &'n Network, product: &str, code: &str) -> SupplyGraph<'n> {
    let ix = network.find_commodity(product).unwrap();
    SupplyGraph::of_product(network, &Roots::product_in(ix, vec![country(code)])).unwrap()
}

fn target(graph: &SupplyGraph<'_>, code: &str) -> Target {
    Target::country(graph, country(code))
}

fn row(found: &Exposure, code: &str) -> CountryExposure {
    found
        .countries
        .iter()
        .find(|c| c.country == code)
        .unwrap_or_else(|| panic!("{code}: {found:?}"))
        .clone()
}

fn exposed(graph: &SupplyGraph<'_>, code: &str) -> CountryExposure {
    exposure_of(graph, &[target(graph, code)], Rules::default())
        .countries
        .first()
        .cloned()
        .unwrap_or_else(|| panic!("{code} has no part"))
}

fn shares_of(graph: &SupplyGraph<'_>, commodity: &str) -> CommodityShare {
    let all = country_shares(graph, BandVintage::default());
    all.into_iter()
        .find(|s| s.commodity == commodity)
        .unwrap_or_else(|| panic!("no {commodity}"))
}

fn part(share: &CommodityShare, place: &str) -> f64 {
    share
        .countries
        .iter()
        .find(|c| c.country == place)
        .map_or(0.0, |c| c.share)
}

fn world(network: &Network, commodity: &str) -> CommodityShare {
    world_share(
        network,
        network.find_commodity(commodity).unwrap(),
        BandVintage::default(),
    )
}

fn items(graph: &SupplyGraph<'_>, all: bool) -> Vec<Chokepoint> {
    chokepoints(
        graph,
        &ChokepointQuery {
            top: usize::MAX,
            all,
            ..ChokepointQuery::default()
        },
    )
    .items
}

fn item(graph: &SupplyGraph<'_>, kind: ChokepointKind, id: &str) -> Option<Chokepoint> {
    items(graph, true)
        .into_iter()
        .find(|i| i.kind == kind && i.id == id)
}

fn process(graph: &SupplyGraph<'_>, id: &str) -> ProcessIx {
    graph
        .indexed()
        .find(|(p, _)| graph.id(*p) == id)
        .unwrap_or_else(|| panic!("no {id}"))
        .0
}

fn at_risk(graph: &SupplyGraph<'_>, lost: &[&str]) -> f64 {
    let lost: Vec<ProcessIx> = lost.iter().map(|id| process(graph, id)).collect();
    Survival::new(graph).at_risk(&lost)
}

fn difference(network: &Network, product: &str, changes: &str) -> ScenarioDiff {
    let after = changed(network, changes);
    let query = DiffQuery {
        roots: Roots::product(network.find_commodity(product).unwrap()),
        targets: Vec::new(),
        chokepoints: ChokepointQuery::default(),
        rules: Rules::default(),
        rerouted: usize::MAX,
    };
    diff(network, &after, "s", None, &query).unwrap()
}

fn is(found: f64, expected: f64) {
    assert_abs_diff_eq!(found, expected, epsilon = 1e-9);
}

fn are(found: &[f64], expected: &[f64]) {
    assert_eq!(found.len(), expected.len(), "{found:?}");
    found.iter().zip(expected).for_each(|(a, b)| is(*a, *b));
}

// ---------------------------------------------------------------------------------------------------------------------
// Small examples, one for each measure
// ---------------------------------------------------------------------------------------------------------------------

const T0: &str = "
commodities:
  product: {stage: assembly, unit: unit, recipe: {magnet: 1 kg}}
  magnet: {stage: component, unit: kg, recipe: {metal: 1 kg}}
  metal: {stage: refinery, unit: kg, recipe: {oxide: 1 kg}}
  oxide: {stage: refinery, unit: kg, recipe: {ore: 1 kg}}
  ore: {stage: mine, unit: kg}
sites:
  plant: {country: USA, makes: product}
  mag-cn: {country: CHN, makes: magnet, output: 70 t}
  mag-jp: {country: JPN, makes: magnet, output: 30 t}
  met-cn: {country: CHN, makes: metal, output: 85 t}
  met-jp: {country: JPN, makes: metal, output: 15 t}
  sep-cn: {country: CHN, makes: oxide, output: 76.5 t}
  sep-my: {country: MYS, makes: oxide, output: 23.5 t}
  mine-cn: {country: CHN, makes: ore, output: 61.2 t}
  mine-us: {country: USA, makes: ore, output: 15.3 t}
  mine-au: {country: AUS, makes: ore, output: 23.5 t}
supply:
  - {buyer: plant, commodity: magnet, from: {mag-cn: 70%, mag-jp: 30%}}
  - {buyer: mag-cn, commodity: metal, from: {met-cn: 100%}}
  - {buyer: mag-jp, commodity: metal, from: {met-cn: 50%, met-jp: 50%}}
  - {buyer: met-cn, commodity: oxide, from: {sep-cn: 90%, sep-my: 10%}}
  - {buyer: met-jp, commodity: oxide, from: {sep-my: 100%}}
  - {buyer: sep-cn, commodity: ore, from: {mine-cn: 80%, mine-us: 20%}}
  - {buyer: sep-my, commodity: ore, from: {mine-au: 100%}}
";

/// T-0: S(1..4) = .70 .85 .765 .612, T .85, hidden .15, origin .612 .153 .235, sum over tiers 2.927.
#[test]
fn t0_tier_depth_exposure() {
    let network = net(T0);
    let graph = graph(&network, "product");
    let tiers = tier_profile(&graph, &[target(&graph, "CHN")]);
    assert_eq!(tiers.depth, 4);
    let curves = &tiers.countries[0];
    are(&curves.profile, &[0.0, 0.70, 0.85, 0.765, 0.612]);
    is(curves.profile.iter().sum::<f64>(), 2.927);
    // After one tier .70; .15 more by way of Japanese magnets of Chinese metal; nothing new further up.
    are(&curves.look_through_to, &[0.0, 0.70, 0.85, 0.85, 0.85]);
    // One material, all essential and weighted 1: at risk is the same.
    are(
        curves.at_risk_to.as_ref().unwrap(),
        &[0.0, 0.70, 0.85, 0.85, 0.85],
    );
    let china = exposed(&graph, "CHN");
    is(china.look_through.unwrap(), 0.85);
    is(china.direct.unwrap(), 0.70);
    is(china.hidden.unwrap(), 0.15);
    is(china.at_risk.unwrap(), 0.85);
    assert_eq!(china.first_tier, Some(1));
    // Origin: the mines' shares of what the product requires, which sum to 1.
    let ore = shares_of(&graph, "ore");
    is(part(&ore, "CHN"), 0.612);
    is(part(&ore, "USA"), 0.153);
    is(part(&ore, "AUS"), 0.235);
    is(ore.required.unwrap(), 1.0);
    // The worst step is metal: 85 % of it, against 70 % of magnets and 76.5 % of oxide.
    let step = china.bottleneck.unwrap();
    assert_eq!((step.commodity.as_str(), step.tier), ("metal", 2));
    is(step.at_risk, 0.85);
    is(step.share.unwrap(), 0.85);
    // Assembly in the USA, and .153 of ore from there: touched is all, by the last step.
    let usa = exposed(&graph, "USA");
    is(usa.assembly, 1.0);
    is(usa.look_through.unwrap(), 0.153);
    is(usa.touched, 1.0);
}

/// The routes of T-0 to China end at the first Chinese site: magnets .7; Japanese magnets of Chinese metal .15.
#[test]
fn t0_why() {
    let network = net(T0);
    let graph = graph(&network, "product");
    let found = why(&graph, &target(&graph, "CHN"), 10);
    is(found.value, 0.85);
    assert_eq!(found.paths.len(), 2);
    assert_eq!(found.paths[0].sites, ["plant", "mag-cn"]);
    is(found.paths[0].weight, 0.7);
    assert_eq!(found.paths[1].sites, ["plant", "mag-jp", "met-cn"]);
    is(found.paths[1].weight, 0.15);
    is(found.remainder, 0.0);
    is(why(&graph, &target(&graph, "CHN"), 1).remainder, 0.15);
    // American ore leaves the USA and comes back: plant, mag-cn or mag-jp, met-cn, sep-cn, mine-us.
    let home = why(&graph, &target(&graph, "USA"), 10);
    assert!(home.paths.iter().all(|p| p.round_trip), "{home:?}");
    is(home.paths.iter().map(|p| p.weight).sum(), 0.153);
}

/// T-1: .5 .3 .2 gives an HHI of 3800, top-3 1; high by both editions.
#[test]
fn t1_concentration() {
    let network = net("
commodities: {m: {stage: refinery, unit: t}}
production: [{commodity: m, source: assumption, output: {CHN: 50 t, USA: 30 t, JPN: 20 t}}]
");
    let share = world(&network, "m");
    is(share.hhi.unwrap(), 3800.0);
    is(share.top1.unwrap(), 0.5);
    is(share.top3.unwrap(), 1.0);
    assert_eq!(share.band.unwrap().word(), "high");
}

/// T-7a: (a1 or a2) and b1: {b1} is a single point of failure, a1 and a2 are none alone and one together.
#[test]
fn t7a_and_or() {
    let network = net("
commodities:
  p: {stage: assembly, unit: unit, recipe: {a: 1 kg, b: 1 kg}}
  a: {stage: component, unit: kg}
  b: {stage: component, unit: kg}
sites:
  plant: {country: DEU, makes: p}
  a1: {country: CHN, makes: a, output: 50 t}
  a2: {country: JPN, makes: a, output: 50 t}
  b1: {country: KOR, makes: b}
");
    let graph = graph(&network, "p");
    let single = |id: &str| {
        item(&graph, ChokepointKind::Site, id)
            .unwrap()
            .single_point_of_failure
    };
    assert!(single("b1") && !single("a1") && !single("a2"));
    is(at_risk(&graph, &["b1"]), 1.0);
    is(at_risk(&graph, &["a1"]), 0.5);
    is(at_risk(&graph, &["a1", "a2"]), 1.0);
    let both = [process(&graph, "a1"), process(&graph, "a2")];
    assert!(oretrace::analysis::Productive::new(&graph).stops(&both));
}

// ---------------------------------------------------------------------------------------------------------------------
// Tables and supply
// ---------------------------------------------------------------------------------------------------------------------

fn table(rows: &str) -> String {
    format!(
        "
commodities:
  p: {{stage: assembly, unit: unit, recipe: {{m: 1 t}}}}
  m: {{stage: refinery, unit: t}}
production: [{{commodity: m, source: assumption, {rows}}}]
sites: {{plant: {{country: DEU, makes: p}}}}
"
    )
}

#[test]
fn rule_01_sums_of_production_shares() {
    // 94 % is 94 %, the rest ROW.
    let network = net(&table("shares: {CHN: 94%}"));
    is(part(&world(&network, "m"), "CHN"), 0.94);
    is(part(&world(&network, "m"), "ROW"), 0.06);
    // 99 % and 101 % are rounding: .66/.99 and .67/1.01. With a note.
    let network = net(&table("shares: {CHN: 66%, USA: 33%}"));
    is(part(&world(&network, "m"), "CHN"), 2.0 / 3.0);
    assert!(
        graph(&network, "p")
            .notes()
            .iter()
            .any(|n| n.contains("rounding"))
    );
    let network = net(&table("shares: {CHN: 67%, USA: 34%}"));
    is(part(&world(&network, "m"), "CHN"), 67.0 / 101.0);
    // 102 % is an error.
    refused(
        &table("shares: {CHN: 68%, USA: 34%}"),
        Code::ShareSumOverOne,
    );
    // A total of 100 over rows of 80: ROW has 20.
    let network = net(&table("output: {CHN: 60 t, USA: 20 t}, total: 100 t"));
    is(part(&world(&network, "m"), "ROW"), 0.2);
}

#[test]
fn rule_02_regions_are_the_remainder() {
    let network = net(&table("output: {CHN: 60 t, REG-EU: 30 t, ROW: 10 t}"));
    let share = world(&network, "m");
    is(part(&share, "ROW"), 0.4);
    // ROW is no country: .6 squared only.
    is(share.hhi.unwrap(), 3600.0);
    assert!(
        graph(&network, "p")
            .notes()
            .iter()
            .any(|n| n.contains("REG-EU"))
    );
}

#[test]
fn rule_03_sums_of_supply_shares() {
    let text = |from: &str| {
        format!(
            "
commodities:
  p: {{stage: assembly, unit: unit, recipe: {{m: 1 t}}}}
  m: {{stage: refinery, unit: t}}
production: [{{commodity: m, source: assumption, output: {{CHN: 60 t, USA: 40 t}}}}]
sites: {{plant: {{country: DEU, makes: p}}}}
supply: [{{buyer: plant, commodity: m, from: {{{from}}}}}]
"
        )
    };
    // Up to 100.01 % it is taken as it is; above, an error.
    let network = net(&text("CHN: 50%, USA: 50.009%"));
    is(exposed(&graph(&network, "p"), "CHN").direct.unwrap(), 0.5);
    refused(&text("CHN: 50%, USA: 50.02%"), Code::ShareSumOverOne);
    // What is missing to 1 is unattributed: .3 of it here.
    let network = net(&text("CHN: 50%, USA: 20%"));
    let told = graph(&network, "p");
    is(shares_of(&told, "m").unattributed, 0.3);
    is(part(&shares_of(&told, "m"), "CHN"), 0.5);
    is(exposure(&told).unlocated.share, 0.3);
    // All of it may be the target, listed or not, since it is the rest of a supply entry: .5 + .3.
    is(exposed(&told, "CHN").look_through_high.unwrap(), 0.8);
    is(exposed(&told, "CHN").at_risk_high.unwrap(), 0.8);
    is(exposed(&told, "CHN").at_risk.unwrap(), 0.5);
    // `rest: market` sends it to the market: .5 + .3 x .6 and .2 + .3 x .4.
    let network = net(&text("CHN: 50%, USA: 20%").replace("20%}}", "20%}, rest: market}"));
    let told = graph(&network, "p");
    is(exposed(&told, "CHN").direct.unwrap(), 0.68);
    is(exposed(&told, "USA").direct.unwrap(), 0.32);
    is(shares_of(&told, "m").unattributed, 0.0);
}

const TRADE: &str = "
commodities:
  p: {stage: assembly, unit: unit, recipe: {m: 1 t}}
  m: {stage: refinery, unit: t, recipe: {ore: 2 t}}
  ore: {stage: mine, unit: t}
production:
  - {commodity: m, source: assumption, output: {CHN: 60 t, AUS: 30 t, ROW: 10 t}}
  - {commodity: ore, source: assumption, output: {AUS: 100 t}}
sites: {plant: {country: DEU, makes: p}}
";

#[test]
fn rule_04_trade_shares() {
    // CHN 50 %, ROW 30 % from the ROW site, 20 % unattributed.
    let network = net(&format!(
        "{TRADE}trade: [{{commodity: m, into: DEU, source: assumption, from: {{CHN: 50%, ROW: 30%}}}}]"
    ));
    let told = graph(&network, "p");
    is(part(&shares_of(&told, "m"), "CHN"), 0.5);
    is(part(&shares_of(&told, "m"), "ROW"), 0.3);
    is(shares_of(&told, "m").unattributed, 0.2);
    is(part(&shares_of(&told, "m"), "AUS"), 0.0);
    // The rest of an entry that lists China cannot be China, nor can the ROW of a table that lists it: T stays .5.
    is(exposed(&told, "CHN").look_through_high.unwrap(), 0.5);
    // Australia is not in the entry, so the 20 % may be Australian; the ROW site is of a table that lists Australia.
    // Low: ore of CHN and ROW, .8 x 1. High: .8 + .2.
    is(exposed(&told, "AUS").look_through.unwrap(), 0.8);
    is(exposed(&told, "AUS").look_through_high.unwrap(), 1.0);
    is(exposed(&told, "AUS").direct_high.unwrap(), 0.2);
    // Without a ROW site, `from: ROW` is unattributed: 10 t fewer in the table.
    let network = net(&format!("{TRADE}trade: [{{commodity: m, into: DEU, source: assumption, from: {{CHN: 50%, ROW: 50%}}}}]").replace(", ROW: 10 t", ""));
    let told = graph(&network, "p");
    is(shares_of(&told, "m").unattributed, 0.5);
    // No entry: the market, 60 : 30 : 10.
    let network = net(TRADE);
    are(
        &["CHN", "AUS", "ROW"].map(|c| part(&shares_of(&graph(&network, "p"), "m"), c)),
        &[0.6, 0.3, 0.1],
    );
}

#[test]
fn rule_05_re_exporter() {
    // 40 % from the Netherlands, which makes none and passes on 60 : 30 : 10; 60 % from China.
    let network = net(&format!(
        "{TRADE}trade: [{{commodity: m, into: DEU, source: assumption, from: {{CHN: 60%, NLD: 40%}}}}]"
    ));
    let told = graph(&network, "p");
    let dutch = exposed(&told, "NLD");
    is(dutch.direct.unwrap(), 0.4);
    is(dutch.look_through.unwrap(), 0.4);
    is(dutch.at_risk.unwrap(), 0.4);
    // It adds a tier: .6 Chinese at tier 1, .4 x .6 at tier 2.
    are(
        &tier_profile(&told, &[target(&told, "CHN")]).countries[0].profile,
        &[0.0, 0.6, 0.24, 0.0],
    );
    is(exposed(&told, "CHN").look_through.unwrap(), 0.84);
    // No maker: neither in the shares nor counted twice in what is required.
    let m = shares_of(&told, "m");
    is(part(&m, "NLD"), 0.0);
    is(part(&m, "CHN"), 0.84);
    is(m.required.unwrap(), 1.0);
    is(m.hhi.unwrap(), 1e4 * (0.84_f64.powi(2) + 0.12_f64.powi(2)));
    is(shares_of(&told, "ore").required.unwrap(), 2.0);
    let routes = why(&told, &target(&told, "CHN"), 5);
    assert_eq!(routes.paths[1].sites, ["plant", "m@NLD", "m@CHN"]);
    is(routes.paths[1].weight, 0.24);
}

#[test]
fn rule_06_not_traded() {
    let network = net("
commodities:
  p: {stage: assembly, unit: unit, recipe: {m: {amount: 1 t, weight: 0.5}, electricity: {amount: 5 MWh, weight: 0.5}}}
  m: {stage: refinery, unit: t, recipe: {electricity: 1 MWh}}
  electricity: {stage: energy, unit: MWh, traded: false, recipe: {coal: 1 t}}
  coal: {stage: mine, unit: t}
production:
  - {commodity: m, source: assumption, output: {CHN: 60 t, ROW: 40 t}}
  - {commodity: electricity, source: assumption, output: {CHN: 100 MWh, USA: 50 MWh}}
  - {commodity: coal, source: assumption, output: {AUS: 10 t}}
sites: {plant: {country: VNM, makes: p}}
");
    let told = graph(&network, "p");
    // Vietnam has no row: its power comes from an implied site there, whose recipe leads to coal all the same.
    let implied = process(&told, "electricity@VNM");
    assert_eq!(told.process(implied).kind, ProcessKind::Implied);
    // Direct .5 (power); assembly is all.
    let vietnam = exposed(&told, "VNM");
    is(vietnam.direct.unwrap(), 0.5);
    is(vietnam.assembly, 1.0);
    // Chinese power: only by way of Chinese m, already counted there: T = .5 x .6.
    is(exposed(&told, "CHN").look_through.unwrap(), 0.3);
    // All power burns Australian coal: .5 + .5 x 1.
    is(exposed(&told, "AUS").look_through.unwrap(), 1.0);
    // The ROW maker's power has the unknown country of its buyer: an implied site in ROW.
    assert_eq!(
        told.process(process(&told, "electricity@ROW")).kind,
        ProcessKind::Implied
    );
    // High for the USA: the ROW part of m may be American, .5 x .4; for China it may not, nor may the power it uses.
    is(
        exposure_of(&told, &[target(&told, "USA")], Rules::default())
            .countries
            .first()
            .map_or(0.0, |r| r.look_through.unwrap()),
        0.0,
    );
    is(
        look_through(&told, &target(&told, "USA"), Bound::High).of_product(&told),
        0.2,
    );
    is(
        look_through(&told, &target(&told, "CHN"), Bound::High).of_product(&told),
        0.3,
    );
    // Required power: 5 in Vietnam, 0.6 in China, 0.4 in ROW.
    let power = shares_of(&told, "electricity");
    is(power.required.unwrap(), 6.0);
    is(part(&power, "VNM"), 5.0 / 6.0);
    is(part(&power, "ROW"), 0.4 / 6.0);
    // What is not traded is no bottleneck.
    assert!(vietnam.bottleneck.is_none());
}

#[test]
fn rule_07_placeless_site() {
    let network = net("
commodities:
  p: {stage: assembly, unit: unit, recipe: {board: {amount: 1 unit, weight: 3}, m: {amount: 1 t, weight: 1}}}
  board: {stage: component, unit: unit, recipe: {m: 1 t}}
  m: {stage: refinery, unit: t}
  paint: {stage: refinery, unit: t}
production: [{commodity: m, source: assumption, output: {CHN: 80 t, USA: 20 t}}]
sites: {plant: {country: DEU, makes: p}}
");
    let told = graph(&network, "p");
    let found = exposure(&told);
    // 75 % of the value meets a placeless site; its m is Chinese to 80 %.
    is(found.unlocated.share, 0.75);
    assert_eq!(found.unlocated.inputs[0].commodity, "board");
    is(row(&found, "CHN").look_through.unwrap(), 0.8);
    // High: the board is made in China, .75 + .25 x .8.
    is(row(&found, "CHN").look_through_high.unwrap(), 0.95);
    is(row(&found, "CHN").at_risk_high.unwrap(), 1.0);
    let board = shares_of(&told, "board");
    assert_eq!(board.countries.len(), 1);
    is(part(&board, "unknown"), 1.0);
    assert!(board.hhi.is_none(), "no country makes it");
    // No chokepoint unless asked for, and no single point of failure even then.
    assert!(items(&told, false).iter().all(|i| !i.id.contains("board")));
    let board = item(&told, ChokepointKind::Site, "board@placeless").unwrap();
    is(board.at_risk, 1.0);
    assert!(!board.single_point_of_failure);
}

#[test]
fn rule_07_nothing_known_is_unattributed() {
    let network = net("
commodities:
  p: {stage: assembly, unit: unit, recipe: {m: 1 t}}
  m: {stage: refinery, unit: t}
sites: {plant: {country: DEU, makes: p}}
");
    let told = graph(&network, "p");
    let share = shares_of(&told, "m");
    is(share.unattributed, 1.0);
    is(exposure(&told).unlocated.share, 1.0);
    is(
        look_through(&told, &target(&told, "CHN"), Bound::High).of_product(&told),
        1.0,
    );
    is(
        Survival::new(&told).at_risk_high(&target(&told, "CHN")),
        1.0,
    );
}

#[test]
fn rule_08_named_sites_carve() {
    let text = |rows: &str, site: &str| {
        format!(
            "
commodities: {{m: {{stage: mine, unit: t}}}}
production: [{{commodity: m, source: assumption, {rows}}}]
sites: {{pit: {{country: USA, makes: m, {site}}}}}
"
        )
    };
    // Out of its country's row: 45 of 50; the aggregate keeps 5. Country shares are as before.
    let network = net(&text("output: {USA: 50 t, CHN: 50 t}", "output: 45 t"));
    let output = |id: &str| network.site(network.find_site(id).unwrap()).output.unwrap();
    is(output("m@USA"), 5.0);
    is(output("pit"), 45.0);
    is(part(&world(&network, "m"), "USA"), 0.5);
    // Without a row, out of ROW: 20 of 30.
    let network = net(&text("output: {CHN: 70 t, ROW: 30 t}", "output: 20 t"));
    is(part(&world(&network, "m"), "USA"), 0.2);
    is(part(&world(&network, "m"), "ROW"), 0.1);
    refused(
        &text("output: {CHN: 70 t}", "output: 20 t"),
        Code::CarveNoRow,
    );
    refused(
        &text("output: {USA: 10 t, CHN: 70 t}", "output: 20 t"),
        Code::CarveTooMuch,
    );
    refused(
        &text("shares: {USA: 50%, CHN: 50%}", "output: 20 t"),
        Code::CarveFromShares,
    );
    refused(
        &text("output: {USA: 50 t, CHN: 50 t}", "note: none"),
        Code::MissingOutput,
    );
    // Shares with a total can be carved: 50 % of 100 t less 20 t.
    let network = net(&text(
        "shares: {USA: 50%, CHN: 50%}, total: 100 t",
        "output: 20 t",
    ));
    is(
        network
            .site(network.find_site("m@USA").unwrap())
            .output
            .unwrap(),
        30.0,
    );
    // The only maker needs no output.
    let alone = net("
commodities: {m: {stage: mine, unit: t}}
sites: {pit: {country: USA, makes: m}}
");
    is(part(&world(&alone, "m"), "USA"), 1.0);
}

const RECYCLED: &str = "
commodities:
  p: {stage: assembly, unit: unit, recipe: {m: 10 t}}
  m: {stage: refinery, unit: t, recycled: 20%, recipe: {ore: 3 t}}
  ore: {stage: mine, unit: t}
production:
  - {commodity: m, source: assumption, output: {CHN: 75 t, DEU: 25 t}}
  - {commodity: ore, source: assumption, output: {AUS: 10 t}}
sites: {plant: {country: DEU, makes: p}}
";

#[test]
fn rule_09_recycled() {
    let network = net(RECYCLED);
    let told = graph(&network, "p");
    // 20 % German scrap, then 80 % x (75 : 25).
    is(exposed(&told, "CHN").direct.unwrap(), 0.6);
    is(exposed(&told, "DEU").direct.unwrap(), 0.2 + 0.2);
    // Scrap needs no ore: T of Australia is .8, and 24 t of ore for 8 t of m.
    is(exposed(&told, "AUS").look_through.unwrap(), 0.8);
    is(shares_of(&told, "ore").required.unwrap(), 24.0);
    let m = shares_of(&told, "m");
    is(m.required.unwrap(), 8.0);
    is(part(&m, "CHN"), 0.75);
    let scrap = shares_of(&told, "scrap:m");
    is(scrap.required.unwrap(), 2.0);
    is(part(&scrap, "DEU"), 1.0);
    is(at_risk(&told, &["scrap:m@DEU"]), 0.2);
    // Without ore all but scrap stops.
    is(exposed(&told, "AUS").at_risk.unwrap(), 0.8);
}

#[test]
fn rule_10_one_table_and_routes() {
    refused(
        "
commodities: {m: {stage: mine, unit: t}}
production:
  - {commodity: m, source: assumption, output: {CHN: 1 t}}
  - {commodity: m, source: assumption, output: {USA: 1 t}}
",
        Code::DuplicateTable,
    );
    let network = net("
commodities:
  p: {stage: assembly, unit: unit, recipe: {m: 1 t}}
  m:
    stage: refinery
    unit: t
    routes:
      - {name: smelted, share: 75%, recipe: {ore: 2 t}}
      - {name: leached, share: 25%, recipe: {acid: 4 t}}
  ore: {stage: mine, unit: t}
  acid: {stage: refinery, unit: t}
sites:
  plant: {country: DEU, makes: p}
  works: {country: USA, makes: m}
  pit: {country: CHN, makes: ore}
  tank: {country: JPN, makes: acid}
");
    let told = graph(&network, "p");
    // Alternatives: losing ore stops three quarters, and so does T weigh them.
    is(at_risk(&told, &["pit"]), 0.75);
    is(at_risk(&told, &["tank"]), 0.25);
    is(exposed(&told, "CHN").look_through.unwrap(), 0.75);
    is(shares_of(&told, "ore").required.unwrap(), 1.5);
    is(shares_of(&told, "acid").required.unwrap(), 1.0);
    assert!(
        !item(&told, ChokepointKind::Site, "pit")
            .unwrap()
            .single_point_of_failure
    );
    // The site itself is one item, both of its routes together.
    let works = item(&told, ChokepointKind::Site, "works").unwrap();
    assert!(works.single_point_of_failure);
    is(works.share.unwrap(), 1.0);
}

#[test]
fn weak_sources_and_unclear_terms_are_told_apart() {
    let text = table("shares: {CHN: 70%}").replace("source: assumption", "source: yearbook");
    let noted = |what: &str| {
        let marked = format!("{text}sources: {{yearbook: {{title: A yearbook, {what}}}}}\n");
        let notes = oretrace::analysis::grounds(&graph(&net(&marked), "p"));
        let has = |part: &str| {
            notes
                .iter()
                .any(|n| n.contains("100 %") && n.contains(part) && n.contains("(m)"))
        };
        (has("weak sources"), has("terms of use are unclear"))
    };
    let unclear = "licence: \"Unclear: two copies disagree\"";
    let weak = "quality: weak blog";
    assert_eq!(
        noted("licence: public domain, quality: a file"),
        (false, false)
    );
    assert_eq!(noted(unclear), (false, true));
    assert_eq!(noted(weak), (true, false));
    assert_eq!(noted(&format!("{unclear}, {weak}")), (true, true));
}

#[test]
fn rule_11_basis_and_bound() {
    let network = net(&table("shares: {CHN: 70%}, basis: maker, bound: lower"));
    let told = graph(&network, "p");
    let share = shares_of(&told, "m");
    assert_eq!(share.basis, Some("maker"));
    assert!(share.hhi.is_none(), "a lower bound has no index");
    is(part(&share, "CHN"), 0.7);
    assert!(
        oretrace::analysis::grounds(&told)
            .iter()
            .any(|n| n.contains("100 %") && n.contains("nationality"))
    );
}

#[test]
fn rule_11_units() {
    // 500 g per kg of p at 2 USD/kg; 3 kg of b at 1000 USD/t: costs 1 and 3. Outputs in different units: 1 kt and 1000 t.
    let network = net("
commodities:
  p: {stage: assembly, unit: kg, recipe: {a: 500 g, b: 3 kg, power: 3.6 MJ}}
  a: {stage: refinery, unit: t, price: {value: 2, unit: USD/kg, source: assumption}}
  b: {stage: refinery, unit: kg, price: {value: 1000, unit: USD/t, source: assumption}}
  power: {stage: energy, unit: kWh, price: {value: 0, unit: USD/MWh, source: assumption}}
production:
  - {commodity: a, source: assumption, output: {CHN: 1 kt, USA: 1000 t}}
  - {commodity: b, source: assumption, output: {CHN: 1 t, USA: 3000 kg}}
sites: {plant: {country: DEU, makes: p}}
");
    let told = graph(&network, "p");
    is(shares_of(&told, "a").required.unwrap(), 0.0005);
    is(shares_of(&told, "b").required.unwrap(), 3.0);
    is(shares_of(&told, "power").required.unwrap(), 1.0);
    // T of China: 1/4 x 1/2 + 3/4 x 1/4.
    is(exposed(&told, "CHN").look_through.unwrap(), 0.125 + 0.1875);
}

// ---------------------------------------------------------------------------------------------------------------------
// Measures
// ---------------------------------------------------------------------------------------------------------------------

fn weighted(a: &str, b: &str, prices: [&str; 2]) -> Network {
    let price = |p: &str| {
        if p.is_empty() {
            String::new()
        } else {
            format!(", price: {{value: {p}, unit: USD/t, source: assumption}}")
        }
    };
    net(&format!(
        "
commodities:
  p: {{stage: assembly, unit: unit, recipe: {{a: {a}, b: {b}}}}}
  a: {{stage: refinery, unit: t{}}}
  b: {{stage: refinery, unit: t{}, recipe: {{ore: 2 t}}}}
  ore: {{stage: mine, unit: t, price: {{value: 5, unit: USD/t, source: assumption}}}}
sites:
  plant: {{country: DEU, makes: p}}
  a1: {{country: CHN, makes: a}}
  b1: {{country: USA, makes: b}}
  o1: {{country: AUS, makes: ore}}
",
        price(prices[0]),
        price(prices[1])
    ))
}

#[test]
fn rule_12_weights() {
    let direct = |n: &Network| exposed(&graph(n, "p"), "CHN").direct.unwrap();
    let weighting = |n: &Network| {
        n.commodity(n.find_commodity("p").unwrap())
            .recipe
            .as_ref()
            .unwrap()
            .weighting
    };
    // Stated: 3 of 4.
    let stated = weighted(
        "{amount: 1 t, weight: 3}",
        "{amount: 1 t, weight: 1}",
        ["10", "10"],
    );
    is(direct(&stated), 0.75);
    assert_eq!(weighting(&stated), Weighting::Stated);
    // Cost: 2 t at 10 against 3 t at 20: 20 of 80.
    let cost = weighted("2 t", "3 t", ["10", "20"]);
    is(direct(&cost), 0.25);
    assert_eq!(weighting(&cost), Weighting::Cost);
    // b unpriced: its cost of inputs is 2 t of ore at 5 = 10, so 20 of 50; and p costs 50.
    let derived = weighted("2 t", "3 t", ["10", ""]);
    is(direct(&derived), 0.4);
    let price = |c: &str| {
        derived
            .commodity(derived.find_commodity(c).unwrap())
            .price
            .clone()
            .unwrap()
    };
    is(price("b").value, 10.0);
    is(price("p").value, 50.0);
    assert_eq!(price("p").origin, PriceSource::Derived);
    // a unpriced and without a recipe: equal, and said so.
    let equal = weighted("2 t", "3 t", ["", "20"]);
    is(direct(&equal), 0.5);
    assert_eq!(weighting(&equal), Weighting::Equal);
    assert!(
        oretrace::analysis::grounds(&graph(&equal, "p"))
            .iter()
            .any(|n| n.contains("weigh equally"))
    );
    // The command line may force cost or equal weights.
    is(direct(&stated.clone().with_weights(WeightMode::Value)), 0.5);
    is(direct(&cost.with_weights(WeightMode::Equal)), 0.5);
    let recipe = |weights: [&str; 2]| {
        format!(
            "
commodities:
  p: {{stage: assembly, unit: unit, recipe: {{a: {{amount: 1 t{}}}, b: {{amount: 1 t{}}}}}}}
  a: {{stage: refinery, unit: t}}
  b: {{stage: refinery, unit: t}}
",
            weights[0], weights[1]
        )
    };
    refused(&recipe([", weight: 1", ""]), Code::WeightsIncomplete);
    refused(&recipe([", weight: 0", ", weight: 0"]), Code::WeightSum);
}

#[test]
fn rule_12_derived_prices_stop_at_cycles_and_sites() {
    // a and b need each other: neither has a price, so p weighs equally. A site's own recipe prices nothing.
    let network = net("
commodities:
  p: {stage: assembly, unit: unit, recipe: {a: 9 t, ore: 1 t}}
  a: {stage: refinery, unit: t, recipe: {b: 0.1 t, ore: 1 t}}
  b: {stage: refinery, unit: t, recipe: {a: 0.1 t}}
  c: {stage: refinery, unit: t}
  ore: {stage: mine, unit: t, price: {value: 5, unit: USD/t, source: assumption}}
sites:
  plant: {country: DEU, makes: p}
  works: {country: CHN, makes: c, recipe: {ore: 2 t}}
");
    let priced = |c: &str| {
        network
            .commodity(network.find_commodity(c).unwrap())
            .price
            .is_some()
    };
    assert!(!priced("a") && !priced("b") && !priced("p") && !priced("c"));
    let told = graph(&network, "p");
    assert!(
        told.inputs_of(process(&told, "plant"))
            .all(|i| (i.weight - 0.5).abs() < 1e-12)
    );
}

const TWO_PLANTS: &str = "
commodities:
  p: {stage: assembly, unit: unit, recipe: {m: 1 t}}
  m: {stage: refinery, unit: t, recipe: {ore: 1 t}}
  ore: {stage: mine, unit: t}
production:
  - {commodity: p, source: assumption, output: {USA: 30 units, CHN: 10 units}}
  - {commodity: m, source: assumption, output: {USA: 50 t, DEU: 50 t}}
  - {commodity: ore, source: assumption, output: {CHN: 20 t, AUS: 80 t}}
supply: [{buyer: p@CHN, commodity: m, from: {DEU: 100%}}]
";

#[test]
fn rule_13_tier_0() {
    let network = net(TWO_PLANTS);
    let told = graph(&network, "p");
    let found = exposure(&told);
    let usa = row(&found, "USA");
    // Three quarters assembled there; direct: .75 x .5 + .25 x 0; touched: .75 + .25 x T of the Chinese plant (0).
    is(usa.assembly, 0.75);
    is(usa.direct.unwrap(), 0.375);
    is(usa.look_through.unwrap(), 0.375);
    is(usa.touched, 0.75);
    // Losing the USA: own plant gone; the Chinese one buys German m. D = .75.
    is(usa.at_risk.unwrap(), 0.75);
    let china = row(&found, "CHN");
    // T: all m takes ore, 20 % of it Chinese. touched = .25 + .75 x .2. D: .25 + .75 x .2.
    is(china.look_through.unwrap(), 0.2);
    is(china.touched, 0.4);
    is(china.at_risk.unwrap(), 0.4);
    // Germany: .75 x .5 + .25 x 1.
    is(row(&found, "DEU").direct.unwrap(), 0.625);
    is(row(&found, "DEU").at_risk.unwrap(), 0.625);
}

#[test]
fn rule_13_what_if_site() {
    let network = net(TWO_PLANTS);
    let told = graph_in(&network, "p", "VNM");
    assert!(told.is_what_if());
    let vietnam = exposed(&told, "VNM");
    assert!(vietnam.at_risk.is_none() && vietnam.at_risk_high.is_none());
    is(vietnam.assembly, 1.0);
    // It buys from the world market.
    is(exposed(&told, "USA").direct.unwrap(), 0.5);
    is(exposed(&told, "USA").at_risk.unwrap(), 0.5);
    // Where there is a site, that one is meant: the Chinese plant buys German m only.
    let told = graph_in(&network, "p", "CHN");
    assert!(!told.is_what_if());
    is(exposed(&told, "DEU").direct.unwrap(), 1.0);
}

#[test]
fn rule_14_no_recipe() {
    let network = net("
commodities: {m: {stage: mine, unit: t}}
production: [{commodity: m, source: assumption, output: {CHN: 60 t, AUS: 40 t}}]
");
    let china = exposed(&graph(&network, "m"), "CHN");
    assert!(china.direct.is_none() && china.look_through.is_none() && china.hidden.is_none());
    assert!(china.look_through_high.is_none() && china.direct_high.is_none());
    is(china.assembly, 0.6);
    is(china.at_risk.unwrap(), 0.6);
}

const HOST: &str = "
commodities:
  p: {stage: assembly, unit: unit, recipe: {gallium: 1 kg}}
  gallium: {stage: refinery, unit: kg, byproduct_of: {commodity: alumina, yield: 20 g/t}, recipe: {soda: 4 kg}}
  alumina: {stage: refinery, unit: t, recipe: {bauxite: 2 t}}
  bauxite: {stage: mine, unit: t}
  soda: {stage: refinery, unit: kg}
production:
  - {commodity: gallium, source: assumption, output: {CHN: 80 t, JPN: 10 t, ROW: 10 t}}
  - {commodity: alumina, source: assumption, output: {CHN: 5 Mt, AUS: 5 Mt}}
  - {commodity: bauxite, source: assumption, output: {GIN: 70 Mt, AUS: 30 Mt}}
  - {commodity: soda, source: assumption, output: {USA: 1 Mt}}
sites: {plant: {country: DEU, makes: p}}
";

#[test]
fn rule_15_depth() {
    let network = net(HOST);
    let told = graph(&network, "p");
    // Tiers: p 0, gallium 1, soda and the host alumina 2, the host's bauxite 3.
    let tiers = |c: &str| shares_of(&told, c).tiers;
    assert_eq!(
        [tiers("gallium"), tiers("alumina"), tiers("bauxite")],
        [vec![1], vec![2], vec![3]]
    );
    // Slack in China: 20 g/t x 5 Mt = 100 t over 80 t = 1.25. Guinea lost: alumina falls to .3, gallium to .375, so p loses
    // .8 x .625 = .5, and only once tier 3 counts. T knows no hosts.
    let curves = tier_profile(
        &told,
        &[
            target(&told, "GIN"),
            target(&told, "DEU"),
            target(&told, "CHN"),
        ],
    );
    let of = |code: &str| curves.countries.iter().find(|c| c.country == code).unwrap();
    assert_eq!(curves.depth, 3);
    are(
        of("GIN").at_risk_to.as_ref().unwrap(),
        &[0.0, 0.0, 0.0, 0.5],
    );
    are(&of("GIN").look_through_to, &[0.0; 4]);
    // Index 0: assembly for at risk, 0 for look-through.
    are(of("DEU").at_risk_to.as_ref().unwrap(), &[1.0; 4]);
    are(&of("DEU").look_through_to, &[0.0; 4]);
    are(
        of("CHN").at_risk_to.as_ref().unwrap(),
        &[0.0, 0.8, 0.8, 0.8],
    );
}

#[test]
fn rule_16_byproduct_tie() {
    let network = net(HOST);
    let told = graph(&network, "p");
    // Half of the host's bauxite would do: slack 1.25 covers a loss of 20 % and no more. Australia: alumina@CHN keeps .7,
    // gallium@CHN min(1, 1.25 x .7 = .875): p loses .8 x .125 = .1. Australian alumina is no host of Chinese gallium.
    is(exposed(&told, "AUS").at_risk.unwrap(), 0.1);
    is(at_risk(&told, &["bauxite@GIN"]), 0.8 * (1.0 - 1.25 * 0.3));
    // Chinese alumina lost: Chinese gallium with it. JPN and ROW have no tie.
    is(at_risk(&told, &["alumina@CHN"]), 0.8);
    let notes = oretrace::analysis::grounds(&told);
    assert!(
        notes
            .iter()
            .any(|n| n.contains("not tied") && n.contains("JPN")),
        "{notes:?}"
    );
    // Reached only as a host: no amount, and no part in T.
    assert!(shares_of(&told, "alumina").required.is_none());
    is(
        look_through(&told, &target(&told, "AUS"), Bound::Low).of_product(&told),
        0.0,
    );
    // Bare shares: slack 1 and a note. Guinea: alumina .3, gallium .3: .8 x .7.
    let bare = net(&HOST.replace(
        "output: {CHN: 80 t, JPN: 10 t, ROW: 10 t}",
        "shares: {CHN: 80%, JPN: 10%, ROW: 10%}",
    ));
    let told = graph(&bare, "p");
    is(at_risk(&told, &["bauxite@GIN"]), 0.56);
    assert!(
        oretrace::analysis::grounds(&told)
            .iter()
            .any(|n| n.contains("slack"))
    );
    // Two host sites with different suppliers: the mean by output, 4 Mt at .3 (lost Guinea) and 1 Mt at 1: .44; x 1.25 = .55.
    let two = net(&format!(
        "{HOST}  old-works: {{country: CHN, makes: alumina, output: 1 Mt}}
supply: [{{buyer: old-works, commodity: bauxite, from: {{AUS: 100%}}}}]
"
    )
    .replace(
        "sites: {plant: {country: DEU, makes: p}}",
        "sites:\n  plant: {country: DEU, makes: p}",
    ));
    is(at_risk(&graph(&two, "p"), &["bauxite@GIN"]), 0.8 * 0.45);
}

#[test]
fn rule_17_bounds() {
    // Market: CHN 50, USA 30, ROW 20. ROW cannot be CHN or USA, which the table lists; it may be DEU.
    let network = net(&table("output: {CHN: 50 t, USA: 30 t, ROW: 20 t}").replace(
        "plant: {country: DEU, makes: p}",
        "plant: {country: JPN, makes: p}",
    ));
    let told = graph(&network, "p");
    let high = |countries: &[&str]| {
        let members = countries.iter().map(|c| country(c)).collect();
        let group = Target::countries(&told, "group", members);
        let t = look_through(&told, &group, Bound::High).of_product(&told);
        is(Survival::new(&told).at_risk_high(&group), t);
        t
    };
    is(high(&["CHN"]), 0.5);
    is(high(&["DEU"]), 0.2);
    // A group is excluded only if every member is listed.
    is(high(&["CHN", "USA"]), 0.8);
    is(high(&["CHN", "DEU"]), 0.7);
    // The remainder is located outside the listed countries: no unlocated share.
    is(exposure(&told).unlocated.share, 0.0);
    // The product's own remainder: assembly of an unlisted country is 0 to .25.
    let own = net("
commodities:
  p: {stage: assembly, unit: unit, recipe: {m: 1 t}}
  m: {stage: refinery, unit: t}
production:
  - {commodity: p, source: assumption, output: {CHN: 75 units, ROW: 25 units}}
  - {commodity: m, source: assumption, output: {USA: 1 t}}
");
    let told = graph(&own, "p");
    let usa = exposed(&told, "USA");
    is(usa.assembly, 0.0);
    is(usa.assembly_high, 0.25);
    is(usa.at_risk_high.unwrap(), 1.0);
    is(exposed(&told, "CHN").assembly_high, 0.75);
    // The ROW site alone: still not in a country that the table lists.
    let site = own.find_site("p@ROW").unwrap();
    let told = SupplyGraph::of_product(&own, &Roots::site(&own, site)).unwrap();
    let high = |code: &str| {
        exposure_of(
            &told,
            &[target(&told, code), target(&told, "USA")],
            Rules::default(),
        )
        .countries
        .into_iter()
        .find(|c| c.country == code)
        .map_or(0.0, |c| c.assembly_high)
    };
    is(high("CHN"), 0.0);
    is(high("USA"), 1.0);
}

/// What a buyer in the remainder uses at home is where the buyer is: in no country that the buyer's table lists.
#[test]
fn rule_17_bounds_of_what_the_remainder_uses_at_home() {
    let network = net("
commodities:
  p: {stage: assembly, unit: unit, recipe: {m: 1 t}}
  m: {stage: refinery, unit: t, recipe: {steam: 1 t}}
  steam: {stage: energy, unit: t, traded: false, recipe: {power: 1 MWh}}
  power: {stage: energy, unit: MWh, traded: false}
production:
  - {commodity: m, source: assumption, output: {CHN: 60 t, ROW: 40 t}}
  - {commodity: steam, source: assumption, output: {USA: 1 t}}
  - {commodity: power, source: assumption, output: {USA: 1 MWh}}
sites: {plant: {country: DEU, makes: p}}
");
    let told = graph(&network, "p");
    let high =
        |code: &str| look_through(&told, &target(&told, code), Bound::High).of_product(&told);
    // m@ROW may be American, though steam and power have American rows; it cannot be Chinese.
    is(high("USA"), 0.4);
    is(high("CHN"), 0.6);
}

#[test]
fn rule_18_share() {
    // Half named (CHN 30, USA 20), the rest unattributed: denominator is all that is required.
    let network = net("
commodities:
  p: {stage: assembly, unit: unit, recipe: {m: 4 t}}
  m: {stage: refinery, unit: t}
production: [{commodity: m, source: assumption, output: {CHN: 60 t, USA: 30 t, ROW: 10 t}}]
sites: {plant: {country: DEU, makes: p}}
supply: [{buyer: plant, commodity: m, from: {CHN: 30%, USA: 20%, ROW: 10%}}]
");
    let share = shares_of(&graph(&network, "p"), "m");
    is(share.required.unwrap(), 4.0);
    are(
        &["CHN", "USA", "ROW"].map(|c| part(&share, c)),
        &[0.3, 0.2, 0.1],
    );
    is(share.unattributed, 0.4);
    // .09 + .04; ROW is split to nothing.
    is(share.hhi.unwrap(), 1300.0);
    is(share.top1.unwrap(), 0.3);
    is(share.top3.unwrap(), 0.5);
    // The market's own mix is another matter.
    is(part(&world(&network, "m"), "CHN"), 0.6);
}

#[test]
fn rule_19_bottleneck() {
    // China: 60 % of a, 60 % of b, half of the ore of a. Worst step: a and b tie at .6; the lower tier is both 1; then the id.
    // All together: min(a: .4 x 1 by ore .5 -> .4 x .5 = .2, b .4) = .2, so D = .8.
    let network = net("
commodities:
  p: {stage: assembly, unit: unit, recipe: {a: {amount: 1 t, weight: 1}, b: {amount: 1 t, weight: 1}}}
  a: {stage: refinery, unit: t, recipe: {ore: 1 t}}
  b: {stage: refinery, unit: t}
  ore: {stage: mine, unit: t}
production:
  - {commodity: a, source: assumption, output: {CHN: 60 t, USA: 40 t}}
  - {commodity: b, source: assumption, output: {CHN: 60 t, USA: 40 t}}
  - {commodity: ore, source: assumption, output: {CHN: 50 t, AUS: 50 t}}
sites: {plant: {country: DEU, makes: p}}
");
    let told = graph(&network, "p");
    let china = exposed(&told, "CHN");
    let step = china.bottleneck.unwrap();
    assert_eq!(
        (step.commodity.as_str(), step.stage, step.tier),
        ("a", "refinery", 1)
    );
    is(step.at_risk, 0.6);
    is(step.share.unwrap(), 0.6);
    is(china.at_risk.unwrap(), 0.8);
    assert_eq!(china.first_tier, Some(1));
    let australia = exposed(&told, "AUS");
    assert_eq!(australia.bottleneck.unwrap().commodity, "ore");
    // S(2) of Australia: .5 of weight on a, half of its ore.
    assert_eq!(australia.first_tier, Some(2));
    is(australia.look_through.unwrap(), 0.25);
}

#[test]
fn rule_20_chokepoints() {
    let network = net("
commodities:
  p: {stage: assembly, unit: unit, recipe: {a: {amount: 1 t, weight: 1}, b: {amount: 1 t, weight: 1}, power: {amount: 1 MWh, weight: 1}}}
  a: {stage: refinery, unit: t}
  b: {stage: refinery, unit: t}
  power: {stage: energy, unit: MWh, traded: false}
production:
  - {commodity: a, source: assumption, output: {CHN: 92 t, USA: 8 t}}
  - {commodity: b, source: assumption, output: {CHN: 50 t, AUS: 50 t}}
  - {commodity: power, source: assumption, output: {DEU: 1 MWh}}
sites:
  plant: {country: DEU, makes: p}
  big: {country: CHN, makes: a, output: 80 t, operator: Big}
");
    let told = graph(&network, "p");
    let found = items(&told, false);
    let of = |kind, id: &str| found.iter().find(|i| i.kind == kind && i.id == id);
    let pair = ChokepointKind::CountryCommodity;
    // Tier 0 and what is not traded are left out unless asked for.
    assert!(of(pair, "p@DEU").is_none() && of(pair, "power@DEU").is_none());
    assert!(
        item(&told, pair, "power@DEU")
            .unwrap()
            .single_point_of_failure
    );
    let a = of(pair, "a@CHN").unwrap();
    is(a.at_risk, 0.92);
    is(a.share.unwrap(), 0.92);
    assert!(a.near && !a.single_point_of_failure);
    assert_eq!(a.tiers, [1]);
    is(of(ChokepointKind::Company, "Big").unwrap().at_risk, 0.8);
    is(of(ChokepointKind::Site, "big").unwrap().at_risk, 0.8);
    is(of(ChokepointKind::Site, "a@CHN").unwrap().at_risk, 0.12);
    // With Chinese a made safe, China can still cost b: .5; with b safe too, nothing.
    is(a.remaining.unwrap(), 0.5);
    is(of(pair, "b@CHN").unwrap().remaining.unwrap(), 0.0);
    // An input with an unattributed part cannot fail entirely.
    let open = net("
commodities:
  p: {stage: assembly, unit: unit, recipe: {a: 1 t}}
  a: {stage: refinery, unit: t}
production: [{commodity: a, source: assumption, output: {CHN: 1 t}}]
sites: {plant: {country: DEU, makes: p}}
supply: [{buyer: plant, commodity: a, from: {CHN: 99%}}]
");
    let told = graph(&open, "p");
    let a = item(&told, ChokepointKind::Site, "a@CHN").unwrap();
    is(a.at_risk, 0.99);
    assert!(a.near && !a.single_point_of_failure);
}

/// Inputs that are not essential stop a product only if all of its value hangs on them.
#[test]
fn rule_20_single_points_without_essential_inputs() {
    let network = net("
commodities:
  p: {stage: assembly, unit: unit, recipe: {a: {amount: 1 t, essential: false}}}
  q: {stage: assembly, unit: unit, recipe: {a: {amount: 1 t, essential: false}, b: {amount: 1 t, essential: false}}}
  a: {stage: refinery, unit: t}
  b: {stage: refinery, unit: t}
sites:
  plant: {country: DEU, makes: p}
  other: {country: DEU, makes: q}
  a1: {country: CHN, makes: a}
  b1: {country: CHN, makes: b}
");
    let p = graph(&network, "p");
    is(at_risk(&p, &["a1"]), 1.0);
    assert!(
        item(&p, ChokepointKind::Site, "a1")
            .unwrap()
            .single_point_of_failure
    );
    let q = graph(&network, "q");
    is(at_risk(&q, &["a1"]), 0.5);
    assert!(
        !item(&q, ChokepointKind::Site, "a1")
            .unwrap()
            .single_point_of_failure
    );
    assert!(
        item(&q, ChokepointKind::Country, "CHN")
            .unwrap()
            .single_point_of_failure
    );
}

const LOOP: &str = "
commodities:
  p: {stage: assembly, unit: unit, recipe: {tool: 1 unit}}
  tool: {stage: component, unit: unit, recipe: {steel: {amount: 1 t, weight: 1}, chip: {amount: 0.1 unit, weight: 1}}}
  chip: {stage: component, unit: unit, recipe: {tool: 0.1 unit}}
  steel: {stage: refinery, unit: t}
production:
  - {commodity: tool, source: assumption, output: {DEU: 75 units, JPN: 25 units}}
  - {commodity: chip, source: assumption, output: {TWN: 10 units}}
  - {commodity: steel, source: assumption, output: {USA: 10 t}}
sites: {plant: {country: DEU, makes: p}}
";

#[test]
fn rule_21_essential_loops() {
    let network = net(LOOP);
    let told = graph(&network, "p");
    let found = exposure(&told);
    let japan = row(&found, "JPN");
    // y(tool) = .75 y(chip), y(chip) = y(tool): only 0 solves it. Each turn alone loses a quarter.
    is(japan.at_risk.unwrap(), 1.0);
    // T: x = .25 + .75 (steel 0, chip .5 y), y = x: x = .25 + .375 x = .4.
    is(japan.look_through.unwrap(), 0.4);
    // p 0, tool 1, chip 2, tool 3: depth 1 loses .25, depth 3 loses 1 - .75 x .75.
    are(
        &tier_profile(&told, &[target(&told, "JPN")]).countries[0]
            .at_risk_to
            .as_ref()
            .unwrap()[..4],
        &[0.0, 0.25, 0.25, 0.4375],
    );
    let note = found.notes.iter().find(|n| n.starts_with("JPN")).unwrap();
    assert!(
        note.contains("chip, tool") && note.contains("tier 3") && note.contains("43.8 %"),
        "{note}"
    );
    // The loop can feed itself: Japan is no single point of failure.
    assert!(
        !item(&told, ChokepointKind::Country, "JPN")
            .unwrap()
            .single_point_of_failure
    );
    // Required: tool x = 1 + .1 chip, chip = .1 x tool: 1 / (1 - .01).
    is(shares_of(&told, "tool").required.unwrap(), 1.0 / 0.99);
}

/// The product itself in an essential loop: what closes the loop counts too.
#[test]
fn rule_21_the_product_in_a_loop() {
    // p needs a; and by one of two routes itself, of which it can do without a quarter. Without a the second route stops:
    // y = q + (1 - q) / 4 with q = .75 y, so y = .25 / (1 - .5625) = 4/7, and p keeps .75 x 4/7 = 3/7.
    let network = net("
commodities:
  p:
    stage: assembly
    unit: t
    routes:
      - {name: grown, share: 75%, recipe: {p: {amount: 0.4 t, substitutable: 0.25}}}
      - {name: made, share: 25%, recipe: {a: 1 t}}
  a: {stage: refinery, unit: t}
production:
  - {commodity: p, source: assumption, output: {AUS: 4 t}}
  - {commodity: a, source: assumption, output: {CHN: 4 t}}
");
    is(
        exposed(&graph(&network, "p"), "CHN").at_risk.unwrap(),
        4.0 / 7.0,
    );
}

/// A slow loop beside a site that feeds itself: x = min(x, .9999 z) and z = x leave only 0, however slowly it is reached.
#[test]
fn rule_21_slow_loops_with_a_site_that_feeds_itself() {
    let network = net("
commodities:
  p: {stage: assembly, unit: t, recipe: {x: 1 t}}
  x: {stage: refinery, unit: t, recipe: {x: 0.1 t, z: 0.1 t}}
  z: {stage: refinery, unit: t, recipe: {x: 0.1 t}}
sites:
  plant: {country: DEU, makes: p}
  x1: {country: DEU, makes: x}
  z1: {country: DEU, makes: z, output: 9999 t}
  z2: {country: CHN, makes: z, output: 1 t}
");
    is(exposed(&graph(&network, "p"), "CHN").at_risk.unwrap(), 1.0);
}

/// An error only where the loop takes at least what it gives.
#[test]
fn rule_36_loops_that_gain() {
    let text = |amount: f64| LOOP.replace("tool: 0.1 unit", &format!("tool: {amount} unit"));
    // .1 x 9.9 < 1 <= .1 x 10.
    net(&text(9.9));
    refused(&text(10.0), Code::LoopGain);
}

#[test]
fn essential_non_essential_and_substitutable_inputs() {
    let text = |a: &str, b: &str, c: &str| {
        net(&format!("
commodities:
  p: {{stage: assembly, unit: unit, recipe: {{a: {{amount: 1 t, weight: 0.5{a}}}, b: {{amount: 1 t, weight: 0.3{b}}}, c: {{amount: 1 t, weight: 0.2{c}}}}}}}
  a: {{stage: refinery, unit: t}}
  b: {{stage: refinery, unit: t}}
  c: {{stage: refinery, unit: t}}
production:
  - {{commodity: a, source: assumption, output: {{CHN: 60 t, USA: 40 t}}}}
  - {{commodity: b, source: assumption, output: {{CHN: 80 t, USA: 20 t}}}}
  - {{commodity: c, source: assumption, output: {{CHN: 90 t, USA: 10 t}}}}
sites: {{plant: {{country: DEU, makes: p}}}}
"))
    };
    let d = |n: &Network| exposed(&graph(n, "p"), "CHN").at_risk.unwrap();
    // All essential: the worst, .9.
    is(d(&text("", "", "")), 0.9);
    // b and c not essential: max(.6, .3 x .8 + .2 x .9 = .42).
    let loose = ", essential: false";
    is(d(&text("", loose, loose)), 0.6);
    // None essential: .5 x .6 + .3 x .8 + .2 x .9 = .72 = T.
    let none = text(loose, loose, loose);
    is(d(&none), 0.72);
    is(
        exposed(&graph(&none, "p"), "CHN").look_through.unwrap(),
        0.72,
    );
    // c half substitutable: q = .1 + .5 x .9 = .55, b is then worst.
    is(d(&text("", "", ", substitutable: 0.5")), 0.8);
    // Substitution works in the non-essential sum too: .3 x .8 + .2 x .9 x .5 = .33; with a not essential .5 x .6 more.
    is(
        d(&text(
            loose,
            loose,
            ", essential: false, substitutable: 50%",
        )),
        0.63,
    );
    // T knows nothing of either.
    is(
        exposed(&graph(&text("", loose, ", substitutable: 0.5"), "p"), "CHN")
            .look_through
            .unwrap(),
        0.72,
    );
}

/// The remainder of a trade entry is in no country that the entry lists, and what it uses at home is not either.
#[test]
fn local_supply_in_the_remainder_of_a_trade_entry() {
    let network = net("
commodities:
  power: {stage: energy, unit: MWh, traded: false}
  r: {stage: refinery, unit: t, recycled: 20%}
  m: {stage: mine, unit: t, recipe: {power: {amount: 1 MWh, weight: 0.5}, r: {amount: 1 t, weight: 0.5}}}
  p: {stage: assembly, unit: unit, recipe: {m: 1 t}}
production:
  - {commodity: m, source: assumption, output: {AUS: 100 t}, total: 200 t}
  - {commodity: r, source: assumption, output: {CAN: 100 t}}
  - {commodity: p, source: assumption, output: {JPN: 70 units, USA: 30 units}}
trade:
  - {commodity: m, into: JPN, source: assumption, from: {KOR: 70%, ROW: 30%}}
");
    let told = graph(&network, "p");
    let korea = exposed(&told, "KOR");
    // Japan, .7 of p, buys .7 of its m through Korea, whose mix is half remainder, and .3 from a remainder that is not Korea
    // and has neither power nor scrap there. The United States buy half of theirs from a remainder that may be Korea.
    is(korea.look_through_high.unwrap(), 0.7 * 0.7 + 0.3 * 0.5);
    is(korea.at_risk_high.unwrap(), 0.7 * 0.7 + 0.3 * 0.5);
    is(korea.look_through.unwrap(), 0.7 * 0.7);
    // Of Vietnam any remainder may be.
    let vietnam = target(&told, "VNM");
    let high = look_through(&told, &vietnam, Bound::High).of_product(&told);
    is(high, 0.7 * (0.7 * 0.5 + 0.3) + 0.3 * 0.5);
    // Behind two views of it there is one site.
    let items = items(&told, true);
    let rest = items.iter().find(|i| i.id == "m@ROW").unwrap();
    is(rest.at_risk, 0.7 * (0.7 * 0.5 + 0.3) + 0.3 * 0.5);
    is(
        part(&shares_of(&told, "m"), "ROW"),
        0.7 * (0.7 * 0.5 + 0.3) + 0.3 * 0.5,
    );
}

/// Power and scrap in the remainder are where their buyers there are, for rerouting as well.
#[test]
fn local_supply_in_the_remainder_after_rerouting() {
    let adapted_high = |network: &Network, code: &str| {
        exposed(&graph(network, "p"), code)
            .at_risk_adapted_high
            .unwrap()
    };
    // The remainder of p is not in Australia, nor is its power: lost are 25 of p, and the part of m that may be there, half
    // of what the product has a right to. 50 of 100 are left.
    let power = net("
commodities:
  power: {stage: energy, unit: MWh, traded: false}
  m: {stage: component, unit: kg}
  p: {stage: assembly, unit: unit, recipe: {power: 1 MWh, m: 1 kg}}
production:
  - {commodity: m, source: assumption, output: {CHN: 2000 kg, ROW: 2000 kg}}
  - {commodity: p, source: assumption, output: {AUS: 25 unit}, total: 100 unit}
");
    is(adapted_high(&power, "AUS"), 0.5);
    // The remainder of m may be American, though the table of r lists America, and then its scrap is too: left are 10 of
    // scrap in Australia.
    let scrap = net("
commodities:
  r: {stage: refinery, unit: kg, recycled: 25%}
  m: {stage: component, unit: kg, recipe: {r: 1 kg}}
  p: {stage: assembly, unit: unit, recipe: {m: 1 kg}}
production:
  - {commodity: r, source: assumption, output: {USA: 100 kg}}
  - {commodity: m, source: assumption, output: {AUS: 40 kg, ROW: 60 kg}}
  - {commodity: p, source: assumption, output: {JPN: 100 unit}}
");
    is(adapted_high(&scrap, "USA"), 0.9);
}

/// A route or a site may need nothing; it is there all the same.
#[test]
fn routes_without_inputs() {
    let network = net("
commodities:
  r: {stage: refinery, unit: t}
  p:
    stage: assembly
    unit: unit
    routes: [{name: a, share: 0.4, recipe: {r: 1 t}}, {name: b, share: 0.6, recipe: {}}]
production:
  - {commodity: r, source: assumption, output: {KOR: 100 t}}
  - {commodity: p, source: assumption, output: {USA: 50 units}}
");
    let told = graph(&network, "p");
    let korea = exposed(&told, "KOR");
    is(korea.look_through.unwrap(), 0.4);
    is(korea.at_risk.unwrap(), 0.4);
    is(korea.at_risk_adapted.unwrap(), 0.4);
    is(shares_of(&told, "r").required.unwrap(), 0.4);
    let network = net("
commodities:
  r: {stage: refinery, unit: t}
  p: {stage: assembly, unit: unit, recipe: {r: 1 t}}
production: [{commodity: r, source: assumption, output: {KOR: 100 t}}]
sites:
  p1: {country: USA, makes: p, output: 30 units}
  p2: {country: USA, makes: p, output: 70 units, recipe: {}}
");
    is(exposed(&graph(&network, "p"), "KOR").at_risk.unwrap(), 0.3);
}

// ---------------------------------------------------------------------------------------------------------------------
// Scenarios
// ---------------------------------------------------------------------------------------------------------------------

const BASE: &str = "
commodities:
  p: {stage: assembly, unit: unit, recipe: {m: {amount: 2 t, weight: 0.5}, n: {amount: 1 t, weight: 0.5}}}
  m: {stage: refinery, unit: t, recipe: {ore: 3 t}}
  n: {stage: refinery, unit: t}
  ore: {stage: mine, unit: t}
production:
  - {commodity: m, source: assumption, output: {CHN: 80 t, USA: 20 t}, capacity: {CHN: 100 t}}
  - {commodity: n, source: assumption, output: {JPN: 50 t, KOR: 50 t}}
  - {commodity: ore, source: assumption, output: {AUS: 100 t}}
sites:
  plant: {country: DEU, makes: p, output: 60 units}
  other: {country: FRA, makes: p, output: 40 units}
supply: [{buyer: plant, commodity: m, from: {CHN: 100%}}]
trade: [{commodity: m, into: FRA, source: assumption, from: {CHN: 50%, USA: 50%}}]
";

#[test]
fn scenario_outage() {
    let network = net(BASE);
    // Half of Chinese m: the plant loses .5, the other .25: .6 x .5 + .4 x .25 = .4 unmet.
    let found = difference(
        &network,
        "p",
        "  - outage: {country: CHN, commodity: m, loss: 50%}",
    );
    is(found.unmet_demand, 0.4);
    // Demand is held fixed: shares are of what is required, and do not improve. m required 2 units; China had .6 + .2 = .8,
    // now delivers .4; American .2 stays .2.
    let row = |c: &str| {
        found
            .shares
            .iter()
            .find(|s| s.commodity == "m" && s.country == c)
    };
    is(row("CHN").unwrap().before, 0.8);
    is(row("CHN").unwrap().after, 0.4);
    assert!(row("USA").is_none());
    let after = changed(
        &network,
        "  - outage: {country: CHN, commodity: m, loss: 50%}",
    );
    let told = graph(&after, "p");
    is(shares_of(&told, "m").unmet, 0.4);
    is(shares_of(&told, "m").required.unwrap(), 2.0);
    // China at risk in the scenario: what is stopped counts, all .8 as before.
    is(exposed(&told, "CHN").at_risk.unwrap(), 0.8);
    // A site of the product: its part is unmet.
    is(
        difference(&network, "p", "  - outage: {site: other}").unmet_demand,
        0.4,
    );
}

/// An outage strikes sites that no file states as a knock-out does.
#[test]
fn scenario_outage_of_sites_that_no_file_states() {
    let unmet = |network: &Network, outage: &str| {
        difference(network, "p", &format!("  - outage: {{{outage}}}")).unmet_demand
    };
    // Of p a quarter is made in China with Chinese power, the rest in Vietnam with power that must be there.
    let implied = net("
commodities:
  power: {stage: energy, unit: kWh, traded: false}
  p: {stage: assembly, unit: unit, recipe: {power: 1 kWh}}
production:
  - {commodity: power, source: assumption, output: {CHN: 1000 kWh}}
  - {commodity: p, source: assumption, output: {CHN: 25 unit, VNM: 75 unit}}
");
    is(unmet(&implied, "commodity: power"), 1.0);
    is(unmet(&implied, "stage: energy"), 1.0);
    is(unmet(&implied, "commodity: power, country: VNM"), 0.75);
    is(unmet(&implied, "site: power@VNM, loss: 40%"), 0.3);
    // Nobody is known to make the part.
    let placeless = net("
commodities:
  ore: {stage: mine, unit: t}
  part: {stage: component, unit: t, recipe: {ore: 1 t}}
  p: {stage: assembly, unit: t, recipe: {part: 1 t}}
production:
  - {commodity: ore, source: assumption, output: {CHN: 1000 t}}
  - {commodity: p, source: assumption, output: {CHN: 25 t, VNM: 75 t}}
");
    is(unmet(&placeless, "commodity: part"), 1.0);
    is(unmet(&placeless, "site: part@placeless, loss: 20%"), 0.2);
    // 60 % of American p comes by way of the Netherlands, which make 1 of 101 p themselves. Half of all r made is half of
    // what comes that way too, not three quarters.
    let passed_on = |p: &str| {
        net(&format!(
            "
commodities:
  r: {{stage: refinery, unit: t}}
  p: {{stage: assembly, unit: t, recipe: {{r: 1 t}}}}
production:
  - {{commodity: r, source: assumption, output: {{JPN: 100 t}}}}
  - {{commodity: p, source: assumption, output: {{{p}}}}}
trade: [{{commodity: r, into: USA, source: assumption, from: {{NLD: 60%, JPN: 40%}}}}]
"
        ))
    };
    is(unmet(&passed_on("USA: 100 t"), "country: NLD"), 0.6);
    is(
        unmet(&passed_on("USA: 100 t"), "site: r@NLD, loss: 50%"),
        0.3,
    );
    is(
        unmet(&passed_on("USA: 100 t"), "commodity: r, loss: 50%"),
        0.5,
    );
    is(
        unmet(&passed_on("USA: 100 t, NLD: 1 t"), "country: NLD"),
        (0.6 * 100.0 + 1.0) / 101.0,
    );
}

#[test]
fn scenario_outage_of_scrap_and_what_if_sites() {
    let unmet = |network: &Network, product: Roots, outage: &str| {
        let after = changed(network, &format!("  - outage: {{{outage}}}"));
        let graph = SupplyGraph::of_product(&after, &product).unwrap();
        Survival::new(&graph).unmet()
    };
    // Half of what p needs is scrap of its own country; the other half is made in Japan.
    let network = net("
commodities:
  r: {stage: refinery, unit: t, recycled: 50%}
  p: {stage: assembly, unit: t, recipe: {r: 1 t}}
production:
  - {commodity: r, source: assumption, output: {JPN: 60 t}}
  - {commodity: p, source: assumption, output: {USA: 100 t}}
");
    let p = network.find_commodity("p").unwrap();
    is(unmet(&network, Roots::product(p), "commodity: r"), 0.5);
    is(
        unmet(&network, Roots::product(p), "site: 'scrap:r@USA'"),
        0.5,
    );
    // The site made up in Germany halves what it makes, and has half of its scrap left.
    let here = || Roots::product_in(p, vec![country("DEU")]);
    let own = net("
commodities:
  r: {stage: refinery, unit: t, recycled: 50%}
  p: {stage: assembly, unit: t, recipe: {r: 1 t}}
production:
  - {commodity: r, source: assumption, output: {JPN: 30 t, DEU: 30 t}}
  - {commodity: p, source: assumption, output: {USA: 100 t}}
");
    // Japan sells a quarter, Germany a quarter and the scrap: .25 + .5 x .25 + .5 x .5 = .625 of it, half of which is made.
    is(
        unmet(&own, here(), "country: DEU, loss: 50%"),
        1.0 - 0.5 * 0.625,
    );
}

/// Demand for scrap is held fixed like all other.
#[test]
fn scenario_outage_and_shares_of_scrap() {
    let network = net("
commodities:
  r: {stage: refinery, unit: kg, recycled: 50%}
  p: {stage: assembly, unit: unit, recipe: {r: 1 kg}}
production:
  - {commodity: r, source: assumption, output: {JPN: 60 kg, DEU: 40 kg}}
  - {commodity: p, source: assumption, output: {USA: 50 units, DEU: 50 units}}
");
    let after = changed(&network, "  - outage: {country: DEU}");
    let scrap = shares_of(&graph(&after, "p"), "scrap:r");
    // .5 kg of scrap for each p, half of it American as before; the German half is not collected.
    is(scrap.required.unwrap(), 0.5);
    is(part(&scrap, "USA"), 0.5);
    is(scrap.unmet, 0.5);
    assert_eq!(scrap.countries.len(), 1);
    let found = difference(&network, "p", "  - outage: {country: DEU}");
    let mut moved = found.shares.iter().filter(|s| s.commodity == "scrap:r");
    let germany = moved.next().unwrap();
    is(germany.change, -0.5);
    assert!(germany.country == "DEU" && moved.next().is_none());
}

#[test]
fn scenario_export_ban() {
    let network = net(BASE);
    // Chinese m no longer comes into France: half of its m, so .4 x .5; the German plant is not touched.
    let found = difference(
        &network,
        "p",
        "  - export_ban: {from: CHN, to: [FRA, USA], commodity: m}",
    );
    is(found.unmet_demand, 0.2);
    // Into everywhere: .6 + .2.
    is(
        difference(&network, "p", "  - export_ban: {from: CHN, commodity: m}").unmet_demand,
        0.8,
    );
}

#[test]
fn scenario_relocate() {
    let network = net(BASE);
    let changes = "  - relocate: {commodity: m, from: CHN, share: 25%, to: {USA: 60%, CAN: 40%}}";
    let after = changed(&network, changes);
    let output = |n: &Network, id: &str| n.site(n.find_site(id).unwrap()).output.unwrap();
    // 20 t move: 12 to the USA, 8 to Canada; the world still makes 100 t.
    are(
        &["m@CHN", "m@USA", "m@CAN"].map(|id| output(&after, id)),
        &[60.0, 32.0, 8.0],
    );
    let told = graph(&after, "p");
    // Supply and trade follow: plant CHN .75, USA .15, CAN .1; France CHN .375, USA .5 + .075, CAN .05.
    let m = shares_of(&told, "m");
    is(part(&m, "CHN"), 0.6 * 0.75 + 0.4 * 0.375);
    is(part(&m, "USA"), 0.6 * 0.15 + 0.4 * 0.575);
    is(part(&m, "CAN"), 0.6 * 0.1 + 0.4 * 0.05);
    // The new site has the commodity's recipe.
    is(exposed(&told, "AUS").look_through.unwrap(), 0.5);
    is(difference(&network, "p", changes).unmet_demand, 0.0);
    // By the country that moves: look-through .5 x .8 before, .5 x .6 after.
    let found = difference(&network, "p", changes);
    let china = found.countries.iter().find(|c| c.country == "CHN").unwrap();
    is(china.before.look_through.unwrap(), 0.4);
    is(china.change.look_through.unwrap(), -0.1);
}

#[test]
fn scenario_recycle_and_recipe() {
    let network = net(BASE);
    // 40 % of m from scrap in the buyer's country: direct of China .5 x .6 x .8, ore for 1.2 t of m.
    let after = changed(&network, "  - recycle: {commodity: m, rate: 40%}");
    let told = graph(&after, "p");
    is(exposed(&told, "CHN").direct.unwrap(), 0.24);
    is(shares_of(&told, "ore").required.unwrap(), 3.6);
    is(shares_of(&told, "scrap:m").required.unwrap(), 0.8);
    // Half the m: amount 1 t, and its stated weight goes with the cost: .25 against .5.
    let after = changed(&network, "  - recipe: {commodity: p, input: m, scale: 0.5}");
    let told = graph(&after, "p");
    is(shares_of(&told, "m").required.unwrap(), 1.0);
    is(exposed(&told, "JPN").look_through.unwrap(), 0.5 * 2.0 / 3.0);
    is(
        shares_of(
            &graph(
                &changed(
                    &network,
                    "  - recipe: {commodity: p, input: m, set: 500 kg}",
                ),
                "p",
            ),
            "m",
        )
        .required
        .unwrap(),
        0.5,
    );
}

#[test]
fn scenario_add_site_and_capacity() {
    let network = net(BASE);
    // 100 t more of n in the USA: it takes half of the market.
    let after = changed(
        &network,
        "  - add_site: {id: new, country: USA, makes: n, output: 100 t}",
    );
    is(part(&shares_of(&graph(&after, "p"), "n"), "USA"), 0.5);
    is(exposed(&graph(&after, "p"), "JPN").direct.unwrap(), 0.125);
    let capacity = |n: &Network, id: &str| n.site(n.find_site(id).unwrap()).capacity;
    let after = changed(
        &network,
        "  - capacity: {commodity: m, country: CHN, scale: 2}\n  - capacity: {commodity: n, country: JPN, set: 12 kt}",
    );
    assert_eq!(
        (capacity(&after, "m@CHN"), capacity(&after, "n@JPN")),
        (Some(200.0), Some(12_000.0))
    );
    // Capacities alone move no figure but the adapted one, which they are for.
    let fixed = |n: &Network| {
        let countries = exposure(&graph(n, "p")).countries.into_iter();
        let fixed = |c: CountryExposure| CountryExposure {
            at_risk_adapted: None,
            at_risk_adapted_high: None,
            ..c
        };
        countries.map(fixed).collect::<Vec<_>>()
    };
    assert_eq!(fixed(&network), fixed(&after));
}

#[test]
fn scenario_changes_that_match_nothing_are_errors() {
    let network = net(BASE);
    for change in [
        "relocate: {commodity: m, from: BRA, share: 10%, to: USA}",
        "outage: {country: BRA}",
        "export_ban: {from: BRA, to: [USA], commodity: m}",
        "capacity: {commodity: m, country: BRA, scale: 2}",
        "recipe: {commodity: p, input: ore, scale: 2}",
    ] {
        let mut sources = Sources::default();
        let file = sources.add(
            "s.yaml",
            format!("oretrace: 1\nscenario: s\nchanges:\n  - {change}\n"),
        );
        let told = load_scenario(&sources, file, &network).unwrap_err();
        assert_eq!(told[0].code, Code::UnmatchedChange, "{change}");
    }
}

/// No figure is minus nothing, in JSON too.
#[test]
fn zeros_have_no_sign() {
    let network = net(T0);
    let graph = graph(&network, "product");
    let text = serde_json::to_string(&exposure(&graph)).unwrap()
        + &serde_json::to_string(&tier_profile(&graph, &[target(&graph, "AUS")])).unwrap()
        + &serde_json::to_string(&items(&graph, true)).unwrap();
    assert!(!text.contains("-0.0"), "{text}");
}
