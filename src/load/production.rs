//! Production tables and named sites, and the carving of the ones out of the others.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::definitions::{Reader, choice, missing_source, named_provenance, owners, provenance};
use super::documents::Documents;
use super::fields::{
    self, Fields, Sink, amount_in, check_id, key_text, list, mapping, text, unknown_country,
};
use super::names::{Names, defined_twice, section};
use super::yaml::{Kind, Node};
use crate::diag::{Code, Diagnostic, Sources, Span, printable};
use crate::model::{
    Basis, Commodity, CommodityIx, Country, NetworkParts, Place, Production, Provenance,
    REST_OF_WORLD, Reserves, Site, SiteDetails, SiteIx, SiteKind, Unit,
};

/// Sums of production shares from here to [`HIGHEST_ROUNDED`] are rounding.
const LOWEST_ROUNDED: f64 = 0.985;
const HIGHEST_ROUNDED: f64 = 1.015;
/// Relative difference that float arithmetic alone can make.
const FLOAT_NOISE: f64 = 1e-9;

/// All sites by id, while the network is being put together.
#[derive(Default)]
pub(crate) struct SiteIndex {
    by_id: FxHashMap<Arc<str>, SiteIx>,
    plants: FxHashMap<Arc<str>, Vec<SiteIx>>,
    spans: FxHashMap<Arc<str>, Span>,
}

impl SiteIndex {
    /// The sites that an id names: one, or all of a plant that makes several commodities.
    pub(crate) fn find(&self, id: &str) -> &[SiteIx] {
        match self.by_id.get(id) {
            Some(ix) => std::slice::from_ref(ix),
            None => self.plants.get(id).map_or(&[], Vec::as_slice),
        }
    }

    /// Every id, for suggestions; large tables are not searched.
    pub(crate) fn suggest(&self, wrong: &str, sink: &mut Sink) -> Option<String> {
        const MOST_SEARCHED: usize = 50_000;
        (self.by_id.len() <= MOST_SEARCHED).then_some(())?;
        sink.suggest(
            wrong,
            self.by_id.keys().chain(self.plants.keys()).map(|k| &**k),
        )
        .map(|word| format!("did you mean `{word}`?"))
    }

    fn add(&mut self, site: Site, span: Span, sites: &mut Vec<Site>, sink: &mut Sink) {
        let id = site.id.clone();
        if let Some(first) = self.spans.get(&id) {
            sink.push(defined_twice("site", &id, *first, span));
            return;
        }
        let ix = SiteIx(sites.len() as u32);
        if let Some(plant) = site.details.as_ref().and_then(|d| d.plant.as_ref()) {
            self.plants.entry(plant.clone()).or_default().push(ix);
        }
        self.spans.insert(id.clone(), span);
        self.by_id.insert(id, ix);
        sites.push(site);
    }
}

/// One production table as the file has it.
struct Table {
    span: Span,
    /// Output or bare share by place, with the place in the file.
    rows: BTreeMap<Place, (f64, Span)>,
    capacity: BTreeMap<Place, (f64, Span)>,
    production: Production,
}

/// Reads all tables and sites.
pub(crate) fn read(
    documents: &Documents,
    sources: &Sources,
    names: &Names,
    parts: &mut NetworkParts,
    sink: &mut Sink,
) -> SiteIndex {
    let units: Vec<Unit> = parts.commodities.iter().map(|c| c.unit.clone()).collect();
    let reader = Reader {
        names,
        units: &units,
    };
    let mut tables: BTreeMap<CommodityIx, Table> = BTreeMap::new();
    let mut index = SiteIndex::default();
    let mut sites = Vec::new();
    for document in &documents.documents {
        if let Some(node) = section(&document.node, "production") {
            for item in list(node, "`production`", sink).unwrap_or_default() {
                read_table(item, &reader, parts, &mut tables, sink);
            }
        }
    }
    for document in &documents.documents {
        if let Some(node) = section(&document.node, "sites") {
            for (key, value) in mapping(node, "`sites`", sink).unwrap_or_default() {
                if check_id(key_text(key), key.span, &"site", &[], sink) {
                    read_site(key, value, &reader, &mut index, &mut sites, sink);
                }
            }
        }
    }
    for table in &documents.tables {
        table.sites(
            sources,
            names,
            &mut |site, span, sink| index.add(site, span, &mut sites, sink),
            sink,
        );
    }
    carve(&mut tables, &sites, &index, parts, sink);
    for (commodity, table) in tables {
        add_aggregates(commodity, table, parts, &mut index, &mut sites, sink);
    }
    check_outputs(&sites, &index, parts, sink);
    parts.sites = sites;
    index
}

