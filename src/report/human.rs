//! Tables for people.

use comfy_table::{CellAlignment, ContentArrangement, LineStyle, Table as Drawn, TableStyle};

use super::table::Table;

/// One rule under the headings: rows are read across, and long tables stay short.
const STYLE: TableStyle =
    TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─'));

/// Draws a table to fit a width, or without a limit.
#[must_use]
pub fn human(table: &Table, width: Option<u16>) -> String {
    let mut drawn = Drawn::new();
    drawn.load_style(STYLE);
    match width {
        Some(width) => {
            drawn
                .set_content_arrangement(ContentArrangement::Dynamic)
                .set_width(width);
        }
        None => {
            drawn.set_content_arrangement(ContentArrangement::Disabled);
        }
    }
    drawn.set_header(table.columns.iter().map(|c| &c.title));
    for row in &table.rows {
        drawn.add_row(row.iter().map(|cell| {
            let drawn = comfy_table::Cell::new(cell.rounded());
            if cell.is_number() {
                drawn.set_alignment(CellAlignment::Right)
            } else {
                drawn
            }
        }));
    }
    let text = drawn.trim_fmt();
    if table.title.is_empty() {
        text
    } else {
        format!("{}\n{text}", table.title)
    }
}
