//! Reading typed values out of YAML nodes, reporting everything that does not fit.

use std::fmt::Display;

use super::yaml::{Kind, Node};
use crate::diag::{Code, Diagnostic, Severity, Span, is_hidden, printable, suggest};
use crate::model::{Country, QuantityError, Unit, parse_number, parse_quantity, parse_share};

/// Collects diagnostics; a file with millions of faults does not fill the memory with them.
#[derive(Debug)]
pub(crate) struct Sink {
    diagnostics: Vec<Diagnostic>,
    left_out: usize,
    /// The gravest code among those left out.
    left_out_code: Option<Code>,
    /// Where the first of these stands.
    left_out_at: Option<Span>,
    /// How much may still be spent on "did you mean", in compared characters.
    searches: usize,
}

impl Default for Sink {
    fn default() -> Self {
        Self {
            diagnostics: Vec::new(),
            left_out: 0,
            left_out_code: None,
            left_out_at: None,
            searches: MOST_SEARCHES,
        }
    }
}

/// A file of nothing but misspelt words is not compared with a file of nothing but definitions for hours.
const MOST_SEARCHES: usize = 300_000_000;

/// Most diagnostics kept of one run.
const MOST_DIAGNOSTICS: usize = 10_000;

impl Sink {
    pub(crate) fn push(&mut self, diagnostic: Diagnostic) {
        if !self.is_full() {
            self.diagnostics.push(diagnostic);
        } else {
            self.left_out += 1;
            let gravest = self
                .left_out_code
                .is_none_or(|code| diagnostic.severity() < code.severity());
            if gravest {
                self.left_out_code = Some(diagnostic.code);
                self.left_out_at = diagnostic.span;
            }
        }
    }

    /// How much has been reported so far.
    pub(crate) fn told(&self) -> usize {
        self.diagnostics.len() + self.left_out
    }

    /// Whether what comes now is only counted.
    fn is_full(&self) -> bool {
        self.diagnostics.len() >= MOST_DIAGNOSTICS
    }

    /// Returns the known word that a mistaken one most likely stands for, as long as there have not been too many.
    pub(crate) fn suggest<'k>(
        &mut self,
        wrong: &str,
        known: impl IntoIterator<Item = &'k str>,
    ) -> Option<&'k str> {
        const TYPICAL_LENGTH: usize = 16;
        let known = known.into_iter();
        let cost = known
            .size_hint()
            .0
            .saturating_mul((wrong.len() + TYPICAL_LENGTH) * TYPICAL_LENGTH);
        self.searches = self.searches.checked_sub(cost)?;
        suggest(wrong, known)
    }

    pub(crate) fn has_errors(&self) -> bool {
        crate::diag::has_errors(&self.diagnostics)
            || self
                .left_out_code
                .is_some_and(|code| code.severity() == Severity::Error)
    }

    pub(crate) fn finish(mut self) -> Vec<Diagnostic> {
        crate::diag::sort(&mut self.diagnostics);
        if let Some(code) = self.left_out_code {
            let message = format!(
                "{} more problems, this and others, are not shown",
                self.left_out
            );
            let mut rest = Diagnostic::global(code, message).help("mend those shown first");
            rest.span = self.left_out_at;
            self.diagnostics.push(rest);
        }
        self.diagnostics
    }
}

/// A mapping whose keys are known beforehand.
pub(crate) struct Fields<'a> {
    entries: &'a [(Node, Node)],
    what: &'static str,
    /// Where the mapping begins.
    pub(crate) span: Span,
}

/// The text of a key.
pub(crate) fn key_text(key: &Node) -> &str {
    match &key.kind {
        Kind::Text(text) => text,
        Kind::Null | Kind::List(_) | Kind::Map(_) => "",
    }
}

fn wrong_type(node: &Node, what: &str, wanted: &str) -> Diagnostic {
    let help = match wanted {
        "a mapping" => "write `name: value` lines below it, or `{name: value}` behind it",
        "a list" => "write `[one, two]`, or a line `- one` for each",
        _ => "write one word or number",
    };
    Diagnostic::at(
        Code::WrongType,
        node.span,
        format!("{what} is {}, not {wanted}", node.kind.describe()),
    )
    .label(format!("expected {wanted}"))
    .help(help)
}