/// A key of a production table: a country, `ROW`, or a region that is counted as remainder.
fn place_of(key: &Node, names: &Names, notes: &mut Vec<String>, sink: &mut Sink) -> Option<Place> {
    let word = key_text(key);
    if word == REST_OF_WORLD {
        return Some(Place::Rest);
    }
    if let Some(country) = Country::from_alpha3(word) {
        return Some(Place::In(country));
    }
    let is_code = word.len() >= 3
        && word
            .chars()
            .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '-' || c == '_');
    if is_code || names.groups().any(|g| g == word) {
        let meant = sink
            .suggest(word, Country::all().iter().map(Country::code))
            .map(|code| format!("did you mean `{code}`?"));
        sink.push(
            Diagnostic::at(
                Code::RegionFolded,
                key.span,
                format!(
                    "`{}` is no country; it counts as {REST_OF_WORLD}",
                    printable(word)
                ),
            )
            .help("nothing needs to be done if a region is meant")
            .maybe_help(meant),
        );
        notes.push(format!("{} counts as {REST_OF_WORLD}", printable(word)));
        return Some(Place::Rest);
    }
    unknown_country(word, key.span, names.groups(), sink);
    None
}

type Rows = BTreeMap<Place, (f64, Span)>;

fn read_rows(
    node: &Node,
    names: &Names,
    notes: &mut Vec<String>,
    sink: &mut Sink,
    mut value: impl FnMut(&Node, &str, &mut Sink) -> Option<f64>,
) -> Rows {
    let mut rows = Rows::new();
    for (key, cell) in mapping(node, "the rows of a table", sink).unwrap_or_default() {
        let place = place_of(key, names, notes, sink);
        let amount = value(cell, key_text(key), sink);
        if let (Some(place), Some(amount)) = (place, amount) {
            rows.entry(place).or_insert((0.0, key.span)).0 += amount;
        }
    }
    rows
}

/// Fields of a production table.
const TABLE_FIELDS: &[&str] = &[
    "commodity",
    "year",
    "source",
    "output",
    "shares",
    "total",
    "total_source",
    "total_note",
    "capacity",
    "reserve",
    "reserve_source",
    "reserve_note",
    "basis",
    "bound",
    "note",
];

