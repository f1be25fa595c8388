//! Large graphs as tables: `sites.csv` and `supply.csv`.
//!
//! A row pair states the same as YAML does: a site, and for one buyer and one input a supplier's share together with the
//! amount of the input in the buyer's own recipe. Amounts are in the unit of the commodity.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::fields::{Sink, check_id, unknown_country};
use super::links::{needs, unused_supply};
use super::names::Names;
use super::production::SiteIndex;
use crate::diag::{Code, Diagnostic, FileId, Sources, Span, printable};
use crate::model::{
    CommodityIx, Country, Input, NetworkParts, Place, Provenance, REST_OF_WORLD, Recipe,
    SHARE_SUM_TOLERANCE, Site, SiteIx, SiteKind, Stage, SupplyEntry, SupplyLink, Weighting,
    parse_number, parse_share,
};

/// A folder's tables.
pub(crate) struct TableFiles {
    sites: Option<FileId>,
    supply: Option<FileId>,
}

const SITE_COLUMNS: &[&str] = &["id", "stage", "country", "commodity", "output", "capacity"];
const SUPPLY_COLUMNS: &[&str] = &[
    "supplier",
    "buyer",
    "commodity",
    "share",
    "coefficient",
    "limit",
];

/// A csv file with known columns, read row by row.
pub(super) struct Rows<'t> {
    file: FileId,
    text: &'t str,
    reader: csv::Reader<&'t [u8]>,
    record: csv::StringRecord,
    columns: Vec<Option<usize>>,
}

impl<'t> Rows<'t> {
    pub(super) fn open(
        sources: &'t Sources,
        file: FileId,
        known: &[&str],
        required: &[&str],
        sink: &mut Sink,
    ) -> Option<Self> {
        let mut reader = csv::ReaderBuilder::new().from_reader(sources.text(file).as_bytes());
        let text = sources.text(file);
        let first = Span {
            file,
            start: 0,
            end: text.lines().next().map_or(0, str::len) as u32,
        };
        let headers = match reader.headers() {
            Ok(headers) => headers.clone(),
            Err(error) => {
                sink.push(
                    Diagnostic::at(Code::TableSyntax, first, printable(&error.to_string()))
                        .help(HOW_ROWS_LOOK),
                );
                return None;
            }
        };
        if let Some(mark) = other_separator(&headers) {
            sink.push(
                Diagnostic::at(
                    Code::TableColumns,
                    first,
                    format!("the columns of this table are parted by {mark}"),
                )
                .help("part them by commas, and write decimals with a point"),
            );
            return None;
        }
        let mut complete = true;
        for (at, header) in headers
            .iter()
            .enumerate()
            .filter(|(_, h)| !known.contains(&h.trim()))
        {
            complete = false;
            let help = sink.suggest(header, known.iter().copied()).map_or_else(
                || format!("columns are: {}", known.join(", ")),
                |w| format!("did you mean `{w}`?"),
            );
            sink.push(
                Diagnostic::at(
                    Code::TableColumns,
                    cell_span(text, file, 0, at),
                    format!("`{}` is no column of this table", printable(header)),
                )
                .label("not known")
                .help(help),
            );
        }
        for (at, header) in headers.iter().enumerate() {
            if let Some(other) = headers
                .iter()
                .position(|h| h.trim() == header.trim())
                .filter(|other| *other < at)
            {
                complete = false;
                sink.push(
                    Diagnostic::at(
                        Code::TableColumns,
                        cell_span(text, file, 0, at),
                        format!("the column `{}` stands twice", printable(header)),
                    )
                    .label("second time")
                    .other(cell_span(text, file, 0, other), "first time")
                    .help("remove one of the two"),
                );
            }
        }
        let columns: Vec<Option<usize>> = known
            .iter()
            .map(|k| headers.iter().position(|h| h.trim() == *k))
            .collect();
        for name in required
            .iter()
            .filter(|name| !headers.iter().any(|h| h.trim() == **name))
        {
            complete = false;
            sink.push(
                Diagnostic::at(
                    Code::TableColumns,
                    first,
                    format!("the table lacks the column `{name}`"),
                )
                .help(format!("columns are: {}", known.join(", "))),
            );
        }
        complete.then(|| Self {
            file,
            text,
            reader,
            record: csv::StringRecord::new(),
            columns,
        })
    }