/// The entries of a mapping; reports keys that repeat or are no words.
pub(crate) fn mapping<'a>(
    node: &'a Node,
    what: &str,
    sink: &mut Sink,
) -> Option<&'a [(Node, Node)]> {
    let Kind::Map(entries) = &node.kind else {
        sink.push(wrong_type(node, what, "a mapping"));
        return None;
    };
    let mut seen: std::collections::HashMap<&str, Span> =
        std::collections::HashMap::with_capacity(entries.len());
    for (key, _) in entries {
        let Kind::Text(text) = &key.kind else {
            sink.push(wrong_type(key, &format!("a key of {what}"), "a word"));
            continue;
        };
        if let Some(first) = seen.get(&**text) {
            sink.push(
                Diagnostic::at(
                    Code::DuplicateKey,
                    key.span,
                    format!("`{text}` stands twice in {what}"),
                )
                .label("second time")
                .other(*first, "first time")
                .help("remove one of the two"),
            );
        } else {
            seen.insert(text, key.span);
        }
    }
    Some(entries)
}

/// The items of a sequence.
pub(crate) fn list<'a>(node: &'a Node, what: &str, sink: &mut Sink) -> Option<&'a [Node]> {
    if let Kind::List(items) = &node.kind {
        Some(items)
    } else {
        sink.push(wrong_type(node, what, "a list"));
        None
    }
}

impl<'a> Fields<'a> {
    /// Opens a mapping whose keys must be among `allowed`.
    pub(crate) fn open(
        node: &'a Node,
        what: &'static str,
        allowed: &[&str],
        sink: &mut Sink,
    ) -> Option<Self> {
        let entries = mapping(node, what, sink)?;
        for (key, _) in entries {
            let name = key_text(key);
            if matches!(key.kind, Kind::Text(_)) && !allowed.contains(&name) {
                let help = sink.suggest(name, allowed.iter().copied()).map_or_else(
                    || format!("{what} may have: {}", allowed.join(", ")),
                    |word| format!("did you mean `{word}`?"),
                );
                sink.push(
                    Diagnostic::at(
                        Code::UnknownField,
                        key.span,
                        format!("`{name}` is no field of {what}"),
                    )
                    .label("not known")
                    .help(help),
                );
            }
        }
        Some(Self {
            entries,
            what,
            span: node.span,
        })
    }

    /// The value of a field, unless it is absent or null.
    pub(crate) fn get(&self, name: &str) -> Option<&'a Node> {
        self.entries
            .iter()
            .find(|(key, _)| key_text(key) == name)
            .map(|(_, value)| value)
            .filter(|value| value.kind != Kind::Null)
    }

    /// Where the name of a field stands; where the mapping begins if it is absent.
    pub(crate) fn key_span(&self, name: &str) -> Span {
        self.entries
            .iter()
            .find(|(key, _)| key_text(key) == name)
            .map_or(self.span, |(key, _)| key.span)
    }

    /// Where the value of a field stands; where the mapping begins if it is absent.
    pub(crate) fn value_span(&self, name: &str) -> Span {
        self.get(name).map_or(self.span, |node| node.span)
    }

    /// The value of a field that must be there.
    pub(crate) fn required(&self, name: &str, sink: &mut Sink) -> Option<&'a Node> {
        let found = self.get(name);
        if found.is_none() {
            sink.push(
                Diagnostic::at(
                    Code::MissingField,
                    self.span,
                    format!("{} lacks `{name}`", self.what),
                )
                .label(format!("`{name}` is required here"))
                .help(format!("add `{name}: ...`")),
            );
        }
        found
    }

    /// The text of a field, if there is one.
    pub(crate) fn text(&self, name: &str, sink: &mut Sink) -> Option<&'a str> {
        text(self.get(name)?, name, sink)
    }

    /// The number of a field, if there is one.
    pub(crate) fn share(&self, name: &str, sink: &mut Sink) -> Option<f64> {
        share(self.get(name)?, name, sink)
    }

    /// The truth value of a field, if there is one.
    pub(crate) fn flag(&self, name: &str, sink: &mut Sink) -> Option<bool> {
        let node = self.get(name)?;
        match text(node, name, sink)? {
            "true" => Some(true),
            "false" => Some(false),
            other => {
                sink.push(
                    Diagnostic::at(
                        Code::InvalidChoice,
                        node.span,
                        format!("`{name}` is `{other}`, not true or false"),
                    )
                    .help("write `true` or `false`"),
                );
                None
            }
        }
    }

    /// The year of a field, if there is one.
    pub(crate) fn year(&self, name: &str, sink: &mut Sink) -> Option<i32> {
        let node = self.get(name)?;
        let written = text(node, name, sink)?;
        let year = written
            .parse()
            .ok()
            .filter(|year| (1000..=3000).contains(year));
        if year.is_none() {
            sink.push(
                Diagnostic::at(
                    Code::InvalidYear,
                    node.span,
                    format!("`{written}` is no year"),
                )
                .help("write a year such as 2024"),
            );
        }
        year
    }
}