fn read_table(
    node: &Node,
    reader: &Reader<'_>,
    parts: &mut NetworkParts,
    tables: &mut BTreeMap<CommodityIx, Table>,
    sink: &mut Sink,
) {
    let Some(fields) = Fields::open(node, "a production table", TABLE_FIELDS, sink) else {
        return;
    };
    let Some(commodity) = fields
        .required("commodity", sink)
        .and_then(|n| reader.names.commodity_at(n, sink))
    else {
        return;
    };
    let unit = &reader.units[commodity.at()];
    let notes = &mut parts.commodities[commodity.at()].notes;
    let amounts = |name: &str, notes: &mut Vec<String>, sink: &mut Sink| {
        fields.get(name).map(|n| {
            read_rows(n, reader.names, notes, sink, |c, what, s| {
                amount_in(c, unit, what, s)
            })
        })
    };
    let output = amounts("output", notes, sink);
    let capacity = amounts("capacity", &mut Vec::new(), sink).unwrap_or_default();
    let reserves = amounts("reserve", &mut Vec::new(), sink).map(|rows| Reserves {
        by_country: rows
            .into_iter()
            .filter_map(|(place, (amount, _))| Some((place.country()?, amount)))
            .collect(),
        provenance: own_provenance(&fields, "reserve", reader.names, sink),
    });
    let shares = fields
        .get("shares")
        .map(|n| read_rows(n, reader.names, notes, sink, fields::share));
    let total = fields
        .get("total")
        .and_then(|n| amount_in(n, unit, "total", sink).map(|t| (t, n.span)));
    let Some((rows, relative)) = table_rows(&fields, output, shares, total, unit, notes, sink)
    else {
        return;
    };
    let provenance = provenance(&fields, reader.names, sink);
    if provenance.source.is_none() {
        sink.push(missing_source(
            "the production table",
            fields.value_span("commodity"),
        ));
    }
    let basis = fields.get("basis").and_then(|n| {
        choice(
            n,
            "basis",
            &[("location", Basis::Location), ("maker", Basis::Maker)],
            sink,
        )
    });
    let bound = fields
        .get("bound")
        .and_then(|n| choice(n, "bound", &[("lower", true)], sink));
    let table = Table {
        span: fields.value_span("commodity"),
        production: Production {
            year: fields.year("year", sink),
            basis: basis.unwrap_or_default(),
            lower_bound: bound.unwrap_or(false),
            relative,
            listed: rows.keys().filter_map(|p| p.country()).collect(),
            reserves,
            total: total.map(|_| own_provenance(&fields, "total", reader.names, sink)),
            provenance,
        },
        rows,
        capacity,
    };
    if let Some(first) = tables.get(&commodity) {
        let id = &parts.commodities[commodity.at()].id;
        sink.push(
            Diagnostic::at(
                Code::DuplicateTable,
                fields.value_span("commodity"),
                format!("`{id}` has a second production table"),
            )
            .label("second table")
            .other(first.span, "first table")
            .help("keep one source and one year; shares of different tables are never mixed"),
        );
        return;
    }
    tables.insert(commodity, table);
}

/// Where the reserves or the total of a table were read: they may have a source of their own, else it is that of the table.
fn own_provenance(fields: &Fields<'_>, of: &str, names: &Names, sink: &mut Sink) -> Provenance {
    let (source, note) = (format!("{of}_source"), format!("{of}_note"));
    let own = named_provenance(fields, &source, &note, names, sink);
    let source = own.source.or_else(|| {
        let of_table = fields.get("source")?;
        text(of_table, "source", &mut Sink::default()).map(Arc::from)
    });
    Provenance { source, ..own }
}

/// The rows of a table made whole, and whether they are bare shares.
fn table_rows(
    fields: &Fields<'_>,
    output: Option<Rows>,
    shares: Option<Rows>,
    total: Option<(f64, Span)>,
    unit: &Unit,
    notes: &mut Vec<String>,
    sink: &mut Sink,
) -> Option<(Rows, bool)> {
    match (output, shares) {
        (Some(output), None) => Some((complete_output(output, total, unit, notes, sink), false)),
        (None, Some(shares)) => {
            let shares = complete_shares(shares, fields.key_span("shares"), notes, sink);
            if let (None, Some(node)) = (total, fields.get("capacity")) {
                sink.push(
                    Diagnostic::at(
                        Code::UnitMismatch,
                        node.span,
                        "capacities are amounts, but this table has bare shares",
                    )
                    .label("cannot be compared with shares")
                    .help("add `total:`, so that the shares become amounts"),
                );
            }
            let scale = total.map_or(1.0, |(t, _)| t);
            let amounts = shares
                .into_iter()
                .map(|(p, (s, span))| (p, (s * scale, span)))
                .collect();
            Some((amounts, total.is_none()))
        }
        (output, _) => {
            let message = if output.is_some() {
                "a table gives both `output` and `shares`"
            } else {
                "a table gives neither `output` nor `shares`"
            };
            sink.push(
                Diagnostic::at(Code::OutputAndShares, fields.key_span("shares"), message)
                    .help("give amounts as `output`, or parts as `shares`"),
            );
            None
        }
    }
}

