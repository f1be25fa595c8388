//! Tables for documents.

use super::table::Table;

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '|' | '\\' | '`' | '*' | '_' | '<' | '>' | '[' | ']' | '&' => {
                out.push('\\');
                out.push(c);
            }
            _ => out.push(c),
        }
    }
    out
}

/// Writes a table in Markdown.
#[must_use]
pub fn markdown(table: &Table) -> String {
    let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let mut out = String::new();
    if !table.title.is_empty() {
        out.push_str(&format!("**{}**\n\n", escape(&table.title)));
    }
    out.push_str(&line(
        table.columns.iter().map(|c| escape(&c.title)).collect(),
    ));
    let rule = |at: usize| {
        let right = table.rows.first().is_some_and(|row| row[at].is_number());
        if right {
            "---:".to_owned()
        } else {
            "---".to_owned()
        }
    };
    out.push_str(&line((0..table.columns.len()).map(rule).collect()));
    for row in &table.rows {
        out.push_str(&line(
            row.iter().map(|cell| escape(&cell.rounded())).collect(),
        ));
    }
    out
}