/// The text of a scalar.
pub(crate) fn text<'a>(node: &'a Node, what: &str, sink: &mut Sink) -> Option<&'a str> {
    if let Kind::Text(text) = &node.kind {
        Some(text)
    } else {
        sink.push(wrong_type(node, &format!("`{what}`"), "a single value"));
        None
    }
}

fn report(error: &QuantityError, span: Span, what: &str, sink: &mut Sink) {
    let (code, help) = match error {
        QuantityError::NotANumber(_) => {
            (Code::InvalidNumber, "write a number such as 12, 0.5 or 3e6")
        }
        QuantityError::TooLarge(_) => (
            Code::InvalidNumber,
            "check the number and its unit; the largest is 1e30",
        ),
        QuantityError::NotFinite(_) => (
            Code::InvalidNumber,
            "leave the field out if the figure is not known",
        ),
        QuantityError::NoUnit(_) => (
            Code::InvalidUnit,
            "write the unit behind the number, such as `839 t`",
        ),
        QuantityError::BadUnit(_) => (
            Code::InvalidUnit,
            "write a unit such as t, kg, MWh, m2 or unit",
        ),
    };
    sink.push(
        Diagnostic::at(
            code,
            span,
            format!("{what}: {}", printable(&error.to_string())),
        )
        .help(help),
    );
}

fn not_negative(value: f64, span: Span, what: &str, sink: &mut Sink) -> Option<f64> {
    if value < 0.0 {
        sink.push(
            Diagnostic::at(Code::NegativeNumber, span, format!("{what} is negative"))
                .help("amounts are zero or more; write a flow the other way round as an input"),
        );
        return None;
    }
    Some(value)
}

/// A plain number of zero or more.
pub(crate) fn number(node: &Node, what: &str, sink: &mut Sink) -> Option<f64> {
    match parse_number(text(node, what, sink)?) {
        Ok(value) => not_negative(value, node.span, &format!("`{what}`"), sink),
        Err(error) => {
            report(&error, node.span, &format!("`{what}`"), sink);
            None
        }
    }
}

/// A share from 0 to 1, as a fraction or in percent.
pub(crate) fn share(node: &Node, what: &str, sink: &mut Sink) -> Option<f64> {
    let written = text(node, what, sink)?;
    match parse_share(written) {
        Ok(value) if (0.0..=1.0).contains(&value) => Some(value),
        Ok(value) => {
            let help = if value > 1.0 && value <= 100.0 && !written.contains('%') {
                format!("did you mean `{written}%`?")
            } else {
                "a share is 0 to 1, or 0% to 100%".to_owned()
            };
            sink.push(
                Diagnostic::at(
                    Code::ShareOutOfRange,
                    node.span,
                    format!("the share `{what}` is {written}"),
                )
                .label("not between 0 and 1")
                .help(help),
            );
            None
        }
        Err(error) => {
            report(&error, node.span, &format!("the share `{what}`"), sink);
            None
        }
    }
}

