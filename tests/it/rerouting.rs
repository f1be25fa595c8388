//! At risk, adapted: examples worked by hand. The order of the rules on random networks is in `laws.rs`.

use approx::assert_abs_diff_eq;
use oretrace::analysis::{Actor, Priority, Reroute, Rerouting, Rules};
use oretrace::model::Network;

use crate::support::{self, graph_of, net};

fn changed(network: &Network, changes: &str) -> Network {
    support::changed(network, &format!("  [{changes}]"))
}

const MARKET: Rules = Rules {
    reroute: Reroute::Market,
    priority: Priority::ProRata,
};
const MARKET_FIRST: Rules = Rules {
    reroute: Reroute::Market,
    priority: Priority::First,
};
const LINKS: Rules = Rules {
    reroute: Reroute::Links,
    priority: Priority::ProRata,
};

/// At risk of `p`, adapted, with some sites lost.
fn at_risk(network: &Network, rules: Rules, lost: &[&str]) -> f64 {
    let graph = graph_of(network, "p");
    let rerouting = Rerouting::new(&graph, rules);
    let is_lost = |a: &Actor| a.site.is_some_and(|s| lost.contains(&&*network.site(s).id));
    rerouting.at_risk(&rerouting.loss(is_lost)).unwrap()
}

fn is(found: f64, expected: f64) {
    assert_abs_diff_eq!(found, expected, epsilon = 1e-9);
}

