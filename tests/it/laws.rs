//! Random networks: the crate against the brute-force model, and the laws that hold on every graph.

use std::collections::BTreeMap;

use oretrace::analysis::{
    BandVintage, Bound, ChokepointKind, ChokepointQuery, Exposure, LimitsQuery, Priority, Reroute,
    Rerouting, Rules, Survival, Target, Wanted, chokepoints, country_shares, exposure, exposure_of,
    look_through, tier_profile, why,
};
use oretrace::graph::SupplyGraph;
use oretrace::model::{Country, Network};
use proptest::prelude::*;
use serde_json::Value;

use crate::brute::{
    COUNTRIES, Commodity, Kind, Model, NamedSite, Need, ROW, Supply, Table, Trade, World,
};
use crate::support::{applied, country, graph_of, network};

/// Choices read off a tape of random numbers, so that a shorter or lower tape is a simpler network.
struct Tape<'t> {
    numbers: &'t [u16],
    at: usize,
}

impl Tape<'_> {
    fn below(&mut self, n: usize) -> usize {
        let number = self.numbers.get(self.at).copied().unwrap_or(0);
        self.at += 1;
        (usize::from(number) * n) >> 16
    }

    /// True in so many of a hundred cases; false where the tape is at its end.
    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) >= 100 - percent
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}

/// What the generator may use.
#[derive(Clone, Copy, Debug)]
struct Features {
    cycles: bool,
    /// Only essential inputs without substitutes, no ties, nothing unknown.
    plain: bool,
}

fn needs(tape: &mut Tape<'_>, own: usize, count: usize, with: Features) -> Vec<Need> {
    let below = if with.cycles { count } else { own };
    let wanted = 1 + tape.below(3);
    let mut chosen: Vec<usize> = Vec::new();
    for _ in 0..wanted.min(below) {
        let c = tape.below(below);
        // The product itself is no input in most networks with cycles either.
        if !chosen.contains(&c) && (c != count - 1 || tape.chance(20)) {
            chosen.push(c);
        }
    }
    let stated = tape.chance(30);
    let many = chosen.len();
    chosen
        .into_iter()
        .map(|what| {
            // What goes round a loop stays below what comes out: no recipe takes as much as it gives.
            let amount = if with.cycles {
                0.9 / many as f64 * (1 + tape.below(4)) as f64 / 4.0
            } else {
                (1 + tape.below(12)) as f64 / 4.0
            };
            Need {
                what,
                amount,
                weight: stated.then(|| (1 + tape.below(4)) as f64),
                essential: with.plain || !tape.chance(25),
                substitutable: if !with.plain && tape.chance(20) {
                    0.25
                } else {
                    0.0
                },
            }
        })
        .collect()
}

fn table(tape: &mut Tape<'_>, with: Features) -> Table {
    let mut rows: BTreeMap<String, f64> = BTreeMap::new();
    let shares = tape.chance(40);
    let wanted = 1 + tape.below(4);
    for _ in 0..wanted {
        let country = (*tape.pick(&COUNTRIES)).to_owned();
        let amount = (4 * (1 + tape.below(20))) as f64;
        rows.insert(country, amount);
    }
    let remainder = !with.plain && tape.chance(25);
    if remainder {
        rows.insert(ROW.into(), (4 * (1 + tape.below(10))) as f64);
    }
    if !shares {
        let sum: f64 = rows.values().sum();
        let more = (!with.plain && tape.chance(20)).then_some(sum + 40.0);
        return Table {
            rows,
            shares,
            total: more,
        };
    }
    // Whole percents: 100, 99 (rounding), or 80 (the rest is ROW).
    let percents: f64 = match tape.below(4) {
        2 if !with.plain => 80.0,
        3 => 99.0,
        _ => 100.0,
    };
    let sum: f64 = rows.values().sum();
    let mut left = percents;
    let last = rows.keys().next_back().cloned().unwrap();
    for (place, value) in &mut rows {
        let part = if *place == last {
            left
        } else {
            (*value / sum * percents).floor().min(left)
        };
        left -= part;
        *value = part / 100.0;
    }
    let total = tape.chance(50).then_some(1000.0);
    Table {
        rows,
        shares,
        total,
    }
}

