//! Amounts in two units: ratios, prices and costs; and lengths of time.

use std::sync::Arc;

use crate::diag::{Code, Diagnostic};
use crate::load::fields::{self, Sink, amount_in, text};
use crate::load::yaml::{Kind, Node};
use crate::model::{Unit, parse_number};

fn bad_ratio(node: &Node, example: &str, sink: &mut Sink) {
    sink.push(
        Diagnostic::at(
            Code::InvalidUnit,
            node.span,
            "this is not an amount per unit",
        )
        .help(format!("write it like `{example}`")),
    );
}

/// A quantity per unit such as `0.019 kg/t`, converted to `upper` per `lower`.
pub(super) fn ratio(node: &Node, upper: &Unit, lower: &Unit, sink: &mut Sink) -> Option<f64> {
    let word = text(node, "yield", sink)?;
    let Some((above, below)) = word.split_once('/') else {
        bad_ratio(node, "0.019 kg/t", sink);
        return None;
    };
    let above = Node {
        span: node.span,
        kind: Kind::Text(above.into()),
    };
    let amount = amount_in(&above, upper, "yield", sink)?;
    let below = Node {
        span: node.span,
        kind: Kind::Text(format!("1 {}", below.trim()).into()),
    };
    let per = amount_in(&below, lower, "yield", sink)?;
    Some(amount / per)
}

/// A currency over a unit, such as `USD/kg`: the currency, and the factor from that unit to the commodity's.
pub(super) fn money_per(node: &Node, unit: &Unit, sink: &mut Sink) -> Option<(Arc<str>, f64)> {
    let word = text(node, "unit", sink)?;
    let split = word
        .split_once('/')
        .filter(|(money, _)| is_currency(money.trim()));
    let Some((money, per)) = split else {
        bad_ratio(node, "USD/kg", sink);
        return None;
    };
    let per = Node {
        span: node.span,
        kind: Kind::Text(format!("1 {}", per.trim()).into()),
    };
    let size = amount_in(&per, unit, "unit", sink)?;
    Some((money.trim().into(), 1.0 / size))
}

pub(super) fn is_currency(word: &str) -> bool {
    word.len() == 3 && word.chars().all(|c| c.is_ascii_uppercase())
}

/// `40 MUSD per kt` or `40 MUSD/kt` as money per unit of capacity.
pub(super) fn capital_cost(node: &Node, unit: &Unit, sink: &mut Sink) -> Option<(f64, Arc<str>)> {
    let word = text(node, "cost", sink)?;
    let split = word.split_once(" per ").or_else(|| word.split_once('/'));
    let money = split.and_then(|(money, per)| {
        let (number, currency) = money.trim().rsplit_once(' ')?;
        let (factor, code) = match currency.len() {
            4 => (
                match currency.chars().next()? {
                    'k' => 1e3,
                    'M' => 1e6,
                    'G' | 'B' => 1e9,
                    _ => return None,
                },
                &currency[1..],
            ),
            3 => (1.0, currency),
            _ => return None,
        };
        is_currency(code).then_some(())?;
        Some((
            parse_number(number).ok().filter(|n| *n >= 0.0)? * factor,
            code,
            per,
        ))
    });
    let Some((value, code, per)) = money else {
        bad_ratio(node, "40 MUSD per kt", sink);
        return None;
    };
    let per = Node {
        span: node.span,
        kind: Kind::Text(format!("1 {}", per.trim()).into()),
    };
    let size = amount_in(&per, unit, "cost", sink)?;
    Some((value / size, code.into()))
}

pub(super) const DAYS_PER_MONTH: f64 = 365.25 / 12.0;

/// A time such as `14 d`, `6 weeks` or `36 months`, in days.
pub(crate) fn duration(node: &Node, what: &str, sink: &mut Sink) -> Option<f64> {
    let word = text(node, what, sink)?;
    let digits = word
        .trim()
        .find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | '_')))
        .unwrap_or(word.trim().len());
    let (number, unit) = word.trim().split_at(digits);
    let factor = match unit.trim() {
        "h" | "hours" => 1.0 / 24.0,
        "d" | "day" | "days" => 1.0,
        "w" | "week" | "weeks" => 7.0,
        "month" | "months" => DAYS_PER_MONTH,
        "y" | "year" | "years" => 365.25,
        _ => {
            sink.push(
                Diagnostic::at(
                    Code::InvalidUnit,
                    node.span,
                    format!("`{what}` is no length of time"),
                )
                .help("write it like `14 d`, `6 weeks` or `36 months`"),
            );
            return None;
        }
    };
    let number = Node {
        span: node.span,
        kind: Kind::Text(number.into()),
    };
    Some(fields::number(&number, what, sink)? * factor)
}