/// A quantity of zero or more with its unit.
pub(crate) fn quantity(node: &Node, what: &str, sink: &mut Sink) -> Option<(f64, Unit)> {
    match parse_quantity(text(node, what, sink)?) {
        Ok((value, unit)) => {
            not_negative(value, node.span, &format!("`{what}`"), sink).map(|v| (v, unit))
        }
        Err(error) => {
            report(&error, node.span, &format!("`{what}`"), sink);
            None
        }
    }
}

/// A quantity converted to a given unit.
pub(crate) fn amount_in(node: &Node, unit: &Unit, what: &str, sink: &mut Sink) -> Option<f64> {
    let (value, written) = quantity(node, what, sink)?;
    let converted = written.factor_to(unit).map(|factor| value * factor);
    match converted {
        Some(amount) if amount.is_finite() => Some(amount),
        Some(_) => {
            report(
                &QuantityError::NotFinite(format!("{value} {written}")),
                node.span,
                &format!("`{what}`"),
                sink,
            );
            None
        }
        None => {
            sink.push(
                Diagnostic::at(
                    Code::UnitMismatch,
                    node.span,
                    format!("`{what}` is given in {written}, which does not convert to {unit}"),
                )
                .label(format!("expected an amount in {unit}"))
                .help(format!("the commodity is measured in {unit}")),
            );
            None
        }
    }
}

/// An id: some text without control or hidden characters, not too long.
pub(crate) fn valid_id(id: &str, forbidden: &[char]) -> Result<(), String> {
    const LONGEST: usize = 200;
    if id.trim().is_empty() {
        return Err("is empty".to_owned());
    }
    if id.trim() != id {
        return Err("begins or ends with a blank".to_owned());
    }
    if id.len() > LONGEST {
        return Err(format!("is longer than {LONGEST} bytes"));
    }
    if let Some(c) = id.chars().find(|c| is_hidden(*c) || forbidden.contains(c)) {
        return Err(format!(
            "holds the character `{}`",
            printable(&c.to_string())
        ));
    }
    Ok(())
}

/// Checks an id and reports it.
pub(crate) fn check_id(
    id: &str,
    span: Span,
    kind: &dyn Display,
    forbidden: &[char],
    sink: &mut Sink,
) -> bool {
    match valid_id(id, forbidden) {
        Ok(()) => true,
        Err(why) => {
            let shown: String = id.chars().take(40).collect();
            sink.push(
                Diagnostic::at(
                    Code::InvalidId,
                    span,
                    format!("the {kind} id `{}` {why}", printable(&shown)),
                )
                .help("use letters, digits, `-` and `_`, such as `ndfeb-magnet`"),
            );
            false
        }
    }
}

/// Reports a word that should be a country.
pub(crate) fn unknown_country<'g>(
    word: &str,
    span: Span,
    groups: impl Iterator<Item = &'g String>,
    sink: &mut Sink,
) {
    if sink.is_full() {
        // Only counted, so that it needs no words; looking for what was meant takes a while.
        sink.push(Diagnostic::at(Code::UnknownCountry, span, ""));
        return;
    }
    let meant = Country::parse(word).map(|c| c.code().to_owned());
    let groups: Vec<&str> = groups.map(String::as_str).collect();
    let help = meant
        .or_else(|| {
            let spelling = sink.suggest(word, Country::spellings().into_iter().chain(groups))?;
            Some(
                Country::parse(spelling)
                    .map_or_else(|| spelling.to_owned(), |c| c.code().to_owned()),
            )
        })
        .map_or_else(
            || "countries are ISO 3166-1 alpha-3 codes such as CHN, USA or DEU".to_owned(),
            |code| format!("did you mean `{code}`?"),
        );
    let help = Country::why_not(word).map_or(help, str::to_owned);
    sink.push(
        Diagnostic::at(
            Code::UnknownCountry,
            span,
            format!("`{}` is no country code", printable(word)),
        )
        .label("not known")
        .help(help),
    );
}