/// A network of a few commodities; the last is the product and always has a recipe.
fn world(numbers: &[u16], with: Features) -> World {
    let tape = &mut Tape { numbers, at: 0 };
    let count = 2 + tape.below(7);
    let mut commodities = Vec::new();
    for at in 0..count {
        let is_product = at == count - 1;
        let mut routes = Vec::new();
        if is_product || tape.chance(60) {
            let recipe = needs(tape, at, count, with);
            if !recipe.is_empty() {
                routes.push((1.0, recipe));
            }
            if tape.chance(20) {
                let other = needs(tape, at, count, with);
                if !other.is_empty() && !routes.is_empty() {
                    routes[0].0 = 0.75;
                    routes.push((0.25, other));
                }
            }
        }
        if is_product && routes.is_empty() {
            let need = Need {
                what: 0,
                amount: 0.5,
                weight: None,
                essential: true,
                substitutable: 0.0,
            };
            routes.push((1.0, vec![need]));
        }
        let price = tape.chance(50).then(|| (1 + tape.below(50)) as f64);
        let has_table = !tape.chance(if with.plain { 10 } else { 40 });
        let table = has_table.then(|| table(tape, with));
        commodities.push(Commodity {
            id: if is_product {
                "prod".into()
            } else {
                format!("c{at:02}")
            },
            traded: !tape.chance(15),
            price,
            host: None,
            recycled: if tape.chance(15) {
                [0.1, 0.25, 1.0][tape.below(3)]
            } else {
                0.0
            },
            routes,
            table,
        });
    }
    if !with.plain {
        for at in 0..count {
            if tape.chance(20) {
                let host = tape.below(if with.cycles { count } else { at.max(1) });
                if host != at {
                    commodities[at].host = Some((host, [0.1, 0.5, 2.0][tape.below(3)]));
                }
            }
        }
    }
    let mut world = World {
        commodities,
        sites: Vec::new(),
        supply: Vec::new(),
        trade: Vec::new(),
    };
    for c in 0..count {
        named_sites(tape, c, &mut world, with);
    }
    let all = world.all_sites();
    for site in &all {
        let recipes = match &site.recipe {
            Some(own) => vec![own.clone()],
            None => world.commodities[site.makes]
                .routes
                .iter()
                .map(|(_, r)| r.clone())
                .collect(),
        };
        let mut wanted: Vec<usize> = recipes.iter().flatten().map(|n| n.what).collect();
        wanted.sort_unstable();
        wanted.dedup();
        for c in wanted {
            let suppliers: Vec<String> = all
                .iter()
                .filter(|s| s.makes == c)
                .map(|s| s.id.clone())
                .collect();
            if !suppliers.is_empty() && tape.chance(30) {
                let (from, rest_market) = lines(tape, &suppliers, with);
                world.supply.push(Supply {
                    buyer: site.id.clone(),
                    commodity: c,
                    from,
                    rest_market,
                });
            }
        }
    }
    let mut places: Vec<String> = COUNTRIES.iter().map(|c| (*c).to_owned()).collect();
    if !with.plain {
        places.push(ROW.into());
    }
    for c in 0..count {
        for into in COUNTRIES {
            if world.commodities[c].traded && tape.chance(15) {
                let (from, rest_market) = lines(tape, &places, with);
                world.trade.push(Trade {
                    commodity: c,
                    into: into.into(),
                    from,
                    rest_market,
                });
            }
        }
    }
    world
}

/// Some of the suppliers with shares in twentieths.
fn lines(tape: &mut Tape<'_>, among: &[String], with: Features) -> (Vec<(String, f64)>, bool) {
    let mut left = 20;
    let mut from: Vec<(String, f64)> = Vec::new();
    let rest_market = tape.chance(25);
    for _ in 0..=tape.below(3) {
        let place = tape.pick(among).clone();
        let share = 1 + tape.below(left.max(1));
        if left > 0 && from.iter().all(|(p, _)| *p != place) {
            left -= share;
            from.push((place, share as f64 / 20.0));
        }
    }
    if left > 0 && !rest_market && (with.plain || tape.chance(60)) {
        from[0].1 += left as f64 / 20.0;
    }
    (from, rest_market)
}

fn named_sites(tape: &mut Tape<'_>, c: usize, world: &mut World, with: Features) {
    let own_recipe = |tape: &mut Tape<'_>| {
        let recipe = if tape.chance(20) {
            needs(tape, c, world.commodities.len(), with)
        } else {
            Vec::new()
        };
        (!recipe.is_empty()).then_some(recipe)
    };
    let mut sites = Vec::new();
    match &world.commodities[c].table {
        Some(table) if !table.shares || table.total.is_some() => {
            let scale = table.total.filter(|_| table.shares).unwrap_or(1.0);
            for (place, value) in &table.rows {
                if !tape.chance(25) {
                    continue;
                }
                let output = ((value * scale) * [0.5, 0.25, 1.0][tape.below(3)]).floor();
                // Carved out of a country's row, or out of the remainder by a country that has none.
                let country = if place == ROW {
                    let free = COUNTRIES.iter().find(|c| !table.rows.contains_key(**c));
                    free.map(|c| (*c).to_owned())
                } else {
                    Some(place.clone())
                };
                if let Some(country) = country.filter(|_| output >= 1.0) {
                    let id = format!("s{c:02}{}", country.to_lowercase());
                    sites.push(NamedSite {
                        id,
                        country,
                        makes: c,
                        output: Some(output),
                        recipe: own_recipe(tape),
                    });
                }
            }
        }
        Some(_) => {}
        None => {
            let many = tape.below(4);
            for at in 0..many {
                let country = (*tape.pick(&COUNTRIES)).to_owned();
                let output = (many > 1 || tape.chance(50)).then(|| (1 + tape.below(20)) as f64);
                sites.push(NamedSite {
                    id: format!("s{c:02}n{at}"),
                    country,
                    makes: c,
                    output,
                    recipe: own_recipe(tape),
                });
            }
        }
    }
    world.sites.extend(sites);
}

pub(crate) fn graph(network: &Network) -> SupplyGraph<'_> {
    graph_of(network, "prod")
}

fn everything() -> ChokepointQuery {
    ChokepointQuery {
        top: usize::MAX,
        all: true,
        ..ChokepointQuery::default()
    }
}