/// A figure for messages, without the noise of float arithmetic.
fn rounded(value: f64) -> f64 {
    const DIGITS: usize = 6;
    format!("{value:.DIGITS$e}").parse().unwrap_or(value)
}

/// Leaves what a table's total has beyond its rows to the remainder.
fn complete_output(
    mut rows: Rows,
    total: Option<(f64, Span)>,
    unit: &Unit,
    notes: &mut Vec<String>,
    sink: &mut Sink,
) -> Rows {
    let Some((total, span)) = total else {
        return rows;
    };
    let sum: f64 = rows.values().map(|(v, _)| v).sum();
    if total > sum * (1.0 + FLOAT_NOISE) {
        rows.entry(Place::Rest).or_insert((0.0, span)).0 += total - sum;
    } else if total < sum * LOWEST_ROUNDED {
        sink.push(
            Diagnostic::at(
                Code::TotalBelowSum,
                span,
                format!(
                    "the total is {} {unit}, but the rows add up to {} {unit}",
                    rounded(total),
                    rounded(sum)
                ),
            )
            .help("mend the total or the rows, or leave the total out"),
        );
    } else if total < sum * (1.0 - FLOAT_NOISE) {
        notes.push(format!(
            "the table's rows add up to {:.2} % of its total, taken as rounding",
            100.0 * sum / total
        ));
        sink.push(
            Diagnostic::at(
                Code::SharesRounded,
                span,
                "the rows add up to a little more than the total; the rows count",
            )
            .help("nothing needs to be done; mend the total if it is a slip"),
        );
    }
    rows
}

/// Leaves what shares lack to the remainder, and takes a sum near 1 as rounding.
fn complete_shares(mut rows: Rows, span: Span, notes: &mut Vec<String>, sink: &mut Sink) -> Rows {
    let sum: f64 = rows.values().map(|(v, _)| v).sum();
    if sum > HIGHEST_ROUNDED + FLOAT_NOISE {
        sink.push(
            Diagnostic::at(
                Code::ShareSumOverOne,
                span,
                format!("the shares add up to {:.2} %", sum * 100.0),
            )
            .help("shares of one table add up to 100 % at most"),
        );
    } else if sum < LOWEST_ROUNDED - FLOAT_NOISE {
        rows.entry(Place::Rest).or_insert((0.0, span)).0 += 1.0 - sum;
    } else if (sum - 1.0).abs() > FLOAT_NOISE {
        for (share, _) in rows.values_mut() {
            *share /= sum;
        }
        notes.push(format!(
            "the table's shares add up to {:.2} %, taken as rounding",
            sum * 100.0
        ));
        sink.push(Diagnostic::at(
            Code::SharesRounded,
            span,
            format!(
                "the shares add up to {:.2} %, taken as rounding",
                sum * 100.0
            ),
        )
        .help("nothing needs to be done; sums from 98.5 to 101.5 % are scaled to 100 %, below that the rest is `ROW`"));
    }
    rows
}

/// Fields of a site, beside its id.
pub(crate) const SITE_FIELDS: &[&str] = &[
    "name",
    "country",
    "makes",
    "output",
    "capacity",
    "operator",
    "owners",
    "at",
    "source",
    "note",
    "recipe",
    "unavailability",
    "stock",
    "build",
    "reserve",
    "for",
];

fn read_site(
    key: &Node,
    node: &Node,
    reader: &Reader<'_>,
    index: &mut SiteIndex,
    sites: &mut Vec<Site>,
    sink: &mut Sink,
) {
    let id: Arc<str> = key_text(key).into();
    let Some(fields) = Fields::open(node, "a site", SITE_FIELDS, sink) else {
        return;
    };
    for site in sites_of_node(&id, &fields, reader, sink) {
        index.add(site, key.span, sites, sink);
    }
}

