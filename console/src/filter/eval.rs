//! Asks an expression of a row.

use super::parse::{Check, Expr, Op, Test, Word};
use super::units::version;
use std::borrow::Cow;
use wire::UnixMs;

/// A value of a row, as a test sees it.
#[derive(Debug, Clone, PartialEq)]
pub enum Field<'a> {
    /// Unknown: no test passes, except `!=`.
    Missing,
    /// Text.
    Text(Cow<'a, str>),
    /// Any of several texts.
    Texts(Vec<Cow<'a, str>>),
    /// A number in the key's base unit.
    Number(f64),
    /// A time; ages are counted from it.
    At(UnixMs),
}

/// A row that can be filtered.
pub trait Subject {
    /// Shows each text that a word without a key may be found in.
    fn words(&self, see: &mut dyn FnMut(&str));
    /// The value of a key of the row's schema.
    fn field(&self, key: &str) -> Field<'_>;
    /// The value of a label.
    fn label(&self, key: &str) -> Option<&str>;
}

pub(super) fn matches(expr: &Expr, row: &dyn Subject, now: UnixMs) -> bool {
    match expr {
        Expr::All => true,
        Expr::Word(word) => has_word(word, row),
        Expr::Test(test) => passes(test, row, now),
        Expr::Not(inner) => !matches(inner, row, now),
        Expr::And(parts) => parts.iter().all(|part| matches(part, row, now)),
        Expr::Or(parts) => parts.iter().any(|part| matches(part, row, now)),
    }
}

fn has_word(word: &Word, row: &dyn Subject) -> bool {
    let mut found = false;
    row.words(&mut |text| {
        found = found
            || match word {
                Word::Contains(part) => contains(text, part),
                Word::Fuzzy(letters) => is_fuzzy(text, letters),
                Word::Exact(whole) => text == whole,
            };
    });
    found
}

fn contains(text: &str, part: &str) -> bool {
    if text.is_ascii() && part.is_ascii() {
        let (text, part) = (text.as_bytes(), part.as_bytes());
        return part.is_empty() || text.windows(part.len()).any(|w| w.eq_ignore_ascii_case(part));
    }
    text.to_lowercase().contains(&part.to_lowercase())
}

/// Whether the letters occur in `text` in this order.
fn is_fuzzy(text: &str, letters: &str) -> bool {
    let mut text = text.chars().flat_map(char::to_lowercase);
    letters.chars().flat_map(char::to_lowercase).all(|letter| text.any(|c| c == letter))
}

fn passes(test: &Test, row: &dyn Subject, now: UnixMs) -> bool {
    let negated = test.op == Op::Differs;
    match &test.check {
        Check::Label(list) => negated != row.label(&test.key).is_some_and(|v| any_pattern(v, list)),
        Check::LabelRegex(regex) => row.label(&test.key).is_some_and(|v| regex.is_match(v)),
        Check::Patterns(list) => {
            negated != any_text(&row.field(&test.key), |t| any_pattern(t, list))
        }
        Check::Regex(regex) => any_text(&row.field(&test.key), |t| regex.is_match(t)),
        Check::Nets(nets) => negated != any_text(&row.field(&test.key), |t| in_nets(t, nets)),
        Check::Version(wanted) => any_text(&row.field(&test.key), |t| {
            version(t).is_some_and(|have| ordering(test.op, have.cmp(wanted)))
        }),
        Check::Number(wanted) => number(&row.field(&test.key), now)
            .and_then(|have| have.partial_cmp(wanted))
            .map_or(negated, |order| ordering(test.op, order)),
        Check::Since(moment) => at(&row.field(&test.key)).is_some_and(|t| t >= moment.resolve(now)),
        Check::Until(moment) => at(&row.field(&test.key)).is_some_and(|t| t < moment.resolve(now)),
    }
}

fn any_text(field: &Field<'_>, mut wanted: impl FnMut(&str) -> bool) -> bool {
    match field {
        Field::Text(text) => wanted(text),
        Field::Texts(texts) => texts.iter().any(|t| wanted(t)),
        Field::Missing | Field::Number(_) | Field::At(_) => false,
    }
}

fn number(field: &Field<'_>, now: UnixMs) -> Option<f64> {
    match field {
        Field::Number(n) => Some(*n),
        Field::At(at) => Some(super::units::float(now.0.saturating_sub(at.0))),
        Field::Missing | Field::Text(_) | Field::Texts(_) => None,
    }
}

const fn at(field: &Field<'_>) -> Option<UnixMs> {
    match field {
        Field::At(at) => Some(*at),
        _ => None,
    }
}

fn ordering(op: Op, order: std::cmp::Ordering) -> bool {
    match op {
        Op::More => order.is_gt(),
        Op::Less => order.is_lt(),
        Op::AtLeast => order.is_ge(),
        Op::AtMost => order.is_le(),
        Op::Differs => order.is_ne(),
        Op::Equals | Op::Has | Op::Matches => order.is_eq(),
    }
}

/// Whether an address, or a network as a whole, lies in one of `nets`.
fn in_nets(text: &str, nets: &[ipnet::IpNet]) -> bool {
    let of = |ip: std::net::IpAddr| ipnet::IpNet::from(ip);
    let inside = text.parse::<ipnet::IpNet>().or_else(|_| text.parse().map(of));
    inside.is_ok_and(|inside| nets.iter().any(|net| net.contains(&inside)))
}

fn any_pattern(text: &str, patterns: &[String]) -> bool {
    let text = text.to_ascii_lowercase();
    patterns.iter().any(|pattern| is_like(&text, pattern))
}

/// `*` stands for any run of characters. Linear in practice: each `*` takes the first place that fits.
fn is_like(text: &str, pattern: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let Some(last) = parts.next_back() else { return rest.is_empty() };
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}