/// All that the analyses say of a product, as JSON.
fn answers(graph: &SupplyGraph<'_>) -> Value {
    let targets: Vec<Target> = COUNTRIES
        .iter()
        .map(|c| Target::country(graph, country(c)))
        .collect();
    let routes: Vec<_> = targets.iter().map(|t| why(graph, t, 5)).collect();
    serde_json::json!({
        "exposure": exposure(graph),
        "tiers": tier_profile(graph, &targets),
        "share": country_shares(graph, BandVintage::default()),
        "chokepoints": chokepoints(graph, &everything()),
        "why": routes,
    })
}

/// Rows in the order of their names: which of two equal figures comes first may hang on a last bit.
fn by_name(rows: &[Value]) -> Vec<&Value> {
    let name = |row: &Value| ["country", "commodity"].map(|k| row.get(k).map(Value::to_string));
    let mut rows: Vec<&Value> = rows.iter().collect();
    rows.sort_by_key(|row| name(row));
    rows
}

/// Whether two answers agree, numbers to 1e-9.
fn close(a: &Value, b: &Value, at: &str) {
    match (a, b) {
        (Value::Number(x), Value::Number(y)) => {
            let (x, y) = (x.as_f64().unwrap(), y.as_f64().unwrap());
            assert!((x - y).abs() <= 1e-9 * (1.0 + x.abs()), "{at}: {x} and {y}");
        }
        (Value::Array(x), Value::Array(y)) => {
            assert_eq!(x.len(), y.len(), "{at}: {a} and {b}");
            for (i, (x, y)) in by_name(x).into_iter().zip(by_name(y)).enumerate() {
                close(x, y, &format!("{at}[{i}]"));
            }
        }
        (Value::Object(x), Value::Object(y)) => {
            assert_eq!(
                x.keys().collect::<Vec<_>>(),
                y.keys().collect::<Vec<_>>(),
                "{at}"
            );
            for (k, v) in x {
                close(v, &y[k], &format!("{at}.{k}"));
            }
        }
        _ => assert_eq!(a, b, "{at}"),
    }
}

const TOLERANCE: f64 = 1e-9;

macro_rules! same {
    ($crate_says:expr, $brute_says:expr, $($what:tt)+) => {{
        let (a, b): (f64, f64) = ($crate_says, $brute_says);
        prop_assert!((a - b).abs() <= TOLERANCE * (1.0 + b.abs()), "{}: crate {a}, brute {b}", format!($($what)+));
    }};
}

fn curve_same(a: &[f64], b: &[f64], what: &str) -> Result<(), TestCaseError> {
    prop_assert_eq!(a.len(), b.len(), "{}", what);
    for (k, (a, b)) in a.iter().zip(b).enumerate() {
        same!(*a, *b, "{what}({k})");
    }
    Ok(())
}

/// Every figure of the crate against the model. `None` where the model's iteration does not settle.
fn agrees(world: &World) -> Result<Option<()>, TestCaseError> {
    let network = network(&world.yaml(0));
    let graph = graph(&network);
    let model = Model::new(world);
    prop_assert_eq!(graph.processes().len(), model.nodes.len(), "nodes");
    let mut targets: Vec<(String, Vec<&str>)> = COUNTRIES
        .iter()
        .map(|c| ((*c).to_owned(), vec![*c]))
        .collect();
    targets.push(("bloc".into(), vec!["CHN", "JPN"]));
    let asked: Vec<Target> = targets
        .iter()
        .map(|(label, members)| {
            Target::countries(
                &graph,
                label.clone(),
                members.iter().map(|c| country(c)).collect(),
            )
        })
        .collect();
    let found = exposure_of(&graph, &asked, Rules::default());
    let Some(unlocated) = model.unlocated() else {
        return Ok(None);
    };
    same!(found.unlocated.share, unlocated.values().sum(), "unlocated");
    for (c, commodity) in world.commodities.iter().enumerate() {
        let row = found
            .unlocated
            .inputs
            .iter()
            .find(|i| i.commodity == commodity.id);
        same!(
            row.map_or(0.0, |r| r.weight),
            unlocated[&c],
            "unlocated {}",
            commodity.id
        );
    }
    let tiers = tier_profile(&graph, &asked);
    for ((label, members), target) in targets.iter().zip(&asked) {
        let low = look_through(&graph, target, Bound::Low).of_product(&graph);
        let high = look_through(&graph, target, Bound::High).of_product(&graph);
        let (Some(t), Some(t_high), Some(d), Some(d_high)) = (
            model.product_look_through(members, false),
            model.product_look_through(members, true),
            model.at_risk_of(members, false),
            model.at_risk_of(members, true),
        ) else {
            return Ok(None);
        };
        same!(low, t, "T {label}");
        same!(high, t_high, "T high {label}");
        let curves = tiers
            .countries
            .iter()
            .find(|t| t.country == *label)
            .unwrap();
        curve_same(
            &curves.profile,
            &model.profile(members, tiers.depth),
            &format!("S {label}"),
        )?;
        curve_same(
            &curves.look_through_to,
            &model.look_through_to(members, tiers.depth),
            &format!("T to {label}"),
        )?;
        curve_same(
            curves.at_risk_to.as_ref().unwrap(),
            &model.at_risk_to(members, tiers.depth),
            &format!("D to {label}"),
        )?;
        let Some(row) = found.countries.iter().find(|c| c.country == *label) else {
            same!(
                0.0,
                t.max(d).max(model.assembly(members, false)),
                "{label} is left out"
            );
            continue;
        };
        same!(row.at_risk.unwrap(), d, "D {label}");
        same!(row.at_risk_high.unwrap(), d_high, "D high {label}");
        same!(
            row.direct.unwrap(),
            model.direct(members, false),
            "direct {label}"
        );
        same!(
            row.direct_high.unwrap(),
            model.direct(members, true),
            "direct high {label}"
        );
        same!(
            row.assembly,
            model.assembly(members, false),
            "assembly {label}"
        );
        same!(
            row.assembly_high,
            model.assembly(members, true),
            "assembly high {label}"
        );
        let Some(touched) = model.touched(members) else {
            return Ok(None);
        };
        same!(row.touched, touched, "touched {label}");
        same!(
            row.hidden.unwrap(),
            t - row.direct.unwrap(),
            "hidden {label}"
        );
        if let [only] = members[..]
            && bottleneck_agrees(row.bottleneck.as_ref(), &model, world, only)?.is_none()
        {
            return Ok(None);
        }
    }
    if shares_agree(&graph, &model, world)?.is_none() {
        return Ok(None);
    }
    chokepoints_agree(&graph, &model)
}