/// Mines of 60 and 40, one refinery of 80, a demand of 70.
#[test]
fn t7b_max_flow() {
    let network = net("
commodities:
  ore: {stage: mine, unit: t}
  metal: {stage: refinery, unit: t, recipe: {ore: 1 t}}
  p: {stage: assembly, unit: t, recipe: {metal: 1 t}}
sites:
  m60: {country: AUS, makes: ore, output: 42 t, capacity: 60 t}
  m40: {country: CAN, makes: ore, output: 28 t, capacity: 40 t}
  works: {country: USA, makes: metal, output: 70 t, capacity: 80 t}
  plant: {country: USA, makes: p, output: 70 t}
");
    for rules in [MARKET, MARKET_FIRST, LINKS] {
        is(at_risk(&network, rules, &[]), 0.0);
        is(at_risk(&network, rules, &["m60"]), 30.0 / 70.0);
        is(at_risk(&network, rules, &["m40"]), 10.0 / 70.0);
        is(at_risk(&network, rules, &["works"]), 1.0);
    }
}

/// Of 100 t the product takes 10. Japan makes 10 and could make 20; of that a tenth is the product's.
#[test]
fn other_users_keep_their_part() {
    let network = net("
commodities:
  g: {stage: refinery, unit: t}
  p: {stage: assembly, unit: t, recipe: {g: 1 t}}
production:
  - {commodity: g, source: assumption, output: {CHN: 90 t, JPN: 10 t}, capacity: {JPN: 20 t}}
sites:
  plant: {country: DEU, makes: p, output: 10 t}
");
    is(at_risk(&network, MARKET, &["g@CHN"]), 0.8);
    is(at_risk(&network, LINKS, &["g@CHN"]), 0.8);
    is(at_risk(&network, MARKET_FIRST, &["g@CHN"]), 0.0);
}

/// A site that gives the product nothing today gives it everyone's part under `market`, nothing under `links`.
#[test]
fn who_may_step_in() {
    let network = net("
commodities:
  g: {stage: refinery, unit: t}
  p: {stage: assembly, unit: t, recipe: {g: 1 t}}
sites:
  g1: {country: CHN, makes: g, output: 10 t}
  g2: {country: JPN, makes: g, output: 10 t, capacity: 12 t}
  plant: {country: DEU, makes: p, output: 10 t}
supply:
  - {buyer: plant, commodity: g, from: {g1: 100%}}
");
    // Half of all output goes to the product, so half of what g2 can make is its part.
    is(at_risk(&network, MARKET, &["g1"]), 0.4);
    is(at_risk(&network, LINKS, &["g1"]), 1.0);
    is(at_risk(&network, MARKET_FIRST, &["g1"]), 0.0);
}

/// A link carries at most its limit, and at least what flows today.
#[test]
fn limits_of_links() {
    let text = |limit: &str| {
        format!(
            "
commodities:
  g: {{stage: refinery, unit: t}}
  p: {{stage: assembly, unit: t, recipe: {{g: 1 t}}}}
sites:
  g1: {{country: CHN, makes: g, output: 6 t, capacity: 20 t}}
  g2: {{country: JPN, makes: g, output: 4 t}}
  plant: {{country: DEU, makes: p, output: 10 t}}
supply:
  - {{buyer: plant, commodity: g, from: {{g1: {{share: 60%{limit}}}, g2: 40%}}}}
"
        )
    };
    is(at_risk(&net(&text("")), LINKS, &["g2"]), 0.0);
    is(at_risk(&net(&text(", limit: 8 t")), LINKS, &["g2"]), 0.2);
    is(at_risk(&net(&text(", limit: 2 t")), LINKS, &["g2"]), 0.4);
    is(at_risk(&net(&text(", limit: 2 t")), LINKS, &[]), 0.0);
}

/// A limit holds what a supplier gives a buyer by a stated link and by the market together.
#[test]
fn limits_hold_what_comes_by_the_market_too() {
    let text = |limit: &str| {
        format!(
            "
commodities:
  ore: {{stage: mine, unit: kg}}
  p: {{stage: assembly, unit: unit, recipe: {{ore: 1 kg}}}}
production:
  - {{commodity: ore, source: assumption, output: {{JPN: 50 kg, KOR: 50 kg}}, capacity: {{JPN: 200 kg}}}}
sites:
  plant: {{country: USA, makes: p, output: 80 units}}
  other: {{country: DEU, makes: p, output: 20 units}}
supply:
  - {{buyer: plant, commodity: ore, from: {{ore@JPN: {{share: 50%{limit}}}}}, rest: market}}
"
        )
    };
    // The plant has 40 of Japan by the link, and of the other 40 half by the market: 60 today, and no more. The other plant
    // has 10 of each, and turns to Japan altogether.
    let limited = net(&text(", limit: 45 kg"));
    is(at_risk(&limited, LINKS, &["ore@KOR"]), 0.2);
    is(at_risk(&limited, LINKS, &[]), 0.0);
    is(
        at_risk(&net(&text(", limit: 70 kg")), LINKS, &["ore@KOR"]),
        0.1,
    );
    is(at_risk(&net(&text("")), LINKS, &["ore@KOR"]), 0.0);
    is(at_risk(&limited, MARKET, &["ore@KOR"]), 0.0);
}

/// Gallium grows no further than its country's alumina yields, whatever the works could make.
#[test]
fn by_products_hang_on_their_hosts() {
    let text = |yielded: &str| {
        format!(
            "
commodities:
  alumina: {{stage: refinery, unit: t}}
  g: {{stage: refinery, unit: kg, byproduct_of: {{commodity: alumina, yield: {yielded} kg/t}}}}
  p: {{stage: assembly, unit: unit, recipe: {{g: 1 kg}}}}
sites:
  a1: {{country: CHN, makes: alumina, output: 100 t}}
  g1: {{country: CHN, makes: g, output: 1 kg, capacity: 5 kg}}
  g2: {{country: JPN, makes: g, output: 1 kg}}
  plant: {{country: DEU, makes: p, output: 2 unit}}
"
        )
    };
    is(at_risk(&net(&text("0.02")), MARKET, &["g2"]), 0.0);
    is(at_risk(&net(&text("0.012")), MARKET, &["g2"]), 0.4);
    // Less is recoverable than is made: what is made stands.
    is(at_risk(&net(&text("0.001")), MARKET, &["g2"]), 0.5);
    is(at_risk(&net(&text("0.012")), MARKET, &["a1"]), 0.5);
    is(at_risk(&net(&text("0.012")), LINKS, &["a1"]), 0.5);
}

/// Ten of host go with one of by-product today, and the host takes two of it back. That cannot be; but two of
/// host yield one, and take back less than half of it: the tie holds by that.
/// Anodes take alumina and alumina anodes. Ten chips hang on the gallium of Japan, and so on 10 t of alumina: what these take
/// of alumina again is within the 10 t. Without the United States Japan's gallium goes no further than its alumina.
#[test]
fn a_host_that_needs_itself() {
    let network = net("commodities:
  anode: {stage: component, unit: t, recipe: {alumina: 0.6 t}}
  alumina: {stage: refinery, unit: t, recipe: {anode: 1 t}}
  gallium: {stage: refinery, unit: t, byproduct_of: {commodity: alumina, yield: 1 t/t}}
  p: {stage: assembly, unit: t, recipe: {gallium: 1 t}}
sites:
  a1: {country: JPN, makes: anode, output: 100 t}
  h1: {country: JPN, makes: alumina, output: 100 t}
  g1: {country: JPN, makes: gallium, output: 100 t, capacity: 200 t}
  g2: {country: USA, makes: gallium, output: 100 t}
  c: {country: DEU, makes: p, output: 20 t}
supply:
  - {buyer: c, commodity: gallium, from: {g1: 50%, g2: 50%}}
  - {buyer: h1, commodity: anode, from: {a1: 100%}}
  - {buyer: a1, commodity: alumina, from: {h1: 100%}}
");
    for rules in [MARKET, LINKS] {
        is(at_risk(&network, rules, &["g2"]), 0.5);
    }
}

#[test]
fn a_host_that_needs_its_by_product() {
    let text = |yielded: &str| {
        format!(
            "
commodities:
  host: {{stage: refinery, unit: t, recipe: {{g: 0.2 t}}}}
  g: {{stage: refinery, unit: t, byproduct_of: {{commodity: host, yield: {yielded} t/t}}}}
  p: {{stage: assembly, unit: unit, recipe: {{g: 1 t}}}}
sites:
  h1: {{country: JPN, makes: host, output: 100 t}}
  g1: {{country: JPN, makes: g, output: 10 t}}
  plant: {{country: DEU, makes: p, output: 1 unit}}
"
        )
    };
    for rules in [MARKET, LINKS] {
        is(at_risk(&net(&text("0.5")), rules, &["h1"]), 1.0);
        is(at_risk(&net(&text("0.5")), rules, &[]), 0.0);
        // What yields too little either way is left out.
        is(at_risk(&net(&text("0.15")), rules, &["h1"]), 0.0);
    }
}

/// Power follows its users up to its capacity, though others use nearly all of it today.
#[test]
fn power_follows_its_users() {
    let text = |capacity: &str| {
        format!(
            "
commodities:
  power: {{stage: energy, unit: MWh, traded: false}}
  g: {{stage: refinery, unit: t, recipe: {{power: 1 MWh}}}}
  p: {{stage: assembly, unit: unit, recipe: {{g: 1 t}}}}
sites:
  e1: {{country: CHN, makes: power, output: 1000 MWh}}
  e2: {{country: JPN, makes: power, output: {capacity} MWh}}
  g1: {{country: CHN, makes: g, output: 6 t}}
  g2: {{country: JPN, makes: g, output: 4 t, capacity: 10 t}}
  plant: {{country: DEU, makes: p, output: 10 unit}}
"
        )
    };
    is(at_risk(&net(&text("1000")), MARKET, &["g1"]), 0.0);
    is(at_risk(&net(&text("7")), MARKET, &["g1"]), 0.3);
    is(at_risk(&net(&text("1000")), MARKET, &["e2"]), 0.4);
}

/// What can be done without, and inputs that are not essential.
#[test]
fn inputs_that_can_be_missed() {
    let network = net("
commodities:
  a: {stage: refinery, unit: t}
  b: {stage: refinery, unit: t}
  c: {stage: refinery, unit: t}
  p:
    stage: assembly
    unit: unit
    recipe:
      a: {amount: 1 t, weight: 0.5, substitutable: 0.3}
      b: {amount: 2 t, weight: 0.3, essential: false}
      c: {amount: 1 t, weight: 0.2, essential: false, substitutable: 0.5}
sites:
  a1: {country: CHN, makes: a, output: 10 t}
  b1: {country: CHN, makes: b, output: 20 t}
  c1: {country: JPN, makes: c, output: 10 t}
  plant: {country: DEU, makes: p, output: 10 unit}
");
    for rules in [MARKET, LINKS] {
        is(at_risk(&network, rules, &["a1"]), 0.7);
        is(at_risk(&network, rules, &["b1"]), 0.3);
        is(at_risk(&network, rules, &["c1"]), 0.1);
        is(at_risk(&network, rules, &["b1", "c1"]), 0.4);
    }
}

/// Supply that nobody is named for stays what it is: it neither fails nor grows.
#[test]
fn unattributed_supply() {
    let network = net("
commodities:
  g: {stage: refinery, unit: t}
  p: {stage: assembly, unit: t, recipe: {g: 1 t}}
sites:
  g1: {country: CHN, makes: g, output: 6 t}
  g2: {country: JPN, makes: g, output: 3 t, capacity: 4 t}
  plant: {country: DEU, makes: p, output: 10 t}
supply:
  - {buyer: plant, commodity: g, from: {g1: 60%, g2: 30%}}
");
    is(at_risk(&network, MARKET, &["g1"]), 0.5);
    is(at_risk(&network, LINKS, &["g1", "g2"]), 0.9);
}

/// What a ban stops is made up for by others; entitlements are those from before it.
#[test]
fn bans_and_outages() {
    let network = net("
commodities:
  g: {stage: refinery, unit: t}
  p: {stage: assembly, unit: t, recipe: {g: 1 t}}
sites:
  g1: {country: CHN, makes: g, output: 6 t}
  g2: {country: JPN, makes: g, output: 4 t, capacity: 8 t}
  plant: {country: DEU, makes: p, output: 6 t}
  other: {country: CHN, makes: p, output: 4 t}
");
    let changed = |changes: &str| changed(&network, changes);
    let ban = changed("export_ban: {from: CHN, to: [DEU], commodity: g}");
    // Japan's 8 go to Germany's 6, China keeps its own 4.
    is(at_risk(&ban, MARKET, &[]), 0.0);
    is(at_risk(&ban, MARKET, &["g2"]), 0.6);
    let outage = changed("outage: {site: g1, loss: 50%}");
    is(at_risk(&outage, MARKET, &[]), 0.0);
    is(at_risk(&outage, MARKET, &["g2"]), 0.7);
    let both = changed("outage: {site: g1, loss: 50%}, capacity: {site: g2, set: 4 t}");
    is(at_risk(&both, MARKET, &[]), 0.3);
}

/// Where a table gives only shares, its amounts are those that the product takes of all its makers, whether or not a
/// rerouting by links reaches them all.
#[test]
fn tables_of_shares_under_either_rerouting() {
    // Of 100 ref, 40 are Korean and need Korean power, which is implied, 60 American with power of the table. The American
    // site could make 120.
    let network = net("
commodities:
  power: {stage: energy, unit: MWh, traded: false}
  ref: {stage: refinery, unit: kg, recipe: {power: 1 MWh}}
  p: {stage: assembly, unit: unit, recipe: {ref: 1 kg}}
production:
  - {commodity: power, source: assumption, shares: {USA: 0.2}}
sites:
  n0: {country: KOR, makes: ref, output: 40 kg}
  n1: {country: USA, makes: ref, output: 60 kg, capacity: 120 kg}
  plant: {country: DEU, makes: p, output: 100 units}
");
    // A fifth of 100 MWh is American by the table, 60 by what is used there: there is no more than that.
    for rules in [MARKET, MARKET_FIRST, LINKS] {
        is(at_risk(&network, rules, &["n0"]), 0.4);
    }
}

/// Power that no file states is lost to the programme as well; what China makes goes on.
#[test]
fn outages_of_sites_that_no_file_states() {
    let network = net("
commodities:
  power: {stage: energy, unit: kWh, traded: false}
  p: {stage: assembly, unit: unit, recipe: {power: 1 kWh}}
production:
  - {commodity: power, source: assumption, output: {CHN: 1000 kWh}}
  - {commodity: p, source: assumption, output: {CHN: 25 unit, VNM: 75 unit}}
");
    for rules in [MARKET, MARKET_FIRST, LINKS] {
        let struck = |change: &str| at_risk(&changed(&network, change), rules, &[]);
        is(struck("outage: {commodity: power, country: VNM}"), 0.75);
        is(struck("outage: {site: power@VNM, loss: 20%}"), 0.15);
        is(struck("outage: {stage: energy}"), 1.0);
    }
}

/// Capacity kept for a product is all its own; nobody else has it.
#[test]
fn capacity_kept_for_a_product() {
    let text = |product: &str| {
        format!(
            "
commodities:
  g: {{stage: refinery, unit: t}}
  p: {{stage: assembly, unit: t, recipe: {{g: 1 t}}}}
  q: {{stage: assembly, unit: t, recipe: {{g: 1 t}}}}
sites:
  g1: {{country: CHN, makes: g, output: 100 t}}
  g2: {{country: USA, makes: g, output: 0 t, capacity: 7 t, for: {product}}}
  plant: {{country: DEU, makes: p, output: 10 t}}
  other: {{country: DEU, makes: q, output: 90 t}}
"
        )
    };
    is(at_risk(&net(&text("p")), MARKET, &["g1"]), 0.3);
    is(at_risk(&net(&text("q")), MARKET, &["g1"]), 1.0);
    is(at_risk(&net(&text("q")), MARKET_FIRST, &["g1"]), 1.0);
}