    /// Moves to the next row; reports rows that cannot be read and goes on.
    pub(super) fn next(&mut self, sink: &mut Sink) -> bool {
        loop {
            match self.reader.read_record(&mut self.record) {
                Ok(more) => return more,
                Err(error) => {
                    let span = self.row_span(error.position().map_or(0, csv::Position::byte));
                    let message = match error.kind() {
                        csv::ErrorKind::UnequalLengths {
                            expected_len, len, ..
                        } => {
                            format!("this row has {len} cells, the header {expected_len}")
                        }
                        _ => printable(&error.to_string()),
                    };
                    sink.push(Diagnostic::at(Code::TableSyntax, span, message).help(HOW_ROWS_LOOK));
                    if error.is_io_error() {
                        return false;
                    }
                }
            }
        }
    }

    /// The line at which a row begins.
    fn row_span(&self, byte: u64) -> Span {
        let start = row_start(self.text, byte as usize);
        let length = self.text[start..].lines().next().map_or(0, str::len);
        Span {
            file: self.file,
            start: start as u32,
            end: (start + length) as u32,
        }
    }

    /// Where the current row begins; all that is kept of rows without faults.
    pub(super) fn start(&self) -> u64 {
        self.record.position().map_or(0, csv::Position::byte)
    }

    /// Where a cell of the current row stands.
    pub(super) fn at(&self, column: usize) -> Span {
        self.cell_at(self.start(), column)
    }

    /// Where a cell of a row stands; the whole row where the table has no such column.
    pub(super) fn cell_at(&self, row: u64, column: usize) -> Span {
        match self.columns[column] {
            Some(at) => cell_span(self.text, self.file, row as usize, at),
            None => self.row_span(row),
        }
    }

    pub(super) fn cell(&self, column: usize) -> &str {
        self.columns[column]
            .and_then(|at| self.record.get(at))
            .map_or("", str::trim)
    }

    /// A number of zero or more, `None` where the cell is empty.
    fn number(&self, column: usize, what: &str, sink: &mut Sink) -> Result<Option<f64>, ()> {
        let cell = self.cell(column);
        if cell.is_empty() {
            return Ok(None);
        }
        match parse_number(cell) {
            Ok(value) if value >= 0.0 => Ok(Some(value)),
            Ok(_) => {
                sink.push(
                    Diagnostic::at(
                        Code::NegativeNumber,
                        self.at(column),
                        format!("`{what}` is negative"),
                    )
                    .help("amounts are zero or more"),
                );
                Err(())
            }
            Err(error) => {
                sink.push(
                    Diagnostic::at(
                        Code::InvalidNumber,
                        self.at(column),
                        format!("`{what}`: {}", printable(&error.to_string())),
                    )
                    .help("write a plain number in the commodity's unit, or leave the cell empty"),
                );
                Err(())
            }
        }
    }
}

const HOW_ROWS_LOOK: &str = "every row has one cell for each column, with commas between; put quotes around a cell that holds a comma";

fn no_stage(word: &str, span: Span) -> Diagnostic {
    let words: Vec<&str> = Stage::ALL.iter().map(|s| s.word()).collect();
    Diagnostic::at(
        Code::InvalidChoice,
        span,
        format!("`{}` is no stage", printable(word)),
    )
    .help(format!("it is one of: {}", words.join(", ")))
}

/// The mark that parts the cells of a header which holds no comma, if it is a usual one.
fn other_separator(headers: &csv::StringRecord) -> Option<&'static str> {
    let only = headers.get(0).filter(|_| headers.len() == 1)?;
    let marks = [(';', "semicolons"), ('\t', "tabs"), ('|', "bars")];
    let mut used = marks.iter().filter(|(mark, _)| only.contains(*mark));
    used.next().map(|(_, name)| *name)
}

/// Where a row begins, from where the reader stood before it: line ends may lie between.
fn row_start(text: &str, byte: usize) -> usize {
    let at = byte.min(text.len());
    let rest = text.get(at..).unwrap_or("");
    at + rest.len() - rest.trim_start_matches(['\r', '\n']).len()
}