fn bottleneck_agrees(
    found: Option<&oretrace::analysis::Bottleneck>,
    model: &Model<'_>,
    world: &World,
    code: &str,
) -> Result<Option<()>, TestCaseError> {
    let Some(mut steps) = model.steps(code) else {
        return Ok(None);
    };
    steps.sort_by(|a, b| b.2.total_cmp(&a.2));
    let worst = steps.first().map_or(0.0, |s| s.2);
    same!(
        found.map_or(0.0, |b| b.at_risk),
        worst,
        "worst step of {code}"
    );
    let Some(found) = found.filter(|_| worst > 1e-7) else {
        return Ok(Some(()));
    };
    // Among those that tie the lower tier, then the id.
    let tie = steps
        .iter()
        .filter(|s| s.2 > worst - 1e-10)
        .map(|s| (s.1, &world.commodities[s.0].id))
        .min();
    let near = steps
        .iter()
        .any(|s| s.2 <= worst - 1e-10 && s.2 > worst - 1e-8);
    prop_assert!(
        near || tie == Some((found.tier, &found.commodity)),
        "{code}: {found:?}, not {tie:?}"
    );
    Ok(Some(()))
}

fn shares_agree(
    graph: &SupplyGraph<'_>,
    model: &Model<'_>,
    world: &World,
) -> Result<Option<()>, TestCaseError> {
    let Some(expected) = model.shares() else {
        return Ok(None);
    };
    let found = country_shares(graph, BandVintage::default());
    for (c, commodity) in world.commodities.iter().enumerate() {
        let row = found.iter().find(|r| r.commodity == commodity.id);
        let Some((total, open, places)) = expected.get(&c) else {
            prop_assert!(
                row.is_none_or(|r| r.required.is_none_or(|r| r == 0.0)),
                "{}",
                commodity.id
            );
            continue;
        };
        let row = row.unwrap_or_else(|| panic!("{} has no row", commodity.id));
        same!(row.required.unwrap(), *total, "required {}", commodity.id);
        same!(row.unattributed, *open, "unattributed {}", commodity.id);
        prop_assert_eq!(
            row.countries.len(),
            places.len(),
            "{}: {:?}",
            commodity.id,
            row
        );
        for part in &row.countries {
            same!(
                part.share,
                places[&part.country],
                "share of {} in {}",
                part.country,
                commodity.id
            );
        }
        let named: f64 = places
            .iter()
            .filter(|(p, _)| COUNTRIES.contains(&p.as_str()))
            .map(|(_, s)| s * s)
            .sum();
        if let Some(hhi) = row.hhi {
            same!(hhi, 1e4 * named, "HHI of {}", commodity.id);
        }
        let sum: f64 = row.countries.iter().map(|c| c.share).sum();
        same!(
            sum + row.unattributed + row.unmet,
            1.0,
            "sum of {}",
            commodity.id
        );
    }
    Ok(Some(()))
}

fn chokepoints_agree(
    graph: &SupplyGraph<'_>,
    model: &Model<'_>,
) -> Result<Option<()>, TestCaseError> {
    let found = chokepoints(graph, &everything());
    for item in &found.items {
        let is_maker = |n: usize| !matches!(model.nodes[n].kind, Kind::ReExporter | Kind::Scrap);
        let of_commodity = |n: usize| item.commodity.as_deref() == Some(model.commodity_id(n));
        let lost = |n: usize| match item.kind {
            ChokepointKind::Site => model.nodes[n].name == item.id,
            ChokepointKind::Country => model.nodes[n].place == item.id,
            ChokepointKind::CountryCommodity => {
                is_maker(n)
                    && of_commodity(n)
                    && item.id.ends_with(&format!("@{}", model.nodes[n].place))
            }
            ChokepointKind::Company => false,
        };
        let Some(d) = model.at_risk(&lost) else {
            return Ok(None);
        };
        same!(item.at_risk, d, "at risk of {}", item.id);
        // Of what is in no known place there is no single point of failure.
        let somewhere =
            (0..model.nodes.len()).any(|n| lost(n) && model.nodes[n].place != "unknown");
        prop_assert_eq!(
            item.single_point_of_failure,
            somewhere && d >= 1.0 - 1e-9 && model.stops(&lost),
            "single point {}",
            item.id
        );
    }
    Ok(Some(()))
}

