//! Owners that look like a described company but are none: most likely slips of the pen.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::documents::Documents;
use super::fields::{Sink, key_text};
use super::names::section;
use super::yaml::{Kind, Node};
use crate::diag::{Code, Diagnostic, Span, printable, suggest};

/// Warns of owners whose name is nearly that of a described company. Others need no description: not every owner's home
/// is known.
pub(crate) fn check_names(
    documents: &Documents,
    companies: &BTreeMap<Arc<str>, Span>,
    sink: &mut Sink,
) {
    for document in &documents.documents {
        for part in ["companies", "sites"] {
            for (_, body) in entries(section(&document.node, part)) {
                for (owner, _) in entries(section(body, "owners")) {
                    let name = key_text(owner);
                    if companies.contains_key(name) {
                        continue;
                    }
                    let Some(near) = suggest(name, companies.keys().map(|c| &**c)) else {
                        continue;
                    };
                    let message = format!("no company is called `{}`", printable(name));
                    sink.push(
                        Diagnostic::at(Code::UnknownCompany, owner.span, message)
                            .label("not described")
                            .help(format!("did you mean `{}`?", printable(near))),
                    );
                }
            }
        }
    }
}

fn entries(node: Option<&Node>) -> &[(Node, Node)] {
    match node.map(|n| &n.kind) {
        Some(Kind::Map(entries)) => entries,
        _ => &[],
    }
}
