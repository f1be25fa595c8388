//! Plans as scenario files, so that `diff` can check them and people can change them.

use std::collections::BTreeSet;

use crate::analysis::Plan;
use crate::model::Network;

/// The scenario file of a plan: one new site for each item, kept for the product.
///
/// Capacities are a little above the plan's, by the precision of its programme.
#[must_use]
pub fn plan_scenario(network: &Network, plan: &Plan, name: &str) -> String {
    const ROUNDING: f64 = 1e-6;
    let title = format!(
        "New capacity that keeps {} of {} without {}",
        percent(plan.keep),
        plan.product,
        plan.without.join(", ")
    );
    let mut text = format!(
        "oretrace: 1\nscenario: {}\ntitle: {}\nchanges:",
        quoted(name),
        quoted(&title)
    );
    let mut taken = BTreeSet::new();
    for item in &plan.items {
        let id = unused(network, &taken, &item.commodity, &item.country);
        let capacity = item.capacity * (1.0 + ROUNDING);
        text.push_str(&format!(
            "\n  - add_site: {{id: {}, country: {}, makes: {}, output: {}, capacity: {}, for: {}, source: assumption, note: {}}}",
            quoted(&id),
            item.country,
            quoted(&item.commodity),
            quoted(&format!("0 {}", item.unit)),
            quoted(&format!("{capacity} {}", item.unit)),
            quoted(&plan.product),
            quoted(&format!("planned; needed from {} kept", percent(item.enters_at))),
        ));
        taken.insert(id);
    }
    text.push_str(if plan.items.is_empty() { " []\n" } else { "\n" });
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
