//! Limits of scaling up: the example of `docs/methods.md` worked by hand, and random networks against other ways to the same
//! numbers. The order of the figures on any network is in `laws.rs`.

use approx::{assert_abs_diff_eq, assert_relative_eq};
use oretrace::analysis::{CommodityLimit, Limits, LimitsQuery, Priority, Rerouting, Rules, Wanted};
use oretrace::model::Network;
use proptest::prelude::*;

use crate::support::{changed, country, graph_of, net};

fn limits_of(network: &Network, product: &str, priority: Priority, query: &LimitsQuery) -> Limits {
    let graph = graph_of(network, product);
    let rules = Rules {
        priority,
        ..Rules::default()
    };
    Rerouting::new(&graph, rules).limits(query).unwrap()
}

fn at(amount: f64) -> LimitsQuery {
    LimitsQuery {
        wanted: Wanted::Amount(amount),
        without: Vec::new(),
    }
}

fn without(codes: &[&str]) -> LimitsQuery {
    LimitsQuery {
        wanted: Wanted::Present,
        without: codes.iter().map(|code| country(code)).collect(),
    }
}

#[track_caller]
fn row<'l>(limits: &'l Limits, commodity: &str) -> &'l CommodityLimit {
    let found = limits.commodities.iter().find(|r| r.commodity == commodity);
    found.unwrap_or_else(|| panic!("no row {commodity}: {:#?}", limits.commodities))
}

#[track_caller]
fn is(found: Option<f64>, expected: f64) {
    assert_abs_diff_eq!(
        found.unwrap(),
        expected,
        epsilon = 1e-9 * expected.abs().max(1.0)
    );
}

/// As the solver finds it.
#[track_caller]
fn is_about(found: Option<f64>, expected: f64) {
    assert_abs_diff_eq!(
        found.unwrap(),
        expected,
        epsilon = 1e-6 * expected.abs().max(1.0)
    );
}

/// The worked example of `docs/methods.md`.
fn worked() -> Network {
    let methods = include_str!("../../docs/methods.md");
    let text = methods
        .split("```yaml\n# t-limits.yaml\noretrace: 1\n")
        .nth(1)
        .and_then(|rest| rest.split("```").next());
    net(text.unwrap())
}

#[test]
fn worked_rows() {
    let limits = limits_of(&worked(), "robot", Priority::ProRata, &at(20.0));
    is(limits.present, 5.0);
    let gallium = row(&limits, "gallium");
    is(gallium.required, 40.0);
    is(gallium.output, 20.0);
    is(gallium.capacity, 50.0);
    is(gallium.host.as_ref().map(|h| h.limit), 30.0);
    is(gallium.capacity_after_host, 40.0);
    is(gallium.others, 10.0);
    is(gallium.available, 30.0);
    is(gallium.ratio, 4.0 / 3.0);
    is(gallium.part_of_output, 2.0);
    let magnet = row(&limits, "magnet");
    is(magnet.available, 45.0);
    is(magnet.ratio, 20.0 / 9.0);
    is(row(&limits, "robot").ratio, 20.0 / 30.0);
    // Alumina is reached only as a host.
    assert_eq!(row(&limits, "alumina").required, None);
    assert_eq!(row(&limits, "alumina").ratio, None);
    let order: Vec<&str> = limits.commodities.iter().map(|r| &*r.commodity).collect();
    assert_eq!(order[..2], ["magnet", "gallium"]);
    let power = |country: &str| limits.power.iter().find(|p| p.country == country).unwrap();
    is(Some(power("CHN").needed), 0.32);
    is(power("CHN").share, 0.32 / 100.0);
    is(Some(power("JPN").needed), 0.08);
    is(power("JPN").share, 0.04);
    assert_eq!(limits.power[0].country, "JPN");
}

#[test]
fn worked_reach() {
    let limits = limits_of(&worked(), "robot", Priority::ProRata, &at(20.0));
    is_about(limits.reach.max, 9.0);
    is_about(limits.reach.max_high, 9.0);
    is_about(limits.reach.max_upstream, 9.0);
    assert_eq!(limits.reach.limited_by, ["magnet"]);
    is_about(row(&limits, "magnet").marginal_gain, 0.2);
    is(row(&limits, "gallium").marginal_gain, 0.0);
    let first = limits.served_first.unwrap();
    is_about(first.max_upstream, 20.0);
    assert_eq!(first.limited_by, ["gallium", "alumina"]);
}

#[test]
fn worked_served_first() {
    let limits = limits_of(&worked(), "robot", Priority::First, &at(20.0));
    assert_eq!(limits.served_first, None);
    is(row(&limits, "gallium").ratio, 1.0);
    is(row(&limits, "magnet").ratio, 100.0 / 120.0);
    is_about(row(&limits, "gallium").marginal_gain, 0.5);
    is_about(row(&limits, "alumina").marginal_gain, 0.01);
    is(row(&limits, "magnet").marginal_gain, 0.0);
    is_about(limits.reach.max, 20.0);
}