/// Where one cell of a row stands, found by going through the row again.
fn cell_span(text: &str, file: FileId, row: usize, cell: usize) -> Span {
    let start = row_start(text, row);
    let mut quoted = false;
    let mut cells = 0;
    let mut from = start;
    let mut to = text.len();
    for (at, byte) in text.as_bytes()[start..].iter().enumerate() {
        let at = start + at;
        match *byte {
            b'"' => quoted = !quoted,
            b',' | b'\n' | b'\r' if !quoted => {
                if cells == cell || *byte != b',' {
                    to = at;
                    break;
                }
                cells += 1;
                from = at + 1;
            }
            _ => {}
        }
    }
    Span {
        file,
        start: from as u32,
        end: to as u32,
    }
}

impl TableFiles {
    /// The tables of a folder, if it holds any.
    pub(crate) fn in_folder(folder: &Path, sources: &mut Sources, sink: &mut Sink) -> Option<Self> {
        let mut open = |name: &str| {
            let path = folder.join(name);
            path.is_file().then_some(())?;
            match sources.read(&path) {
                Ok(file) => Some(file),
                Err(problem) => {
                    let mut diagnostic =
                        Diagnostic::global(Code::UnreadableFile, printable(&problem.to_string()));
                    diagnostic.span = Some(super::documents::unread(
                        &path.display().to_string(),
                        sources,
                    ));
                    let mut help = "check the path and its permissions";
                    if let crate::diag::ReadProblem::NotUtf8 { span, .. } = problem {
                        diagnostic = Diagnostic {
                            code: Code::NotUtf8,
                            span: Some(span),
                            ..diagnostic
                        };
                        help = "save the file as UTF-8";
                    }
                    sink.push(diagnostic.help(help));
                    None
                }
            }
        };
        let (sites, supply) = (open("sites.csv"), open("supply.csv"));
        (sites.is_some() || supply.is_some()).then_some(Self { sites, supply })
    }

    fn site_rows<'t>(&self, sources: &'t Sources, sink: &mut Sink) -> Option<Rows<'t>> {
        Rows::open(sources, self.sites?, SITE_COLUMNS, &SITE_COLUMNS[..4], sink)
    }

    /// First pass: the commodities that the sites make, with their stages.
    pub(crate) fn commodities(
        &self,
        sources: &Sources,
        found: &mut BTreeMap<Arc<str>, (Stage, Span)>,
        sink: &mut Sink,
    ) {
        let Some(mut rows) = self.site_rows(sources, sink) else {
            return;
        };
        let mut known: FxHashMap<Box<str>, Option<Stage>> = FxHashMap::default();
        while rows.next(sink) {
            let (id, word) = (rows.cell(3), rows.cell(1));
            if let Some(Some(stage)) = known.get(id) {
                if stage.word() != word && Stage::parse(word).is_none() {
                    sink.push(no_stage(word, rows.at(1)));
                } else if stage.word() != word {
                    sink.push(
                        Diagnostic::at(
                            Code::StageConflict,
                            rows.at(1),
                            format!("`{}` is at stage {stage} above", printable(id)),
                        )
                        .label("differs")
                        .help("all sites of one commodity share its stage"),
                    );
                }
                continue;
            }
            let stage = Stage::parse(word);
            if stage.is_none() {
                sink.push(no_stage(word, rows.at(1)));
            }
            let valid = check_id(id, rows.at(3), &"commodity", &['@'], sink);
            known.insert(id.into(), stage);
            if let (true, Some(stage)) = (valid, stage) {
                let first = found.entry(id.into()).or_insert((stage, rows.at(1)));
                if first.0 != stage {
                    sink.push(
                        Diagnostic::at(
                            Code::StageConflict,
                            rows.at(1),
                            format!("`{}` is at stage {} elsewhere", printable(id), first.0),
                        )
                        .other(first.1, "elsewhere")
                        .help("all sites of one commodity share its stage"),
                    );
                }
            }
        }
    }

    /// Second pass: the sites.
    pub(crate) fn sites(
        &self,
        sources: &Sources,
        names: &Names,
        add: &mut dyn FnMut(Site, Span, &mut Sink),
        sink: &mut Sink,
    ) {
        let Some(mut rows) = self.site_rows(sources, &mut Sink::default()) else {
            return;
        };
        let mut quiet = Sink::default();
        while rows.next(&mut quiet) {
            let span = rows.at(0);
            let id = rows.cell(0);
            let valid = check_id(id, span, &"site", &[], sink);
            let word = rows.cell(2);
            let place = match Country::from_alpha3(word) {
                Some(country) => Some(Place::In(country)),
                None if word == REST_OF_WORLD => Some(Place::Rest),
                None => {
                    unknown_country(word, rows.at(2), std::iter::empty(), sink);
                    None
                }
            };
            let output = rows.number(4, "output", sink);
            let capacity = rows.number(5, "capacity", sink);
            let (Some(place), Some(commodity), Ok(output), Ok(capacity), true) = (
                place,
                names.find_commodity(rows.cell(3)),
                output,
                capacity,
                valid,
            ) else {
                continue;
            };
            let site = Site {
                id: id.into(),
                commodity,
                place,
                output,
                capacity,
                availability: 1.0,
                kind: SiteKind::Named,
                recipe: None,
                details: None,
            };
            add(site, span, sink);
        }
    }

    /// Third pass: recipes and links.
    pub(crate) fn supply(
        &self,
        sources: &Sources,
        names: &Names,
        sites: &SiteIndex,
        parts: &mut NetworkParts,
        sink: &mut Sink,
    ) {
        let Some(file) = self.supply else { return };
        let Some(mut rows) = Rows::open(sources, file, SUPPLY_COLUMNS, &SUPPLY_COLUMNS[..4], sink)
        else {
            return;
        };
        let mut links: Vec<TableLink> = Vec::new();
        while rows.next(sink) {
            links.extend(read_link(&rows, names, sites, parts, sink));
        }
        links.sort_unstable_by_key(|l| (l.buyer, l.commodity, l.supplier, l.row));
        let mut recipes = RecipeCache::default();
        let mut unused = 0;
        for of_buyer in links.chunk_by(|a, b| a.buyer == b.buyer) {
            let mut amounts: Vec<(CommodityIx, f64)> = Vec::new();
            for of_input in of_buyer.chunk_by(|a, b| a.commodity == b.commodity) {
                amounts.extend(add_entry(of_input, &rows, parts, sink));
            }
            if !amounts.is_empty() {
                parts.sites[of_buyer[0].buyer.at()].recipe = Some(recipes.get(&amounts));
            }
            for of_input in of_buyer.chunk_by(|a, b| a.commodity == b.commodity) {
                let link = of_input[0];
                if unused < MOST_UNUSED_SHOWN && !needs(parts, link.buyer, link.commodity) {
                    unused += 1;
                    sink.push(unused_supply(
                        parts,
                        link.buyer,
                        link.commodity,
                        rows.cell_at(link.row, 2),
                    ));
                }
            }
        }
    }
}

