//! Tables of flows between firms: an edge list, the firms with their sectors, and which inputs are essential.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::fields::{Sink, check_id};
use super::names::defined_twice;
use super::tables::Rows;
use crate::diag::{Code, Diagnostic, FileId, Sources, Span, printable};
use crate::model::{Flow, FlowNode, FlowTable, Need, parse_number};

const FLOW_COLUMNS: &[&str] = &["supplier", "buyer", "weight"];
const NODE_COLUMNS: &[&str] = &["id", "sector", "weight"];
const NEED_COLUMNS: &[&str] = &["supplier_sector", "buyer_sector", "need"];

/// Reads the flows between firms. Pairs of sectors that the table of needs does not list are essential.
///
/// # Errors
/// All problems of the files.
pub fn flow_table(
    sources: &Sources,
    flows: FileId,
    nodes: FileId,
    needs: Option<FileId>,
) -> Result<FlowTable, Vec<Diagnostic>> {
    let mut sink = Sink::default();
    let table = read_nodes(sources, nodes, &mut sink);
    let has_firms = table.is_some();
    let mut table = table.unwrap_or_default();
    let needs = needs.map(|file| read_needs(sources, file, &table.sectors, &mut sink));
    if has_firms {
        read_flows(sources, flows, needs.as_ref(), &mut table, &mut sink);
    }
    if sink.has_errors() {
        return Err(sink.finish());
    }
    Ok(table)
}

fn amount(rows: &Rows<'_>, column: usize, sink: &mut Sink) -> Option<f64> {
    match parse_number(rows.cell(column)) {
        Ok(value) if value >= 0.0 => Some(value),
        Ok(_) => {
            sink.push(
                Diagnostic::at(
                    Code::NegativeNumber,
                    rows.at(column),
                    "the weight is negative",
                )
                .help("it is the value of what is sold, zero or more"),
            );
            None
        }
        Err(error) => {
            sink.push(
                Diagnostic::at(
                    Code::InvalidNumber,
                    rows.at(column),
                    format!("the weight: {}", printable(&error.to_string())),
                )
                .help("write a plain number"),
            );
            None
        }
    }
}

/// Reads the firms; none where the columns are not right, so that nothing can be said of flows.
fn read_nodes(sources: &Sources, file: FileId, sink: &mut Sink) -> Option<FlowTable> {
    let mut found: BTreeMap<String, (String, Option<f64>, Span)> = BTreeMap::new();
    let mut rows = Rows::open(sources, file, NODE_COLUMNS, &NODE_COLUMNS[..2], sink)?;
    while rows.next(sink) {
        let (id, sector) = (rows.cell(0), rows.cell(1));
        let valid = check_id(id, rows.at(0), &"firm", &[], sink);
        // A firm whose sector is wrong is defined all the same.
        check_id(sector, rows.at(1), &"sector", &[], sink);
        let weight = if rows.cell(2).is_empty() {
            None
        } else {
            amount(&rows, 2, sink)
        };
        if !valid {
            continue;
        }
        if let Some((_, _, first)) = found.get(id) {
            sink.push(defined_twice("firm", id, *first, rows.at(0)));
            continue;
        }
        found.insert(id.to_owned(), (sector.to_owned(), weight, rows.at(0)));
    }
    let mut sectors: Vec<String> = found.values().map(|(sector, ..)| sector.clone()).collect();
    sectors.sort_unstable();
    sectors.dedup();
    let nodes = found
        .into_iter()
        .map(|(id, (sector, weight, _))| FlowNode {
            id,
            sector: sectors.binary_search(&sector).unwrap_or(0) as u32,
            weight,
        })
        .collect();
    Some(FlowTable {
        sectors,
        nodes,
        flows: Vec::new(),
    })
}

fn read_needs(
    sources: &Sources,
    file: FileId,
    sectors: &[String],
    sink: &mut Sink,
) -> FxHashMap<(u32, u32), Need> {
    let mut found: FxHashMap<(u32, u32), Need> = FxHashMap::default();
    let mut seen: FxHashMap<(String, String), Span> = FxHashMap::default();
    let Some(mut rows) = Rows::open(sources, file, NEED_COLUMNS, NEED_COLUMNS, sink) else {
        return found;
    };
    while rows.next(sink) {
        let pair = (rows.cell(0).to_owned(), rows.cell(1).to_owned());
        if let Some(first) = seen.get(&pair) {
            let shown = format!("{} to {}", pair.0, pair.1);
            sink.push(defined_twice("need of", &shown, *first, rows.at(0)));
            continue;
        }
        let Some(need) = Need::parse(rows.cell(2)) else {
            sink.push(
                Diagnostic::at(
                    Code::InvalidChoice,
                    rows.at(2),
                    format!("`{}` is no need", printable(rows.cell(2))),
                )
                .help("it is 2 (essential), 1 (non-essential) or 0 (negligible)"),
            );
            continue;
        };
        // A published matrix may hold sectors that this table of firms does not have.
        let at = |name: &String| sectors.binary_search(name).ok().map(|at| at as u32);
        if let (Some(from), Some(to)) = (at(&pair.0), at(&pair.1)) {
            found.insert((from, to), need);
        }
        seen.insert(pair, rows.at(0));
    }
    found
}

