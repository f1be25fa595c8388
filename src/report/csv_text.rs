//! Tables for other programs.

use super::table::Table;

/// Writes a table as csv with full precision; what is not known is empty.
///
/// Words that a spreadsheet would take for a formula are led by an apostrophe.
#[must_use]
pub fn csv_text(table: &Table) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let guard = |text: String, is_text: bool| {
        if is_text && text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
            format!("'{text}")
        } else {
            text
        }
    };
    // Writing to memory does not fail.
    let _ = writer.write_record(table.columns.iter().map(|c| &c.key));
    for row in &table.rows {
        let _ = writer.write_record(row.iter().map(|c| guard(c.exact(), !c.is_number())));
    }
    String::from_utf8(writer.into_inner().unwrap_or_default()).unwrap_or_default()
}