/// Warnings about rows that no recipe needs; a table without coefficients may have millions.
const MOST_UNUSED_SHOWN: usize = 20;

/// One row of `supply.csv`.
#[derive(Clone, Copy)]
struct TableLink {
    buyer: SiteIx,
    commodity: CommodityIx,
    supplier: SiteIx,
    share: f64,
    coefficient: Option<f64>,
    limit: Option<f64>,
    /// Where its row begins in the file.
    row: u64,
}

fn read_link(
    rows: &Rows<'_>,
    names: &Names,
    sites: &SiteIndex,
    parts: &NetworkParts,
    sink: &mut Sink,
) -> Option<TableLink> {
    let commodity = names.commodity(rows.cell(2), rows.at(2), sink);
    let supplier = one_site(
        rows.cell(0),
        commodity,
        Code::UnknownSupplier,
        rows.at(0),
        sites,
        parts,
        sink,
    );
    let buyer = one_site(
        rows.cell(1),
        None,
        Code::UnknownSite,
        rows.at(1),
        sites,
        parts,
        sink,
    );
    let share = match parse_share(rows.cell(3)) {
        Ok(share) if (0.0..=1.0).contains(&share) => Some(share),
        Ok(_) => {
            sink.push(
                Diagnostic::at(
                    Code::ShareOutOfRange,
                    rows.at(3),
                    format!("the share is {}", printable(rows.cell(3))),
                )
                .help("a share is 0 to 1, or 0% to 100%"),
            );
            None
        }
        Err(error) => {
            sink.push(
                Diagnostic::at(
                    Code::InvalidNumber,
                    rows.at(3),
                    format!("the share: {}", printable(&error.to_string())),
                )
                .help("write a share such as 0.21 or 21%"),
            );
            None
        }
    };
    let coefficient = rows.number(4, "coefficient", sink).ok()?;
    let limit = rows.number(5, "limit", sink).ok()?;
    let (commodity, supplier, buyer) = (commodity?, supplier?, buyer?);
    if parts.sites[supplier.at()].commodity != commodity {
        let makes = &parts.commodities[parts.sites[supplier.at()].commodity.at()].id;
        sink.push(
            Diagnostic::at(
                Code::WrongMaker,
                rows.at(0),
                format!("`{}` makes {makes}, not {}", rows.cell(0), rows.cell(2)),
            )
            .help("name a site that makes the commodity"),
        );
        return None;
    }
    Some(TableLink {
        buyer,
        commodity,
        supplier,
        share: share?,
        coefficient,
        limit,
        row: rows.start(),
    })
}