#[test]
fn worked_without_china() {
    let limits = limits_of(&worked(), "robot", Priority::ProRata, &without(&["CHN"]));
    is(Some(limits.target), 5.0);
    let gallium = row(&limits, "gallium");
    is(gallium.capacity, 10.0);
    is(gallium.others, 2.0);
    is(gallium.ratio, 10.0 / 8.0);
    let magnet = row(&limits, "magnet");
    is(magnet.available, 5.0);
    is(magnet.ratio, 5.0);
    is_about(limits.reach.max, 1.0);
    // Japan takes over all of the gallium, and its power.
    is(Some(limits.power[0].needed), 0.1);
    assert_eq!(limits.power[0].country, "JPN");
    assert_eq!(limits.power.len(), 1);
}

/// The most as the target, with the product's own plants and without.
#[test]
fn own_plants() {
    let network = net("
commodities:
  g: {stage: refinery, unit: t}
  p: {stage: assembly, unit: unit, recipe: {g: 2 t}}
sites:
  g1: {country: CHN, makes: g, output: 20 t, capacity: 60 t}
  plant: {country: DEU, makes: p, output: 10 unit, capacity: 12 unit}
");
    let query = LimitsQuery {
        wanted: Wanted::Most,
        without: Vec::new(),
    };
    let limits = limits_of(&network, "p", Priority::ProRata, &query);
    is_about(Some(limits.target), 12.0);
    is_about(limits.reach.max_upstream, 30.0);
    assert_eq!(limits.reach.limited_by, ["p"]);
    assert_eq!(limits.reach.limited_by_upstream, ["g"]);
    is_about(row(&limits, "p").marginal_gain, 1.0);
    is_about(row(&limits, "g").marginal_gain_upstream, 0.5);
    is(row(&limits, "g").marginal_gain, 0.0);
    is_about(row(&limits, "g").ratio, 24.0 / 60.0);
}

/// One more unit helps only until something else binds: the gain is one-sided, and nothing where two bind together.
#[test]
fn limits_that_tie() {
    let text = |second: &str| {
        format!(
            "
commodities:
  a: {{stage: refinery, unit: t}}
  b: {{stage: refinery, unit: t}}
  p: {{stage: assembly, unit: unit, recipe: {{a: 1 t, b: 1 t}}}}
sites:
  a1: {{country: CHN, makes: a, output: 10 t}}
  b1: {{country: CHN, makes: b, output: 10 t, capacity: {second} t}}
  plant: {{country: DEU, makes: p, output: 10 unit, capacity: 50 unit}}
"
        )
    };
    let limits = limits_of(&net(&text("10.25")), "p", Priority::First, &at(1.0));
    is_about(row(&limits, "a").marginal_gain, 0.25);
    is(row(&limits, "b").marginal_gain, 0.0);
    let limits = limits_of(&net(&text("10")), "p", Priority::First, &at(1.0));
    is(row(&limits, "a").marginal_gain, 0.0);
    assert!(limits.reach.together);
    assert_eq!(limits.reach.limited_by, ["a", "b"]);
}

/// Shares alone are no amounts: missing, not 0, and no limit; but a country that makes all of it takes all of it along.
#[test]
fn shares_are_no_amounts() {
    let network = net("
commodities:
  a: {stage: refinery, unit: t}
  b: {stage: refinery, unit: t}
  p: {stage: assembly, unit: unit, recipe: {a: 1 t, b: 1 t}}
production:
  - {commodity: a, source: assumption, shares: {CHN: 100%}}
sites:
  b1: {country: JPN, makes: b, output: 10 t, capacity: 20 t}
  plant: {country: DEU, makes: p, output: 10 unit, capacity: 50 unit}
");
    let limits = limits_of(&network, "p", Priority::First, &at(20.0));
    let a = row(&limits, "a");
    assert_eq!(
        (a.output, a.capacity, a.ratio, a.marginal_gain),
        (None, None, None, None)
    );
    is(a.required, 20.0);
    is_about(limits.reach.max, 10.0);
    is_about(limits.reach.max_high, 20.0);
    assert_eq!(limits.reach.limited_by, ["b"]);
    assert!(
        limits.notes.iter().any(|n| n.contains("no limit here: a")),
        "{:?}",
        limits.notes
    );
    let gone = limits_of(&network, "p", Priority::First, &without(&["CHN"]));
    is(row(&gone, "a").available, 0.0);
    assert_eq!(row(&gone, "a").ratio, None);
    assert_eq!(gone.commodities[0].commodity, "a");
    is_about(gone.reach.max_high, 0.0);
    assert_eq!(gone.reach.limited_by, ["a"]);
}

/// A product without output in amounts, and nothing known that limits it.
#[test]
fn nothing_known() {
    let network = net("
commodities:
  a: {stage: refinery, unit: t, recycled: 20%}
  p: {stage: assembly, unit: unit, recipe: {a: 1 t}}
production:
  - {commodity: a, source: assumption, shares: {CHN: 60%, JPN: 40%}}
");
    let limits = limits_of(&network, "p", Priority::ProRata, &LimitsQuery::default());
    assert_eq!(limits.present, None);
    is(Some(limits.target), 1.0);
    assert_eq!((limits.reach.max, limits.reach.max_high), (None, None));
    is(row(&limits, "a").required, 0.8);
}

/// What a scenario has stopped is no capacity; supply that nobody is named for and scrap grow with their users.
#[test]
fn scenarios_and_what_is_not_known() {
    let network = net("
commodities:
  a: {stage: refinery, unit: t, recycled: 20%}
  b: {stage: refinery, unit: t}
  p: {stage: assembly, unit: unit, recipe: {a: 1 t, b: 1 t}}
sites:
  a1: {country: CHN, makes: a, output: 8 t, capacity: 16 t}
  b1: {country: JPN, makes: b, output: 5 t, capacity: 9 t}
  plant: {country: DEU, makes: p, output: 10 unit, capacity: 100 unit}
supply:
  - {buyer: plant, commodity: b, from: {b1: 50%}}
");
    let limits = limits_of(&network, "p", Priority::First, &at(20.0));
    is(row(&limits, "a").required, 16.0);
    is(row(&limits, "a").ratio, 1.0);
    // Twice what b1 makes, since half comes from someone else; and what is certain: 9 + 5 as today.
    is_about(limits.reach.max_high, 18.0);
    is_about(limits.reach.max, 14.0);
    let halved = changed(&network, "  - outage: {site: a1, loss: 50%}");
    let limits = limits_of(&halved, "p", Priority::First, &at(20.0));
    is(row(&limits, "a").capacity, 8.0);
    is(row(&limits, "a").ratio, 2.0);
    is_about(limits.reach.max_high, 10.0);
}

/// Power bounds who uses it, wherever there is no more; one more unit of it is worth what it makes.
#[test]
fn power_binds_by_country() {
    let network = net("
commodities:
  heat: {stage: energy, unit: MWh, traded: false}
  g: {stage: refinery, unit: t, recipe: {heat: 2 MWh}}
  p: {stage: assembly, unit: unit, recipe: {g: 1 t}}
sites:
  e1: {country: CHN, makes: heat, output: 30 MWh}
  e2: {country: JPN, makes: heat, output: 1000 MWh}
  g1: {country: CHN, makes: g, output: 6 t, capacity: 100 t}
  g2: {country: JPN, makes: g, output: 4 t, capacity: 10 t}
  plant: {country: DEU, makes: p, output: 10 unit, capacity: 500 unit}
");
    let limits = limits_of(&network, "p", Priority::First, &at(10.0));
    is_about(limits.reach.max, 25.0);
    assert_eq!(limits.reach.limited_by, ["heat@CHN", "g"]);
    let china = limits.power.iter().find(|p| p.country == "CHN").unwrap();
    is(Some(china.needed), 12.0 / 1e6);
    is(china.share, 0.4);
    is_about(china.marginal_gain.map(|g| g / 1e6), 0.5);
}

/// A chain of commodities with plain recipes: amounts of the inputs (an earlier commodity and so many of it), then makers
/// (country, output, spare capacity).
#[derive(Clone, Debug)]
struct Chain {
    inputs: Vec<Vec<(usize, u8)>>,
    makers: Vec<Vec<(usize, u8, u8)>>,
}

const COUNTRIES: [&str; 3] = ["CHN", "JPN", "USA"];

fn chains() -> impl Strategy<Value = Chain> {
    let inputs = prop::collection::vec(prop::collection::vec((0..10_usize, 1..9_u8), 1..4), 3..6);
    let maker = (0..COUNTRIES.len(), 1..200_u8, 0..100_u8);
    let makers = prop::collection::vec(prop::collection::vec(maker, 1..4), 6);
    (inputs, makers).prop_map(|(mut inputs, makers)| {
        inputs[0].clear();
        for (at, list) in inputs.iter_mut().enumerate().skip(1) {
            for (input, _) in list.iter_mut() {
                *input %= at;
            }
            list.sort_unstable();
            list.dedup_by_key(|(input, _)| *input);
        }
        Chain { inputs, makers }
    })
}

impl Chain {
    fn yaml(&self) -> String {
        let mut text = "commodities:\n".to_owned();
        for (at, inputs) in self.inputs.iter().enumerate() {
            let inputs: Vec<String> = inputs.iter().map(|(i, n)| format!("c{i}: {n} t")).collect();
            let recipe = match inputs.is_empty() {
                true => String::new(),
                false => format!(", recipe: {{{}}}", inputs.join(", ")),
            };
            text += &format!("  c{at}: {{stage: refinery, unit: t{recipe}}}\n");
        }
        text += "sites:\n";
        for (at, _) in self.inputs.iter().enumerate() {
            for (n, (country, output, spare)) in self.makers[at].iter().enumerate() {
                let country = COUNTRIES[*country];
                let capacity = u16::from(*output) + u16::from(*spare);
                text += &format!(
                    "  s{at}x{n}: {{country: {country}, makes: c{at}, output: {output} t, capacity: {capacity} t}}\n"
                );
            }
        }
        text
    }

    /// What an amount of the last commodity takes of each, demand by demand.
    fn required(&self, amount: f64) -> Vec<f64> {
        let mut required = vec![0.0; self.inputs.len()];
        let mut open = vec![(self.inputs.len() - 1, amount)];
        while let Some((at, amount)) = open.pop() {
            required[at] += amount;
            open.extend(
                self.inputs[at]
                    .iter()
                    .map(|(i, n)| (*i, amount * f64::from(*n))),
            );
        }
        required
    }

    fn sum(&self, at: usize, gone: Option<usize>, of: impl Fn(f64, f64) -> f64) -> f64 {
        let left = self.makers[at].iter().filter(|(c, _, _)| Some(*c) != gone);
        left.map(|(_, output, spare)| of(f64::from(*output), f64::from(*spare)))
            .sum()
    }

    /// Whether so much can be made: nothing is asked of any commodity beyond what its makers have for the product.
    fn can_make(&self, amount: f64, first: bool, gone: Option<usize>, own: bool) -> bool {
        let last = self.inputs.len() - 1;
        let today = self.required(self.sum(last, None, |output, _| output));
        let asked = self.required(amount);
        (0..=last).filter(|at| own || *at != last).all(|at| {
            let output = self.sum(at, None, |output, _| output);
            let have = self.sum(at, gone, |own_output, spare| {
                let part = today[at] * own_output / output;
                let others = if first {
                    0.0
                } else {
                    (own_output - part).max(0.0)
                };
                own_output + spare - others
            });
            asked[at] <= have
        })
    }

    /// The most, closed in on by halving.
    fn most(&self, first: bool, gone: Option<usize>, own: bool) -> f64 {
        let (mut low, mut high) = (0.0, 1e6);
        for _ in 0..200 {
            let middle = 0.5 * (low + high);
            if self.can_make(middle, first, gone, own) {
                low = middle;
            } else {
                high = middle;
            }
        }
        low
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    /// Ratios against demand followed one by one, the most against halving.
    #[test]
    fn chains_agree_with_halving(chain in chains(), gone in prop::option::of(0..COUNTRIES.len()), first in any::<bool>()) {
        let network = net(&chain.yaml());
        let last = chain.inputs.len() - 1;
        let priority = if first { Priority::First } else { Priority::ProRata };
        let query = LimitsQuery {
            wanted: Wanted::Amount(7.0),
            without: gone.iter().map(|c| country(COUNTRIES[*c])).collect(),
        };
        let limits = limits_of(&network, &format!("c{last}"), priority, &query);
        let required = chain.required(7.0);
        let today = chain.required(chain.sum(last, None, |output, _| output));
        for (at, required) in required.iter().enumerate().filter(|(_, r)| **r > 0.0) {
            let found = row(&limits, &format!("c{at}"));
            assert_relative_eq!(found.required.unwrap(), *required, max_relative = 1e-9);
            let output = chain.sum(at, gone, |output, _| output);
            let part = output / chain.sum(at, None, |output, _| output);
            let others = if first { 0.0 } else { (output - today[at] * part).max(0.0) };
            let have = chain.sum(at, gone, |output, spare| output + spare) - others;
            if have > 0.0 {
                assert_relative_eq!(found.ratio.unwrap(), required / have, max_relative = 1e-9);
            } else {
                prop_assert!(found.ratio.is_none() && found.available == Some(0.0));
            }
        }
        // Without any plant of its own left there is nothing to make it, however much of all else.
        let plants_left = chain.sum(last, gone, |output, _| output) > 0.0;
        let most = chain.most(first, gone, true);
        assert_relative_eq!(limits.reach.max.unwrap(), most, max_relative = 1e-6, epsilon = 1e-6);
        if plants_left {
            let upstream = chain.most(first, gone, false);
            assert_relative_eq!(limits.reach.max_upstream.unwrap(), upstream, max_relative = 1e-6, epsilon = 1e-6);
        }
        assert_eq!(limits.reach.max, limits.reach.max_high);
    }
}
