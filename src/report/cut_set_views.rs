//! Tables of sets of losses: cut sets and what they make likely, and the worst sets.

use super::table::{Cell, Table, percent};
use crate::analysis::{ChokepointKind, CutSets, ProbabilityBound, Reliability, Worst, WorstMethod};

fn plural(kind: ChokepointKind) -> &'static str {
    match kind {
        ChokepointKind::Site => "sites",
        ChokepointKind::CountryCommodity => "countries' shares of a commodity",
        ChokepointKind::Company => "companies",
        ChokepointKind::Country => "countries",
    }
}

fn one(kind: ChokepointKind) -> &'static str {
    match kind {
        ChokepointKind::Site => "one site",
        ChokepointKind::CountryCommodity => "one country's share of a commodity",
        ChokepointKind::Company => "one company",
        ChokepointKind::Country => "one country",
    }
}

/// A number of items in words.
fn up_to(count: usize, kind: ChokepointKind) -> String {
    if count == 1 {
        one(kind).to_owned()
    } else {
        format!("{count} {}", plural(kind))
    }
}

/// Says that no cut set is as small as was asked for, where that is certain.
#[must_use]
pub fn no_cut_set(result: &CutSets) -> Option<String> {
    let none = result.found == 0 && result.complete;
    none.then(|| {
        format!(
            "no set of up to {} stops the product",
            up_to(result.size, result.kind)
        )
    })
}

/// Minimal cut sets, smallest first.
#[must_use]
pub fn cut_set_table(result: &CutSets, rows: usize) -> Table {
    let shown = result.sets.len().min(rows);
    let items = up_to(result.size, result.kind);
    let title = match (result.found, shown < result.found) {
        (0, _) => no_cut_set(result).unwrap_or_else(|| "cut sets: none found".to_owned()),
        (1, false) => {
            format!("cut sets: the only smallest set of at most {items} that stops the product")
        }
        (found, less) => {
            let of = if less {
                format!("{shown} of {found}")
            } else {
                format!("all {found}")
            };
            format!(
                "cut sets: {of} smallest sets of at most {items} that stop the product together"
            )
        }
    };
    let mut table = Table::new(title, &[("size", "size"), ("lost together", "cut_set")]);
    for set in &result.sets[..shown] {
        table
            .rows
            .push(vec![Cell::Count(set.len()), Cell::Text(set.join(" + "))]);
    }
    table
}

/// The sets whose joint loss costs most, smallest first.
#[must_use]
pub fn worst_table(result: &Worst, rows: usize) -> Table {
    let shown = result.sets.len().min(rows);
    let lost = percent(result.at_risk_adapted);
    let items = up_to(result.k, result.kind);
    let ties = match (shown < result.found, result.found) {
        (true, all) => format!(", {shown} of {all} sets that tie"),
        (false, 0 | 1) => String::new(),
        (false, all) => format!(", all {all} sets that tie"),
    };
    let title = match result.method {
        WorstMethod::Exact => {
            format!(
                "worst outages: losing at most {items} costs at most {lost} after rerouting{ties}"
            )
        }
        WorstMethod::Greedy => format!(
            "bad outages (greedy: others may be worse): losing at most {items} costs {lost} after rerouting"
        ),
    };
    let mut table = Table::new(title, &[("size", "size"), ("lost together", "worst_set")]);
    for set in &result.sets[..shown] {
        let nothing = "nothing at all".to_owned();
        let text = if set.is_empty() {
            nothing
        } else {
            set.join(" + ")
        };
        table
            .rows
            .push(vec![Cell::Count(set.len()), Cell::Text(text)]);
    }
    table
}

/// How likely the product is to stop, and how much hangs on each item.
#[must_use]
pub fn reliability_table(result: &Reliability, rows: usize) -> Table {
    let least = match result.bound {
        ProbabilityBound::Exact => "",
        ProbabilityBound::Lower => "at least ",
    };
    let title = if result.items.iter().all(|i| i.unavailability <= 0.0) {
        "no site in the chain states an unavailability".to_owned()
    } else {
        format!(
            "the product stops with a probability of {least}{}",
            percent(result.probability)
        )
    };
    let mut table = Table::new(
        title,
        &[
            ("site", "id"),
            ("unavailability", "unavailability"),
            ("Birnbaum", "birnbaum"),
            ("Fussell-Vesely", "fussell_vesely"),
            ("risk reduction", "risk_reduction"),
        ],
    );
    for item in result.items.iter().take(rows) {
        table.rows.push(vec![
            Cell::Text(item.id.clone()),
            Cell::Share(item.unavailability),
            Cell::Share(item.birnbaum),
            Cell::share(item.fussell_vesely),
            Cell::share(item.risk_reduction),
        ]);
    }
    table
}