/// A network that shows itself as the file it is.
#[derive(Clone)]
pub(crate) struct Shown(pub(crate) World);

impl std::fmt::Debug for Shown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "\n{}", self.0.yaml(0))
    }
}

/// Networks that may use these features.
fn worlds(with: Features) -> impl Strategy<Value = Shown> {
    prop::collection::vec(any::<u16>(), 0..260).prop_map(move |tape| Shown(world(&tape, with)))
}

/// Networks with loops or without.
pub(crate) fn any_worlds(plain: bool) -> impl Strategy<Value = (Shown, bool)> {
    let with = move |cycles| worlds(Features { cycles, plain }).prop_map(move |w| (w, cycles));
    prop_oneof![with(false), with(true)]
}

const ALL: Features = Features {
    cycles: false,
    plain: false,
};
const CYCLIC: Features = Features {
    cycles: true,
    plain: false,
};

/// So many cases, or as many as `PROPTEST_CASES` asks for in a longer hunt.
pub(crate) fn cases(count: u32) -> ProptestConfig {
    let asked = std::env::var_os("PROPTEST_CASES").is_some();
    let default = ProptestConfig::default();
    ProptestConfig {
        cases: if asked { default.cases } else { count },
        failure_persistence: None,
        max_shrink_iters: 1500,
        max_global_rejects: 1_000_000,
        ..default
    }
}

proptest! {
    #![proptest_config(cases(400))]

    #[test]
    fn the_crate_agrees_with_brute_force(Shown(world) in worlds(ALL)) {
        agrees(&world)?;
    }

    #[test]
    fn the_crate_agrees_with_brute_force_on_loops(Shown(world) in worlds(CYCLIC)) {
        agrees(&world)?;
    }
}

