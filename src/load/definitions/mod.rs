//! Commodities with their recipes, prices and ties; companies with their owners.

mod amounts;
mod commodity;
mod companies;
mod recipe;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::diag::{Code, Diagnostic, Span, printable, suggest};
use crate::load::documents::Documents;
use crate::load::fields::{Fields, Sink, key_text, text};
use crate::load::names::{Names, section};
use crate::load::owners::check_names;
use crate::load::yaml::{Kind, Node};
use crate::model::{Commodity, CommodityIx, NetworkParts, Provenance, Recycled, Stage, Unit};
use companies::{check_ownership, read_companies};

pub(crate) use amounts::duration;
pub(crate) use companies::owners;

/// Reads the bodies of all commodities, in id order, and the companies.
pub(crate) fn read(
    documents: &Documents,
    names: &Names,
    parts: &mut NetworkParts,
    sink: &mut Sink,
) {
    let mut bodies: BTreeMap<&str, &Node> = BTreeMap::new();
    let mut companies: BTreeMap<Arc<str>, Span> = BTreeMap::new();
    for document in &documents.documents {
        if let Some(Kind::Map(entries)) = section(&document.node, "commodities").map(|n| &n.kind) {
            for (key, value) in entries {
                bodies.entry(key_text(key)).or_insert(value);
            }
        }
        if let Some(node) = section(&document.node, "companies") {
            read_companies(node, names, parts, &mut companies, sink);
        }
    }
    check_ownership(&parts.company_owners, &companies, sink);
    check_names(documents, &companies, sink);
    let ids = names.commodity_ids();
    let units: Vec<Unit> = ids
        .iter()
        .map(|id| unit_of(bodies.get(&**id).copied(), &mut Sink::default()))
        .collect();
    let reader = Reader {
        names,
        units: &units,
    };
    for (at, id) in ids.iter().enumerate() {
        let commodity = match bodies.get(&**id) {
            Some(body) => reader.commodity(CommodityIx(at as u32), id, body, sink),
            None => None,
        };
        let stage = names
            .table_stages
            .get(id)
            .map_or(Stage::Component, |(stage, _)| *stage);
        parts
            .commodities
            .push(commodity.unwrap_or_else(|| bare(id, stage, units[at].clone())));
    }
    check_currencies(parts, names, sink);
}

/// A commodity of which only a table speaks.
fn bare(id: &Arc<str>, stage: Stage, unit: Unit) -> Commodity {
    Commodity {
        id: id.clone(),
        name: id.clone(),
        stage,
        unit,
        price: None,
        byproduct_of: None,
        recycled: Recycled::default(),
        hs: Vec::new(),
        traded: true,
        recipe: None,
        routes: Vec::new(),
        production: None,
        build: None,
        provenance: Provenance::default(),
        notes: Vec::new(),
    }
}

fn unit_of(body: Option<&Node>, sink: &mut Sink) -> Unit {
    let Some(node) = body.and_then(|b| section(b, "unit")) else {
        return Unit::piece();
    };
    let Some(word) = text(node, "unit", sink) else {
        return Unit::piece();
    };
    Unit::parse(word).unwrap_or_else(|| {
        sink.push(
            Diagnostic::at(
                Code::InvalidUnit,
                node.span,
                format!("`{}` is no unit", printable(word)),
            )
            .help("write a unit such as t, kg, MWh, m2 or unit"),
        );
        Unit::piece()
    })
}

/// The source and note of a figure.
pub(crate) fn provenance(fields: &Fields<'_>, names: &Names, sink: &mut Sink) -> Provenance {
    named_provenance(fields, "source", "note", names, sink)
}

/// The same from fields of other names, where a mapping holds figures of more than one source.
pub(crate) fn named_provenance(
    fields: &Fields<'_>,
    source: &str,
    note: &str,
    names: &Names,
    sink: &mut Sink,
) -> Provenance {
    let source = fields.get(source).and_then(|node| {
        let id = text(node, "source", sink)?;
        names.check_source(id, node.span, sink);
        Some(Arc::from(id))
    });
    Provenance {
        source,
        note: fields.text(note, sink).map(Arc::from),
    }
}

/// Reads a word that must be one of a few.
pub(crate) fn choice<T>(node: &Node, what: &str, known: &[(&str, T)], sink: &mut Sink) -> Option<T>
where
    T: Clone,
{
    let word = text(node, what, sink)?;
    if let Some((_, value)) = known.iter().find(|(w, _)| *w == word) {
        return Some(value.clone());
    }
    let words: Vec<&str> = known.iter().map(|(w, _)| *w).collect();
    let help = suggest(word, words.iter().copied()).map_or_else(
        || format!("it is one of: {}", words.join(", ")),
        |w| format!("did you mean `{w}`?"),
    );
    sink.push(
        Diagnostic::at(
            Code::InvalidChoice,
            node.span,
            format!("`{}` is no {what}", printable(word)),
        )
        .label("not known")
        .help(help),
    );
    None
}

/// Reads recipes and prices, which need the units of all commodities.
pub(crate) struct Reader<'a> {
    pub(crate) names: &'a Names,
    pub(crate) units: &'a [Unit],
}

/// The warning that a figure names no source.
pub(crate) fn missing_source(what: &str, span: Span) -> Diagnostic {
    Diagnostic::at(Code::SourceMissing, span, format!("{what} names no source"))
        .help("add `source: ID`, or `source: assumption` with a note")
}

fn check_currencies(parts: &NetworkParts, names: &Names, sink: &mut Sink) {
    let mut first: Option<(&str, usize)> = None;
    for (at, commodity) in parts.commodities.iter().enumerate() {
        let Some(price) = &commodity.price else {
            continue;
        };
        match first {
            None => first = Some((&price.currency, at)),
            Some((currency, _)) if *currency == *price.currency => {}
            Some((currency, other)) => {
                let message = format!(
                    "`{}` is priced in {} and `{}` in {currency}",
                    commodity.id, price.currency, parts.commodities[other].id
                );
                let mut diagnostic = Diagnostic::global(Code::MixedCurrency, message)
                    .help("convert all prices to one currency, and say at which rate in a note");
                diagnostic.span = names.commodity_spans[at];
                diagnostic.label = format!("priced in {}", price.currency);
                if let Some(span) = names.commodity_spans[other] {
                    diagnostic = diagnostic.other(span, format!("priced in {currency}"));
                }
                sink.push(diagnostic);
            }
        }
    }
}
