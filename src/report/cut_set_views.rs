//! Tables of cut sets, and of what they make likely.

use super::table::{Cell, Table, percent};
use crate::analysis::{ChokepointKind, CutSets, ProbabilityBound, Reliability};

fn plural(kind: ChokepointKind) -> &'static str {
    match kind {
        ChokepointKind::Site => "sites",
        ChokepointKind::CountryCommodity => "countries' shares of a commodity",
        ChokepointKind::Company => "companies",
        ChokepointKind::Country => "countries",
    }
}

/// Minimal cut sets, smallest first.
#[must_use]
pub fn cut_set_table(result: &CutSets, rows: usize) -> Table {
    let shown = result.sets.len().min(rows);
    let of = if shown < result.found {
        format!("{shown} of {}", result.found)
    } else {
        format!("all {}", result.found)
    };
    let title = format!(
        "cut sets: {of} smallest sets of at most {} {} that stop the product together",
        result.size,
        plural(result.kind)
    );
    let mut table = Table::new(title, &[("size", "size"), ("lost together", "cut_set")]);
    for set in &result.sets[..shown] {
        table
            .rows
            .push(vec![Cell::Count(set.len()), Cell::Text(set.join(" + "))]);
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
    let mut table = Table::new(
        format!(
            "the product stops with a probability of {least}{}",
            percent(result.probability)
        ),
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
