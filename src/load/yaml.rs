//! YAML text to a tree of [`Node`]s with positions. The only module that names the YAML crate.
//!
//! Scalars stay text: `007`, `1.10` and `NO` mean what the file says, and the reader of a field decides what it is.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::{Spanned, budget::Budget, options::DuplicateKeyPolicy};

use crate::diag::{Code, Diagnostic, FileId, Span, printable};

/// A value of a YAML file and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Where it stands.
    pub span: Span,
    /// What it is.
    pub kind: Kind,
}

/// The shape of a [`Node`].
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// Nothing, `~` or `null`.
    Null,
    /// A scalar as the file writes it, without quotes.
    Text(Box<str>),
    /// A sequence.
    List(Vec<Node>),
    /// A mapping in file order; keys may repeat.
    Map(Vec<(Node, Node)>),
}

impl Kind {
    /// The word for messages.
    pub(crate) fn describe(&self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Text(_) => "a value",
            Self::List(_) => "a list",
            Self::Map(_) => "a mapping",
        }
    }
}

/// Deepest nesting of a file; real files need about ten. Each level takes about 45 kB of stack in a build without
/// optimisation, and threads may have no more than 2 MB.
const DEEPEST: usize = 24;

/// Reads one document.
///
/// # Errors
/// If the text is not well-formed YAML, holds more than one document, or breaks a limit.
pub fn parse(text: &str, file: FileId) -> Result<Node, Box<Diagnostic>> {
    let size = text.len();
    let mut budget = Budget::default();
    // Room in proportion to the file: nothing a file writes out in full is refused, only what aliases multiply.
    budget.max_nodes = 1_000 + size;
    budget.max_events = 4_000 + 2 * size;
    budget.max_total_scalar_bytes = 1_000 + 2 * size;
    budget.max_depth = DEEPEST;
    let options = serde_saphyr::options! {
        strict_booleans: true,
        duplicate_keys: DuplicateKeyPolicy::PassThrough,
        with_snippet: false,
        budget: Some(budget),
        non_finite_float_policy: serde_saphyr::options::NonFiniteFloatPolicy::AsString,
    };
    match serde_saphyr::from_str_with_options::<Spanned<Raw>>(text, options) {
        Ok(raw) => Ok(convert(raw, text, file)),
        Err(error) => Err(Box::new(problem(&error, text, file))),
    }
}

fn problem(error: &serde_saphyr::Error, text: &str, file: FileId) -> Diagnostic {
    let end = text.len() as u32;
    let span = error.location().map_or(
        Span {
            file,
            start: 0,
            end: 0,
        },
        |location| {
            let offset = location.span().byte_offset().map_or_else(
                || line_offset(text, location.line() as usize, location.column() as usize),
                |at| at as u32,
            );
            let mut start = offset.min(end) as usize;
            while !text.is_char_boundary(start) {
                start -= 1;
            }
            let length = text[start..].chars().next().map_or(0, char::len_utf8);
            Span {
                file,
                start: start as u32,
                end: (start + length) as u32,
            }
        },
    );
    let full = error.without_snippet().to_string();
    let told = full.lines().next().unwrap_or("malformed YAML");
    // The place stands beside the message.
    let message = printable(told.find(" at line ").map_or(told, |at| &told[..at]));
    if full.contains("multiple YAML documents") {
        return Diagnostic::at(
            Code::YamlSyntax,
            span,
            "a second YAML document begins here, and a file holds one",
        )
        .label("second document")
        .help("put it into a file of its own, and name that with `include:` or another `-g`");
    }
    if full.contains("unexpected character: `\\u{0}'") || full.contains('\0') {
        return Diagnostic::at(Code::YamlSyntax, span, "the text holds a NUL byte")
            .label("no text has these")
            .help("save the file as UTF-8 text; it may be in another encoding, or no text at all");
    }
    match limit(error) {
        Some(Limit::Depth) => Diagnostic::at(
            Code::YamlLimit,
            span,
            format!("the file nests more than {DEEPEST} levels deep"),
        )
        .label("too deep")
        .help("write it flatter; no field of the format is deeper than about ten levels"),
        Some(Limit::Aliases) => Diagnostic::at(
            Code::YamlLimit,
            span,
            "the aliases of the file expand to more than it may hold",
        )
        .label("one too many")
        .help("write values out instead of repeating aliases of aliases"),
        None => Diagnostic::at(
            Code::YamlSyntax,
            span,
            format!("not well-formed YAML: {message}"),
        )
        .help("check the indentation, the quotes and the colons on this line and the one before"),
    }
}

/// What a file has too much of.
enum Limit {
    Depth,
    Aliases,
}

fn limit(error: &serde_saphyr::Error) -> Option<Limit> {
    use serde_saphyr::{Error, budget::BudgetBreach};
    match error.without_snippet() {
        Error::AliasError { error, .. } => limit(error),
        Error::Budget {
            breach: BudgetBreach::Depth { .. },
            ..
        } => Some(Limit::Depth),
        Error::Budget { .. }
        | Error::AliasReplayCounterOverflow { .. }
        | Error::AliasReplayLimitExceeded { .. }
        | Error::AliasExpansionLimitExceeded { .. }
        | Error::AliasReplayStackDepthExceeded { .. } => Some(Limit::Aliases),
        // The parser has a limit of its own, which it tells in words.
        other => ["nesting", "recursion"]
            .iter()
            .any(|w| other.to_string().contains(w))
            .then_some(Limit::Depth),
    }
}