/// Reads a place: an alpha-3 code, or `ROW`.
fn site_place(node: &Node, names: &Names, sink: &mut Sink) -> Option<Place> {
    if text(node, "country", sink)? == REST_OF_WORLD {
        return Some(Place::Rest);
    }
    names.country_at(node, sink).map(Place::In)
}

/// The sites that one entry defines: one, or one for each commodity that a plant makes.
pub(crate) fn sites_of_node(
    id: &Arc<str>,
    fields: &Fields<'_>,
    reader: &Reader<'_>,
    sink: &mut Sink,
) -> Vec<Site> {
    let place = fields
        .required("country", sink)
        .and_then(|n| site_place(n, reader.names, sink));
    let makes = fields.required("makes", sink);
    let Some(makes) = makes else {
        return Vec::new();
    };
    let several = matches!(makes.kind, Kind::List(_));
    let nodes: Vec<&Node> = match &makes.kind {
        Kind::List(items) => items.iter().collect(),
        Kind::Null | Kind::Text(_) | Kind::Map(_) => vec![makes],
    };
    let mut found: Vec<Site> = Vec::new();
    if several {
        check_parts(fields, &nodes, sink);
    }
    let outputs = PartsOf::new(fields, "output", several);
    let capacities = PartsOf::new(fields, "capacity", several);
    let recipes = PartsOf::new(fields, "recipe", several);
    for node in nodes {
        let Some(commodity) = reader.names.commodity_at(node, sink) else {
            continue;
        };
        let word = text(node, "makes", sink).unwrap_or_default();
        let unit = &reader.units[commodity.at()];
        let output = outputs
            .get(word)
            .and_then(|n| amount_in(n, unit, "output", sink));
        let capacity = capacities
            .get(word)
            .and_then(|n| amount_in(n, unit, "capacity", sink));
        let mut details = site_details(fields, reader, commodity, sink);
        let own_id: Arc<str> = if several {
            details.plant = Some(id.clone());
            format!("{id}:{word}").into()
        } else {
            id.clone()
        };
        let recipe = recipes.get(word).and_then(|n| reader.recipe(n, sink));
        // Reported above; what else is wrong with the site has been told by now.
        let Some(place) = place else { continue };
        found.push(Site {
            id: own_id,
            commodity,
            place,
            output,
            capacity,
            availability: 1.0,
            kind: SiteKind::Named,
            recipe,
            details: Some(Box::new(details)),
        });
    }
    found
}

/// A field of a site: one value, or one for each commodity that a plant makes.
enum PartsOf<'a> {
    One(Option<&'a Node>),
    Each(BTreeMap<&'a str, &'a Node>),
}

impl<'a> PartsOf<'a> {
    fn new(fields: &Fields<'a>, name: &str, several: bool) -> Self {
        let node = fields.get(name);
        if !several {
            return Self::One(node);
        }
        let Some(Kind::Map(entries)) = node.map(|n| &n.kind) else {
            return Self::Each(BTreeMap::new());
        };
        let given = entries.iter().filter(|(_, v)| v.kind != Kind::Null);
        Self::Each(given.map(|(k, v)| (key_text(k), v)).collect())
    }

    fn get(&self, commodity: &str) -> Option<&'a Node> {
        match self {
            Self::One(node) => *node,
            Self::Each(nodes) => nodes.get(commodity).copied(),
        }
    }
}

/// A plant that makes several commodities says for each what it makes of it, and how.
fn check_parts(fields: &Fields<'_>, makes: &[&Node], sink: &mut Sink) {
    let made: BTreeSet<&str> = makes.iter().map(|n| key_text(n)).collect();
    for name in ["output", "capacity", "recipe"] {
        let Some(node) = fields.get(name) else {
            continue;
        };
        let what = format!("the `{name}` of a site that makes several commodities");
        for (key, _) in mapping(node, &what, sink).unwrap_or_default() {
            if !made.contains(key_text(key)) {
                sink.push(
                    Diagnostic::at(
                        Code::UnknownField,
                        key.span,
                        format!(
                            "`{}` is not among what this site makes",
                            printable(key_text(key))
                        ),
                    )
                    .label("not in `makes`")
                    .help(format!("give one `{name}` for each commodity in `makes`")),
                );
            }
        }
    }
}