fn one_site(
    id: &str,
    makes: Option<CommodityIx>,
    code: Code,
    span: Span,
    sites: &SiteIndex,
    parts: &NetworkParts,
    sink: &mut Sink,
) -> Option<SiteIx> {
    let found = sites.find(id);
    let chosen = found
        .iter()
        .find(|ix| makes.is_none_or(|c| parts.sites[ix.at()].commodity == c))
        .or(found.first());
    if chosen.is_none() {
        let near = sites.suggest(id, sink);
        sink.push(
            Diagnostic::at(
                code,
                span,
                format!("no file defines the site `{}`", printable(id)),
            )
            .help("add it to sites.csv")
            .maybe_help(near),
        );
    }
    chosen.copied()
}

/// Adds the links of one buyer and input; returns the input and its amount, if the rows state one.
fn add_entry(
    rows: &[TableLink],
    table: &Rows<'_>,
    parts: &mut NetworkParts,
    sink: &mut Sink,
) -> Option<(CommodityIx, f64)> {
    let first = rows[0];
    let mut sum = 0.0;
    let start = parts.supply.links.len() as u32;
    let mut previous: Option<TableLink> = None;
    for row in rows {
        if row.coefficient != first.coefficient {
            sink.push(
                Diagnostic::at(
                    Code::CoefficientConflict,
                    table.cell_at(row.row, 4),
                    "another row of this buyer and input has another coefficient",
                )
                    .label("this one")
                    .other(table.cell_at(first.row, 4), "the other")
                    .help("the coefficient is the amount of the input per unit of the buyer's output, the same for all suppliers"),
            );
        }
        if let Some(twice) = previous.filter(|p| p.supplier == row.supplier) {
            let (first, second) = (table.cell_at(twice.row, 0), table.cell_at(row.row, 0));
            sink.push(super::names::defined_twice(
                "link from",
                &parts.sites[row.supplier.at()].id,
                first,
                second,
            ));
        }
        previous = Some(*row);
        sum += row.share;
        if let Some(limit) = row.limit {
            parts
                .supply
                .limits
                .push((parts.supply.links.len() as u32, limit));
        }
        parts.supply.links.push(SupplyLink {
            supplier: row.supplier,
            share: row.share,
        });
    }
    if sum > 1.0 + SHARE_SUM_TOLERANCE {
        sink.push(
            Diagnostic::at(
                Code::ShareSumOverOne,
                table.cell_at(first.row, 3),
                format!(
                    "the shares of this buyer's input add up to {:.2} %",
                    sum * 100.0
                ),
            )
            .help("shares add up to 100 % at most"),
        );
    }
    let len = rows.len() as u32;
    let entry = SupplyEntry {
        buyer: first.buyer,
        commodity: first.commodity,
        start,
        len,
        rest_from_market: false,
    };
    parts.supply.entries.push(entry);
    first.coefficient.map(|amount| (first.commodity, amount))
}

/// Sites of one kind have equal recipes; each is kept once.
#[derive(Default)]
struct RecipeCache(FxHashMap<Vec<(CommodityIx, u64)>, Arc<Recipe>>);

impl RecipeCache {
    fn get(&mut self, amounts: &[(CommodityIx, f64)]) -> Arc<Recipe> {
        let key = amounts.iter().map(|(c, a)| (*c, a.to_bits())).collect();
        let make = || {
            let input = |(commodity, amount): &(CommodityIx, f64)| Input {
                commodity: *commodity,
                amount: *amount,
                low: None,
                high: None,
                stated_weight: None,
                weight: 0.0,
                essential: true,
                substitutable: 0.0,
                provenance: Provenance::default(),
                weight_provenance: None,
            };
            Arc::new(Recipe {
                inputs: amounts.iter().map(input).collect(),
                weighting: Weighting::Equal,
            })
        };
        self.0.entry(key).or_insert_with(make).clone()
    }
}