fn line_offset(text: &str, line: usize, column: usize) -> u32 {
    let start = text
        .split_inclusive('\n')
        .take(line.saturating_sub(1))
        .map(str::len)
        .sum::<usize>();
    let rest = &text[start.min(text.len())..];
    let within = rest
        .char_indices()
        .nth(column.saturating_sub(1))
        .map_or(rest.len(), |(at, _)| at);
    (start + within) as u32
}

/// What serde hands over: typed scalars lose their spelling, which [`convert`] gets back from the text.
enum Raw {
    Null,
    Typed,
    Text(Box<str>),
    List(Vec<Spanned<Raw>>),
    Map(Vec<(Spanned<Raw>, Spanned<Raw>)>),
}

struct RawVisitor;

impl<'de> Visitor<'de> for RawVisitor {
    type Value = Raw;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a YAML value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Raw, E> {
        Ok(Raw::Typed)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Raw, E> {
        Ok(Raw::Typed)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Raw, E> {
        Ok(Raw::Typed)
    }

    fn visit_i128<E>(self, _: i128) -> Result<Raw, E> {
        Ok(Raw::Typed)
    }

    fn visit_u128<E>(self, _: u128) -> Result<Raw, E> {
        Ok(Raw::Typed)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Raw, E> {
        Ok(Raw::Typed)
    }

    fn visit_str<E>(self, text: &str) -> Result<Raw, E> {
        Ok(Raw::Text(text.into()))
    }

    fn visit_string<E>(self, text: String) -> Result<Raw, E> {
        Ok(Raw::Text(text.into_boxed_str()))
    }

    fn visit_unit<E>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }

    fn visit_none<E>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Raw, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Raw::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Raw, A::Error> {
        let mut map = Vec::new();
        while let Some(entry) = entries.next_entry()? {
            map.push(entry);
        }
        Ok(Raw::Map(map))
    }
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RawVisitor)
    }
}

fn convert(raw: Spanned<Raw>, text: &str, file: FileId) -> Node {
    let here = raw.referenced.span();
    let start = here.byte_offset().unwrap_or(0) as u32;
    let written = |span: serde_saphyr::Span| -> Option<&str> {
        let start = span.byte_offset()? as usize;
        text.get(start..start + span.byte_len()? as usize)
    };
    let kind = match raw.value {
        Raw::Null => Kind::Null,
        Raw::Typed => Kind::Text(written(raw.defined.span()).unwrap_or("").trim().into()),
        Raw::Text(value) => Kind::Text(value),
        Raw::List(items) => Kind::List(
            items
                .into_iter()
                .map(|item| convert(item, text, file))
                .collect(),
        ),
        Raw::Map(entries) => Kind::Map(
            entries
                .into_iter()
                .map(|(k, v)| (convert(k, text, file), convert(v, text, file)))
                .collect(),
        ),
    };
    // A collection is shown by where it begins; a scalar by all of it.
    let length = match &kind {
        Kind::List(_) | Kind::Map(_) => 1,
        Kind::Null | Kind::Text(_) => here.byte_len().unwrap_or(0) as u32,
    };
    let mut end = (start + length).min(text.len() as u32);
    while !text.is_char_boundary(end as usize) {
        end += 1;
    }
    Node {
        span: Span {
            file,
            start: start.min(end),
            end,
        },
        kind,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Node {
        parse(text, FileId(0)).unwrap()
    }

    fn map(node: &Node) -> &[(Node, Node)] {
        match &node.kind {
            Kind::Map(entries) => entries,
            other => panic!("{other:?}"),
        }
    }

    fn text_of(node: &Node) -> &str {
        match &node.kind {
            Kind::Text(text) => text,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn scalars_keep_their_spelling() {
        let node = read("a: NO\nb: 007\nc: 1.10\nd: \"0.5\"\ne: yes\nf: true\ng: 1e3 t\nh: .nan\n");
        let words: Vec<&str> = map(&node).iter().map(|(_, v)| text_of(v)).collect();
        assert_eq!(
            words,
            ["NO", "007", "1.10", "0.5", "yes", "true", "1e3 t", ".nan"]
        );
    }

    #[test]
    fn positions_are_those_of_the_values() {
        let text = "first: 1\nsecond: [a, béta]\n";
        let node = read(text);
        let (_, list) = &map(&node)[1];
        let Kind::List(items) = &list.kind else {
            panic!("no list")
        };
        let span = items[1].span;
        assert_eq!(&text[span.start as usize..span.end as usize], "béta");
    }

    #[test]
    fn repeated_keys_are_kept_for_the_reader() {
        assert_eq!(map(&read("a: 1\na: 2\n")).len(), 2);
    }

    #[test]
    fn bombs_and_deep_nests_are_refused() {
        let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..12 {
            let refs = vec![format!("*a{}", level - 1); 10].join(", ");
            bomb.push_str(&format!("a{level}: &a{level} [{refs}]\n"));
        }
        assert_eq!(parse(&bomb, FileId(0)).unwrap_err().code, Code::YamlLimit);
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(parse(&deep, FileId(0)).unwrap_err().code, Code::YamlLimit);
    }

    #[test]
    fn malformed_text_is_located() {
        let error = parse("a: [1, 2\nb: }\n", FileId(0)).unwrap_err();
        assert_eq!(error.code, Code::YamlSyntax);
        assert!(error.span.is_some());
    }
}