fn site_details(
    fields: &Fields<'_>,
    reader: &Reader<'_>,
    commodity: CommodityIx,
    sink: &mut Sink,
) -> SiteDetails {
    let unit = &reader.units[commodity.at()];
    let word = |name: &str, sink: &mut Sink| fields.text(name, sink).map(Arc::from);
    SiteDetails {
        plant: None,
        name: word("name", sink),
        operator: word("operator", sink),
        owners: fields
            .get("owners")
            .map(|n| owners(n, sink))
            .unwrap_or_default(),
        at: fields.get("at").and_then(|n| coordinates(n, sink)),
        unavailability: fields.share("unavailability", sink),
        stock: fields
            .get("stock")
            .map(|n| stock(n, reader.names, sink))
            .unwrap_or_default(),
        build: fields
            .get("build")
            .and_then(|n| reader.build_cost(n, unit, sink)),
        reserve: fields
            .get("reserve")
            .and_then(|n| amount_in(n, unit, "reserve", sink)),
        kept_for: fields
            .get("for")
            .and_then(|n| reader.names.commodity_at(n, sink)),
        provenance: provenance(fields, reader.names, sink),
    }
}

fn stock(node: &Node, names: &Names, sink: &mut Sink) -> Vec<(CommodityIx, f64)> {
    let mut found = Vec::new();
    for (key, value) in mapping(node, "`stock`", sink).unwrap_or_default() {
        let commodity = names.commodity(key_text(key), key.span, sink);
        let days = super::definitions::duration(value, key_text(key), sink);
        found.extend(commodity.zip(days));
    }
    found.sort_by_key(|(c, _)| *c);
    found
}

fn coordinates(node: &Node, sink: &mut Sink) -> Option<(f64, f64)> {
    let items = list(node, "`at`", sink)?;
    let read = |at: usize, limit: f64| -> Option<f64> {
        let Kind::Text(word) = &items.get(at)?.kind else {
            return None;
        };
        crate::model::parse_number(word)
            .ok()
            .filter(|v| v.abs() <= limit)
    };
    let found = (items.len() == 2)
        .then(|| read(0, 90.0).zip(read(1, 180.0)))
        .flatten();
    if found.is_none() {
        sink.push(
            Diagnostic::at(Code::InvalidCoordinates, node.span, "this is no position")
                .help("write latitude and longitude in degrees, such as `[35.48, -115.53]`"),
        );
    }
    found
}

/// Takes the output of named sites out of the rows they belong to.
fn carve(
    tables: &mut BTreeMap<CommodityIx, Table>,
    sites: &[Site],
    index: &SiteIndex,
    parts: &NetworkParts,
    sink: &mut Sink,
) {
    let mut taken: BTreeMap<(CommodityIx, Place), f64> = BTreeMap::new();
    for site in sites {
        let Some(table) = tables.get_mut(&site.commodity) else {
            continue;
        };
        let span = index.spans[&site.id];
        let id = &site.id;
        let Commodity {
            id: commodity,
            unit,
            ..
        } = &parts.commodities[site.commodity.at()];
        let Some(output) = site.output else { continue };
        if table.production.relative {
            sink.push(
                Diagnostic::at(Code::CarveFromShares, span, format!("`{id}` cannot be taken out of the table of `{commodity}`, which has bare shares"))
                    .other(table.span, "this table has no amounts")
                    .help("add `total:` to the table"),
            );
            continue;
        }
        let row = if table.rows.contains_key(&site.place) {
            site.place
        } else {
            Place::Rest
        };
        let Some((left, _)) = table.rows.get_mut(&row) else {
            sink.push(
                Diagnostic::at(
                    Code::CarveNoRow,
                    span,
                    format!(
                        "the table of `{commodity}` has no row for {} and no {REST_OF_WORLD}",
                        site.place
                    ),
                )
                .other(table.span, "the table")
                .help("add a row, or a total above the sum of the rows"),
            );
            continue;
        };
        let sum = taken.entry((site.commodity, row)).or_default();
        *sum += output;
        if *sum > *left * (1.0 + FLOAT_NOISE) {
            sink.push(
                Diagnostic::at(Code::CarveTooMuch, span, format!("the named sites of `{commodity}` make {} {unit}, more than the {} {unit} of {row}", rounded(*sum), rounded(*left)))
                    .other(table.span, "the table")
                    .help("mend the site's output or the table's row"),
            );
        }
        if let Some((capacity, _)) = table.capacity.get_mut(&row) {
            *capacity = (*capacity - site.capacity.unwrap_or(output).max(output)).max(0.0);
        }
    }
    for ((commodity, place), sum) in taken {
        if let Some((left, _)) = tables
            .get_mut(&commodity)
            .and_then(|t| t.rows.get_mut(&place))
        {
            *left = if *left - sum <= *left * FLOAT_NOISE {
                0.0
            } else {
                *left - sum
            };
        }
    }
}