fn firm(
    rows: &Rows<'_>,
    column: usize,
    code: Code,
    table: &FlowTable,
    sink: &mut Sink,
) -> Option<u32> {
    let id = rows.cell(column);
    let found = table.nodes.binary_search_by(|n| n.id.as_str().cmp(id)).ok();
    if found.is_none() {
        let near = sink
            .suggest(id, table.nodes.iter().map(|n| n.id.as_str()))
            .map(|near| format!("did you mean `{near}`?"));
        sink.push(
            Diagnostic::at(
                code,
                rows.at(column),
                format!("no row of the firms defines `{}`", printable(id)),
            )
            .help("add it to the table of firms")
            .maybe_help(near),
        );
    }
    found.map(|at| at as u32)
}

fn read_flows(
    sources: &Sources,
    file: FileId,
    needs: Option<&FxHashMap<(u32, u32), Need>>,
    table: &mut FlowTable,
    sink: &mut Sink,
) {
    let Some(mut rows) = Rows::open(sources, file, FLOW_COLUMNS, FLOW_COLUMNS, sink) else {
        return;
    };
    let mut flows: Vec<(Flow, u64)> = Vec::new();
    while rows.next(sink) {
        let supplier = firm(&rows, 0, Code::UnknownSupplier, table, sink);
        let buyer = firm(&rows, 1, Code::UnknownSite, table, sink);
        let weight = amount(&rows, 2, sink);
        let (Some(supplier), Some(buyer), Some(weight)) = (supplier, buyer, weight) else {
            continue;
        };
        let sector = |node: u32| table.nodes[node as usize].sector;
        let need = needs
            .and_then(|n| n.get(&(sector(supplier), sector(buyer))).copied())
            .unwrap_or_default();
        let flow = Flow {
            supplier,
            buyer,
            weight,
            need,
        };
        flows.push((flow, rows.start()));
    }
    flows.sort_by_key(|(f, row)| (f.buyer, f.supplier, *row));
    for pair in flows.windows(2) {
        let ((first, row), (second, other)) = (&pair[0], &pair[1]);
        if (first.buyer, first.supplier) == (second.buyer, second.supplier) {
            let ends = |f: &Flow| {
                let id = |at: u32| table.nodes[at as usize].id.as_str();
                format!("{} to {}", id(f.supplier), id(f.buyer))
            };
            let (first_span, second_span) = (rows.cell_at(*row, 0), rows.cell_at(*other, 0));
            sink.push(defined_twice("flow", &ends(first), first_span, second_span));
        }
    }
    table.flows = flows
        .into_iter()
        .map(|(flow, _)| flow)
        .filter(|f| f.weight > 0.0)
        .collect();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(flows: &str, nodes: &str, needs: Option<&str>) -> Result<FlowTable, Vec<Diagnostic>> {
        let mut sources = Sources::default();
        let flows = sources.add("flows.csv", flows.to_owned());
        let nodes = sources.add("nodes.csv", nodes.to_owned());
        let needs = needs.map(|n| sources.add("needs.csv", n.to_owned()));
        flow_table(&sources, flows, nodes, needs)
    }

    #[test]
    fn needs_are_those_of_the_sectors() {
        let found = read(
            "supplier,buyer,weight\na,c,1\nb,c,2\n",
            "id,sector\na,1\nb,2\nc,3\n",
            Some("supplier_sector,buyer_sector,need\n2,3,1\n9,9,0\n"),
        )
        .unwrap();
        let needs: Vec<Need> = found.flows.iter().map(|f| f.need).collect();
        assert_eq!(needs, [Need::Essential, Need::NonEssential]);
    }

    #[test]
    fn faults_are_located() {
        let nodes = "id,sector\na,1\nb,2\n";
        for (flows, code) in [
            ("supplier,buyer,weight\na,x,1\n", "unknown-site"),
            ("supplier,buyer,weight\nx,a,1\n", "unknown-supplier"),
            ("supplier,buyer,weight\na,b,-1\n", "negative-number"),
            ("supplier,buyer,weight\na,b,\n", "invalid-number"),
            ("supplier,buyer,weight\na,b,1\na,b,2\n", "duplicate-id"),
            ("supplier,buyer\na,b\n", "table-columns"),
        ] {
            let found = read(flows, nodes, None).expect_err(flows);
            assert_eq!(found[0].code.word(), code, "{flows}");
            assert_eq!(found.len(), 1, "{flows}");
        }
    }
}
