//! Plans checked against the network that they make, and written as scenario files that people can change.

use std::collections::BTreeSet;

use super::apply;
use crate::analysis::{Plan, PlanItem, PlanQuery, Rerouting, Rules, SolverError};
use crate::graph::{Roots, SupplyGraph};
use crate::model::{Change, Country, Network, NewSite, Place, Scenario, SiteDetails};

/// A plan with the scenario that carries it out.
#[derive(Clone, Debug)]
pub struct CheckedPlan {
    /// What to build.
    pub plan: Plan,
    /// The same as a scenario.
    pub scenario: Scenario,
    /// What is kept once the scenario is applied, by the programme that `diff` uses.
    pub kept: f64,
}

/// What a plan may fall short of its target before it is made again: the precision of its programme.
const SHORT: f64 = 1e-8;

/// Finds the least new capacity that keeps a part of a product without some countries, and checks that it does.
///
/// Sites that must rise with new ones, such as power, are bound a little less in a plan than afterwards, which matters only where they can do
/// without part of their inputs. Where a plan falls short for that, more is asked of the next one; a note says so if it
/// cannot be had.
///
/// # Errors
/// If the solver gives up.
pub fn plan(
    network: &Network,
    graph: &SupplyGraph<'_>,
    roots: &Roots,
    rules: Rules,
    query: &PlanQuery,
    name: &str,
) -> Result<CheckedPlan, SolverError> {
    const TRIES: usize = 6;
    let rerouting = Rerouting::new(graph, rules);
    let mut asked = query.clone();
    let mut best: Option<CheckedPlan> = None;
    for _ in 0..TRIES {
        let mut plan = rerouting.plan(&asked)?;
        if plan.cost.is_none() && best.is_some() {
            break;
        }
        plan.keep = query.keep;
        let scenario = scenario_of(network, &plan, name);
        let kept = match plan.cost {
            Some(_) => kept(network, &scenario, roots, rules, &query.without)?,
            None => plan.kept,
        };
        plan.kept = kept;
        let done = plan.cost.is_none() || kept >= query.keep - SHORT;
        let short = query.keep - kept;
        best = Some(CheckedPlan {
            plan,
            scenario,
            kept,
        });
        if done || asked.keep >= 1.0 {
            break;
        }
        asked.keep = (asked.keep + 1.5 * short).min(1.0);
    }
    let Some(mut checked) = best else {
        return Err(SolverError::gave_up());
    };
    if checked.plan.cost.is_some() && checked.kept < query.keep - SHORT {
        checked.plan.notes.push(format!(
            "the plan falls short: with all of it built, {} is kept",
            percent(checked.kept)
        ));
    }
    Ok(checked)
}

/// What is kept of a product once a scenario is applied and some countries are gone.
fn kept(
    network: &Network,
    scenario: &Scenario,
    roots: &Roots,
    rules: Rules,
    without: &[Country],
) -> Result<f64, SolverError> {
    let after = apply(network, scenario);
    let graph = SupplyGraph::new(&after, roots);
    let rerouting = Rerouting::new(&graph, rules);
    rerouting.kept(&rerouting.loss_of_countries(without))
}

/// One new site for each item, kept for the product; capacities are a little above the plan's, by its precision.
fn scenario_of(network: &Network, plan: &Plan, name: &str) -> Scenario {
    let mut taken = BTreeSet::new();
    let site = |item: &PlanItem| {
        const ROUNDING: f64 = 1e-9;
        let id = unused(network, &taken, &item.commodity, &item.country);
        taken.insert(id.clone());
        Some(Change::AddSite(NewSite {
            id: id.into(),
            place: Place::In(Country::from_alpha3(&item.country)?),
            commodity: network.find_commodity(&item.commodity)?,
            output: Some(0.0),
            capacity: Some(item.capacity * (1.0 + ROUNDING)),
            recipe: None,
            details: Some(Box::new(SiteDetails {
                kept_for: network.find_commodity(&plan.product),
                ..SiteDetails::default()
            })),
        }))
    };
    let title = format!(
        "New capacity that keeps {} of {} without {}",
        percent(plan.keep),
        plan.product,
        plan.without.join(", ")
    );
    Scenario {
        name: name.into(),
        title: Some(title.into()),
        changes: plan.items.iter().filter_map(site).collect(),
    }
}

/// The file of a plan's scenario, of which a test says that it reads back as the same scenario.
#[must_use]
pub fn plan_file(network: &Network, checked: &CheckedPlan) -> String {
    let scenario = &checked.scenario;
    let mut text = format!(
        "oretrace: 1\nscenario: {}\ntitle: {}\nchanges:",
        quoted(&scenario.name),
        quoted(scenario.title.as_deref().unwrap_or_default())
    );
    for (change, item) in scenario.changes.iter().zip(&checked.plan.items) {
        let Change::AddSite(site) = change else {
            continue;
        };
        let unit = &network.commodity(site.commodity).unit;
        text.push_str(&format!(
            "\n  - add_site: {{id: {}, country: {}, makes: {}, output: {}, capacity: {}, for: {}, source: assumption, note: {}}}",
            quoted(&site.id),
            item.country,
            quoted(&item.commodity),
            quoted(&format!("0 {unit}")),
            quoted(&format!("{} {unit}", site.capacity.unwrap_or(0.0))),
            quoted(&checked.plan.product),
            quoted(&format!("planned; needed from {} kept", percent(item.enters_at))),
        ));
    }
    text.push_str(if scenario.changes.is_empty() {
        " []\n"
    } else {
        "\n"
    });
    text
}

/// A string of YAML: every string of JSON is one.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn percent(share: f64) -> String {
    const DIGITS: f64 = 1e4;
    format!("{} %", (share * DIGITS).round() / (DIGITS / 100.0))
}

/// An id that no site has.
fn unused(network: &Network, taken: &BTreeSet<String>, commodity: &str, country: &str) -> String {
    /// Ids have at most 200 bytes; the rest of this one is short.
    const LONGEST: usize = 150;
    let short: String = commodity.chars().take(LONGEST / 4).collect();
    let commodity = if commodity.len() > LONGEST {
        &short
    } else {
        commodity
    };
    let wanted = format!("new-{commodity}-{}", country.to_ascii_lowercase());
    let is_taken = |id: &str| taken.contains(id) || !network.sites_of_plant(id).is_empty();
    let numbered = (2..).map(|n| format!("{wanted}-{n}"));
    std::iter::once(wanted.clone())
        .chain(numbered)
        .find(|id| !is_taken(id))
        .unwrap_or(wanted)
}