proptest! {
    #![proptest_config(cases(150))]

    /// Every share is from 0 to 1, and low <= high.
    #[test]
    fn measures_keep_their_order((Shown(world), loops) in any_worlds(false)) {
        let network = network(&world.yaml(0));
        let graph = graph(&network);
        let found = exposure(&graph);
        let above = |a: f64, b: f64| a <= b + 1e-12;
        for row in &found.countries {
            let (direct, through) = (row.direct.unwrap(), row.look_through.unwrap());
            let d = row.at_risk.unwrap();
            for value in [row.assembly, direct, through, row.touched, row.hidden.unwrap(), d,
                row.assembly_high, row.direct_high.unwrap(), row.look_through_high.unwrap(), row.at_risk_high.unwrap()] {
                prop_assert!((0.0..=1.0 + 1e-12).contains(&value), "{row:?}");
            }
            prop_assert!(above(direct, through), "{row:?}");
            prop_assert!(row.assembly > 0.0 || above(through, row.touched), "{row:?}");
            prop_assert!(above(row.assembly, row.assembly_high), "{row:?}");
            prop_assert!(above(direct, row.direct_high.unwrap()), "{row:?}");
            prop_assert!(above(through, row.look_through_high.unwrap()), "{row:?}");
            prop_assert!(d <= row.at_risk_high.unwrap() + 1e-9, "{row:?}");
            prop_assert!(row.bottleneck.as_ref().is_none_or(|b| b.at_risk <= d + 1e-9), "{row:?}");
        }
        let targets: Vec<Target> = COUNTRIES.iter().map(|c| Target::country(&graph, country(c))).collect();
        for curves in tier_profile(&graph, &targets).countries {
            prop_assert!(curves.look_through_to.windows(2).all(|w| above(w[0], w[1])), "{curves:?}");
            let at_risk_to = curves.at_risk_to.clone().unwrap();
            prop_assert!(at_risk_to.windows(2).all(|w| above(w[0], w[1])), "{curves:?}");
            let row = found.countries.iter().find(|r| r.country == curves.country);
            let d = row.map_or(0.0, |r| r.at_risk.unwrap());
            prop_assert!(at_risk_to.last().unwrap() - 1e-9 <= d, "{curves:?}");
            if !loops {
                same!(*at_risk_to.last().unwrap(), d, "D at full depth");
                same!(*curves.look_through_to.last().unwrap(), row.map_or(0.0, |r| r.look_through.unwrap()), "T at full depth");
            }
            // max S(k) <= T <= sum S(k); both count tiers from 1.
            let through = row.map_or(0.0, |r| r.look_through.unwrap());
            prop_assert!(curves.profile.iter().skip(1).all(|s| *s <= through + 1e-9), "{curves:?}");
            prop_assert!(loops || through <= curves.profile.iter().skip(1).sum::<f64>() + 1e-9, "{curves:?}");
        }
    }

    /// Today's flows can be had, and every freedom to reroute helps.
    #[test]
    fn rerouting_keeps_its_order((Shown(world), _) in any_worlds(false)) {
        let network = network(&world.yaml(0));
        let graph = graph(&network);
        let mut survival = Survival::new(&graph);
        let made = |reroute, priority| Rerouting::new(&graph, Rules { reroute, priority });
        let all = [
            made(Reroute::Market, Priority::First), made(Reroute::Market, Priority::ProRata),
            made(Reroute::Links, Priority::First), made(Reroute::Links, Priority::ProRata),
        ];
        for rerouting in &all {
            same!(rerouting.at_risk(&rerouting.nothing()).unwrap(), 0.0, "nothing lost under {:?}", rerouting.rules());
        }
        for code in COUNTRIES {
            let target = Target::country(&graph, country(code));
            let fixed = survival.at_risk(&target.members());
            let after = |r: &Rerouting<'_>| r.at_risk(&r.loss_of_target(&target)).unwrap();
            let [market_first, market, links_first, links] = [0, 1, 2, 3].map(|at| after(&all[at]));
            let below = |a: f64, b: f64| a <= b + 1e-7;
            prop_assert!(below(market_first, market), "{code}: market {market_first} {market}");
            prop_assert!(below(links_first, links), "{code}: links {links_first} {links}");
            prop_assert!(below(links, fixed), "{code}: {links} {fixed}");
            prop_assert!(below(market, fixed), "{code}: {market} {fixed}");
        }
    }

    /// What is certain is below what is possible, with the product's own sites below without, beside others below
    /// before them, and with a country gone below with it; the rows scale with the target.
    #[test]
    fn limits_keep_their_order((Shown(world), _) in any_worlds(false)) {
        let network = network(&world.yaml(0));
        let graph = graph(&network);
        let rerouting = Rerouting::new(&graph, Rules::default());
        let limits = |wanted, without: &[Country]| {
            rerouting.limits(&LimitsQuery { wanted, without: without.to_vec() }).unwrap()
        };
        let below = |a: Option<f64>, b: Option<f64>| match (a, b) {
            (Some(a), Some(b)) => a <= b * (1.0 + 1e-6) + 1e-9,
            // Null among the high figures is without limit.
            (Some(_), None) => true,
            (None, _) => false,
        };
        let whole = limits(Wanted::Amount(10.0), &[]);
        let first = whole.served_first.clone().unwrap();
        for (reach, before) in [(&whole.reach, &first), (&first, &first)] {
            prop_assert!(reach.max_high.is_none() || below(reach.max_high, reach.max_upstream_high), "{reach:?}");
            prop_assert!(reach.max.is_none() || below(reach.max, reach.max_high), "{reach:?}");
            prop_assert!(reach.max_upstream.is_none() || below(reach.max_upstream, reach.max_upstream_high), "{reach:?}");
            prop_assert!(reach.max_upstream_high.is_none() || below(reach.max_upstream_high, before.max_upstream_high), "{reach:?} {before:?}");
        }
        let twice = limits(Wanted::Amount(20.0), &[]);
        prop_assert_eq!(&twice.reach, &whole.reach);
        for row in &whole.commodities {
            let other = twice.commodities.iter().find(|r| r.commodity == row.commodity).unwrap();
            for (a, b) in [(row.required, other.required), (row.ratio, other.ratio)] {
                prop_assert!(a.map(|a| 2.0 * a).is_some() == b.is_some());
                same!(a.unwrap_or(0.0) * 2.0, b.unwrap_or(0.0), "{} at twice the target", row.commodity);
            }
            prop_assert!(row.ratio.is_none_or(|r| r.is_finite() && r >= 0.0), "{row:?}");
            prop_assert!(row.marginal_gain.is_none_or(|g| g.is_finite() && g >= 0.0), "{row:?}");
        }
        for code in COUNTRIES {
            let less = limits(Wanted::Present, &[country(code)]);
            let high = less.reach.max_upstream_high;
            prop_assert!(high.is_none() && whole.reach.max_upstream_high.is_none() || below(high, whole.reach.max_upstream_high), "{code}: {:?} {:?}", less.reach, whole.reach);
            prop_assert!(less.power.iter().all(|p| p.country != code), "{code}: {:?}", less.power);
        }
    }

    /// The list is ranked by what is lost after rerouting; most items are never solved for a short one.
    #[test]
    fn a_short_list_of_chokepoints_is_the_head_of_the_long_one((Shown(world), _) in any_worlds(false), top in 1..9_usize) {
        let network = network(&world.yaml(0));
        let graph = graph(&network);
        let all = chokepoints(&graph, &everything());
        let short = chokepoints(&graph, &ChokepointQuery { top, ..everything() });
        prop_assert_eq!(short.found, all.found);
        prop_assert_eq!(short.items.len(), all.items.len().min(top));
        for (a, b) in short.items.iter().zip(&all.items) {
            prop_assert_eq!((&a.id, a.kind, a.at_risk_adapted), (&b.id, b.kind, b.at_risk_adapted));
        }
        let adapted: Vec<f64> = all.items.iter().map(|i| i.at_risk_adapted.unwrap()).collect();
        prop_assert!(adapted.windows(2).all(|w| w[0] >= w[1] - 2e-9), "{adapted:?}");
        let rows = exposure(&graph);
        for item in &all.items {
            prop_assert!(item.at_risk_adapted.unwrap() <= item.at_risk);
            if item.kind == ChokepointKind::Country {
                let row = rows.countries.iter().find(|r| r.country == item.id).unwrap();
                same!(row.at_risk_adapted.unwrap(), item.at_risk_adapted.unwrap(), "adapted of {}", item.id);
            }
        }
    }

    /// An outage of all of a country leaves unmet what is at risk to it, whatever stands there and whoever states it.
    #[test]
    fn an_outage_of_a_country_is_its_loss((Shown(world), _) in any_worlds(false)) {
        let before = network(&world.yaml(0));
        let one = graph(&before);
        let mut survival = Survival::new(&one);
        for code in COUNTRIES {
            let target = Target::country(&one, country(code));
            if target.is_empty() {
                continue;
            }
            let text = format!("oretrace: 1\nscenario: all\nchanges:\n  - outage: {{country: {code}}}\n");
            let after = applied(&before, &text);
            let other = graph(&after);
            same!(Survival::new(&other).unmet(), survival.at_risk(&target.members()), "unmet without {code}");
            for reroute in [Reroute::Market, Reroute::Links] {
                let rules = Rules { reroute, priority: Priority::ProRata };
                let (lost, out) = (Rerouting::new(&one, rules), Rerouting::new(&other, rules));
                let lost = lost.at_risk(&lost.loss_of_target(&target)).unwrap();
                let out = out.at_risk(&out.nothing()).unwrap();
                prop_assert!((lost - out).abs() < 1e-7, "{code} under {rules:?}: lost {lost}, out {out}");
            }
        }
    }

    /// With essential inputs only, T <= D; and fixed-sourcing knock-out under linear weights is T.
    #[test]
    fn all_essential_networks((Shown(world), loops) in any_worlds(true)) {
        let told = network(&world.yaml(0));
        let graph = graph(&told);
        for row in &exposure(&graph).countries {
            prop_assert!(row.touched <= row.at_risk.unwrap() + 1e-9, "{row:?}");
            prop_assert!(row.look_through.unwrap() <= row.at_risk.unwrap() + 1e-9 , "{row:?}");
        }
        // The same network with no essential input: at risk is linear, so it is T with the last step included.
        let mut linear = world.clone();
        let loosen = |needs: &mut Vec<Need>| needs.iter_mut().for_each(|n| n.essential = false);
        linear.commodities.iter_mut().for_each(|c| c.routes.iter_mut().for_each(|(_, r)| loosen(r)));
        linear.sites.iter_mut().for_each(|s| s.recipe.iter_mut().for_each(loosen));
        let told = network(&linear.yaml(0));
        let graph = self::graph(&told);
        if !loops {
            for row in &exposure(&graph).countries {
                same!(row.at_risk.unwrap(), row.touched, "knock-out of {}", row.country);
            }
        }
    }

    #[test]
    fn order_in_the_files_changes_nothing((Shown(world), _) in any_worlds(false), seed in 1..u64::MAX) {
        let (one, other) = (network(&world.yaml(0)), network(&world.yaml(seed)));
        prop_assert_eq!(answers(&graph(&one)).to_string(), answers(&graph(&other)).to_string());
    }

    #[test]
    fn an_empty_scenario_changes_no_bit((Shown(world), _) in any_worlds(false)) {
        let before = network(&world.yaml(0));
        let after = applied(&before, "oretrace: 1\nscenario: nothing\nchanges: []\n");
        prop_assert_eq!(answers(&graph(&before)).to_string(), answers(&graph(&after)).to_string());
    }

    #[test]
    fn moving_none_changes_nothing(Shown(world) in worlds(ALL), pick in any::<prop::sample::Index>()) {
        let before = network(&world.yaml(0));
        let made: Vec<_> = world.all_sites().into_iter().filter(|s| s.place != ROW).collect();
        prop_assume!(!made.is_empty());
        let site = pick.get(&made);
        let commodity = &world.commodities[site.makes].id;
        let text = format!("oretrace: 1\nscenario: none\nchanges:\n  - relocate: {{commodity: {commodity}, from: {}, share: 0%, to: USA}}\n", site.place);
        let after = applied(&before, &text);
        prop_assert_eq!(answers(&graph(&before)).to_string(), answers(&graph(&after)).to_string());
    }

    /// Moving a part keeps world output, and what the product requires.
    #[test]
    fn moving_keeps_the_total(Shown(world) in worlds(ALL), pick in any::<prop::sample::Index>(), percent in 1..=100_u32) {
        let before = network(&world.yaml(0));
        let made: Vec<_> = world.all_sites().into_iter().filter(|s| s.place != ROW).collect();
        prop_assume!(!made.is_empty());
        let site = pick.get(&made);
        let commodity = &world.commodities[site.makes].id;
        let text = format!("oretrace: 1\nscenario: some\nchanges:\n  - relocate: {{commodity: {commodity}, from: {}, share: {percent}%, to: {{USA: 60%, DEU: 40%}}}}\n", site.place);
        let after = applied(&before, &text);
        let ix = before.find_commodity(commodity).unwrap();
        let output = |n: &Network| n.makers(ix).map(|s| n.site(s).output.unwrap_or(1.0)).sum::<f64>();
        same!(output(&after), output(&before), "world output of {commodity}");
        let (one, other) = (graph(&before), graph(&after));
        let (a, b) = (exposure(&one), exposure(&other));
        same!(a.unmet_demand, b.unmet_demand, "unmet");
        same!(b.unmet_demand, 0.0, "unmet after a move");
    }

    #[test]
    fn names_change_nothing((Shown(world), loops) in any_worlds(false)) {
        // Other ids in the opposite order, of the same length so that text is the same but for them.
        let mut renamed = world.clone();
        let last = renamed.commodities.len() - 1;
        let id = |at: usize| if at == last { "prod".to_owned() } else { format!("z{:02}", 99 - at) };
        for (at, c) in renamed.commodities.iter_mut().enumerate() {
            c.id = id(at);
        }
        let site = |old: &str| match old.split_once('@') {
            Some((c, place)) => {
                let at = world.commodities.iter().position(|x| x.id == c).unwrap();
                format!("{}@{place}", id(at))
            }
            None => format!("y{}", old.chars().skip(1).map(|c| if let Some(d) = c.to_digit(10) { char::from_digit(9 - d, 10).unwrap() } else { c }).collect::<String>()),
        };
        renamed.sites.iter_mut().for_each(|s| s.id = site(&s.id));
        for s in &mut renamed.supply {
            s.buyer = site(&s.buyer);
            s.from.iter_mut().for_each(|(f, _)| *f = site(f));
        }
        let (one, other) = (network(&world.yaml(0)), network(&renamed.yaml(0)));
        let (one, other) = (graph(&one), graph(&other));
        let (a, b) = (exposure(&one), exposure(&other));
        // In a loop the walk ends at a threshold, which the order of sums may pass a tier sooner or later.
        prop_assert!(loops || a.depth == b.depth);
        prop_assert_eq!(a.countries.len(), b.countries.len());
        for row in &a.countries {
            let other = b.countries.iter().find(|r| r.country == row.country).unwrap();
            let plain = |r: &oretrace::analysis::CountryExposure| {
                let mut r = r.clone();
                // Which of two steps that tie is named hangs on the ids.
                let step = r.bottleneck.take().map(|b| (b.tier, b.at_risk));
                (serde_json::to_value(&r).unwrap(), serde_json::to_value(step).unwrap())
            };
            close(&serde_json::to_value(plain(row)).unwrap(), &serde_json::to_value(plain(other)).unwrap(), &row.country);
        }
        let number = |c: &oretrace::analysis::Chokepoints| {
            let mut all: Vec<f64> = c.items.iter().map(|i| i.at_risk).collect();
            all.sort_by(f64::total_cmp);
            (all, c.items.iter().filter(|i| i.single_point_of_failure).count())
        };
        let (a, b) = (number(&chokepoints(&one, &everything())), number(&chokepoints(&other, &everything())));
        prop_assert_eq!(a.1, b.1);
        curve_same(&a.0, &b.0, "chokepoints")?;
    }

    /// Two halves in one country that buy alike are as one.
    #[test]
    fn splitting_a_site_changes_nothing(Shown(world) in worlds(ALL), pick in any::<prop::sample::Index>()) {
        let named: Vec<usize> = (0..world.sites.len()).filter(|s| world.sites[*s].output.is_some()).collect();
        prop_assume!(!named.is_empty());
        let at = *pick.get(&named);
        let mut split = world.clone();
        let half = split.sites[at].output.unwrap() / 4.0;
        let mut twin = split.sites[at].clone();
        twin.id = format!("{}twin", twin.id);
        twin.output = Some(half);
        split.sites[at].output = Some(3.0 * half);
        let id = split.sites[at].id.clone();
        for s in split.supply.clone() {
            if s.buyer == id {
                split.supply.push(Supply { buyer: twin.id.clone(), ..s });
            }
        }
        for s in &mut split.supply {
            if let Some(line) = s.from.iter().position(|(f, _)| *f == id) {
                let share = s.from[line].1;
                s.from[line].1 = share * 0.75;
                s.from.push((twin.id.clone(), share * 0.25));
            }
        }
        split.sites.push(twin);
        let (one, other) = (network(&world.yaml(0)), network(&split.yaml(0)));
        let (one, other) = (graph(&one), graph(&other));
        // Notes name sites, of which there is one more.
        let exposed = |g: &SupplyGraph<'_>| serde_json::to_value(Exposure { notes: Vec::new(), ..exposure(g) }).unwrap();
        close(&exposed(&one), &exposed(&other), "exposure");
        let shares = |g: &SupplyGraph<'_>| serde_json::to_value(country_shares(g, BandVintage::default())).unwrap();
        close(&shares(&one), &shares(&other), "shares");
    }

    /// Printed weights and the remainder sum to the figure.
    #[test]
    fn routes_and_remainder_sum_to_the_value((Shown(world), loops) in any_worlds(false), top in 0..12_usize) {
        let told = network(&world.yaml(0));
        let graph = graph(&told);
        for code in COUNTRIES {
            let target = Target::country(&graph, country(code));
            let found = why(&graph, &target, top);
            let sum: f64 = found.paths.iter().map(|p| p.weight).sum();
            same!(sum + found.remainder, found.value, "why {code}");
            prop_assert!(found.paths.windows(2).all(|w| w[0].weight >= w[1].weight - 1e-12), "heaviest first");
            prop_assert!(found.paths.len() <= top);
            for path in &found.paths {
                prop_assert_eq!(path.countries.last().map(String::as_str), Some(code));
                // Before its end a route does not meet the target, save at the product's own site.
                let met = path.countries.iter().skip(1).filter(|c| *c == code).count();
                prop_assert_eq!(met, 1);
            }
            if !loops {
                let all = why(&graph, &target, 100_000);
                prop_assert!(all.remainder < 1e-9, "{:?}", all);
            }
        }
    }
}