/// Makes one site of each row that has output, or idle capacity, left.
fn add_aggregates(
    commodity: CommodityIx,
    table: Table,
    parts: &mut NetworkParts,
    index: &mut SiteIndex,
    sites: &mut Vec<Site>,
    sink: &mut Sink,
) {
    let id = parts.commodities[commodity.at()].id.clone();
    let places: BTreeSet<Place> = table
        .rows
        .keys()
        .chain(table.capacity.keys())
        .copied()
        .collect();
    for place in places {
        let (output, span) = table.rows.get(&place).copied().unwrap_or((0.0, table.span));
        let capacity = table.capacity.get(&place).copied();
        if output <= 0.0 && capacity.is_none_or(|(c, _)| c <= 0.0) {
            continue;
        }
        let site = Site {
            id: format!("{id}@{place}").into(),
            commodity,
            place,
            output: Some(output),
            capacity: capacity.map(|(c, _)| c),
            availability: 1.0,
            kind: SiteKind::Aggregate,
            recipe: None,
            details: None,
        };
        if let Some((_, at)) = capacity.filter(|(c, _)| *c < output * (1.0 - FLOAT_NOISE)) {
            sink.push(below_output(&site, at));
        }
        index.add(site, span, sites, sink);
    }
    parts.commodities[commodity.at()].production = Some(table.production);
}

fn below_output(site: &Site, span: Span) -> Diagnostic {
    Diagnostic::at(
        Code::CapacityBelowOutput,
        span,
        format!("the capacity of `{}` is below its output", site.id),
    )
    .help("the output counts as capacity; mend one of the two")
}

/// Output may be left out only by the only maker of a commodity.
fn check_outputs(sites: &[Site], index: &SiteIndex, parts: &NetworkParts, sink: &mut Sink) {
    let mut makers = vec![0_u32; parts.commodities.len()];
    for site in sites {
        makers[site.commodity.at()] += 1;
    }
    for site in sites {
        let span = index.spans[&site.id];
        let has_table = parts.commodities[site.commodity.at()].production.is_some();
        if site.output.is_none() && (makers[site.commodity.at()] > 1 || has_table) {
            let commodity = &parts.commodities[site.commodity.at()].id;
            sink.push(
                Diagnostic::at(
                    Code::MissingOutput,
                    span,
                    format!(
                        "`{}` has no output, but `{commodity}` has other makers",
                        site.id
                    ),
                )
                .help("add `output:`; it may be left out only by the only maker"),
            );
        }
        let below = site.kind == SiteKind::Named
            && site
                .capacity
                .zip(site.output)
                .is_some_and(|(c, o)| c < o * (1.0 - FLOAT_NOISE));
        if below {
            sink.push(below_output(site, span));
        }
    }
}
