//! Tables of cascades: the index of each site, or what one shock leaves.

use super::table::{Cell, Table};
use crate::analysis::cascade::{Esri, SiteEsri, SiteLoss};

/// Sites by their index.
#[must_use]
pub fn esri_table(result: &[SiteEsri], rows: usize) -> Table {
    let mut table = Table::new(
        "",
        &[
            ("#", "rank"),
            ("site", "id"),
            ("sector", "sector"),
            ("ESRI", "esri"),
            ("downstream", "downstream"),
            ("upstream", "upstream"),
            ("own part", "own"),
        ],
    );
    for item in result.iter().take(rows) {
        table.rows.push(vec![
            Cell::Count(item.rank),
            Cell::Text(item.id.clone()),
            Cell::Text(item.sector.clone()),
            Cell::Share(item.esri),
            Cell::Share(item.downstream),
            Cell::Share(item.upstream),
            Cell::Share(item.own),
        ]);
    }
    if result.len() > rows {
        table.title = format!(
            "{rows} of {} sites, by what is lost with each",
            result.len()
        );
    }
    table
}

/// The index of one shock, and the sites that lose by it.
#[must_use]
pub fn shock_tables(index: &Esri, losses: &[SiteLoss], rows: usize) -> Vec<Table> {
    let mut whole = Table::new(
        "",
        &[
            ("ESRI", "esri"),
            ("downstream", "downstream"),
            ("upstream", "upstream"),
            ("rounds", "rounds"),
        ],
    );
    whole.rows.push(vec![
        Cell::Share(index.esri),
        Cell::Share(index.downstream),
        Cell::Share(index.upstream),
        Cell::Count(index.rounds),
    ]);
    let mut table = Table::new(
        match losses.len() {
            1 => "the one site that loses".to_owned(),
            all => format!("{} of {all} sites that lose", all.min(rows)),
        },
        &[
            ("site", "id"),
            ("sector", "sector"),
            ("left downstream", "downstream"),
            ("left upstream", "upstream"),
            ("part of ESRI", "part"),
        ],
    );
    for loss in losses.iter().take(rows) {
        table.rows.push(vec![
            Cell::Text(loss.id.clone()),
            Cell::Text(loss.sector.clone()),
            Cell::Share(loss.downstream),
            Cell::Share(loss.upstream),
            Cell::Share(loss.part),
        ]);
    }
    vec![whole, table]
}
